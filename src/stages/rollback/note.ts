import { shortSha, traceIdIn } from "../../kit/ids.ts";
import type { Happening, Report, TaskNote, TaskState } from "../../kit/report.ts";
import type { Done, Ending } from "./ending.ts";
import type { Incident } from "./incident.ts";
import type { Policy } from "./policy.ts";
import type { Verified } from "./ports.ts";
import { alongside } from "./texts.ts";

/** What goes on record: a task that is taken back is an error (CONTRACTS); one that was not keeps what it was. */
export function recordOf(ending: Ending, policy: Pick<Policy, "commitSha" | "reason">, traceId: string): Pick<Report, "record" | "alsoRecorded"> {
  switch (ending.kind) {
    case "done": {
      const task = takenBack(policy);
      return { alsoRecorded: othersIn(ending, policy, traceId), record: { traceId, task, events: [commit(ending, policy), ...ending.also.map(({ sha }) => further(sha, policy)), ...deployment(ending.verified, ending.trbMs), ...alert(ending.incident)] } };
    }
    case "conflict":
    case "blocked": {
      const why = ending.kind === "conflict" ? "later changes build on it" : ending.reasons.map(({ message }) => message).join("; ");
      return { record: { traceId, task: null, events: [decision(policy, why), ...alert(ending.incident)] } };
    }
    case "not-needed":
      return { record: { traceId, task: null, events: [decision(policy, "production is healthy with it"), ...deployment(ending.verified, null)] } };
    case "refused":
    case "dry-run":
      return {};
  }
}

function takenBack({ reason }: Pick<Policy, "reason">): TaskState {
  return { phase: "rolled_back", status: "error", errorType: "rolled_back", errorMsg: reason };
}

/** Tasks of other changes that went with it or after it: what they brought is not served any more. */
function othersIn({ also, now, story, sha: by }: Done, policy: Pick<Policy, "commitSha" | "reason">, own: string): TaskNote[] {
  const together = now ? alongside(story).map(({ sha, message }) => ({ sha, by, traceId: traceIdIn(message) ?? "" })) : [];
  return [...together, ...also].filter(({ traceId }) => traceId !== "" && traceId !== own).map(({ traceId, ...one }) => {
    const text = `${shortSha(one.sha)} was taken back as ${shortSha(one.by)}, together with ${shortSha(policy.commitSha)}`;
    return { traceId, task: takenBack(policy), events: [{ kind: "commit", text, data: { sha: one.by, reverted_sha: one.sha } }] };
  });
}

function decision({ commitSha }: Pick<Policy, "commitSha">, why: string): Happening {
  return { kind: "decision", text: `${shortSha(commitSha)} was not taken back: ${why}` };
}

function commit({ sha, pull, now }: Done, { commitSha }: Pick<Policy, "commitSha">): Happening {
  const by = pull === null ? "" : ` by #${pull.number}`;
  return { kind: "commit", text: `${shortSha(commitSha)} ${now ? "was" : "had been"} taken back as ${shortSha(sha)}${by}`, ...(pull === null ? {} : { url: pull.url }), data: { sha, reverted_sha: commitSha } };
}

function further(sha: string, { commitSha }: Pick<Policy, "commitSha">): Happening {
  return { kind: "commit", text: `${shortSha(sha)}, which came on top of ${shortSha(commitSha)}, was taken back too: production was still sick`, data: { reverted_sha: sha } };
}

function deployment(verified: Verified | null, trbMs: number | null): Happening[] {
  if (verified === null) return [];
  const url = verified.runUrl === "" ? {} : { url: verified.runUrl };
  return [{ kind: "deployment", text: `afterwards production is ${verified.verdict}`, ...url, data: { verdict: verified.verdict, deployed_sha: verified.deployedSha || null, trb_ms: trbMs } }];
}

function alert(incident: Incident | null): Happening[] {
  if (incident === null) return [];
  const { number, url, isNew } = incident;
  return [{ kind: "alert", text: `people ${isNew ? "were" : "had been"} called by #${number}`, url }];
}

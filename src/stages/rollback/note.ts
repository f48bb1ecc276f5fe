import { shortSha } from "../../kit/ids.ts";
import type { Happening, Report } from "../../kit/report.ts";
import type { Done, Ending } from "./ending.ts";
import type { Incident } from "./incident.ts";
import type { Policy } from "./policy.ts";

/** What goes on record: a task that is taken back is an error (CONTRACTS); one that could not be keeps what it was, and people were called. */
export function recordOf(ending: Ending, policy: Pick<Policy, "commitSha" | "reason">, traceId: string): Pick<Report, "record"> {
  switch (ending.kind) {
    case "done": {
      const task = { phase: "rolled_back", status: "error", errorType: "rolled_back", errorMsg: policy.reason } as const;
      return { record: { traceId, task, events: [commit(ending, policy), ...deployment(ending), alert(ending.incident)] } };
    }
    case "conflict":
    case "blocked": {
      const why = ending.kind === "conflict" ? "later changes build on it" : ending.reasons.map(({ message }) => message).join("; ");
      const decision: Happening = { kind: "decision", text: `${shortSha(policy.commitSha)} was not taken back: ${why}` };
      return { record: { traceId, task: null, events: [decision, alert(ending.incident)] } };
    }
    case "refused":
    case "dry-run":
      return {};
  }
}

function commit({ sha, pull, now }: Done, { commitSha }: Pick<Policy, "commitSha">): Happening {
  const by = pull === null ? "" : ` by #${pull.number}`;
  return { kind: "commit", text: `${shortSha(commitSha)} ${now ? "was" : "had been"} taken back as ${shortSha(sha)}${by}`, ...(pull === null ? {} : { url: pull.url }), data: { sha, reverted_sha: commitSha } };
}

function deployment({ verified, trbMs }: Done): Happening[] {
  if (verified === null) return [];
  const url = verified.runUrl === "" ? {} : { url: verified.runUrl };
  return [{ kind: "deployment", text: `without it production is ${verified.verdict}`, ...url, data: { verdict: verified.verdict, deployed_sha: verified.deployedSha || null, trb_ms: trbMs } }];
}

function alert({ number, url, isNew }: Incident): Happening {
  return { kind: "alert", text: `people ${isNew ? "were" : "had been"} called by #${number}`, url };
}

import { shortSha } from "../../kit/ids.ts";
import { interventionsIn } from "../../kit/people.ts";
import type { Happening, TaskNote, TaskState } from "../../kit/report.ts";
import type { Ending } from "./ending.ts";
import type { Policy } from "./policy.ts";
import { phaseOf } from "./report.ts";

type Noted = Pick<Policy, "traceId" | "awaitsHealth" | "trustedAuthors">;

/**
 * What goes on record of an ending that is no dry run: a merge finishes the task, unless its health is still to be seen.
 * @param now epoch milliseconds.
 */
export function noteOf(ending: Ending, policy: Noted, now: number): TaskNote {
  const { facts, reasons, rebuilds, looks, outcome } = ending;
  const { pull } = facts;
  const data = { outcome, head_sha: pull.head.sha, looks, rebuilds };
  const why = reasons.map(({ message }) => message).join("; ");
  const decision: Happening = { kind: "decision", text: `#${pull.number}: ${outcome}${why === "" || isMerged(ending) ? "" : `: ${why}`}`, url: pull.url, data };
  const task = stateOf(ending, policy, why, now);
  if (!isMerged(ending)) return { traceId: policy.traceId, task, events: [decision] };
  const commit: Happening = { kind: "commit", text: `${pull.base.branch} is at ${shortSha(ending.mergedSha)}${policy.awaitsHealth ? "" : "; the loop ends here, without a deployment to look at"}`, url: pull.url.replace(/\/pull\/\d+$/, `/commit/${ending.mergedSha}`), data: { sha: ending.mergedSha } };
  return { traceId: policy.traceId, task, events: [decision, commit] };
}

function stateOf(ending: Ending, { awaitsHealth, trustedAuthors }: Noted, why: string, now: number): TaskState {
  const { pull } = ending.facts;
  const phase = phaseOf(ending);
  const humanInterventionCount = interventionsIn({ ...pull, mergedAt: pull.merge?.at ?? null }, [...trustedAuthors, pull.viewer]);
  const seen = { phase, prUrl: pull.url, humanInterventionCount };
  if (isMerged(ending)) return { ...seen, status: awaitsHealth ? "running" : "done", state: "merged", mergedAt: pull.merge?.at ?? now };
  const open = { ...seen, state: pull.state };
  if (ending.outcome === "handed-over" || ending.outcome === "queued") return { ...open, status: "running" };
  return { ...open, status: "error", errorType: phase === "ci_failed" ? "ci" : phase, errorMsg: why };
}

function isMerged({ outcome }: Ending): boolean {
  return outcome === "merged" || outcome === "already-merged";
}

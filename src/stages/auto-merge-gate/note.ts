import { shortSha } from "../../kit/ids.ts";
import type { Happening, TaskNote, TaskState } from "../../kit/report.ts";
import type { Ending } from "./ending.ts";
import type { Policy } from "./policy.ts";
import { phaseOf } from "./report.ts";

/**
 * What goes on record of an ending that is no dry run: a merge finishes the task, unless its health is still to be seen.
 * @param now epoch milliseconds.
 */
export function noteOf(ending: Ending, policy: Pick<Policy, "traceId" | "awaitsHealth">, now: number): TaskNote {
  const { facts, reasons, rebuilds, looks, outcome } = ending;
  const { pull } = facts;
  const data = { outcome, head_sha: pull.head.sha, looks, rebuilds };
  const why = reasons.map(({ message }) => message).join("; ");
  const decision: Happening = { kind: "decision", text: `#${pull.number}: ${outcome}${why === "" || isMerged(ending) ? "" : `: ${why}`}`, url: pull.url, data };
  const task = stateOf(ending, policy, why, now);
  if (!isMerged(ending)) return { traceId: policy.traceId, task, events: [decision] };
  const commit: Happening = { kind: "commit", text: `${pull.base.branch} is at ${shortSha(ending.mergedSha)}`, url: pull.url.replace(/\/pull\/\d+$/, `/commit/${ending.mergedSha}`), data: { sha: ending.mergedSha } };
  return { traceId: policy.traceId, task, events: [decision, commit] };
}

function stateOf(ending: Ending, { awaitsHealth }: Pick<Policy, "awaitsHealth">, why: string, now: number): TaskState {
  const { pull } = ending.facts;
  const phase = phaseOf(ending);
  if (isMerged(ending)) return { phase, status: awaitsHealth ? "running" : "done", prUrl: pull.url, state: "merged", mergedAt: pull.merge?.at ?? now };
  const open = { phase, prUrl: pull.url, state: pull.state };
  if (ending.outcome === "handed-over" || ending.outcome === "queued") return { ...open, status: "running" };
  return { ...open, status: "error", errorType: phase === "ci_failed" ? "ci" : phase, errorMsg: why };
}

function isMerged({ outcome }: Ending): boolean {
  return outcome === "merged" || outcome === "already-merged";
}

import { type Evidence, judge, type Judged, type Series } from "./judge.ts";
import { because } from "./reasons.ts";

/**
 * The verdict over what users are served already: healthy is only what stays so for the whole watch. Nobody waits for a count that may
 * speak for it while a probe does nothing but fail: to move users back is cheap, and what the failures prove is another question.
 */
export function judgeWatch(evidence: (outOfTime: boolean) => Evidence, { outOfTime, isOver, isCancelled }: { readonly outOfTime: boolean; readonly isOver: boolean; readonly isCancelled: boolean }): Judged {
  if (isCancelled) return { kind: "inconclusive", reasons: [because("cancelled", "the job was ended before the watch was over")] };
  const seen = evidence(outOfTime);
  const judged = judge(seen);
  if (judged.kind === "healthy" && !isOver) return { kind: "wait", retryAfterMs: 0, reasons: [because("watching", "it is well so far")] };
  if (judged.kind !== "wait") return judged;
  return seen.series.some(isDown) ? judge(evidence(true)) : judged;
}

/** More failures in a row than are tolerated in all. */
function isDown({ role, measurements, rule }: Series): boolean {
  const failing = measurements.length - 1 - measurements.findLastIndex(({ outcome }) => outcome !== "failure");
  return role === "critical" && failing > rule.failureLimit;
}

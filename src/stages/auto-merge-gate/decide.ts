import { shortSha } from "../../kit/ids.ts";
import { checkConditions } from "./checks.ts";
import type { Condition, Reason, Standing } from "./condition.ts";
import type { GateFacts } from "./facts.ts";
import type { Policy } from "./policy.ts";
import { isOpen, rules } from "./rules.ts";
import { isArmedByUs, isArmedHere, isQueuedByUs, mayBeArmed, queueConditions } from "./way.ts";

interface Judged {
  /** Everything that was looked at, for the report. */
  readonly conditions: readonly Condition[];
  /** Every reason at once; empty only when nothing stands in the way. */
  readonly reasons: readonly Reason[];
}

export type Decision = Judged &
  (
    | { readonly kind: "merge"; readonly sha: string }
    /** All that is left is for GitHub's own rules to wait for. */
    | { readonly kind: "arm"; readonly sha: string }
    | { readonly kind: "enqueue"; readonly sha: string }
    /** What this run, or an earlier one, left to GitHub must not go on: the head or the judgement is another. */
    | { readonly kind: "withdraw"; readonly from: "auto-merge" | "queue" }
    | { readonly kind: "already-merged"; readonly sha: string }
    | { readonly kind: "wait"; readonly retryAfterMs?: number }
    /** The branch has to be joined with its base by entries. */
    | { readonly kind: "rebuild" }
    /** The head is a rebuild of ours that nobody has checked. */
    | { readonly kind: "recheck"; readonly sha: string }
    | { readonly kind: "blocked" }
    | { readonly kind: "handed-over" }
  );

/**
 * Judges one pull request at one sha. Pure. It merges only when every condition is met; otherwise the strongest standing says
 * what happens: a person's work, then what waiting cannot cure, then what the gate can mend itself, then waiting.
 * @param now epoch milliseconds, for how long something has been running.
 */
export function decide(facts: GateFacts, policy: Policy, now: number): Decision {
  const { pull } = facts;
  if (pull.state === "merged" && pull.merge !== null) return { kind: "already-merged", sha: pull.merge.sha, conditions: [], reasons: mergedUnjudged(facts) };
  // A merged or closed pull request has nothing else to be judged by.
  const conditions = pull.state !== "open" ? [isOpen(facts)] : judge(facts, policy, now);
  const judged = { conditions, reasons: reasonsOf(conditions) };
  const kept = mayBeArmed(facts, policy, conditions) || conditions.every(({ standing }) => standing === "met");
  if (isArmedByUs(facts) && !(kept && isArmedHere(facts))) return { kind: "withdraw", from: "auto-merge", ...judged };
  if (isQueuedByUs(facts) && conditions.some(({ standing }) => standing !== "met" && standing !== "waiting")) return { kind: "withdraw", from: "queue", ...judged };
  return { ...next(facts, policy, conditions), ...judged };
}

/** Every condition, whatever has become of the pull request: what `explain` shows. */
export function judge(facts: GateFacts, policy: Policy, now: number): readonly Condition[] {
  return [...rules.map((rule) => rule(facts, policy, now)), ...checkConditions(facts, policy, now), ...queueConditions(facts, policy, now)];
}

type Next = { readonly kind: "merge" | "arm" | "enqueue" | "recheck"; readonly sha: string } | { readonly kind: "handed-over" | "blocked" | "rebuild" | "wait" };

function next(facts: GateFacts, policy: Policy, conditions: readonly Condition[]): Next {
  const { sha } = facts.pull.head;
  const has = (standing: Standing) => conditions.some((condition) => condition.standing === standing);
  if (has("person")) return { kind: "handed-over" };
  if (has("unmet")) return { kind: "blocked" };
  if (has("rebuild")) return { kind: "rebuild" };
  if (has("recheck")) return { kind: "recheck", sha };
  if (has("waiting")) return mayBeArmed(facts, policy, conditions) && facts.pull.autoMerge.armedBy === null ? { kind: "arm", sha } : { kind: "wait" };
  return { kind: policy.mergeMode === "queue" ? "enqueue" : "merge", sha };
}

/** GitHub merged by itself what this run had left to it, but not the head that was judged: a push was quicker than the next look. */
function mergedUnjudged({ pull, memory }: GateFacts): readonly Reason[] {
  const judged = memory.left.at(-1);
  if (judged === undefined || memory.left.includes(pull.head.sha)) return [];
  return [
    {
      code: "merged-unjudged",
      message: `GitHub merged #${pull.number} at ${shortSha(pull.head.sha)}, which was pushed after ${shortSha(judged)} had been judged`,
      fix: "Look at what was pushed; `merge-mode: direct` merges nothing but the commit that was judged.",
    },
  ];
}

/** The reasons in the order of their weight. */
function reasonsOf(conditions: readonly Condition[]): readonly Reason[] {
  const order: readonly Standing[] = ["person", "unmet", "rebuild", "recheck", "waiting"];
  return order.flatMap((standing) => conditions.filter((condition) => condition.standing === standing)).flatMap(({ reason }) => reason ?? []);
}

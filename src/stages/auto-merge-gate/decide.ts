import { checkConditions } from "./checks.ts";
import type { Condition, Reason, Standing } from "./condition.ts";
import type { GateFacts } from "./facts.ts";
import type { Policy } from "./policy.ts";
import { isOpen, rules } from "./rules.ts";

interface Judged {
  /** Everything that was looked at, for the report. */
  readonly conditions: readonly Condition[];
  /** Every reason at once; empty only when nothing stands in the way. */
  readonly reasons: readonly Reason[];
}

export type Decision = Judged &
  (
    | { readonly kind: "merge"; readonly sha: string }
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
  if (pull.state === "merged" && pull.merge !== null) return { kind: "already-merged", sha: pull.merge.sha, conditions: [], reasons: [] };
  // A merged or closed pull request has nothing else to be judged by.
  const conditions = pull.state !== "open" ? [isOpen(facts)] : [...rules.map((rule) => rule(facts, policy)), ...checkConditions(facts, policy, now)];
  const judged = { conditions, reasons: reasonsOf(conditions) };
  const has = (standing: Standing) => conditions.some((condition) => condition.standing === standing);
  if (has("person")) return { kind: "handed-over", ...judged };
  if (has("unmet")) return { kind: "blocked", ...judged };
  if (has("rebuild")) return { kind: "rebuild", ...judged };
  if (has("recheck")) return { kind: "recheck", sha: pull.head.sha, ...judged };
  if (has("waiting")) return { kind: "wait", ...judged };
  return { kind: "merge", sha: pull.head.sha, ...judged };
}

/** The reasons in the order of their weight. */
function reasonsOf(conditions: readonly Condition[]): readonly Reason[] {
  const order: readonly Standing[] = ["person", "unmet", "rebuild", "recheck", "waiting"];
  return order.flatMap((standing) => conditions.filter((condition) => condition.standing === standing)).flatMap(({ reason }) => reason ?? []);
}

import type { Reason } from "./reasons.ts";

export interface Pull {
  readonly number: number;
  readonly url: string;
}

/** What carrying out a plan came to. */
export type Step =
  /** `pull`: null where it was pushed without one. */
  | { readonly kind: "merged"; readonly sha: string; readonly pull: Pull | null }
  /** The default branch does not hold the change any more. */
  | { readonly kind: "gone" }
  | { readonly kind: "conflict"; readonly files: readonly string[]; readonly pull: Pull | null }
  | { readonly kind: "blocked"; readonly reasons: readonly Reason[]; readonly evidence: string; readonly pull: Pull | null }
  /** The world moved while we wrote: look again. */
  | { readonly kind: "again"; readonly why: string };

export function blocked(reasons: readonly Reason[], pull: Pull | null, evidence = ""): Step {
  return { kind: "blocked", reasons, evidence, pull };
}

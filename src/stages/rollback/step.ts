import type { Reason } from "./decide.ts";

export interface Pull {
  readonly number: number;
  readonly url: string;
}

/** What carrying out a plan came to. */
export type Step =
  | { readonly kind: "merged"; readonly sha: string; readonly pull: Pull }
  /** The default branch does not hold the change any more. */
  | { readonly kind: "gone" }
  | { readonly kind: "conflict"; readonly files: readonly string[]; readonly pull: Pull | null }
  | { readonly kind: "blocked"; readonly reasons: readonly Reason[]; readonly evidence: string; readonly pull: Pull }
  /** The world moved while we wrote: look again. */
  | { readonly kind: "again"; readonly why: string };

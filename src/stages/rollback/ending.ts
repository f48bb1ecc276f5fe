import type { Reason } from "./reasons.ts";
import type { Incident } from "./incident.ts";
import type { Verified } from "./ports.ts";
import type { Pull } from "./step.ts";
import type { Story } from "./texts.ts";

/** How a rollback ended. */
export type Ending =
  /** `story` is null when the repository does not know the commit. */
  | { readonly kind: "refused"; readonly story: Story | null; readonly reasons: readonly Reason[]; readonly handedOver: boolean }
  | { readonly kind: "dry-run"; readonly story: Story; readonly reasons: readonly Reason[]; readonly effects: readonly string[] }
  /** Another rollback mended production: it is healthy with this change. */
  | { readonly kind: "not-needed"; readonly story: Story; readonly reasons: readonly Reason[]; readonly verified: Verified }
  | { readonly kind: "conflict"; readonly story: Story; readonly files: readonly string[]; readonly pull: Pull | null; readonly incident: Incident }
  | { readonly kind: "blocked"; readonly story: Story; readonly reasons: readonly Reason[]; readonly evidence: string; readonly pull: Pull | null; readonly incident: Incident }
  | Done;

/** The change is off the default branch. */
export interface Done {
  readonly kind: "done";
  readonly story: Story;
  /** The commit without it; when a person took it back, the head of the default branch. */
  readonly sha: string;
  /** null: it was taken back without a hotfix pull request. */
  readonly pull: Pull | null;
  /** False when an earlier run or a person had merged it. */
  readonly now: boolean;
  readonly incident: Incident | null;
  /** null: no deployment is configured. */
  readonly verified: Verified | null;
  /** Changes that came on top of it and were taken back after it, because production was still sick: their commits, tasks, and the rollback. */
  readonly also: readonly { readonly sha: string; readonly traceId: string; readonly by: string }[];
  /** From detection (else from the start) to health, in milliseconds; null unless it was healthy. */
  readonly trbMs: number | null;
}

/** How far a task came, in the order in which it gets there (CONTRACTS, Task). */
export const PHASES = ["generating", "timeout", "blocked", "pr_open", "ci_failed", "handed_over", "merged", "deployed", "verified", "rolled_back"] as const;
export type Phase = (typeof PHASES)[number];

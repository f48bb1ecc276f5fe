export type PermissionLevel = "admin" | "maintain" | "write" | "triage" | "read" | "none";

/** An open issue labelled `instant-paused` stops every writing stage (DESIGN 5). */
export interface Pause {
  readonly number: number;
  readonly url: string;
  readonly title: string;
}

export interface PullSummary {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly state: "open" | "closed" | "merged";
  readonly author: string;
  readonly headSha: string;
  readonly mergeSha: string | null;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly mergedAt: number | null;
  /** The newest commits on it, newest last (at most 20). */
  readonly commits: readonly CommitFacts[];
  /** How many there are in all. */
  readonly commitCount: number;
}

export interface CommitFacts {
  readonly sha: string;
  readonly message: string;
  /** Login of the author's account; null when GitHub knows none. */
  readonly author: string | null;
  readonly parents: readonly string[];
  readonly signature: "valid" | "invalid" | "none";
  /** True when GitHub itself made and signed the commit. */
  readonly signedByGitHub: boolean;
}

export interface OwnComment {
  readonly id: number;
  readonly body: string;
}

export type MergeMethod = "squash" | "merge" | "rebase";

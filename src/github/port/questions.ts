import type { CommitFacts, Pause, PermissionLevel, PullSummary } from "./shared.ts";

export interface Questions {
  /** Everything faq-generate decides on, in one query. */
  readQuestion(wanted: {
    /** Empty for the repository's default branch. */
    readonly base: string;
    readonly faqPath: string;
    /** Folders and files whose text may ground the answer, e.g. `docs`, `README.md`. */
    readonly sources: readonly string[];
    /** The branch of the question and the names it may have after a closed pull request, in order of preference. */
    readonly branches: readonly string[];
  }): Promise<QuestionFacts>;
  /** What a person may do here, asked of the API; `none` for a stranger. */
  permissionOf(login: string): Promise<PermissionLevel>;
}

export interface QuestionFacts {
  /** GraphQL's id of the repository. */
  readonly repositoryId: string;
  readonly base: { readonly branch: string; readonly sha: string };
  /** null: the file does not exist. */
  readonly faq: { readonly text: string } | null;
  readonly sources: readonly SourceFile[];
  /** For each wanted branch, in the same order. */
  readonly branches: readonly BranchFacts[];
  readonly pause: Pause | null;
  /** Whose token this is, e.g. `github-actions[bot]`. */
  readonly viewer: string;
}

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface BranchFacts {
  readonly name: string;
  /** null: there is no such branch now. */
  readonly sha: string | null;
  /** Text of the FAQ at the branch's head; null when the branch or file is not there. */
  readonly faqText: string | null;
  /** Pull requests that have or had this head branch in this repository, newest first. */
  readonly pulls: readonly PullSummary[];
  /** The newest commits on it that the base does not contain, newest last (at most 20). */
  readonly commits: readonly CommitFacts[];
}

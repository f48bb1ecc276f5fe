import type { CommitFacts, MergeMethod, OwnComment, Pause } from "./shared.ts";

export interface PullRequests {
  openPull(pull: {
    readonly head: string;
    readonly base: string;
    readonly title: string;
    readonly body: string;
  }): Promise<{ readonly number: number; readonly url: string } | "exists" | "no-difference">;
  /** Everything the gate judges, in one query (further pages only when there are any). */
  readPull(number: number, wanted: { readonly faqPath: string }): Promise<PullFacts>;
  /**
   * Which commits a pull request is about, with no more permission than to read it: what a check needs.
   * @param head the commit to compare with the base; empty takes the pull request's head.
   */
  readPullRange(number: number, head: string): Promise<PullRange>;
  /** What stands at paths of commits, for each of them in the same order; a path that is not there is left out. */
  readEntries(wanted: readonly { readonly sha: string; readonly paths: readonly string[] }[]): Promise<readonly ReadonlyMap<string, Entry>[]>;
  /** Names and sizes of the changed files as the REST API gives them, all pages; "moved" when they are not those of `sha`, which removed ones do not tell. */
  listPullFiles(number: number, sha: string): Promise<readonly PullFile[] | "moved">;
  /** Closes a pull request without merging it, under another title; closing what is closed is fine. */
  closePull(number: number, title: string): Promise<void>;
  /** Changes the text of a pull request as it stands now; nothing is written when it stays the same. */
  changePullBody(number: number, change: (body: string) => string): Promise<void>;
  /** Replaces the text of a pull request. */
  setPullBody(number: number, body: string): Promise<void>;
}

/** What stands at a path of a commit. */
export interface Entry {
  /** As git writes it: `100644`, `100755`, `120000` (symbolic link), `40000` (folder), `160000` (submodule). */
  readonly mode: string;
  /** null: GitHub cannot tell. */
  readonly binary: boolean | null;
}

export interface PullRange {
  readonly number: number;
  readonly url: string;
  readonly body: string;
  readonly headSha: string;
  /** `owner/name`; null when the fork is gone. */
  readonly headRepository: string | null;
  readonly base: { readonly branch: string; readonly sha: string };
  /** The commit that the asked-for commit and the base grew from; null when GitHub does not tell. */
  readonly mergeBase: string | null;
}

export interface PullFacts {
  readonly number: number;
  readonly id: string;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly state: "open" | "closed" | "merged";
  readonly draft: boolean;
  readonly author: string;
  /** `unknown` until GitHub has computed it: ask again. */
  readonly mergeable: "mergeable" | "conflicting" | "unknown";
  /** What GitHub makes of it all, its rules included: the words of `MergeStateStatus` in lower case. */
  readonly mergeState: string;
  /** The repository's default branch. */
  readonly defaultBranch: string;
  readonly base: { readonly branch: string; readonly sha: string };
  readonly head: {
    readonly branch: string;
    readonly sha: string;
    /** `owner/name`; null when the fork is gone. */
    readonly repository: string | null;
    /** True when the head branch still exists in this repository. */
    readonly exists: boolean;
    /** Where the branch itself stands; it may be ahead of the pull request for a moment. null: not told. */
    readonly tip: string | null;
    /** Another open pull request comes from the same branch, or is to be merged into it. */
    readonly shared: boolean;
  };
  /** The commit both sides grew from. */
  readonly mergeBase: string | null;
  readonly merge: { readonly sha: string; readonly at: number } | null;
  /** Login; null while it is not merged. */
  readonly mergedBy: string | null;
  /** null: not all could be read. */
  readonly labels: readonly string[] | null;
  readonly createdAt: number;
  readonly commits: readonly CommitFacts[];
  /** How many commits there are; more than `commits` holds means that not all were read. */
  readonly commitCount: number;
  readonly files: readonly PullFile[];
  readonly fileCount: number;
  /** False when the head moved between pages of the files: then they are not known to be those of the head. */
  readonly filesComplete: boolean;
  readonly checks: readonly CheckFacts[];
  /** False when a page of the checks could not be read: then no check is known to be green. */
  readonly checksComplete: boolean;
  /** Runs of workflows at the head that wait for a person's approval. */
  readonly runsAwaitingApproval: number;
  /** Why the branch's rules are not known: its base is gone, there are more than are read, or they were not shown. null: they are known. */
  readonly rulesUnread: "base-gone" | "too-many" | "not-shown" | null;
  /** Types of rules that hold a merge back and say no more than that, such as `WORKFLOWS`; whether they are satisfied only GitHub knows. */
  readonly otherRules: readonly string[];
  /** What the branch's rules require; null when they could not be read. */
  readonly requiredChecks: readonly RequiredCheck[] | null;
  readonly requiredApprovals: number | null;
  /** By people with write permission, the latest opinion of each. */
  readonly approvals: number;
  readonly changesRequestedBy: readonly string[];
  /** Every review that was submitted, the first 100. */
  readonly reviews: readonly { readonly author: string; readonly at: number }[];
  /** False when a page of the reviews could not be read. */
  readonly reviewsComplete: boolean;
  /** GitHub's own judgement, which knows of code owners too; null: no review is required. */
  readonly reviewDecision: "approved" | "changes-requested" | "review-required" | null;
  /** Open conversations on code. `required`: the rules want them resolved, null when that could not be read. */
  readonly conversations: { readonly required: boolean | null; readonly unresolved: number; readonly complete: boolean };
  /** Ways of merging that the repository and the branch's rules allow; null when the rules could not be read. */
  readonly methods: readonly MergeMethod[] | null;
  /** GitHub's own auto-merge: whether the repository allows it, and who armed it here. */
  readonly autoMerge: { readonly allowed: boolean; readonly armedBy: string | null };
  /** The merge queue of the base, and this pull request's place in it. */
  readonly queue: { readonly enabled: boolean; readonly entry: { readonly by: string; readonly position: number; readonly state: string } | null };
  /** The repository deletes merged branches by itself. */
  readonly deletesBranches: boolean;
  /** Comments of the viewer among the newest 100. `commentsComplete`: there are no others. */
  readonly ownComments: readonly OwnComment[];
  readonly commentsComplete: boolean;
  readonly viewer: string;
  readonly pause: Pause | null;
  /** Other open pull requests of this repository's own branches into the same base, the newest 100. */
  readonly siblings: readonly Sibling[];
  /** What the FAQ is at the head and at the merge base; null where it is not there, undefined where that is not known. */
  readonly faqEntry: { readonly head: Entry | null; readonly mergeBase: Entry | null | undefined };
  /** FAQ at the head, base branch head and merge base; null where it is not there, or no text that could be read whole. */
  readonly faq: { readonly head: string | null; readonly base: string | null; readonly mergeBase: string | null };
  /** Why its text at the base or at the merge base could not be read; null when it could, or nothing stands there. */
  readonly faqFlaw: string | null;
}

export interface RequiredCheck {
  readonly name: string;
  /** Id of the only App that may report it; null: any. */
  readonly appId: number | null;
}

export interface Sibling {
  readonly number: number;
  readonly branch: string;
  readonly draft: boolean;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

export interface PullFile {
  readonly path: string;
  readonly previousPath: string | null;
  readonly status: "added" | "modified" | "removed" | "renamed" | "copied" | "changed" | "unchanged";
  readonly additions: number;
  readonly deletions: number;
}

export interface CheckFacts {
  readonly name: string;
  /** App slug of a check run; null for a commit status. */
  readonly app: string | null;
  readonly appId: number | null;
  /** What its App calls it; empty for a commit status. */
  readonly externalId: string;
  /** Id of the workflow that it is a job of; null for anything else, and where the token may not see it (`actions: read`). */
  readonly workflow: number | null;
  readonly kind: "check" | "status";
  readonly state: "pending" | "success" | "failure" | "neutral" | "skipped" | "action_required";
  /** Grows from one report of a name by an app to the next, as GitHub counts them: a run that was created later is newer, whenever it began or ended. */
  readonly order: number;
  /** Epoch milliseconds: when it ended, or else began; 0: it has not begun. */
  readonly at: number;
  readonly url: string | null;
}

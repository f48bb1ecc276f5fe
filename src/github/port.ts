/**
 * What a stage may ask of a repository on GitHub. Reads are one query a stage; writes are compare-and-swap, and an
 * answer such as "already exists" is a value, not an exception. Anything else that goes wrong is an InstantError.
 *
 * Untrusted text: titles, bodies, messages, paths and branch names come from whoever could write them.
 */

export interface RepositoryHandle {
  readonly owner: string;
  readonly name: string;
  /** Requests made so far, retries included and 304 answers too. */
  requestCount(): number;
}

export interface Repository extends RepositoryHandle, Questions, Branches, PullRequests, Checks, Deployments, Rollbacks, Issues {}

export type PermissionLevel = "admin" | "maintain" | "write" | "triage" | "read" | "none";

/** An open issue labelled `instant-paused` stops every writing stage (DESIGN 5). */
export interface Pause {
  readonly number: number;
  readonly url: string;
  readonly title: string;
}

// ---------------------------------------------------------------- generate

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

// ---------------------------------------------------------------- branches and commits

export interface FileChange {
  readonly path: string;
  /** null deletes the file. */
  readonly text: string | null;
}

export interface Branches {
  createBranch(name: string, sha: string): Promise<"created" | "exists">;
  /**
   * One commit of many files, made only when the branch still stands at `expectedHead` (createCommitOnBranch). With `create` the
   * branch is put there first, in the same request; one that stands there already is fine.
   */
  commitFiles(change: {
    readonly create?: { readonly repositoryId: string };
    readonly branch: string;
    readonly expectedHead: string;
    readonly files: readonly FileChange[];
    readonly headline: string;
    readonly body: string;
  }): Promise<{ readonly sha: string } | "moved">;
  /**
   * Joins a newer base into a branch with the given file contents: a commit with two parents whose tree is the base's with
   * `files` laid over it, put on the branch by fast-forward only, so that nobody's push is lost.
   */
  commitMerge(change: {
    readonly branch: string;
    readonly expectedHead: string;
    readonly base: string;
    readonly files: readonly FileChange[];
    readonly message: string;
    /** What has to be done when the commit is known and not yet on the branch. */
    readonly beforeMove?: (sha: string) => Promise<void>;
  }): Promise<{ readonly sha: string } | "moved">;
  /**
   * Moves a branch to a commit that contains where it stands, which is a compare-and-swap.
   * @returns why GitHub refuses it, when a rule of the branch does.
   */
  moveBranch(name: string, sha: string): Promise<"moved" | "not-a-fast-forward" | { readonly refused: string }>;
  /** Deleting what is gone already is fine. */
  deleteBranch(name: string): Promise<void>;
  /** Text of a file at a commit; null when it is not there. */
  readFile(sha: string, path: string): Promise<string | null>;
  /** Whether `descendant` is `ancestor` or contains it. */
  contains(descendant: string, ancestor: string): Promise<boolean>;
}

// ---------------------------------------------------------------- pull requests

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
  /** Merges exactly `sha`. After a 5xx it looks before it answers (PLATFORM, Merging). */
  mergePull(merge: MergeRequest): Promise<MergeAnswer>;
  /** Arms GitHub's own auto-merge, only when the head is `sha`; a pull request that is clean is merged directly instead. */
  armAutoMerge(id: string, merge: MergeRequest): Promise<ArmAnswer>;
  /** Disarming what is not armed is fine. */
  disarmAutoMerge(id: string, number: number): Promise<void>;
  /** Puts it into the merge queue of its base, only when the head is `sha`; being there already is fine. */
  enqueuePull(id: string, pull: { readonly number: number; readonly sha: string }): Promise<QueueAnswer>;
  /** Taking out what is not in the queue is fine. */
  dequeuePull(id: string, number: number): Promise<void>;
  /** Changes the text of a pull request as it stands now; nothing is written when it stays the same. */
  changePullBody(number: number, change: (body: string) => string): Promise<void>;
  /** Replaces the text of a pull request. */
  setPullBody(number: number, body: string): Promise<void>;
}

export type MergeMethod = "squash" | "merge" | "rebase";

export interface MergeRequest {
  readonly number: number;
  readonly sha: string;
  readonly method: MergeMethod;
  readonly title: string;
  readonly message: string;
}

export type ArmAnswer =
  | { readonly kind: "armed" }
  /** GitHub has nothing to wait for ("clean status", "unstable status"). */
  | { readonly kind: "clean" }
  | { readonly kind: "head-moved" }
  | { readonly kind: "refused"; readonly reason: string };

export type QueueAnswer = { readonly kind: "queued" } | { readonly kind: "head-moved" } | { readonly kind: "refused"; readonly reason: string };

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

export type MergeAnswer =
  | { readonly kind: "merged"; readonly sha: string }
  /** 409: the head is not `sha` any more. */
  | { readonly kind: "head-moved" }
  /** 405 "Base branch was modified": look again and retry. */
  | { readonly kind: "base-moved" }
  /** 405: conflicts, rules, drafts; the reason in GitHub's words. */
  | { readonly kind: "not-mergeable"; readonly reason: string };

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

export interface OwnComment {
  readonly id: number;
  readonly body: string;
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

// ---------------------------------------------------------------- checks

export interface Checks {
  /**
   * Writes a completed check run, annotations in batches of 50 (PLATFORM, Limits).
   * Answers "read-only" when the token may not (a fork's pull request).
   */
  publishCheck(check: {
    readonly name: string;
    readonly sha: string;
    readonly conclusion: "success" | "failure" | "neutral";
    readonly title: string;
    readonly summary: string;
    readonly annotations: readonly CheckAnnotation[];
    readonly externalId: string;
    readonly startedAt: number;
    readonly completedAt: number;
  }): Promise<{ readonly id: number; readonly url: string } | "read-only">;
}

export interface CheckAnnotation {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly level: "failure" | "warning" | "notice";
  readonly title: string;
  readonly message: string;
}

// ---------------------------------------------------------------- deployments

export interface Deployments {
  /** What post-deploy-health starts from, in one query. */
  readDeployTarget(sha: string): Promise<{
    readonly defaultBranch: string;
    readonly defaultSha: string;
    /** The newest 20 commits of the default branch, newest first. */
    readonly history: readonly { readonly sha: string; readonly message: string }[];
    readonly known: boolean;
    /** The commit's message, where its task names itself (`Trace-Id: …`); empty when it is not known. */
    readonly message: string;
    /** The hotfix pull request that reverts this commit, if there is one. */
    readonly rollback: PullSummary | null;
    readonly pause: Pause | null;
  }>;
  /**
   * Starts a workflow by workflow_dispatch; the id is null where the server does not tell it (older GHES).
   * @param start.mayBeOurs is asked of runs that began meanwhile, where it is not certain whether it was started: others start it too.
   */
  dispatchWorkflow(start: {
    readonly workflow: string;
    readonly ref: string;
    readonly inputs: Readonly<Record<string, string>>;
    readonly mayBeOurs: (run: RunFacts) => Promise<boolean>;
  }): Promise<{ readonly runId: number | null; readonly url: string | null }>;
  readRun(id: number): Promise<RunFacts>;
  /** Runs of a workflow made by workflow_dispatch since a time (epoch milliseconds), newest first, at most 30. */
  listDispatchedRuns(workflow: string, since: number): Promise<readonly RunFacts[]>;
  /**
   * The newest deployment to an environment of a commit, or of one that contains it, among the newest 30, with its state; null when
   * there is none. A failed one counts only of the commit itself. In a monorepo each product has an environment of its own.
   */
  findDeployment(environment: string, sha: string, contains: (sha: string) => Promise<boolean>): Promise<DeploymentFacts | null>;
}

export interface DeploymentFacts {
  readonly id: number;
  readonly sha: string;
  readonly environment: string;
  /** As far as its newest status tells; one without any is pending. `inactive`: another took its place. */
  readonly state: "pending" | "success" | "failure" | "inactive";
  /** The log that its newest status names, an http address; empty when it names none. */
  readonly url: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

export interface RunFacts {
  readonly id: number;
  readonly url: string;
  readonly headSha: string;
  /** `display_title`: what the run calls itself (`run-name:`), where a deployment can name its commit. */
  readonly title: string;
  readonly status: "queued" | "in_progress" | "completed" | "waiting" | "action_required";
  readonly conclusion: string | null;
  readonly createdAt: number;
}

// ---------------------------------------------------------------- rollback

export interface Rollbacks {
  /**
   * Everything rollback plans on, in one query.
   * @param wanted.branches how the names of hotfix branches begin; `environment`: whose deployments are asked for, empty for none.
   */
  readRollback(wanted: { readonly sha: string; readonly branch: string; readonly branches: string; readonly labels: readonly string[]; readonly environment: string }): Promise<RollbackFacts>;
  /** A commit with the tree of another: what makes reverting the newest commit a matter of one call. */
  commitTree(commit: { readonly tree: string; readonly parents: readonly string[]; readonly message: string }): Promise<{ readonly sha: string }>;
  /** Whether a folder holds other files at one commit than at the other. */
  differsIn(folder: string, one: string, other: string): Promise<boolean>;
  /**
   * Puts a branch on `sha` and opens its pull request, in one request (mutations of one GraphQL document). A branch that exists is
   * left as it is; its pull request is opened all the same, and shows whatever that branch holds. `missingLabels` are made on the way.
   */
  openHotfix(hotfix: {
    readonly repositoryId: string;
    readonly branch: string;
    readonly branches: string;
    readonly sha: string;
    readonly base: string;
    readonly title: string;
    readonly body: string;
    readonly missingLabels: readonly string[];
  }): Promise<OpenedHotfix | "exists" | "no-difference">;
  /**
   * Opens an issue and answers what incidents there are then: of several runs that open one each, all see the first.
   * @param issue.mark a line of the body by which it is found when the answer is lost.
   */
  openIncident(issue: {
    readonly repositoryId: string;
    readonly title: string;
    readonly body: string;
    readonly mark: string;
    readonly labels: readonly string[];
    readonly labelIds: Readonly<Record<string, string>>;
  }): Promise<{ readonly opened: IncidentFacts; readonly incidents: readonly IncidentFacts[] }>;
  /**
   * An incident's new text, a comment for those who follow it, and whether it is open from now on (null: as it is), in one request. Of several
   * runs that tell the same in the same moment the first one's comment stays.
   */
  tellIncident(told: { readonly incident: Pick<IncidentFacts, "id" | "number">; readonly body: string; readonly comment: IncidentComment | null; readonly state: "open" | "closed" | null }): Promise<void>;
}

export interface IncidentComment {
  readonly body: string;
  /** A part of the body that another comment has only when it tells the same. */
  readonly mark: string;
}

export interface OpenedHotfix {
  readonly number: number;
  readonly url: string;
  readonly headSha: string;
  /** Ids of the labels that were made, by name. */
  readonly labelIds: Readonly<Record<string, string>>;
  /** As they are now, this one among them. */
  readonly hotfixes: readonly HotfixBranch[];
}

/** A branch whose name begins like those of hotfixes. */
export interface HotfixBranch {
  readonly name: string;
  /** Message of its newest commit. */
  readonly message: string;
  /** Its open pull request; `createdAt` in epoch milliseconds. */
  readonly pull: { readonly number: number; readonly url: string; readonly createdAt: number } | null;
}

export interface IncidentFacts {
  readonly id: string;
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly open: boolean;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A commit of the default branch. */
export interface LineCommit {
  readonly sha: string;
  readonly message: string;
  readonly tree: string;
  readonly parents: readonly string[];
  /** When it was committed, epoch milliseconds, as the commit says. */
  readonly at: number;
}

/** A deployment on record, the newest status of it. */
export interface PastDeployment {
  readonly sha: string;
  readonly state: "waiting" | "deployed" | "failed";
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface RollbackFacts {
  readonly defaultBranch: string;
  /** The newest commit of the default branch. */
  readonly head: CommitFacts & { readonly tree: string };
  /** What the default branch was, one state after the other (first parents), newest first; as far as the newest 50 commits reach. */
  readonly line: readonly LineCommit[];
  /** The newest 50 commits it contains, those of merged branches too. */
  readonly history: readonly LineCommit[];
  /**
   * The commit to revert; null when the repository does not know it. `touchesWorkflows`: `.github/workflows` differs from the
   * first parent's, so that a GITHUB_TOKEN may not put its revert on a branch (PLATFORM, Tokens).
   */
  readonly commit: (CommitFacts & { readonly tree: string; readonly parentTrees: readonly string[]; readonly at: number; readonly touchesWorkflows: boolean }) | null;
  /** The pull request it was merged by, if any. */
  readonly pull: PullSummary | null;
  /** The hotfix branch, the commit at its head, and its pull requests (head in this repository), newest first. */
  readonly hotfix: { readonly sha: string | null; readonly commit: CommitFacts | null; readonly pulls: readonly PullSummary[] };
  /** All hotfix branches, this one among them. */
  readonly hotfixes: readonly HotfixBranch[];
  /** Incident issues (labels P0, auto-rollback), newest first. */
  readonly incidents: readonly IncidentFacts[];
  /** Deployments to the environment, newest first, at most 50; null when none was asked for. */
  readonly deployments: readonly PastDeployment[] | null;
  readonly repositoryId: string;
  /** Ids of the wanted labels that exist, by name. */
  readonly labelIds: Readonly<Record<string, string>>;
  readonly pause: Pause | null;
  readonly viewer: string;
}

// ---------------------------------------------------------------- issues

export interface Issues {
  openIssue(issue: { readonly title: string; readonly body: string; readonly labels: readonly string[] }): Promise<{ readonly number: number; readonly url: string }>;
  addLabels(number: number, labels: readonly string[]): Promise<void>;
  comment(number: number, body: string): Promise<void>;
  /** Every comment of the token's own account on an issue or pull request that holds `marker`, oldest first. */
  ownComments(number: number, marker: string): Promise<readonly OwnComment[]>;
  editComment(id: number, body: string): Promise<void>;
  /** Deleting what is gone already is fine. */
  deleteComment(id: number): Promise<void>;
  /** Open issues with this label, oldest first, at most 100. */
  openIssuesWith(label: string): Promise<readonly { readonly number: number; readonly url: string; readonly body: string }[]>;
  /** As completed; closing what is closed is fine. */
  closeIssue(number: number): Promise<void>;
}

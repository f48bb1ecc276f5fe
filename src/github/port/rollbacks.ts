import type { CommitFacts, Pause, PullSummary } from "./shared.ts";

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

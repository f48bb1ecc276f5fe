/** The state of the sandbox's GitHub. Plain records; the functions of this folder change them. */

import type { Annotation, Conclusion, JobRef, Permissions, RunEvent, RunHandle, RunRequest, StepRef } from "../engine/port.ts";
import type { GitRepository } from "../git/repository.ts";

export type Role = "none" | "read" | "triage" | "write" | "maintain" | "admin";

export interface Account {
  readonly type: "User" | "Bot" | "Organization";
  readonly id: number;
  readonly nodeId: string;
  /** As REST shows it: `octocat`, `github-actions[bot]`. */
  readonly login: string;
  readonly name: string;
  readonly email: string;
  readonly createdAt: number;
}

export interface App {
  readonly id: number;
  readonly nodeId: string;
  readonly slug: string;
  readonly name: string;
  readonly bot: Account;
  readonly permissions: Permissions;
  readonly createdAt: number;
}

/** One rule of a ruleset on branches whose name matches `branch` (`*` allowed). */
export interface BranchRule {
  readonly branch: string;
  /** Checks that must be green; `app` restricts who may report one (an app's slug). */
  readonly requiredChecks?: readonly (string | { readonly context: string; readonly app?: string })[];
  /** The branch must be up to date with its base before merging. */
  readonly strict?: boolean;
  /** Changes only by pull request, with so many approvals. */
  readonly requiredApprovals?: number;
  readonly requireSignatures?: boolean;
  readonly requireLinearHistory?: boolean;
  readonly requireConversationResolution?: boolean;
  /** Workflows that have to pass, by the name of the check each of them makes. */
  readonly workflows?: readonly string[];
  /** Merges go through a merge queue, which lands them in this way. */
  readonly mergeQueue?: MergeMethod;
  /** Ways of merging that are allowed; absent: all that the repository allows. */
  readonly mergeMethods?: readonly MergeMethod[];
  readonly blockForcePushes?: boolean;
  readonly blockDeletions?: boolean;
  /** Logins and app slugs the rule does not bind. */
  readonly bypass?: readonly string[];
}

export interface RepositorySettings {
  /** "Allow GitHub Actions to create and approve pull requests". */
  canApprovePullRequestReviews: boolean;
  deleteBranchOnMerge: boolean;
  allowMergeCommit: boolean;
  allowSquashMerge: boolean;
  allowRebaseMerge: boolean;
  allowAutoMerge: boolean;
  hasIssues: boolean;
  squashMergeCommitTitle: "PR_TITLE" | "COMMIT_OR_PR_TITLE";
  squashMergeCommitMessage: "PR_BODY" | "COMMIT_MESSAGES" | "BLANK";
  /** What `GITHUB_TOKEN` may do when a workflow does not say. */
  defaultWorkflowPermissions: "read" | "write";
}

export interface Repository {
  readonly id: number;
  readonly nodeId: string;
  readonly owner: Account;
  readonly name: string;
  readonly fullName: string;
  readonly git: GitRepository;
  readonly createdAt: number;
  pushedAt: number;
  updatedAt: number;
  description: string | null;
  private: boolean;
  archived: boolean;
  defaultBranch: string;
  readonly parent: Repository | undefined;
  /** A deleted repository stays as the memory of pull requests that came from it. */
  deleted: boolean;
  settings: RepositorySettings;
  rules: BranchRule[];
  readonly roles: Map<string, Role>;
  readonly secrets: Record<string, string>;
  readonly variables: Record<string, string>;
  nextNumber: number;
  readonly issues: Map<number, Issue>;
  readonly labels: Map<string, Label>;
  /** Commits that GitHub itself signed. */
  readonly signed: Set<string>;
  readonly checkSuites: CheckSuite[];
  readonly checkRuns: CheckRun[];
  readonly statuses: CommitStatus[];
  readonly deployments: Deployment[];
  readonly workflows: Map<string, Workflow>;
  readonly runs: WorkflowRun[];
  readonly artifacts: Artifact[];
  readonly bySha: Map<string, { readonly runs: CheckRun[]; readonly statuses: CommitStatus[] }>;
}

export interface Label {
  readonly id: number;
  readonly nodeId: string;
  readonly repository: Repository;
  name: string;
  color: string;
  description: string | null;
  readonly isDefault: boolean;
}

export interface Issue {
  readonly id: number;
  readonly nodeId: string;
  readonly repository: Repository;
  readonly number: number;
  readonly author: Account;
  readonly createdAt: number;
  /** How the author made it: a job's, an app's or a person's token. */
  title: string;
  body: string | null;
  state: "open" | "closed";
  stateReason: "completed" | "not_planned" | "duplicate" | "reopened" | null;
  closedAt: number | null;
  closedBy: Account | null;
  updatedAt: number;
  locked: boolean;
  readonly labels: Set<Label>;
  assignees: Account[];
  readonly comments: Comment[];
  readonly pull: PullRequest | undefined;
}

export interface Comment {
  readonly id: number;
  readonly nodeId: string;
  readonly issue: Issue;
  readonly author: Account;
  body: string;
  readonly createdAt: number;
  updatedAt: number;
}

export type MergeMethod = "merge" | "squash" | "rebase";

export interface PullRequest {
  /** The issue that carries number, title, labels and comments. */
  issue: Issue;
  readonly id: number;
  readonly nodeId: string;
  readonly repository: Repository;
  baseRef: string;
  /** The base branch's tip when the pull request was opened or last retargeted. */
  baseSha: string;
  readonly headRepository: Repository;
  readonly headRef: string;
  headSha: string;
  draft: boolean;
  merged: boolean;
  mergedAt: number | null;
  mergedBy: Account | null;
  mergeCommitSha: string | null;
  maintainerCanModify: boolean;
  autoMerge: AutoMerge | null;
  queue: QueueEntry | null;
  readonly reviews: Review[];
  readonly threads: ReviewThread[];
  /** The test merge of one (base, head) pair; made when somebody asks. */
  test: { readonly base: string; readonly head: string; readonly clean: boolean; readonly sha: string | null } | undefined;
  /** How many more times `mergeable` answers "not computed yet". */
  unknownFor: number;
}

export interface AutoMerge {
  readonly by: Account;
  readonly method: MergeMethod;
  readonly title: string | undefined;
  readonly message: string | undefined;
  readonly at: number;
}

/** A place in the merge queue of the base branch. */
export interface QueueEntry {
  readonly id: number;
  readonly by: Account;
  readonly at: number;
  /** The head that was put there; a push takes it out. */
  readonly head: string;
  /** What checks are asked for while it is first: the pull request on top of its base; undefined until then. */
  group: { readonly ref: string; readonly sha: string; readonly base: string } | undefined;
}

export interface Review {
  readonly id: number;
  readonly nodeId: string;
  readonly pull: PullRequest;
  readonly author: Account;
  state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED";
  readonly body: string;
  readonly commit: string;
  readonly submittedAt: number;
}

export interface ReviewThread {
  readonly id: number;
  readonly nodeId: string;
  readonly pull: PullRequest;
  readonly path: string;
  readonly author: Account;
  readonly body: string;
  resolved: boolean;
}

export type CheckStatus = "queued" | "in_progress" | "completed" | "waiting" | "requested" | "pending";
export type CheckConclusion =
  | "success" | "failure" | "neutral" | "cancelled" | "skipped" | "timed_out" | "action_required" | "stale";

export interface CheckSuite {
  readonly id: number;
  readonly nodeId: string;
  readonly repository: Repository;
  readonly app: App;
  readonly headSha: string;
  readonly headBranch: string | null;
  readonly createdAt: number;
  updatedAt: number;
  readonly runs: CheckRun[];
  /** The workflow run this suite stands for; those of apps have none. */
  workflowRun: WorkflowRun | undefined;
}

export interface CheckAnnotation {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly startColumn: number | null;
  readonly endColumn: number | null;
  readonly level: "notice" | "warning" | "failure";
  readonly title: string | null;
  readonly message: string;
  readonly rawDetails: string | null;
}

export interface CheckRun {
  readonly id: number;
  readonly nodeId: string;
  readonly repository: Repository;
  readonly suite: CheckSuite;
  name: string;
  readonly headSha: string;
  status: CheckStatus;
  conclusion: CheckConclusion | null;
  startedAt: number | null;
  completedAt: number | null;
  externalId: string;
  detailsUrl: string | null;
  title: string | null;
  summary: string | null;
  text: string | null;
  readonly annotations: CheckAnnotation[];
  /** The workflow whose job this run stands for; those made through the API have none. */
  readonly workflow: Workflow | undefined;
}

export interface CommitStatus {
  readonly id: number;
  readonly nodeId: string;
  readonly sha: string;
  readonly state: "error" | "failure" | "pending" | "success";
  readonly context: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creator: Account;
  readonly createdAt: number;
}

export interface Deployment {
  readonly id: number;
  readonly nodeId: string;
  readonly repository: Repository;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly environment: string;
  readonly description: string | null;
  readonly payload: unknown;
  readonly creator: Account;
  readonly transient: boolean;
  readonly production: boolean;
  readonly createdAt: number;
  readonly statuses: DeploymentStatus[];
}

export interface DeploymentStatus {
  readonly id: number;
  readonly nodeId: string;
  readonly deployment: Deployment;
  readonly state: "error" | "failure" | "inactive" | "pending" | "success" | "queued" | "in_progress";
  readonly description: string;
  readonly environmentUrl: string;
  readonly logUrl: string;
  readonly creator: Account;
  readonly createdAt: number;
}

export interface Workflow {
  readonly id: number;
  readonly nodeId: string;
  readonly repository: Repository;
  readonly path: string;
  name: string;
  state: "active" | "disabled_manually";
  readonly createdAt: number;
  updatedAt: number;
  nextRunNumber: number;
}

export interface WorkflowRun {
  readonly id: number;
  readonly nodeId: string;
  readonly repository: Repository;
  readonly workflow: Workflow;
  readonly number: number;
  attempt: number;
  readonly event: string;
  readonly displayTitle: string;
  readonly actor: Account;
  triggeringActor: Account;
  /** The ref and commit the workflow sees as GITHUB_REF and GITHUB_SHA. */
  readonly ref: string;
  readonly sha: string;
  /** What the run is listed under: for a pull request its head, not the test merge. */
  readonly headSha: string;
  readonly headBranch: string | null;
  readonly pull: PullRequest | undefined;
  readonly createdAt: number;
  startedAt: number;
  updatedAt: number;
  completedAt: number | null;
  status: "queued" | "in_progress" | "completed" | "action_required";
  conclusion: Conclusion | "action_required" | "startup_failure" | null;
  /** Why a run ended before it began. */
  error: string | undefined;
  readonly suite: CheckSuite;
  jobs: JobRecord[];
  /** Jobs of earlier attempts, oldest first. */
  readonly earlier: { readonly attempt: number; readonly jobs: readonly JobRecord[] }[];
  /** Every event of the run, in order. */
  readonly events: RunEvent[];
  readonly request: Omit<RunRequest, "runAttempt">;
  /** The token of a fork's run is read-only. */
  readonly readOnly: boolean;
  handle: RunHandle | undefined;
}

export interface StepRecord {
  readonly ref: StepRef;
  status: "queued" | "in_progress" | "completed";
  conclusion: Conclusion | null;
  startedAt: number | null;
  completedAt: number | null;
  outputs: Readonly<Record<string, string>>;
  summary: string;
}

export interface JobRecord {
  readonly id: number;
  readonly nodeId: string;
  readonly ref: JobRef;
  readonly attempt: number;
  readonly checkRun: CheckRun;
  status: "queued" | "in_progress" | "completed";
  conclusion: Conclusion | null;
  readonly createdAt: number;
  startedAt: number | null;
  completedAt: number | null;
  runner: string | null;
  outputs: Readonly<Record<string, string>>;
  readonly steps: StepRecord[];
  readonly annotations: (Annotation & { readonly level: "notice" | "warning" | "error" })[];
  readonly log: string[];
}


export interface Artifact {
  readonly id: number;
  readonly nodeId: string;
  readonly repository: Repository;
  readonly run: WorkflowRun;
  /** Names are unique within one attempt of a run. */
  readonly attempt: number;
  readonly name: string;
  readonly dir: string;
  readonly size: number;
  readonly digest: string;
  readonly createdAt: number;
}

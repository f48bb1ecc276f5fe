/** What happened, before anybody words it as a webhook payload. */

import type { Actor } from "./tokens.ts";
import type {
  CheckRun, CheckSuite, Comment, CommitStatus, Deployment, DeploymentStatus, Issue, Label, PullRequest, Repository, Review,
  WorkflowRun,
} from "./types.ts";

interface Common {
  readonly repository: Repository;
  readonly actor: Actor;
  readonly at: number;
}

/** What a merge queue asks checks for: a pull request merged onto its base, on a branch of the queue's own. */
export interface MergeGroup {
  /** Full, as is `baseRef`. */
  readonly headRef: string;
  readonly headSha: string;
  readonly baseRef: string;
  readonly baseSha: string;
}

export type Happening =
  | { readonly name: "push"; readonly ref: string; readonly before: string | undefined; readonly after: string | undefined; readonly forced: boolean }
  | { readonly name: "create" | "delete"; readonly ref: string }
  | { readonly name: "pull_request"; readonly action: string; readonly pull: PullRequest; readonly before?: string; readonly label?: Label }
  | { readonly name: "pull_request_review"; readonly action: string; readonly pull: PullRequest; readonly review: Review }
  | { readonly name: "issues"; readonly action: string; readonly issue: Issue; readonly label?: Label }
  | { readonly name: "issue_comment"; readonly action: string; readonly issue: Issue; readonly comment: Comment; readonly from?: string }
  | { readonly name: "check_run"; readonly action: string; readonly run: CheckRun }
  | { readonly name: "check_suite"; readonly action: string; readonly suite: CheckSuite }
  | { readonly name: "status"; readonly status: CommitStatus }
  | { readonly name: "deployment"; readonly action: "created"; readonly deployment: Deployment }
  | { readonly name: "deployment_status"; readonly action: "created"; readonly status: DeploymentStatus }
  | { readonly name: "repository_dispatch"; readonly action: string; readonly clientPayload: unknown }
  | { readonly name: "workflow_run"; readonly action: "requested" | "in_progress" | "completed"; readonly run: WorkflowRun }
  | { readonly name: "merge_group"; readonly action: "checks_requested"; readonly group: MergeGroup }
  | { readonly name: "schedule"; readonly cron: string };

export type WorldEvent = Common & Happening;

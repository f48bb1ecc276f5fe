import type { Pause, PullSummary } from "./shared.ts";

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

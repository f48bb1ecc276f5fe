/**
 * What the workflow engine needs from the GitHub around it, and what it tells that GitHub.
 *
 * The server owns the world (repositories, tokens, runs); the engine owns how a workflow file becomes
 * jobs and steps. They meet only here.
 */

export type Conclusion = "success" | "failure" | "cancelled" | "skipped" | "timed_out";

/** A `permissions:` block, resolved: every scope that is granted. A missing scope is `none`. */
export type Permissions = Readonly<Record<string, "read" | "write">>;

/** One run of one workflow file at one commit. */
export interface RunRequest {
  readonly runId: number;
  readonly runNumber: number;
  readonly runAttempt: number;
  /** `owner/name` */
  readonly repository: string;
  readonly repositoryId: number;
  readonly defaultBranch: string;
  /** e.g. `.github/workflows/closed-loop.yml` */
  readonly workflowPath: string;
  readonly workflowSource: string;
  readonly event: { readonly name: string; readonly payload: Readonly<Record<string, unknown>> };
  /** Full ref, e.g. `refs/heads/main` */
  readonly ref: string;
  readonly sha: string;
  readonly headRef?: string;
  readonly baseRef?: string;
  readonly actor: string;
  /** Inputs of a workflow_dispatch, already checked and defaulted against the file by `resolveDispatchInputs`. */
  readonly inputs?: Readonly<Record<string, string | boolean | number>>;
}

/** What the engine tells while it works, in order; times are epoch milliseconds. */
export type RunEvent =
  | { readonly type: "run_started"; readonly at: number }
  | { readonly type: "job_queued"; readonly at: number; readonly job: JobRef }
  | { readonly type: "job_started"; readonly at: number; readonly job: JobRef; readonly runner: string; readonly steps: readonly StepRef[]; /** The name of the job's `environment`. */ readonly environment?: string }
  | { readonly type: "step_started"; readonly at: number; readonly job: JobRef; readonly step: StepRef }
  | { readonly type: "log"; readonly at: number; readonly job: JobRef; readonly step: StepRef; readonly line: string; readonly level: "info" | "debug" | "notice" | "warning" | "error"; readonly annotation?: Annotation }
  | { readonly type: "step_completed"; readonly at: number; readonly job: JobRef; readonly step: StepRef; readonly conclusion: Conclusion; readonly outputs: Readonly<Record<string, string>>; readonly summary: string }
  | { readonly type: "job_completed"; readonly at: number; readonly job: JobRef; readonly conclusion: Conclusion; readonly outputs: Readonly<Record<string, string>> }
  | { readonly type: "run_completed"; readonly at: number; readonly conclusion: Conclusion };

export interface JobRef {
  /** Unique within the run: the job's key, with the matrix position added: `build`, `build (1)`. */
  readonly id: string;
  /** Key in the workflow file. */
  readonly key: string;
  /** What a person sees: `name:` evaluated, or the key with matrix values. */
  readonly name: string;
}

export interface StepRef {
  readonly number: number;
  readonly name: string;
  readonly id?: string;
}

export interface Annotation {
  readonly file?: string;
  readonly line?: number;
  readonly endLine?: number;
  readonly title?: string;
  readonly message: string;
}

export interface ActionReference {
  readonly owner: string;
  readonly repo: string;
  readonly path: string;
  readonly ref: string;
}

/**
 * The folder of an action that is run where it is; the tree of its repository at a commit, which each job copies as a runner does; or why
 * GitHub would not give it, which fails the job.
 */
export type ActionSource = string | { readonly sha: string; readonly tree: string } | { readonly problem: string };

/** The GitHub around the engine. */
export interface EngineHost {
  readonly urls: { readonly api: string; readonly graphql: string; readonly server: string };
  /** What the runner's machine sets for every process: trusted certificates, proxies. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Makes the `GITHUB_TOKEN` of one job, good for exactly these permissions until it is revoked. */
  issueToken(request: RunRequest, job: JobRef, permissions: Permissions): Promise<{ readonly token: string; revoke(): void }>;
  /** What `GITHUB_TOKEN` may do when neither workflow nor job says `permissions:`. */
  defaultPermissions(repository: string): Permissions;
  /** What the workflow may read as `secrets` besides its token: nothing for the pull request of a fork. */
  secrets(request: RunRequest): Readonly<Record<string, string>>;
  variables(repository: string): Readonly<Record<string, string>>;
  /** A file of a repository at a commit (local reusable workflows); undefined when it is not there. */
  readFile(repository: string, sha: string, path: string): Promise<string | undefined>;
  /**
   * Where the action `owner/repo/path@ref` is, or undefined when this sandbox does not have it: such a run is refused.
   * Asked when a run is planned and again when a job sets up. Local actions (`./path`) are read from the job's workspace instead.
   */
  resolveAction(action: ActionReference, request: RunRequest): Promise<ActionSource | undefined>;
  /** Artifacts of a run; `files` are absolute paths below `root`. */
  readonly artifacts: {
    save(runId: number, name: string, root: string, files: readonly string[]): Promise<{ readonly id: number; readonly digest: string }>;
    /** Copies the artifact's files below `directory`; undefined when there is none of that name. */
    load(runId: number, name: string, directory: string): Promise<{ readonly id: number } | undefined>;
    list(runId: number): Promise<readonly string[]>;
  };
  /** Milliseconds a job waits for its runner. */
  pickupDelay(job: JobRef): number;
  /** How many jobs run side by side over all runs. */
  readonly maxConcurrentJobs: number;
  report(request: RunRequest, event: RunEvent): void;
}

export interface RunResult {
  readonly conclusion: Conclusion;
  readonly jobs: readonly {
    readonly job: JobRef;
    readonly conclusion: Conclusion;
    readonly outputs: Readonly<Record<string, string>>;
  }[];
}

export interface RunHandle {
  readonly result: Promise<RunResult>;
  /** As a person's cancel: running steps get SIGINT, then SIGTERM, then SIGKILL; `always()` steps still run. */
  cancel(): void;
  /** As a runner that lost power: every process group is killed at once and nothing more is run or reported. */
  kill(): Promise<void>;
}

export interface Engine {
  /** Starts a run. Rejects before anything starts, naming each construct, when the file holds what it cannot run. */
  start(request: RunRequest): Promise<RunHandle>;
  /** Kills whatever still runs and removes the working folders. */
  close(): Promise<void>;
}

/** Where and for whom a stage runs: read once by the runtime from the runner's environment. */
export interface RunContext {
  readonly owner: string;
  readonly repo: string;
  readonly eventName: string;
  /** The event's payload as GitHub sent it: untrusted text inside. */
  readonly event: Readonly<Record<string, unknown>>;
  /** The commit and ref that started the run. */
  readonly sha: string;
  readonly ref: string;
  readonly actor: string;
  readonly runId: string;
  readonly runAttempt: number;
  /** The page of this run. */
  readonly runUrl: string;
  readonly workflow: string;
  readonly job: string;
  readonly serverUrl: string;
  readonly apiUrl: string;
  readonly graphqlUrl: string;
  /** Absolute path of the checked-out repository. */
  readonly workspace: string;
  /** Absolute path of a folder that is emptied when the job ends. */
  readonly temp: string;
}

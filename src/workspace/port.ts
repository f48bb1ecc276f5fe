/** Files of a commit on this machine, and a user's own commands run on them. */
export interface Workspace {
  /** Absolute path. */
  readonly root: string;
  /** Text of a file; null when it is not there. Symbolic links that leave the root are not followed. */
  readText(path: string): Promise<string | null>;
  exists(path: string): Promise<boolean>;
  /**
   * Runs a user's command with bash (sh where there is none), in its own process group, without INPUT_*, tokens or secrets in its
   * environment; the group is ended at the time limit.
   */
  run(command: string, options: { readonly timeoutMs: number; readonly env?: Readonly<Record<string, string>> }): Promise<CommandResult>;
}

export interface CommandResult {
  /** null when it was ended by a signal or the time limit. */
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  /** Standard output and error as they came, the last 64 KiB. */
  readonly output: string;
  readonly ms: number;
}

/** Gets commits onto this machine. */
export interface Checkouts {
  /** The commit that the job's own workspace stands at; null when there is no repository in it. */
  headOfWorkspace(): Promise<string | null>;
  workspace(): Workspace;
  /**
   * The tree of any commit in a folder of its own (shallow fetch by SHA from the server, credentials kept out of argv and files).
   * @throws InstantError blaming the service or a permission.
   */
  checkout(sha: string): Promise<Workspace & { dispose(): Promise<void> }>;
  /**
   * Reverts `sha` on top of `onto` with git in a folder of its own, and pushes the result to `branch` when it does not exist yet.
   * Conflicts leave everything as it was.
   */
  revert(request: { readonly sha: string; readonly onto: string; readonly branch: string; readonly message: string; readonly mainline: number | null; readonly push: boolean }): Promise<
    { readonly kind: "reverted"; readonly sha: string } | { readonly kind: "conflict"; readonly files: readonly string[] } | { readonly kind: "empty" }
  >;
}

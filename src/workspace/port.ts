/** Files of a commit on this machine, and a user's own commands run on them. */
export interface Workspace {
  /** Absolute path. */
  readonly root: string;
  /**
   * Text of a file; null when it is not there. Symbolic links that leave the root are not followed.
   * @throws InstantError blaming the configuration when it is larger than 8 MiB.
   */
  readText(path: string): Promise<string | null>;
  exists(path: string): Promise<boolean>;
  /** What git takes for binary: a NUL among the first 8,000 bytes. False when there is no such file. */
  looksBinary(path: string): Promise<boolean>;
  /**
   * Runs a user's command with bash (sh where there is none), in its own process group, without INPUT_*, tokens or secrets in its
   * environment; the group is ended at the time limit, when the signal is aborted, and always when the command has ended.
   */
  run(
    command: string,
    options: { readonly timeoutMs: number; readonly env?: Readonly<Record<string, string>>; readonly signal?: AbortSignal },
  ): Promise<CommandResult>;
}

export interface CommandResult {
  /** null when it was ended by a signal or the time limit. */
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  /** Standard output and error as they came, without the job's token, the last 64 KiB. */
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
   * `also`: further commits to bring along, for `changes`.
   * @throws InstantError blaming the service or a permission.
   */
  checkout(sha: string, options?: { readonly also?: readonly string[] }): Promise<Workspace & { dispose(): Promise<void> }>;
  /**
   * Takes out of `onto` what lies between `base` and `sha` with git in a folder of its own, and pushes the result to `branch` when it
   * does not exist yet ("exists": somebody was quicker; nothing was pushed). For one commit `base` is its parent, of a merge the one
   * that was the branch before. Conflicts leave everything as it was. `resolve` is asked for each file that git cannot merge by lines:
   * the text to take, or null to leave it a conflict. History is not fetched, and of the files only those that the merge looks into.
   * @throws InstantError blaming the service, a permission or the configuration.
   */
  revert(request: {
    readonly sha: string;
    readonly base: string;
    readonly onto: string;
    readonly branch: string;
    readonly message: string;
    readonly push: boolean;
    readonly resolve?: (file: ThreeWay) => Promise<string | null>;
  }): Promise<RevertAnswer>;
}

/** A file in conflict: as it was in the reverted commit, as it is now, and as it was before that commit. */
export interface ThreeWay {
  readonly path: string;
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
}

export type RevertAnswer =
  | { readonly kind: "reverted"; readonly sha: string }
  | { readonly kind: "conflict"; readonly files: readonly string[] }
  | { readonly kind: "empty" }
  | { readonly kind: "exists" };

/** What changed between commits, told by git itself and so bound to their content. */
export interface Comparisons {
  /** True when no tracked file of the job's workspace differs from its commit. */
  workspaceIsClean(): Promise<boolean>;
  /** True when git finds a credential in the configuration of the job's workspace (checkout's `persist-credentials`). */
  workspaceHoldsCredentials(): Promise<boolean>;
  /** The commit both grew from, as far as the job's workspace has their history; null when it cannot tell. */
  mergeBase(one: string, other: string): Promise<string | null>;
  /**
   * Has commits on this machine until the answer is called: in the job's workspace, or fetched.
   * @throws InstantError blaming the service or a permission.
   */
  bring(shas: readonly string[]): Promise<() => Promise<void>>;
  /** Text of a file at a commit that `bring` or `checkout` brought, or the workspace has; null when the file is not there. */
  textAt(sha: string, path: string): Promise<string | null>;
  /** Paths at a commit whose text has a line that matches an extended regular expression, sorted; `paths` are pathspecs. */
  filesMatching(request: { readonly sha: string; readonly pattern: string; readonly paths: readonly string[] }): Promise<readonly string[]>;
  /**
   * The difference between the trees of two commits, from the job's workspace when it has both, else fetched.
   * `lines`: pathspecs of the files whose touched lines are wanted. `without`: patterns of paths that are left out, as in .gitignore
   * with a full path (`*` stops at `/`, `**` does not).
   * @throws InstantError blaming the service or a permission.
   */
  changes(range: { readonly base: string; readonly head: string; readonly lines: readonly string[]; readonly without?: readonly string[] }): Promise<readonly Change[]>;
}

export interface Change {
  /** With forward slashes, from the root. */
  readonly path: string;
  readonly previousPath: string | null;
  readonly status: "added" | "modified" | "removed" | "renamed" | "type-changed";
  /** `file`, or what a text check must not look into. */
  readonly kind: "file" | "symlink" | "submodule";
  /** Lines of the new text that the change added or replaced; null when they were not asked for, or git takes the file for binary. */
  readonly touched: readonly LineRange[] | null;
}

/** 1-based, both ends inside. `end` is `start - 1` where lines were only taken away between `end` and `start`. */
export interface LineRange {
  readonly start: number;
  readonly end: number;
}

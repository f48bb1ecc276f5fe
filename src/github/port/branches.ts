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

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

/** Who has to act before a failed stage can succeed. */
export type Blame = "configuration" | "permission" | "service" | "instant";

/** One thing that is wrong: what happened, the likely cause, and the change to make. Never holds a secret. */
export interface Problem {
  readonly what: string;
  readonly cause?: string;
  readonly fix: string;
  /** Where: an input, a file with a line, an address. */
  readonly where?: string;
  /** The lines of a job's `permissions:` that are missing, such as `contents: write, checks: write`; set where that is what is wrong. */
  readonly permission?: string;
}

/** The one error a stage ends with; it lists every problem at once. */
export class InstantError extends Error {
  readonly blame: Blame;
  readonly problems: readonly Problem[];

  constructor(blame: Blame, problems: readonly Problem[], options?: { cause?: unknown }) {
    super(problems.map((problem) => problem.what).join("; "), options);
    this.name = "InstantError";
    this.blame = blame;
    this.problems = problems;
  }
}

/** Shorthand for an error of one problem. */
export function failure(blame: Blame, problem: Problem, cause?: unknown): InstantError {
  return new InstantError(blame, [problem], cause === undefined ? undefined : { cause });
}

/** Whatever was thrown, as text for a person, without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

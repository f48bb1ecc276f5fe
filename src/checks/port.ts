import type { LineRange, Workspace } from "../workspace/port.ts";

/** Names of the checks that there are, in the order in which they are shown. Short and stable: people write them into workflows. */
export const CHECKS = ["markdown", "faq", "links", "config", "openapi", "secrets", "smoke"] as const;

/** Whether a change that breaks callers of an API fails, is shown, or is not looked for. */
export const BREAKING_POLICIES = ["fail", "warn", "allow"] as const;
/** Whether addresses of other sites are asked, and whether one that is gone fails. */
export const EXTERNAL_POLICIES = ["off", "warn", "fail"] as const;

/** What the checks can be told; the names are those of the inputs. */
export interface CheckOptions {
  /** Names of the checks to run. */
  readonly checks: readonly string[];
  /** Without one there is no smoke check, whether it is named or not. */
  readonly smokeCommand: string;
  readonly openapiBreaking: (typeof BREAKING_POLICIES)[number];
  readonly externalLinks: (typeof EXTERNAL_POLICIES)[number];
}

/** One check of fast-ci. */
export interface Check {
  /** One of CHECKS. */
  readonly name: string;
  /** Never throws for what it finds; a thrown error means that the check itself could not run. */
  run(subject: Subject): Promise<CheckResult>;
}

/** What is checked: a commit's tree and what changed in it. */
export interface Subject {
  readonly workspace: Workspace;
  /** Paths that changed and still exist, sorted. */
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Former names of renamed files, by the name they have now. */
  readonly renamed: ReadonlyMap<string, string>;
  /**
   * Lines that the change touched, by path. What an old line does wrong is not this change's fault, so only findings on
   * these fail. A changed path that is not in here counts as touched as a whole.
   */
  readonly touched: ReadonlyMap<string, readonly LineRange[]>;
  /** The text of a file before the change, under the name it had; null when it was not there or cannot be told. */
  before(path: string): Promise<string | null>;
  /** The text of any file of the commit that the change starts from, by its name there; null when there is none. */
  baseText(path: string): Promise<string | null>;
  /** Paths of the commit whose text has a line that matches an extended regular expression; `globs` as git takes them. */
  search(pattern: string, globs: readonly string[]): Promise<readonly string[]>;
  readonly faqPath: string;
  readonly results: Results;
  /** What one check may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What was found out earlier about the same content, so that it costs nothing again. */
export interface Results {
  /**
   * A result of an earlier run; undefined when there is none.
   * @param parts all that the result depends on, the text itself among it.
   */
  find(kind: string, parts: readonly string[]): unknown;
  /** Keeps a result, as JSON, for later runs. */
  keep(kind: string, parts: readonly string[], value: unknown): void;
  readonly counts: { readonly found: number; readonly kept: number };
}

export interface CheckResult {
  readonly findings: readonly Finding[];
  /** One line for the summary: `3 files`, `exit status 1`. */
  readonly detail: string;
  /** Set when there was nothing to look at. */
  readonly skipped?: boolean;
}

export interface Finding {
  readonly level: "failure" | "warning" | "notice";
  /** Empty when it is about the commit and not about one file. */
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly endLine?: number;
  readonly column?: number;
  readonly rule: string;
  /** What is wrong and how to mend it. */
  readonly message: string;
}

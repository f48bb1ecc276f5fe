import type { Workspace } from "../workspace/port.ts";

/** One check of fast-ci. */
export interface Check {
  /** Short and stable: `markdown`, `faq`, `links`, `smoke`. */
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
  readonly faqPath: string;
  readonly signal: AbortSignal;
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
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly endLine?: number;
  readonly column?: number;
  readonly rule: string;
  readonly message: string;
}

/** What a stage hands to the runtime when it is done; the runtime alone knows how to show it. */
export interface Report {
  /** Outputs by their name in action.yml; every declared output is set, an unknown one is an empty string. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Markdown for the job summary. */
  readonly summary: string;
  readonly annotations?: readonly Annotation[];
  /** Set when the job has to fail although the stage did its work, e.g. a red check: one line that says why. */
  readonly failed?: string;
}

export interface Annotation {
  readonly level: "failure" | "warning" | "notice";
  readonly message: string;
  readonly title?: string;
  readonly path?: string;
  /** 1-based. */
  readonly line?: number;
  readonly endLine?: number;
  readonly column?: number;
}

/**
 * The plain shapes of a workflow and an action file, after the parser has checked them against GitHub's schema.
 * Values that may hold `${{ }}` stay `unknown` until they are evaluated.
 */

export type Fields = Readonly<Record<string, unknown>>;

export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Problem extends Position {
  readonly message: string;
}

export interface StepModel {
  readonly id?: string;
  readonly name?: unknown;
  readonly if?: unknown;
  readonly run?: unknown;
  readonly uses?: string;
  readonly with?: Fields;
  readonly env?: unknown;
  readonly shell?: unknown;
  readonly "working-directory"?: unknown;
  readonly "timeout-minutes"?: unknown;
  readonly "continue-on-error"?: unknown;
}

export interface RunDefaults {
  readonly shell?: unknown;
  readonly "working-directory"?: unknown;
}

export interface JobModel {
  readonly name?: unknown;
  readonly needs?: string | readonly string[];
  readonly if?: unknown;
  readonly strategy?: unknown;
  readonly permissions?: unknown;
  readonly concurrency?: unknown;
  readonly environment?: unknown;
  readonly outputs?: Fields;
  readonly env?: unknown;
  readonly defaults?: { readonly run?: RunDefaults };
  readonly "timeout-minutes"?: unknown;
  readonly "continue-on-error"?: unknown;
  readonly steps?: readonly StepModel[];
  readonly uses?: string;
  readonly with?: Fields;
  readonly secrets?: "inherit" | Fields;
}

export interface WorkflowModel {
  readonly name?: string;
  readonly "run-name"?: unknown;
  readonly on: unknown;
  readonly permissions?: unknown;
  readonly env?: unknown;
  readonly defaults?: { readonly run?: RunDefaults };
  readonly concurrency?: unknown;
  readonly jobs: Readonly<Record<string, JobModel>>;
}

export interface ActionInput {
  readonly required?: unknown;
  readonly default?: unknown;
  readonly deprecationMessage?: string;
}

export interface ActionModel {
  readonly name?: string;
  readonly inputs: Readonly<Record<string, ActionInput | null>>;
  readonly outputs: Readonly<Record<string, { readonly value?: unknown }>>;
  readonly runs: {
    readonly using: string;
    readonly main?: string;
    readonly pre?: string;
    readonly "pre-if"?: string;
    readonly post?: string;
    readonly "post-if"?: string;
    readonly steps?: readonly StepModel[];
  };
}

/** A mapping, or an empty one when the value is anything else. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** A list of strings from YAML's `string | list`; undefined when there is none. */
export function stringsOf(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  return Array.isArray(value) ? value.map((item) => String(item)) : [String(value)];
}

/** The keys of the jobs that a job needs. */
export function needsOf(job: JobModel): readonly string[] {
  return stringsOf(job.needs) ?? [];
}

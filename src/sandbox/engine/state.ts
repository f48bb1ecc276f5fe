/** What the parts of a running job share. */
import type { Annotation, Conclusion, EngineHost, JobRef, Permissions, RunRequest } from "./port.ts";
import type { Folders } from "./contexts.ts";
import type { ActionDownloads } from "./download.ts";
import { environmentData, toData } from "./expressions.ts";
import type { ExpressionData, Scope } from "./expressions.ts";
import { hashFiles } from "./glob.ts";
import type { Masks } from "./masks.ts";
import type { Fields, StepModel } from "./model.ts";
import type { ProcessGroups } from "./process.ts";

export type LogLevel = "info" | "debug" | "notice" | "warning" | "error";

/** Takes what one step of the job says. */
export interface Sink {
  log(line: string, level?: LogLevel, annotation?: Annotation): void;
  summary(text: string): void;
}

/** An entry of the `steps` context. */
export interface StepRecord {
  readonly outputs: Record<string, string>;
  readonly outcome: Conclusion;
  readonly conclusion: Conclusion;
}

export type JobStatus = "success" | "failure" | "cancelled";

/** Where a step stands: directly in the job, or inside a composite action. */
export interface StepScope {
  readonly steps: Record<string, StepRecord>;
  readonly inputs: Fields;
  /** `env` of the composite steps around. */
  readonly env: Readonly<Record<string, string>>;
  /** Replaces parts of the `github` context: action, action_path… */
  readonly github: Readonly<Record<string, unknown>>;
  /** The status inside a composite action; undefined in the job itself. */
  readonly composite?: { status: JobStatus };
  /** Composite actions around this step. */
  readonly depth: number;
}

/** A step that runs after the others, in reverse order. */
export interface PostStep {
  readonly name: string;
  readonly condition: string;
  readonly scope: StepScope;
  /** The state that the action's scripts share; it also tells one use of an action from another. */
  readonly saved?: Record<string, string>;
  run(sink: Sink, signal: AbortSignal): Promise<boolean>;
}

export interface JobState {
  readonly host: EngineHost;
  readonly request: RunRequest;
  readonly job: JobRef;
  readonly permissions: Permissions;
  readonly folders: Folders;
  readonly masks: Masks;
  readonly processes: ProcessGroups;
  readonly token: string;
  readonly github: Record<string, unknown>;
  readonly runner: Record<string, string>;
  /** Contexts that stay the same for the whole job. */
  readonly contexts: Readonly<Record<"matrix" | "strategy" | "needs" | "secrets" | "vars", unknown>>;
  readonly machine: Readonly<Record<string, string>>;
  readonly defaults: { readonly shell?: unknown; readonly "working-directory"?: unknown };
  /** Workflow and job `env`, and what steps wrote to GITHUB_ENV. */
  readonly env: Record<string, string>;
  /** Newest first. */
  readonly path: string[];
  readonly posts: PostStep[];
  /** What an action's `pre` saved for its main and post. */
  readonly saved: Map<StepModel, Record<string, string>>;
  readonly actions: ActionDownloads;
  status: JobStatus;
  /** Set when the job was cancelled or timed out. */
  cancelled: boolean;
  /** Set when the runner "lost power": nothing more is run. */
  dead: boolean;
  /** Tells running steps that the job was cancelled. */
  readonly onCancel: Set<() => void>;
  /** Ends even `always()` steps. */
  readonly hardStop: AbortSignal;
  /** How often each automatic step id was given. */
  readonly automaticIds: Map<string, number>;
  /** Ids that a `pre` script ran under: the action's main keeps them. */
  readonly preIds: Map<StepModel, string>;
}

/** The `env` context as a step sees it. */
export function environmentOf(
  state: JobState,
  scope: StepScope,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...state.env, ...scope.env, ...own };
}

/** What an expression of a step can read and call. */
export function stepScope(state: JobState, scope: StepScope, env: Readonly<Record<string, string>>): Scope {
  const status = () => scope.composite?.status ?? state.status;
  const inComposite = scope.composite ? { action_status: scope.composite.status } : {};
  return {
    contexts: {
      ...state.contexts,
      env: (): ExpressionData => environmentData(env),
      github: () => ({ ...state.github, ...scope.github, ...inComposite }),
      inputs: scope.inputs,
      job: () => ({ status: state.status }),
      runner: state.runner,
      steps: () => toData(scope.steps),
    },
    status: {
      success: () => status() === "success" && !state.cancelled,
      failure: () => status() === "failure" && !state.cancelled,
      cancelled: () => state.cancelled,
    },
    hashFiles: (patterns) => hashFiles(patterns, state.folders.workspace),
  };
}

/** The step's id for GITHUB_ACTION: its own, or one made from what it runs, numbered when it comes again. */
export function actionIdOf(state: JobState, step: StepModel): string {
  const known = step.id ?? state.preIds.get(step);
  if (known) return known;
  const uses = step.uses?.startsWith("./") ? "self" : step.uses?.split("@")[0]?.split("/").slice(0, 2).join("_");
  const base = `__${uses?.replace(/[^\w]/g, "_") ?? "run"}`;
  const count = (state.automaticIds.get(base) ?? 0) + 1;
  state.automaticIds.set(base, count);
  return count === 1 ? base : `${base}_${count}`;
}

import type { RunContext } from "../kit/context.ts";

/**
 * What the runtime and a stage may ask of the places that watch the loop: Sentry (errors) and OpenTelemetry (traces). Everything is
 * kept in memory and sent by `flush`; nothing here throws, waits for a network or fails a stage. Values may come from anybody:
 * they are cut and scrubbed before they leave, but bodies of requests are never to be handed over at all.
 */
export interface Telemetry {
  /**
   * Runs some work and remembers how long it took and how it ended; what it returns or throws is handed on as it is. Spans that begin
   * inside are its children.
   */
  span<T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T>;
  /** A step on the way that is shown with the errors that come after it. */
  breadcrumb(category: BreadcrumbCategory, message: string, data?: Attributes): void;
  /** An error that somebody has to see: of a stage, or of a store that the stage went on without. The same error object counts once. */
  failure(error: unknown, about?: FailureFacts): void;
  /** Something that is wrong without anything having been thrown. */
  alarm(alarm: Alarm): void;
  /** What became known of the task; later facts join earlier ones. The trace id may come as late as this. */
  task(facts: TaskFacts): void;
  /** The task is over. To be told by the one job that ends it: its trace's root span is sent then. */
  taskEnded(facts: TaskFacts & { readonly success: boolean }): void;
  /**
   * Sends what is new, within 2 s; what cannot be sent costs one warning for each place. `interrupted` is for a job that is being
   * ended: work that still runs is sent as cancelled.
   */
  flush(options?: { readonly interrupted?: boolean }): Promise<void>;
}

export type AttributeValue = string | number | boolean;
/** Named after OpenTelemetry's semantic conventions where they have a name. No secrets. */
export type Attributes = Readonly<Record<string, AttributeValue | null | undefined>>;

export interface Span {
  set(attributes: Attributes): void;
  /** Marks the work as failed though it throws nothing: a red check, an answer of 500. @param type few different ones, e.g. `timeout`. */
  fail(type: string, message?: string): void;
}

export type BreadcrumbCategory = "task" | "redis" | "orchestrator" | "agent_task";

export interface FailureFacts {
  /** `configuration`, `redis`, `timeout`…: few different ones. Default: the error's name. */
  readonly errorType?: string;
  /** Default `error`. */
  readonly level?: "fatal" | "error" | "warning";
  /** Further tags, in snake_case. */
  readonly tags?: Attributes;
}

export type Alarm =
  /** A heartbeat older than 2 minutes. */
  | { readonly kind: "stale-heartbeat"; readonly workerId: string; readonly heartbeatAgeSeconds: number; readonly stuckTaskId: string | null; readonly appVersion: string | null }
  /** A task that has not moved for 10 minutes: critical. */
  | { readonly kind: "stuck-task"; readonly taskId: string; readonly stuckSeconds: number; readonly phase: string; readonly workerId: string | null };

export interface TaskFacts {
  /** Of a task that has no other id it is the task id too. */
  readonly traceId?: string;
  readonly taskId?: string;
  readonly taskType?: string;
  readonly taskStatus?: string;
  /** From the request to the merge, in milliseconds. */
  readonly tteMs?: number | null;
  readonly success?: boolean;
  readonly errorType?: string | null;
  readonly prUrl?: string | null;
  /** When the task was asked for, epoch milliseconds: the beginning of the root span. */
  readonly createdAt?: number;
  /** The deployment that is looked at. */
  readonly deployment?: Deployment;
}

export interface Deployment {
  readonly version: string;
  readonly instanceId: string;
  /** ISO 8601; null when nobody knows. */
  readonly deployedAt: string | null;
}

const noSpan: Span = { set: () => {}, fail: () => {} };

/** Where neither place is set: work runs as if nobody had asked. */
export const noTelemetry: Telemetry = {
  span: (_name, _attributes, work) => work(noSpan),
  breadcrumb: () => {},
  failure: () => {},
  alarm: () => {},
  task: () => {},
  taskEnded: () => {},
  flush: () => Promise.resolve(),
};

/**
 * A stage as a span, named as the conventions for CI/CD have it: the workflow is the pipeline, the stage one of its tasks
 * (https://opentelemetry.io/docs/specs/semconv/cicd/cicd-spans/).
 */
export function stageSpan<T>(telemetry: Telemetry, stage: string, context: RunContext, work: (span: Span) => Promise<T>): Promise<T> {
  const attributes = {
    "cicd.pipeline.name": context.workflow,
    "cicd.pipeline.run.id": context.runId,
    "cicd.pipeline.run.url.full": context.runUrl,
    "cicd.pipeline.task.name": stage,
    "cicd.pipeline.task.run.id": `${context.runId}-${context.runAttempt}-${context.job}`,
    "cicd.pipeline.task.run.url.full": context.runUrl,
    "vcs.provider.name": "github",
    "vcs.owner.name": context.owner,
    "vcs.repository.name": context.repo,
    "vcs.repository.url.full": `${context.serverUrl}/${context.owner}/${context.repo}`,
    "vcs.ref.head.revision": context.sha,
  };
  return telemetry.span(`RUN ${stage}`, attributes, work);
}

import type { Clock } from "../kit/clock.ts";
import type { RunContext } from "../kit/context.ts";
import type { Log } from "../kit/log.ts";
import type { Report, TaskState } from "../kit/report.ts";
import type { TaskFacts, Telemetry } from "../telemetry/port.ts";
import { failureOf, type Following, versionOf } from "./recording.ts";

/** What an action's way of watching it is given. */
export interface WatchTools {
  /** Name of the action. */
  readonly action: string;
  readonly context: RunContext;
  readonly log: Log;
  readonly clock: Clock;
  /** What runs, as short as people write it. */
  readonly release: string;
  /** Name of the runner. */
  readonly workerInstance: string;
  /** The values that the job masks, by now. */
  readonly secrets: () => readonly string[];
  /** What is known of the work, by now; null where nobody knows yet. */
  readonly known: () => { readonly traceId: string | null; readonly prUrl: string | null; readonly success: boolean | null };
}

export interface Watch {
  /** The log in the form that was asked for. */
  readonly log: Log;
  /** null: nobody is to be told. */
  readonly telemetry: Telemetry | null;
}

/** A job's side of who watches it: the span of its stage, its errors, and at the end what became of the task. Nothing of its own throws. */
export interface Watching extends Watch {
  follow(task: Following): void;
  /** Runs the stage as a span; what it returns or throws is handed on as it is. */
  stage(work: () => Promise<Report>): Promise<Report>;
  told(report: Report): void;
  failed(error: unknown): void;
  /** Sends what there is, within 2 s. */
  end(): Promise<void>;
}

interface Job {
  readonly action: string;
  readonly context: RunContext;
  readonly log: Log;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secrets: () => readonly string[];
  /** As far as the inputs tell; empty and 0 when they do not. */
  readonly traceId: string;
  readonly prNumber: number;
  readonly open: (tools: WatchTools) => Promise<Watch>;
}

/** The runner ends a cancelled job with the first, and 7.5 s later with the second. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Opens what watches a job, if anything does. */
export async function startWatching(job: Job): Promise<Watching> {
  const { action, context, log, clock, env } = job;
  let following: Following | null = job.traceId === "" ? null : { traceId: job.traceId };
  let prUrl = job.prNumber > 0 ? `${context.serverUrl}/${context.owner}/${context.repo}/pull/${job.prNumber}` : null;
  let success: boolean | null = null;
  const known = () => ({ traceId: following?.traceId ?? null, prUrl, success });
  const release = versionOf({ context, env }) ?? "";
  const watch = await job.open({ action, context, log, clock, release, workerInstance: env.RUNNER_NAME ?? "", secrets: job.secrets, known });
  const { telemetry } = watch;
  const follow = (task: Following) => {
    following = task;
    telemetry?.task({ traceId: task.traceId, taskId: task.traceId, taskType: "faq", ...(task.createdAt === undefined ? {} : { createdAt: task.createdAt }) });
  };
  const tell = (traceId: string, state: TaskState | null) => {
    follow(following?.traceId === traceId ? following : { traceId });
    if (state !== null) became(telemetry, action, factsOf(state, following?.createdAt), state.status);
  };
  const failed = (error: unknown) => {
    success = false;
    const state = failureOf(action, error);
    telemetry?.failure(error, { errorType: state.errorType ?? "crash" });
    if (following !== null) tell(following.traceId, state);
  };
  if (following !== null) follow(following);
  if (prUrl !== null) telemetry?.task({ prUrl });
  const shared = { follow, failed, told: (report: Report) => {
    success = report.failed === undefined;
    prUrl = report.outputs["pr-url"] || prUrl;
    telemetry?.task({ prUrl });
    if (report.record !== undefined) tell(report.record.traceId, report.record.task);
  } };
  if (telemetry === null) return { ...watch, ...shared, stage: (work) => work(), end: async () => {} };

  // Nothing of this is loaded when nobody is to be told.
  const { stageSpan } = await import("../telemetry/port.ts");
  const unguard = flushOnSignal(telemetry);
  return {
    telemetry,
    log: withBreadcrumbs(watch.log, telemetry),
    ...shared,
    stage: (work) => stageSpan(telemetry, action, context, async (span) => {
      try {
        const report = await work();
        if (report.failed !== undefined) span.fail("failed", report.failed);
        return report;
      } catch (error) {
        // Told in here the error belongs to the stage's span; told again it counts once.
        telemetry.failure(error, { errorType: failureOf(action, error).errorType ?? "crash" });
        throw error;
      }
    }),
    end: async () => {
      await telemetry.flush();
      unguard();
    },
  };
}

/** A task that is taken back was over before: its root span is its trace's only one, and rollback's own is one below it. */
const AFTER_THE_END = new Set(["rollback"]);

function became(telemetry: Telemetry | null, action: string, facts: TaskFacts, status: TaskState["status"]): void {
  const isEnd = status !== "running" && !AFTER_THE_END.has(action);
  if (isEnd) telemetry?.taskEnded({ ...facts, success: status === "done" });
  else telemetry?.task(status === "running" ? facts : { ...facts, success: status === "done" });
}

function factsOf({ status, errorType, prUrl, createdAt: told, mergedAt }: TaskState, known: number | undefined): TaskFacts {
  const createdAt = told ?? known;
  return {
    taskStatus: status,
    ...(errorType === undefined ? {} : { errorType }),
    ...(prUrl ? { prUrl } : {}),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(createdAt === undefined || mergedAt === undefined ? {} : { tteMs: mergedAt - createdAt }),
  };
}

/** The log's lines are the way that is shown with an error. */
function withBreadcrumbs(log: Log, telemetry: Telemetry): Log {
  return {
    debug: log.debug,
    error: log.error,
    info: (message, fields) => {
      telemetry.breadcrumb("task", message, fields);
      log.info(message, fields);
    },
    warning: (message, fields) => {
      telemetry.breadcrumb("task", message, fields);
      log.warning(message, fields);
    },
  };
}

/** A job that is ended from outside sends what it has, cancelled, and then ends as it would have. @returns what takes this back. */
function flushOnSignal(telemetry: Telemetry): () => void {
  let isEnding = false;
  const release = () => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
  // Kept until all is sent: a second signal, and one that a check passes on (src/workspace/command.ts), would end the process at once.
  const end = (signal: NodeJS.Signals) => {
    if (isEnding) return;
    isEnding = true;
    void telemetry.flush({ interrupted: true }).finally(() => {
      release();
      process.kill(process.pid, signal);
    });
  };
  for (const signal of SIGNALS) process.on(signal, end);
  return () => {
    if (!isEnding) release();
  };
}

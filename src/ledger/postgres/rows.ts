import type { Heartbeat, TaskEvent } from "../port.ts";
import { type Task, tteOf } from "../task.ts";

/** A value as pg hands it over: timestamps are Dates, bigint is text. */
type Cell = string | number | Date | null;
export type Row = Readonly<Record<string, unknown>>;

/** Columns of agent_tasks and what each takes from a task. */
const COLUMNS: Readonly<Record<string, (task: Task) => Cell>> = {
  task_id: (task) => task.taskId,
  trace_id: (task) => task.taskId,
  job_id: (task) => task.jobId,
  question: (task) => task.question,
  status: (task) => task.status,
  pr_url: (task) => task.prUrl,
  error_msg: (task) => task.errorMsg,
  created_at: (task) => date(task.createdAt),
  started_at: (task) => date(task.startedAt),
  merged_at: (task) => date(task.mergedAt),
  finished_at: (task) => date(task.finishedAt),
  updated_at: (task) => date(task.updatedAt),
  repository: (task) => task.repository,
  question_hash: (task) => task.questionHash,
  kind: (task) => task.kind,
  phase: (task) => task.phase,
  state: (task) => task.state,
  error_type: (task) => task.errorType,
  worker_instance: (task) => task.workerInstance,
  worker_version: (task) => task.workerVersion,
  claimed_at: (task) => date(task.claimedAt),
  tte_ms: (task) => tteOf(task),
  human_intervention_count: (task) => task.humanInterventionCount,
};

const NAMES = Object.keys(COLUMNS);

/** Writes a task that was joined with revision $1 of what is there; 0 means that there is none yet. No row comes back when it moved. */
export const UPSERT_TASK = `
  INSERT INTO agent_tasks (${NAMES.join(", ")}, revision) VALUES (${NAMES.map((_, index) => `$${index + 2}`).join(", ")}, 1)
  ON CONFLICT (task_id) DO UPDATE SET ${NAMES.slice(1).map((name) => `${name} = excluded.${name}`).join(", ")}, revision = agent_tasks.revision + 1
  WHERE agent_tasks.revision = $1
  RETURNING task_id`;

export function taskValues(task: Task): Cell[] {
  return Object.values(COLUMNS).map((read) => read(task));
}

export function taskOf(row: Row): Task {
  return {
    taskId: String(row.task_id),
    repository: text(row.repository),
    questionHash: text(row.question_hash),
    jobId: text(row.job_id),
    kind: String(row.kind),
    question: text(row.question),
    status: row.status as Task["status"],
    phase: row.phase as Task["phase"],
    prUrl: text(row.pr_url),
    state: row.state as Task["state"],
    errorType: text(row.error_type),
    errorMsg: text(row.error_msg),
    workerInstance: text(row.worker_instance),
    workerVersion: text(row.worker_version),
    claimedAt: millis(row.claimed_at),
    createdAt: millis(row.created_at) ?? 0,
    startedAt: millis(row.started_at),
    mergedAt: millis(row.merged_at),
    finishedAt: millis(row.finished_at),
    updatedAt: millis(row.updated_at) ?? 0,
    humanInterventionCount: count(row.human_intervention_count),
  };
}

export function eventOf(row: Row): TaskEvent {
  return {
    taskId: String(row.task_id),
    eventId: String(row.event_id),
    at: millis(row.at) ?? 0,
    stage: String(row.stage),
    kind: row.kind as TaskEvent["kind"],
    text: String(row.text),
    url: text(row.url),
    data: row.data as TaskEvent["data"],
  };
}

export function heartbeatOf(row: Row): Heartbeat {
  return {
    id: String(row.id),
    kind: row.kind as Heartbeat["kind"],
    status: row.status as Heartbeat["status"],
    at: millis(row.last_heartbeat) ?? 0,
    currentTaskId: text(row.current_task_id),
    appVersion: text(row.app_version),
    tasksCompleted: Number(row.tasks_completed),
    uptimeSeconds: Number(row.uptime_seconds),
  };
}

export function date(at: number): Date;
export function date(at: number | null): Date | null;
export function date(at: number | null): Date | null {
  return at === null ? null : new Date(at);
}

function text(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

function millis(value: unknown): number | null {
  return value instanceof Date ? value.getTime() : null;
}

function count(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}

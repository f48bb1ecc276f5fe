import { timeIn } from "../../kit/times.ts";
import type { Heartbeat } from "../port.ts";
import { type Task, tteOf } from "../task.ts";

/** Fields of `agent:task:{task_id}` (CONTRACTS, Task): what nobody has said yet is not there, times are ISO 8601 in UTC. */
export function taskFields(task: Task): Record<string, string> {
  return present({
    task_id: task.taskId,
    trace_id: task.taskId,
    repository: task.repository,
    question_hash: task.questionHash,
    job_id: task.jobId,
    kind: task.kind,
    question: task.question,
    status: task.status,
    phase: task.phase,
    pr_url: task.prUrl,
    state: task.state,
    error_type: task.errorType,
    error_msg: task.errorMsg,
    worker_instance: task.workerInstance,
    worker_version: task.workerVersion,
    claimed_at: iso(task.claimedAt),
    created_at: iso(task.createdAt),
    started_at: iso(task.startedAt),
    merged_at: iso(task.mergedAt),
    finished_at: iso(task.finishedAt),
    updated_at: iso(task.updatedAt),
    tte_ms: tteOf(task),
    human_intervention_count: task.humanInterventionCount,
  });
}

/** null when the hash is not a task, or only the beginning of one. */
export function taskOf(fields: Readonly<Record<string, string>>): Task | null {
  const { task_id: taskId, status, phase } = fields;
  if (taskId === undefined || status === undefined || phase === undefined) return null;
  const text = (name: string) => fields[name] ?? null;
  return {
    taskId,
    repository: text("repository"),
    questionHash: text("question_hash"),
    jobId: text("job_id"),
    kind: fields.kind ?? "faq",
    question: text("question"),
    status: status as Task["status"],
    phase: phase as Task["phase"],
    prUrl: text("pr_url"),
    state: text("state") as Task["state"],
    errorType: text("error_type"),
    errorMsg: text("error_msg"),
    workerInstance: text("worker_instance"),
    workerVersion: text("worker_version"),
    claimedAt: timeIn(fields.claimed_at),
    createdAt: timeIn(fields.created_at) ?? 0,
    startedAt: timeIn(fields.started_at),
    mergedAt: timeIn(fields.merged_at),
    finishedAt: timeIn(fields.finished_at),
    updatedAt: timeIn(fields.updated_at) ?? 0,
    humanInterventionCount: count(fields.human_intervention_count),
  };
}

/** Fields of `worker:heartbeat:{id}`. */
export function heartbeatFields(beat: Heartbeat): Record<string, string> {
  return present({
    last_heartbeat: iso(beat.at),
    status: beat.status,
    current_task_id: beat.currentTaskId,
    app_version: beat.appVersion,
    tasks_completed: beat.tasksCompleted,
    uptime_seconds: beat.uptimeSeconds,
    kind: beat.kind,
  });
}

/** A hash without `kind` is a product's worker; one without a time that can be read says nothing. */
export function heartbeatOf(id: string, fields: Readonly<Record<string, string>>): Heartbeat | null {
  const at = timeIn(fields.last_heartbeat);
  if (at === null) return null;
  return {
    id,
    kind: fields.kind === "runner" ? "runner" : "worker",
    status: fields.status === "running" ? "running" : "idle",
    at,
    currentTaskId: fields.current_task_id || null,
    appVersion: fields.app_version || null,
    tasksCompleted: count(fields.tasks_completed) ?? 0,
    uptimeSeconds: count(fields.uptime_seconds) ?? 0,
  };
}

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function count(text: string | undefined): number | null {
  const value = text === undefined || text === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}

function present(fields: Readonly<Record<string, string | number | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])));
}

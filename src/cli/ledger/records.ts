import type { Heartbeat, TaskEvent, TaskRecord } from "../../ledger/port.ts";
import { joinTasks, type Task, tteOf } from "../../ledger/task.ts";

/** What several places say of one task, together; null when none says anything. */
export function mergeRecords(records: readonly TaskRecord[]): TaskRecord | null {
  return records.reduce<TaskRecord | null>((all, one) => (all === null ? one : { task: joinTasks(all.task, one.task), events: union(all.events, one.events) }), null);
}

/** Each event once. */
function union(known: readonly TaskEvent[], more: readonly TaskEvent[]): TaskEvent[] {
  const ids = new Set(known.map(({ eventId }) => eventId));
  return [...known, ...more.filter(({ eventId }) => !ids.has(eventId))].sort((a, b) => a.at - b.at);
}

/** A record with what GitHub knows beyond it: the same thing on the same page is not told twice. */
export function completed(record: TaskRecord | null, github: TaskRecord | null): TaskRecord | null {
  if (record === null || github === null) return record ?? github;
  const known = new Set(record.events.flatMap(keysOf));
  // GitHub tells whole seconds: a time that is on record is the better one, unless it is of a later job than the first.
  const createdAt = record.task.createdAt - github.task.createdAt < 1_000 ? record.task.createdAt : github.task.createdAt;
  const exact = { createdAt, mergedAt: record.task.mergedAt ?? github.task.mergedAt, startedAt: record.task.startedAt ?? github.task.startedAt };
  return mergeRecords([{ ...record, task: { ...record.task, ...exact } }, { task: { ...github.task, ...exact }, events: github.events.filter((event) => !keysOf(event).some((key) => known.has(key))) }]);
}

/** What an event is about: a page, or a commit. */
function keysOf({ kind, url, data }: TaskEvent): string[] {
  return [url, data["sha"]].flatMap((subject) => (typeof subject === "string" ? [`${kind} ${subject}`] : []));
}

/** Each task once, as all stores together know it; newest first. */
export function mergeTasks(lists: readonly (readonly Task[])[]): Task[] {
  const all = new Map<string, Task>();
  for (const task of lists.flat()) {
    const known = all.get(task.taskId);
    all.set(task.taskId, known === undefined ? task : joinTasks(known, task));
  }
  return [...all.values()].sort((a, b) => b.updatedAt - a.updatedAt);
}

/** Each worker once, by its newest heartbeat. */
export function mergeHeartbeats(lists: readonly (readonly Heartbeat[])[]): Heartbeat[] {
  const all = new Map<string, Heartbeat>();
  for (const beat of lists.flat()) if ((all.get(beat.id)?.at ?? -Infinity) < beat.at) all.set(beat.id, beat);
  return [...all.values()];
}

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

/** A task by the names of CONTRACTS; times as ISO 8601 in UTC. */
export function taskJson(task: Task): Record<string, string | number | null> {
  return {
    task_id: task.taskId, trace_id: task.taskId, repository: task.repository, question_hash: task.questionHash, job_id: task.jobId, kind: task.kind, question: task.question,
    status: task.status, phase: task.phase, pr_url: task.prUrl, state: task.state, error_type: task.errorType, error_msg: task.errorMsg, worker_instance: task.workerInstance,
    worker_version: task.workerVersion, claimed_at: iso(task.claimedAt), created_at: iso(task.createdAt), started_at: iso(task.startedAt), finished_at: iso(task.finishedAt),
    updated_at: iso(task.updatedAt), merged_at: iso(task.mergedAt), tte_ms: tteOf(task), human_intervention_count: task.humanInterventionCount,
  };
}

export function eventJson({ at, stage, kind, text, url, data }: TaskEvent): Record<string, unknown> {
  return { at: iso(at), stage, kind, text, url, data };
}

/** Sums of the figures that the events of kind `cost` carry, by name; durations among them. */
export function costsOf(events: readonly TaskEvent[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { data } of events.filter(({ kind }) => kind === "cost")) {
    for (const [name, value] of Object.entries(data)) if (typeof value === "number") sums[name] = (sums[name] ?? 0) + value;
  }
  return sums;
}

import type { TaskEvent } from "../../ledger/port.ts";
import { joinTasks, type Task, tteOf } from "../../ledger/task.ts";

/** Each task once, as all stores together know it; newest first. */
export function mergeTasks(lists: readonly (readonly Task[])[]): Task[] {
  const all = new Map<string, Task>();
  for (const task of lists.flat()) {
    const known = all.get(task.taskId);
    all.set(task.taskId, known === undefined ? task : joinTasks(known, task));
  }
  return [...all.values()].sort((a, b) => b.updatedAt - a.updatedAt);
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

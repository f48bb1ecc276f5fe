import type { Heartbeat, TaskEvent, TaskRecord } from "./port.ts";
import { joinTasks, type Task } from "./task.ts";

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
  // Where it saw only what took a task back, that is neither its pull request nor its kind.
  const { prUrl, kind } = github.task.kind === record.task.kind ? github.task : { prUrl: record.task.prUrl ?? github.task.prUrl, kind: record.task.kind };
  return mergeRecords([{ ...record, task: { ...record.task, ...exact } }, { task: { ...github.task, ...exact, prUrl, kind }, events: github.events.filter((event) => !keysOf(event).some((key) => known.has(key))) }]);
}

/** What an event is about: a page, or a commit. */
function keysOf({ kind, url, data }: TaskEvent): string[] {
  return [url, data["sha"]].flatMap((subject) => (typeof subject === "string" ? [`${kind} ${subject}`] : []));
}

/** Each worker once, by its newest heartbeat. */
export function mergeHeartbeats(lists: readonly (readonly Heartbeat[])[]): Heartbeat[] {
  const all = new Map<string, Heartbeat>();
  for (const beat of lists.flat()) if ((all.get(beat.id)?.at ?? -Infinity) < beat.at) all.set(beat.id, beat);
  return [...all.values()];
}

/** Longest text of an error that is kept, in UTF-16 units. */
const MAX_TEXT = 2_000;

export function storableTask(task: Task): Task {
  return { ...task, question: task.question === null ? null : plain(task.question), errorMsg: task.errorMsg === null ? null : plain(task.errorMsg) };
}

export function storableEvent(event: TaskEvent): TaskEvent {
  return { ...event, text: plain(event.text) };
}

/** No store takes NUL, and PostgreSQL no half of a surrogate pair. */
function plain(text: string): string {
  return text.slice(0, MAX_TEXT).toWellFormed().replaceAll("\u0000", "");
}

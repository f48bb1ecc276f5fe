import { InstantError, messageOf } from "../kit/errors.ts";
import { isTraceId } from "../kit/ids.ts";
import type { Log } from "../kit/log.ts";
import type { Phase } from "../kit/phases.ts";
import type { GuardedStore } from "./guard.ts";
import type { Heartbeat, StoreName, TaskRecord } from "./port.ts";
import { type Due, EVERY_MS, type Stories, runOf, type Truth } from "./due.ts";
import { STALE_MS } from "./stale.ts";
import { completed, mergeRecords, storableEvent, storableTask } from "./records.ts";
import { recordOf, type Story, type StoryRun } from "./story.ts";
import { joinTasks, type Task } from "./task.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** What a first look goes back to. */
const FIRST_MS = DAY_MS;
/** What a person who asks is told of, whatever was looked at before. */
const FORCED_MS = 7 * DAY_MS;
/** Longer than the jobs of a loop take together: a run that cannot be read has ended by then. */
const SETTLED_MS = 45 * MINUTE_MS;
/** A task that was at work at a look is among what the next one sees. Beside that clocks differ, and GitHub lists a change a moment after it was made. */
const OVERLAP_MS = SETTLED_MS + 15 * MINUTE_MS;
/** Redis keeps a task for an hour. */
const FORGOTTEN_MS = 60 * MINUTE_MS;
/** A run may wait so long for a person, and is looked at again. */
const PATIENCE_MS = DAY_MS;
/** Tasks that one look completes; the next, which is due at once then, goes on where it ended. */
const AT_ONCE = 100;

interface Options extends Truth {
  readonly log: Log;
  readonly force: boolean;
}

/**
 * Completes the record from what always tells the truth: the pull request, the run and the commits (DESIGN 6). A task that is at work is
 * left alone: its own job tells more.
 * @param stores those that keep the record, without the reserve.
 * @param due what `lookIfDue` took on.
 * @returns how many tasks each store was brought. Nothing is thrown: what GitHub does not tell now it tells the next look.
 */
export async function complete(stores: readonly GuardedStore[], due: Due, options: Options): Promise<ReadonlyMap<StoreName, number>> {
  const { repository, open, log, force, endsAtMerge = false } = options;
  const { now, dead, looks } = due;
  const since = force ? now - FORCED_MS : Math.min(...looks.map((one) => one.since ?? now - FIRST_MS)) - OVERLAP_MS;
  try {
    const seen = await look(stores, await open(), { repository, since, now, dead, endsAtMerge });
    const brought = await bring(stores, seen.records, now);
    await Promise.all(stores.flatMap((store) => seen.over.map((id) => store.use((one) => one.endBeat(id)))));
    await Promise.all(stores.map((store) => store.use((one) => one.endLook(repository, seen.until))));
    return brought;
  } catch (error) {
    const why = error instanceof InstantError ? error.problems.map(({ what, fix }) => `${what}. ${fix}`).join(" ") : messageOf(error);
    // A job leaves it to the next one, which may be allowed more.
    log[force ? "warning" : "info"](`The record was not completed from GitHub: ${why}`);
    return new Map();
  }
}

interface Known {
  readonly repository: string;
  readonly endsAtMerge: boolean;
  readonly since: number;
  readonly now: number;
  readonly dead: readonly Heartbeat[];
}

interface Seen {
  /** What every store should have, by task. */
  readonly records: ReadonlyMap<string, TaskRecord>;
  /** Heartbeats of jobs that are over. */
  readonly over: readonly string[];
  /** All that happened up to here is among it; the next look is due at once when that is over an hour ago, or before a job was silent. */
  readonly until: number;
}

async function look(stores: readonly GuardedStore[], stories: Stories, { repository, since, now, dead, endsAtMerge }: Known): Promise<Seen> {
  const changed = await stories.changedSince(since);
  const ids = [...new Set([...changed.map(({ traceId }) => traceId), ...dead.flatMap(({ currentTaskId }) => currentTaskId ?? []).filter(isTraceId)])];
  const records = new Map([...(await recordsIn(stores, ids))].flatMap(([id, found]) => (found === null ? [] : [[id, found] as const])));
  const open = changed.filter(({ traceId }) => !isWhole(records.get(traceId)));
  const told = await stories.read(open.slice(0, AT_ONCE));
  // What is left for the next look.
  const later: number[] = [];
  for (const [id, story] of told) {
    const trace = open.find(({ traceId }) => traceId === id);
    if (trace === undefined) continue;
    if (!isSettled(story, now - trace.changedAt, endsAtMerge)) {
      if (isAtWork(story) && now - trace.changedAt < PATIENCE_MS) later.push(trace.changedAt + OVERLAP_MS);
      continue;
    }
    const github = recordOf({ ...story, lostRuns: [], lostChecks: false }, id, repository, { endsAtMerge });
    records.set(id, completed(records.get(id) ?? null, github) ?? github);
  }
  const over: string[] = [];
  for (const beat of dead) {
    // Anybody who may write to the store may have written anything.
    const id = beat.currentTaskId === null || !isTraceId(beat.currentTaskId) ? null : beat.currentTaskId;
    const known = id === null ? undefined : records.get(id);
    const run = id === null || hasEnded(known) ? null : await stories.readRun(runOf(beat));
    const isLost = run !== null && run.status === "completed" && run.conclusion !== "success" && known?.task.phase !== "handed_over";
    if (id !== null && isLost) {
      const told = fallen(id, run, repository, known?.task.phase ?? "generating");
      records.set(id, completed(known ?? null, told) ?? told);
    }
    if (id === null || hasEnded(records.get(id)) || run?.status === "completed") over.push(beat.id);
    // GitHub takes some time to notice that a runner is gone, and another job may be allowed to read what this one may not.
    else later.push(beat.at + STALE_MS);
  }
  const left = open.at(AT_ONCE);
  if (left !== undefined) later.push(Math.min(left.changedAt, now - EVERY_MS - 1));
  return { records, over, until: Math.min(now, ...later) };
}

function hasEnded(record: TaskRecord | undefined): boolean {
  return record?.task.status === "done" || record?.task.status === "error";
}

/** It has ended, and how it was merged is known: stores that were away when the gate told of that may be back when health tells the rest. */
function isWhole(record: TaskRecord | undefined): boolean {
  const isLacking = ["deployed", "verified"].includes(record?.task.phase ?? "") && (record?.task.mergedAt === null || record?.task.prUrl === null);
  return hasEnded(record) && !isLacking;
}

function isAtWork({ pulls, incidents, runs }: Story): boolean {
  return pulls.length + incidents.length > 0 && runs.some(({ status }) => status !== "completed");
}

/** Whether nobody works on it any more, so that it will not tell more itself. @param restedMs since its pages changed. */
function isSettled({ pulls, incidents, runs, lostRuns }: Story, restedMs: number, endsAtMerge: boolean): boolean {
  if (pulls.length + incidents.length === 0) return false;
  const isKnown = runs.length > 0 && lostRuns.length === 0;
  const isOver = endsAtMerge && pulls.some(({ state }) => state === "merged");
  return runs.every(({ status }) => status === "completed") && (isKnown || restedMs > (isOver ? MINUTE_MS : SETTLED_MS));
}

/** A task whose job died, as far as its run tells. @param phase how far it had come. */
function fallen(taskId: string, run: StoryRun, repository: string, phase: Phase): TaskRecord {
  const jobs = run.failedJobs.length === 0 ? "" : ` (${run.failedJobs.join(", ")})`;
  const errorMsg = `its job was not heard of again, and the run ended as ${run.conclusion ?? "unknown"}${jobs}`;
  const task: Task = {
    taskId, repository, questionHash: null, jobId: String(run.id), kind: "faq", question: null, status: "error", phase, prUrl: null, state: null,
    errorType: run.conclusion === "cancelled" ? "cancelled" : "crash", errorMsg, workerInstance: null, workerVersion: null, claimedAt: null, createdAt: run.createdAt, startedAt: run.createdAt,
    mergedAt: null, finishedAt: run.updatedAt, updatedAt: run.updatedAt, humanInterventionCount: null,
  };
  const events = [{ taskId, eventId: `github-run-${run.id}-end`, at: run.updatedAt, stage: "GitHub", kind: "warning", text: errorMsg, url: run.url, data: {} }] as const;
  return { task, events };
}

/** What all stores together know of each. */
async function recordsIn(stores: readonly GuardedStore[], ids: readonly string[]): Promise<ReadonlyMap<string, TaskRecord | null>> {
  const answers = ids.length === 0 ? [] : await Promise.all(stores.map((store) => store.use((one) => one.readMany(ids))));
  return new Map(ids.map((id) => [id, mergeRecords(answers.flatMap((answer) => answer?.value.get(id) ?? []))]));
}

/** Writes to each store what it lacks of the records, and notes it for those that failed meanwhile. */
async function bring(stores: readonly GuardedStore[], records: ReadonlyMap<string, TaskRecord>, now: number): Promise<ReadonlyMap<StoreName, number>> {
  const ids = [...records.keys()];
  if (ids.length === 0) return new Map();
  const brought = new Map<StoreName, number>();
  const written = await Promise.all(stores.map(async (store) => {
    const own = await store.use((one) => one.readMany(ids));
    if (own === null) return null;
    // What Redis had and forgot is no loss: it would forget it again.
    const isKept = ({ task }: TaskRecord) => store.name !== "redis" || task.updatedAt > now - FORGOTTEN_MS;
    const lacking = [...records.values()].filter((record) => isKept(record) && lacks(own.value.get(record.task.taskId), record));
    if (lacking.length > 0 && (await store.use((one) => one.write({ tasks: lacking.map(({ task }) => storableTask(task)), events: lacking.flatMap(({ events }) => events.map(storableEvent)) }))) === null) return null;
    if (lacking.length > 0) brought.set(store.name, lacking.length);
    return store;
  }));
  const missed = stores.filter((store) => !written.includes(store));
  await Promise.all(written.filter((store) => store !== null).flatMap((store) => missed.map(({ name }) => store.use((one) => one.noteMissed(name, ids)))));
  return brought;
}

function lacks(own: TaskRecord | undefined, record: TaskRecord): boolean {
  if (own === undefined || JSON.stringify(joinTasks(own.task, record.task)) !== JSON.stringify(joinTasks(own.task, own.task))) return true;
  const told = new Set(own.events.map(({ eventId }) => eventId));
  return record.events.some(({ eventId }) => !told.has(eventId));
}

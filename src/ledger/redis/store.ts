import type { Redis } from "ioredis";
import { failure } from "../../kit/errors.ts";
import type { AlertNote, Batch, Claim, DayTally, Heartbeat, Look, LookWanted, Store, StoreName, TaskEvent, TaskRecord } from "../port.ts";
import { isAmong, joinTasks, type Only, outcomeOf, type Task, tteOf } from "../task.ts";
import { heartbeatFields, heartbeatOf, taskFields, taskOf } from "./hash.ts";
import { BEAT, BEGIN_LOOK, CLAIM, END_LOOK, EXTEND, NOTE_MISSED, WRITE_ALERT, WRITE_TASK } from "./scripts.ts";

const HOUR_S = 3_600;
/** Counters outlive the longest window of an objective (a month). */
const COUNTERS_S = 40 * 24 * HOUR_S;
/** What another store missed is kept for an outage as long as this. */
const MISSED_S = 7 * 24 * HOUR_S;
const HEARTBEAT_S = 300;
/** An alert that still fires is written again every few hours; of one that nobody looks at any more this long is remembered. */
const ALERT_S = 40 * 24 * HOUR_S;
const MAX_ROUNDS = 64;

export function redisStore(redis: Redis): Store {
  return {
    name: "redis",
    claim: async ({ questionHash, repository, taskId, instead }: Claim) => String(await redis.eval(CLAIM, 0, questionHash, repository, taskId, HOUR_S, instead ?? "")),
    write: (batch) => write(redis, batch),
    read: (taskId) => read(redis, taskId),
    readMany: async (taskIds) => new Map((await Promise.all(taskIds.map((id) => read(redis, id)))).flatMap((record) => (record === null ? [] : [[record.task.taskId, record]]))),
    list: (since, limit, only) => list(redis, { since, limit, only }),
    tally: (day, repository) => tally(redis, day, repository),
    // Tasks live for an hour here: windows judged by those would be a lie.
    finished: async () => null,
    beat: async (heartbeat) => void (await redis.eval(BEAT, 0, heartbeat.id, heartbeat.at, HEARTBEAT_S, heartbeat.kind === "runner" ? RUNNERS : "", ...Object.entries(heartbeatFields(heartbeat)).flat())),
    endBeat: async (id) => void (await redis.del(`worker:heartbeat:${id}`)),
    heartbeats: (kind, withinMs = SCAN_MS) => (kind === "runner" ? runners(redis) : heartbeats(redis, kind, withinMs)),
    readMissed: (store) => redis.smembers(missed(store)),
    noteMissed: async (store, taskIds) => void (taskIds.length > 0 && (await redis.eval(NOTE_MISSED, 0, missed(store), MISSED_S, ...taskIds))),
    clearMissed: async (store, taskIds) => void (taskIds.length > 0 && (await redis.srem(missed(store), ...taskIds))),
    readAlerts: (repository, keys) => readAlerts(redis, repository, keys),
    writeAlert: async (repository, key, { revision, text }, expected) => (await redis.eval(WRITE_ALERT, 0, repository, key, expected ?? "", revision, text, ALERT_S)) === 1,
    beginLook: (wanted) => beginLook(redis, wanted),
    endLook: async (repository, until) => void (await redis.eval(END_LOOK, 0, repository, until)),
    close: async () => redis.disconnect(),
  };
}

function missed(store: StoreName): string {
  return `agent:ledger:missed:${store}`;
}

/** All at once: what does not need another's answer waits for none. */
async function write(redis: Redis, { tasks, events }: Batch): Promise<void> {
  await Promise.all([...tasks.map((task) => writeTask(redis, task)), writeEvents(redis, events)]);
}

async function writeEvents(redis: Redis, events: readonly TaskEvent[]): Promise<void> {
  const pipeline = redis.pipeline();
  for (const [taskId, told] of Map.groupBy(events, (event) => event.taskId)) {
    pipeline.hset(`agent:task:${taskId}:events`, ...told.flatMap((event) => [event.eventId, JSON.stringify(event)]));
    pipeline.eval(EXTEND, 0, `agent:task:${taskId}:events`, HOUR_S);
  }
  for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
}

async function writeTask(redis: Redis, task: Task): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const fields = await redis.hgetall(`agent:task:${task.taskId}`);
    const known = taskOf(fields);
    const joined = known === null ? task : joinTasks(known, task);
    const written = await redis.eval(WRITE_TASK, 0, task.taskId, fields.revision ?? "0", HOUR_S, joined.updatedAt, ...ending(joined), COUNTERS_S, joined.repository ?? "", ...Object.entries(taskFields(joined)).flat());
    if (written === 1) return;
  }
  throw failure("service", {
    what: `Redis: others kept writing task ${task.taskId} ${MAX_ROUNDS} times in a row`,
    fix: "Nothing, if this happens once; otherwise look for jobs that work on the same question in a loop.",
  });
}

/** Outcome, day and TTE of a task that counts; empty otherwise. */
function ending(task: Task): [outcome: string, day: string, tte: string] {
  const outcome = outcomeOf(task);
  if (outcome === null) return ["", "", ""];
  const day = new Date(task.finishedAt ?? task.updatedAt).toISOString().slice(0, 10).replaceAll("-", "");
  return [outcome, day, String(tteOf(task) ?? "")];
}

async function read(redis: Redis, taskId: string): Promise<TaskRecord | null> {
  const [fields, stored] = await Promise.all([redis.hgetall(`agent:task:${taskId}`), redis.hvals(`agent:task:${taskId}:events`)]);
  const task = taskOf(fields);
  if (task === null) return null;
  const events = stored.map((text) => JSON.parse(text) as TaskEvent);
  return { task, events: events.sort((a, b) => a.at - b.at || (a.eventId < b.eventId ? -1 : 1)) };
}

async function beginLook(redis: Redis, { repository, force, leaseMs, everyMs, staleMs }: LookWanted): Promise<Look | null> {
  const until = await redis.eval(BEGIN_LOOK, 0, repository, RUNNERS, force ? "1" : "0", COUNTERS_S, leaseMs, everyMs, staleMs);
  return until === null ? null : { since: until === "" ? null : Number(until) };
}

async function list(redis: Redis, { since, limit, only }: { readonly since: number; readonly limit: number; readonly only: Only | undefined }): Promise<Task[]> {
  const ids = await redis.zrangebyscore("agent:tasks:updated", since, "+inf");
  const tasks: Task[] = [];
  // The index outlives the tasks in it, which live for an hour.
  for (let end = ids.length; end > 0 && tasks.length < limit; end -= 100) {
    const hashes = await Promise.all(ids.slice(Math.max(0, end - 100), end).reverse().map((id) => redis.hgetall(`agent:task:${id}`)));
    tasks.push(...hashes.map(taskOf).filter((task) => task !== null).filter((task) => isAmong(task, only)));
  }
  return tasks.slice(0, limit);
}

async function tally(redis: Redis, day: string, repository: string | undefined): Promise<DayTally> {
  const key = repository === undefined ? day : `${day}:${repository}`;
  const [success, failed, scores] = await Promise.all([
    redis.get(`agent:metrics:success:${key}`), redis.get(`agent:metrics:failure:${key}`), redis.zrange(`agent:metrics:tte:${key}`, "0", "-1", "WITHSCORES"),
  ]);
  return { day, success: Number(success ?? 0), failure: Number(failed ?? 0), tteMs: scores.filter((_, index) => index % 2 === 1).map(Number) };
}

/**
 * Ours are listed by name: looking for them among all keys of a large Redis would take longer than a job has. A name whose heartbeat is
 * gone goes when the list is next looked at.
 */
const RUNNERS = "agent:runners";

async function runners(redis: Redis): Promise<Heartbeat[]> {
  const ids = await redis.smembers(RUNNERS);
  const beats = await Promise.all(ids.map(async (id) => heartbeatOf(id, await redis.hgetall(`worker:heartbeat:${id}`))));
  const gone = ids.filter((_, index) => beats[index] === null);
  if (gone.length > 0) await redis.srem(RUNNERS, ...gone);
  return beats.filter((beat) => beat !== null).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** How long a job looks for a product's workers: a quarter of what it gives to a store. Milliseconds. */
const SCAN_MS = 500;

async function heartbeats(redis: Redis, kind: Heartbeat["kind"] | undefined, withinMs: number): Promise<Heartbeat[] | null> {
  const found: Heartbeat[] = [];
  const end = performance.now() + withinMs;
  let cursor = "0";
  for (;;) {
    // Of a Redis that holds much else, or grows meanwhile, it is not known who is there.
    if (performance.now() > end) return null;
    const [next, keys] = await redis.scan(cursor, "MATCH", "worker:heartbeat:*", "COUNT", 1_000);
    const beats = await Promise.all(keys.map(async (key) => heartbeatOf(key.slice("worker:heartbeat:".length), await redis.hgetall(key))));
    found.push(...beats.filter((beat) => beat !== null).filter((beat) => kind === undefined || beat.kind === kind));
    cursor = next;
    if (cursor === "0") break;
  }
  const unique = new Map(found.map((beat) => [beat.id, beat]));
  return [...unique.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function readAlerts(redis: Redis, repository: string, keys: readonly string[]): Promise<Map<string, AlertNote>> {
  const found = await Promise.all(keys.map(async (key) => [key, await redis.hmget(`agent:alert:${repository}:${key}`, "revision", "text")] as const));
  return new Map(found.flatMap(([key, [revision, text]]) => (revision == null || text == null ? [] : [[key, { revision: Number(revision), text }] as const])));
}

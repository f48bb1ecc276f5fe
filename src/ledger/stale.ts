import type { Finished, Heartbeat } from "./port.ts";
import { outcomeOf, type Task, tteOf } from "./task.ts";

/** A heartbeat older than this is stale (CONTRACTS, Logs, Sentry, traces), in milliseconds. */
export const STALE_MS = 2 * 60_000;
/** A running task that nobody has said anything of for longer is stuck, in milliseconds. */
export const STUCK_MS = 10 * 60_000;
/** A task that was queued for longer without being started is a timeout (CONTRACTS, Task), in milliseconds. */
export const QUEUE_MS = 600_000;

export interface StaleHeartbeat {
  readonly heartbeat: Heartbeat;
  readonly ageMs: number;
}

export interface StuckTask {
  readonly task: Task;
  /** Since its last update. */
  readonly idleMs: number;
  /** Who says to work on it, the newest that does; null when nobody does. */
  readonly worker: Heartbeat | null;
}

export interface Stale {
  /** The oldest first. */
  readonly heartbeats: readonly StaleHeartbeat[];
  /** Those without an update for longest first. */
  readonly stuck: readonly StuckTask[];
  /**
   * Tasks that nobody started, as they have to be put on record: ended as `timeout` when their time was over, whoever finds it and
   * whenever, so that all who find it write the same. An end of the loop that is only heard of later is further and wins (`joinTasks`).
   */
  readonly timeouts: readonly Task[];
}

/**
 * What is at work no more though the record says so.
 * @param now epoch milliseconds; a heartbeat or an update from the future, by a clock that is ahead, is fresh.
 */
export function findStale(heartbeats: readonly Heartbeat[], tasks: readonly Task[], now: number): Stale {
  const stale = heartbeats.map((heartbeat) => ({ heartbeat, ageMs: now - heartbeat.at })).filter(({ ageMs }) => ageMs > STALE_MS);
  const stuck = tasks
    // A task that was handed over waits for a person, who may take any time.
    .filter(({ status, phase }) => status === "running" && phase !== "handed_over")
    .map((task) => ({ task, idleMs: now - task.updatedAt, worker: workerOf(task, heartbeats) }))
    .filter(({ idleMs }) => idleMs > STUCK_MS);
  return {
    heartbeats: stale.sort((a, b) => b.ageMs - a.ageMs),
    stuck: stuck.sort((a, b) => b.idleMs - a.idleMs),
    timeouts: tasks.filter(({ status, createdAt }) => status === "queued" && now - createdAt > QUEUE_MS).map(timedOut),
  };
}

function workerOf(task: Task, heartbeats: readonly Heartbeat[]): Heartbeat | null {
  const own = heartbeats.filter(({ currentTaskId }) => currentTaskId === task.taskId);
  return own.reduce<Heartbeat | null>((newest, one) => (newest === null || one.at > newest.at ? one : newest), null);
}

/** A task as metrics look at it; null as long as it has not ended. One that nobody started in time has, whether anybody has said so or not. */
export function finishedOf(task: Task, now: number): Finished | null {
  const known = task.status === "queued" && now - task.createdAt > QUEUE_MS ? timedOut(task) : task;
  const { finishedAt, phase, errorType, startedAt } = known;
  if ((known.status !== "done" && known.status !== "error") || finishedAt === null) return null;
  return { finishedAt, outcome: outcomeOf(known), phase, errorType, started: startedAt !== null, tteMs: tteOf(known) };
}

function timedOut(task: Task): Task {
  const end = task.createdAt + QUEUE_MS;
  return {
    ...task, status: "error", phase: "timeout", errorType: "timeout", errorMsg: `It was not started within ${QUEUE_MS / 1_000} s after it was queued`,
    finishedAt: end, updatedAt: Math.max(task.updatedAt, end),
  };
}

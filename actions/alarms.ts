import type { Alert } from "../src/kit/alert.ts";
import type { Clock } from "../src/kit/clock.ts";
import type { Heartbeat, Ledger, Task } from "../src/ledger/port.ts";
import { findStale, finishedOf } from "../src/ledger/stale.ts";
import { staleAlerts } from "../src/ledger/stale-alerts.ts";
import { loopAlerts } from "../src/stages/alarms.ts";
import type { Telemetry } from "../src/telemetry/port.ts";

const MONTH_MS = 30 * 24 * 3_600_000;
/** Alarms that one look tells Sentry of. */
const MOST_ALARMS = 10;
/**
 * A runner's heartbeat of this age is of a job that died, was told of long ago and comes back no more. Milliseconds; long enough for looks on
 * GitHub (src/ledger/completion.ts) to find out what became of it.
 */
const DEAD_MS = 6 * 3_600_000;

/**
 * Looks how the loop does, when one of its loops has ended: fast alerts, objectives, workers that are silent and tasks that are stuck
 * (CONTRACTS, Metrics; Logs, Sentry, traces). What cannot be read fires nothing and ends nothing.
 */
export async function lookForAlarms(ledger: Ledger, { repository, clock, telemetry }: { readonly repository: string; readonly clock: Clock; readonly telemetry: Telemetry | null }): Promise<readonly Alert[]> {
  const [lately, all] = await Promise.all([ledger.lately(repository), ledger.heartbeats()]);
  if (lately === null) return [];
  // Where a product's workers cannot be looked through, the runners can.
  const heartbeats = all ?? (await ledger.heartbeats("runner"));
  const now = clock.now();
  // One database may serve several repositories; each tells of its own.
  const tasks = lately.tasks.filter((task) => task.repository === null || task.repository === repository);
  const known = tasks.map((task) => finishedOf(task, now)).filter((one) => one !== null);
  const { today, month } = lately;
  const ended = month === null ? { ended: known, reachMs: lately.reachMs } : { ended: month, reachMs: MONTH_MS };
  const stale = findStale(ownBeats(heartbeats ?? [], lately.tasks, repository), tasks, now);
  for (const { heartbeat, ageMs } of stale.heartbeats.slice(0, MOST_ALARMS)) {
    telemetry?.alarm({ kind: "stale-heartbeat", workerId: heartbeat.id, heartbeatAgeSeconds: Math.round(ageMs / 1_000), stuckTaskId: heartbeat.currentTaskId, appVersion: heartbeat.appVersion });
  }
  for (const { task, idleMs, worker } of stale.stuck.slice(0, MOST_ALARMS)) {
    telemetry?.alarm({ kind: "stuck-task", taskId: task.taskId, stuckSeconds: Math.round(idleMs / 1_000), phase: task.phase, workerId: worker?.id ?? null });
  }
  await Promise.all(stale.heartbeats.filter(({ heartbeat, ageMs }) => heartbeat.kind === "runner" && ageMs > DEAD_MS).map(({ heartbeat }) => ledger.endBeat(heartbeat.id)));
  const [silent, stuck] = staleAlerts(stale);
  return [...loopAlerts({ tasks, today, ...ended }, now), ...(all === null && silent.state === "resolved" ? [] : [silent]), stuck];
}

/** A heartbeat names no repository, but its task may. */
function ownBeats(heartbeats: readonly Heartbeat[], tasks: readonly Task[], repository: string): readonly Heartbeat[] {
  const others = new Set(tasks.filter((task) => task.repository !== null && task.repository !== repository).map(({ taskId }) => taskId));
  return heartbeats.filter(({ currentTaskId }) => currentTaskId === null || !others.has(currentTaskId));
}

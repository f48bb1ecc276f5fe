import type { Heartbeat } from "../../ledger/port.ts";
import { findStale, type Stale } from "../../ledger/stale.ts";
import type { Task } from "../../ledger/task.ts";
import { cut, type Screen } from "../rehearsal/tree.ts";
import { taskJson } from "./records.ts";
import { oneLine, span, standing } from "./story.ts";

/** Finished tasks that are listed. */
const LAST = 10;
/** Tasks that are listed of any kind. */
const MOST = 20;

export interface Overview {
  readonly running: readonly Task[];
  readonly finished: readonly Task[];
  readonly stale: Stale;
}

/** @param tasks newest first. */
export function overviewOf(tasks: readonly Task[], heartbeats: readonly Heartbeat[], now: number): Overview {
  const stale = findStale(heartbeats, tasks, now);
  const stuck = new Set(stale.stuck.map(({ task }) => task.taskId));
  const late = new Set(stale.timeouts.map(({ taskId }) => taskId));
  const open = tasks.filter(({ status, taskId }) => (status === "running" || status === "queued") && !stuck.has(taskId) && !late.has(taskId));
  const finished = tasks.filter(({ status }) => status === "done" || status === "error").sort((a, b) => (b.finishedAt ?? b.updatedAt) - (a.finishedAt ?? a.updatedAt));
  return { running: open, finished, stale };
}

export function overviewJson({ running, finished, stale }: Overview): Record<string, unknown> {
  return {
    running: running.map(taskJson),
    stuck: stale.stuck.map(({ task, idleMs, worker }) => ({ ...taskJson(task), idle_seconds: Math.round(idleMs / 1_000), worker_id: worker?.id ?? null })),
    timed_out: stale.timeouts.map(taskJson),
    stale_heartbeats: stale.heartbeats.map(({ heartbeat, ageMs }) => ({ worker_id: heartbeat.id, kind: heartbeat.kind, heartbeat_age_seconds: Math.round(ageMs / 1_000), stuck_task_id: heartbeat.currentTaskId, app_version: heartbeat.appVersion })),
    finished: finished.slice(0, LAST).map(taskJson),
  };
}

/** The overview for a person. @param period what the tasks are of, such as `7 days`. */
export function tellOverview({ running, finished, stale }: Overview, options: { readonly now: number; readonly period: string; readonly sources: readonly string[]; readonly screen: Pick<Screen, "colour" | "columns"> }): string {
  const { now, period, sources, screen } = options;
  const paint = (colour: number, text: string) => (screen.colour ? `\u001b[${colour}m${text}\u001b[0m` : text);
  const width = Math.max(40, Math.min(screen.columns, 140));
  const rows = (mark: string, colour: number, tasks: readonly Task[], limit: number, tell: (task: Task) => string) => [
    ...tasks.slice(0, limit).flatMap((task) => [`${paint(colour, mark)} ${cut(oneLine(task.question ?? task.kind), width - 2)}`, `  ${paint(90, task.taskId)}`, ...[tell(task), task.prUrl].flatMap((text) => (text === null ? [] : [`  ${cut(oneLine(text), width - 2)}`]))]),
    ...(tasks.length > limit ? [`  and ${tasks.length - limit} more`] : []),
  ];
  const section = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : ["", title, "", ...lines]);
  const failed = finished.filter(({ status }) => status === "error").length;
  const parts = [`${running.length} running`, ...(stale.stuck.length > 0 ? [`${stale.stuck.length} stuck`] : []), ...(stale.timeouts.length > 0 ? [`${stale.timeouts.length} never started`] : []), ...(stale.heartbeats.length > 0 ? [`${stale.heartbeats.length} silent worker${stale.heartbeats.length === 1 ? "" : "s"}`] : [])];
  const bad = stale.stuck.length + stale.timeouts.length + stale.heartbeats.length > 0;
  const beats = stale.heartbeats.map(({ heartbeat, ageMs }) => `${paint(31, "✗")} ${oneLine(heartbeat.id)}, a ${heartbeat.kind}, silent for ${span(ageMs)}${heartbeat.currentTaskId === null ? "" : `, at work on ${oneLine(heartbeat.currentTaskId)}`}`);
  return [
    paint(bad ? 31 : 32, `${bad ? "✗" : "✓"} ${parts.join(", ")}; in ${period} ${finished.length - failed} done and ${failed} failed`),
    ...section("Stuck", rows("✗", 31, stale.stuck.map(({ task }) => task), MOST, (task) => standing(task, now))),
    ...section("Never started", rows("✗", 31, stale.timeouts, MOST, (task) => `queued ${span(now - task.createdAt)} ago`)),
    ...section("Silent workers", beats.slice(0, MOST)),
    ...section("Running", rows("◐", 33, running, MOST, (task) => standing(task, now))),
    ...section("Finished last", [...finished.slice(0, LAST)].flatMap((task) => rows(task.status === "done" ? "✓" : "✗", task.status === "done" ? 32 : 31, [task], 1, (one) => `${standing(one, now)}, ${span(now - (one.finishedAt ?? one.updatedAt))} ago`))),
    "",
    paint(90, `  as ${sources.join(", and ")} ${sources.length === 1 ? "knows" : "know"} it`),
    "",
  ].join("\n");
}

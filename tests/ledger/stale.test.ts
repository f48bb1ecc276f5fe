import { describe, expect, test } from "@jest/globals";
import { findStale, QUEUE_MS, STALE_MS, STUCK_MS } from "../../src/ledger/stale.ts";
import { joinTasks } from "../../src/ledger/task.ts";
import { aHeartbeat, aTask, NOW } from "./store-contract.ts";

describe("what is at work no more", () => {
  test("nothing is stale in a world of nothing, nor exactly at its limit", () => {
    expect(findStale([], [], NOW)).toEqual({ heartbeats: [], stuck: [], timeouts: [] });
    const tasks = [aTask({ status: "running", updatedAt: NOW - STUCK_MS }), aTask({ createdAt: NOW - QUEUE_MS })];
    expect(findStale([aHeartbeat({ at: NOW - STALE_MS })], tasks, NOW)).toEqual({ heartbeats: [], stuck: [], timeouts: [] });
  });

  test("heartbeats beyond two minutes are stale, the oldest first; a clock that is ahead is not", () => {
    const [old, older] = [aHeartbeat({ at: NOW - STALE_MS - 1 }), aHeartbeat({ at: NOW - 3 * STALE_MS, kind: "worker", status: "idle", currentTaskId: null })];
    const found = findStale([aHeartbeat(), old, aHeartbeat({ at: NOW + 5_000 }), older], [], NOW);
    expect(found.heartbeats).toEqual([{ heartbeat: older, ageMs: 3 * STALE_MS }, { heartbeat: old, ageMs: STALE_MS + 1 }]);
  });

  test("a running task without an update for ten minutes is stuck, and who says to work on it is named", () => {
    const held = aTask({ status: "running", phase: "merged", updatedAt: NOW - STUCK_MS - 1 });
    const alone = aTask({ status: "running", phase: "pr_open", updatedAt: NOW - 2 * STUCK_MS });
    const [before, after] = [aHeartbeat({ currentTaskId: held.taskId, at: NOW - 400_000 }), aHeartbeat({ currentTaskId: held.taskId, at: NOW - 1_000 })];
    const found = findStale([after, before, aHeartbeat({ currentTaskId: null })], [held, aTask({ status: "running", updatedAt: NOW - 1 }), alone], NOW);
    expect(found.stuck).toEqual([{ task: alone, idleMs: 2 * STUCK_MS, worker: null }, { task: held, idleMs: STUCK_MS + 1, worker: after }]);
  });

  test("what waits for a person, and what has ended, is not stuck", () => {
    const old = { updatedAt: NOW - 100 * STUCK_MS };
    const tasks = [aTask({ ...old, status: "running", phase: "handed_over" }), aTask({ ...old, status: "done", phase: "verified" }), aTask({ ...old, status: "error", phase: "blocked" })];
    expect(findStale([], tasks, NOW).stuck).toEqual([]);
  });

  test("a task that nobody started in 600 s is a timeout of that moment, whoever finds it when", () => {
    const task = aTask({ createdAt: NOW - QUEUE_MS - 1, updatedAt: NOW - QUEUE_MS });
    const [found] = findStale([], [task], NOW).timeouts;
    expect(found).toEqual({ ...task, status: "error", phase: "timeout", errorType: "timeout", errorMsg: "It was not started within 600 s after it was queued", finishedAt: NOW - 1, updatedAt: NOW - 1 });
    expect(findStale([], [task], NOW + 86_400_000).timeouts).toEqual([found]);
    expect(findStale([], [{ ...task, status: "running" }], NOW).timeouts).toEqual([]);
  });

  test("a loop that did go on, heard of late, is ahead of the timeout", () => {
    const task = aTask({ createdAt: NOW - QUEUE_MS - 1 });
    const [timeout] = findStale([], [task], NOW).timeouts;
    const merged = { ...task, status: "done", phase: "merged", finishedAt: NOW } as const;
    expect(joinTasks(timeout ?? task, merged)).toMatchObject({ status: "done", phase: "merged", errorType: null });
    expect(joinTasks(merged, timeout ?? task)).toMatchObject({ status: "done", phase: "merged", errorType: null });
  });
});

import { randomUUID } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { lookForAlarms } from "../../actions/alarms.ts";
import { finishedOf } from "../../src/ledger/stale.ts";
import type { Finished, Heartbeat, Lately, Ledger, Task } from "../../src/ledger/port.ts";
import { noTelemetry, type Alarm } from "../../src/telemetry/port.ts";
import { aHeartbeat, aTask, NOW } from "./store-contract.ts";

const MINUTE = 60_000;

async function look(parts: { readonly tasks?: readonly Task[]; readonly heartbeats?: readonly Heartbeat[] | null; readonly runners?: readonly Heartbeat[]; readonly lately?: Lately | null }) {
  const [alarms, ended]: [Alarm[], string[]] = [[], []];
  const { tasks = [], heartbeats = [], lately = { tasks, reachMs: 7 * 24 * 60 * MINUTE, today: null, month: null } } = parts;
  const ledger = { lately: async () => lately, heartbeats: async (kind?: string) => (kind === "runner" ? (parts.runners ?? heartbeats) : heartbeats), endBeat: async (id: string) => void ended.push(id) } as unknown as Ledger;
  const clock = { now: () => NOW, sleep: async () => undefined };
  const alerts = await lookForAlarms(ledger, { repository: "acme/docs", clock, telemetry: { ...noTelemetry, alarm: (alarm) => void alarms.push(alarm) } });
  return { alarms, ended, alerts: new Map(alerts.map((alert) => [alert.key, alert])) };
}

const stuck = (parts: Partial<Task> = {}) => aTask({ status: "running", phase: "pr_open", updatedAt: NOW - 11 * MINUTE, ...parts });

describe("what is silent or stuck", () => {
  test("is told to people and to Sentry, a product's worker too, each as an occasion of its own", async () => {
    const task = stuck();
    const runner = aHeartbeat({ id: "runner-1", at: NOW - 3 * MINUTE, currentTaskId: task.taskId });
    const worker = aHeartbeat({ id: "worker-1", kind: "worker", status: "idle", at: NOW - 5 * MINUTE, currentTaskId: null, appVersion: null });
    const { alarms, alerts, ended } = await look({ tasks: [task], heartbeats: [aHeartbeat(), runner, worker] });
    expect(alarms).toEqual([
      { kind: "stale-heartbeat", workerId: "worker-1", heartbeatAgeSeconds: 300, stuckTaskId: null, appVersion: null },
      { kind: "stale-heartbeat", workerId: "runner-1", heartbeatAgeSeconds: 180, stuckTaskId: task.taskId, appVersion: "abc1234" },
      { kind: "stuck-task", taskId: task.taskId, stuckSeconds: 660, phase: "pr_open", workerId: "runner-1" },
    ]);
    expect(alerts.get("loop:silent-workers")).toMatchObject({ state: "firing", title: "2 workers are silent", occasions: ["worker-1", "runner-1"], text: expect.stringContaining(`runner-1, a runner of abc1234: silent for 3 min, at work on ${task.taskId}`) });
    expect(alerts.get("loop:stuck-tasks")).toMatchObject({ state: "firing", severity: "P1", title: "A task has not moved for 10 minutes", occasions: [task.taskId], text: `${task.taskId}, pr_open: for 11 min, with runner-1` });
    expect(ended).toEqual([]);
  });

  test("is over when there is none, and unknown where nobody could be asked", async () => {
    const { alerts, alarms } = await look({ heartbeats: [aHeartbeat()] });
    expect([alerts.get("loop:silent-workers")?.state, alerts.get("loop:stuck-tasks")?.state, alarms]).toEqual(["resolved", "resolved", []]);
    const branch = await look({ tasks: [stuck()], heartbeats: null });
    expect([branch.alerts.has("loop:silent-workers"), branch.alerts.get("loop:stuck-tasks")?.state]).toEqual([false, "firing"]);
    expect((await look({ lately: null, heartbeats: [aHeartbeat({ at: 0 })] })).alerts.size).toBe(0);
  });

  test("is told of runners where workers could not be looked through, but not that it is over", async () => {
    const silent = aHeartbeat({ at: NOW - 3 * MINUTE });
    const [one, none] = [await look({ heartbeats: null, runners: [silent] }), await look({ heartbeats: null, runners: [] })];
    expect([one.alarms.length, one.alerts.get("loop:silent-workers")?.occasions, none.alerts.has("loop:silent-workers")]).toEqual([1, [silent.id], false]);
  });

  test("in another repository that shares the database is left to it", async () => {
    const theirs = stuck({ repository: "acme/other" });
    const failures = Array.from({ length: 5 }, () => aTask({ repository: "acme/other", status: "error", finishedAt: NOW - 1, errorType: "ci" }));
    const { alarms, alerts } = await look({ tasks: [theirs, ...failures], heartbeats: [aHeartbeat({ at: NOW - 3 * MINUTE, currentTaskId: theirs.taskId })] });
    expect([alarms, [...alerts.values()].filter(({ state }) => state === "firing")]).toEqual([[], []]);
  });

  test("objectives of a month are looked at where the store told what ended in it", async () => {
    const crashed = finishedOf(aTask({ status: "error", errorType: "crash", finishedAt: NOW - 20 * 1_440 * MINUTE }), NOW) as Finished;
    const of = async (month: readonly Finished[] | null) => (await look({ lately: { tasks: [], reachMs: 7 * 24 * 60 * MINUTE, today: null, month } })).alerts.get("objective:worker-and-entry-availability")?.state;
    expect([await of(null), await of([crashed, crashed, crashed])]).toEqual([undefined, "firing"]);
  });

  test("for six hours is dead: a runner's heartbeat is taken off the record once it was told, a worker's stays", async () => {
    const beats = [aHeartbeat({ id: "dead", at: NOW - 361 * MINUTE }), aHeartbeat({ id: "worker", kind: "worker", at: NOW - 361 * MINUTE }), aHeartbeat({ id: "late", at: NOW - 359 * MINUTE })];
    const { ended, alerts } = await look({ heartbeats: beats });
    expect([ended, alerts.get("loop:silent-workers")?.occasions?.toSorted()]).toEqual([["dead"], ["dead", "late", "worker"]]);
  });

  test("in great numbers is ten lines and ten alarms, and a count", async () => {
    const { alarms, alerts } = await look({ heartbeats: Array.from({ length: 25 }, () => aHeartbeat({ id: randomUUID(), at: NOW - 3 * MINUTE })) });
    const text = alerts.get("loop:silent-workers")?.text.split("\n") ?? [];
    expect([alarms.length, text.length, text.at(-1), alerts.get("loop:silent-workers")?.occasions?.length]).toEqual([10, 11, "and 15 more", 25]);
  });
});

import { describe, expect, test } from "@jest/globals";
import type { Task } from "../../src/ledger/port.ts";
import { finishedOf } from "../../src/ledger/stale.ts";
import { loopAlerts, type Seen } from "../../src/stages/alarms.ts";
import { aTask, NOW } from "../ledger/store-contract.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

function done(tteMs: number, agoMs = MINUTE): Task {
  const at = NOW - agoMs;
  return aTask({ status: "done", phase: "merged", prUrl: "u/pull/1", createdAt: at - tteMs, mergedAt: at, finishedAt: at, updatedAt: at });
}

function failed(errorType: string, agoMs = MINUTE): Task {
  const at = NOW - agoMs;
  return aTask({ status: "error", phase: "ci_failed", errorType, createdAt: at - 1_000, finishedAt: at, updatedAt: at });
}

const many = (count: number, make: (index: number) => Task) => Array.from({ length: count }, (_, index) => make(index));

/** By PostgreSQL, which forgets nothing. */
function look(tasks: readonly Task[], change: Partial<Seen> = {}) {
  const alerts = loopAlerts({ tasks, ended: tasks.map((task) => finishedOf(task, NOW)).filter((one) => one !== null), reachMs: 7 * DAY, today: null, ...change }, NOW);
  expect(new Set(alerts.map(({ key }) => key)).size).toBe(alerts.length);
  return new Map(alerts.map((alert) => [alert.key, alert]));
}

const states = (tasks: readonly Task[], key: string, change: Partial<Seen> = {}) => look(tasks, change).get(key)?.state ?? "silent";

describe("more than 5 tasks over 90 s in 10 minutes", () => {
  test("fires from the sixth on, and is over when there are fewer", () => {
    const slow = (count: number) => states([...many(count, () => done(90_001)), ...many(100, () => done(90_000))], "loop:slow");
    expect([slow(0), slow(5), slow(6)]).toEqual(["resolved", "resolved", "firing"]);
    const at = (agoMs: number) => states(many(20, () => done(120_000, agoMs)), "loop:slow");
    // At the bound people are not told to and fro: what has just ended is not over yet.
    expect([at(10 * MINUTE - 1), at(10 * MINUTE), at(20 * MINUTE - 1), at(20 * MINUTE)]).toEqual(["firing", "silent", "silent", "resolved"]);
  });

  test("names the slowest first, ten at most, and goes by Slack and mail", () => {
    const tasks = many(12, (index) => done(100_000 + index * 1_000));
    const alert = look(tasks).get("loop:slow");
    expect(alert).toMatchObject({ severity: "P1", title: "12 questions took over 90 s from request to merge within 10 minutes", text: "The slowest took 111 s.", via: ["slack", "email"] });
    expect(alert?.fields).toEqual([{ name: "tasks", value: `${tasks.slice(2).reverse().map(({ taskId }) => taskId).join("\n")}\nand 2 more` }]);
  });
});

describe("failures above 5% in an hour", () => {
  const of = (bad: number, total: number) => states([...many(bad, () => failed("ci")), ...many(total - bad, () => done(1_000))], "loop:failures");

  test("fire with enough behind them: three, or two of twenty; one is an accident", () => {
    expect([of(1, 1), of(1, 19), of(2, 19), of(2, 2)]).toEqual(Array.from({ length: 4 }, () => "silent"));
    expect([of(2, 20), of(3, 3), of(3, 59), of(10, 100)]).toEqual(Array.from({ length: 4 }, () => "firing"));
    // Exactly 5% is not above it, and not yet over.
    expect([of(3, 60), of(5, 100), of(6, 100), of(41, 1_000), of(40, 1_000), of(1, 25), of(0, 1)]).toEqual(["silent", "silent", "firing", "silent", "resolved", "resolved", "resolved"]);
  });

  test("of before that hour do not count, nor what still runs", () => {
    expect(states(many(10, () => failed("ci", 60 * MINUTE)), "loop:failures")).toBe("resolved");
    expect(states(many(10, () => aTask({ status: "running", updatedAt: NOW })), "loop:failures")).toBe("resolved");
    expect(states([], "loop:failures")).toBe("resolved");
  });

  test("say why, and go by Slack and issue", () => {
    const alert = look([failed("model"), failed("ci"), failed("model"), { ...failed("x"), errorType: null }]).get("loop:failures");
    expect(alert).toMatchObject({ title: "4 of 4 questions failed within an hour", text: "By kind: 2 model, 1 ci, 1 unknown.", via: ["slack", "issue"] });
  });
});

describe("objectives beyond their alarm", () => {
  const objectives = (tasks: readonly Task[], change: Partial<Seen> = {}) => Object.fromEntries([...look(tasks, change)].filter(([key]) => key.startsWith("objective:")).map(([key, { state }]) => [key.slice("objective:".length), state]));

  test("fire over a day and a week that end now; without data nothing is said", () => {
    expect(objectives([])).toEqual({});
    const yesterday = [...many(4, () => failed("ci", 25 * 60 * MINUTE)), ...many(26, () => done(200_000, 25 * 60 * MINUTE))];
    // 4 of 31 did not pass CI in the week; the one of today was quick, and merged.
    expect(objectives([...yesterday, done(10_000)])).toEqual({ "tte-p95": "resolved", "tte-p99": "resolved", success: "resolved", "ci-pass": "firing", "merge-success": "resolved" });
    // Between target and alarm it is neither.
    expect(objectives(many(40, () => done(70_000)))).toEqual({ "tte-p99": "resolved", success: "resolved", "ci-pass": "resolved", "merge-success": "resolved" });
    expect(objectives([...yesterday, ...many(3, () => done(95_000)), ...many(3, () => ({ ...failed("permission"), phase: "blocked" as const }))])).toEqual({ "tte-p95": "firing", "tte-p99": "resolved", success: "firing", "ci-pass": "firing", "merge-success": "firing" });
  });

  test("availability is one of a month, and known where the store reads so far back", () => {
    const month = [...many(3, () => failed("crash", 20 * DAY)), ...many(50, () => ({ ...done(1_000, 20 * DAY), startedAt: NOW }))];
    expect([objectives(month), objectives(month, { reachMs: 30 * DAY })]).toEqual([{}, { "worker-and-entry-availability": "firing" }]);
    expect(objectives(month.slice(3), { reachMs: 30 * DAY })).toEqual({ "worker-and-entry-availability": "resolved" });
  });

  test("one that is slow or fails is no evidence, however few there are", () => {
    expect(objectives([done(300_000), failed("ci")])).toEqual({ "merge-success": "resolved" });
  });

  test("a store that forgets sooner is judged by its count of today, and not over what it does not know", () => {
    const today = { day: "20261120", success: 90, failure: 10, tteMs: many(90, () => done(0)).map(() => 100_000) };
    expect(objectives([], { reachMs: 60 * MINUTE, today })).toEqual({ "tte-p95": "firing", "tte-p99": "resolved", success: "firing" });
    expect(objectives([failed("ci"), failed("ci"), failed("ci")], { reachMs: DAY })).toEqual({ success: "firing" });
  });

  test("say what was measured over how many", () => {
    const alert = look(many(3, () => done(95_000))).get("objective:tte-p95");
    expect(alert).toMatchObject({ severity: "P2", state: "firing", title: "TTE P95 is 95 s over the day; the objective is ≤ 60 s", text: "Measured over 3, of which 3 took longer than the alarm.", via: ["slack", "email"] });
  });
});

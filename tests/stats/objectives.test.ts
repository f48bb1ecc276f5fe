import { describe, expect, test } from "@jest/globals";
import { tallyOf } from "../../src/stats/metrics.ts";
import { HELD_DAYS, heldOf, type Objective, objectivesOf, type Outcome } from "../../src/stats/objectives.ts";

const DAY = 86_400_000;
const END = Date.UTC(2026, 10, 21);
const none = { success: 0, failure: 0, tteMs: [] };
const anOutcome = (parts: Partial<Outcome>): Outcome => ({ finishedAt: END - 1, outcome: "failure", phase: "blocked", errorType: null, started: true, tteMs: null, ...parts });
const outcomes = (phases: Readonly<Record<string, number>>, daysAgo = 0): Outcome[] =>
  Object.entries(phases).flatMap(([phase, count]) => Array.from({ length: count }, () => anOutcome({ phase, finishedAt: END - 1 - daysAgo * DAY })));
const byName = (objectives: readonly Objective[], name: string) => objectives.find((one) => one.name === name);
const measured = (tasks: readonly Outcome[], name: string) => byName(objectivesOf({ day: none, tasks, end: END }), name);

describe("objectives", () => {
  test("without data none is met, and none is missed", () => {
    const all = objectivesOf({ day: none, tasks: null, end: END });
    expect(all.map(({ name, window }) => [name, window])).toEqual([["TTE P95", "day"], ["TTE P99", "day"], ["success", "day"], ["CI pass", "week"], ["merge success", "day"], ["worker and entry availability", "month"]]);
    expect(all.every(({ value, state }) => value === null && state === "unknown")).toBe(true);
    expect(objectivesOf({ day: none, tasks: [], end: END })).toEqual(all);
  });

  test("times turn at their target and at their alarm", () => {
    const state = (ms: number) => objectivesOf({ day: { ...none, tteMs: [ms] }, tasks: null, end: END }).slice(0, 2).map((one) => one.state);
    expect([60_000, 60_001, 90_001, 120_001, 180_001].map(state)).toEqual([["met", "met"], ["missed", "met"], ["alarm", "met"], ["alarm", "missed"], ["alarm", "alarm"]]);
  });

  test("success turns at 99 and 98, and is never rounded up to a target", () => {
    const state = (success: number, failure: number) => byName(objectivesOf({ day: { success, failure, tteMs: [] }, tasks: null, end: END }), "success");
    expect([state(99, 1), state(98_999, 1_001), state(98, 2), state(97, 3)].map((one) => one?.state)).toEqual(["met", "missed", "missed", "alarm"]);
    expect(state(98_999, 1_001)?.value).toBe(98.99);
  });

  test("CI is judged by those that reached it, in the week, and the merge by those that could be merged, in the day", () => {
    const today = outcomes({ verified: 95, merged: 2, rolled_back: 1, blocked: 2, generating: 40, timeout: 1, handed_over: 7 });
    const tasks = [...today, ...outcomes({ ci_failed: 5 }, 6), ...outcomes({ ci_failed: 100, blocked: 100 }, 7), ...outcomes({ ci_failed: 100, blocked: 100 }, -1)];
    expect(measured(tasks, "CI pass")).toMatchObject({ value: 95.23, state: "met" });
    expect(measured(tasks, "merge success")).toMatchObject({ value: 98, state: "missed" });
  });

  test("availability is the share of the month's tasks that were started in time and whose worker did not crash, however they ended", () => {
    const served = [...outcomes({ verified: 900, ci_failed: 50, blocked: 40, generating: 6 }, 29), ...outcomes({ timeout: 4 })];
    const [crash, late] = [anOutcome({ errorType: "crash" }), anOutcome({ started: false, phase: "timeout", errorType: "timeout" })];
    expect(measured(served, "worker and entry availability")).toMatchObject({ value: 100, state: "met" });
    const many = (one: Outcome, count: number) => Array.from({ length: count }, () => one);
    const state = (bad: readonly Outcome[]) => measured([...served.slice(bad.length), ...bad], "worker and entry availability");
    expect(state([...many(crash, 3), ...many(late, 2)])).toMatchObject({ value: 99.5, state: "met" });
    expect(state([...many(crash, 3), ...many(late, 3)])).toMatchObject({ value: 99.4, state: "missed" });
    expect(state(many(late, 11))).toMatchObject({ value: 98.9, state: "alarm" });
    // Older than the month.
    expect(measured([...served, ...many({ ...crash, finishedAt: END - 30 * DAY - 1 }, 500)], "worker and entry availability")).toMatchObject({ value: 100 });
  });

  test("a day's tasks are counted as what they became, those that are neither not at all", () => {
    const day = [anOutcome({ outcome: "success", tteMs: 9 }), anOutcome({ outcome: "success", tteMs: 3 }), anOutcome({ outcome: "success" }), anOutcome({}), anOutcome({ outcome: null, tteMs: 1 })];
    expect(tallyOf("20261120", [...day, anOutcome({ finishedAt: END }), anOutcome({ finishedAt: END - DAY - 1 })])).toEqual({ day: "20261120", success: 3, failure: 1, tteMs: [3, 9] });
  });
});

describe("the whole", () => {
  const day = (state: Objective["state"]): Objective[] => [{ name: "a", window: "day", target: "", value: 1, unit: "%", state: "met", total: 1, bad: 0 }, { name: "b", window: "week", target: "", value: 1, unit: "%", state, total: 1, bad: 0 }];
  const days = (...states: readonly Objective["state"][]) => states.map(day);
  const met = (count: number) => Array.from({ length: count }, () => "met" as const);

  test("is met when nothing was missed for thirty days running, those without data among them", () => {
    expect(heldOf(days(...met(HELD_DAYS)))).toEqual({ days: 30, met: true });
    expect(heldOf(days("alarm", ...met(20), "unknown", ...met(9)))).toEqual({ days: 30, met: true });
  });

  test("is missed since the last day that missed one", () => {
    expect(heldOf(days(...met(25), "missed", ...met(4)))).toEqual({ days: 4, met: false });
    expect(heldOf(days(...met(29), "alarm"))).toEqual({ days: 0, met: false });
    expect(heldOf(days("missed", ...met(29)))).toEqual({ days: 29, met: false });
  });

  test("is not known while the record is younger", () => {
    expect(heldOf(days(...met(29)))).toEqual({ days: 29, met: null });
    expect(heldOf([])).toEqual({ days: 0, met: null });
  });
});

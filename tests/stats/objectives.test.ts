import { describe, expect, test } from "@jest/globals";
import { type Objective, objectivesOf, type Outcome } from "../../src/stats/objectives.ts";

const none = { success: 0, failure: 0, tteMs: [] };
const outcomes = (phases: Readonly<Record<string, number>>): Outcome[] => Object.entries(phases).flatMap(([phase, count]) => Array.from({ length: count }, (): Outcome => ({ status: phase === "verified" || phase === "merged" ? "done" : "error", phase })));
const byName = (objectives: readonly Objective[], name: string) => objectives.find((one) => one.name === name);

describe("objectives", () => {
  test("without data none is met, and none is missed", () => {
    const all = objectivesOf({ day: none, dayTasks: null, week: null });
    expect(all.map(({ name, window }) => [name, window])).toEqual([["TTE P95", "day"], ["TTE P99", "day"], ["success", "day"], ["CI pass", "week"], ["merge success", "day"], ["worker and entry availability", "month"]]);
    expect(all.every(({ value, state }) => value === null && state === "unknown")).toBe(true);
  });

  test("times turn at their target and at their alarm", () => {
    const state = (ms: number) => objectivesOf({ day: { ...none, tteMs: [ms] }, dayTasks: null, week: null }).slice(0, 2).map((one) => one.state);
    expect([60_000, 60_001, 90_001, 120_001, 180_001].map(state)).toEqual([["met", "met"], ["missed", "met"], ["alarm", "met"], ["alarm", "missed"], ["alarm", "alarm"]]);
  });

  test("success turns at 99 and 98, and is never rounded up to a target", () => {
    const state = (success: number, failure: number) => byName(objectivesOf({ day: { success, failure, tteMs: [] }, dayTasks: null, week: null }), "success");
    expect([state(99, 1), state(98_999, 1_001), state(98, 2), state(97, 3)].map((one) => one?.state)).toEqual(["met", "missed", "missed", "alarm"]);
    expect(state(98_999, 1_001)?.value).toBe(98.99);
  });

  test("CI is judged by those that reached it, in the week, and the merge by those that could be merged, in the day", () => {
    const week = outcomes({ verified: 90, rolled_back: 2, blocked: 3, ci_failed: 5, generating: 40, timeout: 1, handed_over: 7 });
    const dayTasks = [...outcomes({ verified: 95, merged: 2, rolled_back: 1, blocked: 2, ci_failed: 20 }), { status: "running", phase: "merged" } as const];
    const all = objectivesOf({ day: none, dayTasks, week });
    expect(byName(all, "CI pass")).toMatchObject({ value: 95, state: "met" });
    expect(byName(all, "merge success")).toMatchObject({ value: 98, state: "missed" });
  });
});

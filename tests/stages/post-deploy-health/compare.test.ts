import { describe, expect, test } from "@jest/globals";
import type { Counted } from "../../../src/probes/port.ts";
import { compareLatency, judgeTraffic, percent, shareText, smallestRate, type TrafficSeen } from "../../../src/stages/post-deploy-health/compare.ts";
import { type Comparison, LATENCY } from "../../../src/stages/post-deploy-health/plan/plan.ts";

const comparison: Comparison = {
  spec: { name: "api", url: "", headers: {}, windowSeconds: 60, target: { errors: "", requests: "" }, control: null },
  role: "critical", level: 0.0005, floor: { absolute: 0.005, relative: 1.5 }, windowMs: 60_000, timeoutMs: 1_000,
};
const counted = (errors: number, requests = 20_000) => ({ kind: "counted" as const, errors, requests });
const empty: Counted = { kind: "empty", detail: "no series" };
const unread: Counted = { kind: "unread", detail: "503" };
const told = (seen: Partial<TrafficSeen>, among = 1) => {
  const { kind, reasons, change } = judgeTraffic(comparison, { after: counted(200), before: counted(200), lastGood: null, control: null, final: true, ...seen }, among);
  return [kind, ...reasons.map(({ code }) => code), change === null ? "-" : change.against].join(" ");
};

describe("error counts", () => {
  test.each<[string, Partial<TrafficSeen>, string]>([
    ["the same as before", {}, "pass before"],
    ["twice as many", { after: counted(400) }, "worse more-errors before"],
    ["beyond chance, but below the relative floor", { after: counted(280) }, "pass before"],
    ["beyond chance, but below the absolute floor", { before: counted(20), after: counted(110) }, "pass before"],
    ["beyond the floors, but not beyond chance", { before: counted(1, 100), after: counted(3, 100) }, "pass before"],
    ["from nothing", { before: counted(0), after: counted(150) }, "worse more-errors before"],
    ["fewer", { after: counted(10) }, "pass before"],
    ["without a before, as with a first deployment", { before: null }, "pass no-baseline -"],
    ["with a before that knew no request", { before: empty }, "pass no-baseline -"],
    ["of which there were none", { after: empty }, "inconclusive no-data -"],
    ["that could not be counted", { after: unread }, "inconclusive no-data -"],
    ["whose before could not be counted", { before: unread }, "inconclusive no-data -"],
    ["whose window is not over", { after: null }, "wait traffic-pending -"],
    ["that could not be counted yet", { after: unread, final: false }, "wait traffic-pending -"],
    ["of which there were none yet", { after: empty, final: false }, "wait traffic-pending -"],
  ])("%s", (_, seen, expected) => expect(told(seen)).toBe(expected));

  test("worse than the last good deployment, but not than right before, is not this deployment's", () => {
    const lastGood = { errors: 200, requests: 20_000 };
    expect(told({ before: counted(400), after: counted(400), lastGood })).toBe("inconclusive sick-before last-good");
    expect(told({ before: null, after: counted(400), lastGood })).toBe("inconclusive no-before last-good");
    expect(told({ before: null, after: counted(210), lastGood })).toBe("pass last-good");
    expect(told({ before: counted(200), after: counted(400), lastGood: { errors: 900, requests: 20_000 } })).toBe("worse more-errors before");
  });

  test("a control that is hurt, not counted or too small leaves it open", () => {
    const hurt = (control: TrafficSeen["control"]) => told({ after: counted(400), control });
    expect(hurt({ before: counted(200), after: counted(205) })).toBe("worse more-errors before");
    expect(hurt({ before: counted(200), after: counted(400) })).toBe("inconclusive outside-outage before");
    // Another service has another rate by nature.
    expect(hurt({ before: counted(10), after: counted(60) })).toBe("inconclusive outside-outage before");
    expect(hurt({ before: counted(1_000), after: counted(1_010) })).toBe("worse more-errors before");
    expect(hurt({ before: empty, after: counted(200) })).toBe("inconclusive control-unmeasured before");
    expect(hurt({ before: null, after: empty })).toBe("inconclusive control-unmeasured before");
    expect(hurt({ before: counted(2, 200), after: counted(2, 200) })).toBe("inconclusive control-too-small before");
    // What is not worse needs no control.
    expect(told({ control: { before: empty, after: empty } })).toBe("pass before");
  });

  test.each<[string, TrafficSeen["control"], string]>([
    ["as it was", { before: counted(200), after: counted(205) }, "well"],
    ["hurt", { before: counted(200), after: counted(400) }, "doubtful"],
    ["not counted", { before: counted(200), after: unread }, "doubtful"],
    ["without a before", { before: null, after: counted(200) }, "doubtful"],
    ["too small to show an outage that it shares by half", { before: counted(0, 8), after: counted(0, 8) }, "doubtful"],
    ["small, and big enough for that", { before: counted(0, 50), after: counted(0, 50) }, "well"],
    ["not asked yet", null, "doubtful"],
  ])("a control that is %s", (_, control, expected) => {
    const withControl = { ...comparison, spec: { ...comparison.spec, control: { errors: "", requests: "" } } };
    expect(judgeTraffic(withControl, { after: empty, before: counted(200), lastGood: null, control, final: true }, 1)).toMatchObject({ kind: "inconclusive", control: expected });
  });

  test("several that decide together share the level", () => {
    // 17 against 2 of 1,000 each: by chance once in 2,900 times.
    const seen = { before: counted(2, 1_000), after: counted(17, 1_000) };
    expect(told(seen)).toBe("worse more-errors before");
    expect(told(seen, 2)).toBe("pass before");
  });

  test("the smallest rate that would have been seen is what the same test sees, floors included", () => {
    const smallest = (before: number, requests: number) => smallestRate(comparison, { before: counted(before, requests), after: counted(before, requests) }, 1);
    expect(smallest(200, 20_000)).toBeCloseTo(0.0173, 3);
    expect(smallest(10, 1_000)).toBeCloseTo(0.0453, 3);
    expect(smallest(0, 50)).toBeCloseTo(0.316, 2);
    expect(smallest(0, 3)).toBeNull();
  });
});

test("shares are short", () => {
  expect([0, 1e-6, 0.0001, 0.01234, 0.5, 1].map(shareText)).toEqual(["0%", "<0.01%", "0.01%", "1.23%", "50%", "100%"]);
  expect(percent({ errors: 0, requests: 0 })).toBe("0%");
});

describe("latencies", () => {
  const ten = (from: number) => Array.from({ length: 10 }, (_, index) => from + index);
  const of = (after: readonly number[], before: readonly number[]) => compareLatency({ probe: "web", role: "critical" }, after, { against: "before", values: before }, LATENCY);
  test.each<[string, readonly number[], readonly number[], boolean]>([
    ["twice as slow", ten(200), ten(100), true],
    ["as quick", ten(100), ten(100), false],
    ["slower by a hair, whatever the test says", ten(112), ten(100), false],
    ["twice as slow, but by milliseconds that nobody feels", ten(30), ten(11), false],
    ["slower by much, but below the factor", ten(1_300), ten(1_000), false],
    ["too few to tell", [300, 310, 320], [100, 110, 120], false],
  ])("%s", (_, after, before, worse) => expect(of(after, before)).toMatchObject({ worse }));

  test("the smallest effect that would have been seen is told", () => {
    expect(of(ten(100), ten(100))?.smallest).toBeNull();
    expect(of([...ten(100), ...ten(110), ...ten(120)], [...ten(100), ...ten(110), ...ten(120)])).toMatchObject({ count: { after: 30, before: 30 }, smallest: expect.closeTo(0.853, 2), effect: 0.5 });
    expect(of([1], [])).toBeNull();
  });
});

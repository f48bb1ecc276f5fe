import { describe, expect, test } from "@jest/globals";
import type { Measurement } from "../../../src/probes/port.ts";
import { comparisonTable, courseOf, probeTable } from "../../../src/stages/post-deploy-health/chart.ts";
import type { LatencyChange, TrafficJudged } from "../../../src/stages/post-deploy-health/compare.ts";
import type { Series } from "../../../src/stages/post-deploy-health/judge.ts";
import { type Comparison, LATENCY, planOfInputs } from "../../../src/stages/post-deploy-health/plan/plan.ts";
import type { Compared } from "../../../src/stages/post-deploy-health/probe.ts";
import { policyOf } from "./fakes.ts";

const rule = planOfInputs(policyOf({ "health-urls": "https://a.example/" })).versionRule;
const success = (latencyMs: number): Measurement => ({ probe: "web", outcome: "success", latencyMs, detail: "200", at: 0 });
const other = (outcome: Measurement["outcome"], detail = outcome as string): Measurement => ({ probe: "web", outcome, latencyMs: 999, detail, at: 0 });
const series = (measurements: readonly Measurement[], more: Partial<Series> = {}): Series => ({ probe: "web", role: "critical", rule, isRequest: true, measurements, before: [], ...more });

describe("the course of a probe", () => {
  test("is a bar for each success, scaled to the slowest, and a mark for what was none", () => {
    expect(courseOf([10, 20, 30, 40, 50, 60, 70, 80].map(success))).toBe("▂▃▄▅▆▇██");
    expect(courseOf([success(1), other("failure"), other("error"), other("inconclusive"), success(1_000)])).toBe("▁✗??█");
    expect(courseOf([success(0), success(0)])).toBe("▁▁");
    expect(courseOf([])).toBe("");
  });

  test("shows the newest forty", () => {
    const course = courseOf([other("failure"), ...Array.from({ length: 40 }, () => success(5))]);
    expect(course).toBe("█".repeat(40));
  });
});

describe("the table of probes", () => {
  test("has counts, the median and the slowest of the successes, and what was seen last when there was none", () => {
    const table = probeTable([series([success(4), success(8.04), success(120), other("failure", "503 `down`"), other("error", "refused"), success(10)]), series([other("error", "no\u0007 route")], { probe: "a|b", role: "advisory" })]);
    expect(table.split("\n")).toEqual([
      "| Probe | successes | failures | errors | p50 | max | course |", "| --- | --: | --: | --: | --: | --: | --- |",
      "| web | 4 | 1 | 1 | 8.0 ms | 120 ms | `▁▁█✗?▁` |", "| a\\|b (advisory) | 0 | 0 | 1 | - | - | `?` |", "",
      "Last seen when it did not succeed:", "", "- web: `refused`", "- a\\|b: `no  route`",
    ]);
  });

  test("is none where nothing was measured, and names nothing bad where all went well", () => {
    expect([probeTable([]), probeTable([series([])])]).toEqual(["", ""]);
    expect(probeTable([series([success(3)])])).not.toContain("Last seen");
  });
});

describe("the table of comparisons", () => {
  const comparison: Comparison = { spec: { name: "api", url: "", headers: {}, windowSeconds: 60, target: { errors: "", requests: "" }, control: null }, role: "critical", level: 0.0005, floor: { absolute: 0.005, relative: 1.5 }, windowMs: 60_000, timeoutMs: 1_000 };
  const counts = (errors: number, requests = 20_000) => ({ errors, requests });
  const judged = (more: Partial<TrafficJudged> = {}): TrafficJudged => ({ kind: "worse", control: "none", reasons: [], change: { before: counts(200), after: counts(400), p: 1e-9, worse: true, against: "before" }, ...more });
  const compared = (more: Partial<Compared> = {}): Compared => ({ comparison, judged: judged(), after: counts(400), among: 1, ...more });
  const slower: LatencyChange = { probe: "web", role: "critical", against: "last-good", count: { after: 9, before: 30 }, median: { after: 300, before: 4.2 }, p: 0.001, effect: 0.97, worse: true, smallest: LATENCY.effect };

  test("says what was compared with what, how likely chance is, and the smallest change it would have seen", () => {
    expect(comparisonTable([compared()], [slower, { ...slower, role: "advisory", worse: false, smallest: null }]).split("\n").slice(2)).toEqual([
      "| api | right before | 1% of 20000 | 2% of 20000 | less than once in a million times | to 1.73% | **worse** |",
      `| web, latency | the last good deployment | 4.2 ms (30) | 300 ms (9) | once in 1,000 times, effect 0.97 | an effect of ${LATENCY.effect.toFixed(2)} | **slower** |`,
      "| web, latency (advisory) | the last good deployment | 4.2 ms (30) | 300 ms (9) | once in 1,000 times, effect 0.97 | none: too few measurements | as good |",
    ]);
  });

  test("says so where there was nothing to compare with, or nothing counted", () => {
    const rows = comparisonTable([compared({ judged: judged({ kind: "pass", change: null }) }), compared({ judged: judged({ kind: "inconclusive", change: null }), after: null, comparison: { ...comparison, role: "advisory" } })], []).split("\n").slice(2);
    expect(rows).toEqual(["| api | nothing | - | 2% of 20000 | - | - | as good |", "| api (advisory) | nothing | - | not counted | - | - | cannot be told |"]);
    expect(comparisonTable([], [])).toBe("");
  });
});

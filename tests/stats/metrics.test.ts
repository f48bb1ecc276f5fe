import { describe, expect, test } from "@jest/globals";
import { daysUntil, metricsOf } from "../../src/stats/metrics.ts";

describe("what a day came to", () => {
  test("a day without data is null, and neither met nor missed", () => {
    expect(metricsOf([{ day: "20261120", success: 0, failure: 0, tteMs: [] }])).toEqual({
      date: "20261120", total_tasks: 0, success_count: 0, failure_count: 0, success_rate_percent: null, tte_ms: { p50: null, p95: null, p99: null }, slo_met: { tte_under_60s: null, success_rate_above_99: null },
    });
  });

  test("a success without a time is a success all the same", () => {
    expect(metricsOf([{ day: "20261120", success: 1, failure: 0, tteMs: [] }])).toMatchObject({ success_rate_percent: 100, slo_met: { tte_under_60s: null, success_rate_above_99: true } });
  });

  test("objectives turn exactly at their limits, and a rate is never rounded up to its target", () => {
    const day = (success: number, failure: number, tteMs: number[]) => metricsOf([{ day: "20261120", success, failure, tteMs }]);
    expect(day(99, 1, [60_000])).toMatchObject({ success_rate_percent: 99, slo_met: { tte_under_60s: true, success_rate_above_99: true } });
    expect(day(98_999, 1_001, [60_001])).toMatchObject({ success_rate_percent: 98.99, slo_met: { tte_under_60s: false, success_rate_above_99: false } });
  });

  test("several days are judged over all their tasks, not over their days", () => {
    const days = [{ day: "20261119", success: 1, failure: 1, tteMs: [90_000] }, { day: "20261120", success: 98, failure: 0, tteMs: Array.from({ length: 98 }, (_, index) => index) }];
    expect(metricsOf(days)).toEqual({
      date: "20261119-20261120", total_tasks: 100, success_count: 99, failure_count: 1, success_rate_percent: 99, tte_ms: { p50: 49, p95: 94, p99: 90_000 },
      slo_met: { tte_under_60s: true, success_rate_above_99: true },
    });
  });

  test("days are those of UTC, oldest first, over the end of a month", () => {
    expect(daysUntil(Date.UTC(2026, 2, 1, 0, 0, 1), 3)).toEqual(["20260227", "20260228", "20260301"]);
  });
});

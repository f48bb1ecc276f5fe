import type { Outcome } from "./objectives.ts";
import { quantile } from "./quantile.ts";

/** Finished tasks of one UTC day. */
export interface DayTally {
  /** `yyyymmdd` */
  readonly day: string;
  readonly success: number;
  readonly failure: number;
  /** Times from request to merge, in milliseconds. */
  readonly tteMs: readonly number[];
}

/** What one day, or several together, came to (CONTRACTS, Metrics): no data is null, and an objective without data is neither met nor missed. */
export interface Metrics {
  /** `yyyymmdd`, or `yyyymmdd-yyyymmdd` for several days. */
  readonly date: string;
  readonly total_tasks: number;
  readonly success_count: number;
  readonly failure_count: number;
  /** Rounded down to two decimals, so that 99% is never shown for less. */
  readonly success_rate_percent: number | null;
  readonly tte_ms: { readonly p50: number | null; readonly p95: number | null; readonly p99: number | null };
  readonly slo_met: { readonly tte_under_60s: boolean | null; readonly success_rate_above_99: boolean | null };
}

const TTE_P95_MS = 60_000;
const SUCCESS_PERCENT = 99;

/** @param tallies at least one, in order of time. */
export function metricsOf(tallies: readonly DayTally[]): Metrics {
  const tte = tallies.flatMap(({ tteMs }) => tteMs).sort((a, b) => a - b);
  const success = tallies.reduce((sum, day) => sum + day.success, 0);
  const failures = tallies.reduce((sum, day) => sum + day.failure, 0);
  const total = success + failures;
  const p95 = quantile(tte, 0.95);
  const [first, last] = [tallies[0]?.day ?? "", tallies.at(-1)?.day ?? ""];
  return {
    date: first === last ? first : `${first}-${last}`,
    total_tasks: total,
    success_count: success,
    failure_count: failures,
    success_rate_percent: total === 0 ? null : Math.floor((success * 10_000) / total) / 100,
    tte_ms: { p50: quantile(tte, 0.5), p95, p99: quantile(tte, 0.99) },
    slo_met: { tte_under_60s: p95 === null ? null : p95 <= TTE_P95_MS, success_rate_above_99: total === 0 ? null : success * 100 >= SUCCESS_PERCENT * total },
  };
}

/** What ended on one UTC day (`yyyymmdd`). */
export function tallyOf(day: string, tasks: readonly Outcome[]): DayTally {
  const own = tasks.filter(({ finishedAt }) => dayOf(finishedAt) === day);
  const done = own.filter(({ outcome }) => outcome === "success");
  return { day, success: done.length, failure: own.filter(({ outcome }) => outcome === "failure").length, tteMs: done.flatMap(({ tteMs }) => tteMs ?? []).sort((a, b) => a - b) };
}

/** The UTC day of a time in epoch milliseconds, as `yyyymmdd`. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10).replaceAll("-", "");
}

/** UTC days as `yyyymmdd`, oldest first. @param last epoch milliseconds within the last of them. */
export function daysUntil(last: number, count: number): string[] {
  const DAY_MS = 86_400_000;
  return Array.from({ length: count }, (_, index) => dayOf(last - (count - 1 - index) * DAY_MS));
}

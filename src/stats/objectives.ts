import { quantile } from "./quantile.ts";

/** What one task came to, as far as objectives ask. */
export interface Outcome {
  readonly status: "queued" | "running" | "done" | "error";
  readonly phase: string;
}

/** An objective (CONTRACTS, Metrics) with what was measured; null and `unknown` when there is no data. */
export interface Objective {
  readonly name: string;
  readonly window: "day" | "week" | "month";
  readonly target: string;
  readonly value: number | null;
  readonly unit: "ms" | "%";
  /** `missed` is between the target and the alarm. */
  readonly state: "met" | "missed" | "alarm" | "unknown";
}

/** Finished tasks of the day. */
interface Day {
  readonly success: number;
  readonly failure: number;
  readonly tteMs: readonly number[];
}

const PASSED_CI = new Set(["merged", "deployed", "verified", "rolled_back", "blocked"]);
const MERGED = new Set(["merged", "deployed", "verified", "rolled_back"]);

/**
 * The objectives of CONTRACTS that tasks can answer.
 * @param week, tasks updated in the last 7 days; null when the store does not keep them for so long. `day` are those of the last one.
 * A task counts by how far it came in the end: one whose red check a rerun mended has passed.
 */
export function objectivesOf({ day, dayTasks, week }: { readonly day: Day; readonly dayTasks: readonly Outcome[] | null; readonly week: readonly Outcome[] | null }): readonly Objective[] {
  const tte = [...day.tteMs].sort((a, b) => a - b);
  const ended = (tasks: readonly Outcome[] | null) => (tasks ?? []).filter(({ status }) => status === "done" || status === "error");
  const reachedCi = (tasks: readonly Outcome[] | null) => ended(tasks).filter(({ phase }) => PASSED_CI.has(phase) || phase === "ci_failed");
  const judged = ended(dayTasks).filter(({ phase }) => MERGED.has(phase) || phase === "blocked");
  return [
    atMost("TTE P95", quantile(tte, 0.95), 60_000, 90_000),
    atMost("TTE P99", quantile(tte, 0.99), 120_000, 180_000),
    atLeast("success", "day", percent(day.success, day.success + day.failure), 99, 98),
    atLeast("CI pass", "week", percent(reachedCi(week).filter(({ phase }) => PASSED_CI.has(phase)).length, reachedCi(week).length), 95, 90),
    atLeast("merge success", "day", percent(judged.filter(({ phase }) => MERGED.has(phase)).length, judged.length), 99, 95),
    // Heartbeats are kept while they are fresh: nobody counts the minutes without one yet.
    atLeast("worker and entry availability", "month", null, 99.5, 99),
  ];
}

/** Rounded down to two decimals, so that 99% is never shown for less. */
function percent(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.floor((part * 10_000) / whole) / 100;
}

function atMost(name: string, value: number | null, target: number, alarm: number): Objective {
  const state = value === null ? "unknown" : value <= target ? "met" : value <= alarm ? "missed" : "alarm";
  return { name, window: "day", target: `≤ ${target / 1_000} s`, value, unit: "ms", state };
}

function atLeast(name: string, window: Objective["window"], value: number | null, target: number, alarm: number): Objective {
  const state = value === null ? "unknown" : value >= target ? "met" : value >= alarm ? "missed" : "alarm";
  return { name, window, target: `≥ ${target}%`, value, unit: "%", state };
}

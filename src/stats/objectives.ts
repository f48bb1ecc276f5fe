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
  /** How many it was measured over, and how many of them are beyond the alarm, or failed. */
  readonly total: number;
  readonly bad: number;
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
  const [merged, passed] = [judged.filter(({ phase }) => MERGED.has(phase)), reachedCi(week).filter(({ phase }) => PASSED_CI.has(phase))];
  return [
    atMost("TTE P95", tte, 0.95, { target: 60_000, alarm: 90_000 }),
    atMost("TTE P99", tte, 0.99, { target: 120_000, alarm: 180_000 }),
    atLeast("success", "day", [day.success, day.success + day.failure], { target: 99, alarm: 98 }),
    atLeast("CI pass", "week", [passed.length, reachedCi(week).length], { target: 95, alarm: 90 }),
    atLeast("merge success", "day", [merged.length, judged.length], { target: 99, alarm: 95 }),
    // Heartbeats are kept while they are fresh: nobody counts the minutes without one yet.
    atLeast("worker and entry availability", "month", [0, 0], { target: 99.5, alarm: 99 }),
  ];
}

/** Rounded down to two decimals, so that 99% is never shown for less. */
function percent(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.floor((part * 10_000) / whole) / 100;
}

interface Bounds {
  readonly target: number;
  readonly alarm: number;
}

function atMost(name: string, ascending: readonly number[], q: number, { target, alarm }: Bounds): Objective {
  const value = quantile(ascending, q);
  const state = value === null ? "unknown" : value <= target ? "met" : value <= alarm ? "missed" : "alarm";
  return { name, window: "day", target: `≤ ${target / 1_000} s`, value, unit: "ms", state, total: ascending.length, bad: ascending.filter((one) => one > alarm).length };
}

function atLeast(name: string, window: Objective["window"], [part, whole]: readonly [part: number, whole: number], { target, alarm }: Bounds): Objective {
  const value = percent(part, whole);
  const state = value === null ? "unknown" : value >= target ? "met" : value >= alarm ? "missed" : "alarm";
  return { name, window, target: `≥ ${target}%`, value, unit: "%", state, total: whole, bad: whole - part };
}

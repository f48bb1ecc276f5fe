import { quantile } from "./quantile.ts";

/** How one task ended, as far as objectives ask. */
export interface Outcome {
  /** Epoch milliseconds. */
  readonly finishedAt: number;
  /** null: it ended, and is not known to be either. */
  readonly outcome: "success" | "failure" | null;
  readonly phase: string;
  readonly errorType: string | null;
  /** Whether a worker ever took it up. */
  readonly started: boolean;
  readonly tteMs: number | null;
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

/** What ended on the day. */
interface Figures {
  readonly success: number;
  readonly failure: number;
  readonly tteMs: readonly number[];
}

const DAY_MS = 86_400_000;
const PASSED_CI = new Set(["merged", "deployed", "verified", "rolled_back", "blocked"]);
const MERGED = new Set(["merged", "deployed", "verified", "rolled_back"]);

/** Days, the last one included, that an objective looks back. */
const WINDOWS: Readonly<Record<Objective["window"], number>> = { day: 1, week: 7, month: 30 };
/** The longest of them. */
export const LONGEST_WINDOW_DAYS = WINDOWS.month;
/** For how many days running all objectives have to hold (CONTRACTS: "The whole is met when it held 30 days running"). */
export const HELD_DAYS = 30;

/**
 * The objectives of CONTRACTS on one day. A task counts by how far it came in the end: one whose red check a rerun mended has passed.
 * @param tasks that ended in the month up to `end`, others are left out; null where the store does not keep them for so long.
 * @param end of the day, epoch milliseconds.
 */
export function objectivesOf({ day, tasks, end }: { readonly day: Figures; readonly tasks: readonly Outcome[] | null; readonly end: number }): readonly Objective[] {
  const tte = [...day.tteMs].sort((a, b) => a - b);
  const within = (window: Objective["window"]) => (tasks ?? []).filter(({ finishedAt }) => finishedAt < end && finishedAt >= end - WINDOWS[window] * DAY_MS);
  const reachedCi = within("week").filter(({ phase }) => PASSED_CI.has(phase) || phase === "ci_failed");
  const judged = within("day").filter(({ phase }) => MERGED.has(phase) || phase === "blocked");
  const asked = within("month");
  const [passed, merged] = [reachedCi.filter(({ phase }) => PASSED_CI.has(phase)), judged.filter(({ phase }) => MERGED.has(phase))];
  return [
    atMost("TTE P95", tte, 0.95, { target: 60_000, alarm: 90_000 }),
    atMost("TTE P99", tte, 0.99, { target: 120_000, alarm: 180_000 }),
    atLeast("success", "day", [day.success, day.success + day.failure], { target: 99, alarm: 98 }),
    atLeast("CI pass", "week", [passed.length, reachedCi.length], { target: 95, alarm: 90 }),
    atLeast("merge success", "day", [merged.length, judged.length], { target: 99, alarm: 95 }),
    atLeast("worker and entry availability", "month", [asked.filter(isServed).length, asked.length], { target: 99.5, alarm: 99 }),
  ];
}

/**
 * Worker and entry availability are measured by requests, as the share of good ones among all (https://sre.google/workbook/implementing-slos/):
 * the entry was there for a task that a worker took up within its 600 s, and the worker was there for one whose end it lived to tell,
 * whatever that was. So only a task that was never started and one that ended as a crash count against them. Time without a
 * request is neither: runners come when they are called, and nobody sees whether one would have.
 */
function isServed({ started, errorType }: Outcome): boolean {
  return started && errorType !== "crash";
}

/** How long all objectives held. */
export interface Held {
  /** Days up to the last one on which none was missed, at most 30; a day without data misses none. */
  readonly days: number;
  /** Whether that is all 30; null when none was missed, but the record does not reach back so far. */
  readonly met: boolean | null;
}

/**
 * @param days the objectives of each day, the oldest first; from the first day that has data.
 */
export function heldOf(days: readonly (readonly Objective[])[]): Held {
  const wanted = days.slice(-HELD_DAYS);
  const holds = (objectives: readonly Objective[]) => objectives.every(({ state }) => state === "met" || state === "unknown");
  const missed = wanted.findLastIndex((objectives) => !holds(objectives));
  const held = wanted.length - 1 - missed;
  return { days: held, met: held >= HELD_DAYS ? true : missed < 0 ? null : false };
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

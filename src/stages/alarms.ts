import type { Alert } from "../kit/alert.ts";
import type { Finished, Lately } from "../ledger/port.ts";
import { type Objective, objectivesOf } from "../stats/objectives.ts";

type Task = Lately["tasks"][number];

const MINUTE_MS = 60_000;
/** CONTRACTS, Metrics: more than 5 tasks over 90 s in 10 minutes; failures above 5% in an hour. */
const SLOW_MS = 90_000;
const MOST_SLOW = 5;
const SLOW_WINDOW_MS = 10 * MINUTE_MS;
const MOST_FAILED = 0.05;
/** An alert ends well inside of its bound, so that a loop at the bound does not tell people to and fro: the slow ones over twice the time. */
const CALM_WINDOW_MS = 2 * SLOW_WINDOW_MS;
const CALM_FAILED = 0.04;
const FAILED_WINDOW_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
const WINDOW_MS: Readonly<Record<Objective["window"], number>> = { day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS };
/** Ids that an alert lists. */
const MOST_IDS = 10;

/**
 * Whether so many bad ones say something of the rest: one is an accident, whatever share of few it is. With the 1% that the objectives allow
 * three of anything below twenty, or two of twenty, come together by chance once in some dozens of busy hours.
 */
function isEvidence(total: number, bad: number): boolean {
  return bad >= 3 || (bad === 2 && total >= 20);
}

export interface Seen extends Pick<Lately, "tasks" | "today"> {
  /** What ended, as objectives look at it. */
  readonly ended: readonly Finished[];
  /** How far back that goes, in milliseconds. */
  readonly reachMs: number;
}

/**
 * What the tasks of late say of the loop: the fast alerts, looked at when a loop ends, and the objectives. Each fires, or is over; of one that
 * is neither clearly nothing is said, and it stays what it was.
 * @param seen of one repository.
 */
export function loopAlerts(seen: Seen, now: number): readonly Alert[] {
  return [slowness(seen.tasks, now), failures(seen.tasks, now), ...measured(seen, now).map(ofObjective)].filter((one) => one !== null);
}

/** What was measured over windows as long as the store remembers; where it forgets sooner, by its count of today. */
function measured({ ended, reachMs, today }: Seen, now: number): readonly Objective[] {
  const daily = ended.filter(({ finishedAt }) => isWithin(finishedAt, now, DAY_MS));
  const ofDay = {
    success: daily.filter(({ outcome }) => outcome === "success").length, failure: daily.filter(({ outcome }) => outcome === "failure").length,
    tteMs: daily.flatMap(({ outcome, tteMs }) => (outcome === "success" && tteMs !== null ? [tteMs] : [])),
  };
  const objectives = objectivesOf({ day: today ?? ofDay, tasks: reachMs < DAY_MS ? null : ended, end: now + 1 });
  return objectives.filter(({ window }) => window === "day" || WINDOW_MS[window] <= reachMs);
}

function slowness(tasks: readonly Task[], now: number): Alert | null {
  const within = (windowMs: number) => tasks.filter(({ createdAt, mergedAt }) => mergedAt !== null && isWithin(mergedAt, now, windowMs) && mergedAt - createdAt > SLOW_MS);
  const slow = within(SLOW_WINDOW_MS).map(({ taskId, createdAt, mergedAt }) => ({ taskId, ms: (mergedAt ?? 0) - createdAt })).sort((a, b) => b.ms - a.ms);
  const via: Alert["via"] = ["slack", "email"];
  if (slow.length > MOST_SLOW) {
    const title = `${slow.length} questions took over 90 s from request to merge within 10 minutes`;
    return alert("loop:slow", "firing", { title, text: `The slowest took ${Math.round((slow[0]?.ms ?? 0) / 1_000)} s.`, ids: slow.map(({ taskId }) => taskId), via });
  }
  const calm = within(CALM_WINDOW_MS).length;
  return calm > MOST_SLOW ? null : alert("loop:slow", "resolved", { title: "Questions are merged in time again", text: `${calm} in the last 20 minutes took over 90 s.`, via });
}

function failures(tasks: readonly Task[], now: number): Alert | null {
  const ended = tasks.filter(({ status, finishedAt }) => (status === "done" || status === "error") && finishedAt !== null && isWithin(finishedAt, now, FAILED_WINDOW_MS));
  const failed = ended.filter(({ status }) => status === "error");
  const via: Alert["via"] = ["slack", "issue"];
  const few = `${failed.length} of ${ended.length}`;
  if (failed.length > MOST_FAILED * ended.length && isEvidence(ended.length, failed.length)) {
    const why = [...Map.groupBy(failed, ({ errorType }) => errorType ?? "unknown")].map(([kind, ones]) => `${ones.length} ${kind}`).join(", ");
    return alert("loop:failures", "firing", { title: `${few} questions failed within an hour`, text: `By kind: ${why}.`, ids: failed.map(({ taskId }) => taskId), via });
  }
  return failed.length > CALM_FAILED * ended.length ? null : alert("loop:failures", "resolved", { title: "Questions succeed again", text: `${few} failed within the last hour.`, via });
}

/** One beyond its alarm fires, one that is met is over; between the two, and without data, nothing is said. */
function ofObjective({ name, window, target, value, unit, state, total, bad }: Objective): Alert | null {
  const isFiring = state === "alarm" && isEvidence(total, bad);
  if (!isFiring && state !== "met") return null;
  const measured = `${name} is ${unit === "ms" ? `${Math.round((value ?? 0) / 1_000)} s` : `${value}%`} over the ${window}`;
  return alert(`objective:${name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`, isFiring ? "firing" : "resolved", {
    title: `${measured}; the objective is ${target}${isFiring ? "" : ", and met again"}`,
    text: `Measured over ${total}, of which ${bad} ${unit === "ms" ? "took longer than the alarm" : "failed"}.`,
    via: ["slack", "email"],
    severity: "P2",
  });
}

interface Parts extends Pick<Alert, "title" | "text" | "via"> {
  readonly ids?: readonly string[];
  readonly severity?: Alert["severity"];
}

function alert(key: string, state: Alert["state"], { ids = [], severity = "P1", ...texts }: Parts): Alert {
  const more = ids.length > MOST_IDS ? [`and ${ids.length - MOST_IDS} more`] : [];
  const fields = ids.length === 0 ? [] : [{ name: "tasks", value: [...ids.slice(0, MOST_IDS), ...more].join("\n") }];
  return { key, state, severity, ...texts, fields, links: [], traceId: "" };
}

function isWithin(at: number, now: number, windowMs: number): boolean {
  return at > now - windowMs;
}

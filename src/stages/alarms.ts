import type { Alert, ChannelKind } from "../kit/alert.ts";
import type { Lately } from "../ledger/port.ts";
import { type Objective, objectivesOf } from "../stats/objectives.ts";

type Task = Lately["tasks"][number];

const MINUTE_MS = 60_000;
/** CONTRACTS, Metrics: more than 5 tasks over 90 s in 10 minutes; failures above 5% in an hour. */
const SLOW_MS = 90_000;
const MOST_SLOW = 5;
const SLOW_WINDOW_MS = 10 * MINUTE_MS;
const MOST_FAILED = 0.05;
const FAILED_WINDOW_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Ids that an alert lists. */
const MOST_IDS = 10;

/**
 * Whether so many bad ones say something of the rest: one is an accident, whatever share of few it is. With the 1% that the objectives allow
 * three of anything below twenty, or two of twenty, come together by chance once in some dozens of busy hours.
 */
function isEvidence(total: number, bad: number): boolean {
  return bad >= 3 || (bad === 2 && total >= 20);
}

/**
 * What the tasks of late say of the loop, each alert firing or over: the fast ones, looked at when a loop ends, and the objectives.
 * @param lately of one repository.
 */
export function loopAlerts(lately: Lately, now: number): readonly Alert[] {
  return [slowness(lately.tasks, now), failures(lately.tasks, now), ...objectiveAlerts(measured(lately, now))];
}

/** Over a day and a week that end now, as far as the store remembers; where it forgets sooner, over its count of today. */
function measured({ tasks, reachMs, today }: Lately, now: number): readonly Objective[] {
  const within = (days: number) => (reachMs < days * DAY_MS ? null : tasks.filter(({ finishedAt }) => finishedAt !== null && isWithin(finishedAt, now, days * DAY_MS)));
  const dayTasks = within(1);
  const done = (dayTasks ?? []).filter(({ status }) => status === "done");
  const failure = (dayTasks ?? []).filter(({ status }) => status === "error").length;
  const tteMs = done.flatMap(({ createdAt, mergedAt }) => (mergedAt === null ? [] : [Math.max(0, mergedAt - createdAt)]));
  return objectivesOf({ day: today ?? { success: done.length, failure, tteMs }, dayTasks, week: within(7) });
}

function slowness(tasks: readonly Task[], now: number): Alert {
  const slow = tasks.flatMap(({ taskId, createdAt, mergedAt }) => (mergedAt !== null && isWithin(mergedAt, now, SLOW_WINDOW_MS) && mergedAt - createdAt > SLOW_MS ? [{ taskId, ms: mergedAt - createdAt }] : []));
  const worst = Math.max(0, ...slow.map(({ ms }) => ms));
  const isFiring = slow.length > MOST_SLOW;
  return alert("loop:slow", isFiring, {
    title: isFiring ? `${slow.length} questions took over 90 s from request to merge within 10 minutes` : "Questions are merged in time again",
    text: isFiring ? `The slowest took ${Math.round(worst / 1_000)} s.` : `${slow.length} in the last 10 minutes took over 90 s.`,
    ids: slow.sort((a, b) => b.ms - a.ms).map(({ taskId }) => taskId),
    via: ["slack", "email"],
  });
}

function failures(tasks: readonly Task[], now: number): Alert {
  const ended = tasks.filter(({ status, finishedAt }) => (status === "done" || status === "error") && finishedAt !== null && isWithin(finishedAt, now, FAILED_WINDOW_MS));
  const failed = ended.filter(({ status }) => status === "error");
  const isFiring = failed.length > MOST_FAILED * ended.length && isEvidence(ended.length, failed.length);
  const kinds = Map.groupBy(failed, ({ errorType }) => errorType ?? "unknown");
  const why = [...kinds].map(([kind, ones]) => `${ones.length} ${kind}`).join(", ");
  return alert("loop:failures", isFiring, {
    title: isFiring ? `${failed.length} of ${ended.length} questions failed within an hour` : "Questions succeed again",
    text: isFiring ? `By kind: ${why}.` : `${failed.length} of ${ended.length} failed within the last hour.`,
    ids: failed.map(({ taskId }) => taskId),
    via: ["slack", "issue"],
  });
}

/** An objective beyond its alarm fires; one that is known to be within it is over; of one without data nothing is said. */
export function objectiveAlerts(objectives: readonly Objective[]): readonly Alert[] {
  return objectives.filter(({ state }) => state !== "unknown").map(({ name, window, target, value, unit, state, total, bad }) => {
    const measured = unit === "ms" ? `${Math.round((value ?? 0) / 1_000)} s` : `${value}%`;
    const isFiring = state === "alarm" && isEvidence(total, bad);
    return alert(`objective:${name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`, isFiring, {
      title: isFiring ? `${name} is ${measured} over the ${window}; the objective is ${target}` : `${name} is within its alarm again: ${measured} over the ${window}`,
      text: `Measured over ${total}, of which ${bad} ${unit === "ms" ? "took longer than the alarm" : "failed"}.`,
      ids: [],
      via: ["slack", "email"],
      severity: "P2",
    });
  });
}

interface Parts extends Pick<Alert, "title" | "text"> {
  readonly ids: readonly string[];
  readonly via: readonly ChannelKind[];
  readonly severity?: Alert["severity"];
}

function alert(key: string, isFiring: boolean, { title, text, ids, via, severity = "P1" }: Parts): Alert {
  const more = ids.length > MOST_IDS ? [`and ${ids.length - MOST_IDS} more`] : [];
  const fields = ids.length === 0 || !isFiring ? [] : [{ name: "tasks", value: [...ids.slice(0, MOST_IDS), ...more].join("\n") }];
  return { key, state: isFiring ? "firing" : "resolved", severity, title, text, fields, links: [], traceId: "", via };
}

function isWithin(at: number, now: number, windowMs: number): boolean {
  return at > now - windowMs;
}

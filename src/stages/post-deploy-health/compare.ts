import type { Counted } from "../../probes/port.ts";
import { detectableEffect, detectableRate } from "../../stats/detectable.ts";
import { type Errors, fisherTail, riseBeyond } from "../../stats/fisher.ts";
import { mannWhitney } from "../../stats/mann-whitney.ts";
import { normalQuantile } from "../../stats/normal.ts";
import type { Comparison, LatencyRule, Role } from "./plan/plan.ts";
import { because, type Reason } from "./reasons.ts";

/** With which power the smallest change that could be seen is told. */
export const POWER = 0.95;
/** A control target that is this unlikely by chance to have become worse counts as hurt, without a floor: doubt is for the deployment. */
const CONTROL_LEVEL = 0.004;
/** What was deployed has to be worse than its control by more than chance gives this often. */
const BEYOND_LEVEL = 0.005;

/** What was counted so far for one comparison. */
export interface TrafficSeen {
  /** null: its window is not over yet. */
  readonly after: Counted | null;
  /** null: nobody knows when the deployment began. */
  readonly before: Counted | null;
  /** Of the last good deployment on record; null: there is none. */
  readonly lastGood: Errors | null;
  /** null: none is named. */
  readonly control: { readonly after: Counted; readonly before: Counted | null } | null;
  /** Nothing of it is counted again. */
  readonly final: boolean;
}

/** Two rates and what the test says of them. */
export interface RateChange {
  readonly before: Errors;
  readonly after: Errors;
  readonly p: number;
  /** Beyond chance and beyond both floors. */
  readonly worse: boolean;
}

/** What the control says of the world: `doubtful` is one that is hurt, not counted (yet), or too small to show an outage. */
export type ControlSaid = "none" | "well" | "doubtful";

export interface TrafficJudged {
  readonly kind: "pass" | "worse" | "inconclusive" | "wait";
  readonly reasons: readonly Reason[];
  readonly control: ControlSaid;
  /** Against what it was compared with; null: with nothing. */
  readonly change: (RateChange & { readonly against: "before" | "last-good" }) | null;
}

/**
 * Compares error counts (docs/decisions/0014-verdict-by-comparison.md). Only a rate that is worse than right before the deployment, while
 * a control that was named is not, is held against it. Worse than the last good deployment alone may be the world's doing.
 * @param among how many comparisons decide together: each has its share of the level, so that all of them cry wolf no more often.
 */
export function judgeTraffic(comparison: Comparison, seen: TrafficSeen, among: number): TrafficJudged {
  const { name } = comparison.spec;
  const control = comparison.spec.control === null ? "none" : controlSaid(seen.control);
  const ended = (kind: "pass" | "inconclusive", code: string, message: string, change: TrafficJudged["change"] = null): TrafficJudged => ({ kind, control, change, reasons: [because(code, `${name}: ${message}`)] });
  if (seen.after === null) return { kind: "wait", control, change: null, reasons: [because("traffic-pending", `${name}: its window of ${comparison.windowMs / 1_000} s is not over yet`)] };
  const unread = [seen.after, seen.before, seen.control?.after, seen.control?.before].find((one) => one?.kind === "unread");
  if (!seen.final && (unread || seen.after.kind === "empty")) return { kind: "wait", control, change: null, reasons: [because("traffic-pending", `${name}: it could not be counted yet`)] };
  if (seen.after.kind !== "counted") return ended("inconclusive", "no-data", `nothing can be said of its errors: ${seen.after.detail}`);
  if (unread) return ended("inconclusive", "no-data", `nothing can be said of its errors: ${"detail" in unread ? unread.detail : ""}`);
  const rate = (before: Errors, after: Errors) => rateChange(comparison, before, after, among);
  const before = seen.before?.kind === "counted" ? rate(seen.before, seen.after) : null;
  const lastGood = seen.lastGood === null ? null : rate(seen.lastGood, seen.after);
  const shown = before ?? lastGood;
  const change = shown === null ? null : { ...shown, against: before === null ? ("last-good" as const) : ("before" as const) };
  if (change === null) return ended("pass", "no-baseline", "there is nothing to compare its errors with, as in a first deployment");
  if (before?.worse) return againstControl(comparison, before, seen.control, { control, change: { ...before, against: "before" } });
  if (!lastGood?.worse) return { kind: "pass", control, reasons: [], change };
  const told = `${rates(lastGood)} than those of the last good deployment`;
  const asBefore = { ...lastGood, against: "last-good" as const };
  if (before === null) return ended("inconclusive", "no-before", `${told}; there is no count of right before the deployment, so it cannot be told whether that was so before`, asBefore);
  return ended("inconclusive", "sick-before", `${told}, but so were those right before the deployment`, asBefore);
}

/** Whether a rise is the deployment's own: what it does not touch has to be as it was. */
function againstControl({ spec: { name } }: Comparison, before: RateChange, control: TrafficSeen["control"], said: Pick<TrafficJudged, "control" | "change">): TrafficJudged {
  const told = `${rates(before)} than before the deployment`;
  const doubt = (code: string, why: string): TrafficJudged => ({ kind: "inconclusive", ...said, reasons: [because(code, `${name}: ${told}, but ${why}`)] });
  if (control !== null) {
    if (control.after.kind !== "counted" || control.before?.kind !== "counted") return doubt("control-unmeasured", `its control was not counted${control.after.kind === "counted" ? "" : ` (${control.after.detail})`}, so it cannot be told whether that comes from outside`);
    const pair = { after: control.after, before: control.before };
    if (isHurt(pair)) return doubt("outside-outage", `its control, which the deployment does not touch, is hurt too (${percents(pair)})`);
    if (riseBeyond(before, pair) < normalQuantile(BEYOND_LEVEL)) return doubt("control-too-small", `its control counts too few requests to show whether it is hurt too (${percents(pair)})`);
  }
  return { kind: "worse", ...said, reasons: [because("more-errors", `${name}: ${told}, which chance gives ${oneIn(before.p)}`)] };
}

function isHurt({ after, before }: { readonly after: Errors; readonly before: Errors }): boolean {
  return fisherTail(after, before) <= CONTROL_LEVEL;
}

/** A control is believed that is as it was, and of which an outage that it shared by half would have been seen. */
function controlSaid(control: TrafficSeen["control"]): ControlSaid {
  if (control?.after.kind !== "counted" || control.before?.kind !== "counted") return "doubtful";
  const { after, before } = control;
  const halfLost = { errors: Math.ceil(after.requests / 2), requests: after.requests };
  return isHurt({ after, before }) || !isHurt({ after: halfLost, before }) ? "doubtful" : "well";
}

function rateChange(comparison: Comparison, before: Errors, after: Errors, among: number): RateChange {
  return { before, after, p: fisherTail(after, before), worse: isWorse(comparison, before, after, among) };
}

function isWorse({ level, floor }: Pick<Comparison, "level" | "floor">, before: Errors, after: Errors, among: number): boolean {
  if (after.requests === 0 || before.requests === 0) return false;
  const [now, then] = [after.errors / after.requests, before.errors / before.requests];
  // The floors first: they are cheap, and most that is well ends at them.
  return now - then >= floor.absolute && now >= then * floor.relative && fisherTail(after, before) <= level / Math.max(1, among);
}

/** The smallest error rate after the deployment that the comparison would have seen; null when it could have seen none. */
export function smallestRate(comparison: Comparison, { before, after }: Pick<RateChange, "before" | "after">, among: number): number | null {
  return detectableRate({
    requests: { after: after.requests, before: before.requests }, rate: before.errors / before.requests, power: POWER, critical: comparison.level / Math.max(1, among),
    worse: (a, b) => isWorse(comparison, { errors: b, requests: before.requests }, { errors: a, requests: after.requests }, among),
  });
}

export interface LatencyChange {
  readonly probe: string;
  readonly role: Role;
  readonly against: "before" | "last-good";
  readonly count: { readonly after: number; readonly before: number };
  /** Medians, milliseconds. */
  readonly median: { readonly after: number; readonly before: number };
  readonly p: number;
  readonly effect: number;
  readonly worse: boolean;
  /** The smallest effect that could have been seen; null: none, there are too few measurements. */
  readonly smallest: number | null;
}

/** Compares the latencies of two series of successes, in milliseconds; null when one is empty. */
export function compareLatency({ probe, role }: { readonly probe: string; readonly role: Role }, after: readonly number[], base: { readonly against: LatencyChange["against"]; readonly values: readonly number[] }, rule: LatencyRule): LatencyChange | null {
  if (after.length === 0 || base.values.length === 0) return null;
  const { p, effect } = mannWhitney(after, base.values);
  const median = { after: medianOf(after), before: medianOf(base.values) };
  const count = { after: after.length, before: base.values.length };
  const worse = p <= rule.level && effect >= rule.effect && median.after >= median.before * rule.factor && median.after - median.before >= rule.floorMs;
  return { probe, role, against: base.against, count, median, p, effect, worse, smallest: detectableEffect({ ...count, level: rule.level, power: POWER }) };
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? 0;
  return Number.isInteger(half) ? (upper + (sorted[half - 1] ?? upper)) / 2 : upper;
}

function rates({ before, after }: RateChange): string {
  return `its errors are ${percent(after)} of ${after.requests} requests, more than ${percent(before)} of ${before.requests}: more`;
}

function percents({ before, after }: { readonly before: Errors; readonly after: Errors }): string {
  return `${percent(before)} before, ${percent(after)} after`;
}

/** `1.25%` */
export function percent({ errors, requests }: Errors): string {
  return shareText(requests === 0 ? 0 : errors / requests);
}

export function shareText(share: number): string {
  const value = share * 100;
  return `${value === 0 ? "0" : value < 0.01 ? "<0.01" : Number(value.toPrecision(3))}%`;
}

/** `once in 4,000 times`, `less than once in a million times` */
export function oneIn(p: number): string {
  if (p < 1e-6) return "less than once in a million times";
  return `once in ${Math.round(1 / p).toLocaleString("en-US")} times`;
}

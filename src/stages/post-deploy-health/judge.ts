import type { Measurement, Outcome } from "../../probes/port.ts";
import type { LatencyChange, TrafficJudged } from "./compare.ts";
import { type Judgement, type Role, SPEAKS_AFTER } from "./plan/plan.ts";
import { because, type Reason } from "./reasons.ts";

export type Verdict = "healthy" | "unhealthy" | "inconclusive";

/** Everything measured so far of one probe, oldest first. */
export interface Series {
  readonly probe: string;
  readonly role: Role;
  readonly rule: Judgement;
  /** Each measurement is a request like those of users, of which a few fail by chance; heartbeats, say, do not. */
  readonly isRequest: boolean;
  readonly measurements: readonly Measurement[];
  /** Of the old version, before the deployment was started; empty when it was not measured. */
  readonly before: readonly Measurement[];
}

/** All that is known so far. */
export interface Evidence {
  readonly series: readonly Series[];
  /** For each look at the version whether the commit in question was served; empty where nothing tells. */
  readonly version: readonly VersionRound[];
  readonly versionRule: Judgement;
  /** Comparisons that decide. */
  readonly traffic: readonly TrafficJudged[];
  /** Latencies that decide, once the probes have passed. */
  readonly latency: () => readonly LatencyChange[];
  readonly outOfTime: boolean;
}

/** `other` is a commit that does not contain the one in question. */
export interface VersionRound {
  readonly outcome: "shown" | "other" | "unread";
  readonly detail: string;
}

export interface Wait {
  readonly kind: "wait";
  readonly retryAfterMs: number;
  readonly reasons: readonly Reason[];
}

export type Judged = { readonly kind: Verdict; readonly reasons: readonly Reason[] } | Wait;

const wait = (reasons: readonly Reason[]): Wait => ({ kind: "wait", retryAfterMs: 0, reasons });

/**
 * The verdict over all there is (docs/decisions/0003-probe-errors.md, 0014-verdict-by-comparison.md): one sick critical probe, or errors
 * beyond chance, make it unhealthy, unless another commit is served by now, the old version was as sick, or what the deployment does not
 * touch is; what cannot be measured makes it inconclusive; healthy needs everything critical, and the version.
 */
export function judge(evidence: Evidence): Judged {
  const { series, outOfTime } = evidence;
  const critical = series.filter(({ role }) => role === "critical");
  if (critical.length + evidence.version.length + evidence.traffic.length === 0) return { kind: "inconclusive", reasons: [because("nothing-to-probe", "nothing that could be probed is set, so nothing tells whether it is healthy")] };
  const judged = critical.map((one) => ({ one, ...judgeSeries(one, outOfTime) }));
  const sick = judged.filter(({ kind }) => kind === "unhealthy");
  if (sick.length > 0 || evidence.traffic.some(({ kind }) => kind === "worse")) {
    const failing = judged.filter(({ one, kind }) => kind === "wait" && isFailing(one));
    return byTraffic(evidence, sick) ?? heldAgainst(evidence, sick, failing.map(({ one }) => failed(one)));
  }
  const all = [...judged, judgeVersion(evidence), ...evidence.traffic];
  const reasonsOf = (kind: string) => all.filter((one) => one.kind === kind).flatMap(({ reasons }) => reasons);
  if (all.some(({ kind }) => kind === "inconclusive")) return { kind: "inconclusive", reasons: reasonsOf("inconclusive") };
  if (all.some(({ kind }) => kind === "wait")) return outOfTime ? { kind: "inconclusive", reasons: reasonsOf("wait") } : wait(reasonsOf("wait"));
  return byLatency(evidence);
}

type Sick = { readonly one: Series; readonly reasons: readonly Reason[] };

/** On its way to be sick when another one was found to be. */
function isFailing({ measurements }: Series): boolean {
  return streak(measurements.map(({ outcome }) => outcome), "failure") >= 2;
}

function failed({ probe, measurements }: Series): Reason {
  const failures = count(measurements.map(({ outcome }) => outcome), "failure");
  return because("probe-failed", `${probe} failed ${failures} of ${measurements.length} times: ${lastBad(measurements)}`);
}

/**
 * What comparisons say of probes that fail, where there are any: they know of thousands of requests, of the time before and of a control.
 * A probe that does nothing but fail is believed: at once where no comparison has a control, else when the control was counted and is well.
 * @returns undefined when nothing stands against it.
 */
function byTraffic({ traffic: all, outOfTime }: Evidence, sick: readonly Sick[]): Judged | undefined {
  // What had nothing to compare with knows nothing of the time before.
  const traffic = all.filter(({ kind, change }) => kind !== "pass" || change !== null);
  if (traffic.length === 0 || traffic.some(({ kind }) => kind === "worse") || sick.some(({ one }) => !one.isRequest)) return undefined;
  const reasons = sick.flatMap((one) => one.reasons);
  const persistent = sick.some(({ one }) => isPersistent(one));
  const withControl = traffic.some(({ control }) => control !== "none");
  const pending = traffic.filter(({ kind }) => kind === "wait");
  if (pending.length > 0 && !outOfTime) return persistent && !withControl ? undefined : wait([...reasons, ...pending.flatMap((one) => one.reasons)]);
  // What is dead counts no requests, which is no news; a control that is hurt, or that nobody could count, is.
  const doubts = traffic.filter(({ kind, control }) => kind !== "pass" && control === "doubtful");
  if (doubts.length > 0) return { kind: "inconclusive", reasons: [...doubts.flatMap((one) => one.reasons), ...reasons] };
  if (persistent) return undefined;
  const why = because("traffic-as-before", "now and then it fails, but requests go no worse than before the deployment, or nobody can count them");
  return outOfTime ? { kind: "inconclusive", reasons: [why, ...reasons] } : wait([why, ...reasons]);
}

/** So many failures in a row no service gives that answers most requests: where a third of them fail, once in half a million. */
const PERSISTENT = 12;
/** And so many from the first on, of which there is but one try: where a fifth of them fail, once in fifteen thousand. */
const FROM_THE_FIRST = 6;

/** It does nothing but fail, or has done nothing else, if need be in all the measurements that there may be. */
function isPersistent({ measurements, rule }: Series): boolean {
  const outcomes = measurements.map(({ outcome }) => outcome);
  const failing = streak(outcomes, "failure");
  const always = failing === outcomes.length && (failing >= FROM_THE_FIRST || isSpent(outcomes, rule));
  return failing >= PERSISTENT || always;
}

/** Whether what hurts is this deployment's doing. */
function heldAgainst({ series, version, traffic, outOfTime }: Evidence, sick: readonly Sick[], failing: readonly Reason[]): Judged {
  const worse = traffic.filter(({ kind }) => kind === "worse");
  const reasons = [...[...sick, ...worse].flatMap((one) => one.reasons), ...failing];
  const doubt = (...why: Reason[]): Judged => ({ kind: "inconclusive", reasons: [...why, ...reasons] });
  const last = version.at(-1);
  if (last?.outcome === "other") return doubt(because("version-changed", `another commit is served by now (${last.detail}), so this is not held against the one in question`));
  const wellBefore = sick.filter(({ one }) => !wasSick(one.before));
  if (wellBefore.length + worse.length === 0) {
    return doubt(...sick.map(({ one }) => because("sick-before", `${one.probe} failed before the deployment too: ${one.before.findLast(({ outcome }) => outcome === "failure")?.detail ?? ""}`)));
  }
  const controls = series.filter(({ role }) => role === "control").map((one) => ({ one, state: controlOf(one, outOfTime) }));
  const hurt = controls.filter(({ state }) => state === "sick");
  if (hurt.length > 0) return doubt(...hurt.map(({ one }) => because("outside-outage", `${one.probe}, which the deployment does not touch, fails too: ${lastBad(one.measurements)}`)));
  const unknown = controls.filter(({ state }) => state === "unknown");
  if (unknown.length > 0) return doubt(...unknown.map(({ one }) => because("control-unmeasured", `${one.probe}, which the deployment does not touch, cannot be measured, so it cannot be told whether this comes from outside: ${lastBad(one.measurements)}`)));
  if (controls.some(({ state }) => state === "wait")) return wait([because("probe-pending", "what the deployment does not touch is still looked at"), ...reasons]);
  return { kind: "unhealthy", reasons };
}

/**
 * The old version was as sick: at least half of what was measured of it failed. What it did not have says nothing of how it was: a new
 * probe of a new address is no excuse for the deployment that brings them.
 */
export function wasSick(before: readonly Measurement[]): boolean {
  const outcomes = before.filter(({ isAbsent }) => isAbsent !== true).map(({ outcome }) => outcome);
  const [failures, successes] = [count(outcomes, "failure"), count(outcomes, "success")];
  return failures > 0 && failures >= successes;
}

/** A control that cannot be measured, or not often enough, proves nothing. */
function controlOf({ measurements, rule }: Series, outOfTime: boolean): "well" | "sick" | "unknown" | "wait" {
  const outcomes = measurements.map(({ outcome }) => outcome);
  const [failures, successes] = [count(outcomes, "failure"), count(outcomes, "success")];
  if (unmeasured(outcomes) > rule.consecutiveErrorLimit) return "unknown";
  if (failures + successes < SPEAKS_AFTER) return outOfTime ? "unknown" : "wait";
  if (failures >= successes || streak(outcomes, "failure") >= 2) return "sick";
  return "well";
}

function judgeSeries(series: Series, outOfTime: boolean): Judged {
  const { probe, rule, measurements } = series;
  const outcomes = measurements.map(({ outcome }) => outcome);
  const last = lastBad(measurements);
  if (isOverLimit(outcomes, rule)) return { kind: "unhealthy", reasons: [failed(series)] };
  const unclear = unmeasured(outcomes);
  if (unclear > rule.consecutiveErrorLimit) return { kind: "inconclusive", reasons: [because("probe-unmeasured", `${probe} could not be measured ${unclear} times in a row: ${last}`)] };
  const needed = neededSuccesses(flapped(outcomes), rule);
  const successes = streak(outcomes, "success");
  if (successes >= needed) return { kind: "healthy", reasons: [] };
  const standing = `${probe} succeeded ${successes} of ${needed} times in a row${last === "" ? "" : `, after: ${last}`}`;
  if (isSpent(outcomes, rule)) return { kind: "inconclusive", reasons: [because("out-of-count", `${standing}, when its ${rule.count} measurements were made`)] };
  if (!outOfTime) return wait([because("probe-pending", standing)]);
  if (streak(outcomes, "failure") >= 2) return { kind: "unhealthy", reasons: [because("probe-failed", `${probe} failed until the time was up: ${last}`)] };
  return { kind: "inconclusive", reasons: [because("out-of-time", `${standing}, when the time was up`)] };
}

/** The share of failures from which a probe that had passed is sick after all. */
const SICK_SHARE = 0.2;

/**
 * Until a probe has passed, its limit is of failures in all, as in Argo, where it would be done then. It is measured on while others are
 * waited for, so that what is called healthy is so now; of that watch, which may be long, a few failures are what any service has.
 */
function isOverLimit(outcomes: readonly Outcome[], rule: Judgement): boolean {
  const passedAt = firstPass(outcomes, rule);
  const counted = passedAt === -1 ? outcomes : outcomes.slice(passedAt + 1);
  const failures = count(counted, "failure");
  return failures > rule.failureLimit && (passedAt === -1 || failures >= counted.length * SICK_SHARE);
}

/** Where it had succeeded often enough for the first time; -1 when it never had. */
function firstPass(outcomes: readonly Outcome[], rule: Judgement): number {
  let [streaking, hasSucceeded, hasFlapped] = [0, false, false];
  for (const [index, outcome] of outcomes.entries()) {
    hasFlapped ||= hasSucceeded && outcome === "failure";
    hasSucceeded ||= outcome === "success";
    streaking = outcome === "success" ? streaking + 1 : 0;
    if (streaking >= neededSuccesses(hasFlapped, rule)) return index;
  }
  return -1;
}

/** A flap has to stay well for twice as long, because it looks healthy for a moment by its nature; as far as there are measurements. */
function neededSuccesses(hasFlapped: boolean, { successes, count: most }: Judgement): number {
  return hasFlapped ? Math.max(successes, Math.min(2 * successes, most ?? Infinity)) : successes;
}

/** Whether a probe has succeeded often enough, as far as it goes by itself. */
export function hasPassed({ measurements, rule }: Pick<Series, "measurements" | "rule">): boolean {
  const outcomes = measurements.map(({ outcome }) => outcome);
  return streak(outcomes, "success") >= neededSuccesses(flapped(outcomes), rule);
}

/** Whether all measurements that there may be were made. As in Argo, errors do not count as such. */
export function isSpent(outcomes: readonly Outcome[], { count }: Judgement): boolean {
  return count !== null && outcomes.filter((outcome) => outcome !== "error").length >= count;
}

function judgeVersion({ version, versionRule: rule, outOfTime }: Evidence): Judged {
  if (version.length === 0) return { kind: "healthy", reasons: [] };
  const outcomes = version.map(({ outcome }) => outcome);
  if (streak(outcomes, "shown") >= rule.successes) return { kind: "healthy", reasons: [] };
  const detail = version.findLast(({ outcome }) => outcome !== "shown")?.detail ?? "it was not read often enough";
  const away = outcomes.length - 1 - outcomes.lastIndexOf("shown");
  const reasons = [because("version-unsteady", `the version address did not keep showing the commit: ${detail}`)];
  return outOfTime || away > rule.consecutiveErrorLimit ? { kind: "inconclusive", reasons } : wait(reasons);
}

/**
 * Everything else has passed. Slower than right before is held against it, unless what it does not touch is slower too; slower than
 * the last good deployment may be the network.
 */
function byLatency({ latency }: Evidence): Judged {
  const all = latency().filter(({ worse }) => worse);
  const slower = all.filter(({ role }) => role === "critical");
  const reasons = slower.map(({ probe, median, effect, against }) => because("slower", `${probe} takes ${median.after} ms, and took ${median.before} ms ${against === "before" ? "before the deployment" : "in the last good deployment"} (effect ${effect.toFixed(2)})`));
  if (slower.length === 0) return { kind: "healthy", reasons: [] };
  const controls = all.filter(({ role }) => role === "control");
  if (controls.length > 0) return { kind: "inconclusive", reasons: [...controls.map(({ probe, median }) => because("outside-outage", `${probe}, which the deployment does not touch, is slower too: ${median.after} ms, not ${median.before} ms`)), ...reasons] };
  return { kind: slower.some(({ against }) => against === "before") ? "unhealthy" : "inconclusive", reasons };
}

function lastBad(measurements: readonly Measurement[]): string {
  return measurements.findLast(({ outcome }) => outcome !== "success")?.detail ?? "";
}

/** How often the last measurements in a row said neither yes nor no. */
function unmeasured(outcomes: readonly Outcome[]): number {
  return outcomes.length - 1 - outcomes.findLastIndex((outcome) => outcome === "success" || outcome === "failure");
}

function count<T>(outcomes: readonly T[], wanted: T): number {
  return outcomes.filter((outcome) => outcome === wanted).length;
}

/** How often the last outcomes in a row were this one. */
function streak<T>(outcomes: readonly T[], wanted: T): number {
  return outcomes.length - 1 - outcomes.findLastIndex((outcome) => outcome !== wanted);
}

/** Did it ever fail after it had succeeded? */
function flapped(outcomes: readonly Outcome[]): boolean {
  const first = outcomes.indexOf("success");
  return first >= 0 && outcomes.indexOf("failure", first) >= 0;
}

import type { Measurement } from "../../probes/port.ts";
import type { LatencyChange, TrafficJudged } from "./compare.ts";
import type { Judgement, Role } from "./plan/plan.ts";
import { because, type Reason } from "./reasons.ts";

export type Verdict = "healthy" | "unhealthy" | "inconclusive";

/** Everything measured so far of one probe, oldest first. */
export interface Series {
  readonly probe: string;
  readonly role: Role;
  readonly rule: Judgement;
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
 * The verdict over all there is (docs/decisions/0003-probe-errors.md, 0012-verdict-by-comparison.md): one sick critical probe, or errors
 * beyond chance, make it unhealthy, unless another commit is served by now, the old version was as sick, or what the deployment does not
 * touch is; what cannot be measured makes it inconclusive; healthy needs everything critical, and the version.
 */
export function judge(evidence: Evidence): Judged {
  const { series, outOfTime } = evidence;
  const critical = series.filter(({ role }) => role === "critical");
  if (critical.length + evidence.version.length + evidence.traffic.length === 0) return { kind: "inconclusive", reasons: [because("nothing-to-probe", "nothing that could be probed is set, so nothing tells whether it is healthy")] };
  const judged = critical.map((one) => ({ one, ...judgeSeries(one, outOfTime) }));
  const sick = judged.filter(({ kind }) => kind === "unhealthy");
  const worse = evidence.traffic.filter(({ kind }) => kind === "worse");
  if (sick.length + worse.length > 0) return heldAgainst(evidence, sick, [...worse, ...judged.filter(({ one, kind }) => kind === "wait" && isFailing(one)).map(({ one }) => ({ reasons: [failed(one)] }))], worse.length > 0);
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
  const failures = measurements.filter(({ outcome }) => outcome === "failure").length;
  return because("probe-failed", `${probe} failed ${failures} of ${measurements.length} times: ${lastBad(measurements)}`);
}

/** Whether what hurts is this deployment's doing. */
function heldAgainst({ series, version, outOfTime }: Evidence, sick: readonly Sick[], others: readonly { readonly reasons: readonly Reason[] }[], hasWorse: boolean): Judged {
  const reasons = [...sick, ...others].flatMap((one) => one.reasons);
  const doubt = (...why: Reason[]): Judged => ({ kind: "inconclusive", reasons: [...why, ...reasons] });
  const last = version.at(-1);
  if (last?.outcome === "other") return doubt(because("version-changed", `another commit is served by now (${last.detail}), so this is not held against the one in question`));
  const wellBefore = sick.filter(({ one }) => !wasSick(one.before));
  if (wellBefore.length === 0 && !hasWorse) {
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

/** The old version was as sick: at least half of what was measured of it failed. */
function wasSick(before: readonly Measurement[]): boolean {
  const failures = before.filter(({ outcome }) => outcome === "failure").length;
  const successes = before.filter(({ outcome }) => outcome === "success").length;
  return failures > 0 && failures >= successes;
}

/** A control speaks after two measurements; one that cannot be measured proves nothing. */
function controlOf({ measurements, rule }: Series, outOfTime: boolean): "well" | "sick" | "unknown" | "wait" {
  const outcomes = measurements.map(({ outcome }) => outcome);
  const failures = outcomes.filter((outcome) => outcome === "failure").length;
  const successes = outcomes.filter((outcome) => outcome === "success").length;
  if (unmeasured(outcomes) > rule.consecutiveErrorLimit) return "unknown";
  if (failures + successes < 2) return outOfTime ? "unknown" : "wait";
  if (failures >= successes || streak(outcomes, "failure") >= 2) return "sick";
  return "well";
}

function judgeSeries(series: Series, outOfTime: boolean): Judged {
  const { probe, rule, measurements } = series;
  const outcomes = measurements.map(({ outcome }) => outcome);
  const failures = outcomes.filter((outcome) => outcome === "failure").length;
  const last = lastBad(measurements);
  if (failures > rule.failureLimit) return { kind: "unhealthy", reasons: [failed(series)] };
  const unclear = unmeasured(outcomes);
  if (unclear > rule.consecutiveErrorLimit) return { kind: "inconclusive", reasons: [because("probe-unmeasured", `${probe} could not be measured ${unclear} times in a row: ${last}`)] };
  const needed = neededSuccesses(outcomes, rule);
  const successes = streak(outcomes, "success");
  if (successes >= needed) return { kind: "healthy", reasons: [] };
  const standing = `${probe} succeeded ${successes} of ${needed} times in a row${last === "" ? "" : `, after: ${last}`}`;
  if (isSpent(outcomes, rule)) return { kind: "inconclusive", reasons: [because("out-of-count", `${standing}, when its ${rule.count} measurements were made`)] };
  if (!outOfTime) return wait([because("probe-pending", standing)]);
  if (streak(outcomes, "failure") >= 2) return { kind: "unhealthy", reasons: [because("probe-failed", `${probe} failed until the time was up: ${last}`)] };
  return { kind: "inconclusive", reasons: [because("out-of-time", `${standing}, when the time was up`)] };
}

/** A flap has to stay well for twice as long, because it looks healthy for a moment by its nature; as far as there are measurements. */
function neededSuccesses(outcomes: readonly Measurement["outcome"][], { successes, count }: Judgement): number {
  return flapped(outcomes) ? Math.max(successes, Math.min(2 * successes, count ?? Infinity)) : successes;
}

/** Whether a probe has succeeded often enough, as far as it goes by itself. */
export function hasPassed({ measurements, rule }: Pick<Series, "measurements" | "rule">): boolean {
  const outcomes = measurements.map(({ outcome }) => outcome);
  return streak(outcomes, "success") >= neededSuccesses(outcomes, rule);
}

/** Whether all measurements that there may be were made. As in Argo, errors do not count as such. */
export function isSpent(outcomes: readonly Measurement["outcome"][], { count }: Judgement): boolean {
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
function unmeasured(outcomes: readonly Measurement["outcome"][]): number {
  return outcomes.length - 1 - outcomes.findLastIndex((outcome) => outcome === "success" || outcome === "failure");
}

/** How often the last outcomes in a row were this one. */
function streak<T>(outcomes: readonly T[], wanted: T): number {
  return outcomes.length - 1 - outcomes.findLastIndex((outcome) => outcome !== wanted);
}

/** Did it ever fail after it had succeeded? */
function flapped(outcomes: readonly Measurement["outcome"][]): boolean {
  const first = outcomes.indexOf("success");
  return first >= 0 && outcomes.indexOf("failure", first) >= 0;
}

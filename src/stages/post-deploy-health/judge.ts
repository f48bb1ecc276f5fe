import type { Measurement } from "../../probes/port.ts";
import { type Reason, because } from "./arrival.ts";
import type { Judgement } from "./policy.ts";

export type Verdict = "healthy" | "unhealthy" | "inconclusive";

/** Everything measured so far of one probe, oldest first. */
export interface Series {
  readonly probe: string;
  readonly critical: boolean;
  readonly measurements: readonly Measurement[];
}

/** All rounds so far. `version` holds, for each round, whether the commit in question was served; empty where nothing tells. */
export interface Rounds {
  readonly series: readonly Series[];
  readonly version: readonly VersionRound[];
  readonly outOfTime: boolean;
}

/** `other` is a commit that does not contain the one in question. */
export interface VersionRound {
  readonly outcome: "shown" | "other" | "unread";
  readonly detail: string;
}

export type Judged = { readonly kind: Verdict; readonly reasons: readonly Reason[] } | { readonly kind: "wait"; readonly retryAfterMs: number; readonly reasons: readonly Reason[] };

/** A round that did not go well is not followed by the next at once, even with an interval of 0; milliseconds. */
const CALM_MS = 250;

/**
 * The verdict over all rounds (docs/decisions/0003-probe-errors.md): one sick critical probe makes it unhealthy, unless another
 * commit is served by now; what cannot be measured makes it inconclusive; healthy needs every critical probe and the version.
 */
export function judge(rounds: Rounds, rule: Judgement): Judged {
  const critical = rounds.series.filter((series) => series.critical);
  if (critical.length === 0 && rounds.version.length === 0) return { kind: "inconclusive", reasons: [because("nothing-to-probe", "neither `health-urls` nor `version-url` is set, so nothing tells whether it is healthy")] };
  const each = critical.map((series) => judgeSeries(series, rule, rounds.outOfTime));
  const version = judgeVersion(rounds.version, rule, rounds.outOfTime);
  const all = [...each, version];
  const reasonsOf = (kind: Judged["kind"]) => all.filter((one) => one.kind === kind).flatMap(({ reasons }) => reasons);
  if (each.some(({ kind }) => kind === "unhealthy")) {
    const last = rounds.version.at(-1);
    if (last?.outcome !== "other") return { kind: "unhealthy", reasons: reasonsOf("unhealthy") };
    return { kind: "inconclusive", reasons: [because("version-changed", `another commit is served by now (${last.detail}), so this is not held against the one in question`), ...reasonsOf("unhealthy")] };
  }
  if (all.some(({ kind }) => kind === "inconclusive")) return { kind: "inconclusive", reasons: reasonsOf("inconclusive") };
  if (all.every(({ kind }) => kind === "healthy")) return { kind: "healthy", reasons: [] };
  const calm = lastWentWell(rounds) ? 0 : CALM_MS;
  return { kind: "wait", retryAfterMs: Math.max(rule.intervalMs, calm), reasons: reasonsOf("wait") };
}

function judgeSeries({ probe, measurements }: Series, rule: Judgement, outOfTime: boolean): Judged {
  const outcomes = measurements.map(({ outcome }) => outcome);
  const failures = outcomes.filter((outcome) => outcome === "failure").length;
  const last = measurements.findLast(({ outcome }) => outcome !== "success")?.detail ?? "";
  if (failures > rule.failureLimit) return { kind: "unhealthy", reasons: [because("probe-failed", `${probe} failed ${failures} of ${outcomes.length} times: ${last}`)] };
  const errors = streak(outcomes, "error");
  if (errors > rule.consecutiveErrorLimit) return { kind: "inconclusive", reasons: [because("probe-unmeasured", `${probe} could not be measured ${errors} times in a row: ${last}`)] };
  const needed = flapped(outcomes) ? 2 * rule.successes : rule.successes;
  const successes = streak(outcomes, "success");
  if (successes >= needed) return { kind: "healthy", reasons: [] };
  const standing = `${probe} succeeded ${successes} of ${needed} times in a row${last === "" ? "" : `, after: ${last}`}`;
  if (!outOfTime) return { kind: "wait", retryAfterMs: rule.intervalMs, reasons: [because("probe-pending", standing)] };
  if (streak(outcomes, "failure") >= 2) return { kind: "unhealthy", reasons: [because("probe-failed", `${probe} failed until the time was up: ${last}`)] };
  return { kind: "inconclusive", reasons: [because("out-of-time", `${standing}, when the time was up`)] };
}

function judgeVersion(rounds: readonly VersionRound[], rule: Judgement, outOfTime: boolean): Judged {
  if (rounds.length === 0) return { kind: "healthy", reasons: [] };
  const outcomes = rounds.map(({ outcome }) => outcome);
  if (streak(outcomes, "shown") >= rule.successes) return { kind: "healthy", reasons: [] };
  const detail = rounds.findLast(({ outcome }) => outcome !== "shown")?.detail ?? "it was not read often enough";
  const away = outcomes.length - 1 - outcomes.lastIndexOf("shown");
  const reasons = [because("version-unsteady", `the version address did not keep showing the commit: ${detail}`)];
  if (outOfTime || away > rule.consecutiveErrorLimit) return { kind: "inconclusive", reasons };
  return { kind: "wait", retryAfterMs: rule.intervalMs, reasons };
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

function lastWentWell({ series, version }: Rounds): boolean {
  return series.every(({ measurements }) => measurements.at(-1)?.outcome === "success") && (version.at(-1)?.outcome ?? "shown") === "shown";
}

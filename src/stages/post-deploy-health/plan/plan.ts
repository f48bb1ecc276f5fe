import { printable } from "../../../kit/address.ts";
import { InstantError } from "../../../kit/errors.ts";
import type { ProbeSpec, TrafficSpec } from "../../../probes/port.ts";
import type { Verification } from "../../verification.ts";

/**
 * What is measured of a deployment and how it is judged, whether it was said in health.yaml or by inputs. All durations are
 * milliseconds.
 */
export interface Plan {
  readonly checks: readonly Check[];
  readonly traffic: readonly Comparison[];
  readonly latency: LatencyRule;
  /** Of the address that shows the version. */
  readonly versionRule: Judgement;
  /** How often the old version is measured before the deployment is started; more often while it does not look well. */
  readonly beforeRounds: number;
  /** Longest time from the arrival of the commit to the verdict. */
  readonly withinMs: number;
  /** What tells of a new deployment that nobody uses yet, where the file has a section of its own for it; a promotion asks it. */
  readonly green?: Plan;
}

/**
 * `critical` decides, `advisory` is only shown. A `control` is something that the deployment does not touch: when it is sick too, what
 * hurts comes from outside.
 */
export type Role = "critical" | "advisory" | "control";
/** So many measurements of a control, errors aside, are needed to tell whether it is well. */
export const SPEAKS_AFTER = 2;

export interface Check {
  readonly spec: ProbeSpec;
  readonly role: Role;
  readonly rule: Judgement;
}

/**
 * How measurements become a verdict (docs/decisions/0003-probe-errors.md). Names and meanings are those of Argo Rollouts
 * (https://argo-rollouts.readthedocs.io/en/stable/features/analysis/).
 */
export interface Judgement {
  /** Consecutive successes that are needed. */
  readonly successes: number;
  /** Failures that are tolerated in all. */
  readonly failureLimit: number;
  /** Errors to measure, and answers that say neither yes nor no, that are tolerated in a row. */
  readonly consecutiveErrorLimit: number;
  /** Measurements, errors not counted, after which there is no other; null: until the time is up. */
  readonly count: number | null;
  readonly intervalMs: number;
  readonly delayMs: number;
  readonly timeoutMs: number;
}

/** Error counts of a window after the deployment against one right before it, and that of the last good deployment. */
export interface Comparison {
  readonly spec: TrafficSpec;
  readonly role: "critical" | "advisory";
  /** The greatest share of false alarms. */
  readonly level: number;
  /** A rise below either is none that matters: `absolute` is a difference of rates, `relative` their ratio. */
  readonly floor: { readonly absolute: number; readonly relative: number };
  readonly windowMs: number;
  readonly timeoutMs: number;
}

/** When the latencies of a probe count as worse: all of it has to hold. */
export interface LatencyRule {
  readonly role: "critical" | "advisory";
  readonly level: number;
  /** Vargha and Delaney's A. */
  readonly effect: number;
  /** Of the medians: their ratio, and their difference in milliseconds. */
  readonly factor: number;
  readonly floorMs: number;
}

/** 0.71 is what Vargha and Delaney call a large effect. */
export const LATENCY: LatencyRule = { role: "advisory", level: 0.001, effect: 0.71, factor: 1.5, floorMs: 50 };

/** Argo's default of `consecutiveErrorLimit`. */
export const ERROR_LIMIT = 4;
/** A service may warm up behind an address that already answers (docs/decisions/0003-probe-errors.md). */
export const FAILURE_LIMIT = 3;

/** The plan that the simple inputs make: every address is critical and judged alike. */
export function planOfInputs(settings: Verification): Plan {
  const rule = ruleOf(settings);
  const expect = { status: [[settings.healthStatus, settings.healthStatus] as const], headers: {}, json: settings.healthJson, contains: [], matches: "", latencyMs: null, certificateDays: null };
  return {
    checks: settings.healthUrls.map((url) => ({ spec: { kind: "http", name: printable(url), url, headers: {}, family: 0, redirects: 0, expect }, role: "critical", rule })),
    traffic: [],
    latency: LATENCY,
    versionRule: rule,
    beforeRounds: 1,
    withinMs: settings.healthTimeoutSeconds * 1_000,
  };
}

/** What the inputs say of pace and patience; health.yaml takes it where it says nothing else. */
export function ruleOf(settings: Pick<Verification, "probeCount" | "probeIntervalSeconds" | "probeTimeoutSeconds" | "healthTimeoutSeconds">): Judgement {
  const { probeCount, probeIntervalSeconds: interval, healthTimeoutSeconds: limit } = settings;
  // Where fewer measurements fit into the time, fewer failures decide.
  const fitting = interval === 0 ? Infinity : Math.ceil(limit / interval);
  return {
    successes: probeCount, failureLimit: Math.min(FAILURE_LIMIT, fitting - 1), consecutiveErrorLimit: ERROR_LIMIT, count: null,
    intervalMs: interval * 1_000, delayMs: 0, timeoutMs: settings.probeTimeoutSeconds * 1_000,
  };
}

/** Where the plan comes from: the file at the commit that is judged, or the inputs. @throws InstantError with all that is wrong with it. */
export async function readPlan(settings: Verification, readFile: (path: string) => Promise<string | null>): Promise<Plan> {
  if (settings.healthFile === "") return planOfInputs(settings);
  const text = await readFile(settings.healthFile);
  if (text === null) {
    throw new InstantError("configuration", [{ what: `There is no \`${settings.healthFile}\` in the commit that is judged`, where: "health-file", fix: "Commit the file, or correct `health-file`: it is a path from the top of the repository." }]);
  }
  const { planOfFile } = await import("./file.ts");
  return planOfFile(text, settings);
}

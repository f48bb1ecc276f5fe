import { drive } from "../../kit/drive.ts";
import { shortSha } from "../../kit/ids.ts";
import type { Probe } from "../../probes/port.ts";
import type { Verification } from "../verification.ts";
import { type Effect, start } from "./apply.ts";
import { type Arrival, type Look, type Reason, because, decideArrival, wentDark } from "./arrival.ts";
import { Lookout, type Sources } from "./facts.ts";
import { type Rounds, type Series, type Verdict, type VersionRound, judge } from "./judge.ts";
import { judgementOf } from "./policy.ts";

export interface WatchPorts extends Sources {
  readonly probes: readonly Probe[];
}

export interface Target {
  readonly sha: string;
  /** What the deploy workflow is dispatched on when the settings do not say. */
  readonly defaultBranch: string;
  /** Decide, but start nothing. */
  readonly dryRun: boolean;
}

/** What became of a deployment. All times are epoch milliseconds. */
export interface Watched {
  /** null only in a dry run that would have had to start the deployment. */
  readonly verdict: Verdict | null;
  readonly reasons: readonly Reason[];
  /** Worth knowing, but no reason for the verdict. */
  readonly notes: readonly Reason[];
  /** Whether the commit was seen to be served (or its run to succeed). */
  readonly arrived: boolean;
  /** The commit that is served; empty when nothing tells. */
  readonly deployedSha: string;
  readonly runUrl: string;
  readonly series: readonly Series[];
  readonly effects: readonly Effect[];
  readonly startedAt: number;
  readonly arrivedAt: number | null;
  readonly decidedAt: number;
}

/**
 * Starts or finds the deployment of a commit, waits until it is served, probes it and judges. It ends within the deployment's
 * and the probes' time limits and one probe's more.
 * @param lookout the one to look with, when it was prepared before.
 */
export async function watchDeployment(settings: Verification, ports: WatchPorts, target: Target, lookout = new Lookout(ports, settings, target.sha)): Promise<Watched> {
  const startedAt = ports.clock.now();
  const { arrival, effects } = await arrive(settings, ports, target, lookout, startedAt);
  const ended = (rest: Pick<Watched, "verdict" | "reasons"> & Partial<Watched>): Watched => ({
    notes: [],
    arrived: false,
    deployedSha: "",
    series: [],
    arrivedAt: null,
    runUrl: lookout.runUrl,
    effects,
    startedAt,
    decidedAt: ports.clock.now(),
    ...rest,
  });
  if (arrival.kind === "dispatch") return ended({ verdict: null, reasons: arrival.reasons });
  if (arrival.kind === "failed") return ended({ verdict: "unhealthy", reasons: arrival.reasons });
  if (arrival.kind === "dark") return ended(await probeInTheDark(settings, ports, lookout, arrival.reasons));
  if (arrival.kind !== "arrived") return ended({ verdict: "inconclusive", reasons: arrival.reasons });
  const arrivedAt = ports.clock.now();
  ports.log.info("the deployment has arrived", { operation: "deploy", how: arrival.how, sha: arrival.sha, elapsed_ms: arrivedAt - startedAt });
  const judged = await probe(settings, ports, lookout);
  return ended({ ...judged, notes: arrival.reasons, arrived: true, deployedSha: arrival.sha, arrivedAt });
}

interface Arrived {
  readonly arrival: Arrival;
  readonly effects: readonly Effect[];
}

/** Looks until the commit is there, with at most one dispatch in between. */
async function arrive(settings: Verification, ports: WatchPorts, target: Target, lookout: Lookout, startedAt: number): Promise<Arrived> {
  const limitMs = settings.deployTimeoutSeconds * 1_000;
  const until = () =>
    drive({
      gather: () => lookout.look(),
      decide: (look) => decideArrival(look, settings.healthTimeoutSeconds * 1_000),
      clock: ports.clock,
      limitMs: Math.max(0, startedAt + limitMs - ports.clock.now()),
      onWait: ({ reasons }, round) => ports.log[round % 20 === 1 ? "info" : "debug"]("waiting for the deployment", { operation: "deploy", round, seen: text(reasons) }),
    });
  const first = await until();
  if (first.decision.kind !== "dispatch") return { arrival: inTime(first, settings, target), effects: [] };
  const effect: Effect = { kind: "dispatch", workflow: settings.deployWorkflow, ref: settings.deployRef || target.defaultBranch, input: settings.deployInput, sha: target.sha };
  if (target.dryRun) return { arrival: first.decision, effects: [effect] };
  const at = ports.clock.now();
  lookout.started(at, await start(effect, ports));
  const second = await until();
  return { arrival: inTime(second, settings, target), effects: [effect] };
}

/** What is still waiting when the time is up never arrived, or arrived and went dark. */
function inTime({ decision: arrival, facts }: { readonly decision: Arrival; readonly facts: Look }, settings: Verification, target: Target): Arrival {
  if (arrival.kind !== "wait") return arrival;
  if (wentDark(facts)) return { ...arrival, kind: "dark" };
  const never = because("deploy-never-arrived", `${shortSha(target.sha)} was not served within ${settings.deployTimeoutSeconds} s`);
  return { kind: "lost", reasons: [never, ...arrival.reasons] };
}

/** A service that was deployed and went dark is unhealthy when its probes fail as well; when they do not, its version is merely unknown. */
async function probeInTheDark(settings: Verification, ports: WatchPorts, lookout: Lookout, why: readonly Reason[]): Promise<Pick<Watched, "verdict" | "reasons" | "series" | "arrived">> {
  const judged = await probe(settings, { ...ports, version: null }, lookout);
  const dark = because("went-dark", "it was deployed, and since then its version cannot be read");
  const verdict = judged.verdict === "unhealthy" ? "unhealthy" : "inconclusive";
  return { verdict, reasons: [dark, ...why, ...judged.reasons], series: judged.series, arrived: verdict === "unhealthy" };
}

/** Rounds of all probes at once, the version among them, until there is a verdict. */
async function probe(settings: Verification, ports: WatchPorts, lookout: Lookout): Promise<Pick<Watched, "verdict" | "reasons" | "series">> {
  const { clock, probes } = ports;
  const timeoutMs = settings.probeTimeoutSeconds * 1_000;
  const limitMs = settings.healthTimeoutSeconds * 1_000;
  const deadline = clock.now() + limitMs;
  const rule = judgementOf(settings);
  const series = probes.map(({ name, critical }) => ({ probe: name, critical, measurements: [] as Series["measurements"][number][] }));
  const version: VersionRound[] = [];
  const gather = async (): Promise<Rounds> => {
    // A round that begins in time is measured to its end, so that our own hurry is never taken for the service's failure.
    const late = clock.now() >= deadline && series.some(({ measurements }) => measurements.length > 0);
    if (!late) {
      const [seen, measured] = await Promise.all([ports.version ? lookout.version() : null, Promise.all(probes.map((one) => one.measure(timeoutMs)))]);
      for (const [index, measurement] of measured.entries()) series[index]?.measurements.push(measurement);
      if (seen !== null) version.push(versionRound(seen));
    }
    return { series, version, outOfTime: clock.now() >= deadline };
  };
  const { decision } = await drive({ gather, decide: (rounds) => judge(rounds, rule), clock, limitMs });
  const verdict = decision.kind === "wait" ? "inconclusive" : decision.kind;
  return { verdict, reasons: decision.reasons, series };
}

function versionRound(seen: NonNullable<Awaited<ReturnType<Lookout["version"]>>>): VersionRound {
  if (seen.contains) return { outcome: "shown", detail: seen.sha };
  return seen.sha === null ? { outcome: "unread", detail: seen.reason } : { outcome: "other", detail: `${shortSha(seen.sha)} is served` };
}

function text(reasons: readonly Reason[]): string {
  return reasons.map(({ message }) => message).join("; ");
}

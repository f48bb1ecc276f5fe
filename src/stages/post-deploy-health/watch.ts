import { drive } from "../../kit/drive.ts";
import { shortSha } from "../../kit/ids.ts";
import type { Measurement } from "../../probes/port.ts";
import type { Verification } from "../verification.ts";
import { type Effect, start } from "./apply.ts";
import { type Arrival, type Look, decideArrival, wentDark } from "./arrival.ts";
import type { LatencyChange } from "./compare.ts";
import { Lookout, type WatchPorts } from "./facts.ts";
import { type Commit, type Health, measureBefore, measureOnce, openHealth } from "./health.ts";
import type { Series, Verdict } from "./judge.ts";
import type { LastGood } from "./last-good.ts";
import { type Compared, probe, type Probed } from "./probe.ts";
import { because, type Reason } from "./reasons.ts";

export interface Target {
  readonly sha: string;
  /** What the deploy workflow is dispatched on when the settings do not say. */
  readonly defaultBranch: string;
  /** Decide, but start nothing. */
  readonly dryRun: boolean;
  /**
   * Whether what was there before speaks for the commit: a deployment is not blamed for what was sick before it. Of a rollback that
   * is expected, and says nothing.
   */
  readonly contrast: boolean;
  /** null: none is on record. */
  readonly lastGood: Promise<LastGood | null>;
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
  readonly traffic: readonly Compared[];
  readonly latency: readonly LatencyChange[];
  readonly lastGood: LastGood | null;
  readonly effects: readonly Effect[];
  readonly startedAt: number;
  readonly arrivedAt: number | null;
  readonly decidedAt: number;
}

/** What can be begun before anything else is known. */
export interface Prepared {
  readonly lookout: Lookout;
  readonly health: Promise<Health>;
  /** One round of all probes, measured at the same time as the first look. */
  readonly first: Promise<readonly Measurement[]>;
  /** Ends the round: nobody waits for it. */
  readonly abandon: () => void;
}

/** Begins to read the version and to measure, while the caller still has something else to ask. It never rejects by itself. */
export function prepare(settings: Verification, ports: WatchPorts, commit: Commit, health: Promise<Health> = openHealth(settings, ports, commit)): Prepared {
  const lookout = new Lookout(ports, settings, commit.sha);
  lookout.prepare();
  const stop = new AbortController();
  const first = health.then((open) => measureOnce(open, { since: ports.clock.now(), signal: stop.signal }));
  first.catch(() => {});
  return { lookout, health, first, abandon: () => stop.abort() };
}

/**
 * Starts or finds the deployment of a commit, waits until it is served, probes it and judges. It ends within the deployment's
 * and the probes' time limits and one probe's more.
 */
export async function watchDeployment(settings: Verification, ports: WatchPorts, target: Target, prepared: Prepared): Promise<Watched> {
  const startedAt = ports.clock.now();
  const { lookout } = prepared;
  const health = await prepared.health;
  const { arrival, effects, before, first } = await arrive(settings, ports, target, { prepared, health, startedAt });
  const ended = (rest: Pick<Watched, "verdict" | "reasons"> & Partial<Watched>): Watched => ({
    notes: [], arrived: false, deployedSha: "", series: [], traffic: [], latency: [], lastGood: null, arrivedAt: null,
    runUrl: lookout.runUrl, effects, startedAt, decidedAt: ports.clock.now(), ...rest,
  });
  if (arrival.kind === "dispatch") return ended({ verdict: null, reasons: arrival.reasons });
  if (arrival.kind === "failed") return ended({ verdict: "unhealthy", reasons: arrival.reasons });
  const arrivedAt = ports.clock.now();
  const beganAt = lookout.beganAt ?? (before === null ? null : startedAt);
  const isLongAgo = beganAt !== null && arrivedAt - beganAt > LONG_AGO_MS;
  const { contrast } = target;
  const shared = { health, lookout, before, first, arrivedAt, beganAt: isLongAgo ? null : beganAt, contrast, lastGood: contrast ? await target.lastGood : null, hasVersion: ports.version !== null };
  if (arrival.kind === "dark") return ended(inTheDark(await probe(ports, { ...shared, hasVersion: false }), arrival.reasons));
  if (arrival.kind !== "arrived") return ended({ verdict: "inconclusive", reasons: arrival.reasons });
  ports.log.info("the deployment has arrived", { operation: "deploy", how: arrival.how, sha: arrival.sha, elapsed_ms: arrivedAt - startedAt });
  const { notes, ...judged } = await probe(ports, shared);
  return ended({ ...judged, notes: [...arrival.reasons, ...notes], arrived: true, deployedSha: arrival.sha, arrivedAt, lastGood: shared.lastGood });
}

/** What began longer ago is judged anew, and the time before it says nothing of what hurts now; milliseconds. */
const LONG_AGO_MS = 3_600_000;

interface Arrived {
  readonly arrival: Arrival;
  readonly effects: readonly Effect[];
  /** What was measured of the old version, for each check; null when it was not known to be served. */
  readonly before: readonly (readonly Measurement[])[] | null;
  /** What was measured of the new version with the first look; null when it was not served by then. */
  readonly first: readonly Measurement[] | null;
}

/** Looks until the commit is there, with at most one dispatch in between, and one look at the old version before it. */
async function arrive(settings: Verification, ports: WatchPorts, target: Target, { prepared, health, startedAt }: { readonly prepared: Prepared; readonly health: Health; readonly startedAt: number }): Promise<Arrived> {
  const { lookout } = prepared;
  const { clock } = ports;
  const limitMs = settings.deployTimeoutSeconds * 1_000;
  const until = (seen: Look | null) => {
    let known = seen;
    const gather = async (): Promise<Look> => {
      const look = known ?? (await lookout.look());
      known = null;
      return look;
    };
    return drive({
      gather, clock, limitMs: Math.max(0, startedAt + limitMs - clock.now()), decide: (look) => decideArrival(look, settings.healthTimeoutSeconds * 1_000),
      onWait: ({ reasons }, round) => ports.log[round % 20 === 1 ? "info" : "debug"]("waiting for the deployment", { operation: "deploy", round, seen: text(reasons) }),
    });
  };
  const look = await lookout.look();
  const decision = decideArrival(look, settings.healthTimeoutSeconds * 1_000);
  if (decision.kind === "arrived") return { arrival: decision, effects: [], before: null, first: await prepared.first };
  const isAsked = target.contrast && !target.dryRun && servesTheOld(look, decision);
  const before = isAsked ? await measureBefore(health, await prepared.first, { clock, since: startedAt }) : null;
  prepared.abandon();
  const seen = await until(look);
  if (seen.decision.kind !== "dispatch") return { arrival: inTime(seen, settings, target), effects: [], before, first: null };
  const effect: Effect = { kind: "dispatch", workflow: settings.deployWorkflow, ref: settings.deployRef || target.defaultBranch, input: settings.deployInput, sha: target.sha };
  if (target.dryRun) return { arrival: seen.decision, effects: [effect], before, first: null };
  const at = clock.now();
  lookout.started(at, await start(effect, ports, (run) => lookout.mayBeOurs(run)));
  return { arrival: inTime(await until(null), settings, target), effects: [effect], before, first: null };
}

/** Whether it is known that what was measured with this look was the old version. */
function servesTheOld({ version, deployment, hasEnvironment }: Look, decision: Arrival): boolean {
  if (version !== null) return version.sha !== null && !version.contains;
  return decision.kind === "dispatch" || (hasEnvironment && deployment === null);
}

/** What is still waiting when the time is up never arrived, or arrived and went dark. */
function inTime({ decision: arrival, facts }: { readonly decision: Arrival; readonly facts: Look }, settings: Verification, target: Target): Arrival {
  if (arrival.kind !== "wait") return arrival;
  if (wentDark(facts)) return { kind: "dark", reasons: arrival.reasons };
  const never = because("deploy-never-arrived", `${shortSha(target.sha)} was not served within ${settings.deployTimeoutSeconds} s`);
  return { kind: "lost", reasons: [never, ...arrival.reasons] };
}

/** A service that was deployed and went dark is unhealthy when its probes fail as well; when they do not, its version is merely unknown. */
function inTheDark(judged: Probed, why: readonly Reason[]): Pick<Watched, "verdict" | "reasons" | "series" | "arrived"> {
  const dark = because("went-dark", "it was deployed, and since then its version cannot be read");
  const verdict = judged.verdict === "unhealthy" ? "unhealthy" : "inconclusive";
  return { verdict, reasons: [dark, ...why, ...judged.reasons], series: judged.series, arrived: verdict === "unhealthy" };
}

function text(reasons: readonly Reason[]): string {
  return reasons.map(({ message }) => message).join("; ");
}

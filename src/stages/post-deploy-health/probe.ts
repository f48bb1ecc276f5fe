import { shortSha } from "../../kit/ids.ts";
import type { Measurement } from "../../probes/port.ts";
import { unseenShare } from "../../stats/binomial.ts";
import type { Errors } from "../../stats/fisher.ts";
import { compareLatency, judgeTraffic, type LatencyChange, POWER, shareText, type TrafficJudged, type TrafficSeen } from "./compare.ts";
import type { Lookout, WatchPorts } from "./facts.ts";
import { countTraffic, type Counts, type Health, longestMs } from "./health.ts";
import { type Evidence, hasPassed, isSpent, judge, type Series, type Verdict, type VersionRound } from "./judge.ts";
import { driveLanes, type Lane } from "./lanes.ts";
import type { LastGood } from "./last-good.ts";
import { type Comparison, ERROR_LIMIT, type Judgement } from "./plan/plan.ts";
import { because, type Reason } from "./reasons.ts";
import { judgeWatch } from "./watching.ts";

/** A comparison with what it came to. */
export interface Compared {
  readonly comparison: Comparison;
  readonly judged: TrafficJudged;
  /** Of the window after the deployment; null: it could not be counted. */
  readonly after: Errors | null;
  /** How many comparisons decide together. */
  readonly among: number;
}

export interface Probed {
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
  readonly notes: readonly Reason[];
  readonly series: readonly Series[];
  readonly traffic: readonly Compared[];
  readonly latency: readonly LatencyChange[];
}

interface Scene {
  readonly health: Health;
  readonly lookout: Lookout;
  readonly before: readonly (readonly Measurement[])[] | null;
  /** Measured of the new version already. */
  readonly first: readonly Measurement[] | null;
  /** Epoch milliseconds, both. */
  readonly arrivedAt: number;
  readonly beganAt: number | null;
  readonly lastGood: LastGood | null;
  /** Whether anything is compared. */
  readonly contrast: boolean;
  readonly hasVersion: boolean;
  /** Users are served it already, and for so long it has to stay well; null: it is done when it is found well. */
  readonly watch?: { readonly forMs: number; readonly cancelled: AbortSignal };
}

/** What did not go well is not measured again at once, even with an interval of 0; milliseconds. */
const CALM_MS = 250;
/** Nor what has passed, and is only watched while others are waited for. */
const WATCH_MS = 1_000;
/** A count that failed is tried again after this long, in milliseconds. */
const RECOUNT_MS = 5_000;

/** Measures everything, each at its pace, until there is a verdict. */
export async function probe(ports: Pick<WatchPorts, "clock">, scene: Scene): Promise<Probed> {
  const { health: { plan }, contrast, watch } = scene;
  // A watch is long, and a limit of measurements would end it early.
  const series = plan.checks.map(({ spec, role, rule }, index) => ({ probe: spec.name, role, rule: watch === undefined ? rule : { ...rule, count: null }, isRequest: spec.kind === "http", measurements: firstOf(scene, index), before: scene.before?.[index] ?? [] }));
  // With the first round the version was read too, and showed the commit.
  const version: VersionRound[] = scene.first !== null && scene.hasVersion ? [{ outcome: "shown", detail: "" }] : [];
  const comparisons = contrast ? plan.traffic.map((comparison, index) => new Counting(comparison, index, scene)) : [];
  const among = comparisons.filter(({ comparison }) => comparison.role === "critical").length;
  const traffic = (outOfTime: boolean): Compared[] => comparisons.map((one) => {
    const [comparison, seen] = [one.comparison, one.seen(outOfTime)];
    return { comparison, among, judged: judgeTraffic(comparison, seen, among), after: seen.after?.kind === "counted" ? seen.after : null };
  });
  const latency = () => latenciesOf(series, scene);
  const lanes: Lane[] = [
    ...series.map((one, index) => probeLane(one, index, scene)),
    ...(scene.hasVersion ? [versionLane(version, scene.lookout, plan.versionRule)] : []),
    ...comparisons.map((one) => one.lane(ports.clock)),
    ...(watch === undefined ? [] : [bell(watch.forMs)]),
  ];
  const evidence = (outOfTime: boolean): Evidence => ({
    series, version, versionRule: plan.versionRule, outOfTime,
    traffic: traffic(outOfTime).filter(({ comparison }) => comparison.role === "critical").map(({ judged }) => judged),
    latency: () => (plan.latency.role === "critical" ? latency() : []),
  });
  const decide = (outOfTime: boolean) => (watch === undefined ? judge(evidence(outOfTime)) : judgeWatch(evidence, { outOfTime, isOver: ports.clock.now() >= scene.arrivedAt + watch.forMs, isCancelled: watch.cancelled.aborted }));
  const early = scene.first === null ? null : decide(false);
  const limits = { clock: ports.clock, signal: watch?.cancelled, limitMs: plan.withinMs + (watch?.forMs ?? 0), longestMs: 2 * longestMs(plan, plan.versionRule.timeoutMs) };
  const judged = early === null || early.kind === "wait" ? await driveLanes(lanes, { ...limits, decide }) : early;
  const verdict = judged.kind === "wait" ? "inconclusive" : judged.kind;
  const compared = traffic(true);
  return { verdict, reasons: judged.reasons, notes: notesOf(series, compared, scene), series, traffic: compared, latency: latency() };
}

/** So that it is decided when the time is over, whatever is measured then. */
function bell(delayMs: number): Lane {
  return { delayMs, pauseMs: () => null, measure: async () => {} };
}

function firstOf({ first, health: { plan } }: Scene, index: number): Measurement[] {
  const measured = first?.[index];
  return measured === undefined || (plan.checks[index]?.rule.delayMs ?? 0) > 0 ? [] : [measured];
}

function probeLane(series: { readonly measurements: Measurement[]; readonly rule: Judgement }, index: number, { health, beganAt, arrivedAt }: Scene): Lane {
  const { measurements, rule } = series;
  const since = beganAt ?? arrivedAt;
  const pauseMs = () => {
    if (isSpent(measurements.map(({ outcome }) => outcome), rule)) return null;
    const least = hasPassed(series) ? WATCH_MS : measurements.at(-1)?.outcome === "success" ? 0 : CALM_MS;
    return Math.max(rule.intervalMs, least);
  };
  return {
    // One that has been measured already waits as after any other time, or is done.
    delayMs: measurements.length === 0 ? rule.delayMs : (pauseMs() ?? Infinity),
    pauseMs,
    measure: async (signal) => {
      const measured = await health.connected.probes[index]?.measure({ timeoutMs: rule.timeoutMs, signal, since });
      if (measured !== undefined) measurements.push(measured);
    },
  };
}

function versionLane(rounds: VersionRound[], lookout: Lookout, rule: Judgement): Lane {
  const passed = () => rounds.length >= rule.successes && rounds.slice(-rule.successes).every(({ outcome }) => outcome === "shown");
  return {
    delayMs: rounds.length === 0 ? 0 : rule.intervalMs,
    pauseMs: () => Math.max(rule.intervalMs, passed() ? WATCH_MS : rounds.at(-1)?.outcome === "shown" ? 0 : CALM_MS),
    measure: async (signal) => {
      const seen = await lookout.version(signal);
      if (seen === null) return;
      if (seen.contains) rounds.push({ outcome: "shown", detail: seen.sha });
      else rounds.push(seen.sha === null ? { outcome: "unread", detail: seen.reason } : { outcome: "other", detail: `${shortSha(seen.sha)} is served` });
    },
  };
}

/** One comparison on its way: it is counted when its window is over, and again while that fails. */
class Counting {
  readonly comparison: Comparison;
  readonly #index: number;
  readonly #scene: Scene;
  #counts: Counts | null = null;
  #tries = 0;

  constructor(comparison: Comparison, index: number, scene: Scene) {
    this.comparison = comparison;
    this.#index = index;
    this.#scene = scene;
  }

  seen(outOfTime: boolean): TrafficSeen {
    const lastGood = this.#scene.lastGood?.traffic.get(this.comparison.spec.name) ?? null;
    const { after, before, control } = this.#counts ?? { after: outOfTime ? { kind: "unread" as const, detail: "its window was not over in time" } : null, before: null, control: null };
    return { after, before, control, lastGood, final: outOfTime || this.#tries > ERROR_LIMIT };
  }

  lane(clock: WatchPorts["clock"]): Lane {
    const { health, arrivedAt, beganAt } = this.#scene;
    const endsAt = arrivedAt + this.comparison.windowMs;
    return {
      delayMs: Math.max(0, endsAt - clock.now()),
      pauseMs: () => (judgeTraffic(this.comparison, this.seen(false), 1).kind === "wait" ? RECOUNT_MS : null),
      measure: async (signal) => {
        this.#counts = await countTraffic(health, this.#index, { after: endsAt, before: beganAt }, signal);
        this.#tries += 1;
      },
    };
  }
}

/** Each probe against what there is more of: its own measurements before the deployment, or those of the last good one. */
function latenciesOf(series: readonly Series[], { lastGood, health: { plan } }: Scene): LatencyChange[] {
  return series.flatMap((one, index) => {
    if (plan.checks[index]?.spec.kind !== "http") return [];
    const [after, before] = [one.measurements, one.before].map((all) => all.filter(({ outcome }) => outcome === "success").map(({ latencyMs }) => latencyMs)) as [number[], number[]];
    const good = lastGood?.latencies.get(one.probe) ?? [];
    const base = good.length > before.length ? { against: "last-good" as const, values: good } : { against: "before" as const, values: before };
    return compareLatency(one, after, base, plan.latency) ?? [];
  });
}

/** What a person should know of a verdict that it does not rest on. */
function notesOf(series: readonly Series[], traffic: readonly Compared[], { health: { plan } }: Scene): Reason[] {
  const counted = traffic.flatMap(({ judged, comparison }) => (judged.kind === "pass" || comparison.role === "advisory" ? judged.reasons : []));
  const probes = series.filter(({ role, measurements }) => role === "critical" && measurements.length > 0 && measurements.every(({ outcome }) => outcome === "success"));
  const fewest = probes.toSorted((a, b) => a.measurements.length - b.measurements.length)[0];
  if (fewest === undefined || plan.traffic.length > 0) return counted;
  const count = fewest.measurements.length;
  const seen = shareText(unseenShare(count, POWER));
  return [...counted, because("sees-from", `${count} measurement${count === 1 ? "" : "s"} of ${fewest.probe} would have shown an error rate of ${seen} or more (19 times in 20), and no smaller one: \`traffic\` in health.yaml can`)];
}

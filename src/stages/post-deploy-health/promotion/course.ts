import { messageOf } from "../../../kit/errors.ts";
import { shortSha } from "../../../kit/ids.ts";
import type { Measurement } from "../../../probes/port.ts";
import type { LastGood } from "../last-good.ts";
import { Lookout, type WatchPorts } from "../facts.ts";
import type { Health } from "../health.ts";
import type { Verdict } from "../judge.ts";
import type { Policy } from "../policy.ts";
import { probe, type Probed } from "../probe.ts";
import { because, type Reason } from "../reasons.ts";
import { type Prepared, watchDeployment, type Watched } from "../watch.ts";
import { decideBack, decideGreen, type GreenFacts } from "./decide.ts";
import { isSame, lookBack, measureOld, type SeenBack, seesCommit, sickOf, UNSEEN } from "./live.ts";
import { abort, type Move, promote } from "./moves.ts";
import type { PromotionPorts } from "./ports.ts";

/** What became of a deployment that users were to be moved to. All times are epoch milliseconds. */
export interface Promotion {
  /** null: it was paused, or only tried. */
  readonly verdict: Verdict | null;
  readonly reasons: readonly Reason[];
  readonly notes: readonly Reason[];
  /** Whom users are with at the end: the version before, the new one, or nobody can tell. */
  readonly users: "old" | "new" | "unknown";
  /** Users were, or may have been, with the new version, and are not any more. */
  readonly movedBack: boolean;
  /** Production is, or may be, hurt, and a person has to see to it. */
  readonly isUrgent: boolean;
  /** The new deployment while nobody used it; null: users were served it already when this job began. */
  readonly green: Watched | null;
  /** What users saw after they were moved. */
  readonly live: Probed | null;
  readonly moves: readonly Move[];
  /** What a dry run would have done, a line each. */
  readonly would: readonly string[];
  /** Empty when nothing tells. */
  readonly deployedSha: string;
  readonly startedAt: number;
  readonly decidedAt: number;
}

type Ports = WatchPorts & PromotionPorts;

interface Known {
  /** Of the new deployment, where nobody uses it yet. */
  readonly prepared: Prepared;
  /** Of what users see. */
  readonly live: Health;
  readonly defaultBranch: string;
  readonly lastGood: Promise<LastGood | null>;
  /** Asks anew whether the commit may be served at all. */
  readonly recheck: () => Promise<GreenFacts["standing"]>;
}

/** Everything that the steps go by. */
interface Scene {
  readonly policy: Policy;
  readonly ports: Ports;
  readonly live: Health;
  readonly liveLookout: Lookout;
  readonly startedAt: number;
  readonly lastGood: Promise<LastGood | null>;
}

type Ended = Omit<Promotion, "startedAt" | "decidedAt" | "deployedSha" | "moves" | "notes" | "would" | "live" | "green" | "isUrgent" | "movedBack"> & Partial<Promotion>;

/**
 * Judges a deployment while users are served the one before, moves them when it is healthy, watches what they see, and moves them back
 * when that is anything but healthy (docs/decisions/0024-blue-green.md). Started again after a runner that died, it goes on where users
 * are: commands are run again, and nothing else is assumed of them.
 */
export async function promoteDeployment(policy: Policy, ports: Ports, known: Known): Promise<Promotion> {
  const startedAt = ports.clock.now();
  // Whatever is wrong with the configuration is said before anything is started.
  await known.prepared.health;
  const liveLookout = new Lookout(ports, policy, policy.commitSha);
  const scene: Scene = { policy, ports, live: known.live, liveLookout, startedAt, lastGood: known.lastGood };
  const end = (ended: Ended): Promotion => ({ notes: [], movedBack: false, isUrgent: false, green: null, live: null, moves: [], would: [], deployedSha: "", startedAt, decidedAt: ports.clock.now(), ...ended });
  const served = await liveLookout.version();
  if (served?.contains) {
    known.prepared.abandon();
    return end(isSame(served.sha, policy.commitSha) ? await goOn(scene) : await lookOn(scene, served.sha));
  }
  return end(await fromGreen(scene, known));
}

/** Users are served the commit: a job before this one moved them, and did not see it through. */
async function goOn(scene: Scene): Promise<Ended> {
  const { policy, ports } = scene;
  const notes = [because("served-already", `users were served ${shortSha(policy.commitSha)} when this job began, so they were moved before`)];
  if (policy.dryRun) return { verdict: null, reasons: [], notes, users: "new", would: promotionLines(policy) };
  const ended = await ports.holding((cancelled) => moveUsers(scene, { commit: policy.commitSha, before: null, cancelled }));
  return { ...ended, notes: [...notes, ...(ended.notes ?? [])] };
}

/** Users are served a later version that contains the commit: it is judged, and stays whatever comes of it, because it is another job's. */
async function lookOn({ policy, ports, live, liveLookout, lastGood }: Scene, sha: string): Promise<Ended> {
  const probed = await probe(ports, { health: live, lookout: liveLookout, before: null, first: null, arrivedAt: ports.clock.now(), beganAt: null, lastGood: await lastGood, contrast: true, hasVersion: true });
  const later = because("later-version", `users are served ${shortSha(sha)}, which contains ${shortSha(policy.commitSha)}: nobody was moved`);
  return { verdict: probed.verdict, reasons: probed.reasons, notes: [later, ...probed.notes], users: "new", live: probed, deployedSha: sha };
}

async function fromGreen(scene: Scene, known: Known): Promise<Ended> {
  const { policy, ports, live, startedAt } = scene;
  const { prepared, defaultBranch } = known;
  // What was before says nothing of it: users are served something else meanwhile, which is measured apart.
  const green = await watchDeployment(policy, { ...ports, version: ports.greenVersion }, { sha: policy.commitSha, dryRun: policy.dryRun, contrast: false, defaultBranch, lastGood: Promise.resolve(null) }, prepared);
  const seen = { green, notes: green.notes, users: "old" } as const;
  if (green.verdict === null || policy.dryRun) return { ...seen, verdict: null, reasons: green.reasons, would: wouldDo(policy, green) };
  const [serves, standing, before] = await Promise.all([servedBy(prepared.lookout, green, ports), known.recheck(), green.verdict === "inconclusive" ? [] : measureOld(live, ports.clock)]);
  const decided = decideGreen({ sha: policy.commitSha, verdict: green.verdict, reasons: green.reasons, serves, standing, sickBefore: sickOf(live, before) });
  const commit = green.deployedSha === "" || isSame(green.deployedSha, policy.commitSha) ? policy.commitSha : green.deployedSha;
  switch (decided.kind) {
    case "leave":
      return { ...seen, verdict: decided.verdict, reasons: decided.reasons };
    case "abort": {
      const moves = await ports.holding((cancelled) => abort(policy, ports, commit, cancelled));
      const last = moves.at(-1);
      const left = last?.ok === true ? [] : [because("abort-failed", `the abort command failed, so that what nobody uses may still be there: ${last?.how ?? ""}`)];
      return { ...seen, verdict: decided.verdict, reasons: [...decided.reasons, ...left], moves };
    }
    case "promote": {
      ports.log.info("the new version is healthy where nobody uses it", { operation: "promotion", sha: commit, elapsed_ms: ports.clock.now() - startedAt });
      const ended = await ports.holding((cancelled) => moveUsers(scene, { commit, before, cancelled }));
      // How much its few measurements could have shown is no question any more.
      return { ...ended, green, notes: [...(ended.notes ?? []), ...green.notes.filter(({ code }) => code !== "sees-from")] };
    }
  }
}

/** So many times in a row that nothing tells what is there, before that is believed, and the pause in between; milliseconds. */
const READS = 3;
const READ_PAUSE_MS = 250;

async function servedBy(lookout: Lookout, { deployedSha }: Watched, { clock }: Ports): Promise<GreenFacts["serves"]> {
  for (let round = 1; ; round += 1) {
    const seen = await lookout.version();
    if (seen === null) return { kind: "untold" };
    if (seen.contains) return deployedSha === "" || isSame(seen.sha, deployedSha) || isSame(deployedSha, seen.sha) ? { kind: "judged" } : { kind: "other", detail: `${shortSha(seen.sha)} is there now` };
    if (seen.sha !== null) return { kind: "other", detail: `${shortSha(seen.sha)} is there now` };
    if (round === READS) return { kind: "unread", detail: seen.reason };
    await clock.sleep(READ_PAUSE_MS);
  }
}

interface Moving {
  readonly commit: string;
  /** What users saw before, for each check; null when that is not known. */
  readonly before: readonly (readonly Measurement[])[] | null;
  readonly cancelled: AbortSignal;
}

/** Moves users, watches what they see, and moves them back when that is anything but healthy. */
async function moveUsers(scene: Scene, moving: Moving): Promise<Ended> {
  const { policy, ports } = scene;
  const { commit, cancelled } = moving;
  const moved = await promote(policy, ports, commit, cancelled);
  const found = moved.ok ? await watchUsers(scene, moving, moved) : { verdict: "inconclusive" as const, probed: null, reasons: [because("promotion-failed", `users could not be moved: the promote command failed, perhaps half-way: ${moved.how}`)] };
  if (found.verdict === "healthy") return { verdict: "healthy", reasons: [], notes: found.probed?.notes ?? [], users: "new", live: found.probed, moves: [moved], deployedSha: commit };
  return moveBack(scene, moving, { moved, ...found, reasons: cancelled.aborted ? [CANCELLED] : found.reasons });
}

/** What was found of the new version with users on it. */
interface Found {
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
  readonly probed: Probed | null;
}

const CANCELLED: Reason = because("cancelled", "the job was ended before it was known whether users are well with it");

/** Healthy is what users are seen to be served, and what stays well for the whole watch. */
async function watchUsers({ policy, ports, live, liveLookout, lastGood }: Scene, { commit, before, cancelled }: Moving, { at }: Move): Promise<Found> {
  const { clock } = ports;
  try {
    const unseen = await seesCommit(liveLookout, { clock, limitMs: policy.healthTimeoutSeconds * 1_000, sha: commit, cancelled });
    if (unseen || cancelled.aborted) return { verdict: "inconclusive", reasons: unseen ? [unseen] : [], probed: null };
    if (policy.watchSeconds === 0) return { verdict: "healthy", reasons: [], probed: null };
    const arrivedAt = clock.now();
    const watch = { forMs: policy.watchSeconds * 1_000, cancelled };
    const probed = await probe(ports, { health: live, lookout: liveLookout, before, first: null, arrivedAt, beganAt: before === null ? null : at, lastGood: await lastGood, contrast: true, hasVersion: ports.version !== null, watch });
    const after = because("after-promotion", `${seconds(clock.now() - arrivedAt)} after users were moved to it, ${shortSha(commit)} was not found well for them`);
    return { verdict: probed.verdict, reasons: [after, ...probed.reasons], probed };
  } catch (error) {
    // Whatever it was that could not be asked: users do not stay with what nobody watches.
    return { verdict: "inconclusive", reasons: [because("watch-failed", `what users are served could not be watched: ${messageOf(error)}`)], probed: null };
  }
}

/** Longest time that what users are back with may take to look well, in milliseconds. */
const BACK_MS = 30_000;

async function moveBack({ policy, ports, live, liveLookout }: Scene, { commit, cancelled }: Moving, { moved, verdict, reasons, probed }: Found & { readonly moved: Move }): Promise<Ended> {
  const { clock } = ports;
  const aborted = await abort(policy, ports, commit, cancelled);
  const last = aborted.at(-1) ?? moved;
  const look = () => lookBack(live, liveLookout, { clock, cancelled, sha: commit, limitMs: Math.min(BACK_MS, policy.healthTimeoutSeconds * 1_000) });
  // What could not be asked is not known.
  const seen = last.ok && !cancelled.aborted ? await look().catch((): SeenBack => ({ served: "unread", failing: [] })) : UNSEEN;
  const { users, reasons: mend, isUrgent } = decideBack({ abort: last, sha: commit, ...seen });
  const notes = users === "old" ? [because("moved-back", `users were moved back ${seconds(last.at + last.ms - moved.at)} after the promote command was started`)] : [];
  return { verdict, reasons: [...mend, ...reasons], notes: [...notes, ...(probed?.notes ?? [])], users, movedBack: users === "old", isUrgent, live: probed, moves: [moved, ...aborted], deployedSha: users === "old" ? "" : commit };
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function promotionLines({ promoteCommand, watchSeconds, abortCommand }: Policy): string[] {
  const watch = watchSeconds === 0 ? [] : [`watch what users are served for ${watchSeconds} s, and run the abort command when that is not healthy: ${abortCommand}`];
  return [`run the promote command: ${promoteCommand}`, ...watch];
}

function wouldDo(policy: Policy, { verdict, effects }: Watched): string[] {
  const abortLine = `run the abort command: ${policy.abortCommand}`;
  if (verdict === null) return [...effects.map(({ workflow, ref }) => `start ${workflow} on ${ref}, and judge what it deploys while users are served the version before`), ...promotionLines(policy)];
  return verdict === "healthy" ? promotionLines(policy) : [abortLine];
}

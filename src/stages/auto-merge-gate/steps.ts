import { shortSha } from "../../kit/ids.ts";
import { applyMerge, type Effect, requestOf, tidyUp } from "./apply.ts";
import type { Reason } from "./condition.ts";
import { judge } from "./decide.ts";
import type { Ending, GatePorts, Progress } from "./ending.ts";
import type { Memory } from "./facts.ts";
import { aheadOf, BURST, FEW, lineUp, LOOKS_A_ROUND, momentFor } from "./turn.ts";
import { isAwaited } from "./rules.ts";
import { isArmedHere } from "./way.ts";

/** One step's end: the gate is done, or it looks again knowing more; `idle` when it only let others go first. */
export type Step = { readonly done: Ending } | { readonly memory: Memory; readonly pauseMs: number; readonly idle?: true };

export interface Bounds {
  readonly memory: Memory;
  /** The time to wait is over: nobody goes first any more. */
  readonly isLate: boolean;
  /** What is left of that time, in milliseconds; not above 0 when it is over. */
  readonly leftMs: number;
  readonly isLast: boolean;
}

/** Carries out what a decision asks for. */
export async function take(progress: Progress, bounds: Bounds): Promise<Step> {
  const { decision, policy, ports, effects } = progress;
  const { memory, isLate, isLast } = bounds;
  if (policy.explain) return { done: explained(progress) };
  if (policy.dryRun) return { done: ended(progress, "dry-run") };
  switch (decision.kind) {
    case "already-merged":
      warnOfOthers(progress, memory);
      await tidyUp(effects, ports.repo, ports.log);
      return { done: ended(progress, memory.left.includes(progress.facts.pull.head.sha) ? "merged" : "already-merged", { mergedSha: decision.sha }) };
    case "blocked":
    case "handed-over":
      return { done: ended(progress, decision.kind) };
    case "wait":
      return waitedInVain(progress, memory);
    case "merge":
      return merge(progress, bounds);
    case "arm":
    case "enqueue":
    case "withdraw":
      return isLast ? { done: ended(progress, "timeout", { reasons: [outOfRounds(progress), ...decision.reasons] }) } : leave(progress, memory);
    case "rebuild":
      if (isLate || isLast || progress.rebuilds >= policy.maxRounds) return { done: ended(progress, "timeout", { reasons: [outOfRounds(progress), ...decision.reasons] }) };
      return takeTurn(progress, bounds);
    case "recheck":
      return recheckAt(decision.sha, progress, memory);
  }
}

/** Somebody pushed and merged it themselves while this run was about to: their decision, and no merge of what was judged. */
function warnOfOthers({ facts, ports }: Progress, { stale }: Memory): void {
  const { number, head, mergedBy } = facts.pull;
  const judged = stale.at(-1);
  if (judged === undefined || stale.includes(head.sha)) return;
  ports.log.warning(`#${number} was merged by ${mergedBy ?? "somebody else"} at ${shortSha(head.sha)}, which was not judged here: ${shortSha(judged)} was`, { operation: "merge" });
}

/** The time is out. A queue goes on without the gate, because a push takes it out; auto-merge would merge that push. */
async function waitedInVain(progress: Progress, memory: Memory): Promise<Step> {
  const { facts, decision, ports } = progress;
  const { pull } = facts;
  if (isArmedHere(facts)) {
    await ports.repo.disarmAutoMerge(pull.id, pull.number);
    // One more look: it may have been merged in the last moment.
    return { memory: { ...memory, armed: null, unarmable: [...memory.unarmable, pull.head.sha] }, pauseMs: 0 };
  }
  return { done: ended(progress, decision.reasons.some(({ code }) => code === "queued") ? "queued" : "stuck") };
}

async function merge(progress: Progress, bounds: Bounds): Promise<Step> {
  const { ports, facts, effects } = progress;
  const { memory, isLate, isLast } = bounds;
  const waiting = isLate ? null : (letOthers(progress, bounds, BURST) ?? giveWay(progress, bounds));
  if (waiting !== null) return waiting;
  const answer = await applyMerge(effects, ports.repo, ports.log);
  if (answer.kind === "merged") return { done: ended(progress, "merged", { mergedSha: answer.sha }) };
  ports.log.info(`Not merged (${answer.kind}): looking again`, { operation: "merge", reason: answer.kind === "not-mergeable" ? answer.reason : undefined });
  if (isLast) return { done: ended(progress, "timeout", { reasons: [outOfRounds(progress)] }) };
  const { head } = facts.pull;
  if (answer.kind === "head-moved") return { memory: { ...memory, stale: [...memory.stale, head.sha] }, pauseMs: 0 };
  if (answer.kind === "base-moved") return { memory, pauseMs: jitter(ports, 400) };
  return refused(answer.reason, progress, memory);
}

function refused(reason: string, { ports, facts }: Progress, memory: Memory): Step {
  const { head, base } = facts.pull;
  const before = memory.refusal?.head === head.sha && memory.refusal.base === base.sha ? memory.refusal.times : 0;
  const refusal = { head: head.sha, base: base.sha, reason, times: before + 1, at: ports.clock.now() };
  // What GitHub itself waits for is asked again as often as the time allows, and is no rebuild in vain.
  if (isAwaited(reason)) return { memory: { ...memory, refusal }, pauseMs: 0, idle: true };
  return { memory: { ...memory, refusal }, pauseMs: jitter(ports, 200 * 2 ** before) };
}

/** Leaves the merge to GitHub, bound to the judged head, or takes that back. */
async function leave(progress: Progress, memory: Memory): Promise<Step> {
  const { ports, facts, effects } = progress;
  const { repo, log } = ports;
  const { pull } = facts;
  const [effect] = effects;
  const again = { pauseMs: 0 };
  const left = { ...memory, left: [...memory.left, pull.head.sha] };
  switch (effect?.kind) {
    case "disarm":
      await repo.disarmAutoMerge(pull.id, pull.number);
      log.info(`Disarmed auto-merge of #${pull.number}: its head or the judgement is another`, { operation: "merge" });
      return { memory: { ...memory, armed: null }, ...again };
    case "dequeue":
      await repo.dequeuePull(pull.id, pull.number);
      log.info(`Took #${pull.number} out of the merge queue: the judgement is another`, { operation: "merge" });
      return { memory: { ...memory, queued: null }, ...again };
    case "arm": {
      const answer = await repo.armAutoMerge(pull.id, requestOf(effect));
      log.info(`Auto-merge of #${pull.number} at ${shortSha(effect.sha)}: ${answer.kind}${answer.kind === "refused" ? ` (${answer.reason})` : ""}`, { operation: "merge" });
      if (answer.kind === "armed") return { memory: { ...left, armed: effect.sha }, ...again };
      if (answer.kind === "head-moved") return { memory: { ...memory, stale: [...memory.stale, effect.sha] }, ...again };
      // Nothing is left to wait for, or it is not to be had: then the gate waits and merges by itself.
      return { memory: { ...memory, unarmable: [...memory.unarmable, effect.sha] }, ...again };
    }
    case "enqueue": {
      const answer = await repo.enqueuePull(pull.id, { number: pull.number, sha: effect.sha });
      log.info(`Merge queue, #${pull.number} at ${shortSha(effect.sha)}: ${answer.kind}`, { operation: "merge" });
      if (answer.kind === "queued") return { memory: { ...left, queued: { head: effect.sha, seen: false, at: ports.clock.now() } }, ...again };
      if (answer.kind === "head-moved") return { memory: { ...memory, stale: [...memory.stale, effect.sha] }, ...again };
      return refused(answer.reason, progress, memory);
    }
    default:
      throw new Error(`nothing to leave to GitHub among ${effects.map(({ kind }: Effect) => kind).join()}`);
  }
}

/** Rebuilds when it is this one's turn; a conflict that others are about to make anew is not worth resolving. */
async function takeTurn(progress: Progress, bounds: Bounds): Promise<Step> {
  const { clock } = progress.ports;
  const { memory } = bounds;
  const waiting = letOthers(progress, bounds, 0);
  if (waiting !== null) return waiting;
  const began = clock.now();
  const step = await rebuildOnce(progress, memory);
  return "done" in step ? step : { ...step, memory: { ...step.memory, roundMs: Math.max(300, clock.now() - began) } };
}

/** Waits while more than `most` others stand before this one; null: it is its turn. */
function letOthers({ facts, ports, policy }: Progress, { memory, leftMs }: Bounds, most: number): Step | null {
  const { random = Math.random, clock, log } = ports;
  const ahead = aheadOf(facts.pull, clock.now());
  if (ahead <= most || policy.waitSeconds === 0) return null;
  const { pauseMs: wanted, line } = lineUp(ahead, memory.line, clock.now(), { guessMs: memory.roundMs, random: random() });
  if (wanted === 0) return null;
  const pauseMs = within(leftMs, wanted);
  log.info(`${ahead} pull requests go first; looking again in ${(pauseMs / 1000).toFixed(1)} s`, { operation: "wait" });
  return { memory: { ...memory, line }, pauseMs, idle: true };
}

/** Several at once would all ask for the merge that only the first of them gets: each of the others looks once more before it asks. */
function giveWay({ facts, ports, policy }: Progress, { memory, leftMs }: Bounds): Step | null {
  const now = ports.clock.now();
  const ahead = aheadOf(facts.pull, now);
  if (ahead <= FEW || memory.line !== null || policy.waitSeconds === 0) return null;
  return { memory: { ...memory, line: { ahead, movedAt: now, first: { ahead, at: now }, eachMs: null } }, pauseMs: within(leftMs, momentFor(ahead, memory.roundMs / LOOKS_A_ROUND)), idle: true };
}

/** A pause that ends, at the latest, when the time is over: a moment later it is late. */
function within(leftMs: number, pauseMs: number): number {
  return Math.min(pauseMs, Math.max(0, leftMs) + 1);
}

async function rebuildOnce(progress: Progress, memory: Memory): Promise<Step> {
  const { facts, policy, ports } = progress;
  const { rebuild } = await import("./rebuild.ts");
  const result = await rebuild(facts, policy, ports.repo);
  // Many gates at once spread out, so that the ones that came too late do not collide again.
  if (result.kind === "moved") return { memory, pauseMs: jitter(ports, 250) };
  const { head, base } = facts.pull;
  if (result.kind === "obstacle") {
    return { memory: { ...memory, obstacles: [...memory.obstacles, { head: head.sha, base: base.sha, reason: result.reason }] }, pauseMs: 0 };
  }
  ports.log.info(`Rebuilt ${head.branch} on ${shortSha(base.sha)} as ${shortSha(result.sha)}`, { operation: "rebuild", trace_id: policy.traceId });
  return recheckAt(result.sha, progress, { ...memory, rebuilt: [...memory.rebuilt, result.sha] });
}

async function recheckAt(sha: string, { facts, policy, ports }: Progress, memory: Memory): Promise<Step> {
  const { checkRebuilt } = await import("./rebuild.ts");
  const reason = await checkRebuilt(sha, facts, policy, ports.recheck);
  const obstacles = reason === null ? memory.obstacles : [...memory.obstacles, { head: sha, base: null, reason }];
  return { memory: { ...memory, rechecked: [...memory.rechecked, sha], obstacles }, pauseMs: 0 };
}

function ended(progress: Progress, outcome: Ending["outcome"], more: { readonly mergedSha?: string; readonly reasons?: readonly Reason[] } = {}): Ending {
  const { facts, decision, effects, looks, rebuilds } = progress;
  return { outcome, facts, decision, effects, looks, rebuilds, mergedSha: more.mergedSha ?? "", reasons: more.reasons ?? decision.reasons };
}

/** The whole table, whatever has become of the pull request. */
function explained(progress: Progress): Ending {
  const { facts, policy, ports, decision } = progress;
  const conditions = judge(facts, policy, ports.clock.now());
  const mergedSha = decision.kind === "already-merged" ? decision.sha : "";
  return ended({ ...progress, decision: { ...decision, conditions } }, "explained", { mergedSha, reasons: conditions.flatMap(({ reason }) => reason ?? []) });
}

function outOfRounds({ facts, rebuilds }: Progress): Reason {
  return {
    code: "rounds-exhausted",
    message: `\`${facts.pull.base.branch}\` kept moving: it was rebuilt ${rebuilds} times and still did not fit`,
    fix: "Run the gate again when less is being merged, or raise `max-rounds` and `wait-seconds`.",
  };
}

function jitter({ random = Math.random }: GatePorts, longestMs: number): number {
  return Math.round(longestMs * (0.25 + 0.75 * random()));
}

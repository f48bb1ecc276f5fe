import type { Repository } from "../../github/port.ts";
import type { Clock } from "../../kit/clock.ts";
import { drive } from "../../kit/drive.ts";
import { shortSha } from "../../kit/ids.ts";
import type { Log } from "../../kit/log.ts";
import { applyMerge, type Effect, plan, tidyUp } from "./apply.ts";
import type { Reason } from "./condition.ts";
import { type Decision, decide } from "./decide.ts";
import { gather, type GateFacts, type Memory, nothingYet } from "./facts.ts";
import type { Policy } from "./policy.ts";
import type { Recheck } from "./rebuild.ts";
import { aheadOf, pauseFor } from "./turn.ts";

export interface GatePorts {
  readonly repo: Pick<Repository, "owner" | "name" | "readPull" | "listPullFiles" | "readModes" | "mergePull" | "deleteBranch" | "commitMerge" | "requestCount">;
  readonly recheck: Recheck;
  readonly clock: Clock;
  readonly log: Log;
  /** Uniform in [0, 1); spreads gates that work at the same time. */
  readonly random?: () => number;
}

/** How it ended, with everything the report tells. */
export interface Ending {
  readonly outcome: "merged" | "already-merged" | "blocked" | "handed-over" | "timeout" | "dry-run";
  readonly mergedSha: string;
  readonly facts: GateFacts;
  /** The last decision, with its conditions. */
  readonly decision: Decision;
  readonly reasons: readonly Reason[];
  readonly effects: readonly Effect[];
  readonly looks: number;
  readonly rebuilds: number;
}

/** One step's end: the gate is done, or it looks again knowing more; `idle` when it only let others go first. */
type Step = { readonly done: Ending } | { readonly memory: Memory; readonly pauseMs: number; readonly idle?: true };

interface Progress {
  readonly policy: Policy;
  readonly ports: GatePorts;
  readonly facts: GateFacts;
  readonly decision: Decision;
  readonly effects: readonly Effect[];
  readonly looks: number;
  readonly rebuilds: number;
}

/**
 * Gathers and decides until the pull request is merged or cannot be, and carries out what each decision asks for. Bounded by
 * `wait-seconds` and `max-rounds`: each turn that does not end it costs a rebuild, or a merge that somebody else's push defeated.
 * @param policy with its trace id resolved by `adopt`, once the pull request is known.
 */
export async function run(given: Policy, adopt: (facts: GateFacts) => Policy, ports: GatePorts, runId: string): Promise<Ending> {
  const { clock } = ports;
  const deadline = clock.now() + given.waitSeconds * 1000;
  const maxTurns = 4 * given.maxRounds + 8;
  let policy = given;
  let memory = nothingYet;
  let looks = 0;
  for (let turn = 1; ; ) {
    const began = clock.now();
    const driven = await drive<GateFacts, Decision>({
      gather: async () => {
        const facts = await gather(ports.repo, given, { runId, memory });
        policy = adopt(facts);
        return facts;
      },
      decide: (facts) => decide(facts, policy, clock.now()),
      clock,
      limitMs: given.dryRun ? 0 : deadline - clock.now(),
      longestPauseMs: 10_000,
      onWait: (decision) => ports.log.info(`Waiting: ${decision.reasons.map(({ message }) => message).join("; ")}`, { operation: "wait", trace_id: policy.traceId }),
    });
    looks += driven.rounds;
    // A rebuild is about ten requests; a first look tells how long one takes here.
    if (memory.roundMs === 0) memory = { ...memory, roundMs: Math.max(300, ((clock.now() - began) / driven.rounds) * 10) };
    const { facts, decision } = driven;
    const rebuilds = memory.rebuilt.length;
    const progress: Progress = { policy, ports, facts, decision, looks, rebuilds, effects: plan(decision, facts, policy) };
    const isLate = (turn > 1 || memory.ahead !== null) && clock.now() > deadline;
    const step = await take(progress, { memory, isLate, isLast: turn >= maxTurns });
    if ("done" in step) return step.done;
    memory = step.memory;
    if (!step.idle) turn += 1;
    await clock.sleep(step.pauseMs);
  }
}

interface Bounds {
  readonly memory: Memory;
  readonly isLate: boolean;
  readonly isLast: boolean;
}

async function take(progress: Progress, { memory, isLate, isLast }: Bounds): Promise<Step> {
  const { decision, policy, ports, effects } = progress;
  if (policy.dryRun) return { done: ended(progress, "dry-run") };
  switch (decision.kind) {
    case "already-merged":
      await tidyUp(effects, ports.repo, ports.log);
      return { done: ended(progress, "already-merged", { mergedSha: decision.sha }) };
    case "blocked":
    case "handed-over":
      return { done: ended(progress, decision.kind) };
    case "wait":
      return { done: ended(progress, "timeout") };
    case "merge":
      return merge(progress, memory, isLast);
    case "rebuild":
      if (isLate || isLast || progress.rebuilds >= policy.maxRounds) return { done: ended(progress, "timeout", { reasons: [outOfRounds(progress), ...decision.reasons] }) };
      return takeTurn(progress, memory);
    case "recheck":
      return recheckAt(decision.sha, progress, memory);
  }
}

async function merge(progress: Progress, memory: Memory, isLast: boolean): Promise<Step> {
  const { ports, facts, effects } = progress;
  const answer = await applyMerge(effects, ports.repo, ports.log);
  if (answer.kind === "merged") return { done: ended(progress, "merged", { mergedSha: answer.sha }) };
  ports.log.info(`Not merged (${answer.kind}): looking again`, { operation: "merge", reason: answer.kind === "not-mergeable" ? answer.reason : undefined });
  if (isLast) return { done: ended(progress, "timeout", { reasons: [outOfRounds(progress)] }) };
  if (answer.kind === "head-moved") return { memory, pauseMs: 0 };
  if (answer.kind === "base-moved") return { memory, pauseMs: jitter(ports, 400) };
  const { head, base } = facts.pull;
  const before = memory.refusal?.head === head.sha && memory.refusal.base === base.sha ? memory.refusal.times : 0;
  return { memory: { ...memory, refusal: { head: head.sha, base: base.sha, reason: answer.reason, times: before + 1 } }, pauseMs: jitter(ports, 200 * 2 ** before) };
}

/** Rebuilds when it is this one's turn; a conflict that others are about to make anew is not worth resolving. */
async function takeTurn(progress: Progress, memory: Memory): Promise<Step> {
  const { facts, ports } = progress;
  const { random = Math.random, clock } = ports;
  const ahead = aheadOf(facts.pull, clock.now());
  const pauseMs = pauseFor(ahead, memory.ahead, memory.roundMs, random());
  if (pauseMs > 0) {
    ports.log.info(`${ahead} pull requests go first; looking again in ${(pauseMs / 1000).toFixed(1)} s`, { operation: "wait" });
    return { memory: { ...memory, ahead }, pauseMs, idle: true };
  }
  const began = clock.now();
  const step = await rebuildOnce(progress, memory);
  return "done" in step ? step : { ...step, memory: { ...step.memory, roundMs: Math.max(300, clock.now() - began) } };
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

import { drive } from "../../kit/drive.ts";
import { plan } from "./apply.ts";
import { type Decision, decide } from "./decide.ts";
import type { Ending, GatePorts, Progress } from "./ending.ts";
import { gather, type GateFacts, type Memory, nothingYet, type Run } from "./facts.ts";
import type { Policy } from "./policy.ts";
import { take } from "./steps.ts";
import { LOOKS_A_ROUND } from "./turn.ts";

/**
 * Gathers and decides until the pull request is merged or cannot be, and carries out what each decision asks for. Bounded by
 * `wait-seconds` and `max-rounds`: each turn that does not end it costs a rebuild, or a merge that somebody else's push defeated.
 * @param policy with its trace id resolved by `adopt`, once the pull request is known.
 */
export async function run(given: Policy, adopt: (facts: GateFacts) => Policy, ports: GatePorts, here: Run): Promise<Ending> {
  const { clock } = ports;
  const started = clock.now();
  const deadline = started + given.waitSeconds * 1000;
  const maxTurns = 4 * given.maxRounds + 8;
  let policy = given;
  let memory = nothingYet;
  let looks = 0;
  for (let turn = 1; ; ) {
    const began = clock.now();
    const driven = await drive<GateFacts, Decision>({
      gather: async () => {
        const facts = await gather(ports.repo, given, { ...here, memory });
        memory = noticed(memory, facts);
        policy = adopt(facts);
        return facts;
      },
      decide: (facts) => decide(facts, policy, clock.now()),
      clock,
      limitMs: given.dryRun || given.explain ? 0 : deadline - clock.now(),
      // What GitHub refused a moment ago is not ready at once.
      ...(memory.refusal === null ? {} : { firstPauseMs: 5_000 }),
      // An armed auto-merge is watched closely: it would merge whatever is pushed.
      longestPauseMs: () => (memory.armed === null ? longestPause(clock.now() - started) : PAUSE_MS),
      onWait: (decision) => ports.log.info(`Waiting: ${decision.reasons.map(({ message }) => message).join("; ")}`, { operation: "wait", trace_id: policy.traceId }),
    });
    looks += driven.rounds;
    // A first look tells how long a request takes here.
    if (memory.roundMs === 0) memory = { ...memory, roundMs: Math.max(500, ((clock.now() - began) / driven.rounds) * LOOKS_A_ROUND) };
    const { facts, decision } = driven;
    const rebuilds = memory.rebuilt.length;
    const progress: Progress = { policy, ports, facts, decision, looks, rebuilds, effects: plan(decision, facts, policy) };
    const leftMs = deadline - clock.now();
    const isLate = (turn > 1 || memory.line !== null) && leftMs < 0;
    const step = await take(progress, { memory, isLate, leftMs, isLast: turn >= maxTurns });
    if ("done" in step) return step.done;
    memory = step.memory;
    if (!step.idle) turn += 1;
    await clock.sleep(step.pauseMs);
  }
}

const PAUSE_MS = 10_000;

/** A long wait is rarely over in a moment, and each look costs GitHub a large query. Both in milliseconds. */
function longestPause(waitedMs: number): number {
  return waitedMs < 5 * 60_000 ? PAUSE_MS : waitedMs < 30 * 60_000 ? 30_000 : 60_000;
}

/** What one look tells for the next: that the queue has taken it in. */
function noticed(memory: Memory, { pull }: GateFacts): Memory {
  const { queued } = memory;
  return queued !== null && pull.queue.entry !== null && !queued.seen ? { ...memory, queued: { ...queued, seen: true } } : memory;
}

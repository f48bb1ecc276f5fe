import type { Clock } from "./clock.ts";

/** A decision that may ask to look again later. */
export interface Waitable {
  readonly kind: string;
  /** With `wait`: when to look again, in milliseconds; the driver's own backoff when absent. */
  readonly retryAfterMs?: number;
}

export interface Driven<F, D> {
  readonly facts: F;
  readonly decision: D;
  readonly rounds: number;
  /** True when the last decision was still `wait` as the time or the rounds ran out. */
  readonly gaveUp: boolean;
}

/**
 * Repeats gather → decide while the decision is `wait`, inside a bound of time and rounds.
 *
 * The pause starts at `firstPauseMs` and grows by half each round up to `longestPauseMs`, so that something that is
 * ready at once is seen at once and a long wait costs few requests; that bound may be another each time. All durations are milliseconds.
 */
export async function drive<F, D extends Waitable>(options: {
  readonly gather: (round: number) => Promise<F>;
  readonly decide: (facts: F) => D;
  readonly clock: Clock;
  readonly limitMs: number;
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number | (() => number);
  readonly maxRounds?: number;
  readonly onWait?: (decision: D, round: number) => void;
}): Promise<Driven<F, D>> {
  const { clock, maxRounds = 10_000, longestPauseMs = 5_000 } = options;
  const deadline = clock.now() + options.limitMs;
  const longest = typeof longestPauseMs === "number" ? () => longestPauseMs : longestPauseMs;
  let pause = options.firstPauseMs ?? 200;
  for (let round = 1; ; round += 1) {
    const facts = await options.gather(round);
    const decision = options.decide(facts);
    if (decision.kind !== "wait") return { facts, decision, rounds: round, gaveUp: false };
    const wanted = decision.retryAfterMs ?? pause;
    const left = deadline - clock.now();
    if (left <= 0 || round >= maxRounds) return { facts, decision, rounds: round, gaveUp: true };
    options.onWait?.(decision, round);
    await clock.sleep(Math.min(wanted, left));
    pause = Math.min(pause * 1.5, longest());
  }
}

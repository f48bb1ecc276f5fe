/** A small seeded generator, so that a run with faults can be repeated exactly. */
export type Random = () => number;

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough for delays. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A fixed time, or a log-normal one known by two of its quantiles. Milliseconds. */
export type Delay = number | { readonly medianMs: number; readonly p95Ms: number };

/** Quantile 0.95 of the standard normal distribution. */
const z95 = 1.6448536269514722;

export function sample(delay: Delay, random: Random): number {
  if (typeof delay === "number") return delay;
  const sigma = Math.log(delay.p95Ms / delay.medianMs) / z95;
  // Box-Muller; 1 - random() keeps the logarithm away from zero.
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return delay.medianMs * Math.exp(sigma * normal);
}

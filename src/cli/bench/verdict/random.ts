/** Numbers that look random and are the same for the same seed, in [0, 1). */
export type Random = () => number;

/**
 * A stream of its own for each seed and name (sfc32 of C. Doty-Humphrey's PractRand, seeded by FNV-1a of the name).
 * @param seed a whole number.
 */
export function randomOf(seed: number, name: string): Random {
  let hash = 2_166_136_261;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 16_777_619);
  let [a, b, c, d] = [seed | 0, Math.floor(seed / 2 ** 32) | 0, hash | 0, 1];
  const next = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return (t >>> 0) / 2 ** 32;
  };
  // The first numbers still look like the seed.
  for (let round = 0; round < 15; round += 1) next();
  return next;
}

/** How many of `trials` succeed with probability `p`: counted by the gaps between successes, which are geometric. */
export function binomial(random: Random, trials: number, p: number): number {
  if (p <= 0 || trials === 0) return 0;
  if (p > 0.5) return trials - binomial(random, trials, 1 - p);
  const scale = Math.log1p(-p);
  let count = -1;
  for (let at = 0; at <= trials; count += 1) at += Math.floor(Math.log(1 - random()) / scale) + 1;
  return count;
}

/** About normal, with mean 0 and variance 1 (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * The q-quantile by nearest rank: the smallest value that at least a share `q` of all values does not exceed, so it is always a
 * value that was seen (Hyndman & Fan 1996, Sample Quantiles in Statistical Packages, definition 1).
 * @param ascending values in ascending order.
 * @param q in (0, 1].
 * @returns null when there is no value.
 */
export function quantile(ascending: readonly number[], q: number): number | null {
  if (!(q > 0 && q <= 1)) throw new RangeError(`A quantile is asked for in (0, 1], not at ${q}`);
  // A product such as 0.99 × 100 may come out a little above the whole number that it is.
  const rank = Math.ceil(q * ascending.length - 1e-9);
  return ascending[Math.max(rank, 1) - 1] ?? null;
}

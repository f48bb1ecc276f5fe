import { normalTail } from "./normal.ts";

export interface Shift {
  /**
   * How likely it is, were both alike, that `after` stands so far above `before` (one-sided). 1 when there is nothing to compare.
   */
  readonly p: number;
  /**
   * The probability that one of `after` is greater than one of `before`, ties counting half (A. Vargha and H. D. Delaney 2000, A
   * critique and improvement of the CL common language effect size statistics): 0.5 is no effect, from 0.71 on they call it large.
   */
  readonly effect: number;
}

/** As many pairs as are counted out; more are approximated. */
const EXACT_PAIRS = 900;

/**
 * Whether `after` tends to be greater than `before` (H. B. Mann and D. R. Whitney 1947, On a test of whether one of two random variables
 * is stochastically larger than the other). Without ties and up to 900 pairs the p is exact; otherwise it is the normal approximation
 * with the correction for ties and for continuity (E. L. Lehmann, Nonparametrics, 1.4).
 */
export function mannWhitney(after: readonly number[], before: readonly number[]): Shift {
  const [n, m] = [after.length, before.length];
  if (n === 0 || m === 0) return { p: 1, effect: 0.5 };
  const { u, ties } = rankSum(after, before);
  const p = ties.length === 0 && n * m <= EXACT_PAIRS ? exactTail(u, n, m) : approximateTail(u, n, m, ties);
  return { p, effect: u / (n * m) };
}

/** U: pairs in which the one after is the greater, ties counting half; and the sizes of the groups of equal values. */
function rankSum(after: readonly number[], before: readonly number[]): { readonly u: number; readonly ties: readonly number[] } {
  const all = [...after.map((value) => ({ value, ours: true })), ...before.map((value) => ({ value, ours: false }))].sort((a, b) => a.value - b.value);
  const ties: number[] = [];
  let ranks = 0;
  for (let start = 0; start < all.length; ) {
    let end = start + 1;
    while (end < all.length && all[end]?.value === all[start]?.value) end += 1;
    if (end - start > 1) ties.push(end - start);
    // Ranks begin at 1; equal values share the middle of theirs.
    ranks += ((start + 1 + end) / 2) * all.slice(start, end).filter(({ ours }) => ours).length;
    start = end;
  }
  return { u: ranks - (after.length * (after.length + 1)) / 2, ties };
}

/** P(U ≥ u) by the recurrence of Mann and Whitney, in shares of all orders instead of their number. */
function exactTail(u: number, n: number, m: number): number {
  // row[j][k] is P(U = k) of i values against j.
  let row: number[][] = Array.from({ length: m + 1 }, () => [1]);
  for (let i = 1; i <= n; i += 1) {
    const next: number[][] = [[1]];
    for (let j = 1; j <= m; j += 1) {
      // The greatest of all is one of ours, which beats all j of theirs, or one of theirs.
      const [ours, theirs] = [row[j] ?? [], next[j - 1] ?? []];
      next.push(Array.from({ length: i * j + 1 }, (_, k) => (i / (i + j)) * (ours[k - j] ?? 0) + (j / (i + j)) * (theirs[k] ?? 0)));
    }
    row = next;
  }
  return Math.min(1, (row[m] ?? []).slice(u).reduce((sum, share) => sum + share, 0));
}

function approximateTail(u: number, n: number, m: number, ties: readonly number[]): number {
  const all = n + m;
  const tied = ties.reduce((sum, size) => sum + size ** 3 - size, 0);
  const variance = ((n * m) / 12) * (all + 1 - tied / (all * (all - 1)));
  // All are equal: nothing tells them apart.
  if (variance <= 0) return 1;
  return normalTail((u - (n * m) / 2 - 0.5) / Math.sqrt(variance));
}

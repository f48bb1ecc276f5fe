import { logChoose } from "./gamma.ts";
import { bisect } from "./normal.ts";

/** P(X = k) of k successes in n trials of probability p. */
export function binomialPoint(k: number, n: number, p: number): number {
  if (k < 0 || k > n) return 0;
  if (p <= 0) return k === 0 ? 1 : 0;
  if (p >= 1) return k === n ? 1 : 0;
  return Math.exp(logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p));
}

/** P(X ≥ k) of at least k successes in n trials of probability p; summed from the side that is the smaller. */
export function binomialTail(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n) return 0;
  return k > n * p ? sumUp(k, n, p) : 1 - sumDown(k - 1, n, p);
}

/** A term that adds less than this share ends a sum. */
const NEGLIGIBLE = 1e-18;

function sumUp(from: number, n: number, p: number): number {
  let term = binomialPoint(from, n, p);
  let sum = term;
  for (let k = from; k < n && term > sum * NEGLIGIBLE; k += 1) sum += term *= ((n - k) / (k + 1)) * (p / (1 - p));
  return Math.min(sum, 1);
}

function sumDown(from: number, n: number, p: number): number {
  let term = binomialPoint(from, n, p);
  let sum = term;
  for (let k = from; k > 0 && term > sum * NEGLIGIBLE; k -= 1) sum += term *= (k / (n - k + 1)) * ((1 - p) / p);
  return Math.min(sum, 1);
}

/**
 * The exact two-sided interval of a share (C. J. Clopper and E. S. Pearson 1934, The use of confidence or fiducial limits illustrated
 * in the case of the binomial): it holds the true one at least `confidence` of the time.
 */
export function shareInterval(successes: number, trials: number, confidence: number): { readonly low: number; readonly high: number } {
  const side = (1 - confidence) / 2;
  return {
    low: successes === 0 ? 0 : bisect(0, 1, (p) => binomialTail(successes, trials, p) >= side),
    high: successes === trials ? 1 : bisect(0, 1, (p) => 1 - binomialTail(successes + 1, trials, p) <= side),
  };
}

/** The smallest share of failures that `measurements` would have shown at least one of with this `confidence`; 1 for none. */
export function unseenShare(measurements: number, confidence: number): number {
  return measurements <= 0 ? 1 : 1 - (1 - confidence) ** (1 / measurements);
}

import { binomialPoint, binomialTail } from "./binomial.ts";
import { bisect, normalQuantile, normalTail } from "./normal.ts";

/** From here on counts are so many that the normal approximation is as good, and quicker. */
const MANY = 100_000;
/** How far from its mean a count is followed, in standard deviations. */
const REACH = 8;

/**
 * The smallest error rate after a change that a test would see with the given power, when it is `rate` before: the exact power of the
 * test, summed over what may be counted before, and the rate found by halving.
 * @param worse the test: whether so many errors after are worse than so many before. More after are never less bad.
 * @param critical the greatest share of false alarms of the test; read only where the approximation stands in for it.
 * @returns null when no rate could be seen: there are too few requests.
 */
export function detectableRate(options: {
  readonly requests: { readonly after: number; readonly before: number };
  readonly rate: number;
  readonly power: number;
  readonly critical: number;
  readonly worse: (errorsAfter: number, errorsBefore: number) => boolean;
}): number | null {
  const { requests, rate, power, worse } = options;
  if (Math.max(requests.after, requests.before) > MANY) return approximateRate(options);
  const spread = REACH * Math.sqrt(requests.before * rate * (1 - rate)) + REACH;
  const [low, high] = [Math.max(0, Math.floor(requests.before * rate - spread)), Math.min(requests.before, Math.ceil(requests.before * rate + spread))];
  const cases: { readonly share: number; readonly needed: number }[] = [];
  let needed = leastWorse(0, requests.after, (errors) => worse(errors, low));
  for (let errors = low; errors <= high; errors += 1) {
    while (needed <= requests.after && !worse(needed, errors)) needed += 1;
    cases.push({ share: binomialPoint(errors, requests.before, rate), needed });
  }
  const powerAt = (after: number) => cases.reduce((sum, one) => sum + (one.share < 1e-12 ? 0 : one.share * binomialTail(one.needed, requests.after, after)), 0);
  if (powerAt(1) < power) return null;
  return bisect(rate, 1, (after) => powerAt(after) >= power);
}

/** The least count at which it is worse, by halving; one more than there are when it never is. */
function leastWorse(from: number, to: number, worse: (errors: number) => boolean): number {
  let [low, high] = [from, to + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (middle > to || worse(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** As above by the normal approximation of two shares (J. L. Fleiss, Statistical Methods for Rates and Proportions, 2nd edition, 3.2). */
function approximateRate({ requests, rate, power, critical, worse }: Parameters<typeof detectableRate>[0]): number | null {
  const isSeen = (after: number) => {
    const pooled = (requests.after * after + requests.before * rate) / (requests.after + requests.before);
    const under = Math.sqrt(pooled * (1 - pooled) * (1 / requests.after + 1 / requests.before));
    const real = Math.sqrt((after * (1 - after)) / requests.after + (rate * (1 - rate)) / requests.before);
    if (real === 0) return after > rate;
    const isBeyondFloor = worse(Math.floor(requests.after * after), Math.ceil(requests.before * rate));
    return isBeyondFloor && 1 - normalTail((after - rate - normalQuantile(critical) * under) / real) >= power;
  };
  return isSeen(1) ? bisect(rate, 1, isSeen) : null;
}

/**
 * The smallest effect (Vargha and Delaney's A) that the test of Mann and Whitney would see at this level with this power (G. E. Noether
 * 1987, Sample Size Determination for Some Common Nonparametric Tests). null when there are too few values for any.
 */
export function detectableEffect({ after, before, level, power }: { readonly after: number; readonly before: number; readonly level: number; readonly power: number }): number | null {
  const all = after + before;
  if (after === 0 || before === 0) return null;
  const share = after / all;
  const effect = 0.5 + (normalQuantile(level) + normalQuantile(1 - power)) / Math.sqrt(12 * all * share * (1 - share));
  return effect <= 1 ? effect : null;
}

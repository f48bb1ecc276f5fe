/**
 * P(Z > z) of a standard normal variable, to about 1e-15 (Hart 1968 as given by G. West, Better approximations to cumulative
 * normal functions, Wilmott Magazine, May 2005).
 */
export function normalTail(z: number): number {
  const x = Math.abs(z);
  const upper = x > 37 ? 0 : Math.exp(-x * x / 2) * (x < CONTINUED_FROM ? horner(NUMERATOR, x) / horner(DENOMINATOR, x) : 1 / (continued(x) * Math.sqrt(2 * Math.PI)));
  return z > 0 ? upper : 1 - upper;
}

const CONTINUED_FROM = 7.07106781186547;
const NUMERATOR = [0.0352624965998911, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931, 220.206867912376];
const DENOMINATOR = [0.0883883476483184, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831, 793.826512519948, 440.413735824752];

function horner(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

function continued(x: number): number {
  return [4, 3, 2, 1].reduce((under, above) => x + above / under, x + 0.65);
}

/** The z with P(Z > z) = `tail`, for a tail in (0, 0.5]. */
export function normalQuantile(tail: number): number {
  if (!(tail > 0 && tail <= 0.5)) throw new RangeError(`A tail is asked for in (0, 0.5], not of ${tail}`);
  return bisect(0, 38, (z) => normalTail(z) <= tail);
}

/** The least x in [low, high] at which `holds` is true, for one that is false before and true after it; `high` when it never is. */
export function bisect(low: number, high: number, holds: (x: number) => boolean): number {
  let [from, to] = [low, high];
  // Sixty halvings are more than a double can tell apart.
  for (let step = 0; step < 60; step += 1) {
    const middle = (from + to) / 2;
    if (holds(middle)) to = middle;
    else from = middle;
  }
  return to;
}

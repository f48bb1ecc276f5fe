import { logChoose } from "./gamma.ts";

/** How many of how many went wrong. */
export interface Errors {
  readonly errors: number;
  readonly requests: number;
}

/** A term that adds less than this share ends a sum. */
const NEGLIGIBLE = 1e-18;

/**
 * The one-sided exact test of two error counts (R. A. Fisher 1935, The Logic of Inductive Inference): how likely it is, were both of
 * one rate, that at least as many of all the errors fell into `after` as did. Small means that `after` is worse. It is exact at any
 * size, 0 included, so that it never cries wolf more often than its level says.
 *
 * With a errors of n requests after and b of m before it is the upper tail of the hypergeometric distribution at a. One term is taken
 * by logarithms of the gamma function, the others by their ratio to it.
 * @throws RangeError for counts that are none.
 */
export function fisherTail(after: Errors, before: Errors): number {
  for (const { errors, requests } of [after, before]) {
    if (!Number.isSafeInteger(errors) || !Number.isSafeInteger(requests) || errors < 0 || errors > requests) throw new RangeError(`${errors} of ${requests} is no count of errors`);
  }
  const [drawn, rest] = [after.requests, before.requests];
  const marked = after.errors + before.errors;
  const [least, most] = [Math.max(0, marked - rest), Math.min(drawn, marked)];
  if (after.errors <= least) return 1;
  const point = (x: number) => Math.exp(logChoose(marked, x) + logChoose(drawn + rest - marked, drawn - x) - logChoose(drawn + rest, drawn));
  // P(x + 1) : P(x)
  const ratio = (x: number) => ((marked - x) / (x + 1)) * ((drawn - x) / (rest - marked + x + 1));
  const sum = (from: number, to: number, next: (term: number, x: number) => number) => {
    let term = point(from);
    let total = term;
    for (let x = from; x !== to && term > total * NEGLIGIBLE; x += Math.sign(to - from)) total += term = next(term, x);
    return total;
  };
  const mean = (drawn * marked) / (drawn + rest);
  const tail = after.errors > mean ? sum(after.errors, most, (term, x) => term * ratio(x)) : 1 - sum(after.errors - 1, least, (term, x) => term / ratio(x - 1));
  return Math.min(Math.max(tail, 0), 1);
}

/**
 * Whether one rate rose more than another did: the difference of two logarithms of odds ratios in its standard errors (B. Woolf 1955,
 * On estimating the relation between blood group and disease), half an error added to each cell (J. B. S. Haldane 1956) so that none is
 * empty. About normal; large means that `one` rose more.
 */
export function riseBeyond(one: { readonly after: Errors; readonly before: Errors }, other: { readonly after: Errors; readonly before: Errors }): number {
  const cells = [one.after, one.before, other.after, other.before].map(({ errors, requests }) => [errors + 0.5, requests - errors + 0.5] as const);
  const [a = 0, b = 0, c = 0, d = 0] = cells.map(([bad, good]) => Math.log(bad / good));
  const variance = cells.reduce((sum, [bad, good]) => sum + 1 / bad + 1 / good, 0);
  return (a - b - (c - d)) / Math.sqrt(variance);
}

import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { binomialTail, shareInterval, unseenShare } from "../../src/stats/binomial.ts";
import { detectableEffect, detectableRate } from "../../src/stats/detectable.ts";
import { fisherTail, riseBeyond } from "../../src/stats/fisher.ts";
import { logGamma } from "../../src/stats/gamma.ts";
import { mannWhitney } from "../../src/stats/mann-whitney.ts";
import { normalQuantile, normalTail } from "../../src/stats/normal.ts";

/** SciPy's values; tests/fixtures/stats/reference.py made them and says how. */
const reference = JSON.parse(readFileSync(new URL("../fixtures/stats/reference.json", import.meta.url), "utf8")) as {
  readonly log_gamma: [number, number][];
  readonly normal_tail: [number, number][];
  readonly binomial_tail: [number, number, number, number][];
  readonly fisher: [number, number, number, number, number][];
  readonly mann_whitney: { after: number[]; before: number[]; p: number; effect: number }[];
  readonly clopper_pearson: [number, number, number, number, number][];
  readonly detectable: [number, number, number, number, number, number | null][];
};

/** Equal but for this share of the value. */
function close(value: number, expected: number, share = 1e-8): void {
  expect(Math.abs(value - expected)).toBeLessThanOrEqual(share * Math.abs(expected) + 1e-300);
}

describe("as SciPy has it", () => {
  test.each(reference.log_gamma)("ln Γ(%d)", (x, expected) => expect(Math.abs(logGamma(x) - expected)).toBeLessThan(1e-13 * Math.max(1, expected)));
  test.each(reference.normal_tail)("P(Z > %d)", (z, expected) => close(normalTail(z), expected, 1e-7));
  test.each(reference.binomial_tail)("P(X ≥ %d) of %d at %d", (k, n, p, expected) => close(binomialTail(k, n, p), expected));
  test.each(reference.fisher)("Fisher: %d of %d after %d of %d", (a, n, b, m, expected) => close(fisherTail({ errors: a, requests: n }, { errors: b, requests: m }), expected));
  test.each(reference.mann_whitney.map((one) => [`${one.after.length} after ${one.before.length}`, one] as const))("Mann-Whitney: %s", (_, { after, before, p, effect }) => {
    const shift = mannWhitney(after, before);
    close(shift.p, p, 1e-7);
    close(shift.effect, effect);
  });
  test.each(reference.clopper_pearson)("Clopper-Pearson: %d of %d at %d", (k, n, confidence, low, high) => {
    const interval = shareInterval(k, n, confidence);
    close(interval.low, low, 1e-6);
    close(interval.high, high, 1e-6);
  });
  test.each(reference.detectable)("detectable: %d and %d requests at %d, level %d, power %d", (n, m, rate, alpha, power, expected) => {
    const worse = (a: number, b: number) => fisherTail({ errors: a, requests: n }, { errors: b, requests: m }) <= alpha;
    const found = detectableRate({ requests: { after: n, before: m }, rate, power, critical: alpha, worse });
    if (expected === null) expect(found).toBeNull();
    else close(found ?? Number.NaN, expected, 1e-4);
  });
});

describe("published values", () => {
  test("Fisher's lady tasting tea: 3 of 4 right has 17/70", () => close(fisherTail({ errors: 3, requests: 4 }, { errors: 1, requests: 4 }), 17 / 70));
  test("Mann and Whitney's table for 3 and 4: P(U ≥ 11) is 2/35", () => {
    // One pair of twelve is the wrong way round.
    const { p, effect } = mannWhitney([3.5, 5, 6], [1, 2, 3, 4]);
    close(p, 2 / 35);
    close(effect, 11 / 12);
  });
  test("quantiles of the normal distribution", () => {
    close(normalQuantile(0.025), 1.959963984540054, 1e-7);
    close(normalQuantile(0.001), 3.090232306167813, 1e-7);
    expect(() => normalQuantile(0)).toThrow(RangeError);
  });
  test("the rule of three: 300 without a failure leave 1%", () => close(unseenShare(300, 0.95), 0.01, 0.01));
  test("Noether's formula by hand: 72 values in two even groups see a probability of 0.7", () => {
    // N = (z + z)² / (12 c (1 - c) (p - 1/2)²) = (1.645 + 1.282)² / (12 · 0.25 · 0.04) = 71.4, at 5% with a power of 90%
    close(detectableEffect({ after: 36, before: 36, level: 0.05, power: 0.9 }) ?? 0, 0.699, 0.002);
  });
});

describe("the exact test", () => {
  test("never cries wolf more often than its level", () => {
    const [n, m, level] = [40, 60, 0.05];
    for (const rate of [0.01, 0.1, 0.5]) {
      let alarms = 0;
      for (let a = 0; a <= n; a += 1) {
        for (let b = 0; b <= m; b += 1) {
          if (fisherTail({ errors: a, requests: n }, { errors: b, requests: m }) <= level) alarms += point(a, n, rate) * point(b, m, rate);
        }
      }
      expect(alarms).toBeLessThanOrEqual(level);
      expect(alarms).toBeGreaterThan(0);
    }
  });

  test("refuses counts that are none", () => {
    for (const errors of [-1, 0.5, 11, Number.NaN]) expect(() => fisherTail({ errors, requests: 10 }, { errors: 0, requests: 10 })).toThrow(RangeError);
  });

  test("a rise beyond another's is in standard errors, and the same rise is none", () => {
    const counts = (errors: number) => ({ errors, requests: 20_000 });
    expect(riseBeyond({ after: counts(400), before: counts(200) }, { after: counts(402), before: counts(200) })).toBeCloseTo(0, 1);
    // ln 2 in √(1/200 + 1/400 + 1/200 + 1/200)
    expect(riseBeyond({ after: counts(400), before: counts(200) }, { after: counts(200), before: counts(200) })).toBeCloseTo(5.3, 0);
    expect(Math.abs(riseBeyond({ after: { errors: 1, requests: 20 }, before: { errors: 0, requests: 20 } }, { after: { errors: 0, requests: 0 }, before: { errors: 0, requests: 0 } }))).toBeLessThan(1);
  });
});

function point(k: number, n: number, p: number): number {
  return binomialTail(k, n, p) - binomialTail(k + 1, n, p);
}

test("Mann-Whitney: nothing to compare, and all the same, are no change", () => {
  expect(mannWhitney([], [1, 2])).toEqual({ p: 1, effect: 0.5 });
  expect(mannWhitney([1, 1], [1, 1])).toEqual({ p: 1, effect: 0.5 });
  expect(detectableEffect({ after: 0, before: 9, level: 0.001, power: 0.95 })).toBeNull();
  // Three against three cannot be told apart at this level, whatever they are.
  expect(detectableEffect({ after: 3, before: 3, level: 0.001, power: 0.95 })).toBeNull();
});

test("many requests are approximated, close to what counting gives", () => {
  const seen = (size: number) => {
    const worse = (a: number, b: number) => fisherTail({ errors: a, requests: size }, { errors: b, requests: size }) <= 0.001;
    return detectableRate({ requests: { after: size, before: size }, rate: 0.01, power: 0.95, critical: 0.001, worse }) ?? Number.NaN;
  };
  const [counted, approximated] = [seen(100_000), seen(100_001)];
  expect(counted).toBeGreaterThan(0.01);
  expect(Math.abs(counted / approximated - 1)).toBeLessThan(0.02);
});

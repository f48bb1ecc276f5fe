import { describe, expect, test } from "@jest/globals";
import { quantile } from "../../src/stats/quantile.ts";

describe("quantile by nearest rank", () => {
  test("is a value that was seen, and none when nothing was", () => {
    expect(quantile([], 0.5)).toBeNull();
    expect(quantile([7], 0.01)).toBe(7);
    expect([0.05, 0.3, 0.4, 0.5, 1].map((q) => quantile([15, 20, 35, 40, 50], q))).toEqual([15, 20, 20, 35, 50]);
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    for (let percent = 1; percent <= 100; percent += 1) expect(quantile(hundred, percent / 100)).toBe(percent);
  });

  test("agrees with counting", () => {
    for (let size = 1; size <= 40; size += 1) {
      const values = Array.from({ length: size }, (_, index) => Math.floor((index * 7919) % 31)).sort((a, b) => a - b);
      for (const percent of [1, 5, 25, 50, 75, 90, 95, 99, 100]) {
        const counted = values.find((value) => values.filter((other) => other <= value).length * 100 >= percent * size);
        expect(quantile(values, percent / 100)).toBe(counted);
      }
    }
  });

  test("a share that is none is refused", () => {
    for (const q of [0, -1, 1.01, Number.NaN]) expect(() => quantile([1], q)).toThrow(RangeError);
  });
});

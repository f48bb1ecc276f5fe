import { describe, expect, test } from "@jest/globals";
import { combinationLabel, expandMatrix } from "../../../src/sandbox/engine/matrix.ts";

const FRUITS = { fruit: ["apple", "pear"], animal: ["cat", "dog"] };

describe("expandMatrix", () => {
  test.each([
    ["one vector", { v: [1, 2] }, [{ v: 1 }, { v: 2 }]],
    ["the first key varies slowest", { a: [1, 2], b: ["x", "y"] }, [
      { a: 1, b: "x" }, { a: 1, b: "y" }, { a: 2, b: "x" }, { a: 2, b: "y" },
    ]],
    // The example of GitHub's documentation.
    ["include, as documented", {
      ...FRUITS,
      include: [
        { color: "green" }, { color: "pink", animal: "cat" }, { fruit: "apple", shape: "circle" },
        { fruit: "banana" }, { fruit: "banana", animal: "cat" },
      ],
    }, [
      { fruit: "apple", animal: "cat", color: "pink", shape: "circle" },
      { fruit: "apple", animal: "dog", color: "green", shape: "circle" },
      { fruit: "pear", animal: "cat", color: "pink" },
      { fruit: "pear", animal: "dog", color: "green" },
      { fruit: "banana" },
      { fruit: "banana", animal: "cat" },
    ]],
    ["include alone", { include: [{ site: "a" }, { site: "b" }] }, [{ site: "a" }, { site: "b" }]],
    ["exclude in part", { ...FRUITS, exclude: [{ fruit: "pear" }] }, [
      { fruit: "apple", animal: "cat" }, { fruit: "apple", animal: "dog" },
    ]],
    ["exclude compares as == does: 4 is \"4\", case is ignored", { n: [4, 6], os: ["Linux"], exclude: [{ n: "4", os: "linux" }] }, [
      { n: 6, os: "Linux" },
    ]],
    ["exclude before include: an excluded one can come back", { v: [1, 2], exclude: [{ v: 2 }], include: [{ v: 2, again: true }] }, [
      { v: 1 }, { v: 2, again: true },
    ]],
    ["exclude looks into mappings", { os: [{ name: "a", arch: "x" }, { name: "b", arch: "x" }], exclude: [{ os: { name: "a" } }] }, [
      { os: { name: "b", arch: "x" } },
    ]],
    ["an exclude with an unknown key takes nothing out", { v: [1], exclude: [{ other: 1 }] }, [{ v: 1 }]],
  ])("%s", (_name, matrix, expected) => {
    expect(expandMatrix(matrix)).toEqual(expected);
  });

  test.each([
    ["a vector that is no list", { v: "1,2" }, /Matrix vector "v" is not a list/],
    ["an empty vector", { v: [] }, /does not contain any values/],
    ["everything excluded", { v: [1], exclude: [{ v: 1 }] }, /makes no job/],
    ["more than 256", { a: Array.from({ length: 257 }, (_, index) => index) }, /257 jobs; GitHub allows 256/],
    ["include that is no list", { v: [1], include: "x" }, /matrix\.include is not a list/],
  ])("refuses %s", (_name, matrix, message) => {
    expect(() => expandMatrix(matrix)).toThrow(message);
  });

  test("256 are allowed, quickly", () => {
    const vector = Array.from({ length: 16 }, (_, index) => index);
    const started = performance.now();
    expect(expandMatrix({ a: vector, b: vector })).toHaveLength(256);
    expect(performance.now() - started).toBeLessThan(500);
  });

  test("the label holds all values, those inside mappings too", () => {
    expect(combinationLabel({ os: "ubuntu", n: 1.5, more: { deep: [true, null] } })).toBe("ubuntu, 1.5, true, ");
  });
});

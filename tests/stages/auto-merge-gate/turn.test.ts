import { describe, expect, test } from "@jest/globals";
import { aheadOf, pauseFor } from "../../../src/stages/auto-merge-gate/turn.ts";
import { aPull, NOW } from "./a-pull.ts";

const sibling = (number: number, change = {}) => ({ number, branch: `instant/faq-${number}`, draft: false, createdAt: NOW - 1_000, ...change });
const ahead = (...siblings: ReturnType<typeof sibling>[]) => aheadOf(aPull({ siblings }), NOW);

describe("whose turn it is", () => {
  test("older ones of the loop go first", () => {
    expect(ahead()).toBe(0);
    expect(ahead(sibling(3), sibling(11), sibling(13))).toBe(2);
  });

  test("drafts, other people's branches and stuck ones hold nobody up", () => {
    expect(ahead(sibling(3, { draft: true }), sibling(4, { branch: "ada/idea" }), sibling(5, { branch: "instant" }), sibling(6, { createdAt: NOW - 3_600_001 }))).toBe(0);
  });

  test("the pause grows with those ahead, is spread, and bounded", () => {
    expect(pauseFor(0, null, 1_000, 0.5)).toBe(0);
    expect(pauseFor(1, null, 1_000, 0.5)).toBe(1_000);
    expect(pauseFor(5, null, 1_000, 0)).toBe(4_000);
    expect(pauseFor(5, null, 1_000, 0.999)).toBeLessThanOrEqual(6_000);
    expect(pauseFor(90, null, 4_000, 0.999)).toBeLessThanOrEqual(24_000);
  });

  test("it waits again only while their number falls", () => {
    expect(pauseFor(4, 5, 1_000, 0.5)).toBe(4_000);
    expect(pauseFor(5, 5, 1_000, 0.5)).toBe(0);
    expect(pauseFor(6, 5, 1_000, 0.5)).toBe(0);
  });
});

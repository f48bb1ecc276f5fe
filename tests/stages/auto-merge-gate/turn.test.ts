import { describe, expect, test } from "@jest/globals";
import { aheadOf, type Line, lineUp } from "../../../src/stages/auto-merge-gate/turn.ts";
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

  const pause = (count: number, before: Line | null, now = NOW, random = 0.5) => lineUp(count, before, now, { guessMs: 1_000, random });
  const since = (ahead: number, movedAt: number, eachMs: number | null = null): Line => ({ ahead, movedAt, eachMs, first: { ahead: 6, at: NOW - 9_000 } });

  test("the pause grows with those ahead, is spread, bounded, and shorter than their work", () => {
    expect(pause(0, null).pauseMs).toBe(0);
    expect(pause(1, null).pauseMs).toBe(300);
    expect([pause(5, null, NOW, 0).pauseMs, pause(5, null, NOW, 0.999).pauseMs]).toEqual([2_635, 3_564]);
    expect(pause(5_000, null, NOW, 0.999).pauseMs).toBeLessThanOrEqual(345_000);
    expect(pause(5, null).line).toEqual({ ahead: 5, movedAt: NOW, eachMs: null, first: { ahead: 5, at: NOW } });
  });

  test("how quickly their number falls tells how long they take", () => {
    expect(pause(3, since(4, NOW - 2_000))).toEqual({ pauseMs: (2 * 0.7 + 0.3) * 3_000, line: { ...since(3, NOW, 3_000) } });
    expect(pause(3, since(3, NOW - 2_000, 4_000)).pauseMs).toBe((2 * 0.7 + 0.3) * 4_000);
  });

  test("it goes when they have not moved for as long as three of them take", () => {
    expect(pause(3, since(3, NOW - 2_999)).pauseMs).toBeGreaterThan(0);
    expect(pause(3, since(3, NOW - 3_000)).pauseMs).toBe(0);
    expect(pause(4, since(3, NOW - 3_000)).pauseMs).toBe(0);
    expect(pause(3, since(3, NOW - 3_000, 4_000)).pauseMs).toBeGreaterThan(0);
    expect(pause(2, since(3, NOW - 3_000)).pauseMs).toBeGreaterThan(0);
  });
});

import { expect, test } from "@jest/globals";
import { drive } from "../../src/kit/drive.ts";
import { retry } from "../../src/kit/retry.ts";
import { JumpingClock } from "../fakes/clock.ts";

test("drive looks again with growing pauses until there is something to do", async () => {
  const clock = new JumpingClock();
  const ended = await drive({
    gather: async (round) => round,
    decide: (round) => (round < 4 ? { kind: "wait" as const } : { kind: "merge" as const }),
    clock,
    limitMs: 60_000,
    firstPauseMs: 100,
    longestPauseMs: 200,
  });
  expect(ended).toEqual({ facts: 4, decision: { kind: "merge" }, rounds: 4, gaveUp: false });
  expect(clock.pauses).toEqual([100, 150, 200]);
});

test("drive gives up at its limit, after a last look", async () => {
  const clock = new JumpingClock();
  const ended = await drive({ gather: async () => null, decide: () => ({ kind: "wait" as const, retryAfterMs: 400 }), clock, limitMs: 1_000 });
  expect(ended.gaveUp).toBe(true);
  expect(clock.pauses).toEqual([400, 400, 200]);
  expect(ended.rounds).toBe(4);
});

test("retry obeys what the server asks for, within its cap, and stops after its attempts", async () => {
  const clock = new JumpingClock();
  let calls = 0;
  const work = retry(
    async () => {
      calls += 1;
      throw new Error(`no ${calls}`);
    },
    { clock, attempts: 3, judge: (_, attempt) => ({ retry: true, afterMs: attempt === 1 ? 5_000 : 999_999 }), capMs: 60_000, random: () => 0.5 },
  );
  await expect(work).rejects.toThrow("no 3");
  expect(clock.pauses).toEqual([5_000, 60_000]);
});

test("retry does not repeat what is judged final", async () => {
  const clock = new JumpingClock();
  await expect(retry(async () => Promise.reject(new Error("403")), { clock, attempts: 3, judge: () => ({ retry: false }) })).rejects.toThrow("403");
  expect(clock.pauses).toEqual([]);
});

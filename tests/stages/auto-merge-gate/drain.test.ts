// Many pull requests of the loop at once under GitHub's limits: the small brother of `npm run bench -- drain`, on a clock that jumps.
import { expect, test } from "@jest/globals";
import { drain, isWhole } from "../../../src/cli/bench/drain.ts";
import { VirtualTime } from "../../../src/cli/bench/virtual.ts";

test("all are merged in their order, none lost, none twice, without work in vain", async () => {
  const drained = await drain({ count: 8 });
  expect([isWhole(drained), drained]).toEqual([true, expect.objectContaining({ count: 8, merged: 8, inOrder: 7, rebuilds: 7, entries: { once: 8, missing: 0, twice: 0 } })]);
  // One merge without a rebuild; for each other tree, commit, ref, check and merge. What is asked in vain at the start comes on top.
  expect(drained.requests.writes).toBeLessThanOrEqual(1 + 7 * 5 + 3);
  expect([drained.requests.limited, drained.tookMs < 8 * 6_000, drained.requests.mostByOne < 30]).toEqual([0, true, true]);
}, 60_000);

test("a limit is waited out, and nobody is lost by it", async () => {
  const drained = await drain({ count: 5, limits: { createdPerMinute: 10, perHour: 50 }, deletesBranches: false });
  expect([isWhole(drained), drained]).toEqual([true, expect.objectContaining({ merged: 5, entries: { once: 5, missing: 0, twice: 0 } })]);
  expect(drained.requests.limited).toBeGreaterThan(0);
  expect(drained.tookMs).toBeGreaterThan(2 * 60_000);
}, 60_000);

test("the clock jumps only while everybody sleeps, to whoever wants to wake first", async () => {
  const time = new VirtualTime(0);
  const seen: string[] = [];
  const task = async (name: string, ...naps: readonly number[]) => {
    for (const nap of naps) {
      await time.sleep(nap);
      seen.push(`${name} ${time.now()}`);
    }
    return name;
  };
  const slow = (async () => {
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    return task("late", 5);
  })();
  expect(await time.until([task("a", 10, 3_600_000), task("b", 4, 4, 4), slow])).toEqual(["a", "b", "late"]);
  expect(seen).toEqual(["b 4", "late 5", "b 8", "a 10", "b 12", "a 3600010"]);
  await expect(time.until([Promise.reject(new Error("no"))])).rejects.toThrow("no");
});

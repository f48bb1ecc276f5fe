import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { binomial, normal, randomOf } from "../../src/cli/bench/verdict/random.ts";
import { SCENARIOS, type Scenario } from "../../src/cli/bench/verdict/scenarios.ts";
import { rowsOf } from "../../src/cli/bench/verdict.ts";
import { MACHINE } from "../fakes/action-process.ts";

const bench = fileURLToPath(new URL("../../src/cli/bench.ts", import.meta.url));

describe("the numbers", () => {
  test("are the same for the same seed and name, and others for others", () => {
    const some = (seed: number, name: string) => {
      const random = randomOf(seed, name);
      return Array.from({ length: 5 }, () => random());
    };
    expect(some(1, "a")).toEqual(some(1, "a"));
    expect(some(1, "a")).not.toEqual(some(2, "a"));
    expect(some(1, "a")).not.toEqual(some(1, "b"));
  });

  test.each([[20_000, 0.01], [50, 0.01], [1_000, 0.3], [40, 0.9], [10, 0], [10, 1]])("of %d with %d are binomial in mean and variance", (trials, p) => {
    const random = randomOf(5, "binomial");
    const drawn = Array.from({ length: 1_500 }, () => binomial(random, trials, p));
    const mean = drawn.reduce((sum, one) => sum + one, 0) / drawn.length;
    const variance = drawn.reduce((sum, one) => sum + (one - mean) ** 2, 0) / drawn.length;
    const expected = trials * p * (1 - p);
    expect(Math.abs(mean - trials * p)).toBeLessThanOrEqual(4 * Math.sqrt(expected / drawn.length));
    expect(Math.abs(variance - expected)).toBeLessThanOrEqual(0.1 * expected + 1e-9);
    expect(drawn.every((one) => Number.isInteger(one) && one >= 0 && one <= trials)).toBe(true);
  });

  test("of the normal distribution have its mean and variance", () => {
    const random = randomOf(5, "normal");
    const drawn = Array.from({ length: 4_000 }, () => normal(random));
    expect(Math.abs(drawn.reduce((sum, one) => sum + one, 0) / 4_000)).toBeLessThan(0.07);
    expect(Math.abs(drawn.reduce((sum, one) => sum + one ** 2, 0) / 4_000 - 1)).toBeLessThan(0.1);
  });
});

const named = (text: string): Scenario => SCENARIOS.find(({ name }) => name.includes(text))!;
const options = { deploys: 100, seed: 3, sizes: [20_000] };

test("a scenario comes to what it is: caught, left alone, not to be told", () => {
  const [good, bad, outage, none] = rowsOf(["good: 1%", "bad: from 1% to 2%", "which the control shares", "monitoring is down"].map(named), options);
  expect(good?.tally).toMatchObject({ unhealthy: 0, inconclusive: 0 });
  expect(bad?.tally.unhealthy).toBeGreaterThan(96);
  expect(outage?.tally).toMatchObject({ unhealthy: 0 });
  expect(none?.tally).toEqual({ healthy: 0, unhealthy: 0, inconclusive: 100 });
});

test("too few deployments keep no budget: what was not seen may still happen too often", () => {
  const [few, enough] = [300, 4_000].map((deploys) => rowsOf([named("monitoring is down")], { ...options, deploys })[0]);
  expect(few).toMatchObject({ share: 0, state: "broken" });
  expect(enough).toMatchObject({ share: 0, state: "kept" });
});

test("a judgement that takes good deployments back is found", () => {
  const worse: Scenario = { ...named("bad: from 1% to 5%"), budget: { verdict: "unhealthy", atMost: 0.001 } };
  expect(rowsOf([worse], options)[0]?.state).toBe("broken");
});

test("it prints a line for each, as a table and as JSON, and its status says whether all is kept", () => {
  const run = (...args: string[]) => spawnSync(process.execPath, [bench, "verdict", "--only", "no data", "--requests", "50", ...args], { encoding: "utf8", env: MACHINE, timeout: 50_000 });
  const table = run("--deploys", "20");
  expect(table).toMatchObject({ status: 1, stdout: expect.stringMatching(/no data: the monitoring is down +50 +0% +100% +0% +0% to 16.8% +≤ 0.1% +\S+ +BROKEN/) });
  const json = JSON.parse(run("--deploys", "4000", "--json").stdout) as { held: boolean; seed: number; rows: unknown[] };
  expect(json).toMatchObject({ held: true, seed: 20_270_214, rows: [{ inconclusive: 4_000, state: "kept" }, { state: "kept" }] });
  expect(run("--deploys", "0")).toMatchObject({ status: 2, stderr: expect.stringContaining("a whole number") });
  expect(run("--only", "nothing of the kind")).toMatchObject({ status: 2 });
});

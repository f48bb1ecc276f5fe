import { expect, test } from "@jest/globals";
import type { LoopWorld } from "../../src/cli/rehearsal/world.ts";
import { answered, ask, faqAt, headOf, issues, loopWorld, pulls } from "./support.ts";

const QUESTION = "How do I roll back a deployment that went wrong?";

/** Asks, and pulls the plug as soon as the job with this key is done. */
async function askAndKillAfter(world: LoopWorld, key: string): Promise<void> {
  const { runs } = world.sandbox;
  const { promise: due, resolve } = Promise.withResolvers<boolean>();
  const unsubscribe = runs.subscribe((run, event) => {
    if (run.workflow.path !== `.github/workflows/${world.template}`) return;
    if (event.type === "job_completed" && event.job.key === key) resolve(true);
    if (event.type === "run_completed") resolve(false);
  });
  const id = await runs.dispatch(world.repository, world.template, { question: QUESTION }, world.person);
  expect(await due).toBe(true);
  unsubscribe();
  await runs.killRun(id);
}

test.each(["generate", "ci", "gate", "health"])("killed after %s and started again: the work is finished and nothing is done twice", async (key) => {
  const world = await loopWorld();
  await askAndKillAfter(world, key);
  const { result } = await ask(world, QUESTION);
  expect(result).toMatchObject({ status: "done", phase: "verified", verdict: "healthy", deployed_sha: headOf(world) });
  expect(pulls(world)).toHaveLength(1);
  expect(await answered(world, [QUESTION])).toEqual([1]);
  expect(world.product.deployedSha()).toBe(headOf(world));
});

test.each(["gate", "health", "rollback"])("killed after %s on the way back and started again: taken back once, one issue", async (key) => {
  const world = await loopWorld({ sickWith: QUESTION });
  const before = await faqAt(world);
  await askAndKillAfter(world, key);
  const { result } = await ask(world, QUESTION);
  expect(result).toMatchObject({ status: "error", phase: "rolled_back", verdict: "healthy", deployed_sha: headOf(world) });
  expect(await faqAt(world)).toBe(before);
  expect(pulls(world).map((pull) => pull.merged)).toEqual([true, true]);
  expect(issues(world).map(({ state }) => state)).toEqual(["closed"]);
});

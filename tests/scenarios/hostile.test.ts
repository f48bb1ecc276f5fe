import { expect, test } from "@jest/globals";
import { answered, ask, conclusions, headOf, issues, loopWorld, pulls } from "./support.ts";

const QUESTION = "How do I restore a backup?";

test.each(["closed-loop.yml", "closed-loop-express.yml"] as const)(
  "%s without `checks: write`: one message with the line to add, and no gate that waits for a check nobody can publish",
  async (template) => {
    const world = await loopWorld({ template, edit: (text) => text.replace("      checks: write # publishes the check run instant/fast-ci\n", "") });
    const before = headOf(world);
    const rehearsal = await ask(world, QUESTION);
    const errors = rehearsal.run.jobs.flatMap((job) => job.annotations.filter((one) => one.level === "error"));
    expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining("`checks: write`")]);
    expect(headOf(world)).toBe(before);
    if (template === "closed-loop.yml") expect(conclusions(rehearsal)).toMatchObject({ generate: "success", ci: "failure", gate: "skipped", health: "skipped" });
    else expect(rehearsal.run.jobs.find(({ key }) => key === "answer")?.steps.map(({ id, conclusion }) => [id, conclusion])).toEqual(expect.arrayContaining([["ci", "failure"], ["gate", "skipped"]]));
  },
);

test("two loops find the same commit sick at the same time: taken back once, one incident", async () => {
  const world = await loopWorld({ template: "closed-loop-express.yml", sickWith: QUESTION });
  const both = await Promise.all([ask(world, QUESTION), ask(world, QUESTION)]);
  expect(both.map(({ result }) => [result.phase, result.verdict])).toEqual([["rolled_back", "healthy"], ["rolled_back", "healthy"]]);
  expect(pulls(world).map((pull) => pull.merged)).toEqual([true, true]);
  expect(issues(world)).toHaveLength(1);
  expect(issues(world)[0]?.comments).toHaveLength(1);
  expect(await answered(world, [QUESTION])).toEqual([0]);
  expect(world.product.deployedSha()).toBe(headOf(world));
}, 90_000);

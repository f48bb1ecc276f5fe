import { expect, test } from "@jest/globals";
import { ask, conclusions, headOf, loopWorld } from "./support.ts";

const QUESTION = "How do I restore a backup?";

test.each(["closed-loop.yml", "closed-loop-express.yml"] as const)(
  "%s without `checks: write`: one message with the line to add, and no gate that waits for a check nobody can publish",
  async (template) => {
    const world = await loopWorld({ template, edit: (text) => text.replace("      checks: write # publishes the check run instant/fast-ci\n", "") });
    const before = headOf(world);
    const started = Date.now();
    const rehearsal = await ask(world, QUESTION);
    expect(Date.now() - started).toBeLessThan(60_000);
    const errors = rehearsal.run.jobs.flatMap((job) => job.annotations.filter((one) => one.level === "error"));
    expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining("`checks: write`")]);
    expect(headOf(world)).toBe(before);
    if (template === "closed-loop.yml") expect(conclusions(rehearsal)).toMatchObject({ generate: "success", ci: "failure", gate: "skipped", health: "skipped" });
  },
  90_000,
);

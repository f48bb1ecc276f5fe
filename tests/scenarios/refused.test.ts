import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { LoopWorld } from "../../src/cli/rehearsal/world.ts";
import { ask, conclusions, headOf, lastRun, loopWorld, logOf, openIssue, pulls, repositoryOf, sharedWorld, summaryOf } from "./support.ts";

const QUESTION = "How do I restore a backup?";

test("a red check: nothing is merged, and the gate says why", async () => {
  const world = await loopWorld();
  world.sandbox.setVariable(world.repository, "INSTANT_SMOKE_COMMAND", "echo the smoke is red; exit 3");
  const before = headOf(world);
  const rehearsal = await ask(world, QUESTION);
  expect(rehearsal.result).toMatchObject({ status: "error", phase: "ci_failed", merged_sha: null, verdict: null });
  expect(conclusions(rehearsal)).toMatchObject({ ci: "failure", gate: "failure", health: "skipped", rollback: "skipped" });
  expect(logOf(rehearsal, "ci")).toContain("the smoke is red");
  expect(summaryOf(rehearsal, "gate")).toContain("instant/fast-ci");
  expect(headOf(world)).toBe(before);
  expect(pulls(world).map((pull) => pull.issue.state)).toEqual(["open"]);
});

test("a token without pull-requests: write: one clear message with the line to add", async () => {
  const world = await loopWorld({ edit: (text) => text.replace("      pull-requests: write # opens the pull request\n", "      pull-requests: read\n") });
  const rehearsal = await ask(world, QUESTION);
  const errors = rehearsal.run.jobs.flatMap((job) => job.annotations.filter((one) => one.level === "error"));
  expect(errors).toHaveLength(1);
  expect(errors[0]?.message).toContain("a permission is missing");
  expect(errors[0]?.message).toContain("pull-requests: write");
  expect(rehearsal.result).toMatchObject({ status: "error", merged_sha: null });
  expect(conclusions(rehearsal)).toMatchObject({ generate: "failure", ci: "skipped", gate: "skipped", health: "skipped" });
});

// Nobody is answered in this world.
describe("nothing is written, and no money spent,", () => {
  let world: LoopWorld;
  let before: string;
  beforeAll(async () => {
    world = await sharedWorld();
    before = headOf(world);
  });
  afterEach(() => {
    expect(world.model?.requests).toHaveLength(0);
    expect(pulls(world)).toHaveLength(0);
    expect(headOf(world)).toBe(before);
    expect(repositoryOf(world).git.refs("refs/heads/")).toHaveLength(1);
  });

  test("by a comment that is no question: it starts nothing", async () => {
    await world.sandbox.runs.comment(world.repository, await openIssue(world), "I use /faq often", world.person);
    const { jobs } = await lastRun(world);
    expect(new Set(jobs.map((job) => job.conclusion))).toEqual(new Set(["skipped"]));
  });

  // That the same comment by one who may write is answered: forward.test.ts.
  test("by a stranger's comment: it reaches nothing", async () => {
    world.sandbox.addUser("mallory");
    await world.sandbox.runs.comment(world.repository, await openIssue(world), `/faq ${QUESTION}`, "mallory");
    const refused = await lastRun(world);
    expect(refused.conclusion).toBe("failure");
    expect(refused.jobs.find((job) => job.key === "generate")?.log).toMatch(/mallory.*write/s);
  });

  test("while the loop is paused, by a variable or by an issue", async () => {
    world.sandbox.setVariable(world.repository, "INSTANT_PAUSED", "true");
    expect((await ask(world, QUESTION)).run.conclusion).toBe("success");
    world.sandbox.setVariable(world.repository, "INSTANT_PAUSED", "");
    await openIssue(world, ["instant-paused"]);
    await ask(world, QUESTION);
  });
});

import { expect, test } from "@jest/globals";
import { clientOf } from "../sandbox/server/support.ts";
import { checksAt, conclusionsOf, faqWith, jobOf, matrixOf, propose, REPOSITORY, runOf, templateWorld } from "./support.ts";
import type { TemplateWorld } from "./support.ts";

/** A repository with a template of CI, in which nothing is deployed. */
const ciWorld = (template: string, variables: Readonly<Record<string, string>> = {}, files: Readonly<Record<string, string>> = {}) =>
  templateWorld({ templates: [template], deployed: false, variables, files });

/** Puts a pull request into the merge queue: the group's commit has to get the check. */
async function queued(world: TemplateWorld, template: string, number: number): Promise<void> {
  const group = await world.sandbox.runs.queue(REPOSITORY, number, "ada");
  expect(await runOf(world, template, (run) => run.event === "merge_group")).toMatchObject({ conclusion: "success", headSha: group });
  expect(await checksAt(world, group)).toMatchObject({ "instant/fast-ci": "success" });
}

const RED = "[gone](no-such-page.md)";

test("fast-ci.yml: a person's green pull request has the job and the check run, and nobody else's time; a merge queue gets its check at the group's commit", async () => {
  const world = await ciWorld("fast-ci.yml");
  const { number, sha } = await propose(world, world.ada, { branch: "better-faq", files: { "docs/FAQ.md": await faqWith("Can I print a note?") } });
  const run = await runOf(world, "fast-ci.yml");
  expect(run).toMatchObject({ event: "pull_request", conclusion: "success" });
  expect(await checksAt(world, sha)).toEqual({ "Fast CI": "success", "instant/fast-ci": "success" });
  expect(jobOf(run, "fast-ci").annotations).toEqual([]);
  expect(world.sandbox.repository(REPOSITORY).issues.get(1)?.comments).toEqual([]);
  await queued(world, "fast-ci.yml", number);
});

test("fast-ci.yml: what a person broke is red at its line, and so is a failing command of the repository's own; a paused loop pauses neither", async () => {
  const world = await ciWorld("fast-ci.yml", { INSTANT_SMOKE_COMMAND: "echo the smoke is red; exit 3", INSTANT_PAUSED: "true" });
  const { sha } = await propose(world, world.ada, { branch: "worse-faq", files: { "docs/FAQ.md": await faqWith("Where is it?", RED) } });
  const run = await runOf(world, "fast-ci.yml");
  expect([run?.conclusion, jobOf(run, "fast-ci").log]).toEqual(["failure", expect.stringContaining("the smoke is red")]);
  expect(await checksAt(world, sha)).toEqual({ "Fast CI": "failure", "instant/fast-ci": "failure" });
  const check = world.sandbox.repository(REPOSITORY).checkRuns.find((one) => one.name === "instant/fast-ci");
  expect(check?.annotations).toContainEqual(expect.objectContaining({ path: "docs/FAQ.md", level: "failure" }));
  expect(check?.summary).toContain("the smoke is red");
});

test("fast-ci.yml: on a fork's pull request the job says it, with annotations and its status, and the token writes nothing", async () => {
  const world = await ciWorld("fast-ci.yml", { INSTANT_SMOKE_COMMAND: "" });
  const { sandbox } = world;
  await sandbox.fork(sandbox.repository(REPOSITORY), "mallory");
  const mallory = clientOf(sandbox, sandbox.tokens.user("mallory"));
  const red = await propose(world, mallory, { branch: "red", from: "mallory", files: { "docs/FAQ.md": await faqWith("Where is it?", RED) } });
  const bad = await runOf(world, "fast-ci.yml");
  expect(bad?.conclusion).toBe("failure");
  expect(jobOf(bad, "fast-ci").annotations).toContainEqual(expect.objectContaining({ level: "error", file: "docs/FAQ.md" }));
  expect(jobOf(bad, "fast-ci").annotations.map((one) => one.message).join()).not.toContain("checks: write");
  expect(await checksAt(world, red.sha)).toEqual({ "Fast CI": "failure" });
  const green = await propose(world, mallory, { branch: "green", from: "mallory", files: { "docs/FAQ.md": await faqWith("Can I print a note?") } });
  expect(await runOf(world, "fast-ci.yml", (run) => run.headSha === green.sha)).toMatchObject({ conclusion: "success" });
  expect(await checksAt(world, green.sha)).toEqual({ "Fast CI": "success" });
});

test("fast-ci-matrix.yml: one red check hides no other, the last job stands for all, and a paused loop pauses none: what did not look is not green", async () => {
  const world = await ciWorld("fast-ci-matrix.yml", { INSTANT_PAUSED: "true" });
  const broken = "name: A tool\ndescription: It runs nothing.\nruns:\n  using: nothing\n";
  const { sha } = await propose(world, world.ada, { branch: "worse-faq", files: { "docs/FAQ.md": await faqWith("Where is it?", RED), "tools/action.yml": broken } });
  const run = await runOf(world, "fast-ci-matrix.yml");
  expect(conclusionsOf(run)).toEqual({
    "Check markdown": "success", "Check faq": "success", "Check links": "failure", "Check config": "failure", "Check openapi": "success", "Check secrets": "success", "Check smoke": "success",
    "instant/fast-ci": "failure",
  });
  expect(await checksAt(world, sha)).toMatchObject({ "instant/fast-ci/links": "failure", "instant/fast-ci/markdown": "success", "instant/fast-ci": "failure" });
  // GitHub's parser is in the bundle, with its schemas.
  const config = [...world.sandbox.repository(REPOSITORY).checkRuns.values()].find(({ name }) => name === "instant/fast-ci/config");
  expect(config?.annotations.map(({ path, startLine, message }) => `${path}:${startLine} ${message}`)).toContain("tools/action.yml:4 Unexpected value 'nothing'");
});

test("fast-ci-matrix.yml: all green, on a fork's pull request too", async () => {
  const world = await ciWorld("fast-ci-matrix.yml");
  const { sandbox } = world;
  await sandbox.fork(sandbox.repository(REPOSITORY), "mallory");
  const mallory = clientOf(sandbox, sandbox.tokens.user("mallory"));
  const { sha } = await propose(world, mallory, { branch: "green", from: "mallory", files: { "docs/FAQ.md": await faqWith("Can I print a note?") } });
  expect((await runOf(world, "fast-ci-matrix.yml"))?.conclusion).toBe("success");
  expect(await checksAt(world, sha)).toMatchObject({ "instant/fast-ci": "success", "Check links": "success" });
});

test("fast-ci-matrix.yml: a merge queue gets its check at the group's commit", async () => {
  // Two of the checks do: what all of them find is shown above.
  const world = await ciWorld("fast-ci-matrix.yml", {}, matrixOf("markdown, faq"));
  const { number } = await propose(world, world.ada, { branch: "better-faq", files: { "docs/FAQ.md": await faqWith("Can I print a note?") } });
  await runOf(world, "fast-ci-matrix.yml");
  await queued(world, "fast-ci-matrix.yml", number);
});

test("fast-ci-matrix.yml: what was cancelled is red, never skipped and so passed", async () => {
  // Two of its checks do: one that ends, and one that is cancelled.
  const world = await ciWorld("fast-ci-matrix.yml", { INSTANT_SMOKE_COMMAND: "sleep 300" }, matrixOf("markdown, smoke"));
  const { runs } = world.sandbox;
  const { promise: begun, resolve } = Promise.withResolvers<number>();
  runs.subscribe((run, event) => {
    if (event.type === "run_completed" || (event.type === "log" && event.line.includes("Checking ") && event.job.name === "Check smoke")) resolve(run.id);
  });
  const { sha } = await propose(world, world.ada, { branch: "slow", files: { "docs/FAQ.md": await faqWith("Does it start?") } });
  const id = await begun;
  runs.cancel(id);
  expect(conclusionsOf(await runs.waitForRun(id))).toMatchObject({ "Check smoke": "cancelled", "instant/fast-ci": "failure" });
  expect(await checksAt(world, sha)).toMatchObject({ "instant/fast-ci": "failure" });
});

import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { clientOf } from "../sandbox/server/support.ts";
import { faqOf, faqWith, jobOf, matrixOf, propose, REPOSITORY, ROOT, runOf, stateOf, templateText, templateWorld, write } from "./support.ts";
import type { TemplateWorld, TemplateWorldOptions } from "./support.ts";

const TEMPLATES = ["fast-ci.yml", "auto-merge.yml"];
const BRANCH = "instant/faq-print";
const QUESTION = "Can I print a note?";
const trusting = { INSTANT_TRUSTED_AUTHORS: "helper[bot]\ngithub-actions[bot]" };
/** Where it is about the gate alone: no smoke check before it, and nothing behind it. */
function gateWorld(options: Partial<TemplateWorldOptions> = {}): Promise<TemplateWorld> {
  const nothingElse = { INSTANT_SMOKE_COMMAND: "", INSTANT_DEPLOY_WORKFLOW: "", INSTANT_VERSION_URL: "", INSTANT_HEALTH_URLS: "" };
  return templateWorld({ templates: TEMPLATES, deployed: false, ...options, variables: { ...trusting, ...nothingElse, ...options.variables } });
}

/** An App that somebody else wrote: it opens pull requests, and its runs need no approval. */
function helper({ sandbox }: TemplateWorld) {
  return clientOf(sandbox, sandbox.tokens.app("helper", { contents: "write", pull_requests: "write" }));
}

test("a bot's green pull request is merged at the judged commit, deployed and verified", async () => {
  const world = await templateWorld({ templates: TEMPLATES, variables: trusting });
  const { number, sha } = await propose(world, helper(world), { branch: BRANCH, files: { "docs/FAQ.md": await faqWith(QUESTION) } });
  const ci = await runOf(world, "fast-ci.yml");
  expect(ci).toMatchObject({ event: "pull_request", conclusion: "success", headSha: sha, actor: "helper[bot]" });
  const run = await runOf(world, "auto-merge.yml");
  expect(run).toMatchObject({ event: "workflow_run", conclusion: "success" });
  expect(jobOf(run, "gate").steps.find((step) => step.id === "gate")?.outputs).toMatchObject({ decision: "merged", "head-sha": sha });
  expect(await stateOf(world, number)).toBe("merged");
  expect(world.sandbox.repository(REPOSITORY).issues.get(number)?.pull?.headSha).toBe(sha);
  expect(jobOf(run, "health").outputs).toMatchObject({ verdict: "healthy", "deployed-sha": world.head() });
  expect(jobOf(run, "rollback").conclusion).toBe("skipped");
  expect(world.product.deployedSha()).toBe(world.head());
  expect(world.head(`refs/heads/${BRANCH}`)).toBe("");
});

test("the check of the matrix is as good, and the pull request into the default branch is judged, whichever of that commit comes first", async () => {
  // Two of the checks do: what all of them find is for the matrix's own tests.
  const world = await gateWorld({ templates: ["auto-merge.yml"], files: matrixOf("markdown, faq") });
  const { number } = await propose(world, helper(world), { branch: BRANCH, files: { "docs/FAQ.md": await faqWith(QUESTION) }, sibling: "release" });
  await runOf(world, "fast-ci-matrix.yml");
  const run = await runOf(world, "auto-merge.yml");
  expect([run?.conclusion, await stateOf(world, number), await stateOf(world, number - 1)]).toEqual(["success", "merged", "open"]);
  expect(jobOf(run, "health").conclusion).toBe("skipped");
  // The sibling was neither judged nor told anything.
  expect(world.sandbox.repository(REPOSITORY).issues.get(number - 1)?.comments).toEqual([]);
});

test("two that change the same place are merged one after the other, the second rebuilt and checked anew", async () => {
  const world = await gateWorld();
  const bot = helper(world);
  const questions = [QUESTION, "Can I draw on a note?"];
  const proposed = [];
  for (const [index, question] of questions.entries()) {
    proposed.push(await propose(world, bot, { branch: `${BRANCH}-${index}`, files: { "docs/FAQ.md": await faqWith(question) } }));
  }
  for (const { sha } of proposed) await runOf(world, "fast-ci.yml", (run) => run.headSha === sha);
  await world.sandbox.runs.settled();
  const gates = world.sandbox.runs.list(REPOSITORY).filter((run) => run.event === "workflow_run");
  for (const { id } of gates) expect((await world.sandbox.runs.waitForRun(id)).conclusion).toBe("success");
  expect(await Promise.all(proposed.map(({ number }) => stateOf(world, number)))).toEqual(["merged", "merged"]);
  const faq = await faqOf(world);
  for (const question of questions) expect(faq.split(`## ${question}`)).toHaveLength(2);
});

test("what breaks production is taken back", async () => {
  const world = await templateWorld({ templates: TEMPLATES, variables: trusting, sickWith: QUESTION });
  const before = world.head();
  await propose(world, helper(world), { branch: BRANCH, files: { "docs/FAQ.md": await faqWith(QUESTION) } });
  await runOf(world, "fast-ci.yml");
  const run = await runOf(world, "auto-merge.yml");
  expect(jobOf(run, "health").outputs.verdict).toBe("unhealthy");
  expect(jobOf(run, "rollback")).toMatchObject({ conclusion: "success", outputs: { verdict: "healthy", "deployed-sha": world.head() } });
  expect(await faqOf(world)).not.toContain(QUESTION);
  expect(world.head()).not.toBe(before);
});

test("a red pull request is left alone", async () => {
  const world = await gateWorld();
  const { number } = await propose(world, helper(world), { branch: BRANCH, files: { "docs/FAQ.md": await faqWith(QUESTION, "[gone](no-such-page.md)") } });
  expect((await runOf(world, "fast-ci.yml"))?.conclusion).toBe("failure");
  expect(jobOf(await runOf(world, "auto-merge.yml"), "gate").conclusion).toBe("skipped");
  expect(await stateOf(world, number)).toBe("open");
});

test("a label that is taken off has it looked at again, where the workflow of the README is there", async () => {
  const readme = readFileSync(path.join(ROOT, "actions/auto-merge-gate/README.md"), "utf8");
  const again = /<!-- look-again -->\n```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const world = await gateWorld({ files: { ".github/workflows/look-again.yml": again } });
  const labels = (number: number) => `/repos/${REPOSITORY}/issues/${number}/labels`;
  const { number } = await propose(world, helper(world), { branch: BRANCH, files: { "docs/FAQ.md": await faqWith(QUESTION) } });
  await world.ada.rest("POST", labels(number), { labels: ["hold"] });
  await runOf(world, "fast-ci.yml");
  expect(jobOf(await runOf(world, "auto-merge.yml"), "gate").conclusion).toBe("failure");
  await world.ada.rest("DELETE", `${labels(number)}/hold`);
  expect(await runOf(world, "look-again.yml")).toMatchObject({ event: "pull_request", conclusion: "success" });
  expect(jobOf(await runOf(world, "auto-merge.yml"), "gate").conclusion).toBe("success");
  expect(await stateOf(world, number)).toBe("merged");
});

test("one that moved on after its check is left alone; the new commit is judged by its own check", async () => {
  const world = await gateWorld({ variables: { INSTANT_PAUSED: "true" } });
  const { runs } = world.sandbox;
  const bot = helper(world);
  const { number, sha } = await propose(world, bot, { branch: BRANCH, files: { "docs/FAQ.md": await faqWith(QUESTION) } });
  const first = await runOf(world, "fast-ci.yml");
  await runOf(world, "auto-merge.yml");
  const newer = await write(bot, { branch: BRANCH, file: "docs/FAQ.md", text: await faqWith(QUESTION, "Press **P**.") });
  const second = await runOf(world, "fast-ci.yml", (run) => run.headSha === newer);
  await runOf(world, "auto-merge.yml");
  expect(await stateOf(world, number)).toBe("open");
  world.sandbox.setVariable(REPOSITORY, "INSTANT_PAUSED", "");
  runs.rerun(first?.id ?? 0);
  expect(await runOf(world, "fast-ci.yml", (run) => run.headSha === sha)).toMatchObject({ conclusion: "success", attempt: 2 });
  const late = await runOf(world, "auto-merge.yml");
  expect(jobOf(late, "gate").steps.find((step) => step.id === "gate")?.outputs).toMatchObject({ decision: "blocked" });
  expect(jobOf(late, "gate").annotations.map((one) => one.message).join()).toContain("head");
  expect(await stateOf(world, number)).toBe("open");
  runs.rerun(second?.id ?? 0);
  await runOf(world, "fast-ci.yml", (run) => run.headSha === newer);
  await runOf(world, "auto-merge.yml");
  expect(await stateOf(world, number)).toBe("merged");
});

test("a fork's green run on a branch of the same name merges neither its own nor the loop's pull request, not even with the condition about the repository deleted: the judged commit still is not the loop's", async () => {
  const world = await gateWorld({ variables: { INSTANT_PAUSED: "true" } });
  const { sandbox } = world;
  const loops = await propose(world, helper(world), { branch: BRANCH, files: { "docs/FAQ.md": await faqWith(QUESTION) } });
  expect(await runOf(world, "fast-ci.yml")).toMatchObject({ conclusion: "success" });
  await runOf(world, "auto-merge.yml");
  sandbox.setVariable(REPOSITORY, "INSTANT_PAUSED", "");
  await sandbox.fork(sandbox.repository(REPOSITORY), "mallory");
  // The fork has taken the loop's branch along; Mallory starts it anew from main, under its name.
  const mallory = clientOf(sandbox, sandbox.tokens.user("mallory"));
  await mallory.rest("DELETE", `/repos/mallory/handbook/git/refs/heads/${BRANCH}`);
  const forks = await propose(world, mallory, { branch: BRANCH, from: "mallory", files: { "docs/FAQ.md": await faqWith("Am I trusted?") } });
  const judged = async (attempt: number) => {
    const ci = await runOf(world, "fast-ci.yml", (run) => run.headSha === forks.sha);
    expect(ci).toMatchObject({ conclusion: "success", attempt });
    const gate = jobOf(await runOf(world, "auto-merge.yml"), "gate");
    expect([await stateOf(world, loops.number), await stateOf(world, forks.number)]).toEqual(["open", "open"]);
    return { ci, gate: gate.conclusion };
  };
  const first = await judged(1);
  expect(first.gate).toBe("skipped");
  await write(world.ada, { branch: "main", file: ".github/workflows/auto-merge.yml", text: withoutRepository(templateText("auto-merge.yml")) });
  sandbox.runs.rerun(first.ci?.id ?? 0);
  expect((await judged(2)).gate).toBe("failure");
});

function withoutRepository(text: string): string {
  const line = "      github.event.workflow_run.head_repository.full_name == github.repository &&\n";
  expect(text).toContain(line);
  return text.replace(line, "");
}

test("a person's pull request on such a branch is not merged, and the gate says why", async () => {
  const world = await gateWorld({ variables: { INSTANT_TRUSTED_AUTHORS: "" } });
  const { number } = await propose(world, world.ada, { branch: BRANCH, files: { "docs/FAQ.md": await faqWith(QUESTION) } });
  await runOf(world, "fast-ci.yml");
  const gate = jobOf(await runOf(world, "auto-merge.yml"), "gate");
  expect([gate.conclusion, gate.annotations.map((one) => one.message).join()]).toEqual(["failure", expect.stringContaining("its origin is not proved")]);
  expect(await stateOf(world, number)).toBe("open");
});

test.each([
  ["is not looked at", "Answer a question", trusting, "skipped", "open"],
  ["is merged like any other where its title carries a trace-id", "Answer a question (trace-id 4fd0b6)", trusting, "success", "merged"],
  ["is looked at for a title with a trace-id, which proves nothing", "Answer a question (trace-id 4fd0b6)", { INSTANT_TRUSTED_AUTHORS: "" }, "failure", "open"],
] as const)("a pull request on another branch %s", async (_, title, variables, conclusion, state) => {
  const world = await gateWorld({ variables });
  const { number } = await propose(world, helper(world), { branch: "docs/print", title, files: { "docs/FAQ.md": await faqWith(QUESTION) } });
  await runOf(world, "fast-ci.yml");
  expect(jobOf(await runOf(world, "auto-merge.yml"), "gate").conclusion).toBe(conclusion);
  expect(await stateOf(world, number)).toBe(state);
});

test("a trusted bot's pull request that changes more than the FAQ is not merged, its own CI file least of all", async () => {
  const world = await gateWorld();
  const bot = clientOf(world.sandbox, world.sandbox.tokens.app("helper", { contents: "write", pull_requests: "write", workflows: "write" }));
  const green = "name: Fast CI\non: pull_request\njobs:\n  fast-ci:\n    runs-on: any\n    steps:\n      - run: echo fine\n";
  const { number } = await propose(world, bot, { branch: BRANCH, files: { ".github/workflows/fast-ci.yml": green } });
  expect(await runOf(world, "fast-ci.yml")).toMatchObject({ conclusion: "success" });
  const gate = jobOf(await runOf(world, "auto-merge.yml"), "gate");
  expect([gate.conclusion, gate.annotations.map((one) => one.message).join()]).toEqual(["failure", expect.stringContaining("`allowed-paths` does not allow")]);
  expect(await stateOf(world, number)).toBe("open");
});

import { expect } from "@jest/globals";
import type { LoopWorld } from "../../src/cli/rehearsal/world.ts";
import { answered, faqAt, headOf, issues, loopWorld, pulls, repositoryOf } from "../scenarios/support.ts";
import { runAct } from "./act-support.ts";
import { testWith } from "./support.ts";

const QUESTION = "How do I change my plan?";
const template = "closed-loop-express.yml";

/** Such as a workflow's own: an installation of the App behind `github-actions[bot]`, with what the template's jobs ask for. */
const jobToken = (world: LoopWorld) =>
  world.sandbox.tokens.app("github-actions", { contents: "write", pull_requests: "write", checks: "write", statuses: "read", issues: "write", actions: "write" });

/** Which workflows the sandbox's own engine ran: the loop is not among them when act ran it. */
async function ranHere(world: LoopWorld): Promise<string[]> {
  await world.sandbox.runs.settled();
  const all = await Promise.all(world.sandbox.runs.list(world.repository).map((run) => world.sandbox.runs.waitForRun(run.id)));
  return all.filter((run) => run.conclusion !== "skipped").map((run) => run.path);
}

testWith(["act"], "nektos/act runs the express loop from a release's tree: merged, deployed, healthy, nothing left behind", async ({ act = "" }) => {
  const world = await loopWorld({ template });
  const before = headOf(world);
  const token = jobToken(world);
  const { code, log, jobs, left } = await runAct(act, world, QUESTION, token);
  expect({ code, jobs, left, log: code === 0 ? "" : log }).toEqual({ code: 0, jobs: { Answer: "succeeded", Health: "succeeded" }, left: [], log: "" });
  expect(pulls(world).map(({ merged, mergeCommitSha }) => ({ merged, mergeCommitSha }))).toEqual([{ merged: true, mergeCommitSha: headOf(world) }]);
  expect(headOf(world)).not.toBe(before);
  expect(await answered(world, [QUESTION])).toEqual([1]);
  expect(await faqAt(world)).toContain("Plans can be changed at any time");
  expect(await (await fetch(world.product.versionUrl)).json()).toMatchObject({ commit: headOf(world) });
  expect(await ranHere(world)).toEqual([".github/workflows/deploy.yml"]);
  for (const secret of [token, ...Object.values(repositoryOf(world).secrets)]) expect(log).not.toContain(secret);
}, 180_000);

testWith(["act"], "under act too, what hurts production is taken back", async ({ act = "" }) => {
  const world = await loopWorld({ template, sickWith: QUESTION });
  const { code, jobs, left, log } = await runAct(act, world, QUESTION, jobToken(world));
  expect({ jobs, left, log: jobs["Rollback"] === "succeeded" ? "" : log }).toEqual({ jobs: { Answer: "succeeded", Health: "failed", Rollback: "succeeded" }, left: [], log: "" });
  expect(code).toBe(1);
  expect(await answered(world, [QUESTION])).toEqual([0]);
  expect((await fetch(world.product.healthUrl)).status).toBe(200);
  expect(issues(world)).toHaveLength(1);
}, 180_000);

testWith(["act"], "with a person's token, which may publish no check, nothing is merged and the reason is told", async ({ act = "" }) => {
  const world = await loopWorld({ template });
  const before = headOf(world);
  const { code, jobs, log, left } = await runAct(act, world, QUESTION, world.sandbox.tokens.user(world.person));
  expect({ code, jobs, left }).toEqual({ code: 1, jobs: { Answer: "failed" }, left: [] });
  expect(log).toContain("GitHub refused to publish the check instant/fast-ci (403: You must authenticate via a GitHub App.)");
  expect(headOf(world)).toBe(before);
  expect(pulls(world).map(({ merged, issue }) => ({ merged, state: issue.state }))).toEqual([{ merged: false, state: "open" }]);
}, 180_000);

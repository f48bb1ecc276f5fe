import { expect, test } from "@jest/globals";
import { answered, ask, conclusions, faqAt, headOf, issues, loopWorld, pulls, repositoryOf } from "./support.ts";

const QUESTION = "How do I roll back a deployment that went wrong?";

test("a change that breaks production is taken back, and production ends healthy on the reverted tree", async () => {
  const world = await loopWorld({ sickWith: QUESTION });
  const before = await faqAt(world);
  const rehearsal = await ask(world, QUESTION);
  expect(rehearsal.result).toMatchObject({ status: "error", phase: "rolled_back", verdict: "healthy", deployed_sha: headOf(world) });
  expect(rehearsal.result.trb_ms).toBeGreaterThan(0);
  expect(conclusions(rehearsal)).toMatchObject({ gate: "success", health: "failure", rollback: "success" });
  expect(await faqAt(world)).toBe(before);
  expect(await answered(world, [QUESTION])).toEqual([0]);
  const hotfix = pulls(world).find((pull) => pull.issue.title.startsWith("Rollback: "));
  expect(hotfix?.merged).toBe(true);
  expect([...(hotfix?.issue.labels ?? [])].map((label) => label.name).sort()).toEqual(["P0", "auto-rollback", "hotfix"]);
  const incidents = issues(world);
  expect(incidents.map(({ state, body }) => [state, /^state: (\w+)/m.exec(body ?? "")?.[1]])).toEqual([["closed", "healthy"]]);
  expect([...(incidents[0]?.labels ?? [])].map((label) => label.name).sort()).toEqual(["P0", "auto-rollback", "incident"]);
  expect(repositoryOf(world).git.refs("refs/heads/")).toHaveLength(1);
  expect((await fetch(world.product.healthUrl)).status).toBe(200);
  const rollback = rehearsal.result.stages.find((stage) => stage.name === "rollback");
  expect(rollback?.conclusion).toBe("success");
});

test("a rollback asked for by a person goes the same way, and keeps what came later", async () => {
  const world = await loopWorld({ template: "closed-loop-express.yml" });
  const later = "What are the limits of the free plan?";
  const bad = await ask(world, QUESTION);
  await ask(world, later);
  const { sandbox, repository, person } = world;
  const id = await sandbox.runs.dispatch(repository, "rollback.yml", { commit_sha: bad.result.merged_sha, reason: "Wrong answer" }, person);
  const run = await sandbox.runs.waitForRun(id);
  expect(run.conclusion).toBe("success");
  expect(await answered(world, [QUESTION, later])).toEqual([0, 1]);
  expect(world.product.deployedSha()).toBe(headOf(world));
  const again = await sandbox.runs.dispatch(repository, "rollback.yml", { commit_sha: bad.result.merged_sha, reason: "Wrong answer" }, person);
  await sandbox.runs.waitForRun(again);
  expect(pulls(world).filter((pull) => pull.issue.title.startsWith("Rollback: "))).toHaveLength(1);
  expect(issues(world)).toHaveLength(1);
});

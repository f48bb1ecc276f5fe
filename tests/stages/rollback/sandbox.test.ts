import { describe, expect, test } from "@jest/globals";
import { PERMISSIONS, type Ran, Rig } from "../post-deploy-health/rig.ts";
import { withEntry } from "./facts.ts";

// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;

const WRITES = ["Rollback", "POST /repos/{owner}/{repo}/git/commits", "OpenHotfix", "POST /repos/{owner}/{repo}/issues/{issue_number}/labels", "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", "POST /repos/{owner}/{repo}/issues", "DELETE /repos/{owner}/{repo}/git/refs/{ref}"];
const DEPLOYS = /actions\/|compare|comments/;

async function left(rig: Rig): Promise<{ pulls: Json[]; incidents: Json[]; branches: string[] }> {
  const pulls = ((await rig.rest("GET", "/pulls?state=all")) as Json[]).filter(({ title }) => title.startsWith("Rollback: "));
  const incidents = ((await rig.rest("GET", "/issues?state=open&labels=P0,incident,auto-rollback")) as Json[]).filter((issue) => issue.pull_request === undefined);
  const branches = ((await rig.rest("GET", "/branches")) as Json[]).map(({ name }) => name as string);
  return { pulls, incidents, branches };
}

async function expectSettled(rig: Rig, ran: Ran): Promise<void> {
  expect([ran.conclusion, ran.conclusion === "success" ? "" : ran.log]).toEqual(["success", ""]);
  expect(ran.outputs).toMatchObject({ verdict: "healthy", phase: "rolled_back", "deployed-sha": await rig.head() });
  const { pulls, incidents, branches } = await left(rig);
  expect(pulls.map((pull) => [pull.merged_at !== null, pull.title])).toEqual([[true, "Rollback: Health check failed"]]);
  expect(incidents.map(({ title }) => title)).toEqual(["Production Rollback: Health check failed"]);
  expect(branches).toEqual(["main"]);
  expect(rig.product.deployedSha()).toBe(await rig.head());
}

test("the newest commit, found unhealthy, is taken back in seven requests and production is healthy again", async () => {
  await using rig = await Rig.start();
  const before = await rig.text("docs/FAQ.md");
  const sha = await rig.answer("What is new?", "All is BROKEN.");
  const health = await rig.run("post-deploy-health", sha);
  expect(health.outputs["verdict"]).toBe("unhealthy");
  const ran = await rig.run("rollback", sha, { "detected-at": health.outputs["detected-at"] ?? "", "smoke-command": "node scripts/smoke.mjs", owners: "ann" });
  await expectSettled(rig, ran);
  expect(ran.outputs).toMatchObject({ status: "rolled-back", "rollback-sha": await rig.head(), reasons: "[]" });
  expect(Number(ran.outputs["trb-ms"])).toBeGreaterThan(0);
  expect(ran.requests.filter((request) => !DEPLOYS.test(request)).toSorted()).toEqual(WRITES.toSorted());
  expect(await rig.text("docs/FAQ.md")).toBe(before);
  const { pulls, incidents } = await left(rig);
  expect(pulls[0].labels.map(({ name }: Json) => name).toSorted()).toEqual(["P0", "auto-rollback", "hotfix"]);
  expect(incidents[0].body).toContain(`rolls-back: ${sha}`);
  const comments = (await rig.rest("GET", `/issues/${incidents[0].number}/comments`)) as Json[];
  expect(comments.map(({ body }) => body)).toEqual([expect.stringContaining("is deployed and healthy")]);
  // The health of a commit that was taken back is no question any more.
  expect((await rig.run("post-deploy-health", sha)).reasons).toEqual([expect.stringMatching(/^rolled-back: /)]);
  // Once more finds nothing left to do.
  const deployments = rig.deployments();
  const again = await rig.run("rollback", sha);
  await expectSettled(rig, again);
  expect(again.outputs["status"]).toBe("already-rolled-back");
  expect(rig.deployments()).toBe(deployments);
});

test("an older commit is taken back and what came after it stays", async () => {
  await using rig = await Rig.start();
  const sha = await rig.commit({ "docs/broken.md": "# Broken\n" }, "Add a page");
  await rig.answer("What came later?", "This did.");
  const ran = await rig.run("rollback", sha, { "smoke-command": "test ! -e docs/broken.md && grep -q 'What came later' docs/FAQ.md" });
  await expectSettled(rig, ran);
  expect(await rig.text("docs/FAQ.md")).toContain("What came later?");
  await expect(rig.text("docs/broken.md")).rejects.toThrow("404");
});

test("a merge commit goes back to the branch it was merged into", async () => {
  await using rig = await Rig.start();
  const base = await rig.head();
  await rig.rest("POST", "/git/refs", { ref: "refs/heads/feature", sha: base });
  await rig.commit({ "docs/feature.md": "# One\n" }, "One", "feature");
  await rig.answer("What happened meanwhile?", "This.");
  const { number } = await rig.rest("POST", "/pulls", { title: "Feature", head: "feature", base: "main" });
  const { sha } = await rig.rest("PUT", `/pulls/${number}/merge`, { merge_method: "merge" });
  await rig.rest("DELETE", "/git/refs/heads/feature");
  const ran = await rig.run("rollback", sha as string);
  await expectSettled(rig, ran);
  expect(await rig.text("docs/FAQ.md")).toContain("What happened meanwhile?");
  await expect(rig.text("docs/feature.md")).rejects.toThrow("404");
});

test("a conflict leaves everything as it was and calls people with the commands, once", async () => {
  await using rig = await Rig.start();
  const sha = await rig.commit({ "docs/page.md": "one\n" }, "Add a page");
  const head = await rig.commit({ "docs/page.md": "two\n" }, "Change it");
  const ran = await rig.run("rollback", sha);
  expect(ran.conclusion).toBe("failure");
  expect(ran.outputs).toMatchObject({ status: "conflict", phase: "blocked", "pr-number": "" });
  expect(ran.log).toContain("docs/page.md");
  expect(await rig.head()).toBe(head);
  expect((await rig.run("rollback", sha)).outputs["status"]).toBe("conflict");
  const { pulls, incidents, branches } = await left(rig);
  expect([pulls, branches]).toEqual([[], ["main"]]);
  expect(incidents).toHaveLength(1);
  expect(incidents[0].body).toContain(`git revert ${sha}`);
  // A person finishes by hand, and the next run deploys and verifies what they did.
  const fixed = await rig.commit({ "docs/page.md": null }, "Take the page back by hand");
  const done = await rig.run("rollback", sha);
  expect(done.conclusion).toBe("success");
  expect(done.outputs).toMatchObject({ status: "already-rolled-back", "rollback-sha": "", "deployed-sha": fixed, verdict: "healthy" });
});

describe("a runner that dies is replaced by one that finishes", () => {
  const points: [string, string | RegExp][] = [
    ["the branch and its pull request", "/repos/{owner}/{repo}/issues/{issue_number}/labels"],
    ["the merge", "/repos/{owner}/{repo}/issues"],
    ["the issue", "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches"],
  ];
  test.each(points)("after %s", async (_, next) => {
    await using rig = await Rig.start();
    const sha = await rig.answer("What is new?", "All is BROKEN.");
    await rig.run("post-deploy-health", sha);
    // The request after the point hangs; then the runner loses power.
    rig.sandbox.faults.add({ match: { method: "POST", path: next }, effect: { type: "latency", delay: 8_000 }, times: 1 });
    const id = await rig.sandbox.runs.dispatch("acme/site", "rollback.yml", { commit_sha: sha }, "ann");
    await until(async () => (await left(rig)).pulls.some((pull) => (next === points[0]?.[1] ? true : pull.merged_at !== null)));
    if (next === points[2]?.[1]) await until(async () => (await left(rig)).incidents.length > 0);
    await rig.sandbox.runs.killRun(id);
    rig.sandbox.faults.clear();
    const ran = await rig.run("rollback", sha);
    await expectSettled(rig, ran);
  });
});

test("a runner that dies between the branch and its pull request is replaced by one that finishes", async () => {
  await using rig = await Rig.start();
  const sha = await rig.commit({ "docs/broken.md": "# Broken\n" }, "Add a page");
  await rig.answer("What came later?", "This did.");
  rig.sandbox.faults.add({ match: { graphql: "OpenHotfix" }, effect: { type: "latency", delay: 8_000 }, times: 1 });
  const id = await rig.sandbox.runs.dispatch("acme/site", "rollback.yml", { commit_sha: sha }, "ann");
  await until(async () => (await left(rig)).branches.length === 2);
  await rig.sandbox.runs.killRun(id);
  rig.sandbox.faults.clear();
  expect((await left(rig)).pulls).toEqual([]);
  await expectSettled(rig, await rig.run("rollback", sha));
});

async function until(there: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 25))) if (await there()) return;
  throw new Error("it did not come about within 20 s");
}

test("an answer that is merged while the rollback is under way stays, though it stands right behind the bad one", async () => {
  await using rig = await Rig.start();
  const faq = "docs/FAQ.md";
  const before = await rig.text(faq);
  const sha = await rig.commit({ [faq]: withEntry(before, "What is bad?", "All is BROKEN.") }, "Update FAQ - What is bad?");
  // The merge is late, and somebody is quicker.
  rig.sandbox.faults.add({ match: { method: "PUT", path: "/repos/{owner}/{repo}/pulls/{pull_number}/merge" }, effect: { type: "latency", delay: 2_000 }, times: 1 });
  const running = rig.run("rollback", sha, { "smoke-command": "node scripts/smoke.mjs" });
  await until(async () => (await left(rig)).pulls.length === 1);
  await rig.commit({ [faq]: withEntry(await rig.text(faq), "What is good?") }, "Update FAQ - What is good?");
  const ran = await running;
  await expectSettled(rig, ran);
  expect(ran.log).toContain("joining the newer default branch into the hotfix, by entries");
  expect(await rig.text(faq)).toBe(withEntry(before, "What is good?"));
});

test("a smoke check that fails on the reverted tree merges nothing", async () => {
  await using rig = await Rig.start();
  const sha = await rig.answer("What is new?", "This is.");
  const ran = await rig.run("rollback", sha, { "smoke-command": "echo it is not the change; test -z \"$(env | grep -i -E '^(INPUT_|GITHUB_TOKEN|ACTIONS_)')\" && exit 7" });
  expect(ran.conclusion).toBe("failure");
  expect(ran.outputs).toMatchObject({ status: "refused", phase: "blocked" });
  expect(ran.reasons).toEqual([expect.stringContaining("smoke-failed: the smoke command failed with exit status 7")]);
  const { pulls, incidents } = await left(rig);
  expect(pulls.map(({ state }) => state)).toEqual(["open"]);
  expect(incidents[0].body).toContain("it is not the change");
  expect(await rig.head()).toBe(sha);
});

test("a commit that touches workflows is left to people, because GitHub would refuse it", async () => {
  await using rig = await Rig.start();
  const sha = await rig.commit({ ".github/workflows/extra.yml": "on: push\njobs: {}\n" }, "Add a workflow");
  const ran = await rig.run("rollback", sha);
  expect(ran.outputs).toMatchObject({ status: "refused", phase: "blocked" });
  expect(ran.reasons).toEqual([expect.stringContaining("touches-workflows")]);
  expect((await left(rig)).incidents).toHaveLength(1);
});

test.each(["contents", "pull-requests"] as const)("without %s: write there is one message that names it, and nothing is merged", async (missing) => {
  await using rig = await Rig.start({ permissions: { rollback: { ...PERMISSIONS.rollback, [missing]: "read" } } });
  const sha = await rig.answer("What is new?", "This is.");
  const ran = await rig.run("rollback", sha);
  expect(ran.conclusion).toBe("failure");
  expect(ran.log.match(/a permission is missing/g)).toHaveLength(1);
  expect(ran.log).toContain(`${missing}: write`);
  expect(await rig.head()).toBe(sha);
});

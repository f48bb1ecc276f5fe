import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Given, PERMISSIONS, type Ran, Rig } from "../post-deploy-health/rig.ts";
import { blocksOf } from "../../docs/blocks.ts";
import { atDesk } from "./desk.ts";
import { withEntry } from "./facts.ts";

// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;

const WRITES = ["Rollback", "POST /repos/{owner}/{repo}/git/commits", "OpenHotfix", "POST /repos/{owner}/{repo}/issues/{issue_number}/labels", "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", "OpenIncident", "TellIncident", "DELETE /repos/{owner}/{repo}/git/refs/{ref}"];
const DEPLOYS = /actions\/|compare|comments/;

async function left(rig: Rig): Promise<{ pulls: Json[]; incidents: Json[]; branches: string[] }> {
  const pulls = ((await rig.rest("GET", "/pulls?state=all")) as Json[]).filter(({ title }) => title.startsWith("Rollback: "));
  const incidents = ((await rig.rest("GET", "/issues?state=all&labels=P0,incident,auto-rollback")) as Json[]).filter((issue) => issue.pull_request === undefined);
  const branches = ((await rig.rest("GET", "/branches")) as Json[]).map(({ name }) => name as string);
  return { pulls, incidents, branches };
}

/** What is to be taken back is in production, as far as it can be. */
async function takeBack(rig: Rig, sha: string, given: Given = {}): Promise<Ran> {
  await rig.product.deploy(await rig.head());
  return rig.run("rollback", sha, given);
}

async function expectSettled(rig: Rig, ran: Ran): Promise<void> {
  expect([ran.conclusion, ran.conclusion === "success" ? "" : ran.log]).toEqual(["success", ""]);
  expect(ran.outputs).toMatchObject({ verdict: "healthy", phase: "rolled_back", "deployed-sha": await rig.head() });
  const { pulls, incidents, branches } = await left(rig);
  expect(pulls.map((pull) => [pull.merged_at !== null, pull.title])).toEqual([[true, "Rollback: Health check failed"]]);
  expect(incidents.map(({ title, state }) => [title, state])).toEqual([["Production Rollback: Health check failed", "closed"]]);
  expect(branches).toEqual(["main"]);
  expect(rig.product.deployedSha()).toBe(await rig.head());
}

test("the newest commit, found unhealthy, is taken back in seven requests and production is healthy again; one more tells how it ended", async () => {
  await using rig = await Rig.start();
  const before = await rig.text("docs/FAQ.md");
  const sha = await rig.answer("What is new?", "All is BROKEN.");
  const health = await rig.run("post-deploy-health", sha);
  expect(health.outputs["verdict"]).toBe("unhealthy");
  const ran = await takeBack(rig, sha, { "detected-at": health.outputs["detected-at"] ?? "", "smoke-command": "node scripts/smoke.mjs", owners: "ann" });
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
  const again = await takeBack(rig, sha);
  await expectSettled(rig, again);
  expect(again.outputs["status"]).toBe("already-rolled-back");
  expect(rig.deployments()).toBe(deployments);
});

test("an older commit is taken back and what came after it stays; the commands of its issue bring it back", async () => {
  await using rig = await Rig.start();
  const sha = await rig.commit({ "docs/broken.md": "# Broken\n" }, "Add a page");
  await rig.answer("What came later?", "This did.");
  const ran = await takeBack(rig, sha, { "smoke-command": "test ! -e docs/broken.md && grep -q 'What came later' docs/FAQ.md" });
  await expectSettled(rig, ran);
  expect(await rig.text("docs/FAQ.md")).toContain("What came later?");
  await expect(rig.text("docs/broken.md")).rejects.toThrow("404");
  const { incidents } = await left(rig);
  const told = blocksOf("the issue", incidents[0].body).filter(({ language }) => language === "bash");
  await atDesk(rig, (desk) => desk.type(told[0]!.text));
  expect(await rig.text("docs/broken.md", `bring-back-${(await rig.head()).slice(0, 7)}`)).toBe("# Broken\n");
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
  const ran = await takeBack(rig, sha as string);
  await expectSettled(rig, ran);
  expect(await rig.text("docs/FAQ.md")).toContain("What happened meanwhile?");
  await expect(rig.text("docs/feature.md")).rejects.toThrow("404");
});

test("a conflict leaves everything as it was and calls people with the commands, once", async () => {
  await using rig = await Rig.start();
  const sha = await rig.commit({ "docs/page.md": "one\n" }, "Add a page");
  const head = await rig.commit({ "docs/page.md": "two\n" }, "Change it");
  const ran = await takeBack(rig, sha);
  expect(ran.conclusion).toBe("failure");
  expect(ran.outputs).toMatchObject({ status: "conflict", phase: "blocked", "pr-number": "" });
  expect(ran.log).toContain("docs/page.md");
  expect(await rig.head()).toBe(head);
  expect((await takeBack(rig, sha)).outputs["status"]).toBe("conflict");
  const { pulls, incidents, branches } = await left(rig);
  expect([pulls, branches]).toEqual([[], ["main"]]);
  expect(incidents).toHaveLength(1);
  // A person finishes by hand with the commands of the issue, and the next run deploys and judges what they did.
  const told = blocksOf("the issue", incidents[0].body).filter(({ language }) => language === "bash");
  expect(told).toHaveLength(1);
  await atDesk(rig, async (desk) => {
    await desk.type(told[0]!.text, () => desk.write("docs/page.md", "two, without what was bad\n"));
  });
  const branch = `take-back-${sha.slice(0, 7)}`;
  const { number } = await rig.rest("POST", "/pulls", { title: "By hand", head: branch, base: "main" });
  await rig.rest("PUT", `/pulls/${number}/merge`, { merge_method: "squash" });
  const done = await takeBack(rig, sha);
  expect([done.conclusion, done.outputs["deployed-sha"], done.outputs["verdict"]]).toEqual(["success", await rig.head(), "healthy"]);
  expect(await rig.text("docs/page.md")).toBe("two, without what was bad\n");
  // They were called, so they are told; nobody has to look any more.
  expect((await left(rig)).incidents.map(({ state, body }) => [state, body.includes("state: healthy")])).toEqual([["closed", true]]);
});

test("an answer that is merged while the rollback is under way stays, though it stands right behind the bad one", async () => {
  await using rig = await Rig.start();
  const faq = "docs/FAQ.md";
  const before = await rig.text(faq);
  const sha = await rig.commit({ [faq]: withEntry(before, "What is bad?", "All is BROKEN.") }, "Update FAQ - What is bad?");
  // The merge is late, and somebody is quicker.
  const quicker = async () => rig.commit({ [faq]: withEntry(await rig.text(faq), "What is good?") }, "Update FAQ - What is good?");
  rig.sandbox.faults.add({ match: { method: "PUT", path: "/repos/{owner}/{repo}/pulls/{pull_number}/merge" }, effect: { type: "hold", until: quicker }, times: 1 });
  const ran = await takeBack(rig, sha, { "smoke-command": "node scripts/smoke.mjs" });
  await expectSettled(rig, ran);
  expect(ran.log).toContain("joining the newer default branch into the hotfix, by entries");
  expect(await rig.text(faq)).toBe(withEntry(before, "What is good?"));
});

describe("what is refused changes nothing:", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  test("a commit that touches workflows is left to people, because GitHub would refuse it", async () => {
    const sha = await rig.commit({ ".github/workflows/extra.yml": "on: push\njobs: {}\n" }, "Add a workflow");
    const ran = await takeBack(rig, sha);
    expect(ran.outputs).toMatchObject({ status: "refused", phase: "blocked" });
    expect(ran.reasons).toEqual([expect.stringContaining("touches-workflows")]);
    expect((await left(rig)).incidents).toHaveLength(1);
    expect(await rig.head()).toBe(sha);
  });

  test("a smoke check that fails on the reverted tree merges nothing", async () => {
    const sha = await rig.answer("What is new?", "This is.");
    const ran = await takeBack(rig, sha, { "smoke-command": "echo it is not the change; test -z \"$(env | grep -i -E '^(INPUT_|GITHUB_TOKEN|ACTIONS_)')\" && exit 7" });
    expect(ran.conclusion).toBe("failure");
    expect(ran.outputs).toMatchObject({ status: "refused", phase: "blocked" });
    expect(ran.reasons).toEqual([expect.stringContaining("smoke-failed: the smoke command failed with exit status 7")]);
    const { pulls, incidents } = await left(rig);
    expect(pulls.map(({ state }) => state)).toEqual(["open"]);
    expect(incidents.find(({ body }) => body.includes(`rolls-back: ${sha}`)).body).toContain("it is not the change");
    expect(await rig.head()).toBe(sha);
  });
});

// One of them stands for all: which permission a refusal lacks is told by the adapter, whose tests know each.
test("without contents: write there is one message that names it, and nothing is merged", async () => {
  await using rig = await Rig.start({ permissions: { rollback: { ...PERMISSIONS.rollback, contents: "read" } } });
  const sha = await rig.answer("What is new?", "This is.");
  const ran = await takeBack(rig, sha);
  expect(ran.conclusion).toBe("failure");
  expect(ran.log.match(/a permission is missing/g)).toHaveLength(1);
  expect(ran.log).toContain("contents: write");
  expect(await rig.head()).toBe(sha);
});

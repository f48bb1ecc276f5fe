import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { attachContract, type Contract } from "../../contract/attach.ts";
import { FAQ, type Place, Scene } from "./a-sandbox.ts";
import { TRACE } from "./a-pull.ts";

let scene: Scene;
let contract: Contract;
let count = 0;
beforeAll(async () => {
  scene = await Scene.start();
  contract = await attachContract(scene.sandbox);
});
afterAll(async () => {
  await scene.close();
  expect(contract.checked).toBeGreaterThan(20);
  contract.verify();
});

const place = (options: Parameters<Scene["repository"]>[1] = {}): Promise<Place> => {
  count += 1;
  return scene.repository(`product-${count}`, options);
};

describe("a green pull request", () => {
  test("is merged at exactly its sha, squashed, its branch gone, in at most four requests", async () => {
    const here = await place();
    const pull = await here.pull("Does it work?");
    const { exitCode, outputs, requests, summary, log } = await here.gate({ "pr-number": String(pull.number), "head-sha": pull.sha });
    expect([log, exitCode]).toEqual([expect.not.stringContaining("::error"), 0]);
    expect(outputs).toMatchObject({ decision: "merged", merged: "true", "head-sha": pull.sha, phase: "merged", "trace-id": TRACE, reasons: "[]", rounds: "0" });
    expect(outputs["merged-sha"]).toBe(here.ref("main"));
    expect(here.ref(pull.branch)).toBeUndefined();
    expect(requests).toEqual(["POST Pull 200", "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge 200", "DELETE /repos/{owner}/{repo}/git/refs/{ref} 204"]);
    expect(outputs["api-requests"]).toBe("3");
    expect(summary).toContain(`merged at exactly ${pull.sha.slice(0, 7)}`);
    const { commits } = await here.loop.readPull(pull.number, { faqPath: "docs/FAQ.md" });
    expect(commits).toHaveLength(1);
    const landed = await scene.sandbox.repository(`acme/${here.name}`).git.commit(outputs["merged-sha"] ?? "");
    expect(landed.message.trim()).toBe(`Update FAQ - Does it work? (#${pull.number})\n\nTrace-Id: ${TRACE}`);
    expect(landed.parents).toHaveLength(1);
    expect(await here.faq()).toContain("## Does it work?");
  });

  test("that was merged before is told of, and tidied up after", async () => {
    const here = await place();
    const pull = await here.pull("Again?");
    const first = await here.gate({ "pr-number": String(pull.number), "delete-branch": "false" });
    expect(here.ref(pull.branch)).toBe(pull.sha);
    const second = await here.gate({ "pr-number": String(pull.number) });
    expect(second.outputs).toMatchObject({ decision: "already-merged", merged: "true", "merged-sha": first.outputs["merged-sha"], phase: "merged" });
    expect([second.exitCode, second.requests.length]).toEqual([0, 2]);
    expect(here.ref(pull.branch)).toBeUndefined();
  });

  test("is left as it is by a dry run", async () => {
    const here = await place();
    const pull = await here.pull("Dry?");
    const main = here.ref("main");
    const { outputs, exitCode, requests, summary } = await here.gate({ "pr-number": String(pull.number), "dry-run": "true" });
    expect([exitCode, outputs.decision, requests.length, here.ref("main")]).toEqual([0, "dry-run", 1, main]);
    expect(summary).toContain(`merge #${pull.number} at ${pull.sha.slice(0, 7)}`);
  });

  test("is not touched while paused", async () => {
    const here = await place();
    const pull = await here.pull("Paused?");
    const byInput = await here.gate({ "pr-number": String(pull.number), paused: "true" });
    expect([byInput.exitCode, byInput.requests]).toEqual([0, []]);
    await here.ada.openIssue({ title: "Stop", body: "", labels: ["instant-paused"] });
    const byIssue = await here.gate({ "pr-number": String(pull.number) });
    expect([byIssue.exitCode, byIssue.outputs.decision, byIssue.requests.length]).toEqual([1, "blocked", 1]);
    expect(byIssue.reasons[0]).toContain("paused by issue");
  });
});

test("a pull request knows those that stand before it", async () => {
  const here = await place();
  const [first, second] = [await here.pull("A?"), await here.pull("B?")];
  const facts = await here.loop.readPull(second.number, { faqPath: "docs/FAQ.md" });
  expect(facts.siblings).toEqual([{ number: first.number, branch: first.branch, draft: false, createdAt: expect.any(Number) }]);
});

describe("what is not merged", () => {
  test("a draft and a red check, both told at once", async () => {
    const here = await place();
    const pull = await here.pull("Draft?", { check: "failure" });
    const stored = scene.sandbox.repository(`acme/${here.name}`).issues.get(pull.number)?.pull;
    if (stored) stored.draft = true;
    const { exitCode, outputs, reasons, log } = await here.gate({ "pr-number": String(pull.number) });
    expect([exitCode, outputs.decision, outputs.phase, outputs.merged]).toEqual([1, "blocked", "ci_failed", "false"]);
    expect(reasons).toEqual([expect.stringContaining("draft"), expect.stringContaining("`instant/fast-ci` failed")]);
    expect(log).toContain(`::error::#${pull.number} is not merged:`);
    expect(log).toContain("Mark it as ready for review.");
  });

  test("a fork, and a fork that is gone", async () => {
    const here = await place({ private: false });
    scene.sandbox.addUser("stranger");
    const { sandbox } = scene;
    const fork = await sandbox.fork(sandbox.repository(`acme/${here.name}`), "stranger");
    const token = sandbox.tokens.user("stranger");
    const api = (path: string, body: object) =>
      fetch(`${sandbox.urls.api}/repos/${path}`, { method: "POST", headers: { authorization: `Bearer ${token}` }, body: JSON.stringify(body) });
    const forked = await graphql(sandbox.urls.graphql, token, {
      branch: { repositoryNameWithOwner: `stranger/${here.name}`, branchName: "main" },
      expectedHeadOid: fork.git.ref("refs/heads/main"),
      message: { headline: "Update FAQ - trace-id" },
      fileChanges: { additions: [{ path: "docs/FAQ.md", contents: Buffer.from(`${FAQ}\nBuy here.\n`).toString("base64") }] },
    });
    expect(forked.errors).toBeUndefined();
    const opened = (await (await api(`acme/${here.name}/pulls`, { title: `Update FAQ - trace-id: ${TRACE}`, head: "stranger:main", base: "main", body: `trace-id: ${TRACE}` })).json()) as { number: number; head: { sha: string } };
    await here.check(opened.head.sha, "success");
    const open = await here.gate({ "pr-number": String(opened.number) });
    expect([open.exitCode, open.outputs.decision]).toEqual([1, "blocked"]);
    expect(open.reasons).toEqual([expect.stringContaining(`the fork stranger/${here.name}`), expect.stringContaining("origin is not proved")]);
    sandbox.deleteRepository(fork);
    const gone = await here.gate({ "pr-number": String(opened.number) });
    expect(gone.reasons[0]).toContain("a fork that is gone");
  });

  test("a path outside the allow-list, and a rename out of it", async () => {
    const here = await place();
    const pull = await here.pull("Path?", { path: "docs/OTHER.md" });
    const one = await here.gate({ "pr-number": String(pull.number) });
    expect([one.outputs.decision, one.reasons.join()]).toEqual(["blocked", expect.stringContaining("`docs/OTHER.md`")]);
    const branch = "instant/faq-rename";
    const base = here.ref("main") ?? "";
    await here.loop.createBranch(branch, base);
    const files = [{ path: "README.md", text: null }, { path: "docs/FAQ/README.md", text: "# Product\n" }];
    const commit = await here.loop.commitFiles({ branch, expectedHead: base, files, headline: "Move", body: "" });
    const opened = await here.loop.openPull({ head: branch, base: "main", title: "Move", body: "" });
    if (commit === "moved" || typeof opened === "string") throw new Error("not opened");
    await here.check(commit.sha, "success");
    const two = await here.gate({ "pr-number": String(opened.number), "allowed-paths": "docs/**" });
    expect([two.outputs.decision, two.reasons.join()]).toEqual(["blocked", expect.stringContaining("`README.md`")]);
  });

  test("an older success with a newer failure", async () => {
    const here = await place();
    const pull = await here.pull("Flaky?");
    await here.check(pull.sha, "failure");
    const { outputs, reasons } = await here.gate({ "pr-number": String(pull.number) });
    expect([outputs.decision, outputs.phase, reasons.length]).toEqual(["blocked", "ci_failed", 1]);
  });

  test("a check that never comes: reported as stuck, by name, without hammering", async () => {
    const here = await place({ rules: [{ branch: "main", requiredChecks: ["product-ci"] }] });
    const pull = await here.pull("Missing?");
    const { exitCode, outputs, reasons, log, requests } = await here.gate({ "pr-number": String(pull.number), "wait-seconds": "2" });
    expect([exitCode, outputs.decision, outputs.phase]).toEqual([1, "stuck", "timeout"]);
    expect(reasons).toEqual([`the check \`product-ci\` has not appeared at ${pull.sha.slice(0, 7)}`]);
    expect(log).toContain("waits for approval");
    expect(requests.filter((request) => request.startsWith("POST Pull ")).length).toBeLessThanOrEqual(7);
  });

  test("a person's commit on the loop's branch hands over, and nothing of theirs is lost", async () => {
    const here = await place();
    const pull = await here.pull("Mine?");
    const theirs = await here.push(here.ada, pull.branch, `${FAQ}\n## Mine?\n\nAda knows better.\n`);
    await here.check(theirs, "success");
    const { exitCode, outputs, log } = await here.gate({ "pr-number": String(pull.number), "head-sha": pull.sha });
    expect([exitCode, outputs.decision, outputs.phase, outputs.merged]).toEqual([0, "handed-over", "handed_over", "false"]);
    expect(here.ref(pull.branch)).toBe(theirs);
    expect(log).toContain("::notice");
  });

  test("without contents: write there is one clear message", async () => {
    const here = await place();
    const pull = await here.pull("Permission?");
    const permissions = { contents: "read", "pull-requests": "write", checks: "write", statuses: "read", issues: "read" } as const;
    const { exitCode, log, requests } = await here.gate({ "pr-number": String(pull.number) }, { permissions });
    expect(exitCode).toBe(1);
    expect(log.match(/::error/g)).toHaveLength(1);
    expect(log).toContain("contents: write");
    expect(requests.filter((request) => request.startsWith("PUT"))).toHaveLength(1);
  });

  test("every bad input is told at once, before anything is asked", async () => {
    const here = await place();
    const { exitCode, log, requests } = await here.gate({ "pr-number": "twelve", "head-sha": "abc", "allowed-paths": "../x", "merge-method": "push", checks: "nothing" });
    expect([exitCode, requests]).toEqual([1, []]);
    for (const name of ["pr-number", "head-sha", "allowed-paths", "merge-method", "checks"]) expect(log).toContain(`\`${name}\``);
  });
});

async function graphql(url: string, token: string, input: object): Promise<{ errors?: unknown }> {
  const query = "mutation CommitFiles($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }";
  const answer = await fetch(url, { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body: JSON.stringify({ query, variables: { input } }) });
  return (await answer.json()) as { errors?: unknown };
}

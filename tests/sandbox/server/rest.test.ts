import { afterAll, beforeAll, expect, test } from "@jest/globals";

import { startSandbox } from "../../../src/sandbox/sandbox.ts";
import type { Sandbox } from "../../../src/sandbox/sandbox.ts";
import { attachContract } from "../../contract/attach.ts";
import type { Contract } from "../../contract/attach.ts";
import { all, clientOf } from "./support.ts";
import type { Client } from "./support.ts";

let sandbox: Sandbox;
let contract: Contract;
let app: Client;
let ann: Client;
const repo = "/repos/acme/docs";

beforeAll(async () => {
  sandbox = await startSandbox();
  contract = await attachContract(sandbox);
  await sandbox.createRepository({
    owner: "acme", name: "docs", roles: { ann: "write", bob: "triage" },
    from: { "README.md": "# Docs\n", "docs/FAQ.md": "# FAQ\n\n## One\n\nYes.\n", "bin/run": "#!/bin/sh\n" },
  });
  app = clientOf(sandbox, sandbox.tokens.app("instant", all));
  ann = clientOf(sandbox, sandbox.tokens.user("ann"));
});

afterAll(async () => {
  await sandbox.close();
});

async function main(): Promise<string> {
  return (await app.rest("GET", `${repo}/git/ref/heads/main`)).body.object.sha;
}

/** A branch with one commit that changes a file. */
async function branch(name: string, content: string, path = "docs/FAQ.md"): Promise<string> {
  const base = await main();
  await app.rest("POST", `${repo}/git/refs`, { ref: `refs/heads/${name}`, sha: base });
  const tree = await app.rest("POST", `${repo}/git/trees`, { base_tree: base, tree: [{ path, mode: "100644", type: "blob", content }] });
  const commit = await app.rest("POST", `${repo}/git/commits`, { message: `Change ${path}\n\nFor ${name}`, tree: tree.body.sha, parents: [base] });
  expect(commit.status).toBe(201);
  const moved = await app.rest("PATCH", `${repo}/git/refs/heads/${name}`, { sha: commit.body.sha });
  expect(moved.status).toBe(200);
  return commit.body.sha;
}

test("git's own objects come back as they went in", async () => {
  const sha = await branch("objects", "# FAQ\n\n## Two\n\nNo.\n");
  const commit = await app.rest("GET", `${repo}/git/commits/${sha}`);
  expect(commit.body.verification).toMatchObject({ verified: true, reason: "valid" });
  const tree = await app.rest("GET", `${repo}/git/trees/${commit.body.tree.sha}?recursive=1`);
  const file = tree.body.tree.find((one: { path: string }) => one.path === "docs/FAQ.md");
  const blob = await app.rest("GET", `${repo}/git/blobs/${file.sha}`);
  expect(Buffer.from(blob.body.content, "base64").toString()).toBe("# FAQ\n\n## Two\n\nNo.\n");
  expect((await app.rest("POST", `${repo}/git/blobs`, { content: "aGk=", encoding: "base64" })).body.sha).toBe("32f95c0d1244a78b2be1bab8de17906fabb2c4a8");
  expect((await app.rest("GET", `${repo}/contents/docs/FAQ.md?ref=objects`)).body).toMatchObject({ type: "file", sha: file.sha, encoding: "base64" });
  expect((await app.rest("GET", `${repo}/contents/docs`)).body).toHaveLength(1);
  expect((await app.rest("GET", `${repo}/contents/none.md`)).status).toBe(404);
  expect((await app.rest("GET", `${repo}/commits?sha=objects&path=docs/FAQ.md`)).body).toHaveLength(2);
  expect((await app.rest("GET", `${repo}/commits/objects`)).body.files).toMatchObject([{ filename: "docs/FAQ.md", status: "modified", additions: 2, deletions: 2 }]);
  expect((await app.rest("GET", `${repo}/compare/main...objects`)).body).toMatchObject({ status: "ahead", ahead_by: 1, behind_by: 0 });
});

test("a file is written, changed with its sha, and removed", async () => {
  const path = `${repo}/contents/notes/new.md`;
  const made = await app.rest("PUT", path, { message: "Add", content: Buffer.from("one").toString("base64") });
  expect(made.status).toBe(201);
  expect((await app.rest("PUT", path, { message: "Change", content: "dHdv" })).status).toBe(422);
  expect((await app.rest("PUT", path, { message: "Change", content: "dHdv", sha: "0".repeat(40) })).status).toBe(409);
  const changed = await app.rest("PUT", path, { message: "Change", content: "dHdv", sha: made.body.content.sha });
  expect(changed.status).toBe(200);
  expect((await app.rest("DELETE", path, { message: "Remove", sha: changed.body.content.sha })).status).toBe(200);
  expect((await app.rest("GET", path)).status).toBe(404);
});

test("refs move only as told", async () => {
  const base = await main();
  const sha = await branch("moving", "# FAQ\n\nmoved\n");
  expect((await app.rest("POST", `${repo}/git/refs`, { ref: "refs/heads/moving", sha })).body.message).toBe("Reference already exists");
  expect((await app.rest("POST", `${repo}/git/refs`, { ref: "refs/heads/none", sha: "1".repeat(40) })).body.message).toBe("Object does not exist");
  const back = await app.rest("PATCH", `${repo}/git/refs/heads/moving`, { sha: base });
  expect([back.status, back.body.message]).toEqual([422, "Update is not a fast forward"]);
  expect((await app.rest("PATCH", `${repo}/git/refs/heads/moving`, { sha: base, force: true })).status).toBe(200);
  // To where it is already: nothing moves, nobody is told, and it is no error.
  const heard: string[] = [];
  const stop = sandbox.onWebhook((delivery) => heard.push(delivery.event));
  for (const force of [true, false]) {
    expect(await app.rest("PATCH", `${repo}/git/refs/heads/moving`, { sha: base, force })).toMatchObject({ status: 200, body: { object: { sha: base } } });
  }
  await sandbox.runs.settled();
  stop();
  expect(heard).toEqual([]);
  expect((await app.rest("GET", `${repo}/git/matching-refs/heads/mov`)).body).toHaveLength(1);
  expect((await app.rest("DELETE", `${repo}/git/refs/heads/moving`)).status).toBe(204);
  expect((await app.rest("DELETE", `${repo}/git/refs/heads/moving`)).status).toBe(422);
  expect((await app.rest("GET", `${repo}/git/ref/heads/moving`)).status).toBe(404);
  expect((await app.rest("GET", `${repo}/branches/main`)).body.name).toBe("main");
  expect((await app.rest("GET", `${repo}/branches`)).status).toBe(200);
});

test("a pull request is opened once, judged, listed and merged at the sha that was looked at", async () => {
  const head = await branch("feature/a", "# FAQ\n\n## A\n\nA.\n");
  const made = await app.rest("POST", `${repo}/pulls`, { title: "A", head: "feature/a", base: "main", body: "trace-id: x" });
  expect(made.body).toMatchObject({ number: expect.any(Number), mergeable: true, mergeable_state: "clean", changed_files: 1, user: { login: "instant[bot]", type: "Bot" } });
  const { number } = made.body;
  const again = await app.rest("POST", `${repo}/pulls`, { title: "A", head: "feature/a", base: "main" });
  expect([again.status, again.body.errors[0].message]).toEqual([422, "A pull request already exists for acme:feature/a."]);
  expect((await app.rest("GET", `${repo}/pulls?head=acme:feature/a&state=open`)).body).toHaveLength(1);
  expect((await app.rest("GET", `${repo}/pulls/${number}/files`)).body[0]).toMatchObject({ filename: "docs/FAQ.md", patch: expect.stringContaining("+## A") });
  expect((await app.rest("GET", `${repo}/pulls/${number}/commits`)).body).toHaveLength(1);
  expect((await app.rest("GET", `${repo}/commits/${head}/pulls`)).body[0].number).toBe(number);
  expect((await app.rest("PATCH", `${repo}/pulls/${number}`, { title: "A, better" })).body.title).toBe("A, better");
  const stale = await app.rest("PUT", `${repo}/pulls/${number}/merge`, { sha: await main() });
  expect([stale.status, stale.body.message]).toEqual([409, "Head branch was modified. Review and try the merge again."]);
  expect((await app.rest("GET", `${repo}/pulls/${number}/merge`)).status).toBe(404);
  const merged = await app.rest("PUT", `${repo}/pulls/${number}/merge`, { sha: head, merge_method: "squash" });
  expect(merged.body).toEqual({ sha: await main(), merged: true, message: "Pull Request successfully merged" });
  expect((await app.rest("GET", `${repo}/pulls/${number}/merge`)).status).toBe(204);
  expect((await app.rest("PUT", `${repo}/pulls/${number}/merge`, { sha: head })).status).toBe(405);
  const commit = (await app.rest("GET", `${repo}/commits/main`)).body;
  expect(commit.commit.message).toBe(`Change docs/FAQ.md (#${number})\n\nFor feature/a`);
  expect(commit.commit.verification.verified).toBe(true);
});

test("to merge takes contents: write, and nothing else", async () => {
  const sha = await branch("least", "# FAQ\n\nleast\n");
  const pull = await app.rest("POST", `${repo}/pulls`, { title: "Least", head: "least", base: "main" });
  const merge = (permissions: Readonly<Record<string, "read" | "write">>) =>
    clientOf(sandbox, sandbox.tokens.app(`least-${Object.keys(permissions).join("-")}`, permissions)).rest("PUT", `${repo}/pulls/${pull.body.number}/merge`, { sha });
  const refused = await merge({ pull_requests: "write", contents: "read" });
  expect(refused).toMatchObject({ status: 403, body: { message: "Resource not accessible by integration" } });
  expect(refused.headers.get("x-accepted-github-permissions")).toBe("contents=write");
  expect(await merge({ contents: "write" })).toMatchObject({ status: 200, body: { merged: true } });
});

test("a conflict cannot be merged, and an old head is brought up to date when it can", async () => {
  await branch("left", "# FAQ\n\n## Left\n");
  await branch("right", "# FAQ\n\n## Right\n");
  await branch("beside", "beside\n", "docs/beside.md");
  const open = async (head: string): Promise<number> => (await app.rest("POST", `${repo}/pulls`, { title: head, head, base: "main" })).body.number;
  const [left, right, beside] = [await open("left"), await open("right"), await open("beside")];
  expect((await app.rest("PUT", `${repo}/pulls/${left}/merge`, { merge_method: "merge" })).status).toBe(200);
  expect((await app.rest("GET", `${repo}/pulls/${right}`)).body).toMatchObject({ mergeable: false, mergeable_state: "dirty" });
  expect((await app.rest("PUT", `${repo}/pulls/${right}/merge`, {})).status).toBe(405);
  expect((await app.rest("PUT", `${repo}/pulls/${right}/update-branch`, {})).status).toBe(422);
  expect((await app.rest("PUT", `${repo}/pulls/${beside}/update-branch`, {})).status).toBe(202);
  expect((await app.rest("PUT", `${repo}/pulls/${beside}/merge`, { merge_method: "rebase" })).status).toBe(200);
  const files = (await app.rest("GET", `${repo}/git/trees/main?recursive=1`)).body.tree.map((one: { path: string }) => one.path);
  expect(files).toEqual(expect.arrayContaining(["docs/FAQ.md", "docs/beside.md"]));
  expect((await app.rest("PATCH", `${repo}/pulls/${right}`, { state: "closed" })).body.state).toBe("closed");
  expect((await app.rest("PATCH", `${repo}/pulls/${right}`, { state: "open" })).body.state).toBe("open");
});

test("issues, comments and labels", async () => {
  const made = await app.rest("POST", `${repo}/issues`, { title: "Production Rollback: x", body: "b", labels: ["P0", "incident"] });
  const { number } = made.body;
  expect(made.body.labels.map((one: { name: string }) => one.name)).toEqual(["P0", "incident"]);
  const comment = await ann.rest("POST", `${repo}/issues/${number}/comments`, { body: "seen" });
  expect(comment.body).toMatchObject({ body: "seen", author_association: "COLLABORATOR" });
  expect((await ann.rest("PATCH", `${repo}/issues/comments/${comment.body.id}`, { body: "seen again" })).status).toBe(200);
  expect((await ann.rest("GET", `${repo}/issues/${number}/comments`)).body[0].body).toBe("seen again");
  expect((await app.rest("POST", `${repo}/issues/${number}/labels`, { labels: ["hotfix"] })).body).toHaveLength(3);
  expect((await app.rest("DELETE", `${repo}/issues/${number}/labels/hotfix`)).body).toHaveLength(2);
  expect((await app.rest("DELETE", `${repo}/issues/${number}/labels/hotfix`)).status).toBe(404);
  expect((await app.rest("POST", `${repo}/labels`, { name: "P0", color: "ff0000" })).body.errors[0].code).toBe("already_exists");
  expect((await app.rest("POST", `${repo}/labels`, { name: "fresh", color: "ff0000", description: "new" })).status).toBe(201);
  expect((await app.rest("GET", `${repo}/issues?labels=P0&state=open`)).body).toHaveLength(1);
  expect((await app.rest("PATCH", `${repo}/issues/${number}`, { state: "closed", state_reason: "completed" })).body).toMatchObject({ state: "closed", state_reason: "completed" });
  expect((await app.rest("DELETE", `${repo}/issues/comments/${comment.body.id}`)).status).toBe(204);
  expect((await app.rest("GET", `${repo}/labels?per_page=2&page=2`)).headers.get("link")).toContain('rel="prev"');
});

test("check runs, statuses and what they add up to", async () => {
  const sha = await main();
  expect((await app.rest("GET", `${repo}/commits/${sha}/status`)).body).toMatchObject({ state: "pending", total_count: 0 });
  const run = await app.rest("POST", `${repo}/check-runs`, {
    name: "instant/fast-ci", head_sha: sha, status: "in_progress", output: { title: "t", summary: "s" },
  });
  expect(run.body).toMatchObject({ status: "in_progress", conclusion: null, app: { slug: "instant" } });
  const annotation = { path: "docs/FAQ.md", start_line: 1, end_line: 1, annotation_level: "warning", message: "m" };
  const done = await app.rest("PATCH", `${repo}/check-runs/${run.body.id}`, {
    conclusion: "success", output: { title: "t", summary: "s", annotations: [annotation] },
  });
  expect(done.body).toMatchObject({ status: "completed", conclusion: "success", output: { annotations_count: 1 } });
  expect((await app.rest("GET", `${repo}/check-runs/${run.body.id}/annotations`)).body).toMatchObject([annotation]);
  expect((await app.rest("PATCH", `${repo}/check-runs/${run.body.id}`, { output: { title: "t", summary: "s", annotations: Array(51).fill(annotation) } })).status).toBe(422);
  await app.rest("POST", `${repo}/check-runs`, { name: "instant/fast-ci", head_sha: sha, status: "completed", conclusion: "failure" });
  expect((await app.rest("GET", `${repo}/commits/${sha}/check-runs?check_name=instant/fast-ci`)).body).toMatchObject({ total_count: 1, check_runs: [{ conclusion: "failure" }] });
  expect((await app.rest("GET", `${repo}/commits/${sha}/check-runs?filter=all`)).body.total_count).toBe(2);
  expect((await app.rest("GET", `${repo}/commits/${sha}/check-suites`)).body.total_count).toBe(1);
  expect((await ann.rest("POST", `${repo}/check-runs`, { name: "x", head_sha: sha })).status).toBe(403);
  expect((await ann.rest("POST", `${repo}/statuses/${sha}`, { state: "success", context: "ci/x", target_url: "http://127.0.0.1/x" })).status).toBe(201);
  expect((await app.rest("GET", `${repo}/commits/main/status`)).body).toMatchObject({ state: "success", total_count: 1 });
  expect((await app.rest("GET", `${repo}/commits/main/statuses`)).body).toHaveLength(1);
});

test("deployments and their statuses", async () => {
  const made = await app.rest("POST", `${repo}/deployments`, { ref: "main", environment: "production", auto_merge: false, required_contexts: [] });
  expect(made.status).toBe(201);
  const path = `${repo}/deployments/${made.body.id}`;
  expect((await app.rest("POST", `${path}/statuses`, { state: "success", environment_url: "http://127.0.0.1/", description: "up" })).status).toBe(201);
  const second = await app.rest("POST", `${repo}/deployments`, { ref: "main", auto_merge: false, required_contexts: [] });
  await app.rest("POST", `${repo}/deployments/${second.body.id}/statuses`, { state: "success" });
  expect((await app.rest("GET", `${path}/statuses`)).body.map((one: { state: string }) => one.state)).toEqual(["inactive", "success"]);
  expect((await app.rest("GET", `${repo}/deployments?sha=${made.body.sha}&environment=production`)).body).toHaveLength(2);
  expect((await app.rest("GET", path)).body.id).toBe(made.body.id);
});

test("people and the repository", async () => {
  const permission = async (login: string) => (await app.rest("GET", `${repo}/collaborators/${login}/permission`)).body;
  expect(await permission("ann")).toMatchObject({ permission: "write", role_name: "write" });
  expect(await permission("bob")).toMatchObject({ permission: "read", role_name: "triage" });
  sandbox.addUser("stranger");
  expect(await permission("stranger")).toMatchObject({ permission: "none" });
  expect((await ann.rest("GET", repo)).body).toMatchObject({ default_branch: "main", permissions: { push: true, admin: false } });
  expect((await ann.rest("GET", "/user")).body.login).toBe("ann");
  expect((await ann.rest("GET", "/users/acme")).body.login).toBe("acme");
  expect((await app.rest("GET", `${repo}/rules/branches/main`)).body).toEqual([]);
  expect((await app.rest("GET", "/rate_limit")).status).toBe(200);
});

test("what is not there says so, and what was not built names itself", async () => {
  expect(await app.rest("GET", "/repos/acme/none")).toMatchObject({ status: 404, body: { message: "Not Found" } });
  expect(await app.rest("GET", `${repo}/stargazers`)).toMatchObject({ status: 501, body: { message: "The sandbox does not implement GET /repos/acme/docs/stargazers" } });
  expect((await clientOf(sandbox, "ghs_wrong").rest("GET", repo)).body.message).toBe("Bad credentials");
  expect((await clientOf(sandbox, undefined).rest("GET", repo)).status).toBe(404);
});

test("an answer that did not change is 304 and costs nothing", async () => {
  const first = await ann.rest("GET", `${repo}/pulls?state=all&per_page=1`);
  const second = await ann.rest("GET", `${repo}/pulls?state=all&per_page=1`, undefined, { "if-none-match": first.headers.get("etag") ?? "" });
  expect(second.status).toBe(304);
  expect(second.headers.get("x-ratelimit-remaining")).toBe(first.headers.get("x-ratelimit-remaining"));
});

test("everything above went as GitHub describes it", () => {
  expect(contract.checked).toBeGreaterThan(100);
  contract.verify();
});

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, expect, test } from "@jest/globals";

import { gitEnvironment } from "../../../src/sandbox/git/process.ts";
import { startSandbox } from "../../../src/sandbox/sandbox.ts";
import type { Sandbox } from "../../../src/sandbox/sandbox.ts";
import { clientOf, gitIdentity } from "./support.ts";

const run = promisify(execFile);
let sandbox: Sandbox;
let folder: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  folder = await mkdtemp(join(tmpdir(), "instant-git-test-"));
  await sandbox.createRepository({
    owner: "acme", name: "docs", roles: { ann: "write", eve: "read" }, from: { "docs/FAQ.md": "# FAQ\n" },
    rules: [{ branch: "kept", requiredApprovals: 1 }],
  });
});

afterAll(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

function git(args: readonly string[], cwd = folder): Promise<{ stdout: string; stderr: string }> {
  return run("git", [...gitIdentity, ...args], { cwd, env: gitEnvironment(), encoding: "utf8" });
}

function url(token: string | undefined, name = "acme/docs.git"): string {
  const origin = new URL(sandbox.urls.server);
  if (token !== undefined) [origin.username, origin.password] = ["x-access-token", token];
  return `${origin.href}${name}`;
}

async function cloneAs(login: string, name: string): Promise<string> {
  await git(["clone", "--quiet", url(sandbox.tokens.user(login)), name]);
  return join(folder, name);
}

async function change(clone: string, path: string, text: string): Promise<string> {
  await mkdir(join(clone, path, ".."), { recursive: true });
  await writeFile(join(clone, path), text);
  await git(["add", "."], clone);
  await git(["commit", "--quiet", "-m", `Change ${path}`], clone);
  return (await git(["rev-parse", "HEAD"], clone)).stdout.trim();
}

test("a push moves the branch before git says so, and its commits are not GitHub's", async () => {
  const clone = await cloneAs("ann", "one");
  expect(await readFile(join(clone, "docs/FAQ.md"), "utf8")).toBe("# FAQ\n");
  const sha = await change(clone, "docs/FAQ.md", "# FAQ\n\npushed\n");
  const heard: string[] = [];
  sandbox.onWebhook((delivery) => heard.push(delivery.event));
  await git(["push", "--quiet", "origin", "main"], clone);
  const api = clientOf(sandbox, sandbox.tokens.user("ann"));
  const commit = await api.rest("GET", "/repos/acme/docs/commits/main");
  expect(commit.body).toMatchObject({ sha, commit: { verification: { verified: false, reason: "unsigned" } } });
  expect(heard).toContain("push");
});

test("a pull request follows the branch that is pushed to it, and closes with it", async () => {
  const clone = await cloneAs("ann", "two");
  await git(["checkout", "--quiet", "-b", "topic"], clone);
  await change(clone, "topic.md", "1\n");
  await git(["push", "--quiet", "origin", "topic"], clone);
  const api = clientOf(sandbox, sandbox.tokens.user("ann"));
  const { number } = (await api.rest("POST", "/repos/acme/docs/pulls", { title: "t", head: "topic", base: "main" })).body;
  const sha = await change(clone, "topic.md", "2\n");
  await git(["push", "--quiet", "origin", "topic"], clone);
  expect((await api.rest("GET", `/repos/acme/docs/pulls/${number}`)).body).toMatchObject({ head: { sha }, commits: 2 });
  await git(["fetch", "--quiet", "origin", `refs/pull/${number}/merge`], clone);
  await git(["push", "--quiet", "origin", ":topic"], clone);
  expect((await api.rest("GET", `/repos/acme/docs/pulls/${number}`)).body).toMatchObject({ state: "closed", merged: false });
});

test("any commit can be fetched by its id, without history", async () => {
  const sha = sandbox.repository("acme/docs").git.ref("refs/heads/main") ?? "";
  await git(["init", "--quiet", "shallow"]);
  await git(["fetch", "--quiet", "--depth=1", url(sandbox.tokens.user("eve")), sha], join(folder, "shallow"));
  expect((await git(["rev-parse", "FETCH_HEAD"], join(folder, "shallow"))).stdout.trim()).toBe(sha);
});

test("a checkout without a branch, as CI makes it, becomes a repository", async () => {
  const clone = await cloneAs("ann", "detached");
  const sha = await change(clone, "own.md", "own\n");
  await git(["checkout", "--quiet", "--detach"], clone);
  const copy = await sandbox.createRepository({ owner: "acme", name: "own", from: clone });
  expect([copy.defaultBranch, copy.git.ref("refs/heads/main")]).toEqual(["main", sha]);
  const renamed = await sandbox.createRepository({ owner: "acme", name: "renamed", from: clone, defaultBranch: "trunk" });
  expect([renamed.defaultBranch, renamed.git.ref("refs/heads/trunk")]).toEqual(["trunk", sha]);
});

test("git can be made to fail too", async () => {
  sandbox.faults.add({ match: { kind: "git", path: /git-upload-pack$/ }, effect: { type: "error", when: "before", status: 503 }, times: 1 });
  await expect(git(["clone", "--quiet", url(sandbox.tokens.user("ann")), "failing"])).rejects.toThrow(/503/);
  await git(["clone", "--quiet", url(sandbox.tokens.user("ann")), "working"]);
});

test("who may not, cannot", async () => {
  await expect(git(["clone", "--quiet", url(undefined), "no"])).rejects.toThrow();
  await expect(git(["clone", "--quiet", url("ghs_wrong"), "no"])).rejects.toThrow(/Authentication failed|could not read/);
  const clone = await cloneAs("eve", "three");
  await change(clone, "x", "y");
  await expect(git(["push", "--quiet", "origin", "main"], clone)).rejects.toThrow(/403/);
});

test("a bot without the workflows permission cannot push workflow files; rules keep a branch", async () => {
  const token = sandbox.tokens.app("pusher", { contents: "write" });
  await git(["clone", "--quiet", url(token), "four"]);
  const clone = join(folder, "four");
  await git(["push", "--quiet", "origin", "HEAD:refs/heads/kept"], clone);
  await change(clone, "plain.md", "fine\n");
  await expect(git(["push", "--quiet", "origin", "HEAD:refs/heads/kept"], clone)).rejects.toThrow(/GH013/);
  await git(["push", "--quiet", "origin", "HEAD:refs/heads/plain"], clone);
  await change(clone, ".github/workflows/evil.yml", "on: push\n");
  await expect(git(["push", "--quiet", "origin", "HEAD:refs/heads/evil"], clone)).rejects.toThrow(/without `workflows` permission/);
  const sha = sandbox.repository("acme/docs").git.ref("refs/heads/evil");
  expect(sha).toBeUndefined();
});

test("a fork's pull request: its commits arrive, and outlive the fork", async () => {
  sandbox.addUser("mallory");
  const parent = sandbox.repository("acme/docs");
  const fork = await sandbox.fork(parent, "mallory");
  fork.roles.set("mallory", "admin");
  await git(["clone", "--quiet", url(sandbox.tokens.user("mallory"), "mallory/docs.git"), "five"]);
  const sha = await change(join(folder, "five"), "docs/FAQ.md", "# FAQ\n\nfork\n");
  await git(["push", "--quiet", "origin", "HEAD:refs/heads/main"], join(folder, "five"));
  parent.roles.set("mallory", "read");
  const mallory = clientOf(sandbox, sandbox.tokens.user("mallory"));
  const made = await mallory.rest("POST", "/repos/acme/docs/pulls", { title: "f", head: "mallory:main", base: "main" });
  expect(made.body).toMatchObject({ head: { sha, repo: { full_name: "mallory/docs" } }, mergeable: true });
  sandbox.deleteRepository(fork);
  const ann = clientOf(sandbox, sandbox.tokens.user("ann"));
  expect((await ann.rest("GET", `/repos/acme/docs/pulls/${made.body.number}`)).body.head).toMatchObject({ sha, repo: null });
  const shown = await ann.graphql(`{ repository(owner: "acme", name: "docs") { pullRequest(number: ${made.body.number}) { headRepository { id } isCrossRepository headRefOid } } }`);
  expect(shown.data.repository.pullRequest).toEqual({ headRepository: null, isCrossRepository: true, headRefOid: sha });
});

import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "@jest/globals";

import { startSandbox } from "../../../src/sandbox/sandbox.ts";
import { all, clientOf } from "./support.ts";
import type { Client, Json } from "./support.ts";

const repo = "/repos/acme/docs";

function commit(client: Client, branch: string, expected: string, path: string): Promise<Json> {
  return client.graphql("mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }", {
    input: {
      branch: { repositoryNameWithOwner: "acme/docs", branchName: branch }, expectedHeadOid: expected, message: { headline: path },
      fileChanges: { additions: [{ path, contents: Buffer.from(path).toString("base64") }] },
    },
  });
}

test("twelve at once: of equal writes one wins, different ones all land", async () => {
  const sandbox = await startSandbox();
  try {
    await sandbox.createRepository({ owner: "acme", name: "docs", from: { "docs/FAQ.md": "# FAQ\n" } });
    const app = clientOf(sandbox, sandbox.tokens.app("instant", all));
    const sha = (await app.rest("GET", `${repo}/git/ref/heads/main`)).body.object.sha;
    const numbers = Array.from({ length: 12 }, (_, index) => index);
    const refs = await Promise.all(numbers.map(() => app.rest("POST", `${repo}/git/refs`, { ref: "refs/heads/same", sha })));
    expect(refs.map((one) => one.status).sort()).toEqual([201, ...Array(11).fill(422)]);
    const commits = await Promise.all(numbers.map((index) => commit(app, "same", sha, `same/${index}.md`)));
    expect(commits.filter((one) => one.errors === undefined)).toHaveLength(1);
    expect(commits.filter((one) => one.errors?.[0].type === "STALE_DATA")).toHaveLength(11);
    const pulls = await Promise.all(numbers.map(async (index) => {
      await app.rest("POST", `${repo}/git/refs`, { ref: `refs/heads/b${index}`, sha });
      await commit(app, `b${index}`, sha, `docs/${index}.md`);
      return (await app.rest("POST", `${repo}/pulls`, { title: `b${index}`, head: `b${index}`, base: "main" })).body;
    }));
    expect(new Set(pulls.map((one) => one.number)).size).toBe(12);
    // Each is asked for twice: one of the two merges, the other hears that it is done.
    const merges = await Promise.all([...pulls, ...pulls].map((one) => app.rest("PUT", `${repo}/pulls/${one.number}/merge`, { sha: one.head.sha, merge_method: "squash" })));
    expect(merges.map((one) => one.status).sort()).toEqual([...Array(12).fill(200), ...Array(12).fill(405)]);
    const tree = (await app.rest("GET", `${repo}/git/trees/main?recursive=1`)).body.tree.map((one: { path: string }) => one.path);
    expect(tree.filter((path: string) => /^docs\/\d+\.md$/.test(path))).toHaveLength(12);
    expect((await app.rest("GET", `${repo}/commits?sha=main`)).body).toHaveLength(13);
  } finally {
    await sandbox.close();
  }
});

test("closing leaves nothing: no file, no process, no port", async () => {
  const directory = await mkdtemp(join(tmpdir(), "instant-close-"));
  const processes = (): number => process.getActiveResourcesInfo().filter((name) => name === "ProcessWrap").length;
  const before = processes();
  const sandbox = await startSandbox({ directory });
  await sandbox.createRepository({
    owner: "acme", name: "docs",
    from: { ".github/workflows/slow.yml": "on: workflow_dispatch\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: sleep 60\n" },
  });
  const id = await sandbox.runs.dispatch("acme/docs", "slow.yml", {}, "acme");
  await new Promise<void>((resolve) => {
    sandbox.runs.subscribe((run, event) => run.id === id && event.type === "step_started" && resolve());
  });
  expect(processes()).toBeGreaterThan(before);
  await Promise.all([sandbox.close(), sandbox.close()]);
  expect(processes()).toBe(before);
  expect(await readdir(directory)).toEqual([]);
  await expect(fetch(sandbox.urls.api)).rejects.toThrow();
  await rm(directory, { recursive: true });
});

test("a person finds a page where a link points; the API stays what it is", async () => {
  const sandbox = await startSandbox();
  try {
    await sandbox.createRepository({ owner: "acme", name: "docs", from: { "docs/FAQ.md": "# FAQ\n" } });
    const page = await fetch(`${sandbox.urls.server}/acme/docs`);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(await page.text()).toContain("acme/docs");
    expect((await fetch(`${sandbox.urls.server}/acme/none`)).status).toBe(501);
  } finally {
    await sandbox.close();
  }
});

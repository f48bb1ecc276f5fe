/** What command line tools ask besides the work itself; every REST answer is held against GitHub's description. */

import { inflateRawSync } from "node:zlib";

import { afterAll, beforeAll, expect, test } from "@jest/globals";

import { startSandbox } from "../../../src/sandbox/sandbox.ts";
import type { Sandbox } from "../../../src/sandbox/sandbox.ts";
import { attachContract } from "../../contract/attach.ts";
import type { Contract } from "../../contract/attach.ts";
import { all, clientOf } from "./support.ts";
import type { Client, Json } from "./support.ts";

let sandbox: Sandbox;
let contract: Contract;
let ann: Client;
let eve: Client;
const repo = "/repos/acme/docs";

beforeAll(async () => {
  sandbox = await startSandbox();
  contract = await attachContract(sandbox);
  await sandbox.createRepository({
    owner: "acme", name: "docs", organization: true, roles: { ann: "write", eve: "read" },
    from: {
      "docs/README.md": "# In docs\n", "README.md": "# Docs\n", ".github/pull_request_template.md": "What and why?\n",
      ".github/ISSUE_TEMPLATE/bug.md": "---\nname: Bug\nabout: It broke\ntitle: 'Bug: '\n---\nWhat happened?\n", ".github/ISSUE_TEMPLATE/odd.md": "---\n: [\n---\n",
      ".github/workflows/two.yml": [
        "on: workflow_dispatch", "jobs:", "  a:", "    name: 'build: a/b'", "    runs-on: ubuntu-latest", "    steps: [{ run: echo first }, { run: echo second }]",
        "  b:", "    runs-on: ubuntu-latest", "    steps: [{ run: mkdir -p out/deep && echo hi > out/deep/ü.txt }, { uses: actions/upload-artifact@v4, with: { name: out, path: out } }]", "",
      ].join("\n"),
    },
  });
  ann = clientOf(sandbox, sandbox.tokens.user("ann"));
  eve = clientOf(sandbox, sandbox.tokens.user("eve"));
});

afterAll(async () => {
  await sandbox.close();
  contract.verify();
});

/** The files of a zip archive, read by its local headers. */
function unzip(archive: Buffer): Record<string, string> {
  const files: Record<string, string> = {};
  let at = 0;
  while (archive.readUInt32LE(at) === 0x04034b50) {
    const [size, length] = [archive.readUInt32LE(at + 18), archive.readUInt16LE(at + 26)];
    const start = at + 30 + length;
    files[archive.toString("utf8", at + 30, start)] = inflateRawSync(archive.subarray(start, start + size)).toString("utf8");
    at = start + size;
  }
  return files;
}

async function download(path: string): Promise<Record<string, string>> {
  const response = await fetch(sandbox.urls.api + path, { headers: { authorization: `Bearer ${sandbox.tokens.user("ann")}` } });
  expect(response.headers.get("content-type")).toBe("application/zip");
  return unzip(Buffer.from(await response.arrayBuffer()));
}

test("the API's root says where things are and which scopes a person's token has; the server's root is for people", async () => {
  const root = await ann.rest("GET", "/");
  expect(root.body.repository_url).toBe(`${sandbox.urls.api}/repos/{owner}/{repo}`);
  expect(root.headers.get("x-oauth-scopes")).toBe("read:org, repo, workflow");
  const app = await clientOf(sandbox, sandbox.tokens.app("instant", all)).rest("GET", "/");
  expect(app.headers.get("x-oauth-scopes")).toBeNull();
  expect((await fetch(`${sandbox.urls.server}/`)).status).toBe(501);
});

test("the README is the one GitHub would show, and templates are those of the default branch", async () => {
  const readme = await ann.rest("GET", `${repo}/readme`);
  expect([readme.body.path, Buffer.from(readme.body.content, "base64").toString()]).toEqual(["README.md", "# Docs\n"]);
  expect((await ann.rest("GET", `${repo}/readme?ref=none`)).status).toBe(404);
  const { data } = await ann.graphql(`{ repository(owner: "acme", name: "docs") {
    pullRequestTemplates { filename body } issueTemplates { filename name about title body } } }`);
  expect(data.repository).toEqual({
    pullRequestTemplates: [{ filename: "pull_request_template.md", body: "What and why?\n" }],
    issueTemplates: [{ filename: "bug.md", name: "Bug", about: "It broke", title: "Bug: ", body: "What happened?" }],
  });
});

test("a run's logs come as files for each job and step, its artifacts as archives, and both names never clash over attempts", async () => {
  const id = await sandbox.runs.dispatch("acme/docs", "two.yml", {}, "ann");
  await sandbox.runs.waitForRun(id);
  const logs = await download(`${repo}/actions/runs/${id}/logs`);
  expect(Object.keys(logs)).toEqual(expect.arrayContaining(["build ab/1_Set up job.txt", "build ab/2_Run echo first.txt", "build ab/3_Run echo second.txt"]));
  expect(logs["build ab/3_Run echo second.txt"]).toMatch(/Z second\n$/);
  expect(logs["build ab/3_Run echo second.txt"]).not.toContain("Z first");
  expect(Object.entries(logs).find(([name]) => /^\d_build ab\.txt$/.test(name))?.[1]).toMatch(/Z first\n[\s\S]*Z second\n/);
  sandbox.runs.rerun(id);
  expect((await ann.rest("GET", `${repo}/actions/runs/${id}/logs`)).status).toBe(404);
  expect(await sandbox.runs.waitForRun(id)).toMatchObject({ attempt: 2, conclusion: "success" });
  const { artifacts } = (await ann.rest("GET", `${repo}/actions/artifacts?name=out`)).body;
  expect(artifacts).toHaveLength(2);
  expect(await download(`${repo}/actions/artifacts/${artifacts[0].id}/zip`)).toEqual({ "deep/ü.txt": "hi\n" });
  expect((await ann.rest("GET", `${repo}/actions/runs/${id}/attempts/1/jobs`)).body.total_count).toBe(2);
  expect((await ann.rest("GET", `${repo}/actions/runs/${id}/attempts/2`)).body.run_attempt).toBe(2);
  const job = (await ann.rest("GET", `${repo}/actions/runs/${id}/jobs`)).body.jobs[0];
  expect((await ann.rest("GET", `${repo}/check-runs/${job.id}`)).body.name).toBe(job.name);
  expect((await fetch(`${sandbox.urls.server}/_archives/logs/${id}/guessed.zip`)).status).toBe(404);
});

test("variables and the names of secrets are kept by those who may write; values of secrets are told to nobody", async () => {
  expect((await ann.rest("POST", `${repo}/actions/variables`, { name: "paused", value: "true" })).status).toBe(201);
  expect((await ann.rest("POST", `${repo}/actions/variables`, { name: "PAUSED", value: "true" })).status).toBe(409);
  expect((await ann.rest("POST", `${repo}/actions/variables`, { name: "GITHUB_X", value: "" })).status).toBe(422);
  expect((await ann.rest("PATCH", `${repo}/actions/variables/paused`, { value: "false" })).status).toBe(204);
  expect((await ann.rest("GET", `${repo}/actions/variables`)).body).toMatchObject({ total_count: 1, variables: [{ name: "PAUSED", value: "false" }] });
  expect((await eve.rest("GET", `${repo}/actions/variables`)).status).toBe(403);
  const limited = clientOf(sandbox, sandbox.tokens.app("reader", { contents: "read" }));
  expect((await limited.rest("GET", `${repo}/actions/variables`)).status).toBe(403);
  sandbox.setSecret("acme/docs", "TOKEN", "hunter2");
  const secrets = await ann.rest("GET", `${repo}/actions/secrets`);
  expect(secrets.body.secrets.map((one: Json) => one.name)).toEqual(["TOKEN"]);
  expect(JSON.stringify(secrets.body)).not.toContain("hunter2");
  expect((await ann.rest("DELETE", `${repo}/actions/secrets/TOKEN`)).status).toBe(204);
  expect((await ann.rest("DELETE", `${repo}/actions/variables/PAUSED`)).status).toBe(204);
  expect((await ann.rest("GET", `${repo}/actions/variables/PAUSED`)).status).toBe(404);
});

test("search finds by qualifiers what its reader may see, and names a qualifier that is not served", async () => {
  const { body: bug } = await ann.rest("POST", `${repo}/issues`, { title: "Broken link", body: "see @eve", labels: ["bug"], assignees: ["eve"] });
  await ann.rest("POST", `${repo}/issues`, { title: "Wish", body: "a link would be fine" });
  const find = async (q: string, client = ann): Promise<string[]> =>
    (await client.rest("GET", `/search/issues?q=${encodeURIComponent(q)}`)).body.items.map((one: Json) => one.title);
  expect(await find("repo:acme/docs link")).toEqual(["Wish", "Broken link"]);
  expect(await find("repo:acme/docs link in:title")).toEqual(["Broken link"]);
  expect(await find('repo:acme/docs "link would" sort:created-asc')).toEqual(["Wish"]);
  expect(await find("is:issue is:open -label:bug author:ann")).toEqual(["Wish"]);
  expect(await find("mentions:eve assignee:eve state:open archived:false")).toEqual(["Broken link"]);
  expect(await find("is:pr")).toEqual([]);
  await sandbox.createRepository({ owner: "acme", name: "other", roles: { ann: "read" }, from: { "a.md": "a" } });
  await ann.rest("POST", "/repos/acme/other/issues", { title: "Secret link", body: "" });
  expect(await find("link org:acme")).toContain("Secret link");
  expect(await find("link org:acme", eve)).not.toContain("Secret link");
  const refused = await ann.rest("GET", "/search/issues?q=involves:ann");
  expect([refused.status, refused.body.message]).toEqual([501, "The sandbox does not implement search with involves:ann"]);
  const mentioned = await ann.graphql('{ repository(owner: "acme", name: "docs") { issues(filterBy: { mentioned: "eve", assignee: "*" }, first: 5) { nodes { number } } } }');
  expect(mentioned.data.repository.issues.nodes).toEqual([{ number: bug.number }]);
});

test("assignees come and go by those who may triage; what a mutation does not act on is refused by name", async () => {
  const { body: issue } = await ann.rest("POST", `${repo}/issues`, { title: "Whose?" });
  const people = async (): Promise<string[]> => (await ann.rest("GET", `${repo}/issues/${issue.number}`)).body.assignees.map((one: Json) => one.login);
  await ann.rest("POST", `${repo}/issues/${issue.number}/assignees`, { assignees: ["eve", "nobody"] });
  expect(await people()).toEqual(["eve"]);
  expect((await eve.rest("POST", `${repo}/issues/${issue.number}/assignees`, { assignees: ["ann"] })).status).toBe(403);
  await ann.rest("PATCH", `${repo}/issues/${issue.number}`, { assignees: ["ann", "eve"] });
  await ann.rest("DELETE", `${repo}/issues/${issue.number}/assignees`, { assignees: ["eve"] });
  expect(await people()).toEqual(["ann"]);
  const update = (input: string) => `mutation { updateIssue(input: { id: "${issue.node_id}", ${input} }) { issue { number } } }`;
  expect((await ann.graphql(update('milestoneId: "MI_1"'))).errors[0]).toMatchObject({ type: "NOT_IMPLEMENTED", message: "The sandbox does not implement milestoneId of updateIssue" });
  expect((await ann.graphql(update("assigneeIds: []"))).errors).toBeUndefined();
  expect(await people()).toEqual([]);
  expect((await eve.graphql(update('title: "Mine"'))).errors[0]).toMatchObject({ type: "FORBIDDEN", message: "eve does not have the correct permissions to execute `UpdateIssue`" });
});

test("a pull request becomes a draft and ready again, auto-merge is disarmed, and its patch is what git am takes", async () => {
  const { body: head } = await ann.rest("GET", `${repo}/git/ref/heads/main`);
  await ann.rest("POST", `${repo}/git/refs`, { ref: "refs/heads/topic", sha: head.object.sha });
  await ann.rest("PUT", `${repo}/contents/new.md`, { branch: "topic", message: "New page", content: Buffer.from("new\n").toString("base64") });
  const { body: pull } = await ann.rest("POST", `${repo}/pulls`, { title: "New", head: "topic", base: "main" });
  const heard: (string | undefined)[] = [];
  sandbox.onWebhook(({ event, action }) => event === "pull_request" && heard.push(action));
  const act = (name: string) => ann.graphql(`mutation { ${name}(input: { pullRequestId: "${pull.node_id}" }) { pullRequest { isDraft } } }`);
  expect((await act("convertPullRequestToDraft")).data.convertPullRequestToDraft.pullRequest.isDraft).toBe(true);
  expect((await ann.rest("PUT", `${repo}/pulls/${pull.number}/merge`, {})).status).toBe(405);
  expect((await act("markPullRequestReadyForReview")).data.markPullRequestReadyForReview.pullRequest.isDraft).toBe(false);
  expect((await act("disablePullRequestAutoMerge")).errors[0].type).toBe("UNPROCESSABLE");
  await sandbox.runs.settled();
  expect(heard).toEqual(["converted_to_draft", "ready_for_review"]);
  const patch = await ann.rest("GET", `${repo}/pulls/${pull.number}`, undefined, { accept: "application/vnd.github.v3.patch" });
  expect(patch.body).toMatch(/^From [0-9a-f]{40} [\s\S]*Subject: \[PATCH\] New page\n[\s\S]*\+new\n/);
  const diff = await ann.rest("GET", `${repo}/pulls/${pull.number}`, undefined, { accept: "application/vnd.github.v3.diff" });
  expect(diff.body).toMatch(/^diff --git a\/new\.md b\/new\.md\n/);
  // A selection where an object can only be one of two types: GitHub accepts it, and gh asks like this.
  const either = await ann.graphql(`{ repository(owner: "acme", name: "docs") { issueOrPullRequest(number: ${pull.number}) { ... on Issue { state } ... on PullRequest { state } } } }`);
  expect(either.data.repository.issueOrPullRequest.state).toBe("OPEN");
  const clash = await ann.graphql('{ repository(owner: "acme", name: "docs") { x: name x: id } }');
  expect(clash.errors[0].message).toContain("different fields");
});

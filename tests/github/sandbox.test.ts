import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { everything } from "../../src/github/everything.ts";
import { connect } from "../../src/github/index.ts";
import type { Repository } from "../../src/github/port.ts";
import { startSandbox, type Sandbox } from "../../src/sandbox/sandbox.ts";
import { attachContract, type Contract } from "../contract/attach.ts";
import { contextAt, fastClock, recordingLog, rejected, textOf } from "./fake.ts";

/** The whole adapter against a GitHub that keeps real repositories: one story, in order. */
let sandbox: Sandbox;
let contract: Contract;
let repo: Repository;
let main: string;

const ALL = { contents: "write", "pull-requests": "write", issues: "write", checks: "write", statuses: "write", actions: "write" } as const;
const FAQ = "# FAQ\n\n## One?\n\n1\n";
const mayBeOurs = () => Promise.resolve(true);
const DEPLOY = "name: Deploy\nrun-name: Deploy ${{ inputs.commit_sha }}\non:\n  workflow_dispatch:\n    inputs:\n      commit_sha: { required: true, type: string }\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ok\n";

function as(permissions: Readonly<Record<string, "read" | "write">>, job = "test"): Repository {
  const { token } = sandbox.world.tokens.job(sandbox.repository("octo/site"), 1, job, permissions);
  const context = { ...contextAt(""), apiUrl: sandbox.urls.api, graphqlUrl: sandbox.urls.graphql, serverUrl: sandbox.urls.server };
  return connect({ context, token, log: recordingLog(), clock: { ...fastClock(), now: Date.now }, stage: "test" }, everything);
}

const headOf = (branch: string) => sandbox.repository("octo/site").git.ref(`refs/heads/${branch}`) ?? "";

beforeAll(async () => {
  sandbox = await startSandbox();
  contract = await attachContract(sandbox);
  sandbox.addUser("octo");
  await sandbox.createRepository({ owner: "octo", name: "site", from: { "docs/FAQ.md": FAQ, "docs/deep/er/x.md": "deep", "README.md": "# Site", "logo.bin": Buffer.from([0, 255, 1]), ".github/workflows/deploy.yml": DEPLOY } });
  repo = as(ALL);
  main = headOf("main");
});
afterAll(() => sandbox.close());

test("facts of a question, with folders read to their files", async () => {
  const facts = await repo.readQuestion({ base: "", faqPath: "docs/FAQ.md", sources: ["docs", "README.md", "nowhere", "logo.bin"], branches: ["x", "x-2"] });
  expect(facts).toMatchObject({ base: { branch: "main", sha: main }, faq: { text: FAQ }, pause: null, viewer: "github-actions[bot]" });
  expect(facts.sources.map(({ path }) => path).toSorted()).toEqual(["README.md", "docs/FAQ.md", "docs/deep/er/x.md"]);
  expect(facts.branches).toEqual(["x", "x-2"].map((name) => ({ name, sha: null, faqText: null, pulls: [], commits: [] })));
  expect((await rejected(repo.readQuestion({ base: "nope", faqPath: "x", sources: [], branches: [] }))).message).toContain("no branch `nope`");
  expect((await repo.readQuestion({ base: "main", faqPath: "gone.md", sources: [], branches: [] })).faq).toBeNull();
  expect((await rejected(repo.readQuestion({ base: "", faqPath: "logo.bin", sources: [], branches: [] }))).message).toContain("cannot be read as text");
});

test("permissions of people", async () => {
  sandbox.addUser("wendy", { roles: { "octo/site": "maintain" } });
  sandbox.addUser("eve");
  expect(await repo.permissionOf("octo")).toBe("admin");
  expect(await repo.permissionOf("wendy")).toBe("maintain");
  expect(["none", "read"]).toContain(await repo.permissionOf("eve"));
  expect(await repo.permissionOf("nobody-at-all")).toBe("none");
});

test("a branch, a commit and a pull request, each only once", async () => {
  expect(await repo.createBranch("x", main)).toBe("created");
  expect(await repo.createBranch("x", main)).toBe("exists");
  expect(await repo.openPull({ head: "x", base: "main", title: "t", body: "b" })).toBe("no-difference");
  const change = { branch: "x", expectedHead: main, files: [{ path: "docs/FAQ.md", text: `${FAQ}\n## Two?\n\n2\n` }], headline: "Add two", body: "Trace-Id: 0b5e7d3a-52f4-4d0c-9a53-0c2f6e1b7a11" };
  expect(await repo.commitFiles(change)).toEqual({ sha: headOf("x") });
  expect(await repo.commitFiles(change)).toBe("moved");
  const half = await repo.readQuestion({ base: "", faqPath: "docs/FAQ.md", sources: [], branches: ["x"] });
  expect(half.branches[0]).toMatchObject({ sha: headOf("x"), faqText: expect.stringContaining("Two?"), commits: [{ sha: headOf("x"), author: "github-actions[bot]", parents: [main] }] });
  expect(await repo.openPull({ head: "x", base: "main", title: "t", body: "b" })).toMatchObject({ number: 1 });
  expect(await repo.openPull({ head: "x", base: "main", title: "t", body: "b" })).toBe("exists");
  const { branches } = await repo.readQuestion({ base: "", faqPath: "docs/FAQ.md", sources: [], branches: ["x"] });
  expect(branches[0]?.pulls[0]).toMatchObject({ number: 1, state: "open", author: "github-actions[bot]", headSha: headOf("x"), commits: [{ signature: "valid", signedByGitHub: true, message: "Add two\n\nTrace-Id: 0b5e7d3a-52f4-4d0c-9a53-0c2f6e1b7a11" }] });
});

test("a branch and its commit in one request", async () => {
  const { repositoryId } = await repo.readQuestion({ base: "", faqPath: "docs/FAQ.md", sources: [], branches: [] });
  const before = repo.requestCount();
  const change = { create: { repositoryId }, branch: "y", expectedHead: main, files: [{ path: "y.md", text: "y" }], headline: "y", body: "" };
  expect(await repo.commitFiles(change)).toEqual({ sha: headOf("y") });
  expect(repo.requestCount() - before).toBe(1);
  expect(await repo.commitFiles(change)).toBe("moved");
  await repo.deleteBranch("y");
  await repo.deleteBranch("y");
  expect(headOf("y")).toBe("");
});

test("everything the gate judges, in one request", async () => {
  const check = { name: "instant/fast-ci", sha: headOf("x"), conclusion: "success", title: "ok", summary: "fine", annotations: [], externalId: "e", startedAt: Date.now() - 5, completedAt: Date.now() } as const;
  expect(await repo.publishCheck(check)).toMatchObject({ id: expect.any(Number) });
  const before = repo.requestCount();
  const pull = await repo.readPull(1, { faqPath: "docs/FAQ.md" });
  expect(repo.requestCount() - before).toBe(1);
  expect(pull).toMatchObject({
    number: 1, state: "open", draft: false, author: "github-actions[bot]", defaultBranch: "main", base: { branch: "main", sha: main }, mergeBase: main,
    head: { branch: "x", sha: headOf("x"), repository: "octo/site", exists: true }, commitCount: 1, fileCount: 1, checksComplete: true, requiredChecks: [], requiredApprovals: 0,
    approvals: 0, changesRequestedBy: [], reviews: [], merge: null, mergedBy: null, faq: { base: FAQ, mergeBase: FAQ, head: expect.stringContaining("Two?") },
  });
  expect(pull.files).toEqual([{ path: "docs/FAQ.md", previousPath: null, status: "modified", additions: 4, deletions: 0 }]);
  expect(pull.checks).toEqual([expect.objectContaining({ name: "instant/fast-ci", app: "github-actions", kind: "check", state: "success" })]);
  expect(await repo.listPullFiles(1, headOf("x"))).toEqual(pull.files);
  expect(await repo.listPullFiles(1, main)).toBe("moved");
  expect((await rejected(repo.readPull(99, { faqPath: "x" }))).problems[0]?.what).toContain("99");
});

test("a base that moved on: the merge base stays, until the newer base is joined in", async () => {
  const newer = await repo.commitFiles({ branch: "main", expectedHead: main, files: [{ path: "docs/FAQ.md", text: `${FAQ}\n## Three?\n\n3\n` }], headline: "Three", body: "" });
  if (newer === "moved") throw new Error("main moved");
  const behind = await repo.readPull(1, { faqPath: "docs/FAQ.md" });
  expect(behind).toMatchObject({ base: { sha: newer.sha }, mergeBase: main, faq: { mergeBase: FAQ, base: expect.stringContaining("Three?") } });
  const merge = { branch: "x", expectedHead: headOf("x"), base: newer.sha, files: [{ path: "docs/FAQ.md", text: `${FAQ}\n## Three?\n\n3\n\n## Two?\n\n2\n` }], message: "Join main" };
  const seen: string[] = [];
  const joined = await repo.commitMerge({ ...merge, beforeMove: async (sha) => void seen.push(sha, headOf("x")) });
  expect(joined).toEqual({ sha: headOf("x") });
  expect(seen).toEqual([headOf("x"), merge.expectedHead]);
  expect(await repo.commitMerge({ ...merge, message: "Join main again" })).toBe("moved");
  const rebuilt = await repo.readPull(1, { faqPath: "docs/FAQ.md" });
  expect(rebuilt).toMatchObject({ mergeBase: newer.sha, commitCount: 2, head: { sha: headOf("x") } });
  expect(rebuilt.commits.at(-1)).toMatchObject({ sha: headOf("x"), parents: [behind.head.sha, newer.sha], signature: "valid", signedByGitHub: true });
  expect(rebuilt.files).toHaveLength(1);
});

test("merging exactly the judged commit", async () => {
  const merge = { number: 1, method: "squash", title: "Two", message: "m" } as const;
  const review = { method: "POST", headers: { authorization: `Bearer ${sandbox.tokens.user("octo")}`, "content-type": "application/json" }, body: JSON.stringify({ event: "COMMENT", body: "Well" }) };
  expect((await fetch(`${sandbox.urls.api}/repos/octo/site/pulls/1/reviews`, review)).status).toBe(200);
  expect(await repo.mergePull({ ...merge, sha: main })).toEqual({ kind: "head-moved" });
  const merged = await repo.mergePull({ ...merge, sha: headOf("x") });
  expect(merged).toEqual({ kind: "merged", sha: headOf("main") });
  expect(await repo.mergePull({ ...merge, sha: headOf("x") })).toEqual(merged);
  expect(await repo.readPull(1, { faqPath: "docs/FAQ.md" })).toMatchObject({ state: "merged", merge: { sha: headOf("main") }, mergedBy: "github-actions[bot]", reviews: [{ author: "octo", at: expect.any(Number) }] });
  expect(await repo.contains(headOf("main"), main)).toBe(true);
  expect(await repo.contains(main, headOf("main"))).toBe(false);
  expect(await repo.contains(headOf("main"), "f".repeat(40))).toBe(false);
  expect(await repo.readFile(headOf("main"), "docs/FAQ.md")).toContain("Two?");
  expect(await repo.readFile(main, "docs/none.md")).toBeNull();
});

test("a deployment is dispatched once, and its run can be read", async () => {
  expect(await repo.readDeployTarget(headOf("main"))).toMatchObject({ defaultBranch: "main", defaultSha: headOf("main"), known: true, rollback: null, pause: null });
  expect((await repo.readDeployTarget("f".repeat(40))).known).toBe(false);
  const since = Date.now() - 2_000;
  const { runId } = await repo.dispatchWorkflow({ workflow: "deploy.yml", ref: "main", inputs: { commit_sha: headOf("main") }, mayBeOurs });
  expect(runId).toEqual(expect.any(Number));
  expect(await repo.readRun(runId ?? 0)).toMatchObject({ id: runId, headSha: headOf("main"), title: expect.stringContaining("Deploy") });
  expect((await repo.listDispatchedRuns("deploy.yml", since)).map(({ id }) => id)).toEqual([runId]);
  expect(await repo.listDispatchedRuns("deploy.yml", Date.now() + 60_000)).toEqual([]);
  expect((await rejected(repo.dispatchWorkflow({ workflow: "none.yml", ref: "main", inputs: {}, mayBeOurs }))).message).toContain("no workflow `none.yml`");
  expect((await rejected(repo.dispatchWorkflow({ workflow: "deploy.yml", ref: "main", inputs: { odd: "1" }, mayBeOurs }))).blame).toBe("configuration");
});

test("a rollback: plan in one query, hotfix in one request, one incident", async () => {
  const bad = headOf("main");
  const branch = `hotfix/rollback-${bad.slice(0, 7)}`;
  const wanted = { sha: bad, branch, branches: "hotfix/rollback-", labels: ["P0", "auto-rollback", "bug"], environment: "" };
  const plan = await repo.readRollback(wanted);
  expect(plan).toMatchObject({ defaultBranch: "main", head: { sha: bad }, commit: { sha: bad, touchesWorkflows: false }, pull: { number: 1, state: "merged", mergeSha: bad }, hotfix: { sha: null, commit: null, pulls: [] }, hotfixes: [], incidents: [], deployments: null, pause: null });
  expect(plan.line[0]).toMatchObject({ sha: bad, tree: plan.head.tree, parents: [plan.line[1]?.sha] });
  expect(plan.line.at(-1)).toMatchObject({ sha: main, parents: [] });
  expect(Object.keys(plan.labelIds)).toEqual(["bug"]);
  expect(plan.commit?.parentTrees).toHaveLength(1);
  expect((await repo.readRollback({ ...wanted, sha: "f".repeat(40) })).commit).toBeNull();
  const { sha } = await repo.commitTree({ tree: plan.commit?.parentTrees[0] ?? "", parents: [bad], message: "Revert" });
  const hotfix = { repositoryId: plan.repositoryId, branch, branches: "hotfix/rollback-", sha, base: "main", title: "Rollback: x", body: "b", missingLabels: ["P0", "auto-rollback"] };
  const opened = await repo.openHotfix(hotfix);
  const { number: pull } = opened as { number: number };
  expect(opened).toMatchObject({ headSha: sha, labelIds: { P0: expect.any(String), "auto-rollback": expect.any(String) }, hotfixes: [{ name: branch, message: "Revert", pull: { number: pull } }] });
  // What is there already is an answer: the labels too.
  expect(await repo.openHotfix(hotfix)).toBe("exists");
  expect(await repo.readDeployTarget(bad)).toMatchObject({ rollback: { title: "Rollback: x", state: "open", headSha: sha } });
  const issue = { repositoryId: plan.repositoryId, title: "Production Rollback: x", body: `rolls-back: ${bad}\n\nx`, mark: `rolls-back: ${bad}`, labels: ["P0", "incident", "auto-rollback"], labelIds: (opened as { labelIds: Record<string, string> }).labelIds };
  const first = await repo.openIncident(issue);
  const second = await repo.openIncident({ ...issue, labelIds: {} });
  expect(second.incidents.map(({ number }) => number)).toEqual([second.opened.number, first.opened.number]);
  await repo.addLabels(pull, ["P0", "hotfix"]);
  await repo.tellIncident({ incident: second.opened, body: "twice", comment: { body: "elsewhere", mark: "else" }, state: "closed" });
  await repo.tellIncident({ incident: first.opened, body: `${issue.body} on it`, comment: null, state: null });
  const after = await repo.readRollback({ ...wanted, environment: "" });
  expect(after.incidents).toMatchObject([{ number: second.opened.number, open: false, body: "twice" }, { number: first.opened.number, open: true, title: "Production Rollback: x", body: `${issue.body} on it` }]);
  const { labels, comments } = sandbox.repository("octo/site").issues.get(second.opened.number)!;
  expect([[...labels].map(({ name }) => name).toSorted(), comments.map(({ body }) => body)]).toEqual([["P0", "auto-rollback", "incident"], ["elsewhere"]]);
  expect(after.hotfix).toMatchObject({ sha, commit: { sha, message: "Revert", signedByGitHub: true }, pulls: [{ state: "open" }] });
  expect(Object.keys(after.labelIds).toSorted()).toEqual(["P0", "auto-rollback", "bug"]);
  await repo.tellIncident({ incident: second.opened, body: "again", comment: null, state: "open" });
  await repo.closePull(pull, "Withdrawn: Rollback: x");
  const last = await repo.readRollback(wanted);
  expect([last.incidents[0]?.open, last.hotfix.pulls[0]?.state, last.hotfix.pulls[0]?.title, last.hotfixes[0]?.pull]).toEqual([true, "closed", "Withdrawn: Rollback: x", null]);
});

test("of two runs that tell the same in the same moment the first one's comment stays; a stranger's word is nobody's", async () => {
  const { opened } = await repo.openIncident({ repositoryId: (await repo.readRollback({ sha: main, branch: "b", branches: "b", labels: [], environment: "" })).repositoryId, title: "Sick", body: "rolls-back: x", mark: "rolls-back: x", labels: [], labelIds: {} });
  const { number } = opened;
  const comments = () => sandbox.repository("octo/site").issues.get(number)!.comments;
  const tell = (body: string, mark: string) => repo.tellIncident({ incident: opened, body: "rolls-back: x", comment: { body: `${body} ${mark}`, mark }, state: "closed" });
  const stranger = sandbox.world.tokens.person(sandbox.addUser("mallory", { roles: { "octo/site": "read" } }).login);
  await fetch(`${sandbox.urls.api}/repos/octo/site/issues/${number}/comments`, { method: "POST", headers: { authorization: `Bearer ${stranger}` }, body: JSON.stringify({ body: "<!-- well -->" }) });
  await Promise.all([tell("one", "<!-- well -->"), tell("other", "<!-- well -->")]);
  await tell("sick again", "<!-- sick -->");
  expect(comments().map(({ body }) => body)).toEqual(["<!-- well -->", expect.stringMatching(/^(one|other) <!-- well -->$/), "sick again <!-- sick -->"]);
  const [, well] = comments();
  Object.assign(well!, { createdAt: well!.createdAt - 6 * 60_000 });
  await tell("well again", "<!-- well -->");
  expect(comments()).toHaveLength(4);
});

test("deployments are read where an environment is named, and need a permission of their own", async () => {
  const bad = headOf("main");
  const wanted = { sha: bad, branch: "h", branches: "h", labels: [], environment: "production" };
  const deployer = as({ ...ALL, deployments: "write" });
  const { token } = sandbox.world.tokens.job(sandbox.repository("octo/site"), 2, "deploys", { deployments: "write", contents: "read" });
  const deploy = async (ref: string, state: string) => {
    const send = async (path: string, body: object) => (await (await fetch(`${sandbox.urls.api}/repos/octo/site/deployments${path}`, { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body: JSON.stringify(body) })).json()) as { id: number };
    const { id } = await send("", { ref, environment: "production", required_contexts: [] });
    if (state !== "") await send(`/${id}/statuses`, { state });
  };
  await deploy(main, "success");
  await deploy(bad, "failure");
  await deploy(bad, "");
  expect((await deployer.readRollback(wanted)).deployments?.map(({ sha, state }) => [sha, state])).toEqual([[bad, "waiting"], [bad, "failed"], [main, "deployed"]]);
  expect((await deployer.readRollback({ ...wanted, environment: "elsewhere" })).deployments).toEqual([]);
  expect(textOf(await rejected(repo.readRollback(wanted)))).toContain("deployments: read");
});

test("a branch is moved forward only, and a rule that forbids it is an answer", async () => {
  await repo.createBranch("line", main);
  expect(await repo.moveBranch("line", headOf("main"))).toBe("moved");
  expect(await repo.moveBranch("line", headOf("main"))).toBe("moved");
  expect(await repo.moveBranch("line", main)).toBe("not-a-fast-forward");
  expect(await repo.moveBranch("nowhere", main)).toBe("not-a-fast-forward");
  await repo.createBranch("kept", main);
  sandbox.repository("octo/site").rules.push({ branch: "kept", requiredApprovals: 1 });
  expect(await repo.moveBranch("kept", headOf("main"))).toEqual({ refused: expect.stringContaining("Changes must be made through a pull request.") });
  expect(await repo.differsIn("docs", main, headOf("main"))).toBe(true);
  expect(await repo.differsIn(".github/workflows", main, headOf("main"))).toBe(false);
});

test("a revert that touches workflows is known before it is tried", async () => {
  const person = sandbox.tokens.user("octo");
  const context = { ...contextAt(""), apiUrl: sandbox.urls.api, graphqlUrl: sandbox.urls.graphql };
  const octo = connect({ context, token: person, log: recordingLog(), clock: fastClock(), stage: "test" }, everything);
  const made = await octo.commitFiles({ branch: "main", expectedHead: headOf("main"), files: [{ path: ".github/workflows/deploy.yml", text: `${DEPLOY}# x\n` }], headline: "w", body: "" });
  expect(made).toEqual({ sha: headOf("main") });
  expect((await repo.readRollback({ sha: headOf("main"), branch: "h", branches: "h", labels: [], environment: "" })).commit?.touchesWorkflows).toBe(true);
});

test("a token that may only read is told what it lacks, or answered", async () => {
  const reader = as({ contents: "read", "pull-requests": "read", issues: "read" });
  expect(await reader.publishCheck({ name: "c", sha: main, conclusion: "success", title: "t", summary: "s", annotations: [], externalId: "", startedAt: 0, completedAt: 1 })).toBe("read-only");
  expect(textOf(await rejected(reader.createBranch("z", main)))).toContain("permissions:\n  contents: write");
  expect(textOf(await rejected(reader.openIssue({ title: "t", body: "b", labels: [] })))).toContain("issues: write");
  expect(textOf(await rejected(reader.dispatchWorkflow({ workflow: "deploy.yml", ref: "main", inputs: {}, mayBeOurs })))).toContain("actions: write");
  expect(textOf(await rejected(as({ contents: "read", issues: "read" }).readPull(1, { faqPath: "x" })))).toContain("pull-requests: read");
});

test("an open issue pauses, a closed one does not", async () => {
  const { number } = await repo.openIssue({ title: "Hold", body: "", labels: ["instant-paused"] });
  expect((await repo.readDeployTarget(main)).pause).toMatchObject({ number, title: "Hold" });
  const issue = sandbox.repository("octo/site").issues.get(number);
  if (issue) issue.state = "closed";
  expect((await repo.readDeployTarget(main)).pause).toBeNull();
});

test("every REST request so far, and its answer, is what GitHub's own description allows", () => {
  expect(contract.checked).toBeGreaterThan(25);
  contract.verify();
});

import { afterAll, beforeAll, expect, test } from "@jest/globals";

import { startSandbox } from "../../../src/sandbox/sandbox.ts";
import type { Sandbox } from "../../../src/sandbox/sandbox.ts";
import { all, clientOf } from "./support.ts";
import type { Client, Json } from "./support.ts";

let sandbox: Sandbox;
let app: Client;
let repositoryId: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  await sandbox.createRepository({
    owner: "acme", name: "docs", roles: { ann: "write" },
    from: { "docs/FAQ.md": "# FAQ\n", "docs/logo.bin": Buffer.from([0, 1, 2]), ".github/workflows/ci.yml": "on: workflow_dispatch\njobs: { work: { runs-on: any, steps: [{ run: echo }] } }\n" },
    rules: [{ branch: "release/*", requiredChecks: ["ci"], requiredApprovals: 1, strict: true }],
  });
  app = clientOf(sandbox, sandbox.tokens.app("instant", all));
  repositoryId = (await read("id")).id;
});

afterAll(async () => {
  await sandbox.close();
});

async function read(fields: string): Promise<Json> {
  const answer = await app.graphql(`query { repository(owner: "acme", name: "docs") { ${fields} } }`);
  expect(answer.errors).toBeUndefined();
  return answer.data.repository;
}

async function head(branch = "main"): Promise<string> {
  return (await read(`ref(qualifiedName: "refs/heads/${branch}") { target { oid } }`)).ref.target.oid;
}

const commitMutation = "mutation Commit($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid message } } }";

function commit(branch: string, expectedHeadOid: string, path: string, text: string, client = app): Promise<Json> {
  return client.graphql(commitMutation, {
    input: {
      branch: { repositoryNameWithOwner: "acme/docs", branchName: branch }, expectedHeadOid, message: { headline: "Change", body: "Trace-Id: x" },
      fileChanges: { additions: [{ path, contents: Buffer.from(text).toString("base64") }] },
    },
  });
}

async function createRef(name: string, oid: string): Promise<Json> {
  return app.graphql("mutation($input: CreateRefInput!) { createRef(input: $input) { ref { id name } } }", { input: { repositoryId, name, oid } });
}

const openMutation = "mutation($input: CreatePullRequestInput!) { createPullRequest(input: $input) { pullRequest { id number } } }";

async function open(branch: string, baseRefName = "main"): Promise<{ id: string; number: number }> {
  await createRef(`refs/heads/${branch}`, await head(baseRefName));
  await commit(branch, await head(branch), "docs/FAQ.md", `# FAQ\n\n${branch}\n`);
  const answer = await app.graphql(openMutation, { input: { repositoryId, baseRefName, headRefName: branch, title: branch } });
  expect(answer.errors).toBeUndefined();
  return answer.data.createPullRequest.pullRequest;
}

test("trees, files and modes are read by expression", async () => {
  const found = await read(`
    tree: object(expression: "main:docs") { ... on Tree { entries { name mode type path object { ... on Blob { text isBinary byteSize } } } } }
    file: object(expression: "main:docs/FAQ.md") { __typename ... on Blob { text } }
    none: object(expression: "main:docs/none.md") { __typename }
    defaultBranchRef { name target { ... on Commit { file(path: "docs/FAQ.md") { mode } history(first: 1) { totalCount } } } }`);
  expect(found.tree.entries).toEqual([
    { name: "FAQ.md", mode: 0o100644, type: "blob", path: "FAQ.md", object: { text: "# FAQ\n", isBinary: false, byteSize: 6 } },
    { name: "logo.bin", mode: 0o100644, type: "blob", path: "logo.bin", object: { text: null, isBinary: true, byteSize: 3 } },
  ]);
  expect(found.file).toEqual({ __typename: "Blob", text: "# FAQ\n" });
  expect(found.none).toBeNull();
  expect(found.defaultBranchRef).toMatchObject({ name: "main", target: { file: { mode: 0o100644 } } });
});

test("a commit on a branch is refused unless the branch is where the caller believes", async () => {
  const base = await head();
  await createRef("refs/heads/cas", base);
  const first = await commit("cas", base, "docs/FAQ.md", "# FAQ\n\none\n");
  expect(first.data.createCommitOnBranch.commit.message).toBe("Change\n\nTrace-Id: x");
  const second = await commit("cas", base, "docs/FAQ.md", "# FAQ\n\ntwo\n");
  expect(second.data.createCommitOnBranch).toBeNull();
  expect(second.errors).toMatchObject([{
    type: "STALE_DATA", path: ["createCommitOnBranch"],
    message: `Expected branch to point to "${base}" but it did not. Pull and try again.`,
  }]);
  expect((await commit("nowhere", base, "a", "b")).errors[0].type).toBe("NOT_FOUND");
  expect((await createRef("refs/heads/cas", base)).errors[0]).toMatchObject({
    type: "UNPROCESSABLE", message: 'A ref named "refs/heads/cas" already exists in the repository.',
  });
});

test("several refs move together or not at all", async () => {
  const base = await head();
  await createRef("refs/heads/together", base);
  const tip = (await commit("together", base, "x", "y")).data.createCommitOnBranch.commit.oid;
  const update = (refUpdates: readonly unknown[]): Promise<Json> =>
    app.graphql("mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }", { input: { repositoryId, refUpdates } });
  const failed = await update([
    { name: "refs/heads/new-one", afterOid: tip, beforeOid: "0".repeat(40) },
    { name: "refs/heads/together", afterOid: base, beforeOid: base, force: true },
  ]);
  expect(failed.errors[0].type).toBe("STALE_DATA");
  expect((await read('ref(qualifiedName: "refs/heads/new-one") { name }')).ref).toBeNull();
  expect((await update([
    { name: "refs/heads/new-one", afterOid: tip, beforeOid: "0".repeat(40) },
    { name: "refs/heads/together", afterOid: base, beforeOid: tip, force: true },
  ])).errors).toBeUndefined();
  expect([await head("new-one"), await head("together")]).toEqual([tip, base]);
});

test("a gate reads everything it judges in one query", async () => {
  const pull = await open("gate");
  const sha = await head("gate");
  await app.rest("POST", "/repos/acme/docs/check-runs", { name: "ci", head_sha: sha, status: "completed", conclusion: "success" });
  await app.rest("POST", `/repos/acme/docs/statuses/${sha}`, { state: "pending", context: "ci/other" });
  const found = (await read(`pullRequest(number: ${pull.number}) {
    state isDraft mergeable mergeStateStatus isCrossRepository authorAssociation author { __typename login } headRefOid headRepository { nameWithOwner }
    baseRef { refUpdateRule { pattern } rules(first: 5) { nodes { type } } } labels(first: 5) { nodes { name } } autoMergeRequest { enabledAt }
    files(first: 10) { nodes { path additions deletions changeType } } latestOpinionatedReviews(first: 5, writersOnly: true) { nodes { state } }
    reviewThreads(first: 5) { nodes { isResolved } } mergeCommit { oid }
    commits(last: 5) { totalCount nodes { commit {
      authors(first: 5) { nodes { email user { login } } } signature { isValid wasSignedByGitHub } parents(first: 3) { nodes { oid } }
      statusCheckRollup { state contexts(first: 10) { nodes { __typename ... on CheckRun { name conclusion isRequired(pullRequestNumber: ${pull.number}) } ... on StatusContext { context state } } } }
      checkSuites(first: 5) { nodes { app { slug } conclusion } }
    } } }
  }`)).pullRequest;
  expect(found).toMatchObject({
    state: "OPEN", isDraft: false, mergeable: "MERGEABLE", mergeStateStatus: "UNSTABLE", isCrossRepository: false,
    author: { __typename: "Bot", login: "instant" }, headRefOid: sha, headRepository: { nameWithOwner: "acme/docs" },
    baseRef: { refUpdateRule: null, rules: { nodes: [] } }, files: { nodes: [{ path: "docs/FAQ.md", additions: 2, deletions: 0, changeType: "MODIFIED" }] },
  });
  expect(found.commits.nodes[0].commit).toMatchObject({
    authors: { nodes: [{ user: { login: "instant[bot]" } }] }, signature: { isValid: true, wasSignedByGitHub: true },
    statusCheckRollup: { state: "PENDING", contexts: { nodes: [{ __typename: "CheckRun", name: "ci", conclusion: "SUCCESS", isRequired: false }, { context: "ci/other", state: "PENDING" }] } },
    checkSuites: { nodes: [{ app: { slug: "instant" }, conclusion: "SUCCESS" }] },
  });
});

test("rules of a branch show in both dialects and keep the merge back", async () => {
  await createRef("refs/heads/release/1", await head());
  const pull = await open("fix", "release/1");
  const found = (await read(`pullRequest(number: ${pull.number}) { mergeStateStatus reviewDecision baseRef {
    refUpdateRule { requiredStatusCheckContexts requiredApprovingReviewCount }
    rules(first: 9) { nodes { type parameters { __typename ... on RequiredStatusChecksParameters { strictRequiredStatusChecksPolicy requiredStatusChecks { context integrationId } } } } }
  } }`)).pullRequest;
  expect(found).toMatchObject({
    mergeStateStatus: "BLOCKED", reviewDecision: "REVIEW_REQUIRED",
    baseRef: { refUpdateRule: { requiredStatusCheckContexts: ["ci"], requiredApprovingReviewCount: 1 } },
  });
  expect(found.baseRef.rules.nodes.map((one: { type: string }) => one.type)).toEqual(["PULL_REQUEST", "REQUIRED_STATUS_CHECKS"]);
  const merge = await app.graphql("mutation($id: ID!) { mergePullRequest(input: { pullRequestId: $id }) { pullRequest { merged } } }", { id: pull.id });
  expect(merge.errors[0].message).toContain('Required status check "ci" is expected.');
  await app.rest("POST", "/repos/acme/docs/check-runs", { name: "ci", head_sha: await head("fix"), status: "completed", conclusion: "success" });
  const ann = clientOf(sandbox, sandbox.tokens.user("ann"));
  expect((await ann.rest("POST", `/repos/acme/docs/pulls/${pull.number}/reviews`, { event: "APPROVE" })).status).toBe(200);
  const merged = await app.graphql("mutation($id: ID!) { mergePullRequest(input: { pullRequestId: $id, mergeMethod: SQUASH }) { pullRequest { merged state mergeCommit { oid } } } }", { id: pull.id });
  expect(merged.data.mergePullRequest.pullRequest).toMatchObject({ merged: true, state: "MERGED", mergeCommit: { oid: await head("release/1") } });
});

test("auto-merge on a clean pull request is the error GitHub gives", async () => {
  const pull = await open("auto");
  sandbox.repository("acme/docs").settings.allowAutoMerge = true;
  const answer = await app.graphql("mutation($id: ID!) { enablePullRequestAutoMerge(input: { pullRequestId: $id }) { pullRequest { number } } }", { id: pull.id });
  expect(answer.errors[0]).toMatchObject({ type: "UNPROCESSABLE", message: "Pull request Pull request is in clean status" });
});

test("an armed pull request is merged when its required checks are green", async () => {
  await createRef("refs/heads/release/2", await head());
  sandbox.repository("acme/docs").rules.splice(0, 1, { branch: "release/*", requiredChecks: ["ci"] });
  const pull = await open("armed", "release/2");
  const armed = await app.graphql("mutation($id: ID!) { enablePullRequestAutoMerge(input: { pullRequestId: $id, mergeMethod: SQUASH }) { pullRequest { autoMergeRequest { mergeMethod } } } }", { id: pull.id });
  expect(armed.data.enablePullRequestAutoMerge.pullRequest.autoMergeRequest).toEqual({ mergeMethod: "SQUASH" });
  const merged = new Promise((resolve) => {
    sandbox.onWebhook((delivery) => delivery.event === "pull_request" && delivery.action === "closed" && resolve(delivery.payload));
  });
  await app.rest("POST", "/repos/acme/docs/check-runs", { name: "ci", head_sha: await head("armed"), status: "completed", conclusion: "success" });
  expect(await merged).toMatchObject({ number: pull.number, pull_request: { merged: true } });
});

test("issues, labels and comments", async () => {
  const label = (await read('label(name: "bug") { id }')).label.id;
  const made = await app.graphql(
    "mutation($input: CreateIssueInput!) { createIssue(input: $input) { issue { id number labels(first: 5) { nodes { name } } } } }",
    { input: { repositoryId, title: "Down", body: "b", labelIds: [label] } },
  );
  expect(made.data.createIssue.issue.labels.nodes).toEqual([{ name: "bug" }]);
  const { id } = made.data.createIssue.issue;
  const comment = await app.graphql('mutation($id: ID!) { addComment(input: { subjectId: $id, body: "hm" }) { commentEdge { node { id body } } } }', { id });
  expect(comment.data.addComment.commentEdge.node.body).toBe("hm");
  expect((await read('issues(labels: ["bug"], states: [OPEN], first: 5) { totalCount }')).issues.totalCount).toBe(1);
  await app.graphql("mutation($id: ID!) { closeIssue(input: { issueId: $id, stateReason: COMPLETED }) { issue { state } } }", { id });
  expect((await read('issues(labels: ["bug"], states: [OPEN], first: 5) { totalCount }')).issues.totalCount).toBe(0);
});

test("who may do what, in GraphQL's words", async () => {
  const reader = clientOf(sandbox, sandbox.tokens.app("reader", { contents: "read" }));
  const refused = await commit("main", await head(), "a", "b", reader);
  expect(refused.errors[0]).toMatchObject({ type: "FORBIDDEN", message: "Resource not accessible by integration" });
  const people = await app.graphql('{ repository(owner: "acme", name: "docs") { collaborators(first: 5, query: "ann") { edges { permission node { login } } } } viewer { login } }');
  expect(people.data).toEqual({ repository: { collaborators: { edges: [{ permission: "WRITE", node: { login: "ann" } }] } }, viewer: { login: "instant[bot]" } });
  expect((await app.graphql('{ repository(owner: "acme", name: "none") { id } }')).errors[0]).toMatchObject({
    type: "NOT_FOUND", message: "Could not resolve to a Repository with the name 'acme/none'.",
  });
});

test("what a commit's checks need: checks, statuses, and actions for the run behind a check", async () => {
  const sha = await head();
  await app.rest("POST", "/repos/acme/docs/check-runs", { name: "ci", head_sha: sha, status: "completed", conclusion: "success" });
  await sandbox.runs.waitForRun(await sandbox.runs.dispatch("acme/docs", "ci.yml", {}, "ann"));
  const ask = async (permissions: Readonly<Record<string, "read">>, fields: string): Promise<Json> =>
    clientOf(sandbox, sandbox.tokens.app(`reads-${Object.keys(permissions).join("-")}`, { contents: "read", ...permissions })).graphql(
      `{ repository(owner: "acme", name: "docs") { object(oid: "${sha}") { ... on Commit { statusCheckRollup { ${fields} } } } } }`,
    );
  for (const only of [{ checks: "read" }, { statuses: "read" }] as const) {
    const refused = await ask(only, "state");
    expect(refused).toMatchObject({ data: { repository: { object: { statusCheckRollup: null } } }, errors: [{ type: "FORBIDDEN", path: ["repository", "object", "statusCheckRollup"] }] });
  }
  const both = { checks: "read", statuses: "read" } as const;
  expect((await ask(both, "state")).data.repository.object.statusCheckRollup).toEqual({ state: "SUCCESS" });
  const runs = "contexts(first: 9) { nodes { ... on CheckRun { name checkSuite { app { slug } workflowRun { event } } } } }";
  const refused = await ask(both, runs);
  expect(refused.errors).toMatchObject([{ type: "FORBIDDEN", message: "Resource not accessible by integration" }]);
  expect(refused.errors[0].path.slice(-2)).toEqual(["checkSuite", "workflowRun"]);
  const nodes = (await ask({ ...both, actions: "read" }, runs)).data.repository.object.statusCheckRollup.contexts.nodes;
  expect(nodes).toEqual(expect.arrayContaining([{ name: "work", checkSuite: { app: { slug: "github-actions" }, workflowRun: { event: "workflow_dispatch" } } }]));
});

test("what is not built names itself, and a bad query is refused by GitHub's own schema", async () => {
  const unbuilt = await app.graphql('{ repository(owner: "acme", name: "docs") { id vulnerabilityAlerts { totalCount } } }');
  expect(unbuilt.errors[0].message).toBe("The sandbox does not implement Repository.vulnerabilityAlerts");
  expect((await app.graphql('{ repository(owner: "acme", name: "docs") { nonsense } }')).errors[0].message).toContain('Cannot query field "nonsense"');
  const labels = async (fields: string): Promise<Json> => app.graphql(`{ repository(owner: "acme", name: "docs") { labels { ${fields} } } }`);
  expect((await labels("nodes { name }")).errors[0].message).toContain("`first` or `last`");
  expect((await labels("totalCount")).data.repository.labels.totalCount).toBe(9);
});

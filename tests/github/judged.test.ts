// What the gate reads and leaves to GitHub, by the adapter, on a GitHub that keeps real repositories: pages, modes, rules, auto-merge, queue.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { everything } from "../../src/github/everything.ts";
import { connect } from "../../src/github/index.ts";
import type { Repository } from "../../src/github/port.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { createCheckRun } from "../../src/sandbox/world/checks.ts";
import { addReview, addThread, resolveThread } from "../../src/sandbox/world/reviews.ts";
import { addComment } from "../../src/sandbox/world/issues.ts";
import { addLabels } from "../../src/sandbox/world/labels.ts";
import { contextAt, fastClock, recordingLog, rejected, textOf, withGitHub } from "./fake.ts";

const ALL = { contents: "write", "pull-requests": "write", issues: "write", checks: "write", statuses: "write" } as const;
const FAQ = { faqPath: "docs/FAQ.md" };
let sandbox: Sandbox;
let count = 0;
beforeAll(async () => void (sandbox = await startSandbox()));
afterAll(() => sandbox.close());

/** A repository of its own, with a pull request that changes the files given. */
async function place(files: Readonly<Record<string, string | Buffer>>, options: Partial<Parameters<Sandbox["createRepository"]>[0]> = {}) {
  const name = `site-${(count += 1)}`;
  sandbox.addUser("octo");
  sandbox.addUser("ann");
  const repository = await sandbox.createRepository({ owner: "octo", name, from: { "docs/FAQ.md": "# FAQ\n", "README.md": "# Site\n" }, roles: { ann: "write" }, ...options });
  const as = (token: string): Repository => {
    const context = { ...contextAt(""), owner: "octo", repo: name, apiUrl: sandbox.urls.api, graphqlUrl: sandbox.urls.graphql, serverUrl: sandbox.urls.server };
    return connect({ context, token, log: recordingLog(), clock: { ...fastClock(), now: Date.now }, stage: "test" }, everything);
  };
  const { token } = sandbox.world.tokens.job(repository, 1, "gate", ALL);
  const repo = as(token);
  const head = (branch = "x") => repository.git.ref(`refs/heads/${branch}`) ?? "";
  const commit = async (text: string, path = "docs/FAQ.md") => {
    const made = await repo.commitFiles({ branch: "x", expectedHead: head(), files: [{ path, text }], headline: "c", body: "" });
    if (made === "moved") throw new Error("moved");
    return made.sha;
  };
  await repo.createBranch("x", head("main"));
  const changes = Object.entries(files).map(([path, text]) => ({ path, text: String(text) }));
  await repo.commitFiles({ branch: "x", expectedHead: head("main"), files: changes, headline: "c", body: "" });
  const opened = await repo.openPull({ head: "x", base: "main", title: "t", body: "b" });
  if (typeof opened === "string") throw new Error(opened);
  const pull = repository.issues.get(opened.number)?.pull;
  if (!pull) throw new Error("no pull request");
  const actor = sandbox.world.tokens.find(token);
  if (!actor) throw new Error("no actor");
  const person = (login: string) => sandbox.world.tokens.find(sandbox.tokens.user(login)) ?? actor;
  return { repository, repo, pull, number: opened.number, id: pull.nodeId, head, commit, actor, person, ann: as(sandbox.tokens.user("ann")) };
}

describe("more than one page", () => {
  test("of files, commits, checks, reviews, conversations and comments is read whole", async () => {
    const here = await place(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`docs/${i}.md`, `${i}\n`])));
    const { pull, repo, actor, person, repository } = here;
    // All but the last without the API, which is asked of others here: a hundred requests say no more than one.
    const { git } = repository;
    const before = here.head();
    const { tree, author, committer } = await git.commit(before);
    let last = before;
    for (let i = 0; i < 99; i += 1) last = await git.writeCommit({ tree, parents: [last], author, committer, message: `c ${i}` });
    await git.updateRefs([{ ref: "refs/heads/x", from: before, to: last }]);
    await here.commit("# FAQ\n\nlast\n");
    for (let i = 0; i < 101; i += 1) {
      sandbox.addUser(`p${i}`);
      repository.roles.set(`p${i}`, "write");
      addReview(sandbox.world, person(`p${i}`), pull, i === 100 ? "CHANGES_REQUESTED" : "APPROVED");
      addThread(sandbox.world, actor, pull, "docs/FAQ.md", "?");
      await createCheckRun(sandbox.world, actor, repository, { name: `check ${i}`, headSha: here.head(), status: "completed", conclusion: i === 100 ? "failure" : "success" });
      addComment(sandbox.world, actor, pull.issue, i === 0 ? "mine <!-- m -->" : `other ${i}`);
    }
    for (const thread of pull.threads.slice(0, -1)) resolveThread(sandbox.world, actor, thread, true);
    const requests = repo.requestCount();
    const facts = await repo.readPull(here.number, FAQ);
    expect(repo.requestCount() - requests).toBe(6);
    expect([facts.files.length, facts.fileCount, facts.filesComplete, facts.commits.length, facts.commitCount]).toEqual([101, 101, true, 101, 101]);
    expect([facts.approvals, facts.changesRequestedBy, facts.reviewsComplete]).toEqual([100, ["p100"], true]);
    expect([facts.conversations, facts.checks.length, facts.checks.find(({ state }) => state === "failure")?.name]).toEqual([{ required: false, unresolved: 1, complete: true }, 101, "check 100"]);
    expect([facts.ownComments.length, facts.commentsComplete]).toEqual([100, false]);
    const own = await repo.ownComments(here.number, "<!-- m -->");
    expect(own).toEqual([{ id: expect.any(Number), body: "mine <!-- m -->" }]);
    expect((await repo.listPullFiles(here.number, here.head())).length).toBe(101);
  }, 60_000);

  test("whose head moved in between is not taken for the head's", async () => {
    const node = (path: string) => ({ path, additions: 1, deletions: 0, changeType: "ADDED" });
    const first = await place({ "docs/FAQ.md": "# FAQ\n\nx\n" });
    // The first page by the sandbox, with more announced than there is; the second of another head.
    const answer = await fetchPull(first);
    const pull = answer.data.repository.pullRequest;
    pull.files = { totalCount: 2, pageInfo: { hasNextPage: true, endCursor: "c" }, nodes: [node("a")] };
    const page = (headRefOid: string) => ({ json: { data: { repository: { pullRequest: { headRefOid, page: { pageInfo: { hasNextPage: false }, nodes: [node("b")] } } } } } });
    for (const [head, complete] of [[pull.headRefOid, true], ["f".repeat(40), false]] as const) {
      await withGitHub([{ json: answer }, page(head)], async ({ repository }) => {
        const facts = await repository.readPull(first.number, FAQ);
        expect([facts.filesComplete, facts.files.length]).toEqual([complete, complete ? 2 : 1]);
      });
    }
  });
});

describe("what was not shown", () => {
  const none = { rulesUnread: "not-shown", requiredChecks: null, requiredApprovals: null, methods: null };
  test.each<[string, (pull: ShownPull) => void, object]>([
    ["all of it", () => undefined, { rulesUnread: null, requiredChecks: [], reviewsComplete: true, checksComplete: true, filesComplete: true, labels: [] }],
    ["the base", (pull) => void (pull.baseRef = null), { ...none, rulesUnread: "base-gone" }],
    ["the rules", (pull) => void (pull.baseRef = { rules: null }), none],
    ["one of the rules", (pull) => pull.baseRef?.rules?.nodes.push(null), none],
    ["more than a hundred rules", (pull) => Object.assign(pull.baseRef?.rules?.pageInfo ?? {}, { hasNextPage: true }), { ...none, rulesUnread: "too-many" }],
    ["a review", (pull) => pull.latestOpinionatedReviews?.nodes.push(null), { reviewsComplete: false }],
    ["the reviews", (pull) => void (pull.latestOpinionatedReviews = null), { reviewsComplete: false }],
    ["a check", (pull) => pull.lastCommit.nodes[0]?.commit.statusCheckRollup.contexts.nodes.push(null), { checksComplete: false }],
    ["a conversation", (pull) => pull.reviewThreads.nodes.push(null), { conversations: { required: false, unresolved: 0, complete: false } }],
    ["the files", (pull) => void (pull.files = null), { filesComplete: false }],
    ["the labels", (pull) => void (pull.labels = null), { labels: null }],
  ])("is not taken for empty: %s", async (_, change, facts) => {
    shown ??= await aShown();
    const answer = structuredClone(shown);
    change(answer.data.repository.pullRequest);
    const compared = { json: { merge_base_commit: null } };
    await withGitHub([{ json: answer }, compared], async ({ repository }) => expect(await repository.readPull(1, FAQ)).toMatchObject(facts));
  });
});
test("jobs are told apart by their workflow; where the token may not see it GitHub says so, and all else counts", async () => {
  shown ??= await aShown();
  const answer = structuredClone(shown);
  const { nodes } = answer.data.repository.pullRequest.lastCommit.nodes[0]?.commit.statusCheckRollup.contexts ?? { nodes: [] as Shown["nodes"] };
  const [check = {}] = nodes;
  const suite = { app: { slug: "github-actions", databaseId: 15_368 } };
  nodes.push({ ...check, name: "job", detailsUrl: "https://x/o/r/actions/runs/1/job/2", checkSuite: { ...suite, workflowRun: { workflow: { databaseId: 7 } } } });
  // What an App reports is put below some run, which says nothing.
  nodes.push({ ...check, name: "reported", detailsUrl: "https://x/o/r/runs/3", checkSuite: { ...suite, workflowRun: { workflow: { databaseId: 7 } } } });
  nodes.push({ ...check, name: "hidden", detailsUrl: "https://x/o/r/actions/runs/1/job/4", checkSuite: { ...suite, workflowRun: null } });
  const path = ["repository", "pullRequest", "lastCommit", "nodes", 0, "commit", "statusCheckRollup", "contexts", "nodes", 3, "checkSuite", "workflowRun"];
  const refused = { type: "FORBIDDEN", message: "Resource not accessible by integration", path };
  const page = { json: { data: { repository: { object: { statusCheckRollup: { contexts: { pageInfo: { hasNextPage: false }, nodes: [{ ...check, name: "last" }] } } } } }, errors: [refused] } };
  Object.assign(answer.data.repository.pullRequest.lastCommit.nodes[0]?.commit.statusCheckRollup.contexts.pageInfo ?? {}, { hasNextPage: true, endCursor: "c" });
  await withGitHub([{ json: { ...answer, errors: [refused] } }, page], async ({ repository }) => {
    const { checks, checksComplete } = await repository.readPull(1, FAQ);
    expect([checks.map(({ name, workflow }) => [name, workflow]), checksComplete]).toEqual([[["a", null], ["job", 7], ["reported", null], ["hidden", null], ["last", null]], true]);
  });
  const others = { ...refused, path: path.slice(0, -1) };
  await withGitHub([{ json: { ...answer, errors: [refused, others] } }], async ({ repository }) => expect((await rejected(repository.readPull(1, FAQ))).problems[0]?.permission).toContain("checks: read"));
});

let shown: Awaited<ReturnType<typeof fetchPull>> | undefined;

/** The answer about a pull request with one check. */
async function aShown() {
  const here = await place({ "docs/FAQ.md": "# FAQ\n\nx\n" });
  await createCheckRun(sandbox.world, here.actor, here.repository, { name: "a", headSha: here.head(), status: "completed", conclusion: "success" });
  return fetchPull(here);
}

interface Shown {
  readonly nodes: (object | null)[];
  readonly pageInfo: { hasNextPage: boolean };
}

interface ShownPull {
  readonly headRefOid: string;
  files: object | null;
  labels: Shown | null;
  baseRef: { rules: Shown | null } | null;
  latestOpinionatedReviews: Shown | null;
  readonly reviewThreads: Shown;
  readonly lastCommit: { readonly nodes: { readonly commit: { readonly statusCheckRollup: { readonly contexts: Shown } } }[] };
}

/** The sandbox's answer to the gate's own query, as JSON. */
async function fetchPull({ repo, number }: { repo: Repository; number: number }) {
  let seen: unknown;
  const stop = sandbox.onExchange(({ requestBody, responseBody }) => {
    if ((requestBody as { query?: string } | undefined)?.query?.startsWith("query Pull(")) seen = structuredClone(responseBody);
  });
  await repo.readPull(number, FAQ);
  stop();
  return seen as { data: { repository: { pullRequest: ShownPull } } };
}

describe("what stands at a path", () => {
  test("is told by mode and by whether it is text, at both commits, in one request", async () => {
    const here = await place({ "docs/a.md": "a\n" }, { from: { "docs/FAQ.md": "# FAQ\n", "docs/a.md": "old\n", "logo.png": Buffer.from([0x89, 0x50, 0, 1]) } });
    const main = here.head("main");
    const before = here.repo.requestCount();
    const [head, base] = await here.repo.readEntries([{ sha: here.head(), paths: ["docs/a.md", "logo.png", "docs", "none"] }, { sha: main, paths: ["docs/a.md"] }]);
    expect(here.repo.requestCount() - before).toBe(1);
    expect([...(head ?? [])]).toEqual([["docs/a.md", { mode: "100644", binary: false }], ["logo.png", { mode: "100644", binary: true }], ["docs", { mode: "40000", binary: null }]]);
    expect([...(base ?? [])]).toEqual([["docs/a.md", { mode: "100644", binary: false }]]);
    const many = await here.repo.readEntries([{ sha: main, paths: Array.from({ length: 150 }, (_, i) => (i === 149 ? "docs/a.md" : `none-${i}`)) }]);
    expect([...(many[0] ?? [])].map(([path]) => path)).toEqual(["docs/a.md"]);
  });

  test("of a removed file the list names the base, and is the head's all the same", async () => {
    const here = await place({ "docs/FAQ.md": "# FAQ\n\nx\n" });
    const gone = await here.repo.commitFiles({ branch: "x", expectedHead: here.head(), files: [{ path: "README.md", text: null }], headline: "c", body: "" });
    expect(gone).toEqual({ sha: here.head() });
    expect((await here.repo.listPullFiles(here.number, here.head())) as unknown).toMatchObject([{ path: "README.md", status: "removed" }, { path: "docs/FAQ.md", status: "modified" }]);
    expect(await here.repo.listPullFiles(here.number, here.head("main"))).toBe("moved");
  });

  test("that the FAQ has become a link, binary, or a pointer of Git LFS is no error, and its text is not there", async () => {
    const pointer = await place({ "docs/FAQ.md": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n" });
    expect(await pointer.repo.readPull(pointer.number, FAQ)).toMatchObject({ faq: { head: null, base: "# FAQ\n" }, faqEntry: { head: { mode: "100644", binary: true }, mergeBase: { mode: "100644", binary: false } } });
    const binary = await place({ "docs/FAQ.md": "a\u0000b" });
    expect(await binary.repo.readPull(binary.number, FAQ)).toMatchObject({ faq: { head: null }, faqEntry: { head: { binary: true } } });
  });
});

test("a base whose FAQ is no text is no error: its flaw is told", async () => {
  for (const [text, flaw] of [["a\u0000b", "cannot be read as text"], ["version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "is kept in Git LFS"]] as const) {
    const here = await place({ "README.md": "# Other\n" }, { from: { "docs/FAQ.md": text, "README.md": "# Site\n" } });
    expect(await here.repo.readPull(here.number, FAQ)).toMatchObject({ faq: { head: null, base: null, mergeBase: null }, faqFlaw: expect.stringContaining(flaw) });
    // The base moves on, so that the merge base has to be asked for by itself.
    await here.repo.commitFiles({ branch: "main", expectedHead: here.head("main"), files: [{ path: "docs/FAQ.md", text: `${text}x` }], headline: "c", body: "" });
    await here.repo.commitMerge({ branch: "x", expectedHead: here.head(), base: here.head("main"), files: [], message: "m" });
    await here.repo.commitFiles({ branch: "main", expectedHead: here.head("main"), files: [{ path: "docs/FAQ.md", text: "# FAQ 2\n" }], headline: "c", body: "" });
    expect(await here.repo.readPull(here.number, FAQ)).toMatchObject({ faq: { base: "# FAQ 2\n", mergeBase: null }, faqFlaw: expect.stringContaining(flaw) });
  }
});

test("the rules of the branch, the labels, and who shares the head branch", async () => {
  const rules = [
    { branch: "main", requiredChecks: ["lint", { context: "build", app: "builder" }], requiredApprovals: 2, requireConversationResolution: true, mergeMethods: ["squash", "merge"] as const },
    { branch: "ma*", requireLinearHistory: true, workflows: ["audit"] },
  ];
  sandbox.tokens.app("builder", { checks: "write" });
  const here = await place({ "docs/FAQ.md": "# FAQ\n\nx\n" }, { rules });
  addLabels(sandbox.world, here.actor, here.pull.issue, ["hold"]);
  await here.repo.createBranch("release", here.head("main"));
  await here.repo.openPull({ head: "x", base: "release", title: "t", body: "b" });
  const facts = await here.repo.readPull(here.number, FAQ);
  expect(facts).toMatchObject({
    labels: ["hold"], requiredApprovals: 2, methods: ["squash"], conversations: { required: true, unresolved: 0 }, reviewDecision: "review-required",
    head: { tip: here.head(), shared: true }, autoMerge: { allowed: false, armedBy: null }, queue: { enabled: false, entry: null }, deletesBranches: false,
  });
  expect([facts.mergeState, facts.rulesUnread, facts.otherRules]).toEqual(["blocked", null, ["WORKFLOWS"]]);
  expect(facts.requiredChecks).toEqual([{ name: "lint", appId: null }, { name: "build", appId: sandbox.world.apps.get("builder")?.id }]);
});

test("approvals count by the latest opinion of those who may write", async () => {
  const here = await place({ "docs/FAQ.md": "# FAQ\n\nx\n" });
  for (const [login, role] of [["bob", "write"], ["eve", "read"], ["cat", "write"]] as const) {
    sandbox.addUser(login);
    here.repository.roles.set(login, role);
  }
  for (const [login, state] of [["bob", "APPROVED"], ["eve", "APPROVED"], ["cat", "APPROVED"], ["bob", "CHANGES_REQUESTED"], ["cat", "COMMENTED"]] as const) addReview(sandbox.world, here.person(login), here.pull, state);
  expect(await here.repo.readPull(here.number, FAQ)).toMatchObject({ approvals: 1, changesRequestedBy: ["bob"] });
});

describe("auto-merge", () => {
  const request = (here: Awaited<ReturnType<typeof place>>) => ({ number: here.number, sha: here.head(), method: "squash", title: "T", message: "M" }) as const;
  const rules = [{ branch: "main", requiredChecks: ["ci"] }];

  test("is armed at the expected head only, and disarmed as often as one likes", async () => {
    const here = await place({ "docs/FAQ.md": "# FAQ\n\nx\n" }, { rules });
    here.repository.settings.allowAutoMerge = true;
    expect(await here.repo.armAutoMerge(here.id, { ...request(here), sha: here.head("main") })).toEqual({ kind: "head-moved" });
    expect(await here.repo.armAutoMerge(here.id, request(here))).toEqual({ kind: "armed" });
    expect((await here.repo.readPull(here.number, FAQ)).autoMerge).toEqual({ allowed: true, armedBy: "github-actions[bot]" });
    await here.repo.disarmAutoMerge(here.id, here.number);
    await here.repo.disarmAutoMerge(here.id, here.number);
    expect((await here.repo.readPull(here.number, FAQ)).autoMerge.armedBy).toBeNull();
  });

  test("of a clean pull request, and where it is not allowed, is an answer; without permission it is an error", async () => {
    const here = await place({ "docs/FAQ.md": "# FAQ\n\nx\n" });
    expect(await here.repo.armAutoMerge(here.id, request(here))).toMatchObject({ kind: "refused", reason: expect.stringContaining("not allowed") });
    here.repository.settings.allowAutoMerge = true;
    expect(await here.repo.armAutoMerge(here.id, request(here))).toEqual({ kind: "clean" });
    const { token } = sandbox.world.tokens.job(here.repository, 2, "gate", { contents: "write", "pull-requests": "read" });
    const context = { ...contextAt(""), owner: "octo", repo: here.repository.name, apiUrl: sandbox.urls.api, graphqlUrl: sandbox.urls.graphql, serverUrl: sandbox.urls.server };
    const poor = connect({ context, token, log: recordingLog(), clock: fastClock(), stage: "test" }, everything);
    const error = await rejected(poor.armAutoMerge(here.id, request(here)));
    expect([error.blame, textOf(error)]).toEqual(["permission", expect.stringContaining("pull-requests: write")]);
  });

  test("whose answer was lost is looked up before it is armed again", async () => {
    const here = await place({ "docs/FAQ.md": "# FAQ\n\nx\n" }, { rules });
    here.repository.settings.allowAutoMerge = true;
    sandbox.faults.add({ match: { graphql: "enablePullRequestAutoMerge" }, effect: { type: "error", when: "after" }, times: 1 });
    expect(await here.repo.armAutoMerge(here.id, request(here))).toEqual({ kind: "armed" });
    sandbox.faults.clear();
    expect(sandbox.requests.list({}).filter(({ operation }) => operation === "PullState").length).toBeGreaterThan(0);
  });
});

describe("a merge queue", () => {
  const rules = [{ branch: "main", requiredChecks: ["ci"], mergeQueue: "squash" }] as const;
  const green = (here: Awaited<ReturnType<typeof place>>, headSha: string, conclusion: "success" | "failure" = "success") =>
    createCheckRun(sandbox.world, here.actor, here.repository, { name: "ci", headSha, status: "completed", conclusion });

  async function queued(): Promise<Awaited<ReturnType<typeof place>>> {
    const here = await place({ "docs/FAQ.md": "# FAQ\n\nx\n" }, { rules });
    await green(here, here.head());
    expect(await here.repo.enqueuePull(here.id, { number: here.number, sha: here.head() })).toEqual({ kind: "queued" });
    return here;
  }
  const group = async (here: Awaited<ReturnType<typeof place>>) => {
    for (let tries = 0; tries < 2_000 && !here.pull.queue?.group; tries += 1) await new Promise((resolve) => setTimeout(resolve, 5));
    return here.pull.queue?.group?.sha ?? "";
  };
  const closed = (here: Awaited<ReturnType<typeof place>>, action: string) =>
    new Promise<void>((resolve) => void sandbox.onWebhook((one) => one.event === "pull_request" && one.action === action && one.repository === here.repository.fullName && resolve()));

  test("refuses direct merges, and lands what its group's checks found green", async () => {
    const here = await queued();
    expect(await here.repo.mergePull({ number: here.number, sha: here.head(), method: "squash", title: "t", message: "m" })).toMatchObject({ kind: "not-mergeable", reason: expect.stringContaining("merge queue") });
    expect((await here.repo.readPull(here.number, FAQ)).queue).toEqual({ enabled: true, entry: { by: "github-actions[bot]", position: 1, state: expect.stringMatching(/QUEUED|AWAITING_CHECKS/) } });
    expect(await here.repo.enqueuePull(here.id, { number: here.number, sha: here.head() })).toEqual({ kind: "queued" });
    const sha = await group(here);
    const merged = closed(here, "closed");
    await green(here, sha);
    await merged;
    expect([here.head("main"), here.pull.merged]).toEqual([sha, true]);
    expect((await here.repo.readPull(here.number, FAQ)).state).toBe("merged");
  });

  test("takes out what fails, what is pushed to, and what is taken out", async () => {
    const failing = await queued();
    const out = closed(failing, "dequeued");
    await green(failing, await group(failing), "failure");
    await out;
    expect([failing.pull.queue, failing.pull.merged]).toEqual([null, false]);
    const pushed = await queued();
    await pushed.commit("# FAQ\n\ny\n");
    expect((await pushed.repo.readPull(pushed.number, FAQ)).queue.entry).toBeNull();
    const left = await queued();
    await left.repo.dequeuePull(left.id, left.number);
    await left.repo.dequeuePull(left.id, left.number);
    expect(left.pull.queue).toBeNull();
  });

  test("takes no other head than was judged, and nothing that its rules refuse", async () => {
    const here = await place({ "docs/FAQ.md": "# FAQ\n\nx\n" }, { rules });
    expect(await here.repo.enqueuePull(here.id, { number: here.number, sha: here.head("main") })).toEqual({ kind: "head-moved" });
    expect(await here.repo.enqueuePull(here.id, { number: here.number, sha: here.head() })).toMatchObject({ kind: "refused" });
  });
});

test("the text of a pull request, and comments, are changed in place", async () => {
  const here = await place({ "docs/FAQ.md": "# FAQ\n\nx\n" });
  await here.repo.changePullBody(here.number, (body) => `${body}, more`);
  expect(here.pull.issue.body).toBe("b, more");
  const before = here.repo.requestCount();
  await here.repo.changePullBody(here.number, (body) => body);
  expect(here.repo.requestCount() - before).toBe(1);
  await here.repo.setPullBody(here.number, "another");
  expect((await here.repo.readPull(here.number, FAQ)).body).toBe("another");
  await here.repo.comment(here.number, "<!-- m --> one");
  await here.ann.comment(here.number, "<!-- m --> forged");
  const [mine, ...others] = await here.repo.ownComments(here.number, "<!-- m -->");
  expect([mine?.body, others]).toEqual(["<!-- m --> one", []]);
  await here.repo.editComment(mine?.id ?? 0, "<!-- m --> two");
  expect((await here.repo.readPull(here.number, FAQ)).ownComments).toEqual([{ id: mine?.id, body: "<!-- m --> two" }]);
  await here.repo.deleteComment(mine?.id ?? 0);
  await here.repo.deleteComment(mine?.id ?? 0);
  expect(await here.repo.ownComments(here.number, "<!-- m -->")).toEqual([]);
});

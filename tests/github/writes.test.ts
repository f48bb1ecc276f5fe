import { describe, expect, test } from "@jest/globals";
import { rejected, textOf, withGitHub } from "./fake.ts";

const BASE = "a".repeat(40);
const HEAD = "b".repeat(40);
const OTHER = "c".repeat(40);
const graphql = (data: unknown) => ({ json: { data } });

describe("createBranch", () => {
  test("created, and already there", async () => {
    await withGitHub([{ status: 201, json: { ref: "refs/heads/x" } }, { status: 422, json: { message: "Reference already exists" } }], async ({ repository, fake }) => {
      expect(await repository.createBranch("x", BASE)).toBe("created");
      expect(await repository.createBranch("x", BASE)).toBe("exists");
      expect(fake.seen[0]?.body).toEqual({ ref: "refs/heads/x", sha: BASE });
    });
  });

  test("a lost first try that took effect is answered as there", async () => {
    await withGitHub(["drop", { status: 422, json: { message: "Reference already exists" } }], async ({ repository }) => {
      expect(await repository.createBranch("x", BASE)).toBe("exists");
    });
  });

  test("any other 422 is an error", async () => {
    await withGitHub([{ status: 422, json: { message: "Object does not exist" } }], async ({ repository }) => {
      expect(textOf(await rejected(repository.createBranch("x", BASE)))).toContain("Object does not exist");
    });
  });
});

describe("commitFiles", () => {
  const change = { branch: "x", expectedHead: BASE, files: [{ path: "docs/FAQ.md", text: "ü\r\n" }, { path: "gone.md", text: null }], headline: "Update", body: "Trace-Id: 1" };
  const made = graphql({ createCommitOnBranch: { commit: { oid: HEAD } } });
  const headIs = (oid: string, message: string, parent: string) => graphql({ repository: { ref: { target: { oid, message, parents: { nodes: [{ oid: parent }] } } } } });

  test("sends the bytes of each file and what it expects", async () => {
    await withGitHub([made], async ({ repository, fake }) => {
      expect(await repository.commitFiles(change)).toEqual({ sha: HEAD });
      expect(fake.seen[0]?.path).toBe("/api/graphql");
      const { input } = (fake.seen[0]!.body as { variables: { input: Record<string, unknown> } }).variables;
      expect(input).toMatchObject({ expectedHeadOid: BASE, branch: { repositoryNameWithOwner: "octo/site", branchName: "x" }, message: { headline: "Update", body: "Trace-Id: 1" } });
      expect(input.fileChanges).toEqual({ additions: [{ path: "docs/FAQ.md", contents: Buffer.from("ü\r\n").toString("base64") }], deletions: [{ path: "gone.md" }] });
    });
  });

  test("a branch that moved is an answer", async () => {
    const stale = { json: { data: { createCommitOnBranch: null }, errors: [{ type: "STALE_DATA", path: ["createCommitOnBranch"], message: `Expected branch to point to "${BASE}" but it did not. Pull and try again.` }] } };
    await withGitHub([stale], async ({ repository }) => {
      expect(await repository.commitFiles(change)).toBe("moved");
    });
  });

  test("makes the branch in the same request, or takes the one that stands there", async () => {
    const exists = { type: "UNPROCESSABLE", path: ["createRef"], message: 'A ref named "refs/heads/x" already exists in the repository.' };
    const stale = { type: "STALE_DATA", path: ["createCommitOnBranch"], message: "Expected branch to point to" };
    const commit = { commit: { oid: HEAD } };
    const script = [
      graphql({ createRef: { ref: { name: "x" } }, createCommitOnBranch: commit }),
      { json: { data: { createRef: null, createCommitOnBranch: commit }, errors: [exists] } },
      { json: { data: { createRef: null, createCommitOnBranch: null }, errors: [exists, stale] } },
      { json: { data: { createRef: null, createCommitOnBranch: null }, errors: [{ type: "FORBIDDEN", path: ["createRef"], message: "Resource not accessible by integration" }] } },
    ];
    await withGitHub(script, async ({ repository, fake }) => {
      const create = { repositoryId: "R_1" };
      expect(await repository.commitFiles({ ...change, create })).toEqual({ sha: HEAD });
      expect(await repository.commitFiles({ ...change, create })).toEqual({ sha: HEAD });
      expect(await repository.commitFiles({ ...change, create })).toBe("moved");
      expect(textOf(await rejected(repository.commitFiles({ ...change, create })))).toContain("permissions:\n  contents: write");
      expect((fake.seen[0]!.body as { variables: Record<string, unknown> }).variables.ref).toEqual({ repositoryId: "R_1", name: "refs/heads/x", oid: BASE });
    });
  });

  test("after a lost answer the commit is found, not made again", async () => {
    await withGitHub(["drop", headIs(HEAD, "Update\n\nTrace-Id: 1", BASE)], async ({ repository, fake }) => {
      expect(await repository.commitFiles(change)).toEqual({ sha: HEAD });
      expect(fake.seen).toHaveLength(2);
    });
  });

  test("after a lost request it is made", async () => {
    await withGitHub([{ status: 502, json: {} }, headIs(BASE, "before", OTHER), made], async ({ repository, fake }) => {
      expect(await repository.commitFiles(change)).toEqual({ sha: HEAD });
      expect(fake.seen).toHaveLength(3);
    });
  });

  test("somebody else's commit in its place means that it moved", async () => {
    await withGitHub(["drop", headIs(HEAD, "Mine", BASE)], async ({ repository }) => {
      expect(await repository.commitFiles(change)).toBe("moved");
    });
  });

  test("after the last lost try it looks once more", async () => {
    await withGitHub(["drop", headIs(BASE, "", OTHER), "drop", headIs(BASE, "", OTHER), "drop", headIs(HEAD, "Update\n\nTrace-Id: 1", BASE)], async ({ repository }) => {
      expect(await repository.commitFiles(change)).toEqual({ sha: HEAD });
    });
  });
});

describe("commitMerge", () => {
  const change = { branch: "x/y", expectedHead: HEAD, base: BASE, files: [{ path: "docs/FAQ.md", text: "new" }], message: "Join" };
  const steps = [{ json: { tree: { sha: "t1" } } }, { status: 201, json: { sha: "t2" } }, { status: 201, json: { sha: OTHER } }];

  test("two parents on the base's tree, fast-forward only", async () => {
    await withGitHub([...steps, { json: {} }], async ({ repository, fake }) => {
      expect(await repository.commitMerge(change)).toEqual({ sha: OTHER });
      expect(fake.seen.slice(1).map(({ body }) => body)).toEqual([
        { base_tree: "t1", tree: [{ path: "docs/FAQ.md", mode: "100644", type: "blob", content: "new" }] },
        { tree: "t2", parents: [HEAD, BASE], message: "Join" },
        { sha: OTHER, force: false },
      ]);
      expect(fake.seen[3]?.path).toBe("/api/v3/repos/octo/site/git/refs/heads/x/y");
    });
  });

  test("a push in between is not overwritten", async () => {
    await withGitHub([...steps, { status: 422, json: { message: "Update is not a fast forward" } }], async ({ repository }) => {
      expect(await repository.commitMerge(change)).toBe("moved");
    });
  });
});

describe("deleteBranch and contains", () => {
  test("what is gone is fine", async () => {
    await withGitHub([{ status: 422, json: { message: "Reference does not exist" } }, { status: 404, json: { message: "Not Found" } }], async ({ repository }) => {
      await repository.deleteBranch("x");
      await repository.deleteBranch("x");
      expect(repository.requestCount()).toBe(2);
    });
  });

  test.each([["ahead", true], ["identical", true], ["behind", false], ["diverged", false]])("%s", async (status, expected) => {
    await withGitHub([{ json: { status } }], async ({ repository, fake }) => {
      expect(await repository.contains(HEAD, BASE)).toBe(expected);
      expect(fake.seen[0]?.path).toContain(`/compare/${BASE}...${HEAD}`);
    });
  });

  test("a commit contains itself without a request, and an unknown one nothing", async () => {
    await withGitHub([{ status: 404, json: { message: "Not Found" } }], async ({ repository }) => {
      expect(await repository.contains(HEAD, HEAD)).toBe(true);
      expect(repository.requestCount()).toBe(0);
      expect(await repository.contains(HEAD, BASE)).toBe(false);
    });
  });
});

describe("openPull", () => {
  const pull = { head: "x", base: "main", title: "t", body: "b" };
  test.each([
    ["exists", { message: "Validation Failed", errors: [{ resource: "PullRequest", code: "custom", message: "A pull request already exists for octo:x." }] }],
    ["no-difference", { message: "Validation Failed", errors: [{ resource: "PullRequest", code: "custom", message: "No commits between main and x" }] }],
  ])("%s", async (answer, json) => {
    await withGitHub([{ status: 422, json }], async ({ repository }) => {
      expect(await repository.openPull(pull)).toBe(answer);
    });
  });

  test("opened", async () => {
    await withGitHub([{ status: 201, json: { number: 3, html_url: "https://x/3" } }], async ({ repository, fake }) => {
      expect(await repository.openPull(pull)).toEqual({ number: 3, url: "https://x/3" });
      expect(fake.seen[0]?.body).toEqual(pull);
    });
  });
});

describe("mergePull", () => {
  const merge = { number: 3, sha: HEAD, method: "squash", title: "t", message: "m" } as const;

  test("merges exactly the judged commit", async () => {
    await withGitHub([{ json: { merged: true, sha: OTHER, message: "ok" } }], async ({ repository, fake }) => {
      expect(await repository.mergePull(merge)).toEqual({ kind: "merged", sha: OTHER });
      expect(fake.seen[0]?.body).toEqual({ sha: HEAD, merge_method: "squash", commit_title: "t", commit_message: "m" });
    });
  });

  test.each([
    ["the head moved", 409, "Head branch was modified. Review and try the merge again.", { kind: "head-moved" }],
    ["the base moved", 405, "Base branch was modified. Review and try the merge again.", { kind: "base-moved" }],
  ])("%s", async (_, status, message, answer) => {
    await withGitHub([{ status, json: { message } }], async ({ repository }) => {
      expect(await repository.mergePull(merge)).toEqual(answer);
    });
  });

  test("not mergeable, in GitHub's words, unless it is merged already", async () => {
    const refused = { status: 405, json: { message: "Pull Request is not mergeable" } };
    await withGitHub([refused, { json: { merged: false } }, refused, { json: { merged: true, merge_commit_sha: OTHER, head: { sha: HEAD } } }], async ({ repository }) => {
      expect(await repository.mergePull(merge)).toEqual({ kind: "not-mergeable", reason: "Pull Request is not mergeable" });
      expect(await repository.mergePull(merge)).toEqual({ kind: "merged", sha: OTHER });
    });
  });

  test("a 5xx after the effect is looked up, not repeated", async () => {
    await withGitHub([{ status: 502, json: {} }, { json: { merged: true, merge_commit_sha: OTHER, head: { sha: HEAD } } }], async ({ repository, fake }) => {
      expect(await repository.mergePull(merge)).toEqual({ kind: "merged", sha: OTHER });
      expect(fake.seen.map(({ method }) => method)).toEqual(["PUT", "GET"]);
    });
  });

  test("merged meanwhile at another head is somebody else's merge, after a 5xx and after a refusal", async () => {
    const elsewhere = { json: { merged: true, merge_commit_sha: OTHER, head: { sha: OTHER } } };
    await withGitHub([{ status: 502, json: {} }, elsewhere, { status: 405, json: { message: "Pull Request is not mergeable" } }, elsewhere], async ({ repository, fake }) => {
      expect(await repository.mergePull(merge)).toEqual({ kind: "head-moved" });
      expect(await repository.mergePull(merge)).toEqual({ kind: "head-moved" });
      expect(fake.seen.map(({ method }) => method)).toEqual(["PUT", "GET", "PUT", "GET"]);
    });
  });

  test("a 5xx before the effect is tried again", async () => {
    await withGitHub(["drop", { json: { merged: false } }, { json: { merged: true, sha: OTHER } }], async ({ repository, fake }) => {
      expect(await repository.mergePull(merge)).toEqual({ kind: "merged", sha: OTHER });
      expect(fake.seen.map(({ method }) => method)).toEqual(["PUT", "GET", "PUT"]);
    });
  });
});

describe("publishCheck", () => {
  const check = {
    name: "instant/fast-ci",
    sha: HEAD,
    conclusion: "failure",
    title: "2 checks failed",
    summary: "x".repeat(70_000),
    annotations: Array.from({ length: 120 }, (_, i) => ({ path: "a.md", startLine: i + 1, endLine: i + 1, level: "warning" as const, title: "MD", message: `m${i}` })),
    externalId: "trace",
    startedAt: Date.parse("2026-09-01T12:00:00.000Z"),
    completedAt: Date.parse("2026-09-01T12:00:02.345Z"),
  } as const;
  const created = { status: 201, json: { id: 9, html_url: "https://x/runs/9" } };

  test("annotations go in batches of 50, and no text is longer than GitHub takes", async () => {
    await withGitHub([created, { json: {} }, { json: {} }], async ({ repository, fake }) => {
      expect(await repository.publishCheck(check)).toEqual({ id: 9, url: "https://x/runs/9" });
      expect(fake.seen.map(({ method, body }) => [method, (body as { output: { annotations: unknown[] } }).output.annotations.length])).toEqual([["POST", 50], ["PATCH", 50], ["PATCH", 20]]);
      const { output, ...rest } = fake.seen[0]!.body as { output: { summary: string } };
      expect(output.summary).toHaveLength(65_535);
      expect(rest).toMatchObject({ name: "instant/fast-ci", head_sha: HEAD, status: "completed", conclusion: "failure", external_id: "trace" });
    });
  });

  test("a read-only token is an answer", async () => {
    await withGitHub([{ status: 403, json: { message: "Resource not accessible by integration" } }], async ({ repository }) => {
      expect(await repository.publishCheck(check)).toBe("read-only");
    });
  });

  test("a lost answer does not make a second check run", async () => {
    const runs = { json: { total_count: 2, check_runs: [{ id: 8, html_url: "u8", external_id: "trace", completed_at: "2026-09-01T11:00:00Z" }, { id: 9, html_url: "u9", external_id: "trace", completed_at: "2026-09-01T12:00:02Z" }] } };
    await withGitHub(["drop", runs], async ({ repository, fake }) => {
      expect(await repository.publishCheck({ ...check, annotations: [] })).toEqual({ id: 9, url: "u9" });
      expect(fake.seen.map(({ method }) => method)).toEqual(["POST", "GET"]);
    });
  });
});

describe("dispatchWorkflow", () => {
  const start = { workflow: "deploy.yml", ref: "main", inputs: { commit_sha: HEAD }, mayBeOurs: () => Promise.resolve(true) };
  const run = { id: 5, html_url: "https://x/5", head_sha: HEAD, status: "queued", conclusion: null, created_at: "2026-09-01T12:00:00Z" };

  test("asks for the run's id, and lives without it", async () => {
    await withGitHub([{ json: { workflow_run_id: 5, html_url: "https://x/5" } }, { status: 204 }], async ({ repository, fake }) => {
      expect(await repository.dispatchWorkflow(start)).toEqual({ runId: 5, url: "https://x/5" });
      expect(await repository.dispatchWorkflow(start)).toEqual({ runId: null, url: null });
      expect(fake.seen[0]?.body).toEqual({ ref: "main", inputs: { commit_sha: HEAD }, return_run_details: true });
    });
  });

  test("a server that does not know return_run_details is asked without it", async () => {
    await withGitHub([{ status: 422, json: { message: 'Invalid request.\n\n"return_run_details" is not a permitted key.' } }, { status: 204 }], async ({ repository, fake }) => {
      expect(await repository.dispatchWorkflow(start)).toEqual({ runId: null, url: null });
      expect(fake.seen[1]?.body).toEqual({ ref: "main", inputs: { commit_sha: HEAD } });
    });
  });

  test("after a lost answer the run is found instead of started twice", async () => {
    await withGitHub(["drop", { json: { workflow_runs: [run] } }], async ({ repository, fake }) => {
      expect(await repository.dispatchWorkflow(start)).toEqual({ runId: 5, url: "https://x/5" });
      expect(fake.seen.map(({ method }) => method)).toEqual(["POST", "GET"]);
    });
  });

  test("what another loop started in the same moment is not taken for it", async () => {
    const others = { ...run, id: 9, display_title: "Deploy another" };
    const asked = { ...start, mayBeOurs: ({ title }: { readonly title: string }) => Promise.resolve(title !== "Deploy another") };
    await withGitHub(["drop", { json: { workflow_runs: [others, run] } }, "drop", { json: { workflow_runs: [others] } }, { json: { workflow_run_id: 6, html_url: "u" } }], async ({ repository }) => {
      expect(await repository.dispatchWorkflow(asked)).toEqual({ runId: 5, url: "https://x/5" });
      expect(await repository.dispatchWorkflow(asked)).toEqual({ runId: 6, url: "u" });
    });
  });

  test("with none to be found it is started again; an older run is not taken for it", async () => {
    await withGitHub(["drop", { json: { workflow_runs: [{ ...run, created_at: "2026-09-01T11:00:00Z" }] } }, { json: { workflow_run_id: 6, html_url: "u" } }], async ({ repository }) => {
      expect(await repository.dispatchWorkflow(start)).toEqual({ runId: 6, url: "u" });
    });
  });

  test("an unknown workflow and unexpected inputs are configuration", async () => {
    await withGitHub([{ status: 404, json: { message: "Not Found" } }, { status: 422, json: { message: "Unexpected inputs provided: [\"commit_sha\"]" } }], async ({ repository }) => {
      expect(textOf(await rejected(repository.dispatchWorkflow(start)))).toContain("no workflow `deploy.yml`");
      expect(textOf(await rejected(repository.dispatchWorkflow(start)))).toContain("Unexpected inputs");
    });
  });

  test("runs since a time, newest first", async () => {
    const older = { ...run, id: 4, created_at: "2026-09-01T11:59:00Z" };
    await withGitHub([{ json: { workflow_runs: [older, run, { ...run, id: 3, created_at: "2026-09-01T10:00:00Z" }] } }], async ({ repository, fake }) => {
      expect((await repository.listDispatchedRuns("deploy.yml", Date.parse("2026-09-01T11:00:00Z"))).map(({ id }) => id)).toEqual([5, 4]);
      expect(fake.routes()).toEqual(["GET /api/v3/repos/octo/site/actions/workflows/deploy.yml/runs?event=workflow_dispatch&per_page=30"]);
    });
  });
});

describe("issues", () => {
  const issue = { title: "Production Rollback: bad", body: "b", labels: ["P0"] };
  const json = { number: 4, html_url: "https://x/4", title: issue.title, created_at: "2026-09-01T12:00:00Z" };

  test("a lost answer does not raise the alarm twice", async () => {
    await withGitHub(["drop", { json: [{ ...json, number: 2, created_at: "2026-08-01T12:00:00Z" }, json] }], async ({ repository, fake }) => {
      expect(await repository.openIssue(issue)).toEqual({ number: 4, url: "https://x/4" });
      expect(fake.seen.map(({ method }) => method)).toEqual(["POST", "GET"]);
    });
  });

  test("a lost request is repeated", async () => {
    await withGitHub(["drop", { json: [] }, { status: 201, json }], async ({ repository }) => {
      expect(await repository.openIssue(issue)).toEqual({ number: 4, url: "https://x/4" });
    });
  });

  test("neither is a comment written twice", async () => {
    await withGitHub(["drop", { json: [{ body: "done" }] }], async ({ repository, fake }) => {
      await repository.comment(4, "done");
      expect(fake.seen.map(({ method }) => method)).toEqual(["POST", "GET"]);
    });
  });
});

describe("openHotfix", () => {
  const hotfix = { repositoryId: "R_1", branch: "hotfix/rollback-1", sha: HEAD, base: "main", title: "t", body: "b", branches: "hotfix/rollback-", missingLabels: [] };
  const refs = { nodes: [{ name: "hotfix/rollback-1", target: { message: "m" }, associatedPullRequests: { nodes: [{ number: 8, url: "https://x/8", createdAt: "2026-09-01T12:00:00Z", isCrossRepository: false }] } }, { name: "old/hotfix/rollback-2", target: null, associatedPullRequests: { nodes: [] } }] };
  const pullRequest = { number: 8, url: "https://x/8", headRefOid: HEAD, repository: { refs } };
  const answered = { number: 8, url: "https://x/8", headSha: HEAD, labelIds: {}, hotfixes: [{ name: "hotfix/rollback-1", message: "m", pull: { number: 8, url: "https://x/8", createdAt: Date.parse("2026-09-01T12:00:00Z") } }] };
  const refExists = { type: "UNPROCESSABLE", path: ["createRef"], message: 'A ref named "refs/heads/hotfix/rollback-1" already exists in the repository.' };

  test("branch and pull request in one request", async () => {
    await withGitHub([graphql({ createRef: { ref: { name: "x" } }, createPullRequest: { pullRequest } })], async ({ repository }) => {
      expect(await repository.openHotfix(hotfix)).toEqual(answered);
      expect(repository.requestCount()).toBe(1);
    });
  });

  test("a branch that is there already keeps nothing from opening", async () => {
    await withGitHub([{ json: { data: { createRef: null, createPullRequest: { pullRequest } }, errors: [refExists] } }], async ({ repository }) => {
      expect(await repository.openHotfix(hotfix)).toEqual(answered);
    });
  });

  test.each([
    ["exists", "A pull request already exists for octo:hotfix/rollback-1."],
    ["no-difference", "No commits between main and hotfix/rollback-1"],
  ])("%s", async (answer, message) => {
    const errors = [refExists, { type: "UNPROCESSABLE", path: ["createPullRequest"], message }];
    await withGitHub([{ json: { data: { createRef: null, createPullRequest: null }, errors } }], async ({ repository }) => {
      expect(await repository.openHotfix(hotfix)).toBe(answer);
    });
  });

  test("labels that are missing are made on the way, and one that cannot be made stops nothing", async () => {
    const taken = { type: "UNPROCESSABLE", path: ["label1"], message: "Name has already been taken" };
    const data = { label0: { label: { id: "L_1", name: "P0" } }, label1: null, createRef: { ref: { name: "x" } }, createPullRequest: { pullRequest } };
    await withGitHub([{ json: { data, errors: [taken] } }], async ({ repository, fake }) => {
      expect(await repository.openHotfix({ ...hotfix, missingLabels: ["P0", "incident"] })).toEqual({ ...answered, labelIds: { P0: "L_1" } });
      expect((fake.seen[0]!.body as { variables: Record<string, unknown> }).variables.label1).toEqual({ repositoryId: "R_1", name: "incident", color: "ededed" });
    });
  });

  test("a missing permission is named by the mutation that lacked it", async () => {
    const errors = [{ type: "FORBIDDEN", path: ["createPullRequest"], message: "Resource not accessible by integration" }];
    await withGitHub([{ json: { data: { createRef: { ref: { name: "x" } }, createPullRequest: null }, errors } }], async ({ repository }) => {
      expect(textOf(await rejected(repository.openHotfix(hotfix)))).toContain("permissions:\n  pull-requests: write");
    });
  });
});

describe("incidents", () => {
  const labels = { nodes: [{ name: "P0" }, { name: "auto-rollback" }] };
  const node = (number: number, more: object = {}) => ({ id: `I_${number}`, number, url: `https://x/${number}`, title: "t", body: `rolls-back: ${HEAD}\n`, state: "OPEN", createdAt: "2026-09-01T12:00:00Z", updatedAt: "2026-09-01T12:00:00Z", labels, ...more });
  const listed = (...nodes: object[]) => graphql({ repository: { incidents: { pageInfo: { hasNextPage: false, endCursor: null }, nodes } } });
  const wanted = { repositoryId: "R_1", title: "t", body: "b", mark: `rolls-back: ${HEAD}`, labels: ["P0", "auto-rollback"], labelIds: { P0: "L_1", "auto-rollback": "L_2" } };
  const opened = graphql({ createIssue: { issue: { ...node(5), repository: { incidents: { nodes: [node(5), node(4), node(3, { labels: { nodes: [{ name: "auto-rollback" }] } })] } } } } });

  test("are opened in one request, which answers with those that are there", async () => {
    await withGitHub([opened], async ({ repository, fake }) => {
      const answer = await repository.openIncident(wanted);
      expect([answer.opened.number, answer.incidents.map(({ number }) => number)]).toEqual([5, [5, 4]]);
      expect((fake.seen[0]!.body as { variables: Record<string, unknown> }).variables.issue).toMatchObject({ labelIds: ["L_1", "L_2"] });
    });
  });

  test("a label that is missing is made first; one that somebody else made meanwhile is looked up", async () => {
    const made = { json: { data: { label0: null, label1: { label: { id: "L_1", name: "P0" } } }, errors: [{ type: "UNPROCESSABLE", path: ["label0"], message: "Name has already been taken" }] } };
    await withGitHub([made, graphql({ repository: { label0: { id: "L_2" } } }), opened], async ({ repository, fake }) => {
      await repository.openIncident({ ...wanted, labels: ["auto-rollback", "P0"], labelIds: {} });
      expect((fake.seen[2]!.body as { variables: Record<string, unknown> }).variables.issue).toMatchObject({ labelIds: ["L_2", "L_1"] });
    });
    const forbidden = { json: { data: { label0: null }, errors: [{ type: "FORBIDDEN", path: ["label0"], message: "Resource not accessible by integration" }] } };
    await withGitHub([forbidden], async ({ repository }) => {
      expect(textOf(await rejected(repository.openIncident({ ...wanted, labelIds: { P0: "L_1" } })))).toContain("issues: write");
    });
  });

  test("a lost answer does not raise the alarm twice, and a lost request is repeated", async () => {
    await withGitHub(["drop", listed(node(7), node(6), node(5, { body: "x" }))], async ({ repository, fake }) => {
      expect((await repository.openIncident(wanted)).opened.number).toBe(6);
      expect(fake.seen).toHaveLength(2);
    });
    await withGitHub(["drop", listed(node(5, { body: "x" })), opened], async ({ repository }) => {
      expect((await repository.openIncident(wanted)).opened.number).toBe(5);
    });
  });

  test("are told once: after a lost answer the comment is looked for, and text and state are written again", async () => {
    const told = { incident: { id: "I_5", number: 5 }, body: "b", comment: { body: "done", mark: "done" }, state: "closed" } as const;
    await withGitHub(["drop", { json: [{ body: "done" }] }, graphql({})], async ({ repository, fake }) => {
      await repository.tellIncident(told);
      expect((fake.seen[2]!.body as { query: string }).query).not.toContain("addComment");
      expect((fake.seen[2]!.body as { query: string }).query).toContain("closeIssue");
    });
    await withGitHub(["drop", { json: [] }, graphql({})], async ({ repository, fake }) => {
      await repository.tellIncident(told);
      expect((fake.seen[2]!.body as { query: string }).query).toContain("addComment");
    });
  });
});

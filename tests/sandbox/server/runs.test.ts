import { afterEach, beforeEach, expect, test } from "@jest/globals";

import { startSandbox } from "../../../src/sandbox/sandbox.ts";
import type { Sandbox } from "../../../src/sandbox/sandbox.ts";
import { attachContract } from "../../contract/attach.ts";
import { all, clientOf } from "./support.ts";
import type { Client, Json } from "./support.ts";

/** A step that calls the API with the job's token and prints status and body. */
const call = (method: string, path: string, body: string): string =>
  `node -e 'fetch(process.env.GITHUB_API_URL + process.argv[2], { method: process.argv[1], headers: { authorization: "Bearer " + process.env.T }, body: process.argv[3] }).then(async (r) => console.log("ANSWER", r.status, r.headers.get("x-accepted-github-permissions"), await r.text()))' ${method} ${path} '${body}'`;

const workflow = (on: string, permissions: string, ...steps: string[]): string => `name: T
on: ${on}
permissions: ${permissions}
jobs:
  work:
    runs-on: ubuntu-latest
    env:
      T: \${{ github.token }}
    outputs:
      x: \${{ steps.last.outputs.x }}
    steps:
${steps.map((step) => `      - run: ${JSON.stringify(step)}\n`).join("")}      - id: last
        run: echo "x=$GITHUB_SHA" >> "$GITHUB_OUTPUT"; echo "## Done" >> "$GITHUB_STEP_SUMMARY"
`;

let sandbox: Sandbox;
let app: Client;
const repo = "/repos/acme/docs";

beforeEach(async () => {
  sandbox = await startSandbox();
  app = clientOf(sandbox, sandbox.tokens.app("instant", all));
});

afterEach(async () => {
  await sandbox.close();
});

function create(files: Readonly<Record<string, string>>): Promise<unknown> {
  return sandbox.createRepository({ owner: "acme", name: "docs", from: { "docs/FAQ.md": "# FAQ\n", ...files }, roles: { ann: "write", eve: "read" } });
}

async function head(branch = "main"): Promise<string> {
  return (await app.rest("GET", `${repo}/git/ref/heads/${branch}`)).body.object.sha;
}

function commit(client: Client, branch: string, expected: string, path = "docs/FAQ.md"): Promise<Json> {
  return client.graphql("mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }", {
    input: {
      branch: { repositoryNameWithOwner: "acme/docs", branchName: branch }, expectedHeadOid: expected, message: { headline: "Change" },
      fileChanges: { additions: [{ path, contents: Buffer.from(`# ${branch} ${expected}\n`).toString("base64") }] },
    },
  });
}

async function openPull(client: Client, branch: string): Promise<Json> {
  const sha = await head();
  await app.rest("POST", `${repo}/git/refs`, { ref: `refs/heads/${branch}`, sha });
  await commit(client, branch, sha);
  return (await client.rest("POST", `${repo}/pulls`, { title: branch, head: branch, base: "main" })).body;
}

/** A token like a job's, without a job around it. */
function jobClient(permissions: Readonly<Record<string, "read" | "write">>): { client: Client; revoke(): void } {
  const { token, revoke } = sandbox.world.tokens.job(sandbox.repository("acme/docs"), 1, "work", permissions);
  return { client: clientOf(sandbox, token), revoke };
}

test("a dispatched run is visible through REST while and after it runs, and as GitHub describes it", async () => {
  const contract = await attachContract(sandbox);
  await create({ ".github/workflows/t.yml": workflow("{ workflow_dispatch: { inputs: { q: { required: true } } } }", "{ contents: read }") });
  const dispatches = `${repo}/actions/workflows/t.yml/dispatches`;
  expect((await app.rest("POST", dispatches, { ref: "main", inputs: { nope: "1", q: "x" } })).body.message).toContain('Unexpected inputs provided: ["nope"]');
  expect((await app.rest("POST", dispatches, { ref: "main" })).status).toBe(422);
  expect((await app.rest("POST", dispatches, { ref: "none", inputs: { q: "x" } })).body.message).toBe("No ref found for: none");
  const started = await app.rest("POST", dispatches, { ref: "main", inputs: { q: "x" }, return_run_details: true });
  const id = started.body.workflow_run_id;
  expect(started.body.html_url).toBe(`${sandbox.urls.server}/acme/docs/actions/runs/${id}`);
  const live: string[] = [];
  sandbox.runs.subscribe((run, event) => live.push(`${run.id} ${event.type}`));
  const run = await sandbox.runs.waitForRun(id);
  expect(run).toMatchObject({ conclusion: "success", jobs: [{ key: "work", conclusion: "success", outputs: { x: await head() } }] });
  expect(run.jobs[0]?.steps.at(-2)?.summary ?? run.jobs[0]?.steps.map((step) => step.summary).join("")).toContain("## Done");
  expect(live).toContain(`${id} run_completed`);
  expect((await app.rest("GET", `${repo}/actions/runs/${id}`)).body).toMatchObject({ status: "completed", conclusion: "success", event: "workflow_dispatch" });
  expect((await app.rest("GET", `${repo}/actions/runs/${id}/jobs`)).body).toMatchObject({ total_count: 1, jobs: [{ name: "work", conclusion: "success" }] });
  expect((await app.rest("GET", `${repo}/actions/runs?event=workflow_dispatch&created=>=2020-01-01&status=success`)).body.total_count).toBe(1);
  expect((await app.rest("GET", `${repo}/actions/workflows/t.yml/runs`)).body.total_count).toBe(1);
  expect((await app.rest("GET", `${repo}/actions/workflows`)).body.workflows[0]).toMatchObject({ name: "T", path: ".github/workflows/t.yml", state: "active" });
  expect((await app.rest("GET", `${repo}/commits/main/check-runs`)).body.check_runs[0]).toMatchObject({ name: "work", app: { slug: "github-actions" }, conclusion: "success" });
  expect((await app.rest("POST", `${repo}/actions/runs/${id}/rerun`)).status).toBe(201);
  expect(await sandbox.runs.waitForRun(id)).toMatchObject({ attempt: 2, conclusion: "success" });
  await sandbox.disableWorkflow("acme/docs", "t.yml");
  expect((await app.rest("POST", dispatches, { ref: "main", inputs: { q: "x" } })).status).toBe(422);
  contract.verify();
});

test("a run is called what its run-name evaluates to, else after its event", async () => {
  const on = "{ workflow_dispatch: { inputs: { q: { required: true } } }, push: {} }";
  await create({
    ".github/workflows/named.yml": `run-name: >-\n  \${{ inputs.q && format('Ask "{0}" for {1} #{2}', inputs.q, vars.team, github.run_number) }}\n${workflow(on, "{}")}`,
    ".github/workflows/plain.yml": workflow("{ workflow_dispatch: {} }", "{}").replace("name: T", "name: Plain"),
  });
  sandbox.setVariable("acme/docs", "TEAM", "docs");
  const titleOf = async (id: number): Promise<string> => (await app.rest("GET", `${repo}/actions/runs/${id}`)).body.display_title;
  const named = await sandbox.runs.dispatch("acme/docs", "named.yml", { q: "Why?" }, "ann");
  expect(await titleOf(named)).toBe('Ask "Why?" for docs #1');
  expect(sandbox.runs.run(named)).toMatchObject({ title: 'Ask "Why?" for docs #1', workflow: "T" });
  expect(await titleOf(await sandbox.runs.dispatch("acme/docs", "plain.yml", {}, "ann"))).toBe("Plain");
  // A push has no inputs: the name is empty.
  await commit(app, "main", await head());
  await sandbox.runs.settled();
  expect(sandbox.runs.list("acme/docs").find((run) => run.event === "push")).toMatchObject({ title: "Change" });
  await Promise.all(sandbox.runs.list("acme/docs").map((run) => sandbox.runs.waitForRun(run.id)));
});

test("a job's token may exactly what the job says, names what is missing, and dies with the job", async () => {
  await create({ ".github/workflows/t.yml": workflow("workflow_dispatch", "{ contents: read }", call("POST", "/repos/acme/docs/issues", '{"title":"x"}'), "echo TOKEN $T | sed s/ghs_/ghs-/") });
  const run = await sandbox.runs.waitForRun(await sandbox.runs.dispatch("acme/docs", "t.yml", {}, "ann"));
  const log = run.jobs[0]?.log ?? "";
  expect(log).toContain('ANSWER 403 issues=write {"message":"Resource not accessible by integration"');
  expect(sandbox.requests.countByJob(run.id).get("work")).toBe(1);
  const { client, revoke } = jobClient({ contents: "read" });
  expect((await client.rest("GET", `${repo}/branches/main`)).status).toBe(200);
  expect((await client.rest("GET", `${repo}/branches/main/protection`)).status).toBe(403);
  expect((await client.rest("GET", "/user")).status).toBe(403);
  revoke();
  expect(await client.rest("GET", `${repo}/branches/main`)).toMatchObject({ status: 401, body: { message: "Bad credentials" } });
});

test("what a job's token does starts no workflow, except the dispatches; its pull requests wait for approval", async () => {
  await create({
    ".github/workflows/push.yml": workflow("push", "{}"),
    ".github/workflows/pr.yml": workflow("pull_request", "{}"),
    ".github/workflows/d.yml": workflow("workflow_dispatch", "{}"),
    ".github/workflows/rd.yml": workflow("{ repository_dispatch: { types: [go] } }", "{}"),
    ".github/workflows/issues.yml": workflow("issues", "{}"),
  });
  const heard: string[] = [];
  sandbox.onWebhook((delivery) => heard.push(delivery.event));
  const { client } = jobClient({ contents: "write", "pull-requests": "write", issues: "write", actions: "write" });
  const sha = await head();
  await client.rest("POST", `${repo}/git/refs`, { ref: "refs/heads/bot", sha });
  await commit(client, "bot", sha);
  const pull = (await client.rest("POST", `${repo}/pulls`, { title: "bot", head: "bot", base: "main" })).body;
  await client.rest("POST", `${repo}/issues`, { title: "x" });
  await sandbox.runs.settled();
  expect(sandbox.runs.list("acme/docs").map((run) => [run.event, run.status])).toEqual([["pull_request", "action_required"]]);
  const [held] = sandbox.runs.list("acme/docs");
  expect((await app.rest("GET", `${repo}/actions/runs/${held?.id}`)).body).toMatchObject({ status: "completed", conclusion: "action_required", head_sha: pull.head.sha });
  expect((await clientOf(sandbox, sandbox.tokens.user("eve")).rest("POST", `${repo}/actions/runs/${held?.id}/approve`)).status).toBe(403);
  expect((await clientOf(sandbox, sandbox.tokens.user("ann")).rest("POST", `${repo}/actions/runs/${held?.id}/approve`)).status).toBe(201);
  expect((await sandbox.runs.waitForRun(held?.id ?? 0)).conclusion).toBe("success");
  await client.rest("PUT", `${repo}/pulls/${pull.number}/merge`, { sha: pull.head.sha });
  expect((await client.rest("POST", `${repo}/actions/workflows/d.yml/dispatches`, { ref: "main" })).status).toBe(204);
  expect((await client.rest("POST", `${repo}/dispatches`, { event_type: "go", client_payload: { a: 1 } })).status).toBe(204);
  expect((await client.rest("POST", `${repo}/dispatches`, { event_type: "stop" })).status).toBe(204);
  await sandbox.runs.settled();
  const events = sandbox.runs.list("acme/docs").map((run) => run.event);
  expect(events).toEqual(["pull_request", "workflow_dispatch", "repository_dispatch"]);
  expect(heard).toEqual(expect.arrayContaining(["push", "pull_request", "issues"]));
  await Promise.all(sandbox.runs.list("acme/docs").map((run) => sandbox.runs.waitForRun(run.id)));
});

test("an app's token starts everything; checks by Actions start nothing; a finished run starts workflow_run", async () => {
  await create({
    ".github/workflows/pr.yml": workflow("pull_request", "{ checks: write }"),
    ".github/workflows/after.yml": workflow("{ workflow_run: { workflows: [T], types: [completed] } }", "{}").replace("name: T", "name: After"),
    ".github/workflows/checks.yml": workflow("[check_run, check_suite]", "{}").replace("name: T", "name: Checks"),
  });
  const pull = await openPull(app, "topic");
  await sandbox.runs.settled();
  const [first] = sandbox.runs.list("acme/docs");
  const run = await sandbox.runs.waitForRun(first?.id ?? 0);
  expect(run).toMatchObject({ event: "pull_request", conclusion: "success", headSha: pull.head.sha, headBranch: "topic" });
  // The workflow itself sees the test merge.
  const merge = sandbox.repository("acme/docs").git.ref(`refs/pull/${pull.number}/merge`);
  expect(run.jobs[0]?.outputs).toEqual({ x: merge });
  await sandbox.runs.settled();
  const after = sandbox.runs.list("acme/docs").filter((one) => one.event === "workflow_run");
  expect(after).toHaveLength(1);
  await sandbox.runs.waitForRun(after[0]?.id ?? 0);
  await sandbox.runs.settled();
  expect(sandbox.runs.list("acme/docs").some((one) => one.event.startsWith("check_"))).toBe(false);
  await app.rest("POST", `${repo}/check-runs`, { name: "c", head_sha: pull.head.sha, status: "completed", conclusion: "success" });
  await sandbox.runs.settled();
  const checks = sandbox.runs.list("acme/docs").filter((one) => one.event.startsWith("check_"));
  expect(checks.length).toBeGreaterThan(0);
  await Promise.all(sandbox.runs.list("acme/docs").map((one) => sandbox.runs.waitForRun(one.id)));
});

test("comments start issue_comment runs from the default branch, with the comment as payload", async () => {
  await create({ ".github/workflows/c.yml": workflow("issue_comment", "{}", 'echo "SAID $(node -p "require(process.env.GITHUB_EVENT_PATH).comment.body")"') });
  const issue = (await app.rest("POST", `${repo}/issues`, { title: "q" })).body;
  await sandbox.runs.comment("acme/docs", issue.number, "/faq What is it?", "ann");
  const [run] = sandbox.runs.list("acme/docs");
  expect((await sandbox.runs.waitForRun(run?.id ?? 0)).jobs[0]?.log).toContain("SAID /faq What is it?");
  expect(run).toMatchObject({ actor: "ann", headSha: await head() });
});

test("GITHUB_TOKEN cannot write workflow files nor open pull requests where that is off", async () => {
  await create({ ".github/workflows/t.yml": workflow("push", "{}") });
  const { client } = jobClient({ contents: "write", "pull-requests": "write" });
  const refused = await commit(client, "main", await head(), ".github/workflows/t.yml");
  expect(refused.errors[0]).toMatchObject({ type: "FORBIDDEN" });
  await client.rest("POST", `${repo}/git/refs`, { ref: "refs/heads/b", sha: await head() });
  await commit(client, "b", await head());
  sandbox.repository("acme/docs").settings.canApprovePullRequestReviews = false;
  expect(await client.rest("POST", `${repo}/pulls`, { title: "b", head: "b", base: "main" })).toMatchObject({
    status: 403, body: { message: "GitHub Actions is not permitted to create or approve pull requests." },
  });
});

test("a fork's run reads only, and gets variables but no secrets", async () => {
  const told = 'echo "KEY=[${{ secrets.KEY }}] TEAM=[${{ vars.TEAM }}] TOKEN=${{ secrets.GITHUB_TOKEN != \'\' }}"';
  await create({
    ".github/workflows/pr.yml": workflow("pull_request", "{ checks: write, contents: read }", call("POST", "/repos/acme/docs/issues/1/comments", '{"body":"hi"}'), told),
    ".github/workflows/target.yml": workflow("pull_request_target", "{}", told),
  });
  sandbox.setSecret("acme/docs", "KEY", "s3cr3t-k3y");
  sandbox.setVariable("acme/docs", "TEAM", "docs");
  sandbox.addUser("mallory");
  const parent = sandbox.repository("acme/docs");
  parent.roles.set("mallory", "read");
  await sandbox.fork(parent, "mallory");
  const mallory = clientOf(sandbox, sandbox.tokens.user("mallory"));
  await mallory.rest("PUT", "/repos/mallory/docs/contents/new.md", { message: "m", content: "aGk=" });
  const made = await mallory.rest("POST", `${repo}/pulls`, { title: "f", head: "mallory:main", base: "main" });
  expect(made.status).toBe(201);
  await sandbox.runs.settled();
  const logOf = async (event: string): Promise<string> => {
    const run = sandbox.runs.list("acme/docs").find((one) => one.event === event);
    return (await sandbox.runs.waitForRun(run?.id ?? 0)).jobs[0]?.log ?? "";
  };
  const log = await logOf("pull_request");
  expect(log).toContain("ANSWER 403");
  expect(log).toContain("KEY=[] TEAM=[docs] TOKEN=true");
  // The same pull request, but files of the base branch: these are trusted.
  expect(await logOf("pull_request_target")).toContain("KEY=[***] TEAM=[docs] TOKEN=true");
  await mallory.rest("PATCH", `${repo}/pulls/${made.body.number}`, { state: "closed" });
  await openPull(app, "own");
  await sandbox.runs.settled();
  const own = sandbox.runs.list("acme/docs").findLast((one) => one.event === "pull_request");
  expect((await sandbox.runs.waitForRun(own?.id ?? 0)).jobs[0]?.log).toContain("KEY=[***]");
  await Promise.all(sandbox.runs.list("acme/docs").map((one) => sandbox.runs.waitForRun(one.id)));
});

test("a killed run is over, reports no more, and can be run again", async () => {
  await create({ ".github/workflows/slow.yml": workflow("workflow_dispatch", "{}", "test -n \"$AGAIN\" || sleep 30") });
  const id = await sandbox.runs.dispatch("acme/docs", "slow.yml", {}, "ann");
  await new Promise<void>((resolve) => {
    sandbox.runs.subscribe((_, event) => event.type === "step_started" && resolve());
  });
  await sandbox.runs.killRun(id);
  expect(sandbox.runs.run(id)).toMatchObject({ status: "completed", conclusion: "failure" });
  sandbox.runs.rerun(id);
  await new Promise<void>((resolve) => {
    sandbox.runs.subscribe((_, event) => event.type === "step_started" && resolve());
  });
  sandbox.runs.cancel(id);
  expect(await sandbox.runs.waitForRun(id)).toMatchObject({ attempt: 2, conclusion: "cancelled" });
});

test("a workflow that cannot run says why and starts nothing", async () => {
  await create({ ".github/workflows/bad.yml": "on: workflow_dispatch\njobs:\n  a:\n    runs-on: ubuntu-latest\n    container: alpine\n    steps:\n      - run: echo\n" });
  const run = await sandbox.runs.waitForRun(await sandbox.runs.dispatch("acme/docs", "bad.yml", {}, "ann"));
  expect(run).toMatchObject({ conclusion: "startup_failure", jobs: [] });
  expect(run.error).toContain("container");
});

/** What a subscriber heard of every run, by event and conclusion. */
function hear(): string[] {
  const heard: string[] = [];
  sandbox.runs.subscribe((run, event) => {
    heard.push(event.type === "run_completed" ? `${run.attempt} ${event.type} ${event.conclusion} ${run.status} ${run.conclusion}` : `${run.attempt} ${event.type}`);
  });
  return heard;
}

test("every run ends for those who listen: refused, killed, or cancelled while it waits", async () => {
  await create({
    ".github/workflows/bad.yml": "on: workflow_dispatch\njobs:\n  a:\n    runs-on: ubuntu-latest\n    container: alpine\n    steps:\n      - run: echo\n",
    ".github/workflows/slow.yml": workflow("workflow_dispatch", "{}", "sleep 30"),
    ".github/workflows/pr.yml": workflow("pull_request", "{}"),
  });
  const heard = hear();
  await sandbox.runs.waitForRun(await sandbox.runs.dispatch("acme/docs", "bad.yml", {}, "ann"));
  expect(heard.splice(0)).toEqual(["1 run_completed failure completed startup_failure"]);
  expect(sandbox.runs.list("acme/docs")[0]?.events).toMatchObject([{ type: "run_completed", conclusion: "failure" }]);
  const slow = await sandbox.runs.dispatch("acme/docs", "slow.yml", {}, "ann");
  await new Promise<void>((resolve) => {
    const stop = sandbox.runs.subscribe((_, event) => event.type === "step_started" && (stop(), resolve()));
  });
  await sandbox.runs.killRun(slow);
  expect(heard.splice(0).at(-1)).toBe("1 run_completed failure completed failure");
  const { client } = jobClient({ contents: "write", "pull-requests": "write" });
  await openPull(client, "bot");
  await sandbox.runs.settled();
  sandbox.runs.cancel(sandbox.runs.list("acme/docs").find((run) => run.event === "pull_request")?.id ?? 0);
  expect(heard).toEqual(["1 run_completed cancelled completed cancelled"]);
});

test("a run that is killed or cancelled before the engine has read its file runs nothing", async () => {
  await create({ ".github/workflows/t.yml": workflow("workflow_dispatch", "{}"), ".github/workflows/bad.yml": "on: workflow_dispatch\njobs: { a: { runs-on: any, container: x, steps: [{ run: echo }] } }\n" });
  const heard = hear();
  const killed = await sandbox.runs.dispatch("acme/docs", "t.yml", {}, "ann");
  await sandbox.runs.killRun(killed);
  expect(heard.at(-1)).toBe("1 run_completed failure completed failure");
  const refused = await sandbox.runs.dispatch("acme/docs", "bad.yml", {}, "ann");
  await sandbox.runs.killRun(refused);
  expect(sandbox.runs.run(refused).status).toBe("completed");
  const cancelled = await sandbox.runs.dispatch("acme/docs", "t.yml", {}, "ann");
  sandbox.runs.cancel(cancelled);
  expect((await sandbox.runs.waitForRun(cancelled)).conclusion).toBe("cancelled");
  expect(heard.filter((line) => line.includes("run_completed"))).toHaveLength(3);
  expect(heard).not.toContain("1 step_started");
  sandbox.runs.rerun(killed);
  expect(await sandbox.runs.waitForRun(killed)).toMatchObject({ attempt: 2, conclusion: "success", jobs: [{ conclusion: "success" }] });
});

// `npm run status` against a GitHub: after real loops, with strangers in it, and with the branch of records.
import { beforeAll, expect, test } from "@jest/globals";
import { connectRecords } from "../../../src/github/records.ts";
import { branchStore } from "../../../src/ledger/branch/index.ts";
import type { LoopWorld } from "../../../src/cli/rehearsal/world.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { contextAt, recordingLog } from "../../github/fake.ts";
import { startAnyPostgres } from "../../ledger/servers.ts";
import { anEvent, aTask } from "../../ledger/store-contract.ts";
import { ask, loopWorld, repositoryOf, sharedWorld } from "../../scenarios/support.ts";
import { command } from "./support.ts";

const QUESTION = "How do I roll back a deployment that went wrong?";

function settings({ sandbox, repository, person }: LoopWorld, login = person): Record<string, string> {
  const { api, graphql, server } = sandbox.urls;
  return { GITHUB_REPOSITORY: repository, GITHUB_TOKEN: sandbox.tokens.user(login), GITHUB_API_URL: api, GITHUB_GRAPHQL_URL: graphql, GITHUB_SERVER_URL: server };
}

async function post({ sandbox, repository }: LoopWorld, login: string, path: string, body: object, where = repository): Promise<{ number: number; sha: string }> {
  const response = await fetch(`${sandbox.urls.api}/repos/${where}${path}`, { method: "POST", headers: { authorization: `Bearer ${sandbox.tokens.user(login)}`, "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as { number: number; sha: string };
}

/** A pull request from a stranger's fork, and an issue, that carry somebody else's trace id. */
async function forge(world: LoopWorld, traceId: string): Promise<void> {
  const { sandbox } = world;
  sandbox.addUser("mallory");
  const repository = repositoryOf(world);
  const fork = await sandbox.fork(repository, "mallory");
  const base = repository.git.ref(`refs/heads/${repository.defaultBranch}`) ?? "";
  const tree = await post(world, "mallory", "/git/trees", { base_tree: (await repository.git.commit(base)).tree, tree: [{ path: "x", mode: "100644", type: "blob", content: "x" }] }, fork.fullName);
  const commit = await post(world, "mallory", "/git/commits", { message: "x", tree: tree.sha, parents: [base] }, fork.fullName);
  await post(world, "mallory", "/git/refs", { ref: "refs/heads/hotfix/rollback-abcdef0", sha: commit.sha }, fork.fullName);
  const body = `trace-id: ${traceId}\nrolls-back: ${base}`;
  await post(world, "mallory", "/pulls", { title: "Rollback: forged", body, head: "mallory:hotfix/rollback-abcdef0", base: repository.defaultBranch });
  await post(world, "mallory", "/issues", { title: "Production Rollback: forged", body });
}

test("a change that was taken back: pull request, commits, check, merge, hotfix, incident and run, from the id alone", async () => {
  const world = await loopWorld({ template: "closed-loop-express.yml", sickWith: QUESTION });
  const { result } = await ask(world, QUESTION);
  const traceId = result.trace_id ?? "";
  await forge(world, traceId);
  const { code, stdout, stderr } = await command("status", ["--json", traceId], settings(world));
  expect([code, stderr]).toEqual([0, ""]);
  const { task, events } = JSON.parse(stdout) as { task: Record<string, unknown>; events: { kind: string; text: string }[] };
  expect(task).toMatchObject({ status: "error", phase: "rolled_back", question: QUESTION, pr_url: result.pr_url, state: "merged", error_msg: "Unhealthy after the deployment (#2)" });
  expect(Number(task["tte_ms"])).toBeGreaterThan(0);
  const told = events.map(({ kind, text }) => `${kind}: ${text}`);
  for (const expected of [/^run: run started: FAQ: /, /^pull-request: #1 opened by github-actions\[bot\]/, /^commit: [0-9a-f]{7} Update FAQ - /, /^decision: check instant\/fast-ci: success$/, /^commit: #1 merged as [0-9a-f]{7} by github-actions\[bot\]$/, /^commit: #2 merged as /, /^alert: #3 Production Rollback: /, /^warning: the run ended as failure \(/]) {
    expect(told.filter((line) => expected.test(line))).toHaveLength(1);
  }
  expect(stdout).not.toContain("forged");
  const shown = await command("status", [traceId], settings(world));
  expect(shown.stdout).toMatch(/^✗ Taken back: Unhealthy after the deployment \(#2\)\n/);
  // A record that was begun only now is brought it, once.
  const recorded = { ...settings(world), INSTANT_LEDGER_BRANCH: "instant-ledger" };
  expect(await command("replay", [], recorded)).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/^the branch instant-ledger of .*: brought 1 task\n$/) });
  expect((await command("replay", [], recorded)).stdout).toMatch(/: nothing to bring\n$/);
  const again = JSON.parse((await command("status", ["--json"], recorded)).stdout) as { finished: Record<string, unknown>[] };
  expect(again.finished).toEqual([expect.objectContaining({ task_id: traceId, status: "error", phase: "rolled_back", question: QUESTION })]);
  const figures = JSON.parse((await command("metrics", ["--json"], recorded)).stdout) as Record<string, unknown>;
  expect(figures).toMatchObject({ total_tasks: 1, success_count: 0, failure_count: 1, whole: { held_days: 0, met: false } });
  // A database that has just begun does not hide it.
  const empty = await startAnyPostgres();
  const beside = await command("metrics", [], { ...recorded, INSTANT_DATABASE_URL: empty.url });
  expect(beside).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("the branch instant-ledger of ") });
  // Beside PostgreSQL a branch is a reserve, which nobody completes.
  const replayed = await command("replay", [], { ...settings(world), INSTANT_LEDGER_BRANCH: "reserve", INSTANT_DATABASE_URL: empty.url });
  expect(replayed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^PostgreSQL at .*: brought 1 task\nthe branch .*: nothing to bring\n$/) });
  await empty.close();
});

/** Of the tests below, which go on one after the other. */
let world: LoopWorld;
beforeAll(async () => void (world = await sharedWorld({ template: "closed-loop-express.yml" })));

test("a repository that the token cannot see, and a task that is not there: what is wrong, and no token", async () => {
  const id = "b17a2f12-2ac5-48c3-963a-5466dec57030";
  const absent = await command("status", [id, "--repo", world.repository], settings(world));
  expect(absent).toMatchObject({ code: 1, stdout: "" });
  expect(absent.stderr).toContain(`Nobody knows the task ${id}: looked in the pull requests and incidents of ${world.repository} on 127.0.0.1`);
  const hidden = await command("status", [id, "--repo", "acme/nothing"], settings(world));
  expect(hidden).toMatchObject({ code: 1, stdout: "" });
  expect(hidden.stderr).toMatch(/acme\/nothing on 127\.0\.0\.1:\d+ could not be asked/);
  const refused = await command("status", [id], { ...settings(world), GITHUB_TOKEN: "ghp_wrongtoken" });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/token/);
  expect(hidden.stderr + refused.stderr).not.toMatch(/ghp_wrongtoken|^\s+at /m);
});

test("a record that a job left unfinished is completed by what GitHub knows; the branch of records is read and named", async () => {
  const { result } = await ask(world, QUESTION);
  const traceId = result.trace_id ?? "";
  const env = settings(world);
  const [owner = "", repo = ""] = world.repository.split("/");
  const { api, graphql, server } = world.sandbox.urls;
  const context = { ...contextAt(""), owner, repo, apiUrl: api, graphqlUrl: graphql, serverUrl: server };
  const files = connectRecords({ context, token: env["GITHUB_TOKEN"] ?? "", branch: "instant-ledger", log: recordingLog(), clock: systemClock });
  const now = Date.now();
  await branchStore({ files, writer: "7-1-generate", clock: systemClock }).write({
    tasks: [aTask({ taskId: traceId, repository: world.repository, status: "running", phase: "pr_open", prUrl: result.pr_url, question: QUESTION, createdAt: now, updatedAt: now })],
    events: [anEvent(traceId, { at: now, text: "opened as told by the job", url: result.pr_url })],
  });
  const { code, stdout } = await command("status", [traceId], { ...env, INSTANT_LEDGER_BRANCH: "instant-ledger" });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^✓ Merged /);
  expect(stdout).toContain("opened as told by the job");
  expect(stdout).not.toMatch(/#1 opened by/);
  expect(stdout).toMatch(new RegExp(`as the branch instant-ledger of ${world.repository} on 127\\.0\\.0\\.1:\\d+, and ${world.repository} on 127\\.0\\.0\\.1:\\d+ know it`));
  const overview = await command("status", [], { ...env, INSTANT_LEDGER_BRANCH: "instant-ledger" });
  expect(overview.stdout).toMatch(/^✓ 1 running; in 7 days 0 done and 0 failed\n/);
  expect((await command("replay", [], { ...env, GITHUB_TOKEN: "ghp_wrongtoken", INSTANT_LEDGER_BRANCH: "instant-ledger" })).code).toBe(1);
  // The run is gone after ninety days, or the token may not see it: merged is known, more is not.
  world.sandbox.faults.add({ match: { path: /\/actions\/runs\/\d+/ }, effect: { type: "answer", status: 404, body: { message: "Not Found", documentation_url: "https://docs.github.com/rest", status: "404" } } });
  const lost = await command("status", ["--json", traceId], env);
  expect(JSON.parse(lost.stdout)).toMatchObject({ task: { status: "running", phase: "merged" } });
  expect(lost.stdout).toContain("a run cannot be read");
});

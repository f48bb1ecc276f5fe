// A sick change is taken back and people are called, whatever somebody without write permission has put in the way before.
import { expect, test } from "@jest/globals";
import { Rig } from "../stages/post-deploy-health/rig.ts";

interface Issue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly { readonly name: string }[];
  readonly user: { readonly login: string };
  readonly pull_request?: unknown;
}

/** What somebody whom nobody knows may send to a public repository. */
function stranger(rig: Rig, login: string) {
  rig.sandbox.addUser(login);
  return async (path: string, body: object, patch = false): Promise<{ readonly status: number; readonly body: { readonly number: number; readonly sha: string } }> => {
    const answer = await fetch(`${rig.sandbox.urls.api}/repos/${path}`, { method: patch ? "PATCH" : "POST", headers: { authorization: `Bearer ${rig.sandbox.tokens.user(login)}`, "content-type": "application/json" }, body: JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as { number: number; sha: string } };
  };
}

test("an issue of theirs that says it is the incident silences no alarm, and a fork's branch named like the hotfix stops neither health nor rollback", async () => {
  await using rig = await Rig.start();
  const repository = rig.sandbox.repository("acme/site");
  repository.private = false;
  const send = stranger(rig, "mallory");
  const sha = await rig.answer("What is new?", "All is BROKEN.");
  const markers = `trace-id: 11111111-2222-4333-8444-555555555555\nrolls-back: ${sha}\n`;
  const labels = ["P0", "incident", "auto-rollback", "instant-paused"];
  expect((await send("acme/site/issues", { title: "Production Rollback: Health check failed", body: markers, labels })).status).toBe(201);

  await rig.sandbox.fork(repository, "mallory");
  const branch = `hotfix/rollback-${sha.slice(0, 7)}`;
  const { tree } = await repository.git.commit(sha);
  const commit = await send("mallory/site/git/commits", { message: `Rollback: x\n\nRolls-Back: ${sha}`, tree, parents: [sha] });
  await send("mallory/site/git/refs", { ref: `refs/heads/${branch}`, sha: commit.body.sha });
  const tricked = await send("mallory/site/git/trees", { base_tree: tree, tree: [{ path: "x.md", mode: "100644", type: "blob", content: "x\n" }] });
  const second = await send("mallory/site/git/commits", { message: "x", tree: tricked.body.sha, parents: [commit.body.sha] });
  await send(`mallory/site/git/refs/heads/${branch}`, { sha: second.body.sha }, true);
  expect((await send("acme/site/pulls", { title: "Rollback: Health check failed", head: `mallory:${branch}`, base: "main", body: markers })).status).toBe(201);

  const health = await rig.run("post-deploy-health", sha);
  expect([health.outputs.verdict, health.reasons.join()]).toEqual(["unhealthy", expect.not.stringContaining("rolled back")]);
  const ran = await rig.run("rollback", sha);
  expect([ran.conclusion, ran.outputs.status, ran.outputs.verdict]).toEqual(["success", "rolled-back", "healthy"]);
  const issues = ((await rig.rest("GET", "/issues?state=all")) as Issue[]).filter((issue) => issue.pull_request === undefined);
  expect(issues.map(({ title, user, labels: given }) => [title, user.login, given.map(({ name }) => name).toSorted()])).toEqual([
    ["Production Rollback: Health check failed", "github-actions[bot]", ["P0", "auto-rollback", "incident"]],
    ["Production Rollback: Health check failed", "mallory", []],
  ]);
}, 60_000);

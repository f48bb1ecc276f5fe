// What somebody without write permission can do to the loop, and somebody with it who pretends to be the loop: each is tried on the
// sandbox with the actions as a runner starts them.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { questionHash } from "../../src/faq/index.ts";
import { attachContract, type Contract } from "../contract/attach.ts";
import { FAQ, type Place, Scene } from "../stages/auto-merge-gate/a-sandbox.ts";
import { TRACE } from "../stages/auto-merge-gate/a-pull.ts";
import { openWorld, type World } from "../stages/faq-generate/harness.ts";

describe("the gate", () => {
  let scene: Scene;
  let contract: Contract;
  beforeAll(async () => {
    scene = await Scene.start();
    contract = await attachContract(scene.sandbox);
  });
  afterAll(async () => {
    await scene.close();
    contract.verify();
  });

  /** A commit as a codespace makes it: GitHub signs for the person who commits, and the author is whoever they say. */
  async function codespaceCommit(here: Place, author: { name: string; email: string }): Promise<string> {
    const { git, signed } = scene.sandbox.repository(`acme/${here.name}`);
    const base = here.ref("main") ?? "";
    const { token } = here.jobToken({ contents: "write" });
    const tree = await post(here, token, "/git/trees", { base_tree: (await git.commit(base)).tree, tree: [{ path: "docs/FAQ.md", mode: "100644", type: "blob", content: `${FAQ}\n## Evil?\n\nYes.\n` }] });
    const person = { name: "Ada", email: scene.sandbox.world.account("ada")?.email };
    const { sha } = await post(here, scene.sandbox.tokens.user("ada"), "/git/commits", { message: `Update FAQ - Evil?\n\nTrace-Id: ${TRACE}`, tree: tree.sha, parents: [base], author, committer: person });
    signed.add(sha);
    return sha;
  }

  async function post(here: Place, token: string, path: string, body: object): Promise<{ sha: string; number: number }> {
    const response = await fetch(`${scene.sandbox.urls.api}/repos/acme/${here.name}${path}`, { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { sha: string; number: number };
  }

  test("merges nothing that a person committed in a bot's name, though GitHub signed it", async () => {
    const here = await scene.repository("codespace");
    const bot = scene.sandbox.world.actionsApp.bot;
    const sha = await codespaceCommit(here, { name: bot.login, email: bot.email });
    await here.ada.createBranch("instant/faq-evil", sha);
    const { number } = await post(here, here.jobToken({ contents: "write", "pull-requests": "write" }).token, "/pulls", { head: "instant/faq-evil", base: "main", title: "Update FAQ - Evil?", body: `trace-id: ${TRACE}\n` });
    await here.check(sha, "success");
    const gated = await here.gate({ "pr-number": String(number), "head-sha": sha });
    expect([gated.exitCode, gated.outputs.decision]).toEqual([1, "blocked"]);
    expect(gated.reasons.join()).toContain("its origin is not proved");
    expect(await here.faq()).toBe(FAQ);
  });

  test("merges no fork's pull request, whatever its title, body, branch and labels say", async () => {
    const here = await scene.repository("forked", { private: false });
    const { sandbox } = scene;
    sandbox.addUser("mallory");
    await sandbox.fork(sandbox.repository("acme/forked"), "mallory");
    const theirs = async (path: string, body: object) => {
      const response = await fetch(`${sandbox.urls.api}/repos/mallory/forked${path}`, { method: "POST", headers: { authorization: `Bearer ${sandbox.tokens.user("mallory")}`, "content-type": "application/json" }, body: JSON.stringify(body) });
      return (await response.json()) as { sha: string };
    };
    const base = here.ref("main") ?? "";
    const tree = await theirs("/git/trees", { base_tree: (await sandbox.repository("acme/forked").git.commit(base)).tree, tree: [{ path: "docs/FAQ.md", mode: "100644", type: "blob", content: `${FAQ}\n## Evil?\n\nYes.\n` }] });
    const bot = sandbox.world.actionsApp.bot;
    const { sha } = await theirs("/git/commits", { message: `Update FAQ - Evil?\n\nTrace-Id: ${TRACE}`, tree: tree.sha, parents: [base], author: { name: bot.login, email: bot.email } });
    await theirs("/git/refs", { ref: `refs/heads/instant/faq-${questionHash("Evil?")}`, sha });
    const { number } = await post(here, sandbox.tokens.user("mallory"), "/pulls", { head: `mallory:instant/faq-${questionHash("Evil?")}`, base: "main", title: "Update FAQ - Evil?", body: `trace-id: ${TRACE}\ninstant-signature: v1=${"0".repeat(64)}\n` });
    await here.check(sha, "success");
    const gated = await here.gate({ "pr-number": String(number) });
    expect([gated.exitCode, gated.outputs.decision]).toEqual([1, "blocked"]);
    expect(gated.reasons.join()).toContain("the fork mallory/forked");
    expect(await here.faq()).toBe(FAQ);
  });
});

describe("a question", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
    world.sandbox.addUser("mallory");
  });
  afterAll(() => world.close());

  const comment = (login: string | null, body: string) => ({ event: "issue_comment", payload: { action: "created", comment: { body, user: login === null ? null : { login } }, sender: { login: "mona" } } });

  test.each([["read"], ["triage"]] as const)("of somebody who may only %s asks no model", async (role) => {
    world.repository.roles.set("mallory", role);
    const asked = world.asked();
    const ran = await world.act({ question: "/faq How do I install Kestrel?" }, comment("mallory", "/faq How do I install Kestrel?"));
    expect([ran.status, ran.outputs.status, world.asked()]).toEqual([1, "refused", asked]);
    expect(ran.outputs.reasons).toContain(`theirs is \`${role}\``);
  });

  test("of an account that is gone asks no model, though somebody who may caused the event", async () => {
    const ran = await world.act({ question: "/faq How do I install Kestrel?" }, comment(null, "/faq How do I install Kestrel?"));
    expect([ran.status, ran.outputs.status, world.asked()]).toEqual([1, "refused", 0]);
  });

  test("is not taken by a stranger's fork that has a branch of its name", async () => {
    const { sandbox, repository } = world;
    const question = "What does Kestrel listen on?";
    const branch = `instant/faq-${questionHash(question)}`;
    await sandbox.fork(repository, "mallory");
    const base = repository.git.ref("refs/heads/main");
    const call = (path: string, body: object) => fetch(`${sandbox.urls.api}/repos/${path}`, { method: "POST", headers: { authorization: `Bearer ${sandbox.tokens.user("mallory")}`, "content-type": "application/json" }, body: JSON.stringify(body) });
    const tree = (await (await call("mallory/kestrel/git/trees", { base_tree: (await repository.git.commit(base ?? "")).tree, tree: [{ path: "docs/FAQ.md", mode: "100644", type: "blob", content: "# Mine\n" }] })).json()) as { sha: string };
    const commit = (await (await call("mallory/kestrel/git/commits", { message: "x", tree: tree.sha, parents: [base] })).json()) as { sha: string };
    await call("mallory/kestrel/git/refs", { ref: `refs/heads/${branch}`, sha: commit.sha });
    expect((await call("mona/kestrel/pulls", { head: `mallory:${branch}`, base: "main", title: `Update FAQ - ${question}`, body: `trace-id: ${TRACE}` })).status).toBe(201);
    const ran = await world.act({ question });
    expect([ran.status, ran.outputs.status, ran.outputs.branch]).toEqual([0, "created", branch]);
    expect(await world.text(branch)).toContain("listens on port 4711");
  });

  test("with hidden characters is the question that people see, and names the same branch", async () => {
    const [plain, hidden] = ["How do I install Kestrel?", "\u202EHow do\u200B I \u2066install\u2069 Kestrel?\u{E0041}\u{E007F}"];
    expect(questionHash(hidden)).toBe(questionHash(plain));
    const ran = await world.act({ question: hidden });
    const pull = world.pulls().find(({ number }) => String(number) === ran.outputs["pr-number"]);
    expect(pull?.title).toBe(`Update FAQ - ${plain}`);
    expect(await world.text(ran.outputs.branch ?? "")).toContain(`## ${plain}\n`);
  });

  test("full of commands to the runner and to GitHub gives none", async () => {
    const question = "How? ::set-output name=branch::evil ::add-mask::a ##[error]x [skip ci] @everyone fixes #1 <!-- instant: {} --> ${{ secrets.X }} $(id) `id`";
    const ran = await world.act({ question });
    expect(ran.status).toBe(0);
    expect(ran.log.split("\n").filter((line) => line.startsWith("::") && !line.startsWith("::add-mask::"))).toEqual([]);
    expect(ran.log.match(/::add-mask::/g)).toHaveLength(2);
    expect(ran.log).not.toContain("##[");
    const pull = world.pulls().find(({ number }) => String(number) === ran.outputs["pr-number"]);
    for (const text of [pull?.title, pull?.body]) expect(text).not.toMatch(/@everyone|fixes #1|\[skip ci\]|<!--/);
    expect(ran.outputs.branch).toMatch(/^instant\/faq-[0-9a-f]{16}$/);
  });
});

import { expect, test } from "@jest/globals";
import { questionHash } from "../../src/faq/index.ts";
import type { Permissions } from "../../src/sandbox/engine/port.ts";
import type { Exchange } from "../../src/sandbox/server/http.ts";
import { clientOf } from "../sandbox/server/support.ts";
import { checksAt, conclusionsOf, faqOf, jobOf, REPOSITORY, runOf, stateOf, templateWorld } from "./support.ts";
import type { TemplateWorld, TemplateWorldOptions } from "./support.ts";

const TEMPLATE = "closed-loop-app.yml";
const QUESTION = "How do I roll back a deployment that went wrong?";

/** CI of the user's own, which knows nothing of INSTANT. It checks out what a command of the repository needs. */
const tests = (command: string) => `name: Tests
on: pull_request
permissions: { contents: read }
jobs:
  test:
    name: test
    runs-on: ubuntu-latest
    steps:
${command.includes("scripts/") ? "      - uses: actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8 # v6.0.1\n" : ""}      - run: ${command}
`;

/** A deployment of the user's own, which only a push starts. */
const deploy = `name: Deploy
on:
  push:
    branches: [main]
permissions: { contents: read }
jobs:
  deploy:
    name: Deploy
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8 # v6.0.1
      - run: node scripts/deploy.mjs
        env:
          DEPLOY_COMMIT: \${{ github.sha }}
          DEPLOY_URL: \${{ vars.DEPLOY_URL }}
          DEPLOY_TOKEN: \${{ secrets.DEPLOY_TOKEN }}
`;

/** What the template's header asks the App to have. */
const GRANTED: Permissions = { contents: "write", "pull-requests": "write", issues: "write", checks: "write", statuses: "read", actions: "read" };

interface Minted {
  readonly token: string;
  readonly permissions: Readonly<Record<string, string>>;
}

interface AppWorld extends TemplateWorld {
  /** Tokens of the App, in the order they were made. */
  readonly minted: Minted[];
}

async function appWorld({ command = "echo fine", granted = GRANTED, deployed = true, ...options }: Partial<TemplateWorldOptions> & { command?: string; granted?: Permissions } = {}): Promise<AppWorld> {
  const world = await templateWorld({
    templates: [TEMPLATE], rules: [{ branch: "main", requiredChecks: ["test"] }], deployed, ...options,
    // The user's own CI runs the smoke checks.
    variables: { INSTANT_SMOKE_COMMAND: "", ...(deployed ? {} : { INSTANT_DEPLOY_WORKFLOW: "", INSTANT_VERSION_URL: "", INSTANT_HEALTH_URLS: "" }), ...options.variables },
    files: { ".github/workflows/tests.yml": tests(command), ...(deployed ? { ".github/workflows/deploy.yml": deploy } : {}), ...options.files },
  });
  const { sandbox } = world;
  const app = await sandbox.installApp({ slug: "loop", permissions: granted, repositories: [REPOSITORY] });
  sandbox.setVariable(REPOSITORY, "INSTANT_APP_CLIENT_ID", app.clientId);
  sandbox.setSecret(REPOSITORY, "INSTANT_APP_PRIVATE_KEY", app.privateKey);
  const minted: Minted[] = [];
  sandbox.onExchange(({ template, status, responseBody }: Exchange) => {
    if (template === "/app/installations/{installation_id}/access_tokens" && status === 201) minted.push(responseBody as Minted);
  });
  return { ...world, minted };
}

async function ask({ sandbox }: TemplateWorld, template = TEMPLATE) {
  return sandbox.runs.waitForRun(await sandbox.runs.dispatch(REPOSITORY, template, { question: QUESTION }, "ada"));
}

test("the user's own CI runs on the bot's pull request, the gate waits for it and merges, the push deploys; each job's token can what it needs and ends with it", async () => {
  const world = await appWorld({ command: "node scripts/smoke.mjs" });
  const run = await ask(world);
  expect(run).toMatchObject({ conclusion: "success", error: undefined });
  expect(conclusionsOf(run)).toEqual({ Generate: "success", CI: "success", Gate: "success", Health: "success", Rollback: "skipped" });
  const [pull] = [...world.sandbox.repository(REPOSITORY).issues.values()];
  expect([pull?.author.login, await stateOf(world, pull?.number ?? 0)]).toEqual(["loop[bot]", "merged"]);
  const sha = pull?.pull?.headSha ?? "";
  const own = await runOf(world, "tests.yml");
  expect(own).toMatchObject({ event: "pull_request", actor: "loop[bot]", headSha: sha, conclusion: "success", attempt: 1 });
  expect(await checksAt(world, sha)).toEqual({ test: "success", "instant/fast-ci": "success" });
  expect(pull?.pull?.mergedAt).toBeGreaterThanOrEqual(own?.completedAt ?? Infinity);
  expect(await runOf(world, "deploy.yml")).toMatchObject({ event: "push", actor: "loop[bot]", headSha: world.head(), conclusion: "success" });
  expect(jobOf(run, "health").outputs).toMatchObject({ verdict: "healthy", "deployed-sha": world.head() });
  expect(world.product.deployedSha()).toBe(world.head());
  expect(world.minted.map((one) => one.permissions)).toEqual([
    { contents: "write", pull_requests: "write", issues: "read", metadata: "read" },
    { contents: "write", pull_requests: "write", checks: "write", statuses: "read", issues: "read", actions: "read", metadata: "read" },
  ]);
  for (const { token } of world.minted) {
    expect((await clientOf(world.sandbox, token).rest("GET", `/repos/${REPOSITORY}`)).status).toBe(401);
    expect(run.jobs.map((job) => job.log).join()).not.toContain(token);
  }
});

test("two questions at once: the one that has to be rebuilt gets the user's own CI again, and both are merged", async () => {
  const world = await appWorld({ deployed: false });
  const { sandbox } = world;
  const ids = await Promise.all([QUESTION, "How do I export all my notes as HTML?"].map((question) => sandbox.runs.dispatch(REPOSITORY, TEMPLATE, { question }, "ada")));
  const runs = await Promise.all(ids.map((id) => sandbox.runs.waitForRun(id)));
  expect(runs.map((run) => run.conclusion)).toEqual(["success", "success"]);
  const rebuilt = runs.map((run) => Number(jobOf(run, "gate").steps.find((step) => step.id === "gate")?.outputs.rounds));
  const pulls = [...sandbox.repository(REPOSITORY).issues.values()].map((issue) => issue.pull);
  expect(pulls.map((pull) => pull?.merged)).toEqual([true, true]);
  for (const pull of pulls) expect(await checksAt(world, pull?.headSha ?? "")).toMatchObject({ test: "success", "instant/fast-ci": "success" });
  const own = sandbox.runs.list(REPOSITORY).filter((run) => run.path === ".github/workflows/tests.yml");
  expect(own).toHaveLength(2 + rebuilt.reduce((sum, rounds) => sum + rounds, 0));
  expect(own.map((run) => run.conclusion)).not.toContain("action_required");
});

test("red CI of the user's own: nothing is merged, and the gate names the check", async () => {
  const world = await appWorld({ command: "exit 1" });
  const before = world.head();
  const run = await ask(world);
  expect(conclusionsOf(run)).toMatchObject({ CI: "success", Gate: "failure", Health: "skipped" });
  expect(jobOf(run, "gate").annotations.map((one) => one.message).join()).toContain("`test`");
  expect(await runOf(world, "deploy.yml")).toBeUndefined();
  expect(world.head()).toBe(before);
});

test("without rules, INSTANT_REQUIRED_CHECKS names what to wait for", async () => {
  const world = await appWorld({ rules: [], deployed: false, variables: { INSTANT_REQUIRED_CHECKS: "instant/fast-ci\ntest" }, command: "sleep 2" });
  const run = await ask(world);
  expect(run.conclusion).toBe("success");
  const [pull] = [...world.sandbox.repository(REPOSITORY).issues.values()];
  expect(pull?.pull?.mergedAt).toBeGreaterThanOrEqual((await runOf(world, "tests.yml"))?.completedAt ?? Infinity);
});

test("what breaks production is taken back by the App, and the push deploys that too", async () => {
  const world = await appWorld({ sickWith: questionHash(QUESTION) });
  const before = await faqOf(world);
  const run = await ask(world);
  expect(conclusionsOf(run)).toMatchObject({ Gate: "success", Health: "failure", Rollback: "success" });
  expect(await faqOf(world)).toBe(before);
  expect(jobOf(run, "rollback").outputs).toMatchObject({ verdict: "healthy", "deployed-sha": world.head() });
  expect(world.minted.at(-1)?.permissions).toEqual({
    contents: "write", pull_requests: "write", issues: "write", checks: "read", statuses: "read", metadata: "read",
  });
});

test("a stranger's comment gets no answer, and the token of its job is gone with it", async () => {
  const world = await appWorld({ deployed: false });
  const { body: issue } = await world.ada.rest("POST", `/repos/${REPOSITORY}/issues`, { title: "Questions" });
  await world.sandbox.runs.comment(REPOSITORY, issue.number, `/faq ${QUESTION}`, "mallory");
  const run = await runOf(world, TEMPLATE);
  expect(conclusionsOf(run)).toEqual({ Generate: "failure", CI: "skipped", Gate: "skipped", Health: "skipped", Rollback: "skipped" });
  expect(jobOf(run, "generate").log).toMatch(/mallory.*write/s);
  expect(world.minted).toHaveLength(1);
  expect((await clientOf(world.sandbox, world.minted[0]?.token).rest("GET", `/repos/${REPOSITORY}`)).status).toBe(401);
});

test("an App that lacks a permission: the job ends at once, in GitHub's words", async () => {
  const world = await appWorld({ deployed: false, granted: { ...GRANTED, "pull-requests": "read" } });
  const run = await ask(world);
  expect(conclusionsOf(run)).toMatchObject({ Generate: "failure", CI: "skipped", Gate: "skipped" });
  expect(jobOf(run, "generate").annotations.map((one) => one.message)).toEqual([expect.stringContaining("The permissions requested are not granted to this installation.")]);
  expect(world.minted).toEqual([]);
});

test("with GITHUB_TOKEN instead, that CI would wait for an approval and that push would start nothing", async () => {
  // The deployment that waits for a push is there, though nothing is looked at behind the merge.
  const variables = { INSTANT_DEPLOY_WORKFLOW: "", INSTANT_VERSION_URL: "", INSTANT_HEALTH_URLS: "" };
  const world = await appWorld({ templates: ["closed-loop.yml"], rules: [], variables });
  const before = world.head();
  expect((await ask(world, "closed-loop.yml")).conclusion).toBe("success");
  await world.sandbox.runs.settled();
  const runs = world.sandbox.runs.list(REPOSITORY).filter((one) => one.path !== ".github/workflows/closed-loop.yml");
  expect(runs.map((one) => [one.path, one.conclusion])).toEqual([[".github/workflows/tests.yml", "action_required"]]);
  expect(world.head()).not.toBe(before);
});

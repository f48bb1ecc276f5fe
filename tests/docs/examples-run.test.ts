// The usage example of every action's README, word for word, in one repository of the sandbox: a question is answered by the first,
// checked by the second, merged by the third, deployed by a platform, judged by the fourth, and taken back by the fifth.
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { type LoopWorld, openWorld } from "../../src/cli/rehearsal/world.ts";
import type { RunReport, StepReport } from "../../src/sandbox/world/actions/report.ts";
import { type Contract, attachContract } from "../contract/attach.ts";
import { exampleOf, read, ROOT } from "./blocks.ts";

const NAMES = ["faq-generate", "fast-ci", "auto-merge-gate", "post-deploy-health", "rollback"] as const;
type Name = (typeof NAMES)[number];
const QUESTION = "How do I roll back a deployment that went wrong?";

let world: LoopWorld;
let contract: Contract;
const ran = new Map<Name, StepReport>();

beforeAll(async () => {
  world = await openWorld();
  contract = await attachContract(world.sandbox);
  for (const name of NAMES) await commit(`.github/workflows/example-${name}.yml`, exampleOf(name));
});

afterAll(async () => {
  await world?.close();
  contract?.verify();
});

/** As a person with write permission. */
async function api(method: string, route: string, body: unknown): Promise<Record<string, unknown>> {
  const { sandbox, repository, person } = world;
  const headers = { authorization: `Bearer ${sandbox.tokens.user(person)}`, "content-type": "application/json" };
  const response = await fetch(`${sandbox.urls.api}/repos/${repository}/${route}`, { method, headers, body: JSON.stringify(body) });
  const answer = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

async function commit(file: string, text: string): Promise<void> {
  await api("PUT", `contents/${file}`, { message: `Add ${file}`, content: Buffer.from(text).toString("base64") });
}

const head = () => {
  const { git, defaultBranch } = world.sandbox.repository(world.repository);
  return git.ref(`refs/heads/${defaultBranch}`) ?? "";
};

/** The newest run of an example, when it is over. */
async function runOf(name: Name): Promise<RunReport> {
  const { runs } = world.sandbox;
  await runs.settled();
  const found = runs.list(world.repository).findLast((run) => run.path.endsWith(`example-${name}.yml`));
  if (found === undefined) throw new Error(`nothing started the example of ${name}`);
  return runs.waitForRun(found.id);
}

/** The step that uses the action, found by its place in the example. */
function keep(name: Name, run: RunReport): StepReport {
  const file = parse(exampleOf(name)) as { jobs: Record<string, { steps: { uses?: string }[] }> };
  const [key, job] = Object.entries(file.jobs)[0] ?? ["", { steps: [] }];
  const at = job.steps.findIndex(({ uses }) => uses === `org/instant/${name}@v1`);
  // Before the first step of a file stands the runner's own "Set up job".
  const step = run.jobs.find((one) => one.key === key)?.steps[at + 1];
  if (step === undefined) throw new Error(`${run.path}: ${run.error ?? JSON.stringify(run.jobs.map((one) => [one.key, one.conclusion, one.log.slice(-2_000)]))}`);
  ran.set(name, step);
  return step;
}

test("every action has an example here", () => {
  const there = readdirSync(path.join(ROOT, "actions")).filter((name) => existsSync(path.join(ROOT, "actions", name, "action.yml")));
  expect([...NAMES].sort()).toEqual(there.sort());
});

test("faq-generate: a question becomes a pull request", async () => {
  const { sandbox, repository, person } = world;
  const id = await sandbox.runs.dispatch(repository, "example-faq-generate.yml", { question: QUESTION }, person);
  const run = await sandbox.runs.waitForRun(id);
  const { outputs } = keep("faq-generate", run);
  expect([run.conclusion, outputs["status"], outputs["phase"]]).toEqual(["success", "created", "pr_open"]);
  expect(sandbox.repository(repository).issues.get(Number(outputs["pr-number"]))?.title).toBe(`Update FAQ - ${QUESTION}`);
});

test("fast-ci: runs on that pull request when a person has approved the bot's run, and is green", async () => {
  const { sandbox, repository } = world;
  await sandbox.runs.settled();
  const waiting = sandbox.runs.list(repository).findLast((run) => run.path.endsWith("example-fast-ci.yml"));
  expect(waiting?.conclusion).toBe("action_required");
  sandbox.runs.approve(waiting?.id ?? 0);
  const run = await runOf("fast-ci");
  const { outputs } = keep("fast-ci", run);
  expect([run.conclusion, outputs["conclusion"], outputs["failed-checks"]]).toEqual(["success", "success", "[]"]);
  expect(outputs["check-run-url"]).toContain(`/${repository}/`);
});

test("auto-merge-gate: follows when CI has ended, and merges what was checked", async () => {
  const run = await runOf("auto-merge-gate");
  const { outputs } = keep("auto-merge-gate", run);
  expect([run.conclusion, outputs["decision"], outputs["reasons"]]).toEqual(["success", "merged", "[]"]);
  expect(outputs["merged-sha"]).toBe(head());
});

test("post-deploy-health: follows when a platform has deployed, and finds it healthy", async () => {
  await world.product.deploy(head());
  const deployment = await api("POST", "deployments", { ref: head(), environment: "production", auto_merge: false, required_contexts: [] });
  await api("POST", `deployments/${String(deployment["id"])}/statuses`, { state: "success" });
  const run = await runOf("post-deploy-health");
  const { outputs } = keep("post-deploy-health", run);
  expect([run.conclusion, outputs["verdict"], outputs["deployed-sha"]]).toEqual(["success", "healthy", head()]);
});

test("rollback: takes the commit back, deploys what was before, and finds it healthy", async () => {
  const { sandbox, repository, person } = world;
  const before = head();
  const id = await sandbox.runs.dispatch(repository, "example-rollback.yml", { commit_sha: before, reason: "Wrong answer" }, person);
  const run = await sandbox.runs.waitForRun(id);
  const { outputs } = keep("rollback", run);
  expect([run.conclusion, outputs["status"], outputs["verdict"]]).toEqual(["success", "rolled-back", "healthy"]);
  expect([outputs["rollback-sha"], world.product.deployedSha()]).toEqual([head(), head()]);
  expect(head()).not.toBe(before);
});

test.each(NAMES)("%s gives the outputs that action.yml names, and no other", (name) => {
  const { outputs } = parse(read(`actions/${name}/action.yml`)) as { outputs: Record<string, unknown> };
  expect(Object.keys(ran.get(name)?.outputs ?? {}).sort()).toEqual(Object.keys(outputs).sort());
});

test.each(NAMES)("%s counts its requests as GitHub does", (name) => {
  const step = ran.get(name);
  const counted = world.sandbox.requests.list().filter((one) => one.kind !== "git" && one.userAgent.startsWith(`instant-${name}`)).length;
  expect([name, Number(step?.outputs["api-requests"])]).toEqual([name, counted]);
});

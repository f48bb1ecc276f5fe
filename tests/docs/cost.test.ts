// What each action costs in GitHub API requests, counted by the sandbox's GitHub, compared with what the documents say
// (tools/generate/measured.json) and with the budgets. After a change that is meant: INSTANT_MEASURE=1, then `npm run generate`.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import type { LoopWorld } from "../../src/cli/rehearsal/world.ts";
import { openWorld } from "../../src/cli/rehearsal/world.ts";
import { rehearse } from "../../src/cli/rehearsal/rehearse.ts";
import { read, ROOT } from "./blocks.ts";

const FILE = "tools/generate/measured.json";
interface Cost {
  readonly what: string;
  readonly requests: number;
  readonly budget?: number;
  /** The requests, sorted: a GraphQL operation with its fields, or method and route. */
  readonly which: readonly string[];
}
type Costs = Record<string, Cost[]>;

const written = JSON.parse(read(FILE)) as Costs;
const measured: Costs = {};
const QUESTION = "How do I roll back a deployment that went wrong?";

function record(action: string, what: string, which: readonly string[], budget?: number): void {
  (measured[action] ??= []).push({ what, requests: which.length, ...(budget === undefined ? {} : { budget }), which: [...which].sort() });
}

/** Requests of one action in one run, as the server saw them. */
function requestsOf(world: LoopWorld, runId: number, action: string): readonly string[] {
  const made = world.sandbox.requests.list({ runId }).filter((one) => one.kind !== "git" && one.userAgent.startsWith(`instant-${action}`));
  return made.map((one) => (one.kind === "graphql" ? `GraphQL ${one.operation ?? ""}: ${one.fields.join(", ")}` : `${one.method} ${(one.template ?? one.path).replace("/repos/{owner}/{repo}", "")}`));
}

const LOOK = "GET /actions/runs/{run_id}";

/** How often a run is looked at depends on how long it takes: that is told apart. */
function withoutLooks(which: readonly string[]): readonly string[] {
  expect(which).toContain(LOOK);
  return which.filter((one) => one !== LOOK);
}

async function inWorld(options: Parameters<typeof openWorld>[0], story: (world: LoopWorld) => Promise<void>): Promise<void> {
  const world = await openWorld(options);
  try {
    await story(world);
  } finally {
    await world.close();
  }
}

async function takeBack(world: LoopWorld, sha: string): Promise<readonly string[]> {
  const { sandbox, repository, person } = world;
  const id = await sandbox.runs.dispatch(repository, "rollback.yml", { commit_sha: sha, reason: "Wrong answer" }, person);
  expect((await sandbox.runs.waitForRun(id)).conclusion).toBe("success");
  return requestsOf(world, id, "rollback");
}

/** The loop without anything to deploy: it ends at the merge. */
function withoutDeployment(world: LoopWorld): void {
  for (const name of ["INSTANT_DEPLOY_WORKFLOW", "INSTANT_VERSION_URL", "INSTANT_HEALTH_URLS"]) world.sandbox.setVariable(world.repository, name, "");
}

test("a question that goes through the loop, and the same question again", async () => {
  await inWorld({}, async (world) => {
    const first = await rehearse(world, QUESTION);
    expect(first.result.phase).toBe("verified");
    record("faq-generate", "a new question", requestsOf(world, first.run.id, "faq-generate"), 5);
    record("fast-ci", "a pull request of the loop", requestsOf(world, first.run.id, "fast-ci"));
    record("auto-merge-gate", "a green pull request", requestsOf(world, first.run.id, "auto-merge-gate"), 4);
    record("post-deploy-health", "a deployment by `deploy-workflow`, and one request more for each look at its run", withoutLooks(requestsOf(world, first.run.id, "post-deploy-health")));
    const again = await rehearse(world, QUESTION);
    expect(again.result.phase).toBe("verified");
    record("faq-generate", "the same question again within the hour", requestsOf(world, again.run.id, "faq-generate"));
    record("auto-merge-gate", "a pull request that is merged already", requestsOf(world, again.run.id, "auto-merge-gate"));
    record("post-deploy-health", "a commit that is served already", requestsOf(world, again.run.id, "post-deploy-health"));
  });
});

test("a question by a comment, and one that is answered with a signature; both taken back: the newest commit, an older one, one that was taken back before", async () => {
  await inWorld({ template: "closed-loop-express.yml" }, async (world) => {
    const { sandbox, repository, person } = world;
    withoutDeployment(world);
    const response = await fetch(`${sandbox.urls.api}/repos/${repository}/issues`, {
      method: "POST",
      headers: { authorization: `Bearer ${sandbox.tokens.user(person)}`, "content-type": "application/json" },
      body: JSON.stringify({ title: "Questions" }),
    });
    const { number } = (await response.json()) as { number: number };
    const asked = async (question: string) => {
      await sandbox.runs.comment(repository, number, `/faq ${question}`, person);
      const run = sandbox.runs.list(repository).findLast((one) => one.path.endsWith(world.template));
      expect((await sandbox.runs.waitForRun(run?.id ?? 0)).conclusion).toBe("success");
      const { git, defaultBranch } = sandbox.repository(repository);
      return { which: requestsOf(world, run?.id ?? 0, "faq-generate"), merged: git.ref(`refs/heads/${defaultBranch}`) ?? "" };
    };
    const older = await asked(QUESTION);
    record("faq-generate", "a new question in a comment", older.which, 5);
    sandbox.setSecret(repository, "INSTANT_SIGNING_KEY", "a key of thirty-two characters, or more");
    const newest = await asked("What are the limits of the free plan?");
    record("faq-generate", "a new question in a comment, signed by `signing-key`", newest.which, 5);
    record("rollback", "the newest commit, nothing to deploy", await takeBack(world, newest.merged), 7);
    record("rollback", "an older commit, by git, nothing to deploy", await takeBack(world, older.merged));
    record("rollback", "a commit that was taken back already", await takeBack(world, older.merged));
  });
});

afterAll(() => {
  if (process.env["INSTANT_MEASURE"]) writeFileSync(path.join(ROOT, FILE), `${JSON.stringify(measured, null, 2)}\n`);
});

test("no budget is exceeded", () => {
  const budgets = Object.values(measured).flat().filter(({ budget }) => budget !== undefined);
  expect(budgets.length).toBeGreaterThanOrEqual(4);
  expect(budgets.filter(({ requests, budget = 0 }) => requests > budget)).toEqual([]);
});

test("the documents say what was measured", () => {
  expect(process.env["INSTANT_MEASURE"] ? measured : written).toEqual(measured);
});

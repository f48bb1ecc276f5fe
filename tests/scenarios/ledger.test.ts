// Whole loops whose tasks go on record. What a single job meets in its stores is in stores.test.ts.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { LoopWorld, WorldOptions } from "../../src/cli/rehearsal/world.ts";
import { connectRecords } from "../../src/github/records.ts";
import { branchStore } from "../../src/ledger/branch/index.ts";
import type { Store, TaskRecord } from "../../src/ledger/port.ts";
import { openPostgres } from "../../src/ledger/postgres/index.ts";
import { openRedis } from "../../src/ledger/redis/index.ts";
import { tteOf } from "../../src/ledger/task.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { contextAt, recordingLog } from "../github/fake.ts";
import { type Server, startPostgres, startRedis } from "../ledger/servers.ts";
import { program, testWith } from "../programs/support.ts";
import { answered, ask, loopWorld } from "./support.ts";

let asked = 0;
/** One nobody asked before: the stores outlive a test, and a question is one task for an hour. */
function newQuestion(): string {
  asked += 1;
  return `How do I roll back deployment ${asked} when it went wrong?`;
}
const NEEDED = ["redis-server", "postgres", "initdb"];
const SECRET = "s3cr3t-w0rd";

let redis: Server;
let postgres: Server;

beforeAll(async () => {
  const paths = NEEDED.map(program).flatMap((found) => ("path" in found ? [found.path] : []));
  const [redisServer, server, initdb] = paths;
  if (redisServer === undefined || server === undefined || initdb === undefined) return;
  [redis, postgres] = await Promise.all([startRedis(redisServer, { password: SECRET, settings: ["--appendonly", "yes", "--appendfsync", "always"] }), startPostgres({ postgres: server, initdb }, { password: SECRET })]);
}, 60_000);
afterAll(async () => {
  await Promise.all([redis?.close(), postgres?.close()]);
});

type Place = "redis" | "postgres" | "branch";

/** A loop whose tasks go on record in these places. */
async function recordedLoop(places: readonly Place[], options: WorldOptions = {}): Promise<LoopWorld> {
  const world = await loopWorld({ template: "closed-loop-express.yml", ...options });
  const { sandbox, repository } = world;
  if (places.includes("redis")) sandbox.setSecret(repository, "INSTANT_REDIS_URL", redis.url);
  if (places.includes("postgres")) sandbox.setSecret(repository, "INSTANT_DATABASE_URL", postgres.url);
  if (places.includes("branch")) sandbox.setVariable(repository, "INSTANT_LEDGER_BRANCH", "instant-ledger");
  return world;
}

/** Every job may write, so that the branch can hold what each has to say. */
const writing = (workflow: string) => workflow.replaceAll(/contents: read #.*/g, "contents: write");

async function openPlace(place: Place, world: LoopWorld): Promise<Store> {
  if (place === "redis") return openRedis(redis.url);
  if (place === "postgres") return openPostgres(postgres.url);
  const { sandbox, repository } = world;
  const [owner = "", repo = ""] = repository.split("/");
  const context = { ...contextAt(""), owner, repo, apiUrl: sandbox.urls.api, graphqlUrl: sandbox.urls.graphql, serverUrl: sandbox.urls.server };
  return branchStore({ files: connectRecords({ context, token: sandbox.tokens.user(world.person), branch: "instant-ledger", log: recordingLog(), clock: systemClock }), writer: "reader", clock: systemClock });
}

async function readFrom(place: Place, world: LoopWorld, taskIds: readonly (string | null)[]): Promise<(TaskRecord | undefined)[]> {
  const store = await openPlace(place, world);
  try {
    const found = await store.readMany(taskIds.map((id) => id ?? ""));
    return taskIds.map((id) => found.get(id ?? ""));
  } finally {
    await store.close();
  }
}

async function heartbeats(place: Place, world: LoopWorld): Promise<number> {
  const store = await openPlace(place, world);
  try {
    return ((await store.heartbeats()) ?? []).length;
  } finally {
    await store.close();
  }
}

const story = ({ events }: TaskRecord) => events.map(({ stage, kind }) => `${stage}: ${kind}`);
/** Of a loop that went well. */
const STORY = [
  "faq-generate: pull-request", "faq-generate: cost", "faq-generate: run", "fast-ci: decision", "fast-ci: run", "auto-merge-gate: decision", "auto-merge-gate: commit", "auto-merge-gate: run",
  "post-deploy-health: deployment", "post-deploy-health: health", "post-deploy-health: health", "post-deploy-health: run",
];
/** Lines of all jobs in which the ledger warned. */
const warningsOf = (jobs: readonly { readonly log: string }[]) => jobs.flatMap(({ log }) => log.split("\n").filter((line) => /ledger goes on without|record of tasks/.test(line)));

describe("a loop whose tasks go on record", () => {
  testWith(NEEDED, "a question that is answered is verified in both, with its whole story; one that is taken back is an error, and says who was called; no heartbeat is left", async () => {
    const [question, sick] = [newQuestion(), newQuestion()];
    const world = await recordedLoop(["redis", "postgres"], { sickWith: sick });
    const { result, run } = await ask(world, question);
    expect(result).toMatchObject({ status: "done", phase: "verified" });
    const taken = await ask(world, sick);
    expect(taken.result).toMatchObject({ status: "error", phase: "rolled_back" });
    for (const place of ["redis", "postgres"] as const) {
      const [record, back] = await readFrom(place, world, [result.trace_id, taken.result.trace_id]);
      if (record === undefined || back === undefined) throw new Error(`${place} does not know both`);
      expect(record.task).toMatchObject({ status: "done", phase: "verified", question, repository: world.repository, prUrl: result.pr_url, state: "merged", errorType: null });
      expect(tteOf(record.task)).toBeGreaterThan(0);
      expect(story(record)).toEqual(STORY);
      expect(record.task).toMatchObject({ claimedAt: expect.any(Number), humanInterventionCount: 0 });
      expect(back.task).toMatchObject({ status: "error", phase: "rolled_back", state: "merged" });
      expect(story(back)).toEqual(expect.arrayContaining(["post-deploy-health: health", "rollback: commit", "rollback: deployment", "rollback: alert"]));
      expect(await heartbeats(place, world)).toBe(0);
    }
    const jobs = [...run.jobs, ...taken.run.jobs];
    expect(warningsOf(jobs)).toEqual([]);
    expect(jobs.map(({ log }) => log).join("\n")).not.toContain(SECRET);
  }, 120_000);

  // That one alone is killed, in the middle of a loop, is a drill (src/cli/drill/drills/services.ts), and at the ledger in tests/ledger/ledger.test.ts.
  testWith(NEEDED, "Redis, then PostgreSQL too, killed in the middle of ten loops: all ten merge, and after the next loop every one is done in both, no branch being set", async () => {
    const world = await recordedLoop(["redis", "postgres"], { sandbox: { maxConcurrentJobs: 20 } });
    const questions = Array.from({ length: 10 }, newQuestion);
    let answering = 0;
    const killing: Promise<unknown>[] = [];
    const unsubscribe = world.sandbox.runs.subscribe((_, event) => {
      if (event.type !== "job_completed" || event.job.key !== "answer") return;
      answering += 1;
      if (answering === 2) killing.push(redis.kill());
      if (answering === 4) killing.push(postgres.kill());
    });
    const ended = await Promise.all(questions.map((question) => ask(world, question)));
    unsubscribe();
    await Promise.all(killing);
    expect(answering).toBe(10);
    expect(ended.map(({ result }) => [result.status, result.phase])).toEqual(questions.map(() => ["done", "verified"]));
    expect(await answered(world, questions)).toEqual(questions.map(() => 1));
    const warnings = ended.flatMap(({ run }) => run.jobs.map(({ log }) => warningsOf([{ log }])));
    // Each action is a process of its own, and says it once of each.
    for (const said of warnings) expect(said.length).toBeLessThanOrEqual(6);
    for (const line of warnings.flat()) expect(line).toMatch(/goes on without (?:redis|postgres)/);
    await Promise.all([redis.start(), postgres.start()]);
    // What one store has the next loop brings to the other; what none has is completed from GitHub, which does not tell of health.
    await ask(world, newQuestion());
    for (const place of ["redis", "postgres"] as const) {
      const records = await readFrom(place, world, ended.map(({ result }) => result.trace_id));
      expect(records.map((record) => [record?.task.status, record?.task.question, record?.task.state, record?.task.prUrl])).toEqual(ended.map(({ result }, index) => ["done", questions[index], "merged", result.pr_url]));
      expect(records.filter((record) => !["verified", "merged"].includes(record?.task.phase ?? ""))).toEqual([]);
      for (const record of records) expect(story(record as TaskRecord)).toEqual(expect.arrayContaining([expect.stringMatching(/: run$/), expect.stringMatching(/: pull-request$/), expect.stringMatching(/: commit$/)]));
    }
  }, 300_000);

  testWith(NEEDED, "both killed in the middle of a loop that has a branch in reserve: when they are back both have its whole story", async () => {
    const world = await recordedLoop(["redis", "postgres", "branch"], { edit: writing });
    const question = newQuestion();
    let killing: Promise<unknown> = Promise.resolve();
    const unsubscribe = world.sandbox.runs.subscribe((_, event) => {
      if (event.type === "job_completed" && event.job.key === "answer") killing = Promise.all([redis.kill(), postgres.kill()]);
    });
    const { result } = await ask(world, question);
    unsubscribe();
    await killing;
    expect(result).toMatchObject({ status: "done", phase: "verified" });
    await Promise.all([redis.start(), postgres.start()]);
    await ask(world, newQuestion());
    for (const place of ["redis", "postgres"] as const) {
      const [record] = await readFrom(place, world, [result.trace_id]);
      expect(record?.task).toMatchObject({ status: "done", phase: "verified", question });
      expect(story(record as TaskRecord)).toEqual(STORY);
    }
  }, 120_000);
});

test("with nothing but a branch the record is on the branch", async () => {
  const question = newQuestion();
  const world = await recordedLoop(["branch"], { template: "closed-loop.yml", edit: writing });
  const { result, run } = await ask(world, question);
  expect(result).toMatchObject({ status: "done", phase: "verified" });
  expect(warningsOf(run.jobs)).toEqual([]);
  const [record] = await readFrom("branch", world, [result.trace_id]);
  expect(record?.task).toMatchObject({ status: "done", phase: "verified", question, prUrl: result.pr_url });
  expect(story(record as TaskRecord)).toEqual(STORY);
}, 120_000);

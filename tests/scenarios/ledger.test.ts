// Whole loops whose tasks go on record in servers. What a single job meets in its stores is in stores.test.ts; one that is taken back, and one that has
// nothing but a branch, in backwards.test.ts.
import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import type { Rehearsal } from "../../src/cli/rehearsal/rehearse.ts";
import type { LoopWorld } from "../../src/cli/rehearsal/world.ts";
import type { Store, TaskRecord } from "../../src/ledger/port.ts";
import { openPostgres } from "../../src/ledger/postgres/index.ts";
import { openRedis } from "../../src/ledger/redis/index.ts";
import { tteOf } from "../../src/ledger/task.ts";
import { command } from "../cli/ledger/support.ts";
import { type Server, startPostgres, startRedis } from "../ledger/servers.ts";
import { program, testWith } from "../programs/support.ts";
import { LEDGER_BRANCH, STORY, story, warningsOf, writing } from "./record.ts";
import { answered, ask, sharedWorld } from "./support.ts";

const questions = Array.from({ length: 10 }, (_, index) => `How do I roll back deployment ${index + 1} when it went wrong?`);
const NEXT = "How do I restore a backup?";
const LAST = "What are the limits of the free plan?";
const NEEDED = ["redis-server", "postgres", "initdb"];
const SECRET = "s3cr3t-w0rd";

let redis: Server;
let postgres: Server;
let world: LoopWorld;

beforeAll(async () => {
  const paths = NEEDED.map(program).flatMap((found) => ("path" in found ? [found.path] : []));
  const [redisServer, server, initdb] = paths;
  if (redisServer === undefined || server === undefined || initdb === undefined) return;
  [redis, postgres, world] = await Promise.all([
    startRedis(redisServer, { password: SECRET, settings: ["--appendonly", "yes", "--appendfsync", "always"] }), startPostgres({ postgres: server, initdb }, { password: SECRET }),
    sharedWorld({ template: "closed-loop-express.yml", edit: writing, sandbox: { maxConcurrentJobs: 20 } }),
  ]);
  // The product's own command, for which CI fetches the commit, has nothing to do with the record.
  world.sandbox.setVariable(world.repository, "INSTANT_SMOKE_COMMAND", "");
  world.sandbox.setSecret(world.repository, "INSTANT_REDIS_URL", redis.url);
  world.sandbox.setSecret(world.repository, "INSTANT_DATABASE_URL", postgres.url);
}, 60_000);
afterAll(async () => {
  await Promise.all([redis?.close(), postgres?.close()]);
});

const PLACES = ["Redis", "PostgreSQL"] as const;
type Place = (typeof PLACES)[number];

async function inPlace<T>(place: Place, look: (store: Store) => Promise<T>): Promise<T> {
  const store = await (place === "Redis" ? openRedis(redis.url) : openPostgres(postgres.url));
  try {
    return await look(store);
  } finally {
    await store.close();
  }
}

/** What a place knows of the tasks of these loops, in their order. */
async function recordsOf(place: Place, ended: readonly Rehearsal[]): Promise<(TaskRecord | undefined)[]> {
  const ids = ended.map(({ result }) => result.trace_id ?? "");
  const found = await inPlace(place, (store) => store.readMany(ids));
  return ids.map((id) => found.get(id));
}

/** Does something to the stores while the loops run, each when so many of their first jobs have ended. @returns how many those were in all. */
async function meanwhile(steps: Readonly<Record<number, () => Promise<unknown>>>, loops: () => Promise<unknown>): Promise<number> {
  let answering = 0;
  let doing: Promise<unknown> = Promise.resolve();
  const unsubscribe = world.sandbox.runs.subscribe((_, event) => {
    if (event.type !== "job_completed" || event.job.key !== "answer") return;
    answering += 1;
    const step = steps[answering];
    if (step !== undefined) doing = doing.then(step);
  });
  try {
    await loops();
  } finally {
    unsubscribe();
    await doing;
  }
  return answering;
}

// The tests go on where the one before ended.
describe("loops whose tasks go on record in Redis and PostgreSQL", () => {
  let ended: readonly Rehearsal[];
  let next: Rehearsal;
  /** Epoch milliseconds. */
  let nextBegan: number;

  testWith(NEEDED, "Redis, then PostgreSQL, then both are killed in the middle of ten loops, no branch being set: all ten merge", async () => {
    const steps = { 2: () => redis.kill(), 4: () => redis.start().then(() => postgres.kill()), 7: () => redis.kill() };
    const answering = await meanwhile(steps, async () => (ended = await Promise.all(questions.map((question) => ask(world, question)))));
    expect(answering).toBe(10);
    expect(ended.map(({ result }) => [result.status, result.phase])).toEqual(questions.map(() => ["done", "verified"]));
    expect(await answered(world, questions)).toEqual(questions.map(() => 1));
    const warnings = ended.flatMap(({ run }) => run.jobs.map(({ log }) => warningsOf([{ log }])));
    // Each action is a process of its own, and says it once of each.
    for (const said of warnings) expect(said.length).toBeLessThanOrEqual(6);
    for (const line of warnings.flat()) expect(line).toMatch(/goes on without (?:redis|postgres)/);
  }, 300_000);

  testWith(NEEDED, "when they are back, the end of the next loop and `npm run replay` bring both up to date: every one of the ten is done in both", async () => {
    await Promise.all([redis.start(), postgres.start()]);
    // What one store has the next loop brings to the other; what none has is completed from GitHub, which does not tell of health: every hour,
    // when a job was not heard of again for some minutes, and at once when a person asks for it.
    nextBegan = Date.now();
    next = await ask(world, NEXT);
    const token = world.sandbox.tokens.user(world.person);
    const addresses = { INSTANT_REDIS_URL: redis.url, INSTANT_DATABASE_URL: postgres.url, GITHUB_TOKEN: token, GITHUB_REPOSITORY: world.repository, GITHUB_API_URL: world.sandbox.urls.api, GITHUB_GRAPHQL_URL: world.sandbox.urls.graphql, GITHUB_SERVER_URL: world.sandbox.urls.server };
    expect(await command("replay", [], addresses)).toMatchObject({ code: 0, stderr: "" });
    for (const place of PLACES) {
      const records = await recordsOf(place, ended);
      expect(records.map((record) => [record?.task.status, record?.task.question, record?.task.state, record?.task.prUrl])).toEqual(ended.map(({ result }, index) => ["done", questions[index], "merged", result.pr_url]));
      expect(records.filter((record) => !["verified", "merged"].includes(record?.task.phase ?? ""))).toEqual([]);
      for (const record of records) expect(story(record as TaskRecord)).toEqual(expect.arrayContaining([expect.stringMatching(/: run$/), expect.stringMatching(/: pull-request$/), expect.stringMatching(/: commit$/)]));
    }
  }, 120_000);

  testWith(NEEDED, "that loop is verified in both with its whole story and without a warning, no password is printed, and no heartbeat of it is left", async () => {
    expect(next.result).toMatchObject({ status: "done", phase: "verified" });
    for (const place of PLACES) {
      const [record] = await recordsOf(place, [next]);
      if (record === undefined) throw new Error(`${place} does not know it`);
      expect(record.task).toMatchObject({ status: "done", phase: "verified", question: NEXT, repository: world.repository, prUrl: next.result.pr_url, state: "merged", errorType: null });
      expect(tteOf(record.task)).toBeGreaterThan(0);
      expect(story(record)).toEqual(STORY);
      expect(record.task).toMatchObject({ claimedAt: expect.any(Number), humanInterventionCount: 0 });
      // Those of jobs that could not take theirs back, as nobody listened, are older.
      const heartbeats = (await inPlace(place, (store) => store.heartbeats())) ?? [];
      expect(heartbeats.filter(({ at }) => at >= nextBegan)).toEqual([]);
    }
    expect(warningsOf(next.run.jobs)).toEqual([]);
    expect([...ended, next].flatMap(({ run }) => run.jobs.map(({ log }) => log)).join("\n")).not.toContain(SECRET);
  });

  testWith(NEEDED, "both killed in the middle of a loop that has a branch in reserve: when they are back both have its whole story", async () => {
    world.sandbox.setVariable(world.repository, "INSTANT_LEDGER_BRANCH", LEDGER_BRANCH);
    let last: Rehearsal | undefined;
    await meanwhile({ 1: () => Promise.all([redis.kill(), postgres.kill()]) }, async () => (last = await ask(world, LAST)));
    if (last === undefined) throw new Error("the loop did not end");
    expect(last.result).toMatchObject({ status: "done", phase: "verified" });
    await Promise.all([redis.start(), postgres.start()]);
    // Asked again it is the same task; the end of that run brings the stores up to date, as that of any other.
    await ask(world, NEXT);
    for (const place of PLACES) {
      const [record] = await recordsOf(place, [last]);
      expect(record?.task).toMatchObject({ status: "done", phase: "verified", question: LAST });
      expect(story(record as TaskRecord)).toEqual(STORY);
    }
  }, 120_000);
});

// What a single job meets in its stores, by the compiled bundles as a runner starts them, with real servers.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { Redis } from "ioredis";
import { type Place, runStage, type Stage, type StageRun } from "../../src/cli/bench/stages.ts";
import { type LoopWorld, openWorld } from "../../src/cli/rehearsal/world.ts";
import { openPostgres } from "../../src/ledger/postgres/index.ts";
import { freePort, type Server, startPostgres, startRedis } from "../ledger/servers.ts";
import { program, testWith } from "../programs/support.ts";
import { DIST, judge as judgeIn } from "./job.ts";

const NEEDED = ["redis-server", "postgres", "initdb"];
const SECRET = "s3cr3t-w0rd";

let world: LoopWorld;
let place: Place;
let redis: Server;
let postgres: Server;

beforeAll(async () => {
  place = { dist: DIST, folder: mkdtempSync(path.join(tmpdir(), "instant-stores-")) };
  const [redisServer, server, initdb] = NEEDED.map(program).map((found) => ("path" in found ? found.path : undefined));
  if (redisServer === undefined || server === undefined || initdb === undefined) {
    world = await openWorld();
    return;
  }
  [world, redis, postgres] = await Promise.all([openWorld(), startRedis(redisServer, { password: SECRET }), startPostgres({ postgres: server, initdb }, { password: SECRET })]);
}, 60_000);
afterAll(async () => {
  await Promise.all([world?.close(), redis?.close(), postgres?.close()]);
  rmSync(place.folder, { recursive: true, force: true });
});

/** The log without the commands by which a job has its runner mask a value. */
const logOf = ({ said }: StageRun) => said.split("\n").filter((line) => !line.startsWith("::add-mask::")).join("\n");
const warningsOf = (run: StageRun) => logOf(run).split("\n").filter((line) => line.startsWith("::warning::"));

const judge = (stores: Readonly<Record<string, string>>) => judgeIn(world, place.folder, stores);

async function sql(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

async function database(name: string, ...statements: readonly string[]): Promise<string> {
  await sql(postgres.url, `CREATE DATABASE ${name}`);
  const url = postgres.url.replace(/postgres$/, name);
  // Who opens it first makes the tables.
  await (await openPostgres(url)).close();
  await sql(url, ...statements);
  return url;
}

async function admin(...command: readonly [string, ...string[]]): Promise<void> {
  const client = new Redis(redis.url);
  await client.call(...command);
  client.disconnect();
}

interface Trouble {
  readonly name: string;
  /** Brings it about. @returns the job's inputs. */
  readonly bring: () => Promise<Readonly<Record<string, string>>>;
  /** What is wrong, and what to do. */
  readonly told: readonly RegExp[];
  readonly mend?: () => Promise<unknown> | void;
}

const OF_REDIS: readonly Trouble[] = [
  { name: "a malformed address of Redis", bring: async () => ({ "redis-url": `http://u:${SECRET}@h` }), told: [/address of Redis is not one/, /redis:\/\/user:password@host/] },
  { name: "a wrong password of Redis", bring: async () => ({ "redis-url": redis.url.replace(SECRET, `not-${SECRET}`) }), told: [/Redis refused the password/, /Correct user and password in `redis-url`/] },
  { name: "a Redis where nobody listens", bring: async () => ({ "redis-url": `redis://:${SECRET}@127.0.0.1:${await freePort()}` }), told: [/Redis does not listen/, /Start it/] },
  {
    name: "a full Redis",
    bring: async () => {
      await admin("CONFIG", "SET", "maxmemory", "1");
      return { "redis-url": redis.url };
    },
    told: [/Redis is full/, /Raise its maxmemory/],
    mend: () => admin("CONFIG", "SET", "maxmemory", "0"),
  },
  {
    name: "a Redis that does not answer",
    bring: async () => {
      redis.pause();
      return { "redis-url": redis.url };
    },
    told: [/without redis: .*did not answer within 2 s/, /See whether it runs and can be reached from the runners/],
    mend: () => redis.resume(),
  },
];

const OF_POSTGRES: readonly Trouble[] = [
  { name: "a malformed address of PostgreSQL", bring: async () => ({ "database-url": `postgres://u:${SECRET}@h:port/d` }), told: [/address of PostgreSQL is not one|database-url/, /postgres:\/\/user:password@host/] },
  { name: "a wrong password of PostgreSQL", bring: async () => ({ "database-url": postgres.url.replace(SECRET, `not-${SECRET}`) }), told: [/PostgreSQL refused the password \(28P01\)/, /Correct the user and password in `database-url`/] },
  {
    name: "a schema from the future",
    bring: async () => ({ "database-url": await database("future", "INSERT INTO instant_migrations (number, name) VALUES (9999, 'from the future')") }),
    told: [/holds version 9999 of INSTANT's tables/, /another workflow that uses the same database runs a newer INSTANT/, /Use the same version of INSTANT/],
  },
  {
    name: "a read-only PostgreSQL",
    bring: async () => ({ "database-url": await database("readonly", "ALTER DATABASE readonly SET default_transaction_read_only = on") }),
    told: [/PostgreSQL is read-only \(25006\)/, /at the primary, not at a replica/],
  },
  {
    name: "a PostgreSQL that does not answer",
    bring: async () => {
      postgres.pause();
      return { "database-url": postgres.url };
    },
    told: [/without postgres: .*did not answer within 2 s/, /See whether it runs and can be reached from the runners/],
    mend: () => postgres.resume(),
  },
];

// One store alone in trouble costs the other nothing: tests/ledger/ledger.test.ts, and that one which never answers has 2 s once.
describe("a job whose stores are in trouble warns once of each, says what to do and no secret, and does its work", () => {
  for (const [index, first] of OF_REDIS.entries()) {
    const troubles = [first, ...OF_POSTGRES.slice(index, index + 1)];
    testWith(NEEDED, troubles.map(({ name }) => name).join(" and "), async () => {
      try {
        const inputs: Record<string, string> = {};
        for (const { bring } of troubles) Object.assign(inputs, await bring());
        // The branch is no part of this.
        const run = await judge(inputs);
        const warnings = warningsOf(run).filter((line) => !line.includes("without branch"));
        expect(warnings).toHaveLength(2);
        for (const { told } of troubles) expect(warnings.filter((line) => told.every((part) => part.test(line)))).toHaveLength(1);
        expect(logOf(run)).not.toContain(SECRET);
      } finally {
        for (const { mend } of troubles) await mend?.();
      }
    });
  }

  testWith(NEEDED, "and one whose stores are well says nothing", async () => {
    expect(warningsOf(await judge({ "redis-url": redis.url, "database-url": postgres.url }))).toEqual([]);
  });
});

test("a job that may not write the branch says once which permission it lacks, and does its work", async () => {
  expect(warningsOf(await judge({ "ledger-branch": "instant-ledger" }))).toEqual([expect.stringMatching(/goes on without branch.*contents: write/)]);
});

type Backend = "nothing" | "Redis" | "PostgreSQL" | "the branch";

const BACKENDS: readonly Backend[] = ["nothing", "Redis", "PostgreSQL", "the branch"];
const PAIRS = BACKENDS.flatMap((one, index) => BACKENDS.slice(index).map((other) => [one, other] as const));

describe("the same question at two machines at once makes one pull request", () => {
  const inputsOf = (backend: Backend): Readonly<Record<string, string>> => {
    if (backend === "Redis") return { "redis-url": redis.url };
    if (backend === "PostgreSQL") return { "database-url": postgres.url };
    return backend === "the branch" ? { "ledger-branch": "instant-ledger" } : {};
  };

  const trial = (one: Backend, other: Backend) => async () => {
    const question = `How do I roll back a deployment, as ${one} and ${other} know it?`;
    const { url, apiKey, models } = world.model ?? { url: "", apiKey: "", models: [] };
    const inputs = { question, "base-url": url, "api-key": apiKey, model: models[0] ?? "" };
    const stage: Stage = { name: "ask", action: "faq-generate", proof: {}, prepare: async () => ({ repository: world.repository, inputs }) };
    const both = await Promise.all([one, other].map((backend) => runStage(world, stage, { ...place, more: inputsOf(backend) })));
    const { issues } = world.sandbox.repository(world.repository);
    expect([...issues.values()].filter((issue) => issue.pull !== undefined && issue.title.includes(`as ${one} and ${other} know it`))).toHaveLength(1);
    expect(both.map(({ outputs }) => outputs["status"]).sort()).toEqual(["created", "duplicate"]);
    expect(new Set(both.map(({ outputs }) => outputs["trace-id"])).size).toBe(1);
    expect(both.flatMap(warningsOf)).toEqual([]);
  };

  for (const [one, other] of PAIRS) {
    const name = `${one} and ${other}`;
    if ([one, other].every((backend) => backend === "nothing" || backend === "the branch")) test(name, trial(one, other));
    else testWith(NEEDED, name, trial(one, other));
  }
});

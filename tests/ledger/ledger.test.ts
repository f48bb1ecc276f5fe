import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Log } from "../../src/kit/log.ts";
import type { StoreOpener } from "../../src/ledger/guard.ts";
import { type Ledger, openLedger } from "../../src/ledger/ledger.ts";
import type { Heartbeat, Store, Task } from "../../src/ledger/port.ts";
import { branchStore } from "../../src/ledger/branch/index.ts";
import { openPostgres } from "../../src/ledger/postgres/index.ts";
import { openRedis } from "../../src/ledger/redis/index.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { program, testWith } from "../programs/support.ts";
import { type Server, startPostgres, startRedis } from "./servers.ts";
import { memory } from "./memory.ts";
import { aHeartbeat, anEvent, aTask, NOW } from "./store-contract.ts";

const NEEDED = ["redis-server", "postgres", "initdb"];
const paths = Object.fromEntries(NEEDED.map((name) => [name, program(name)]));
const ready = Object.values(paths).every((found) => "path" in found);
const pathOf = (name: string): string => {
  const found = paths[name];
  if (found === undefined || "missing" in found) throw new Error(`${name} is missing`);
  return found.path;
};

interface Opened {
  readonly ledger: Ledger;
  readonly warnings: string[];
}

function open(stores: readonly StoreOpener[]): Opened {
  const warnings: string[] = [];
  const log: Log = { debug: () => {}, info: () => {}, warning: (message) => warnings.push(message), error: (message) => warnings.push(message) };
  return { ledger: openLedger({ stores, log, clock: systemClock }), warnings };
}

describe("a record in two real stores", () => {
  let redis: Server;
  let postgres: Server;
  beforeAll(async () => {
    if (!ready) return;
    [redis, postgres] = await Promise.all([startRedis(pathOf("redis-server"), { password: "s3cr3t" }), startPostgres({ postgres: pathOf("postgres"), initdb: pathOf("initdb") }, { password: "s3cr3t" })]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([redis?.close(), postgres?.close()]);
  });
  const both = (): StoreOpener[] => [{ name: "redis", open: () => openRedis(redis.url) }, { name: "postgres", open: () => openPostgres(postgres.url) }];

  testWith(NEEDED, "is written to both at once, and read from either", async () => {
    const { ledger, warnings } = open(both());
    const task = aTask();
    ledger.note(task);
    ledger.note({ ...task, status: "running", startedAt: NOW + 5 });
    ledger.tell(anEvent(task.taskId, { eventId: "one", text: "half \ud83d and \u0000 nothing" }));
    expect([...(await ledger.flush())].sort()).toEqual(["postgres", "redis"]);
    for (const opener of both()) {
      const store = await opener.open();
      expect(await store.read(task.taskId)).toMatchObject({ task: { status: "running", startedAt: NOW + 5 }, events: [{ text: "half \ufffd and  nothing" }] });
      await store.close();
    }
    expect(await ledger.flush()).toEqual([]);
    await ledger.close();
    expect(warnings).toEqual([]);
  });

  testWith(NEEDED, "one that dies costs one warning without its password, and has everything when it is back", async () => {
    for (const [server, name] of [[redis, "redis"], [postgres, "postgres"]] as const) {
      const { ledger, warnings } = open(both());
      const [before, during] = [aTask(), aTask({ status: "done", phase: "merged", finishedAt: NOW, mergedAt: NOW })];
      ledger.note(before);
      expect(await ledger.flush()).toHaveLength(2);
      await server.kill();
      ledger.note(during);
      ledger.tell(anEvent(during.taskId, { eventId: "e" }));
      expect(await ledger.flush()).toEqual([name === "redis" ? "postgres" : "redis"]);
      ledger.note({ ...during, phase: "verified" });
      await ledger.flush();
      expect(await ledger.claim({ repository: "acme/docs", questionHash: randomUUID().slice(0, 8), taskId: during.taskId })).toBe(during.taskId);
      expect((await ledger.read(during.taskId))?.task.phase).toBe("verified");
      await ledger.close();
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(new RegExp(`goes on without ${name}`));
      expect(warnings[0]).not.toMatch(/s3cr3t/);
      await server.start();
      const later = open(both());
      expect(await later.ledger.catchUp()).toEqual(new Map([[name, 1]]));
      expect(await later.ledger.catchUp()).toEqual(new Map());
      await later.ledger.close();
      const opener = both().find((one) => one.name === name) as StoreOpener;
      const store = await opener.open();
      expect(await store.read(during.taskId)).toMatchObject({ task: { status: "done", phase: "verified" }, events: [{ eventId: "e" }] });
      await store.close();
    }
  }, 60_000);

  testWith(NEEDED, "fifty machines that ask the same question at once: one owner, also when a store lost its memory", async () => {
    const question = { repository: "acme/docs", questionHash: randomUUID().slice(0, 16) };
    const machines = Array.from({ length: 10 }, () => open(both()).ledger);
    const claims = Array.from({ length: 50 }, () => randomUUID());
    const owners = await Promise.all(claims.map((taskId, index) => (machines[index % 10] as Ledger).claim({ ...question, taskId })));
    const decided = new Set(owners.filter((owner) => owner !== null));
    expect(decided.size).toBe(1);
    const owner = [...decided][0] as string;
    expect(claims).toContain(owner);
    // Redis restarts empty (nothing is saved there): PostgreSQL still knows, and tells Redis.
    await redis.kill();
    await redis.start();
    const fresh = open(both()).ledger;
    expect(await fresh.claim({ ...question, taskId: randomUUID() })).toBe(owner);
    const onlyRedis = open(both().slice(0, 1)).ledger;
    expect(await onlyRedis.claim({ ...question, taskId: randomUUID() })).toBe(owner);
    await Promise.all([...machines, fresh, onlyRedis].map((ledger) => ledger.close()));
  }, 60_000);

  testWith(NEEDED, "stores that name different owners cannot decide, not for one of fifty that ask at once: the branch has to", async () => {
    const question = { repository: "acme/docs", questionHash: randomUUID().slice(0, 16) };
    const [inRedis, inPostgres] = await Promise.all(both().map((opener) => opener.open())) as [Store, Store];
    await inRedis.claim({ ...question, taskId: randomUUID() });
    await inPostgres.claim({ ...question, taskId: randomUUID() });
    const machines = Array.from({ length: 10 }, () => open(both()).ledger);
    const owners = await Promise.all(Array.from({ length: 50 }, (_, index) => (machines[index % 10] as Ledger).claim({ ...question, taskId: randomUUID() })));
    expect(owners).toEqual(owners.map(() => null));
    await Promise.all([...machines, inRedis, inPostgres].map((one) => one.close()));
  });
});

test("tasks are listed by the first store that has any, and not by one that fails", async () => {
  const listing = (name: Store["name"], list: Store["list"]): StoreOpener => ({ name, open: async () => ({ name, list, close: async () => {} }) as unknown as Store });
  const [mine, theirs] = [aTask(), aTask()];
  const failing = listing("postgres", async () => Promise.reject(new Error("down")));
  expect(await open([listing("redis", async () => [mine]), listing("branch", async () => [theirs])]).ledger.list(0, 9)).toEqual([mine]);
  expect(await open([failing, listing("redis", async () => []), listing("branch", async () => [theirs])]).ledger.list(0, 9)).toEqual([theirs]);
  expect(await open([failing]).ledger.list(0, 9)).toEqual([]);
});

test("what happened of late is told of one repository, from the first store that answers, as far back as it reads quickly", async () => {
  const asked: string[] = [];
  const telling = (name: Store["name"], tasks: number): StoreOpener => ({
    name,
    open: async () => ({
      name, close: async () => {}, list: async () => Array.from({ length: tasks }, () => aTask()),
      tally: async (_: string, repository: string) => void asked.push(`${name} today ${repository}`),
      finished: async (from: number, until: number, repository: string) => {
        asked.push(`${name} ${Math.round((until - from) / 86_400_000)} days ${repository}`);
        return [];
      },
    }) as unknown as Store,
  });
  const month = async (...stores: StoreOpener[]) => (await open(stores).ledger.lately("acme/docs"))?.month;
  expect([await month(telling("postgres", 3), telling("redis", 1)), await month(telling("postgres", 2_000)), await month(telling("redis", 1))]).toEqual([[], null, null]);
  expect(asked).toEqual(["postgres 30 days acme/docs", "redis today acme/docs"]);
});

test("a Redis that was started empty does not hide what the branch beside it knows of late", async () => {
  const now = Date.now();
  const listing = (name: Store["name"], tasks: readonly Task[]): StoreOpener => ({ name, open: async () => ({ name, close: async () => {}, list: async () => tasks, tally: async () => ({ day: "", success: 0, failure: 0, tteMs: [] }) }) as unknown as Store });
  const own = aTask({ updatedAt: now });
  const [failed, older] = [aTask({ status: "error", updatedAt: now - 600_000 }), aTask({ updatedAt: now - 3_000_000 })];
  const lately = async (...stores: StoreOpener[]) => {
    const found = await open(stores).ledger.lately("acme/docs");
    return [found?.tasks, found?.reachMs, found?.today === null];
  };
  const branch = listing("branch", [failed, { ...own, updatedAt: now - 5 }]);
  expect(await lately(listing("redis", [own]), branch)).toEqual([[own, failed], 86_400_000, true]);
  expect(await lately(listing("redis", [own, older]), branch)).toEqual([[own, older], 3_600_000, false]);
  expect(await lately(listing("redis", [own]))).toEqual([[own], 3_600_000, false]);
  expect(await lately(listing("redis", []), { name: "branch", open: () => Promise.reject(new Error("down")) })).toEqual([[], 3_600_000, false]);
});

test("what is written while a store is brought what it missed is not forgotten", async () => {
  const [clock, task] = [{ now: () => NOW, sleep: async () => {} }, aTask()];
  const [from, to] = (["postgres", "redis"] as const).map((name) => ({ ...branchStore({ files: memory().files, writer: name, clock }), name })) as [Store, Store];
  await from.write({ tasks: [task], events: [] });
  await from.noteMissed("redis", [task.taskId]);
  const news = { ...task, status: "done" as const, updatedAt: NOW + 9 };
  let writes = 0;
  const slow: Store = { ...to, write: async (batch) => {
    await to.write(batch);
    // Another job, for which this store is down.
    if ((writes += 1) > 1) return;
    await from.write({ tasks: [news], events: [] });
    await from.noteMissed("redis", [task.taskId]);
  } };
  const { ledger } = open([{ name: "postgres", open: async () => from }, { name: "redis", open: async () => slow }]);
  const rounds = [await ledger.catchUp(), await ledger.catchUp(), await ledger.catchUp()];
  expect(rounds.map((round) => round.get("redis"))).toEqual([1, 1, undefined]);
  expect((await to.read(task.taskId))?.task).toEqual(news);
});

test("who is at work is known when every store that answers knows", async () => {
  const beat = aHeartbeat();
  const beating = (name: Store["name"], answer: () => Promise<readonly Heartbeat[] | null>): StoreOpener => ({ name, open: async () => ({ name, heartbeats: answer, close: async () => {} }) as unknown as Store });
  const [down, knows, unsure] = [beating("postgres", async () => Promise.reject(new Error("down"))), beating("redis", async () => [beat]), beating("postgres", async () => null)];
  const found = await Promise.all([[down, knows], [unsure, knows], [down]].map((stores) => open(stores).ledger.heartbeats()));
  expect(found).toEqual([[beat], null, null]);
});

describe("a store that misbehaves", () => {
  test("one that never answers is given 2 s, once; a ledger of nothing is no trouble", async () => {
    let asked = 0;
    const hanging: StoreOpener = { name: "redis", open: () => new Promise(() => void (asked += 1)) };
    const { ledger, warnings } = open([hanging]);
    const began = performance.now();
    ledger.note(aTask());
    expect(await ledger.flush()).toEqual([]);
    expect(await ledger.claim({ repository: "a/b", questionHash: "x", taskId: randomUUID() })).toBeNull();
    expect(await ledger.read(randomUUID())).toBeNull();
    await ledger.close();
    expect(performance.now() - began).toBeLessThan(6_000);
    expect(asked).toBe(1);
    expect(warnings).toEqual([expect.stringMatching(/without redis: redis did not answer within 2 s/)]);
    const none = open([]).ledger;
    none.note(aTask());
    expect(await none.flush()).toEqual([]);
    expect(await none.catchUp()).toEqual(new Map());
    await none.close();
  }, 20_000);
});

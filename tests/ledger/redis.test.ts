import { randomUUID } from "node:crypto";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Redis } from "ioredis";
import { openRedis } from "../../src/ledger/redis/index.ts";
import { program, testWith } from "../programs/support.ts";
import { refusal } from "./refusal.ts";
import { freePort, type Server, startRedis } from "./servers.ts";
import { aHeartbeat, anEvent, aTask, NOW, storeContract } from "./store-contract.ts";

const found = program("redis-server");
const NEEDED = ["redis-server"];

async function asAdmin<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

if ("missing" in found) {
  testWith(NEEDED, "the store Redis", async () => {});
} else {
  storeContract("Redis", async () => {
    const server = await startRedis(found.path, { password: "p:w@d/ü" });
    const expireClaims = () => asAdmin(server.url, async (redis) => void (await redis.del(...(await redis.keys("agent:faq:hash:*")))));
    const version = await asAdmin(server.url, async (redis) => /redis_version:(\S+)/.exec(await redis.info("server"))?.[1] ?? "");
    return { server: { version, atLeast: 7 }, now: Date.now, open: () => openRedis(server.url), expireClaims, close: () => server.close() };
  });
}

describe("a Redis that does not serve", () => {
  test("an address that is none", async () => {
    for (const url of ["http://:s3cr3t@h", "redis://:s3cr3t@h:port", "s3cr3t", ""]) expect(await refusal(openRedis(url))).toMatch(/address of Redis is not one/);
  });

  test("nobody listens, nobody answers, nobody knows the host", async () => {
    expect(await refusal(openRedis(`redis://:s3cr3t@127.0.0.1:${await freePort()}`))).toMatch(/does not listen/);
    const silent = createServer((socket) => socket.resume().on("error", () => {}));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    const began = performance.now();
    expect(await refusal(openRedis(`redis://:s3cr3t@127.0.0.1:${port}`))).toMatch(/did not answer within 2 s/);
    expect(performance.now() - began).toBeLessThan(6_000);
    silent.close();
    expect(await refusal(openRedis("redis://:s3cr3t@host.invalid"))).toMatch(/host name/);
  }, 20_000);
});

describe("a real Redis", () => {
  let server: Server;
  beforeAll(async () => {
    if ("path" in found) server = await startRedis(found.path, { password: "s3cr3t" });
  });
  afterAll(async () => {
    await server?.close();
  });

  testWith(NEEDED, "says what others rely on: keys, types, fields and how long they live", async () => {
    const store = await openRedis(server.url);
    const task = aTask({ status: "done", phase: "merged", createdAt: NOW - 41_000, finishedAt: NOW, mergedAt: NOW, prUrl: "u/pull/3", startedAt: NOW - 41_000 });
    await store.write({ tasks: [task], events: [anEvent(task.taskId)] });
    await store.claim({ repository: "acme/docs", questionHash: "00ff00ff00ff00ff", taskId: task.taskId });
    const beat = aHeartbeat();
    await store.beat(beat);
    await store.writeAlert("acme/docs", "loop:slow", { text: "{}", revision: 1 }, null);
    await asAdmin(server.url, async (redis) => {
      expect(await redis.hgetall("agent:alert:acme/docs:loop:slow")).toEqual({ text: "{}", revision: "1" });
      expect(await redis.ttl("agent:alert:acme/docs:loop:slow")).toBeGreaterThan(30 * 86_400);
      expect(await redis.hgetall(`agent:task:${task.taskId}`)).toMatchObject({ task_id: task.taskId, trace_id: task.taskId, status: "done", pr_url: "u/pull/3", finished_at: new Date(NOW).toISOString() });
      expect(await redis.get("agent:faq:hash:00ff00ff00ff00ff")).toBe(task.taskId);
      expect(await redis.get("agent:metrics:success:20261120")).toBe("1");
      expect(await redis.zscore("agent:metrics:tte:20261120", task.taskId)).toBe("41000");
      expect(await redis.hgetall(`worker:heartbeat:${beat.id}`)).toMatchObject({ last_heartbeat: new Date(NOW).toISOString(), status: "running", kind: "runner", app_version: "abc1234", current_task_id: beat.currentTaskId, tasks_completed: "3", uptime_seconds: "12.5" });
      for (const [key, seconds] of [[`agent:task:${task.taskId}`, 3_600], ["agent:faq:hash:00ff00ff00ff00ff", 3_600], [`worker:heartbeat:${beat.id}`, 300]] as const) {
        expect(Math.abs((await redis.ttl(key)) - seconds)).toBeLessThan(10);
      }
    });
    await store.close();
  });

  testWith(NEEDED, "keeps for a week what another store missed, whatever is written to it meanwhile", async () => {
    const store = await openRedis(server.url);
    const task = aTask();
    const ttls = () => asAdmin(server.url, (redis) => Promise.all([`agent:task:${task.taskId}`, `agent:task:${task.taskId}:events`].map(async (key) => Math.round((await redis.ttl(key)) / 3_600))));
    await store.write({ tasks: [task], events: [anEvent(task.taskId)] });
    const before = await ttls();
    await store.noteMissed("postgres", [task.taskId, randomUUID()]);
    await store.write({ tasks: [{ ...task, status: "running", updatedAt: NOW + 1 }], events: [anEvent(task.taskId)] });
    expect([before, await ttls()]).toEqual([[1, 1], [7 * 24, 7 * 24]]);
    await store.close();
  });

  testWith(NEEDED, "reads the heartbeats of a product's workers, with a time in seconds too", async () => {
    const store = await openRedis(server.url);
    await asAdmin(server.url, async (redis) => {
      await redis.hset("worker:heartbeat:w1", { last_heartbeat: String(NOW / 1_000), status: "idle" });
      await redis.hset("worker:heartbeat:w2", { last_heartbeat: "never" });
    });
    const beats = await store.heartbeats();
    expect([await store.heartbeats(undefined, -1), await store.heartbeats("worker", -1), await store.heartbeats("runner", -1)]).toEqual([null, null, expect.any(Array)]);
    expect(beats?.find(({ id }) => id === "w1")).toEqual({ id: "w1", kind: "worker", status: "idle", at: NOW, currentTaskId: null, appVersion: null, tasksCompleted: 0, uptimeSeconds: 0 });
    expect(beats?.find(({ id }) => id === "w2")).toBeUndefined();
    await store.close();
  });

  testWith(NEEDED, "forgets the name of a runner whose heartbeat ran out", async () => {
    const store = await openRedis(server.url);
    const [lost, well] = [aHeartbeat(), aHeartbeat()];
    await Promise.all([store.beat(lost), store.beat(well)]);
    await asAdmin(server.url, (redis) => redis.del(`worker:heartbeat:${lost.id}`));
    expect((await store.heartbeats("runner"))?.map(({ id }) => id)).toEqual(expect.not.arrayContaining([lost.id]));
    expect(await asAdmin(server.url, (redis) => redis.smembers("agent:runners"))).toEqual(expect.not.arrayContaining([lost.id]));
    await store.endBeat(well.id);
    await store.close();
  });

  testWith(NEEDED, "one that was started again may have missed something: a look is due at once", async () => {
    const look = { repository: "acme/docs", force: false, everyMs: 3_600_000, leaseMs: 60_000, staleMs: 1e12 };
    const store = await openRedis(server.url);
    expect(await store.beginLook(look)).toEqual({ since: null });
    await store.endLook(look.repository, Date.now());
    expect(await store.beginLook({ ...look, leaseMs: 0 })).toBeNull();
    const left = await asAdmin(server.url, (redis) => redis.hgetall("agent:ledger:look:acme/docs"));
    await server.kill();
    await server.start();
    // It has saved nothing; one that does would have this.
    await asAdmin(server.url, (redis) => redis.hset("agent:ledger:look:acme/docs", left));
    const again = await openRedis(server.url);
    expect(await again.beginLook(look)).toEqual({ since: Number(left["until"]) });
    expect(await again.beginLook(look)).toBeNull();
    await Promise.all([store.close(), again.close()]);
  });

  testWith(NEEDED, "a wrong password, none, a full one, a replica, one that dies: each says what it is", async () => {
    expect(await refusal(openRedis(server.url.replace(":s3cr3t@", ":s3cr3tnot@")))).toMatch(/refused the password/);
    expect(await refusal(openRedis(server.url.replace(":s3cr3t@", "")))).toMatch(/asks for a password/);
    const store = await openRedis(server.url);
    const write = () => store.write({ tasks: [aTask()], events: [] });
    await asAdmin(server.url, (redis) => redis.call("CONFIG", "SET", "maxmemory", "1"));
    expect(await refusal(write())).toMatch(/is full/);
    await asAdmin(server.url, async (redis) => {
      await redis.call("CONFIG", "SET", "maxmemory", "0");
      await redis.call("REPLICAOF", "127.0.0.1", String(await freePort()));
    });
    expect(await refusal(write())).toMatch(/read-only replica|closed the connection/);
    await asAdmin(server.url, (redis) => redis.call("REPLICAOF", "NO", "ONE"));
    const other = await openRedis(server.url);
    await server.kill();
    expect(await refusal(other.read(randomUUID()))).toMatch(/closed the connection/);
    await server.start();
    await Promise.all([store.close(), other.close()]);
  }, 30_000);
});

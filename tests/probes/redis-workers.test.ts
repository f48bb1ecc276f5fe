import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { Redis } from "ioredis";
import { program } from "../../src/cli/programs.ts";
import { type Server, startRedis } from "../../src/cli/servers.ts";
import type { WorkersSpec } from "../../src/probes/port.ts";
import { workersProbe } from "../../src/probes/redis-workers.ts";
import { tcp } from "./hostile.ts";

const found = program("redis-server");
const occasion = { timeoutMs: 2_000, signal: new AbortController().signal, since: 0 };
const spec = (more: Partial<WorkersSpec>): WorkersSpec => ({ kind: "redis-workers", name: "workers", url: "", keys: "worker:heartbeat:*", maxAgeSeconds: 300, atLeast: 1, ...more });
const measure = (more: Partial<WorkersSpec>, timeoutMs = 2_000) => workersProbe(spec(more)).measure({ ...occasion, timeoutMs });

const withRedis = "path" in found ? describe : describe.skip;
const why = "missing" in found ? `: ${found.missing}` : "";

withRedis(`heartbeats in a real Redis${why}`, () => {
  let server: Server;
  let redis: Redis;
  const beat = (id: string, fields: Record<string, string>) => redis.hset(`worker:heartbeat:${id}`, fields);
  const iso = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1_000).toISOString();

  beforeAll(async () => {
    server = await startRedis("path" in found ? found.path : "", { password: "s3cret-of-redis" });
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.close();
  });
  beforeEach(() => redis.call("flushall"));

  test("are fresh as ISO 8601 and as seconds; those of runners are not a product's", async () => {
    await beat("a", { last_heartbeat: iso(10), status: "idle" });
    await beat("b", { last_heartbeat: String(Date.now() / 1_000 - 200), status: "running" });
    await beat("ours", { last_heartbeat: iso(4_000), kind: "runner" });
    expect(await measure({ url: server.url })).toMatchObject({ outcome: "success", detail: "2 workers, the oldest heartbeat 200 s ago" });
    expect(await measure({ url: server.url, atLeast: 3 })).toMatchObject({ outcome: "failure", detail: expect.stringMatching(/^only 2 of 3 workers/) });
    expect(await measure({ url: server.url, maxAgeSeconds: 100 })).toMatchObject({ outcome: "failure", detail: expect.stringMatching(/^1 of 2 heartbeats are older than 100 s: worker:heartbeat:b 200 s ago$/) });
  });

  test("fail when one is old, when one says no time, and when there is none", async () => {
    expect(await measure({ url: server.url })).toMatchObject({ outcome: "failure", detail: "no worker has a heartbeat (worker:heartbeat:*)" });
    expect(await measure({ url: server.url, atLeast: 0 })).toMatchObject({ outcome: "success" });
    await beat("a", { last_heartbeat: iso(10) });
    await beat("b", { last_heartbeat: iso(301) });
    expect(await measure({ url: server.url })).toMatchObject({ outcome: "failure", detail: expect.stringMatching(/^1 of 2 .*worker:heartbeat:b 30\d s ago/) });
    await beat("b", { last_heartbeat: "yesterday" });
    expect(await measure({ url: server.url })).toMatchObject({ outcome: "failure", detail: expect.stringContaining("worker:heartbeat:b without a time") });
    await redis.del("worker:heartbeat:b");
    await beat("c", { last_heartbeat: iso(-30) });
    expect(await measure({ url: server.url })).toMatchObject({ outcome: "success" });
  });

  test("of a thousand workers are read within the time", async () => {
    const pipeline = redis.pipeline();
    for (let index = 0; index < 1_000; index += 1) pipeline.hset(`worker:heartbeat:${index}`, { last_heartbeat: iso(index % 299) });
    await pipeline.exec();
    expect(await measure({ url: server.url })).toMatchObject({ outcome: "success", detail: "1000 workers, the oldest heartbeat 298 s ago" });
  });

  test("a wrong password is an error to measure, and is not told", async () => {
    const seen = await measure({ url: server.url.replace("s3cret-of-redis", "guessed") });
    expect(seen).toMatchObject({ outcome: "error", detail: expect.stringContaining("WRONGPASS") });
    expect(seen.detail).not.toContain("guessed");
    expect(await measure({ url: server.url.replace(":s3cret-of-redis@", "") })).toMatchObject({ outcome: "error", detail: expect.stringContaining("NOAUTH") });
  });
});

describe("a Redis that does not answer is an error to measure", () => {
  test.each([["nobody listens", "redis://127.0.0.1:1"], ["another scheme", "https://127.0.0.1:1"], ["no name", "redis://redis.invalid:6379"]])("%s", async (_, url) => {
    expect(await measure({ url })).toMatchObject({ outcome: "error", detail: expect.stringMatching(/^Redis could not be asked: ./) });
  });

  test("one that takes a connection and says nothing, within the time", async () => {
    await using server = await tcp(() => {});
    const start = Date.now();
    expect(await measure({ url: server.url.replace("http", "redis") }, 300)).toMatchObject({ outcome: "error", detail: expect.stringContaining("no complete answer within 300 ms") });
    expect(Date.now() - start).toBeLessThan(1_500);
  });
});

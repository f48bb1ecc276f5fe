// `npm run status`, `metrics` and `replay` on a real Redis and a real PostgreSQL.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import type { StoreOpener } from "../../../src/ledger/guard.ts";
import { openLedger } from "../../../src/ledger/ledger.ts";
import type { Batch, Store } from "../../../src/ledger/port.ts";
import { openPostgres } from "../../../src/ledger/postgres/index.ts";
import { openRedis } from "../../../src/ledger/redis/index.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { recordingLog } from "../../github/fake.ts";
import { freePort, type Server, startPostgres, startRedis } from "../../ledger/servers.ts";
import { aHeartbeat, anEvent, aTask } from "../../ledger/store-contract.ts";
import { program, testWith } from "../../programs/support.ts";
import { command } from "./support.ts";

const NEEDED = ["redis-server", "postgres", "initdb"];
const paths = NEEDED.map(program);
const SECRET = "s3cr3t/ü";

async function write(store: Promise<Store>, batch: Partial<Batch>): Promise<void> {
  const open = await store;
  await open.write({ tasks: [], events: [], ...batch });
  await open.close();
}

describe("with a real Redis and a real PostgreSQL", () => {
  let redis: Server;
  let postgres: Server;
  let both: Record<string, string>;
  beforeAll(async () => {
    const [server, main, init] = paths.map((found) => ("path" in found ? found.path : undefined));
    if (server === undefined || main === undefined || init === undefined) return;
    [redis, postgres] = await Promise.all([startRedis(server, { password: SECRET }), startPostgres({ postgres: main, initdb: init }, { password: SECRET })]);
    both = { INSTANT_REDIS_URL: redis.url, INSTANT_DATABASE_URL: postgres.url };
  }, 60_000);
  afterAll(async () => {
    await Promise.all([redis?.close(), postgres?.close()]);
  });

  testWith(NEEDED, "the story of a task that each store knows a part of, told once, in order, from the id alone", async () => {
    const now = Date.now();
    const task = aTask({ status: "running", phase: "pr_open", question: "How do I export?", createdAt: now - 50_000, updatedAt: now - 40_000, prUrl: "https://example.test/acme/docs/pull/7", state: "open" });
    const cost = anEvent(task.taskId, { at: now - 45_000, kind: "cost", text: "answered by m", url: null, data: { tokens: 1_200, ms: 2_500, model: "m" } });
    const opened = anEvent(task.taskId, { at: now - 42_000, text: "opened #7", url: task.prUrl });
    const alert = anEvent(task.taskId, { at: now - 1_000, stage: "post-deploy-health", kind: "alert", text: "503 from /healthz", url: null, data: {} });
    await write(openRedis(redis.url), { tasks: [task], events: [cost, opened] });
    await write(openPostgres(postgres.url), { tasks: [{ ...task, status: "error", phase: "deployed", state: "merged", mergedAt: now - 30_000, finishedAt: now - 500, errorType: "health", errorMsg: "503 from /healthz", updatedAt: now - 500 }], events: [alert, opened] });
    const { code, stdout, stderr } = await command("status", [task.taskId.toUpperCase()], both);
    expect([code, stderr]).toEqual([0, ""]);
    const lines = stdout.split("\n");
    expect(lines.slice(0, 2)).toEqual(["✗ Merged, and production is not known to be healthy: 503 from /healthz", "  “How do I export?”"]);
    expect(stdout).toMatch(/cost +1,200 tokens, 2\.5 s\n/);
    expect(lines.findIndex((line) => line.includes("answered by m"))).toBeLessThan(lines.findIndex((line) => line.includes("opened #7")));
    expect(lines.filter((line) => line.includes("opened #7"))).toHaveLength(1);
    expect(stdout).toContain(`PostgreSQL at 127.0.0.1:${postgres.port}/postgres, and Redis at 127.0.0.1:${redis.port} know it`);
    const json = JSON.parse((await command("status", ["--json", task.taskId], both)).stdout) as Record<string, unknown>;
    expect(json).toMatchObject({ task: { task_id: task.taskId, trace_id: task.taskId, status: "error", phase: "deployed", tte_ms: 20_000, error_type: "health" }, costs: { tokens: 1_200, ms: 2_500 }, warnings: [] });
    expect((json["events"] as { text: string }[]).map(({ text }) => text)).toEqual(["answered by m", "opened #7", "503 from /healthz"]);
  });

  testWith(NEEDED, "a task that nobody knows: where it was looked for, and what could not be asked", async () => {
    const id = randomUUID();
    const unknown = await command("status", [id], both);
    expect(unknown).toMatchObject({ code: 1, stdout: "" });
    expect(unknown.stderr).toContain(`Nobody knows the task ${id}: looked in PostgreSQL at 127.0.0.1:${postgres.port}/postgres, and in Redis at 127.0.0.1:${redis.port}`);
    const half = await command("status", [id], { ...both, INSTANT_DATABASE_URL: `postgres://instant:wrong-${SECRET.replace("/", "%2F")}@127.0.0.1:${postgres.port}/postgres` });
    expect(half.stderr).toContain(`Nobody knows the task ${id}: looked in Redis`);
    expect(half.stderr).toContain("PostgreSQL at 127.0.0.1");
    expect(half.stderr).toMatch(/refused the password[^]*`INSTANT_DATABASE_URL`/);
    expect(unknown.stderr + half.stderr).not.toContain("s3cr3t");
  });

  testWith(NEEDED, "the overview: what runs, what is stuck, who is silent, what ended last", async () => {
    const now = Date.now();
    const [running, stuck, ended] = [aTask({ status: "running", question: "Running?", updatedAt: now }), aTask({ status: "running", question: "Stuck?", updatedAt: now - 700_000 }), aTask({ status: "done", phase: "verified", question: "Done?", updatedAt: now, finishedAt: now })];
    await write(openRedis(redis.url), { tasks: [running] });
    await write(openPostgres(postgres.url), { tasks: [running, stuck, ended] });
    const store = await openRedis(redis.url);
    await store.beat(aHeartbeat({ id: "runner-silent", at: now - 150_000, currentTaskId: stuck.taskId }));
    await store.beat(aHeartbeat({ id: "runner-well", at: now, currentTaskId: running.taskId }));
    await store.close();
    const { code, stdout } = await command("status", [], both);
    expect(code).toBe(0);
    expect(stdout.split("\n")[0]).toMatch(/^✗ \d+ running, 1 stuck, 1 silent worker; in 7 days \d+ done and \d+ failed$/);
    expect(stdout).toMatch(/\nStuck\n\n✗ Stuck\?\n[^]*\nSilent workers\n\n✗ runner-silent, a runner, silent for 2 min [^]*\nRunning\n[^]*◐ Running\?\n[^]*\nFinished last\n[^]*✓ Done\?\n/);
    const json = JSON.parse((await command("status", ["--json"], both)).stdout) as Record<string, { worker_id?: string; task_id?: string }[]>;
    expect(json["stuck"]).toMatchObject([{ task_id: stuck.taskId, worker_id: "runner-silent" }]);
    expect(json["stale_heartbeats"]).toMatchObject([{ worker_id: "runner-silent", stuck_task_id: stuck.taskId }]);
    expect(json["running"]?.filter(({ task_id }) => task_id === running.taskId)).toHaveLength(1);
  });

  testWith(NEEDED, "metrics are those of CONTRACTS, from PostgreSQL or from Redis, and say where there is no data", async () => {
    const at = Date.UTC(2026, 8, 1, 12);
    const done = (ms: number, day = 0) => aTask({ status: "done", phase: "verified", prUrl: "https://example.test/acme/docs/pull/7", startedAt: at + day, createdAt: at + day, mergedAt: at + day + ms, finishedAt: at + day + ms, updatedAt: at + day + ms });
    const tasks = [done(30_000), done(50_000), done(100_000), aTask({ status: "error", phase: "ci_failed", createdAt: at, startedAt: at, finishedAt: at + 5, updatedAt: at + 5 }), done(10_000, -86_400_000)];
    await Promise.all([write(openRedis(redis.url), { tasks }), write(openPostgres(postgres.url), { tasks })]);
    const expected = { date: "20260901", total_tasks: 4, success_count: 3, failure_count: 1, success_rate_percent: 75, tte_ms: { p50: 50_000, p95: 100_000, p99: 100_000 }, slo_met: { tte_under_60s: false, success_rate_above_99: false } };
    for (const [name, url] of Object.entries(both)) {
      const { objectives, whole, ...metrics } = JSON.parse((await command("metrics", ["--json", "--day", "20260901"], { [name]: url })).stdout) as Record<string, unknown>;
      expect(metrics).toEqual(expected);
      expect(objectives).toHaveLength(6);
      expect(whole).toEqual({ held_days: 0, of_days: 30, met: false });
    }
    const { code, stdout } = await command("metrics", ["--day", "20260901", "--days", "3"], both);
    expect(code).toBe(0);
    expect(stdout).toMatch(/20260830 +0 +0 +0 +no data +no data +no data +no data\n/);
    expect(stdout).toMatch(/20260831 +1 +1 +0 +100% +10\.0 s/);
    expect(stdout).toMatch(/together +5 +4 +1 +80% /);
    expect(stdout).toMatch(/✗ TTE P95 +day +≤ 60 s +1 min 40 s +alarm\n/);
    expect(stdout).toMatch(/✗ CI pass +week +≥ 95% +80% +alarm\n/);
    expect(stdout).toMatch(/✓ worker and entry availability +month +≥ 99\.5% +100% +met\n/);
    expect(stdout).toMatch(/! all of them, without a day missed +30 days +0 days +missed\n/);
    expect((await command("metrics", ["--day", "20260831"], both)).stdout).toMatch(/– all of them, without a day missed +30 days +1 day +the record does not reach back further\n/);
    const fromRedis = await command("metrics", ["--day", "20260901"], { INSTANT_REDIS_URL: redis.url });
    expect(fromRedis.stdout).toMatch(/– CI pass +week +≥ 95% +no data\n/);
    expect(JSON.parse((await command("metrics", ["--json", "--day", "20200101"], both)).stdout)).toMatchObject({ date: "20200101", total_tasks: 0, success_count: 0, failure_count: 0, success_rate_percent: null, tte_ms: { p50: null, p95: null, p99: null }, slo_met: { tte_under_60s: null, success_rate_above_99: null }, whole: { held_days: 0, met: null } });
  });

  testWith(NEEDED, "what a store missed is brought to it, as often as it takes; a store that is down is an exit status", async () => {
    const openers: StoreOpener[] = [{ name: "redis", open: () => openRedis(redis.url) }, { name: "postgres", open: () => openPostgres(postgres.url) }];
    const clean = await command("replay", [], both);
    expect(clean).toMatchObject({ code: 0, stderr: "", stdout: `PostgreSQL at 127.0.0.1:${postgres.port}/postgres: nothing to bring\nRedis at 127.0.0.1:${redis.port}: nothing to bring\n` });
    await postgres.kill();
    const ledger = openLedger({ stores: openers, log: recordingLog(), clock: systemClock });
    const tasks = Array.from({ length: 230 }, () => aTask({ status: "done", phase: "merged", finishedAt: Date.now(), updatedAt: Date.now() }));
    for (const task of tasks) ledger.note(task);
    expect(await ledger.flush()).toEqual(["redis"]);
    await ledger.close();
    const down = await command("replay", ["--json"], both);
    expect(down.code).toBe(1);
    expect(JSON.parse(down.stdout)).toMatchObject({ brought: { postgres: 0, redis: 0 }, complete: false, warnings: [expect.stringMatching(/without postgres: PostgreSQL does not listen/)] });
    await postgres.start();
    expect(await command("replay", [], both)).toMatchObject({ code: 0, stdout: expect.stringContaining(`PostgreSQL at 127.0.0.1:${postgres.port}/postgres: brought 230 tasks`) });
    expect(JSON.parse((await command("replay", ["--json"], both)).stdout)).toEqual({ brought: { postgres: 0, redis: 0 }, complete: true, warnings: [] });
    expect((await command("status", [tasks[229]?.taskId ?? ""], { INSTANT_DATABASE_URL: postgres.url })).stdout).toMatch(/^✓ Merged/);
    expect(down.stdout + down.stderr).not.toContain("s3cr3t");
  }, 120_000);
});

describe("without a store that answers", () => {
  test("nothing is set: one error says what to set, each time", async () => {
    for (const name of ["status", "metrics", "replay"] as const) {
      const { code, stdout, stderr } = await command(name, []);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(new RegExp(`^npm run ${name}: Nothing says where tasks are on record\\n[^]*INSTANT_DATABASE_URL`));
    }
  });

  test("nobody listens: one warning each, one error, no password and no stack", async () => {
    const port = await freePort();
    const env = { INSTANT_REDIS_URL: `redis://:s3cr3t@127.0.0.1:${port}`, INSTANT_DATABASE_URL: `postgres://u:s3cr3t@127.0.0.1:${port}/d` };
    for (const [name, args] of [["status", []], ["status", [randomUUID()]], ["metrics", []]] as const) {
      const { code, stdout, stderr } = await command(name, args, env);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr.match(/does not listen/g)).toHaveLength(2);
      expect(stderr).toMatch(/could not be asked|could be asked/);
      expect(stderr).not.toMatch(/s3cr3t|^\s+at /m);
    }
    expect((await command("replay", [], env)).code).toBe(1);
  });
});

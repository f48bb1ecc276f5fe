import { spawn } from "node:child_process";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import { expect, test } from "@jest/globals";
import { MACHINE } from "../fakes/action-process.ts";
import { freePort } from "./servers.ts";

const url = (path: string) => JSON.stringify(pathToFileURL(resolve(path)).href);

/** A job of its own, which opens the record as an action does; gives what it loaded and warned of. */
function job(settings: Readonly<Record<string, string>>, work = ""): Promise<{ loaded: string[]; warnings: string[]; answer: unknown; ms: number }> {
  const program = `
    import { registerHooks } from "node:module";
    const loaded = new Set();
    registerHooks({ resolve(specifier, context, next) { const found = next(specifier, context); loaded.add(found.url); return found; } });
    const warnings = [];
    const { openRecord } = await import(${url("actions/ledger.ts")});
    const { setTimeout: sleep } = await import("node:timers/promises");
    const log = { debug() {}, info() {}, warning: (text) => warnings.push(text), error() {} };
    const clock = { now: () => Date.now(), sleep: (ms, signal) => sleep(ms, undefined, { signal }) };
    const context = { owner: "acme", repo: "docs", runId: "7", runAttempt: 1, job: "j", apiUrl: "http://127.0.0.1:9", graphqlUrl: "http://127.0.0.1:9/graphql", serverUrl: "http://127.0.0.1:9" };
    const ledger = await openRecord({ token: "t", redisUrl: "", databaseUrl: "", ledgerBranch: "", ...${JSON.stringify(settings)} }, { context, log, clock, telemetry: null });
    const began = performance.now();
    let answer = null;
    ${work}
    process.on("exit", () => process.stdout.write(JSON.stringify({ loaded: [...loaded], warnings, answer, isNull: ledger === null, ms: performance.now() - began })));`;
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], { env: MACHINE, stdio: ["ignore", "pipe", "pipe"], timeout: 30_000 });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data) => (out += String(data)));
    child.stderr.on("data", (data) => (err += String(data)));
    child.once("error", reject);
    child.once("close", () => (out.startsWith("{") ? done(JSON.parse(out)) : reject(new Error(err))));
  });
}

const own = (loaded: readonly string[]) => loaded.filter((one) => /\/src\/(ledger|github)\//.test(one));
const drivers = (loaded: readonly string[]) => [...new Set(loaded.flatMap((one) => /node_modules\/(pg|ioredis)\//.exec(one)?.[1] ?? []))];

test("with no place set there is no ledger, and nothing of it is loaded", async () => {
  const { loaded } = await job({}, "if (ledger !== null) throw new Error('a ledger of nothing');");
  expect(own(loaded)).toEqual([]);
  expect(drivers(loaded)).toEqual([]);
});

test("with a place set only its own code is loaded, and that when it is first needed", async () => {
  expect(drivers((await job({ redisUrl: "redis://127.0.0.1:1", databaseUrl: "postgres://a@127.0.0.1:1/b" })).loaded)).toEqual([]);
  const [redisPort, postgresPort] = [await freePort(), await freePort()];
  const beat = "await ledger.beat({ id: 'x', kind: 'runner', status: 'running', at: 1, currentTaskId: null, appVersion: null, tasksCompleted: 0, uptimeSeconds: 0 }); await ledger.close();";
  const redis = await job({ redisUrl: `redis://127.0.0.1:${redisPort}` }, beat);
  expect(drivers(redis.loaded)).toEqual(["ioredis"]);
  expect(redis.warnings).toEqual([expect.stringMatching(/^The ledger goes on without redis: Redis does not listen/)]);
  const postgres = await job({ databaseUrl: `postgres://a@127.0.0.1:${postgresPort}/b` }, beat);
  expect(drivers(postgres.loaded)).toEqual(["pg"]);
  expect(postgres.warnings).toHaveLength(1);
});

const NOTE = `
  const now = Date.now();
  ledger.tell({ taskId: "6f1c2f6e-6a53-4c5b-9a0b-5a8c5f4b8a11", eventId: "7-1-j-0", at: now, stage: "x", kind: "run", text: "t", url: null, data: {} });
  answer = await ledger.flush();
  await ledger.close();`;
const places = ({ warnings }: { readonly warnings: readonly string[] }) => warnings.map((warning) => /without (\w+)/.exec(warning)?.[1]).sort();

test("Redis alone is no record: the branch is written beside it; beside PostgreSQL only as a reserve that is named", async () => {
  const [redisUrl, databaseUrl] = [`redis://127.0.0.1:${await freePort()}`, `postgres://a@127.0.0.1:${await freePort()}/b`];
  expect(places(await job({ redisUrl }, NOTE))).toEqual(["branch", "redis"]);
  expect(places(await job({ databaseUrl }, NOTE))).toEqual(["postgres"]);
  expect(places(await job({ databaseUrl, ledgerBranch: "ledger" }, NOTE))).toEqual(["branch", "postgres"]);
  expect(places(await job({ redisUrl, databaseUrl }, NOTE))).toEqual(["postgres", "redis"]);
  expect(places(await job({ ledgerBranch: "ledger" }, NOTE))).toEqual(["branch"]);
}, 60_000);

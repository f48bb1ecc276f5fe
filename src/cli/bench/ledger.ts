import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { interruptible } from "../interrupt.ts";
import type { Store } from "../../ledger/port.ts";
import { program } from "../programs.ts";
import type { LoopWorld } from "../rehearsal/world.ts";
import { startPostgres, startRedis } from "../servers.ts";
import { BARE, type Footprint, footprintIn, median, timeBeside, watched } from "./measure.ts";
import { type Counter, countRoundTrips } from "./round-trips.ts";
import { type Place, runStage, type Stage, type StageRun, stagesOf } from "./stages.ts";
import { aligned, megabytes, rounded } from "./table.ts";

/**
 * What a stage may take more with Redis and PostgreSQL than with neither, as a multiple of a bare node: the 60 ms of the design are three of
 * the bare nodes that it was measured with (docs/decisions/0026-cost-of-the-record.md).
 */
export const LEDGER_BUDGET = 2;

const PROGRAMS = ["redis-server", "postgres", "initdb"] as const;

const HELP = `npm run bench -- ledger [options]

Runs compiled stages against the sandbox, in turn with a Redis and a PostgreSQL for the record of tasks, with neither, and with a bare node.
Needs redis-server and postgres; without them it is skipped, and says so.

  --repeats N        rounds per stage (default 15)
  --only TEXT        stages whose name has this in it
  --dist DIR         another folder than dist
  --times-advisory   a broken time budget is printed, but does not fail: for machines shared with others
  --json             one JSON object on standard output
`;

interface Timed {
  readonly bareMs: number;
  readonly withoutMs: number;
  readonly withMs: number;
  /** Median of the differences within rounds. */
  readonly differenceMs: number;
  /** That difference as a multiple of a bare node. */
  readonly ratio: number;
}

interface Row extends Timed {
  readonly name: string;
  readonly requests: { readonly without: number; readonly with: number };
  readonly peakRssBytes: { readonly without: number; readonly with: number };
  readonly roundTrips: { readonly redis: number; readonly postgres: number };
  /** Code of the ledger that a run loads which keeps no record. */
  readonly strayFiles: readonly string[];
  readonly broken: readonly Budget[];
}

type Budget = "time" | "requests" | "code";
const TOLD: Readonly<Record<Budget, string>> = { time: "over budget", requests: "more requests to GitHub", code: "loads the ledger without a store" };

/** What `npm run bench -- ledger` does; answers with the exit status. @throws Error when a stage cannot be run. */
export async function benchLedger(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      repeats: { type: "string", default: "15" },
      only: { type: "string", default: "" },
      dist: { type: "string", default: fileURLToPath(new URL("../../../dist", import.meta.url)) },
      "times-advisory": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const repeats = Number(values.repeats);
  if (!Number.isInteger(repeats) || repeats < 1 || repeats > 1_000) throw new Error(`--repeats ${values.repeats}: give a whole number from 1 to 1000.`);
  const dist = path.resolve(values.dist);
  if (!existsSync(path.join(dist, "faq-generate", "index.js"))) throw new Error(`there are no bundles in ${values.dist}. Make them with \`npm run build\`.`);
  const found = programs();
  if ("missing" in found) return skip(found.missing, values.json);
  const bench = await interruptible(openBench(found.paths, dist));
  try {
    const passes = values["times-advisory"] ? 1 : PASSES;
    const rows = await bench.unlessInterrupted(measureAll(bench.value, { repeats, passes, only: values.only }));
    if (rows.length === 0) throw new Error(`no stage has "${values.only}" in its name.`);
    const failing = rows.some(({ broken }) => broken.some((budget) => budget !== "time" || !values["times-advisory"]));
    process.stdout.write(values.json ? toJson(repeats, rows, !failing) : toTable(repeats, rows));
    count({ passed: failing ? 0 : 1, failed: failing ? 1 : 0, skipped: 0 });
    return failing ? 1 : 0;
  } finally {
    await bench.close();
  }
}

function programs(): { readonly paths: Record<(typeof PROGRAMS)[number], string> } | { readonly missing: string } {
  const found = PROGRAMS.map((name) => [name, program(name)] as const);
  const missing = found.flatMap(([, one]) => ("missing" in one ? [one.missing] : []));
  if (missing.length > 0) return { missing: missing.join("; ") };
  return { paths: Object.fromEntries(found.map(([name, one]) => [name, "path" in one ? one.path : ""])) as Record<(typeof PROGRAMS)[number], string> };
}

function skip(reason: string, json: boolean): number {
  process.stdout.write(json ? `${JSON.stringify({ bench: "ledger", skipped: reason }, null, 2)}\n` : `skipped: ${reason}.\nOn Debian and Ubuntu: apt-get install redis-server postgresql\n`);
  count({ passed: 0, failed: 0, skipped: 1 });
  return 0;
}

/** As the tests tell .ci/run (tools/jest-counts.mjs): one that was skipped must not look like one that passed. */
function count(counts: { readonly passed: number; readonly failed: number; readonly skipped: number }): void {
  if (process.env.INSTANT_TEST_COUNTS) writeFileSync(process.env.INSTANT_TEST_COUNTS, JSON.stringify(counts));
}

type Inputs = Readonly<Record<"redis-url" | "database-url", string>>;

interface Bench {
  readonly world: LoopWorld;
  readonly place: Place;
  /** The stores. */
  readonly stores: Inputs;
  /** The same, through counters of round trips. */
  readonly counted: Inputs & { readonly redis: Counter; readonly postgres: Counter };
  close(): Promise<void>;
}

async function openBench(paths: Record<(typeof PROGRAMS)[number], string>, dist: string): Promise<Bench> {
  // The sandbox is big; a wrong argument should not wait for it.
  const [{ openWorld }, { openRedis }, { openPostgres }] = await Promise.all([import("../rehearsal/world.ts"), import("../../ledger/redis/index.ts"), import("../../ledger/postgres/index.ts")]);
  const ending: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const end of ending.splice(0).reverse()) await end();
  };
  const kept = <T extends { close(): Promise<void> }>(one: T): T => {
    ending.push(() => one.close());
    return one;
  };
  try {
    const folder = mkdtempSync(path.join(tmpdir(), "instant-bench-"));
    ending.push(async () => rmSync(folder, { recursive: true, force: true }));
    const redis = kept(await startRedis(paths["redis-server"], { password: "bench" }));
    const postgres = kept(await startPostgres({ postgres: paths.postgres, initdb: paths.initdb }, { password: "bench" }));
    const [toRedis, toPostgres] = [kept(await countRoundTrips(redis.port)), kept(await countRoundTrips(postgres.port))];
    const begun = async (repository: string) => lookedAt(repository, [await openRedis(redis.url), await openPostgres(postgres.url)]);
    // By HTTPS, as GitHub is asked: what the drivers share with it is loaded on both sides.
    const world = kept(await openWorld({ sandbox: { warm: true, tls: true } }));
    world.sandbox.addUser("bench");
    const through = (url: string, port: number) => Object.assign(new URL(url), { port: String(port) }).href;
    return {
      world, place: { dist, folder, begun }, stores: { "redis-url": redis.url, "database-url": postgres.url }, close,
      counted: { "redis-url": through(redis.url, toRedis.port), "database-url": through(postgres.url, toPostgres.port), redis: toRedis, postgres: toPostgres },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What the first loop of a repository does once, and the next only after an hour: it is not what a job costs. */
async function lookedAt(repository: string, stores: readonly Store[]): Promise<void> {
  for (const store of stores) {
    await store.beginLook({ repository, force: true, everyMs: 0, leaseMs: 0, staleMs: 0 });
    await store.endLook(repository, Date.now());
    await store.close();
  }
}

/** How often a stage that seems too slow is timed: noise of the machine only ever adds, so its quietest pass counts. */
const PASSES = 3;

interface Effort {
  readonly repeats: number;
  readonly passes: number;
}

async function measureAll(bench: Bench, { only, ...effort }: Effort & { readonly only: string }): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const stage of stagesOf(bench.world, bench.place).filter(({ name }) => name.includes(only))) rows.push(await measure(bench, stage, effort));
  return rows;
}

async function measure(bench: Bench, stage: Stage, { repeats, passes }: Effort): Promise<Row> {
  const { redis, postgres, ...counted } = bench.counted;
  // Twice, because the first of all makes the schema.
  await watch(bench, stage, counted);
  for (const counter of [redis, postgres]) counter.take();
  const seen = { without: await watch(bench, stage, {}), with: await watch(bench, stage, counted) };
  const roundTrips = { redis: redis.take(), postgres: postgres.take() };
  if (roundTrips.redis === 0 || roundTrips.postgres === 0) throw new Error(`${stage.name} did not ask both stores.`);
  let best = await timePass(bench, stage, repeats);
  for (let pass = 1; pass < passes && best.ratio > LEDGER_BUDGET; pass += 1) {
    const again = await timePass(bench, stage, repeats);
    if (again.ratio < best.ratio) best = again;
  }
  const requests = { without: seen.without.run.requests, with: seen.with.run.requests };
  const strayFiles = seen.without.footprint.loadedFiles.filter((file) => isOfLedger(path.join(bench.place.dist, stage.action, file)));
  const held: Readonly<Record<Budget, boolean>> = { time: best.ratio <= LEDGER_BUDGET, requests: requests.with <= requests.without, code: strayFiles.length === 0 };
  return {
    name: stage.name, ...best, requests, roundTrips, strayFiles,
    peakRssBytes: { without: seen.without.footprint.peakRssBytes, with: seen.with.footprint.peakRssBytes },
    broken: (Object.keys(held) as Budget[]).filter((budget) => !held[budget]),
  };
}

/** Sentences that only the stores' own code holds. */
function isOfLedger(file: string): boolean {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return ["The address of Redis is not one", "The address of PostgreSQL is not one", "The ledger goes on without"].some((sentence) => text.includes(sentence));
}

async function watch(bench: Bench, stage: Stage, more: Readonly<Record<string, string>>): Promise<{ readonly run: StageRun; readonly footprint: Footprint }> {
  const file = path.join(bench.place.folder, "footprint.json");
  const run = await runStage(bench.world, stage, { ...bench.place, more, around: (subject) => watched(subject, file) });
  return { run, footprint: footprintIn(readFileSync(file, "utf8"), (url) => statSync(url).size) };
}

/** Each round in the other order than the one before it, so that whatever changes over time falls on all alike. */
async function timePass(bench: Bench, stage: Stage, repeats: number): Promise<Timed> {
  const rounds: { bare: number; without: number; with: number }[] = [];
  for (let round = -1; round < repeats; round += 1) {
    const took = { bare: Number.NaN, without: Number.NaN, with: Number.NaN };
    for (const side of round % 2 === 0 ? (["bare", "without", "with"] as const) : (["with", "without", "bare"] as const)) {
      const { ms } = side === "bare" ? await timeBeside(BARE) : await runStage(bench.world, stage, { ...bench.place, more: side === "with" ? bench.stores : {} });
      took[side] = ms;
    }
    if (round >= 0) rounds.push(took);
  }
  const [bareMs, differenceMs] = [median(rounds.map(({ bare }) => bare)), median(rounds.map((round) => round.with - round.without))];
  return { bareMs, withoutMs: median(rounds.map(({ without }) => without)), withMs: median(rounds.map((round) => round.with)), differenceMs, ratio: differenceMs / bareMs };
}

function toJson(repeats: number, rows: readonly Row[], held: boolean): string {
  const stages = rows.map((row) => ({
    name: row.name, bare_ms: rounded(row.bareMs), without_ms: rounded(row.withoutMs), with_ms: rounded(row.withMs), difference_ms: rounded(row.differenceMs), ratio: rounded(row.ratio), requests: row.requests,
    round_trips: row.roundTrips, peak_rss_bytes: row.peakRssBytes, stray_files: row.strayFiles, broken: row.broken,
  }));
  return `${JSON.stringify({ bench: "ledger", node: process.version, repeats, budget: { ratio: LEDGER_BUDGET }, held, stages }, null, 2)}\n`;
}

function toTable(repeats: number, rows: readonly Row[]): string {
  const pair = ({ without, with: more }: { readonly without: number | string; readonly with: number | string }) => `${without} → ${more}`;
  const lines = [
    ["stage", "without", "with", "difference", "× bare node", "requests", "round trips", "peak memory", ""],
    ...rows.map((row) => [
      row.name, `${row.withoutMs.toFixed(1)} ms`, `${row.withMs.toFixed(1)} ms`, `${row.differenceMs.toFixed(1)} ms`, row.ratio.toFixed(2), pair(row.requests),
      `${row.roundTrips.redis} + ${row.roundTrips.postgres}`, pair({ without: megabytes(row.peakRssBytes.without), with: megabytes(row.peakRssBytes.with) }),
      row.broken.length === 0 ? "ok" : row.broken.map((budget) => TOLD[budget]).join(", "),
    ]),
    ["budget", "", "", "", `≤ ${LEDGER_BUDGET}`, "the same", "", "", ""],
  ];
  return `Medians of ${repeats} rounds: without a store, with Redis and PostgreSQL, and a bare node ${process.version}, which takes ${median(rows.map(({ bareMs }) => bareMs)).toFixed(1)} ms.\nRequests are those to GitHub, round trips those to Redis and to PostgreSQL.\n\n${aligned(lines)}\n`;
}

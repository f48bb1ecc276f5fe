import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parsePairs } from "../../sandbox/engine/files.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { interruptible } from "../interrupt.ts";
import { type Change, changesFor } from "./ci-changes.ts";
import { footprintIn, median, type Subject, timeBeside, timeBesideBare, watched } from "./measure.ts";
import { aligned, megabytes, rounded } from "./table.ts";

/** DESIGN 9: memory of any action. */
const MEMORY_LIMIT = 160 * 1024 * 1024;

const HELP = `npm run bench -- ci [options]

Runs the compiled fast-ci on pull requests of the sandbox, in turn with a bare \`node -e 0\`: 24 changed files of 800, all 800, and a
real OpenAPI description. The job has checked its repository out; one line shows what it takes when the action fetches it.

  --repeats N        rounds (default 10)
  --only TEXT        changes whose name has this in it
  --dist DIR         another folder than dist
  --times-advisory   a broken time budget is printed, but does not fail: for machines shared with others
  --json             one JSON object on standard output
`;

interface Row {
  readonly name: string;
  readonly limit: number | null;
  readonly ms: number;
  readonly ratio: number;
  /** To GitHub. */
  readonly requests: number;
  readonly peakRssBytes: number;
  readonly broken: readonly ("time" | "memory")[];
}

/** What `npm run bench -- ci` does; answers with the exit status. @throws Error when a run did something else than what is measured. */
export async function benchCi(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      repeats: { type: "string", default: "10" },
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
  const bundle = path.resolve(values.dist, "fast-ci", "index.js");
  if (!existsSync(bundle)) throw new Error(`there is no bundle of fast-ci in ${values.dist}. Make it with \`npm run build\`.`);
  const bench = await interruptible(openBench());
  try {
    const effort = { repeats, passes: values["times-advisory"] ? 1 : PASSES, only: values.only };
    const { bareMs, rows } = await bench.unlessInterrupted(measureAll(bench.value, bundle, effort));
    if (rows.length === 0) throw new Error(`no change has "${values.only}" in its name.`);
    const failing = rows.some(({ broken }) => broken.some((budget) => budget !== "time" || !values["times-advisory"]));
    process.stdout.write(values.json ? toJson(bareMs, repeats, rows, !failing) : toTable(bareMs, repeats, rows));
    return failing ? 1 : 0;
  } finally {
    await bench.close();
  }
}

interface Bench {
  readonly sandbox: Sandbox;
  readonly folder: string;
  close(): Promise<void>;
}

async function openBench(): Promise<Bench> {
  const folder = await mkdtemp(path.join(tmpdir(), "instant-bench-"));
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  // The sandbox is big; a wrong argument should not wait for it.
  const { startSandbox } = await import("../../sandbox/sandbox.ts");
  const sandbox = await startSandbox({ warm: true }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  sandbox.addUser("bench");
  const close = async () => {
    await sandbox.close();
    await remove();
  };
  return { sandbox, folder, close };
}

/** How often a change that seems too slow is timed: noise of the machine only ever adds, so its quietest pass counts. */
const PASSES = 3;

interface Effort {
  readonly repeats: number;
  readonly passes: number;
}

async function measureAll(bench: Bench, bundle: string, { only, ...effort }: Effort & { readonly only: string }): Promise<{ bareMs: number; rows: readonly Row[] }> {
  const rows: Row[] = [];
  const bare: number[] = [];
  for (const change of await changesFor(bench.sandbox, bench.folder, only)) {
    // The first run may keep what those after it find.
    if (change.inputs["cache-dir"] !== undefined) await runOnce(bench, bundle, { ...change, proof: "" }, false);
    const seen = await runOnce(bench, bundle, change, true);
    const best = await timeBesideBare(() => runOnce(bench, bundle, change, false), { ...effort, limit: limitOf(change) });
    bare.push(best.bareMs);
    const held = { time: best.ratio <= limitOf(change), memory: seen.peakRssBytes <= MEMORY_LIMIT };
    const broken = (["time", "memory"] as const).filter((budget) => !held[budget]);
    rows.push({ name: change.name, limit: change.limit, ms: best.ms, ratio: best.ratio, requests: seen.requests, peakRssBytes: seen.peakRssBytes, broken });
  }
  return { bareMs: median(bare), rows };
}

const limitOf = ({ limit }: Change) => limit ?? Number.POSITIVE_INFINITY;

const PERMISSIONS = { contents: "read", "pull-requests": "read", checks: "write" } as const;

/** Runs begun so far: each has a number of its own, by which the sandbox knows its requests. */
let begun = 800_000;

/** One run, as a runner starts it. @throws Error when it fails or is not what the change has to give. */
async function runOnce({ sandbox, folder }: Bench, bundle: string, change: Change, watching: boolean): Promise<{ ms: number; requests: number; peakRssBytes: number }> {
  begun += 1;
  const runId = begun;
  const own = path.join(folder, `run-${runId}`);
  await mkdir(own);
  const file = (name: string) => path.join(own, name);
  await Promise.all([writeFile(file("output"), ""), writeFile(file("summary"), ""), writeFile(file("event.json"), JSON.stringify(change.event))]);
  const { token } = sandbox.world.tokens.job(sandbox.repository(change.repository), runId, "ci", PERMISSIONS);
  const { urls } = sandbox;
  const env = {
    INPUT_TOKEN: token,
    ...Object.fromEntries(Object.entries(change.inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
    CI: "true", GITHUB_ACTIONS: "true", GITHUB_REPOSITORY: change.repository, GITHUB_API_URL: urls.api, GITHUB_GRAPHQL_URL: urls.graphql, GITHUB_SERVER_URL: urls.server,
    GITHUB_WORKSPACE: change.workspace ?? own, GITHUB_RUN_ID: String(runId), GITHUB_RUN_ATTEMPT: "1", GITHUB_JOB: "ci", GITHUB_EVENT_NAME: "pull_request",
    GITHUB_EVENT_PATH: file("event.json"), GITHUB_ACTOR: "bench", GITHUB_OUTPUT: file("output"), GITHUB_STEP_SUMMARY: file("summary"), RUNNER_TEMP: own,
  };
  const subject: Subject = { name: change.name, args: [bundle], env };
  const footprint = file("footprint.json");
  const { ms } = await timeBeside(watching ? watched(subject, footprint) : subject);
  const outputs = parsePairs(await readFile(file("output"), "utf8"));
  if (outputs.conclusion !== "success") throw new Error(`${change.name} was to end with success, and answered ${JSON.stringify(outputs, null, 2)}`);
  const summary = await readFile(file("summary"), "utf8");
  if (!summary.includes(change.proof)) throw new Error(`${change.name} was to say "${change.proof}", and said:\n${summary}`);
  const requests = sandbox.requests.list({ runId }).filter(({ kind }) => kind !== "git").length;
  const peakRssBytes = watching ? footprintIn(readFileSync(footprint, "utf8"), (url) => statSync(url).size).peakRssBytes : 0;
  await rm(own, { recursive: true, force: true, maxRetries: 5 });
  return { ms, requests, peakRssBytes };
}

function toJson(bareMs: number, repeats: number, rows: readonly Row[], held: boolean): string {
  const changes = rows.map(({ name, limit, ms, ratio, requests, peakRssBytes, broken }) => ({ name, ms: rounded(ms), ratio: rounded(ratio), limit, requests, peak_rss_bytes: peakRssBytes, broken }));
  return `${JSON.stringify({ bench: "ci", node: process.version, repeats, bare_ms: rounded(bareMs), held, changes }, null, 2)}\n`;
}

function toTable(bareMs: number, repeats: number, rows: readonly Row[]): string {
  const lines = [
    ["change", "whole process", "× bare node", "budget", "requests", "peak memory", ""],
    ...rows.map((row) => [
      row.name, `${row.ms.toFixed(1)} ms`, row.ratio.toFixed(2), row.limit === null ? "none" : `≤ ${row.limit}`, String(row.requests), megabytes(row.peakRssBytes), row.broken.length === 0 ? "ok" : `over budget: ${row.broken.join(", ")}`,
    ]),
  ];
  return `Medians of ${repeats} runs in turn with a bare node ${process.version}, which takes ${bareMs.toFixed(1)} ms.\n\n${aligned(lines)}\n`;
}

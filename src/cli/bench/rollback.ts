import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { interruptible } from "../interrupt.ts";
import { footprintIn, median, timeBesideBare, watched } from "./measure.ts";
import { runStage, type Stage, type StageRun } from "./stages.ts";
import { aligned, megabytes, rounded } from "./table.ts";

/** Issue 6: the newest commit reverted, merged and reported, checks and deployment excluded; DESIGN 9: requests and memory. */
export const ROLLBACK_BUDGET = { ratio: 8, requests: 7, peakRssBytes: 160 * 1024 * 1024 };

const HELP = `npm run bench -- rollback [options]

Runs the compiled rollback on repositories of the sandbox, in turn with a bare \`node -e 0\`: the newest commit by the API alone, and for
comparison an older one by git. The hotfix is merged, its branch deleted and the incident opened in each run; nothing is deployed.

  --repeats N        rounds (default 15)
  --dist DIR         another folder than dist
  --times-advisory   a broken time budget is printed, but does not fail: for machines shared with others
  --json             one JSON object on standard output
`;

interface Row {
  readonly name: string;
  /** × a bare node; null: only shown. */
  readonly limit: number | null;
  readonly ms: number;
  readonly ratio: number;
  readonly requests: number;
  readonly peakRssBytes: number;
  readonly broken: readonly ("time" | "requests" | "memory")[];
}

/** What `npm run bench -- rollback` does; answers with the exit status. @throws Error when a run did something else than what is measured. */
export async function benchRollback(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      repeats: { type: "string", default: "15" },
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
  if (!existsSync(path.join(dist, "rollback", "index.js"))) throw new Error(`there is no bundle of rollback in ${values.dist}. Make it with \`npm run build\`.`);
  const bench = await interruptible(openBench(dist));
  try {
    const { bareMs, rows } = await bench.unlessInterrupted(measureAll(bench.value, repeats, values["times-advisory"] ? 1 : PASSES));
    const failing = rows.some(({ broken }) => broken.some((budget) => budget !== "time" || !values["times-advisory"]));
    process.stdout.write(values.json ? toJson(bareMs, repeats, rows, !failing) : toTable(bareMs, repeats, rows));
    return failing ? 1 : 0;
  } finally {
    await bench.close();
  }
}

interface Bench {
  readonly sandbox: Sandbox;
  readonly person: string;
  readonly place: { readonly dist: string; readonly folder: string };
  close(): Promise<void>;
}

async function openBench(dist: string): Promise<Bench> {
  const folder = mkdtempSync(path.join(tmpdir(), "instant-bench-"));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  // The sandbox is big; a wrong argument should not wait for it.
  const { startSandbox } = await import("../../sandbox/sandbox.ts");
  const sandbox = await startSandbox({ warm: true }).catch((error: unknown) => {
    remove();
    throw error;
  });
  sandbox.addUser("bench");
  const close = async () => {
    await sandbox.close();
    remove();
  };
  return { sandbox, person: "bench", place: { dist, folder }, close };
}

interface Case extends Stage {
  readonly limit: number | null;
}

function casesOf({ sandbox }: Bench): readonly Case[] {
  let count = 0;
  const prepare = async (later: boolean) => {
    const name = `site-${(count += 1)}`;
    const repository = await sandbox.createRepository({ owner: "bench", name, from: { "docs/FAQ.md": "# FAQ\n\n## What is this?\n\nA product.\n", "README.md": "# Site\n" } });
    const { tokens } = sandbox.world;
    const actor = tokens.find(sandbox.tokens.user("bench")) ?? tokens.anonymous;
    const commit = async (file: string) => {
      const expectedHeadOid = repository.git.ref("refs/heads/main") ?? "";
      const { commitOnBranch } = await import("../../sandbox/world/commits.ts");
      return commitOnBranch(sandbox.world, actor, repository, { branch: "main", expectedHeadOid, headline: `Add ${file}`, changes: [{ path: file, content: Buffer.from(`# ${file}\n`) }] });
    };
    const sha = await commit("docs/bad.md");
    if (later) await commit("docs/later.md");
    return { repository: `bench/${name}`, inputs: { "commit-sha": sha, reason: "Measured", "detected-at": new Date().toISOString() } };
  };
  const proof = { status: "rolled-back", reasons: "[]", verdict: "" };
  return [
    { name: "the newest commit", action: "rollback", limit: ROLLBACK_BUDGET.ratio, proof: { ...proof, "api-requests": String(ROLLBACK_BUDGET.requests) }, prepare: () => prepare(false) },
    { name: "an older one, by git", action: "rollback", limit: null, proof, prepare: () => prepare(true) },
  ];
}

/** How often what seems too slow is timed: noise of the machine only ever adds, so its quietest pass counts. */
const PASSES = 3;

async function measureAll(bench: Bench, repeats: number, passes: number): Promise<{ bareMs: number; rows: readonly Row[] }> {
  const rows: Row[] = [];
  const bare: number[] = [];
  for (const one of casesOf(bench)) {
    const seen = await watch(bench, one);
    const limit = one.limit ?? Number.POSITIVE_INFINITY;
    const best = await timeBesideBare(() => runStage(bench, one, { ...bench.place, more: {} }), { repeats, passes, limit });
    bare.push(best.bareMs);
    const held = { time: best.ratio <= limit, requests: one.limit === null || seen.run.requests <= ROLLBACK_BUDGET.requests, memory: seen.peakRssBytes <= ROLLBACK_BUDGET.peakRssBytes };
    const broken = (["time", "requests", "memory"] as const).filter((budget) => !held[budget]);
    rows.push({ name: one.name, limit: one.limit, ms: best.ms, ratio: best.ratio, requests: seen.run.requests, peakRssBytes: seen.peakRssBytes, broken });
  }
  return { bareMs: median(bare), rows };
}

async function watch(bench: Bench, one: Case): Promise<{ readonly run: StageRun; readonly peakRssBytes: number }> {
  const file = path.join(bench.place.folder, "footprint.json");
  const run = await runStage(bench, one, { ...bench.place, more: {}, around: (subject) => watched(subject, file) });
  return { run, peakRssBytes: footprintIn(readFileSync(file, "utf8"), (url) => statSync(url).size).peakRssBytes };
}

function toJson(bareMs: number, repeats: number, rows: readonly Row[], held: boolean): string {
  const cases = rows.map(({ name, limit, ms, ratio, requests, peakRssBytes, broken }) => ({ name, ms: rounded(ms), ratio: rounded(ratio), limit, requests, peak_rss_bytes: peakRssBytes, broken }));
  return `${JSON.stringify({ bench: "rollback", node: process.version, repeats, bare_ms: rounded(bareMs), held, cases }, null, 2)}\n`;
}

function toTable(bareMs: number, repeats: number, rows: readonly Row[]): string {
  const lines = [
    ["taken back", "whole process", "× bare node", "budget", "requests", "peak memory", ""],
    ...rows.map((row) => [
      row.name, `${row.ms.toFixed(1)} ms`, row.ratio.toFixed(2), row.limit === null ? "none" : `≤ ${row.limit}`, String(row.requests), megabytes(row.peakRssBytes), row.broken.length === 0 ? "ok" : `over budget: ${row.broken.join(", ")}`,
    ]),
  ];
  return `Medians of ${repeats} runs in turn with a bare node ${process.version}, which takes ${bareMs.toFixed(1)} ms.\n\n${aligned(lines)}\n`;
}

import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { BARE, footprint, inTemporaryFolder, interleave, median, type Subject } from "./measure.ts";
import { aligned, kilobytes, megabytes, rounded } from "./table.ts";

/** DESIGN 9: an action that has nothing to do, start to exit. */
export const START_BUDGET = { ratio: 2.5, startBytes: 700_000, distBytes: 10_000_000, peakRssBytes: 160 * 1024 * 1024 };

const TITLES = { ratio: "× bare node", startBytes: "loaded at start", distBytes: "dist folder", peakRssBytes: "peak memory" };
const JSON_NAMES = { ratio: "ratio", startBytes: "start_bytes", distBytes: "dist_bytes", peakRssBytes: "peak_rss_bytes" };

const HELP = `npm run bench -- start [options]

Starts every dist/<name>/index.js with nothing to do (INPUT_PAUSED=true), in turn with a bare \`node -e 0\`.

  --repeats N        rounds (default 20)
  --only NAME        one action
  --dist DIR         another folder than dist
  --times-advisory   a broken time budget is printed, but does not fail: for machines shared with others
  --json             one JSON object on standard output
`;

interface Row {
  readonly name: string;
  readonly ms: number;
  readonly ratio: number;
  readonly startBytes: number;
  readonly distBytes: number;
  readonly peakRssBytes: number;
  /** Budgets that it breaks. */
  readonly broken: readonly (keyof typeof START_BUDGET)[];
}

/** What `npm run bench -- start` does; answers with the exit status. @throws Error when a bundle cannot be run. */
export async function benchStart(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      repeats: { type: "string", default: "20" },
      only: { type: "string" },
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
  if (!Number.isInteger(repeats) || repeats < 1 || repeats > 1_000) {
    throw new Error(`--repeats ${values.repeats}: give a whole number from 1 to 1000.`);
  }
  const names = bundles(values.dist).filter((name) => values.only === undefined || name === values.only);
  if (names.length === 0) throw new Error(`there is no bundle to start in ${values.dist}. Make them with \`npm run build\`.`);
  const { bareMs, rows } = inTemporaryFolder((folder) => measureAll(values.dist, names, { repeats, passes: values["times-advisory"] ? 1 : PASSES, folder }));
  const failing = rows.some(({ broken }) => broken.some((budget) => budget !== "ratio" || !values["times-advisory"]));
  process.stdout.write(values.json ? toJson(bareMs, repeats, rows, !failing) : toTable(bareMs, repeats, rows));
  return failing ? 1 : 0;
}

function bundles(dist: string): readonly string[] {
  if (!existsSync(dist)) return [];
  return readdirSync(dist).filter((name) => existsSync(path.join(dist, name, "index.js"))).sort();
}

/** How often an action that seems too slow is timed: noise of the machine only ever adds, so its quietest pass counts. */
const PASSES = 3;

interface Timing {
  readonly ms: number;
  readonly ratio: number;
}

function measureAll(dist: string, names: readonly string[], { repeats, passes, folder }: { readonly repeats: number; readonly passes: number; readonly folder: string }): { bareMs: number; rows: readonly Row[] } {
  const subjects = names.map((name) => subjectOf(path.resolve(dist), name, folder));
  const { bareMs, timings } = timePass(subjects, repeats);
  for (let pass = 1; pass < passes; pass++) {
    const slow = subjects.filter(({ name }) => (timings.get(name)?.ratio ?? 0) > START_BUDGET.ratio);
    if (slow.length === 0) break;
    for (const [name, timing] of timePass(slow, repeats).timings) {
      if (timing.ratio < (timings.get(name)?.ratio ?? Infinity)) timings.set(name, timing);
    }
  }
  return { bareMs, rows: subjects.map((subject) => rowOf(subject, path.resolve(dist), timings.get(subject.name) ?? { ms: Number.NaN, ratio: Number.NaN })) };
}

function timePass(subjects: readonly Subject[], repeats: number): { bareMs: number; timings: Map<string, Timing> } {
  const bare = BARE;
  const times = interleave([bare, ...subjects], repeats);
  const bareMs = median(times.get(bare.name) ?? []);
  const timings = subjects.map(({ name }): [string, Timing] => {
    const ms = median(times.get(name) ?? []);
    return [name, { ms, ratio: ms / bareMs }];
  });
  return { bareMs, timings: new Map(timings) };
}

function subjectOf(dist: string, name: string, folder: string): Subject {
  const env = {
    INPUT_PAUSED: "true",
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_REPOSITORY: "octo-org/octo-repo",
    GITHUB_API_URL: "http://127.0.0.1:9",
    GITHUB_GRAPHQL_URL: "http://127.0.0.1:9/graphql",
    GITHUB_SERVER_URL: "http://127.0.0.1:9",
    GITHUB_WORKSPACE: folder,
    GITHUB_OUTPUT: path.join(folder, "output"),
    GITHUB_STATE: path.join(folder, "state"),
    GITHUB_ENV: path.join(folder, "env"),
    GITHUB_PATH: path.join(folder, "path"),
    GITHUB_STEP_SUMMARY: path.join(folder, "summary"),
    RUNNER_TEMP: folder,
  };
  // As the runner does: the files that a step writes to are there before it starts.
  for (const file of ["output", "state", "env", "path", "summary"]) writeFileSync(path.join(folder, file), "");
  return { name, args: [path.join(dist, name, "index.js")], env };
}

function rowOf(subject: Subject, dist: string, { ms, ratio }: Timing): Row {
  const { loadedBytes, peakRssBytes } = footprint(subject, (url) => statSync(url).size, (file) => readFileSync(file, "utf8"));
  const figures = { ratio, startBytes: loadedBytes, distBytes: folderBytes(path.join(dist, subject.name)), peakRssBytes };
  const budgets = Object.keys(START_BUDGET) as (keyof typeof START_BUDGET)[];
  return { name: subject.name, ms, ...figures, broken: budgets.filter((budget) => !(figures[budget] <= START_BUDGET[budget])) };
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);
}

function toJson(bareMs: number, repeats: number, rows: readonly Row[], held: boolean): string {
  const named = (figures: Record<keyof typeof START_BUDGET, number>) => ({
    ratio: rounded(figures.ratio),
    start_bytes: figures.startBytes,
    dist_bytes: figures.distBytes,
    peak_rss_bytes: figures.peakRssBytes,
  });
  const actions = rows.map((row) => ({ name: row.name, ms: rounded(row.ms), ...named(row), broken: row.broken.map((budget) => JSON_NAMES[budget]) }));
  const report = { bench: "start", node: process.version, repeats, bare_ms: rounded(bareMs), budget: named(START_BUDGET), held, actions };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function toTable(bareMs: number, repeats: number, rows: readonly Row[]): string {
  const limit = START_BUDGET;
  const lines = [
    ["action", "start", TITLES.ratio, TITLES.startBytes, TITLES.distBytes, TITLES.peakRssBytes, ""],
    ...rows.map((row) => [
      row.name, `${row.ms.toFixed(1)} ms`, row.ratio.toFixed(2), kilobytes(row.startBytes), kilobytes(row.distBytes),
      megabytes(row.peakRssBytes), row.broken.length === 0 ? "ok" : `over budget: ${row.broken.map((budget) => TITLES[budget]).join(", ")}`,
    ]),
    ["budget", "", `≤ ${limit.ratio}`, `≤ ${kilobytes(limit.startBytes)}`, `≤ ${kilobytes(limit.distBytes)}`, `≤ ${megabytes(limit.peakRssBytes)}`, ""],
  ];
  return `Medians of ${repeats} runs in turn with a bare node ${process.version}, which takes ${bareMs.toFixed(1)} ms.\n\n${aligned(lines)}\n`;
}

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { interruptible } from "../interrupt.ts";
import type { LoopWorld } from "../rehearsal/world.ts";
import { footprintIn, timeBesideBare, watched } from "./measure.ts";
import { type Place, runStage, stagesOf } from "./stages.ts";
import { aligned, megabytes, rounded } from "./table.ts";

/** DESIGN 9: a healthy check, whole process on loopback, as a multiple of a bare node; the requests of one that is served already; memory. */
export const HEALTH_BUDGET = { ratio: 3, requests: 1, peakRssBytes: 160 * 1024 * 1024 };

const HELP = `npm run bench -- health [options]

Judges a healthy service with the compiled post-deploy-health, whole process against the sandbox on loopback, in turn with a bare
\`node -e 0\`.

  --repeats N        rounds (default 25)
  --dist DIR         another folder than dist
  --times-advisory   a broken time budget is printed, but does not fail: for machines shared with others
  --json             one JSON object on standard output
`;

interface Result {
  readonly bareMs: number;
  readonly ms: number;
  readonly ratio: number;
  readonly requests: number;
  readonly peakRssBytes: number;
}

/** What `npm run bench -- health` does; answers with the exit status. @throws Error when the action cannot be run, or does not find it healthy. */
export async function benchHealth(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      repeats: { type: "string", default: "25" },
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
  if (!existsSync(path.join(dist, "post-deploy-health", "index.js"))) throw new Error(`there is no bundle of post-deploy-health in ${values.dist}. Make it with \`npm run build\`.`);
  // The sandbox is big; a wrong argument should not wait for it.
  const { openWorld } = await import("../rehearsal/world.ts");
  const folder = mkdtempSync(path.join(tmpdir(), "instant-bench-"));
  const world = await interruptible(openWorld({ sandbox: { warm: true } }));
  try {
    world.value.sandbox.addUser("bench");
    const result = await world.unlessInterrupted(measure(world.value, { dist, folder }, repeats));
    const broken = brokenBy(result);
    process.stdout.write(values.json ? toJson(repeats, result, broken) : toTable(repeats, result, broken));
    return broken.some((budget) => budget !== "ratio" || !values["times-advisory"]) ? 1 : 0;
  } finally {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How often a check that seems too slow is timed: noise of the machine only ever adds, so its quietest pass counts. */
const PASSES = 3;

async function measure(world: LoopWorld, place: Place, repeats: number): Promise<Result> {
  const stage = stagesOf(world, place).find(({ action }) => action === "post-deploy-health");
  if (stage === undefined) throw new Error("there is no such stage to measure.");
  const file = path.join(place.folder, "footprint.json");
  const { requests } = await runStage(world, stage, { ...place, more: {}, around: (subject) => watched(subject, file) });
  const { peakRssBytes } = footprintIn(readFileSync(file, "utf8"), (url) => statSync(url).size);
  const best = await timeBesideBare(() => runStage(world, stage, { ...place, more: {} }), { repeats, passes: PASSES, limit: HEALTH_BUDGET.ratio });
  return { ...best, requests, peakRssBytes };
}

type Budget = keyof typeof HEALTH_BUDGET;

function brokenBy(result: Result): Budget[] {
  return (Object.keys(HEALTH_BUDGET) as Budget[]).filter((budget) => !(result[budget] <= HEALTH_BUDGET[budget]));
}

const NAMES: Readonly<Record<Budget, string>> = { ratio: "× bare node", requests: "requests", peakRssBytes: "peak memory" };

function toTable(repeats: number, { bareMs, ms, ratio, requests, peakRssBytes }: Result, broken: readonly Budget[]): string {
  const lines = [
    ["", "whole process", NAMES.ratio, NAMES.requests, NAMES.peakRssBytes, ""],
    ["a healthy service, judged", `${ms.toFixed(1)} ms`, ratio.toFixed(2), String(requests), megabytes(peakRssBytes), broken.length === 0 ? "ok" : `over budget: ${broken.map((budget) => NAMES[budget]).join(", ")}`],
    ["budget", "", `≤ ${HEALTH_BUDGET.ratio}`, `≤ ${HEALTH_BUDGET.requests}`, `≤ ${megabytes(HEALTH_BUDGET.peakRssBytes)}`, ""],
  ];
  return `Medians of ${repeats} runs in turn with a bare node ${process.version}, which takes ${bareMs.toFixed(1)} ms. Requests are those to GitHub.\n\n${aligned(lines)}\n`;
}

function toJson(repeats: number, { bareMs, ms, ratio, requests, peakRssBytes }: Result, broken: readonly Budget[]): string {
  const report = { bench: "health", node: process.version, repeats, bare_ms: rounded(bareMs), ms: rounded(ms), ratio: rounded(ratio), requests, peak_rss_bytes: peakRssBytes, budget: { ratio: HEALTH_BUDGET.ratio, requests: HEALTH_BUDGET.requests, peak_rss_bytes: HEALTH_BUDGET.peakRssBytes }, held: broken.length === 0, broken };
  return `${JSON.stringify(report, null, 2)}\n`;
}

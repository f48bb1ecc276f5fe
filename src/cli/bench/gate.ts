import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { interruptible } from "../interrupt.ts";
import { openWorld } from "../rehearsal/world.ts";
import { type Footprint, footprintIn, type Subject, timeBesideBare, watched } from "./measure.ts";
import { type Place, runStage, stagesOf } from "./stages.ts";
import { aligned, megabytes, rounded } from "./table.ts";

/** DESIGN 9: a green pull request judged and merged, the whole process on loopback, and its calls; memory of any action. */
export const GATE_BUDGET = { ratio: 4.5, requests: 4, peakRssBytes: 160 * 1024 * 1024 };

const HELP = `npm run bench -- gate [options]

Judges and merges a green pull request with the compiled bundle, in turn with a bare \`node -e 0\`. GitHub is the sandbox, over https.

  --repeats N        rounds (default 20)
  --plain            over http, as a rehearsal does it
  --dist DIR         another folder than dist
  --times-advisory   a broken time budget is printed, but does not fail: for machines shared with others
  --json             one JSON object on standard output
`;

interface Measured {
  readonly bareMs: number;
  readonly ms: number;
  readonly ratio: number;
  readonly requests: number;
  readonly peakRssBytes: number;
  readonly loadedBytes: number;
}

/** What `npm run bench -- gate` does; answers with the exit status. @throws Error when the bundle cannot be run, or does not merge. */
export async function benchGate(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      repeats: { type: "string", default: "20" },
      plain: { type: "boolean", default: false },
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
  if (!existsSync(path.join(dist, "auto-merge-gate", "index.js"))) throw new Error(`there are no bundles in ${values.dist}. Make them with \`npm run build\`.`);
  const measured = await inWorld(dist, values.plain, (place, run) => measureAll(place, run, { repeats, passes: values["times-advisory"] ? 1 : PASSES }));
  const broken = (Object.keys(GATE_BUDGET) as (keyof typeof GATE_BUDGET)[]).filter((budget) => !(measured[budget] <= GATE_BUDGET[budget]));
  const failing = broken.some((budget) => budget !== "ratio" || !values["times-advisory"]);
  process.stdout.write(values.json ? toJson(measured, repeats, { broken, held: !failing }) : toTable(measured, repeats, broken));
  return failing ? 1 : 0;
}

type Run = (around?: (subject: Subject) => Subject) => ReturnType<typeof runStage>;

/** A world with one stage to run in it, which is gone afterwards, whatever happens. */
async function inWorld<T>(dist: string, plain: boolean, use: (place: Place, run: Run) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), "instant-bench-"));
  try {
    const opened = openWorld({ sandbox: { warm: true, ...(plain ? {} : { tls: true }) } });
    const bench = await interruptible(opened);
    try {
      const world = bench.value;
      world.sandbox.addUser("bench");
      const place = { dist, folder };
      const stage = stagesOf(world, place).find(({ action }) => action === "auto-merge-gate");
      if (!stage) throw new Error("nothing measures auto-merge-gate");
      return await bench.unlessInterrupted(use(place, (around) => runStage(world, stage, { ...place, more: {}, ...(around ? { around } : {}) })));
    } finally {
      await bench.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How often it is timed when it seems too slow: noise of the machine only ever adds, so the quietest pass counts. */
const PASSES = 3;

async function measureAll(place: Place, run: Run, { repeats, passes }: { readonly repeats: number; readonly passes: number }): Promise<Measured> {
  const file = path.join(place.folder, "footprint.json");
  await run();
  const { requests } = await run((subject) => watched(subject, file));
  const { peakRssBytes, loadedBytes }: Footprint = footprintIn(readFileSync(file, "utf8"), (url) => statSync(url).size);
  const best = await timeBesideBare(run, { repeats, passes, limit: GATE_BUDGET.ratio });
  return { ...best, requests, peakRssBytes, loadedBytes };
}

function toJson(measured: Measured, repeats: number, { broken, held }: { readonly broken: readonly string[]; readonly held: boolean }): string {
  const { bareMs, ms, ratio, requests, peakRssBytes, loadedBytes } = measured;
  const figures = { bare_ms: rounded(bareMs), ms: rounded(ms), ratio: rounded(ratio), requests, peak_rss_bytes: peakRssBytes, loaded_bytes: loadedBytes };
  const budget = { ratio: GATE_BUDGET.ratio, requests: GATE_BUDGET.requests, peak_rss_bytes: GATE_BUDGET.peakRssBytes };
  return `${JSON.stringify({ bench: "gate", node: process.version, repeats, budget, held, ...figures, broken }, null, 2)}\n`;
}

function toTable({ bareMs, ms, ratio, requests, peakRssBytes, loadedBytes }: Measured, repeats: number, broken: readonly string[]): string {
  const lines = [
    ["a green pull request, judged and merged", "", "budget"],
    ["whole process", `${ms.toFixed(1)} ms`, ""],
    ["× bare node", ratio.toFixed(2), `≤ ${GATE_BUDGET.ratio}`],
    ["requests to GitHub", String(requests), `≤ ${GATE_BUDGET.requests}`],
    ["peak memory", megabytes(peakRssBytes), `≤ ${megabytes(GATE_BUDGET.peakRssBytes)}`],
    ["code loaded", `${Math.round(loadedBytes / 1000)} KB`, ""],
  ];
  const verdict = broken.length === 0 ? "All budgets hold." : `Over budget: ${broken.join(", ")}.`;
  return `Medians of ${repeats} rounds in turn with a bare node ${process.version}, which takes ${bareMs.toFixed(1)} ms.\n\n${aligned(lines)}\n\n${verdict}\n`;
}

import { parseArgs } from "node:util";
import { shareInterval } from "../../stats/binomial.ts";
import { shareText } from "../../stages/post-deploy-health/compare.ts";
import { aligned, rounded } from "./table.ts";
import { SCENARIOS, type Scenario } from "./verdict/scenarios.ts";
import { simulate, smallestSeen, type Tally } from "./verdict/simulate.ts";

/** Not used while the judgement was built, which was on seeds from 1 to 999. */
export const SEED = 20_270_214;
const SIZES = [20_000, 1_000, 50] as const;
const CONFIDENCE = 0.95;

const HELP = `npm run bench -- verdict [options]

Judges simulated deployments with the functions of post-deploy-health: good, bad, an outage from outside, no data, with windows of
20,000, 1,000 and 50 requests, and with probes alone. A share is judged by its exact interval (Clopper and Pearson, ${100 * CONFIDENCE}%), so
that a budget is kept only where there are deployments enough to say so.

  --deploys N   deployments per line (default 20000)
  --seed N      another stream of numbers (default ${SEED}; those up to 999 were used while building)
  --requests N  windows of this many requests only
  --only TEXT   scenarios whose name has this in it
  --json        one JSON object on standard output
`;

export interface Row {
  readonly scenario: Scenario;
  readonly requests: number | null;
  readonly tally: Tally;
  readonly share: number;
  /** Around the share of unhealthy verdicts. */
  readonly interval: { readonly low: number; readonly high: number };
  readonly smallest: number | null;
  readonly state: "kept" | "broken" | "told";
}

/** What `npm run bench -- verdict` does; answers with the exit status. */
export async function benchVerdict(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { deploys: { type: "string", default: "20000" }, seed: { type: "string", default: String(SEED) }, only: { type: "string", default: "" }, requests: { type: "string", default: "" }, json: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [deploys, seed] = [whole("--deploys", values.deploys, 1_000_000), whole("--seed", values.seed, Number.MAX_SAFE_INTEGER)];
  const sizes = values.requests === "" ? SIZES : [whole("--requests", values.requests, 1_000_000)];
  const scenarios = SCENARIOS.filter(({ name }) => name.includes(values.only));
  if (scenarios.length === 0) throw new Error(`no scenario has "${values.only}" in its name.`);
  const rows = rowsOf(scenarios, { deploys, seed, sizes });
  const held = rows.every(({ state }) => state !== "broken");
  process.stdout.write(values.json ? toJson(rows, { deploys, seed, held }) : toTable(rows, { deploys, seed }));
  return held ? 0 : 1;
}

function whole(option: string, text: string, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most) throw new Error(`${option} ${text}: give a whole number from 1 to ${most}.`);
  return value;
}

export function rowsOf(scenarios: readonly Scenario[], { deploys, seed, sizes }: { readonly deploys: number; readonly seed: number; readonly sizes: readonly number[] }): Row[] {
  return sizes.flatMap((requests) => scenarios.filter(({ by }) => by === "traffic" || requests === sizes[0]).map((scenario): Row => {
    const tally = simulate(scenario, { requests, deploys, seed });
    const interval = shareInterval(tally.unhealthy, deploys, CONFIDENCE);
    const isBudgeted = scenario.budget !== null && (scenario.forRequests ?? [requests]).includes(requests);
    const { atMost = 1, atLeast = 0 } = scenario.budget ?? {};
    const isKept = interval.high <= atMost && interval.low >= atLeast;
    return {
      scenario, tally, interval, requests: scenario.by === "probes" ? null : requests, share: tally.unhealthy / deploys, smallest: smallestSeen(scenario.by, requests),
      state: isBudgeted ? (isKept ? "kept" : "broken") : "told",
    };
  }));
}

function budgetOf({ scenario, state }: Row): string {
  if (state === "told") return "";
  const { atMost, atLeast } = scenario.budget ?? {};
  return atMost === undefined ? `≥ ${shareText(atLeast ?? 0)}` : `≤ ${shareText(atMost)}`;
}

function toTable(rows: readonly Row[], { deploys, seed }: { readonly deploys: number; readonly seed: number }): string {
  const lines = [
    ["deployments", "requests", "healthy", "inconclusive", "rolled back", `${100 * CONFIDENCE}% interval`, "budget", "sees from 1% to", ""],
    ...rows.map((row) => {
      const share = (count: number) => shareText(count / deploys);
      return [
        row.scenario.name, row.requests === null ? "-" : row.requests.toLocaleString("en-US"), share(row.tally.healthy), share(row.tally.inconclusive), share(row.tally.unhealthy),
        `${shareText(row.interval.low)} to ${shareText(row.interval.high)}`, budgetOf(row), row.smallest === null ? "nothing" : shareText(row.smallest), row.state === "told" ? "" : row.state === "kept" ? "ok" : "BROKEN",
      ];
    }),
  ];
  return `${deploys.toLocaleString("en-US")} simulated deployments a line, seed ${seed}. "Requests" are those of each window; a last good deployment and a control count as many.\n"Sees from 1% to": the smallest error rate that is seen 19 times in 20.\n\n${aligned(lines)}\n`;
}

function toJson(rows: readonly Row[], { deploys, seed, held }: { readonly deploys: number; readonly seed: number; readonly held: boolean }): string {
  const shown = rows.map(({ scenario, requests, tally, interval, smallest, state }) => ({ scenario: scenario.name, requests, ...tally, low: rounded(interval.low), high: rounded(interval.high), smallest_seen: smallest === null ? null : rounded(smallest), budget: scenario.budget, state }));
  return `${JSON.stringify({ bench: "verdict", seed, deploys, confidence: CONFIDENCE, held, rows: shown }, null, 2)}\n`;
}

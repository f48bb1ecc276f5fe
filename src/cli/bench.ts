import { messageOf } from "../kit/errors.ts";

/** A benchmark prints for itself and answers with the exit status: 0 held, 1 a budget is broken, 2 could not be run. */
interface Bench {
  readonly summary: string;
  readonly run: (args: readonly string[]) => Promise<number>;
}

/** Each is loaded when it is asked for: most bring a whole sandbox along. */
const benches: Readonly<Record<string, Bench>> = {
  start: { summary: "what each compiled action costs to start, as multiples of a bare node", run: async (args) => (await import("./bench/start.ts")).benchStart(args) },
  ci: { summary: "what it costs to check a pull request, as multiples of a bare node", run: async (args) => (await import("./bench/ci.ts")).benchCi(args) },
  drain: { summary: "a hundred pull requests of the loop at once under GitHub's limits: that none is lost, and how long it takes", run: async (args) => (await import("./bench/drain.ts")).benchDrain(args) },
  gate: { summary: "a green pull request judged and merged, as a multiple of a bare node, with requests and memory", run: async (args) => (await import("./bench/gate.ts")).benchGate(args) },
  health: { summary: "what a healthy service costs to judge, whole process, as a multiple of a bare node", run: async (args) => (await import("./bench/health.ts")).benchHealth(args) },
  rollback: { summary: "what it costs to take a commit back, as multiples of a bare node", run: async (args) => (await import("./bench/rollback.ts")).benchRollback(args) },
  verdict: { summary: "what comes of simulated deployments: false rollbacks, and bad ones that are caught", run: async (args) => (await import("./bench/verdict.ts")).benchVerdict(args) },
  ledger: { summary: "what a stage takes more with a Redis and a PostgreSQL for the record of tasks", run: async (args) => (await import("./bench/ledger.ts")).benchLedger(args) },
};

const HELP = `npm run bench -- NAME [options]

${Object.entries(benches).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`).join("\n")}

  --json     one JSON object on standard output
  --help     the options of one benchmark, behind its name
`;

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h") {
    process.stdout.write(HELP);
    return name === undefined ? 2 : 0;
  }
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (!bench) {
    process.stderr.write(`There is no benchmark "${name}". These exist: ${Object.keys(benches).join(", ")}.\n`);
    return 2;
  }
  return bench.run(rest);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${messageOf(error)}\n`);
  process.exitCode = 2;
}

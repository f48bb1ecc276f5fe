/** `npm run drill`: rehearses what goes wrong, on this machine. */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { failure, InstantError } from "../kit/errors.ts";
import { explain } from "../runtime/explain.ts";
import { understood } from "./arguments.ts";
import { drills } from "./drill/index.ts";
import { missingFor, openStage, playAll } from "./drill/play.ts";
import type { Drill } from "./drill/port.ts";
import { line, listing, markdown } from "./drill/table.ts";
import { interruptible } from "./interrupt.ts";

const HELP = `npm run drill rehearses what goes wrong, in the sandbox, with the real bundles and templates.

  npm run drill -- --list          what there is
  npm run drill -- NAME [NAME …]   one or more of them
  npm run drill -- --all           all of them
  npm run drill -- --all --json    one JSON array: [{name, ok, detection_ms, decision_ms, recovery_ms, lost, notes}]
  npm run drill -- --all --markdown   the table of docs/drills.md
  npm run drill -- --all --side-by-side 1   so many at once (1 to 8, default 3)

Times are milliseconds; null where there is nothing of the kind. The exit status is 0 only when every drill held. A drill that needs a
program which is not here (redis-server, postgres) is skipped, and says so.
`;

/** Drills side by side: most of each is waiting. */
const SIDE_BY_SIDE = "3";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseDrillArguments(args);
    if (options === "help" || options === "list") {
      process.stdout.write(options === "help" ? HELP : listing(drills));
      return 0;
    }
    return await play(options);
  } catch (error) {
    process.stderr.write(`${error instanceof InstantError ? explain("npm run drill", error) : error instanceof Error ? error.stack : String(error)}\n`);
    return 2;
  }
}

interface DrillOptions {
  readonly chosen: readonly Drill[];
  readonly form: "lines" | "json" | "markdown";
  readonly sideBySide: number;
}

function parseDrillArguments(args: readonly string[]): DrillOptions | "help" | "list" {
  const { values, positionals } = understood("npm run drill", () => parseArgs({
    args: [...args], allowPositionals: true,
    options: { all: { type: "boolean", default: false }, list: { type: "boolean", default: false }, json: { type: "boolean", default: false }, markdown: { type: "boolean", default: false }, "side-by-side": { type: "string", default: SIDE_BY_SIDE }, help: { type: "boolean", short: "h", default: false } },
  }));
  if (values.help) return "help";
  if (values.list) return "list";
  const unknown = positionals.filter((name) => !drills.some((drill) => drill.name === name));
  if (unknown.length > 0) throw failure("configuration", { what: `There is no drill ${unknown.map((name) => `\`${name}\``).join(", ")}`, fix: "See `npm run drill -- --list`." });
  if (values.all === (positionals.length > 0)) throw failure("configuration", { what: values.all ? "`--all` and a name do not go together" : "No drill is named", fix: "Name drills, or say `--all`; `--list` shows them." });
  const sideBySide = Number(values["side-by-side"]);
  if (!/^[1-8]$/.test(values["side-by-side"])) throw failure("configuration", { what: `\`--side-by-side ${values["side-by-side"]}\` is no number of drills`, fix: "Give a whole number from 1 to 8." });
  return { sideBySide, chosen: values.all ? drills : drills.filter(({ name }) => positionals.includes(name)), form: values.json ? "json" : values.markdown ? "markdown" : "lines" };
}

async function play({ chosen, form, sideBySide }: DrillOptions): Promise<number> {
  const skipped = chosen.flatMap((drill) => {
    const reason = missingFor(drill);
    return reason === undefined ? [] : [{ drill, reason }];
  });
  for (const { drill, reason } of skipped) process.stderr.write(`skipped ${drill.name}: ${reason}\n`);
  const stage = await interruptible(Promise.resolve(openStage()));
  try {
    const playable = chosen.filter((drill) => !skipped.some((one) => one.drill === drill));
    const tell = (result: Parameters<typeof line>[0]) => void (form === "lines" ? process.stdout : process.stderr).write(line(result));
    const results = await stage.unlessInterrupted(playAll(stage.value, playable, sideBySide, tell));
    if (form === "json") process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
    if (form === "markdown") process.stdout.write(`${markdown(results, drills)}\n`);
    const failed = results.filter(({ ok }) => !ok).length;
    count(results.length - failed, failed, skipped.length);
    return failed === 0 ? 0 : 1;
  } finally {
    await stage.close();
  }
}

/** For .ci/run, which counts each drill as a test (tools/ci.mjs). */
function count(passed: number, failed: number, skipped: number): void {
  const file = process.env["INSTANT_TEST_COUNTS"];
  if (file) writeFileSync(file, JSON.stringify({ passed, failed, skipped }));
}

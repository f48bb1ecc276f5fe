/** `npm run replay`: brings every store what it missed. */
import { openLedger } from "../ledger/ledger.ts";
import type { StoreName } from "../ledger/port.ts";
import { systemClock } from "../runtime/clock.ts";
import { nowhere, parseReplayArguments, REPLAY_HELP } from "./ledger/arguments.ts";
import { PATIENCE_MS, program, tellWarnings, warnings } from "./ledger/places.ts";
import { openersOf, readSettings, truthOf } from "./ledger/settings.ts";

/** What a store is brought in one round from another, and what one look on GitHub completes. */
const TASKS_AT_ONCE = 100;
/** Rounds of that many for each pair of stores; more than an outage of a store leaves. */
const MAX_ROUNDS = 1_000;
/** Nobody's: every store has to be asked for it, and so shows that it can be reached. */
const NO_TASK = "00000000-0000-0000-0000-000000000000";

process.exitCode = await program("npm run replay", () => main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  const options = parseReplayArguments(args);
  if (options === "help") {
    process.stdout.write(REPLAY_HELP);
    return 0;
  }
  const settings = readSettings(process.env);
  if (settings.places.size === 0) throw nowhere();
  const told = warnings();
  const ports = { log: told.log, clock: systemClock };
  // Beside PostgreSQL the branch is a reserve, as in a job.
  const openers = openersOf(settings, ports);
  const reserve = settings.databaseUrl === null ? undefined : openers.find(({ name }) => name === "branch");
  const stores = openers.filter((opener) => opener !== reserve);
  const ledger = openLedger({ stores, ...(reserve === undefined ? {} : { reserve }), ...ports, timeoutMs: PATIENCE_MS, ...truthOf(settings, ports, options.endsAtMerge) });
  const brought = new Map<StoreName, number>([...settings.places.keys()].map((name) => [name, 0]));
  let [left, isFull] = [true, true];
  try {
    await ledger.read(NO_TASK);
    for (let round = 0; left && round < MAX_ROUNDS; round += 1) {
      // One look is enough, unless it had to stop.
      const now = await ledger.catchUp(isFull);
      for (const [name, count] of now) brought.set(name, (brought.get(name) ?? 0) + count);
      left = now.size > 0;
      isFull = [...now.values()].some((count) => count >= TASKS_AT_ONCE);
    }
  } finally {
    await ledger.close();
  }
  const reached = told.said.length === 0;
  if (options.json) process.stdout.write(`${JSON.stringify({ brought: Object.fromEntries(brought), complete: reached && !left, warnings: told.said }, null, 2)}\n`);
  else for (const [name, count] of brought) process.stdout.write(`${settings.places.get(name) ?? name}: ${count === 0 ? "nothing to bring" : `brought ${count} task${count === 1 ? "" : "s"}`}\n`);
  tellWarnings(told);
  if (left) process.stderr.write("! There is more left: run it again.\n");
  return reached && !left ? 0 : 1;
}

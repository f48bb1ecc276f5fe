/** `npm run metrics`: how the loop did, by the day. */
import { failure } from "../kit/errors.ts";
import type { DayTally, Finished, Store } from "../ledger/port.ts";
import { systemClock } from "../runtime/clock.ts";
import { daysUntil, metricsOf, tallyOf } from "../stats/metrics.ts";
import { HELD_DAYS, type Held, heldOf, LONGEST_WINDOW_DAYS, type Objective, objectivesOf } from "../stats/objectives.ts";
import { METRICS_HELP, type MetricsOptions, nowhere, parseMetricsArguments, startOfDay } from "./ledger/arguments.ts";
import { tellMetrics } from "./ledger/metrics-table.ts";
import { openPlaces, program, tellWarnings, terminal, warnings } from "./ledger/places.ts";
import { readSettings } from "./ledger/settings.ts";

const DAY_MS = 86_400_000;
/** What a store knows of the time: nothing, how many there were, or the tasks. */
const [KNOWS_NOTHING, KNOWS_COUNTS, KNOWS_TASKS] = [0, 1, 2];

process.exitCode = await program("npm run metrics", () => main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  const options = parseMetricsArguments(args);
  if (options === "help") {
    process.stdout.write(METRICS_HELP);
    return 0;
  }
  const settings = readSettings(process.env);
  if (settings.places.size === 0) throw nowhere();
  const told = warnings();
  const places = openPlaces(settings, told);
  try {
    // As every read: PostgreSQL, which forgets nothing, then Redis, then the branch. But one that forgets, or has just begun, hides none that knows more.
    let best: { readonly figures: Figures; readonly source: string } | null = null;
    for (const store of places.stores) {
      const found = await store.use((one) => read(one, options));
      if (found !== null && (best === null || found.value.knows > best.figures.knows)) best = { figures: found.value, source: settings.places.get(store.name) ?? store.name };
      if (best?.figures.knows === KNOWS_TASKS) break;
    }
    if (best !== null) {
      tell(best.figures, options, best.source);
      return 0;
    }
    throw failure("service", { what: `None of the stores could be asked: ${[...settings.places.values()].join(", ")}`, fix: "See the warnings." });
  } finally {
    await places.close();
    tellWarnings(told);
  }
}

interface Figures {
  readonly knows: number;
  /** Of the days that were asked for. */
  readonly tallies: readonly DayTally[];
  readonly objectives: readonly Objective[];
  readonly held: Held;
}

async function read(store: Store, options: MetricsOptions): Promise<Figures> {
  const last = options.day === null ? systemClock.now() : (startOfDay(options.day) ?? 0);
  const end = (startOfDay(daysUntil(last, 1)[0] ?? "") ?? 0) + DAY_MS;
  const days = daysUntil(last, Math.max(options.days, HELD_DAYS));
  const tasks = await store.finished(end - Math.max(days.length, HELD_DAYS - 1 + LONGEST_WINDOW_DAYS) * DAY_MS, end);
  const tallies = tasks === null ? await talliesOf(store, days) : days.map((day) => tallyOf(day, tasks));
  const byDay = tallies.slice(-HELD_DAYS).map((day) => objectivesOf({ day, tasks, end: (startOfDay(day.day) ?? 0) + DAY_MS }));
  const begun = byDay.findIndex((objectives) => objectives.some(({ state }) => state !== "unknown"));
  const objectives = byDay.at(-1) ?? [];
  const knows = tasks !== null && tasks.length > 0 ? KNOWS_TASKS : tallies.some(({ success, failure: failed }) => success + failed > 0) ? KNOWS_COUNTS : KNOWS_NOTHING;
  return { knows, tallies: tallies.slice(-options.days), objectives, held: heldOf(begun < 0 ? [] : hasEarlier(tasks, end) ? byDay : byDay.slice(begun)) };
}

/** Whether something is on record from before the days that are looked at: then those of them without data are no gap in what is known. */
function hasEarlier(tasks: readonly Finished[] | null, end: number): boolean {
  return tasks?.some(({ finishedAt }) => finishedAt < end - HELD_DAYS * DAY_MS) ?? false;
}

/** One after the other: a connection does one thing at a time. */
async function talliesOf(store: Store, days: readonly string[]): Promise<DayTally[]> {
  const tallies: DayTally[] = [];
  for (const day of days) tallies.push(await store.tally(day));
  return tallies;
}

function tell({ tallies, objectives, held }: Figures, { json }: MetricsOptions, source: string): void {
  const metrics = metricsOf(tallies);
  if (json) {
    const whole = { held_days: held.days, of_days: HELD_DAYS, met: held.met };
    process.stdout.write(`${JSON.stringify({ ...metrics, objectives, whole }, null, 2)}\n`);
    return;
  }
  process.stdout.write(tellMetrics(metrics, { days: tallies.map((one) => metricsOf([one])), objectives, held, last: tallies.at(-1)?.day ?? "", source, screen: terminal() }));
}

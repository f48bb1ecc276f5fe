/** `npm run metrics`: how the loop did, by the day. */
import { failure } from "../kit/errors.ts";
import type { Store } from "../ledger/port.ts";
import type { Task } from "../ledger/task.ts";
import { systemClock } from "../runtime/clock.ts";
import { type DayTally, daysUntil, metricsOf } from "../stats/metrics.ts";
import { objectivesOf } from "../stats/objectives.ts";
import { METRICS_HELP, nowhere, parseMetricsArguments, startOfDay } from "./ledger/arguments.ts";
import { tellMetrics } from "./ledger/metrics-table.ts";
import { openPlaces, program, tellWarnings, terminal, warnings } from "./ledger/places.ts";
import { readSettings } from "./ledger/settings.ts";

const DAY_MS = 86_400_000;
const WEEK = 7;
/** Tasks of a week that the objectives look at. */
const MOST_TASKS = 10_000;

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
    const start = options.day === null ? systemClock.now() : (startOfDay(options.day) ?? 0);
    const days = daysUntil(start, options.days);
    // The first that answers, as every read does: PostgreSQL, which forgets nothing, then Redis, then the branch.
    for (const store of places.stores) {
      const found = await store.use((one) => read(one, days));
      if (found === null) continue;
      const { tallies, tasks } = found.value;
      const metrics = metricsOf(tallies);
      if (options.json) {
        process.stdout.write(`${JSON.stringify(metrics, null, 2)}\n`);
        return 0;
      }
      const last = days.at(-1) ?? "";
      const objectives = objectivesOf({ day: tallies.at(-1) ?? { success: 0, failure: 0, tteMs: [] }, dayTasks: tasks?.filter((task) => within(task, last, 1)) ?? null, week: tasks?.filter((task) => within(task, last, WEEK)) ?? null });
      process.stdout.write(tellMetrics(metrics, { days: tallies.map((one) => metricsOf([one])), objectives, last, source: settings.places.get(store.name) ?? store.name, screen: terminal() }));
      return 0;
    }
    throw failure("service", { what: `None of the stores could be asked: ${[...settings.places.values()].join(", ")}`, fix: "See the warnings." });
  } finally {
    await places.close();
    tellWarnings(told);
  }
}

/** One after the other: a connection does one thing at a time. */
async function read(store: Store, days: readonly string[]): Promise<{ tallies: DayTally[]; tasks: readonly Task[] | null }> {
  const tallies: DayTally[] = [];
  for (const day of days) tallies.push(await store.tally(day));
  // Redis has the tasks of the last hour: a week judged by that would be a lie.
  if (store.name === "redis") return { tallies, tasks: null };
  return { tallies, tasks: await store.list((startOfDay(days.at(-1) ?? "") ?? 0) - (WEEK - 1) * DAY_MS, MOST_TASKS) };
}

/** Whether a task finished in the days up to the end of `last`. */
function within({ finishedAt }: Task, last: string, days: number): boolean {
  const end = (startOfDay(last) ?? 0) + DAY_MS;
  return finishedAt !== null && finishedAt < end && finishedAt >= end - days * DAY_MS;
}

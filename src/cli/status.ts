/** `npm run status`: where a question is, or how the loop does. */
import type { TaskRecord } from "../ledger/port.ts";
import { failure, InstantError, type Problem } from "../kit/errors.ts";
import { completed, mergeHeartbeats, mergeRecords } from "../ledger/records.ts";
import { recordOf } from "../ledger/story.ts";
import { systemClock } from "../runtime/clock.ts";
import { nowhere, parseStatusArguments, STATUS_HELP, type StatusOptions } from "./ledger/arguments.ts";
import { overviewJson, overviewOf, tellOverview } from "./ledger/overview.ts";
import { openPlaces, type Places, program, tellWarnings, terminal, type Warnings, warnings } from "./ledger/places.ts";
import { costsOf, eventJson, mergeTasks, taskJson } from "./ledger/records.ts";
import { type GitHubSettings, readSettings, type Settings } from "./ledger/settings.ts";
import { tellStory } from "./ledger/story.ts";

const DAYS = 7;
const DAY_MS = 86_400_000;
/** Tasks of those days that are looked at. */
const MOST_TASKS = 1_000;
/** How long workers are looked for in a Redis that holds much else, in milliseconds. */
const SEARCH_MS = 30_000;

process.exitCode = await program("npm run status", () => main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  const options = parseStatusArguments(args);
  if (options === "help") {
    process.stdout.write(STATUS_HELP);
    return 0;
  }
  const settings = readSettings(process.env, options.repo);
  if (settings.places.size === 0 && (options.traceId === null || settings.github === null)) throw nowhere();
  const told = warnings();
  const places = openPlaces(settings, told);
  try {
    return options.traceId === null ? await overview(places, settings, told, options) : await story(options.traceId, places, settings, told, options);
  } finally {
    await places.close();
    tellWarnings(told);
  }
}

async function story(traceId: string, places: Places, settings: Settings, told: Warnings, { json }: StatusOptions): Promise<number> {
  const [answers, github] = await Promise.all([places.ask((store) => store.read(traceId)), fromGitHub(traceId, settings.github, told)]);
  const known = answers.flatMap(({ store, value }) => (value === null ? [] : [{ store, value }]));
  const record = completed(mergeRecords(known.map(({ value }) => value)), github === "failed" ? null : github);
  if (record === null) throw unknownTask(traceId, settings, { asked: answers.map(({ store }) => settings.places.get(store) ?? store), github });
  const sources = [...known.map(({ store }) => settings.places.get(store) ?? store), ...(github === null || github === "failed" ? [] : [settings.github?.place ?? ""])];
  if (json) process.stdout.write(`${JSON.stringify({ task: taskJson(record.task), events: record.events.map(eventJson), costs: costsOf(record.events), sources, warnings: told.said }, null, 2)}\n`);
  else process.stdout.write(tellStory(record, { now: systemClock.now(), sources, screen: terminal() }));
  return 0;
}

/** What GitHub knows, if it can be asked; that it cannot is a warning, because the stores may know. */
async function fromGitHub(traceId: string, github: GitHubSettings | null, { log }: Warnings): Promise<TaskRecord | null | "failed"> {
  if (github === null) return null;
  const { connectStories } = await import("../github/stories.ts");
  try {
    const { context, token } = github;
    const found = await connectStories({ context, token, log, clock: systemClock }).find(traceId);
    return found === null ? null : recordOf(found, traceId, `${context.owner}/${context.repo}`);
  } catch (error) {
    if (!(error instanceof InstantError)) throw error;
    log.warning(`Without what ${github.place} knows: ${error.problems.map(({ what, fix }) => `${what}. ${fix}`).join(" ")}`);
    return "failed";
  }
}

function unknownTask(traceId: string, { places, github: settings }: Settings, { asked, github }: { asked: readonly string[]; github: TaskRecord | null | "failed" }): InstantError {
  const looked = [...asked, ...(settings !== null && github !== "failed" ? [`the pull requests and incidents of ${settings.place}`] : [])];
  const silent = [...[...places.values()].filter((place) => !asked.includes(place)), ...(github === "failed" && settings !== null ? [settings.place] : [])];
  const problems: Problem[] = [];
  if (looked.length > 0) problems.push({ what: `Nobody knows the task ${traceId}: looked in ${looked.join(", and in ")}`, fix: "Compare the id with the pull request's first line, and the settings with those of the workflow; `--repo owner/name` asks GitHub too." });
  if (silent.length > 0) problems.push({ what: `${silent.join(", and ")} could not be asked`, fix: "See the warnings above or below." });
  return problems.length === 0 ? nowhere() : new InstantError(looked.length > 0 ? "configuration" : "service", problems);
}

async function overview(places: Places, settings: Settings, told: Warnings, { json }: StatusOptions): Promise<number> {
  const now = systemClock.now();
  const answers = await places.ask(async (store) => {
    // One connection does one thing at a time.
    const tasks = await store.list(now - DAYS * DAY_MS, MOST_TASKS);
    return { tasks, heartbeats: (await store.heartbeats(undefined, SEARCH_MS)) ?? (await store.heartbeats("runner")) ?? [] };
  });
  if (answers.length === 0) throw failure("service", { what: `None of the stores could be asked: ${[...settings.places.values()].join(", ")}`, fix: "See the warnings." });
  const found = overviewOf(mergeTasks(answers.map(({ value }) => value.tasks)), mergeHeartbeats(answers.map(({ value }) => value.heartbeats)), now);
  const sources = answers.map(({ store }) => settings.places.get(store) ?? store);
  if (json) process.stdout.write(`${JSON.stringify({ ...overviewJson(found), sources, warnings: told.said }, null, 2)}\n`);
  else process.stdout.write(tellOverview(found, { now, period: `${DAYS} days`, sources, screen: terminal() }));
  return 0;
}

import { parseArgs } from "node:util";
import { failure, InstantError, type Problem } from "../../kit/errors.ts";
import { isTraceId } from "../../kit/ids.ts";
import { understood } from "../arguments.ts";

export const SETTINGS_HELP = `Where tasks are on record is read from the environment, as the actions' inputs have it:

  INSTANT_DATABASE_URL     PostgreSQL, postgres://user:password@host:5432/database
  INSTANT_REDIS_URL        Redis, redis://:password@host:6379 or rediss://…
  INSTANT_LEDGER_BRANCH    the branch of records, usually instant-ledger; with Redis alone that is what is read beside it
  GITHUB_REPOSITORY        owner/name, and GITHUB_TOKEN: a token that may read it, such as \`gh auth token\` prints
  GITHUB_API_URL, GITHUB_GRAPHQL_URL, GITHUB_SERVER_URL    all three for GitHub Enterprise Server; github.com without them
`;

export const STATUS_HELP = `npm run status tells where a question is: what happened to it, in order, and what it cost.

  npm run status -- TRACE_ID                one task; the id stands in the pull request, the commit and every job summary
  npm run status                            what is running, stuck or silent, and what finished last
  npm run status -- TRACE_ID --repo owner/name    asks GitHub too: pull requests, commits, checks, runs and incidents
  npm run status -- --json                  prints one JSON object and nothing else

The exit status is 1 when nobody knows the task, or nothing could be asked.

${SETTINGS_HELP}`;

export const METRICS_HELP = `npm run metrics tells how the loop did: tasks, success, time from request to merge, and the objectives.

  npm run metrics                           today, in UTC
  npm run metrics -- --day 20260901         that day
  npm run metrics -- --days 7               that many days up to it, each in a line and together
  npm run metrics -- --json                 prints one JSON object and nothing else

${SETTINGS_HELP}`;

export const REPLAY_HELP = `npm run replay brings every store what it missed while it was down: from the other stores, and from GitHub what none of them was told.

  npm run replay                            prints how many tasks each store was brought
  npm run replay -- --json                  the same as one JSON object
  npm run replay -- --ends-at-merge         where no deployment is looked at: a merged task is done, also when its run cannot be read any more

GitHub is asked where GITHUB_REPOSITORY and GITHUB_TOKEN are set, for the tasks of the last seven days.
The exit status is 1 when a store or GitHub could not be asked.

${SETTINGS_HELP}`;

export interface StatusOptions {
  /** null: an overview. */
  readonly traceId: string | null;
  readonly repo: string | null;
  readonly json: boolean;
}

/**
 * Reads the arguments behind `npm run status --`.
 * @returns "help" when that was asked for.
 * @throws InstantError naming everything that is wrong with them.
 */
export function parseStatusArguments(args: readonly string[]): StatusOptions | "help" {
  const { values, positionals } = understood("npm run status", () => parseArgs({
    args: [...args], allowPositionals: true,
    options: { repo: { type: "string" }, json: { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } },
  }));
  if (values.help) return "help";
  const problems: Problem[] = [];
  const [given] = positionals;
  if (positionals.length > 1) problems.push({ what: `${positionals.length} trace ids were given`, fix: "Ask for one at a time." });
  const traceId = given === undefined ? null : traceIdOf(given);
  if (traceId !== null && !isTraceId(traceId)) problems.push({ what: `\`${given}\` is no trace id`, cause: "a trace id has 32 hexadecimal digits, with or without dashes", fix: "Take it from the pull request's first line, `trace-id: …`." });
  if (values.repo !== undefined) problems.push(...repositoryProblems(values.repo, "--repo"));
  if (problems.length > 0) throw new InstantError("configuration", problems);
  return { traceId, repo: values.repo ?? null, json: values.json };
}

/** As OpenTelemetry has it (32 digits), as people copy it (`trace-id: …`, capitals), as it is. */
function traceIdOf(text: string): string {
  const bare = text.trim().toLowerCase().replace(/^trace-id:\s*/, "");
  return /^[0-9a-f]{32}$/.test(bare) ? bare.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5") : bare;
}

export function repositoryProblems(text: string, where: string): Problem[] {
  return /^[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]+$/.test(text) ? [] : [{ what: `${where} is no repository: \`${text}\``, where, fix: "Give it as `owner/name`." }];
}

export interface MetricsOptions {
  /** `yyyymmdd`, UTC; null: today. */
  readonly day: string | null;
  readonly days: number;
  readonly json: boolean;
}

/** The longest window of an objective is a month; the branch is looked through for as long. */
const MOST_DAYS = 90;

/**
 * Reads the arguments behind `npm run metrics --`.
 * @returns "help" when that was asked for.
 * @throws InstantError naming everything that is wrong with them.
 */
export function parseMetricsArguments(args: readonly string[]): MetricsOptions | "help" {
  const { values } = understood("npm run metrics", () => parseArgs({
    args: [...args],
    options: { day: { type: "string" }, days: { type: "string", default: "1" }, json: { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } },
  }));
  if (values.help) return "help";
  const problems: Problem[] = [];
  const day = values.day ?? null;
  if (day !== null && startOfDay(day) === null) problems.push({ what: `\`--day ${day}\` is no day`, fix: "Give it as yyyymmdd in UTC: `--day 20260901`." });
  const days = /^\d{1,3}$/.test(values.days) ? Number(values.days) : 0;
  if (days < 1 || days > MOST_DAYS) problems.push({ what: `\`--days ${values.days}\` is no number of days`, fix: `Give a number from 1 to ${MOST_DAYS}.` });
  if (problems.length > 0) throw new InstantError("configuration", problems);
  return { day, days, json: values.json };
}

/** Epoch milliseconds at which a day (`yyyymmdd`, UTC) begins; null when there is no such day. */
export function startOfDay(day: string): number | null {
  const [, year, month, date] = /^(\d{4})(\d{2})(\d{2})$/.exec(day) ?? [];
  const at = Date.parse(`${year}-${month}-${date}T00:00:00Z`);
  // The 31st of February is read as a day of March.
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(`${year}-${month}-${date}`) ? at : null;
}

/**
 * Reads the arguments behind `npm run replay --`.
 * @returns "help" when that was asked for.
 * @throws InstantError naming what is wrong with them.
 */
export function parseReplayArguments(args: readonly string[]): { readonly json: boolean; readonly endsAtMerge: boolean } | "help" {
  const { values } = understood("npm run replay", () => parseArgs({
    args: [...args],
    options: { json: { type: "boolean", default: false }, "ends-at-merge": { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } },
  }));
  return values.help ? "help" : { json: values.json, endsAtMerge: values["ends-at-merge"] };
}

/** Why a program cannot go on without a record. */
export function nowhere(): InstantError {
  return failure("configuration", {
    what: "Nothing says where tasks are on record",
    cause: "none of INSTANT_DATABASE_URL, INSTANT_REDIS_URL and INSTANT_LEDGER_BRANCH is set",
    fix: "Set one of them, as the workflow's `database-url`, `redis-url` or `ledger-branch` has it; `--help` says more.",
  });
}

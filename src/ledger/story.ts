import { shortSha } from "../kit/ids.ts";
import { interventionsIn } from "../kit/people.ts";
import type { Phase } from "../kit/phases.ts";
import type { TaskEvent, TaskRecord } from "./port.ts";
import type { Task, TaskStatus } from "./task.ts";

/** What GitHub alone tells of a task; src/github/stories.ts has it. Times are epoch milliseconds, lists the oldest first. */
export interface Story {
  readonly pulls: readonly StoryPull[];
  /** Issues that a rollback opened. */
  readonly incidents: readonly { readonly number: number; readonly url: string; readonly title: string; readonly createdAt: number; readonly closedAt: number | null }[];
  readonly runs: readonly StoryRun[];
  /** Addresses of runs that cannot be read: they are deleted, or the token may not. */
  readonly lostRuns: readonly string[];
  /** Whether the token may not read the checks. */
  readonly lostChecks: boolean;
}

export interface StoryPull {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly state: "open" | "closed" | "merged";
  readonly author: string;
  readonly branch: string;
  readonly mergeSha: string | null;
  readonly createdAt: number;
  readonly mergedAt: number | null;
  readonly mergedBy: string | null;
  readonly closedAt: number | null;
  readonly reviews: readonly { readonly author: string; readonly at: number }[];
  readonly commits: readonly { readonly sha: string; readonly url: string; readonly message: string; readonly traceId: string | null; readonly author: string | null; readonly at: number }[];
  readonly checks: readonly { readonly name: string; readonly state: "pending" | "success" | "failure"; readonly at: number; readonly url: string | null }[];
}

export interface StoryRun {
  readonly id: number;
  readonly url: string;
  /** What it calls itself. */
  readonly title: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Names of the jobs that did not end well, of the newest attempt. */
  readonly failedJobs: readonly string[];
}

/** A rollback's branch (CONTRACTS, Pull requests, rollbacks, issues). */
const HOTFIX = /^hotfix\/rollback-/;
const TITLE = /^Update FAQ - /;
const REASON = /^Rollback: /;
/** The branch of a question ends in its hash, with a number behind it when it was asked again. */
const HASH = /([0-9a-f]{16})(?:-\d+)?$/;

/**
 * What GitHub alone knows of a task, in the ledger's words: what a job that died did not write. Whether production was verified
 * is not to be seen there, and is never claimed.
 * @param repository `owner/name`
 * @param options.endsAtMerge no deployment is looked at in this repository: merged is the end.
 */
export function recordOf(story: Story, traceId: string, repository: string, { endsAtMerge = false }: { readonly endsAtMerge?: boolean } = {}): TaskRecord {
  const events = eventsOf(story, traceId).sort((a, b) => a.at - b.at);
  const [own, hotfixes] = [story.pulls.filter(({ branch }) => !HOTFIX.test(branch)), story.pulls.filter(({ branch }) => HOTFIX.test(branch))];
  const main = own.findLast(({ state }) => state === "merged") ?? own.at(-1) ?? hotfixes.at(-1) ?? null;
  const standing = standingOf(main, hotfixes, story, { traceId, endsAtMerge });
  const times = events.map(({ at }) => at);
  const ended = standing.status === "done" || standing.status === "error";
  const task: Task = {
    taskId: traceId, repository, questionHash: own.length === 0 ? null : (HASH.exec(main?.branch ?? "")?.[1] ?? null), jobId: story.runs.length === 0 ? null : String(story.runs.at(-1)?.id), kind: own.length > 0 ? "faq" : "rollback",
    question: main !== null && TITLE.test(main.title) ? main.title.replace(TITLE, "") : null,
    status: standing.status, phase: standing.phase, prUrl: main?.url ?? null, state: main?.state ?? null,
    errorType: null, errorMsg: standing.error,
    workerInstance: null, workerVersion: null, claimedAt: null, createdAt: Math.min(...times), startedAt: story.runs[0]?.createdAt ?? null,
    finishedAt: ended ? Math.max(...times) : null, updatedAt: Math.max(...times),
    mergedAt: main !== null && !HOTFIX.test(main.branch) ? main.mergedAt : null,
    // Who opened it is the account that the loop works with.
    humanInterventionCount: main === null || own.length === 0 ? null : interventionsIn(main, [main.author]),
  };
  return { task, events };
}

interface Standing {
  readonly status: TaskStatus;
  readonly phase: Phase;
  readonly error: string | null;
}

function standingOf(main: StoryPull | null, hotfixes: readonly StoryPull[], { runs, incidents }: Story, { traceId, endsAtMerge }: { readonly traceId: string; readonly endsAtMerge: boolean }): Standing {
  const hotfix = hotfixes.findLast(({ state }) => state === "merged");
  if (hotfix !== undefined) return { status: "error", phase: "rolled_back", error: `${hotfix.title.replace(REASON, "")} (#${hotfix.number})` };
  const working = runs.some(({ status }) => status !== "completed");
  const [incident] = incidents;
  if (main === null || HOTFIX.test(main.branch)) return { status: "error", phase: "deployed", error: `a rollback was wanted and did not happen${incident === undefined ? "" : `: #${incident.number} ${incident.title}`}` };
  if (main.state === "merged") return afterMerge(runs, { working, endsAtMerge }, incident);
  if (main.state === "closed") return { status: "error", phase: "blocked", error: `#${main.number} was closed without being merged` };
  const person = main.commits.find((commit) => commit.traceId !== traceId && commit.author !== null && !commit.author.endsWith("[bot]"));
  if (person !== undefined) return { status: "running", phase: "handed_over", error: null };
  const red = main.checks.filter(({ state }) => state === "failure").map(({ name }) => name);
  if (red.length > 0 && !working) return { status: "error", phase: "ci_failed", error: `failed: ${red.join(", ")}` };
  const failed = runs.findLast((run) => ended(run) && run.conclusion !== "success");
  if (failed !== undefined && !working) return { status: "error", phase: "blocked", error: endOf(failed) };
  return { status: "running", phase: "pr_open", error: null };
}

/** Unknown is never yes: merged is the end only when the run that did it ended well. */
function afterMerge(runs: readonly StoryRun[], { working, endsAtMerge }: { readonly working: boolean; readonly endsAtMerge: boolean }, incident: { readonly number: number; readonly title: string } | undefined): Standing {
  if (incident !== undefined && !working) return { status: "error", phase: "deployed", error: `#${incident.number} ${incident.title}` };
  const last = runs.at(-1);
  if (working) return { status: "running", phase: "merged", error: null };
  if (last === undefined) return { status: endsAtMerge ? "done" : "running", phase: "merged", error: null };
  return last.conclusion === "success" ? { status: "done", phase: "merged", error: null } : { status: "error", phase: "merged", error: endOf(last) };
}

function ended({ status }: StoryRun): boolean {
  return status === "completed";
}

function endOf(run: StoryRun): string {
  const jobs = run.failedJobs.length === 0 ? "" : ` (${run.failedJobs.join(", ")})`;
  return `the run ended as ${run.conclusion ?? "unknown"}${jobs}`;
}

/** Each event has the same name whoever asks and whenever: told twice it is stored once. */
function eventsOf(story: Story, traceId: string): TaskEvent[] {
  const events: TaskEvent[] = [];
  const tell = (name: string, at: number, kind: TaskEvent["kind"], text: string, url: string | null, data: TaskEvent["data"] = {}) =>
    void events.push({ taskId: traceId, eventId: `github-${name}`, at, stage: "GitHub", kind, text, url, data });
  for (const run of story.runs) {
    tell(`run-${run.id}`, run.createdAt, "run", `run started${run.title === "" ? "" : `: ${run.title}`}`, run.url);
    if (ended(run)) tell(`run-${run.id}-end`, run.updatedAt, run.conclusion === "success" ? "run" : "warning", endOf(run), run.url);
  }
  for (const pull of story.pulls) {
    const of = `pull-${pull.number}`;
    tell(of, pull.createdAt, "pull-request", `#${pull.number} opened by ${pull.author}: ${pull.title}`, pull.url);
    for (const { sha, message, author, at, url } of pull.commits) tell(`${of}-commit-${sha}`, at, "commit", `${shortSha(sha)} ${message.split("\n", 1)[0] ?? ""}${author === null ? "" : `, by ${author}`}`, url, { sha });
    for (const { name, state, at, url } of pull.checks) tell(`${of}-check-${name}`, at, "decision", `check ${name}: ${state}`, url);
    if (pull.mergedAt !== null) tell(`${of}-merge`, pull.mergedAt, "commit", `#${pull.number} merged${pull.mergeSha === null ? "" : ` as ${shortSha(pull.mergeSha)}`}${pull.mergedBy === null ? "" : ` by ${pull.mergedBy}`}`, pull.url, pull.mergeSha === null ? {} : { sha: pull.mergeSha });
    else if (pull.closedAt !== null) tell(`${of}-close`, pull.closedAt, "pull-request", `#${pull.number} closed without being merged`, pull.url);
  }
  for (const issue of story.incidents) {
    tell(`issue-${issue.number}`, issue.createdAt, "alert", `#${issue.number} ${issue.title}`, issue.url);
    if (issue.closedAt !== null) tell(`issue-${issue.number}-close`, issue.closedAt, "alert", `#${issue.number} was closed`, issue.url);
  }
  const last = Math.max(...events.map(({ at }) => at));
  for (const url of story.lostRuns) tell(`lost-${url}`, last, "warning", "a run cannot be read: it is deleted, or the token may not read runs", url);
  if (story.lostChecks) tell("lost-checks", last, "warning", "the checks cannot be read: the token may not", null);
  return events;
}

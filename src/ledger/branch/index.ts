import type { Clock } from "../../kit/clock.ts";
import { failure } from "../../kit/errors.ts";
import type { AlertNote, Batch, Claim, DayTally, Finished, Heartbeat, Look, LookWanted, Store, StoreName, TaskEvent, TaskRecord } from "../port.ts";
import { finishedOf } from "../stale.ts";
import { isAmong, joinTasks, type Only, outcomeOf, type Task, tteOf } from "../task.ts";

/** What the branch ledger needs of a repository; src/github/records.ts has it. */
export interface BranchFiles {
  read(folders: readonly string[], names?: readonly string[]): Promise<{ readonly head: string; readonly files: ReadonlyMap<string, string> } | null>;
  commit(change: { readonly head: string | null; readonly files: readonly { readonly path: string; readonly text: string | null }[]; readonly message: string }): Promise<"written" | "moved">;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Rounds of read and commit while others commit. */
const MAX_ROUNDS = 40;
/** Days of records that are looked through for a task. */
const MAX_DAYS = 90;
/** A task goes on for some days at most, if it has to wait for a person. */
const DAYS_OF_A_TASK = 7;
/** Folders that one query asks for. */
const FOLDERS_AT_ONCE = 100;
const DAYS_AT_ONCE = 10;

interface Context {
  readonly files: BranchFiles;
  /** Names this job among the writers of a task: `{run}-{attempt}-{job}`. */
  readonly writer: string;
  readonly clock: Clock;
}

/**
 * The ledger that needs nothing but the repository: `tasks/{yyyymmdd}/{task id}/{writer}.json`, one file per task and writer, so that no two
 * jobs write the same file and a commit that came too late is simply made again on top.
 */
export function branchStore(context: Context): Store {
  const { files } = context;
  return {
    name: "branch",
    claim: (claim) => take(context, claim),
    write: (batch) => write(context, batch),
    read: async (taskId) => (await readTasks(files, [taskId])).get(taskId) ?? null,
    readMany: (taskIds) => readTasks(files, taskIds),
    list: (since, limit, only) => list(files, { since, limit, only }),
    tally: (day, repository) => tally(files, day, repository),
    finished: (from, until, repository) => finished(context, { from, until, repository }),
    beat: (heartbeat) => put(context, [{ path: `heartbeats/${encodeURIComponent(heartbeat.id)}.json`, text: JSON.stringify(heartbeat) }], "A heartbeat"),
    endBeat: (id) => remove(context, [`heartbeats/${encodeURIComponent(id)}.json`]),
    heartbeats: (kind) => heartbeats(files, kind),
    readMissed: async (store) => [...((await files.read([], [`missed/${store}`]))?.files.keys() ?? [])].map((path) => path.split("/").at(-1) ?? ""),
    noteMissed: (store, ids) => put(context, ids.map((id) => ({ path: missedPath(store, id), text: "" })), `What ${store} missed`),
    clearMissed: (store, ids) => remove(context, ids.map((id) => missedPath(store, id))),
    readAlerts: (repository, keys) => readAlerts(files, repository, keys),
    writeAlert: (repository, key, note, revision) => swap(context, [alertPath(repository, key)], (found) => {
      const path = alertPath(repository, key);
      const text = found.get(path);
      if ((text === undefined ? null : noteIn(text).revision) !== revision) return { changes: [], message: "", answer: false };
      return { changes: [{ path, text: JSON.stringify(note) }], message: `What was told of ${key}`, answer: true };
    }),
    beginLook: (wanted) => beginLook(context, wanted),
    endLook: (repository, until) => endLook(context, repository, until),
    close: async () => {},
  };
}

function alertPath(repository: string, key: string): string {
  return `alerts/${repository}/${encodeURIComponent(key)}.json`;
}

function noteIn(text: string): AlertNote {
  return JSON.parse(text) as AlertNote;
}

async function readAlerts(files: BranchFiles, repository: string, keys: readonly string[]): Promise<Map<string, AlertNote>> {
  const found = keys.length === 0 ? null : await files.read(keys.map((key) => alertPath(repository, key)));
  return new Map(keys.flatMap((key) => {
    const text = found?.files.get(alertPath(repository, key));
    return text === undefined ? [] : [[key, noteIn(text)] as const];
  }));
}

function lookPath(repository: string): string {
  return `looks/${repository}.json`;
}

/** The branch is where GitHub is, and cannot have been down without it. */
async function beginLook(context: Context, { repository, force, leaseMs, everyMs, staleMs }: LookWanted): Promise<Look | null> {
  const path = lookPath(repository);
  return swap<Look | null>(context, [path, "heartbeats"], (found) => {
    const known = JSON.parse(found.get(path) ?? "{}") as { begunAt?: number; until?: number };
    const now = context.clock.now();
    const [begunAt, until] = [known.begunAt ?? 0, known.until ?? 0];
    const beats = [...found].flatMap(([at, text]) => (at === path ? [] : [JSON.parse(text) as Heartbeat]));
    const silent = Math.max(0, ...beats.filter((beat) => beat.kind === "runner" && now - beat.at > staleMs).map((beat) => beat.at + staleMs));
    const isDue = force || (begunAt <= now - leaseMs && (until <= now - everyMs || until <= silent));
    if (!isDue) return { changes: [], message: "", answer: null };
    return { changes: [{ path, text: JSON.stringify({ ...known, begunAt: now }) }], message: "Look for what is not on record", answer: { since: known.until ?? null } };
  });
}

async function heartbeats(files: BranchFiles, kind: Heartbeat["kind"] | undefined): Promise<Heartbeat[]> {
  const found = [...((await files.read(["heartbeats"]))?.files.values() ?? [])].map((text) => JSON.parse(text) as Heartbeat);
  return found.filter((beat) => kind === undefined || beat.kind === kind).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function missedPath(store: StoreName, taskId: string): string {
  return `missed/${store}/${taskId}`;
}

async function endLook(context: Context, repository: string, until: number): Promise<void> {
  const path = lookPath(repository);
  await swap(context, [path], (found) => {
    const text = JSON.stringify({ ...(JSON.parse(found.get(path) ?? "{}") as object), until });
    return { changes: text === found.get(path) ? [] : [{ path, text }], message: "What GitHub tells is on record", answer: undefined };
  });
}

interface Change {
  readonly path: string;
  readonly text: string | null;
}

/** Reads, lets `plan` decide on what is there, and commits; again when somebody else was quicker. An empty plan commits nothing. */
async function swap<T>({ files, clock }: Context, wanted: readonly string[], plan: (found: ReadonlyMap<string, string>) => { changes: readonly Change[]; message: string; answer: T }): Promise<T> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = await files.read(wanted);
    const { changes, message, answer } = plan(found?.files ?? new Map());
    if (changes.length === 0 || (await files.commit({ head: found?.head ?? null, files: changes, message })) === "written") return answer;
    // Those who came too late together should not come together again.
    await clock.sleep(Math.random() * Math.min(50 * 2 ** Math.min(round, 4), 800));
  }
  throw failure("service", {
    what: `The ledger's branch moved ${MAX_ROUNDS} times in a row before a commit could be made`,
    cause: "very many jobs end at the same moment",
    fix: "Set `database-url`: PostgreSQL takes any number of them.",
  });
}

async function put(context: Context, changes: readonly Change[], message: string): Promise<void> {
  for (const some of inParts(changes)) {
    await swap(context, some.map(({ path }) => path), (found) => ({ changes: some.filter(({ path, text }) => found.get(path) !== text), message, answer: undefined }));
  }
}

async function remove(context: Context, paths: readonly string[]): Promise<void> {
  for (const some of inParts(paths)) {
    await swap(context, some, (found) => ({ changes: some.filter((path) => found.has(path)).map((path) => ({ path, text: null })), message: "Forget what is done", answer: undefined }));
  }
}

/** As many at a time as one query asks for. */
function inParts<T>(all: readonly T[]): (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / FOLDERS_AT_ONCE) }, (_, index) => all.slice(index * FOLDERS_AT_ONCE, (index + 1) * FOLDERS_AT_ONCE));
}

/** One job's file of one task. */
interface Entry {
  readonly task: Task | null;
  readonly events: readonly TaskEvent[];
}

async function write(context: Context, batch: Batch): Promise<void> {
  for (const ids of inParts([...new Set([...batch.tasks, ...batch.events].map(({ taskId }) => taskId))])) await writeSome(context, batch, ids);
}

async function writeSome(context: Context, { tasks, events }: Batch, ids: readonly string[]): Promise<void> {
  const folderOf = new Map(ids.map((id) => [id, pathOf(context, id, tasks.filter((task) => task.taskId === id), events.filter((event) => event.taskId === id))]));
  await swap(context, [...folderOf.values()], (found) => {
    const changes = ids.flatMap((id) => {
      const path = folderOf.get(id) ?? "";
      const known = parse(found.get(path));
      const own = tasks.filter((task) => task.taskId === id);
      const entry: Entry = { task: [...(known.task === null ? [] : [known.task]), ...own].reduce<Task | null>((joined, task) => joinTasks(joined ?? task, task), null), events: union([...known.events, ...events.filter((event) => event.taskId === id)]) };
      const text = `${JSON.stringify(entry, null, 1)}\n`;
      return text === found.get(path) ? [] : [{ path, text }];
    });
    return { changes, message: `Record ${ids.length === 1 ? `task ${ids[0]}` : `${ids.length} tasks`}`, answer: undefined };
  });
}

/** The day of the newest thing that is told: a task that goes on after midnight has a folder on each day. */
function pathOf({ writer }: Context, taskId: string, tasks: readonly Task[], events: readonly TaskEvent[]): string {
  const newest = Math.max(...tasks.map((task) => task.finishedAt ?? task.updatedAt), ...(tasks.length > 0 ? [] : events.map(({ at }) => at)));
  return `tasks/${dayOf(newest)}/${taskId}/${writer}.json`;
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10).replaceAll("-", "");
}

/** Epoch milliseconds at which a day begins. */
function timeOf(day: string): number {
  return Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}T00:00:00Z`);
}

function parse(text: string | undefined): Entry {
  return text === undefined ? { task: null, events: [] } : (JSON.parse(text) as Entry);
}

/** Each event once, in order of time. */
function union(events: readonly TaskEvent[]): TaskEvent[] {
  const unique = new Map(events.toReversed().map((event) => [event.eventId, event]));
  return [...unique.values()].sort((a, b) => a.at - b.at || (a.eventId < b.eventId ? -1 : 1));
}

async function days(files: BranchFiles): Promise<string[]> {
  const names = [...((await files.read([], ["tasks"]))?.files.keys() ?? [])].map((path) => path.split("/").at(-1) ?? "");
  return names.sort().reverse().slice(0, MAX_DAYS);
}

/** What all writers on these days say of these tasks; on all days unless told. */
async function readTasks(files: BranchFiles, ids: readonly string[], wanted?: readonly string[]): Promise<Map<string, TaskRecord>> {
  const onDays = wanted ?? (await days(files));
  const possible = onDays.flatMap((day) => ids.map((id) => `tasks/${day}/${id}`));
  const found = new Map<string, string>();
  for (const some of inParts(possible.length <= FOLDERS_AT_ONCE ? possible : await existing(files, onDays, new Set(possible)))) {
    for (const [path, text] of (await files.read(some))?.files ?? []) found.set(path, text);
  }
  return collect(found);
}

/** Which of these folders there are: of many tasks on many days most were never made. */
async function existing(files: BranchFiles, onDays: readonly string[], possible: ReadonlySet<string>): Promise<string[]> {
  const there = await files.read([], onDays.map((day) => `tasks/${day}`));
  return [...(there?.files.keys() ?? [])].filter((path) => possible.has(path));
}

function collect(files: ReadonlyMap<string, string>): Map<string, TaskRecord> {
  const records = new Map<string, TaskRecord>();
  const orphans = new Map<string, TaskEvent[]>();
  for (const [path, text] of files) {
    const id = path.split("/")[2] ?? "";
    const entry = parse(text);
    const before = records.get(id);
    const events = [...(before?.events ?? orphans.get(id) ?? []), ...entry.events];
    if (entry.task !== null) records.set(id, { task: before === undefined ? entry.task : joinTasks(before.task, entry.task), events: union(events) });
    else if (before !== undefined) records.set(id, { task: before.task, events: union(events) });
    else orphans.set(id, events);
  }
  return records;
}

async function list(files: BranchFiles, { since, limit, only }: { readonly since: number; readonly limit: number; readonly only: Only | undefined }): Promise<Task[]> {
  const wanted = (await days(files)).filter((day) => day >= dayOf(since - DAY_MS));
  if (wanted.length === 0) return [];
  const records = collect((await files.read(wanted.map((day) => `tasks/${day}`)))?.files ?? new Map());
  const tasks = [...records.values()].map(({ task }) => task).filter((task) => task.updatedAt >= since && isAmong(task, only));
  return tasks.sort((a, b) => b.updatedAt - a.updatedAt || (a.taskId < b.taskId ? -1 : 1)).slice(0, limit);
}

/** A task is in the folder of the day on which it finished, and perhaps in others: what all of them say decides. */
async function tally(files: BranchFiles, day: string, repository?: string): Promise<DayTally> {
  const there = await files.read([], [`tasks/${day}`]);
  const ids = [...(there?.files.keys() ?? [])].map((path) => path.split("/")[2] ?? "");
  const near = ids.length === 0 ? [] : (await days(files)).filter((other) => Math.abs(timeOf(other) - timeOf(day)) <= DAYS_OF_A_TASK * DAY_MS);
  const ended = [...(await readTasks(files, ids, near)).values()].map(({ task }) => task).filter(({ finishedAt, repository: own }) => finishedAt !== null && dayOf(finishedAt) === day && own === (repository ?? own));
  const done = ended.filter((task) => outcomeOf(task) === "success");
  return { day, success: done.length, failure: ended.filter((task) => outcomeOf(task) === "failure").length, tteMs: done.map(tteOf).filter((tte) => tte !== null).sort((a, b) => a - b) };
}

/** What was said of a task in the days around decides, too. */
async function finished({ files, clock }: Context, { from, until, repository }: { readonly from: number; readonly until: number; readonly repository: string | undefined }): Promise<Finished[]> {
  const [first, last] = [dayOf(from - DAYS_OF_A_TASK * DAY_MS), dayOf(until + DAYS_OF_A_TASK * DAY_MS)];
  const wanted = (await days(files)).filter((day) => day >= first && day <= last);
  const found = new Map<string, string>();
  // Whole days are large: few at once.
  for (let start = 0; start < wanted.length; start += DAYS_AT_ONCE) {
    for (const [path, text] of (await files.read(wanted.slice(start, start + DAYS_AT_ONCE).map((day) => `tasks/${day}`)))?.files ?? []) found.set(path, text);
  }
  const now = clock.now();
  const ended = [...collect(found).values()].flatMap(({ task }) => (task.repository === (repository ?? task.repository) ? (finishedOf(task, now) ?? []) : []));
  return ended.filter(({ finishedAt }) => finishedAt >= from && finishedAt < until);
}

/** Atomic by the branch's head: of many who saw the question free, one commit is first, and the others look again. */
async function take(context: Context, { repository, questionHash, taskId, instead }: Claim): Promise<string> {
  const path = `claims/${repository}/${questionHash}.json`;
  return swap(context, [path], (found) => {
    const text = found.get(path);
    const held = text === undefined ? null : (JSON.parse(text) as { taskId: string; at: number });
    const now = context.clock.now();
    const free = held === null || held.at <= now - HOUR_MS || held.taskId === instead;
    if (!free) return { changes: [], message: "", answer: held.taskId };
    return { changes: [{ path, text: JSON.stringify({ taskId, at: now }) }], message: `Claim question ${questionHash}`, answer: taskId };
  });
}

import type { Clock } from "../kit/clock.ts";
import { alertNotes } from "./alerts.ts";
import { lookIfDue, type Truth } from "./due.ts";
import { type GuardedStore, guarded, type GuardOptions, type StoreOpener } from "./guard.ts";
import type { Claim, Heartbeat, Lately, Ledger, StoreName, TaskEvent } from "./port.ts";
import { mergeHeartbeats, storableEvent, storableTask } from "./records.ts";
import { joinTasks, type Task } from "./task.ts";

export type { Ledger } from "./port.ts";

/** Tasks that one flush brings to a store that missed them. */
const REPLAY_AT_ONCE = 100;
const ORDER: readonly StoreName[] = ["postgres", "redis", "branch"];

/**
 * A record in several places at once.
 * @param options.reserve is opened and written only when another store has failed during the job.
 * @param options.truth what GitHub knows, to complete the record from; without it only what a store knows is brought to the others.
 */
export function openLedger(options: GuardOptions & { readonly clock: Clock; readonly stores: readonly StoreOpener[]; readonly reserve?: StoreOpener; readonly truth?: Truth }): Ledger {
  const stores = options.stores.map((opener) => guarded(opener, options)).sort((a, b) => ORDER.indexOf(a.name) - ORDER.indexOf(b.name));
  const reserve = options.reserve === undefined ? undefined : guarded(options.reserve, options);
  let tasks = new Map<string, Task>();
  let events: TaskEvent[] = [];
  const beating = stores.filter(({ name }) => name !== "branch");
  const all = () => (reserve === undefined ? stores : [...stores, reserve]);
  /** The reserve only when it is needed. */
  const inUse = () => (stores.some((store) => store.failed()) ? all() : stores);
  const notes = new Map<string, ReturnType<typeof alertNotes>>();
  return {
    claim: (claim) => claimIn(stores, claim),
    note: (task) => {
      const known = tasks.get(task.taskId);
      tasks.set(task.taskId, known === undefined ? storableTask(task) : joinTasks(known, storableTask(task)));
    },
    tell: (event) => void events.push(storableEvent(event)),
    read: async (taskId) => {
      for (const store of all()) {
        const found = await store.use((one) => one.read(taskId));
        if (found !== null && found.value !== null) return found.value;
      }
      return null;
    },
    list: async (since, limit, only) => {
      for (const store of stores) {
        const found = await store.use((one) => one.list(since, limit, only));
        if (found !== null && found.value.length > 0) return found.value;
      }
      return [];
    },
    beat: async (heartbeat) => void (await Promise.all(beating.map((store) => store.use((one) => one.beat(heartbeat))))),
    endBeat: async (id) => void (await Promise.all(beating.map((store) => store.use((one) => one.endBeat(id))))),
    heartbeats: (kind) => heartbeatsIn(beating, kind),
    flush: async () => {
      const batch = { tasks: [...tasks.values()], events };
      [tasks, events] = [new Map(), []];
      return writeAll(stores, reserve, batch);
    },
    alerts: (repository) => {
      const known = notes.get(repository) ?? alertNotes(inUse, repository);
      notes.set(repository, known);
      return known;
    },
    lately: (repository) => latelyIn(inUse, repository, options.clock.now()),
    catchUp: async (force = false) => {
      const { truth, clock, log } = options;
      const [known, due] = await Promise.all([replay(all()), truth === undefined ? null : lookIfDue(stores, { repository: truth.repository, now: clock.now(), force })]);
      if (truth === undefined || due === null) return known;
      const { complete } = await import("./completion.ts");
      const brought = new Map(known);
      for (const [name, count] of await complete(stores, due, { ...truth, log, force })) brought.set(name, (brought.get(name) ?? 0) + count);
      return brought;
    },
    close: async () => {
      await Promise.all([...notes.values()].map(({ settled }) => settled()));
      await Promise.all(all().map((store) => store.close()));
    },
  };
}

/**
 * The preferred store decides; the others are told whose it is, so that they can tell it when the preferred one is down. One that
 * names somebody else has seen what the preferred one has not: then the stores cannot decide.
 */
async function claimIn(stores: readonly GuardedStore[], claim: Claim): Promise<string | null> {
  let owner: string | null = null;
  // The branch of the question is itself the claim on GitHub.
  for (const store of stores.filter(({ name }) => name !== "branch")) {
    const answer: { readonly value: string } | null = await store.use((one) => one.claim(owner === null ? claim : { ...claim, taskId: owner }));
    if (answer === null) continue;
    if (owner !== null && answer.value !== owner) return null;
    owner = answer.value;
  }
  return owner;
}

async function heartbeatsIn(stores: readonly GuardedStore[], kind: Heartbeat["kind"] | undefined): Promise<readonly Heartbeat[] | null> {
  const answers = (await Promise.all(stores.map((store) => store.use((one) => one.heartbeats(kind))))).filter((answer) => answer !== null);
  const known = answers.flatMap(({ value }) => (value === null ? [] : [value]));
  return known.length === 0 || known.length < answers.length ? null : mergeHeartbeats(known);
}

const HOUR_MS = 3_600_000;
/** Whose tasks are looked at how far back: what Redis forgets is not there, and a week on a branch is hundreds of files. */
const REACH_MS: Readonly<Record<StoreName, number>> = { postgres: 7 * 24 * HOUR_MS, redis: HOUR_MS, branch: 24 * HOUR_MS };
const MOST_LATELY = 2_000;
/** A Redis at work lists a task that is older than its hour less this. */
const SETTLING_MS = 15 * 60_000;
/** The longest window of an objective. */
const MONTH_MS = 30 * 24 * HOUR_MS;

async function latelyIn(stores: () => readonly GuardedStore[], repository: string, now: number): Promise<Lately | null> {
  const asked = new Set<StoreName>();
  let partly: Lately | null = null;
  // One that fails may bring the reserve in.
  for (;;) {
    const store = stores().find(({ name }) => !asked.has(name));
    if (store === undefined) return partly;
    asked.add(store.name);
    const reachMs = REACH_MS[store.name];
    const day = new Date(now).toISOString().slice(0, 10).replaceAll("-", "");
    const found = await store.use(async (one) => Promise.all([one.list(now - reachMs, MOST_LATELY), store.name === "redis" ? one.tally(day, repository) : null]));
    if (found === null) continue;
    const [tasks, today] = found.value;
    // Of very many a month would take longer than a job has.
    const isMonth = store.name === "postgres" && tasks.length < MOST_LATELY;
    const month = isMonth ? await store.use((one) => one.finished(now - MONTH_MS, now + 1, repository)) : null;
    const lately: Lately = { tasks: joinedTasks(tasks, partly?.tasks ?? []), today, reachMs, month: month?.value ?? null };
    // A Redis that holds nothing of before may have been started empty: the branch beside it knows what there was. Where little happens that is little to read.
    if (store.name !== "redis" || tasks.some(({ updatedAt }) => updatedAt < now - reachMs + SETTLING_MS)) return lately;
    partly = lately;
  }
}

/** The newest first. */
function joinedTasks(some: readonly Task[], more: readonly Task[]): readonly Task[] {
  const all = new Map(some.map((task) => [task.taskId, task]));
  for (const task of more) all.set(task.taskId, joinTasks(all.get(task.taskId) ?? task, task));
  return more.length === 0 ? some : [...all.values()].sort((a, b) => b.updatedAt - a.updatedAt);
}

interface Written {
  readonly tasks: readonly Task[];
  readonly events: readonly TaskEvent[];
}

async function writeAll(stores: readonly GuardedStore[], reserve: GuardedStore | undefined, batch: Written): Promise<StoreName[]> {
  if (batch.tasks.length + batch.events.length === 0) return [];
  const answers = await Promise.all(stores.map(async (store) => ((await store.use((one) => one.write(batch))) === null ? [] : [store])));
  const written = answers.flat();
  const missed = stores.filter((store) => !written.includes(store));
  if (missed.length > 0 && reserve !== undefined && (await reserve.use((one) => one.write(batch))) !== null) written.push(reserve);
  const ids = [...new Set([...batch.tasks, ...batch.events].map(({ taskId }) => taskId))];
  if (ids.length > 0) await Promise.all(written.map((store) => store.use(async (one) => Promise.all(missed.map(({ name }) => one.noteMissed(name, ids))))));
  return written.map(({ name }) => name);
}

/**
 * Brings every store what another knows it to have missed. Writing joins, so that doing it twice, or at the same time elsewhere,
 * changes nothing. @returns how many tasks each store was brought.
 */
async function replay(stores: readonly GuardedStore[]): Promise<ReadonlyMap<StoreName, number>> {
  const pairs = stores.flatMap((from) => stores.filter((to) => to !== from).map((to) => ({ from, to })));
  const found = await Promise.all(pairs.map(async (pair) => ({ ...pair, ids: await pair.from.use((store) => store.readMissed(pair.to.name)) })));
  const brought = new Map<StoreName, number>();
  for (const { from, to, ids } of found) {
    const wanted = ids?.value.slice(0, REPLAY_AT_ONCE) ?? [];
    if (wanted.length === 0) continue;
    // What is not there any more (Redis keeps what another missed for a week) cannot be brought.
    const records = await from.use((store) => store.readMany(wanted));
    if (records === null) continue;
    const known = [...records.value.values()];
    if ((await to.use((store) => store.write({ tasks: known.map(({ task }) => task), events: known.flatMap(({ events }) => events) }))) === null) continue;
    await from.use((store) => store.clearMissed(to.name, wanted));
    // What somebody wrote, and noted, between the reading and the clearing is noted again.
    const after = await from.use((store) => store.readMany(wanted));
    const newer = wanted.filter((id) => JSON.stringify(after?.value.get(id)) !== JSON.stringify(records.value.get(id)));
    if (after !== null && newer.length > 0) await from.use((store) => store.noteMissed(to.name, newer));
    brought.set(to.name, (brought.get(to.name) ?? 0) + known.length);
  }
  return brought;
}

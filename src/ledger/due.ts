import type { GuardedStore } from "./guard.ts";
import type { Heartbeat, Look } from "./port.ts";
import { mergeHeartbeats } from "./records.ts";
import { STALE_MS } from "./stale.ts";
import type { Story, StoryRun } from "./story.ts";

/** A trace id on GitHub, with whatever finds its pages again; src/github/stories.ts has it. */
export interface Trace {
  readonly traceId: string;
  /** Epoch milliseconds. */
  readonly changedAt: number;
}

export interface Stories<T extends Trace = Trace> {
  /** The oldest change first. */
  changedSince(at: number): Promise<readonly T[]>;
  read(traces: readonly T[]): Promise<ReadonlyMap<string, Story>>;
  readRun(id: number): Promise<StoryRun | null>;
}

/** What GitHub knows of a repository's tasks. */
export interface Truth {
  /** `owner/name` */
  readonly repository: string;
  /** Loaded and asked only when a look is due. */
  readonly open: () => Promise<Stories>;
  /** Whether loops end at the merge here, because no deployment is looked at: then merged is the end also where a run cannot be read. */
  readonly endsAtMerge?: boolean;
}

/** What was missed though no store was down (a network that was cut, a job that died) is found within so long, in milliseconds. */
export const EVERY_MS = 60 * 60_000;
/** Whoever took a look on has so long for it; and whatever is left for the next, as what GitHub does not tell yet, is looked at no sooner. */
const LEASE_MS = 5 * 60_000;
/** Jobs that died, of which each costs a request. */
const MOST_DEAD = 20;

/** A look on GitHub that was taken on. */
export interface Due {
  readonly now: number;
  /** Of each store for which it is due. */
  readonly looks: readonly Look[];
  /** Jobs that said to be at work and have not been heard of since. */
  readonly dead: readonly Heartbeat[];
}

/**
 * Takes on to look on GitHub for what no store could be told, because all were down or because a job died. It is due rarely, so that a
 * loop that ends pays one question to its stores, and no request. null when it is not.
 */
export async function lookIfDue(stores: readonly GuardedStore[], { repository, now, force }: { readonly repository: string; readonly now: number; readonly force: boolean }): Promise<Due | null> {
  const wanted = { repository, force, everyMs: EVERY_MS, leaseMs: LEASE_MS, staleMs: STALE_MS };
  const looks = (await Promise.all(stores.map((store) => store.use((one) => one.beginLook(wanted))))).flatMap((answer) => answer?.value ?? []);
  return looks.length === 0 ? null : { now, looks, dead: await deadJobs(stores, now) };
}

/** A runner's heartbeat is named after its job: `{run}-{attempt}-{job}-{four letters}`. */
const RUN = /^(\d{1,15})-\d+-/;

/** The run of a heartbeat; NaN when its name tells none. */
export function runOf({ id }: Heartbeat): number {
  return Number(RUN.exec(id)?.[1]);
}

async function deadJobs(stores: readonly GuardedStore[], now: number): Promise<readonly Heartbeat[]> {
  const beating = stores.filter(({ name }) => name !== "branch");
  const answers = (await Promise.all(beating.map((store) => store.use((one) => one.heartbeats("runner"))))).flatMap((answer) => (answer?.value == null ? [] : [answer.value]));
  return mergeHeartbeats(answers).filter((beat) => !Number.isNaN(runOf(beat)) && now - beat.at > STALE_MS).slice(0, MOST_DEAD);
}

import type { Phase } from "../kit/phases.ts";
import type { EventKind } from "../kit/report.ts";
import type { Only, Task } from "./task.ts";

export type { Task } from "./task.ts";

/**
 * Where tasks are on record (DESIGN 6). Stages speak to a `Ledger`, which keeps several `Store`s in step and never fails a stage; a
 * store is one place that remembers, and one suite of tests holds them all to the same promises.
 */

/** Something that happened to a task: one line of its story. */
export interface TaskEvent {
  readonly taskId: string;
  /** Names the event for ever, so that telling it twice stores it once: `{run}-{attempt}-{job}-{ordinal}`. */
  readonly eventId: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly stage: string;
  readonly kind: EventKind;
  /** One plain line for a person. */
  readonly text: string;
  readonly url: string | null;
  /** Figures behind the line; small, flat, no secrets. */
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}

export interface TaskRecord {
  readonly task: Task;
  /** In order of time. */
  readonly events: readonly TaskEvent[];
}

/** What a job has to say, written at once. */
export interface Batch {
  readonly tasks: readonly Task[];
  readonly events: readonly TaskEvent[];
}

export interface Claim {
  readonly repository: string;
  readonly questionHash: string;
  /** The task that asks for the question. */
  readonly taskId: string;
  /** A task that held the question and is known to be dead: if it still holds it, it loses it. */
  readonly instead?: string;
}

/** A runner at work, or a product's worker (CONTRACTS, `worker:heartbeat:{id}`). */
export interface Heartbeat {
  readonly id: string;
  readonly kind: "runner" | "worker";
  readonly status: "idle" | "running";
  /** Epoch milliseconds. */
  readonly at: number;
  readonly currentTaskId: string | null;
  readonly appVersion: string | null;
  readonly tasksCompleted: number;
  readonly uptimeSeconds: number;
}

/** Finished tasks of one UTC day. */
export interface DayTally {
  /** `yyyymmdd` */
  readonly day: string;
  readonly success: number;
  readonly failure: number;
  /** Times from request to merge, in milliseconds, in ascending order. */
  readonly tteMs: readonly number[];
}

/** A task that has ended, as metrics look at it. Times are epoch milliseconds. */
export interface Finished {
  readonly finishedAt: number;
  /** By `outcomeOf`. */
  readonly outcome: "success" | "failure" | null;
  readonly phase: Phase;
  readonly errorType: string | null;
  /** Whether a worker ever took it up. */
  readonly started: boolean;
  readonly tteMs: number | null;
}

export interface LookWanted {
  readonly repository: string;
  /** A person asks: it is due. */
  readonly force: boolean;
  /** It is due when the last look is so long ago, in milliseconds. */
  readonly everyMs: number;
  /** It is due when a runner has been silent for so long, in milliseconds, and was not yet at the last look. */
  readonly staleMs: number;
  /** Who took it on has so long for it, in milliseconds. */
  readonly leaseMs: number;
}

export interface Look {
  /** Up to when the last one saw everything, epoch milliseconds; null when there was none. */
  readonly since: number | null;
}

export type StoreName = "postgres" | "redis" | "branch";

/** One place that remembers. Every method throws when the place does not answer; nothing is retried inside for longer than 2 s. */
export interface Store {
  readonly name: StoreName;
  /**
   * Takes a question for one task, for one hour, atomically: of any number of claims at once exactly one owns it.
   * @returns the id of the task that owns it, which may be the asking one (again).
   */
  claim(claim: Claim): Promise<string>;
  /** Joins each task with what is known of it (`joinTasks`) and adds the events that are new; the same batch twice changes nothing. */
  write(batch: Batch): Promise<void>;
  read(taskId: string): Promise<TaskRecord | null>;
  /** Several at once, by their ids; those that are not there are left out. */
  readMany(taskIds: readonly string[]): Promise<ReadonlyMap<string, TaskRecord>>;
  /** Tasks updated since (epoch milliseconds), newest first, at most `limit`. @param only those of one repository that are in one phase. */
  list(since: number, limit: number, only?: Only): Promise<readonly Task[]>;
  /** Every finished task counts once, as what it became (`outcomeOf`). @param repository only its own. */
  tally(day: string, repository?: string): Promise<DayTally>;
  /**
   * Tasks that ended in [from, until), those included that nobody started in their 600 s, which ended then; null where tasks are
   * forgotten sooner.
   * @param repository only its own.
   */
  finished(from: number, until: number, repository?: string): Promise<readonly Finished[] | null>;
  beat(heartbeat: Heartbeat): Promise<void>;
  /** A finished job leaves no heartbeat. */
  endBeat(id: string): Promise<void>;
  /**
   * @param kind only those of a kind; to find the runners' does not cost more the more there is besides.
   * @param withinMs how long a place may look that has to look for them among everything else, in milliseconds; 500 unless told.
   * @returns null when there was too much to look through: then it is not known what there is.
   */
  heartbeats(kind?: Heartbeat["kind"], withinMs?: number): Promise<readonly Heartbeat[] | null>;
  /** Tasks that another store missed, and forgetting them once it has them. */
  readMissed(store: StoreName): Promise<readonly string[]>;
  noteMissed(store: StoreName, taskIds: readonly string[]): Promise<void>;
  clearMissed(store: StoreName, taskIds: readonly string[]): Promise<void>;
  /** What was told of alerts, of those keys that are known; one place may serve several repositories. */
  readAlerts(repository: string, keys: readonly string[]): Promise<ReadonlyMap<string, AlertNote>>;
  /**
   * Writes what was told if the one that is there has this revision; null: if there is none. Of any number that write over the same
   * revision exactly one does.
   * @returns whether it was written.
   */
  writeAlert(repository: string, key: string, note: AlertNote, revision: number | null): Promise<boolean>;
  /**
   * Takes on, for one of many that would, to look on GitHub for what nobody could tell the stores (src/ledger/completion.ts). That is due
   * when it was never done, or not for long; when this store was started since, for it may have missed something then; and when a job that
   * said here to be at work has not been heard of since.
   * @returns null when it is not due, or somebody has taken it on.
   */
  beginLook(wanted: LookWanted): Promise<Look | null>;
  /** A look has seen all that happened up to a time (epoch milliseconds). */
  endLook(repository: string, until: number): Promise<void>;
  close(): Promise<void>;
}

/** What was told of one alert: a short text that src/notify understands. */
export interface AlertNote {
  readonly text: string;
  /** Grows by one with each writing, from 1. */
  readonly revision: number;
}

/** Texts by key, swapped by version, for all jobs of a repository. Nothing here throws; in the end this process remembers for itself. */
export interface AlertNotes {
  /** These are about to be read: they are asked for at once. */
  foresee(keys: readonly string[]): Promise<void>;
  read(key: string): Promise<{ readonly text: string | null; readonly version: string }>;
  /** Writes over the version that was read. */
  swap(key: string, text: string, version: string): Promise<"written" | "conflict">;
}

/** Tasks of late, from one store. */
export interface Lately {
  /** Newest first; at most 2,000. */
  readonly tasks: readonly Task[];
  /** How far back these tasks reach at most, in milliseconds: Redis forgets after an hour, and a branch is not read for longer than a day. */
  readonly reachMs: number;
  /** What finished today in one repository, where the store counts further back than its tasks reach; else null. */
  readonly today: DayTally | null;
  /** What ended in one repository in the last 30 days, where that is read at once: by PostgreSQL, if it is not very much; else null. */
  readonly month: readonly Finished[] | null;
}

/** What a stage does with the record. Nothing here throws: a store that fails costs one warning (DESIGN 6). */
export interface Ledger {
  /**
   * Takes a question, in every store.
   * @returns the task that owns it; null when no store could be asked, or when they disagree: then the question's branch decides.
   */
  claim(claim: Claim): Promise<string | null>;
  /** Remembered until `flush`. */
  note(task: Task): void;
  tell(event: TaskEvent): void;
  /** From the first store that knows the task: PostgreSQL, then Redis, then the branch. */
  read(taskId: string): Promise<TaskRecord | null>;
  /** Tasks updated since (epoch milliseconds), newest first, at most `limit`, from the first store that answers with any. @param only as for a store. */
  list(since: number, limit: number, only?: Only): Promise<readonly Task[]>;
  beat(heartbeat: Heartbeat): Promise<void>;
  endBeat(id: string): Promise<void>;
  /** Of everybody, or of a kind, from every store that answers; null when none does, or one does not know. */
  heartbeats(kind?: Heartbeat["kind"]): Promise<readonly Heartbeat[] | null>;
  /** Writes all at once. @returns the stores that have it now. */
  flush(): Promise<readonly StoreName[]>;
  /** What was told of a repository's alerts. */
  alerts(repository: string): AlertNotes;
  /** From the first store that answers; null when none does. */
  lately(repository: string): Promise<Lately | null>;
  /**
   * At the end of a loop: brings each store what it missed in earlier jobs, from the others and, where that is due, from GitHub.
   * @param force a person asks: GitHub is looked at, due or not.
   * @returns how many tasks each was brought.
   */
  catchUp(force?: boolean): Promise<ReadonlyMap<StoreName, number>>;
  close(): Promise<void>;
}

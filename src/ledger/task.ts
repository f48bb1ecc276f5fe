import { PHASES, type Phase } from "../kit/phases.ts";

/** Where a task stands. It only moves forward; `done` and `error` are its ends. */
export type TaskStatus = "queued" | "running" | "done" | "error";

/** One request going through the loop (CONTRACTS, Task). Times are epoch milliseconds; null is what nobody has said yet. */
export interface Task {
  /** The trace id. */
  readonly taskId: string;
  /** `owner/name` */
  readonly repository: string | null;
  readonly questionHash: string | null;
  /** Id of the workflow run that works on it. */
  readonly jobId: string | null;
  readonly kind: string;
  readonly question: string | null;
  readonly status: TaskStatus;
  readonly phase: Phase;
  readonly prUrl: string | null;
  /** State of the pull request. */
  readonly state: "open" | "closed" | "merged" | null;
  readonly errorType: string | null;
  readonly errorMsg: string | null;
  /** The runner it is worked on. */
  readonly workerInstance: string | null;
  readonly workerVersion: string | null;
  /** When its question became its own: a store gave it, or its branch was made. */
  readonly claimedAt: number | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly mergedAt: number | null;
  readonly finishedAt: number | null;
  readonly updatedAt: number;
  /** Pushes, reviews, merges and approvals by people between request and merge; null when nobody looked. */
  readonly humanInterventionCount: number | null;
}

/** What a list of tasks is narrowed down to. */
export interface Only {
  readonly repository: string;
  readonly phase: Phase;
}

/** Whether a task is one of those; without a wish every one is. */
export function isAmong({ repository, phase }: Task, only: Only | undefined): boolean {
  return only === undefined || (repository === only.repository && phase === only.phase);
}

const STATUS_RANK: Readonly<Record<TaskStatus, number>> = { queued: 0, running: 1, error: 2, done: 3 };

/**
 * How far a record is, as one number that only grows: an ended task is ahead of any that is not, then the later phase, then the
 * status. So a late write of an earlier step changes nothing; a rerun that merges what had failed is ahead of the failure, and a
 * rollback is ahead of the merge it takes back.
 */
export function progressOf({ status, phase }: Pick<Task, "status" | "phase">): number {
  const ended = status === "done" || status === "error" ? 1 : 0;
  return ended * 100 + PHASES.indexOf(phase) * 4 + STATUS_RANK[status];
}

/**
 * What two records of one task say together, whatever order they come in: field by field a choice that is commutative, associative
 * and idempotent, so that stores which hear of the same things agree in the end. How far it is, and why it failed, comes from the
 * record that is further; the beginning is the earliest known; of two pull requests or runs the later counts.
 */
export function joinTasks(one: Task, other: Task): Task {
  const ahead = precedes(one, other) ? other : one;
  return {
    taskId: ahead.taskId,
    repository: later(one.repository, other.repository),
    questionHash: later(one.questionHash, other.questionHash),
    jobId: later(one.jobId, other.jobId),
    kind: later(one.kind, other.kind) ?? ahead.kind,
    question: later(one.question, other.question),
    status: ahead.status,
    phase: ahead.phase,
    prUrl: later(one.prUrl, other.prUrl),
    state: furthest(one.state, other.state),
    errorType: ahead.errorType,
    errorMsg: ahead.errorMsg,
    workerInstance: later(one.workerInstance, other.workerInstance),
    workerVersion: later(one.workerVersion, other.workerVersion),
    claimedAt: least(one.claimedAt, other.claimedAt),
    createdAt: Math.min(one.createdAt, other.createdAt),
    startedAt: least(one.startedAt, other.startedAt),
    mergedAt: least(one.mergedAt, other.mergedAt),
    finishedAt: ahead.finishedAt,
    updatedAt: Math.max(one.updatedAt, other.updatedAt),
    humanInterventionCount: most(one.humanInterventionCount, other.humanInterventionCount),
  };
}

/**
 * From the request to the merge, in milliseconds; null until it is merged. It is derived, so that a store which hears of the request
 * after the merge still has the right time.
 */
export function tteOf({ createdAt, mergedAt }: Pick<Task, "createdAt" | "mergedAt">): number | null {
  return mergedAt === null ? null : Math.max(0, mergedAt - createdAt);
}

/**
 * What a task counts as (CONTRACTS, Task). Success is all of: done, with a pull request, merged (which the gate does only after every
 * check passed), and healthy where its deployment is looked at, for otherwise health has not let it be done. Whatever ended as an error
 * is a failure. One that is done while its pull request or its merge is not on record counts as neither until they are.
 * @returns null as long as it has not ended.
 */
export function outcomeOf({ status, phase, prUrl }: Pick<Task, "status" | "phase" | "prUrl">): "success" | "failure" | null {
  if (status === "error") return "failure";
  return status === "done" && prUrl !== null && (phase === "merged" || phase === "verified") ? "success" : null;
}

/** Whether `other` says more than `one`; a total order on what is taken from the record that is ahead. */
function precedes(one: Task, other: Task): boolean {
  const by = progressOf(one) - progressOf(other);
  if (by !== 0) return by < 0;
  // Of two that ended alike the first end counts: a task finishes once.
  if (one.finishedAt !== other.finishedAt) return (one.finishedAt ?? Infinity) > (other.finishedAt ?? Infinity);
  return `${one.errorType}\n${one.errorMsg}` < `${other.errorType}\n${other.errorMsg}`;
}

/** Of two names that carry a number (a run, a pull request) the one with the higher number, by length and then by letters. */
function later(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  if (one.length !== other.length) return one.length > other.length ? one : other;
  return one > other ? one : other;
}

function furthest(one: Task["state"], other: Task["state"]): Task["state"] {
  const rank = [null, "open", "closed", "merged"];
  return rank.indexOf(one) >= rank.indexOf(other) ? one : other;
}

function least(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}

function most(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}

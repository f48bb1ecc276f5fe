import type { Clock } from "../kit/clock.ts";
import type { RunContext } from "../kit/context.ts";
import { type Blame, InstantError, messageOf } from "../kit/errors.ts";
import { shortSha } from "../kit/ids.ts";
import type { Phase } from "../kit/phases.ts";
import type { Happening, Report, TaskNote, TaskState } from "../kit/report.ts";
import type { Ledger, Task } from "../ledger/port.ts";

/** What a stage may say of its task while it works, so that a failure is on record too. */
export interface Following {
  readonly traceId: string;
  readonly question?: string;
  readonly questionHash?: string;
  /** Epoch milliseconds. */
  readonly createdAt?: number;
}

/** A job's side of the record: its heartbeat, and at the end what became of the task. Nothing here throws. */
export interface Recording {
  readonly ledger: Ledger;
  /** Resolves when the heartbeat names the task. */
  follow(task: Following): Promise<void>;
  /** The stage's report. */
  told(report: Report): Promise<void>;
  /** The stage threw. */
  failed(error: unknown): Promise<void>;
  /** Whether the task ended with this job: then the loop is over. */
  isOver(): boolean;
  /** When the loop is over: brings stores what they missed in its jobs, or in earlier loops. It may take long, and people wait for nothing here. */
  catchUp(): Promise<void>;
  /** What happened to a task after that, such as a message to people; of a task that this job knows nothing of it is forgotten. */
  add(taskId: string, happening: Happening): void;
  /** Writes what was added, and closes the record. */
  close(): Promise<void>;
}

interface Job {
  readonly ledger: Ledger;
  /** Name of the action. */
  readonly action: string;
  readonly context: RunContext;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As far as the inputs tell; empty when they do not. */
  readonly traceId: string;
}

/** CONTRACTS: stale after two minutes, so that one that is lost does no harm. */
const BEAT_MS = 60_000;

/** Begins the heartbeat of a job; it does not wait for it. */
export function startRecording(job: Job): Recording {
  const { ledger, clock, context } = job;
  const startedAt = clock.now();
  // Jobs of a matrix share all names, and each has a heartbeat of its own.
  const id = `${context.runId}-${context.runAttempt}-${context.job}-${Math.random().toString(36).slice(2, 6)}`;
  const claims = new Map<string, number>();
  let following: Following | null = job.traceId === "" ? null : { traceId: job.traceId };
  const beat = () => ledger.beat({
    id, kind: "runner", status: "running", at: clock.now(), currentTaskId: following?.traceId ?? null, appVersion: versionOf(job), tasksCompleted: 0, uptimeSeconds: Math.round((clock.now() - startedAt) / 1_000),
  });
  let beating = beat();
  const timer = setInterval(() => void (beating = beating.then(beat)), BEAT_MS).unref();
  let isOver = false;
  const added: { readonly taskId: string; readonly happening: Happening }[] = [];
  const known = new Set([job.traceId]);
  let lastBeat: Promise<void> = Promise.resolve();
  const end = async (note: TaskNote | undefined, summary: string, others: readonly TaskNote[] = []) => {
    clearInterval(timer);
    if (note !== undefined) {
      put(job, note, { following, startedAt, summary, claimedAt: claims.get(note.traceId) ?? null });
      known.add(note.traceId);
    }
    for (const [at, other] of others.entries()) put(job, other, { following, startedAt, summary, claimedAt: null }, `other-${at}-`);
    await beating;
    // Whatever ended the task ended the loop.
    isOver = note?.task?.status === "done" || note?.task?.status === "error";
    // Not at once: who sees neither a heartbeat nor a record takes the task for dead, and its question from it.
    await ledger.flush();
    // Nobody waits for it but who closes the record.
    lastBeat = ledger.endBeat(id);
  };
  return {
    ledger: {
      ...ledger,
      claim: async (claim) => {
        const owner = await ledger.claim(claim);
        if (owner === claim.taskId) claims.set(owner, clock.now());
        return owner;
      },
    },
    follow: (task) => {
      following = task;
      known.add(task.traceId);
      beating = beating.then(beat);
      return beating;
    },
    told: (report) => end(report.record, summaryOf(report), report.alsoRecorded),
    failed: (error) => end(following === null ? undefined : { traceId: following.traceId, task: failureOf(job.action, error), events: [] }, explained(error)),
    isOver: () => isOver,
    catchUp: async () => void (isOver && (await ledger.catchUp())),
    add: (taskId, happening) => void added.push({ taskId, happening }),
    close: async () => {
      const own = added.filter(({ taskId }) => taskId !== "" && known.has(taskId));
      for (const [index, { taskId, happening }] of own.entries()) tellOf(job, taskId, happening, `alert-${index}`, clock.now() + index);
      await Promise.all([lastBeat, own.length > 0 ? ledger.flush() : null]);
      await ledger.close();
    },
  };
}

interface Told {
  readonly following: Following | null;
  readonly startedAt: number;
  readonly summary: string;
  /** When a store gave this job the task's question; null when none did. */
  readonly claimedAt: number | null;
}

/** The note and what the runtime knows beside it, as a task and its events. */
function put(job: Job, note: TaskNote, told: Told, prefix = ""): void {
  const { ledger, action, context, clock } = job;
  const run: Happening = { kind: "run", text: `${action}: ${told.summary}`, url: context.runUrl, data: { attempt: context.runAttempt, elapsed_ms: clock.now() - told.startedAt } };
  if (note.task !== null) ledger.note(taskOf(job, note.traceId, note.task, told));
  for (const [index, happening] of [...note.events, run].entries()) tellOf(job, note.traceId, happening, `${prefix}${index}`, clock.now() + index);
}

/** @param ordinal tells the events of this job apart. */
function tellOf({ ledger, action, context, env }: Job, taskId: string, { kind, text, url, data }: Happening, ordinal: string, at: number): void {
  // The runner numbers a step that uses an action again; the action's name alone would name two events alike.
  const step = env.GITHUB_ACTION || action;
  const eventId = `${context.runId}-${context.runAttempt}-${context.job}-${step}-${ordinal}`;
  ledger.tell({ taskId, eventId, at, stage: action, kind, text, url: url ?? null, data: data ?? {} });
}

function taskOf(job: Job, taskId: string, state: TaskState, { following, startedAt, claimedAt }: Told): Task {
  const { context, clock, env } = job;
  const known = following?.traceId === taskId ? following : null;
  const now = clock.now();
  const ended = state.status !== "running";
  return {
    taskId, repository: `${context.owner}/${context.repo}`, questionHash: state.questionHash ?? known?.questionHash ?? null, jobId: context.runId || null, kind: "faq",
    question: state.question ?? known?.question ?? null, status: state.status, phase: state.phase, prUrl: state.prUrl || null, state: state.state ?? null,
    errorType: state.errorType ?? null, errorMsg: state.errorMsg ?? null, workerInstance: env.RUNNER_NAME || null, workerVersion: versionOf(job), claimedAt: claimedAt ?? state.claimedAt ?? null,
    createdAt: state.createdAt ?? known?.createdAt ?? startedAt, startedAt, mergedAt: state.mergedAt ?? null,
    finishedAt: ended ? (state.phase === "merged" ? (state.mergedAt ?? now) : now) : null, updatedAt: now, humanInterventionCount: state.humanInterventionCount ?? null,
  };
}

/** What runs: the ref of the action, or, for one that is used by path, the commit it came with. */
export function versionOf({ context, env }: Pick<Job, "context" | "env">): string | null {
  return env.GITHUB_ACTION_REF || shortSha(context.sha) || null;
}

/** Who has to act, in the words of CONTRACTS. */
const ERROR_TYPES: Readonly<Record<Blame, string>> = { configuration: "configuration", permission: "permission", service: "service", instant: "crash" };

/** How far a task is when the stage cannot go on: never further than the stage before it had brought it. */
const FAILED_IN: Readonly<Record<string, Phase>> = { "faq-generate": "generating", "fast-ci": "ci_failed", "auto-merge-gate": "blocked" };

/** What a task has become whose stage threw. */
export function failureOf(action: string, error: unknown): TaskState {
  const known = error instanceof InstantError ? error : null;
  const errorType = known === null ? ERROR_TYPES.instant : isOfModel(known) ? "model" : ERROR_TYPES[known.blame];
  return { phase: FAILED_IN[action] ?? "merged", status: "error", errorType, errorMsg: explained(error) };
}

/** The model's own error, or one that was told with what came before it. */
function isOfModel(error: InstantError): boolean {
  return [error, error.cause].some((one) => one instanceof Error && one.name === "ModelError");
}

function explained(error: unknown): string {
  return error instanceof InstantError ? error.problems.map(({ what }) => what).join("; ") : messageOf(error);
}

function summaryOf({ outputs, failed }: Report): string {
  return failed ?? outputs.status ?? outputs.decision ?? outputs.conclusion ?? outputs.verdict ?? "done";
}

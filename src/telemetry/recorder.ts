import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock } from "../kit/clock.ts";
import { messageOf } from "../kit/errors.ts";
import type { Log } from "../kit/log.ts";
import { newSpanId, newTraceHex, rootSpanId, traceHex } from "./ids.ts";
import type { Alarm, Attributes, AttributeValue, FailureFacts, Span, TaskFacts, Telemetry } from "./port.ts";
import { type Scrub, scrubDeep } from "./scrub.ts";

/** How long all places together may take at the end of a job, in milliseconds. */
export const FLUSH_MS = 2_000;

/** By one of these attributes a span is known to be a call to somebody else. */
const CALLS = ["http.request.method", "gen_ai.operation.name", "db.system.name", "process.executable.name"] as const;
const MOST = { spans: 2_000, breadcrumbs: 100, failures: 50, attributes: 64 } as const;
const LONGEST = { name: 200, value: 1_024, message: 2_048 } as const;

/** A place that what was recorded is sent to. */
export interface Place {
  readonly name: string;
  /** @throws Error whose message tells a person why it was not sent; without secrets. */
  send(recording: Recording, signal: AbortSignal): Promise<void>;
}

export interface Recording {
  /** 32 hex digits, lower case. */
  readonly traceHex: string;
  readonly rootSpanId: string;
  readonly task: TaskFacts;
  /** Ended, in the order in which they began; the root span, when it is there, comes first. */
  readonly spans: readonly RecordedSpan[];
  readonly failures: readonly RecordedFailure[];
}

export interface RecordedSpan {
  readonly id: string;
  /** undefined: the root span itself. */
  readonly parentId: string | undefined;
  readonly name: string;
  readonly kind: "internal" | "client" | "server";
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly error: { readonly type: string; readonly message: string } | null;
}

export interface RecordedFailure {
  readonly at: number;
  readonly error: Error | null;
  readonly alarm: Alarm | null;
  readonly about: FailureFacts;
  /** Where it happened; undefined outside of any span. */
  readonly spanId: string | undefined;
  readonly breadcrumbs: readonly RecordedBreadcrumb[];
}

export interface RecordedBreadcrumb {
  readonly at: number;
  readonly category: string;
  readonly message: string;
  readonly data: Readonly<Record<string, AttributeValue>>;
}

interface OpenSpan {
  readonly id: string;
  /** undefined: hangs below the root span, whose id is not known before the trace id is. */
  readonly parent: string | undefined;
  readonly name: string;
  readonly startedAt: number;
  endedAt: number | null;
  attributes: Record<string, AttributeValue>;
  error: { readonly type: string; readonly message: string } | null;
}

/**
 * Keeps what a job tells until it is flushed, and hands it to every place at once. Spans wait here because their trace id may not be
 * known before the stage has made it (faq-generate), and because a job is short: nothing is gained by sending sooner.
 */
export function createRecorder(options: { readonly places: readonly Place[]; readonly clock: Clock; readonly log: Log; readonly scrub: Scrub }): Telemetry {
  const { places, clock, log, scrub } = options;
  const current = new AsyncLocalStorage<OpenSpan>();
  const broken = new Set<string>();
  const ownTrace = newTraceHex();
  const seen = new WeakSet<Error>();
  let spans: OpenSpan[] = [];
  let failures: RecordedFailure[] = [];
  let breadcrumbs: readonly RecordedBreadcrumb[] = [];
  let task: TaskFacts = {};
  let ended: { readonly at: number; readonly success: boolean } | null = null;
  let dropped = 0;

  const flat = (attributes: Attributes): Record<string, AttributeValue> => flattened(attributes, scrub);
  const mark = (span: OpenSpan, type: string, message: string) => {
    span.error = { type: scrub(type, LONGEST.name), message: scrub(message, LONGEST.message) };
  };
  const keep = (failure: Omit<RecordedFailure, "at" | "spanId" | "breadcrumbs">) => {
    if (failures.length >= MOST.failures) dropped += 1;
    else failures.push({ ...failure, at: clock.now(), spanId: current.getStore()?.id, breadcrumbs });
  };
  const joined = (facts: TaskFacts): TaskFacts => {
    const told = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
    return { ...task, ...scrubDeep(told, scrub) };
  };
  const take = (interrupted: boolean): Recording => {
    const now = clock.now();
    if (interrupted) for (const span of spans) if (span.endedAt === null) close(span, now, "cancellation");
    const hex = traceHex(task.traceId ?? "") ?? ownTrace;
    const root = rootSpanId(hex);
    const done = spans.filter(({ endedAt }) => endedAt !== null);
    const recording = { traceHex: hex, rootSpanId: root, task, spans: done.map((span) => recorded(span, root)), failures };
    if (ended !== null) recording.spans.unshift(rootSpan(root, task, ended, recording.spans));
    [spans, failures, ended] = [spans.filter(({ endedAt }) => endedAt === null), [], null];
    return recording;
  };

  return {
    span: async (name, attributes, work) => {
      if (spans.length >= MOST.spans) {
        dropped += 1;
        return work({ set: () => {}, fail: () => {} });
      }
      const parent = current.getStore()?.id;
      const told = { name: scrub(name, LONGEST.name), attributes: flat(attributes) };
      const span: OpenSpan = { ...told, id: newSpanId(), parent, startedAt: clock.now(), endedAt: null, error: null };
      spans.push(span);
      const handle: Span = {
        set: (more) => void (span.attributes = { ...span.attributes, ...flat(more) }),
        fail: (type, message = "") => mark(span, type, message),
      };
      try {
        const value = await current.run(span, () => work(handle));
        close(span, clock.now(), span.error === null ? "success" : "failure");
        return value;
      } catch (error) {
        mark(span, nameOf(error), messageOf(error));
        close(span, clock.now(), "error");
        throw error;
      }
    },
    breadcrumb: (category, message, data = {}) => {
      breadcrumbs = [...breadcrumbs, { at: clock.now(), category, message: scrub(message, LONGEST.value), data: flat(data) }].slice(-MOST.breadcrumbs);
    },
    failure: (error, about = {}) => {
      // Anything else than an Error may hold whatever was at hand, a request with its body among it: only its text goes out.
      const known = error instanceof Error ? error : new Error(typeof error === "string" ? error : `a ${typeof error} was thrown`);
      if (seen.has(known)) return;
      seen.add(known);
      keep({ error: known, alarm: null, about: { ...about, tags: flat(about.tags ?? {}) } });
    },
    alarm: (alarm) => keep({ error: null, alarm: scrubDeep(alarm, scrub), about: {} }),
    task: (facts) => void (task = joined(facts)),
    taskEnded: (facts) => {
      task = joined(facts);
      ended = { at: clock.now(), success: facts.success };
    },
    flush: async ({ interrupted = false } = {}) => {
      const recording = take(interrupted);
      if (dropped > 0) log.warning(`${dropped} spans or errors of this job are not on record: more than ${MOST.spans} and ${MOST.failures} are not kept.`);
      dropped = 0;
      if (recording.spans.length === 0 && recording.failures.length === 0) return;
      const tell = (place: Place, error: unknown) => {
        if (broken.has(place.name)) return;
        broken.add(place.name);
        log.warning(`${place.name} was not told of this job: ${scrub(messageOf(error), 500)}`);
      };
      const asked = places.filter(({ name }) => !broken.has(name));
      await Promise.all(asked.map((place) => bounded(place, recording, clock).catch((error: unknown) => tell(place, error))));
    },
  };
}

/** Ends the wait, and what the place has open, when the time is over. */
async function bounded(place: Place, recording: Recording, clock: Clock): Promise<void> {
  const limit = new AbortController();
  const done = new AbortController();
  const late = clock.sleep(FLUSH_MS, done.signal).then(
    () => {
      limit.abort(new Error(`it did not answer within ${FLUSH_MS / 1_000} s. See whether it can be reached from the runners.`));
      throw limit.signal.reason;
    },
    () => new Promise<never>(() => {}),
  );
  try {
    await Promise.race([place.send(recording, limit.signal), late]);
  } finally {
    done.abort();
  }
}

/** @param result as the conventions call it: `cicd.pipeline.task.run.result`. */
function close(span: OpenSpan, now: number, result: "success" | "failure" | "error" | "cancellation"): void {
  // A clock that is set back must not make a span end before it began.
  span.endedAt = Math.max(span.startedAt, now);
  if (result === "cancellation") span.error ??= { type: "cancelled", message: "The job was ended from outside." };
  if (span.error !== null) span.attributes["error.type"] = span.error.type;
  if ("cicd.pipeline.task.name" in span.attributes) span.attributes["cicd.pipeline.task.run.result"] ??= result;
}

function recorded({ id, parent, name, startedAt, endedAt, attributes, error }: OpenSpan, root: string): RecordedSpan {
  const kind = CALLS.some((name) => name in attributes) ? "client" : "internal";
  return { id, parentId: parent ?? root, name, kind, startedAt, endedAt: endedAt ?? startedAt, attributes, error };
}

function rootSpan(id: string, task: TaskFacts, ended: { readonly at: number; readonly success: boolean }, spans: readonly RecordedSpan[]): RecordedSpan {
  const began = task.createdAt ?? (typeof task.tteMs === "number" ? ended.at - task.tteMs : (spans[0]?.startedAt ?? ended.at));
  const type = task.errorType ?? "failure";
  const attributes: Record<string, AttributeValue> = {
    "cicd.pipeline.name": "instant",
    "cicd.pipeline.action.name": "RUN",
    "cicd.pipeline.result": ended.success ? "success" : "failure",
    ...(task.traceId === undefined ? {} : { "instant.task.id": task.taskId ?? task.traceId }),
    ...(task.taskType === undefined ? {} : { "instant.task.type": task.taskType }),
    ...(task.taskStatus === undefined ? {} : { "instant.task.status": task.taskStatus }),
    ...(typeof task.tteMs === "number" ? { "instant.task.tte_ms": task.tteMs } : {}),
    ...(task.prUrl ? { "instant.pull_request.url": task.prUrl } : {}),
    ...(ended.success ? {} : { "error.type": type }),
  };
  const error = ended.success ? null : { type, message: "" };
  return { id, parentId: undefined, name: "RUN instant", kind: "server", startedAt: Math.min(began, ended.at), endedAt: ended.at, attributes, error };
}

function flattened(attributes: Attributes, scrub: Scrub): Record<string, AttributeValue> {
  const isKnown = (entry: [string, unknown]): entry is [string, AttributeValue] => entry[1] !== null && entry[1] !== undefined && !Number.isNaN(entry[1]);
  const known = Object.entries(attributes).filter(isKnown).slice(0, MOST.attributes);
  return Object.fromEntries(known.map(([name, value]) => [scrub(name, LONGEST.name), typeof value === "string" ? scrub(value, LONGEST.value) : value]));
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "_OTHER";
  return "blame" in error && typeof error.blame === "string" ? `${error.name}.${error.blame}` : error.name;
}

import { createStackParser, createTransport, type Event, linkedErrorsIntegration, Scope, SDK_VERSION } from "@sentry/core";
import { nodeStackLineParser, ServerRuntimeClient } from "@sentry/core/server";
import { messageOf } from "../kit/errors.ts";
import type { Fetch } from "../net/fetch.ts";
import { sampled } from "./ids.ts";
import type { Deployment } from "./port.ts";
import type { Place, RecordedFailure, RecordedSpan, Recording } from "./recorder.ts";
import { type Scrub, scrubDeep } from "./scrub.ts";

export interface SentrySettings {
  readonly dsn: string;
  readonly environment: string;
  /** Short commit SHA of what runs. */
  readonly release: string;
  readonly workerInstance: string;
  readonly deployment: Deployment;
  /** Share of tasks whose traces are sent, 0 to 1. */
  readonly tracesSampleRate: number;
}

const SDK = { name: "sentry.javascript.core", version: SDK_VERSION } as const;
/** What Sentry takes (https://docs.sentry.io/concepts/data-management/size-limits/): longer ones it would drop. */
const LONGEST_TAG = 200;
const MOST_SPANS = 1_000;
/** Its transport holds 64 requests; failures are at most 50. */
const MOST_TRANSACTIONS = 10;

/**
 * Sends errors, alarms and sampled traces to Sentry as envelopes (https://develop.sentry.dev/sdk/data-model/envelopes/). The client of
 * @sentry/core alone does it: the SDK for node would patch modules, read the environment and cost half a second of start.
 */
export function sentryPlace(settings: SentrySettings, { fetch, scrub }: { readonly fetch: Fetch; readonly scrub: Scrub }): Place["send"] {
  return async (recording, signal) => {
    const post = poster(fetch, signal);
    const client = clientFor(settings, scrub, post.request);
    client.init();
    const scope = new Scope();
    // One decision for all jobs of a task; Sentry's own dice would fall differently in each.
    const isSampled = sampled(recording.traceHex, settings.tracesSampleRate);
    const { environment, release, tracesSampleRate } = settings;
    const dsc = { trace_id: recording.traceHex, public_key: client.getDsn()?.publicKey ?? "", sample_rate: String(tracesSampleRate), sampled: String(isSampled), environment, release };
    scope.setPropagationContext({ traceId: recording.traceHex, propagationSpanId: recording.rootSpanId, sampled: isSampled, sampleRand: 0, dsc });
    const common = commonOf(settings, recording);
    for (const failure of recording.failures) {
      const event = failure.error === null ? alarmEvent(failure) : await client.eventFromException(failure.error);
      const hint = failure.error === null ? {} : { originalException: failure.error };
      client.captureEvent(errorEvent(event, failure, recording, common), hint, scope);
    }
    if (isSampled) for (const event of transactions(recording, common)) client.captureEvent(event, {}, scope);
    await client.flush(10_000); // the time is the caller's, who aborts the requests
    post.throwIfFailed();
  };
}

type Request = Parameters<typeof createTransport>[1];

/** Requests one after the other: after the first that fails, the rest would only wait for the same. */
function poster(fetch: Fetch, signal: AbortSignal): { readonly request: (url: string) => Request; readonly throwIfFailed: () => void } {
  let before: Promise<unknown> = Promise.resolve();
  let failed: Error | null = null;
  const send = async (url: string, body: string | Uint8Array) => {
    if (failed !== null) return {};
    try {
      const headers = { "content-type": "application/x-sentry-envelope", "user-agent": `${SDK.name}/${SDK.version}` };
      const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
      if (!response.ok) failed = refused(response.status, response.headers.get("retry-after"));
      const header = (name: string) => response.headers.get(name) ?? null;
      return { statusCode: response.status, headers: { "x-sentry-rate-limits": header("x-sentry-rate-limits"), "retry-after": header("retry-after") } };
    } catch (error) {
      failed = new Error(`its server cannot be reached (${messageOf(error)}). See whether the host of the DSN is right and open to the runners.`);
      return {};
    }
  };
  return {
    request: (url) => ({ body }) => {
      const answer = before.then(() => send(url, body));
      before = answer;
      return answer;
    },
    throwIfFailed: () => {
      if (failed !== null) throw failed;
    },
  };
}

function refused(status: number, retryAfter: string | undefined): Error {
  if (status === 429) return new Error(`it takes no more just now (429${retryAfter === undefined ? "" : `, for ${retryAfter.slice(0, 40)} s`}). Raise the quota of the project or send fewer errors.`);
  if ([400, 401, 403, 404].includes(status)) return new Error(`it refuses (${status}). Copy the DSN anew from the project's settings, Client Keys.`);
  if (status === 413) return new Error("what there is to tell is too large for it (413).");
  return new Error(`it is disturbed (${status}). Nothing is to be done here unless it stays so.`);
}

function clientFor(settings: SentrySettings, scrub: Scrub, request: (url: string) => Request): ServerRuntimeClient {
  return new ServerRuntimeClient({
    dsn: settings.dsn,
    environment: settings.environment,
    release: settings.release,
    platform: "node",
    runtime: { name: "node", version: process.version },
    integrations: [linkedErrorsIntegration()],
    stackParser: createStackParser(nodeStackLineParser()),
    transport: (options) => createTransport(options, request(options.url)),
    tracesSampleRate: settings.tracesSampleRate,
    traceLifecycle: "static",
    sendClientReports: false,
    maxValueLength: 8_192,
    normalizeDepth: 5,
    beforeSend: ({ sdkProcessingMetadata, ...event }) => ({ ...scrubDeep(event, scrub), type: undefined, ...(sdkProcessingMetadata ? { sdkProcessingMetadata } : {}) }),
    _metadata: { sdk: { ...SDK } },
  });
}

type Common = Required<Pick<Event, "tags" | "contexts">>;

function commonOf({ environment, release, workerInstance, deployment }: SentrySettings, { task }: Recording): Common {
  const { version, instanceId, deployedAt } = task.deployment ?? deployment;
  const tags = {
    task_id: task.taskId ?? task.traceId,
    trace_id: task.traceId,
    task_type: task.taskType,
    task_status: task.taskStatus,
    tte_ms: task.tteMs,
    success: task.success,
    error_type: task.errorType,
    pr_url: task.prUrl,
    environment,
    worker_instance: workerInstance,
    app_version: release,
  };
  return { tags: tagsOf(tags), contexts: { deployment: { version, instance_id: instanceId, deployed_at: deployedAt } } };
}

function tagsOf(tags: Readonly<Record<string, string | number | boolean | null | undefined>>): Record<string, string> {
  const known = Object.entries(tags).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return Object.fromEntries(known.map(([name, value]) => [name.slice(0, 32), String(value).replace(/\s+/g, " ").slice(0, LONGEST_TAG).toWellFormed()]));
}

function errorEvent(event: Event, { at, error, about, spanId, breadcrumbs }: RecordedFailure, recording: Recording, common: Common): Event {
  const blame = error !== null && "blame" in error && typeof error.blame === "string" ? error.blame : error?.name;
  const trace = { trace_id: recording.traceHex, span_id: spanId ?? recording.rootSpanId, ...(spanId === undefined ? {} : { parent_span_id: recording.rootSpanId }) };
  return {
    ...event,
    level: about.level ?? event.level ?? "error",
    timestamp: at / 1_000,
    tags: { ...common.tags, ...tagsOf({ error_type: about.errorType ?? blame, ...about.tags }), ...event.tags },
    contexts: { ...common.contexts, ...event.contexts, trace },
    breadcrumbs: breadcrumbs.map((crumb) => ({ timestamp: crumb.at / 1_000, category: crumb.category, message: crumb.message, data: { ...crumb.data }, level: "info", type: "default" })),
  };
}

/** An alarm is one issue for each worker or task, not a new one each time that somebody looks. */
function alarmEvent({ alarm }: RecordedFailure): Event {
  if (alarm?.kind === "stuck-task") {
    const { taskId, stuckSeconds, phase, workerId } = alarm;
    return {
      message: `A task has not moved for ${Math.round(stuckSeconds / 60)} min`,
      level: "fatal",
      fingerprint: ["stuck-task", taskId],
      tags: tagsOf({ error_type: "stuck_task", stuck_task_id: taskId, worker_id: workerId }),
      contexts: { stuck_task: { stuck_task_id: taskId, stuck_seconds: stuckSeconds, phase, worker_id: workerId } },
    };
  }
  if (alarm === null) return {};
  const facts = { worker_id: alarm.workerId, heartbeat_age_seconds: alarm.heartbeatAgeSeconds, stuck_task_id: alarm.stuckTaskId, app_version: alarm.appVersion };
  return {
    message: "A worker's heartbeat is stale",
    level: "error",
    fingerprint: ["stale-heartbeat", alarm.workerId],
    tags: tagsOf({ error_type: "stale_heartbeat", ...facts }),
    contexts: { heartbeat: facts },
  };
}

/** Each span right below the root is a transaction with all that is below it, and so is the root span itself. */
function transactions({ traceHex, rootSpanId, spans }: Recording, { tags, contexts }: Common): Event[] {
  const children = Map.groupBy(spans, ({ parentId }) => parentId);
  const below = (id: string): RecordedSpan[] => (children.get(id) ?? []).flatMap((span) => [span, ...below(span.id)]);
  const tops = spans.filter((span) => span.parentId === undefined || span.parentId === rootSpanId).slice(0, MOST_TRANSACTIONS);
  return tops.map((top) => ({
    type: "transaction",
    transaction: top.name,
    transaction_info: { source: "task" },
    start_timestamp: top.startedAt / 1_000,
    timestamp: top.endedAt / 1_000,
    tags,
    contexts: { ...contexts, trace: traceOf(top, traceHex) },
    spans: top.id === rootSpanId ? [] : below(top.id).slice(0, MOST_SPANS).map((span) => ({
      ...traceOf(span, traceHex),
      description: "server.address" in span.attributes ? `${span.name} ${span.attributes["server.address"]}` : span.name,
      start_timestamp: span.startedAt / 1_000,
      timestamp: span.endedAt / 1_000,
    })),
  }));
}

/** https://develop.sentry.dev/sdk/telemetry/traces/span-operations/ */
function traceOf({ id, parentId, kind, attributes, error }: RecordedSpan, traceHex: string) {
  const status = error === null ? "ok" : error.type === "cancelled" ? "cancelled" : "internal_error";
  const op = kind === "client" ? "http.client" : kind === "server" ? "queue.process" : "function";
  return { trace_id: traceHex, span_id: id, ...(parentId === undefined ? {} : { parent_span_id: parentId }), op, status, origin: "manual" as const, data: { ...attributes } };
}

import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { Agent as PlainAgent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { messageOf } from "../kit/errors.ts";
import { proxyFor } from "../kit/proxy.ts";
import { FLUSH_MS, type Place, type RecordedSpan, type Recording } from "./recorder.ts";

export interface OtlpSettings {
  /** Where spans are posted, as `otlpUrl` gives it. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly environment: string;
  /** Short commit SHA of what runs. */
  readonly release: string;
  readonly workerInstance: string;
  /** For proxies: HTTPS_PROXY, HTTP_PROXY, NO_PROXY. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

type Milliseconds = number;
/** The values of SpanKind and SpanStatusCode of @opentelemetry/api, whose enums would cost loading it here. */
const KIND = { internal: 0, server: 1, client: 2 } as const;
const STATUS = { unset: 0, error: 2 } as const;
const TRACE_IS_SAMPLED = 1;

/** Sends spans by OTLP over HTTP, as JSON (https://opentelemetry.io/docs/specs/otlp/#otlphttp). */
export function otlpPlace(settings: OtlpSettings): Place["send"] {
  return async (recording, signal) => {
    if (recording.spans.length === 0) return;
    signal.throwIfAborted();
    const agent = agentFor(settings);
    // Whatever is still open when the time is over would keep the job alive.
    const end = () => agent.destroy();
    signal.addEventListener("abort", end, { once: true });
    try {
      const exporter = new OTLPTraceExporter({ url: settings.url.href, headers: { ...settings.headers }, timeoutMillis: FLUSH_MS, httpAgentOptions: () => agent });
      await exported(exporter, readable(recording, settings));
    } finally {
      signal.removeEventListener("abort", end);
      end();
    }
  };
}

function exported(exporter: OTLPTraceExporter, spans: ReadableSpan[]): Promise<void> {
  return new Promise((resolve, reject) => {
    exporter.export(spans, ({ code, error }) => {
      if (code === 0) resolve();
      else reject(new Error(explained(error)));
    });
  });
}

function explained(error: Error | undefined): string {
  const status = error !== undefined && "code" in error ? error.code : undefined;
  if (status === 401 || status === 403) return `the collector refuses (${status}). See whether the headers hold the right key.`;
  if (status === 404 || status === 405) return `the collector has no such address (${status}). Give its base address, or the one that ends in /v1/traces.`;
  if (typeof status === "number") return `the collector refuses (${status}).`;
  return `the collector did not take it (${error === undefined ? "no reason given" : messageOf(error)}). See whether it runs and can be reached from the runners.`;
}

/**
 * The exporter opens its own connections; node's agent leads them through a proxy when it is told which (Node 24.5 and newer). Whether
 * there is one is decided as for every other call of the house.
 */
function agentFor({ url, env }: OtlpSettings): PlainAgent {
  const proxy = proxyFor(url, env);
  const proxyEnv = proxy === undefined ? {} : { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url };
  return url.protocol === "https:" ? new SecureAgent({ proxyEnv }) : new PlainAgent({ proxyEnv });
}

function readable({ traceHex, spans }: Recording, { environment, release, workerInstance }: OtlpSettings): ReadableSpan[] {
  const resource = resourceFromAttributes({
    "service.name": "instant",
    "service.version": release,
    "service.instance.id": workerInstance,
    "deployment.environment.name": environment,
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.language": "nodejs",
  });
  const scope = { name: "instant", version: release };
  return spans.map((span) => readableSpan(span, traceHex, resource, scope));
}

function readableSpan(span: RecordedSpan, traceHex: string, resource: ReadableSpan["resource"], instrumentationScope: ReadableSpan["instrumentationScope"]): ReadableSpan {
  const contextOf = (spanId: string) => ({ traceId: traceHex, spanId, traceFlags: TRACE_IS_SAMPLED });
  const context = contextOf(span.id);
  return {
    name: span.name,
    kind: KIND[span.kind],
    spanContext: () => context,
    ...(span.parentId === undefined ? {} : { parentSpanContext: contextOf(span.parentId) }),
    startTime: hrTime(span.startedAt),
    endTime: hrTime(span.endedAt),
    duration: hrTime(span.endedAt - span.startedAt),
    status: span.error === null ? { code: STATUS.unset } : { code: STATUS.error, ...(span.error.message === "" ? {} : { message: span.error.message }) },
    attributes: { ...span.attributes },
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** Seconds and nanoseconds. */
function hrTime(ms: Milliseconds): [number, number] {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1_000_000)];
}

import type { ConnectOptions } from "../src/github/index.ts";
import type { commonInputs } from "../src/kit/common-inputs.ts";
import type { Trace } from "../src/kit/trace.ts";
import type { InputValues } from "../src/kit/inputs.ts";
import type { ChatModel } from "../src/llm/port.ts";
import type { Watch, WatchTools } from "../src/runtime/watching.ts";
import type { Telemetry } from "../src/telemetry/port.ts";

type Settings = Pick<InputValues<typeof commonInputs>, "sentryDsn" | "otlpEndpoint" | "otlpHeaders" | "environment" | "logFormat" | "dryRun">;

/**
 * Who is told of a job, and the form of its log. Where no place is set, and in a dry run, which leaves no trace, nothing of
 * src/telemetry is loaded, but for a log of JSON what makes its lines.
 */
export async function openWatch(settings: Settings, tools: WatchTools): Promise<Watch> {
  const log = await logOf(settings, tools);
  const { sentryDsn, otlpEndpoint, otlpHeaders, environment, dryRun } = settings;
  if (dryRun || (sentryDsn === "" && otlpEndpoint === "")) return { log, telemetry: null };
  const { release, workerInstance, clock, secrets } = tools;
  const { openTelemetry } = await import("../src/telemetry/index.ts");
  return { log, telemetry: await openTelemetry({ sentryDsn, otlpEndpoint, otlpHeaders, environment, release, workerInstance, clock, log, secrets }) };
}

async function logOf({ logFormat }: Settings, { action, log, clock, known }: WatchTools): Promise<WatchTools["log"]> {
  if (logFormat === "text") return log;
  const { structured } = await import("../src/telemetry/structured.ts");
  const base = () => {
    const { traceId, prUrl, success } = known();
    return { operation: action, trace_id: traceId, task_id: traceId, pr_url: prUrl, success };
  };
  return structured(log, base, clock);
}

/** What makes each call of a program, a probe or a store a span; nothing where nobody is told. */
export function traceOf(telemetry: Telemetry | null): { readonly trace?: Trace } {
  return telemetry === null ? {} : { trace: telemetry.span };
}

/** What makes each request to GitHub a span; nothing where nobody is told. */
export async function tracing(telemetry: Telemetry | null): Promise<Pick<ConnectOptions, "traced">> {
  if (telemetry === null) return {};
  const { tracedFetch } = await import("../src/telemetry/http.ts");
  return { traced: (fetch, template) => tracedFetch(telemetry, fetch, { template }) };
}

/**
 * A model of which each question is a span, by the conventions for generative AI
 * (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/#inference). Neither question nor answer goes on record.
 */
export function tracedModel(telemetry: Telemetry | null, model: ChatModel, about: { readonly baseUrl: string; readonly model: string }): ChatModel {
  if (telemetry === null) return model;
  const { hostname, port, protocol } = new URL(about.baseUrl);
  const attributes = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": about.model,
    "server.address": hostname.replace(/^\[|\]$/g, ""),
    "server.port": Number(port || (protocol === "https:" ? 443 : 80)),
  };
  const complete: ChatModel["complete"] = (request) => telemetry.span(`chat ${about.model}`, attributes, async (span) => {
    const completion = await model.complete(request);
    const { usage } = completion;
    span.set({ "gen_ai.response.model": completion.model, "gen_ai.usage.input_tokens": usage?.inputTokens, "gen_ai.usage.output_tokens": usage?.outputTokens });
    return completion;
  });
  return { ...model, complete };
}

import type { OpenAI } from "openai/client";
import { messageOf } from "../kit/errors.ts";
import { explainConnection, WayError, wayErrorIn } from "../net/errors.ts";
import { guarded } from "./guard.ts";
import { type ChatModel, type Completion, ModelError } from "./port.ts";
import { proxyFetch } from "./proxy.ts";

type Request = Parameters<ChatModel["complete"]>[0];
type Chat = OpenAI.ChatCompletionCreateParamsNonStreaming;

/** How the endpoint likes to be asked; what it refuses with a 400 is left out from then on. */
interface Dialect {
  readonly format: "json_schema" | "json_object" | "none";
  readonly limit: "max_tokens" | "max_completion_tokens";
}

const MAX_DIALECTS = 4;

/**
 * A chat model behind an OpenAI-compatible endpoint, through the `openai` package, which is loaded at the first question: it costs
 * about 100 ms unbundled, and no entry of it that can talk to an endpoint is smaller than `openai/client` (all resources hang on it).
 * The package's own retries are off, and so is what it would read from OPENAI_* variables: the caller owns both.
 */
export function openAiModel(options: { readonly baseUrl: string; readonly apiKey: string; readonly model: string }): ChatModel {
  const { model } = options;
  let client: Promise<OpenAI> | undefined;
  let dialect: Dialect = { format: "json_schema", limit: "max_tokens" };
  const connect = () => (client ??= createClient(options));

  async function complete(request: Request): Promise<Completion> {
    const openai = await connect();
    const signal = AbortSignal.timeout(request.timeoutMs);
    for (let spoken = 1; ; spoken += 1) {
      try {
        const answer = await openai.chat.completions.create(bodyOf(model, request, dialect), { signal, timeout: request.timeoutMs });
        return completionOf(answer, model);
      } catch (error) {
        const simpler = spoken < MAX_DIALECTS ? simplerDialect(dialect, error) : undefined;
        if (simpler === undefined) throw explain(error, options, request, signal.aborted);
        dialect = simpler;
      }
    }
  }
  // A failed import shows itself when the model is asked.
  return { complete, warmUp: () => void connect().catch(() => undefined) };
}

async function createClient(options: { readonly baseUrl: string; readonly apiKey: string }): Promise<OpenAI> {
  const { OpenAI: Client } = await import("openai/client");
  const send = proxyFetch(process.env) ?? globalThis.fetch;
  return new Client({
    baseURL: options.baseUrl,
    // The package insists on a key; endpoints of one's own often take none.
    apiKey: options.apiKey === "" ? "none" : options.apiKey,
    organization: null,
    project: null,
    maxRetries: 0,
    logLevel: "off",
    fetch: guarded(send),
  });
}

function bodyOf(model: string, request: Request, { format, limit }: Dialect): Chat {
  const { name, schema } = request.schema;
  const formats = {
    json_schema: { response_format: { type: "json_schema", json_schema: { name, schema: { ...schema }, strict: true } } },
    json_object: { response_format: { type: "json_object" } },
    none: {},
  } as const;
  return {
    model,
    messages: [
      { role: "system", content: request.system },
      { role: "user", content: request.user },
    ],
    [limit]: request.maxTokens,
    ...formats[format],
  };
}

/** Endpoints are compatible to different degrees: the next plainer way to ask after a 400 or 422, if there is one. */
function simplerDialect(dialect: Dialect, error: unknown): Dialect | undefined {
  const { status, text } = detailsOf(error);
  if (status !== 400 && status !== 422) return undefined;
  if (/context.?length|maximum context|too long|model.?not.?found|does not exist/i.test(text)) return undefined;
  if (/max_tokens/i.test(text) && dialect.limit === "max_tokens") return { ...dialect, limit: "max_completion_tokens" };
  if (dialect.format === "json_schema") return { ...dialect, format: "json_object" };
  return dialect.format === "json_object" ? { ...dialect, format: "none" } : undefined;
}

/** The endpoint may send anything: what is not a completion becomes an empty one, which is no answer. */
function completionOf(answer: unknown, asked: string): Completion {
  const raw = (typeof answer === "object" && answer !== null ? answer : {}) as {
    readonly model?: unknown;
    readonly choices?: readonly { readonly finish_reason?: unknown; readonly message?: { readonly content?: unknown; readonly refusal?: unknown } }[];
    readonly usage?: { readonly prompt_tokens?: unknown; readonly completion_tokens?: unknown };
  };
  const choice = Array.isArray(raw.choices) ? raw.choices[0] : undefined;
  const text = typeof choice?.message?.content === "string" ? choice.message.content : "";
  const refused = text === "" && typeof choice?.message?.refusal === "string";
  const { prompt_tokens: input, completion_tokens: output } = raw.usage ?? {};
  return {
    text,
    finishReason: refused ? "refusal" : typeof choice?.finish_reason === "string" ? choice.finish_reason : "none",
    model: nameIn(raw.model) ?? asked,
    usage: typeof input === "number" && typeof output === "number" ? { inputTokens: input, outputTokens: output } : null,
  };
}

/** The name of what answered, which is written into commits and pages: one short line without anything invisible, or none. */
function nameIn(model: unknown): string | undefined {
  const name = typeof model === "string" && model.length <= 200 ? model.replace(/[\p{C}\s]+/gu, " ").trim() : "";
  return name === "" ? undefined : name;
}

interface Details {
  readonly status: number | undefined;
  readonly text: string;
  readonly retryAfterMs: number;
}

function detailsOf(error: unknown): Details {
  const { status, headers, code } = error as { status?: number; headers?: Headers; code?: string | null };
  const after = Number(headers?.get?.("retry-after") ?? Number.NaN);
  return { status, text: `${messageOf(error)}${code ? ` (${code})` : ""}`.slice(0, 20_000).replace(/[\p{C}\s]+/gu, " ").trim(), retryAfterMs: Number.isFinite(after) ? Math.max(0, after) * 1_000 : 0 };
}

function explain(error: unknown, options: { readonly baseUrl: string; readonly apiKey: string; readonly model: string }, request: Request, aborted: boolean): ModelError {
  const { status, text: raw, retryAfterMs } = detailsOf(error);
  // Cut behind the key is taken out: half a key is no key that could be found.
  const said = (options.apiKey === "" ? raw : raw.replaceAll(options.apiKey, "***")).slice(0, 500);
  const at = `${options.model} at ${options.baseUrl}`;
  const wrong = (what: string, where: string, fix: string, cause?: string) => new ModelError("configuration", { what, where, fix, ...(cause ? { cause } : {}) }, { retryable: false, cause: error });
  const service = (what: string, fix: string, cause?: string) => new ModelError("service", { what, fix, ...(cause ? { cause } : {}) }, { retryable: true, retryAfterMs, cause: error });
  if (status === undefined) {
    const closed = wayErrorIn(error) ?? explainConnection(rootOf(error), new URL(options.baseUrl), undefined);
    if (closed && !aborted) {
      const [problem = { what: closed.message, fix: "Check `base-url`." }] = closed.problems;
      const blame = closed.blame === "service" ? "service" : "configuration";
      return new ModelError(blame, { ...problem, what: `The model ${at} cannot be reached: ${problem.what}` }, { retryable: closed instanceof WayError && closed.retryable, cause: error });
    }
    const late = aborted || /timed? ?out|aborted/i.test(said);
    if (late) return service(`The model ${at} did not answer within ${request.timeoutMs / 1_000} s`, "Run the job again, raise `timeout-seconds`, or choose a faster `model`.");
    return service(`The model ${at} cannot be reached: ${messageOf(rootOf(error))}`, "Check `base-url`, and that the runner may go there (firewall, proxy).");
  }
  if (status >= 300 && status < 400) {
    return wrong(`The model endpoint ${options.baseUrl} answered with a redirect (${status}), which is not followed`, "base-url", "Set `base-url` to the address where the endpoint answers itself.", "the question, the documentation and the key would go to an address that nobody configured");
  }
  if (status === 401 || status === 403) {
    return wrong(`The model endpoint ${options.baseUrl} refused the key (${said})`, "api-key", "Set `api-key` from a secret that holds a valid key of this endpoint: `api-key: ${{ secrets.… }}`.", options.apiKey === "" ? "`api-key` is empty" : "the key is wrong, expired, or not allowed to use this model");
  }
  if (status === 404 || status === 410) {
    return wrong(`There is no model ${at} (${said})`, "model", "Set `model` to one that the endpoint lists under /models now, and check that `base-url` ends where its documentation says (often `/v1`).", "models are retired by their providers, or the name or address is misspelt");
  }
  if (status === 429 && /insufficient_quota|billing|credit/i.test(said)) return wrong(`The account behind ${options.baseUrl} has no credit left (${said})`, "api-key", "Top the account up, or use the key of another one.");
  if (status === 408 || status === 409 || status === 429 || status >= 500) {
    const cause = status === 429 ? "too many requests in a short time" : "the service is disturbed";
    return service(`The model ${at} did not answer (${said})`, "Run the job again; if it keeps happening, ask the endpoint's operator.", cause);
  }
  return wrong(`The model ${at} refused the question (${said})`, "model", "Choose a `model` that takes a chat completion of this size, or fewer `sources`.");
}

function rootOf(error: unknown): unknown {
  let deepest = error;
  for (let depth = 0; depth < 5 && typeof deepest === "object" && deepest !== null && "cause" in deepest && deepest.cause; depth += 1) deepest = deepest.cause;
  return deepest;
}

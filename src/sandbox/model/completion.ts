import type { ServerResponse } from "node:http";
import type { Fault } from "./behaviour.ts";
import { extractAnswer } from "./extract.ts";
import { readPrompt, type Message } from "./prompt.ts";

/** An error in OpenAI's shape. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: { message: string; type: string; param: string | null; code: string | null };
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, code: string | null, type = "invalid_request_error", headers = {}) {
    super(message);
    this.status = status;
    this.body = { message, type, param: null, code };
    this.headers = headers;
  }
}

export interface Completion {
  readonly model: string;
  readonly content: string;
  readonly finishReason: "stop" | "length";
  readonly usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
}

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly json: boolean;
  readonly stream: boolean;
  readonly streamUsage: boolean;
}

/** @throws ApiError as OpenAI answers what is missing or unknown. */
export function readChat(body: string, models: readonly string[]): ChatRequest {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(body) as Record<string, unknown>;
  } catch {
    throw new ApiError(400, "We could not parse the JSON body of your request.", null);
  }
  const { model, messages, response_format: format, stream, stream_options: streamOptions } = value ?? {};
  if (typeof model !== "string" || model === "") throw new ApiError(400, "you must provide a model parameter", null);
  if (!models.includes(model)) {
    throw new ApiError(404, `The model \`${model}\` does not exist or you do not have access to it.`, "model_not_found");
  }
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new ApiError(400, "Missing required parameter: 'messages'.", "missing_required_parameter");
  }
  const kind = (format as { type?: unknown } | undefined)?.type;
  return {
    model,
    messages: messages.map(toMessage),
    json: kind === "json_schema" || kind === "json_object",
    stream: stream === true,
    streamUsage: (streamOptions as { include_usage?: unknown } | undefined)?.include_usage === true,
  };
}

/** A message's content is text or a list of parts. */
function toMessage(value: unknown): Message {
  const { role, content } = (value ?? {}) as { role?: unknown; content?: unknown };
  const parts = Array.isArray(content) ? content.map((part: { text?: unknown }) => (typeof part?.text === "string" ? part.text : "")) : [];
  return { role: typeof role === "string" ? role : "user", content: typeof content === "string" ? content : parts.join("\n") };
}

/** @throws ApiError when the fault is a refusal. */
export function refuse(fault: Fault | undefined): void {
  if (fault?.kind === "rate-limit") {
    const headers = { "retry-after": String(fault.retryAfterSeconds) };
    throw new ApiError(429, "Rate limit reached for requests.", "rate_limit_exceeded", "requests", headers);
  }
  if (fault?.kind === "server-error") {
    throw new ApiError(fault.status ?? 500, "The server had an error while processing your request.", null, "server_error");
  }
}

export function complete(chat: ChatRequest, fault: Fault | undefined): Completion {
  const content = contentFor(chat, fault);
  const prompt = chat.messages.reduce((sum, message) => sum + tokens(message.content) + 4, 0);
  const completion = tokens(content);
  return {
    model: chat.model,
    content,
    finishReason: fault?.kind === "truncated" ? "length" : "stop",
    usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
  };
}

function contentFor(chat: ChatRequest, fault: Fault | undefined): string {
  if (fault?.kind === "canned") return fault.content;
  if (fault?.kind === "empty") return "";
  const extract = extractAnswer(readPrompt(chat.messages));
  const answer = fault?.kind === "too-long" ? Array.from({ length: 150 }, (_, index) => `word${index + 1}`).join(" ") : extract.answer;
  const content = chat.json ? JSON.stringify({ answer, sources: extract.sources }) : answer;
  if (fault?.kind === "truncated") return content.slice(0, Math.ceil(content.length / 2));
  return fault?.kind === "invalid-json" ? `Sure! Here is your answer: ${content.slice(0, -1)}` : content;
}

/** A rough count, like a tokenizer's: four letters a token, one token for a sign of a script without spaces. */
function tokens(text: string): number {
  const wide = text.match(/[\u3040-\u9FFF\uAC00-\uD7A3]/g)?.length ?? 0;
  return wide + Math.ceil((text.length - wide) / 4);
}

export function toBody({ model, content, finishReason, usage }: Completion, count: number): unknown {
  const message = { role: "assistant", content, refusal: null };
  return {
    id: `chatcmpl-sandbox-${count}`,
    object: "chat.completion",
    created: Math.floor(Date.now() / 1000),
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason }],
    usage,
  };
}

export function sendStream(response: ServerResponse, completion: Completion, count: number, withUsage: boolean): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  const created = Math.floor(Date.now() / 1000);
  const send = (choices: unknown[], extra = {}): void => {
    const chunk = { id: `chatcmpl-sandbox-${count}`, object: "chat.completion.chunk", created, model: completion.model, choices, ...extra };
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  };
  send([{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }]);
  for (const [piece] of completion.content.matchAll(/[\s\S]{1,24}/gu)) send([{ index: 0, delta: { content: piece }, finish_reason: null }]);
  send([{ index: 0, delta: {}, finish_reason: completion.finishReason }]);
  if (withUsage) send([], { usage: completion.usage });
  response.end("data: [DONE]\n\n");
}

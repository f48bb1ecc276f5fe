import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Behaviours, drawDelay, seeded, type Behaviour } from "./behaviour.ts";
import { ApiError, complete, readChat, refuse, sendStream, toBody, type ChatRequest } from "./completion.ts";
import type { Message } from "./prompt.ts";

export interface ModelServerOptions {
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** Absent: a random one. */
  readonly apiKey?: string;
  /** Names of the models it serves. */
  readonly models?: readonly string[];
  /** Seed of everything drawn at random. */
  readonly seed?: number;
  readonly behaviour?: Behaviour;
}

/** One request as it came, without its key. */
export interface ModelRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly model?: string;
  readonly messages?: readonly Message[];
}

export interface ModelServer {
  /** Base address for clients; ends with `/v1`. */
  readonly url: string;
  readonly apiKey: string;
  readonly models: readonly string[];
  readonly requests: readonly ModelRequest[];
  setBehaviour(behaviour: Behaviour): void;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 8 * 1024 * 1024;

/**
 * An OpenAI-compatible server on 127.0.0.1: `POST /v1/chat/completions` (streamed or not) and `GET /v1/models`, with OpenAI's
 * errors. It needs no model: it answers by extraction from the sources in the prompt, the same every time.
 */
export async function startModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const model = new Model(options);
  const server = createServer((request, response) => {
    model.answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    apiKey: model.apiKey,
    models: model.models,
    requests: model.requests,
    setBehaviour: (behaviour) => model.behaviours.set(behaviour),
    close: () =>
      new Promise((resolve) => {
        model.stop();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class Model {
  readonly apiKey: string;
  readonly models: readonly string[];
  readonly requests: ModelRequest[] = [];
  readonly behaviours = new Behaviours();
  private readonly random: () => number;
  private readonly timers = new Set<NodeJS.Timeout>();
  private stopped = false;
  private count = 0;

  constructor(options: ModelServerOptions) {
    this.apiKey = options.apiKey ?? `sk-sandbox-${randomBytes(18).toString("hex")}`;
    this.models = options.models ?? ["sandbox-extractive"];
    this.random = seeded(options.seed ?? 1);
    if (options.behaviour !== undefined) this.behaviours.set(options.behaviour);
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? "";
    const path = (request.url ?? "").split("?")[0] ?? "";
    let chat: ChatRequest | undefined;
    const log = (status: number): void => {
      this.requests.push({ method, path, status, ...(chat === undefined ? {} : { model: chat.model, messages: chat.messages }) });
    };
    try {
      this.authorize(request);
      if (method === "GET" && path === "/v1/models") {
        log(200);
        return sendJson(response, 200, { object: "list", data: this.models.map((id) => ({ id, object: "model", created: 0, owned_by: "sandbox" })) });
      }
      if (method !== "POST" || path !== "/v1/chat/completions") {
        throw new ApiError(404, `Invalid URL (${method} ${path})`, null);
      }
      chat = readChat(await readBody(request), this.models);
      const { delayMs, fault } = this.behaviours.next();
      await this.wait(drawDelay(delayMs, this.random));
      if (fault?.kind === "hang") return log(0);
      if (fault?.kind === "disconnect") {
        log(0);
        response.destroy();
        return;
      }
      refuse(fault);
      const completion = complete(chat, fault);
      log(200);
      this.count += 1;
      if (chat.stream) sendStream(response, completion, this.count, chat.streamUsage);
      else sendJson(response, 200, toBody(completion, this.count));
    } catch (error) {
      const problem = error instanceof ApiError ? error : new ApiError(500, "The sandbox model failed.", null, "server_error");
      log(problem.status);
      sendJson(response, problem.status, { error: problem.body }, problem.headers);
    }
  }

  private authorize(request: IncomingMessage): void {
    const given = Buffer.from(request.headers.authorization ?? "");
    const wanted = Buffer.from(`Bearer ${this.apiKey}`);
    if (given.length === 0) {
      throw new ApiError(401, "You didn't provide an API key. Send it in an Authorization header: Bearer YOUR_KEY.", null);
    }
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
      throw new ApiError(401, "Incorrect API key provided.", "invalid_api_key");
    }
  }

  private wait(ms: number): Promise<void> {
    if (ms <= 0 || this.stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        resolve();
      }, ms);
      this.timers.add(timer);
    });
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text), ...headers });
  response.end(text);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new ApiError(413, "The request is too large.", null);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The HTTP server: authentication, faults, limits, ETags, logging, and the way to a handler. */

import { createHash, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

import { ApiError } from "../world/errors.ts";
import type { Actor } from "../world/tokens.ts";
import type { World } from "../world/world.ts";
import type { Runs } from "../world/actions/runs.ts";
import type { Effect, Faults } from "./faults.ts";
import { answerGraphql, graphqlNames } from "./graphql/answer.ts";
import type { RateLimiter, Resource } from "./limits.ts";
import type { RequestKind, RequestLog } from "./log.ts";
import { effectAfter, errorReply, notImplemented, primaryLimit, refused, secondaryLimit, serverError } from "./replies.ts";
import type { Call, Match, Reply, Router } from "./router.ts";
import { gitActor, serveRepository } from "./smart-http.ts";

/** What passed through, for validators. */
export interface Exchange {
  readonly kind: "rest" | "graphql";
  readonly method: string;
  readonly path: string;
  readonly template: string | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly requestBody: unknown;
  readonly status: number;
  readonly responseBody: unknown;
  readonly responseHeaders: Readonly<Record<string, string>>;
}

export interface ServerParts {
  readonly world: World;
  readonly runs: Runs;
  readonly router: Router;
  readonly faults: Faults;
  readonly limiter: RateLimiter;
  readonly log: RequestLog;
  readonly taps: Set<(exchange: Exchange) => void>;
  /** What a person sees at an address of the server; undefined when there is nothing. */
  readonly page: (path: string) => Promise<string | undefined>;
  /** PEM; undefined: plain HTTP. */
  readonly certificate: { readonly key: string; readonly cert: string } | undefined;
}

/** GitHub's own bound is 100 MB; a sandbox needs less. */
const bodyLimit = 64 * 1024 * 1024;

/** A person's token here may do what its owner may. */
const personScopes = "read:org, repo, workflow";

interface Request {
  readonly kind: RequestKind;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly actor: Actor | undefined;
  readonly match: Match | undefined;
  readonly body: Buffer;
  readonly json: unknown;
  readonly names: readonly string[];
  readonly userAgent: string;
}

export class ApiServer {
  readonly #parts: ServerParts;
  readonly #server: Server;
  /** Requests that are being answered. */
  readonly #open = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(parts: ServerParts) {
    this.#parts = parts;
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      const answer = this.#handle(request, response)
        .catch((cause: unknown) => this.#crash(response, cause))
        .finally(() => this.#open.delete(answer));
      this.#open.add(answer);
    };
    const { certificate } = parts;
    this.#server = certificate === undefined
      ? createServer(listener) : createSecureServer({ key: certificate.key, cert: certificate.cert }, listener);
    // Long polls do not exist here; an idle client may keep its connection as long as it likes.
    this.#server.keepAliveTimeout = 60_000;
  }

  /** Listens on loopback; gives back the port. */
  listen(port = 0): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  /** Breaks every connection and waits for what was being answered: nothing may reach for the world after it is gone. */
  async close(): Promise<void> {
    this.#closing.abort();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    await Promise.all(this.#open);
  }

  #crash(response: ServerResponse, cause: unknown): void {
    if (cause instanceof ApiError && !response.headersSent) {
      response.writeHead(cause.status, { "content-type": "application/json" }).end(JSON.stringify(errorReply(cause).body));
      return;
    }
    // Its client is gone with its connection.
    if (this.#closing.signal.aborted) return;
    process.emitWarning(`sandbox: a request could not be answered: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`);
    if (response.headersSent) response.destroy();
    else response.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify({ message: "Server Error" }));
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = Date.now();
    const began = performance.now();
    const url = new URL(incoming.url ?? "/", "http://localhost");
    const path = url.pathname.replace(/^\/api\/v3(?=\/|$)/, "") || "/";
    const kind = kindOf(url.pathname);
    const authorization = incoming.headers.authorization;
    const actor = kind === "git" ? gitActor(this.#parts.world, authorization) : this.#authenticate(authorization);
    const body = kind === "git" ? Buffer.alloc(0) : await readBody(incoming);
    const json = parseJson(body);
    const request: Request = {
      kind, path, body, json, actor, method: incoming.method ?? "GET", query: url.searchParams,
      match: kind === "rest" ? this.#match(incoming.method ?? "GET", path, url.pathname) : undefined,
      names: kind === "graphql" ? graphqlNames(json) : [], userAgent: incoming.headers["user-agent"] ?? "",
    };
    const effects = this.#parts.faults.strike({
      method: request.method, path, kind, template: request.match?.template, graphqlNames: request.names,
      userAgent: request.userAgent, tokenKind: actor?.kind ?? "anonymous",
    });
    await this.#parts.faults.held(effects);
    const delay = this.#parts.faults.delay(effects);
    if (delay > 0) await wait(delay, undefined, { signal: this.#closing.signal });
    let status = 0;
    if (effects.some((one) => one.type === "drop" && one.when === "before")) incoming.socket.destroy();
    else if (kind === "git") status = await this.#git(incoming, response, request, effects);
    else status = await this.#api(incoming, response, request, effects);
    this.#parts.log.add({
      at: startedAt, kind, tokenKind: actor?.kind ?? "anonymous", login: actor?.account.login ?? "", runId: actor?.runId, job: actor?.job,
      method: request.method, path, template: request.match?.template, operation: request.names[0],
      fields: request.names.slice(1), userAgent: request.userAgent, status, ms: performance.now() - began,
    });
  }

  /** The API's root has its own prefix: at the server's root is what people see. */
  #match(method: string, path: string, given: string): Match | undefined {
    return path === "/" && given === "/" ? undefined : this.#parts.router.match(method === "HEAD" ? "GET" : method, path);
  }

  /** undefined: a token was sent and it is not (or no longer) good. */
  #authenticate(header: string | undefined): Actor | undefined {
    const { tokens } = this.#parts.world;
    if (header === undefined || header === "") return tokens.anonymous;
    const basic = /^basic (.+)$/i.exec(header)?.[1];
    const token = basic === undefined
      ? header.replace(/^(bearer|token) /i, "").trim()
      : (Buffer.from(basic, "base64").toString("utf8").split(":").at(-1) ?? "");
    return tokens.find(token);
  }

  async #git(incoming: IncomingMessage, response: ServerResponse, request: Request, effects: readonly Effect[]): Promise<number> {
    const failing = effects.find((one) => one.type === "error" && one.when === "before");
    if (failing?.type === "error") {
      incoming.resume();
      response.writeHead(failing.status ?? 502).end("Bad Gateway\n");
      return failing.status ?? 502;
    }
    return serveRepository(this.#parts.world, incoming, response, { path: request.path, query: request.query, actor: request.actor });
  }

  async #api(incoming: IncomingMessage, response: ServerResponse, request: Request, effects: readonly Effect[]): Promise<number> {
    const resource: Resource = request.kind === "graphql" ? "graphql" : "core";
    let reply = this.#refusal(request, effects, resource);
    if (reply === undefined) {
      reply = await this.#answer(request, incoming);
      reply = effectAfter(reply, effects);
    }
    const drop = effects.find((one) => one.type === "drop" && one.when === "after");
    if (drop?.type === "drop" && drop.when === "after") {
      await drop.first?.();
      incoming.socket.destroy();
      return 0;
    }
    return this.#send(incoming, response, request, reply, resource);
  }

  /** Answers that come before any effect: bad tokens, injected failures, limits. */
  #refusal(request: Request, effects: readonly Effect[], resource: Resource): Reply | undefined {
    for (const effect of effects) {
      if (effect.type === "error" && effect.when === "before") return serverError(effect.status ?? 502);
      if (effect.type === "answer") return { status: effect.status, body: effect.body, ...(effect.headers === undefined ? {} : { headers: effect.headers }) };
      if (effect.type === "secondary-limit") return secondaryLimit(effect.status ?? 403, effect.retryAfterSeconds === undefined ? 60 : effect.retryAfterSeconds);
      if (effect.type === "primary-limit") {
        const reset = Math.ceil(this.#parts.world.now() / 1000) + (effect.resetSeconds ?? 60);
        return primaryLimit(request.kind, effect.status, reset);
      }
    }
    const { actor } = request;
    if (actor === undefined) return refused(401, "Bad credentials");
    if (request.path === "/rate_limit") return undefined;
    if (!this.#parts.limiter.spend(actor, resource)) return primaryLimit(request.kind, undefined, this.#parts.limiter.budget(actor, resource).reset);
    const creates = request.kind === "graphql" ? isMutation(request.json) : request.method !== "GET" && request.method !== "HEAD";
    const wait = creates ? this.#parts.limiter.create(actor) : undefined;
    return wait === undefined ? undefined : secondaryLimit(403, wait);
  }

  async #answer(request: Request, incoming: IncomingMessage): Promise<Reply> {
    const { world, runs, limiter } = this.#parts;
    const actor = request.actor as Actor;
    try {
      if (request.kind === "graphql") return await answerGraphql({ world, runs, actor, limiter }, request.json);
      if (request.match === undefined) return (await this.#page(request, incoming)) ?? notImplemented(request);
      if (request.body.length > 0 && request.json === undefined) return refused(400, "Problems parsing JSON");
      const call: Call = {
        world, runs, actor, method: request.method, path: request.path, params: request.match.params, query: request.query,
        body: typeof request.json === "object" && request.json !== null ? (request.json as Call["body"]) : {},
        accept: incoming.headers.accept ?? "", budget: (resource) => limiter.budget(actor, resource),
      };
      return await request.match.handler(call);
    } catch (cause) {
      if (cause instanceof ApiError) return errorReply(cause);
      throw cause;
    }
  }

  /** Pages are for people: GET, outside the API's prefix, and for whoever may read (a browser brings no token). */
  async #page(request: Request, incoming: IncomingMessage): Promise<Reply | undefined> {
    if (request.method !== "GET" || (incoming.url ?? "").startsWith("/api/")) return undefined;
    const html = await this.#parts.page(decodeURIComponent(request.path));
    return html === undefined ? undefined : { status: 200, body: Buffer.from(html), headers: { "content-type": "text/html; charset=utf-8" } };
  }

  #send(incoming: IncomingMessage, response: ServerResponse, request: Request, reply: Reply, resource: Resource): number {
    const raw = Buffer.isBuffer(reply.body);
    const text = reply.body === undefined ? undefined : raw ? (reply.body as Buffer) : Buffer.from(JSON.stringify(reply.body));
    let { status } = reply;
    const headers: Record<string, string> = {
      server: "github.com", "x-github-request-id": randomUUID().slice(0, 18).toUpperCase(), "x-github-media-type": "github.v3; format=json",
      "x-github-api-version-selected": String(incoming.headers["x-github-api-version"] ?? "2022-11-28"),
    };
    if (text !== undefined && !raw) headers["content-type"] = "application/json; charset=utf-8";
    if (text !== undefined && status === 200 && request.method === "GET" && request.kind === "rest") {
      const etag = `W/"${createHash("sha256").update(text).digest("hex")}"`;
      headers["etag"] = etag;
      headers["cache-control"] = "private, max-age=60, s-maxage=60";
      const known = incoming.headers["if-none-match"];
      if (known !== undefined && known.split(/,\s*/).some((one) => one.replace(/^W\//, "") === etag.slice(2))) {
        status = 304;
        if (request.actor !== undefined) this.#parts.limiter.refund(request.actor, resource);
      }
    }
    // What classic tokens of people carry; gh looks for these before anything else.
    if (request.actor?.kind === "person") headers["x-oauth-scopes"] = personScopes;
    if (request.actor !== undefined) {
      const budget = this.#parts.limiter.budget(request.actor, resource);
      headers["x-ratelimit-limit"] = String(budget.limit);
      headers["x-ratelimit-remaining"] = String(budget.remaining);
      headers["x-ratelimit-reset"] = String(budget.reset);
      headers["x-ratelimit-used"] = String(budget.used);
      headers["x-ratelimit-resource"] = resource;
    }
    Object.assign(headers, reply.headers);
    const sent = status === 304 || request.method === "HEAD" ? undefined : text;
    if (sent !== undefined) headers["content-length"] = String(sent.length);
    // Listeners first: whoever got the answer must find it recorded.
    const exchange: Exchange = {
      kind: request.kind === "graphql" ? "graphql" : "rest", method: request.method, path: request.path, template: request.match?.template,
      params: request.match?.params ?? {}, query: request.query, requestBody: request.json, status,
      responseBody: sent === undefined || raw ? undefined : reply.body, responseHeaders: headers,
    };
    for (const tap of this.#parts.taps) tap(exchange);
    response.writeHead(status, headers);
    response.end(sent);
    return status;
  }
}

function kindOf(path: string): RequestKind {
  if (path === "/graphql" || path === "/api/graphql" || path === "/api/v3/graphql") return "graphql";
  return /^\/[^/]+\/[^/]+\/(info\/refs|git-upload-pack|git-receive-pack|HEAD|objects\/.*)$/.test(path)
    && !path.startsWith("/repos/") && !path.startsWith("/api/") ? "git" : "rest";
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) throw new ApiError(413, "Payload too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}

function isMutation(json: unknown): boolean {
  const query = typeof json === "object" && json !== null ? (json as { query?: unknown }).query : undefined;
  return typeof query === "string" && /^\s*mutation\b/m.test(query);
}

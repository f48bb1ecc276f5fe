import type { ClientRequest, IncomingMessage } from "node:http";
import { PROXY_VARIABLES } from "../kit/proxy.ts";
import { explainConnection, refusedByProxy } from "./errors.ts";
import { wayTo } from "./way.ts";

/**
 * HTTP for adapters, in the shape of `fetch` as far as they use it.
 *
 * The global `fetch` loads undici at its first call, which costs as long as starting node does (30 ms beside 6 ms for node:http
 * on the machine where it was measured), and an action makes a handful of requests. It knows no proxies either; here they are
 * those of the environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY; src/kit/proxy.ts), and their code is loaded only where one is named.
 */
export type Fetch = (url: string | URL, init?: FetchInit) => Promise<HttpResponse>;

export interface FetchInit {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Uint8Array | null | undefined;
  readonly signal?: AbortSignal | null | undefined;
  /** `manual` hands a redirect over as it came. Default: followed within the same origin, so that no credential leaves it. */
  readonly redirect?: "follow" | "manual" | "error" | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly ok: boolean;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const MAX_REDIRECTS = 5;
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * A `fetch` that resolves when the whole body has arrived, and rejects when the connection drops before.
 * @param env is read at once: what a variable says later changes nothing.
 * @throws WayError, from each call, when the way there is closed: see docs/ghes-and-proxies.md.
 */
export function createFetch(env: Environment): Fetch {
  const proxies = Object.fromEntries([...PROXY_VARIABLES, "no_proxy", "NO_PROXY"].map((name) => [name, env[name]]));
  const send = (url: URL, init: FetchInit) => sendOnce(url, init, proxies);
  return async (url, init = {}) => {
    let at = new URL(url);
    for (let hop = 0; ; hop += 1) {
      const response = await send(at, init);
      const next = redirected(response, at, init);
      if (next === undefined || hop >= MAX_REDIRECTS) return response;
      at = next;
    }
  };
}

/** Where to go on: only for methods that may be repeated as they are (RFC 9110, 15.4), and never to another origin. */
function redirected(response: HttpResponse, from: URL, init: FetchInit): URL | undefined {
  const location = response.headers.get("location");
  const always = response.status === 307 || response.status === 308;
  const reading = (init.method ?? "GET") === "GET" && [301, 302].includes(response.status);
  if (init.redirect === "manual" || location === undefined || !(always || reading)) return undefined;
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  return to?.origin === from.origin ? to : undefined;
}

async function sendOnce(url: URL, init: FetchInit, proxies: Environment): Promise<HttpResponse> {
  const signal = init.signal ?? undefined;
  const { send, proxy } = await wayTo(url, proxies, signal);
  const body = init.body ?? undefined;
  const headers = { ...init.headers, ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }) };
  try {
    const message = await answerTo(send({ method: init.method ?? "GET", headers, ...(signal ? { signal } : {}) }), body);
    if (proxy && message.statusCode === 407) {
      message.resume();
      throw refusedByProxy(proxy, url.host, 407);
    }
    return await collect(message, url);
  } catch (error) {
    if (signal?.aborted) throw signal.reason as Error;
    throw explainConnection(error, url, proxy) ?? error;
  }
}

function answerTo(request: ClientRequest, body: string | Uint8Array | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    request.on("error", reject);
    request.end(body);
  });
}

async function collect(message: IncomingMessage, url: URL): Promise<HttpResponse> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error(`the answer is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const status = message.statusCode ?? 0;
  const headers = Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")] as const);
  return {
    status,
    ok: status >= 200 && status < 300,
    url: url.href,
    headers: new Map(headers),
    text: () => Promise.resolve(body.toString("utf8")),
    arrayBuffer: () => Promise.resolve(new Uint8Array(body).buffer),
  };
}

import { request as plainRequest, type IncomingMessage } from "node:http";

/**
 * HTTP for adapters, in the shape of `fetch` as far as they use it.
 *
 * The global `fetch` loads undici at its first call, which costs as long as starting node does (30 ms beside 6 ms for node:http
 * on the machine where it was measured), and an action makes a handful of requests. Proxies are those of
 * @actions/http-client (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), which is loaded only where one is configured.
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

const PROXY_VARIABLES = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"];
const MAX_REDIRECTS = 5;
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** A `fetch` that resolves when the whole body has arrived, and rejects when the connection drops before. */
export function createFetch(env: Environment): Fetch {
  const send = PROXY_VARIABLES.some((name) => env[name]) ? sendByProxy : sendDirectly;
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

async function sendDirectly(url: URL, init: FetchInit): Promise<HttpResponse> {
  // TLS takes a third of what node:http does once more to load; behind a proxy or on loopback nobody needs it.
  const send = url.protocol === "https:" ? (await import("node:https")).request : plainRequest;
  return new Promise((resolve, reject) => {
    const body = init.body ?? undefined;
    const headers = { ...init.headers, ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }) };
    const options = { method: init.method ?? "GET", headers, ...(init.signal ? { signal: init.signal } : {}) };
    const request = send(url, options, (message) => void collect(message, url).then(resolve, reject));
    request.on("error", (error) => reject(init.signal?.aborted ? (init.signal.reason as Error) : error));
    request.end(body);
  });
}

async function sendByProxy(url: URL, init: FetchInit): Promise<HttpResponse> {
  const { HttpClient } = await import("actions-http-client-real");
  const client = new HttpClient(undefined, [], { allowRedirects: false, allowRetries: false, socketTimeout: 120_000 });
  const { signal } = init;
  signal?.throwIfAborted();
  const answer = client
    .request(init.method ?? "GET", url.href, init.body == null ? null : Buffer.from(init.body).toString("utf8"), { ...init.headers })
    .then(({ message }) => collect(message, url));
  if (!signal) return answer;
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  return Promise.race([answer, aborted.promise]).finally(() => {
    signal.removeEventListener("abort", abort);
    client.dispose();
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

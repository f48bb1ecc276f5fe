import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import { messageOf } from "../kit/errors.ts";
import type { Proxy } from "../kit/proxy.ts";
import { serverFacts, type Trace } from "../kit/trace.ts";
import { explainConnection } from "../net/errors.ts";
import { type Way, wayTo } from "../net/way.ts";

/** How many bytes of a body are read; what comes after is not waited for. */
export const BODY_LIMIT = 64 * 1024;

/** What one request came to. `failed`: the service was reached and did not do its part. `unmeasured`: it could not be asked. */
export type Exchange = Answered | Unanswered;

export interface Answered extends Timed {
  readonly kind: "answered";
  readonly status: number;
  /** The content type. */
  readonly type: string;
  readonly location: string;
  readonly headers: IncomingHttpHeaders;
  /** When the certificate of the service ends, epoch milliseconds; null without TLS. */
  readonly certificateEnds: number | null;
  readonly body: string;
  /** True when there was more of the body than was read. */
  readonly cut: boolean;
}

export interface Unanswered extends Timed {
  readonly kind: "failed" | "unmeasured";
  readonly detail: string;
}

interface Timed {
  readonly ms: number;
  /** When it was sent, epoch milliseconds. */
  readonly at: number;
}

export interface Request {
  readonly timeoutMs: number;
  /** Ends it before its time: nobody looks at the answer any more. */
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** The version of IP to go by; 0 takes what there is. */
  readonly family?: 0 | 4 | 6;
  /** How many bytes of a body are read; 64 KiB unless told. */
  readonly bodyLimit?: number;
}

/** `exchange`, or the same told to somebody. */
export type Exchanging = typeof exchange;

/**
 * GETs an address once on a connection of its own: no redirect is followed, at most 64 KiB of the body are read, and
 * everything, the body included, has to happen inside `timeoutMs`. Never throws, and keeps no socket open.
 *
 * Telling a sick service from a measurement that could not be made (docs/decisions/0003-probe-errors.md): whoever answers
 * the connection is the service, so a refused or broken connection, an answer that is not HTTP and one that does not come
 * in time are its failure. A name that cannot be resolved, a route that is not there, a connection that is never
 * established and a certificate that is not trusted say nothing about the deployment: they are errors to measure. Through a
 * proxy of the environment it cannot be told whose connection broke, so only a complete answer counts against the service.
 */
export async function exchange(address: string, request: Request): Promise<Exchange> {
  const { timeoutMs, signal } = request;
  const at = Date.now();
  if (!URL.canParse(address)) return { kind: "unmeasured", detail: "not an address", ms: 0, at };
  const start = performance.now();
  const limit = new AbortController();
  // Aborted before a way was found: nobody has been connected to.
  const timer = setTimeout(() => limit.abort(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs);
  const giveUp = () => limit.abort(new Error("nobody waits for it any more"));
  signal?.addEventListener("abort", giveUp, { once: true });
  if (signal?.aborted) giveUp();
  const url = new URL(address);
  const result = await wayTo(url, process.env, limit.signal).then(
    (way) => ask(url, way, limit.signal, request),
    (error: unknown): Result => ({ kind: "unmeasured", detail: messageOf(error) }),
  );
  clearTimeout(timer);
  signal?.removeEventListener("abort", giveUp);
  return { ...result, ms: Math.round((performance.now() - start) * 10) / 10, at };
}

/** The same as spans, by the conventions for HTTP clients (https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client). */
export function tracedExchange(trace: Trace): Exchanging {
  return (address, request) => {
    const server = URL.canParse(address) ? serverFacts(new URL(address)) : {};
    return trace("GET", { "http.request.method": "GET", ...server }, async (call) => {
      const result = await exchange(address, request);
      if (result.kind !== "answered") call.fail(result.kind, result.detail);
      else {
        call.set({ "http.response.status_code": result.status });
        if (result.status >= 400) call.fail(String(result.status));
      }
      return result;
    });
  };
}

function ask(url: URL, { send, proxy }: Way, limit: AbortSignal, { timeoutMs, headers, family = 0, bodyLimit = BODY_LIMIT }: Request): Promise<Result> {
  return new Promise((resolve) => {
    let connected = false;
    const late = () => end(tooLate(connected, timeoutMs, proxy));
    const end = (result: Result) => {
      limit.removeEventListener("abort", late);
      sent?.destroy();
      resolve(result);
    };
    const fail = (error: unknown) => end(proxy ? behind(proxy, error, url) : classify(error, connected));
    let sent: ClientRequest | undefined;
    if (limit.aborted) return late();
    limit.addEventListener("abort", late, { once: true });
    try {
      sent = send({ method: "GET", agent: false, headers: { ...HEADERS, ...headers }, ...(family === 0 ? {} : { family }) });
      sent.on("socket", (socket) => socket.once("connect", () => (connected = true)));
      sent.on("error", fail);
      sent.on("response", (response) => {
        const theProxys = proxy && byProxy(response, proxy);
        if (theProxys === undefined) read(response, bodyLimit, end, fail);
        else end({ kind: "unmeasured", detail: theProxys });
      });
      sent.end();
    } catch (error) {
      fail(error);
    }
  });
}

/**
 * What a proxy answered in the service's place, by what it says of itself: 407, or a gateway error with Proxy-Status
 * (RFC 9209) or Squid's header. A bare 502 is taken for the service's own: most have a gateway before them.
 */
function byProxy(response: IncomingMessage, { name }: Proxy): string | undefined {
  const { statusCode: status = 0, headers } = response;
  if (status === 407) return `the proxy ${name} asks for a user and a password (407)`;
  const said = /\berror=([\w-]+)/.exec(String(headers["proxy-status"] ?? ""))?.[1] ?? /^\w+/.exec(String(headers["x-squid-error"] ?? ""))?.[0];
  return status >= 500 && said !== undefined ? `the proxy ${name} could not ask it (${status}, ${said})` : undefined;
}

const HEADERS = {
  accept: "application/json, text/plain;q=0.9, */*;q=0.5",
  "accept-encoding": "identity",
  "cache-control": "no-cache",
  "user-agent": "instant-probe",
};

type Result = Omit<Answered, keyof Timed> | Omit<Unanswered, keyof Timed>;

function read(response: IncomingMessage, bodyLimit: number, end: (result: Result) => void, fail: (error: unknown) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const certificateEnds = endOfCertificate(response);
  const finish = (cut: boolean) =>
    end({
      kind: "answered",
      status: response.statusCode ?? 0,
      type: response.headers["content-type"] ?? "",
      location: response.headers.location ?? "",
      headers: response.headers,
      certificateEnds,
      body: Buffer.concat(chunks).toString("utf8", 0, bodyLimit),
      cut,
    });
  response.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > bodyLimit) finish(true);
  });
  response.on("end", () => finish(false));
  response.on("error", fail);
}

function endOfCertificate({ socket }: IncomingMessage): number | null {
  // Without TLS there is no such method, and nothing of node:tls is loaded to ask.
  const certificate = "getPeerCertificate" in socket ? (socket as TLSSocket).getPeerCertificate() : undefined;
  const ends = Date.parse(certificate?.valid_to ?? "");
  return Number.isNaN(ends) ? null : ends;
}

function tooLate(connected: boolean, timeoutMs: number, proxy: Proxy | undefined): Result {
  if (proxy) return { kind: "unmeasured", detail: `no complete answer within ${timeoutMs} ms through the proxy ${proxy.name}` };
  if (connected) return { kind: "failed", detail: `no complete answer within ${timeoutMs} ms` };
  return { kind: "unmeasured", detail: `no connection within ${timeoutMs} ms` };
}

/** Errors that the one who was asked is the cause of; all others are an error to measure. */
const ITS_FAILURE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused: nothing listens there",
  ECONNRESET: "connection closed without a complete answer",
  ECONNABORTED: "connection closed without a complete answer",
  EPIPE: "connection closed without a complete answer",
};

/** Nothing but an answer says anything about a service behind a proxy. */
function behind(proxy: Proxy, error: unknown, url: URL): Result {
  return { kind: "unmeasured", detail: explainConnection(error, url, proxy)?.message ?? `no answer came through the proxy ${proxy.name} (${messageOf(error)})` };
}

function classify(error: unknown, connected: boolean): Result {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  const known = ITS_FAILURE[code];
  if (known !== undefined) return { kind: "failed", detail: known };
  if (connected && code.startsWith("HPE_")) return { kind: "failed", detail: `the answer is not HTTP (${code})` };
  return { kind: "unmeasured", detail: code === "" ? messageOf(error) : `${code}: ${EXPLAINED[code] ?? messageOf(error)}` };
}

const EXPLAINED: Readonly<Record<string, string>> = {
  ENOTFOUND: "the name cannot be resolved",
  EAI_AGAIN: "the name server does not answer",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  ETIMEDOUT: "no connection was established",
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed; NODE_EXTRA_CA_CERTS can name one to trust",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate was issued by somebody unknown; NODE_EXTRA_CA_CERTS can name one to trust",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the issuer of its certificate is missing or unknown",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
};

/** Control and invisible characters are gone, and every blank is one space. */
export function oneLine(text: string): string {
  return text.replace(/[\p{C}\s]+/gu, " ").trim();
}

/** The beginning of a body on one line, for a person; what is cut off ends with `…`. */
export function excerpt(body: string, longest = 100): string {
  const [line, isCut] = [oneLine(body.slice(0, 4 * longest)), body.length > 4 * longest];
  return line.length > longest || isCut ? `${line.slice(0, longest - 1)}…` : line;
}

/** Whether a body is a web page rather than data: what a login wall answers where JSON was expected. */
export function isPage(answer: { readonly type: string; readonly body: string }): boolean {
  return /^\s*(text\/html|application\/xhtml)/i.test(answer.type) || /^\s*<(!doctype|html)\b/i.test(answer.body);
}

import { type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import type { request as httpsRequest } from "node:https";
import { messageOf } from "../kit/errors.ts";

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

/**
 * GETs an address once on a connection of its own: no redirect is followed, at most 64 KiB of the body are read, and
 * everything, the body included, has to happen inside `timeoutMs`. Never throws, and keeps no socket open.
 *
 * Telling a sick service from a measurement that could not be made (docs/decisions/0003-probe-errors.md): whoever answers
 * the connection is the service, so a refused or broken connection, an answer that is not HTTP and one that does not come
 * in time are its failure. A name that cannot be resolved, a route that is not there, a connection that is never
 * established and a certificate that is not trusted say nothing about the deployment: they are errors to measure.
 */
export async function exchange(address: string, timeoutMs: number): Promise<Exchange> {
  if (!URL.canParse(address)) return { kind: "unmeasured", detail: "not an address", ms: 0, at: Date.now() };
  const url = new URL(address);
  const request = url.protocol === "https:" ? (await import("node:https")).request : httpRequest;
  return new Promise((resolve) => ask(request, url, timeoutMs, resolve));
}

function ask(request: typeof httpRequest | typeof httpsRequest, url: URL, timeoutMs: number, resolve: (exchange: Exchange) => void): void {
  const at = Date.now();
  const start = performance.now();
  let connected = false;
  const end = (result: Result) => {
    clearTimeout(timer);
    sent?.destroy();
    resolve({ ...result, ms: Math.round((performance.now() - start) * 10) / 10, at });
  };
  const fail = (error: unknown) => end(classify(error, connected));
  const timer = setTimeout(() => end(tooLate(connected, timeoutMs)), timeoutMs);
  let sent: ClientRequest | undefined;
  try {
    sent = request(url, { method: "GET", agent: false, headers: HEADERS });
    sent.on("socket", (socket) => socket.once("connect", () => (connected = true)));
    sent.on("error", fail);
    sent.on("response", (response) => read(response, end, fail));
    sent.end();
  } catch (error) {
    fail(error);
  }
}

const HEADERS = {
  accept: "application/json, text/plain;q=0.9, */*;q=0.5",
  "accept-encoding": "identity",
  "cache-control": "no-cache",
  "user-agent": "instant-probe",
};

type Result = Omit<Answered, keyof Timed> | Omit<Unanswered, keyof Timed>;

function read(response: IncomingMessage, end: (result: Result) => void, fail: (error: unknown) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const finish = (cut: boolean) =>
    end({
      kind: "answered",
      status: response.statusCode ?? 0,
      type: response.headers["content-type"] ?? "",
      location: response.headers.location ?? "",
      body: Buffer.concat(chunks).toString("utf8", 0, BODY_LIMIT),
      cut,
    });
  response.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > BODY_LIMIT) finish(true);
  });
  response.on("end", () => finish(false));
  response.on("error", fail);
}

function tooLate(connected: boolean, timeoutMs: number): Result {
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
};

/** An address as it may be printed: without a user name, query or fragment, where tokens hide. */
export function printable(address: string): string {
  if (!URL.canParse(address)) return "(not an address)";
  const { protocol, host, pathname } = new URL(address);
  return `${protocol}//${host}${pathname}`;
}

/** The beginning of a body on one line, for a person; control and invisible characters are gone. */
export function excerpt(body: string, longest = 100): string {
  const line = body.slice(0, 4 * longest).replace(/[\p{C}\s]+/gu, " ").trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

/** Whether a body is a web page rather than data: what a login wall answers where JSON was expected. */
export function isPage(answer: { readonly type: string; readonly body: string }): boolean {
  return /^\s*(text\/html|application\/xhtml)/i.test(answer.type) || /^\s*<(!doctype|html)\b/i.test(answer.body);
}

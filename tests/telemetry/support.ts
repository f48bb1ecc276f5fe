import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import type { Clock } from "../../src/kit/clock.ts";
import type { Fields, Log } from "../../src/kit/log.ts";
import { openTelemetry, type TelemetryOptions } from "../../src/telemetry/index.ts";
import type { Telemetry } from "../../src/telemetry/port.ts";

/** One of the tenth that Sentry gets, and one that it does not: the last 8 digits decide. */
export const SAMPLED = "0b5e7d3a-52f4-4d0c-9a53-0c2f00000011";
export const UNSAMPLED = "0b5e7d3a-52f4-4d0c-9a53-0c2fff1b7a11";

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      }, { once: true });
    }),
};

export interface Recorded extends Log {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: Fields }[];
  warnings(): string[];
}

export function recordingLog(): Recorded {
  const lines: { level: string; message: string; fields: Fields }[] = [];
  const at = (level: string) => (message: string, fields: Fields = {}) => void lines.push({ level, message, fields });
  return { lines, warnings: () => lines.filter(({ level }) => level === "warning").map(({ message }) => message), debug: at("debug"), info: at("info"), warning: at("warning"), error: at("error") };
}

export interface Heard {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface Listener {
  readonly port: number;
  readonly heard: Heard[];
  close(): Promise<void>;
}

/** @param answer called when the whole request is there; by default 200 with `{}`. */
export async function listen(answer: (response: ServerResponse, heard: Heard) => void = (response) => response.writeHead(200, { "content-type": "application/json" }).end("{}")): Promise<Listener> {
  const heard: Heard[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => {});
    request.on("end", () => {
      const raw = Buffer.concat(chunks);
      const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
      const one = { method: request.method ?? "", url: new URL(request.url ?? "/", "http://here"), headers: request.headers, body };
      heard.push(one);
      answer(response, one);
    });
  });
  server.on("clientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const { port, close } = await listen();
  await close();
  return port;
}

/** The ways in which a server can be of no help. */
export const BAD_SERVERS: readonly (readonly [name: string, answer: (response: ServerResponse) => void, says: RegExp])[] = [
  ["answers 500", (response) => void response.writeHead(500).end("boom"), /500|did not take it/],
  ["answers 429 and asks to wait an hour", (response) => void response.writeHead(429, { "retry-after": "3600" }).end(), /429|did not take it/],
  ["answers 401", (response) => void response.writeHead(401).end("{}"), /refuses \(401\)/],
  ["never answers", () => {}, /did not answer within 2 s/],
  ["sends its answer a byte at a time for ever", drip, /did not answer within 2 s/],
  ["breaks the connection off", (response) => void response.socket?.destroy(), /cannot be reached|did not take it/],
  ["dies in the middle of its answer", (response) => { response.writeHead(500, { "content-length": "1000" }); response.write("half", () => response.socket?.destroy()); }, /cannot be reached|did not take it/],
  ["answers something that is not HTTP", (response) => void response.socket?.end("220 smtp ready\r\n"), /cannot be reached|did not take it/],
  ["sends elsewhere", (response) => void response.writeHead(307, { location: "http://127.0.0.1:9/" }).end(), /307|refuses/],
];

export function drip(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => response.write(" "), 50);
  response.on("close", () => clearInterval(timer));
}

/** An opened telemetry with the answers that most tests want. */
export function open(change: Partial<TelemetryOptions> & { readonly log: Log }): Promise<Telemetry> {
  return openTelemetry({
    sentryDsn: "", otlpEndpoint: "", otlpHeaders: "", environment: "production", release: "abc1234", workerInstance: "runner-7", clock: realClock, env: {}, ...change,
  });
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

// ---------------------------------------------------------------- Sentry

export type Json = Record<string, any>; // eslint-disable-line typescript/no-explicit-any -- what a server got, looked at by hand

/** An envelope as its specification has it: a line of headers, then items of a header line and a payload. */
export function parseEnvelope(body: Buffer): { readonly headers: Json; readonly items: readonly { readonly headers: Json; readonly payload: Json }[] } {
  let rest = body;
  const line = (): Buffer => {
    const end = rest.indexOf(10);
    const one = end === -1 ? rest : rest.subarray(0, end);
    rest = end === -1 ? Buffer.alloc(0) : rest.subarray(end + 1);
    return one;
  };
  const headers = JSON.parse(line().toString("utf8")) as Json;
  const items: { headers: Json; payload: Json }[] = [];
  while (rest.length > 0) {
    const itemHeaders = JSON.parse(line().toString("utf8")) as Json;
    let payload: Buffer;
    if (typeof itemHeaders["length"] === "number") {
      payload = rest.subarray(0, itemHeaders["length"]);
      rest = rest.subarray(itemHeaders["length"] + 1);
    } else payload = line();
    items.push({ headers: itemHeaders, payload: JSON.parse(payload.toString("utf8")) as Json });
  }
  return { headers, items };
}

export const eventsOf = (heard: readonly Heard[], type: string): Json[] =>
  heard.flatMap(({ body }) => parseEnvelope(body).items).filter(({ headers }) => headers["type"] === type).map(({ payload }) => payload);

// ---------------------------------------------------------------- OTLP

export interface DecodedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly startNano: bigint;
  readonly endNano: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code?: number; readonly message?: string };
  readonly resource: Readonly<Record<string, unknown>>;
}

/** OTLP/JSON as the protocol has it: ids in hex, 64-bit integers as decimal text. Throws on what a collector would refuse. */
export function decodeOtlp(body: Buffer): DecodedSpan[] {
  const hex = (text: unknown, digits: number) => {
    if (typeof text !== "string" || !new RegExp(`^[0-9a-f]{${digits}}$`).test(text) || /^0+$/.test(text)) throw new Error(`not an id of ${digits} digits: ${String(text)}`);
    return text;
  };
  const request = JSON.parse(body.toString("utf8")) as Json;
  return (request["resourceSpans"] as Json[]).flatMap((one) =>
    (one["scopeSpans"] as Json[]).flatMap((scope) =>
      (scope["spans"] as Json[]).map((span) => ({
        traceId: hex(span["traceId"], 32),
        spanId: hex(span["spanId"], 16),
        parentSpanId: span["parentSpanId"] === undefined || span["parentSpanId"] === "" ? "" : hex(span["parentSpanId"], 16),
        name: String(span["name"]),
        kind: Number(span["kind"]),
        startNano: BigInt(span["startTimeUnixNano"]),
        endNano: BigInt(span["endTimeUnixNano"]),
        attributes: attributesOf(span["attributes"]),
        status: span["status"] as Json,
        resource: attributesOf(one["resource"]["attributes"]),
      })),
    ),
  );
}

function attributesOf(list: { readonly key: string; readonly value: Json }[]): Record<string, unknown> {
  return Object.fromEntries(list.map(({ key, value }) => {
    const [kind, inner] = Object.entries(value)[0] ?? [];
    if (!["stringValue", "intValue", "doubleValue", "boolValue"].includes(kind ?? "")) throw new Error(`attribute ${key} is ${JSON.stringify(value)}`);
    return [key, kind === "intValue" ? Number(inner) : inner];
  }));
}

export const spansOf = (heard: readonly Heard[]): DecodedSpan[] => heard.flatMap(({ body }) => decodeOtlp(body));

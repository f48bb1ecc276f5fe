import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Channel, ChannelError } from "../../src/notify/channel.ts";
import { compose, type Kind, type Message } from "../../src/notify/message.ts";
import type { Alert, AlertMemory } from "../../src/notify/port.ts";
import type { Clock } from "../../src/kit/clock.ts";
import { InstantError } from "../../src/kit/errors.ts";
import type { Fields, Log } from "../../src/kit/log.ts";

export const TRACE = "0b5e7d3a-52f4-4d0c-9a53-0c2f6e1b7a11";

export function alert(change: Partial<Alert> = {}): Alert {
  return {
    key: "deploy-health:unhealthy:main",
    state: "firing",
    severity: "P0",
    title: "Production is unhealthy",
    text: "3 of 5 probes failed.\nThe newest answered 500.",
    fields: [{ name: "commit", value: "abc1234" }],
    links: [{ label: "run", url: "https://github.com/acme/docs/actions/runs/5?a=1&b=2" }],
    traceId: TRACE,
    ...change,
  };
}

export const message = (change: Partial<Alert> = {}, kind: Kind = "firing"): Message => compose(alert(change), kind);

/** What a stranger would write to wake people, to be clicked, or to break out. */
export const HOSTILE = [
  "<!channel> <!here> <!everyone> <@U012AB3CD> <!subteam^S1> <#C1>",
  "@everyone @channel @here @octocat @acme/team #hashtag $AAPL /start fixes #1 acme/docs#2",
  "<https://evil.example/x|click me> [click](https://evil.example) ![x](http://evil.example/p.png) evil.example.com www.evil.example 10.0.0.1 a@evil.example tg://user?id=1 mailto:a@b.c",
  "*bold* _it_ __u__ ~s~ ||spoiler|| `code` ```pre``` > quote\n> quote\n# head\n- item\n1. one\n| a | b |\n---\n=== + - . ! { } ( ) [ ] \\ \\* \\\\",
  "&lt;!channel&gt; &amp;lt; <script>alert(1)</script> <!-- instant-alert: x --> --> <img src=x onerror=1>",
  "Subject: x\r\nBcc: victim@evil.example\r\n\r\nbody\u0000\u0007\u001b[31m\u202Eevil\u2066\u2028\u2029\u0085\uFEFF",
  "👩‍👩‍👧‍👦 🇩🇪 e\u0301 \uD800 \uDC00 你好 مرحبا 😀\u200D",
  ":smile: ::set-output name=x::y ##[error] ${{ secrets.X }} [skip ci]",
] as const;

/** Random strings over an alphabet of everything that is special somewhere; the same in each run. */
export function* strings(count: number, seed = 1): Generator<string> {
  const alphabet = [..."_*[]()~`>#+-=|{}.!\\<&@/:;$'\" \n\tabcZ019é你😀\u2060\u200D\r\0", "```", "||", "__", "&amp;", "<!channel>", "https://", "www.", ".com", "@user", "\uD800", "1. ", "    "];
  let state = seed;
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let at = 0; at < count; at += 1) yield Array.from({ length: next(40) }, () => alphabet[next(alphabet.length)]).join("");
}

export const withoutJoiners = (text: string): string => text.replaceAll("\u2060", "");

export interface Recorded extends Log {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: Fields }[];
  warnings(): string[];
}

export function recordingLog(): Recorded {
  const lines: { level: string; message: string; fields: Fields }[] = [];
  const at = (level: string) => (text: string, fields: Fields = {}) => void lines.push({ level, message: text, fields });
  const warnings = () => lines.filter(({ level }) => level === "warning").map(({ message: text, fields }) => `${text} ${JSON.stringify(fields)}`);
  return { lines, warnings, debug: at("debug"), info: at("info"), warning: at("warning"), error: at("error") };
}

/** A clock that a test moves on by hand; a pause moves it too, and is kept. */
export function handClock(start = Date.UTC(2026, 8, 1)): Clock & { readonly pauses: number[]; advance(ms: number): void } {
  let now = start;
  const pauses: number[] = [];
  return {
    pauses,
    advance: (ms) => void (now += ms),
    now: () => now,
    sleep: async (ms) => {
      pauses.push(ms);
      now += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** A channel that keeps what it was told; `fail` makes it refuse. */
export function fakeChannel(name: string): Channel & { readonly told: string[]; fail: boolean; hold: Promise<void> | undefined } {
  const told: string[] = [];
  const channel = {
    name,
    kind: (["slack", "telegram", "email", "issue"] as const).find((one) => one === name) ?? "slack",
    told,
    secrets: [`secret-of-${name}`],
    fail: false,
    hold: undefined as Promise<void> | undefined,
    deliver: async ({ kind }: Message) => {
      await channel.hold;
      if (channel.fail) throw new ChannelError(`${name} is down (secret-of-${name})`, `mend ${name}`);
      told.push(kind);
      return { kind: "delivered", detail: "fine" } as const;
    },
  };
  return channel;
}

/** A memory that answers later, as one behind a network does, so that callers really meet. */
export function slowly(memory: AlertMemory): AlertMemory {
  const later = () => new Promise((resolve) => setImmediate(resolve));
  return {
    read: async (key) => {
      await later();
      return memory.read(key);
    },
    write: async (...parts) => {
      await later();
      const answer = await memory.write(...parts);
      await later();
      return answer;
    },
  };
}

export async function rejected(promise: Promise<unknown>): Promise<Error> {
  const error: unknown = await promise.then(() => undefined, (reason: unknown) => reason);
  // Not `instanceof`: what Node itself makes (a TimeoutError) is of another realm than a test.
  if (typeof error !== "object" || error === null || !("message" in error)) throw new Error(`nothing was thrown, but ${JSON.stringify(error)}`);
  return error as Error;
}

/** Everything that an error says, also what `console.error` would show of it. */
export async function shownOf(error: unknown): Promise<string> {
  const { inspect } = await import("node:util");
  return `${inspect(error, { depth: 10 })}\n${error instanceof InstantError ? JSON.stringify(error.problems) : ""}`;
}

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly json: Record<string, unknown>;
}

export interface Server {
  readonly url: string;
  readonly received: Received[];
  close(): Promise<void>;
}

/** An HTTP server on loopback that reads a JSON body, then lets `answer` speak. */
export async function serve(answer: (received: Received, response: ServerResponse, request: IncomingMessage, ordinal: number) => void): Promise<Server> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("error", () => undefined);
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const entry = { path: request.url ?? "", headers: request.headers, json: JSON.parse(Buffer.concat(chunks).toString("utf8") || "{}") as Record<string, unknown> };
      received.push(entry);
      answer(entry, response, request, received.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, close };
}

/** The ways in which a server can fail to answer. */
export const BROKEN: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "hangs up at once": (response) => void response.socket?.destroy(),
  "hangs up after the head": (response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("o");
    setImmediate(() => response.socket?.destroy());
  },
  "does not speak HTTP": (response) => void response.socket?.end("220 mail.example.com ESMTP\r\n"),
};

/** A port on loopback where nothing listens. */
export async function closedPort(): Promise<number> {
  const server = await serve(() => undefined);
  await server.close();
  return Number(new URL(server.url).port);
}

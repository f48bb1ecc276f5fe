import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../src/kit/clock.ts";
import type { RunContext } from "../../src/kit/context.ts";
import { InstantError } from "../../src/kit/errors.ts";
import type { Log } from "../../src/kit/log.ts";
import { everything } from "../../src/github/everything.ts";
import { connect } from "../../src/github/index.ts";
import type { Repository } from "../../src/github/port.ts";

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

/** An answer to one request; `drop` closes the connection without a word. */
export type Scripted = { status?: number; headers?: Record<string, string>; json?: unknown } | "drop";

export interface Fake {
  readonly url: string;
  readonly seen: Seen[];
  /** `METHOD path` of every request, in order. */
  routes(): string[];
  close(): Promise<void>;
}

/** A server that answers requests in order from a script; what is asked beyond it gets 599, which no test expects. */
export async function fakeGitHub(script: readonly (Scripted | ((seen: Seen) => Scripted))[]): Promise<Fake> {
  const seen: Seen[] = [];
  const left = [...script];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const entry: Seen = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
      seen.push(entry);
      const next = left.shift() ?? { status: 599, json: { message: `nothing scripted for ${entry.method} ${entry.path}` } };
      const answer = typeof next === "function" ? next(entry) : next;
      if (answer === "drop") return void request.socket.destroy();
      response.writeHead(answer.status ?? 200, { "content-type": "application/json; charset=utf-8", ...answer.headers });
      response.end(answer.json === undefined ? undefined : JSON.stringify(answer.json));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    routes: () => seen.map(({ method, path }) => `${method} ${path}`),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** A clock that a sleep moves on at once, keeping every pause. */
export function fastClock(start = Date.parse("2026-09-01T12:00:00Z")): Clock & { readonly pauses: number[] } {
  let now = start;
  const pauses: number[] = [];
  return {
    pauses,
    now: () => now,
    sleep: (ms) => {
      pauses.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}

export function recordingLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const write = (message: string, fields: object = {}) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  return { lines, debug: write, info: write, warning: write, error: write };
}

export function contextAt(url: string, event: Record<string, unknown> = {}, eventName = "workflow_dispatch"): RunContext {
  return {
    owner: "octo",
    repo: "site",
    eventName,
    event,
    sha: "a".repeat(40),
    ref: "refs/heads/main",
    actor: "mona",
    runId: "77",
    runAttempt: 1,
    runUrl: `${url}/octo/site/actions/runs/77`,
    workflow: "loop",
    job: "generate",
    serverUrl: url,
    apiUrl: `${url}/api/v3`,
    graphqlUrl: `${url}/api/graphql`,
    workspace: "",
    temp: "",
  };
}

export const TOKEN = "ghs_0123456789secret";

/** A repository on a scripted GitHub; `use` runs with both and everything is closed afterwards. */
export async function withGitHub<T>(
  script: Parameters<typeof fakeGitHub>[0],
  use: (world: { repository: Repository; fake: Fake; clock: ReturnType<typeof fastClock>; log: ReturnType<typeof recordingLog> }) => Promise<T>,
  more: { readonly patienceMs?: number } = {},
): Promise<T> {
  const fake = await fakeGitHub(script);
  const clock = fastClock();
  const log = recordingLog();
  try {
    return await use({ repository: connect({ context: contextAt(fake.url), token: TOKEN, log, clock, stage: "test", ...more }, everything), fake, clock, log });
  } finally {
    await fake.close();
  }
}

/** The InstantError that a promise rejects with. */
export async function rejected(promise: Promise<unknown>): Promise<InstantError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof InstantError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

export function textOf(error: InstantError): string {
  return error.problems.map(({ what, cause, fix }) => [what, cause, fix].join(" | ")).join("\n");
}

import { Octokit } from "@octokit/core";
import type { Clock } from "../kit/clock.ts";
import { type InstantError, messageOf } from "../kit/errors.ts";
import type { Log } from "../kit/log.ts";
import { retry } from "../kit/retry.ts";
import { type GraphqlError, messageIn, type RestAnswer } from "./answers.ts";
import { explainGraphql, explainRest, limited, notGitHub, type Purpose, unavailable } from "./errors.ts";
import { WayError, wayErrorIn } from "../net/errors.ts";
import type { Fetch } from "../net/fetch.ts";

export interface RestRequest extends Purpose {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/repos/{owner}/{repo}`, already encoded: see `encodePath`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** 4xx statuses that are answers here and no errors. */
  readonly answers?: readonly number[];
  /** Polled: asked with If-None-Match, and a 304 answers from memory. */
  readonly conditional?: boolean;
  /**
   * Asked when it is not known whether a write took effect (5xx, dropped connection): the answer when it did, undefined when it did
   * not and may be repeated. Without it a repetition does no harm.
   */
  readonly recover?: () => Promise<RestAnswer | undefined>;
}

export interface GraphqlRequest<T> extends Purpose {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** The permission that an error at this path of the answer is about. */
  readonly needsAt?: (path: readonly (string | number)[]) => string | undefined;
  /** Errors that are answers: returns the value to answer with, or undefined when they are not. */
  readonly answer?: (errors: readonly GraphqlError[], data: Partial<T> | null) => T | undefined;
  /** As for REST. */
  readonly recover?: () => Promise<T | undefined>;
}

/** What the areas of the adapter are built on: one repository, its requests counted, retried and explained. */
export interface Api {
  readonly owner: string;
  readonly repo: string;
  readonly clock: Clock;
  readonly serverUrl: string;
  rest(request: RestRequest): Promise<RestAnswer>;
  graphql<T>(request: GraphqlRequest<T>): Promise<T>;
  requestCount(): number;
}

export interface ApiOptions {
  readonly owner: string;
  readonly repo: string;
  readonly apiUrl: string;
  readonly graphqlUrl: string;
  readonly serverUrl: string;
  readonly token: string;
  readonly userAgent: string;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly log: Log;
  /** Uniform in [0, 1), for jitter. */
  readonly random?: () => number;
  /** How long one call waits for rate limits in all, in milliseconds. Default 10 minutes. */
  readonly maxLimitWaitMs?: number;
}

/** GitHub ends its own requests after 10 seconds; a silent connection is given up after this. */
const REQUEST_TIMEOUT_MS = 30_000;
const TRIES = 3;
/** A wait for so much of what one call may wait in all: many at once wake to the same limit, and most go away empty-handed. */
const LIMIT_WAIT_MS = 75_000;

/** An outcome that may be tried again: no answer, a 5xx, or a query that broke down inside GitHub. */
class Disturbed extends Error {}

/** Each segment encoded, slashes kept: branch names and paths may hold any character. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

export function createApi(options: ApiOptions): Api {
  const { owner, repo, clock, log, fetch, random = Math.random, maxLimitWaitMs = 600_000 } = options;
  let requests = 0;
  const counting: Fetch = (url, init) => {
    requests += 1;
    return fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
  };
  const quiet = (message: string) => log.debug(message);
  const octokit = new Octokit({
    auth: options.token,
    baseUrl: options.apiUrl,
    userAgent: options.userAgent,
    request: { fetch: counting },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  const root = `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}`;
  const cache = new Map<string, { readonly etag: string; readonly answer: RestAnswer }>();

  /** One request; every status is an answer, only the lack of one is thrown. */
  async function once(method: string, url: string, body?: object, headers: Record<string, string> = {}): Promise<RestAnswer> {
    try {
      const { status, data, headers: received } = await octokit.request({ method: method as "GET", url, headers, ...(body ? { data: body } : {}) });
      return { status, data, headers: lowerCased(received) };
    } catch (error) {
      const response = responseOf(error);
      if (response) return { status: response.status, data: response.data, headers: lowerCased(response.headers) };
      throw lost(error);
    }
  }

  /** Waits out primary and secondary limits, inside a bound; what was limited was not done, so repeating it is safe. */
  async function withinLimits(send: () => Promise<RestAnswer>, purpose: Purpose): Promise<RestAnswer> {
    const most = maxLimitWaitMs / LIMIT_WAIT_MS;
    let waited = 0;
    for (let round = 0; ; round += 1) {
      const answer = await send();
      const limit = limitIn(answer, clock.now(), round);
      if (limit === undefined) return answer;
      const pause = limit.waitMs + random() * 1_000;
      if (waited + pause > maxLimitWaitMs || round >= most) throw limited(purpose, limit.said, pause);
      log.warning(`GitHub's rate limit was reached; waiting ${Math.ceil(pause / 1_000)} s`, { operation: purpose.doing });
      await clock.sleep(pause);
      waited += pause;
    }
  }

  /** At most three tries for a disturbed service, looking before a write is repeated and once more at the end. */
  async function insistently<T>(purpose: Purpose, send: () => Promise<T>, recover?: () => Promise<T | undefined>): Promise<T> {
    const work = async (attempt: number) => (attempt > 1 ? ((await recover?.()) ?? (await send())) : send());
    try {
      return await retry(work, { clock, attempts: TRIES, baseMs: 500, capMs: 8_000, random, judge: (error) => ({ retry: error instanceof Disturbed }) });
    } catch (error) {
      if (!(error instanceof Disturbed)) throw error;
      const found = await recover?.();
      if (found !== undefined) return found;
      throw unavailable(purpose, { saw: error.message, tries: TRIES, serverUrl: options.serverUrl }, error);
    }
  }

  async function rest(request: RestRequest): Promise<RestAnswer> {
    const search = new URLSearchParams(Object.entries(request.query ?? {}).map(([name, value]): [string, string] => [name, String(value)])).toString();
    const url = `${root}${request.path}${search === "" ? "" : `?${search}`}`;
    const known = request.conditional ? cache.get(url) : undefined;
    const headers: Record<string, string> = known ? { "if-none-match": known.etag } : {};
    const send = async () => {
      const answer = await withinLimits(() => once(request.method, url, request.body, headers), request);
      const stranger = notGitHub(answer, request, options.apiUrl);
      if (stranger) throw stranger;
      if (answer.status === 304 && known) return known.answer;
      if (answer.status >= 500) throw new Disturbed(`${answer.status} ${messageIn(answer.data)}`.trim());
      if (answer.status >= 300 && !request.answers?.includes(answer.status)) throw explainRest(answer, request);
      const etag = answer.headers?.get("etag");
      if (request.conditional && etag) cache.set(url, { etag, answer });
      return answer;
    };
    return insistently(request, send, request.recover);
  }

  async function graphql<T>(request: GraphqlRequest<T>): Promise<T> {
    const send = async () => {
      const body = { query: request.query, variables: request.variables };
      const answer = await withinLimits(() => once("POST", options.graphqlUrl, body), request);
      const stranger = notGitHub(answer, request, options.graphqlUrl);
      if (stranger) throw stranger;
      if (answer.status >= 500) throw new Disturbed(`${answer.status} ${messageIn(answer.data)}`.trim());
      if (answer.status >= 300) throw explainRest(answer, request);
      return readGraphql(request, answer);
    };
    return insistently(request, send, request.recover);
  }

  return { owner, repo, clock, serverUrl: options.serverUrl, rest, graphql, requestCount: () => requests };
}

function readGraphql<T>(request: GraphqlRequest<T>, answer: RestAnswer): T {
  const { data, errors } = (typeof answer.data === "object" && answer.data !== null ? answer.data : {}) as { data?: T; errors?: readonly GraphqlError[] };
  if (errors && errors.length > 0) {
    const meant = request.answer?.(errors, data ?? null);
    if (meant !== undefined) return meant;
    // Without a type and without data it is GitHub that broke down, not the query (they are checked against the schema in the tests).
    if (errors.every((error) => error.type === undefined && /something went wrong|timed? ?out|try again/i.test(error.message))) throw new Disturbed(errors[0]?.message ?? "");
    throw explainGraphql(errors, request, request.needsAt ?? (() => undefined));
  }
  if (data === undefined || data === null) throw new Disturbed("the answer to a query held no data");
  return data;
}

/** How long a limit asks to wait; undefined when the answer is not a limit (PLATFORM, Limits). */
function limitIn(answer: RestAnswer, now: number, round: number): { readonly waitMs: number; readonly said: string } | undefined {
  const { status, headers, data } = answer;
  const said = limitMessage(answer);
  if (said === undefined) return undefined;
  const after = Number(headers?.get("retry-after") ?? Number.NaN);
  if (Number.isFinite(after)) return { waitMs: Math.max(0, after) * 1_000, said };
  const reset = Number(headers?.get("x-ratelimit-reset") ?? Number.NaN) * 1_000;
  const exhausted = headers?.get("x-ratelimit-remaining") === "0" || (status === 200 && hasType(data, "RATE_LIMITED"));
  // A second is added because the reset is given in whole seconds.
  if (exhausted && Number.isFinite(reset)) return { waitMs: Math.max(1_000, reset - now + 1_000), said };
  return { waitMs: Math.min(60_000 * 2 ** round, 600_000), said };
}

function limitMessage({ status, headers, data }: RestAnswer): string | undefined {
  if (status === 200) {
    const errors = (data as { errors?: readonly GraphqlError[] } | null)?.errors;
    return Array.isArray(errors) ? (errors as GraphqlError[]).find((error) => error.type === "RATE_LIMITED" || /secondary rate limit/i.test(error.message))?.message : undefined;
  }
  if (status === 429) return messageIn(data);
  const marked = headers?.has("retry-after") || headers?.get("x-ratelimit-remaining") === "0" || /rate limit|abuse detection/i.test(messageIn(data));
  return status === 403 && marked ? messageIn(data) : undefined;
}

function hasType(data: unknown, type: string): boolean {
  const errors = (data as { errors?: readonly GraphqlError[] } | null)?.errors;
  return Array.isArray(errors) && (errors as GraphqlError[]).some((error) => error.type === type);
}

/** What a request that got no answer ends with: a disturbance, or what only a person can change. */
function lost(error: unknown): Disturbed | InstantError {
  const closed = wayErrorIn(error);
  if (closed && !(closed instanceof WayError && closed.retryable)) return closed;
  return new Disturbed(messageOf(closed ?? error), { cause: closed ?? error });
}

function responseOf(error: unknown): { status: number; data: unknown; headers: Record<string, unknown> } | undefined {
  const response = typeof error === "object" && error !== null && "response" in error ? error.response : undefined;
  return typeof response === "object" && response !== null ? (response as { status: number; data: unknown; headers: Record<string, unknown> }) : undefined;
}

function lowerCased(headers: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

import type { Clock } from "../kit/clock.ts";
import type { RunContext } from "../kit/context.ts";
import { createFetch } from "../net/fetch.ts";
import type { Log } from "../kit/log.ts";
import { type Api, createApi } from "./client.ts";
import type { RepositoryHandle } from "./port.ts";
import { routeOf, type Traced } from "./route.ts";

/** Where a repository is, whose token is used, and what is told of the requests. */
export interface ConnectOptions {
  readonly context: RunContext;
  readonly token: string;
  readonly log: Log;
  readonly clock: Clock;
  /** Names the caller to GitHub (`User-Agent: instant-<stage>`). */
  readonly stage: string;
  /** How long one request may wait for rate limits in all, in milliseconds; 10 minutes unless given. */
  readonly patienceMs?: number;
  /** Uniform in [0, 1), for jitter. */
  readonly random?: () => number;
  readonly traced?: Traced;
}

/**
 * The repository that a run belongs to, on github.com or GHES: addresses come from the run's context. A caller names the areas of it that
 * it needs, and can do nothing else there; the others are not even loaded.
 */
export function connect<T extends object>(options: ConnectOptions, areas: (api: Api) => T): RepositoryHandle & T {
  const { context, token, log, clock, stage, patienceMs, random, traced = (fetch) => fetch } = options;
  const { owner, repo, apiUrl, graphqlUrl, serverUrl } = context;
  const fetch = traced(createFetch(process.env), (url) => routeOf(url, apiUrl));
  const more = { ...(patienceMs === undefined ? {} : { maxLimitWaitMs: patienceMs }), ...(random === undefined ? {} : { random }) };
  const api = createApi({ owner, repo, apiUrl, graphqlUrl, serverUrl, token, log, clock, userAgent: `instant-${stage}`, fetch, ...more });
  return { owner, name: repo, requestCount: api.requestCount, ...areas(api) };
}

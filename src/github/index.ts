import type { Clock } from "../kit/clock.ts";
import type { RunContext } from "../kit/context.ts";
import { createFetch } from "../net/fetch.ts";
import type { Log } from "../kit/log.ts";
import { branches } from "./branches.ts";
import { checks } from "./checks.ts";
import { createApi } from "./client.ts";
import { deployments } from "./deployments.ts";
import { issues } from "./issues.ts";
import type { Repository } from "./port.ts";
import { pullRequests } from "./pulls.ts";
import { questions } from "./questions.ts";
import { rollbacks } from "./rollbacks.ts";
import { routeOf, type Traced } from "./route.ts";

/** The repository that a run belongs to, on github.com or GHES: addresses come from the run's context. */
export function connect(options: {
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
}): Repository {
  const { context, token, log, clock, stage, patienceMs, random, traced = (fetch) => fetch } = options;
  const { owner, repo, apiUrl, graphqlUrl, serverUrl } = context;
  const fetch = traced(createFetch(process.env), (url) => routeOf(url, apiUrl));
  const more = { ...(patienceMs === undefined ? {} : { maxLimitWaitMs: patienceMs }), ...(random === undefined ? {} : { random }) };
  const api = createApi({ owner, repo, apiUrl, graphqlUrl, serverUrl, token, log, clock, userAgent: `instant-${stage}`, fetch, ...more });
  return {
    owner,
    name: repo,
    requestCount: api.requestCount,
    ...questions(api),
    ...branches(api),
    ...pullRequests(api),
    ...checks(api),
    ...deployments(api),
    ...rollbacks(api),
    ...issues(api),
  };
}

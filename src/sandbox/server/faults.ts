/** Delays and failures on demand: what a client must survive. */

import type { RequestKind } from "./log.ts";
import { sample, seeded } from "../world/random.ts";
import type { Delay, Random } from "../world/random.ts";

/** Which requests a fault strikes; everything given must hold. */
export interface Matcher {
  readonly kind?: RequestKind;
  readonly method?: string;
  /** Path without the `/api/v3` prefix and the query: a RegExp, or the template as GitHub documents it. */
  readonly path?: RegExp | string;
  /** GraphQL operation name, or the name of a top-level field (`createCommitOnBranch`, `repository`). */
  readonly graphql?: string;
  readonly userAgent?: RegExp;
  readonly tokenKind?: "person" | "app" | "job" | "anonymous";
}

export type Effect =
  /** The answer is late by so much. */
  | { readonly type: "latency"; readonly delay: Delay }
  /** It is looked at only when something else has happened: the world changes between two requests, without a race. */
  | { readonly type: "hold"; readonly until: () => Promise<unknown> }
  /** 5xx; `after`: what was asked for has happened all the same. */
  | { readonly type: "error"; readonly status?: number; readonly when: "before" | "after" }
  /** The connection breaks without an answer; `first` happens once the effect stands and before the client can know anything. */
  | { readonly type: "drop"; readonly when: "before" }
  | { readonly type: "drop"; readonly when: "after"; readonly first?: () => Promise<void> }
  /** `x-ratelimit-remaining: 0`; the reset is so many seconds ahead (default 60). GraphQL says it with 200, unless `status` is given. */
  | { readonly type: "primary-limit"; readonly status?: 403 | 429; readonly resetSeconds?: number }
  /** "You have exceeded a secondary rate limit", with `Retry-After` unless it is null. */
  | { readonly type: "secondary-limit"; readonly status?: 403 | 429; readonly retryAfterSeconds?: number | null }
  /** Any other answer instead of the real one (before the effect). */
  | { readonly type: "answer"; readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> };

export interface Fault {
  readonly match?: Matcher;
  readonly effect: Effect;
  /** Lets so many matching requests pass first. */
  readonly skip?: number;
  /** Strikes at most so often. Default: always. */
  readonly times?: number;
}

export interface Struck {
  readonly method: string;
  readonly path: string;
  readonly template: string | undefined;
  readonly kind: RequestKind;
  readonly graphqlNames: readonly string[];
  readonly userAgent: string;
  readonly tokenKind: string;
}

interface Armed {
  readonly fault: Fault;
  seen: number;
  struck: number;
}

export class Faults {
  #armed: Armed[] = [];
  readonly #struck = new Map<Fault, number>();
  #random: Random = seeded(1);

  /** Makes sampled delays repeat. */
  seed(seed: number): void {
    this.#random = seeded(seed);
  }

  /** Arms a fault; call the result to disarm it. */
  add(fault: Fault): () => void {
    const armed = { fault, seen: 0, struck: 0 };
    this.#armed.push(armed);
    return () => {
      this.#armed = this.#armed.filter((one) => one !== armed);
    };
  }

  /** How often a fault struck so far, also when it is disarmed by now. */
  struck(fault: Fault): number {
    return this.#struck.get(fault) ?? 0;
  }

  clear(): void {
    this.#armed = [];
  }

  /** The effects that strike this request, in the order they were armed. */
  strike(request: Struck): Effect[] {
    const effects: Effect[] = [];
    for (const armed of this.#armed) {
      if (!matches(armed.fault.match ?? {}, request)) continue;
      armed.seen += 1;
      if (armed.seen <= (armed.fault.skip ?? 0) || armed.struck >= (armed.fault.times ?? Number.POSITIVE_INFINITY)) continue;
      armed.struck += 1;
      this.#struck.set(armed.fault, this.struck(armed.fault) + 1);
      effects.push(armed.fault.effect);
    }
    return effects;
  }

  /** What these effects wait for before the request is looked at. */
  async held(effects: readonly Effect[]): Promise<void> {
    for (const one of effects) if (one.type === "hold") await one.until();
  }

  /** Milliseconds that these effects delay the answer. */
  delay(effects: readonly Effect[]): number {
    return effects.reduce((sum, one) => sum + (one.type === "latency" ? sample(one.delay, this.#random) : 0), 0);
  }
}

function matches(matcher: Matcher, request: Struck): boolean {
  const { path } = matcher;
  return (matcher.kind === undefined || matcher.kind === request.kind)
    && (matcher.method === undefined || matcher.method.toUpperCase() === request.method)
    && (path === undefined || (typeof path === "string" ? path === request.template || path === request.path : path.test(request.path)))
    && (matcher.graphql === undefined || request.graphqlNames.includes(matcher.graphql))
    && (matcher.userAgent === undefined || matcher.userAgent.test(request.userAgent))
    && (matcher.tokenKind === undefined || matcher.tokenKind === request.tokenKind);
}

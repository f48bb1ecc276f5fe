/** Rate limits: GitHub's primary budgets, and its secondary limit on creating content. */

import type { Actor } from "../world/tokens.ts";

export interface LimitOptions {
  /** Requests an hour by kind of token. A job's budget is shared by its repository. */
  readonly primary?: Partial<Record<Actor["kind"], number>>;
  /** Content-creating requests; off unless given. GitHub's own: 80 a minute and 500 an hour. */
  readonly secondary?: { readonly perMinute: number; readonly perHour: number; /** Kinds of token it holds for; default all. */ readonly of?: readonly Actor["kind"][] };
}

export type Resource = "core" | "graphql";

export interface Budget {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** Epoch seconds. */
  readonly reset: number;
  readonly resource: Resource;
}

const hour = 3_600_000;
const defaults: Record<Actor["kind"], number> = { person: 5_000, app: 5_000, job: 1_000, anonymous: 60 };

interface Window {
  used: number;
  /** Epoch milliseconds. */
  until: number;
}

export class RateLimiter {
  readonly #options: LimitOptions;
  readonly #now: () => number;
  readonly #windows = new Map<string, Window>();
  readonly #content = new Map<string, number[]>();

  constructor(options: LimitOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  #key(actor: Actor, resource: Resource): string {
    return `${resource} ${actor.kind} ${actor.kind === "job" ? (actor.repository?.fullName ?? "") : actor.account.login}`;
  }

  #window(actor: Actor, resource: Resource): Window {
    const key = this.#key(actor, resource);
    const known = this.#windows.get(key);
    if (known !== undefined && known.until > this.#now()) return known;
    const fresh = { used: 0, until: this.#now() + hour };
    this.#windows.set(key, fresh);
    return fresh;
  }

  budget(actor: Actor, resource: Resource): Budget {
    const limit = this.#options.primary?.[actor.kind] ?? defaults[actor.kind];
    const window = this.#window(actor, resource);
    const used = Math.min(window.used, limit);
    return { limit, used, remaining: limit - used, reset: Math.ceil(window.until / 1000), resource };
  }

  /** Counts one request; false when the budget was used up before it. */
  spend(actor: Actor, resource: Resource): boolean {
    if (this.budget(actor, resource).remaining === 0) return false;
    this.#window(actor, resource).used += 1;
    return true;
  }

  /** An answer of 304 is free. */
  refund(actor: Actor, resource: Resource): void {
    const window = this.#window(actor, resource);
    window.used = Math.max(0, window.used - 1);
  }

  /** Counts a content-creating request; the seconds to wait when there were too many. */
  create(actor: Actor): number | undefined {
    const limit = this.#options.secondary;
    if (limit === undefined || limit.of?.includes(actor.kind) === false) return undefined;
    const now = this.#now();
    const key = actor.account.login;
    const times = (this.#content.get(key) ?? []).filter((at) => at > now - hour);
    const lastMinute = times.filter((at) => at > now - 60_000);
    this.#content.set(key, times);
    if (lastMinute.length >= limit.perMinute) return Math.ceil(((lastMinute[0] ?? now) + 60_000 - now) / 1000);
    if (times.length >= limit.perHour) return Math.ceil(((times[0] ?? now) + hour - now) / 1000);
    times.push(now);
    return undefined;
  }
}

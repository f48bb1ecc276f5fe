/** How the model behaves from now on; the default answers at once and well. */
export interface Behaviour {
  /** Milliseconds before it answers: always the same, or drawn from a log-normal distribution with this median and 95th percentile. */
  readonly delayMs?: number | { readonly median: number; readonly p95: number };
  readonly fault?: Fault;
  /** Only for this many completions; then the behaviour before returns. */
  readonly times?: number;
}

export type Fault =
  /** Takes the request and never answers. */
  | { readonly kind: "hang" }
  /** 429 with Retry-After in seconds. */
  | { readonly kind: "rate-limit"; readonly retryAfterSeconds: number }
  | { readonly kind: "server-error"; readonly status?: 500 | 502 | 503 | 504 }
  /** The connection breaks in the middle. */
  | { readonly kind: "disconnect" }
  /** Cut by length: half an answer and `finish_reason: length`. */
  | { readonly kind: "truncated" }
  | { readonly kind: "empty" }
  | { readonly kind: "invalid-json" }
  /** An answer of 150 words. */
  | { readonly kind: "too-long" }
  /** This text, whatever was asked. */
  | { readonly kind: "canned"; readonly content: string };

/** 95th percentile of the standard normal distribution. */
const Z95 = 1.6448536269514722;

/** Draws one delay in milliseconds. For a log-normal the median is e^mu and P95 is e^(mu + 1.645 sigma). */
export function drawDelay(delay: Behaviour["delayMs"], random: () => number): number {
  if (delay === undefined || typeof delay === "number") return delay ?? 0;
  const sigma = Math.log(delay.p95 / delay.median) / Z95;
  // Box and Muller's transform; 1 - random() is never 0.
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return delay.median * Math.exp(sigma * normal);
}

/** A seeded generator of numbers from 0 to 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Behaviours one upon the other: the newest counts until it has been used up. */
export class Behaviours {
  private base: Behaviour = {};
  private queue: { behaviour: Behaviour; left: number }[] = [];

  set(behaviour: Behaviour): void {
    if (behaviour.times === undefined) {
      this.base = behaviour;
      this.queue = [];
    } else if (behaviour.times > 0) {
      this.queue.push({ behaviour, left: behaviour.times });
    }
  }

  /** The behaviour for the next completion. Those set with `times` are used in the order in which they were set. */
  next(): Behaviour {
    const first = this.queue[0];
    if (first === undefined) return this.base;
    first.left -= 1;
    if (first.left === 0) this.queue.shift();
    return { ...(this.base.delayMs === undefined ? {} : { delayMs: this.base.delayMs }), ...first.behaviour };
  }
}

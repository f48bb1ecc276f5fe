import type { Clock } from "../../kit/clock.ts";
import type { Fetch } from "../../net/fetch.ts";

/** How often the event loop may turn without anything happening before it counts as standing still. */
const TURNS = 12;

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

/**
 * A clock for many tasks at once that stands still while any of them works, and jumps to the next one that wants to wake when all
 * sleep: hours of waiting for limits take seconds, in the order they would have had.
 */
export class VirtualTime implements Clock {
  #now: number;
  #order = 0;
  #sleepers: Sleeper[] = [];
  /** Requests that are under way. */
  #busy = 0;
  /** Grows with everything that happens. */
  #steps = 0;

  constructor(now = Date.UTC(2026, 8, 1, 12)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number): Promise<void> {
    this.#steps += 1;
    return new Promise((resolve) => {
      this.#sleepers.push({ at: this.#now + Math.max(0, ms), order: (this.#order += 1), wake: resolve });
    });
  }

  /** Requests take this long on the clock, in milliseconds, and hold it while they are answered. */
  through(latencyMs: number): (fetch: Fetch) => Fetch {
    return (fetch) => async (url, init) => {
      await this.sleep(latencyMs);
      this.#busy += 1;
      try {
        return await fetch(url, init);
      } finally {
        this.#busy -= 1;
        this.#steps += 1;
      }
    };
  }

  /** Lets time pass until all of the tasks have ended. @throws what one of them throws */
  async until<T>(tasks: readonly Promise<T>[]): Promise<readonly T[]> {
    let done = false;
    const all = Promise.all(tasks).finally(() => (done = true));
    // What it throws is thrown below.
    all.catch(() => undefined);
    while (!done) {
      await this.#standstill();
      if (done || this.#busy > 0) continue;
      this.#jump();
    }
    return all;
  }

  async #standstill(): Promise<void> {
    for (let quiet = 0, seen = this.#steps; quiet < TURNS; quiet += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#steps === seen && this.#busy === 0) continue;
      [seen, quiet] = [this.#steps, 0];
    }
  }

  /** Wakes whoever wants to be next, one at a time. */
  #jump(): void {
    const [next] = this.#sleepers.sort((a, b) => a.at - b.at || a.order - b.order);
    if (next === undefined) return;
    this.#sleepers.shift();
    this.#now = Math.max(this.#now, next.at);
    this.#steps += 1;
    next.wake();
  }
}

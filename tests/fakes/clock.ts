import type { Clock } from "../../src/kit/clock.ts";

/** A clock that stands still until something sleeps; then it jumps. It remembers every pause, in milliseconds. */
export class JumpingClock implements Clock {
  readonly pauses: number[] = [];
  #now: number;

  constructor(now = Date.UTC(2026, 10, 20)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.pauses.push(ms);
    this.#now += ms;
  }
}

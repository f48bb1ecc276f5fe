import { describe, expect, test } from "@jest/globals";
import type { Clock } from "../../../src/kit/clock.ts";
import { driveLanes, type Lane } from "../../../src/stages/post-deploy-health/lanes.ts";

/** A clock of which all sleepers agree: it goes on to the next one who wakes when all are asleep. */
class SharedClock implements Clock {
  #now = 0;
  readonly #sleepers: { at: number; wake: () => void }[] = [];
  now = () => this.#now;

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        const index = this.#sleepers.indexOf(sleeper);
        if (index >= 0) this.#sleepers.splice(index, 1);
        reject(new Error("aborted"));
      });
      setImmediate(() => this.#goOn());
    });
  }

  #goOn(): void {
    const [next] = this.#sleepers.sort((a, b) => a.at - b.at);
    if (next === undefined) return;
    this.#sleepers.shift();
    this.#now = Math.max(this.#now, next.at);
    next.wake();
  }
}

const wait = { kind: "wait", retryAfterMs: 0 };
const end = { kind: "end", retryAfterMs: 0 };

/** A lane that notes when it was begun; each time takes `takesMs`. */
function lane(clock: Clock, times: number[], more: { readonly takesMs?: number; readonly delayMs?: number; readonly pauseMs?: number | null } = {}): Lane {
  const { takesMs = 0, delayMs = 0, pauseMs = 10 } = more;
  return { delayMs, pauseMs: () => pauseMs, measure: async () => {
    times.push(clock.now());
    await clock.sleep(takesMs);
  } };
}

describe("lanes", () => {
  test("go each at its own pace, and none waits for another", async () => {
    const clock = new SharedClock();
    const [quick, slow, late, once]: number[][] = [[], [], [], []];
    const lanes = [lane(clock, quick!), lane(clock, slow!, { takesMs: 50 }), lane(clock, late!, { delayMs: 25 }), lane(clock, once!, { pauseMs: null })];
    await driveLanes(lanes, { clock, limitMs: 1_000, longestMs: 50, decide: () => (clock.now() >= 100 ? end : wait) });
    expect(quick!.length).toBeGreaterThanOrEqual(8);
    expect(slow).toEqual([0, 60]);
    expect(late![0]).toBe(25);
    expect(once).toEqual([0]);
  });

  test("what began in time is measured to its end, and nothing begins after it", async () => {
    const clock = new SharedClock();
    const times: number[] = [];
    const asked: [number, boolean][] = [];
    const decide = (outOfTime: boolean) => {
      asked.push([clock.now(), outOfTime]);
      return outOfTime ? end : wait;
    };
    await driveLanes([lane(clock, times, { takesMs: 40, pauseMs: 5 })], { clock, limitMs: 50, longestMs: 40, decide });
    expect(times).toEqual([0, 45]);
    expect(asked.at(-1)).toEqual([85, true]);
    expect(asked.slice(0, -1).every(([, late]) => !late)).toBe(true);
  });

  test("one whose time would come too late has its one measurement", async () => {
    const clock = new SharedClock();
    const times: number[] = [];
    await driveLanes([lane(clock, times, { delayMs: 500 })], { clock, limitMs: 50, longestMs: 10, decide: (outOfTime) => (outOfTime && times.length > 0 ? end : wait) });
    expect(times).toEqual([50]);
  });

  test("what is under way when it is decided is told to end", async () => {
    const clock = new SharedClock();
    let ended: boolean | undefined;
    const endless: Lane = { delayMs: 0, pauseMs: () => 10, measure: (signal) => new Promise((resolve) => signal.addEventListener("abort", () => {
      ended = true;
      resolve();
    })) };
    const times: number[] = [];
    await driveLanes([endless, lane(clock, times)], { clock, limitMs: 1_000, longestMs: 10, decide: () => (times.length >= 3 ? end : wait) });
    expect(ended).toBe(true);
  });
});

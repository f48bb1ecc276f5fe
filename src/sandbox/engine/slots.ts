/** Waiting in line: for a runner, for a place in a matrix. */

/** Rejects a wait that was given up; a message says why, when it was not somebody's wish. */
export class GaveUp extends Error {}

/** Lets a number of holders in at a time, first come, first served. */
export class Slots {
  readonly #limit: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = Math.max(1, Math.floor(limit));
  }

  /**
   * Waits for a slot; the result gives it back.
   * @throws GaveUp when the signal is aborted first
   */
  async take(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw new GaveUp();
    if (this.#taken < this.#limit) this.#taken += 1;
    else await this.#wait(signal);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#taken -= 1;
    };
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        const at = this.#waiting.indexOf(enter);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(new GaveUp());
      };
      this.#waiting.push(enter);
      signal.addEventListener("abort", leave, { once: true });
    });
  }
}

/** Waits a time; throws GaveUp when the signal is aborted first. */
export function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.reject(new GaveUp());
  if (milliseconds <= 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", leave);
      resolve();
    }, milliseconds);
    const leave = () => {
      clearTimeout(timer);
      reject(new GaveUp());
    };
    signal.addEventListener("abort", leave, { once: true });
  });
}

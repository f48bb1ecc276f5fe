/** Waiting in line: for a runner, for a place in a matrix, for a concurrency group. */

/** Rejects a wait that was given up. */
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

interface Member {
  readonly cancel: () => void;
  readonly start: () => void;
}

interface Group {
  running: Member | undefined;
  pending: Member[];
}

export interface GroupOptions {
  readonly cancelInProgress: boolean;
  /** `single`: a newer member takes the place of the pending one. `max`: up to 100 wait. */
  readonly queue: "single" | "max";
}

const MAX_QUEUE = 100;

/**
 * Concurrency groups: one member runs, one waits, and a newer one cancels the older that waits.
 * @see https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
 */
export class ConcurrencyGroups {
  readonly #groups = new Map<string, Group>();

  /**
   * Waits until the group lets this member in; the result leaves the group.
   * `cancel` is called when a newer member wants this one, running or waiting, to end.
   * @throws GaveUp when the wait is cancelled
   */
  async enter(name: string, options: GroupOptions, cancel: () => void, signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw new GaveUp();
    const key = name.toLowerCase();
    const group = this.#groups.get(key) ?? { running: undefined, pending: [] };
    this.#groups.set(key, group);
    const member = await new Promise<Member>((resolve, reject) => {
      const made: Member = {
        cancel: () => {
          cancel();
          leave();
        },
        start: () => {
          signal.removeEventListener("abort", leave);
          resolve(made);
        },
      };
      const leave = () => {
        const at = group.pending.indexOf(made);
        if (at < 0) return;
        group.pending.splice(at, 1);
        reject(new GaveUp());
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#admit(group, made, options);
    });
    return () => this.#leave(key, group, member);
  }

  #admit(group: Group, member: Member, options: GroupOptions): void {
    if (!group.running) {
      group.running = member;
      member.start();
      return;
    }
    const keep = options.queue === "max" ? MAX_QUEUE - 1 : 0;
    for (const older of group.pending.slice(0, Math.max(0, group.pending.length - keep))) older.cancel();
    group.pending.push(member);
    if (options.cancelInProgress) group.running.cancel();
  }

  #leave(key: string, group: Group, member: Member): void {
    if (group.running !== member) return;
    group.running = group.pending.shift();
    if (group.running) group.running.start();
    else this.#groups.delete(key);
  }
}

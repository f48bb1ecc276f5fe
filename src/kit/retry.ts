import type { Clock } from "./clock.ts";

/** What to do about an error: give up, or try again after at least this many milliseconds. */
export type Verdict = { readonly retry: false } | { readonly retry: true; readonly afterMs?: number };

export interface RetryOptions {
  readonly clock: Clock;
  /** Attempts in all, the first included. */
  readonly attempts: number;
  readonly judge: (error: unknown, attempt: number) => Verdict;
  /** First backoff in milliseconds; doubles each time. Default 250. */
  readonly baseMs?: number;
  /** Longest pause in milliseconds, also for what a server asks for. Default 60,000. */
  readonly capMs?: number;
  /** Uniform in [0, 1); for full jitter. */
  readonly random?: () => number;
}

/**
 * Calls `work` until it succeeds, at most `attempts` times, with exponential backoff and full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). The last error is thrown as it is.
 */
export async function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, attempts, judge, baseMs = 250, capMs = 60_000, random = Math.random } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      const verdict = judge(error, attempt);
      if (!verdict.retry || attempt >= attempts) throw error;
      const backoff = random() * Math.min(capMs, baseMs * 2 ** (attempt - 1));
      await clock.sleep(Math.min(capMs, Math.max(verdict.afterMs ?? 0, backoff)));
    }
  }
}

import type { Clock } from "../kit/clock.ts";
import { retry } from "../kit/retry.ts";
import type { Fetch } from "../net/fetch.ts";
import { WayError, wayErrorIn } from "../net/errors.ts";
import { ChannelError } from "./channel.ts";

export interface Answer {
  readonly status: number;
  readonly body: string;
  /** What the server asks to wait, in milliseconds; null when it does not say. */
  readonly retryAfterMs: number | null;
}

const TRIES = 3;
/** When the server does not say after how long. */
const BRIEFLY_MS = 250;

/**
 * POSTs JSON once. No redirect is followed: the address is a secret, and what is said is for its owner alone.
 * @param service as it is called in errors; the address never is.
 * @throws ChannelError when there is no whole answer. One that broke off, or did not come in time, is not tried again: the message may
 *   have gone out.
 */
export async function post(url: string, json: unknown, options: { readonly fetch: Fetch; readonly signal: AbortSignal; readonly service: string; readonly now: number }): Promise<Answer> {
  const { fetch, signal, service, now } = options;
  signal.throwIfAborted();
  try {
    const headers = { "content-type": "application/json; charset=utf-8", "user-agent": "instant-notify", accept: "*/*" };
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(json), signal, redirect: "manual" });
    return { status: response.status, body: await response.text(), retryAfterMs: retryAfter(response.headers.get("retry-after"), now) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw unanswered(error, service);
  }
}

function unanswered(error: unknown, service: string): ChannelError {
  const way = wayErrorIn(error);
  const problem = way?.problems[0];
  if (way && problem) {
    const cause = problem.cause === undefined ? "" : ` (${problem.cause})`;
    return new ChannelError(`${problem.what}${cause}`, problem.fix, way instanceof WayError && way.retryable ? BRIEFLY_MS : null);
  }
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  const how = code.startsWith("HPE_") ? `its answer is not HTTP (${code})` : `the connection broke off before the whole answer was there${code === "" ? "" : ` (${code})`}`;
  return new ChannelError(`${service} did not answer: ${how}`, `See whether ${service} is disturbed; the next run tells it again.`);
}

/**
 * Calls until it is done: again after a limit or a disturbance, at most 3 times, as long as it can still be in time.
 * @param deadline epoch milliseconds.
 */
export async function withTries<T>(work: () => Promise<T>, { clock, deadline }: { readonly clock: Clock; readonly deadline: number }): Promise<T> {
  return retry(work, {
    clock,
    attempts: TRIES,
    judge: (error) => {
      const afterMs = error instanceof ChannelError ? error.retryAfterMs : null;
      // Half a second is left for the try itself.
      return afterMs !== null && clock.now() + afterMs + 500 < deadline ? { retry: true, afterMs } : { retry: false };
    },
  });
}

/** A refusal that may be tried again (429 and 5xx): what was refused was not told. */
export function disturbed(service: string, answer: Answer, said: string, afterMs: number | null): ChannelError {
  const limited = answer.status === 429;
  const wait = afterMs === null ? "" : `, and asks to wait ${Math.ceil(afterMs / 1_000)} s`;
  const what = `${service} ${limited ? "takes no more messages just now" : "is disturbed"} (${answer.status}${said === "" ? "" : `: ${said}`})${wait}`;
  const fix = limited ? "Send fewer messages, or accept that they come late: the next run tells it again." : `See whether ${service} is disturbed; the next run tells it again.`;
  return new ChannelError(what, fix, afterMs ?? BRIEFLY_MS);
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function retryAfter(header: string | undefined, now: number): number | null {
  if (header === undefined || header.trim() === "") return null;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

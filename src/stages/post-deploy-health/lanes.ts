import type { Clock } from "../../kit/clock.ts";
import { drive, type Waitable } from "../../kit/drive.ts";

/** One thing that is measured again and again, at its own pace. */
export interface Lane {
  /** Measures once and keeps what it saw; it does not throw, and ends in its time. */
  readonly measure: (signal: AbortSignal) => Promise<void>;
  /** From the start to the first time, in milliseconds. */
  readonly delayMs: number;
  /** From the end of one time to the next, in milliseconds; null: it is not measured any more. */
  readonly pauseMs: () => number | null;
}

/** No lane is measured again sooner than this, in milliseconds, so that an interval of 0 does not spin. */
const BREATH_MS = 1;

/**
 * Measures all lanes side by side, each at its pace and none waiting for another, until there is a decision. What has begun in time is
 * measured to its end, so that our own hurry is never taken for the service's failure; each lane is measured at least once. When it is
 * decided, what is still under way is ended.
 * @param decide is asked after each measurement, and when the signal is aborted; with `outOfTime` it has to decide, and then too.
 */
export async function driveLanes<D extends Waitable>(lanes: readonly Lane[], options: { readonly clock: Clock; readonly limitMs: number; readonly longestMs: number; readonly signal?: AbortSignal | undefined; readonly decide: (outOfTime: boolean) => D }): Promise<D> {
  const { clock, limitMs, longestMs, signal } = options;
  const stop = new AbortController();
  const aborted = signal === undefined ? [] : [new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true, signal: stop.signal });
  })];
  const start = clock.now();
  const deadline = start + limitMs;
  const dueAt = new Map(lanes.map((lane) => [lane, start + lane.delayMs]));
  const flights = new Map<Lane, Promise<void>>();
  const begun = new Set<Lane>();
  const launch = (lane: Lane) => {
    begun.add(lane);
    const flight = lane.measure(stop.signal).then(() => {
      flights.delete(lane);
      const pause = lane.pauseMs();
      dueAt.set(lane, pause === null ? Infinity : clock.now() + Math.max(pause, BREATH_MS));
    });
    flights.set(lane, flight);
  };
  const gather = async (): Promise<boolean> => {
    const now = clock.now();
    for (const lane of lanes) if (!flights.has(lane) && isDue(dueAt.get(lane) ?? Infinity, now, deadline, begun.has(lane))) launch(lane);
    const next = Math.min(deadline, ...lanes.filter((lane) => !flights.has(lane)).map((lane) => dueAt.get(lane) ?? Infinity));
    await firstOf([...flights.values(), ...aborted], next > now ? next - now : null, clock);
    return clock.now() >= deadline && flights.size === 0;
  };
  try {
    const { decision } = await drive({ gather, decide: options.decide, clock, limitMs: limitMs + longestMs, maxRounds: Infinity });
    return decision;
  } finally {
    stop.abort();
  }
}

function isDue(dueAt: number, now: number, deadline: number, hasBegun: boolean): boolean {
  // A lane whose time would only come after the end has its one measurement at the end.
  return now < deadline ? dueAt <= now : !hasBegun && dueAt < Infinity;
}

/** Until one of them has ended, or the time has passed; null: nothing but them is waited for. */
async function firstOf(flights: readonly Promise<void>[], ms: number | null, clock: Clock): Promise<void> {
  const timer = new AbortController();
  const pause = ms === null ? [] : [clock.sleep(ms, timer.signal).catch(() => {})];
  if (flights.length + pause.length > 0) await Promise.race([...flights, ...pause]);
  timer.abort();
}

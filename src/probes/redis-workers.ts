import { Redis } from "ioredis";
import { messageOf } from "../kit/errors.ts";
import { serverFacts, type Trace, untraced } from "../kit/trace.ts";
import { timeIn } from "../kit/times.ts";
import { excerpt } from "./exchange.ts";
import type { Measurement, Probe, WorkersSpec } from "./port.ts";

/** Workers whose names are told in one line. */
const NAMED = 3;
/** A keyspace that grows meanwhile must not keep us. */
const MOST_PAGES = 10_000;

/**
 * Probes the heartbeats of a product's workers: each has to be fresh, and there have to be enough. One without a time that can be read
 * is as bad as an old one. Our own runners (`kind: runner`) are no workers of the product. A Redis that does not answer is an error to
 * measure: it was not the workers who were asked.
 */
export function workersProbe(spec: WorkersSpec, trace: Trace = untraced): Probe {
  return {
    name: spec.name,
    measure: async ({ timeoutMs, signal }) => {
      const at = Date.now();
      const began = performance.now();
      // By the conventions for databases (https://opentelemetry.io/docs/specs/semconv/database/redis/).
      const facts = { "db.system.name": "redis", ...(URL.canParse(spec.url) ? serverFacts(new URL(spec.url)) : {}) };
      const judged = await trace("SCAN", facts, (call) => look(spec, timeoutMs, signal).catch((error: unknown) => {
        const detail = `Redis could not be asked: ${excerpt(messageOf(error))}`;
        call.fail("unmeasured", detail);
        return { outcome: "error" as const, detail };
      }));
      return { probe: spec.name, ...judged, latencyMs: Math.round((performance.now() - began) * 10) / 10, at };
    },
  };
}

type Judged = Pick<Measurement, "outcome" | "detail">;

async function look(spec: WorkersSpec, timeoutMs: number, signal: AbortSignal): Promise<Judged> {
  if (!/^rediss?:\/\//.test(spec.url) || !URL.canParse(spec.url)) throw new Error("its address has to begin with redis:// or rediss://");
  const redis = new Redis(spec.url, {
    lazyConnect: true, connectTimeout: timeoutMs, commandTimeout: timeoutMs, maxRetriesPerRequest: 0, retryStrategy: () => null,
    disconnectTimeout: 100, enableReadyCheck: false, connectionName: "instant-probe",
  });
  // What went wrong is told by the call that meets it.
  let last: Error | undefined;
  redis.on("error", (error: Error) => (last = error));
  const leave = () => redis.disconnect();
  // All of it has one time limit, however many keys there are.
  const limit = AbortSignal.any([AbortSignal.timeout(timeoutMs), signal]);
  limit.addEventListener("abort", leave, { once: true });
  try {
    await redis.connect();
    return judge(await heartbeats(redis, spec.keys), spec, Date.now());
  } catch (error) {
    throw limit.aborted ? new Error(`no complete answer within ${timeoutMs} ms`, { cause: error }) : (last ?? error);
  } finally {
    limit.removeEventListener("abort", leave);
    redis.disconnect();
  }
}

interface Beat {
  readonly worker: string;
  /** Epoch milliseconds; null when it does not say. */
  readonly at: number | null;
}

async function heartbeats(redis: Redis, keys: string): Promise<readonly Beat[]> {
  const found = new Map<string, Beat>();
  let cursor = "0";
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const [next, names] = await redis.scan(cursor, "MATCH", keys, "COUNT", 500);
    const hashes = await Promise.all(names.map(async (name) => [name, await redis.hmget(name, "last_heartbeat", "kind")] as const));
    for (const [name, [time, kind]] of hashes) if (kind !== "runner") found.set(name, { worker: name, at: timeIn(time ?? undefined) });
    cursor = next;
    if (cursor === "0") break;
  }
  return [...found.values()];
}

function judge(beats: readonly Beat[], { maxAgeSeconds, atLeast, keys }: WorkersSpec, now: number): Judged {
  const ages = beats.map(({ worker, at }) => ({ worker, seconds: at === null ? Infinity : Math.max(0, Math.round((now - at) / 1_000)) })).sort((a, b) => b.seconds - a.seconds);
  const stale = ages.filter(({ seconds }) => seconds > maxAgeSeconds);
  if (stale.length > 0) {
    const told = stale.slice(0, NAMED).map(({ worker, seconds }) => `${excerpt(worker, 60)} ${Number.isFinite(seconds) ? `${seconds} s ago` : "without a time"}`);
    const more = stale.length > NAMED ? ` and ${stale.length - NAMED} more` : "";
    return { outcome: "failure", detail: `${stale.length} of ${ages.length} heartbeats are older than ${maxAgeSeconds} s: ${told.join(", ")}${more}` };
  }
  if (ages.length < atLeast) return { outcome: "failure", detail: `${ages.length === 0 ? "no worker has" : `only ${ages.length} of ${atLeast} workers have`} a heartbeat (${keys})` };
  return { outcome: "success", detail: `${ages.length} worker${ages.length === 1 ? "" : "s"}, the oldest heartbeat ${ages[0]?.seconds ?? 0} s ago` };
}

import { Redis } from "ioredis";
import { failure, InstantError, messageOf } from "../../kit/errors.ts";
import type { Store } from "../port.ts";
import { withoutSecrets } from "../secrets.ts";
import { redisStore } from "./store.ts";

/** How long Redis may take to connect, and to answer a command, in milliseconds. */
export const TIMEOUT_MS = 2_000;

/**
 * Connects once; a connection that breaks is not mended, every call then fails at once.
 * @param url `redis://user:password@host:port/database`, or `rediss://…` over TLS.
 * @throws InstantError that names the cause and never the password, from here and from every method of the store.
 */
export async function openRedis(url: string): Promise<Store> {
  const redis = clientFor(url);
  // What went wrong is told by the call that meets it.
  let last: Error | undefined;
  redis.on("error", (error: Error) => (last = error));
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    throw explained(last ?? error, url);
  }
  return explainedStore(redisStore(redis), url);
}

function clientFor(url: string): Redis {
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) {
    throw failure("configuration", {
      what: "The address of Redis is not one: it has to begin with redis:// or rediss:// and to be readable as a URL",
      where: "redis-url",
      fix: "Give it as `redis://user:password@host:6379/0`, with special characters of the password percent-encoded.",
    });
  }
  return new Redis(url, {
    lazyConnect: true, connectTimeout: TIMEOUT_MS, commandTimeout: TIMEOUT_MS, maxRetriesPerRequest: 0, retryStrategy: () => null,
    // A server that does not close its side must not keep the job alive.
    disconnectTimeout: 100, enableReadyCheck: false, connectionName: "instant", disableClientInfo: true,
  });
}

/** The same store whose errors are sentences for a person. */
function explainedStore(store: Store, url: string): Store {
  const wrap = <A extends unknown[], T>(method: (...args: A) => Promise<T>) => async (...args: A): Promise<T> => {
    try {
      return await method(...args);
    } catch (error) {
      throw explained(error, url);
    }
  };
  const methods = Object.entries(store).map(([name, member]: [string, unknown]) => [name, typeof member === "function" ? wrap(member as () => Promise<unknown>) : member]);
  return Object.fromEntries(methods) as Store;
}

/** Beginnings of Redis' own answers, and codes of the network. */
const MEANINGS: readonly (readonly [found: RegExp, what: string, fix: string])[] = [
  [/WRONGPASS|invalid password|invalid username-password/i, "refused the password", "Correct user and password in `redis-url`."],
  [/NOAUTH/, "asks for a password", "Put it into `redis-url`: `redis://:password@host:6379`."],
  [/NOPERM/, "does not let this user run what INSTANT needs", "Allow it the commands of hashes, sorted sets, sets, strings and scripts on `agent:*` and `worker:*`."],
  [/OOM /, "is full", "Raise its maxmemory, or choose an eviction policy."],
  [/READONLY/, "is a read-only replica", "Point `redis-url` at the primary."],
  [/MISCONF/, "cannot save to its disk and takes no writes", "See its log; usually the disk is full."],
  [/LOADING/, "is still loading its data", "Wait until it is up."],
  [/CLUSTER|MOVED |CROSSSLOT/, "is a cluster, which is not served", "Use a Redis that is no cluster."],
  [/ECONNREFUSED/, "does not listen at that address", "Start it, or correct host and port in `redis-url`."],
  [/ENOTFOUND|EAI_AGAIN/, "has a host name that could not be looked up", "Correct the host in `redis-url`."],
  [/timed out|timeout|ETIMEDOUT/i, "did not answer within 2 s", "See whether it runs and can be reached from the runners."],
  [/closed|ECONNRESET|EPIPE|ended/i, "closed the connection", "See its log."],
];

function explained(error: unknown, url: string): InstantError {
  if (error instanceof InstantError) return error;
  const text = `${messageOf(error)} ${String((error as { code?: unknown }).code ?? "")}`;
  const [, what, fix] = MEANINGS.find(([pattern]) => pattern.test(text)) ?? [null, `answered: ${withoutSecrets(messageOf(error), url)}`, "See its log."];
  return failure("service", { what: `Redis ${what}`, where: "redis-url", fix });
}

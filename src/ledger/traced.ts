import type { Trace } from "../kit/trace.ts";
import type { StoreOpener } from "./guard.ts";
import type { Store } from "./port.ts";

const SYSTEMS: Readonly<Record<string, string>> = { postgres: "postgresql", redis: "redis" };

/**
 * A store of which each call is a span, by the conventions for databases
 * (https://opentelemetry.io/docs/specs/semconv/db/database-spans/). What is asked and answered does not go on record.
 */
export function traced({ name, open }: StoreOpener, url: string, trace: Trace): StoreOpener {
  const system = SYSTEMS[name] ?? name;
  const server = URL.canParse(url) ? { "server.address": new URL(url).hostname, "server.port": Number(new URL(url).port) || undefined } : {};
  const call = <T>(operation: string, work: () => Promise<T>): Promise<T> => trace(`${operation} ${system}`, { "db.system.name": system, "db.operation.name": operation, ...server }, work);
  return {
    name,
    open: async () => {
      const store = await call("connect", open);
      const methods = Object.entries(store).map(([method, member]: [string, unknown]) => {
        if (typeof member !== "function" || method === "close") return [method, member];
        return [method, (...args: readonly unknown[]) => call(method, async () => (member as (...all: readonly unknown[]) => Promise<unknown>)(...args))];
      });
      return Object.fromEntries(methods) as Store;
    },
  };
}

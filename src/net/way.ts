import { type ClientRequest, request as plainRequest, type RequestOptions } from "node:http";
import { namesProxy, type Proxy, proxyFor } from "../kit/proxy.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** How one request gets to its address. */
export interface Way {
  /** Sends one request; its address is settled already. */
  readonly send: (options: SendOptions) => ClientRequest;
  /** undefined: straight there. */
  readonly proxy: Proxy | undefined;
}

export type SendOptions = Pick<RequestOptions, "method" | "signal" | "family"> & {
  /** `false`: a connection of its own. */
  readonly agent?: false;
  readonly headers: Readonly<Record<string, string>>;
};

/**
 * The way to an address, by the proxy variables of an environment: straight, in absolute form through a proxy (http), or through a
 * tunnel that a proxy has opened (https). TLS and proxies are loaded only where an address asks for them: node:https costs a third
 * of node:http once more, and on loopback nobody needs it.
 * @param signal ends the wait for a proxy; a way through one is for one request.
 * @throws WayError when a proxy refuses, cannot be reached or does not answer in time; InstantError when a variable is unusable.
 */
export async function wayTo(url: URL, env: Environment, signal?: AbortSignal): Promise<Way> {
  const proxy = namesProxy(env) ? proxyFor(url, env) : undefined;
  if (proxy) return (await import("./through.ts")).throughProxy(url, proxy, signal);
  const request = url.protocol === "https:" ? (await import("node:https")).request : plainRequest;
  return { proxy: undefined, send: (options) => request(url, options) };
}

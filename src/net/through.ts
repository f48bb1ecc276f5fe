import { Agent as PlainAgent, type ClientRequest, request as plainRequest, type RequestOptions } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { urlToHttpOptions } from "node:url";
import type { Proxy } from "../kit/proxy.ts";
import { refusedByProxy, silentProxy, unreachableProxy } from "./errors.ts";
import type { Way } from "./way.ts";

/** How long a proxy may take to open a tunnel, in milliseconds. */
export const CONNECT_TIMEOUT_MS = 15_000;

/**
 * An agent of our own for each protocol: the global one would, under NODE_USE_ENV_PROXY, go to the proxy through the proxy.
 */
const agents = { "http:": new PlainAgent({ proxyEnv: {} }), "https:": new SecureAgent({ proxyEnv: {} }) } as const;

/** The way to an address through a proxy: absolute form for http (RFC 9112, 3.2.2), CONNECT for https (RFC 9110, 9.3.6). */
export async function throughProxy(url: URL, proxy: Proxy, signal: AbortSignal | undefined): Promise<Way> {
  return url.protocol === "https:" ? tunnelled(url, proxy, signal) : absolute(url, proxy);
}

function absolute(url: URL, proxy: Proxy): Way {
  const { auth } = urlToHttpOptions(url);
  const send: Way["send"] = ({ headers, ...options }) =>
    requestTo(proxy, {
      ...options,
      ...(auth ? { auth } : {}),
      path: `${url.protocol}//${url.host}${url.pathname}${url.search}`,
      headers: { ...headers, host: url.host, ...credential(proxy) },
    });
  return { proxy, send };
}

async function tunnelled(url: URL, proxy: Proxy, signal: AbortSignal | undefined): Promise<Way> {
  const socket = await openTunnel(url, proxy, signal);
  const host = hostOf(url);
  const secure = connectTls({ socket, host, ALPNProtocols: ["http/1.1"], ...(isIP(host) === 0 ? { servername: host } : {}) });
  // Until a request has taken the connection over, nobody else would hear of its end.
  secure.on("error", () => undefined);
  // An agent, even none (`false`), would make a connection of its own; without one, node takes 80 for the port that needs no naming.
  const send: Way["send"] = (options) => secureRequest(url, { ...options, agent: undefined, defaultPort: 443, createConnection: () => secure });
  return { proxy, send };
}

function requestTo(proxy: Proxy, options: RequestOptions): ClientRequest {
  const at = { host: proxy.host, port: proxy.port, agent: agents[proxy.protocol] };
  if (proxy.protocol === "http:") return plainRequest({ ...options, ...at });
  // Of itself node would ask the proxy for a certificate of the name in the Host header.
  return secureRequest({ ...options, ...at, servername: isIP(proxy.host) === 0 ? proxy.host : "" });
}

function credential(proxy: Proxy): Record<string, string> {
  return proxy.authorization === undefined ? {} : { "proxy-authorization": proxy.authorization };
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

/** A connection to the address, opened by the proxy. Everything of it is gone when it is refused, late or given up. */
function openTunnel(url: URL, proxy: Proxy, signal: AbortSignal | undefined): Promise<Duplex> {
  signal?.throwIfAborted();
  const target = `${url.hostname}:${url.port || "443"}`;
  return new Promise((resolve, reject) => {
    const request = requestTo(proxy, { method: "CONNECT", path: target, headers: { host: target, ...credential(proxy) } });
    const end = (error: Error) => {
      settle();
      request.destroy();
      reject(error);
    };
    const abort = () => end(signal?.reason as Error);
    const limit = setTimeout(() => end(silentProxy(proxy, target, CONNECT_TIMEOUT_MS)), CONNECT_TIMEOUT_MS);
    const settle = () => {
      clearTimeout(limit);
      signal?.removeEventListener("abort", abort);
    };
    signal?.addEventListener("abort", abort, { once: true });
    request.on("error", (error) => end(unreachableProxy(proxy, error)));
    request.once("connect", (response, socket, head) => {
      settle();
      const status = response.statusCode ?? 0;
      if (status < 200 || status > 299) {
        socket.destroy();
        reject(refusedByProxy(proxy, target, status));
        return;
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    request.end();
  });
}

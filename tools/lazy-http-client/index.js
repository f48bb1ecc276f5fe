// Stands in for @actions/http-client, which loads undici (and with it half of the start-up time of an action) before
// anything has asked for the network. Everything asynchronous is passed on to the real package, loaded at first use:
// OIDC (`core.getIDToken`), retries, redirects and proxies are the real package's own, and stay so.
// `npm overrides` in the root package.json puts this package in the real one's place.

import { getProxyUrl as proxyFor } from "actions-http-client-real/lib/proxy";

const load = () => import("actions-http-client-real");

/** The asynchronous methods of the real HttpClient, as of 4.0.1; a test compares this list with the real package. */
const asynchronous = [
  "options", "get", "del", "post", "patch", "put", "head", "sendStream",
  "getJson", "postJson", "putJson", "patchJson", "request", "requestRaw",
];

/** Those that answer at once and so cannot wait for the real package. Nothing that INSTANT bundles calls them. */
const synchronous = ["requestRawWithCallback", "getAgent", "getAgentDispatcher"];

export class HttpClient {
  #arguments;
  #real;
  #disposed = false;

  constructor(...constructorArguments) {
    this.#arguments = constructorArguments;
  }

  async #client() {
    this.#real ??= load().then(({ HttpClient: Real }) => new Real(...this.#arguments));
    const client = await this.#real;
    if (this.#disposed) client.dispose();
    return client;
  }

  dispose() {
    this.#disposed = true;
    void this.#real?.then((client) => client.dispose());
  }

  static {
    for (const name of asynchronous) {
      HttpClient.prototype[name] = async function (...given) {
        return (await this.#client())[name](...given);
      };
    }
    for (const name of synchronous) {
      HttpClient.prototype[name] = () => {
        throw new Error(
          `@actions/http-client: ${name} cannot be answered by the lazily loaded client. ` +
            `Import "actions-http-client-real" where it is needed (see docs/decisions/0001-start-up.md).`,
        );
      };
    }
  }
}

/** The proxy for a server from the usual environment variables, or "" when there is none (the real package's rule). */
export function getProxyUrl(serverUrl) {
  return proxyFor(new URL(serverUrl))?.href ?? "";
}

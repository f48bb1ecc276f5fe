import { namesProxy } from "../kit/proxy.ts";
import { createFetch } from "../net/fetch.ts";

/** Statuses whose answers have no body, which a Response insists on (https://fetch.spec.whatwg.org/#null-body-status). */
const BODILESS = new Set([101, 103, 204, 205, 304]);

/**
 * A `fetch` that goes through the proxies of the environment, for a package that would go straight with its own; undefined when
 * there are none, so that nobody else pays for it.
 */
export function proxyFetch(env: Readonly<Record<string, string | undefined>>): typeof fetch | undefined {
  if (!namesProxy(env)) return undefined;
  const through = createFetch(env);
  return async (input, init) => {
    const request = new Request(input, init);
    const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer());
    const { method, signal } = request;
    const answer = await through(request.url, { method, signal, body, headers: Object.fromEntries(request.headers) });
    return new Response(BODILESS.has(answer.status) ? null : await answer.arrayBuffer(), { status: answer.status, headers: [...answer.headers] });
  };
}

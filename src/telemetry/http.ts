import { serverFacts } from "../kit/trace.ts";
import type { Fetch } from "../net/fetch.ts";
import { noTelemetry, type Telemetry } from "./port.ts";

const KNOWN_METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]);

/**
 * A `fetch` of which each call is a span, by the conventions for HTTP clients
 * (https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client). Neither query nor body goes on record, and the path
 * only where the caller says how: paths of webhooks and bots hold their secrets.
 * @param options.template the path with its variable parts named (`/repos/{owner}/{repo}/pulls`), or undefined.
 */
export function tracedFetch(telemetry: Telemetry, fetch: Fetch, options: { readonly template?: (url: URL) => string | undefined } = {}): Fetch {
  if (telemetry === noTelemetry) return fetch;
  return (address, init = {}) => {
    const url = new URL(address);
    const asked = (init.method ?? "GET").toUpperCase();
    const method = KNOWN_METHODS.has(asked) ? asked : "_OTHER";
    const template = options.template?.(url);
    const attributes = {
      "http.request.method": method,
      ...serverFacts(url),
      "url.template": template,
    };
    const name = method === "_OTHER" ? "HTTP" : method;
    return telemetry.span(template === undefined ? name : `${name} ${template}`, attributes, async (span) => {
      const response = await fetch(url, init);
      span.set({ "http.response.status_code": response.status });
      if (response.status >= 400) span.fail(String(response.status));
      return response;
    });
  };
}

/**
 * Reads what a person wrote. Nothing here shows a value: a DSN and headers are secrets.
 */

/** @throws Error saying what a DSN looks like (https://docs.sentry.io/concepts/key-terms/dsn-explainer/). */
export function checkedDsn(text: string): string {
  const dsn = text.trim();
  // @sentry/core would print one that it cannot read, whole, to the job's log: so no such one reaches it.
  if (/^https?:\/\/\w+(?::\w+)?@(?:[\w.-]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?(?:\/[\w.~-]+)*\/\d+$/.test(dsn) && URL.canParse(dsn)) return dsn;
  throw new Error("The DSN is malformed: it looks like `https://<key>@<host>/<project number>`. Copy it from the project's settings, Client Keys.");
}

/**
 * The address for traces: that of a base address has `/v1/traces` put behind it, as the specification has it
 * (https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp); one that ends so is taken as it is.
 * @throws Error when it is no http or https address.
 */
export function otlpUrl(text: string): URL {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new Error("The endpoint is no address that starts with https:// or http://. Give the collector's base address, such as https://collector.example.com:4318.");
  url.hash = "";
  if (!/\/v1\/traces\/?$/.test(url.pathname)) url.pathname = `${url.pathname.replace(/\/+$/, "")}/v1/traces`;
  return url;
}

/**
 * `key=value` pairs parted by commas, values percent-encoded where they hold a comma
 * (https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables).
 * @throws Error naming the pairs that are malformed by their place.
 */
export function otlpHeaders(text: string): Record<string, string> {
  const pairs = text.split(",").map((pair) => pair.trim());
  const wrong: number[] = [];
  const headers: Record<string, string> = {};
  for (const [at, pair] of pairs.entries()) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = pair.slice(0, Math.max(0, equals)).trim();
    const value = decoded(pair.slice(equals + 1).trim());
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name) || value === undefined || !/^[\t\x20-\x7E\x80-\xFF]*$/.test(value)) wrong.push(at + 1);
    else headers[name.toLowerCase()] = value;
  }
  if (wrong.length > 0) throw new Error(`The headers are malformed (pair ${wrong.join(", ")} of ${pairs.length}): they look like \`key=value,key=value\`, a comma inside of a value written %2C.`);
  return headers;
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

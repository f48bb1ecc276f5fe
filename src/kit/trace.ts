/** Values of a span; no secrets, and no more than a person who looks at traces may see. */
export type CallFacts = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** An outside call while it is made. */
export interface Call {
  set(facts: CallFacts): void;
  /** Marks it as failed though nothing was thrown. @param type few different ones. */
  fail(type: string, message?: string): void;
}

/** Runs an outside call as a span of whoever is told of them; what it returns or throws is handed on as it is. */
export type Trace = <T>(name: string, facts: CallFacts, work: (call: Call) => Promise<T>) => Promise<T>;

/** Nobody is told. */
export const untraced: Trace = (_name, _facts, work) => work({ set: () => {}, fail: () => {} });

/**
 * Where a call goes, by the conventions for spans (https://opentelemetry.io/docs/specs/semconv/general/attributes/#server-attributes).
 * Neither path nor query: those of webhooks hold their secret.
 */
export function serverFacts(url: URL): { readonly "server.address": string; readonly "server.port": number; readonly "url.scheme": string } {
  return { "server.address": url.hostname.replace(/^\[|\]$/g, ""), "server.port": Number(url.port || (url.protocol === "https:" ? 443 : 80)), "url.scheme": url.protocol.slice(0, -1) };
}

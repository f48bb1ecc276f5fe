import type { HttpExpectation, HttpSpec } from "../../src/probes/port.ts";

/** A probe of an address that expects 200 and nothing else, but for what is told. */
export function specOf(url: string, expect: Partial<HttpExpectation> = {}, more: Partial<Omit<HttpSpec, "expect" | "url">> = {}): HttpSpec {
  const nothing: HttpExpectation = { status: [[200, 200]], headers: {}, json: [], contains: [], matches: "", latencyMs: null, certificateDays: null };
  return { kind: "http", name: url, url, headers: {}, family: 0, redirects: 0, ...more, expect: { ...nothing, ...expect } };
}

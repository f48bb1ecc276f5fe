import type { Trace } from "../kit/trace.ts";
import { exchange, tracedExchange } from "./exchange.ts";
import { httpProbe } from "./http.ts";
import type { Probe, VersionReader } from "./port.ts";
import { httpVersion } from "./version.ts";

/** What a user said about where a deployment shows its version and its health. */
export interface ProbeSettings {
  readonly versionUrl: string;
  readonly versionField: string;
  readonly healthUrls: readonly string[];
  readonly healthStatus: number;
  readonly healthJson: readonly string[];
}

/**
 * The probes of a deployment, all critical, and the reader of its version (null: no version address is configured).
 * @param trace is told of each request.
 */
export function connectProbes(settings: ProbeSettings, { trace }: { readonly trace?: Trace } = {}): { readonly probes: readonly Probe[]; readonly version: VersionReader | null } {
  const ask = trace === undefined ? exchange : tracedExchange(trace);
  const expected = { status: settings.healthStatus, json: settings.healthJson };
  return {
    probes: settings.healthUrls.map((url) => httpProbe(url, expected, true, ask)),
    version: settings.versionUrl === "" ? null : httpVersion(settings.versionUrl, settings.versionField, ask),
  };
}

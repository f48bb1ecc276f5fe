import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import type { Deployment } from "./port.ts";

/** Share of tasks whose traces Sentry gets (CONTRACTS, Logs); OpenTelemetry gets all of them and samples in its collector. */
export const TRACES_SAMPLE_RATE = 0.1;

export interface TelemetryOptions {
  /** Empty: no Sentry. */
  readonly sentryDsn: string;
  /** The collector's base address, or the one that ends in /v1/traces. Empty: no OpenTelemetry. */
  readonly otlpEndpoint: string;
  /** `key=value,key=value` */
  readonly otlpHeaders: string;
  readonly environment: string;
  /** Short commit SHA of what runs: `app_version`. */
  readonly release: string;
  /** The runner: `worker_instance`. */
  readonly workerInstance: string;
  /** Default: what runs, here, since when nobody knows. */
  readonly deployment?: Deployment;
  readonly clock: Clock;
  readonly log: Log;
  /** The values that the job masks; asked for whenever something is recorded. */
  readonly secrets?: () => readonly string[];
  /** For proxies: HTTPS_PROXY, HTTP_PROXY, NO_PROXY. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

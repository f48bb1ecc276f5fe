import type { Clock } from "../kit/clock.ts";
import { messageOf } from "../kit/errors.ts";
import type { Log } from "../kit/log.ts";
import { proxySecrets } from "../kit/proxy.ts";
import { type Deployment, noTelemetry, type Telemetry } from "./port.ts";
import type { Place } from "./recorder.ts";
import type { Scrub } from "./scrub.ts";

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

/**
 * Opens the places that watch the loop. Nothing is loaded when none is set; with one, its SDK is loaded by the flush that has something
 * for it. What cannot be read is one warning, and that place is left out: no mistake here fails a stage.
 */
export async function openTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { sentryDsn, otlpEndpoint, clock, log, env = process.env } = options;
  if (sentryDsn.trim() === "" && otlpEndpoint.trim() === "") return noTelemetry;
  const [{ createRecorder }, { scrubber }, settings] = await Promise.all([import("./recorder.ts"), import("./scrub.ts"), import("./settings.ts")]);
  const secrets = options.secrets ?? (() => []);
  const own: string[] = [sentryDsn.trim(), ...proxySecrets(env)].filter((text) => text !== "");
  const scrub = scrubber(() => [...own, ...secrets()]);
  const places: Place[] = [];
  const add = (name: string, make: () => Place) => {
    try {
      places.push(make());
    } catch (error) {
      log.warning(`${name} is left out: ${scrub(messageOf(error), 500)}`);
    }
  };
  if (sentryDsn.trim() !== "") add("Sentry", () => sentry(settings.checkedDsn(sentryDsn), options, scrub, env));
  if (otlpEndpoint.trim() !== "") {
    add("OpenTelemetry", () => {
      const headers = settings.otlpHeaders(options.otlpHeaders);
      own.push(...Object.values(headers).filter((value) => value.length >= 8));
      return openTelemetryPlace(settings.otlpUrl(otlpEndpoint), headers, options, env);
    });
  }
  return places.length === 0 ? noTelemetry : createRecorder({ places, clock, log, scrub });
}

type Environment = Readonly<Record<string, string | undefined>>;

function sentry(dsn: string, { environment, release, workerInstance, deployment }: TelemetryOptions, scrub: Scrub, env: Environment): Place {
  const settings = { dsn, environment, release, workerInstance, deployment: deployment ?? { version: release, instanceId: workerInstance, deployedAt: null }, tracesSampleRate: TRACES_SAMPLE_RATE };
  return {
    name: "Sentry",
    send: async (recording, signal) => {
      const { sampled } = await import("./ids.ts");
      // Nine jobs of ten have nothing for it, and need not load its code at all.
      if (recording.failures.length === 0 && !sampled(recording.traceHex, TRACES_SAMPLE_RATE)) return;
      const [{ sentryPlace }, { createFetch }] = await Promise.all([import("./sentry.ts"), import("../net/fetch.ts")]);
      await sentryPlace(settings, { fetch: createFetch(env), scrub })(recording, signal);
    },
  };
}

function openTelemetryPlace(url: URL, headers: Readonly<Record<string, string>>, { environment, release, workerInstance }: TelemetryOptions, env: Environment): Place {
  return {
    name: "OpenTelemetry",
    send: async (recording, signal) => {
      if (recording.spans.length === 0) return;
      const { otlpPlace } = await import("./otlp.ts");
      await otlpPlace({ url, headers, environment, release, workerInstance, env })(recording, signal);
    },
  };
}

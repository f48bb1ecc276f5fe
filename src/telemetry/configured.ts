import { messageOf } from "../kit/errors.ts";
import { proxySecrets } from "../kit/proxy.ts";
import { sampled } from "./ids.ts";
import { TRACES_SAMPLE_RATE, type TelemetryOptions } from "./options.ts";
import { noTelemetry, type Telemetry } from "./port.ts";
import { createRecorder, type Place } from "./recorder.ts";
import { type Scrub, scrubber } from "./scrub.ts";
import { checkedDsn, otlpHeaders, otlpUrl } from "./settings.ts";

/** The telemetry of a job with at least one place set; a place whose settings cannot be read is left out with one warning. */
export function configured(options: TelemetryOptions): Telemetry {
  const { clock, log, env = process.env, secrets = () => [] } = options;
  const dsn = options.sentryDsn.trim();
  const endpoint = options.otlpEndpoint.trim();
  const own = [dsn, ...proxySecrets(env)].filter((text) => text !== "");
  const scrub = scrubber(() => [...own, ...secrets()]);
  const places: Place[] = [];
  const add = (name: string, make: () => Place["send"]) => {
    try {
      places.push({ name, send: make() });
    } catch (error) {
      log.warning(`${name} is left out: ${scrub(messageOf(error), 500)}`);
    }
  };
  if (dsn !== "") add("Sentry", () => sentry(checkedDsn(dsn), options, scrub, env));
  if (endpoint !== "") {
    add("OpenTelemetry", () => {
      const headers = otlpHeaders(options.otlpHeaders);
      own.push(...Object.values(headers).filter((value) => value.length >= 8));
      return openTelemetry(otlpUrl(endpoint), headers, options, env);
    });
  }
  return places.length === 0 ? noTelemetry : createRecorder({ places, clock, log, scrub });
}

type Environment = Readonly<Record<string, string | undefined>>;

function sentry(dsn: string, options: TelemetryOptions, scrub: Scrub, env: Environment): Place["send"] {
  const { environment, release, workerInstance } = options;
  const deployment = options.deployment ?? { version: release, instanceId: workerInstance, deployedAt: null };
  return async (recording, signal) => {
    // Nine jobs of ten have nothing for it, and need not load its code at all.
    if (recording.failures.length === 0 && !sampled(recording.traceHex, TRACES_SAMPLE_RATE)) return;
    const [{ sentryPlace }, { createFetch }] = await Promise.all([import("./sentry.ts"), import("../net/fetch.ts")]);
    const settings = { dsn, environment, release, workerInstance, deployment, tracesSampleRate: TRACES_SAMPLE_RATE };
    await sentryPlace(settings, { fetch: createFetch(env), scrub })(recording, signal);
  };
}

function openTelemetry(url: URL, headers: Readonly<Record<string, string>>, options: TelemetryOptions, env: Environment): Place["send"] {
  const { environment, release, workerInstance } = options;
  return async (recording, signal) => {
    if (recording.spans.length === 0) return;
    const { otlpPlace } = await import("./otlp.ts");
    await otlpPlace({ url, headers, environment, release, workerInstance, env })(recording, signal);
  };
}

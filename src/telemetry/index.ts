import type { TelemetryOptions } from "./options.ts";
import { noTelemetry, type Telemetry } from "./port.ts";

export type { TelemetryOptions } from "./options.ts";

/**
 * Opens the places that watch the loop. Nothing is loaded when none is set; with one, its SDK is loaded by the flush that has something
 * for it. What cannot be read is one warning, and that place is left out: no mistake here fails a stage.
 */
export async function openTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  if (options.sentryDsn.trim() === "" && options.otlpEndpoint.trim() === "") return noTelemetry;
  return (await import("./configured.ts")).configured(options);
}

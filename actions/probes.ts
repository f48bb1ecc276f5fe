import type { RunContext } from "../src/kit/context.ts";
import type { Log } from "../src/kit/log.ts";
import { connectProbes, type ProbeSettings } from "../src/probes/index.ts";
import type { Telemetry } from "../src/telemetry/port.ts";
import { traceOf } from "./telemetry.ts";

/** What measures a deployment: the reader of its version, and what makes probes of a plan. */
export function openProbes(settings: ProbeSettings & { readonly token: string }, tools: { readonly context: RunContext; readonly log: Log; readonly mask: (value: string) => void; readonly telemetry: Telemetry | null }) {
  const { context, log, mask } = tools;
  const trace = traceOf(tools.telemetry);
  return connectProbes(settings, {
    mask,
    ...trace,
    // Few plans have a command in them.
    run: async (command, options) => {
      const { openCheckouts } = await import("../src/workspace/index.ts");
      return openCheckouts({ context, token: settings.token, log, ...trace }).workspace().run(command, options);
    },
  });
}

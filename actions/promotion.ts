import type { RunContext } from "../src/kit/context.ts";
import { holding } from "../src/runtime/holding.ts";
import type { PromotionPorts } from "../src/stages/post-deploy-health/index.ts";
import type { Telemetry } from "../src/telemetry/port.ts";
import { traceOf } from "./telemetry.ts";

/** What moves users, opened before any command is run; null where nobody is moved. */
export async function openPromotion(
  settings: { readonly promoteCommand: string; readonly commandEnv: readonly string[]; readonly greenVersionUrl: string; readonly versionField: string; readonly token: string },
  { context, mask, telemetry }: { readonly context: RunContext; readonly mask: (value: string) => void; readonly telemetry: Telemetry | null },
): Promise<PromotionPorts | null> {
  const { promoteCommand, commandEnv, greenVersionUrl, versionField, token } = settings;
  if (promoteCommand === "") return null;
  const [{ openCommands }, { versionReader }] = await Promise.all([import("../src/workspace/commands.ts"), import("../src/probes/index.ts")]);
  const trace = traceOf(telemetry);
  return {
    run: openCommands({ root: context.workspace, allowed: commandEnv, secrets: [token], mask, ...trace }),
    greenVersion: versionReader({ versionUrl: greenVersionUrl, versionField }, trace),
    holding,
  };
}

import type { RunContext } from "../src/kit/context.ts";
import { holding } from "../src/runtime/holding.ts";
import type { PromotionPorts } from "../src/stages/post-deploy-health/index.ts";

/** What moves users, opened before any command is run; null where nobody is moved. */
export async function openPromotion(
  settings: { readonly promoteCommand: string; readonly commandEnv: readonly string[]; readonly greenVersionUrl: string; readonly versionField: string; readonly token: string },
  { context, mask }: { readonly context: RunContext; readonly mask: (value: string) => void },
): Promise<PromotionPorts | null> {
  const { promoteCommand, commandEnv, greenVersionUrl, versionField, token } = settings;
  if (promoteCommand === "") return null;
  const [{ openCommands }, { httpVersion }] = await Promise.all([import("../src/workspace/commands.ts"), import("../src/probes/version.ts")]);
  return {
    run: openCommands({ root: context.workspace, allowed: commandEnv, secrets: [token], mask }),
    greenVersion: greenVersionUrl === "" ? null : httpVersion(greenVersionUrl, versionField),
    holding,
  };
}

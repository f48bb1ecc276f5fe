import { fileURLToPath } from "node:url";
import { runStage, type Stage, type StageRun, stagesOf } from "../../src/cli/bench/stages.ts";
import type { LoopWorld } from "../../src/cli/rehearsal/world.ts";

export const DIST = fileURLToPath(new URL("../../dist", import.meta.url));

/**
 * A single job, by its compiled bundle as a runner starts it: the quickest that ends a task, as it looks at a healthy deployment. That it judged, and
 * ended with status 0, is part of running it.
 * @param folder where it may write.
 * @param inputs beside its own.
 */
export function judge(world: LoopWorld, folder: string, inputs: Readonly<Record<string, string>>): Promise<StageRun> {
  const stage = stagesOf(world, { dist: DIST, folder }).find(({ action }) => action === "post-deploy-health") as Stage;
  return runStage(world, stage, { dist: DIST, folder, more: inputs });
}

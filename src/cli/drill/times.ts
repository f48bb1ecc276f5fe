import { issues, outputOf, pulls } from "../rehearsal/look.ts";
import type { Rehearsal } from "../rehearsal/rehearse.ts";
import type { LoopWorld } from "../rehearsal/world.ts";
import type { Figures } from "./port.ts";

/** The times of a loop that met trouble, from what GitHub and the product recorded. */
export function timesOf(world: LoopWorld, { run, result }: Rehearsal): Omit<Figures, "notes" | "lost"> {
  const live = world.product.history.find(({ commit, status }) => commit === result.merged_sha && status === "live")?.at;
  const detected = Date.parse(outputOf({ run }, "health", "detected-at"));
  const hotfix = pulls(world).find(({ issue }) => issue.title.startsWith("Rollback: "))?.issue.createdAt;
  const decided = hotfix ?? issues(world).find(({ title }) => title.startsWith("Production Rollback: "))?.createdAt;
  const span = (from: number | undefined, to: number | undefined) => (from === undefined || to === undefined || Number.isNaN(from) || Number.isNaN(to) ? null : Math.max(0, to - from));
  return { detection_ms: span(live, detected), decision_ms: span(detected, decided), recovery_ms: result.trb_ms };
}

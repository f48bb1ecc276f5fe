import type { LineCommit } from "../../github/port.ts";
import { traceIdIn } from "../../kit/ids.ts";
import type { Log } from "../../kit/log.ts";
import type { Done, Ending } from "./ending.ts";
import { isAutomatic, MAX_ROUNDS } from "./policy.ts";
import type { Story } from "./texts.ts";

/** Takes one more change back and judges again. */
type TakeBack = (sha: string) => Promise<Ending>;

/**
 * What else goes when production is still sick without the change, newest first: changes of other tasks on top of it. Only where `cascade`
 * says so and a verdict stands behind it; never what nobody judges.
 */
export function furtherOf({ policy, assessment }: Pick<Story, "policy" | "assessment">): readonly LineCommit[] {
  const isWanted = policy.cascade && policy.suspects === "one" && isAutomatic(policy);
  return isWanted ? assessment.newer.filter(({ message }) => traceIdIn(message) !== undefined).slice(0, MAX_ROUNDS) : [];
}

/**
 * Production is still sick without the change, and others came into it on top while it was sick already: post-deploy-health cannot
 * judge those (docs/decisions/0014-verdict-by-comparison.md), so nobody else takes them back. They go one by one, the newest first, and
 * each time production is judged, until it is healthy: at the most back to the state that the change itself was found to have broken
 * (docs/decisions/0029-cascade.md).
 */
export async function takeBackFurther(first: Ending, takeBack: TakeBack, log: Log): Promise<Ending> {
  if (first.kind !== "done" || !first.now || first.verified?.verdict !== "unhealthy") return first;
  let done: Done = first;
  for (const { sha, message } of furtherOf(first.story)) {
    log.info("production is still unhealthy; what came on top of the change goes too", { operation: "rollback", sha });
    const next = await takeBack(sha);
    // Judged anew, it is healthy after all.
    if (next.kind === "not-needed") return { ...done, verified: next.verified, trbMs: trbOf(done, next.verified.at) };
    // What cannot be taken back has called people by itself.
    if (next.kind !== "done") return done;
    done = { ...done, also: [...done.also, { sha, traceId: traceIdIn(message) ?? "", by: next.sha }], sha: next.sha, verified: next.verified, trbMs: next.trbMs };
    if (next.verified?.verdict !== "unhealthy") return done;
  }
  return done;
}

function trbOf({ story }: Done, healthyAt: number): number {
  return Math.max(0, healthyAt - (story.policy.detectedAt ?? story.startedAt));
}

import { traceIdIn } from "../../kit/ids.ts";
import type { Log } from "../../kit/log.ts";
import type { Done, Ending } from "./ending.ts";
import { isAutomatic, MAX_ROUNDS } from "./policy.ts";

/** Takes one more change back and judges again. */
type TakeBack = (sha: string) => Promise<Ending>;

/**
 * Production is still sick without the change, and others came into it on top while it was sick already: post-deploy-health cannot
 * judge those (docs/decisions/0014-verdict-by-comparison.md), so nobody else takes them back. They go one by one, the newest first, and
 * each time production is judged, until it is healthy: at the most back to the state that the change itself was found to have broken.
 */
export async function takeBackFurther(first: Ending, takeBack: TakeBack, log: Log): Promise<Ending> {
  if (first.kind !== "done" || !mayGoOn(first)) return first;
  const others = first.story.assessment.newer.filter(({ message }) => traceIdIn(message) !== undefined).slice(0, MAX_ROUNDS);
  let done: Done = first;
  for (const { sha } of others) {
    log.info("production is still unhealthy; what came on top of the change goes too", { operation: "rollback", sha });
    const next = await takeBack(sha);
    // Judged anew, it is healthy after all.
    if (next.kind === "not-needed") return { ...done, verified: next.verified, trbMs: trbOf(done, next.verified.at) };
    // What cannot be taken back has called people by itself.
    if (next.kind !== "done") return done;
    done = { ...done, also: [...done.also, sha], sha: next.sha, verified: next.verified, trbMs: next.trbMs };
    if (next.verified?.verdict !== "unhealthy") return done;
  }
  return done;
}

function mayGoOn({ now, verified, story }: Done): boolean {
  return now && verified?.verdict === "unhealthy" && isAutomatic(story.policy) && story.policy.suspects === "one";
}

function trbOf({ story }: Done, healthyAt: number): number {
  return Math.max(0, healthyAt - (story.policy.detectedAt ?? story.startedAt));
}

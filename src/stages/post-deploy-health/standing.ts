import type { Deployments } from "../../github/port.ts";
import { failure } from "../../kit/errors.ts";
import { shortSha } from "../../kit/ids.ts";
import { saysItIsARollback, takenBackBy } from "../taken-back.ts";
import type { Promotion } from "./promotion/course.ts";
import { because, type Reason } from "./reasons.ts";
import type { Watched } from "./watch.ts";

/** How the stage ended. */
export type Ending =
  | { readonly kind: "watched"; readonly watched: Watched }
  /** Users were to be moved to it. */
  | { readonly kind: "promotion"; readonly promotion: Promotion }
  /** It is being taken back, or was: whatever the probes would say, it must not stay. */
  | { readonly kind: "taken-back"; readonly reasons: readonly Reason[]; readonly at: number }
  | { readonly kind: "paused"; readonly reasons: readonly Reason[] };

type TargetFacts = Awaited<ReturnType<Deployments["readDeployTarget"]>>;

/** What ends the stage before anything is looked at or started, and keeps users from being moved. */
export function standing(sha: string, target: TargetFacts, now: number): Extract<Ending, { kind: "taken-back" | "paused" }> | undefined {
  if (!target.known) {
    throw failure("configuration", {
      what: `The commit ${sha} is not in this repository`,
      where: "commit-sha",
      fix: "Pass the full SHA of a commit of this repository, such as `merged-sha` of auto-merge-gate.",
    });
  }
  const { rollback, pause } = target;
  if (rollback !== null && rollback.state !== "closed") {
    const how = rollback.state === "merged" ? "was rolled back" : "is being rolled back";
    return { kind: "taken-back", at: now, reasons: [because("rolled-back", `${shortSha(sha)} ${how} by ${rollback.url}`)] };
  }
  // Without a hotfix pull request of the usual name: `merge-method: push`, another `branch-prefix`.
  const claim = takenBackBy(target.history, sha, null);
  if (claim !== null && saysItIsARollback(claim)) return { kind: "taken-back", at: now, reasons: [because("rolled-back", `${shortSha(sha)} was rolled back by ${shortSha(claim.sha)}`)] };
  if (pause) return { kind: "paused", reasons: [because("paused", `paused by issue #${pause.number}: ${pause.url}`)] };
  return undefined;
}

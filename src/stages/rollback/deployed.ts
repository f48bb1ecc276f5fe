import { shortSha } from "../../kit/ids.ts";
import type { Facts } from "./facts.ts";
import { positionOf } from "./line.ts";
import { type Policy, isAutomatic } from "./policy.ts";

/**
 * Whether a change is, or was, in production (docs/decisions/0015-rollback-plans.md). Only what says that it is not keeps it from being
 * taken back: a service that is down shows no version.
 */
export interface Deployed {
  readonly kind: "yes" | "unknown" | "no";
  /** For a person, without a full stop. */
  readonly why: string;
}

export function deployedAs(facts: Facts, policy: Policy): Deployed {
  const { served, deployments, deployRun } = facts;
  if (served.kind === "read" && served.contains === true) return { kind: "yes", why: policy.commitSha.startsWith(served.sha) ? "it is served" : `${shortSha(served.sha)} is served, which contains it` };
  const recorded = deployments?.find(({ sha }) => holds(facts, sha, policy.commitSha));
  if (recorded) return { kind: "yes", why: `GitHub has a deployment of ${shortSha(recorded.sha)} on record` };
  if (deployRun !== null) return { kind: "yes", why: `the run ${deployRun} deployed it` };
  if (isAutomatic(policy)) return { kind: "yes", why: "its deployment was judged" };
  if (served.kind === "read") {
    if (served.contains === false) return { kind: "no", why: `${shortSha(served.sha)} is served, which does not contain ${shortSha(policy.commitSha)}` };
    return { kind: "unknown", why: `${shortSha(served.sha)} is served, and whether that contains it could not be asked` };
  }
  if (served.kind === "unread") return { kind: "unknown", why: `the version cannot be read: ${served.reason}` };
  return { kind: "unknown", why: "neither `version-url`, `deploy-environment` nor `deploy-workflow` tells" };
}

/** As far as the line reaches. */
function holds({ line }: Facts, sha: string, wanted: string): boolean {
  const [at, from] = [positionOf(line, sha), positionOf(line, wanted)];
  return sha === wanted || (at >= 0 && from >= 0 && at <= from);
}

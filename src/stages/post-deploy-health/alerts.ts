import type { Alert } from "../../kit/alert.ts";
import { shortSha } from "../../kit/ids.ts";
import { doubtOf, sicknessOf } from "../alerting.ts";
import type { Policy } from "./policy.ts";
import type { Ending } from "./standing.ts";
import type { Watched } from "./watch.ts";

type About = Pick<Policy, "commitSha" | "traceId" | "environment" | "healthUrls" | "versionUrl" | "healthFile">;

/**
 * Whom a verdict wakes: an unhealthy deployment those on call, one that could not be judged those who look after the probes; a healthy one
 * ends both. A sick deployment is told by every commit that is found sick; what cannot be judged, once, whatever the commit.
 */
export function alertsOf(ending: Ending, policy: About): readonly Alert[] {
  if (ending.kind !== "watched" || ending.watched.verdict === null) return [];
  const { watched } = ending;
  const [sick, doubt] = [sicknessOf(policy), doubtOf(policy)];
  switch (watched.verdict) {
    case "healthy":
      return [sick, doubt].map((key) => alert(key, "resolved", watched, policy));
    case "unhealthy":
      // Its issue is the incident that rollback opens, where there is one and it gets so far.
      return [{ ...alert(sick, "firing", watched, policy), occasions: [policy.commitSha], expectsIssue: true }];
    default:
      return [{ ...alert(doubt, "firing", watched, policy), severity: "P1" }];
  }
}

function alert(key: string, state: Alert["state"], watched: Watched, { commitSha, traceId, environment }: About): Alert {
  const { reasons, runUrl, deployedSha } = watched;
  const fields = [{ name: "environment", value: environment }, { name: "commit", value: shortSha(commitSha) }, ...(deployedSha === "" ? [] : [{ name: "serving", value: shortSha(deployedSha) }])];
  const links = runUrl === "" ? [] : [{ label: "deployment", url: runUrl }];
  return { key, state, severity: "P0", title: titleOf(watched, shortSha(commitSha)), text: reasons.map(({ message }) => message).join("\n"), fields, links, traceId };
}

function titleOf({ verdict, arrived }: Watched, commit: string): string {
  if (verdict === "healthy") return `${commit} is deployed and healthy`;
  if (verdict === "unhealthy") return arrived ? `${commit} is deployed and unhealthy` : `${commit} could not be deployed`;
  return arrived ? `Whether ${commit}, which is deployed, is healthy could not be told` : `${commit} was not seen to be deployed`;
}

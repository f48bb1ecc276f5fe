import type { Alert } from "../../kit/alert.ts";
import { shortSha } from "../../kit/ids.ts";
import { doubtOf, refusalOf, sicknessOf } from "../alerting.ts";
import type { Policy } from "./policy.ts";
import type { Promotion } from "./promotion/course.ts";
import { byHand, headlineOf, needsHand } from "./promotion/report.ts";
import type { Ending } from "./standing.ts";
import type { Watched } from "./watch.ts";

type About = Pick<Policy, "commitSha" | "traceId" | "environment" | "healthUrls" | "versionUrl" | "healthFile" | "abortCommand">;

/**
 * Whom a verdict wakes: an unhealthy deployment those on call, one that could not be judged those who look after the probes; a healthy one
 * ends both. A sick deployment is told by every commit that is found sick; what cannot be judged, once, whatever the commit.
 */
export function alertsOf(ending: Ending, policy: About): readonly Alert[] {
  if (ending.kind === "promotion") return alertsOfPromotion(ending.promotion, policy);
  if (ending.kind !== "watched" || ending.watched.verdict === null) return [];
  const watched = { ...ending.watched, title: titleOf(ending.watched, shortSha(policy.commitSha)) };
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

/**
 * With users on a version that is not well, or nobody knows on which, those on call are woken, and told what to run. What was kept from
 * users, or taken from them, is for the morning: they are served the version before.
 */
function alertsOfPromotion(promotion: Promotion, policy: About): readonly Alert[] {
  const { verdict, green, isUrgent, users, deployedSha } = promotion;
  const { commitSha } = policy;
  if (verdict === null) return [];
  const [sick, doubt, refusal] = [sicknessOf(policy), doubtOf(policy), refusalOf(policy)];
  const told = { ...promotion, runUrl: green?.runUrl ?? "", title: headlineOf(promotion, shortSha(commitSha)) };
  if (verdict === "healthy") return [sick, doubt, refusal].map((key) => alert(key, "resolved", told, policy));
  const occasions = [commitSha];
  if (isUrgent || (users === "new" && verdict === "unhealthy")) {
    const hand = needsHand(promotion) ? `\nRun by hand:\n${byHand(deployedSha || commitSha, policy.abortCommand)}` : "";
    const urgent = alert(sick, "firing", told, policy);
    return [{ ...urgent, text: `${urgent.text}${hand}`, occasions }];
  }
  if (verdict === "unhealthy") return [{ ...alert(refusal, "firing", told, policy), severity: "P1", occasions }];
  return [{ ...alert(doubt, "firing", told, policy), severity: "P1" }];
}

function alert(key: string, state: Alert["state"], told: Pick<Watched, "reasons" | "runUrl" | "deployedSha"> & { readonly title: string }, { commitSha, traceId, environment }: About): Alert {
  const { reasons, runUrl, deployedSha, title } = told;
  const fields = [{ name: "environment", value: environment }, { name: "commit", value: shortSha(commitSha) }, ...(deployedSha === "" ? [] : [{ name: "serving", value: shortSha(deployedSha) }])];
  const links = runUrl === "" ? [] : [{ label: "deployment", url: runUrl }];
  return { key, state, severity: "P0", title, text: reasons.map(({ message }) => message).join("\n"), fields, links, traceId };
}

function titleOf({ verdict, arrived }: Watched, commit: string): string {
  if (verdict === "healthy") return `${commit} is deployed and healthy`;
  if (verdict === "unhealthy") return arrived ? `${commit} is deployed and unhealthy` : `${commit} could not be deployed`;
  return arrived ? `Whether ${commit}, which is deployed, is healthy could not be told` : `${commit} was not seen to be deployed`;
}

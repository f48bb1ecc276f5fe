import { branches } from "./branches.ts";
import { checks } from "./checks.ts";
import type { Api } from "./client.ts";
import { deployments } from "./deployments.ts";
import { issues } from "./issues.ts";
import { merges } from "./merges.ts";
import type { Branches, Checks, Deployments, Issues, Merges, PullRequests, Questions, Rollbacks } from "./port.ts";
import { pullRequests } from "./pulls.ts";
import { questions } from "./questions.ts";
import { rollbacks } from "./rollbacks.ts";

/** All areas at once, for callers that need most of them and whose start nobody waits for. */
export function everything(api: Api): Questions & Branches & PullRequests & Merges & Checks & Deployments & Rollbacks & Issues {
  return { ...questions(api), ...branches(api), ...pullRequests(api), ...merges(api), ...checks(api), ...deployments(api), ...rollbacks(api), ...issues(api) };
}

import type { Alert } from "../../kit/alert.ts";
import { InstantError, messageOf } from "../../kit/errors.ts";
import { shortSha } from "../../kit/ids.ts";
import { doubtOf, sicknessOf } from "../alerting.ts";
import type { Done, Ending } from "./ending.ts";
import type { Incident } from "./incident.ts";
import { isAutomatic, type Policy } from "./policy.ts";
import { duration, type Story } from "./texts.ts";

/**
 * Whom a rollback wakes. The incident is the sick deployment that post-deploy-health told of, if it did, and ends with the first healthy
 * verdict. That a person is needed, because the commit cannot be taken back or production stays sick without it, is news of its own.
 */
export function alertsOf(ending: Ending): readonly Alert[] {
  switch (ending.kind) {
    case "done":
      return alertsOfDone(ending);
    case "conflict":
      return [needsPerson(ending.story, ending.incident, { title: "could not be taken back", why: [`Later changes build on it, in ${ending.files.slice(0, 10).join(", ") || "files that git did not name"}.`, "The incident has the commands to finish by hand."] })];
    case "blocked":
      return [needsPerson(ending.story, ending.incident, { title: "was not taken back", why: ending.reasons.map(({ message }) => message) })];
    case "not-needed":
      return [sicknessOf(ending.story.policy), doubtOf(ending.story.policy), personKey(ending.story)].map((key) => over(key, ending.story, "stays: production is healthy with it"));
    case "refused":
    case "dry-run":
      return [];
  }
}

function alertsOfDone({ story, incident, now, verified, trbMs, pull }: Done): readonly Alert[] {
  // A run that came after all was done has nothing to begin.
  const began = now || incident?.isNew ? [incidentAlert(story, incident, pull?.url)] : [];
  if (verified === null) return [...began, over(personKey(story), story, "is taken back")];
  if (verified.verdict === "healthy") {
    const after = trbMs === null ? "" : `, ${duration(trbMs)} after it was detected`;
    const keys = [sicknessOf(story.policy), doubtOf(story.policy), personKey(story)];
    return [...began, ...keys.map((key) => over(key, story, `is taken back, and production is healthy${after}`))];
  }
  const state = verified.verdict === "unhealthy" ? "production is still unhealthy" : "whether production is healthy could not be told";
  return [...began, needsPerson(story, incident, { title: `was taken back, but ${state}`, why: [...verified.reasons, "No further rollback is tried."] })];
}

/** Fires when the incident is opened: a person hears of it while production is being brought back. */
export function incidentAlert(story: Story, incident: Pick<Incident, "number" | "url"> | null, hotfixUrl?: string): Alert {
  const { policy } = story;
  const links = [...linkTo(incident), ...(hotfixUrl === undefined ? [] : [{ label: "hotfix", url: hotfixUrl }])];
  return { ...alert(sicknessOf(policy), story), state: "firing", title: `Production rollback: ${policy.reason}`, text: `${shortSha(story.commit.sha)} was taken back; the incident says how it goes on.`, links, occasions: [story.commit.sha], hasIssue: incident !== null };
}

/**
 * A verdict that is not followed because the rollback itself failed: a permission is missing, GitHub or git does not answer. There may be
 * no incident that tells it. Who started it by hand sees that.
 */
export function alertsOfError(error: unknown, policy: Pick<Policy, "commitSha" | "prNumber" | "detectedAt" | "environment">, traceId: string): readonly Alert[] {
  if (!isAutomatic(policy)) return [];
  const named = policy.commitSha === "" ? `#${policy.prNumber}` : shortSha(policy.commitSha);
  const why = error instanceof InstantError ? error.problems.map(({ what, fix }) => `${what}. ${fix}`) : [messageOf(error)];
  return [{
    key: keyOf(policy.commitSha || `pr-${policy.prNumber}`), state: "firing", severity: "P0", title: `A person is needed: the rollback of ${named} failed`,
    text: [...why, "Run the job again when that is mended: it goes on from where it ended."].join("\n"), fields: [{ name: "environment", value: policy.environment }, { name: "commit", value: named }], links: [], traceId,
  }];
}

function linkTo(incident: Pick<Incident, "number" | "url"> | null): Alert["links"] {
  return incident === null ? [] : [{ label: `incident #${incident.number}`, url: incident.url }];
}

function personKey({ commit }: Story): string {
  return keyOf(commit.sha);
}

function keyOf(named: string): string {
  return `rollback-needs-person:${named}`;
}

function needsPerson(story: Story, incident: Incident | null, { title, why }: { readonly title: string; readonly why: readonly string[] }): Alert {
  const commit = shortSha(story.commit.sha);
  return { ...alert(personKey(story), story), state: "firing", title: `A person is needed: ${commit} ${title}`, text: why.join("\n"), links: linkTo(incident), hasIssue: incident !== null };
}

function over(key: string, story: Story, how: string): Alert {
  return { ...alert(key, story), state: "resolved", title: `${shortSha(story.commit.sha)} ${how}`, text: story.policy.reason, links: [] };
}

function alert(key: string, { policy, commit, traceId }: Story): Pick<Alert, "key" | "severity" | "fields" | "traceId"> {
  return { key, severity: "P0", fields: [{ name: "environment", value: policy.environment }, { name: "commit", value: shortSha(commit.sha) }], traceId };
}

import { ISSUE_LABELS } from "./policy.ts";
import type { RollbackPorts } from "./ports.ts";
import { type Outcome, type Story, issueBody, issueTitle } from "./texts.ts";

export interface Incident {
  readonly number: number;
  readonly url: string;
  /** False when an earlier run had opened it. */
  readonly isNew: boolean;
}

/** The one P0 issue of this commit: the open one, found by its marker, or a new one. */
export async function ensureIncident(story: Story, outcome: Outcome, { repo, log }: Pick<RollbackPorts, "repo" | "log">): Promise<Incident> {
  const { incident } = story.facts;
  if (incident) return { number: incident.number, url: incident.url, isNew: false };
  const { number, url } = await repo.openIssue({ title: issueTitle(story), body: issueBody(story, outcome), labels: ISSUE_LABELS });
  log.info("the incident is open", { operation: "rollback", issue: url });
  return { number, url, isNew: true };
}

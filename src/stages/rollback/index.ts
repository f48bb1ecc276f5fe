import type { RunContext } from "../../kit/context.ts";
import { newTraceId, traceIdIn } from "../../kit/ids.ts";
import type { Report } from "../../kit/report.ts";
import { alertsOf, incidentAlert } from "./alerts.ts";
import { assess } from "./assess.ts";
import { Course } from "./course.ts";
import type { Ending } from "./ending.ts";
import type { Commit, Facts } from "./facts.ts";
import { Incidents } from "./incident.ts";
import { takenBackBy } from "./line.ts";
import { type Policy, checkPolicy } from "./policy.ts";
import type { RollbackPorts } from "./ports.ts";
import { recordOf } from "./note.ts";
import { report } from "./report.ts";
import { targetOf } from "./target.ts";
import type { Story } from "./texts.ts";

export type { RollbackPorts, Verified } from "./ports.ts";

/**
 * Takes a commit back: plans, reverts in a hotfix pull request, merges it, opens the incident, deploys the reverted state and waits
 * until it is healthy. A run that is started again goes on from where the last one ended.
 * @throws InstantError when the configuration, GitHub or a permission fails; what is refused or conflicts is a report, not an error.
 */
export async function rollback(given: Policy, ports: RollbackPorts, context: Pick<RunContext, "runUrl" | "runAttempt">): Promise<Report> {
  checkPolicy(given);
  const startedAt = ports.clock.now();
  const fallback = newTraceId();
  const target = await targetOf(given, ports.repo);
  const policy = target.kind === "found" ? { ...given, commitSha: target.sha } : given;
  const tell = (facts: Facts, commit: Commit): Story => {
    const assessment = assess(facts, policy, commit);
    const claim = takenBackBy(facts.history, commit.sha, facts.pull?.number ?? null);
    return { policy, facts, commit, assessment, span: assessment.span, claim, traceId: traceIdOf(policy, facts) ?? fallback, runUrl: context.runUrl, startedAt };
  };
  const course = () => new Course(policy, { ...ports, incidents: new Incidents(ports, (story, incident) => ports.tell?.([incidentAlert(story, incident)])) }, { tell, startedAt, attempt: context.runAttempt, pull: target.kind === "found" ? target.pull : null });
  const ending: Ending = target.kind === "found" ? await course().run() : { kind: "refused", story: null, reasons: target.reasons, handedOver: false };
  const told = report(ending, { policy, traceId: ending.story?.traceId ?? (policy.traceId || fallback), apiRequests: ports.repo.requestCount(), elapsedMs: ports.clock.now() - startedAt });
  const known = ending.story === null ? policy.traceId : traceIdOf(policy, ending.story.facts);
  return { ...told, alerts: alertsOf(ending), ...(known ? recordOf(ending, policy, known) : {}) };
}

/** The task that is taken back names itself in its pull request and its commit. */
function traceIdOf(policy: Policy, { hotfix, pull, commit }: Facts): string | undefined {
  const texts = [hotfix.pulls[0]?.body, pull?.body, commit?.message];
  return policy.traceId || texts.map((text) => traceIdIn(text ?? "")).find((found) => found !== undefined);
}

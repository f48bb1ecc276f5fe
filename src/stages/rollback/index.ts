import type { RunContext } from "../../kit/context.ts";
import { newTraceId, traceIdIn } from "../../kit/ids.ts";
import type { Report } from "../../kit/report.ts";
import { alertsOf, incidentAlert } from "./alerts.ts";
import { assess } from "./assess.ts";
import { Course } from "./course.ts";
import type { Commit, Facts } from "./facts.ts";
import { takeBackFurther } from "./further.ts";
import { Incidents } from "./incident.ts";
import { takenBackBy } from "./line.ts";
import { type Policy, checkPolicy } from "./policy.ts";
import type { RollbackPorts } from "./ports.ts";
import { recordOf } from "./note.ts";
import { report } from "./report.ts";
import { type NamedPull, targetOf } from "./target.ts";
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
  const course = (about: Policy, pull: NamedPull | null) => courseOf(about, ports, { ...context, startedAt, fallback, pull });
  const ending = target.kind === "found" ? await course(policy, target.pull).run() : ({ kind: "refused", story: null, reasons: target.reasons, handedOver: false } as const);
  // Another change is another task, with a pull request and an incident of its own.
  const final = await takeBackFurther(ending, (sha) => course({ ...policy, commitSha: sha, prNumber: 0, traceId: "" }, null).run(), ports.log);
  const told = report(final, { policy, traceId: final.story?.traceId ?? (policy.traceId || fallback), apiRequests: ports.repo.requestCount(), elapsedMs: ports.clock.now() - startedAt });
  const known = final.story === null ? policy.traceId : traceIdOf(policy, final.story.facts);
  return { ...told, alerts: alertsOf(final), ...(known ? recordOf(final, policy, known) : {}) };
}

interface Surroundings extends Pick<RunContext, "runUrl" | "runAttempt"> {
  readonly startedAt: number;
  /** The trace id of what names none. */
  readonly fallback: string;
  readonly pull: NamedPull | null;
}

/** The way of one change, from the plan to the verdict on production without it. */
function courseOf(policy: Policy, ports: RollbackPorts, { runUrl, runAttempt, startedAt, fallback, pull }: Surroundings): Course {
  const tell = (facts: Facts, commit: Commit): Story => {
    const assessment = assess(facts, policy, commit);
    const claim = takenBackBy(facts.history, commit.sha, facts.pull?.number ?? null);
    return { policy, facts, commit, assessment, span: assessment.span, claim, traceId: traceIdOf(policy, facts) ?? fallback, runUrl, startedAt };
  };
  const incidents = new Incidents(ports, (story, incident) => ports.tell?.([incidentAlert(story, incident)]));
  return new Course(policy, { ...ports, incidents }, { tell, startedAt, attempt: runAttempt, pull });
}

/** The task that is taken back names itself in its pull request and its commit. */
function traceIdOf(policy: Policy, { hotfix, pull, commit }: Facts): string | undefined {
  const texts = [hotfix.pulls[0]?.body, pull?.body, commit?.message];
  return policy.traceId || texts.map((text) => traceIdIn(text ?? "")).find((found) => found !== undefined);
}

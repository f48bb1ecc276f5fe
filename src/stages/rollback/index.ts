import type { RunContext } from "../../kit/context.ts";
import { failure } from "../../kit/errors.ts";
import { newTraceId, traceIdIn } from "../../kit/ids.ts";
import type { Report } from "../../kit/report.ts";
import { alertsOf } from "./alerts.ts";
import { carryOut } from "./apply.ts";
import { type Plan, because, decide } from "./decide.ts";
import { effectsOf } from "./effects.ts";
import type { Ending } from "./ending.ts";
import { type Commit, type Facts, gather } from "./facts.ts";
import { conclude, stopped } from "./finish.ts";
import { MAX_ROUNDS, type Policy, checkPolicy } from "./policy.ts";
import type { RollbackPorts } from "./ports.ts";
import { recordOf } from "./note.ts";
import { report } from "./report.ts";
import type { Story } from "./texts.ts";

export type { RollbackPorts, Verified } from "./ports.ts";

/**
 * Takes a commit back: plans, reverts in a hotfix pull request, merges it, opens the incident, deploys the reverted state and waits
 * until it is healthy. A run that is started again goes on from where the last one ended.
 * @throws InstantError when the configuration, GitHub or a permission fails; what is refused or conflicts is a report, not an error.
 */
export async function rollback(policy: Policy, ports: RollbackPorts, context: Pick<RunContext, "runUrl">): Promise<Report> {
  checkPolicy(policy);
  const startedAt = ports.clock.now();
  const fallback = newTraceId();
  const tell = (facts: Facts, commit: Commit): Story => ({ policy, facts, commit, traceId: traceIdOf(policy, facts) ?? fallback, runUrl: context.runUrl, startedAt });
  const ending = await run(policy, ports, tell);
  const alerts = alertsOf(ending);
  const told = report(ending, { policy, traceId: ending.story?.traceId ?? (policy.traceId || fallback), apiRequests: ports.repo.requestCount(), elapsedMs: ports.clock.now() - startedAt });
  const known = ending.story === null ? policy.traceId : traceIdOf(policy, ending.story.facts);
  return { ...told, alerts, ...(known ? recordOf(ending, policy, known) : {}) };
}

/** Looks and acts, again when the world moved meanwhile, at most five times. */
async function run(policy: Policy, ports: RollbackPorts, tell: (facts: Facts, commit: Commit) => Story): Promise<Ending> {
  let moved = "";
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const facts = await gather(policy, ports.repo);
    const plan = decide(facts, policy);
    ports.log.info("planned the rollback", { operation: "rollback", round, plan: plan.kind, reasons: plan.reasons.map(({ message }) => message).join("; ") || undefined });
    if (facts.commit === null || plan.kind === "refuse") return refusal(plan, facts, policy, ports, tell);
    const story = tell(facts, facts.commit);
    if (policy.dryRun) return { kind: "dry-run", story, reasons: plan.reasons, effects: effectsOf(plan, story) };
    if (plan.kind === "finish") return conclude(story, { sha: plan.pull.mergeSha ?? facts.head.sha, pull: plan.pull, now: false, first: false }, ports);
    const step = await carryOut(plan, story, ports);
    switch (step.kind) {
      case "merged":
        return conclude(story, { sha: step.sha, pull: step.pull, now: true, first: plan.kind !== "merge" }, ports);
      case "gone":
        return conclude(story, { sha: facts.head.sha, pull: null, now: false, first: false }, ports);
      case "conflict":
      case "blocked":
        return stopped(story, step, ports);
      case "again":
        moved = step.why;
        ports.log.info("looking again", { operation: "rollback", reason: step.why });
    }
  }
  throw failure("service", { what: `The repository kept moving: ${moved}`, fix: "Run the job again; it goes on from where this one ended." });
}

async function refusal(plan: Plan, facts: Facts, policy: Policy, ports: RollbackPorts, tell: (facts: Facts, commit: Commit) => Story): Promise<Ending> {
  const story = facts.commit === null ? null : tell(facts, facts.commit);
  const refused = plan.kind === "refuse" ? plan : { reasons: [because("unknown", "the commit is not known")], alarm: false, handedOver: false };
  if (story && policy.dryRun) return { kind: "dry-run", story, reasons: refused.reasons, effects: effectsOf(plan, story) };
  if (story && refused.alarm) return stopped(story, { kind: "blocked", reasons: refused.reasons, evidence: "", pull: null }, ports);
  return { kind: "refused", story, reasons: refused.reasons, handedOver: refused.handedOver };
}

/** The task that is taken back names itself in its pull request and its commit. */
function traceIdOf(policy: Policy, { hotfix, pull, commit }: Facts): string | undefined {
  const texts = [hotfix.pulls[0]?.body, pull?.body, commit?.message];
  return policy.traceId || texts.map((text) => traceIdIn(text ?? "")).find((found) => found !== undefined);
}

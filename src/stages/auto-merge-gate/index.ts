import { newTraceId, traceIdIn } from "../../kit/ids.ts";
import type { RunContext } from "../../kit/context.ts";
import type { Report } from "../../kit/report.ts";
import { alertsOf } from "./alerts.ts";
import { run } from "./course.ts";
import type { Ending, GatePorts } from "./ending.ts";
import type { GateFacts } from "./facts.ts";
import { GATE_CHECK, type Policy } from "./policy.ts";
import { noteOf } from "./note.ts";
import { report } from "./report.ts";

export type { GatePorts } from "./ending.ts";
export type { Recheck } from "./rebuild.ts";
export type { Policy } from "./policy.ts";

/**
 * Merges exactly the commit it judged, or says why not: gather → decide → apply, again while there is something to wait for or
 * to rebuild, then report.
 * @throws InstantError when GitHub or a permission fails; a pull request that may not be merged is a report, not an error.
 */
export async function gate(policy: Policy, ports: GatePorts, context: Pick<RunContext, "runId" | "runUrl" | "job">): Promise<Report> {
  const started = ports.clock.now();
  const fallback = newTraceId();
  let adopted = policy;
  let isTask = policy.traceId !== "";
  const adopt = ({ pull, repository }: GateFacts): Policy => {
    // Anybody can write a trace id into the text of a pull request of a fork.
    isTask ||= traceIdIn(pull.body) !== undefined && pull.head.repository?.toLowerCase() === repository.toLowerCase();
    adopted = { ...policy, traceId: policy.traceId || traceIdIn(pull.body) || fallback };
    return adopted;
  };
  const ending = await run(policy, adopt, ports, { runId: context.runId, job: context.job });
  if (hasNews(ending, policy)) {
    const { tell } = await import("./tell.ts");
    await tell({ ending, policy: adopted, runUrl: context.runUrl, now: ports.clock.now() }, ports.repo, ports.log);
  }
  const told = report(ending, adopted, { apiRequests: ports.repo.requestCount(), elapsedMs: ports.clock.now() - started });
  const alerts = alertsOf(ending, isTask ? adopted.traceId : "");
  const isOnRecord = isTask && ending.outcome !== "dry-run" && ending.outcome !== "explained";
  return { ...told, alerts, ...(isOnRecord ? { record: noteOf(ending, adopted, ports.clock.now()) } : {}) };
}

/** A green pull request on which nothing was said has no need of the code that says it. */
function hasNews({ outcome, facts }: Ending, { issueOnFailure }: Policy): boolean {
  if (outcome === "explained" || outcome === "dry-run") return false;
  const merged = outcome === "merged" || outcome === "already-merged";
  return !merged || issueOnFailure || facts.pull.ownComments.length > 0 || facts.pull.checks.some(({ name }) => name === GATE_CHECK);
}

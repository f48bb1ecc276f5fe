import { newTraceId, traceIdIn } from "../../kit/ids.ts";
import type { RunContext } from "../../kit/context.ts";
import type { Report } from "../../kit/report.ts";
import { alertsOf } from "./alerts.ts";
import { type GatePorts, run } from "./course.ts";
import type { GateFacts } from "./facts.ts";
import type { Policy } from "./policy.ts";
import { noteOf } from "./note.ts";
import { report } from "./report.ts";

export type { GatePorts } from "./course.ts";
export type { Recheck } from "./rebuild.ts";
export type { Policy } from "./policy.ts";

/**
 * Merges exactly the commit it judged, or says why not: gather → decide → apply, again while there is something to wait for or
 * to rebuild, then report.
 * @throws InstantError when GitHub or a permission fails; a pull request that may not be merged is a report, not an error.
 */
export async function gate(policy: Policy, ports: GatePorts, context: Pick<RunContext, "runId">): Promise<Report> {
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
  const ending = await run(policy, adopt, ports, context.runId);
  const told = report(ending, adopted, { apiRequests: ports.repo.requestCount(), elapsedMs: ports.clock.now() - started });
  const alerts = alertsOf(ending, isTask ? adopted.traceId : "");
  return { ...told, alerts, ...(isTask && ending.outcome !== "dry-run" ? { record: noteOf(ending, adopted, ports.clock.now()) } : {}) };
}

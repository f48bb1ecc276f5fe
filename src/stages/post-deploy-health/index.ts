import type { Repository } from "../../github/port.ts";
import { newTraceId, traceIdIn } from "../../kit/ids.ts";
import type { Report } from "../../kit/report.ts";
import { alertsOf } from "./alerts.ts";
import { Lookout } from "./facts.ts";
import { type Policy, checkPolicy } from "./policy.ts";
import { recordOf } from "./note.ts";
import { report } from "./report.ts";
import { type Ending, standing } from "./standing.ts";
import { type WatchPorts, watchDeployment } from "./watch.ts";

export { verifierOf } from "./verifier.ts";
export { type WatchPorts, type Watched, watchDeployment } from "./watch.ts";

export interface HealthPorts extends WatchPorts {
  readonly repo: Repository;
}

/**
 * Starts or finds the deployment of a commit, waits until it is served, probes it and gives a verdict.
 * @throws InstantError when the configuration, GitHub or a permission fails; an unhealthy deployment is a report, not an error.
 */
export async function verify(policy: Policy, ports: HealthPorts): Promise<Report> {
  checkPolicy(policy);
  const startedAt = ports.clock.now();
  const lookout = new Lookout(ports, policy, policy.commitSha);
  lookout.prepare();
  const target = await ports.repo.readDeployTarget(policy.commitSha);
  const ending = standing(policy.commitSha, target, startedAt) ?? (await watch(policy, ports, lookout, target.defaultBranch));
  const cost = { apiRequests: ports.repo.requestCount(), elapsedMs: ports.clock.now() - startedAt };
  const traceId = policy.traceId || traceIdIn(target.message);
  const told = report(ending, { ...policy, traceId: traceId || newTraceId() }, cost);
  const alerts = alertsOf(ending, { ...policy, traceId: traceId ?? "" });
  return { ...told, alerts, ...(traceId ? recordOf(ending, { ...policy, traceId }) : {}) };
}

async function watch(policy: Policy, ports: HealthPorts, lookout: Lookout, defaultBranch: string): Promise<Ending> {
  const watched = await watchDeployment(policy, ports, { sha: policy.commitSha, defaultBranch, dryRun: policy.dryRun }, lookout);
  return { kind: "watched", watched };
}

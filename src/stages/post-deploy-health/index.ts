import type { Deployments, RepositoryHandle } from "../../github/port.ts";
import { failure, messageOf } from "../../kit/errors.ts";
import { newTraceId, shortSha, traceIdIn } from "../../kit/ids.ts";
import type { Report } from "../../kit/report.ts";
import type { Ledger } from "../../ledger/port.ts";
import type { WatchPorts } from "./facts.ts";
import { type Health, openHealth } from "./health.ts";
import { type LastGood, readLastGood } from "./last-good.ts";
import { alertsOf } from "./alerts.ts";
import { recordOf } from "./note.ts";
import { type Policy, checkPolicy } from "./policy.ts";
import type { PromotionPorts } from "./promotion/ports.ts";
import { report } from "./report.ts";
import { type Ending, standing } from "./standing.ts";
import { prepare, type Prepared, watchDeployment } from "./watch.ts";

export { verifierOf } from "./verifier.ts";
export type { WatchPorts } from "./facts.ts";
export type { PromotionPorts } from "./promotion/ports.ts";
export { type Watched, watchDeployment } from "./watch.ts";

export interface HealthPorts extends WatchPorts {
  readonly repo: WatchPorts["repo"] & Pick<Deployments, "readDeployTarget"> & RepositoryHandle;
  /** How users are moved; null: nobody is. */
  readonly promotion: PromotionPorts | null;
  /** Where the last good deployment is on record; null where no record is kept. */
  readonly ledger: Ledger | null;
}

/**
 * Starts or finds the deployment of a commit, waits until it is served, probes it and gives a verdict.
 * @throws InstantError when the configuration, GitHub or a permission fails; an unhealthy deployment is a report, not an error.
 */
export async function verify(policy: Policy, ports: HealthPorts): Promise<Report> {
  checkPolicy(policy);
  const startedAt = ports.clock.now();
  const { repo } = ports;
  const reading = repo.readDeployTarget(policy.commitSha);
  let onDefaultBranch: Promise<boolean> | undefined;
  const isOnDefaultBranch = () => (onDefaultBranch ??= reading.then(({ defaultSha }) => defaultSha === policy.commitSha || repo.contains(defaultSha, policy.commitSha)));
  const commit = { sha: policy.commitSha, isOnDefaultBranch };
  const { promotion } = ports;
  const health = openHealth(policy, ports, commit);
  const prepared = promotion === null ? prepare(policy, ports, commit, health) : prepare(policy, { ...ports, version: promotion.greenVersion }, commit, health.then(async (live) => (await import("./promotion/green.ts")).openGreen(policy, ports, live)));
  const lastGood = recall(policy, ports);
  const target = await reading;
  const ended = standing(policy.commitSha, target, startedAt);
  if (ended) prepared.abandon();
  const known = { prepared, defaultBranch: target.defaultBranch, lastGood };
  const ending = ended ?? (promotion === null ? await watch(policy, ports, known) : await promote(policy, { ...ports, ...promotion }, { ...known, live: await health }, isOnDefaultBranch));
  const cost = { apiRequests: repo.requestCount(), elapsedMs: ports.clock.now() - startedAt };
  const traceId = policy.traceId || traceIdIn(target.message);
  const told = report(ending, { ...policy, traceId: traceId || newTraceId() }, cost);
  const alerts = alertsOf(ending, { ...policy, traceId: traceId ?? "" });
  return { ...told, alerts, ...(traceId ? recordOf(ending, { ...policy, traceId }) : {}) };
}

interface Known {
  readonly prepared: Prepared;
  readonly defaultBranch: string;
  readonly lastGood: Promise<LastGood | null>;
}

async function watch(policy: Policy, ports: HealthPorts, { prepared, ...known }: Known): Promise<Ending> {
  const watched = await watchDeployment(policy, ports, { sha: policy.commitSha, dryRun: policy.dryRun, contrast: true, ...known }, prepared);
  return { kind: "watched", watched };
}

/** @throws InstantError blaming the configuration when the commit is not one that users may be moved to. */
async function promote(policy: Policy, ports: HealthPorts & PromotionPorts, known: Known & { readonly live: Health }, isOnDefaultBranch: () => Promise<boolean>): Promise<Ending> {
  if (!(await isOnDefaultBranch())) {
    known.prepared.abandon();
    throw failure("configuration", {
      what: `Users are not moved to ${shortSha(policy.commitSha)}: it is not on ${known.defaultBranch}`,
      where: "promote-command",
      fix: "Promote commits that were merged; for previews of others leave out `promote-command`.",
    });
  }
  const { promoteDeployment } = await import("./promotion/course.ts");
  const recheck = async () => standing(policy.commitSha, await ports.repo.readDeployTarget(policy.commitSha), ports.clock.now()) ?? null;
  return { kind: "promotion", promotion: await promoteDeployment(policy, ports, { ...known, recheck }) };
}

/** A record that cannot be read is none. */
async function recall(policy: Policy, { ledger, repo, clock, log }: HealthPorts): Promise<LastGood | null> {
  if (ledger === null) return null;
  try {
    return await readLastGood(ledger, { repository: `${repo.owner}/${repo.name}`, environment: policy.environment, commit: policy.commitSha, now: clock.now() });
  } catch (error) {
    log.warning("the last good deployment could not be read from the record", { operation: "health", error: messageOf(error) });
    return null;
  }
}

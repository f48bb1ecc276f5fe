import type { RunContext } from "../../kit/context.ts";
import { failure } from "../../kit/errors.ts";
import { newTraceId, traceIdIn } from "../../kit/ids.ts";
import type { Report } from "../../kit/report.ts";
import { checkRunOf, publish } from "./apply.ts";
import { decide } from "./decide.ts";
import { type CiPorts, gather } from "./facts.ts";
import type { CheckPolicy, Policy } from "./policy.ts";
import { missingPermission, report } from "./report.ts";
import { sarifOf } from "./sarif.ts";
import { targetOf } from "./target.ts";

export type { CiPorts } from "./facts.ts";
export type { CheckPolicy, Policy } from "./policy.ts";

/**
 * Runs every check of a pull request at once and publishes one check run on its head: gather → decide → apply → report.
 * @throws InstantError when GitHub, git or a permission fails; a red check is a report, not an error.
 */
export async function fastCi(policy: Policy, ports: CiPorts, context: RunContext): Promise<Report> {
  const facts = await gather(policy, ports, targetOf(policy, context));
  const decision = decide(facts);
  const known = policy.traceId || traceIdIn(facts.body);
  const traceId = known || newTraceId();
  const published = policy.dryRun ? { kind: "dry-run" as const } : await publish(checkRunOf(facts, decision, policy.checkName, traceId), ports.repo);
  if (policy.sarifFile !== "") await ports.write?.(policy.sarifFile, sarifOf(facts, `${context.serverUrl}/${context.owner}/${context.repo}`));
  // The runs of forks and of Dependabot have a read-only token, which is nobody's mistake (PLATFORM, Tokens).
  const mayWrite = !facts.fork && context.actor !== "dependabot[bot]";
  return report({ facts, decision, published, checkName: policy.checkName, traceId, apiRequests: ports.repo.requestCount(), mayWrite, isTask: Boolean(known) && !facts.fork });
}

/** What a gate asks about a commit that no event starts CI for (DESIGN 5). */
export interface Judgement {
  readonly conclusion: "success" | "failure" | "error";
  readonly failedChecks: readonly string[];
  readonly url: string | null;
}

/**
 * The checks as a function of a commit, for the gate: it checks `sha` of a pull request and publishes the check run there.
 * @throws InstantError blaming a permission when the check run cannot be written, for then nobody would see it.
 */
export function recheckWith(policy: CheckPolicy, ports: CiPorts): (commit: { readonly sha: string; readonly prNumber: number; readonly traceId: string }) => Promise<Judgement> {
  return async ({ sha, prNumber, traceId }) => {
    const facts = await gather(policy, ports, { prNumber, sha, baseSha: null, body: "", fork: false, powerless: false });
    const decision = decide(facts);
    const published = await publish(checkRunOf(facts, decision, policy.checkName, traceId), ports.repo);
    if (published.kind === "read-only") {
      throw failure("permission", { what: missingPermission(policy.checkName), fix: "Give the job of the gate `permissions: checks: write`." });
    }
    for (const reason of decision.reasons) ports.log.warning(reason);
    return { conclusion: decision.kind, failedChecks: decision.failedChecks, url: published.kind === "published" ? published.url : null };
  };
}

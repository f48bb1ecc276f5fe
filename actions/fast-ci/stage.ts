import { openChecks } from "../../src/checks/index.ts";
import { checks } from "../../src/github/checks.ts";
import { connect } from "../../src/github/index.ts";
import { pullRequests } from "../../src/github/pulls.ts";
import type { Report } from "../../src/kit/report.ts";
import type { Tools } from "../../src/runtime/run-action.ts";
import { fastCi } from "../../src/stages/fast-ci/index.ts";
import type { Policy } from "../../src/stages/fast-ci/policy.ts";
import { openCheckouts } from "../../src/workspace/index.ts";
import { traceOf, tracing } from "../telemetry.ts";

/** Puts the parts together: one import for all that a job needs which is not paused. @throws InstantError as the stage does. */
export async function stage(policy: Policy, { context, log, clock, telemetry }: Tools): Promise<Report> {
  const repo = connect({ context, token: policy.token, log, clock, stage: "fast-ci", ...(await tracing(telemetry)) }, (api) => ({ ...pullRequests(api), ...checks(api) }));
  const checkouts = openCheckouts({ context, token: policy.token, log, ...traceOf(telemetry) });
  const results = policy.cacheDir === "" || policy.cacheKey === "" ? undefined : (await import("../../src/checks/results.ts")).openResults({ folder: policy.cacheDir, key: policy.cacheKey, workspace: context.workspace, repository: `${context.owner}/${context.repo}` });
  const write = async (path: string, text: string) => (await import("../../src/workspace/output.ts")).writeBelow(context.workspace, path, text);
  const report = await fastCi(policy, { repo, checkouts, checks: openChecks(policy), clock, log, write, ...(results === undefined ? {} : { results }) }, context);
  const problem = results?.close() ?? null;
  if (problem !== null) log.warning(`Nothing could be kept in ${policy.cacheDir}: ${problem}`);
  return report;
}

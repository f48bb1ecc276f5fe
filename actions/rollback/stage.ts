import { everything } from "../../src/github/everything.ts";
import { connect } from "../../src/github/index.ts";
import type { Report } from "../../src/kit/report.ts";
import type { Tools } from "../../src/runtime/run-action.ts";
import { verifierOf } from "../../src/stages/post-deploy-health/index.ts";
import { rollback } from "../../src/stages/rollback/index.ts";
import type { Policy } from "../../src/stages/rollback/policy.ts";
import { openCheckouts } from "../../src/workspace/index.ts";
import { openProbes } from "../probes.ts";
import { traceOf, tracing } from "../telemetry.ts";

/** Puts the parts together: one import for all that a job needs which is not paused. @throws InstantError as the stage does. */
export async function stage(policy: Policy, { context, log, clock, telemetry, ledger, mask, tell }: Tools): Promise<Report> {
  const repo = connect({ context, token: policy.token, log, clock, stage: "rollback", ...(await tracing(telemetry)) }, everything);
  const probes = openProbes(policy, { context, log, mask, telemetry });
  const checkouts = openCheckouts({ context, token: policy.token, log, ...traceOf(telemetry) });
  const verify = verifierOf(policy, { repo, ...probes, log, clock });
  return rollback(policy, { repo, checkouts, verify, version: probes.version, ledger, clock, log, tell }, context);
}

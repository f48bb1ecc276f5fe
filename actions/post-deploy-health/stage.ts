import { branches } from "../../src/github/branches.ts";
import { deployments } from "../../src/github/deployments.ts";
import { connect } from "../../src/github/index.ts";
import type { Report } from "../../src/kit/report.ts";
import type { Tools } from "../../src/runtime/run-action.ts";
import { verify } from "../../src/stages/post-deploy-health/index.ts";
import type { Policy } from "../../src/stages/post-deploy-health/policy.ts";
import { openProbes } from "../probes.ts";
import { openPromotion } from "../promotion.ts";
import { tracing } from "../telemetry.ts";

/** Puts the parts together: one import for all that a job needs which is not paused. @throws InstantError as the stage does. */
export async function stage(policy: Policy, { context, log, clock, telemetry, ledger, mask }: Tools): Promise<Report> {
  const probes = openProbes(policy, { context, log, mask, telemetry });
  const [promotion, traced] = await Promise.all([openPromotion(policy, { context, mask, telemetry }), tracing(telemetry)]);
  const repo = connect({ context, token: policy.token, log, clock, stage: "post-deploy-health", ...traced }, (api) => ({ ...branches(api), ...deployments(api) }));
  return verify(policy, { repo, ...probes, promotion, ledger, log, clock });
}

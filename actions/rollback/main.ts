import { runAction } from "../../src/runtime/run-action.ts";
import { inputs } from "../../src/stages/rollback/policy.ts";
import { openRecord } from "../ledger.ts";
import { openWatch, traceOf, tracing } from "../telemetry.ts";

await runAction({
  name: "rollback",
  inputs,
  record: openRecord,
  watch: openWatch,
  stage: async (policy, { context, log, clock, telemetry }) => {
    const [{ connect }, { openCheckouts }, { connectProbes }, { verifierOf }, { rollback }] = await Promise.all([
      import("../../src/github/index.ts"),
      import("../../src/workspace/index.ts"),
      import("../../src/probes/index.ts"),
      import("../../src/stages/post-deploy-health/index.ts"),
      import("../../src/stages/rollback/index.ts"),
    ]);
    const repo = connect({ context, token: policy.token, log, clock, stage: "rollback", ...(await tracing(telemetry)) });
    const verify = verifierOf(policy, { repo, ...connectProbes(policy, traceOf(telemetry)), log, clock });
    return rollback(policy, { repo, checkouts: openCheckouts({ context, token: policy.token, log, ...traceOf(telemetry) }), verify, clock, log }, context);
  },
});

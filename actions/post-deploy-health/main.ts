import { runAction } from "../../src/runtime/run-action.ts";
import { inputs } from "../../src/stages/post-deploy-health/policy.ts";
import { openRecord } from "../ledger.ts";
import { openWatch, traceOf, tracing } from "../telemetry.ts";

await runAction({
  name: "post-deploy-health",
  inputs,
  record: openRecord,
  watch: openWatch,
  stage: async (policy, { context, log, clock, telemetry }) => {
    const [{ connect }, { connectProbes }, { verify }] = await Promise.all([
      import("../../src/github/index.ts"),
      import("../../src/probes/index.ts"),
      import("../../src/stages/post-deploy-health/index.ts"),
    ]);
    const repo = connect({ context, token: policy.token, log, clock, stage: "post-deploy-health", ...(await tracing(telemetry)) });
    return verify(policy, { repo, ...connectProbes(policy, traceOf(telemetry)), log, clock });
  },
});

import { runAction } from "../../src/runtime/run-action.ts";
import { inputs } from "../../src/stages/fast-ci/policy.ts";
import { openRecord } from "../ledger.ts";
import { openWatch, traceOf, tracing } from "../telemetry.ts";

await runAction({
  name: "fast-ci",
  inputs,
  record: openRecord,
  watch: openWatch,
  stage: async (policy, { context, log, clock, telemetry }) => {
    const [{ connect }, { openCheckouts }, { openChecks }, { fastCi }] = await Promise.all([
      import("../../src/github/index.ts"),
      import("../../src/workspace/index.ts"),
      import("../../src/checks/index.ts"),
      import("../../src/stages/fast-ci/index.ts"),
    ]);
    const repo = connect({ context, token: policy.token, log, clock, stage: "fast-ci", ...(await tracing(telemetry)) });
    const checkouts = openCheckouts({ context, token: policy.token, log, ...traceOf(telemetry) });
    const checks = openChecks({ names: policy.checks, smokeCommand: policy.smokeCommand });
    return fastCi(policy, { repo, checkouts, checks, clock, log }, context);
  },
});

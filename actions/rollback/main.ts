import { runAction } from "../../src/runtime/run-action.ts";
import { inputs } from "../../src/stages/rollback/policy.ts";
import { openRecord } from "../ledger.ts";
import { openPeople } from "../people.ts";
import { openProbes } from "../probes.ts";
import { openWatch, traceOf, tracing } from "../telemetry.ts";

await runAction({
  name: "rollback",
  inputs,
  record: openRecord,
  watch: openWatch,
  people: openPeople,
  alertsOf: async (error, traceId, policy) => (await import("../../src/stages/rollback/alerts.ts")).alertsOfError(error, policy, traceId),
  stage: async (policy, { context, log, clock, telemetry, ledger, mask, tell }) => {
    const [{ connect }, { openCheckouts }, probes, { verifierOf }, { rollback }] = await Promise.all([
      import("../../src/github/index.ts"),
      import("../../src/workspace/index.ts"),
      openProbes(policy, { context, log, mask, telemetry }),
      import("../../src/stages/post-deploy-health/index.ts"),
      import("../../src/stages/rollback/index.ts"),
    ]);
    const repo = connect({ context, token: policy.token, log, clock, stage: "rollback", ...(await tracing(telemetry)) });
    const verify = verifierOf(policy, { repo, ...probes, log, clock });
    return rollback(policy, { repo, checkouts: openCheckouts({ context, token: policy.token, log, ...traceOf(telemetry) }), verify, version: probes.version, ledger, clock, log, tell }, context);
  },
});

import { runAction } from "../../src/runtime/run-action.ts";
import { inputs } from "../../src/stages/post-deploy-health/policy.ts";
import { openRecord } from "../ledger.ts";
import { openPeople } from "../people.ts";
import { openProbes } from "../probes.ts";
import { openPromotion } from "../promotion.ts";
import { openWatch, tracing } from "../telemetry.ts";

await runAction({
  name: "post-deploy-health",
  inputs,
  record: openRecord,
  watch: openWatch,
  people: openPeople,
  stage: async (policy, { context, log, clock, telemetry, ledger, mask }) => {
    const [{ connect }, probes, promotion, { verify }] = await Promise.all([
      import("../../src/github/index.ts"),
      openProbes(policy, { context, log, mask, telemetry }),
      openPromotion(policy, { context, mask }),
      import("../../src/stages/post-deploy-health/index.ts"),
    ]);
    const repo = connect({ context, token: policy.token, log, clock, stage: "post-deploy-health", ...(await tracing(telemetry)) });
    return verify(policy, { repo, ...probes, promotion, ledger, log, clock });
  },
});

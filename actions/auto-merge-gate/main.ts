import { runAction } from "../../src/runtime/run-action.ts";
import type { Recheck } from "../../src/stages/auto-merge-gate/index.ts";
import { inputs } from "../../src/stages/auto-merge-gate/policy.ts";
import { openRecord } from "../ledger.ts";
import { openPeople } from "../people.ts";
import { openWatch, traceOf, tracing } from "../telemetry.ts";

await runAction({
  name: "auto-merge-gate",
  inputs,
  record: openRecord,
  watch: openWatch,
  people: openPeople,
  alertsOf: async (error, traceId) => (await import("../../src/stages/auto-merge-gate/alerts.ts")).alertsOfError(error, traceId),
  stage: async (policy, { context, log, clock, telemetry }) => {
    const [{ connect }, { gate }] = await Promise.all([import("../../src/github/index.ts"), import("../../src/stages/auto-merge-gate/index.ts")]);
    // Limits are waited for as long as checks are: a hundred gates at once wait for each other.
    const patienceMs = Math.max(600_000, policy.waitSeconds * 1_000);
    const repo = connect({ context, token: policy.token, log, clock, stage: "auto-merge-gate", patienceMs, ...(await tracing(telemetry)) });
    // A green pull request needs no checkout and no checks of ours: their code is loaded when a branch had to be rebuilt.
    const recheck: Recheck = async (commit) => {
      const [{ recheckWith }, { openCheckouts }, { openChecks }] = await Promise.all([
        import("../../src/stages/fast-ci/index.ts"),
        import("../../src/workspace/index.ts"),
        import("../../src/checks/index.ts"),
      ]);
      const checkouts = openCheckouts({ context, token: policy.token, log, ...traceOf(telemetry) });
      const checks = openChecks(policy);
      return recheckWith(policy, { repo, checkouts, checks, clock, log })(commit);
    };
    return gate(policy, { repo, recheck, clock, log }, context);
  },
});

import { runAction } from "../../src/runtime/run-action.ts";
import { inputs } from "../../src/stages/auto-merge-gate/policy.ts";
import { openRecord } from "../ledger.ts";
import { openPeople } from "../people.ts";
import { openWatch } from "../telemetry.ts";

await runAction({
  name: "auto-merge-gate",
  inputs,
  record: openRecord,
  watch: openWatch,
  people: openPeople,
  alertsOf: async (error, traceId) => (await import("../../src/stages/auto-merge-gate/alerts.ts")).alertsOfError(error, traceId),
  stage: async (policy, tools) => (await import("./stage.ts")).stage(policy, tools),
});

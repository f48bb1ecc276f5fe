import { runAction } from "../../src/runtime/run-action.ts";
import { inputs } from "../../src/stages/rollback/policy.ts";
import { openRecord } from "../ledger.ts";
import { openPeople } from "../people.ts";
import { openWatch } from "../telemetry.ts";

await runAction({
  name: "rollback",
  inputs,
  record: openRecord,
  watch: openWatch,
  people: openPeople,
  alertsOf: async (error, traceId, policy) => (await import("../../src/stages/rollback/alerts.ts")).alertsOfError(error, policy, traceId),
  stage: async (policy, tools) => (await import("./stage.ts")).stage(policy, tools),
});

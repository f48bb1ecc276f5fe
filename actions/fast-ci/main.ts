import { runAction } from "../../src/runtime/run-action.ts";
import { inputs } from "../../src/stages/fast-ci/policy.ts";
import { openRecord } from "../ledger.ts";
import { openPeople } from "../people.ts";
import { openWatch } from "../telemetry.ts";

await runAction({
  name: "fast-ci",
  inputs,
  record: openRecord,
  watch: openWatch,
  people: openPeople,
  stage: async (policy, tools) => (await import("./stage.ts")).stage(policy, tools),
});

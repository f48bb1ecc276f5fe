import { runAction } from "../../src/runtime/run-action.ts";
import { inputs } from "../../src/stages/faq-generate/policy.ts";
import { openRecord } from "../ledger.ts";
import { openPeople } from "../people.ts";
import { openWatch } from "../telemetry.ts";

await runAction({
  name: "faq-generate",
  inputs,
  record: openRecord,
  watch: openWatch,
  people: openPeople,
  stage: async (policy, tools) => (await import("./stage.ts")).stage(policy, tools),
});

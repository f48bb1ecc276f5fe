import { runAction } from "../../src/runtime/run-action.ts";
import { inputs } from "../../src/stages/faq-generate/policy.ts";
import { openRecord } from "../ledger.ts";
import { openPeople } from "../people.ts";
import { openWatch, tracedModel, tracing } from "../telemetry.ts";

await runAction({
  name: "faq-generate",
  inputs,
  record: openRecord,
  watch: openWatch,
  people: openPeople,
  stage: async (policy, { context, log, clock, ledger, follow, telemetry }) => {
    const [{ connect }, { openAiModel }, { generate }] = await Promise.all([
      import("../../src/github/index.ts"),
      import("../../src/llm/openai.ts"),
      import("../../src/stages/faq-generate/index.ts"),
    ]);
    const repo = connect({ context, token: policy.token, log, clock, stage: "faq-generate", ...(await tracing(telemetry)) });
    const model = tracedModel(telemetry, openAiModel({ baseUrl: policy.baseUrl, apiKey: policy.apiKey, model: policy.model }), policy);
    const ports = { repo, model, clock, log, follow };
    if (ledger === null) return generate(policy, ports, context);
    const { claimsIn } = await import("../../src/ledger/claims.ts");
    return generate(policy, { ...ports, claims: claimsIn(ledger, { repository: `${context.owner}/${context.repo}`, clock }) }, context);
  },
});

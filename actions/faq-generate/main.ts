import { runAction } from "../../src/runtime/run-action.ts";
import { inputs } from "../../src/stages/faq-generate/policy.ts";

await runAction({
  name: "faq-generate",
  inputs,
  stage: async (policy, { context, log, clock }) => {
    const [{ connect }, { openAiModel }, { generate }] = await Promise.all([
      import("../../src/github/index.ts"),
      import("../../src/llm/openai.ts"),
      import("../../src/stages/faq-generate/index.ts"),
    ]);
    const repo = connect({ context, token: policy.token, log, clock, stage: "faq-generate" });
    const model = openAiModel({ baseUrl: policy.baseUrl, apiKey: policy.apiKey, model: policy.model });
    return generate(policy, { repo, model, clock, log }, context);
  },
});

import { branches } from "../../src/github/branches.ts";
import { connect } from "../../src/github/index.ts";
import { pullRequests } from "../../src/github/pulls.ts";
import { questions } from "../../src/github/questions.ts";
import type { Report } from "../../src/kit/report.ts";
import { openAiModel } from "../../src/llm/openai.ts";
import type { Tools } from "../../src/runtime/run-action.ts";
import { generate } from "../../src/stages/faq-generate/index.ts";
import type { Policy } from "../../src/stages/faq-generate/policy.ts";
import { tracedModel, tracing } from "../telemetry.ts";

/** Puts the parts together: one import for all that a job needs which is not paused. @throws InstantError as the stage does. */
export async function stage(policy: Policy, { context, log, clock, ledger, follow, telemetry }: Tools): Promise<Report> {
  const repo = connect({ context, token: policy.token, log, clock, stage: "faq-generate", ...(await tracing(telemetry)) }, (api) => ({ ...questions(api), ...branches(api), ...pullRequests(api) }));
  const model = tracedModel(telemetry, openAiModel({ baseUrl: policy.baseUrl, apiKey: policy.apiKey, model: policy.model }), policy);
  const ports = { repo, model, clock, log, follow };
  if (ledger === null) return generate(policy, ports, context);
  const { claimsIn } = await import("../../src/ledger/claims.ts");
  return generate(policy, { ...ports, claims: claimsIn(ledger, { repository: `${context.owner}/${context.repo}`, clock }) }, context);
}

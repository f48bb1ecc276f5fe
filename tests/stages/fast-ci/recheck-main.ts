// What the gate does with a commit that it made, as a program of its own.
import { openChecks } from "../../../src/checks/index.ts";
import { everything } from "../../../src/github/everything.ts";
import { connect } from "../../../src/github/index.ts";
import { runAction } from "../../../src/runtime/run-action.ts";
import { recheckWith } from "../../../src/stages/fast-ci/index.ts";
import { inputs } from "../../../src/stages/fast-ci/policy.ts";
import { openCheckouts } from "../../../src/workspace/index.ts";

await runAction({
  name: "recheck",
  inputs,
  stage: async (policy, { context, log, clock }) => {
    const repo = connect({ context, token: policy.token, log, clock, stage: "recheck" }, everything);
    const checkouts = openCheckouts({ context, token: policy.token, log });
    const checks = openChecks(policy);
    const judgement = await recheckWith(policy, { repo, checkouts, checks, clock, log })({ sha: policy.headSha, prNumber: policy.prNumber, traceId: policy.traceId });
    return { outputs: { judgement: JSON.stringify(judgement) }, summary: "" };
  },
});

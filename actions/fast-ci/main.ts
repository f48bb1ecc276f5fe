import { runAction } from "../../src/runtime/run-action.ts";
import { inputs } from "../../src/stages/fast-ci/policy.ts";
import { openRecord } from "../ledger.ts";
import { openPeople } from "../people.ts";
import { openWatch, traceOf, tracing } from "../telemetry.ts";

await runAction({
  name: "fast-ci",
  inputs,
  record: openRecord,
  watch: openWatch,
  people: openPeople,
  stage: async (policy, { context, log, clock, telemetry }) => {
    const [{ connect }, { openCheckouts }, { openChecks }, { fastCi }] = await Promise.all([
      import("../../src/github/index.ts"),
      import("../../src/workspace/index.ts"),
      import("../../src/checks/index.ts"),
      import("../../src/stages/fast-ci/index.ts"),
    ]);
    const repo = connect({ context, token: policy.token, log, clock, stage: "fast-ci", ...(await tracing(telemetry)) });
    const checkouts = openCheckouts({ context, token: policy.token, log, ...traceOf(telemetry) });
    const results = policy.cacheDir === "" || policy.cacheKey === "" ? undefined : (await import("../../src/checks/results.ts")).openResults({ folder: policy.cacheDir, key: policy.cacheKey, workspace: context.workspace, repository: `${context.owner}/${context.repo}` });
    const write = async (path: string, text: string) => (await import("../../src/workspace/output.ts")).writeBelow(context.workspace, path, text);
    const report = await fastCi(policy, { repo, checkouts, checks: openChecks(policy), clock, log, write, ...(results === undefined ? {} : { results }) }, context);
    const problem = results?.close() ?? null;
    if (problem !== null) log.warning(`Nothing could be kept in ${policy.cacheDir}: ${problem}`);
    return report;
  },
});

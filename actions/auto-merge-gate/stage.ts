import { branches } from "../../src/github/branches.ts";
import { checks } from "../../src/github/checks.ts";
import type { Api } from "../../src/github/client.ts";
import { connect } from "../../src/github/index.ts";
import { issues } from "../../src/github/issues.ts";
import { merges } from "../../src/github/merges.ts";
import { pullRequests } from "../../src/github/pulls.ts";
import { questions } from "../../src/github/questions.ts";
import type { Report } from "../../src/kit/report.ts";
import type { Tools } from "../../src/runtime/run-action.ts";
import { gate, type Recheck } from "../../src/stages/auto-merge-gate/index.ts";
import type { Policy } from "../../src/stages/auto-merge-gate/policy.ts";
import { traceOf, tracing } from "../telemetry.ts";

/** Puts the parts together: one import for all that a job needs which is not paused. @throws InstantError as the stage does. */
export async function stage(policy: Policy, { context, log, clock, telemetry }: Tools): Promise<Report> {
  // Limits are waited for as long as checks are: a hundred gates at once wait for each other.
  const patienceMs = Math.max(600_000, policy.waitSeconds * 1_000);
  const areas = (api: Api) => ({ ...questions(api), ...branches(api), ...pullRequests(api), ...merges(api), ...checks(api), ...issues(api) });
  const repo = connect({ context, token: policy.token, log, clock, stage: "auto-merge-gate", patienceMs, ...(await tracing(telemetry)) }, areas);
  // A green pull request needs no checkout and no checks of ours: their code is loaded when a branch had to be rebuilt.
  const recheck: Recheck = async (commit) => {
    const [{ recheckWith }, { openCheckouts }, { openChecks }] = await Promise.all([
      import("../../src/stages/fast-ci/index.ts"),
      import("../../src/workspace/index.ts"),
      import("../../src/checks/index.ts"),
    ]);
    const checkouts = openCheckouts({ context, token: policy.token, log, ...traceOf(telemetry) });
    return recheckWith(policy, { repo, checkouts, checks: openChecks(policy), clock, log })(commit);
  };
  return gate(policy, { repo, recheck, clock, log }, context);
}

import { failure } from "../../../kit/errors.ts";
import type { WatchPorts } from "../facts.ts";
import type { Health } from "../health.ts";
import { planOfInputs } from "../plan/plan.ts";
import type { Policy } from "../policy.ts";

/**
 * What tells whether a new deployment is well where nobody uses it yet: the section `green` of the health file, or the addresses in
 * `green-urls`.
 * @throws InstantError blaming the configuration when neither says it, or both do.
 */
export async function openGreen(policy: Policy, { connect }: Pick<WatchPorts, "connect">, { plan }: Health): Promise<Health> {
  const { greenUrls, healthFile, commitSha } = policy;
  if (plan.green !== undefined && greenUrls.length > 0) {
    throw failure("configuration", { what: `\`green-urls\` and the section \`green\` of \`${healthFile}\` both say what tells of the new deployment`, where: "green-urls", fix: "Remove one of them." });
  }
  if (plan.green === undefined && greenUrls.length === 0) {
    throw failure("configuration", { what: `\`${healthFile}\` has no section \`green\`, so nothing tells whether the new deployment is well before users are moved to it`, where: healthFile, fix: "Add `green:` with probes of the new deployment itself, or set `green-urls`." });
  }
  const green = plan.green ?? planOfInputs({ ...policy, healthUrls: greenUrls });
  return { plan: green, connected: await connect({ probes: green.checks.map(({ spec }) => spec), traffic: [], commit: commitSha }) };
}

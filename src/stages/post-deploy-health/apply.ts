import type { Deployments, RunFacts } from "../../github/port.ts";
import { shortSha } from "../../kit/ids.ts";
import type { Log } from "../../kit/log.ts";

/** What a verification brings about, as data. */
export interface Effect {
  readonly kind: "dispatch";
  readonly workflow: string;
  readonly ref: string;
  /** Name of the workflow's input that takes the commit; empty: none does. */
  readonly input: string;
  readonly sha: string;
}

/** One line a person reads in a dry run. */
export function described({ workflow, ref, input, sha }: Effect): string {
  return `start ${workflow} on ${ref}${input === "" ? "" : ` with ${input}=${shortSha(sha)}`}`;
}

/**
 * Starts the deployment; answers the id of its run, or null when the server does not tell.
 * @param mayBeOurs whether a run that began meanwhile may be it.
 */
export async function start(effect: Effect, ports: { readonly repo: Pick<Deployments, "dispatchWorkflow">; readonly log: Log }, mayBeOurs: (run: RunFacts) => Promise<boolean>): Promise<number | null> {
  const inputs = effect.input === "" ? {} : { [effect.input]: effect.sha };
  const { runId, url } = await ports.repo.dispatchWorkflow({ workflow: effect.workflow, ref: effect.ref, inputs, mayBeOurs });
  ports.log.info("the deployment was started", { operation: "deploy", workflow: effect.workflow, ref: effect.ref, run: url ?? undefined });
  return runId;
}

import { commonInputs, traceIdInput } from "../../kit/common-inputs.ts";
import { InstantError, type Problem } from "../../kit/errors.ts";
import { type InputValues, sha } from "../../kit/inputs.ts";
import { contradictions, verificationInputs } from "../verification.ts";

/** What a user may configure; the names and defaults are those of action.yml. */
export const inputs = {
  ...commonInputs,
  ...traceIdInput,
  "commit-sha": sha(),
  ...verificationInputs,
} as const;

export type Policy = InputValues<typeof inputs>;

/** @throws InstantError blaming the configuration, when inputs contradict each other or nothing is there to look at. */
export function checkPolicy(policy: Policy): void {
  const problems: Problem[] = contradictions(policy);
  if (policy.healthUrls.length === 0 && policy.versionUrl === "") {
    problems.push({
      what: "Neither `health-urls` nor `version-url` is set, so nothing could be probed",
      where: "health-urls",
      fix: "Set `health-urls` to the addresses that tell whether your product is well, one a line.",
    });
  }
  if (problems.length > 0) throw new InstantError("configuration", problems);
}

/**
 * How measurements become a verdict (docs/decisions/0003-probe-errors.md). Counts are per critical probe; names and defaults
 * of the limits are those of Argo Rollouts (https://argo-rollouts.readthedocs.io/en/stable/features/analysis/).
 */
export interface Judgement {
  /** Consecutive successes that are needed. */
  readonly successes: number;
  /** Failures that are tolerated in all. */
  readonly failureLimit: number;
  /** Errors to measure that are tolerated in a row. */
  readonly consecutiveErrorLimit: number;
  /** Milliseconds from one round of probes to the next. */
  readonly intervalMs: number;
}

export function judgementOf(settings: { readonly probeCount: number; readonly probeIntervalSeconds: number }): Judgement {
  return { successes: settings.probeCount, failureLimit: 3, consecutiveErrorLimit: 4, intervalMs: settings.probeIntervalSeconds * 1_000 };
}

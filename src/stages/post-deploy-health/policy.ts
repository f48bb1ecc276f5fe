import { commonInputs, traceIdInput } from "../../kit/common-inputs.ts";
import { InstantError, type Problem } from "../../kit/errors.ts";
import { type InputValues, sha } from "../../kit/inputs.ts";
import { contradictions, verificationInputs } from "../verification.ts";
import { promotionInputs, promotionProblems } from "./promotion/settings.ts";

/** What a user may configure; the names and defaults are those of action.yml. */
export const inputs = {
  ...commonInputs,
  ...traceIdInput,
  "commit-sha": sha(),
  ...verificationInputs,
  ...promotionInputs,
} as const;

export type Policy = InputValues<typeof inputs>;

/** @throws InstantError blaming the configuration, when inputs contradict each other or nothing is there to look at. */
export function checkPolicy(policy: Policy): void {
  const problems: Problem[] = [...contradictions(policy), ...promotionProblems(policy)];
  if (policy.healthUrls.length === 0 && policy.versionUrl === "" && policy.healthFile === "") {
    problems.push({
      what: "Neither `health-urls` nor `health-file` nor `version-url` is set, so nothing could be probed",
      where: "health-urls",
      fix: "Set `health-urls` to the addresses that tell whether your product is well, one a line, or `health-file` to a health.yaml.",
    });
  }
  if (problems.length > 0) throw new InstantError("configuration", problems);
}

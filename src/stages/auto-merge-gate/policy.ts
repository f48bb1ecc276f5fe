import { commonInputs, traceIdInput } from "../../kit/common-inputs.ts";
import { boolean, type InputValues, list, number, oneOf, repoPath, secret, sha } from "../../kit/inputs.ts";
import { checkingInputs } from "../checking.ts";

/** What a user may configure; the names and defaults are those of action.yml. */
export const inputs = {
  ...commonInputs,
  ...traceIdInput,
  ...checkingInputs,
  "pr-number": number({ min: 1, max: 2_147_483_647, integer: true }),
  "head-sha": sha({ fallback: "" }),
  "allowed-paths": list({ fallback: ["docs/FAQ.md"], each: repoPath() }),
  "required-checks": list({ fallback: ["instant/fast-ci"], separator: /\n|,\s/ }),
  "trusted-authors": list({ fallback: ["github-actions[bot]"], type: "login" }),
  "signing-key": secret({ fallback: "" }),
  "merge-method": oneOf(["squash", "merge", "rebase"], { fallback: "squash" }),
  "delete-branch": boolean({ fallback: true }),
  "wait-seconds": number({ fallback: 600, min: 0, max: 21_600 }),
  /** Whether post-deploy-health comes after the merge and finishes the task. */
  "awaits-health": boolean({ fallback: false }),
  "max-rounds": number({ fallback: 12, min: 0, max: 500, integer: true }),
} as const;

export type Policy = InputValues<typeof inputs>;

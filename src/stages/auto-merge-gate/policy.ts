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
  /** Empty: the default branch alone. */
  "base-branches": list({ fallback: [], type: "branch" }),
  "allowed-paths": list({ fallback: ["docs/FAQ.md"], each: repoPath() }),
  "max-files": number({ fallback: 50, min: 1, max: 3_000, integer: true }),
  "max-lines": number({ fallback: 2_000, min: 1, max: 10_000_000, integer: true }),
  "required-checks": list({ fallback: ["instant/fast-ci"], separator: /\n|,\s/ }),
  "blocking-labels": list({ fallback: ["do-not-merge", "hold", "wip"], type: "label" }),
  "trusted-authors": list({ fallback: ["github-actions[bot]"], type: "login" }),
  "trusted-people": list({ fallback: [], type: "login" }),
  "signing-key": secret({ fallback: "" }),
  "allow-forks": boolean({ fallback: false }),
  "merge-mode": oneOf(["direct", "auto", "queue"], { fallback: "direct" }),
  "merge-method": oneOf(["squash", "merge", "rebase"], { fallback: "squash" }),
  "delete-branch": boolean({ fallback: true }),
  "wait-seconds": number({ fallback: 600, min: 0, max: 21_600 }),
  /** Whether post-deploy-health comes after the merge and finishes the task. */
  "awaits-health": boolean({ fallback: false }),
  "max-rounds": number({ fallback: 12, min: 0, max: 500, integer: true }),
  "report-on-pr": boolean({ fallback: true }),
  "issue-on-failure": boolean({ fallback: false }),
  explain: boolean({ fallback: false }),
} as const;

export type Policy = InputValues<typeof inputs>;

/** The gate's own check run: what it says of a pull request, and no part of what it judges by. */
export const GATE_CHECK = "instant/gate";

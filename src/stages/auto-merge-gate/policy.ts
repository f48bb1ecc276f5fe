import { commonInputs } from "../../kit/common-inputs.ts";
import { boolean, type InputValues, list, number, oneOf, repoPath, secret, sha, text } from "../../kit/inputs.ts";

/** What a user may configure; the names and defaults are those of action.yml. */
export const inputs = {
  ...commonInputs,
  "pr-number": number({ min: 1, max: 2_147_483_647, integer: true }),
  "head-sha": sha({ fallback: "" }),
  "allowed-paths": list({ fallback: ["docs/FAQ.md"], each: repoPath() }),
  "required-checks": list({ fallback: ["instant/fast-ci"], separator: /\n|,\s/ }),
  "faq-path": repoPath({ fallback: "docs/FAQ.md" }),
  "trusted-authors": list({ fallback: ["github-actions[bot]"] }),
  "signing-key": secret({ fallback: "" }),
  "merge-method": oneOf(["squash", "merge", "rebase"], { fallback: "squash" }),
  "delete-branch": boolean({ fallback: true }),
  "wait-seconds": number({ fallback: 600, min: 0, max: 21_600 }),
  "max-rounds": number({ fallback: 12, min: 0, max: 500, integer: true }),
  checks: list({ fallback: ["markdown", "faq", "links", "smoke"], each: oneOf(["markdown", "faq", "links", "smoke"]) }),
  "smoke-command": text({ fallback: "", max: 65_536 }),
  "check-name": text({ fallback: "instant/fast-ci", max: 100 }),
  "check-timeout-seconds": number({ fallback: 180, min: 1, max: 3_600 }),
  "trace-id": text({
    fallback: "",
    pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    takes: "a UUID in lower case, as `trace-id` of faq-generate gives it",
  }),
} as const;

export type Policy = InputValues<typeof inputs>;

import { commonInputs, traceIdInput } from "../../kit/common-inputs.ts";
import { InstantError } from "../../kit/errors.ts";
import { type InputSpec, type InputValues, list, number, oneOf, sha, text } from "../../kit/inputs.ts";
import { contradictions, verificationInputs } from "../verification.ts";

/** What a user may configure; the names and defaults are those of action.yml. */
export const inputs = {
  ...commonInputs,
  ...traceIdInput,
  "commit-sha": sha(),
  reason: text({ max: 2_000 }),
  "detected-at": instant(),
  "smoke-command": text({ fallback: "" }),
  owners: list({
    fallback: [],
    each: text({ pattern: /^@?[A-Za-z0-9][A-Za-z0-9-]*(\/[A-Za-z0-9._-]+)?$/, takes: "logins of people, or teams as `organisation/team`", type: "login" }),
  }),
  "branch-prefix": text({
    fallback: "hotfix/rollback-",
    pattern: /^(?!.*(\.\.|\/\/|@\{|\.lock\/))[A-Za-z0-9_][A-Za-z0-9._/-]*$/,
    takes: "the beginning of a branch name, such as `hotfix/rollback-`",
  }),
  ...verificationInputs,
  "merge-method": oneOf(["squash", "merge", "rebase"], { fallback: "squash" }),
  "wait-seconds": number({ fallback: 300, min: 0, max: 21_600 }),
} as const;

export type Policy = InputValues<typeof inputs>;

/** A point in time, as epoch milliseconds; null when it is not known. */
function instant(): InputSpec<number | null> {
  return {
    type: "time (ISO 8601)",
    fallback: null,
    parse: (raw) => {
      const at = /^\d{4}-\d{2}-\d{2}T/.test(raw) ? Date.parse(raw) : Number.NaN;
      if (Number.isNaN(at)) throw new Error("takes a time such as `2026-11-20T10:00:00Z`, as `detected-at` of post-deploy-health gives it");
      return at;
    },
  };
}

/** @throws InstantError blaming the configuration, when inputs contradict each other. */
export function checkPolicy(policy: Policy): void {
  const problems = contradictions(policy);
  if (problems.length > 0) throw new InstantError("configuration", problems);
}

/** Labels of the hotfix pull request and of the incident (CONTRACTS, "Pull requests, rollbacks, issues"). */
export const PULL_LABELS = ["P0", "auto-rollback", "hotfix"] as const;
export const ISSUE_LABELS = ["P0", "incident", "auto-rollback"] as const;

/** Longest time of the smoke check, in milliseconds (CONTRACTS: three minutes for one check). */
export const SMOKE_TIMEOUT_MS = 180_000;
/** How often the world is looked at again because it moved while the stage was writing. */
export const MAX_ROUNDS = 5;

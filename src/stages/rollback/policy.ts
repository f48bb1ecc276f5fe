import { commonInputs, traceIdInput } from "../../kit/common-inputs.ts";
import { InstantError, type Problem } from "../../kit/errors.ts";
import { boolean, type InputSpec, type InputValues, list, number, oneOf, sha, text } from "../../kit/inputs.ts";
import { contradictions, verificationInputs } from "../verification.ts";

const checkNames = () => list({ fallback: [], separator: /\n|,\s/, each: text({ max: 100, type: "name of a check" }) });

/** What a user may configure; the names and defaults are those of action.yml. */
export const inputs = {
  ...commonInputs,
  ...traceIdInput,
  "commit-sha": sha({ fallback: "" }),
  /** 0: none is given. */
  "pr-number": number({ fallback: 0, min: 1, max: 2_147_483_647, integer: true }),
  reason: text({ max: 2_000 }),
  evidence: text({ fallback: "", max: 65_536 }),
  "detected-at": instant(),
  "window-hours": number({ fallback: 72, min: 0, max: 8_760 }),
  "cooldown-minutes": number({ fallback: 10, min: 0, max: 1_440 }),
  suspects: oneOf(["one", "all"], { fallback: "one" }),
  cascade: boolean({ fallback: false }),
  "smoke-command": text({ fallback: "" }),
  "smoke-checks": checkNames(),
  "never-skip": checkNames(),
  confirmation: oneOf(["none", "pull-request"], { fallback: "none" }),
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
  "merge-method": oneOf(["squash", "merge", "rebase", "push"], { fallback: "squash" }),
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
  const problems: Problem[] = [...contradictions(policy)];
  const named = Number(policy.commitSha !== "") + Number(policy.prNumber !== 0);
  if (named !== 1) {
    const what = named === 0 ? "Neither `commit-sha` nor `pr-number` says what is to be taken back" : "Both `commit-sha` and `pr-number` are set, and they may mean different changes";
    problems.push({ what, where: "commit-sha", fix: "Set one of them: the commit on the default branch, or the merged pull request." });
  }
  if (policy.cascade && policy.suspects === "all") problems.push({ what: "`cascade` takes changes back one by one, and `suspects: all` takes all of them back at once", where: "cascade", fix: "Leave one of them out." });
  const twice = policy.smokeChecks.filter((name) => policy.neverSkip.includes(name));
  if (twice.length > 0) problems.push({ what: `\`${twice.join("`, `")}\` cannot be in \`smoke-checks\` and in \`never-skip\``, where: "never-skip", fix: "Leave it in `never-skip` if it has to run itself, in `smoke-checks` if the smoke command may answer for it." });
  if (policy.smokeChecks.length > 0 && policy.smokeCommand === "") problems.push({ what: "`smoke-checks` are set, but there is no `smoke-command` that could answer for them", where: "smoke-checks", fix: "Set `smoke-command`, or remove `smoke-checks`." });
  if (policy.mergeMethod === "push") {
    for (const [where, set] of [["confirmation", policy.confirmation !== "none"], ["never-skip", policy.neverSkip.length > 0], ["smoke-checks", policy.smokeChecks.length > 0]] as const) {
      if (set) problems.push({ what: `\`${where}\` needs a pull request, and \`merge-method: push\` makes none`, where, fix: `Remove \`${where}\`, or choose another \`merge-method\`.` });
    }
  }
  if (problems.length > 0) throw new InstantError("configuration", problems);
}

/** Whether a verdict stands behind it; else a person wants it. */
export function isAutomatic({ detectedAt }: Pick<Policy, "detectedAt">): boolean {
  return detectedAt !== null;
}

/** Labels of the hotfix pull request and of the incident (CONTRACTS, "Pull requests, rollbacks, issues"). */
export const PULL_LABELS = ["P0", "auto-rollback", "hotfix"] as const;
export const ISSUE_LABELS = ["P0", "incident", "auto-rollback"] as const;

/** Longest time of the smoke check, in milliseconds (CONTRACTS: three minutes for one check). */
export const SMOKE_TIMEOUT_MS = 180_000;
/** How often the world is looked at again because it moved while the stage was writing. */
export const MAX_ROUNDS = 5;
/** A rollback that has shown no sign for so long has died; milliseconds. The templates give a job this time. */
export const LEASE_MS = 900_000;
/** How long the rollback of a newer change that was served together with this one may take to begin: a decision may take 30 s in all; milliseconds. */
export const YIELD_MS = 20_000;
/** Tasks whose records are read to learn how production was before. */
export const MOST_RECORDS = 5;

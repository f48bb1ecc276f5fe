import type { CheckFacts } from "../../github/port.ts";
import { shortSha } from "../../kit/ids.ts";
import { type Condition, met, open } from "./condition.ts";
import type { GateFacts } from "./facts.ts";
import { isRebuiltHead } from "./origin.ts";
import type { Policy } from "./policy.ts";

/** The conditions about checks and statuses at the head: one per required name, and one for each other that failed. */
export function checkConditions(facts: GateFacts, policy: Policy, now: number): readonly Condition[] {
  const { pull } = facts;
  const rebuilt = isRebuiltHead(facts, policy);
  const names = new Set([...policy.requiredChecks, ...(pull.requiredChecks ?? []), ...(rebuilt ? [policy.checkName] : [])]);
  const newest = newestOf(pull.checks);
  const required = [...names].map((name) => requiredCheck(name, newest, { facts, policy, now, rebuilt }));
  const others = newest.filter((check) => check.state === "failure" && !names.has(check.name) && !isOwnRun(check, facts)).map((check) => otherFailed(check));
  return [...unread(facts), ...required, ...atLeastOneRan(names, newest), ...others];
}

/** What could not be read is not known to be green. */
function unread({ pull }: GateFacts): readonly Condition[] {
  const conditions: Condition[] = [];
  if (!pull.checksComplete) {
    conditions.push(
      open("All checks could be read", "waiting", `${pull.checks.length} read, there may be more`, {
        code: "checks-unread",
        message: "not all checks of the commit could be read, so it is not known to be green",
        fix: "Run the gate again in a minute; when it stays, look whether GitHub shows the checks of the pull request.",
      }),
    );
  }
  if (pull.requiredChecks === null) {
    conditions.push(
      open("The branch's rules could be read", "unmet", "the required checks could not be read", {
        code: "rules-unread",
        message: `which checks \`${pull.base.branch}\` requires could not be read`,
        fix: "Give the job `contents: write` and `pull-requests: write`, then run the gate again.",
      }),
    );
  }
  return conditions;
}

interface Scene {
  readonly facts: GateFacts;
  readonly policy: Policy;
  readonly now: number;
  readonly rebuilt: boolean;
}

function requiredCheck(name: string, newest: readonly CheckFacts[], scene: Scene): Condition {
  const title = `Check \`${name}\``;
  const found = newest.filter((check) => check.name === name);
  const bad = found.find((check) => check.state === "failure");
  if (bad) {
    return open(title, "unmet", `failed${at(bad)}`, { code: "check-failed", message: `the check \`${name}\` failed${at(bad)}`, fix: "Open the check, mend what it found, and let it run again." });
  }
  if (!found.some((check) => name !== scene.policy.checkName || isPublishedByUs(check, scene))) return missing(name, scene);
  const held = found.find((check) => check.state === "action_required");
  if (held) {
    return open(title, "unmet", `waits for approval${at(held)}`, {
      code: "approval-of-run",
      message: `the run of \`${name}\` waits for someone with write access to approve it${at(held)}`,
      fix: "Approve the run on the pull request; runs of a bot's pull request wait for that. An App token makes them start at once.",
    });
  }
  const pending = found.find((check) => check.state === "pending");
  if (!pending) return met(title, `${found.map((check) => check.state).join(", ")}${at(found[0])}`);
  const seconds = Math.max(0, Math.round((scene.now - pending.at) / 1000));
  return open(title, "waiting", `running for ${seconds} s${at(pending)}`, {
    code: "check-pending",
    message: `the check \`${name}\` is not finished${at(pending)}`,
    fix: "Look whether its job waits for a runner or hangs; raise `wait-seconds` if it only takes longer.",
  });
}

/** Anyone with write access may report a status, and any App a check, under the name of ours: only the loop's own identities count. */
function isPublishedByUs({ app }: CheckFacts, { facts, policy }: Scene): boolean {
  return app !== null && [facts.pull.viewer, ...policy.trustedAuthors].some((login) => login.toLowerCase() === `${app.toLowerCase()}[bot]`);
}

function missing(name: string, { facts, policy, rebuilt }: Scene): Condition {
  const { head } = facts.pull;
  const title = `Check \`${name}\``;
  const evidence = `has not appeared at ${shortSha(head.sha)}`;
  if (name === policy.checkName && rebuilt && !facts.memory.rechecked.includes(head.sha)) {
    return open(title, "recheck", evidence, {
      code: "recheck-needed",
      message: `the rebuilt commit ${shortSha(head.sha)} has not been checked`,
      fix: "Run the gate again without `dry-run`: it checks a commit that it built itself.",
    });
  }
  return open(title, "waiting", evidence, { code: "check-missing", message: `the check \`${name}\` has not appeared at ${shortSha(head.sha)}`, fix: likelyCause(name, facts, policy, rebuilt) });
}

function likelyCause(name: string, { pull }: GateFacts, policy: Policy, rebuilt: boolean): string {
  if (rebuilt) {
    return "The branch was rebuilt with a token that starts no workflow: let the job run with an App token, or start that check on the branch by hand.";
  }
  if (name === policy.checkName) return "Run fast-ci before the gate at this commit, with `checks: write`, and give both the same `check-name`.";
  const known = listedNames(pull.checks);
  return `Either its run waits for approval (a pull request opened with GITHUB_TOKEN), or a path filter skips it, or no check has this name. Seen here: ${known}.`;
}

function listedNames(checks: readonly CheckFacts[]): string {
  const names = [...new Set(checks.map((check) => check.name))].slice(0, 10);
  return names.length === 0 ? "none at all" : names.map((name) => `\`${name}\``).join(", ");
}

/** GitHub counts skipped and neutral as passed; where nothing else ran, nothing was checked. */
function atLeastOneRan(names: ReadonlySet<string>, newest: readonly CheckFacts[]): readonly Condition[] {
  const required = newest.filter((check) => names.has(check.name));
  const allSkipped = required.length > 0 && required.every((check) => check.state === "skipped" || check.state === "neutral");
  if (names.size > 0 && !allSkipped) return [];
  return [
    open("At least one check passed", "unmet", names.size === 0 ? "no check is required" : "all required checks were skipped", {
      code: "nothing-checked",
      message: names.size === 0 ? "no check is required, so nothing is known about the commit" : "every required check was skipped or neutral, so nothing is known about the commit",
      fix: "Name a check that runs on every pull request in `required-checks`.",
    }),
  ];
}

function otherFailed(check: CheckFacts): Condition {
  return open(`Check \`${check.name}\` (not required)`, "unmet", `failed${at(check)}`, {
    code: "other-check-failed",
    message: `the check \`${check.name}\` failed, though no rule requires it${at(check)}`,
    fix: "Mend it or run it again; the gate merges nothing that a check found wrong.",
  });
}

/**
 * Check runs repeat: the newest per name and app counts (PLATFORM, Merging). Of two at the same moment the one that is not green.
 */
export function newestOf(checks: readonly CheckFacts[]): readonly CheckFacts[] {
  const newest = new Map<string, CheckFacts>();
  for (const check of checks) {
    const key = JSON.stringify([check.kind, check.name, check.app]);
    const known = newest.get(key);
    if (known === undefined || check.at > known.at || (check.at === known.at && isGreen(known))) newest.set(key, check);
  }
  return [...newest.values()];
}

function isGreen(check: CheckFacts): boolean {
  return ["success", "neutral", "skipped"].includes(check.state);
}

/** A job of the run that the gate itself is a part of. */
function isOwnRun(check: CheckFacts, { runId }: GateFacts): boolean {
  return runId !== "" && check.url !== null && check.url.includes(`/actions/runs/${runId}/`);
}

function at(check: CheckFacts | undefined): string {
  return check?.url ? ` (${check.url})` : "";
}

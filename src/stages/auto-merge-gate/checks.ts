import type { CheckFacts, RequiredCheck } from "../../github/port.ts";
import { shortSha } from "../../kit/ids.ts";
import { type Condition, met, open, rulesUnread } from "./condition.ts";
import type { GateFacts } from "./facts.ts";
import { isRebuiltHead } from "./origin.ts";
import { GATE_CHECK, type Policy } from "./policy.ts";

/** The conditions about checks and statuses at the head: one per required name, and one for each other that failed. */
export function checkConditions(facts: GateFacts, policy: Policy, now: number): readonly Condition[] {
  const scene: Scene = { facts, policy, now, rebuilt: isRebuiltHead(facts, policy) };
  const wanted = requirements(scene);
  const names = new Set(wanted.map(({ name }) => name));
  const newest = newestOf(facts.pull.checks).filter((check) => !isGateItself(check, scene));
  const required = wanted.map((one) => (one.name === GATE_CHECK ? gateRequired() : requiredCheck(one, newest, scene)));
  const others = newest.filter((check) => check.state === "failure" && !names.has(check.name) && !isOwnJob(check, facts)).map((check) => otherFailed(check));
  return [...unread(facts), ...required, ...atLeastOneRan(names, newest), ...others];
}

interface Scene {
  readonly facts: GateFacts;
  readonly policy: Policy;
  readonly now: number;
  readonly rebuilt: boolean;
}

interface Requirement extends RequiredCheck {
  /** A rule of the branch wants it, so that GitHub waits for it as well. */
  readonly byRule: boolean;
}

/** What the branch's rules and the inputs want; of a name that both want, the rule is the stricter. */
function requirements({ facts, policy, rebuilt }: Scene): readonly Requirement[] {
  const ruled = (facts.pull.requiredChecks ?? []).map((one) => ({ ...one, byRule: true }));
  const own = [...policy.requiredChecks, ...(rebuilt ? [policy.checkName] : [])];
  const more = [...new Set(own)].filter((name) => !ruled.some((one) => one.name === name)).map((name) => ({ name, appId: null, byRule: false }));
  return [...more, ...ruled];
}

/** What this gate, or an earlier one, said of the pull request is no judgement of its commit. */
function isGateItself(check: CheckFacts, scene: Scene): boolean {
  return check.name === GATE_CHECK && isPublishedByUs(check, scene);
}

function gateRequired(): Condition {
  return open(`Check \`${GATE_CHECK}\``, "unmet", "required by a rule or an input", {
    code: "gate-required",
    message: "the gate's own check is required, and the gate publishes it only when it does not merge",
    fix: `Take \`${GATE_CHECK}\` out of the rules of the branch and out of \`required-checks\`: the gate waits for nothing that only it can give.`,
  });
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
    conditions.push(open("The branch's rules could be read", "unmet", "the required checks could not be read", rulesUnread(`which checks \`${pull.base.branch}\` requires`, pull)));
  }
  return conditions;
}

function requiredCheck({ name, appId, byRule }: Requirement, newest: readonly CheckFacts[], scene: Scene): Condition {
  const title = `Check \`${name}\``;
  const named = newest.filter((check) => check.name === name);
  const bad = named.find((check) => check.state === "failure");
  if (bad) {
    return open(title, "unmet", `failed${at(bad)}`, { code: "check-failed", message: `the check \`${name}\` failed${at(bad)}`, fix: "Open the check, mend what it found, and let it run again." });
  }
  const counted = named.filter((check) => (appId === null || check.appId === appId) && (name !== scene.policy.checkName || isPublishedByUs(check, scene)));
  // GitHub would be content with a check of our name by anyone, unless its rule names the App.
  const byGitHub = byRule && (name !== scene.policy.checkName || appId !== null);
  if (counted.length === 0) return { ...missing({ name, byRule, appId }, named, scene), byGitHub };
  const held = named.find((check) => check.state === "action_required");
  if (held) {
    return open(title, "unmet", `waits for approval${at(held)}`, {
      code: "approval-of-run",
      message: `the run of \`${name}\` waits for someone with write access to approve it${at(held)}`,
      fix: "Approve the run on the pull request; runs of a bot's pull request wait for that. An App token makes them start at once.",
    });
  }
  const pending = named.find((check) => check.state === "pending");
  if (!pending) return met(title, `${named.map((check) => check.state).join(", ")}${at(named[0])}`);
  const waiting = open(title, "waiting", `${pending.at === 0 ? "queued" : `running for ${secondsSince(pending.at, scene.now)} s`}${at(pending)}`, {
    code: "check-pending",
    message: `the check \`${name}\` is not finished${at(pending)}`,
    fix: isOwnRun(pending, scene.facts)
      ? "It is a job of this very run: where that is the gate's own job, no rule may require it. Else look whether it hangs."
      : "Look whether its job waits for a runner or hangs; raise `wait-seconds` if it only takes longer.",
  });
  return { ...waiting, byGitHub: byGitHub && counted.includes(pending) };
}

function secondsSince(at: number, now: number): number {
  return Math.max(0, Math.round((now - at) / 1000));
}

/** Anyone with write access may report a status, and any App a check, under the name of ours: only the loop's own identities count. */
function isPublishedByUs({ app }: CheckFacts, { facts, policy }: Scene): boolean {
  return app !== null && [facts.pull.viewer, ...policy.trustedAuthors].some((login) => login.toLowerCase() === `${app.toLowerCase()}[bot]`);
}

function missing(wanted: Requirement, named: readonly CheckFacts[], scene: Scene): Condition {
  const { facts, policy, rebuilt } = scene;
  const { name } = wanted;
  const { head } = facts.pull;
  const title = `Check \`${name}\``;
  const evidence = named.length === 0 ? `has not appeared at ${shortSha(head.sha)}` : `is there at ${shortSha(head.sha)}, but only from ${named.map(reporter).join(", ")}`;
  if (name === policy.checkName && rebuilt && !facts.memory.rechecked.includes(head.sha)) {
    return open(title, "recheck", evidence, {
      code: "recheck-needed",
      message: `the rebuilt commit ${shortSha(head.sha)} has not been checked`,
      fix: "Run the gate again without `dry-run`: it checks a commit that it built itself.",
    });
  }
  const fix = likelyCause(wanted, named, scene);
  return open(title, "waiting", evidence, { code: "check-missing", message: `the check \`${name}\` has not appeared at ${shortSha(head.sha)}`, fix });
}

function reporter({ app }: CheckFacts): string {
  return app === null ? "a commit status" : `the App ${app}`;
}

/** Why a check may never come: what is known to be the case first, then what is most often so. */
function likelyCause({ name, appId }: Requirement, named: readonly CheckFacts[], { facts, policy, rebuilt }: Scene): string {
  const { pull } = facts;
  if (rebuilt && name !== policy.checkName) {
    return "The branch was rebuilt with a token that starts no workflow: let the job run with an App token, or start that check on the branch by hand.";
  }
  if (named.length > 0) return `Only a check by ${appId === null ? "the loop's own App, or one of `trusted-authors`," : `the App with the id ${appId}`} counts: ${named.map(reporter).join(", ")} reported that name.`;
  if (pull.runsAwaitingApproval > 0) {
    const runs = pull.runsAwaitingApproval === 1 ? "A run of a workflow waits" : `${pull.runsAwaitingApproval} runs of workflows wait`;
    return `${runs} for approval at this commit, as those of a pull request opened with GITHUB_TOKEN do: approve them on the pull request, or use an App token.`;
  }
  const similar = [...new Set(pull.checks.map((check) => check.name))].filter((other) => isAlike(other, name));
  if (similar.length > 0) return `No check has exactly this name here; did you mean ${similar.slice(0, 3).map((other) => `\`${other}\``).join(" or ")}? Correct the rule or \`required-checks\`.`;
  if (name === policy.checkName) return "Run fast-ci before the gate at this commit, with `checks: write`, and give both the same `check-name`.";
  const known = listedNames(pull.checks);
  return `Either its run waits for approval (a pull request opened with GITHUB_TOKEN), or a path filter skips it, or no check has this name. Seen here: ${known}.`;
}

/** `build` and `CI / build`, `Build`, `build (20)`: the same words in another dress. */
function isAlike(one: string, other: string): boolean {
  const [a, b] = [one, other].map((name) => name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim()) as [string, string];
  return a !== "" && b !== "" && (` ${a} `.includes(` ${b} `) || ` ${b} `.includes(` ${a} `));
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
 * Check runs repeat: the newest per name, app and (for jobs of Actions) workflow counts (PLATFORM, Merging), which may be one that waits for a runner while an older one
 * is green. Of two statuses at the same moment the one that is not green.
 */
export function newestOf(checks: readonly CheckFacts[]): readonly CheckFacts[] {
  const newest = new Map<string, CheckFacts>();
  for (const check of checks) {
    const key = JSON.stringify([check.kind, check.name, check.app, check.workflow]);
    const known = newest.get(key);
    if (known === undefined || check.order > known.order || (check.order === known.order && isGreen(known))) newest.set(key, check);
  }
  return [...newest.values()];
}

function isGreen(check: CheckFacts): boolean {
  return ["success", "neutral", "skipped"].includes(check.state);
}

/**
 * The gate's own job, whose earlier attempt may still be shown as the newest: in this run, with its id for a name, as far as that can be told
 * (in a matrix, or behind the name of a job that calls its workflow). One with a name of its own is running, and so has not failed.
 */
function isOwnJob(check: CheckFacts, facts: GateFacts): boolean {
  const [name, job] = [check.name.toLowerCase(), facts.job.toLowerCase()];
  return job !== "" && isOwnRun(check, facts) && (name === job || name.endsWith(` / ${job}`) || name.startsWith(`${job} (`));
}

/** A job of the run that the gate itself is a part of. */
function isOwnRun(check: CheckFacts, { runId }: GateFacts): boolean {
  return runId !== "" && check.url !== null && check.url.includes(`/actions/runs/${runId}/`);
}

function at(check: CheckFacts | undefined): string {
  return check?.url ? ` (${check.url})` : "";
}

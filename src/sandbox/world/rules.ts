/** Rules on branches: what they ask of a direct change and of a merge. */

import { isAncestor } from "../git/history.ts";
import { ApiError } from "./errors.ts";
import { latestPerCheck } from "./checks.ts";
import { matchesBranch } from "./paths.ts";
import { isBehind, pullCommits } from "./pull-facts.ts";
import { opinions } from "./reviews.ts";
import type { Actor } from "./tokens.ts";
import type { BranchRule, CheckConclusion, MergeMethod, PullRequest, Repository } from "./types.ts";

export function rulesFor(repository: Repository, branch: string): BranchRule[] {
  return repository.rules.filter((rule) => matchesBranch(rule.branch, branch));
}

function binds(rule: BranchRule, actor: Actor): boolean {
  return !(rule.bypass ?? []).some((name) => name === actor.account.login || name === actor.app?.slug);
}

/** Does the rule keep people from changing the branch directly? */
function guardsContent(rule: BranchRule): boolean {
  return (rule.requiredChecks ?? []).length > 0 || rule.requiredApprovals !== undefined || rule.mergeQueue !== undefined;
}

/** Existing branches that this actor cannot push to; what a new commit would need cannot be there yet. */
export function protectedBranches(repository: Repository, actor: Actor): string[] {
  return repository.git.refs("refs/heads/").map(([name]) => name.slice(11))
    .filter((branch) => rulesFor(repository, branch).some((rule) => guardsContent(rule) && binds(rule, actor)));
}

export interface RequiredCheck {
  readonly context: string;
  /** Slug of the only app that may report it. */
  readonly app: string | undefined;
}

export function requiredChecks(rules: readonly BranchRule[]): RequiredCheck[] {
  return rules.flatMap((rule) => rule.requiredChecks ?? [])
    .map((one) => (typeof one === "string" ? { context: one, app: undefined } : { context: one.context, app: one.app }));
}

function violation(...reasons: string[]): ApiError {
  const message = `Repository rule violations found\n\n${reasons.join("\n\n")}\n\n`;
  return new ApiError(422, message, { graphql: message, type: "UNPROCESSABLE" });
}

/** Refuses a direct change of a branch that its rules keep. @throws ApiError 422 */
export async function requireDirectChange(
  actor: Actor,
  repository: Repository,
  branch: string,
  from: string | undefined,
  to: string | undefined,
): Promise<void> {
  if (from === undefined) return;
  const reasons: string[] = [];
  for (const rule of rulesFor(repository, branch)) {
    if (!binds(rule, actor)) continue;
    if (to === undefined) {
      if (rule.blockDeletions === true) reasons.push("Cannot delete this branch");
      continue;
    }
    if (rule.requiredApprovals !== undefined) reasons.push("Changes must be made through a pull request.");
    if (rule.mergeQueue !== undefined) reasons.push("Changes must be made through the merge queue.");
    for (const check of requiredChecks([rule])) {
      if (checkState(repository, to, check) !== "success") reasons.push(`Required status check "${check.context}" is expected.`);
    }
    if (rule.blockForcePushes === true && !(await isAncestor(repository.git, from, to))) {
      reasons.push("Cannot force-push to this branch");
    }
  }
  if (reasons.length > 0) throw violation(...reasons);
}

/** The state of a required check at a commit: the newest run of that name, and app, counts. */
export function checkState(repository: Repository, sha: string, check: RequiredCheck): "success" | "failure" | "pending" | "missing" {
  const known = repository.bySha.get(sha);
  const runs = latestPerCheck(known?.runs ?? [])
    .filter((run) => run.name === check.context && (check.app === undefined || run.suite.app.slug === check.app));
  const statuses = check.app === undefined ? (known?.statuses ?? []).filter((one) => one.context === check.context) : [];
  const newest = statuses.at(-1);
  const states = [
    ...runs.map((run) => (run.status === "completed" ? conclusionState(run.conclusion) : "pending" as const)),
    ...(newest === undefined ? [] : [newest.state === "error" ? "failure" as const : newest.state]),
  ];
  if (states.length === 0) return "missing";
  if (states.includes("failure")) return "failure";
  return states.includes("pending") ? "pending" : "success";
}

export function conclusionState(conclusion: CheckConclusion | null): "success" | "failure" | "pending" {
  if (conclusion === "success" || conclusion === "neutral" || conclusion === "skipped") return "success";
  return conclusion === null ? "pending" : "failure";
}

/** How the merge queue of a branch lands what is put into it; undefined: it has none. */
export function queueMethod(repository: Repository, branch: string): MergeMethod | undefined {
  return rulesFor(repository, branch).find((rule) => rule.mergeQueue !== undefined)?.mergeQueue;
}

/** Whether an actor has to merge by the queue. */
export function needsQueue(actor: Actor, pull: PullRequest): boolean {
  return rulesFor(pull.repository, pull.baseRef).some((rule) => rule.mergeQueue !== undefined && binds(rule, actor));
}

/** Why the rules keep a pull request from merging; empty when they do not. */
export async function mergeObstacles(actor: Actor | undefined, pull: PullRequest): Promise<string[]> {
  const { repository } = pull;
  const rules = rulesFor(repository, pull.baseRef).filter((rule) => actor === undefined || binds(rule, actor));
  const reasons: string[] = [];
  for (const check of requiredChecks(rules)) {
    const state = checkState(repository, pull.headSha, check);
    if (state === "missing") reasons.push(`Required status check "${check.context}" is expected.`);
    else if (state === "pending") reasons.push(`Required status check "${check.context}" is in progress.`);
    else if (state === "failure") reasons.push(`Required status check "${check.context}" is failing.`);
  }
  for (const name of rules.flatMap((rule) => rule.workflows ?? [])) {
    const state = checkState(repository, pull.headSha, { context: name, app: "github-actions" });
    if (state !== "success") reasons.push(`Required workflow "${name}" is ${state === "failure" ? "failing" : state === "pending" ? "in progress" : "expected"}.`);
  }
  const approvals = Math.max(0, ...rules.map((rule) => rule.requiredApprovals ?? 0));
  const latest = opinions(pull);
  if (latest.some((review) => review.state === "CHANGES_REQUESTED") && approvals > 0) reasons.push("Changes have been requested.");
  if (latest.filter((review) => review.state === "APPROVED").length < approvals) {
    reasons.push(`At least ${approvals} approving review${approvals === 1 ? " is" : "s are"} required by reviewers with write access.`);
  }
  if (rules.some((rule) => rule.requireConversationResolution === true) && pull.threads.some((thread) => !thread.resolved)) {
    reasons.push("A conversation must be resolved before this pull request can be merged.");
  }
  if (rules.some((rule) => rule.requireSignatures === true) && !(await allSigned(pull))) reasons.push("Commits must have verified signatures.");
  if (rules.some((rule) => rule.strict === true) && (await isBehind(pull))) {
    reasons.push("This branch must not be behind its base branch: the head branch is not up to date with the base branch.");
  }
  return reasons;
}

async function allSigned(pull: PullRequest): Promise<boolean> {
  return (await pullCommits(pull)).every((oid) => pull.repository.signed.has(oid));
}

import type { LineCommit } from "../../github/port.ts";
import { shortSha } from "../../kit/ids.ts";
import type { Assessment } from "./assess.ts";
import { knownBefore } from "./evidence.ts";
import type { Commit, Facts } from "./facts.ts";
import { positionOf, rollbacksAfter, saysItIsARollback } from "./line.ts";
import { type Policy, isAutomatic } from "./policy.ts";
import { type Reason, because } from "./reasons.ts";
import { marksOf, rollsBackIn } from "./text.ts";

/** What stands against it whatever has been done so far. */
export function refusedAlways(facts: Facts, commit: Commit): Reason[] {
  const reasons: Reason[] = [];
  if (facts.pause) reasons.push(because("paused", `paused by issue #${facts.pause.number}: ${facts.pause.url}`));
  if (isRollback(facts, commit)) reasons.push(because("is-a-rollback", `${shortSha(commit.sha)} is a rollback itself; to bring its change back, revert it in a pull request of your own`));
  if (!facts.onDefault) reasons.push(because("not-on-default", `${shortSha(commit.sha)} is not on ${facts.defaultBranch}`));
  return reasons;
}

/**
 * Its own pull request or message says so. What came by the pull request of somebody else is none, whatever it says: its author writes
 * title, text and commits, also after the merge, and could make a bad change one that is never taken back.
 */
function isRollback({ pull, viewer }: Facts, commit: Commit): boolean {
  if (pull === null) return saysItIsARollback(commit);
  // No person's login ends so: GitHub allows letters, digits and hyphens.
  const isLoops = pull.author === viewer || pull.author.endsWith("[bot]");
  return isLoops && (saysItIsARollback(commit) || saysItIsARollback({ message: `${pull.title}\n${pull.body}` }));
}

/** What stands against it as long as it is not merged: what there is to take back, and whose the branch is. */
export function refusedUnmerged(facts: Facts, commit: Commit, { span }: Assessment): Reason[] {
  const reasons: Reason[] = [];
  if (commit.parents.length === 0) reasons.push(because("first-commit", "it is the first commit of the repository, with nothing before it to go back to"));
  else if (facts.count > 1 && positionOf(facts.line, commit.sha) + facts.count > facts.line.length) reasons.push(because("too-many-commits", `its pull request put ${facts.count} commits on ${facts.defaultBranch} one by one, more than are looked at`));
  else if (span === null) reasons.push(because("unclear-mainline", `${shortSha(commit.sha)} is a merge, and nothing tells which of its parents was ${facts.defaultBranch} before it`));
  else if (span.commits.length === 1 && span.tree === commit.tree) reasons.push(because("changes-nothing", `${shortSha(commit.sha)} changes no file, so taking it back would mend nothing`));
  return [...reasons, ...refusedBranch(facts, commit)];
}

function refusedBranch({ hotfix, branch }: Facts, commit: Commit): Reason[] {
  const reasons: Reason[] = [];
  const open = hotfix.pulls.find(({ state }) => state === "open");
  const closed = open ? undefined : hotfix.pulls.find(({ state, title }) => state === "closed" && !title.startsWith(WITHDRAWN));
  if (closed) reasons.push(because("given-up", `somebody closed ${closed.url} without merging it; reopen it to let this rollback go on`));
  if (open && rollsBackIn(open.body) !== commit.sha) reasons.push(because("branch-taken", `${open.url} uses the branch ${branch} for something else`));
  const strangers = open ? open.commits.filter(({ message }) => rollsBackIn(message) !== commit.sha) : [];
  for (const { sha, author } of strangers) reasons.push(because("handed-over", `${author ?? "somebody"} committed ${shortSha(sha)} to ${branch}: it is theirs to finish`));
  const stray = !open && !closed && hotfix.sha !== null && rollsBackIn(hotfix.commit?.message ?? "") !== commit.sha;
  if (stray) reasons.push(because("branch-taken", `the branch ${branch} exists and does not take back ${shortSha(commit.sha)}`));
  return reasons;
}

/** How the title of a hotfix begins that turned out not to be needed. */
export const WITHDRAWN = "Withdrawn: ";

/** What stands against beginning it. */
export function refusedBeginning(facts: Facts, commit: Commit, { deployed }: Assessment, policy: Policy): Reason[] {
  const reasons: Reason[] = [];
  if (deployed.kind === "no") reasons.push(because("not-deployed", `${deployed.why}: taking it back would change nothing in production; a change that is not deployed needs a revert, no rollback`));
  // A commit says itself when it was made; GitHub says when a pull request was merged.
  const landedAt = Math.min(facts.pull?.mergedAt ?? commit.at, facts.now);
  const hours = (facts.now - landedAt) / 3_600_000;
  if (policy.windowHours > 0 && hours > policy.windowHours) reasons.push(because("outside-window", `it was merged ${Math.floor(hours)} hours ago, and much may build on it by now; \`window-hours\` allows ${policy.windowHours}`));
  // A workflow's own token may not put a commit on a branch that changes workflow files (PLATFORM, Tokens).
  if (commit.touchesWorkflows && facts.viewer === "github-actions[bot]") reasons.push(TOUCHES_WORKFLOWS);
  return reasons;
}

export const TOUCHES_WORKFLOWS = because("touches-workflows", "it changes files in .github/workflows, which a workflow's own token may not; pass the token of a GitHub App with `workflows: write`, or do it by hand");

/** One attempt for a deployment: what a verdict has brought about and people were called for is not tried again without them. */
export function refusedAgain({ incident }: Facts, policy: Policy, attempt: number): Reason[] {
  const tried = incident?.open === true && marksOf(incident.body).state === "stopped";
  if (!isAutomatic(policy) || attempt > 1 || !tried) return [];
  return [because("attempted", `it was tried before, and people were called by #${incident.number}: ${incident.url}; run this job again, or start a rollback by hand, when its cause is mended`)];
}

/** What may change when another rollback is done. */
export function refusedForNow(facts: Facts, commit: Commit, assessment: Assessment, policy: Policy): Reason[] {
  if (!isAutomatic(policy)) return [];
  const reasons: Reason[] = [];
  if (assessment.before.kind === "bad") reasons.push(because("target-known-bad", `the state before it is no better: ${knownBefore(assessment.before)}`));
  const at = positionOf(facts.line, commit.sha);
  // A message may say anything; a rollback has called people, by labels that not everybody can set.
  const called = ({ message }: LineCommit) => facts.incidents.some(({ body }) => rollsBackIn(body) === rollsBackIn(message));
  const last = at < 0 ? undefined : facts.line.slice(at + 1).find((earlier) => saysItIsARollback(earlier) && called(earlier));
  const minutes = last === undefined ? Infinity : (facts.now - last.at) / 60_000;
  if (last && minutes < policy.cooldownMinutes) reasons.push(because("cooling-down", `${shortSha(last.sha)}, ${Math.max(0, Math.floor(minutes))} minutes ago, was a rollback too; two in \`cooldown-minutes\` (${policy.cooldownMinutes}) say that the cause is elsewhere`));
  return reasons;
}

/** A rollback of another commit since the verdict, which says nothing of production any more. */
export function staleSince({ line }: Facts, commit: Commit, { detectedAt }: Policy): string | null {
  const newest = rollbacksAfter(line, commit.sha)[0];
  return detectedAt !== null && newest !== undefined && newest.at >= detectedAt - CLOCKS_MS ? newest.sha : null;
}

/** Clocks of GitHub and of the runner differ by less than this, and commits know whole seconds; milliseconds. */
const CLOCKS_MS = 5_000;

import { shortSha } from "../../kit/ids.ts";
import { type Condition, met, open } from "./condition.ts";
import type { GateFacts, Refusal } from "./facts.ts";
import { hasAllowedPaths, holdsPlainFiles, holdsText, isSmallEnough, keepsModes } from "./files.ts";
import { matchesAny } from "./globs.ts";
import { isHere, originOf, standsFor } from "./origin.ts";
import type { Policy } from "./policy.ts";
import { hasNoBlockingLabel, hasNoOpenConversation, isReviewed } from "./reviews.ts";
import { isMergedAsAllowed, satisfiesOtherRules } from "./way.ts";

/** `now` in epoch milliseconds. */
type Rule = (facts: GateFacts, policy: Policy, now: number) => Condition;

/** The rules about the pull request; checks have their own file. */
export const rules: readonly Rule[] = [
  ...[isOpen, isReady, hasBase, isOwnBranch, isJudgedHead, hasOrigin],
  ...[hasAllowedPaths, isSmallEnough, holdsPlainFiles, keepsModes, holdsText],
  ...[isReviewed, hasNoOpenConversation, hasNoBlockingLabel, isNotPaused, isMergedAsAllowed, satisfiesOtherRules, isFreeOfConflicts],
];

export function isOpen({ pull }: GateFacts): Condition {
  const title = "The pull request is open";
  if (pull.state === "open") return met(title, "open");
  if (pull.state === "merged" && pull.merge !== null) return met(title, `merged as ${shortSha(pull.merge.sha)}`);
  if (pull.state === "merged") {
    return open(title, "waiting", "merged, by a commit not known yet", {
      code: "merge-unknown",
      message: `#${pull.number} is merged, but GitHub does not tell by which commit`,
      fix: "Run the gate again in a moment.",
    });
  }
  return open(title, "unmet", "closed", { code: "closed", message: `#${pull.number} was closed without being merged`, fix: "Reopen it, or ask the question again for a new pull request." });
}

function isReady({ pull }: GateFacts): Condition {
  const title = "It is not a draft";
  if (!pull.draft) return met(title, "ready for review");
  return open(title, "unmet", "draft", { code: "draft", message: `#${pull.number} is a draft`, fix: "Mark it as ready for review." });
}

function hasBase({ pull }: GateFacts, { baseBranches }: Policy): Condition {
  const title = "It goes into an allowed branch";
  const allowed = baseBranches.length === 0 ? [pull.defaultBranch] : baseBranches;
  if (matchesAny(pull.base.branch, allowed)) return met(title, pull.base.branch);
  const shown = allowed.map((branch) => `\`${branch}\``).join(" or ");
  return open(title, "unmet", pull.base.branch, {
    code: "base-not-allowed",
    message: `it would be merged into \`${pull.base.branch}\`, not into ${shown}`,
    fix: `Change the base of #${pull.number} to ${shown}, or name the branch in \`base-branches\`.`,
  });
}

function isOwnBranch(facts: GateFacts, { allowForks }: Policy): Condition {
  const title = "Its branch is in this repository";
  const { pull } = facts;
  const home = pull.head.repository;
  if (isHere(facts)) return met(title, pull.head.branch);
  if (allowForks && home !== null) return met(title, `in the fork ${home}, which \`allow-forks\` allows`);
  const where = home === null ? "a fork that is gone" : `the fork ${home}`;
  return open(title, "unmet", where, {
    code: "fork",
    message: `its branch is in ${where}, where anyone may have pushed`,
    fix: "A person has to review and merge it, or push the branch to this repository.",
  });
}

function isJudgedHead(facts: GateFacts, policy: Policy): Condition {
  const { pull, memory } = facts;
  const title = "It stands at the commit to be judged";
  const { sha, tip } = pull.head;
  if (tip !== null && tip !== sha && pull.state === "open") {
    return open(title, "waiting", `the branch is at ${shortSha(tip)}, the pull request at ${shortSha(sha)}`, {
      code: "head-moving",
      message: `its branch is at ${shortSha(tip)} and GitHub still shows it at ${shortSha(sha)}`,
      fix: "Run the gate again in a minute; GitHub is still taking in a push.",
    });
  }
  if (memory.stale.includes(sha)) {
    return open(title, "waiting", `${shortSha(sha)}, which GitHub does not merge`, {
      code: "head-stale",
      message: `GitHub did not merge ${shortSha(sha)} because its head had moved, and still shows no other`,
      fix: "Run the gate again: a commit that was refused is not sent a second time by the same run.",
    });
  }
  if (policy.headSha === "" || sha === policy.headSha) return met(title, shortSha(sha));
  if (standsFor(facts, policy, (commit) => commit === policy.headSha) !== null) {
    return met(title, `${shortSha(sha)}, this loop's own rebuild of ${shortSha(policy.headSha)}`);
  }
  return open(title, "unmet", `${shortSha(sha)} instead of ${shortSha(policy.headSha)}`, {
    code: "head-moved",
    message: `its head is ${shortSha(sha)}, but \`head-sha\` asks for ${shortSha(policy.headSha)}`,
    fix: "Somebody pushed meanwhile: let CI check the new commit, then start the gate with its sha.",
  });
}

function hasOrigin(facts: GateFacts, policy: Policy): Condition {
  const title = "Its origin is proved";
  const origin = originOf(facts, policy);
  if (origin.kind === "proved") return met(title, origin.by);
  if (origin.kind === "person") {
    return open(title, "person", `commits of others: ${origin.who}`, {
      code: "person-committed",
      message: `somebody took over the branch: ${origin.who}`,
      fix: "The loop leaves this pull request to them; review and merge it by hand.",
    });
  }
  if (origin.kind === "unread") {
    return open(title, "waiting", origin.why, {
      code: "commits-unread",
      message: `its origin is not known: ${origin.why}`,
      fix: "Run the gate again in a minute; GitHub is still taking in a push.",
    });
  }
  return open(title, "unmet", origin.why, {
    code: "origin-unproved",
    message: `its origin is not proved: ${origin.why}`,
    fix: "Have it made through the API by an account in `trusted-authors` (GitHub signs such commits; a GitHub Enterprise Server only where its administrators have enabled web commit signing), or configure `signing-key`, or name its author in `trusted-people`; titles, labels and author names prove nothing.",
  });
}

function isNotPaused({ pull }: GateFacts): Condition {
  const title = "The loop is not paused";
  if (pull.pause === null) return met(title, "no open issue labelled instant-paused");
  return open(title, "unmet", `paused by #${pull.pause.number}`, {
    code: "paused",
    message: `INSTANT is paused by issue #${pull.pause.number}`,
    fix: `Close ${pull.pause.url} when the loop may go on, then run the gate again.`,
  });
}

/** While GitHub works out anew whether it merges, it refuses without a reason: that is asked again, but not for ever. */
function isPassing({ reason, times }: Refusal): boolean {
  return times < 4 && /^pull request is not mergeable\.?$/i.test(reason.trim());
}

/** In GitHub's words a check, a workflow or a scan that has yet to come or to end; each line of the refusal has to be such. */
const AWAITED = /\b(is|are) (expected|pending|queued|in progress)\b|\bwaiting (for|on)\b.*\b(results?|status|checks?|deployments?|workflows?)\b|have not succeeded: .*\b(expected|pending)\b/i;

/** Whether GitHub refused only because something is not done yet. */
export function isAwaited(reason: string): boolean {
  const lines = reason.split("\n").map((line) => line.trim()).filter((line) => line !== "" && !/^repository rule violations found$/i.test(line));
  return lines.length > 0 && lines.every((line) => AWAITED.test(line) && !/\b(fail(s|ed|ing|ure)?|error(s|ed)?)\b/i.test(line));
}

/** Asked again after so long, in milliseconds: each time is a write. */
const PATIENCE_MS = { each: 10_000, most: 60_000, blocked: 300_000 };

/** Asked again when GitHub shows it as free, at the earliest after a moment; seldom while it shows it as blocked, which may be wrong. */
function isAskedAgain({ times, at }: Refusal, mergeState: string, now: number): boolean {
  return now - at >= (mergeState === "blocked" ? PATIENCE_MS.blocked : Math.min(PATIENCE_MS.most, PATIENCE_MS.each * times));
}

/** GitHub's own words when it refuses because the branch is behind or conflicts (docs: PUT /pulls/{n}/merge, 405 and 409). */
const BEHIND = /conflict|up[ -]to[ -]date|out of date|behind/i;

function isFreeOfConflicts(facts: GateFacts, policy: Policy, now: number): Condition {
  const { pull, memory } = facts;
  const title = "It merges without conflicts";
  if (pull.state === "merged") return met(title, "it was merged");
  const obstacle = memory.obstacles.find(({ head, base }) => head === pull.head.sha && (base === null || base === pull.base.sha));
  if (obstacle) return open(title, "unmet", obstacle.reason.message, obstacle.reason);
  const told = memory.refusal?.head === pull.head.sha && memory.refusal.base === pull.base.sha ? memory.refusal : null;
  const awaited = told !== null && isAwaited(told.reason);
  const refusal = told === null || isPassing(told) || awaited ? null : told.reason;
  if (onlyFaq(facts, policy) && pull.faq.head !== null && pull.faq.head === pull.faq.base) {
    return open(title, "unmet", "the base holds the same", {
      code: "no-difference",
      message: `\`${pull.base.branch}\` holds the same \`${policy.faqPath}\` by now`,
      fix: "Close the pull request: what it wanted is there already.",
    });
  }
  if (pull.mergeable === "unknown" && refusal === null) {
    return open(title, "waiting", "GitHub is still working it out", { code: "mergeable-unknown", message: "GitHub has not worked out yet whether it merges without conflicts", fix: "Run the gate again in a minute." });
  }
  if (told !== null && awaited && pull.mergeable === "mergeable" && !isAskedAgain(told, pull.mergeState, now)) return stillAwaited(title, told.reason);
  const stale = pull.mergeable === "conflicting" || (refusal !== null && BEHIND.test(refusal));
  if (!stale && refusal !== null) return open(title, "unmet", `GitHub refused: ${refusal}`, refused(refusal, pull.base.branch));
  if (!stale) return met(title, `with ${pull.base.branch} at ${shortSha(pull.base.sha)}`);
  if (!mayRebuild(facts, policy)) return conflicting(title, facts, policy);
  return pull.faqFlaw === null ? rebuildable(title, facts) : unreadable(title, pull.base.branch, pull.faqFlaw);
}

/** What nobody can read has no entries to merge, and would be lost. */
function unreadable(title: string, base: string, flaw: string): Condition {
  return open(title, "unmet", `conflicts with ${base}; ${flaw} there`, {
    code: "faq-unreadable",
    message: `it conflicts with \`${base}\` and cannot be rebuilt: there ${flaw}`,
    fix: `Make it a plain file of text on \`${base}\`, or resolve the conflict by hand.`,
  });
}

function stillAwaited(title: string, reason: string): Condition {
  return open(title, "waiting", `GitHub waits: ${reason}`, {
    code: "awaited-by-github",
    message: `GitHub does not merge it yet: ${reason.replace(/\s+/g, " ").trim()}`,
    fix: "See at the foot of the pull request's page what it waits for; raise `wait-seconds` if that only takes longer.",
  });
}

function refused(reason: string, base: string) {
  const queue = /merge queue/i.test(reason);
  return {
    code: "refused-by-github",
    message: `GitHub refused to merge it: ${reason}`,
    fix: queue ? "Set `merge-mode: queue`: the rules of the branch want its merge queue." : `Look at the rules of \`${base}\` (Settings, Rules): one of them is not satisfied or not shown to this token.`,
  };
}

function onlyFaq({ files }: GateFacts, { faqPath }: Policy): boolean {
  const [file] = files;
  return files.length === 1 && file?.path === faqPath && file.status !== "removed" && file.previousPath === null;
}

/** Only a branch of the loop's own is pushed to, and only where the entries of both sides could be read. */
function mayRebuild(facts: GateFacts, policy: Policy): boolean {
  const { pull } = facts;
  const origin = originOf(facts, policy);
  const theirs = origin.kind === "proved" && !origin.own;
  return onlyFaq(facts, policy) && isHere(facts) && !theirs && pull.faq.head !== null && pull.mergeBase !== null;
}

function rebuildable(title: string, { pull }: GateFacts): Condition {
  return open(title, "rebuild", `conflicts with ${pull.base.branch} at ${shortSha(pull.base.sha)}; its entries can be merged`, {
    code: "rebuild-needed",
    message: `it does not merge into \`${pull.base.branch}\` as it is and has to be rebuilt`,
    fix: "Run the gate again without `dry-run`: it rebuilds the branch by FAQ entries.",
  });
}

function conflicting(title: string, { pull }: GateFacts, policy: Policy): Condition {
  return open(title, "unmet", `conflicts with ${pull.base.branch}`, {
    code: "conflict",
    message: `it conflicts with \`${pull.base.branch}\`, and more than the entries of \`${policy.faqPath}\` in a branch of the loop is concerned`,
    fix: `Merge \`${pull.base.branch}\` into the branch by hand and resolve the conflicts.`,
  });
}

import { shortSha } from "../../kit/ids.ts";
import { type Condition, listed, met, open } from "./condition.ts";
import type { GateFacts, Refusal } from "./facts.ts";
import { matchesAny } from "./globs.ts";
import { originOf, standsFor } from "./origin.ts";
import type { Policy } from "./policy.ts";

type Rule = (facts: GateFacts, policy: Policy) => Condition;

/** The rules about the pull request as such; checks have their own file. */
export const rules: readonly Rule[] = [isOpen, isReady, hasBase, isOwnBranch, isJudgedHead, hasOrigin, hasAllowedPaths, holdsPlainFiles, isReviewed, isNotPaused, isFreeOfConflicts];

export function isOpen({ pull }: GateFacts): Condition {
  const title = "The pull request is open";
  if (pull.state === "open") return met(title, "open");
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

function hasBase({ pull }: GateFacts): Condition {
  const title = "It goes into the default branch";
  if (pull.base.branch === pull.defaultBranch) return met(title, pull.base.branch);
  return open(title, "unmet", pull.base.branch, {
    code: "base-not-allowed",
    message: `it would be merged into \`${pull.base.branch}\`, not into \`${pull.defaultBranch}\``,
    fix: `Change the base of #${pull.number} to \`${pull.defaultBranch}\`.`,
  });
}

function isOwnBranch({ pull, repository }: GateFacts): Condition {
  const title = "Its branch is in this repository";
  const home = pull.head.repository;
  if (home !== null && home.toLowerCase() === repository.toLowerCase()) return met(title, pull.head.branch);
  const where = home === null ? "a fork that is gone" : `the fork ${home}`;
  return open(title, "unmet", where, {
    code: "fork",
    message: `its branch is in ${where}, where anyone may have pushed`,
    fix: "A person has to review and merge it, or push the branch to this repository.",
  });
}

function isJudgedHead(facts: GateFacts, policy: Policy): Condition {
  const { pull } = facts;
  const title = "It stands at the commit to be judged";
  if (policy.headSha === "" || pull.head.sha === policy.headSha) return met(title, shortSha(pull.head.sha));
  if (standsFor(facts, policy, (sha) => sha === policy.headSha) !== null) {
    return met(title, `${shortSha(pull.head.sha)}, this loop's own rebuild of ${shortSha(policy.headSha)}`);
  }
  return open(title, "unmet", `${shortSha(pull.head.sha)} instead of ${shortSha(policy.headSha)}`, {
    code: "head-moved",
    message: `its head is ${shortSha(pull.head.sha)}, but \`head-sha\` asks for ${shortSha(policy.headSha)}`,
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
    fix: "Have it made through the API by an account in `trusted-authors` (GitHub signs such commits; a GitHub Enterprise Server only where its administrators have enabled web commit signing), or configure `signing-key`; titles, labels and author names prove nothing.",
  });
}

function hasAllowedPaths({ files, pull }: GateFacts, policy: Policy): Condition {
  const title = "It changes allowed paths only";
  const names = files.flatMap((file) => (file.previousPath === null ? [file.path] : [file.path, file.previousPath]));
  const outside = [...new Set(names)].filter((name) => !matchesAny(name, policy.allowedPaths));
  if (outside.length > 0) {
    const shown = listed(outside.map((name) => `\`${name}\``));
    return open(title, "unmet", `outside: ${shown}`, {
      code: "path-not-allowed",
      message: `it changes ${shown}, which \`allowed-paths\` does not allow`,
      fix: `Take the change out, or add the path to \`allowed-paths\` (now: ${policy.allowedPaths.join(", ")}).`,
    });
  }
  if (files.length < pull.fileCount) {
    return open(title, "unmet", `${files.length} of ${pull.fileCount} files read`, {
      code: "files-unread",
      message: `only ${files.length} of its ${pull.fileCount} changed files could be read`,
      fix: "Split the pull request: GitHub lists at most 3,000 files.",
    });
  }
  if (files.some((file) => (file.status === "renamed" || file.status === "copied") && file.previousPath === null)) {
    return open(title, "unmet", "a rename whose old name is unknown", {
      code: "files-unread",
      message: "it renames a file whose old name could not be read",
      fix: "Run the gate again; if it stays, make the change without a rename.",
    });
  }
  if (files.length === 0) {
    return open(title, "unmet", "no file is changed", { code: "no-difference", message: `nothing differs from \`${pull.base.branch}\``, fix: "Close the pull request: what it wanted is there already." });
  }
  return met(title, listed(files.map((file) => `\`${file.path}\``)));
}

const PLAIN = new Set(["100644", "100755"]);

/** A symbolic link or a submodule shows readers, and later runs, something else than what was judged. */
function holdsPlainFiles({ files, modes, pull }: GateFacts, policy: Policy): Condition {
  const title = "It changes plain files only";
  const kept = files.filter(({ path, status }) => status !== "removed" && matchesAny(path, policy.allowedPaths));
  const odd = kept.filter(({ path }) => !PLAIN.has(modes.get(path) ?? ""));
  if (odd.length === 0) return met(title, "modes 100644 and 100755");
  const shown = listed(odd.map(({ path }) => `\`${path}\` (mode ${modes.get(path) ?? "unknown"})`));
  return open(title, "unmet", shown, {
    code: "not-a-plain-file",
    message: `at ${shortSha(pull.head.sha)} it makes something else than a plain file of ${shown}`,
    fix: "Commit a plain file instead of a symbolic link or a submodule; when the mode is unknown, run the gate again.",
  });
}

function isReviewed({ pull }: GateFacts): Condition {
  const title = "Reviews are satisfied";
  const objections = listed(pull.changesRequestedBy);
  if (pull.changesRequestedBy.length > 0) {
    return open(title, "unmet", `changes requested by ${objections}`, {
      code: "changes-requested",
      message: `${objections} requested changes`,
      fix: "Answer the review; the gate goes on when it is approved or dismissed.",
    });
  }
  if (pull.requiredApprovals === null) {
    return open(title, "unmet", "the number of required approvals could not be read", {
      code: "reviews-unread",
      message: `how many approvals \`${pull.base.branch}\` requires could not be read`,
      fix: "Give the job `pull-requests: write` and `contents: write`, then run the gate again.",
    });
  }
  if (pull.approvals < pull.requiredApprovals) {
    return open(title, "unmet", `${pull.approvals} of ${pull.requiredApprovals} approvals`, {
      code: "approvals-missing",
      message: `it has ${pull.approvals} of the ${pull.requiredApprovals} approvals that \`${pull.base.branch}\` requires`,
      fix: "Have someone with write permission approve it, then run the gate again.",
    });
  }
  return met(title, pull.requiredApprovals === 0 ? "none required, no objection" : `${pull.approvals} of ${pull.requiredApprovals} approvals`);
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

/** GitHub's own words when it refuses because the branch is behind or conflicts (docs: PUT /pulls/{n}/merge, 405 and 409). */
const BEHIND = /conflict|up[ -]to[ -]date|out of date|behind/i;

function isFreeOfConflicts(facts: GateFacts, policy: Policy): Condition {
  const { pull, memory, files } = facts;
  const title = "It merges without conflicts";
  const obstacle = memory.obstacles.find(({ head, base }) => head === pull.head.sha && (base === null || base === pull.base.sha));
  if (obstacle) return open(title, "unmet", obstacle.reason.message, obstacle.reason);
  const told = memory.refusal?.head === pull.head.sha && memory.refusal.base === pull.base.sha ? memory.refusal : null;
  const refusal = told === null || isPassing(told) ? null : told.reason;
  if (pull.mergeable === "unknown" && refusal === null) {
    return open(title, "waiting", "GitHub is still working it out", { code: "mergeable-unknown", message: "GitHub has not worked out yet whether it merges without conflicts", fix: "Run the gate again in a minute." });
  }
  const stale = pull.mergeable === "conflicting" || (refusal !== null && BEHIND.test(refusal));
  if (!stale && refusal !== null) {
    return open(title, "unmet", `GitHub refused: ${refusal}`, {
      code: "refused-by-github",
      message: `GitHub refused to merge it: ${refusal}`,
      fix: `Look at the rules of \`${pull.base.branch}\` (Settings, Rules): one of them is not satisfied or not shown to this token.`,
    });
  }
  if (!stale) return met(title, `with ${pull.base.branch} at ${shortSha(pull.base.sha)}`);
  const onlyFaq = files.length === 1 && files[0]?.path === policy.faqPath && files[0].status !== "removed" && pull.faq.head !== null && files[0].previousPath === null;
  if (onlyFaq && pull.mergeBase !== null) {
    return open(title, "rebuild", `conflicts with ${pull.base.branch} at ${shortSha(pull.base.sha)}; its entries can be merged`, {
      code: "rebuild-needed",
      message: `it does not merge into \`${pull.base.branch}\` as it is and has to be rebuilt`,
      fix: "Run the gate again without `dry-run`: it rebuilds the branch by FAQ entries.",
    });
  }
  return open(title, "unmet", `conflicts with ${pull.base.branch}`, {
    code: "conflict",
    message: `it conflicts with \`${pull.base.branch}\`, and more than the entries of \`${policy.faqPath}\` is concerned`,
    fix: `Merge \`${pull.base.branch}\` into the branch by hand and resolve the conflicts.`,
  });
}

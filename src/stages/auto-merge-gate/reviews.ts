import { type Condition, listed, met, named, open, rulesUnread } from "./condition.ts";
import type { GateFacts } from "./facts.ts";
import { matchesAny } from "./globs.ts";
import type { Policy } from "./policy.ts";

/** The rules about what people said: reviews, conversations, labels. */

export function isReviewed({ pull }: GateFacts): Condition {
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
    const message = `how many approvals \`${pull.base.branch}\` requires could not be read`;
    return open(title, "unmet", "the number of required approvals could not be read", { code: "reviews-unread", message, fix: rulesUnread("", pull).fix });
  }
  if (!pull.reviewsComplete) {
    return open(title, "waiting", "not all reviews could be read", { code: "reviews-unread", message: "not all reviews could be read, so nobody knows that none objects", fix: "Run the gate again in a minute." });
  }
  if (pull.approvals < pull.requiredApprovals) {
    return open(title, "unmet", `${pull.approvals} of ${pull.requiredApprovals} approvals`, {
      code: "approvals-missing",
      message: `it has ${pull.approvals} of the ${pull.requiredApprovals} approvals that \`${pull.base.branch}\` requires`,
      fix: "Have someone with write permission approve it, then run the gate again.",
    });
  }
  if (pull.reviewDecision !== null && pull.reviewDecision !== "approved") {
    return open(title, "unmet", `GitHub says ${pull.reviewDecision}`, {
      code: "review-required",
      message: "GitHub still asks for a review, though it has enough approvals",
      fix: "A code owner, or somebody who did not push last, has to approve it: see the rules of the branch.",
    });
  }
  return met(title, pull.requiredApprovals === 0 ? "none required, no objection" : `${pull.approvals} of ${pull.requiredApprovals} approvals`);
}

export function hasNoOpenConversation({ pull }: GateFacts): Condition {
  const title = "Conversations are resolved";
  const { required, unresolved, complete } = pull.conversations;
  if (required === false) return met(title, `not required, ${unresolved} open`);
  const seen = `${unresolved} open`;
  if (required === null || !complete) {
    return open(title, required === null ? "unmet" : "waiting", "could not be read", {
      code: "conversations-unread",
      message: `whether \`${pull.base.branch}\` wants conversations resolved, and which are, could not be read`,
      fix: required === null ? rulesUnread("", pull).fix : "Run the gate again in a minute.",
    });
  }
  if (unresolved === 0) return met(title, "all of them");
  return open(title, "unmet", seen, {
    code: "conversation-open",
    message: `${unresolved === 1 ? "a conversation is" : `${unresolved} conversations are`} not resolved, which \`${pull.base.branch}\` requires`,
    fix: "Answer and resolve what is discussed on the pull request, then run the gate again.",
  });
}

export function hasNoBlockingLabel({ pull }: GateFacts, { blockingLabels }: Policy): Condition {
  const title = "No label holds it back";
  if (pull.labels === null) {
    return open(title, "unmet", "not all labels could be read", { code: "labels-unread", message: "not all of its labels could be read", fix: "Take some labels off: GitHub shows a hundred." });
  }
  const wanted = blockingLabels.map((label) => label.toLowerCase());
  const found = pull.labels.filter((label) => matchesAny(label.toLowerCase(), wanted));
  if (found.length === 0) return met(title, pull.labels.length === 0 ? "none" : listed(pull.labels));
  const shown = listed(found.map(named));
  return open(title, "unmet", shown, { code: "label", message: `its label ${shown} holds it back`, fix: "Take the label off when it may be merged, then run the gate again." });
}

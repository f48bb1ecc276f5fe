/** Reviews: the latest opinion of each reviewer counts, and only of those who may write. */

import { ApiError } from "./errors.ts";
import type { Actor } from "./tokens.ts";
import { hasRole, requirePermission, requireRole } from "./tokens.ts";
import type { PullRequest, Review, ReviewThread } from "./types.ts";
import type { World } from "./world.ts";

export function addReview(world: World, actor: Actor, pull: PullRequest, state: Review["state"], body = ""): Review {
  requirePermission(actor, pull.repository, "pull_requests", "write");
  if (state === "APPROVED" && actor.account === pull.issue.author) {
    throw unprocessable("Review Can not approve your own pull request");
  }
  if (state === "APPROVED" && actor.kind === "job" && !pull.repository.settings.canApprovePullRequestReviews) {
    throw unprocessable("GitHub Actions is not permitted to approve pull requests.");
  }
  const id = world.nextId();
  const review: Review = {
    id, pull, nodeId: world.nodeId("PRR", id), author: actor.account, state, body, commit: pull.headSha, submittedAt: world.now(),
  };
  pull.reviews.push(review);
  world.register(review);
  world.emit({ name: "pull_request_review", action: "submitted", pull, review, repository: pull.repository, actor, at: world.now() });
  return review;
}

function unprocessable(reason: string): ApiError {
  return new ApiError(422, "Unprocessable Entity", { errors: [reason], graphql: reason });
}

export function addThread(world: World, actor: Actor, pull: PullRequest, path: string, body: string): ReviewThread {
  const id = world.nextId();
  const thread: ReviewThread = {
    id, pull, path, body, nodeId: world.nodeId("PRRT", id), author: actor.account, resolved: false,
  };
  pull.threads.push(thread);
  return world.register(thread);
}

/** Its pull request's author, and whoever may write, resolve a conversation or open it again. */
export function resolveThread(world: World, actor: Actor, thread: ReviewThread, resolved: boolean): void {
  const { pull } = thread;
  requirePermission(actor, pull.repository, "pull_requests", "write");
  if (pull.issue.author !== actor.account) requireRole(actor, pull.repository, "write");
  thread.resolved = resolved;
  pull.issue.updatedAt = world.now();
}

/** The newest approval or change request of each reviewer with write access. */
export function opinions(pull: PullRequest, writersOnly = true): Review[] {
  const latest = new Map<string, Review>();
  for (const review of pull.reviews) {
    if (review.state === "COMMENTED") continue;
    if (writersOnly && !hasRole(pull.repository, review.author, "write")) continue;
    latest.set(review.author.login, review);
  }
  return [...latest.values()];
}

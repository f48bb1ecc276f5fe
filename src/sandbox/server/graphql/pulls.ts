/** Pull requests, issues, comments and labels as GraphQL shows them. */

import { association } from "../../world/issues.ts";
import { isBehind, pullCommits, pullFiles } from "../../world/pull-facts.ts";
import { mergeability } from "../../world/pulls.ts";
import type { Mergeability } from "../../world/pulls.ts";
import { opinions } from "../../world/reviews.ts";
import { queueMethod, rulesFor } from "../../world/rules.ts";
import { can, hasRole } from "../../world/tokens.ts";
import type { Comment, Issue, Label, PullRequest, Review, ReviewThread } from "../../world/types.ts";
import { htmlUrl } from "../render/repos.ts";
import { iso, isoOrNull } from "../render/users.ts";
import type { GraphqlContext, Shape } from "./context.ts";
import { rollup } from "./checks.ts";
import { connection, none } from "./connection.ts";
import type { PageArguments } from "./connection.ts";
import { actorShape, userShape } from "./actors.ts";
import { pullState } from "./filters.ts";
import { commitShape, objectAt } from "./objects.ts";
import { mergeQueueShape, queueEntryShape } from "./merge-queue.ts";
import { refShape } from "./refs.ts";

export function labelShape(context: GraphqlContext, label: Label): Shape {
  const path = `/${label.repository.fullName}/labels/${encodeURIComponent(label.name)}`;
  return {
    __typename: "Label", id: label.nodeId, name: label.name, color: label.color, description: label.description, isDefault: label.isDefault,
    url: `${context.world.urls.server}${path}`, resourcePath: path, repository: () => context.shapes.repository(label.repository),
  };
}

/** What issues and pull requests have in common. */
function discussion(context: GraphqlContext, issue: Issue): Shape {
  const { world, actor } = context;
  const kind = issue.pull === undefined ? "issues" : "pull";
  const path = `/${issue.repository.fullName}/${kind}/${issue.number}`;
  return {
    number: issue.number, title: issue.title, titleHTML: escape(issue.title), body: issue.body ?? "", bodyText: issue.body ?? "",
    bodyHTML: escape(issue.body ?? ""), url: `${world.urls.server}${path}`, permalink: `${world.urls.server}${path}`, resourcePath: path,
    closed: issue.state === "closed", closedAt: isoOrNull(issue.closedAt), createdAt: iso(issue.createdAt), updatedAt: iso(issue.updatedAt),
    publishedAt: iso(issue.createdAt), lastEditedAt: null, locked: issue.locked, activeLockReason: null, milestone: null, editor: null,
    author: () => actorShape(context, issue.author), authorAssociation: association(issue.repository, issue.author),
    repository: () => context.shapes.repository(issue.repository), viewerDidAuthor: actor.account === issue.author,
    viewerCanUpdate: can(actor, issue.repository, issue.pull === undefined ? "issues" : "pull_requests", "write"),
    labels: (args: PageArguments) => connection([...issue.labels], args, (one) => labelShape(context, one)),
    assignees: (args: PageArguments) => connection(issue.assignees, args, (one) => userShape(context, one)),
    comments: (args: PageArguments) => connection(issue.comments, args, (one) => commentShape(context, one)),
    includesCreatedEdit: false, reactionGroups: reactionGroups(), projectCards: none, projectItems: none, projectsV2: none,
  };
}

/** Nobody reacts here; GitHub lists each emoji all the same. */
function reactionGroups(): Shape[] {
  const emoji = ["THUMBS_UP", "THUMBS_DOWN", "LAUGH", "HOORAY", "CONFUSED", "HEART", "ROCKET", "EYES"];
  return emoji.map((content) => ({ content, createdAt: null, viewerHasReacted: false, users: none, reactors: none }));
}

function escape(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

export function issueShape(context: GraphqlContext, issue: Issue): Shape {
  return {
    __typename: "Issue", ...discussion(context, issue), id: issue.nodeId, databaseId: issue.id, fullDatabaseId: String(issue.id),
    state: issue.state.toUpperCase(), stateReason: issue.stateReason?.toUpperCase() ?? null, isPinned: false,
    closedByPullRequestsReferences: none,
  };
}

export function commentShape(context: GraphqlContext, comment: Comment): Shape {
  const { issue } = comment;
  const path = `/${issue.repository.fullName}/${issue.pull === undefined ? "issues" : "pull"}/${issue.number}#issuecomment-${comment.id}`;
  return {
    __typename: "IssueComment", id: comment.nodeId, databaseId: comment.id, fullDatabaseId: String(comment.id), body: comment.body, bodyText: comment.body,
    bodyHTML: escape(comment.body), author: () => actorShape(context, comment.author), authorAssociation: association(issue.repository, comment.author),
    createdAt: iso(comment.createdAt), updatedAt: iso(comment.updatedAt), publishedAt: iso(comment.createdAt), url: `${context.world.urls.server}${path}`,
    resourcePath: path, isMinimized: false, minimizedReason: null, viewerDidAuthor: context.actor.account === comment.author,
    lastEditedAt: comment.updatedAt === comment.createdAt ? null : iso(comment.updatedAt),
    includesCreatedEdit: comment.updatedAt !== comment.createdAt, reactionGroups: reactionGroups(),
    issue: () => issueShape(context, issue), pullRequest: () => (issue.pull === undefined ? null : pullShape(context, issue.pull)),
    repository: () => context.shapes.repository(issue.repository),
  };
}

const mergeStates: Readonly<Record<Mergeability["state"], string>> = {
  clean: "CLEAN", dirty: "DIRTY", blocked: "BLOCKED", behind: "BEHIND", unstable: "UNSTABLE", draft: "DRAFT", unknown: "UNKNOWN",
};

const changeTypes: Readonly<Record<string, string>> = {
  added: "ADDED", removed: "DELETED", modified: "MODIFIED", renamed: "RENAMED", copied: "COPIED", changed: "CHANGED",
};

export function pullShape(context: GraphqlContext, pull: PullRequest): Shape {
  const { world, actor } = context;
  const { issue, repository } = pull;
  let judged: Promise<Mergeability> | undefined;
  // One look per answer: `mergeable` and `mergeStateStatus` must not disagree.
  const judge = (): Promise<Mergeability> => (judged ??= mergeability(world, pull));
  const html = `${htmlUrl(world, repository)}/pull/${issue.number}`;
  return {
    __typename: "PullRequest", ...discussion(context, issue), id: pull.nodeId, databaseId: pull.id, fullDatabaseId: String(pull.id),
    state: pullState(pull), isDraft: pull.draft, merged: pull.merged, mergedAt: isoOrNull(pull.mergedAt),
    mergedBy: () => (pull.mergedBy === null ? null : actorShape(context, pull.mergedBy)),
    mergeCommit: () => (pull.mergeCommitSha === null ? null : objectAt(context, repository, pull.mergeCommitSha)),
    potentialMergeCommit: async () => {
      const sha = (await judge()).testMerge;
      return sha === null ? null : objectAt(context, repository, sha);
    },
    mergeable: async () => {
      const { mergeable } = await judge();
      return mergeable === null ? "UNKNOWN" : mergeable ? "MERGEABLE" : "CONFLICTING";
    },
    mergeStateStatus: async () => mergeStates[(await judge()).state],
    canBeRebased: async () => (await judge()).mergeable === true,
    baseRefName: pull.baseRef, baseRefOid: baseOid(pull), headRefName: pull.headRef, headRefOid: pull.headSha,
    baseRef: () => (repository.git.ref(`refs/heads/${pull.baseRef}`) === undefined ? null : refShape(context, repository, `refs/heads/${pull.baseRef}`)),
    headRef: () => (pull.headRepository.deleted || pull.headRepository.git.ref(`refs/heads/${pull.headRef}`) === undefined
      ? null : refShape(context, pull.headRepository, `refs/heads/${pull.headRef}`)),
    baseRepository: () => context.shapes.repository(repository),
    headRepository: () => (pull.headRepository.deleted ? null : context.shapes.repository(pull.headRepository)),
    headRepositoryOwner: () => (pull.headRepository.deleted ? null : actorShape(context, pull.headRepository.owner)),
    isCrossRepository: pull.headRepository !== repository, maintainerCanModify: pull.maintainerCanModify,
    isInMergeQueue: pull.queue !== null, isMergeQueueEnabled: queueMethod(repository, pull.baseRef) !== undefined,
    mergeQueue: () => mergeQueueShape(context, repository, pull.baseRef), mergeQueueEntry: () => queueEntryShape(context, pull),
    additions: async () => (await pullFiles(pull)).reduce((sum, file) => sum + file.additions, 0),
    deletions: async () => (await pullFiles(pull)).reduce((sum, file) => sum + file.deletions, 0),
    changedFiles: async () => (await pullFiles(pull)).length,
    files: async (args: PageArguments) => connection(await pullFiles(pull), args, (file) => ({
      path: file.path, additions: file.additions, deletions: file.deletions, changeType: changeTypes[file.status] ?? "CHANGED", viewerViewedState: "UNVIEWED",
    })),
    commits: async (args: PageArguments) => connection(await pullCommits(pull), args, (oid) => ({
      __typename: "PullRequestCommit", id: world.nodeId("PURC", `${pull.id}:${oid}`), url: `${html}/commits/${oid}`,
      resourcePath: `/${repository.fullName}/pull/${issue.number}/commits/${oid}`, pullRequest: () => pullShape(context, pull),
      commit: async () => commitShape(context, repository, await repository.git.commit(oid)),
    })),
    statusCheckRollup: () => rollup(context, repository, pull.headSha),
    checksUrl: `${html}/checks`, checksResourcePath: `/${repository.fullName}/pull/${issue.number}/checks`,
    reviewDecision: () => reviewDecision(pull),
    reviews: (args: PageArguments & { states?: readonly string[] | null }) =>
      connection(pull.reviews.filter((one) => (args.states?.length ?? 0) === 0 || args.states?.includes(one.state) === true), args, (one) => reviewShape(context, one)),
    latestReviews: (args: PageArguments & { writersOnly?: boolean | null }) =>
      connection(opinions(pull, args.writersOnly ?? false), args, (one) => reviewShape(context, one)),
    latestOpinionatedReviews: (args: PageArguments & { writersOnly?: boolean | null }) =>
      connection(opinions(pull, args.writersOnly ?? false), args, (one) => reviewShape(context, one)),
    reviewRequests: none, closingIssuesReferences: none,
    reviewThreads: (args: PageArguments) => connection(pull.threads, args, (one) => threadShape(context, one)),
    autoMergeRequest: () => (pull.autoMerge === null ? null : {
      __typename: "AutoMergeRequest", enabledAt: iso(pull.autoMerge.at), enabledBy: actorShape(context, pull.autoMerge.by), authorEmail: null,
      mergeMethod: pull.autoMerge.method.toUpperCase(), commitHeadline: pull.autoMerge.title ?? null, commitBody: pull.autoMerge.message ?? null,
      pullRequest: () => pullShape(context, pull),
    }),
    totalCommentsCount: issue.comments.length + pull.threads.length, revertUrl: `${html}/revert`,
    viewerCanUpdateBranch: () => isBehind(pull), viewerCanEnableAutoMerge: repository.settings.allowAutoMerge,
    viewerCanDeleteHeadRef: can(actor, pull.headRepository, "contents", "write"), viewerMergeHeadlineText: issue.title, viewerMergeBodyText: issue.body ?? "",
    viewerCanMergeAsAdmin: actor.kind === "person" && hasRole(repository, actor.account, "admin"),
  };
}

export function threadShape(context: GraphqlContext, thread: ReviewThread): Shape {
  return {
    __typename: "PullRequestReviewThread", id: thread.nodeId, path: thread.path, isResolved: thread.resolved, isOutdated: false, isCollapsed: thread.resolved,
    pullRequest: () => pullShape(context, thread.pull), repository: () => context.shapes.repository(thread.pull.repository),
  };
}

function baseOid(pull: PullRequest): string {
  return pull.issue.state === "open" ? (pull.repository.git.ref(`refs/heads/${pull.baseRef}`) ?? pull.baseSha) : pull.baseSha;
}

function reviewDecision(pull: PullRequest): string | null {
  const needed = Math.max(0, ...rulesFor(pull.repository, pull.baseRef).map((rule) => rule.requiredApprovals ?? 0));
  const latest = opinions(pull);
  if (latest.some((one) => one.state === "CHANGES_REQUESTED")) return "CHANGES_REQUESTED";
  if (needed === 0) return null;
  return latest.filter((one) => one.state === "APPROVED").length >= needed ? "APPROVED" : "REVIEW_REQUIRED";
}

export function reviewShape(context: GraphqlContext, review: Review): Shape {
  const { pull } = review;
  const url = `${htmlUrl(context.world, pull.repository)}/pull/${pull.issue.number}#pullrequestreview-${review.id}`;
  return {
    __typename: "PullRequestReview", id: review.nodeId, databaseId: review.id, fullDatabaseId: String(review.id), state: review.state, body: review.body,
    bodyText: review.body, author: () => actorShape(context, review.author), authorAssociation: association(pull.repository, review.author),
    authorCanPushToRepository: hasRole(pull.repository, review.author, "write"), submittedAt: iso(review.submittedAt),
    createdAt: iso(review.submittedAt), updatedAt: iso(review.submittedAt), publishedAt: iso(review.submittedAt), url,
    includesCreatedEdit: false, lastEditedAt: null, isMinimized: false, minimizedReason: null, reactionGroups: reactionGroups(),
    resourcePath: url.slice(context.world.urls.server.length), commit: () => objectAt(context, pull.repository, review.commit),
    pullRequest: () => pullShape(context, pull), repository: () => context.shapes.repository(pull.repository),
  };
}


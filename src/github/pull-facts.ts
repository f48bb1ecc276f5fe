import { failure } from "../kit/errors.ts";
import type { GraphqlError } from "./answers.ts";
import { branchRules } from "./branch-rules.ts";
import type { Api } from "./client.ts";
import { mergeBaseOf, type MergeBase } from "./merge-base.ts";
import type { CommitFacts, OwnComment, PullFacts } from "./port.ts";
import type { CommentNode, FileChangeNode, PullAnswer, PullNode, ReviewNode, SiblingNode, ThreadNode } from "./pull-node.ts";
import { allChecks, allPages, type ChecksRead, isHiddenWorkflow, type Pages, pullFile } from "./pull-pages.ts";
import { MORE_COMMITS, MORE_FILES, MORE_REVIEWS, MORE_THREADS, PULL_FACTS } from "./queries/pulls.ts";
import { commitFacts, type CommitNode, entryOf, flawOf, isWhole, loginOf, missingRepository, nodesOf, pauseIn, plainText, reviewFacts } from "./shapes.ts";

const NEEDS = "contents: read, pull-requests: read, checks: read, statuses: read, issues: read";

/** Everything the gate judges: one query; further ones only for what does not fit a page, or a base that moved on. */
export async function readPull(api: Api, number: number, faqPath: string): Promise<PullFacts> {
  let checksBroke = false;
  const answer = await api.graphql<PullAnswer>({
    query: PULL_FACTS,
    variables: { owner: api.owner, name: api.repo, number, faqPath },
    doing: `read pull request #${number}`,
    needs: NEEDS,
    needsAt,
    // Checks that GitHub failed to gather leave the rest of the answer usable; then no check is known to be green.
    answer: (errors, data) => {
      const others = errors.filter((error) => !isHiddenWorkflow(error));
      const usable = others.every(isBrokenRollup) && data?.repository != null;
      checksBroke = usable && others.length > 0;
      return usable ? (data as PullAnswer) : undefined;
    },
  });
  if (answer.repository === null) throw missingRepository(api.owner, api.repo);
  const pull = answer.repository.pullRequest;
  if (pull === null) throw failure("configuration", { what: `There is no pull request #${number} in ${api.owner}/${api.repo}`, where: "pr-number", fix: "Correct `pr-number`." });
  const commits = (await allPages<{ commit: CommitNode }>(api, pull, pull.commits, MORE_COMMITS, "commits")).nodes.map(({ commit }) => commitFacts(commit));
  const [checks, files, reviews, threads, mergeBase] = await Promise.all([
    allChecks(api, pull, checksBroke),
    allPages<FileChangeNode>(api, pull, pull.files, MORE_FILES, "files"),
    allPages<ReviewNode>(api, pull, pull.latestOpinionatedReviews, MORE_REVIEWS, "reviews"),
    allPages<ThreadNode>(api, pull, pull.reviewThreads, MORE_THREADS, "conversations"),
    mergeBaseOf(api, pull, commits, faqPath),
  ]);
  return assemble(faqPath, answer.repository, { viewer: answer.viewer.login, pull, commits, checks, files, reviews, threads, mergeBase });
}

function isBrokenRollup(error: GraphqlError): boolean {
  return error.type !== "FORBIDDEN" && (error.path ?? []).some((part) => part === "statusCheckRollup" || part === "checkSuites");
}

function needsAt(path: readonly (string | number)[]): string | undefined {
  if (path.includes("pause")) return "issues: read";
  if (path.includes("statusCheckRollup")) return "checks: read, statuses: read";
  if (path.includes("checkSuites")) return "checks: read";
  if (path.includes("pullRequest")) return "pull-requests: read";
  return undefined;
}

interface Parts {
  readonly viewer: string;
  readonly pull: PullNode;
  readonly commits: readonly CommitFacts[];
  readonly checks: ChecksRead;
  readonly files: Pages<FileChangeNode>;
  readonly reviews: Pages<ReviewNode>;
  readonly threads: Pages<ThreadNode>;
  readonly mergeBase: MergeBase;
}

function assemble(faqPath: string, repository: NonNullable<PullAnswer["repository"]>, parts: Parts): PullFacts {
  const { viewer, pull, commits, checks, files, mergeBase } = parts;
  const last = nodesOf(pull.lastCommit).find(({ commit }) => commit.oid === pull.headRefOid)?.commit;
  const headFile = last?.faq ?? pull.headRef?.target?.faq;
  const baseFile = pull.baseRef?.target?.faq;
  const { wantsConversationsResolved, ...rules } = branchRules(pull.baseRef, repository);
  return {
    ...identity(pull, repository),
    ...rules,
    ...opinions(parts),
    conversations: { required: wantsConversationsResolved, unresolved: parts.threads.nodes.filter(({ isResolved }) => !isResolved).length, complete: parts.threads.complete },
    mergeBase: mergeBase.sha,
    mergedBy: pull.mergedBy === null ? null : loginOf(pull.mergedBy),
    labels: pull.labels?.pageInfo?.hasNextPage || !isWhole(pull.labels) ? null : nodesOf(pull.labels).map(({ name }) => name),
    commits,
    commitCount: pull.commits.totalCount ?? commits.length,
    files: files.nodes.map(pullFile),
    fileCount: pull.files?.totalCount ?? files.nodes.length,
    // The API ends at 3,000 files: that there are more is told by their number.
    filesComplete: files.complete || files.nodes.length >= 3_000,
    checks: checks.facts,
    checksComplete: checks.complete,
    runsAwaitingApproval: nodesOf(last?.checkSuites).filter(({ conclusion }) => conclusion === "ACTION_REQUIRED").length,
    autoMerge: { allowed: repository.autoMergeAllowed, armedBy: pull.autoMergeRequest === null ? null : loginOf(pull.autoMergeRequest.enabledBy) },
    queue: { enabled: pull.isMergeQueueEnabled, entry: pull.mergeQueueEntry && { by: loginOf(pull.mergeQueueEntry.enqueuer), position: pull.mergeQueueEntry.position, state: pull.mergeQueueEntry.state } },
    deletesBranches: repository.deleteBranchOnMerge,
    ownComments: nodesOf(pull.comments).flatMap(ownComment),
    commentsComplete: pull.comments.pageInfo?.hasPreviousPage === false,
    viewer,
    pause: pauseIn(repository),
    siblings: siblingsOf(nodesOf(repository.siblings), pull),
    faqEntry: { head: entryOf(headFile), mergeBase: mergeBase.entry },
    // What is no plain text is the gate's to refuse, with its other reasons, and only where it needs it.
    faq: { head: plainText(headFile), base: plainText(baseFile), mergeBase: mergeBase.faq },
    faqFlaw: flawOf(baseFile, faqPath)?.what ?? mergeBase.flaw,
  };
}

type Identity = "id" | "number" | "url" | "title" | "body" | "state" | "draft" | "author" | "mergeable" | "mergeState" | "defaultBranch" | "base" | "head" | "merge" | "createdAt";

function identity(pull: PullNode, repository: NonNullable<PullAnswer["repository"]>): Pick<PullFacts, Identity> {
  return {
    id: pull.id,
    number: pull.number,
    url: pull.url,
    title: pull.title,
    body: pull.body,
    state: pull.state === "OPEN" ? "open" : pull.state === "MERGED" ? "merged" : "closed",
    draft: pull.isDraft,
    author: loginOf(pull.author),
    mergeable: pull.mergeable === "MERGEABLE" ? "mergeable" : pull.mergeable === "CONFLICTING" ? "conflicting" : "unknown",
    mergeState: pull.mergeStateStatus.toLowerCase(),
    defaultBranch: repository.defaultBranchRef?.name ?? "",
    base: { branch: pull.baseRefName, sha: pull.baseRef?.target?.oid ?? pull.baseRefOid },
    head: {
      branch: pull.headRefName,
      sha: pull.headRefOid,
      repository: pull.headRepository?.nameWithOwner ?? null,
      exists: !pull.isCrossRepository && pull.headRef?.target != null,
      tip: pull.headRef?.target?.oid ?? null,
      shared: isShared(pull, nodesOf(repository.siblings)),
    },
    merge: pull.mergeCommit && pull.mergedAt !== null ? { sha: pull.mergeCommit.oid, at: Date.parse(pull.mergedAt) } : null,
    createdAt: Date.parse(pull.createdAt),
  };
}

/** Somebody else's pull request would be closed with the branch. */
function isShared(pull: PullNode, open: readonly SiblingNode[]): boolean {
  const fromIt = nodesOf(pull.headRef?.associatedPullRequests).some(({ number }) => number !== pull.number);
  return fromIt || open.some(({ number, baseRefName }) => number !== pull.number && baseRefName === pull.headRefName);
}

const DECISIONS = { APPROVED: "approved", CHANGES_REQUESTED: "changes-requested", REVIEW_REQUIRED: "review-required" } as const;

function opinions({ pull, reviews }: Parts): Pick<PullFacts, "approvals" | "reviews" | "changesRequestedBy" | "reviewsComplete" | "reviewDecision"> {
  return {
    approvals: reviews.nodes.filter(({ state }) => state === "APPROVED").length,
    reviews: reviewFacts(pull.reviews),
    changesRequestedBy: reviews.nodes.filter(({ state }) => state === "CHANGES_REQUESTED").map(({ author }) => loginOf(author)),
    reviewsComplete: reviews.complete,
    reviewDecision: pull.reviewDecision === null ? null : DECISIONS[pull.reviewDecision],
  };
}

/** The number that REST knows a comment by stands in its address; GraphQL's own has outgrown its type. */
export function ownComment({ url, body, viewerDidAuthor }: CommentNode): readonly OwnComment[] {
  const id = /#issuecomment-(\d+)$/.exec(url)?.[1];
  return viewerDidAuthor && id !== undefined ? [{ id: Number(id), body }] : [];
}

function siblingsOf(open: readonly SiblingNode[], pull: PullNode): PullFacts["siblings"] {
  return open
    .filter((other) => other.number !== pull.number && other.baseRefName === pull.baseRefName && !other.isCrossRepository)
    .map(({ number, headRefName, isDraft, createdAt }) => ({ number, branch: headRefName, draft: isDraft, createdAt: Date.parse(createdAt) }));
}

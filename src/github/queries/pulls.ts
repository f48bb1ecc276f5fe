import { COMMIT, contexts, FAQ, PAUSE, TEXT } from "./fragments.ts";

const THREADS = "pageInfo { hasNextPage endCursor } nodes { isResolved }";
const REVIEWS = "pageInfo { hasNextPage endCursor } nodes { state author { __typename login } }";
const FILES = "pageInfo { hasNextPage endCursor } nodes { path additions deletions changeType }";

/** The workflow asks for a permission of its own: without it GitHub leaves it out, and says so in an error. */
const JUDGED_CONTEXTS = contexts("workflowRun { workflow { databaseId } }");

/** Everything the gate judges. */
export const PULL_FACTS = `query Pull($owner: String!, $name: String!, $number: Int!, $faqPath: String!) {
  viewer { login }
  repository(owner: $owner, name: $name) {
    defaultBranchRef { name }
    autoMergeAllowed deleteBranchOnMerge mergeCommitAllowed squashMergeAllowed rebaseMergeAllowed
    ${PAUSE}
    siblings: pullRequests(states: [OPEN], first: 100, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { number baseRefName headRefName isDraft isCrossRepository createdAt } }
    pullRequest(number: $number) {
      id number url title body state isDraft isCrossRepository createdAt mergedAt mergeable mergeStateStatus
      author { __typename login }
      mergedBy { __typename login }
      mergeCommit { oid }
      labels(first: 100) { pageInfo { hasNextPage } nodes { name } }
      baseRefName
      baseRefOid
      baseRef {
        target { oid ... on Commit { ${FAQ} } }
        refUpdateRule { requiredStatusCheckContexts requiredApprovingReviewCount requiresConversationResolution requiresLinearHistory }
        rules(first: 100) {
          pageInfo { hasNextPage }
          nodes {
            type
            parameters {
              __typename
              ... on RequiredStatusChecksParameters { requiredStatusChecks { context integrationId } }
              ... on PullRequestParameters { requiredApprovingReviewCount requiredReviewThreadResolution allowedMergeMethods }
            }
          }
        }
      }
      headRefName
      headRefOid
      headRepository { nameWithOwner }
      headRef { target { oid ... on Commit { ${FAQ} } } associatedPullRequests(states: [OPEN], first: 5) { nodes { number } } }
      commits(first: 100) { totalCount pageInfo { hasNextPage endCursor } nodes { commit { ...CommitParts } } }
      firstCommit: commits(first: 1) { nodes { commit { parents(first: 3) { nodes { oid ${FAQ} } } } } }
      lastCommit: commits(last: 1) { nodes { commit { oid ${FAQ} statusCheckRollup { contexts(first: 100) { ${JUDGED_CONTEXTS} } } checkSuites(first: 50) { nodes { conclusion } } } } }
      files(first: 100) { totalCount ${FILES} }
      reviewDecision
      latestOpinionatedReviews(first: 100, writersOnly: true) { ${REVIEWS} }
      reviews(first: 100) { nodes { submittedAt author { __typename login } } }
      reviewThreads(first: 100) { ${THREADS} }
      comments(last: 100) { pageInfo { hasPreviousPage } nodes { url body viewerDidAuthor } }
      autoMergeRequest { enabledBy { __typename login } }
      isMergeQueueEnabled
      mergeQueueEntry { position state enqueuer { __typename login } }
    }
  }
}
${COMMIT}
${TEXT}`;

/** What a check needs to know of a pull request, with no more than `pull-requests: read`. */
export const PULL_RANGE = `query PullRange($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      number url body baseRefName baseRefOid headRefOid
      baseRef { target { oid } }
      headRepository { nameWithOwner }
      commits(first: 50) { totalCount nodes { commit { oid parents(first: 3) { nodes { oid } } } } }
    }
  }
}`;

/** A further page of what belongs to a pull request; `headRefOid` tells whether it is still about the same commit. */
function more(name: string, fields: string): string {
  return `query ${name}($owner: String!, $name: String!, $number: Int!, $after: String!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { headRefOid page: ${fields} } }
}`;
}

export const MORE_FILES = more("MoreFiles", `files(first: 100, after: $after) { ${FILES} }`);
export const MORE_REVIEWS = more("MoreReviews", `latestOpinionatedReviews(first: 100, after: $after, writersOnly: true) { ${REVIEWS} }`);
export const MORE_THREADS = more("MoreThreads", `reviewThreads(first: 100, after: $after) { ${THREADS} }`);

export const MORE_COMMITS = `${more("MoreCommits", "commits(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { commit { ...CommitParts } } }")}
${COMMIT}`;

/** How a pull request is going to be merged, after an answer was lost. */
export const PULL_STATE = `query PullState($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { state headRefOid autoMergeRequest { enabledBy { login } } mergeQueueEntry { id } } }
}`;

export const ARM_AUTO_MERGE = `mutation ArmAutoMerge($input: EnablePullRequestAutoMergeInput!) {
  enablePullRequestAutoMerge(input: $input) { pullRequest { number } }
}`;

export const DISARM_AUTO_MERGE = `mutation DisarmAutoMerge($input: DisablePullRequestAutoMergeInput!) {
  disablePullRequestAutoMerge(input: $input) { pullRequest { number } }
}`;

export const ENQUEUE = `mutation Enqueue($input: EnqueuePullRequestInput!) {
  enqueuePullRequest(input: $input) { mergeQueueEntry { position } }
}`;

export const DEQUEUE = `mutation Dequeue($input: DequeuePullRequestInput!) {
  dequeuePullRequest(input: $input) { mergeQueueEntry { position } }
}`;

export const MORE_CHECKS = `query MoreChecks($owner: String!, $name: String!, $oid: GitObjectID!, $after: String!) {
  repository(owner: $owner, name: $name) {
    object(oid: $oid) { ... on Commit { statusCheckRollup { contexts(first: 100, after: $after) { ${JUDGED_CONTEXTS} } } } }
  }
}`;

/**
 * The GraphQL documents: what each stage reads, in one query. They are checked against GitHub's published schema in
 * tests/github/queries.test.ts. Lists of unknown length are asked for by alias (`branch0`, `branch1`, …).
 */

/** The label of the issue that pauses everything (DESIGN 5). */
export const PAUSE_LABEL = "instant-paused";
export const INCIDENT_LABEL = "auto-rollback";

const PAUSE = `pause: issues(labels: ["${PAUSE_LABEL}"], states: [OPEN], first: 1) { nodes { number url title } }`;

const COMMIT = `fragment CommitParts on Commit {
  oid
  message
  author { name email user { login } }
  committer { user { login } }
  parents(first: 5) { nodes { oid } }
  signature { isValid wasSignedByGitHub }
}`;

const PULL = `fragment PullParts on PullRequest {
  number
  url
  title
  body
  state
  isCrossRepository
  createdAt
  mergedAt
  headRefOid
  author { __typename login }
  mergeCommit { oid }
  commits(last: 20) { totalCount nodes { commit { ...CommitParts } } }
}`;

const TEXT = "fragment Text on Blob { text isBinary isTruncated byteSize }";
const FAQ = "faq: file(path: $faqPath) { mode object { ...Text } }";
const THREADS = "pageInfo { hasNextPage endCursor } nodes { isResolved }";
const REVIEWS = "pageInfo { hasNextPage endCursor } nodes { state author { __typename login } }";
const FILES = "pageInfo { hasNextPage endCursor } nodes { path additions deletions changeType }";

/** Folders are read this deep; a documentation tree is rarely deeper. */
function tree(depth: number): string {
  return depth === 0 ? "" : ` ... on Tree { entries { name object { ...Text${tree(depth - 1)} } } }`;
}

/** Everything faq-generate decides on. Variables: owner, name, faqPath, base (unless it is the default branch), branch{i}, source{i}. */
export function questionQuery(counts: { readonly branches: number; readonly sources: number; readonly defaultBase: boolean }): string {
  const branchNumbers = [...Array(counts.branches).keys()];
  const sourceNumbers = [...Array(counts.sources).keys()];
  const variables = [
    ...(counts.defaultBase ? [] : ["$base: String!"]),
    ...branchNumbers.flatMap((i) => [`$branch${i}: String!`, `$ref${i}: String!`]),
    ...sourceNumbers.map((i) => `$source${i}: String!`),
  ];
  const base = counts.defaultBase ? "base: defaultBranchRef" : "base: ref(qualifiedName: $base)";
  return `query Question($owner: String!, $name: String!, $faqPath: String!, ${variables.join(", ")}) {
  viewer { login }
  repository(owner: $owner, name: $name) {
    id
    ${base} { name target { __typename oid ... on Commit { ${FAQ} } } }
    ${PAUSE}
    ${sourceNumbers.map((i) => `source${i}: object(expression: $source${i}) { __typename ...Text${tree(3)} }`).join("\n    ")}
    ${branchNumbers
      .map(
        (i) => `branch${i}: ref(qualifiedName: $ref${i}) { target { oid ... on Commit { ${FAQ} } } }
    pulls${i}: pullRequests(headRefName: $branch${i}, first: 10, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { ...PullParts } }`,
      )
      .join("\n    ")}
  }
}
${counts.branches > 0 ? `${COMMIT}\n${PULL}\n` : ""}${TEXT}`;
}

/** Further pull requests of one head branch: somebody's fork may have opened many of that name. */
export const PULLS_OF_BRANCH = `query PullsOfBranch($owner: String!, $name: String!, $branch: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(headRefName: $branch, first: 50, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) {
      pageInfo { hasNextPage endCursor }
      nodes { ...PullParts }
    }
  }
}
${COMMIT}
${PULL}`;

/** Where a branch stands, with the message and parents of its newest commit. */
export const BRANCH_HEAD = `query BranchHead($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $ref) { target { oid ... on Commit { message parents(first: 5) { nodes { oid } } } } }
  }
}`;

export const COMMIT_FILES = `mutation CommitFiles($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`;

/** As OPEN_HOTFIX: a branch that exists already keeps nothing from being committed to it, if it stands where it is expected. */
export const CREATE_AND_COMMIT = `mutation CreateAndCommit($ref: CreateRefInput!, $input: CreateCommitOnBranchInput!) {
  createRef(input: $ref) { ref { name } }
  createCommitOnBranch(input: $input) { commit { oid } }
}`;

export const FILE_AT = `query FileAt($owner: String!, $name: String!, $expression: String!) {
  repository(owner: $owner, name: $name) { object(expression: $expression) { __typename ...Text } }
}
${TEXT}`;

const contexts = (suite: string) => `pageInfo { hasNextPage endCursor }
  nodes {
    __typename
    ... on CheckRun { databaseId name status conclusion startedAt completedAt detailsUrl externalId checkSuite { app { slug databaseId } ${suite} } }
    ... on StatusContext { context state createdAt targetUrl }
  }`;
const CONTEXTS = contexts("");
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

/** Comments of an issue or a pull request, oldest first. */
export const COMMENTS = `query Comments($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    issueOrPullRequest(number: $number) { ... on Issue { comments(first: 100, after: $after) { ...Own } } ... on PullRequest { comments(first: 100, after: $after) { ...Own } } }
  }
}
fragment Own on IssueCommentConnection { pageInfo { hasNextPage endCursor } nodes { url body viewerDidAuthor } }`;

/** What stands at each path of some commits. Variables: owner, name, oid{i}, path{i}_{j}. */
export function entriesQuery(paths: readonly number[]): string {
  const names = paths.map((count, i) => [...Array(count).keys()].map((j) => `path${i}_${j}`));
  const variables = names.flatMap((own, i) => [`$oid${i}: GitObjectID!`, ...own.map((name) => `$${name}: String!`)]);
  const files = (own: readonly string[]) => own.map((name, j) => `file${j}: file(path: $${name}) { mode object { ... on Blob { isBinary } } }`).join(" ");
  return `query Entries($owner: String!, $name: String!, ${variables.join(", ")}) {
  repository(owner: $owner, name: $name) {
    ${names.map((own, i) => `commit${i}: object(oid: $oid${i}) { ... on Commit { oid ${files(own)} } }`).join("\n    ")}
  }
}`;
}

export const MORE_CHECKS = `query MoreChecks($owner: String!, $name: String!, $oid: GitObjectID!, $after: String!) {
  repository(owner: $owner, name: $name) {
    object(oid: $oid) { ... on Commit { statusCheckRollup { contexts(first: 100, after: $after) { ${JUDGED_CONTEXTS} } } } }
  }
}`;

/** What post-deploy-health starts from. */
export const DEPLOY_TARGET = `query DeployTarget($owner: String!, $name: String!, $oid: GitObjectID!, $hotfix: String!) {
  repository(owner: $owner, name: $name) {
    defaultBranchRef { name target { oid ... on Commit { history(first: 20) { nodes { oid message } } } } }
    ${PAUSE}
    object(oid: $oid) { __typename ... on Commit { message } }
    pulls: pullRequests(headRefName: $hotfix, first: 10, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { ...PullParts } }
  }
}
${COMMIT}
${PULL}`;

/** Open hotfix branches with their pull requests: what other rollbacks are at work on. Variables: branches. */
const HOTFIXES = `refs(refPrefix: "refs/heads/", query: $branches, first: 50) {
      nodes { name target { __typename oid ... on Commit { message } } associatedPullRequests(states: [OPEN], first: 1) { nodes { number url createdAt isCrossRepository } } }
    }`;

const INCIDENT = "fragment IncidentParts on Issue { id number url title body state createdAt updatedAt labels(first: 50) { nodes { name } } }";

/** The newest incidents, closed ones too: a rollback that was begun again must not call people twice. */
const INCIDENTS = `incidents: issues(labels: ["${INCIDENT_LABEL}"], first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { ...IncidentParts } }`;

/** Everything rollback plans on. Variables: owner, name, oid, branch, branches, ref, workflows, workflowsBefore, label{i}, environment. */
export function rollbackQuery({ labels, environment }: { readonly labels: number; readonly environment: boolean }): string {
  const numbers = [...Array(labels).keys()];
  const variables = [...numbers.map((i) => `$label${i}: String!`), ...(environment ? ["$environment: String!"] : [])].map((one) => `, ${one}`).join("");
  // Asked for only where it is wanted: it needs a permission of its own.
  const deployments = "deployments(environments: [$environment], first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { commitOid createdAt state latestStatus { state createdAt } } }";
  return `query Rollback($owner: String!, $name: String!, $oid: GitObjectID!, $branch: String!, $branches: String!, $ref: String!, $workflows: String!, $workflowsBefore: String!${variables}) {
  viewer { login }
  repository(owner: $owner, name: $name) {
    id
    ${PAUSE}
    defaultBranchRef { name target { __typename ... on Commit {
      ...CommitParts
      tree { oid }
      history(first: 50) { nodes { oid message committedDate tree { oid } parents(first: 5) { nodes { oid } } } }
    } } }
    commit: object(oid: $oid) {
      __typename
      ... on Commit {
        ...CommitParts
        committedDate
        tree { oid }
        parentTrees: parents(first: 5) { nodes { tree { oid } } }
        associatedPullRequests(first: 10) { nodes { baseRefName ...PullParts } }
      }
    }
    workflows: object(expression: $workflows) { oid }
    workflowsBefore: object(expression: $workflowsBefore) { oid }
    hotfix: ref(qualifiedName: $ref) { target { __typename ... on Commit { ...CommitParts } } }
    pulls: pullRequests(headRefName: $branch, first: 10, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { ...PullParts } }
    ${HOTFIXES}
    ${INCIDENTS}
    ${environment ? deployments : ""}
    ${numbers.map((i) => `label${i}: label(name: $label${i}) { id name }`).join("\n    ")}
  }
}
${INCIDENT}
${COMMIT}
${PULL}`;
}

/** Whether a folder differs between two commits. */
export const SAME_TREE = `query SameTree($owner: String!, $name: String!, $one: String!, $other: String!) {
  repository(owner: $owner, name: $name) { one: object(expression: $one) { oid } other: object(expression: $other) { oid } }
}`;

export const MORE_INCIDENTS = `query MoreIncidents($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    incidents: issues(labels: ["${INCIDENT_LABEL}"], first: 100, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { ...IncidentParts } }
  }
}
${INCIDENT}`;

/**
 * Fields of a mutation run one after the other, and one that fails does not keep the next from running (GraphQL, 6.2.2). What the last
 * one answers with is the state after it, so that of two rollbacks at once the later sees the earlier. Variables: ref, pull, branches, label{i}.
 */
export function openHotfixMutation(labels: number): string {
  const numbers = [...Array(labels).keys()];
  return `mutation OpenHotfix($ref: CreateRefInput!, $pull: CreatePullRequestInput!, $branches: String!${numbers.map((i) => `, $label${i}: CreateLabelInput!`).join("")}) {
  ${numbers.map((i) => `label${i}: createLabel(input: $label${i}) { label { id name } }`).join("\n  ")}
  createRef(input: $ref) { ref { name } }
  createPullRequest(input: $pull) { pullRequest { number url headRefOid repository { ${HOTFIXES} } } }
}`;
}

/** GitHub opens as many issues of one incident as it is asked for: what stands there afterwards tells which of them is the first. */
export const OPEN_INCIDENT = `mutation OpenIncident($issue: CreateIssueInput!) {
  createIssue(input: $issue) { issue { ...IncidentParts repository { ${INCIDENTS} } } }
}
${INCIDENT}`;

/** The incident's new text, what people are told of it, and whether it stays open. */
export function tellIncidentMutation({ comment, state }: { readonly comment: boolean; readonly state: "closed" | "open" | null }): string {
  const variables = ["$issue: UpdateIssueInput!", ...(comment ? ["$comment: AddCommentInput!"] : []), ...(state === "closed" ? ["$close: CloseIssueInput!"] : []), ...(state === "open" ? ["$reopen: ReopenIssueInput!"] : [])];
  return `mutation TellIncident(${variables.join(", ")}) {
  updateIssue(input: $issue) { issue { number } }
  ${state === "open" ? "reopenIssue(input: $reopen) { issue { state } }" : ""}
  ${comment ? "addComment(input: $comment) { commentEdge { node { id createdAt } } subject { ... on Issue { comments(last: 20) { nodes { id createdAt body viewerDidAuthor } } } } }" : ""}
  ${state === "closed" ? "closeIssue(input: $close) { issue { state } }" : ""}
}`;
}

export const DELETE_COMMENT = `mutation DeleteComment($comment: DeleteIssueCommentInput!) { deleteIssueComment(input: $comment) { clientMutationId } }`;

export function createLabelsMutation(labels: number): string {
  const numbers = [...Array(labels).keys()];
  return `mutation CreateLabels(${numbers.map((i) => `$label${i}: CreateLabelInput!`).join(", ")}) {
  ${numbers.map((i) => `label${i}: createLabel(input: $label${i}) { label { id name } }`).join("\n  ")}
}`;
}

/** Variables: owner, name, label{i}. */
export function labelsQuery(labels: number): string {
  const numbers = [...Array(labels).keys()];
  return `query Labels($owner: String!, $name: String!, ${numbers.map((i) => `$label${i}: String!`).join(", ")}) {
  repository(owner: $owner, name: $name) { ${numbers.map((i) => `label${i}: label(name: $label${i}) { id }`).join(" ")} }
}`;
}

/** What carries a trace id: what the search finds, and the newest, which it may not know yet. */
export const FIND_STORY = `query FindStory($owner: String!, $name: String!, $search: String!) {
  search(query: $search, type: ISSUE, first: 50) { nodes { __typename ...FoundPull ...FoundIssue } }
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { __typename ...FoundPull } }
    incidents: issues(labels: ["${INCIDENT_LABEL}"], first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { __typename ...FoundIssue } }
  }
}
fragment FoundPull on PullRequest { number body isCrossRepository }
fragment FoundIssue on Issue { number url title body createdAt closedAt labels(first: 50) { nodes { name } } }`;

/** What may carry a trace id, by its last change: the pull requests page by page, and beside the first page the incidents. */
export const CHANGED_STORIES = `query ChangedStories($owner: String!, $name: String!, $after: String, $first: Boolean!) {
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(first: 50, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { __typename updatedAt ...FoundPull } }
    incidents: issues(labels: ["${INCIDENT_LABEL}"], first: 50, orderBy: { field: UPDATED_AT, direction: DESC }) @include(if: $first) { nodes { __typename updatedAt ...FoundIssue } }
  }
}
fragment FoundPull on PullRequest { number body isCrossRepository }
fragment FoundIssue on Issue { number url title body createdAt closedAt labels(first: 50) { nodes { name } } }`;

/** The pull requests of tasks as they stand. Variables: owner, name, number{i}. */
export function storyQuery(pulls: number): string {
  const numbers = [...Array(pulls).keys()];
  return `query Story($owner: String!, $name: String!, ${numbers.map((i) => `$number${i}: Int!`).join(", ")}) {
  repository(owner: $owner, name: $name) { ${numbers.map((i) => `pull${i}: pullRequest(number: $number${i}) { ...PullParts ...StoryParts }`).join(" ")} }
}
fragment StoryParts on PullRequest {
  headRefName baseRefName closedAt
  mergedBy { __typename login }
  reviews(first: 100) { nodes { submittedAt author { __typename login } } }
  commits(last: 20) { nodes { commit { url committedDate } } }
  lastCommit: commits(last: 1) { nodes { commit { committedDate statusCheckRollup { contexts(first: 100) { ${CONTEXTS} } } } } }
}
${COMMIT}
${PULL}`;
}

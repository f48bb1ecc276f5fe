/**
 * The GraphQL documents: what each stage reads, in one query, with a file for each area of the port; here what several of them share. They
 * are checked against GitHub's published schema in tests/github/queries.test.ts. Lists of unknown length are asked for by alias (`branch0`,
 * `branch1`, …).
 */

/** The label of the issue that pauses everything (DESIGN 5). */
export const PAUSE_LABEL = "instant-paused";

export const INCIDENT_LABEL = "auto-rollback";
export const PAUSE = `pause: issues(labels: ["${PAUSE_LABEL}"], states: [OPEN], first: 1) { nodes { number url title } }`;

export const COMMIT = `fragment CommitParts on Commit {
  oid
  message
  author { name email user { login } }
  committer { user { login } }
  parents(first: 5) { nodes { oid } }
  signature { isValid wasSignedByGitHub }
}`;

export const PULL = `fragment PullParts on PullRequest {
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

export const TEXT = "fragment Text on Blob { text isBinary isTruncated byteSize }";
export const FAQ = "faq: file(path: $faqPath) { mode object { ...Text } }";
export const INCIDENT = "fragment IncidentParts on Issue { id number url title body state createdAt updatedAt labels(first: 50) { nodes { name } } }";

/** The checks of a commit. @param suite more of the suite that a run belongs to. */
export const contexts = (suite: string) => `pageInfo { hasNextPage endCursor }
  nodes {
    __typename
    ... on CheckRun { databaseId name status conclusion startedAt completedAt detailsUrl externalId checkSuite { app { slug databaseId } ${suite} } }
    ... on StatusContext { context state createdAt targetUrl }
  }`;

export const CONTEXTS = contexts("");

import { COMMIT, CONTEXTS, INCIDENT_LABEL, PULL } from "./fragments.ts";

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

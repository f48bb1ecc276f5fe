import { COMMIT, INCIDENT, INCIDENT_LABEL, PAUSE, PULL } from "./fragments.ts";

/** Open hotfix branches with their pull requests: what other rollbacks are at work on. Variables: branches. */
const HOTFIXES = `refs(refPrefix: "refs/heads/", query: $branches, first: 50) {
      nodes { name target { __typename oid ... on Commit { message } } associatedPullRequests(states: [OPEN], first: 1) { nodes { number url createdAt isCrossRepository } } }
    }`;

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

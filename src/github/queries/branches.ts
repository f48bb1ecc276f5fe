import { TEXT } from "./fragments.ts";

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

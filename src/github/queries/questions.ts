import { COMMIT, FAQ, PAUSE, PULL, TEXT } from "./fragments.ts";

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

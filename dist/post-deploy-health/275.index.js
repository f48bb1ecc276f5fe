export const id=275;export const ids=[275];export const modules={3345:((e,t,n)=>{n.d(t,{GF:()=>y,MY:()=>r,WU:()=>$,YA:()=>i,e0:()=>u,eL:()=>p,fJ:()=>l,le:()=>m,r_:()=>g,x0:()=>h,yy:()=>s});let r="auto-rollback",o=`fragment CommitParts on Commit {
  oid
  message
  author { name email user { login } }
  committer { user { login } }
  parents(first: 5) { nodes { oid } }
  signature { isValid wasSignedByGitHub }
}`,a=`fragment PullParts on PullRequest {
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
}`,i=`query PullsOfBranch($owner: String!, $name: String!, $branch: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(headRefName: $branch, first: 50, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) {
      pageInfo { hasNextPage endCursor }
      nodes { ...PullParts }
    }
  }
}
${o}
${a}`,s=`query BranchHead($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $ref) { target { oid ... on Commit { message parents(first: 5) { nodes { oid } } } } }
  }
}`,u=`mutation CommitFiles($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`,l=`mutation CreateAndCommit($ref: CreateRefInput!, $input: CreateCommitOnBranchInput!) {
  createRef(input: $ref) { ref { name } }
  createCommitOnBranch(input: $input) { commit { oid } }
}`,m=`query FileAt($owner: String!, $name: String!, $expression: String!) {
  repository(owner: $owner, name: $name) { object(expression: $expression) { __typename ...Text } }
}
fragment Text on Blob { text isBinary isTruncated byteSize }`,d=e=>`pageInfo { hasNextPage endCursor }
  nodes {
    __typename
    ... on CheckRun { databaseId name status conclusion startedAt completedAt detailsUrl externalId checkSuite { app { slug databaseId } ${e} } }
    ... on StatusContext { context state createdAt targetUrl }
  }`,f=d("");function c(e,t){return`query ${e}($owner: String!, $name: String!, $number: Int!, $after: String!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { headRefOid page: ${t} } }
}`}d("workflowRun { workflow { databaseId } }"),c("MoreFiles","files(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { path additions deletions changeType } }"),c("MoreReviews","latestOpinionatedReviews(first: 100, after: $after, writersOnly: true) { pageInfo { hasNextPage endCursor } nodes { state author { __typename login } } }"),c("MoreThreads","reviewThreads(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { isResolved } }");let g=`query Comments($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    issueOrPullRequest(number: $number) { ... on Issue { comments(first: 100, after: $after) { ...Own } } ... on PullRequest { comments(first: 100, after: $after) { ...Own } } }
  }
}
fragment Own on IssueCommentConnection { pageInfo { hasNextPage endCursor } nodes { url body viewerDidAuthor } }`,p=`query DeployTarget($owner: String!, $name: String!, $oid: GitObjectID!, $hotfix: String!) {
  repository(owner: $owner, name: $name) {
    defaultBranchRef { name target { oid ... on Commit { history(first: 20) { nodes { oid message } } } } }
    pause: issues(labels: ["instant-paused"], states: [OPEN], first: 1) { nodes { number url title } }
    object(oid: $oid) { __typename ... on Commit { message } }
    pulls: pullRequests(headRefName: $hotfix, first: 10, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { ...PullParts } }
  }
}
${o}
${a}`,$=`query FindStory($owner: String!, $name: String!, $search: String!) {
  search(query: $search, type: ISSUE, first: 50) { nodes { __typename ...FoundPull ...FoundIssue } }
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { __typename ...FoundPull } }
    incidents: issues(labels: ["${r}"], first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { __typename ...FoundIssue } }
  }
}
fragment FoundPull on PullRequest { number body isCrossRepository }
fragment FoundIssue on Issue { number url title body createdAt closedAt labels(first: 50) { nodes { name } } }`,h=`query ChangedStories($owner: String!, $name: String!, $after: String, $first: Boolean!) {
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(first: 50, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { __typename updatedAt ...FoundPull } }
    incidents: issues(labels: ["${r}"], first: 50, orderBy: { field: UPDATED_AT, direction: DESC }) @include(if: $first) { nodes { __typename updatedAt ...FoundIssue } }
  }
}
fragment FoundPull on PullRequest { number body isCrossRepository }
fragment FoundIssue on Issue { number url title body createdAt closedAt labels(first: 50) { nodes { name } } }`;function y(e){let t=[...Array(e).keys()];return`query Story($owner: String!, $name: String!, ${t.map(e=>`$number${e}: Int!`).join(", ")}) {
  repository(owner: $owner, name: $name) { ${t.map(e=>`pull${e}: pullRequest(number: $number${e}) { ...PullParts ...StoryParts }`).join(" ")} }
}
fragment StoryParts on PullRequest {
  headRefName baseRefName closedAt
  mergedBy { __typename login }
  reviews(first: 100) { nodes { submittedAt author { __typename login } } }
  commits(last: 20) { nodes { commit { url committedDate } } }
  lastCommit: commits(last: 1) { nodes { commit { committedDate statusCheckRollup { contexts(first: 100) { ${f} } } } } }
}
${o}
${a}`}}),6275:((e,t,n)=>{n.d(t,{DQ:()=>i,Nh:()=>a,SA:()=>u,nE:()=>g,oi:()=>l,pf:()=>f,wI:()=>m});var r=n(7463),o=n(3345);function a(e){return(e?.nodes??[]).filter(e=>null!==e)}function i(e){return null===e?"ghost":"Bot"!==e.__typename||e.login.endsWith("[bot]")?e.login:`${e.login}[bot]`}let s=/^(?:\d+\+)?([A-Za-z0-9-]+\[bot\])@users\.noreply\./;function u(e){return a(e).flatMap(({submittedAt:e,author:t})=>null===e?[]:[{author:i(t),at:Date.parse(e)}])}function l(e){return{number:e.number,url:e.url,title:e.title,body:e.body,state:"OPEN"===e.state?"open":"MERGED"===e.state?"merged":"closed",author:i(e.author),headSha:e.headRefOid,mergeSha:e.mergeCommit?.oid??null,createdAt:Date.parse(e.createdAt),mergedAt:null===e.mergedAt?null:Date.parse(e.mergedAt),commits:a(e.commits).map(({commit:e})=>(function(e){let{signature:t}=e;return{sha:e.oid,message:e.message,author:e.author?.user?.login??s.exec(e.author?.email??"")?.[1]??null,parents:a(e.parents).map(({oid:e})=>e),signature:null===t?"none":t.isValid?"valid":"invalid",signedByGitHub:t?.wasSignedByGitHub===!0&&!function({committer:e}){let t=e?.user?.login;return void 0!==t&&"web-flow"!==t&&!t.endsWith("[bot]")}(e)}})(e)),commitCount:e.commits.totalCount??a(e.commits).length}}function m(e){let[t]=a(e.pause);return t??null}let d={12e4:"a symbolic link",4e4:"a folder",16e4:"a submodule"};async function f(e,t,n){var o={object:await c(e,t,n)};let a=function(e,t){var n;let r=null===(n="number"==typeof e?.mode?e.mode.toString(8):null)?void 0:d[n];if(void 0!==r)return{what:`\`${t}\` is ${r}, not a file`,cause:"what stands there is another thing than the text that readers see, and would be overwritten",where:t,fix:`Name the file itself in \`faq-path\`, or make \`${t}\` a plain file.`};let o=e?.object;return o&&void 0!==o.isTruncated?"string"==typeof o.text&&o.text.startsWith("version https://git-lfs.github.com/spec/")?{what:`\`${t}\` is kept in Git LFS, so that its text is not in the repository`,where:t,fix:"Take it out of Git LFS (`git lfs untrack`, then commit it again), or name another file."}:"string"!=typeof o.text||o.isTruncated?{what:`\`${t}\` cannot be read as text`,cause:o.isTruncated?`it is too large (${o.byteSize} bytes): GitHub gives its beginning only`:"it is a binary file, or not in UTF-8",where:t,fix:"Name a text file, or split it."}:null:null}(o,n);if(null!==a)throw(0,r.V2)("configuration",a);return o?.object?.isTruncated===void 0?null:o.object.text??null}async function c(e,t,n){let{repository:r}=await e.graphql({query:o.le,variables:{owner:e.owner,name:e.repo,expression:`${t}:${n}`},doing:`read ${n}`,needs:"contents: read"});return r.object}function g(e,t){return(0,r.V2)("permission",{what:`The repository ${e}/${t} cannot be read`,cause:"the token may not see it",fix:"Give the job `permissions:\n  contents: read`, or pass a token of this repository."})}})};
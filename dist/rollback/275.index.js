export const id=275;export const ids=[275];export const modules={3345:((e,t,n)=>{n.d(t,{AQ:()=>x,BU:()=>T,D3:()=>E,GC:()=>R,GF:()=>K,LI:()=>F,MK:()=>C,MY:()=>r,N_:()=>L,OR:()=>A,QR:()=>Q,UD:()=>U,WU:()=>Y,YA:()=>f,cR:()=>D,e0:()=>c,eL:()=>N,ef:()=>z,ew:()=>P,fJ:()=>g,i4:()=>W,jV:()=>V,le:()=>b,qE:()=>G,r_:()=>j,rf:()=>I,u8:()=>_,uC:()=>B,vA:()=>H,vU:()=>$,vv:()=>v,w_:()=>q,x0:()=>J,yy:()=>p});let r="auto-rollback",o='pause: issues(labels: ["instant-paused"], states: [OPEN], first: 1) { nodes { number url title } }',i=`fragment CommitParts on Commit {
  oid
  message
  author { name email user { login } }
  committer { user { login } }
  parents(first: 5) { nodes { oid } }
  signature { isValid wasSignedByGitHub }
}`,s=`fragment PullParts on PullRequest {
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
}`,a="fragment Text on Blob { text isBinary isTruncated byteSize }",u="faq: file(path: $faqPath) { mode object { ...Text } }",l="pageInfo { hasNextPage endCursor } nodes { isResolved }",m="pageInfo { hasNextPage endCursor } nodes { state author { __typename login } }",d="pageInfo { hasNextPage endCursor } nodes { path additions deletions changeType }";function $(e){let t=[...Array(e.branches).keys()],n=[...Array(e.sources).keys()],r=[...e.defaultBase?[]:["$base: String!"],...t.flatMap(e=>[`$branch${e}: String!`,`$ref${e}: String!`]),...n.map(e=>`$source${e}: String!`)],l=e.defaultBase?"base: defaultBranchRef":"base: ref(qualifiedName: $base)";return`query Question($owner: String!, $name: String!, $faqPath: String!, ${r.join(", ")}) {
  viewer { login }
  repository(owner: $owner, name: $name) {
    id
    ${l} { name target { __typename oid ... on Commit { ${u} } } }
    ${o}
    ${n.map(e=>`source${e}: object(expression: $source${e}) { __typename ...Text${function e(t){return 0===t?"":` ... on Tree { entries { name object { ...Text${e(t-1)} } } }`}(3)} }`).join("\n    ")}
    ${t.map(e=>`branch${e}: ref(qualifiedName: $ref${e}) { target { oid ... on Commit { ${u} } } }
    pulls${e}: pullRequests(headRefName: $branch${e}, first: 10, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { ...PullParts } }`).join("\n    ")}
  }
}
${e.branches>0?`${i}
${s}
`:""}${a}`}let f=`query PullsOfBranch($owner: String!, $name: String!, $branch: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(headRefName: $branch, first: 50, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) {
      pageInfo { hasNextPage endCursor }
      nodes { ...PullParts }
    }
  }
}
${i}
${s}`,p=`query BranchHead($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $ref) { target { oid ... on Commit { message parents(first: 5) { nodes { oid } } } } }
  }
}`,c=`mutation CommitFiles($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`,g=`mutation CreateAndCommit($ref: CreateRefInput!, $input: CreateCommitOnBranchInput!) {
  createRef(input: $ref) { ref { name } }
  createCommitOnBranch(input: $input) { commit { oid } }
}`,b=`query FileAt($owner: String!, $name: String!, $expression: String!) {
  repository(owner: $owner, name: $name) { object(expression: $expression) { __typename ...Text } }
}
${a}`,y=e=>`pageInfo { hasNextPage endCursor }
  nodes {
    __typename
    ... on CheckRun { databaseId name status conclusion startedAt completedAt detailsUrl externalId checkSuite { app { slug databaseId } ${e} } }
    ... on StatusContext { context state createdAt targetUrl }
  }`,h=y(""),w=y("workflowRun { workflow { databaseId } }"),C=`query Pull($owner: String!, $name: String!, $number: Int!, $faqPath: String!) {
  viewer { login }
  repository(owner: $owner, name: $name) {
    defaultBranchRef { name }
    autoMergeAllowed deleteBranchOnMerge mergeCommitAllowed squashMergeAllowed rebaseMergeAllowed
    ${o}
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
        target { oid ... on Commit { ${u} } }
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
      headRef { target { oid ... on Commit { ${u} } } associatedPullRequests(states: [OPEN], first: 5) { nodes { number } } }
      commits(first: 100) { totalCount pageInfo { hasNextPage endCursor } nodes { commit { ...CommitParts } } }
      firstCommit: commits(first: 1) { nodes { commit { parents(first: 3) { nodes { oid ${u} } } } } }
      lastCommit: commits(last: 1) { nodes { commit { oid ${u} statusCheckRollup { contexts(first: 100) { ${w} } } checkSuites(first: 50) { nodes { conclusion } } } } }
      files(first: 100) { totalCount ${d} }
      reviewDecision
      latestOpinionatedReviews(first: 100, writersOnly: true) { ${m} }
      reviews(first: 100) { nodes { submittedAt author { __typename login } } }
      reviewThreads(first: 100) { ${l} }
      comments(last: 100) { pageInfo { hasPreviousPage } nodes { url body viewerDidAuthor } }
      autoMergeRequest { enabledBy { __typename login } }
      isMergeQueueEnabled
      mergeQueueEntry { position state enqueuer { __typename login } }
    }
  }
}
${i}
${a}`,R=`query PullRange($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      number url body baseRefName baseRefOid headRefOid
      baseRef { target { oid } }
      headRepository { nameWithOwner }
      commits(first: 50) { totalCount nodes { commit { oid parents(first: 3) { nodes { oid } } } } }
    }
  }
}`;function S(e,t){return`query ${e}($owner: String!, $name: String!, $number: Int!, $after: String!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { headRefOid page: ${t} } }
}`}let P=S("MoreFiles",`files(first: 100, after: $after) { ${d} }`),q=S("MoreReviews",`latestOpinionatedReviews(first: 100, after: $after, writersOnly: true) { ${m} }`),A=S("MoreThreads",`reviewThreads(first: 100, after: $after) { ${l} }`),I=`${S("MoreCommits","commits(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { commit { ...CommitParts } } }")}
${i}`,_=`query PullState($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { state headRefOid autoMergeRequest { enabledBy { login } } mergeQueueEntry { id } } }
}`,x=`mutation ArmAutoMerge($input: EnablePullRequestAutoMergeInput!) {
  enablePullRequestAutoMerge(input: $input) { pullRequest { number } }
}`,D=`mutation DisarmAutoMerge($input: DisablePullRequestAutoMergeInput!) {
  disablePullRequestAutoMerge(input: $input) { pullRequest { number } }
}`,E=`mutation Enqueue($input: EnqueuePullRequestInput!) {
  enqueuePullRequest(input: $input) { mergeQueueEntry { position } }
}`,T=`mutation Dequeue($input: DequeuePullRequestInput!) {
  dequeuePullRequest(input: $input) { mergeQueueEntry { position } }
}`,j=`query Comments($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    issueOrPullRequest(number: $number) { ... on Issue { comments(first: 100, after: $after) { ...Own } } ... on PullRequest { comments(first: 100, after: $after) { ...Own } } }
  }
}
fragment Own on IssueCommentConnection { pageInfo { hasNextPage endCursor } nodes { url body viewerDidAuthor } }`;function v(e){let t=e.map((e,t)=>[...Array(e).keys()].map(e=>`path${t}_${e}`)),n=t.flatMap((e,t)=>[`$oid${t}: GitObjectID!`,...e.map(e=>`$${e}: String!`)]);return`query Entries($owner: String!, $name: String!, ${n.join(", ")}) {
  repository(owner: $owner, name: $name) {
    ${t.map((e,t)=>`commit${t}: object(oid: $oid${t}) { ... on Commit { oid ${e.map((e,t)=>`file${t}: file(path: $${e}) { mode object { ... on Blob { isBinary } } }`).join(" ")} } }`).join("\n    ")}
  }
}`}let B=`query MoreChecks($owner: String!, $name: String!, $oid: GitObjectID!, $after: String!) {
  repository(owner: $owner, name: $name) {
    object(oid: $oid) { ... on Commit { statusCheckRollup { contexts(first: 100, after: $after) { ${w} } } } }
  }
}`,N=`query DeployTarget($owner: String!, $name: String!, $oid: GitObjectID!, $hotfix: String!) {
  repository(owner: $owner, name: $name) {
    defaultBranchRef { name target { oid ... on Commit { history(first: 20) { nodes { oid message } } } } }
    ${o}
    object(oid: $oid) { __typename ... on Commit { message } }
    pulls: pullRequests(headRefName: $hotfix, first: 10, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { ...PullParts } }
  }
}
${i}
${s}`,O=`refs(refPrefix: "refs/heads/", query: $branches, first: 50) {
      nodes { name target { __typename oid ... on Commit { message } } associatedPullRequests(states: [OPEN], first: 1) { nodes { number url createdAt isCrossRepository } } }
    }`,k="fragment IncidentParts on Issue { id number url title body state createdAt updatedAt labels(first: 50) { nodes { name } } }",M=`incidents: issues(labels: ["${r}"], first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { ...IncidentParts } }`;function F({labels:e,environment:t}){let n=[...Array(e).keys()],r=[...n.map(e=>`$label${e}: String!`),...t?["$environment: String!"]:[]].map(e=>`, ${e}`).join("");return`query Rollback($owner: String!, $name: String!, $oid: GitObjectID!, $branch: String!, $branches: String!, $ref: String!, $workflows: String!, $workflowsBefore: String!${r}) {
  viewer { login }
  repository(owner: $owner, name: $name) {
    id
    ${o}
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
    ${O}
    ${M}
    ${t?"deployments(environments: [$environment], first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { commitOid createdAt state latestStatus { state createdAt } } }":""}
    ${n.map(e=>`label${e}: label(name: $label${e}) { id name }`).join("\n    ")}
  }
}
${k}
${i}
${s}`}let G=`query SameTree($owner: String!, $name: String!, $one: String!, $other: String!) {
  repository(owner: $owner, name: $name) { one: object(expression: $one) { oid } other: object(expression: $other) { oid } }
}`,U=`query MoreIncidents($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    incidents: issues(labels: ["${r}"], first: 100, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { ...IncidentParts } }
  }
}
${k}`;function L(e){let t=[...Array(e).keys()];return`mutation OpenHotfix($ref: CreateRefInput!, $pull: CreatePullRequestInput!, $branches: String!${t.map(e=>`, $label${e}: CreateLabelInput!`).join("")}) {
  ${t.map(e=>`label${e}: createLabel(input: $label${e}) { label { id name } }`).join("\n  ")}
  createRef(input: $ref) { ref { name } }
  createPullRequest(input: $pull) { pullRequest { number url headRefOid repository { ${O} } } }
}`}let Q=`mutation OpenIncident($issue: CreateIssueInput!) {
  createIssue(input: $issue) { issue { ...IncidentParts repository { ${M} } } }
}
${k}`;function H({comment:e,state:t}){let n=["$issue: UpdateIssueInput!",...e?["$comment: AddCommentInput!"]:[],..."closed"===t?["$close: CloseIssueInput!"]:[],..."open"===t?["$reopen: ReopenIssueInput!"]:[]];return`mutation TellIncident(${n.join(", ")}) {
  updateIssue(input: $issue) { issue { number } }
  ${"open"===t?"reopenIssue(input: $reopen) { issue { state } }":""}
  ${e?"addComment(input: $comment) { commentEdge { node { id createdAt } } subject { ... on Issue { comments(last: 20) { nodes { id createdAt body viewerDidAuthor } } } } }":""}
  ${"closed"===t?"closeIssue(input: $close) { issue { state } }":""}
}`}let W="mutation DeleteComment($comment: DeleteIssueCommentInput!) { deleteIssueComment(input: $comment) { clientMutationId } }";function V(e){let t=[...Array(e).keys()];return`mutation CreateLabels(${t.map(e=>`$label${e}: CreateLabelInput!`).join(", ")}) {
  ${t.map(e=>`label${e}: createLabel(input: $label${e}) { label { id name } }`).join("\n  ")}
}`}function z(e){let t=[...Array(e).keys()];return`query Labels($owner: String!, $name: String!, ${t.map(e=>`$label${e}: String!`).join(", ")}) {
  repository(owner: $owner, name: $name) { ${t.map(e=>`label${e}: label(name: $label${e}) { id }`).join(" ")} }
}`}let Y=`query FindStory($owner: String!, $name: String!, $search: String!) {
  search(query: $search, type: ISSUE, first: 50) { nodes { __typename ...FoundPull ...FoundIssue } }
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { __typename ...FoundPull } }
    incidents: issues(labels: ["${r}"], first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { __typename ...FoundIssue } }
  }
}
fragment FoundPull on PullRequest { number body isCrossRepository }
fragment FoundIssue on Issue { number url title body createdAt closedAt labels(first: 50) { nodes { name } } }`,J=`query ChangedStories($owner: String!, $name: String!, $after: String, $first: Boolean!) {
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(first: 50, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { __typename updatedAt ...FoundPull } }
    incidents: issues(labels: ["${r}"], first: 50, orderBy: { field: UPDATED_AT, direction: DESC }) @include(if: $first) { nodes { __typename updatedAt ...FoundIssue } }
  }
}
fragment FoundPull on PullRequest { number body isCrossRepository }
fragment FoundIssue on Issue { number url title body createdAt closedAt labels(first: 50) { nodes { name } } }`;function K(e){let t=[...Array(e).keys()];return`query Story($owner: String!, $name: String!, ${t.map(e=>`$number${e}: Int!`).join(", ")}) {
  repository(owner: $owner, name: $name) { ${t.map(e=>`pull${e}: pullRequest(number: $number${e}) { ...PullParts ...StoryParts }`).join(" ")} }
}
fragment StoryParts on PullRequest {
  headRefName baseRefName closedAt
  mergedBy { __typename login }
  reviews(first: 100) { nodes { submittedAt author { __typename login } } }
  commits(last: 20) { nodes { commit { url committedDate } } }
  lastCommit: commits(last: 1) { nodes { commit { committedDate statusCheckRollup { contexts(first: 100) { ${h} } } } } }
}
${i}
${s}`}}),6275:((e,t,n)=>{n.d(t,{DQ:()=>a,Ms:()=>c,NS:()=>h,Nh:()=>i,SA:()=>d,Tw:()=>l,e3:()=>w,hb:()=>S,nE:()=>P,oi:()=>$,pf:()=>R,r0:()=>C,wI:()=>f,wP:()=>s,wh:()=>g});var r=n(7463),o=n(3345);function i(e){return(e?.nodes??[]).filter(e=>null!==e)}function s(e){return e?.nodes?.every(e=>null!==e)===!0}function a(e){return null===e?"ghost":"Bot"!==e.__typename||e.login.endsWith("[bot]")?e.login:`${e.login}[bot]`}let u=/^(?:\d+\+)?([A-Za-z0-9-]+\[bot\])@users\.noreply\./;function l(e){let{signature:t}=e;return{sha:e.oid,message:e.message,author:e.author?.user?.login??u.exec(e.author?.email??"")?.[1]??null,parents:i(e.parents).map(({oid:e})=>e),signature:null===t?"none":t.isValid?"valid":"invalid",signedByGitHub:t?.wasSignedByGitHub===!0&&!function({committer:e}){let t=e?.user?.login;return void 0!==t&&t!==m&&!t.endsWith("[bot]")}(e)}}let m="web-flow";function d(e){return i(e).flatMap(({submittedAt:e,author:t})=>null===e?[]:[{author:a(t),at:Date.parse(e)}])}function $(e){return{number:e.number,url:e.url,title:e.title,body:e.body,state:"OPEN"===e.state?"open":"MERGED"===e.state?"merged":"closed",author:a(e.author),headSha:e.headRefOid,mergeSha:e.mergeCommit?.oid??null,createdAt:Date.parse(e.createdAt),mergedAt:null===e.mergedAt?null:Date.parse(e.mergedAt),commits:i(e.commits).map(({commit:e})=>l(e)),commitCount:e.commits.totalCount??i(e.commits).length}}function f(e){let[t]=i(e.pause);return t??null}function p(e){return"number"==typeof e?.mode?e.mode.toString(8):null}function c(e){let t=p(e);if(null===t)return null;let{text:n,isBinary:r}=e?.object??{};return{mode:t,binary:!!("string"==typeof n&&h(n))||(r??null)}}function g(e){let t=e?.object;return void 0!==y(p(e))||"string"!=typeof t?.text||!1!==t.isTruncated||!1!==t.isBinary||h(t.text)?null:t.text}let b={12e4:"a symbolic link",4e4:"a folder",16e4:"a submodule"};function y(e){return null===e?void 0:b[e]}function h(e){return e.startsWith("version https://git-lfs.github.com/spec/")}function w(e,t){let n=y(p(e));if(void 0!==n)return{what:`\`${t}\` is ${n}, not a file`,cause:"what stands there is another thing than the text that readers see, and would be overwritten",where:t,fix:`Name the file itself in \`faq-path\`, or make \`${t}\` a plain file.`};let r=e?.object;return r&&void 0!==r.isTruncated?"string"==typeof r.text&&h(r.text)?{what:`\`${t}\` is kept in Git LFS, so that its text is not in the repository`,where:t,fix:"Take it out of Git LFS (`git lfs untrack`, then commit it again), or name another file."}:"string"!=typeof r.text||r.isTruncated?{what:`\`${t}\` cannot be read as text`,cause:r.isTruncated?`it is too large (${r.byteSize} bytes): GitHub gives its beginning only`:"it is a binary file, or not in UTF-8",where:t,fix:"Name a text file, or split it."}:null:null}function C(e,t){let n=w(e,t);if(null!==n)throw(0,r.V2)("configuration",n);return e?.object?.isTruncated===void 0?null:e.object.text??null}async function R(e,t,n){return C({object:await S(e,t,n)},n)}async function S(e,t,n){let{repository:r}=await e.graphql({query:o.le,variables:{owner:e.owner,name:e.repo,expression:`${t}:${n}`},doing:`read ${n}`,needs:"contents: read"});return r.object}function P(e,t){return(0,r.V2)("permission",{what:`The repository ${e}/${t} cannot be read`,cause:"the token may not see it",fix:"Give the job `permissions:\n  contents: read`, or pass a token of this repository."})}})};
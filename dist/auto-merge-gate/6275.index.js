export const id=6275;export const ids=[6275];export const modules={23345:((e,t,n)=>{n.d(t,{AQ:()=>I,BU:()=>D,D3:()=>E,GC:()=>C,GF:()=>j,MK:()=>R,MY:()=>r,OR:()=>A,WU:()=>O,YA:()=>$,cR:()=>v,e0:()=>g,ew:()=>q,fJ:()=>c,le:()=>y,r_:()=>T,rf:()=>x,u8:()=>_,uC:()=>N,vU:()=>f,vv:()=>B,w_:()=>P,x0:()=>M,yy:()=>p});let r="auto-rollback",o='pause: issues(labels: ["instant-paused"], states: [OPEN], first: 1) { nodes { number url title } }',i=`fragment CommitParts on Commit {
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
}`,s="fragment Text on Blob { text isBinary isTruncated byteSize }",u="faq: file(path: $faqPath) { mode object { ...Text } }",l="pageInfo { hasNextPage endCursor } nodes { isResolved }",m="pageInfo { hasNextPage endCursor } nodes { state author { __typename login } }",d="pageInfo { hasNextPage endCursor } nodes { path additions deletions changeType }";function f(e){let t=[...Array(e.branches).keys()],n=[...Array(e.sources).keys()],r=[...e.defaultBase?[]:["$base: String!"],...t.flatMap(e=>[`$branch${e}: String!`,`$ref${e}: String!`]),...n.map(e=>`$source${e}: String!`)],l=e.defaultBase?"base: defaultBranchRef":"base: ref(qualifiedName: $base)";return`query Question($owner: String!, $name: String!, $faqPath: String!, ${r.join(", ")}) {
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
${a}
`:""}${s}`}let $=`query PullsOfBranch($owner: String!, $name: String!, $branch: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(headRefName: $branch, first: 50, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) {
      pageInfo { hasNextPage endCursor }
      nodes { ...PullParts }
    }
  }
}
${i}
${a}`,p=`query BranchHead($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $ref) { target { oid ... on Commit { message parents(first: 5) { nodes { oid } } } } }
  }
}`,g=`mutation CommitFiles($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`,c=`mutation CreateAndCommit($ref: CreateRefInput!, $input: CreateCommitOnBranchInput!) {
  createRef(input: $ref) { ref { name } }
  createCommitOnBranch(input: $input) { commit { oid } }
}`,y=`query FileAt($owner: String!, $name: String!, $expression: String!) {
  repository(owner: $owner, name: $name) { object(expression: $expression) { __typename ...Text } }
}
${s}`,b=e=>`pageInfo { hasNextPage endCursor }
  nodes {
    __typename
    ... on CheckRun { databaseId name status conclusion startedAt completedAt detailsUrl externalId checkSuite { app { slug databaseId } ${e} } }
    ... on StatusContext { context state createdAt targetUrl }
  }`,h=b(""),w=b("workflowRun { workflow { databaseId } }"),R=`query Pull($owner: String!, $name: String!, $number: Int!, $faqPath: String!) {
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
${s}`,C=`query PullRange($owner: String!, $name: String!, $number: Int!) {
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
}`}let q=S("MoreFiles",`files(first: 100, after: $after) { ${d} }`),P=S("MoreReviews",`latestOpinionatedReviews(first: 100, after: $after, writersOnly: true) { ${m} }`),A=S("MoreThreads",`reviewThreads(first: 100, after: $after) { ${l} }`),x=`${S("MoreCommits","commits(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { commit { ...CommitParts } } }")}
${i}`,_=`query PullState($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { state headRefOid autoMergeRequest { enabledBy { login } } mergeQueueEntry { id } } }
}`,I=`mutation ArmAutoMerge($input: EnablePullRequestAutoMergeInput!) {
  enablePullRequestAutoMerge(input: $input) { pullRequest { number } }
}`,v=`mutation DisarmAutoMerge($input: DisablePullRequestAutoMergeInput!) {
  disablePullRequestAutoMerge(input: $input) { pullRequest { number } }
}`,E=`mutation Enqueue($input: EnqueuePullRequestInput!) {
  enqueuePullRequest(input: $input) { mergeQueueEntry { position } }
}`,D=`mutation Dequeue($input: DequeuePullRequestInput!) {
  dequeuePullRequest(input: $input) { mergeQueueEntry { position } }
}`,T=`query Comments($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    issueOrPullRequest(number: $number) { ... on Issue { comments(first: 100, after: $after) { ...Own } } ... on PullRequest { comments(first: 100, after: $after) { ...Own } } }
  }
}
fragment Own on IssueCommentConnection { pageInfo { hasNextPage endCursor } nodes { url body viewerDidAuthor } }`;function B(e){let t=e.map((e,t)=>[...Array(e).keys()].map(e=>`path${t}_${e}`)),n=t.flatMap((e,t)=>[`$oid${t}: GitObjectID!`,...e.map(e=>`$${e}: String!`)]);return`query Entries($owner: String!, $name: String!, ${n.join(", ")}) {
  repository(owner: $owner, name: $name) {
    ${t.map((e,t)=>`commit${t}: object(oid: $oid${t}) { ... on Commit { oid ${e.map((e,t)=>`file${t}: file(path: $${e}) { mode object { ... on Blob { isBinary } } }`).join(" ")} } }`).join("\n    ")}
  }
}`}let N=`query MoreChecks($owner: String!, $name: String!, $oid: GitObjectID!, $after: String!) {
  repository(owner: $owner, name: $name) {
    object(oid: $oid) { ... on Commit { statusCheckRollup { contexts(first: 100, after: $after) { ${w} } } } }
  }
}`,O=`query FindStory($owner: String!, $name: String!, $search: String!) {
  search(query: $search, type: ISSUE, first: 50) { nodes { __typename ...FoundPull ...FoundIssue } }
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { __typename ...FoundPull } }
    incidents: issues(labels: ["${r}"], first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { __typename ...FoundIssue } }
  }
}
fragment FoundPull on PullRequest { number body isCrossRepository }
fragment FoundIssue on Issue { number url title body createdAt closedAt labels(first: 50) { nodes { name } } }`,M=`query ChangedStories($owner: String!, $name: String!, $after: String, $first: Boolean!) {
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(first: 50, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { __typename updatedAt ...FoundPull } }
    incidents: issues(labels: ["${r}"], first: 50, orderBy: { field: UPDATED_AT, direction: DESC }) @include(if: $first) { nodes { __typename updatedAt ...FoundIssue } }
  }
}
fragment FoundPull on PullRequest { number body isCrossRepository }
fragment FoundIssue on Issue { number url title body createdAt closedAt labels(first: 50) { nodes { name } } }`;function j(e){let t=[...Array(e).keys()];return`query Story($owner: String!, $name: String!, ${t.map(e=>`$number${e}: Int!`).join(", ")}) {
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
${a}`}}),6275:((e,t,n)=>{n.d(t,{DQ:()=>s,Ms:()=>g,NS:()=>h,Nh:()=>i,SA:()=>d,Tw:()=>l,e3:()=>w,hb:()=>S,nE:()=>q,oi:()=>f,pf:()=>C,r0:()=>R,wI:()=>$,wP:()=>a,wh:()=>c});var r=n(57463),o=n(23345);function i(e){return(e?.nodes??[]).filter(e=>null!==e)}function a(e){return e?.nodes?.every(e=>null!==e)===!0}function s(e){return null===e?"ghost":"Bot"!==e.__typename||e.login.endsWith("[bot]")?e.login:`${e.login}[bot]`}let u=/^(?:\d+\+)?([A-Za-z0-9-]+\[bot\])@users\.noreply\./;function l(e){let{signature:t}=e;return{sha:e.oid,message:e.message,author:e.author?.user?.login??u.exec(e.author?.email??"")?.[1]??null,parents:i(e.parents).map(({oid:e})=>e),signature:null===t?"none":t.isValid?"valid":"invalid",signedByGitHub:t?.wasSignedByGitHub===!0&&!function({committer:e}){let t=e?.user?.login;return void 0!==t&&t!==m&&!t.endsWith("[bot]")}(e)}}let m="web-flow";function d(e){return i(e).flatMap(({submittedAt:e,author:t})=>null===e?[]:[{author:s(t),at:Date.parse(e)}])}function f(e){return{number:e.number,url:e.url,title:e.title,body:e.body,state:"OPEN"===e.state?"open":"MERGED"===e.state?"merged":"closed",author:s(e.author),headSha:e.headRefOid,mergeSha:e.mergeCommit?.oid??null,createdAt:Date.parse(e.createdAt),mergedAt:null===e.mergedAt?null:Date.parse(e.mergedAt),commits:i(e.commits).map(({commit:e})=>l(e)),commitCount:e.commits.totalCount??i(e.commits).length}}function $(e){let[t]=i(e.pause);return t??null}function p(e){return"number"==typeof e?.mode?e.mode.toString(8):null}function g(e){let t=p(e);if(null===t)return null;let{text:n,isBinary:r}=e?.object??{};return{mode:t,binary:!!("string"==typeof n&&h(n))||(r??null)}}function c(e){let t=e?.object;return void 0!==b(p(e))||"string"!=typeof t?.text||!1!==t.isTruncated||!1!==t.isBinary||h(t.text)?null:t.text}let y={12e4:"a symbolic link",4e4:"a folder",16e4:"a submodule"};function b(e){return null===e?void 0:y[e]}function h(e){return e.startsWith("version https://git-lfs.github.com/spec/")}function w(e,t){let n=b(p(e));if(void 0!==n)return{what:`\`${t}\` is ${n}, not a file`,cause:"what stands there is another thing than the text that readers see, and would be overwritten",where:t,fix:`Name the file itself in \`faq-path\`, or make \`${t}\` a plain file.`};let r=e?.object;return r&&void 0!==r.isTruncated?"string"==typeof r.text&&h(r.text)?{what:`\`${t}\` is kept in Git LFS, so that its text is not in the repository`,where:t,fix:"Take it out of Git LFS (`git lfs untrack`, then commit it again), or name another file."}:"string"!=typeof r.text||r.isTruncated?{what:`\`${t}\` cannot be read as text`,cause:r.isTruncated?`it is too large (${r.byteSize} bytes): GitHub gives its beginning only`:"it is a binary file, or not in UTF-8",where:t,fix:"Name a text file, or split it."}:null:null}function R(e,t){let n=w(e,t);if(null!==n)throw(0,r.V2)("configuration",n);return e?.object?.isTruncated===void 0?null:e.object.text??null}async function C(e,t,n){return R({object:await S(e,t,n)},n)}async function S(e,t,n){let{repository:r}=await e.graphql({query:o.le,variables:{owner:e.owner,name:e.repo,expression:`${t}:${n}`},doing:`read ${n}`,needs:"contents: read"});return r.object}function q(e,t){return(0,r.V2)("permission",{what:`The repository ${e}/${t} cannot be read`,cause:"the token may not see it",fix:"Give the job `permissions:\n  contents: read`, or pass a token of this repository."})}})};
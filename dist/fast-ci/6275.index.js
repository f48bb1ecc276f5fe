export const id=6275;export const ids=[6275];export const modules={3345:((e,t,n)=>{n.d(t,{AQ:()=>A,BU:()=>I,D3:()=>_,GC:()=>h,GF:()=>B,MK:()=>b,MY:()=>r,OR:()=>q,WU:()=>O,cR:()=>x,e0:()=>f,ew:()=>R,fJ:()=>p,le:()=>g,r_:()=>v,rf:()=>S,u8:()=>P,uC:()=>E,vv:()=>D,w_:()=>C,x0:()=>T,yy:()=>d});let r="auto-rollback",o=`fragment CommitParts on Commit {
  oid
  message
  author { name email user { login } }
  committer { user { login } }
  parents(first: 5) { nodes { oid } }
  signature { isValid wasSignedByGitHub }
}`,i=`fragment PullParts on PullRequest {
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
}`,s="fragment Text on Blob { text isBinary isTruncated byteSize }",a="faq: file(path: $faqPath) { mode object { ...Text } }",u="pageInfo { hasNextPage endCursor } nodes { isResolved }",l="pageInfo { hasNextPage endCursor } nodes { state author { __typename login } }",m="pageInfo { hasNextPage endCursor } nodes { path additions deletions changeType }",d=`query BranchHead($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $ref) { target { oid ... on Commit { message parents(first: 5) { nodes { oid } } } } }
  }
}`,f=`mutation CommitFiles($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`,p=`mutation CreateAndCommit($ref: CreateRefInput!, $input: CreateCommitOnBranchInput!) {
  createRef(input: $ref) { ref { name } }
  createCommitOnBranch(input: $input) { commit { oid } }
}`,g=`query FileAt($owner: String!, $name: String!, $expression: String!) {
  repository(owner: $owner, name: $name) { object(expression: $expression) { __typename ...Text } }
}
${s}`,$=e=>`pageInfo { hasNextPage endCursor }
  nodes {
    __typename
    ... on CheckRun { databaseId name status conclusion startedAt completedAt detailsUrl externalId checkSuite { app { slug databaseId } ${e} } }
    ... on StatusContext { context state createdAt targetUrl }
  }`,c=$(""),y=$("workflowRun { workflow { databaseId } }"),b=`query Pull($owner: String!, $name: String!, $number: Int!, $faqPath: String!) {
  viewer { login }
  repository(owner: $owner, name: $name) {
    defaultBranchRef { name }
    autoMergeAllowed deleteBranchOnMerge mergeCommitAllowed squashMergeAllowed rebaseMergeAllowed
    pause: issues(labels: ["instant-paused"], states: [OPEN], first: 1) { nodes { number url title } }
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
        target { oid ... on Commit { ${a} } }
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
      headRef { target { oid ... on Commit { ${a} } } associatedPullRequests(states: [OPEN], first: 5) { nodes { number } } }
      commits(first: 100) { totalCount pageInfo { hasNextPage endCursor } nodes { commit { ...CommitParts } } }
      firstCommit: commits(first: 1) { nodes { commit { parents(first: 3) { nodes { oid ${a} } } } } }
      lastCommit: commits(last: 1) { nodes { commit { oid ${a} statusCheckRollup { contexts(first: 100) { ${y} } } checkSuites(first: 50) { nodes { conclusion } } } } }
      files(first: 100) { totalCount ${m} }
      reviewDecision
      latestOpinionatedReviews(first: 100, writersOnly: true) { ${l} }
      reviews(first: 100) { nodes { submittedAt author { __typename login } } }
      reviewThreads(first: 100) { ${u} }
      comments(last: 100) { pageInfo { hasPreviousPage } nodes { url body viewerDidAuthor } }
      autoMergeRequest { enabledBy { __typename login } }
      isMergeQueueEnabled
      mergeQueueEntry { position state enqueuer { __typename login } }
    }
  }
}
${o}
${s}`,h=`query PullRange($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      number url body baseRefName baseRefOid headRefOid
      baseRef { target { oid } }
      headRepository { nameWithOwner }
      commits(first: 50) { totalCount nodes { commit { oid parents(first: 3) { nodes { oid } } } } }
    }
  }
}`;function w(e,t){return`query ${e}($owner: String!, $name: String!, $number: Int!, $after: String!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { headRefOid page: ${t} } }
}`}let R=w("MoreFiles",`files(first: 100, after: $after) { ${m} }`),C=w("MoreReviews",`latestOpinionatedReviews(first: 100, after: $after, writersOnly: true) { ${l} }`),q=w("MoreThreads",`reviewThreads(first: 100, after: $after) { ${u} }`),S=`${w("MoreCommits","commits(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { commit { ...CommitParts } } }")}
${o}`,P=`query PullState($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { state headRefOid autoMergeRequest { enabledBy { login } } mergeQueueEntry { id } } }
}`,A=`mutation ArmAutoMerge($input: EnablePullRequestAutoMergeInput!) {
  enablePullRequestAutoMerge(input: $input) { pullRequest { number } }
}`,x=`mutation DisarmAutoMerge($input: DisablePullRequestAutoMergeInput!) {
  disablePullRequestAutoMerge(input: $input) { pullRequest { number } }
}`,_=`mutation Enqueue($input: EnqueuePullRequestInput!) {
  enqueuePullRequest(input: $input) { mergeQueueEntry { position } }
}`,I=`mutation Dequeue($input: DequeuePullRequestInput!) {
  dequeuePullRequest(input: $input) { mergeQueueEntry { position } }
}`,v=`query Comments($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    issueOrPullRequest(number: $number) { ... on Issue { comments(first: 100, after: $after) { ...Own } } ... on PullRequest { comments(first: 100, after: $after) { ...Own } } }
  }
}
fragment Own on IssueCommentConnection { pageInfo { hasNextPage endCursor } nodes { url body viewerDidAuthor } }`;function D(e){let t=e.map((e,t)=>[...Array(e).keys()].map(e=>`path${t}_${e}`)),n=t.flatMap((e,t)=>[`$oid${t}: GitObjectID!`,...e.map(e=>`$${e}: String!`)]);return`query Entries($owner: String!, $name: String!, ${n.join(", ")}) {
  repository(owner: $owner, name: $name) {
    ${t.map((e,t)=>`commit${t}: object(oid: $oid${t}) { ... on Commit { oid ${e.map((e,t)=>`file${t}: file(path: $${e}) { mode object { ... on Blob { isBinary } } }`).join(" ")} } }`).join("\n    ")}
  }
}`}let E=`query MoreChecks($owner: String!, $name: String!, $oid: GitObjectID!, $after: String!) {
  repository(owner: $owner, name: $name) {
    object(oid: $oid) { ... on Commit { statusCheckRollup { contexts(first: 100, after: $after) { ${y} } } } }
  }
}`,O=`query FindStory($owner: String!, $name: String!, $search: String!) {
  search(query: $search, type: ISSUE, first: 50) { nodes { __typename ...FoundPull ...FoundIssue } }
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { __typename ...FoundPull } }
    incidents: issues(labels: ["${r}"], first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { __typename ...FoundIssue } }
  }
}
fragment FoundPull on PullRequest { number body isCrossRepository }
fragment FoundIssue on Issue { number url title body createdAt closedAt labels(first: 50) { nodes { name } } }`,T=`query ChangedStories($owner: String!, $name: String!, $after: String, $first: Boolean!) {
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(first: 50, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { __typename updatedAt ...FoundPull } }
    incidents: issues(labels: ["${r}"], first: 50, orderBy: { field: UPDATED_AT, direction: DESC }) @include(if: $first) { nodes { __typename updatedAt ...FoundIssue } }
  }
}
fragment FoundPull on PullRequest { number body isCrossRepository }
fragment FoundIssue on Issue { number url title body createdAt closedAt labels(first: 50) { nodes { name } } }`;function B(e){let t=[...Array(e).keys()];return`query Story($owner: String!, $name: String!, ${t.map(e=>`$number${e}: Int!`).join(", ")}) {
  repository(owner: $owner, name: $name) { ${t.map(e=>`pull${e}: pullRequest(number: $number${e}) { ...PullParts ...StoryParts }`).join(" ")} }
}
fragment StoryParts on PullRequest {
  headRefName baseRefName closedAt
  mergedBy { __typename login }
  reviews(first: 100) { nodes { submittedAt author { __typename login } } }
  commits(last: 20) { nodes { commit { url committedDate } } }
  lastCommit: commits(last: 1) { nodes { commit { committedDate statusCheckRollup { contexts(first: 100) { ${c} } } } } }
}
${o}
${i}`}}),6275:((e,t,n)=>{n.d(t,{DQ:()=>a,Ms:()=>$,Nh:()=>i,SA:()=>d,Tw:()=>l,e3:()=>w,hb:()=>C,nE:()=>q,oi:()=>f,pf:()=>R,wI:()=>p,wP:()=>s,wh:()=>c});var r=n(7463),o=n(3345);function i(e){return(e?.nodes??[]).filter(e=>null!==e)}function s(e){return e?.nodes?.every(e=>null!==e)===!0}function a(e){return null===e?"ghost":"Bot"!==e.__typename||e.login.endsWith("[bot]")?e.login:`${e.login}[bot]`}let u=/^(?:\d+\+)?([A-Za-z0-9-]+\[bot\])@users\.noreply\./;function l(e){let{signature:t}=e;return{sha:e.oid,message:e.message,author:e.author?.user?.login??u.exec(e.author?.email??"")?.[1]??null,parents:i(e.parents).map(({oid:e})=>e),signature:null===t?"none":t.isValid?"valid":"invalid",signedByGitHub:t?.wasSignedByGitHub===!0&&!function({committer:e}){let t=e?.user?.login;return void 0!==t&&t!==m&&!t.endsWith("[bot]")}(e)}}let m="web-flow";function d(e){return i(e).flatMap(({submittedAt:e,author:t})=>null===e?[]:[{author:a(t),at:Date.parse(e)}])}function f(e){return{number:e.number,url:e.url,title:e.title,body:e.body,state:"OPEN"===e.state?"open":"MERGED"===e.state?"merged":"closed",author:a(e.author),headSha:e.headRefOid,mergeSha:e.mergeCommit?.oid??null,createdAt:Date.parse(e.createdAt),mergedAt:null===e.mergedAt?null:Date.parse(e.mergedAt),commits:i(e.commits).map(({commit:e})=>l(e)),commitCount:e.commits.totalCount??i(e.commits).length}}function p(e){let[t]=i(e.pause);return t??null}function g(e){return"number"==typeof e?.mode?e.mode.toString(8):null}function $(e){let t=g(e);if(null===t)return null;let{text:n,isBinary:r}=e?.object??{};return{mode:t,binary:!!("string"==typeof n&&h(n))||(r??null)}}function c(e){let t=e?.object;return void 0!==b(g(e))||"string"!=typeof t?.text||!1!==t.isTruncated||!1!==t.isBinary||h(t.text)?null:t.text}let y={12e4:"a symbolic link",4e4:"a folder",16e4:"a submodule"};function b(e){return null===e?void 0:y[e]}function h(e){return e.startsWith("version https://git-lfs.github.com/spec/")}function w(e,t){let n=b(g(e));if(void 0!==n)return{what:`\`${t}\` is ${n}, not a file`,cause:"what stands there is another thing than the text that readers see, and would be overwritten",where:t,fix:`Name the file itself in \`faq-path\`, or make \`${t}\` a plain file.`};let r=e?.object;return r&&void 0!==r.isTruncated?"string"==typeof r.text&&h(r.text)?{what:`\`${t}\` is kept in Git LFS, so that its text is not in the repository`,where:t,fix:"Take it out of Git LFS (`git lfs untrack`, then commit it again), or name another file."}:"string"!=typeof r.text||r.isTruncated?{what:`\`${t}\` cannot be read as text`,cause:r.isTruncated?`it is too large (${r.byteSize} bytes): GitHub gives its beginning only`:"it is a binary file, or not in UTF-8",where:t,fix:"Name a text file, or split it."}:null:null}async function R(e,t,n){var o={object:await C(e,t,n)};let i=w(o,n);if(null!==i)throw(0,r.V2)("configuration",i);return o?.object?.isTruncated===void 0?null:o.object.text??null}async function C(e,t,n){let{repository:r}=await e.graphql({query:o.le,variables:{owner:e.owner,name:e.repo,expression:`${t}:${n}`},doing:`read ${n}`,needs:"contents: read"});return r.object}function q(e,t){return(0,r.V2)("permission",{what:`The repository ${e}/${t} cannot be read`,cause:"the token may not see it",fix:"Give the job `permissions:\n  contents: read`, or pass a token of this repository."})}})};
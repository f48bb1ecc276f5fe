export const id=714;export const ids=[714];export const modules={6714:((e,t,n)=>{n.r(t),n.d(t,{issues:()=>i}),n(7463);var s=n(6275);function r(e,t){return`query ${e}($owner: String!, $name: String!, $number: Int!, $after: String!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { headRefOid page: ${t} } }
}`}function o({url:e,body:t,viewerDidAuthor:n}){let s=/#issuecomment-(\d+)$/.exec(e)?.[1];return n&&void 0!==s?[{id:Number(s),body:t}]:[]}n(5576),(0,n(9215).JU)("workflowRun { workflow { databaseId } }"),r("MoreFiles","files(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { path additions deletions changeType } }"),r("MoreReviews","latestOpinionatedReviews(first: 100, after: $after, writersOnly: true) { pageInfo { hasNextPage endCursor } nodes { state author { __typename login } } }"),r("MoreThreads","reviewThreads(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { isResolved } }");let a=`query Comments($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    issueOrPullRequest(number: $number) { ... on Issue { comments(first: 100, after: $after) { ...Own } } ... on PullRequest { comments(first: 100, after: $after) { ...Own } } }
  }
}
fragment Own on IssueCommentConnection { pageInfo { hasNextPage endCursor } nodes { url body viewerDidAuthor } }`;function i(e){return{openIssue:t=>d(e,t),addLabels:async(t,n)=>{await e.rest({method:"POST",path:`/issues/${t}/labels`,body:{labels:n},doing:`label #${t}`,needs:"issues: write"})},comment:async(t,n)=>{var s,r,o;let a;await e.rest({method:"POST",path:`/issues/${t}/comments`,body:{body:n},doing:`comment on #${t}`,needs:"issues: write",recover:(s=e,r=t,o=n,a=new Date(s.clock.now()-1e4).toISOString(),async()=>{let{data:e}=await s.rest({method:"GET",path:`/issues/${r}/comments`,query:{since:a,per_page:100},doing:`read the comments of #${r}`,needs:"issues: write"}),t=e.find(e=>e.body===o);return t&&{status:201,data:t}})})},ownComments:(t,n)=>l(e,t,n),editComment:async(t,n)=>{await e.rest({method:"PATCH",path:`/issues/comments/${t}`,body:{body:n},doing:"edit a comment",needs:"pull-requests: write"})},deleteComment:async t=>{await e.rest({method:"DELETE",path:`/issues/comments/${t}`,answers:[404],doing:"delete a comment",needs:"pull-requests: write"})},openIssuesWith:t=>u(e,t),closeIssue:async t=>{await e.rest({method:"PATCH",path:`/issues/${t}`,body:{state:"closed",state_reason:"completed"},doing:`close #${t}`,needs:"issues: write"})}}}async function u(e,t){let{data:n}=await e.rest({method:"GET",path:"/issues",query:{state:"open",labels:t,sort:"created",direction:"asc",per_page:100},doing:`look for issues labelled ${t}`,needs:"issues: write"});return n.filter(({pull_request:e})=>void 0===e).map(({number:e,html_url:t,body:n})=>({number:e,url:t,body:n??""}))}async function l(e,t,n){let r=[],i=null;for(let n=0;n<30;n+=1){let n=await e.graphql({query:a,variables:{owner:e.owner,name:e.repo,number:t,after:i},doing:`read the comments of #${t}`,needs:"pull-requests: write"}),o=n.repository?.issueOrPullRequest?.comments;if(r.push(...(0,s.Nh)(o)),!o?.pageInfo?.hasNextPage)break;i=o.pageInfo.endCursor??null}return r.flatMap(o).filter(({body:e})=>e.includes(n))}async function d(e,t){let n=e.clock.now()-1e4,{data:s}=await e.rest({method:"POST",path:"/issues",body:{...t},doing:"open an issue",needs:"issues: write",recover:async()=>{let s=(await e.rest({method:"GET",path:"/issues",query:{state:"all",sort:"created",direction:"desc",per_page:30},doing:"look for the issue",needs:"issues: write"})).data.find(({title:e,created_at:s})=>e===t.title&&Date.parse(s)>=n);return s&&{status:201,data:s}}}),{number:r,html_url:o}=s;return{number:r,url:o}}}),5576:((e,t,n)=>{n.d(t,{e0:()=>o,fJ:()=>a,le:()=>i,yy:()=>r});var s=n(9215);let r=`query BranchHead($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $ref) { target { oid ... on Commit { message parents(first: 5) { nodes { oid } } } } }
  }
}`,o=`mutation CommitFiles($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`,a=`mutation CreateAndCommit($ref: CreateRefInput!, $input: CreateCommitOnBranchInput!) {
  createRef(input: $ref) { ref { name } }
  createCommitOnBranch(input: $input) { commit { oid } }
}`,i=`query FileAt($owner: String!, $name: String!, $expression: String!) {
  repository(owner: $owner, name: $name) { object(expression: $expression) { __typename ...Text } }
}
${s.a$}`}),9215:((e,t,n)=>{n.d(t,{Hz:()=>r,JU:()=>u,Jo:()=>l,MY:()=>s,S9:()=>a,a$:()=>i,cJ:()=>o});let s="auto-rollback",r='pause: issues(labels: ["instant-paused"], states: [OPEN], first: 1) { nodes { number url title } }',o=`fragment CommitParts on Commit {
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
}`,i="fragment Text on Blob { text isBinary isTruncated byteSize }",u=e=>`pageInfo { hasNextPage endCursor }
  nodes {
    __typename
    ... on CheckRun { databaseId name status conclusion startedAt completedAt detailsUrl externalId checkSuite { app { slug databaseId } ${e} } }
    ... on StatusContext { context state createdAt targetUrl }
  }`,l=u("")}),6275:((e,t,n)=>{n.d(t,{DQ:()=>a,Nh:()=>o,SA:()=>u,nE:()=>f,oi:()=>l,pf:()=>c,wI:()=>d});var s=n(7463),r=n(5576);function o(e){return(e?.nodes??[]).filter(e=>null!==e)}function a(e){return null===e?"ghost":"Bot"!==e.__typename||e.login.endsWith("[bot]")?e.login:`${e.login}[bot]`}let i=/^(?:\d+\+)?([A-Za-z0-9-]+\[bot\])@users\.noreply\./;function u(e){return o(e).flatMap(({submittedAt:e,author:t})=>null===e?[]:[{author:a(t),at:Date.parse(e)}])}function l(e){return{number:e.number,url:e.url,title:e.title,body:e.body,state:"OPEN"===e.state?"open":"MERGED"===e.state?"merged":"closed",author:a(e.author),headSha:e.headRefOid,mergeSha:e.mergeCommit?.oid??null,createdAt:Date.parse(e.createdAt),mergedAt:null===e.mergedAt?null:Date.parse(e.mergedAt),commits:o(e.commits).map(({commit:e})=>(function(e){let{signature:t}=e;return{sha:e.oid,message:e.message,author:e.author?.user?.login??i.exec(e.author?.email??"")?.[1]??null,parents:o(e.parents).map(({oid:e})=>e),signature:null===t?"none":t.isValid?"valid":"invalid",signedByGitHub:t?.wasSignedByGitHub===!0&&!function({committer:e}){let t=e?.user?.login;return void 0!==t&&"web-flow"!==t&&!t.endsWith("[bot]")}(e)}})(e)),commitCount:e.commits.totalCount??o(e.commits).length}}function d(e){let[t]=o(e.pause);return t??null}let m={12e4:"a symbolic link",4e4:"a folder",16e4:"a submodule"};async function c(e,t,n){var r={object:await p(e,t,n)};let o=function(e,t){var n;let s=null===(n="number"==typeof e?.mode?e.mode.toString(8):null)?void 0:m[n];if(void 0!==s)return{what:`\`${t}\` is ${s}, not a file`,cause:"what stands there is another thing than the text that readers see, and would be overwritten",where:t,fix:`Name the file itself in \`faq-path\`, or make \`${t}\` a plain file.`};let r=e?.object;return r&&void 0!==r.isTruncated?"string"==typeof r.text&&r.text.startsWith("version https://git-lfs.github.com/spec/")?{what:`\`${t}\` is kept in Git LFS, so that its text is not in the repository`,where:t,fix:"Take it out of Git LFS (`git lfs untrack`, then commit it again), or name another file."}:"string"!=typeof r.text||r.isTruncated?{what:`\`${t}\` cannot be read as text`,cause:r.isTruncated?`it is too large (${r.byteSize} bytes): GitHub gives its beginning only`:"it is a binary file, or not in UTF-8",where:t,fix:"Name a text file, or split it."}:null:null}(r,n);if(null!==o)throw(0,s.V2)("configuration",o);return r?.object?.isTruncated===void 0?null:r.object.text??null}async function p(e,t,n){let{repository:s}=await e.graphql({query:r.le,variables:{owner:e.owner,name:e.repo,expression:`${t}:${n}`},doing:`read ${n}`,needs:"contents: read"});return s.object}function f(e,t){return(0,s.V2)("permission",{what:`The repository ${e}/${t} cannot be read`,cause:"the token may not see it",fix:"Give the job `permissions:\n  contents: read`, or pass a token of this repository."})}})};
export const id=865;export const ids=[865,77];export const modules={9430:((e,t,r)=>{function n(e){let t="object"==typeof e&&null!==e&&"message"in e?e.message:e;return"string"==typeof t&&""!==t?t.slice(0,500):"no reason given"}function o(e){let t="object"==typeof e&&null!==e&&"errors"in e?e.errors:void 0;return(Array.isArray(t)?t:void 0===t?[]:[t]).map(e=>{if("string"==typeof e)return e;if("object"!=typeof e||null===e)return String(e);let{message:t,field:r,code:n}=e;return"string"==typeof t?t:[r,n].filter(e=>"string"==typeof e).join(" ")})}r.d(t,{R:()=>o,v:()=>n})}),6330:((e,t,r)=>{r.d(t,{O:()=>d,x:()=>m});var n=r(5194),o=r(7463),s=r(3960),i=r(9430),a=r(6150),u=r(8034);class l extends Error{}function d(e){return e.split("/").map(encodeURIComponent).join("/")}function m(e){let{owner:t,repo:r,clock:d,log:m,fetch:f,random:h=Math.random,maxLimitWaitMs:p=6e5}=e,$=0,g=e=>m.debug(e),w=new n.E({auth:e.token,baseUrl:e.apiUrl,userAgent:e.userAgent,request:{fetch:(e,t)=>($+=1,f(e,{...t,signal:AbortSignal.timeout(3e4)}))},log:{debug:g,info:g,warn:g,error:g}}),b=`/repos/${encodeURIComponent(t)}/${encodeURIComponent(r)}`,y=new Map;async function R(e,t,r,n={}){try{let{status:o,data:s,headers:i}=await w.request({method:e,url:t,headers:n,...r?{data:r}:{}});return{status:o,data:s,headers:c(i)}}catch(n){var s,i;let e,t,r="object"==typeof(e="object"==typeof(s=n)&&null!==s&&"response"in s?s.response:void 0)&&null!==e?e:void 0;if(r)return{status:r.status,data:r.data,headers:c(r.headers)};throw i=n,(t=(0,u.vJ)(i))&&!(t instanceof u.G5&&t.retryable)?t:new l((0,o.bD)(t??i),{cause:t??i})}}async function S(e,t){let r=p/75e3,n=0;for(let o=0;;o+=1){let s=await e(),u=function(e,t,r){let{status:n,headers:o,data:s}=e,a=function({status:e,headers:t,data:r}){if(200===e){let e=r?.errors;return Array.isArray(e)?e.find(e=>"RATE_LIMITED"===e.type||/secondary rate limit/i.test(e.message))?.message:void 0}if(429===e)return(0,i.v)(r);let n=t?.has("retry-after")||t?.get("x-ratelimit-remaining")==="0"||/rate limit|abuse detection/i.test((0,i.v)(r));return 403===e&&n?(0,i.v)(r):void 0}(e);if(void 0===a)return;let u=Number(o?.get("retry-after")??0/0);if(Number.isFinite(u))return{waitMs:1e3*Math.max(0,u),said:a};let l=1e3*Number(o?.get("x-ratelimit-reset")??0/0);return(o?.get("x-ratelimit-remaining")==="0"||200===n&&function(e,t){let r=e?.errors;return Array.isArray(r)&&r.some(e=>e.type===t)}(s,"RATE_LIMITED"))&&Number.isFinite(l)?{waitMs:Math.max(1e3,l-t+1e3),said:a}:{waitMs:Math.min(6e4*2**r,6e5),said:a}}(s,d.now(),o);if(void 0===u)return s;let l=u.waitMs+1e3*h();if(n+l>p||o>=r)throw(0,a.TJ)(t,u.said,l);m.warning(`GitHub's rate limit was reached; waiting ${Math.ceil(l/1e3)} s`,{operation:t.doing}),await d.sleep(l),n+=l}}async function C(t,r,n){let o=async e=>e>1?await n?.()??await r():r();try{return await (0,s.L)(o,{clock:d,attempts:3,baseMs:500,capMs:8e3,random:h,judge:e=>({retry:e instanceof l})})}catch(o){if(!(o instanceof l))throw o;let r=await n?.();if(void 0!==r)return r;throw(0,a.hU)(t,{saw:o.message,tries:3,serverUrl:e.serverUrl},o)}}async function A(t){let r=new URLSearchParams(Object.entries(t.query??{}).map(([e,t])=>[e,String(t)])).toString(),n=`${b}${t.path}${""===r?"":`?${r}`}`,o=t.conditional?y.get(n):void 0,s=o?{"if-none-match":o.etag}:{},u=async()=>{let r=await S(()=>R(t.method,n,t.body,s),t),u=(0,a.$T)(r,t,e.apiUrl);if(u)throw u;if(304===r.status&&o)return o.answer;if(r.status>=500)throw new l(`${r.status} ${(0,i.v)(r.data)}`.trim());if(r.status>=300&&!t.answers?.includes(r.status))throw(0,a.Ct)(r,t);let d=r.headers?.get("etag");return t.conditional&&d&&y.set(n,{etag:d,answer:r}),r};return C(t,u,t.recover)}async function v(t){let r=async()=>{let r={query:t.query,variables:t.variables},n=await S(()=>R("POST",e.graphqlUrl,r),t),o=(0,a.$T)(n,t,e.graphqlUrl);if(o)throw o;if(n.status>=500)throw new l(`${n.status} ${(0,i.v)(n.data)}`.trim());if(n.status>=300)throw(0,a.Ct)(n,t);return function(e,t){let{data:r,errors:n}="object"==typeof t.data&&null!==t.data?t.data:{};if(n&&n.length>0){let t=e.answer?.(n,r??null);if(void 0!==t)return t;if(n.every(e=>void 0===e.type&&/something went wrong|timed? ?out|try again/i.test(e.message)))throw new l(n[0]?.message??"");throw(0,a.Bc)(n,e,e.needsAt??(()=>void 0))}if(null==r)throw new l("the answer to a query held no data");return r}(t,n)};return C(t,r,t.recover)}return{owner:t,repo:r,clock:d,serverUrl:e.serverUrl,rest:A,graphql:v,requestCount:()=>$}}function c(e){return new Map(Object.entries(e).map(([e,t])=>[e.toLowerCase(),String(t)]))}}),6150:((e,t,r)=>{r.d(t,{$T:()=>l,Bc:()=>m,Ct:()=>u,TJ:()=>h,hU:()=>f});var n=r(7463),o=r(8039),s=r(8034),i=r(9430);let a="nothing that was written is written twice when the job is run again";function u(e,t){var r,o,s,a;let u,l,m=(0,i.v)(e.data),c=`GitHub refused to ${t.doing} (${e.status}: ${m})`;return e.status<400?(r=c,o=e.headers?.get("location")??"",u=URL.canParse(o)?new URL(o).origin:"nowhere",(0,n.V2)("configuration",{what:`${r}, and sent the request to ${u}`,cause:"the address of GitHub's API is not the one that the server goes by (http for https, another name), or a proxy or login page answers in its place",fix:"Correct the addresses that the runner gives in GITHUB_API_URL, GITHUB_GRAPHQL_URL and GITHUB_SERVER_URL; INSTANT does not take a token to another host."})):401===e.status?(s=c,(0,n.V2)("permission",{what:s,cause:"the token is wrong, has expired, or the job that it belongs to has ended",fix:"Leave out the `token` input to use the job's own token, or renew the secret that it comes from."})):403===e.status?d(c,m,function(e){let t=e.headers?.get("x-accepted-github-permissions")?.split(";")[0]?.trim();if(t)return t.split(",").map(e=>e.trim().replace("=",": ").replaceAll("_","-")).join(", ")}(e)??t.needs):404===e.status?(0,n.V2)("permission",{what:c,cause:"there is no such thing here, or the token may not see it: GitHub answers 404 to both",fix:`Check the name, and that the job's \`permissions:\` hold \`${t.needs}\`.`}):410===e.status?(0,n.V2)("configuration",{what:c,cause:"this feature is switched off in the repository",fix:"Switch it on in the repository's settings."}):(0,n.V2)("configuration",{what:`${c}${(a=e.data,0===(l=(0,i.R)(a).filter(e=>""!==e)).length?"":`: ${l.join("; ").slice(0,1e3)}`)}`,fix:"Change what GitHub names in its answer; the same request is not tried again."})}function l({status:e,data:t},r,o){if("string"!=typeof t||e>=500)return;let s=/^\s*</.test(t);if(!s&&(e>=300||""===t.trim()))return;let i=URL.canParse(o)?new URL(o).host:o;return(0,n.V2)("service",{what:`What answered at ${i} is not GitHub's API: ${s?"a web page":"text"} came back (${e}) for the request to ${r.doing}`,cause:"a proxy or a login page answers in its place, or the API has another address",fix:"Check GITHUB_API_URL and GITHUB_GRAPHQL_URL (on GitHub Enterprise Server they end in /api/v3 and /api/graphql), and what the proxy lets through."})}function d(e,t,r){var o;return/not permitted to create or approve pull requests/i.test(t)?(0,n.V2)("permission",{what:e,cause:"the repository does not let GitHub Actions open pull requests, whatever `permissions:` says",fix:"Tick Settings > Actions > General > Workflow permissions > `Allow GitHub Actions to create and approve pull requests` (an organisation may have to allow it first), or pass the token of a GitHub App."}):/authenticate via a GitHub App/i.test(t)?(0,n.V2)("permission",{what:e,cause:"the token is a person's, and GitHub lets only Apps do this; a job's own token is an App's",fix:"Leave out the `token` input to use the job's own token, or pass the token of a GitHub App."}):/saml|sso/i.test(t)?(0,n.V2)("permission",{what:e,cause:"the organisation asks for single sign-on",fix:"Authorise the token for the organisation, or use the job's own token."}):/without `?workflows?`? (permission|scope)/i.test(t)?(0,n.V2)("permission",{what:e,cause:"a workflow's own token may not change files below .github/workflows",fix:"Leave workflow files out of the change, or pass the token of a GitHub App with `workflows: write`."}):(0,n.V2)("permission",{what:e,cause:"the token lacks a permission, or a rule of the repository forbids it",fix:`Give the job this permission:
${(o=r,`permissions:
${o.split(", ").map(e=>`  ${e}`).join("\n")}`)}`,permission:r})}function m(e,t,r){let o=e.find(e=>"FORBIDDEN"===e.type)??e[0],s=o?.message??"no reason given",i=`GitHub refused to ${t.doing} (${o?.type??"error"}: ${e.map(e=>e.message).join("; ")})`;return o?.type==="FORBIDDEN"||/not accessible by|must have push access|insufficient_scopes/i.test(s)||o?.type==="INSUFFICIENT_SCOPES"?d(i,s,r(o?.path??[])??t.needs):o?.type==="NOT_FOUND"?(0,n.V2)("permission",{what:i,cause:"there is no such thing here, or the token may not see it: GitHub answers the same to both",fix:`Check the name, and that the job's \`permissions:\` hold \`${r(o.path??[])??t.needs}\`.`}):e.some(c)?(0,n.V2)("configuration",{what:`This GitHub does not know all that is needed to ${t.doing} (${e.map(e=>e.message).join("; ")})`,cause:"it is a GitHub Enterprise Server older than INSTANT can work with",fix:"Update the server; docs/ghes-and-proxies.md names the oldest version that is known to do. Nothing was decided without what could not be read."}):o?.type===void 0?(0,n.V2)("service",{what:i,cause:"GitHub could not carry out the query",fix:`Run the job again; ${a}.`}):(0,n.V2)("configuration",{what:i,fix:"Change what GitHub names in its answer; the same request is not tried again."})}function c({message:e,extensions:t}){return/^(undefined(Field|Type|Directive)|argumentNotAccepted|fieldConflict|variableRequiresValidType)$/.test(t?.code??"")||/doesn't exist on type|doesn't accept argument|isn't a defined input type|No such type/.test(e)}function f(e,t,r){let{saw:i,tries:u,serverUrl:l}=t,d=`GitHub could not be asked to ${e.doing}: ${i} (${u} ${1===u?"try":"tries"})`;return r.cause instanceof s.G5?(0,n.V2)(r.cause.blame,{...r.cause.problem,what:d},r):(0,n.V2)("service",{what:d,cause:`GitHub or the way to it is disturbed; see ${(0,o.Q)(l)}`,fix:`Run the job again; ${a}.`},r)}function h(e,t,r){let o=Math.ceil(r/6e4);return(0,n.V2)("service",{what:`GitHub's rate limit stands in the way to ${e.doing} (${t}); it lifts in about ${o} ${1===o?"minute":"minutes"}`,cause:"a workflow's own token may make 1,000 requests an hour in a repository, and about 80 writes a minute",fix:`Run the job again later, or pass the token of a GitHub App, which may make more; ${a}.`})}}),3345:((e,t,r)=>{r.d(t,{AQ:()=>I,BU:()=>q,D3:()=>P,GC:()=>S,GF:()=>K,LI:()=>G,MK:()=>R,MY:()=>n,N_:()=>H,OR:()=>E,QR:()=>F,UD:()=>M,WU:()=>X,YA:()=>f,cR:()=>x,e0:()=>p,eL:()=>D,ef:()=>Y,ew:()=>A,fJ:()=>$,i4:()=>Q,jV:()=>W,le:()=>g,qE:()=>B,r_:()=>N,rf:()=>_,u8:()=>T,uC:()=>O,vA:()=>V,vU:()=>c,vv:()=>k,w_:()=>v,x0:()=>J,yy:()=>h});let n="auto-rollback",o='pause: issues(labels: ["instant-paused"], states: [OPEN], first: 1) { nodes { number url title } }',s=`fragment CommitParts on Commit {
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
}`,a="fragment Text on Blob { text isBinary isTruncated byteSize }",u="faq: file(path: $faqPath) { mode object { ...Text } }",l="pageInfo { hasNextPage endCursor } nodes { isResolved }",d="pageInfo { hasNextPage endCursor } nodes { state author { __typename login } }",m="pageInfo { hasNextPage endCursor } nodes { path additions deletions changeType }";function c(e){let t=[...Array(e.branches).keys()],r=[...Array(e.sources).keys()],n=[...e.defaultBase?[]:["$base: String!"],...t.flatMap(e=>[`$branch${e}: String!`,`$ref${e}: String!`]),...r.map(e=>`$source${e}: String!`)],l=e.defaultBase?"base: defaultBranchRef":"base: ref(qualifiedName: $base)";return`query Question($owner: String!, $name: String!, $faqPath: String!, ${n.join(", ")}) {
  viewer { login }
  repository(owner: $owner, name: $name) {
    id
    ${l} { name target { __typename oid ... on Commit { ${u} } } }
    ${o}
    ${r.map(e=>`source${e}: object(expression: $source${e}) { __typename ...Text${function e(t){return 0===t?"":` ... on Tree { entries { name object { ...Text${e(t-1)} } } }`}(3)} }`).join("\n    ")}
    ${t.map(e=>`branch${e}: ref(qualifiedName: $ref${e}) { target { oid ... on Commit { ${u} } } }
    pulls${e}: pullRequests(headRefName: $branch${e}, first: 10, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { ...PullParts } }`).join("\n    ")}
  }
}
${e.branches>0?`${s}
${i}
`:""}${a}`}let f=`query PullsOfBranch($owner: String!, $name: String!, $branch: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(headRefName: $branch, first: 50, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) {
      pageInfo { hasNextPage endCursor }
      nodes { ...PullParts }
    }
  }
}
${s}
${i}`,h=`query BranchHead($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $ref) { target { oid ... on Commit { message parents(first: 5) { nodes { oid } } } } }
  }
}`,p=`mutation CommitFiles($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`,$=`mutation CreateAndCommit($ref: CreateRefInput!, $input: CreateCommitOnBranchInput!) {
  createRef(input: $ref) { ref { name } }
  createCommitOnBranch(input: $input) { commit { oid } }
}`,g=`query FileAt($owner: String!, $name: String!, $expression: String!) {
  repository(owner: $owner, name: $name) { object(expression: $expression) { __typename ...Text } }
}
${a}`,w=e=>`pageInfo { hasNextPage endCursor }
  nodes {
    __typename
    ... on CheckRun { databaseId name status conclusion startedAt completedAt detailsUrl externalId checkSuite { app { slug databaseId } ${e} } }
    ... on StatusContext { context state createdAt targetUrl }
  }`,b=w(""),y=w("workflowRun { workflow { databaseId } }"),R=`query Pull($owner: String!, $name: String!, $number: Int!, $faqPath: String!) {
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
      lastCommit: commits(last: 1) { nodes { commit { oid ${u} statusCheckRollup { contexts(first: 100) { ${y} } } checkSuites(first: 50) { nodes { conclusion } } } } }
      files(first: 100) { totalCount ${m} }
      reviewDecision
      latestOpinionatedReviews(first: 100, writersOnly: true) { ${d} }
      reviews(first: 100) { nodes { submittedAt author { __typename login } } }
      reviewThreads(first: 100) { ${l} }
      comments(last: 100) { pageInfo { hasPreviousPage } nodes { url body viewerDidAuthor } }
      autoMergeRequest { enabledBy { __typename login } }
      isMergeQueueEnabled
      mergeQueueEntry { position state enqueuer { __typename login } }
    }
  }
}
${s}
${a}`,S=`query PullRange($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      number url body baseRefName baseRefOid headRefOid
      baseRef { target { oid } }
      headRepository { nameWithOwner }
      commits(first: 50) { totalCount nodes { commit { oid parents(first: 3) { nodes { oid } } } } }
    }
  }
}`;function C(e,t){return`query ${e}($owner: String!, $name: String!, $number: Int!, $after: String!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { headRefOid page: ${t} } }
}`}let A=C("MoreFiles",`files(first: 100, after: $after) { ${m} }`),v=C("MoreReviews",`latestOpinionatedReviews(first: 100, after: $after, writersOnly: true) { ${d} }`),E=C("MoreThreads",`reviewThreads(first: 100, after: $after) { ${l} }`),_=`${C("MoreCommits","commits(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { commit { ...CommitParts } } }")}
${s}`,T=`query PullState($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { state headRefOid autoMergeRequest { enabledBy { login } } mergeQueueEntry { id } } }
}`,I=`mutation ArmAutoMerge($input: EnablePullRequestAutoMergeInput!) {
  enablePullRequestAutoMerge(input: $input) { pullRequest { number } }
}`,x=`mutation DisarmAutoMerge($input: DisablePullRequestAutoMergeInput!) {
  disablePullRequestAutoMerge(input: $input) { pullRequest { number } }
}`,P=`mutation Enqueue($input: EnqueuePullRequestInput!) {
  enqueuePullRequest(input: $input) { mergeQueueEntry { position } }
}`,q=`mutation Dequeue($input: DequeuePullRequestInput!) {
  dequeuePullRequest(input: $input) { mergeQueueEntry { position } }
}`,N=`query Comments($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    issueOrPullRequest(number: $number) { ... on Issue { comments(first: 100, after: $after) { ...Own } } ... on PullRequest { comments(first: 100, after: $after) { ...Own } } }
  }
}
fragment Own on IssueCommentConnection { pageInfo { hasNextPage endCursor } nodes { url body viewerDidAuthor } }`;function k(e){let t=e.map((e,t)=>[...Array(e).keys()].map(e=>`path${t}_${e}`)),r=t.flatMap((e,t)=>[`$oid${t}: GitObjectID!`,...e.map(e=>`$${e}: String!`)]);return`query Entries($owner: String!, $name: String!, ${r.join(", ")}) {
  repository(owner: $owner, name: $name) {
    ${t.map((e,t)=>`commit${t}: object(oid: $oid${t}) { ... on Commit { oid ${e.map((e,t)=>`file${t}: file(path: $${e}) { mode object { ... on Blob { isBinary } } }`).join(" ")} } }`).join("\n    ")}
  }
}`}let O=`query MoreChecks($owner: String!, $name: String!, $oid: GitObjectID!, $after: String!) {
  repository(owner: $owner, name: $name) {
    object(oid: $oid) { ... on Commit { statusCheckRollup { contexts(first: 100, after: $after) { ${y} } } } }
  }
}`,D=`query DeployTarget($owner: String!, $name: String!, $oid: GitObjectID!, $hotfix: String!) {
  repository(owner: $owner, name: $name) {
    defaultBranchRef { name target { oid ... on Commit { history(first: 20) { nodes { oid message } } } } }
    ${o}
    object(oid: $oid) { __typename ... on Commit { message } }
    pulls: pullRequests(headRefName: $hotfix, first: 10, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { ...PullParts } }
  }
}
${s}
${i}`,j=`refs(refPrefix: "refs/heads/", query: $branches, first: 50) {
      nodes { name target { __typename oid ... on Commit { message } } associatedPullRequests(states: [OPEN], first: 1) { nodes { number url createdAt isCrossRepository } } }
    }`,U="fragment IncidentParts on Issue { id number url title body state createdAt updatedAt labels(first: 50) { nodes { name } } }",L=`incidents: issues(labels: ["${n}"], first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { ...IncidentParts } }`;function G({labels:e,environment:t}){let r=[...Array(e).keys()],n=[...r.map(e=>`$label${e}: String!`),...t?["$environment: String!"]:[]].map(e=>`, ${e}`).join("");return`query Rollback($owner: String!, $name: String!, $oid: GitObjectID!, $branch: String!, $branches: String!, $ref: String!, $workflows: String!, $workflowsBefore: String!${n}) {
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
    ${j}
    ${L}
    ${t?"deployments(environments: [$environment], first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { commitOid createdAt state latestStatus { state createdAt } } }":""}
    ${r.map(e=>`label${e}: label(name: $label${e}) { id name }`).join("\n    ")}
  }
}
${U}
${s}
${i}`}let B=`query SameTree($owner: String!, $name: String!, $one: String!, $other: String!) {
  repository(owner: $owner, name: $name) { one: object(expression: $one) { oid } other: object(expression: $other) { oid } }
}`,M=`query MoreIncidents($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    incidents: issues(labels: ["${n}"], first: 100, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { ...IncidentParts } }
  }
}
${U}`;function H(e){let t=[...Array(e).keys()];return`mutation OpenHotfix($ref: CreateRefInput!, $pull: CreatePullRequestInput!, $branches: String!${t.map(e=>`, $label${e}: CreateLabelInput!`).join("")}) {
  ${t.map(e=>`label${e}: createLabel(input: $label${e}) { label { id name } }`).join("\n  ")}
  createRef(input: $ref) { ref { name } }
  createPullRequest(input: $pull) { pullRequest { number url headRefOid repository { ${j} } } }
}`}let F=`mutation OpenIncident($issue: CreateIssueInput!) {
  createIssue(input: $issue) { issue { ...IncidentParts repository { ${L} } } }
}
${U}`;function V({comment:e,state:t}){let r=["$issue: UpdateIssueInput!",...e?["$comment: AddCommentInput!"]:[],..."closed"===t?["$close: CloseIssueInput!"]:[],..."open"===t?["$reopen: ReopenIssueInput!"]:[]];return`mutation TellIncident(${r.join(", ")}) {
  updateIssue(input: $issue) { issue { number } }
  ${"open"===t?"reopenIssue(input: $reopen) { issue { state } }":""}
  ${e?"addComment(input: $comment) { commentEdge { node { id createdAt } } subject { ... on Issue { comments(last: 20) { nodes { id createdAt body viewerDidAuthor } } } } }":""}
  ${"closed"===t?"closeIssue(input: $close) { issue { state } }":""}
}`}let Q="mutation DeleteComment($comment: DeleteIssueCommentInput!) { deleteIssueComment(input: $comment) { clientMutationId } }";function W(e){let t=[...Array(e).keys()];return`mutation CreateLabels(${t.map(e=>`$label${e}: CreateLabelInput!`).join(", ")}) {
  ${t.map(e=>`label${e}: createLabel(input: $label${e}) { label { id name } }`).join("\n  ")}
}`}function Y(e){let t=[...Array(e).keys()];return`query Labels($owner: String!, $name: String!, ${t.map(e=>`$label${e}: String!`).join(", ")}) {
  repository(owner: $owner, name: $name) { ${t.map(e=>`label${e}: label(name: $label${e}) { id }`).join(" ")} }
}`}let X=`query FindStory($owner: String!, $name: String!, $search: String!) {
  search(query: $search, type: ISSUE, first: 50) { nodes { __typename ...FoundPull ...FoundIssue } }
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { __typename ...FoundPull } }
    incidents: issues(labels: ["${n}"], first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { __typename ...FoundIssue } }
  }
}
fragment FoundPull on PullRequest { number body isCrossRepository }
fragment FoundIssue on Issue { number url title body createdAt closedAt labels(first: 50) { nodes { name } } }`,J=`query ChangedStories($owner: String!, $name: String!, $after: String, $first: Boolean!) {
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(first: 50, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { __typename updatedAt ...FoundPull } }
    incidents: issues(labels: ["${n}"], first: 50, orderBy: { field: UPDATED_AT, direction: DESC }) @include(if: $first) { nodes { __typename updatedAt ...FoundIssue } }
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
  lastCommit: commits(last: 1) { nodes { commit { committedDate statusCheckRollup { contexts(first: 100) { ${b} } } } } }
}
${s}
${i}`}}),1072:((e,t,r)=>{r.d(t,{L:()=>i});var n=r(9364);let o=new Set(["branches","check-runs","check-suites","collaborators","comments","commits","compare","contents","deployments","dispatches","files","git","heads","issues","labels","matching-refs","merge","merge-upstream","merges","permission","pulls","ref","refs","reviews","rules","runs","actions","blobs","trees","tags","status","statuses","workflows","update-branch","assignees","events","timeline","jobs"]),s=new Set(["contents","heads","tags","compare"]);function i(e,t){let r=new URL(t).pathname.replace(/\/+$/,""),i=e.pathname.startsWith(`${r}/`)?e.pathname.slice(r.length):e.pathname,[,a,,,...u]=i.split("/");if("repos"!==a)return i.endsWith("/graphql")?"/graphql":`/${a??""}${i.split("/").length>2?"/{name}":""}`;let l=[];for(let[e,t]of u.entries())if(l.push(o.has(t)?t:(0,n.HH)(t)?"{sha}":/^\d+$/.test(t)?"{number}":"{name}"),s.has(t)){e+1<u.length&&l.push("{name}");break}return["/repos/{owner}/{repo}",...l].join("/")}}),6275:((e,t,r)=>{r.d(t,{DQ:()=>a,Ms:()=>p,NS:()=>b,Nh:()=>s,SA:()=>m,Tw:()=>l,e3:()=>y,hb:()=>C,nE:()=>A,oi:()=>c,pf:()=>S,r0:()=>R,wI:()=>f,wP:()=>i,wh:()=>$});var n=r(7463),o=r(3345);function s(e){return(e?.nodes??[]).filter(e=>null!==e)}function i(e){return e?.nodes?.every(e=>null!==e)===!0}function a(e){return null===e?"ghost":"Bot"!==e.__typename||e.login.endsWith("[bot]")?e.login:`${e.login}[bot]`}let u=/^(?:\d+\+)?([A-Za-z0-9-]+\[bot\])@users\.noreply\./;function l(e){let{signature:t}=e;return{sha:e.oid,message:e.message,author:e.author?.user?.login??u.exec(e.author?.email??"")?.[1]??null,parents:s(e.parents).map(({oid:e})=>e),signature:null===t?"none":t.isValid?"valid":"invalid",signedByGitHub:t?.wasSignedByGitHub===!0&&!function({committer:e}){let t=e?.user?.login;return void 0!==t&&t!==d&&!t.endsWith("[bot]")}(e)}}let d="web-flow";function m(e){return s(e).flatMap(({submittedAt:e,author:t})=>null===e?[]:[{author:a(t),at:Date.parse(e)}])}function c(e){return{number:e.number,url:e.url,title:e.title,body:e.body,state:"OPEN"===e.state?"open":"MERGED"===e.state?"merged":"closed",author:a(e.author),headSha:e.headRefOid,mergeSha:e.mergeCommit?.oid??null,createdAt:Date.parse(e.createdAt),mergedAt:null===e.mergedAt?null:Date.parse(e.mergedAt),commits:s(e.commits).map(({commit:e})=>l(e)),commitCount:e.commits.totalCount??s(e.commits).length}}function f(e){let[t]=s(e.pause);return t??null}function h(e){return"number"==typeof e?.mode?e.mode.toString(8):null}function p(e){let t=h(e);if(null===t)return null;let{text:r,isBinary:n}=e?.object??{};return{mode:t,binary:!!("string"==typeof r&&b(r))||(n??null)}}function $(e){let t=e?.object;return void 0!==w(h(e))||"string"!=typeof t?.text||!1!==t.isTruncated||!1!==t.isBinary||b(t.text)?null:t.text}let g={12e4:"a symbolic link",4e4:"a folder",16e4:"a submodule"};function w(e){return null===e?void 0:g[e]}function b(e){return e.startsWith("version https://git-lfs.github.com/spec/")}function y(e,t){let r=w(h(e));if(void 0!==r)return{what:`\`${t}\` is ${r}, not a file`,cause:"what stands there is another thing than the text that readers see, and would be overwritten",where:t,fix:`Name the file itself in \`faq-path\`, or make \`${t}\` a plain file.`};let n=e?.object;return n&&void 0!==n.isTruncated?"string"==typeof n.text&&b(n.text)?{what:`\`${t}\` is kept in Git LFS, so that its text is not in the repository`,where:t,fix:"Take it out of Git LFS (`git lfs untrack`, then commit it again), or name another file."}:"string"!=typeof n.text||n.isTruncated?{what:`\`${t}\` cannot be read as text`,cause:n.isTruncated?`it is too large (${n.byteSize} bytes): GitHub gives its beginning only`:"it is a binary file, or not in UTF-8",where:t,fix:"Name a text file, or split it."}:null:null}function R(e,t){let r=y(e,t);if(null!==r)throw(0,n.V2)("configuration",r);return e?.object?.isTruncated===void 0?null:e.object.text??null}async function S(e,t,r){return R({object:await C(e,t,r)},r)}async function C(e,t,r){let{repository:n}=await e.graphql({query:o.le,variables:{owner:e.owner,name:e.repo,expression:`${t}:${r}`},doing:`read ${r}`,needs:"contents: read"});return n.object}function A(e,t){return(0,n.V2)("permission",{what:`The repository ${e}/${t} cannot be read`,cause:"the token may not see it",fix:"Give the job `permissions:\n  contents: read`, or pass a token of this repository."})}}),3960:((e,t,r)=>{r.d(t,{L:()=>n});async function n(e,t){let{clock:r,attempts:n,judge:o,baseMs:s=250,capMs:i=6e4,random:a=Math.random}=t;for(let t=1;;t+=1)try{return await e(t)}catch(l){let e=o(l,t);if(!e.retry||t>=n)throw l;let u=a()*Math.min(i,s*2**(t-1));await r.sleep(Math.min(i,Math.max(e.afterMs??0,u)))}}}),8039:((e,t,r)=>{function n(e){return URL.canParse(e)&&"github.com"===new URL(e).hostname}function o(e){return n(e)?"https://www.githubstatus.com":`the administrators of ${URL.canParse(e)?new URL(e).host:"your GitHub"}`}function s(e){let t="github-actions[bot]";return n(e)||!URL.canParse(e)?{name:t,email:`41898282+${t}@users.noreply.github.com`}:{name:t,email:`${t}@users.noreply.${new URL(e).hostname}`}}r.d(t,{Q:()=>o,V:()=>s})}),8034:((e,t,r)=>{r.d(t,{G5:()=>o,SR:()=>i,WQ:()=>a,cR:()=>l,jc:()=>u,vJ:()=>s});var n=r(7463);class o extends n._K{retryable;problem;constructor(e,t,r){super(e,[t],{cause:r.cause}),this.name="WayError",this.retryable=r.retryable,this.problem=t}}function s(e){let t=e;for(let e=0;e<6&&t instanceof Error;e+=1){if(t instanceof n._K)return t;t=t.cause}}function i(e,t,r){let n=`The proxy ${e.name} did not let this job through to ${t} (${r})`;return 407===r?new o("configuration",{what:n,cause:void 0===e.authorization?`it asks for a user and a password, and ${e.variable} holds none`:`it does not take the user and password in ${e.variable}`,where:e.variable,fix:`Set ${e.variable} to \`http://user:password@host:port\` where the runner is started; encode special characters (\`@\` as %40). Only Basic authentication is spoken.`},{retryable:!1}):r>=500?new o("service",{what:n,cause:`the proxy cannot reach ${t}, or does not know the name`,where:e.variable,fix:`Look at the proxy's log; if the runner can reach ${t} itself, add it to NO_PROXY.`},{retryable:!0}):new o("configuration",{what:n,cause:"its rules do not allow this host or port",where:e.variable,fix:`Have ${t} allowed on the proxy, or add it to NO_PROXY if the runner can reach it itself.`},{retryable:!1})}function a(e,t,r){return new o("service",{what:`The proxy ${e.name} did not open the way to ${t} within ${r/1e3} s`,where:e.variable,fix:`Look at the proxy's log; if the runner can reach ${t} itself, add it to NO_PROXY.`},{retryable:!0})}function u(e,t){let r=f(t,e.name);return r||new o("service",{what:`The proxy ${e.name} cannot be reached (${h(t)||(0,n.bD)(t)})`,cause:"the proxy is down, or its address is wrong",where:e.variable,fix:`Correct ${e.variable} where the runner is started, or unset it if there is no proxy any more.`},{retryable:!0,cause:t})}function l(e,t,r){let n=f(e,t.host);if(n)return n;let s=h(e);return d.has(s)?r?u(r,e):new o("service",{what:"ENOTFOUND"===s||"EAI_AGAIN"===s?`The name ${t.hostname} cannot be resolved (${s})`:`${t.host} cannot be reached (${s})`,cause:"it is down, its address is wrong, or only a proxy leads there",fix:`Check the address; where the network asks for a proxy, set ${"https:"===t.protocol?"HTTPS_PROXY":"HTTP_PROXY"} where the runner is started and keep ${t.hostname} out of NO_PROXY.`},{retryable:!0,cause:e}):void 0}let d=new Set(["ENOTFOUND","EAI_AGAIN","ECONNREFUSED","EHOSTUNREACH","ENETUNREACH","ETIMEDOUT","EADDRNOTAVAIL"]),m=new Set(["SELF_SIGNED_CERT_IN_CHAIN","DEPTH_ZERO_SELF_SIGNED_CERT","UNABLE_TO_GET_ISSUER_CERT","UNABLE_TO_GET_ISSUER_CERT_LOCALLY","UNABLE_TO_VERIFY_LEAF_SIGNATURE"]),c=new Set(["CERT_HAS_EXPIRED","CERT_NOT_YET_VALID","CERT_REVOKED","CERT_UNTRUSTED","CERT_REJECTED","CERT_SIGNATURE_FAILURE","INVALID_PURPOSE","ERR_TLS_CERT_ALTNAME_INVALID","HOSTNAME_MISMATCH"]);function f(e,t){let r=h(e);return m.has(r)?new o("configuration",{what:`The certificate of ${t} is not trusted (${r})`,cause:"it was made by an authority of your own, or a proxy in between puts its own in its place",fix:"Set NODE_EXTRA_CA_CERTS, where the runner is started, to a PEM file with that authority's certificate; git needs its own setting (docs/ghes-and-proxies.md)."},{retryable:!1,cause:e}):c.has(r)?new o("configuration",{what:`The certificate of ${t} is not valid (${r})`,cause:"it is out of date, made for another name, or not signed by the authority that it names",fix:"Have the certificate renewed, or use the name that it was made for."},{retryable:!1,cause:e}):"EPROTO"===r||"ERR_SSL_WRONG_VERSION_NUMBER"===r||"ERR_SSL_PACKET_LENGTH_TOO_LONG"===r?new o("configuration",{what:`${t} does not speak TLS (${r})`,cause:"the address says https where the service, or the proxy, speaks plain http",fix:"Correct the address: `http://` for what speaks no TLS. A proxy's own address nearly always begins with `http://`, also in HTTPS_PROXY."},{retryable:!1,cause:e}):void 0}function h(e){if("object"!=typeof e||null===e)return"";let t=e instanceof AggregateError?e.errors[0]:e;return"object"==typeof t&&null!==t&&"code"in t?String(t.code):""}}),4077:((e,t,r)=>{r.r(t),r.d(t,{createFetch:()=>i});var n=r(5854),o=r(8034),s=r(3742);function i(e){let t=Object.fromEntries([...n.bD,"no_proxy","NO_PROXY"].map(t=>[t,e[t]])),r=(e,r)=>a(e,r,t);return async(e,t={})=>{let n=new URL(e);for(let e=0;;e+=1){let o=await r(n,t),s=function(e,t,r){let n=e.headers.get("location"),o=307===e.status||308===e.status,s=(r.method??"GET")==="GET"&&[301,302].includes(e.status);if("manual"===r.redirect||void 0===n||!(o||s))return;let i=URL.canParse(n,t.href)?new URL(n,t.href):void 0;return i?.origin===t.origin?i:void 0}(o,n,t);if(void 0===s||e>=5)return o;n=s}}}async function a(e,t,r){let n=t.signal??void 0,{send:i,proxy:a}=await (0,s.b)(e,r,n),l=t.body??void 0,d={...t.headers,...void 0===l?{}:{"content-length":String(Buffer.byteLength(l))}};try{var m,c;let r=await (m=i({method:t.method??"GET",headers:d,...n?{signal:n}:{}}),c=l,new Promise((e,t)=>{m.once("response",e),m.on("error",t),m.end(c)}));if(a&&407===r.statusCode)throw r.resume(),(0,o.SR)(a,e.host,407);return await u(r,e)}catch(t){if(n?.aborted)throw n.reason;throw(0,o.cR)(t,e,a)??t}}async function u(e,t){let r=[],n=0;for await(let t of e){if((n+=t.length)>0x4000000)throw Error("the answer is larger than 67108864 bytes");r.push(t)}let o=Buffer.concat(r),s=e.statusCode??0,i=Object.entries(e.headers).map(([e,t])=>[e,Array.isArray(t)?t.join(", "):t??""]);return{status:s,ok:s>=200&&s<300,url:t.href,headers:new Map(i),text:()=>Promise.resolve(o.toString("utf8")),arrayBuffer:()=>Promise.resolve(new Uint8Array(o).buffer)}}}),3742:((e,t,r)=>{r.d(t,{b:()=>s});var n=r(7067),o=r(5854);async function s(e,t,s){let i=(0,o.pk)(t)?(0,o.iJ)(e,t):void 0;if(i)return(await r.e(60).then(r.bind(r,4060))).throughProxy(e,i,s);let a="https:"===e.protocol?(await Promise.resolve().then(r.t.bind(r,4708,19))).request:n.request;return{proxy:void 0,send:t=>a(e,t)}}})};
export const id=481;export const ids=[481,77];export const modules={9430:(e,t,r)=>{function n(e){let t="object"==typeof e&&null!==e&&"message"in e?e.message:e;return"string"==typeof t&&""!==t?t.slice(0,500):"no reason given"}function a(e){let t="object"==typeof e&&null!==e&&"errors"in e?e.errors:void 0;return(Array.isArray(t)?t:void 0===t?[]:[t]).map(e=>{if("string"==typeof e)return e;if("object"!=typeof e||null===e)return String(e);let{message:t,field:r,code:n}=e;return"string"==typeof t?t:[r,n].filter(e=>"string"==typeof e).join(" ")})}r.d(t,{R:()=>a,v:()=>n})},285:(e,t,r)=>{r.d(t,{J:()=>u,i:()=>m});var n=r(9430),a=r(6330),o=r(6150),i=r(3345),s=r(6275);function u(e){return{createBranch:(t,r)=>l(e,t,r),commitFiles:t=>h(e,t),commitMerge:t=>f(e,t),deleteBranch:t=>p(e,t),readFile:(t,r)=>(0,s.pf)(e,t,r),contains:(t,r)=>w(e,t,r)}}async function l(e,t,r){let a={method:"POST",path:"/git/refs",body:{ref:`refs/heads/${t}`,sha:r},answers:[422],doing:`create the branch ${t}`,needs:"contents: write"},i=await e.rest(a);if(422!==i.status)return"created";if(/already exists/i.test((0,n.v)(i.data)))return"exists";throw(0,o.Ct)(i,a)}async function d(e,t){let{repository:r}=await e.graphql({query:i.yy,variables:{owner:e.owner,name:e.repo,ref:`refs/heads/${t}`},doing:`read the branch ${t}`,needs:"contents: write"}),n=r.ref?.target;return n?{oid:n.oid,message:n.message??"",parents:(0,s.Nh)(n.parents).map(({oid:e})=>e)}:null}async function h(e,t){let{branch:r,expectedHead:n,headline:a,body:o}=t,s={branch:{repositoryNameWithOwner:`${e.owner}/${e.repo}`,branchName:r},expectedHeadOid:n,message:{headline:a,body:o},fileChanges:{additions:t.files.flatMap(({path:e,text:t})=>null===t?[]:[{path:e,contents:Buffer.from(t,"utf8").toString("base64")}]),deletions:t.files.flatMap(({path:e,text:t})=>null===t?[{path:e}]:[])}},u=async()=>{let t=await d(e,r);if(t?.oid!==n){var i,s,u;return{createCommitOnBranch:null!==t&&t.parents[0]===n&&(i=t.message,s=a,u=o,i.trim()===`${s}

${u}`.trim())?{commit:{oid:t.oid}}:null}}},l=t.create&&{repositoryId:t.create.repositoryId,name:`refs/heads/${r}`,oid:n},h=await e.graphql({query:l?i.fJ:i.e0,variables:{input:s,...l?{ref:l}:{}},doing:`commit to the branch ${r}`,needs:"contents: write",answer:(e,t)=>{let r=e.filter(({path:e,message:t})=>!(e?.[0]==="createRef"&&/already exists/i.test(t)));return 0===r.length?{createCommitOnBranch:t?.createCommitOnBranch??null}:r.every(c)?{createCommitOnBranch:null}:void 0},recover:u}),f=h.createCommitOnBranch?.commit?.oid;return void 0===f?"moved":{sha:f}}function c({type:e,message:t}){return"STALE_DATA"===e||/expected branch to point to/i.test(t)}async function f(e,t){let{branch:r,expectedHead:i,base:s}=t,u={doing:`join the newer base into ${r}`,needs:"contents: write"},l=await e.rest({...u,method:"GET",path:`/git/commits/${s}`}),d=t.files.map(({path:e,text:t})=>({path:e,mode:"100644",type:"blob",...null===t?{sha:null}:{content:t}})),h=await e.rest({...u,method:"POST",path:"/git/trees",body:{base_tree:l.data.tree.sha,tree:d}}),c=await m(e,u,{tree:h.data.sha,parents:[i,s],message:t.message}),f={...u,method:"PATCH",path:`/git/refs/heads/${(0,a.O)(r)}`,body:{sha:c,force:!1},answers:[422]},p=await e.rest(f);if(422!==p.status)return{sha:c};if(/fast.?forward|does not exist/i.test([(0,n.v)(p.data),...(0,n.R)(p.data)].join(" ")))return"moved";throw(0,o.Ct)(p,f)}async function m(e,t,r){return(await e.rest({...t,method:"POST",path:"/git/commits",body:{...r}})).data.sha}async function p(e,t){let r={method:"DELETE",path:`/git/refs/heads/${(0,a.O)(t)}`,answers:[404,422],doing:`delete the branch ${t}`,needs:"contents: write"},i=await e.rest(r);if(422===i.status&&!/does not exist/i.test((0,n.v)(i.data)))throw(0,o.Ct)(i,r)}async function w(e,t,r){if(t===r)return!0;let{status:n,data:a}=await e.rest({method:"GET",path:`/compare/${encodeURIComponent(r)}...${encodeURIComponent(t)}`,query:{per_page:1},answers:[404],doing:"compare two commits",needs:"contents: read"});return 200===n&&["ahead","identical"].includes(a.status)}},6330:(e,t,r)=>{r.d(t,{O:()=>d,x:()=>h});var n=r(5194),a=r(7463),o=r(3960),i=r(9430),s=r(6150),u=r(8034);class l extends Error{}function d(e){return e.split("/").map(encodeURIComponent).join("/")}function h(e){let{owner:t,repo:r,clock:d,log:h,fetch:f,random:m=Math.random,maxLimitWaitMs:p=6e5}=e,w=0,g=e=>h.debug(e),$=new n.E({auth:e.token,baseUrl:e.apiUrl,userAgent:e.userAgent,request:{fetch:(e,t)=>(w+=1,f(e,{...t,signal:AbortSignal.timeout(3e4)}))},log:{debug:g,info:g,warn:g,error:g}}),y=`/repos/${encodeURIComponent(t)}/${encodeURIComponent(r)}`,b=new Map;async function R(e,t,r,n={}){try{let{status:a,data:o,headers:i}=await $.request({method:e,url:t,headers:n,...r?{data:r}:{}});return{status:a,data:o,headers:c(i)}}catch(n){var o,i;let e,t,r="object"==typeof(e="object"==typeof(o=n)&&null!==o&&"response"in o?o.response:void 0)&&null!==e?e:void 0;if(r)return{status:r.status,data:r.data,headers:c(r.headers)};throw i=n,(t=(0,u.vJ)(i))&&!(t instanceof u.G5&&t.retryable)?t:new l((0,a.bD)(t??i),{cause:t??i})}}async function v(e,t){let r=0;for(let n=0;;n+=1){let a=await e(),o=function(e,t,r){let{status:n,headers:a,data:o}=e,s=function({status:e,headers:t,data:r}){if(200===e){let e=r?.errors;return Array.isArray(e)?e.find(e=>"RATE_LIMITED"===e.type||/secondary rate limit/i.test(e.message))?.message:void 0}if(429===e)return(0,i.v)(r);let n=t?.has("retry-after")||t?.get("x-ratelimit-remaining")==="0"||/rate limit|abuse detection/i.test((0,i.v)(r));return 403===e&&n?(0,i.v)(r):void 0}(e);if(void 0===s)return;let u=Number(a?.get("retry-after")??0/0);if(Number.isFinite(u))return{waitMs:1e3*Math.max(0,u),said:s};let l=1e3*Number(a?.get("x-ratelimit-reset")??0/0);return(a?.get("x-ratelimit-remaining")==="0"||200===n&&function(e,t){let r=e?.errors;return Array.isArray(r)&&r.some(e=>e.type===t)}(o,"RATE_LIMITED"))&&Number.isFinite(l)?{waitMs:Math.max(1e3,l-t+1e3),said:s}:{waitMs:Math.min(6e4*2**r,6e5),said:s}}(a,d.now(),n);if(void 0===o)return a;let u=o.waitMs+1e3*m();if(r+u>p||n>=8)throw(0,s.TJ)(t,o.said,u);h.warning(`GitHub's rate limit was reached; waiting ${Math.ceil(u/1e3)} s`,{operation:t.doing}),await d.sleep(u),r+=u}}async function C(t,r,n){let a=async e=>e>1?await n?.()??await r():r();try{return await (0,o.L)(a,{clock:d,attempts:3,baseMs:500,capMs:8e3,random:m,judge:e=>({retry:e instanceof l})})}catch(a){if(!(a instanceof l))throw a;let r=await n?.();if(void 0!==r)return r;throw(0,s.hU)(t,{saw:a.message,tries:3,serverUrl:e.serverUrl},a)}}async function S(t){let r=new URLSearchParams(Object.entries(t.query??{}).map(([e,t])=>[e,String(t)])).toString(),n=`${y}${t.path}${""===r?"":`?${r}`}`,a=t.conditional?b.get(n):void 0,o=a?{"if-none-match":a.etag}:{},u=async()=>{let r=await v(()=>R(t.method,n,t.body,o),t),u=(0,s.$T)(r,t,e.apiUrl);if(u)throw u;if(304===r.status&&a)return a.answer;if(r.status>=500)throw new l(`${r.status} ${(0,i.v)(r.data)}`.trim());if(r.status>=300&&!t.answers?.includes(r.status))throw(0,s.Ct)(r,t);let d=r.headers?.get("etag");return t.conditional&&d&&b.set(n,{etag:d,answer:r}),r};return C(t,u,t.recover)}async function E(t){let r=async()=>{let r={query:t.query,variables:t.variables},n=await v(()=>R("POST",e.graphqlUrl,r),t),a=(0,s.$T)(n,t,e.graphqlUrl);if(a)throw a;if(n.status>=500)throw new l(`${n.status} ${(0,i.v)(n.data)}`.trim());if(n.status>=300)throw(0,s.Ct)(n,t);return function(e,t){let{data:r,errors:n}="object"==typeof t.data&&null!==t.data?t.data:{};if(n&&n.length>0){let t=e.answer?.(n,r??null);if(void 0!==t)return t;if(n.every(e=>void 0===e.type&&/something went wrong|timed? ?out|try again/i.test(e.message)))throw new l(n[0]?.message??"");throw(0,s.Bc)(n,e,e.needsAt??(()=>void 0))}if(null==r)throw new l("the answer to a query held no data");return r}(t,n)};return C(t,r,t.recover)}return{owner:t,repo:r,clock:d,serverUrl:e.serverUrl,rest:S,graphql:E,requestCount:()=>w}}function c(e){return new Map(Object.entries(e).map(([e,t])=>[e.toLowerCase(),String(t)]))}},6150:(e,t,r)=>{r.d(t,{$T:()=>l,Bc:()=>h,Ct:()=>u,TJ:()=>m,hU:()=>f});var n=r(7463),a=r(8039),o=r(8034),i=r(9430);let s="nothing that was written is written twice when the job is run again";function u(e,t){var r,a,o,s;let u,l,h=(0,i.v)(e.data),c=`GitHub refused to ${t.doing} (${e.status}: ${h})`;return e.status<400?(r=c,a=e.headers?.get("location")??"",u=URL.canParse(a)?new URL(a).origin:"nowhere",(0,n.V2)("configuration",{what:`${r}, and sent the request to ${u}`,cause:"the address of GitHub's API is not the one that the server goes by (http for https, another name), or a proxy or login page answers in its place",fix:"Correct the addresses that the runner gives in GITHUB_API_URL, GITHUB_GRAPHQL_URL and GITHUB_SERVER_URL; INSTANT does not take a token to another host."})):401===e.status?(o=c,(0,n.V2)("permission",{what:o,cause:"the token is wrong, has expired, or the job that it belongs to has ended",fix:"Leave out the `token` input to use the job's own token, or renew the secret that it comes from."})):403===e.status?d(c,h,function(e){let t=e.headers?.get("x-accepted-github-permissions")?.split(";")[0]?.trim();if(t)return t.split(",").map(e=>e.trim().replace("=",": ").replaceAll("_","-")).join(", ")}(e)??t.needs):404===e.status?(0,n.V2)("permission",{what:c,cause:"there is no such thing here, or the token may not see it: GitHub answers 404 to both",fix:`Check the name, and that the job's \`permissions:\` hold \`${t.needs}\`.`}):410===e.status?(0,n.V2)("configuration",{what:c,cause:"this feature is switched off in the repository",fix:"Switch it on in the repository's settings."}):(0,n.V2)("configuration",{what:`${c}${(s=e.data,0===(l=(0,i.R)(s).filter(e=>""!==e)).length?"":`: ${l.join("; ").slice(0,1e3)}`)}`,fix:"Change what GitHub names in its answer; the same request is not tried again."})}function l({status:e,data:t},r,a){if("string"!=typeof t||e>=500)return;let o=/^\s*</.test(t);if(!o&&(e>=300||""===t.trim()))return;let i=URL.canParse(a)?new URL(a).host:a;return(0,n.V2)("service",{what:`What answered at ${i} is not GitHub's API: ${o?"a web page":"text"} came back (${e}) for the request to ${r.doing}`,cause:"a proxy or a login page answers in its place, or the API has another address",fix:"Check GITHUB_API_URL and GITHUB_GRAPHQL_URL (on GitHub Enterprise Server they end in /api/v3 and /api/graphql), and what the proxy lets through."})}function d(e,t,r){var a;return/not permitted to create or approve pull requests/i.test(t)?(0,n.V2)("permission",{what:e,cause:"the repository does not let GitHub Actions open pull requests, whatever `permissions:` says",fix:"Tick Settings > Actions > General > Workflow permissions > `Allow GitHub Actions to create and approve pull requests` (an organisation may have to allow it first), or pass the token of a GitHub App."}):/authenticate via a GitHub App/i.test(t)?(0,n.V2)("permission",{what:e,cause:"the token is a person's, and GitHub lets only Apps do this; a job's own token is an App's",fix:"Leave out the `token` input to use the job's own token, or pass the token of a GitHub App."}):/saml|sso/i.test(t)?(0,n.V2)("permission",{what:e,cause:"the organisation asks for single sign-on",fix:"Authorise the token for the organisation, or use the job's own token."}):/without `?workflows?`? (permission|scope)/i.test(t)?(0,n.V2)("permission",{what:e,cause:"a workflow's own token may not change files below .github/workflows",fix:"Leave workflow files out of the change, or pass the token of a GitHub App with `workflows: write`."}):(0,n.V2)("permission",{what:e,cause:"the token lacks a permission, or a rule of the repository forbids it",fix:`Give the job this permission:
${(a=r,`permissions:
${a.split(", ").map(e=>`  ${e}`).join("\n")}`)}`})}function h(e,t,r){let a=e.find(e=>"FORBIDDEN"===e.type)??e[0],o=a?.message??"no reason given",i=`GitHub refused to ${t.doing} (${a?.type??"error"}: ${e.map(e=>e.message).join("; ")})`;return a?.type==="FORBIDDEN"||/not accessible by|must have push access|insufficient_scopes/i.test(o)||a?.type==="INSUFFICIENT_SCOPES"?d(i,o,r(a?.path??[])??t.needs):a?.type==="NOT_FOUND"?(0,n.V2)("permission",{what:i,cause:"there is no such thing here, or the token may not see it: GitHub answers the same to both",fix:`Check the name, and that the job's \`permissions:\` hold \`${r(a.path??[])??t.needs}\`.`}):e.some(c)?(0,n.V2)("configuration",{what:`This GitHub does not know all that is needed to ${t.doing} (${e.map(e=>e.message).join("; ")})`,cause:"it is a GitHub Enterprise Server older than INSTANT can work with",fix:"Update the server; docs/ghes-and-proxies.md names the oldest version that is known to do. Nothing was decided without what could not be read."}):a?.type===void 0?(0,n.V2)("service",{what:i,cause:"GitHub could not carry out the query",fix:`Run the job again; ${s}.`}):(0,n.V2)("configuration",{what:i,fix:"Change what GitHub names in its answer; the same request is not tried again."})}function c({message:e,extensions:t}){return/^(undefined(Field|Type|Directive)|argumentNotAccepted|fieldConflict|variableRequiresValidType)$/.test(t?.code??"")||/doesn't exist on type|doesn't accept argument|isn't a defined input type|No such type/.test(e)}function f(e,t,r){let{saw:i,tries:u,serverUrl:l}=t,d=`GitHub could not be asked to ${e.doing}: ${i} (${u} ${1===u?"try":"tries"})`;return r.cause instanceof o.G5?(0,n.V2)(r.cause.blame,{...r.cause.problem,what:d},r):(0,n.V2)("service",{what:d,cause:`GitHub or the way to it is disturbed; see ${(0,a.Q)(l)}`,fix:`Run the job again; ${s}.`},r)}function m(e,t,r){let a=Math.ceil(r/6e4);return(0,n.V2)("service",{what:`GitHub's rate limit stands in the way to ${e.doing} (${t}); it lifts in about ${a} ${1===a?"minute":"minutes"}`,cause:"a workflow's own token may make 1,000 requests an hour in a repository, and about 80 writes a minute",fix:`Run the job again later, or pass the token of a GitHub App, which may make more; ${s}.`})}},3345:(e,t,r)=>{r.d(t,{GC:()=>g,LI:()=>v,MK:()=>w,UD:()=>C,YA:()=>d,e0:()=>c,eL:()=>R,ew:()=>$,fJ:()=>f,jN:()=>y,le:()=>m,uC:()=>b,u_:()=>S,vU:()=>l,yy:()=>h});let n="auto-rollback",a='pause: issues(labels: ["instant-paused"], states: [OPEN], first: 1) { nodes { number url title } }',o=`fragment CommitParts on Commit {
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
  commits(last: 20) { nodes { commit { ...CommitParts } } }
}`,s="fragment Text on Blob { text isBinary isTruncated byteSize }",u="faq: file(path: $faqPath) { mode object { ...Text } }";function l(e){let t=[...Array(e.branches).keys()],r=[...Array(e.sources).keys()],n=[...e.defaultBase?[]:["$base: String!"],...t.flatMap(e=>[`$branch${e}: String!`,`$ref${e}: String!`]),...r.map(e=>`$source${e}: String!`)],l=e.defaultBase?"base: defaultBranchRef":"base: ref(qualifiedName: $base)";return`query Question($owner: String!, $name: String!, $faqPath: String!, ${n.join(", ")}) {
  viewer { login }
  repository(owner: $owner, name: $name) {
    id
    ${l} { name target { __typename oid ... on Commit { ${u} } } }
    ${a}
    ${r.map(e=>`source${e}: object(expression: $source${e}) { __typename ...Text${function e(t){return 0===t?"":` ... on Tree { entries { name object { ...Text${e(t-1)} } } }`}(3)} }`).join("\n    ")}
    ${t.map(e=>`branch${e}: ref(qualifiedName: $ref${e}) { target { oid ... on Commit { ${u} } } }
    pulls${e}: pullRequests(headRefName: $branch${e}, first: 10, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { ...PullParts } }`).join("\n    ")}
  }
}
${e.branches>0?`${o}
${i}
`:""}${s}`}let d=`query PullsOfBranch($owner: String!, $name: String!, $branch: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(headRefName: $branch, first: 50, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) {
      pageInfo { hasNextPage endCursor }
      nodes { ...PullParts }
    }
  }
}
${o}
${i}`,h=`query BranchHead($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $ref) { target { oid ... on Commit { message parents(first: 5) { nodes { oid } } } } }
  }
}`,c=`mutation CommitFiles($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`,f=`mutation CreateAndCommit($ref: CreateRefInput!, $input: CreateCommitOnBranchInput!) {
  createRef(input: $ref) { ref { name } }
  createCommitOnBranch(input: $input) { commit { oid } }
}`,m=`query FileAt($owner: String!, $name: String!, $expression: String!) {
  repository(owner: $owner, name: $name) { object(expression: $expression) { __typename ...Text } }
}
${s}`,p=`pageInfo { hasNextPage endCursor }
  nodes {
    __typename
    ... on CheckRun { name status conclusion startedAt completedAt detailsUrl checkSuite { app { slug } } }
    ... on StatusContext { context state createdAt targetUrl }
  }`,w=`query Pull($owner: String!, $name: String!, $number: Int!, $faqPath: String!) {
  viewer { login }
  repository(owner: $owner, name: $name) {
    defaultBranchRef { name }
    ${a}
    siblings: pullRequests(states: [OPEN], first: 100, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { number baseRefName headRefName isDraft isCrossRepository createdAt } }
    pullRequest(number: $number) {
      id number url title body state isDraft isCrossRepository createdAt mergedAt mergeable
      author { __typename login }
      mergeCommit { oid }
      labels(first: 50) { nodes { name } }
      baseRefName
      baseRefOid
      baseRef {
        target { oid ... on Commit { ${u} } }
        refUpdateRule { requiredStatusCheckContexts requiredApprovingReviewCount }
        rules(first: 100) {
          pageInfo { hasNextPage }
          nodes {
            type
            parameters {
              __typename
              ... on RequiredStatusChecksParameters { requiredStatusChecks { context } }
              ... on PullRequestParameters { requiredApprovingReviewCount }
            }
          }
        }
      }
      headRefName
      headRefOid
      headRepository { nameWithOwner }
      headRef { target { oid ... on Commit { ${u} } } }
      commits(first: 50) { totalCount nodes { commit { ...CommitParts } } }
      firstCommit: commits(first: 1) { nodes { commit { parents(first: 3) { nodes { oid ${u} } } } } }
      lastCommit: commits(last: 1) { nodes { commit { oid ${u} statusCheckRollup { contexts(first: 100) { ${p} } } } } }
      files(first: 100) { totalCount pageInfo { hasNextPage endCursor } nodes { path additions deletions changeType } }
      latestOpinionatedReviews(first: 100, writersOnly: true) { pageInfo { hasNextPage } nodes { state author { __typename login } } }
    }
  }
}
${o}
${s}`,g=`query PullRange($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      number url body baseRefName baseRefOid headRefOid
      baseRef { target { oid } }
      headRepository { nameWithOwner }
      commits(first: 50) { totalCount nodes { commit { oid parents(first: 3) { nodes { oid } } } } }
    }
  }
}`,$=`query MoreFiles($owner: String!, $name: String!, $number: Int!, $after: String!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) { files(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { path additions deletions changeType } } }
  }
}`;function y(e){let t=[...Array(e).keys()];return`query Modes($owner: String!, $name: String!, $oid: GitObjectID!, ${t.map(e=>`$path${e}: String!`).join(", ")}) {
  repository(owner: $owner, name: $name) {
    object(oid: $oid) { ... on Commit { ${t.map(e=>`file${e}: file(path: $path${e}) { mode }`).join(" ")} } }
  }
}`}let b=`query MoreChecks($owner: String!, $name: String!, $oid: GitObjectID!, $after: String!) {
  repository(owner: $owner, name: $name) {
    object(oid: $oid) { ... on Commit { statusCheckRollup { contexts(first: 100, after: $after) { ${p} } } } }
  }
}`,R=`query DeployTarget($owner: String!, $name: String!, $oid: GitObjectID!, $hotfix: String!) {
  repository(owner: $owner, name: $name) {
    defaultBranchRef { name target { oid } }
    ${a}
    object(oid: $oid) { __typename ... on Commit { message } }
    pulls: pullRequests(headRefName: $hotfix, first: 10, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { ...PullParts } }
  }
}
${o}
${i}`;function v(e){let t=[...Array(e).keys()];return`query Rollback($owner: String!, $name: String!, $oid: GitObjectID!, $branch: String!, $ref: String!, $workflows: String!, $workflowsBefore: String!${t.map(e=>`, $label${e}: String!`).join("")}) {
  viewer { login }
  repository(owner: $owner, name: $name) {
    id
    ${a}
    defaultBranchRef { name target { __typename ... on Commit { ...CommitParts tree { oid } } } }
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
    incidents: issues(labels: ["${n}"], states: [OPEN], first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { ...IncidentParts } }
    ${t.map(e=>`label${e}: label(name: $label${e}) { id name }`).join("\n    ")}
  }
}
fragment IncidentParts on Issue { number url title body labels(first: 50) { nodes { name } } }
${o}
${i}`}let C=`query MoreIncidents($owner: String!, $name: String!, $after: String!) {
  repository(owner: $owner, name: $name) {
    incidents: issues(labels: ["${n}"], states: [OPEN], first: 100, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { ...IncidentParts } }
  }
}
fragment IncidentParts on Issue { number url title body labels(first: 50) { nodes { name } } }`,S=`mutation OpenHotfix($ref: CreateRefInput!, $pull: CreatePullRequestInput!) {
  createRef(input: $ref) { ref { name } }
  createPullRequest(input: $pull) { pullRequest { number url headRefOid } }
}`},6275:(e,t,r)=>{r.d(t,{DQ:()=>i,NS:()=>p,Nh:()=>o,Tw:()=>u,VV:()=>c,nE:()=>$,oi:()=>d,pf:()=>g,r0:()=>w,s1:()=>m,wI:()=>h});var n=r(7463),a=r(3345);function o(e){return(e?.nodes??[]).filter(e=>null!==e)}function i(e){return null===e?"ghost":"Bot"!==e.__typename||e.login.endsWith("[bot]")?e.login:`${e.login}[bot]`}let s=/^(?:\d+\+)?([A-Za-z0-9-]+\[bot\])@users\.noreply\./;function u(e){let{signature:t}=e;return{sha:e.oid,message:e.message,author:e.author?.user?.login??s.exec(e.author?.email??"")?.[1]??null,parents:o(e.parents).map(({oid:e})=>e),signature:null===t?"none":t.isValid?"valid":"invalid",signedByGitHub:t?.wasSignedByGitHub===!0&&!function({committer:e}){let t=e?.user?.login;return void 0!==t&&t!==l&&!t.endsWith("[bot]")}(e)}}let l="web-flow";function d(e){return{number:e.number,url:e.url,title:e.title,body:e.body,state:"OPEN"===e.state?"open":"MERGED"===e.state?"merged":"closed",author:i(e.author),headSha:e.headRefOid,mergeSha:e.mergeCommit?.oid??null,createdAt:Date.parse(e.createdAt),mergedAt:null===e.mergedAt?null:Date.parse(e.mergedAt),commits:o(e.commits).map(({commit:e})=>u(e))}}function h(e){let[t]=o(e.pause);return t??null}function c(e){return"number"==typeof e?.mode?e.mode.toString(8):null}let f={12e4:"a symbolic link",4e4:"a folder",16e4:"a submodule"};function m(e){return null===e?void 0:f[e]}function p(e){return e.startsWith("version https://git-lfs.github.com/spec/")}function w(e,t){let r=m(c(e));if(void 0!==r)throw(0,n.V2)("configuration",{what:`\`${t}\` is ${r}, not a file`,cause:"what stands there is another thing than the text that readers see, and would be overwritten",where:t,fix:`Name the file itself in \`faq-path\`, or make \`${t}\` a plain file.`});let a=e?.object;if(!a||void 0===a.isTruncated)return null;if("string"==typeof a.text&&p(a.text))throw(0,n.V2)("configuration",{what:`\`${t}\` is kept in Git LFS, so that its text is not in the repository`,where:t,fix:"Take it out of Git LFS (`git lfs untrack`, then commit it again), or name another file."});if("string"==typeof a.text&&!a.isTruncated)return a.text;throw(0,n.V2)("configuration",{what:`\`${t}\` cannot be read as text`,cause:a.isTruncated?`it is too large (${a.byteSize} bytes): GitHub gives its beginning only`:"it is a binary file, or not in UTF-8",where:t,fix:"Name a text file, or split it."})}async function g(e,t,r){let{repository:n}=await e.graphql({query:a.le,variables:{owner:e.owner,name:e.repo,expression:`${t}:${r}`},doing:`read ${r}`,needs:"contents: read"});return w({object:n.object},r)}function $(e,t){return(0,n.V2)("permission",{what:`The repository ${e}/${t} cannot be read`,cause:"the token may not see it",fix:"Give the job `permissions:\n  contents: read`, or pass a token of this repository."})}},3960:(e,t,r)=>{r.d(t,{L:()=>n});async function n(e,t){let{clock:r,attempts:n,judge:a,baseMs:o=250,capMs:i=6e4,random:s=Math.random}=t;for(let t=1;;t+=1)try{return await e(t)}catch(l){let e=a(l,t);if(!e.retry||t>=n)throw l;let u=s()*Math.min(i,o*2**(t-1));await r.sleep(Math.min(i,Math.max(e.afterMs??0,u)))}}},8039:(e,t,r)=>{function n(e){return URL.canParse(e)&&"github.com"===new URL(e).hostname}function a(e){return n(e)?"https://www.githubstatus.com":`the administrators of ${URL.canParse(e)?new URL(e).host:"your GitHub"}`}function o(e){let t="github-actions[bot]";return n(e)||!URL.canParse(e)?{name:t,email:`41898282+${t}@users.noreply.github.com`}:{name:t,email:`${t}@users.noreply.${new URL(e).hostname}`}}r.d(t,{Q:()=>a,V:()=>o})},8034:(e,t,r)=>{r.d(t,{G5:()=>a,SR:()=>i,WQ:()=>s,cR:()=>l,jc:()=>u,vJ:()=>o});var n=r(7463);class a extends n._K{retryable;problem;constructor(e,t,r){super(e,[t],{cause:r.cause}),this.name="WayError",this.retryable=r.retryable,this.problem=t}}function o(e){let t=e;for(let e=0;e<6&&t instanceof Error;e+=1){if(t instanceof n._K)return t;t=t.cause}}function i(e,t,r){let n=`The proxy ${e.name} did not let this job through to ${t} (${r})`;return 407===r?new a("configuration",{what:n,cause:void 0===e.authorization?`it asks for a user and a password, and ${e.variable} holds none`:`it does not take the user and password in ${e.variable}`,where:e.variable,fix:`Set ${e.variable} to \`http://user:password@host:port\` where the runner is started; encode special characters (\`@\` as %40). Only Basic authentication is spoken.`},{retryable:!1}):r>=500?new a("service",{what:n,cause:`the proxy cannot reach ${t}, or does not know the name`,where:e.variable,fix:`Look at the proxy's log; if the runner can reach ${t} itself, add it to NO_PROXY.`},{retryable:!0}):new a("configuration",{what:n,cause:"its rules do not allow this host or port",where:e.variable,fix:`Have ${t} allowed on the proxy, or add it to NO_PROXY if the runner can reach it itself.`},{retryable:!1})}function s(e,t,r){return new a("service",{what:`The proxy ${e.name} did not open the way to ${t} within ${r/1e3} s`,where:e.variable,fix:`Look at the proxy's log; if the runner can reach ${t} itself, add it to NO_PROXY.`},{retryable:!0})}function u(e,t){let r=f(t,e.name);return r||new a("service",{what:`The proxy ${e.name} cannot be reached (${m(t)||(0,n.bD)(t)})`,cause:"the proxy is down, or its address is wrong",where:e.variable,fix:`Correct ${e.variable} where the runner is started, or unset it if there is no proxy any more.`},{retryable:!0,cause:t})}function l(e,t,r){let n=f(e,t.host);if(n)return n;let o=m(e);return d.has(o)?r?u(r,e):new a("service",{what:"ENOTFOUND"===o||"EAI_AGAIN"===o?`The name ${t.hostname} cannot be resolved (${o})`:`${t.host} cannot be reached (${o})`,cause:"it is down, its address is wrong, or only a proxy leads there",fix:`Check the address; where the network asks for a proxy, set ${"https:"===t.protocol?"HTTPS_PROXY":"HTTP_PROXY"} where the runner is started and keep ${t.hostname} out of NO_PROXY.`},{retryable:!0,cause:e}):void 0}let d=new Set(["ENOTFOUND","EAI_AGAIN","ECONNREFUSED","EHOSTUNREACH","ENETUNREACH","ETIMEDOUT","EADDRNOTAVAIL"]),h=new Set(["SELF_SIGNED_CERT_IN_CHAIN","DEPTH_ZERO_SELF_SIGNED_CERT","UNABLE_TO_GET_ISSUER_CERT","UNABLE_TO_GET_ISSUER_CERT_LOCALLY","UNABLE_TO_VERIFY_LEAF_SIGNATURE"]),c=new Set(["CERT_HAS_EXPIRED","CERT_NOT_YET_VALID","CERT_REVOKED","CERT_UNTRUSTED","CERT_REJECTED","CERT_SIGNATURE_FAILURE","INVALID_PURPOSE","ERR_TLS_CERT_ALTNAME_INVALID","HOSTNAME_MISMATCH"]);function f(e,t){let r=m(e);return h.has(r)?new a("configuration",{what:`The certificate of ${t} is not trusted (${r})`,cause:"it was made by an authority of your own, or a proxy in between puts its own in its place",fix:"Set NODE_EXTRA_CA_CERTS, where the runner is started, to a PEM file with that authority's certificate; git needs its own setting (docs/ghes-and-proxies.md)."},{retryable:!1,cause:e}):c.has(r)?new a("configuration",{what:`The certificate of ${t} is not valid (${r})`,cause:"it is out of date, made for another name, or not signed by the authority that it names",fix:"Have the certificate renewed, or use the name that it was made for."},{retryable:!1,cause:e}):"EPROTO"===r||"ERR_SSL_WRONG_VERSION_NUMBER"===r||"ERR_SSL_PACKET_LENGTH_TOO_LONG"===r?new a("configuration",{what:`${t} does not speak TLS (${r})`,cause:"the address says https where the service, or the proxy, speaks plain http",fix:"Correct the address: `http://` for what speaks no TLS. A proxy's own address nearly always begins with `http://`, also in HTTPS_PROXY."},{retryable:!1,cause:e}):void 0}function m(e){if("object"!=typeof e||null===e)return"";let t=e instanceof AggregateError?e.errors[0]:e;return"object"==typeof t&&null!==t&&"code"in t?String(t.code):""}},4077:(e,t,r)=>{r.r(t),r.d(t,{createFetch:()=>i});var n=r(5854),a=r(8034),o=r(3742);function i(e){let t=Object.fromEntries([...n.bD,"no_proxy","NO_PROXY"].map(t=>[t,e[t]])),r=(e,r)=>s(e,r,t);return async(e,t={})=>{let n=new URL(e);for(let e=0;;e+=1){let a=await r(n,t),o=function(e,t,r){let n=e.headers.get("location"),a=307===e.status||308===e.status,o=(r.method??"GET")==="GET"&&[301,302].includes(e.status);if("manual"===r.redirect||void 0===n||!(a||o))return;let i=URL.canParse(n,t.href)?new URL(n,t.href):void 0;return i?.origin===t.origin?i:void 0}(a,n,t);if(void 0===o||e>=5)return a;n=o}}}async function s(e,t,r){let n=t.signal??void 0,{send:i,proxy:s}=await (0,o.b)(e,r,n),l=t.body??void 0,d={...t.headers,...void 0===l?{}:{"content-length":String(Buffer.byteLength(l))}};try{var h,c;let r=await (h=i({method:t.method??"GET",headers:d,...n?{signal:n}:{}}),c=l,new Promise((e,t)=>{h.once("response",e),h.on("error",t),h.end(c)}));if(s&&407===r.statusCode)throw r.resume(),(0,a.SR)(s,e.host,407);return await u(r,e)}catch(t){if(n?.aborted)throw n.reason;throw(0,a.cR)(t,e,s)??t}}async function u(e,t){let r=[],n=0;for await(let t of e){if((n+=t.length)>0x4000000)throw Error("the answer is larger than 67108864 bytes");r.push(t)}let a=Buffer.concat(r),o=e.statusCode??0,i=Object.entries(e.headers).map(([e,t])=>[e,Array.isArray(t)?t.join(", "):t??""]);return{status:o,ok:o>=200&&o<300,url:t.href,headers:new Map(i),text:()=>Promise.resolve(a.toString("utf8")),arrayBuffer:()=>Promise.resolve(new Uint8Array(a).buffer)}}},3742:(e,t,r)=>{r.d(t,{b:()=>o});var n=r(7067),a=r(5854);async function o(e,t,o){let i=(0,a.pk)(t)?(0,a.iJ)(e,t):void 0;if(i)return(await r.e(60).then(r.bind(r,4060))).throughProxy(e,i,o);let s="https:"===e.protocol?(await Promise.resolve().then(r.t.bind(r,4708,19))).request:n.request;return{proxy:void 0,send:t=>s(e,t)}}}};
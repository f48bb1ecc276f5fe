export const id=512;export const ids=[512];export const modules={7144:((e,t,n)=>{n.d(t,{R:()=>o});var r=n(619),a=n(6275);async function o(e,t,n,o){let s=n;for(let n=1;;n+=1){let i=(0,a.Nh)(s).filter(e=>!e.isCrossRepository);if(i.length>0||!s.pageInfo?.hasNextPage||n>=20)return i.map(a.oi);let{repository:l}=await e.graphql({query:r.Y,variables:{owner:e.owner,name:e.repo,branch:t,after:s.pageInfo.endCursor??null},doing:`list the pull requests of ${t}`,needs:o});s=l.pulls}}}),5576:((e,t,n)=>{n.d(t,{e0:()=>o,fJ:()=>s,le:()=>i,vv:()=>l,yy:()=>a});var r=n(9215);let a=`query BranchHead($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $ref) { target { oid ... on Commit { message parents(first: 5) { nodes { oid } } } } }
  }
}`,o=`mutation CommitFiles($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`,s=`mutation CreateAndCommit($ref: CreateRefInput!, $input: CreateCommitOnBranchInput!) {
  createRef(input: $ref) { ref { name } }
  createCommitOnBranch(input: $input) { commit { oid } }
}`,i=`query FileAt($owner: String!, $name: String!, $expression: String!) {
  repository(owner: $owner, name: $name) { object(expression: $expression) { __typename ...Text } }
}
${r.a$}`;function l(e){let t=e.map((e,t)=>[...Array(e).keys()].map(e=>`path${t}_${e}`)),n=t.flatMap((e,t)=>[`$oid${t}: GitObjectID!`,...e.map(e=>`$${e}: String!`)]);return`query Entries($owner: String!, $name: String!, ${n.join(", ")}) {
  repository(owner: $owner, name: $name) {
    ${t.map((e,t)=>`commit${t}: object(oid: $oid${t}) { ... on Commit { oid ${e.map((e,t)=>`file${t}: file(path: $${e}) { mode object { ... on Blob { isBinary } } }`).join(" ")} } }`).join("\n    ")}
  }
}`}}),9215:((e,t,n)=>{n.d(t,{Hz:()=>a,JU:()=>u,Jo:()=>d,MY:()=>r,S9:()=>s,Tw:()=>l,a$:()=>i,cJ:()=>o});let r="auto-rollback",a='pause: issues(labels: ["instant-paused"], states: [OPEN], first: 1) { nodes { number url title } }',o=`fragment CommitParts on Commit {
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
}`,i="fragment Text on Blob { text isBinary isTruncated byteSize }",l="faq: file(path: $faqPath) { mode object { ...Text } }",u=e=>`pageInfo { hasNextPage endCursor }
  nodes {
    __typename
    ... on CheckRun { databaseId name status conclusion startedAt completedAt detailsUrl externalId checkSuite { app { slug databaseId } ${e} } }
    ... on StatusContext { context state createdAt targetUrl }
  }`,d=u("")}),619:((e,t,n)=>{n.d(t,{Y:()=>o,v:()=>a});var r=n(9215);function a(e){let t=[...Array(e.branches).keys()],n=[...Array(e.sources).keys()],a=[...e.defaultBase?[]:["$base: String!"],...t.flatMap(e=>[`$branch${e}: String!`,`$ref${e}: String!`]),...n.map(e=>`$source${e}: String!`)],o=e.defaultBase?"base: defaultBranchRef":"base: ref(qualifiedName: $base)";return`query Question($owner: String!, $name: String!, $faqPath: String!, ${a.join(", ")}) {
  viewer { login }
  repository(owner: $owner, name: $name) {
    id
    ${o} { name target { __typename oid ... on Commit { ${r.Tw} } } }
    ${r.Hz}
    ${n.map(e=>`source${e}: object(expression: $source${e}) { __typename ...Text${function e(t){return 0===t?"":` ... on Tree { entries { name object { ...Text${e(t-1)} } } }`}(3)} }`).join("\n    ")}
    ${t.map(e=>`branch${e}: ref(qualifiedName: $ref${e}) { target { oid ... on Commit { ${r.Tw} } } }
    pulls${e}: pullRequests(headRefName: $branch${e}, first: 10, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { ...PullParts } }`).join("\n    ")}
  }
}
${e.branches>0?`${r.cJ}
${r.S9}
`:""}${r.a$}`}let o=`query PullsOfBranch($owner: String!, $name: String!, $branch: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(headRefName: $branch, first: 50, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) {
      pageInfo { hasNextPage endCursor }
      nodes { ...PullParts }
    }
  }
}
${r.cJ}
${r.S9}`}),6275:((e,t,n)=>{n.d(t,{DQ:()=>i,Ms:()=>h,NS:()=>w,Nh:()=>o,SA:()=>m,Tw:()=>u,e3:()=>b,hb:()=>C,nE:()=>_,oi:()=>c,pf:()=>A,r0:()=>S,wI:()=>p,wP:()=>s,wh:()=>g});var r=n(7463),a=n(5576);function o(e){return(e?.nodes??[]).filter(e=>null!==e)}function s(e){return e?.nodes?.every(e=>null!==e)===!0}function i(e){return null===e?"ghost":"Bot"!==e.__typename||e.login.endsWith("[bot]")?e.login:`${e.login}[bot]`}let l=/^(?:\d+\+)?([A-Za-z0-9-]+\[bot\])@users\.noreply\./;function u(e){let{signature:t}=e;return{sha:e.oid,message:e.message,author:e.author?.user?.login??l.exec(e.author?.email??"")?.[1]??null,parents:o(e.parents).map(({oid:e})=>e),signature:null===t?"none":t.isValid?"valid":"invalid",signedByGitHub:t?.wasSignedByGitHub===!0&&!function({committer:e}){let t=e?.user?.login;return void 0!==t&&t!==d&&!t.endsWith("[bot]")}(e)}}let d="web-flow";function m(e){return o(e).flatMap(({submittedAt:e,author:t})=>null===e?[]:[{author:i(t),at:Date.parse(e)}])}function c(e){return{number:e.number,url:e.url,title:e.title,body:e.body,state:"OPEN"===e.state?"open":"MERGED"===e.state?"merged":"closed",author:i(e.author),headSha:e.headRefOid,mergeSha:e.mergeCommit?.oid??null,createdAt:Date.parse(e.createdAt),mergedAt:null===e.mergedAt?null:Date.parse(e.mergedAt),commits:o(e.commits).map(({commit:e})=>u(e)),commitCount:e.commits.totalCount??o(e.commits).length}}function p(e){let[t]=o(e.pause);return t??null}function f(e){return"number"==typeof e?.mode?e.mode.toString(8):null}function h(e){let t=f(e);if(null===t)return null;let{text:n,isBinary:r}=e?.object??{};return{mode:t,binary:!!("string"==typeof n&&w(n))||(r??null)}}function g(e){let t=e?.object;return void 0!==y(f(e))||"string"!=typeof t?.text||!1!==t.isTruncated||!1!==t.isBinary||w(t.text)?null:t.text}let $={12e4:"a symbolic link",4e4:"a folder",16e4:"a submodule"};function y(e){return null===e?void 0:$[e]}function w(e){return e.startsWith("version https://git-lfs.github.com/spec/")}function b(e,t){let n=y(f(e));if(void 0!==n)return{what:`\`${t}\` is ${n}, not a file`,cause:"what stands there is another thing than the text that readers see, and would be overwritten",where:t,fix:`Name the file itself in \`faq-path\`, or make \`${t}\` a plain file.`};let r=e?.object;return r&&void 0!==r.isTruncated?"string"==typeof r.text&&w(r.text)?{what:`\`${t}\` is kept in Git LFS, so that its text is not in the repository`,where:t,fix:"Take it out of Git LFS (`git lfs untrack`, then commit it again), or name another file."}:"string"!=typeof r.text||r.isTruncated?{what:`\`${t}\` cannot be read as text`,cause:r.isTruncated?`it is too large (${r.byteSize} bytes): GitHub gives its beginning only`:"it is a binary file, or not in UTF-8",where:t,fix:"Name a text file, or split it."}:null:null}function S(e,t){let n=b(e,t);if(null!==n)throw(0,r.V2)("configuration",n);return e?.object?.isTruncated===void 0?null:e.object.text??null}async function A(e,t,n){return S({object:await C(e,t,n)},n)}async function C(e,t,n){let{repository:r}=await e.graphql({query:a.le,variables:{owner:e.owner,name:e.repo,expression:`${t}:${n}`},doing:`read ${n}`,needs:"contents: read"});return r.object}function _(e,t){return(0,r.V2)("permission",{what:`The repository ${e}/${t} cannot be read`,cause:"the token may not see it",fix:"Give the job `permissions:\n  contents: read`, or pass a token of this repository."})}}),5512:((e,t,n)=>{n.d(t,{connectStories:()=>c});var r=n(9364),a=n(2470),o=n(6330);n(7463),n(8501),n(7144);var s=n(9215),i=n(6275);let l={in_progress:"in_progress",completed:"completed",waiting:"waiting",action_required:"action_required"},u=`query FindStory($owner: String!, $name: String!, $search: String!) {
  search(query: $search, type: ISSUE, first: 50) { nodes { __typename ...FoundPull ...FoundIssue } }
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { __typename ...FoundPull } }
    incidents: issues(labels: ["${s.MY}"], first: 50, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { __typename ...FoundIssue } }
  }
}
fragment FoundPull on PullRequest { number body isCrossRepository }
fragment FoundIssue on Issue { number url title body createdAt closedAt labels(first: 50) { nodes { name } } }`,d=`query ChangedStories($owner: String!, $name: String!, $after: String, $first: Boolean!) {
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(first: 50, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { __typename updatedAt ...FoundPull } }
    incidents: issues(labels: ["${s.MY}"], first: 50, orderBy: { field: UPDATED_AT, direction: DESC }) @include(if: $first) { nodes { __typename updatedAt ...FoundIssue } }
  }
}
fragment FoundPull on PullRequest { number body isCrossRepository }
fragment FoundIssue on Issue { number url title body createdAt closedAt labels(first: 50) { nodes { name } } }`;var m=n(1072);function c({context:e,token:t,log:n,clock:r,patienceMs:s,traced:i=e=>e}){let{owner:l,repo:u,apiUrl:d,graphqlUrl:h,serverUrl:g}=e,y=(0,o.x)({owner:l,repo:u,apiUrl:d,graphqlUrl:h,serverUrl:g,token:t,log:n,clock:r,userAgent:"instant-status",fetch:i(function(e,t){if(void 0===t)return e;let n=AbortSignal.timeout(t);return(t,r={})=>e(t,{...r,signal:r.signal?AbortSignal.any([r.signal,n]):n})}((0,a.createFetch)(process.env),s),e=>(0,m.L)(e,d)),...void 0===s?{}:{maxLimitWaitMs:0}});return{find:e=>p(y,e),changedSince:e=>f(y,e),read:e=>$(y,e),readRun:e=>w(y,e)}}async function p(e,t){let{search:n,repository:r}=await e.graphql({query:u,variables:{owner:e.owner,name:e.repo,search:`repo:${e.owner}/${e.repo} in:body "${t}"`},doing:`look for what carries the trace id ${t}`,needs:"pull-requests: read, issues: read"});if(null===r)throw(0,i.nE)(e.owner,e.repo);let[a]=g([...(0,i.Nh)(n),...(0,i.Nh)(r.pulls),...(0,i.Nh)(r.incidents)]).filter(e=>e.traceId===t);return void 0===a?null:(await $(e,[a])).get(t)??null}async function f(e,t){let n=[];for(let r=0,a=null;r<10&&void 0!==a;r+=1){let{pulls:r,incidents:o}=await h(e,a);n.push(...(0,i.Nh)(r),...(0,i.Nh)(o)),a=!r.pageInfo?.hasNextPage||Date.parse((0,i.Nh)(r).at(-1)?.updatedAt??"")<t?void 0:r.pageInfo.endCursor}return g(n).filter(({changedAt:e})=>e>=t)}async function h(e,t){let{repository:n}=await e.graphql({query:d,variables:{owner:e.owner,name:e.repo,after:t,first:null===t},doing:"look for tasks whose pull requests changed",needs:"pull-requests: read, issues: read",needsAt:e=>e.includes("incidents")?"issues: read":void 0});if(null===n)throw(0,i.nE)(e.owner,e.repo);return n}function g(e){return[...Map.groupBy([...new Map(e.map(e=>[e.number??0,e])).values()].sort((e,t)=>(e.number??0)-(t.number??0)).filter(e=>"PullRequest"===e.__typename?!1===e.isCrossRepository:(0,i.Nh)(e.labels).some(({name:e})=>e===s.MY)),({body:e})=>(0,r.Y9)(e??""))].flatMap(([e,t])=>{if(void 0===e)return[];let n=t.filter(({__typename:e})=>"PullRequest"===e).map(({number:e=0})=>e),r=t.filter(({__typename:e})=>"Issue"===e).map(e=>({...function({number:e=0,url:t="",title:n="",createdAt:r="",closedAt:a}){return{number:e,url:t,title:n,createdAt:Date.parse(r),closedAt:a?Date.parse(a):null}}(e),body:e.body??""}));return[{traceId:e,numbers:n.slice(-5),incidents:r,changedAt:Math.max(...t.map(({updatedAt:e})=>Date.parse(e??"")||0))}]}).sort((e,t)=>e.changedAt-t.changedAt)}async function $(e,t){let n=t.flatMap(({numbers:e})=>e),r=Array.from({length:Math.ceil(n.length/20)},(e,t)=>n.slice(20*t,(t+1)*20)),a=await Promise.all(r.map(t=>A(e,t))),o=new Map(a.flatMap(e=>e.pulls).map(e=>[e.number,e])),s=a.some(e=>e.lostChecks),i=t.map(({traceId:t,numbers:n,incidents:r})=>{var a;let s=n.flatMap(e=>o.get(e)??[]);return{traceId:t,own:s,incidents:r,ids:(a=e,[...new Set([...s.map(({body:e})=>e),...r.map(({body:e})=>e)].flatMap(e=>e.toLowerCase().split(y(a).toLowerCase()).slice(1).flatMap(e=>/^\d{1,15}(?!\d)/.exec(e)?.[0]??[]).slice(-1).map(Number)))].slice(-5))}}),l=await S(e,[...new Set(i.flatMap(({ids:e})=>e))]);return new Map(i.map(({traceId:t,own:n,incidents:r,ids:a})=>[t,{pulls:n,incidents:r,runs:a.flatMap(e=>l.get(e)??[]).sort((e,t)=>e.createdAt-t.createdAt),lostRuns:a.filter(e=>!l.has(e)).map(t=>`${y(e)}${t}`),lostChecks:s}]))}function y({serverUrl:e,owner:t,repo:n}){return`${e}/${t}/${n}/actions/runs/`}async function w(e,t){let n=await e.rest({method:"GET",path:`/actions/runs/${t}`,doing:`read the workflow run ${t}`,needs:"actions: read",answers:[403,404]});return n.status>=300?null:b(e,n.data)}async function b(e,t){let n={...{id:t.id,url:t.html_url,headSha:t.head_sha,title:t.display_title??t.name??"",status:"action_required"===t.conclusion?"action_required":l[t.status??""]??"queued",conclusion:t.conclusion,createdAt:Date.parse(t.created_at)},updatedAt:Date.parse(t.updated_at)};if("completed"!==t.status||"success"===t.conclusion)return{...n,failedJobs:[]};let{jobs:r=[]}=(await e.rest({method:"GET",path:`/actions/runs/${t.id}/jobs`,query:{per_page:100},doing:`read the jobs of the workflow run ${t.id}`,needs:"actions: read",answers:[403,404]})).data;return{...n,failedJobs:r.filter(({conclusion:e})=>null!==e&&!["success","neutral","skipped"].includes(e)).map(({name:e})=>e)}}async function S(e,t){let n=t.length<3?null:await e.rest({method:"GET",path:"/actions/runs",query:{per_page:100},doing:"list the newest workflow runs",needs:"actions: read",answers:[403,404]}),r=new Map((n?.data?.workflow_runs??[]).map(e=>[e.id,e]));return new Map((await Promise.all(t.map(t=>{let n=r.get(t);return void 0===n?w(e,t):b(e,n)}))).flatMap(e=>null===e?[]:[[e.id,e]]))}async function A(e,t){let n,a=!1,{repository:o}=await e.graphql({query:(n=[...Array(t.length).keys()],`query Story($owner: String!, $name: String!, ${n.map(e=>`$number${e}: Int!`).join(", ")}) {
  repository(owner: $owner, name: $name) { ${n.map(e=>`pull${e}: pullRequest(number: $number${e}) { ...PullParts ...StoryParts }`).join(" ")} }
}
fragment StoryParts on PullRequest {
  headRefName baseRefName closedAt
  mergedBy { __typename login }
  reviews(first: 100) { nodes { submittedAt author { __typename login } } }
  commits(last: 20) { nodes { commit { url committedDate } } }
  lastCommit: commits(last: 1) { nodes { commit { committedDate statusCheckRollup { contexts(first: 100) { ${s.Jo} } } } } }
}
${s.cJ}
${s.S9}`),variables:{owner:e.owner,name:e.repo,...Object.fromEntries(t.map((e,t)=>[`number${t}`,e]))},doing:"read the pull requests of the task",needs:"contents: read, pull-requests: read, issues: read, checks: read, statuses: read, actions: read",answer:(e,t)=>(a=e.every(C)&&t?.repository!=null)?t:void 0});if(null===o)throw(0,i.nE)(e.owner,e.repo);return{pulls:t.flatMap((e,t)=>{let n=o[`pull${t}`];return n?[function(e){let[t]=(0,i.Nh)(e.lastCommit),n=Date.parse(t?.commit.committedDate??e.createdAt),{commits:a,...o}=(0,i.oi)(e);return{...o,branch:e.headRefName,base:e.baseRefName,closedAt:null===e.closedAt?null:Date.parse(e.closedAt),mergedBy:null===e.mergedBy?null:(0,i.DQ)(e.mergedBy),reviews:(0,i.SA)(e.reviews),commits:(0,i.Nh)(e.commits).map(({commit:e},t)=>({sha:e.oid,url:e.url,message:e.message,traceId:(0,r.Y9)(e.message)??null,author:a[t]?.author??e.author?.name??null,at:Date.parse(e.committedDate)})),checks:(0,i.Nh)(t?.commit.statusCheckRollup?.contexts).map(e=>{var t,r;let a,o,s;return t=e,r=n,o=["SUCCESS","NEUTRAL","SKIPPED"].includes(a="CheckRun"===t.__typename?"COMPLETED"===t.status?t.conclusion??"":"PENDING":t.state??"")?"success":["PENDING","EXPECTED"].includes(a)?"pending":"failure",s=t.completedAt??t.startedAt??t.createdAt,{name:t.name??t.context??"",state:o,at:s?Date.parse(s):r,url:t.detailsUrl??t.targetUrl??null}})}}(n)]:[]}),lostChecks:a}}function C({path:e}){return(e??[]).some(e=>"statusCheckRollup"===e)}})};
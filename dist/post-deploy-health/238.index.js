export const id=238;export const ids=[238];export const modules={4238:((e,t,n)=>{n.d(t,{b:()=>h,p:()=>y});var a=n(7463),r=n(9364),o=n(9430),i=n(6330),s=n(6150),l=n(9215);let u=`query PullsOfBranch($owner: String!, $name: String!, $branch: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    pulls: pullRequests(headRefName: $branch, first: 50, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) {
      pageInfo { hasNextPage endCursor }
      nodes { ...PullParts }
    }
  }
}
${l.cJ}
${l.S9}`;var d=n(6275);async function c(e,t,n,a){let r=n;for(let n=1;;n+=1){let o=(0,d.Nh)(r).filter(e=>!e.isCrossRepository);if(o.length>0||!r.pageInfo?.hasNextPage||n>=20)return o.map(d.oi);let{repository:i}=await e.graphql({query:u,variables:{owner:e.owner,name:e.repo,branch:t,after:r.pageInfo.endCursor??null},doing:`list the pull requests of ${t}`,needs:a});r=i.pulls}}let m=`query DeployTarget($owner: String!, $name: String!, $oid: GitObjectID!, $hotfix: String!) {
  repository(owner: $owner, name: $name) {
    defaultBranchRef { name target { oid ... on Commit { history(first: 20) { nodes { oid message } } } } }
    ${l.Hz}
    object(oid: $oid) { __typename ... on Commit { message } }
    pulls: pullRequests(headRefName: $hotfix, first: 10, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes { ...PullParts } }
  }
}
${l.cJ}
${l.S9}`;function h(e){return{readDeployTarget:t=>f(e,t),dispatchWorkflow:t=>p(e,t),readRun:t=>$(e,t),listDispatchedRuns:(t,n)=>b(e,t,n),findDeployment:(t,n,a)=>S(e,t,{sha:n,contains:a})}}async function f(e,t){let n=`hotfix/rollback-${(0,r.Fu)(t)}`,{repository:o}=await e.graphql({query:m,variables:{owner:e.owner,name:e.repo,oid:t,hotfix:n},doing:`read the commit ${(0,r.Fu)(t)}`,needs:"contents: read, pull-requests: read, issues: read",needsAt:e=>e.includes("pause")?"issues: read":e.includes("pulls")?"pull-requests: read":void 0});if(null===o)throw(0,d.nE)(e.owner,e.repo);let{defaultBranchRef:i}=o;if(!i?.target)throw(0,a.V2)("configuration",{what:"The repository has no commit on its default branch",fix:"Push a first commit."});let s=await c(e,n,o.pulls,"pull-requests: read");return{defaultBranch:i.name,defaultSha:i.target.oid,history:(0,d.Nh)(i.target.history).map(({oid:e,message:t})=>({sha:e,message:t})),known:o.object?.__typename==="Commit",message:o.object?.message??"",rollback:s.find(({state:e})=>"closed"!==e)??s[0]??null,pause:(0,d.wI)(o)}}async function p(e,t){let{workflow:n,ref:a,inputs:r,mayBeOurs:l}=t,u=e.clock.now()-5e3,d=t=>{let o={method:"POST",path:`/actions/workflows/${(0,i.O)(n)}/dispatches`,body:{ref:a,inputs:r,...t?{return_run_details:!0}:{}},answers:[404,422],doing:`start the workflow ${n}`,needs:"actions: write",recover:async()=>{let t=await Promise.all((await b(e,n,u)).map(async e=>await l(e)?[e]:[])).then(e=>e.flat());return 0===t.length?void 0:{status:200,data:1===t.length?{workflow_run_id:t[0]?.id,html_url:t[0]?.url}:{}}}};return e.rest(o).then(e=>({answer:e,request:o}))},{answer:c,request:m}=await d(!0);if(422===c.status&&/return_run_details/.test([(0,o.v)(c.data),...(0,o.R)(c.data)].join(" "))&&({answer:c,request:m}=await d(!1)),404===c.status)throw g(n,a);if(422===c.status)throw(0,s.Ct)(c,m);let{workflow_run_id:h,html_url:f}=c.data||{};return{runId:h??null,url:f??null}}function g(e,t){return(0,a.V2)("configuration",{what:`There is no workflow \`${e}\` that can be started on \`${t}\``,cause:"the file is not on the default branch, or the token may not see it (GitHub answers 404 to both)",where:"deploy-workflow",fix:"Give the file's name below .github/workflows, such as `deploy.yml`, and the job `permissions:\n  actions: write`."})}let w={in_progress:"in_progress",completed:"completed",waiting:"waiting",action_required:"action_required"};function y(e){return{id:e.id,url:e.html_url,headSha:e.head_sha,title:e.display_title??e.name??"",status:"action_required"===e.conclusion?"action_required":w[e.status??""]??"queued",conclusion:e.conclusion,createdAt:Date.parse(e.created_at)}}async function $(e,t){let{data:n}=await e.rest({method:"GET",path:`/actions/runs/${t}`,conditional:!0,doing:`read the workflow run ${t}`,needs:"actions: read"});return y(n)}async function b(e,t,n){let{status:a,data:r}=await e.rest({method:"GET",path:`/actions/workflows/${(0,i.O)(t)}/runs`,query:{event:"workflow_dispatch",per_page:30},conditional:!0,answers:[404],doing:`list the runs of ${t}`,needs:"actions: read"});if(404===a)throw g(t,"the default branch");let{workflow_runs:o}=r;return o.map(y).filter(e=>e.createdAt>=n).toSorted((e,t)=>t.createdAt-e.createdAt)}let _={success:"success",failure:"failure",error:"failure",inactive:"inactive"};async function S(e,t,{sha:n,contains:a}){let{data:r}=await e.rest({method:"GET",path:"/deployments",query:{environment:t,per_page:30},conditional:!0,doing:`list the deployments to ${t}`,needs:"deployments: read"}),o=new Set;for(let t of r.toSorted((e,t)=>t.id-e.id)){if(t.sha!==n&&(o.add(t.sha).size>5||!await a(t.sha)))continue;let r=await x(e,t);if("failure"!==r.state||r.sha===n)return r}return null}async function x(e,{id:t,sha:n,environment:a,created_at:r}){let{data:o}=await e.rest({method:"GET",path:`/deployments/${t}/statuses`,query:{per_page:100},conditional:!0,doing:`read the deployment ${t}`,needs:"deployments: read"}),i=o.toSorted((e,t)=>t.id-e.id)[0],s=[i?.log_url,i?.target_url].find(e=>void 0!==e&&/^https?:\/\//.test(e))??"";return{id:t,sha:n,environment:a,state:_[i?.state??""]??"pending",url:s,createdAt:Date.parse(r)}}}),5576:((e,t,n)=>{n.d(t,{e0:()=>o,fJ:()=>i,le:()=>s,yy:()=>r});var a=n(9215);let r=`query BranchHead($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $ref) { target { oid ... on Commit { message parents(first: 5) { nodes { oid } } } } }
  }
}`,o=`mutation CommitFiles($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`,i=`mutation CreateAndCommit($ref: CreateRefInput!, $input: CreateCommitOnBranchInput!) {
  createRef(input: $ref) { ref { name } }
  createCommitOnBranch(input: $input) { commit { oid } }
}`,s=`query FileAt($owner: String!, $name: String!, $expression: String!) {
  repository(owner: $owner, name: $name) { object(expression: $expression) { __typename ...Text } }
}
${a.a$}`}),9215:((e,t,n)=>{n.d(t,{Hz:()=>r,JU:()=>l,Jo:()=>u,MY:()=>a,S9:()=>i,a$:()=>s,cJ:()=>o});let a="auto-rollback",r='pause: issues(labels: ["instant-paused"], states: [OPEN], first: 1) { nodes { number url title } }',o=`fragment CommitParts on Commit {
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
}`,s="fragment Text on Blob { text isBinary isTruncated byteSize }",l=e=>`pageInfo { hasNextPage endCursor }
  nodes {
    __typename
    ... on CheckRun { databaseId name status conclusion startedAt completedAt detailsUrl externalId checkSuite { app { slug databaseId } ${e} } }
    ... on StatusContext { context state createdAt targetUrl }
  }`,u=l("")}),6275:((e,t,n)=>{n.d(t,{DQ:()=>i,Nh:()=>o,SA:()=>l,nE:()=>f,oi:()=>u,pf:()=>m,wI:()=>d});var a=n(7463),r=n(5576);function o(e){return(e?.nodes??[]).filter(e=>null!==e)}function i(e){return null===e?"ghost":"Bot"!==e.__typename||e.login.endsWith("[bot]")?e.login:`${e.login}[bot]`}let s=/^(?:\d+\+)?([A-Za-z0-9-]+\[bot\])@users\.noreply\./;function l(e){return o(e).flatMap(({submittedAt:e,author:t})=>null===e?[]:[{author:i(t),at:Date.parse(e)}])}function u(e){return{number:e.number,url:e.url,title:e.title,body:e.body,state:"OPEN"===e.state?"open":"MERGED"===e.state?"merged":"closed",author:i(e.author),headSha:e.headRefOid,mergeSha:e.mergeCommit?.oid??null,createdAt:Date.parse(e.createdAt),mergedAt:null===e.mergedAt?null:Date.parse(e.mergedAt),commits:o(e.commits).map(({commit:e})=>(function(e){let{signature:t}=e;return{sha:e.oid,message:e.message,author:e.author?.user?.login??s.exec(e.author?.email??"")?.[1]??null,parents:o(e.parents).map(({oid:e})=>e),signature:null===t?"none":t.isValid?"valid":"invalid",signedByGitHub:t?.wasSignedByGitHub===!0&&!function({committer:e}){let t=e?.user?.login;return void 0!==t&&"web-flow"!==t&&!t.endsWith("[bot]")}(e)}})(e)),commitCount:e.commits.totalCount??o(e.commits).length}}function d(e){let[t]=o(e.pause);return t??null}let c={12e4:"a symbolic link",4e4:"a folder",16e4:"a submodule"};async function m(e,t,n){var r={object:await h(e,t,n)};let o=function(e,t){var n;let a=null===(n="number"==typeof e?.mode?e.mode.toString(8):null)?void 0:c[n];if(void 0!==a)return{what:`\`${t}\` is ${a}, not a file`,cause:"what stands there is another thing than the text that readers see, and would be overwritten",where:t,fix:`Name the file itself in \`faq-path\`, or make \`${t}\` a plain file.`};let r=e?.object;return r&&void 0!==r.isTruncated?"string"==typeof r.text&&r.text.startsWith("version https://git-lfs.github.com/spec/")?{what:`\`${t}\` is kept in Git LFS, so that its text is not in the repository`,where:t,fix:"Take it out of Git LFS (`git lfs untrack`, then commit it again), or name another file."}:"string"!=typeof r.text||r.isTruncated?{what:`\`${t}\` cannot be read as text`,cause:r.isTruncated?`it is too large (${r.byteSize} bytes): GitHub gives its beginning only`:"it is a binary file, or not in UTF-8",where:t,fix:"Name a text file, or split it."}:null:null}(r,n);if(null!==o)throw(0,a.V2)("configuration",o);return r?.object?.isTruncated===void 0?null:r.object.text??null}async function h(e,t,n){let{repository:a}=await e.graphql({query:r.le,variables:{owner:e.owner,name:e.repo,expression:`${t}:${n}`},doing:`read ${n}`,needs:"contents: read"});return a.object}function f(e,t){return(0,a.V2)("permission",{what:`The repository ${e}/${t} cannot be read`,cause:"the token may not see it",fix:"Give the job `permissions:\n  contents: read`, or pass a token of this repository."})}})};
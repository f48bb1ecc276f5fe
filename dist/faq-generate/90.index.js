export const id=90;export const ids=[90];export const modules={8709:((e,t,r)=>{r.d(t,{$:()=>o});var n=r(5576),a=r(6275);async function o(e,t){let r=t.map(()=>new Map);for(let o of function(e){let t=e.flatMap(({sha:e,paths:t},r)=>t.map(t=>({sha:e,at:r,path:t}))),r=[];for(let e=0;e<t.length;e+=100){let n=Map.groupBy(t.slice(e,e+100),({at:e})=>e);r.push([...n].map(([e,t])=>({at:e,sha:t[0]?.sha??"",paths:t.map(({path:e})=>e)})))}return r}(t)){let t={owner:e.owner,name:e.repo};for(let[e,{sha:r,paths:n}]of o.entries())Object.assign(t,{[`oid${e}`]:r,...Object.fromEntries(n.map((t,r)=>[`path${e}_${r}`,t]))});let{repository:s}=await e.graphql({query:(0,n.vv)(o.map(({paths:e})=>e.length)),variables:t,doing:"read what kind of files a pull request changes",needs:"contents: read"});for(let[e,{at:t,paths:n}]of o.entries())for(let[o,i]of n.entries()){let n=s?.[`commit${e}`]?.[`file${o}`],l="object"==typeof n?(0,a.Ms)(n):null;null!==l&&r[t]?.set(i,l)}}return r}}),1090:((e,t,r)=>{r.d(t,{w:()=>y,E:()=>w});var n=r(7463),a=r(6275);let o=new Set(["WORKFLOWS","REQUIRED_WORKFLOW_REF","CODE_SCANNING","CODE_QUALITY","REQUIRED_DEPLOYMENTS"]);var s=r(8709);async function i(e,t,r,n){let o=t.baseRef?.target,i=new Set(r.map(({sha:e})=>e)),u=[...new Set(r.flatMap(({parents:e})=>e))].filter(e=>!i.has(e)),d=r.length===(t.commits.totalCount??-1)&&r.length>0,m=(e,t)=>({sha:e,faq:(0,a.wh)(t),flaw:(0,a.e3)(t,n)?.what??null,entry:t?(0,a.Ms)(t):null});if(d&&o&&u.includes(o.oid))return m(o.oid,o.faq);let f=(0,a.Nh)((0,a.Nh)(t.firstCommit)[0]?.commit.parents),p=1===u.length?f.find(({oid:e})=>e===u[0]):void 0;if(d&&p)return m(p.oid,p.faq);let c=await l(e,t);if(null===c)return{sha:c,faq:null,flaw:null,entry:void 0};let[[h],g]=await Promise.all([(0,s.$)(e,[{sha:c,paths:[n]}]),(0,a.hb)(e,c,n)]),w=h?.get(n)??null,b={...null===w?{}:{mode:Number.parseInt(w.mode,8)},object:g};return{sha:c,faq:(0,a.wh)(b),flaw:(0,a.e3)(b,n)?.what??null,entry:w}}async function l(e,t){let{status:r,data:n}=await e.rest({method:"GET",path:`/compare/${t.baseRef?.target?.oid??t.baseRefOid}...${t.headRefOid}`,query:{per_page:1},answers:[404],doing:`compare pull request #${t.number} with its base`,needs:"contents: read"});return 200===r?n.merge_base_commit?.sha??null:null}var u=r(9158);async function d(e,t,r,n,o){let s=[...(0,a.Nh)(r)],i=(0,a.wP)(r),l=r?.pageInfo;for(let r=1;l?.hasNextPage;r+=1){if(r>=30)return{nodes:s,complete:!1};let{repository:u}=await e.graphql({query:n,variables:{owner:e.owner,name:e.repo,number:t.number,after:l.endCursor??""},doing:`list the ${o} of pull request #${t.number}`,needs:"pull-requests: read"}),d=u?.pullRequest;if(!d?.page||d.headRefOid!==t.headRefOid)return{nodes:s,complete:!1};s.push(...(0,a.Nh)(d.page)),i&&=(0,a.wP)(d.page),l=d.page.pageInfo}return{nodes:s,complete:i}}let m={ADDED:"added",CHANGED:"changed",COPIED:"copied",DELETED:"removed",MODIFIED:"modified",RENAMED:"renamed"};function f({path:e,additions:t,deletions:r,changeType:n}){return{path:e,previousPath:null,status:m[n],additions:t,deletions:r}}async function p(e,t,r){let n=(0,a.Nh)(t.lastCommit)[0]?.commit;if(r||n?.oid!==t.headRefOid)return{facts:[],complete:!1};let o=n.statusCheckRollup?.contexts,s=[...(0,a.Nh)(o)],i=void 0===o||(0,a.wP)(o),l=o?.pageInfo;for(let r=1;l?.hasNextPage;r+=1){if(r>=30)return{facts:s.map(g),complete:!1};let{repository:n}=await e.graphql({query:u.uC,variables:{owner:e.owner,name:e.repo,oid:t.headRefOid,after:l.endCursor??""},doing:`list the checks of pull request #${t.number}`,needs:"checks: read, statuses: read",answer:(e,t)=>null!=t&&e.every(c)?t:void 0}),o=n.object?.statusCheckRollup?.contexts;if(!o)return{facts:s.map(g),complete:!1};s.push(...(0,a.Nh)(o)),i&&=(0,a.wP)(o),l=o.pageInfo}return{facts:s.map(g),complete:i}}function c({type:e,path:t}){return"FORBIDDEN"===e&&t?.at(-1)==="workflowRun"}let h={SUCCESS:"success",NEUTRAL:"neutral",SKIPPED:"skipped",ACTION_REQUIRED:"action_required",EXPECTED:"pending",PENDING:"pending"};function g(e){if("StatusContext"===e.__typename){let t=Date.parse(e.createdAt);return{name:e.context,app:null,appId:null,externalId:"",workflow:null,kind:"status",state:h[e.state]??"failure",order:t,at:t,url:e.targetUrl}}let t="COMPLETED"===e.status&&null!==e.conclusion?h[e.conclusion]??"failure":"pending",r=Date.parse(e.completedAt??e.startedAt??"")||0,n=e.checkSuite?.app;return{name:e.name,app:n?.slug??null,appId:n?.databaseId??null,externalId:e.externalId??"",workflow:function({detailsUrl:e,checkSuite:t}){return/\/actions\/runs\/\d+\/job\/\d+/.test(e??"")?t?.workflowRun?.workflow.databaseId??null:null}(e),kind:"check",state:t,order:e.databaseId??r,at:r,url:e.detailsUrl}}async function w(e,t,r){let s=!1,l=await e.graphql({query:u.MK,variables:{owner:e.owner,name:e.repo,number:t,faqPath:r},doing:`read pull request #${t}`,needs:"contents: read, pull-requests: read, checks: read, statuses: read, issues: read",needsAt:R,answer:(e,t)=>{let r=e.filter(e=>!c(e)),n=r.every(b)&&t?.repository!=null;return s=n&&r.length>0,n?t:void 0}});if(null===l.repository)throw(0,a.nE)(e.owner,e.repo);let m=l.repository.pullRequest;if(null===m)throw(0,n.V2)("configuration",{what:`There is no pull request #${t} in ${e.owner}/${e.repo}`,where:"pr-number",fix:"Correct `pr-number`."});let h=(await d(e,m,m.commits,u.rf,"commits")).nodes.map(({commit:e})=>(0,a.Tw)(e)),[g,w,C,v,q]=await Promise.all([p(e,m,s),d(e,m,m.files,u.ew,"files"),d(e,m,m.latestOpinionatedReviews,u.w_,"reviews"),d(e,m,m.reviewThreads,u.OR,"conversations"),i(e,m,h,r)]);return function(e,t,r){var n,s,i,l,u,d;let{viewer:m,pull:p,commits:c,checks:h,files:g,mergeBase:w}=r,b=(0,a.Nh)(p.lastCommit).find(({commit:e})=>e.oid===p.headRefOid)?.commit,R=b?.faq??p.headRef?.target?.faq,C=p.baseRef?.target?.faq,{wantsConversationsResolved:v,...q}=function(e,t){var r,n,s;let i,l,u,d,m,f=null===e?"base-gone":e.rules?.pageInfo?.hasNextPage?"too-many":!function({rules:e,refUpdateRule:t}){return(0,a.wP)(e)&&!(t?.requiredStatusCheckContexts??[]).includes(null)}(e)?"not-shown":null;if(null===e||null!==f)return{rulesUnread:f,otherRules:[],requiredChecks:null,requiredApprovals:null,methods:null,wantsConversationsResolved:null};let p=(0,a.Nh)(e.rules),c=p.map(({parameters:e})=>e?.requiredApprovingReviewCount??0);return{rulesUnread:f,otherRules:[...new Set(p.map(({type:e})=>e).filter(e=>o.has(e)))],requiredChecks:(r=e,i=(0,a.Nh)(r.rules).flatMap(({parameters:e})=>e?.requiredStatusChecks?.map(({context:e,integrationId:t})=>({name:e,appId:t}))??[]),[...new Map([...(r.refUpdateRule?.requiredStatusCheckContexts??[]).flatMap(e=>null===e||i.some(t=>t.name===e)?[]:[{name:e,appId:null}]),...i].map(e=>[JSON.stringify([e.name,e.appId]),e])).values()]),requiredApprovals:Math.max(0,e.refUpdateRule?.requiredApprovingReviewCount??0,...c),methods:(n=e,l={merge:(s=t).mergeCommitAllowed,squash:s.squashMergeAllowed,rebase:s.rebaseMergeAllowed},u=(0,a.Nh)(n.rules),d=n.refUpdateRule?.requiresLinearHistory===!0||u.some(({type:e})=>"REQUIRED_LINEAR_HISTORY"===e),m=u.flatMap(({parameters:e})=>e?.allowedMergeMethods?[e.allowedMergeMethods.map(e=>e.toLowerCase())]:[]),["squash","merge","rebase"].filter(e=>l[e]&&!(d&&"merge"===e)&&m.every(t=>t.includes(e)))),wantsConversationsResolved:e.refUpdateRule?.requiresConversationResolution===!0||p.some(({type:e,parameters:t})=>"REQUIRED_REVIEW_THREAD_RESOLUTION"===e||t?.requiredReviewThreadResolution===!0)}}(p.baseRef,t);return{...(n=p,s=t,{id:n.id,number:n.number,url:n.url,title:n.title,body:n.body,state:"OPEN"===n.state?"open":"MERGED"===n.state?"merged":"closed",draft:n.isDraft,author:(0,a.DQ)(n.author),mergeable:"MERGEABLE"===n.mergeable?"mergeable":"CONFLICTING"===n.mergeable?"conflicting":"unknown",mergeState:n.mergeStateStatus.toLowerCase(),defaultBranch:s.defaultBranchRef?.name??"",base:{branch:n.baseRefName,sha:n.baseRef?.target?.oid??n.baseRefOid},head:{branch:n.headRefName,sha:n.headRefOid,repository:n.headRepository?.nameWithOwner??null,exists:!n.isCrossRepository&&n.headRef?.target!=null,tip:n.headRef?.target?.oid??null,shared:(i=n,l=(0,a.Nh)(s.siblings),(0,a.Nh)(i.headRef?.associatedPullRequests).some(({number:e})=>e!==i.number)||l.some(({number:e,baseRefName:t})=>e!==i.number&&t===i.headRefName))},merge:n.mergeCommit&&null!==n.mergedAt?{sha:n.mergeCommit.oid,at:Date.parse(n.mergedAt)}:null,createdAt:Date.parse(n.createdAt)}),...q,...function({pull:e,reviews:t}){return{approvals:t.nodes.filter(({state:e})=>"APPROVED"===e).length,reviews:(0,a.SA)(e.reviews),changesRequestedBy:t.nodes.filter(({state:e})=>"CHANGES_REQUESTED"===e).map(({author:e})=>(0,a.DQ)(e)),reviewsComplete:t.complete,reviewDecision:null===e.reviewDecision?null:$[e.reviewDecision]}}(r),conversations:{required:v,unresolved:r.threads.nodes.filter(({isResolved:e})=>!e).length,complete:r.threads.complete},mergeBase:w.sha,mergedBy:null===p.mergedBy?null:(0,a.DQ)(p.mergedBy),labels:p.labels?.pageInfo?.hasNextPage||!(0,a.wP)(p.labels)?null:(0,a.Nh)(p.labels).map(({name:e})=>e),commits:c,commitCount:p.commits.totalCount??c.length,files:g.nodes.map(f),fileCount:p.files?.totalCount??g.nodes.length,filesComplete:g.complete||g.nodes.length>=3e3,checks:h.facts,checksComplete:h.complete,runsAwaitingApproval:(0,a.Nh)(b?.checkSuites).filter(({conclusion:e})=>"ACTION_REQUIRED"===e).length,autoMerge:{allowed:t.autoMergeAllowed,armedBy:null===p.autoMergeRequest?null:(0,a.DQ)(p.autoMergeRequest.enabledBy)},queue:{enabled:p.isMergeQueueEnabled,entry:p.mergeQueueEntry&&{by:(0,a.DQ)(p.mergeQueueEntry.enqueuer),position:p.mergeQueueEntry.position,state:p.mergeQueueEntry.state}},deletesBranches:t.deleteBranchOnMerge,ownComments:(0,a.Nh)(p.comments).flatMap(y),commentsComplete:p.comments.pageInfo?.hasPreviousPage===!1,viewer:m,pause:(0,a.wI)(t),siblings:(u=(0,a.Nh)(t.siblings),d=p,u.filter(e=>e.number!==d.number&&e.baseRefName===d.baseRefName&&!e.isCrossRepository).map(({number:e,headRefName:t,isDraft:r,createdAt:n})=>({number:e,branch:t,draft:r,createdAt:Date.parse(n)}))),faqEntry:{head:(0,a.Ms)(R),mergeBase:w.entry},faq:{head:(0,a.wh)(R),base:(0,a.wh)(C),mergeBase:w.faq},faqFlaw:(0,a.e3)(C,e)?.what??w.flaw}}(r,l.repository,{viewer:l.viewer.login,pull:m,commits:h,checks:g,files:w,reviews:C,threads:v,mergeBase:q})}function b(e){return"FORBIDDEN"!==e.type&&(e.path??[]).some(e=>"statusCheckRollup"===e||"checkSuites"===e)}function R(e){return e.includes("pause")?"issues: read":e.includes("statusCheckRollup")?"checks: read, statuses: read":e.includes("checkSuites")?"checks: read":e.includes("pullRequest")?"pull-requests: read":void 0}let $={APPROVED:"approved",CHANGES_REQUESTED:"changes-requested",REVIEW_REQUIRED:"review-required"};function y({url:e,body:t,viewerDidAuthor:r}){let n=/#issuecomment-(\d+)$/.exec(e)?.[1];return r&&void 0!==n?[{id:Number(n),body:t}]:[]}}),5576:((e,t,r)=>{r.d(t,{e0:()=>o,fJ:()=>s,le:()=>i,vv:()=>l,yy:()=>a});var n=r(9215);let a=`query BranchHead($owner: String!, $name: String!, $ref: String!) {
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
${n.a$}`;function l(e){let t=e.map((e,t)=>[...Array(e).keys()].map(e=>`path${t}_${e}`)),r=t.flatMap((e,t)=>[`$oid${t}: GitObjectID!`,...e.map(e=>`$${e}: String!`)]);return`query Entries($owner: String!, $name: String!, ${r.join(", ")}) {
  repository(owner: $owner, name: $name) {
    ${t.map((e,t)=>`commit${t}: object(oid: $oid${t}) { ... on Commit { oid ${e.map((e,t)=>`file${t}: file(path: $${e}) { mode object { ... on Blob { isBinary } } }`).join(" ")} } }`).join("\n    ")}
  }
}`}}),9215:((e,t,r)=>{r.d(t,{Hz:()=>a,JU:()=>u,Jo:()=>d,MY:()=>n,S9:()=>s,Tw:()=>l,a$:()=>i,cJ:()=>o});let n="auto-rollback",a='pause: issues(labels: ["instant-paused"], states: [OPEN], first: 1) { nodes { number url title } }',o=`fragment CommitParts on Commit {
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
  }`,d=u("")}),9158:((e,t,r)=>{r.d(t,{GC:()=>u,MK:()=>l,OR:()=>p,ew:()=>m,rf:()=>c,uC:()=>h,w_:()=>f});var n=r(9215);let a="pageInfo { hasNextPage endCursor } nodes { isResolved }",o="pageInfo { hasNextPage endCursor } nodes { state author { __typename login } }",s="pageInfo { hasNextPage endCursor } nodes { path additions deletions changeType }",i=(0,n.JU)("workflowRun { workflow { databaseId } }"),l=`query Pull($owner: String!, $name: String!, $number: Int!, $faqPath: String!) {
  viewer { login }
  repository(owner: $owner, name: $name) {
    defaultBranchRef { name }
    autoMergeAllowed deleteBranchOnMerge mergeCommitAllowed squashMergeAllowed rebaseMergeAllowed
    ${n.Hz}
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
        target { oid ... on Commit { ${n.Tw} } }
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
      headRef { target { oid ... on Commit { ${n.Tw} } } associatedPullRequests(states: [OPEN], first: 5) { nodes { number } } }
      commits(first: 100) { totalCount pageInfo { hasNextPage endCursor } nodes { commit { ...CommitParts } } }
      firstCommit: commits(first: 1) { nodes { commit { parents(first: 3) { nodes { oid ${n.Tw} } } } } }
      lastCommit: commits(last: 1) { nodes { commit { oid ${n.Tw} statusCheckRollup { contexts(first: 100) { ${i} } } checkSuites(first: 50) { nodes { conclusion } } } } }
      files(first: 100) { totalCount ${s} }
      reviewDecision
      latestOpinionatedReviews(first: 100, writersOnly: true) { ${o} }
      reviews(first: 100) { nodes { submittedAt author { __typename login } } }
      reviewThreads(first: 100) { ${a} }
      comments(last: 100) { pageInfo { hasPreviousPage } nodes { url body viewerDidAuthor } }
      autoMergeRequest { enabledBy { __typename login } }
      isMergeQueueEnabled
      mergeQueueEntry { position state enqueuer { __typename login } }
    }
  }
}
${n.cJ}
${n.a$}`,u=`query PullRange($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      number url body baseRefName baseRefOid headRefOid
      baseRef { target { oid } }
      headRepository { nameWithOwner }
      commits(first: 50) { totalCount nodes { commit { oid parents(first: 3) { nodes { oid } } } } }
    }
  }
}`;function d(e,t){return`query ${e}($owner: String!, $name: String!, $number: Int!, $after: String!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { headRefOid page: ${t} } }
}`}let m=d("MoreFiles",`files(first: 100, after: $after) { ${s} }`),f=d("MoreReviews",`latestOpinionatedReviews(first: 100, after: $after, writersOnly: true) { ${o} }`),p=d("MoreThreads",`reviewThreads(first: 100, after: $after) { ${a} }`),c=`${d("MoreCommits","commits(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { commit { ...CommitParts } } }")}
${n.cJ}`,h=`query MoreChecks($owner: String!, $name: String!, $oid: GitObjectID!, $after: String!) {
  repository(owner: $owner, name: $name) {
    object(oid: $oid) { ... on Commit { statusCheckRollup { contexts(first: 100, after: $after) { ${i} } } } }
  }
}`}),6275:((e,t,r)=>{r.d(t,{DQ:()=>i,Ms:()=>h,NS:()=>R,Nh:()=>o,SA:()=>m,Tw:()=>u,e3:()=>$,hb:()=>v,nE:()=>q,oi:()=>f,pf:()=>C,r0:()=>y,wI:()=>p,wP:()=>s,wh:()=>g});var n=r(7463),a=r(5576);function o(e){return(e?.nodes??[]).filter(e=>null!==e)}function s(e){return e?.nodes?.every(e=>null!==e)===!0}function i(e){return null===e?"ghost":"Bot"!==e.__typename||e.login.endsWith("[bot]")?e.login:`${e.login}[bot]`}let l=/^(?:\d+\+)?([A-Za-z0-9-]+\[bot\])@users\.noreply\./;function u(e){let{signature:t}=e;return{sha:e.oid,message:e.message,author:e.author?.user?.login??l.exec(e.author?.email??"")?.[1]??null,parents:o(e.parents).map(({oid:e})=>e),signature:null===t?"none":t.isValid?"valid":"invalid",signedByGitHub:t?.wasSignedByGitHub===!0&&!function({committer:e}){let t=e?.user?.login;return void 0!==t&&t!==d&&!t.endsWith("[bot]")}(e)}}let d="web-flow";function m(e){return o(e).flatMap(({submittedAt:e,author:t})=>null===e?[]:[{author:i(t),at:Date.parse(e)}])}function f(e){return{number:e.number,url:e.url,title:e.title,body:e.body,state:"OPEN"===e.state?"open":"MERGED"===e.state?"merged":"closed",author:i(e.author),headSha:e.headRefOid,mergeSha:e.mergeCommit?.oid??null,createdAt:Date.parse(e.createdAt),mergedAt:null===e.mergedAt?null:Date.parse(e.mergedAt),commits:o(e.commits).map(({commit:e})=>u(e)),commitCount:e.commits.totalCount??o(e.commits).length}}function p(e){let[t]=o(e.pause);return t??null}function c(e){return"number"==typeof e?.mode?e.mode.toString(8):null}function h(e){let t=c(e);if(null===t)return null;let{text:r,isBinary:n}=e?.object??{};return{mode:t,binary:!!("string"==typeof r&&R(r))||(n??null)}}function g(e){let t=e?.object;return void 0!==b(c(e))||"string"!=typeof t?.text||!1!==t.isTruncated||!1!==t.isBinary||R(t.text)?null:t.text}let w={12e4:"a symbolic link",4e4:"a folder",16e4:"a submodule"};function b(e){return null===e?void 0:w[e]}function R(e){return e.startsWith("version https://git-lfs.github.com/spec/")}function $(e,t){let r=b(c(e));if(void 0!==r)return{what:`\`${t}\` is ${r}, not a file`,cause:"what stands there is another thing than the text that readers see, and would be overwritten",where:t,fix:`Name the file itself in \`faq-path\`, or make \`${t}\` a plain file.`};let n=e?.object;return n&&void 0!==n.isTruncated?"string"==typeof n.text&&R(n.text)?{what:`\`${t}\` is kept in Git LFS, so that its text is not in the repository`,where:t,fix:"Take it out of Git LFS (`git lfs untrack`, then commit it again), or name another file."}:"string"!=typeof n.text||n.isTruncated?{what:`\`${t}\` cannot be read as text`,cause:n.isTruncated?`it is too large (${n.byteSize} bytes): GitHub gives its beginning only`:"it is a binary file, or not in UTF-8",where:t,fix:"Name a text file, or split it."}:null:null}function y(e,t){let r=$(e,t);if(null!==r)throw(0,n.V2)("configuration",r);return e?.object?.isTruncated===void 0?null:e.object.text??null}async function C(e,t,r){return y({object:await v(e,t,r)},r)}async function v(e,t,r){let{repository:n}=await e.graphql({query:a.le,variables:{owner:e.owner,name:e.repo,expression:`${t}:${r}`},doing:`read ${r}`,needs:"contents: read"});return n.object}function q(e,t){return(0,n.V2)("permission",{what:`The repository ${e}/${t} cannot be read`,cause:"the token may not see it",fix:"Give the job `permissions:\n  contents: read`, or pass a token of this repository."})}})};
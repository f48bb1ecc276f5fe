export const id=3721;export const ids=[3721];export const modules={78709:((e,t,r)=>{r.d(t,{$:()=>s});var n=r(75576),a=r(6275);async function s(e,t){let r=t.map(()=>new Map);for(let s of function(e){let t=e.flatMap(({sha:e,paths:t},r)=>t.map(t=>({sha:e,at:r,path:t}))),r=[];for(let e=0;e<t.length;e+=100){let n=Map.groupBy(t.slice(e,e+100),({at:e})=>e);r.push([...n].map(([e,t])=>({at:e,sha:t[0]?.sha??"",paths:t.map(({path:e})=>e)})))}return r}(t)){let t={owner:e.owner,name:e.repo};for(let[e,{sha:r,paths:n}]of s.entries())Object.assign(t,{[`oid${e}`]:r,...Object.fromEntries(n.map((t,r)=>[`path${e}_${r}`,t]))});let{repository:o}=await e.graphql({query:(0,n.vv)(s.map(({paths:e})=>e.length)),variables:t,doing:"read what kind of files a pull request changes",needs:"contents: read"});for(let[e,{at:t,paths:n}]of s.entries())for(let[s,i]of n.entries()){let n=o?.[`commit${e}`]?.[`file${s}`],u="object"==typeof n?(0,a.Ms)(n):null;null!==u&&r[t]?.set(i,u)}}return r}}),23721:((e,t,r)=>{r.r(t),r.d(t,{issues:()=>o});var n=r(91090);let a=`query Comments($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    issueOrPullRequest(number: $number) { ... on Issue { comments(first: 100, after: $after) { ...Own } } ... on PullRequest { comments(first: 100, after: $after) { ...Own } } }
  }
}
fragment Own on IssueCommentConnection { pageInfo { hasNextPage endCursor } nodes { url body viewerDidAuthor } }`;var s=r(6275);function o(e){return{openIssue:t=>l(e,t),addLabels:async(t,r)=>{await e.rest({method:"POST",path:`/issues/${t}/labels`,body:{labels:r},doing:`label #${t}`,needs:"issues: write"})},comment:async(t,r)=>{var n,a,s;let o;await e.rest({method:"POST",path:`/issues/${t}/comments`,body:{body:r},doing:`comment on #${t}`,needs:"issues: write",recover:(n=e,a=t,s=r,o=new Date(n.clock.now()-1e4).toISOString(),async()=>{let{data:e}=await n.rest({method:"GET",path:`/issues/${a}/comments`,query:{since:o,per_page:100},doing:`read the comments of #${a}`,needs:"issues: write"}),t=e.find(e=>e.body===s);return t&&{status:201,data:t}})})},ownComments:(t,r)=>u(e,t,r),editComment:async(t,r)=>{await e.rest({method:"PATCH",path:`/issues/comments/${t}`,body:{body:r},doing:"edit a comment",needs:"pull-requests: write"})},deleteComment:async t=>{await e.rest({method:"DELETE",path:`/issues/comments/${t}`,answers:[404],doing:"delete a comment",needs:"pull-requests: write"})},openIssuesWith:t=>i(e,t),closeIssue:async t=>{await e.rest({method:"PATCH",path:`/issues/${t}`,body:{state:"closed",state_reason:"completed"},doing:`close #${t}`,needs:"issues: write"})}}}async function i(e,t){let{data:r}=await e.rest({method:"GET",path:"/issues",query:{state:"open",labels:t,sort:"created",direction:"asc",per_page:100},doing:`look for issues labelled ${t}`,needs:"issues: write"});return r.filter(({pull_request:e})=>void 0===e).map(({number:e,html_url:t,body:r})=>({number:e,url:t,body:r??""}))}async function u(e,t,r){let o=[],i=null;for(let r=0;r<30;r+=1){let r=await e.graphql({query:a,variables:{owner:e.owner,name:e.repo,number:t,after:i},doing:`read the comments of #${t}`,needs:"pull-requests: write"}),n=r.repository?.issueOrPullRequest?.comments;if(o.push(...(0,s.Nh)(n)),!n?.pageInfo?.hasNextPage)break;i=n.pageInfo.endCursor??null}return o.flatMap(n.w).filter(({body:e})=>e.includes(r))}async function l(e,t){let r=e.clock.now()-1e4,{data:n}=await e.rest({method:"POST",path:"/issues",body:{...t},doing:"open an issue",needs:"issues: write",recover:async()=>{let n=(await e.rest({method:"GET",path:"/issues",query:{state:"all",sort:"created",direction:"desc",per_page:30},doing:"look for the issue",needs:"issues: write"})).data.find(({title:e,created_at:n})=>e===t.title&&Date.parse(n)>=r);return n&&{status:201,data:n}}}),{number:a,html_url:s}=n;return{number:a,url:s}}}),91090:((e,t,r)=>{r.d(t,{w:()=>y,E:()=>w});var n=r(57463),a=r(6275);let s=new Set(["WORKFLOWS","REQUIRED_WORKFLOW_REF","CODE_SCANNING","CODE_QUALITY","REQUIRED_DEPLOYMENTS"]);var o=r(78709);async function i(e,t,r,n){let s=t.baseRef?.target,i=new Set(r.map(({sha:e})=>e)),l=[...new Set(r.flatMap(({parents:e})=>e))].filter(e=>!i.has(e)),d=r.length===(t.commits.totalCount??-1)&&r.length>0,m=(e,t)=>({sha:e,faq:(0,a.wh)(t),flaw:(0,a.e3)(t,n)?.what??null,entry:t?(0,a.Ms)(t):null});if(d&&s&&l.includes(s.oid))return m(s.oid,s.faq);let p=(0,a.Nh)((0,a.Nh)(t.firstCommit)[0]?.commit.parents),c=1===l.length?p.find(({oid:e})=>e===l[0]):void 0;if(d&&c)return m(c.oid,c.faq);let f=await u(e,t);if(null===f)return{sha:f,faq:null,flaw:null,entry:void 0};let[[h],g]=await Promise.all([(0,o.$)(e,[{sha:f,paths:[n]}]),(0,a.hb)(e,f,n)]),w=h?.get(n)??null,b={...null===w?{}:{mode:Number.parseInt(w.mode,8)},object:g};return{sha:f,faq:(0,a.wh)(b),flaw:(0,a.e3)(b,n)?.what??null,entry:w}}async function u(e,t){let{status:r,data:n}=await e.rest({method:"GET",path:`/compare/${t.baseRef?.target?.oid??t.baseRefOid}...${t.headRefOid}`,query:{per_page:1},answers:[404],doing:`compare pull request #${t.number} with its base`,needs:"contents: read"});return 200===r?n.merge_base_commit?.sha??null:null}var l=r(9158);async function d(e,t,r,n,s){let o=[...(0,a.Nh)(r)],i=(0,a.wP)(r),u=r?.pageInfo;for(let r=1;u?.hasNextPage;r+=1){if(r>=30)return{nodes:o,complete:!1};let{repository:l}=await e.graphql({query:n,variables:{owner:e.owner,name:e.repo,number:t.number,after:u.endCursor??""},doing:`list the ${s} of pull request #${t.number}`,needs:"pull-requests: read"}),d=l?.pullRequest;if(!d?.page||d.headRefOid!==t.headRefOid)return{nodes:o,complete:!1};o.push(...(0,a.Nh)(d.page)),i&&=(0,a.wP)(d.page),u=d.page.pageInfo}return{nodes:o,complete:i}}let m={ADDED:"added",CHANGED:"changed",COPIED:"copied",DELETED:"removed",MODIFIED:"modified",RENAMED:"renamed"};function p({path:e,additions:t,deletions:r,changeType:n}){return{path:e,previousPath:null,status:m[n],additions:t,deletions:r}}async function c(e,t,r){let n=(0,a.Nh)(t.lastCommit)[0]?.commit;if(r||n?.oid!==t.headRefOid)return{facts:[],complete:!1};let s=n.statusCheckRollup?.contexts,o=[...(0,a.Nh)(s)],i=void 0===s||(0,a.wP)(s),u=s?.pageInfo;for(let r=1;u?.hasNextPage;r+=1){if(r>=30)return{facts:o.map(g),complete:!1};let{repository:n}=await e.graphql({query:l.uC,variables:{owner:e.owner,name:e.repo,oid:t.headRefOid,after:u.endCursor??""},doing:`list the checks of pull request #${t.number}`,needs:"checks: read, statuses: read",answer:(e,t)=>null!=t&&e.every(f)?t:void 0}),s=n.object?.statusCheckRollup?.contexts;if(!s)return{facts:o.map(g),complete:!1};o.push(...(0,a.Nh)(s)),i&&=(0,a.wP)(s),u=s.pageInfo}return{facts:o.map(g),complete:i}}function f({type:e,path:t}){return"FORBIDDEN"===e&&t?.at(-1)==="workflowRun"}let h={SUCCESS:"success",NEUTRAL:"neutral",SKIPPED:"skipped",ACTION_REQUIRED:"action_required",EXPECTED:"pending",PENDING:"pending"};function g(e){if("StatusContext"===e.__typename){let t=Date.parse(e.createdAt);return{name:e.context,app:null,appId:null,externalId:"",workflow:null,kind:"status",state:h[e.state]??"failure",order:t,at:t,url:e.targetUrl}}let t="COMPLETED"===e.status&&null!==e.conclusion?h[e.conclusion]??"failure":"pending",r=Date.parse(e.completedAt??e.startedAt??"")||0,n=e.checkSuite?.app;return{name:e.name,app:n?.slug??null,appId:n?.databaseId??null,externalId:e.externalId??"",workflow:function({detailsUrl:e,checkSuite:t}){return/\/actions\/runs\/\d+\/job\/\d+/.test(e??"")?t?.workflowRun?.workflow.databaseId??null:null}(e),kind:"check",state:t,order:e.databaseId??r,at:r,url:e.detailsUrl}}async function w(e,t,r){let o=!1,u=await e.graphql({query:l.MK,variables:{owner:e.owner,name:e.repo,number:t,faqPath:r},doing:`read pull request #${t}`,needs:"contents: read, pull-requests: read, checks: read, statuses: read, issues: read",needsAt:$,answer:(e,t)=>{let r=e.filter(e=>!f(e)),n=r.every(b)&&t?.repository!=null;return o=n&&r.length>0,n?t:void 0}});if(null===u.repository)throw(0,a.nE)(e.owner,e.repo);let m=u.repository.pullRequest;if(null===m)throw(0,n.V2)("configuration",{what:`There is no pull request #${t} in ${e.owner}/${e.repo}`,where:"pr-number",fix:"Correct `pr-number`."});let h=(await d(e,m,m.commits,l.rf,"commits")).nodes.map(({commit:e})=>(0,a.Tw)(e)),[g,w,C,q,v]=await Promise.all([c(e,m,o),d(e,m,m.files,l.ew,"files"),d(e,m,m.latestOpinionatedReviews,l.w_,"reviews"),d(e,m,m.reviewThreads,l.OR,"conversations"),i(e,m,h,r)]);return function(e,t,r){var n,o,i,u,l,d;let{viewer:m,pull:c,commits:f,checks:h,files:g,mergeBase:w}=r,b=(0,a.Nh)(c.lastCommit).find(({commit:e})=>e.oid===c.headRefOid)?.commit,$=b?.faq??c.headRef?.target?.faq,C=c.baseRef?.target?.faq,{wantsConversationsResolved:q,...v}=function(e,t){var r,n,o;let i,u,l,d,m,p=null===e?"base-gone":e.rules?.pageInfo?.hasNextPage?"too-many":!function({rules:e,refUpdateRule:t}){return(0,a.wP)(e)&&!(t?.requiredStatusCheckContexts??[]).includes(null)}(e)?"not-shown":null;if(null===e||null!==p)return{rulesUnread:p,otherRules:[],requiredChecks:null,requiredApprovals:null,methods:null,wantsConversationsResolved:null};let c=(0,a.Nh)(e.rules),f=c.map(({parameters:e})=>e?.requiredApprovingReviewCount??0);return{rulesUnread:p,otherRules:[...new Set(c.map(({type:e})=>e).filter(e=>s.has(e)))],requiredChecks:(r=e,i=(0,a.Nh)(r.rules).flatMap(({parameters:e})=>e?.requiredStatusChecks?.map(({context:e,integrationId:t})=>({name:e,appId:t}))??[]),[...new Map([...(r.refUpdateRule?.requiredStatusCheckContexts??[]).flatMap(e=>null===e||i.some(t=>t.name===e)?[]:[{name:e,appId:null}]),...i].map(e=>[JSON.stringify([e.name,e.appId]),e])).values()]),requiredApprovals:Math.max(0,e.refUpdateRule?.requiredApprovingReviewCount??0,...f),methods:(n=e,u={merge:(o=t).mergeCommitAllowed,squash:o.squashMergeAllowed,rebase:o.rebaseMergeAllowed},l=(0,a.Nh)(n.rules),d=n.refUpdateRule?.requiresLinearHistory===!0||l.some(({type:e})=>"REQUIRED_LINEAR_HISTORY"===e),m=l.flatMap(({parameters:e})=>e?.allowedMergeMethods?[e.allowedMergeMethods.map(e=>e.toLowerCase())]:[]),["squash","merge","rebase"].filter(e=>u[e]&&!(d&&"merge"===e)&&m.every(t=>t.includes(e)))),wantsConversationsResolved:e.refUpdateRule?.requiresConversationResolution===!0||c.some(({type:e,parameters:t})=>"REQUIRED_REVIEW_THREAD_RESOLUTION"===e||t?.requiredReviewThreadResolution===!0)}}(c.baseRef,t);return{...(n=c,o=t,{id:n.id,number:n.number,url:n.url,title:n.title,body:n.body,state:"OPEN"===n.state?"open":"MERGED"===n.state?"merged":"closed",draft:n.isDraft,author:(0,a.DQ)(n.author),mergeable:"MERGEABLE"===n.mergeable?"mergeable":"CONFLICTING"===n.mergeable?"conflicting":"unknown",mergeState:n.mergeStateStatus.toLowerCase(),defaultBranch:o.defaultBranchRef?.name??"",base:{branch:n.baseRefName,sha:n.baseRef?.target?.oid??n.baseRefOid},head:{branch:n.headRefName,sha:n.headRefOid,repository:n.headRepository?.nameWithOwner??null,exists:!n.isCrossRepository&&n.headRef?.target!=null,tip:n.headRef?.target?.oid??null,shared:(i=n,u=(0,a.Nh)(o.siblings),(0,a.Nh)(i.headRef?.associatedPullRequests).some(({number:e})=>e!==i.number)||u.some(({number:e,baseRefName:t})=>e!==i.number&&t===i.headRefName))},merge:n.mergeCommit&&null!==n.mergedAt?{sha:n.mergeCommit.oid,at:Date.parse(n.mergedAt)}:null,createdAt:Date.parse(n.createdAt)}),...v,...function({pull:e,reviews:t}){return{approvals:t.nodes.filter(({state:e})=>"APPROVED"===e).length,reviews:(0,a.SA)(e.reviews),changesRequestedBy:t.nodes.filter(({state:e})=>"CHANGES_REQUESTED"===e).map(({author:e})=>(0,a.DQ)(e)),reviewsComplete:t.complete,reviewDecision:null===e.reviewDecision?null:R[e.reviewDecision]}}(r),conversations:{required:q,unresolved:r.threads.nodes.filter(({isResolved:e})=>!e).length,complete:r.threads.complete},mergeBase:w.sha,mergedBy:null===c.mergedBy?null:(0,a.DQ)(c.mergedBy),labels:c.labels?.pageInfo?.hasNextPage||!(0,a.wP)(c.labels)?null:(0,a.Nh)(c.labels).map(({name:e})=>e),commits:f,commitCount:c.commits.totalCount??f.length,files:g.nodes.map(p),fileCount:c.files?.totalCount??g.nodes.length,filesComplete:g.complete||g.nodes.length>=3e3,checks:h.facts,checksComplete:h.complete,runsAwaitingApproval:(0,a.Nh)(b?.checkSuites).filter(({conclusion:e})=>"ACTION_REQUIRED"===e).length,autoMerge:{allowed:t.autoMergeAllowed,armedBy:null===c.autoMergeRequest?null:(0,a.DQ)(c.autoMergeRequest.enabledBy)},queue:{enabled:c.isMergeQueueEnabled,entry:c.mergeQueueEntry&&{by:(0,a.DQ)(c.mergeQueueEntry.enqueuer),position:c.mergeQueueEntry.position,state:c.mergeQueueEntry.state}},deletesBranches:t.deleteBranchOnMerge,ownComments:(0,a.Nh)(c.comments).flatMap(y),commentsComplete:c.comments.pageInfo?.hasPreviousPage===!1,viewer:m,pause:(0,a.wI)(t),siblings:(l=(0,a.Nh)(t.siblings),d=c,l.filter(e=>e.number!==d.number&&e.baseRefName===d.baseRefName&&!e.isCrossRepository).map(({number:e,headRefName:t,isDraft:r,createdAt:n})=>({number:e,branch:t,draft:r,createdAt:Date.parse(n)}))),faqEntry:{head:(0,a.Ms)($),mergeBase:w.entry},faq:{head:(0,a.wh)($),base:(0,a.wh)(C),mergeBase:w.faq},faqFlaw:(0,a.e3)(C,e)?.what??w.flaw}}(r,u.repository,{viewer:u.viewer.login,pull:m,commits:h,checks:g,files:w,reviews:C,threads:q,mergeBase:v})}function b(e){return"FORBIDDEN"!==e.type&&(e.path??[]).some(e=>"statusCheckRollup"===e||"checkSuites"===e)}function $(e){return e.includes("pause")?"issues: read":e.includes("statusCheckRollup")?"checks: read, statuses: read":e.includes("checkSuites")?"checks: read":e.includes("pullRequest")?"pull-requests: read":void 0}let R={APPROVED:"approved",CHANGES_REQUESTED:"changes-requested",REVIEW_REQUIRED:"review-required"};function y({url:e,body:t,viewerDidAuthor:r}){let n=/#issuecomment-(\d+)$/.exec(e)?.[1];return r&&void 0!==n?[{id:Number(n),body:t}]:[]}}),75576:((e,t,r)=>{r.d(t,{e0:()=>s,fJ:()=>o,le:()=>i,vv:()=>u,yy:()=>a});var n=r(49215);let a=`query BranchHead($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $ref) { target { oid ... on Commit { message parents(first: 5) { nodes { oid } } } } }
  }
}`,s=`mutation CommitFiles($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`,o=`mutation CreateAndCommit($ref: CreateRefInput!, $input: CreateCommitOnBranchInput!) {
  createRef(input: $ref) { ref { name } }
  createCommitOnBranch(input: $input) { commit { oid } }
}`,i=`query FileAt($owner: String!, $name: String!, $expression: String!) {
  repository(owner: $owner, name: $name) { object(expression: $expression) { __typename ...Text } }
}
${n.a$}`;function u(e){let t=e.map((e,t)=>[...Array(e).keys()].map(e=>`path${t}_${e}`)),r=t.flatMap((e,t)=>[`$oid${t}: GitObjectID!`,...e.map(e=>`$${e}: String!`)]);return`query Entries($owner: String!, $name: String!, ${r.join(", ")}) {
  repository(owner: $owner, name: $name) {
    ${t.map((e,t)=>`commit${t}: object(oid: $oid${t}) { ... on Commit { oid ${e.map((e,t)=>`file${t}: file(path: $${e}) { mode object { ... on Blob { isBinary } } }`).join(" ")} } }`).join("\n    ")}
  }
}`}}),49215:((e,t,r)=>{r.d(t,{Hz:()=>a,JU:()=>l,Jo:()=>d,MY:()=>n,S9:()=>o,Tw:()=>u,a$:()=>i,cJ:()=>s});let n="auto-rollback",a='pause: issues(labels: ["instant-paused"], states: [OPEN], first: 1) { nodes { number url title } }',s=`fragment CommitParts on Commit {
  oid
  message
  author { name email user { login } }
  committer { user { login } }
  parents(first: 5) { nodes { oid } }
  signature { isValid wasSignedByGitHub }
}`,o=`fragment PullParts on PullRequest {
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
}`,i="fragment Text on Blob { text isBinary isTruncated byteSize }",u="faq: file(path: $faqPath) { mode object { ...Text } }",l=e=>`pageInfo { hasNextPage endCursor }
  nodes {
    __typename
    ... on CheckRun { databaseId name status conclusion startedAt completedAt detailsUrl externalId checkSuite { app { slug databaseId } ${e} } }
    ... on StatusContext { context state createdAt targetUrl }
  }`,d=l("")}),9158:((e,t,r)=>{r.d(t,{AQ:()=>g,BU:()=>$,D3:()=>b,GC:()=>l,MK:()=>u,OR:()=>c,cR:()=>w,ew:()=>m,rf:()=>f,u8:()=>h,uC:()=>R,w_:()=>p});var n=r(49215);let a="pageInfo { hasNextPage endCursor } nodes { isResolved }",s="pageInfo { hasNextPage endCursor } nodes { state author { __typename login } }",o="pageInfo { hasNextPage endCursor } nodes { path additions deletions changeType }",i=(0,n.JU)("workflowRun { workflow { databaseId } }"),u=`query Pull($owner: String!, $name: String!, $number: Int!, $faqPath: String!) {
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
      files(first: 100) { totalCount ${o} }
      reviewDecision
      latestOpinionatedReviews(first: 100, writersOnly: true) { ${s} }
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
${n.a$}`,l=`query PullRange($owner: String!, $name: String!, $number: Int!) {
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
}`}let m=d("MoreFiles",`files(first: 100, after: $after) { ${o} }`),p=d("MoreReviews",`latestOpinionatedReviews(first: 100, after: $after, writersOnly: true) { ${s} }`),c=d("MoreThreads",`reviewThreads(first: 100, after: $after) { ${a} }`),f=`${d("MoreCommits","commits(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { commit { ...CommitParts } } }")}
${n.cJ}`,h=`query PullState($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { state headRefOid autoMergeRequest { enabledBy { login } } mergeQueueEntry { id } } }
}`,g=`mutation ArmAutoMerge($input: EnablePullRequestAutoMergeInput!) {
  enablePullRequestAutoMerge(input: $input) { pullRequest { number } }
}`,w=`mutation DisarmAutoMerge($input: DisablePullRequestAutoMergeInput!) {
  disablePullRequestAutoMerge(input: $input) { pullRequest { number } }
}`,b=`mutation Enqueue($input: EnqueuePullRequestInput!) {
  enqueuePullRequest(input: $input) { mergeQueueEntry { position } }
}`,$=`mutation Dequeue($input: DequeuePullRequestInput!) {
  dequeuePullRequest(input: $input) { mergeQueueEntry { position } }
}`,R=`query MoreChecks($owner: String!, $name: String!, $oid: GitObjectID!, $after: String!) {
  repository(owner: $owner, name: $name) {
    object(oid: $oid) { ... on Commit { statusCheckRollup { contexts(first: 100, after: $after) { ${i} } } } }
  }
}`}),6275:((e,t,r)=>{r.d(t,{DQ:()=>i,Ms:()=>h,NS:()=>$,Nh:()=>s,SA:()=>m,Tw:()=>l,e3:()=>R,hb:()=>q,nE:()=>v,oi:()=>p,pf:()=>C,r0:()=>y,wI:()=>c,wP:()=>o,wh:()=>g});var n=r(57463),a=r(75576);function s(e){return(e?.nodes??[]).filter(e=>null!==e)}function o(e){return e?.nodes?.every(e=>null!==e)===!0}function i(e){return null===e?"ghost":"Bot"!==e.__typename||e.login.endsWith("[bot]")?e.login:`${e.login}[bot]`}let u=/^(?:\d+\+)?([A-Za-z0-9-]+\[bot\])@users\.noreply\./;function l(e){let{signature:t}=e;return{sha:e.oid,message:e.message,author:e.author?.user?.login??u.exec(e.author?.email??"")?.[1]??null,parents:s(e.parents).map(({oid:e})=>e),signature:null===t?"none":t.isValid?"valid":"invalid",signedByGitHub:t?.wasSignedByGitHub===!0&&!function({committer:e}){let t=e?.user?.login;return void 0!==t&&t!==d&&!t.endsWith("[bot]")}(e)}}let d="web-flow";function m(e){return s(e).flatMap(({submittedAt:e,author:t})=>null===e?[]:[{author:i(t),at:Date.parse(e)}])}function p(e){return{number:e.number,url:e.url,title:e.title,body:e.body,state:"OPEN"===e.state?"open":"MERGED"===e.state?"merged":"closed",author:i(e.author),headSha:e.headRefOid,mergeSha:e.mergeCommit?.oid??null,createdAt:Date.parse(e.createdAt),mergedAt:null===e.mergedAt?null:Date.parse(e.mergedAt),commits:s(e.commits).map(({commit:e})=>l(e)),commitCount:e.commits.totalCount??s(e.commits).length}}function c(e){let[t]=s(e.pause);return t??null}function f(e){return"number"==typeof e?.mode?e.mode.toString(8):null}function h(e){let t=f(e);if(null===t)return null;let{text:r,isBinary:n}=e?.object??{};return{mode:t,binary:!!("string"==typeof r&&$(r))||(n??null)}}function g(e){let t=e?.object;return void 0!==b(f(e))||"string"!=typeof t?.text||!1!==t.isTruncated||!1!==t.isBinary||$(t.text)?null:t.text}let w={12e4:"a symbolic link",4e4:"a folder",16e4:"a submodule"};function b(e){return null===e?void 0:w[e]}function $(e){return e.startsWith("version https://git-lfs.github.com/spec/")}function R(e,t){let r=b(f(e));if(void 0!==r)return{what:`\`${t}\` is ${r}, not a file`,cause:"what stands there is another thing than the text that readers see, and would be overwritten",where:t,fix:`Name the file itself in \`faq-path\`, or make \`${t}\` a plain file.`};let n=e?.object;return n&&void 0!==n.isTruncated?"string"==typeof n.text&&$(n.text)?{what:`\`${t}\` is kept in Git LFS, so that its text is not in the repository`,where:t,fix:"Take it out of Git LFS (`git lfs untrack`, then commit it again), or name another file."}:"string"!=typeof n.text||n.isTruncated?{what:`\`${t}\` cannot be read as text`,cause:n.isTruncated?`it is too large (${n.byteSize} bytes): GitHub gives its beginning only`:"it is a binary file, or not in UTF-8",where:t,fix:"Name a text file, or split it."}:null:null}function y(e,t){let r=R(e,t);if(null!==r)throw(0,n.V2)("configuration",r);return e?.object?.isTruncated===void 0?null:e.object.text??null}async function C(e,t,r){return y({object:await q(e,t,r)},r)}async function q(e,t,r){let{repository:n}=await e.graphql({query:a.le,variables:{owner:e.owner,name:e.repo,expression:`${t}:${r}`},doing:`read ${r}`,needs:"contents: read"});return n.object}function v(e,t){return(0,n.V2)("permission",{what:`The repository ${e}/${t} cannot be read`,cause:"the token may not see it",fix:"Give the job `permissions:\n  contents: read`, or pass a token of this repository."})}})};
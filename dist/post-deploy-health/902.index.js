export const id=902;export const ids=[902];export const modules={3749:((e,t)=>{let n=new Map([...["auth","exec","hello","info","multi","quit","select"].map(e=>[e,"loading"]),...["exists","get","hget","hgetall","hkeys","hmget","hvals","keys","mget","scan","smembers","ttl","zcard","zrange","zrangebyscore","zrevrange","zscore"].map(e=>[e,"readonly"]),...["client","decr","del","eval","evalsha","expire","hdel","hincrby","hset","incr","incrby","ping","pexpire","sadd","script","set","srem","zadd","zincrby","zrem","zremrangebyscore"].map(e=>[e,""])]),r=(e,t)=>t?String(e).toLowerCase():e;t.list=[...n.keys()],t.exists=(e,t)=>n.has(r(e,t?.caseInsensitive)),t.hasFlag=(e,t,a)=>n.get(r(e,a?.nameCaseInsensitive))===t,t.getKeyIndexes=e=>{throw Error(`Where the keys of ${e} stand is not known here: key prefixes and clusters are not served`)}}),9824:((e,t,n)=>{n.d(t,{H:()=>r});function r(e){if(void 0===e||""===e)return null;let t=/^\d+(\.\d+)?$/.test(e)?1e3*Number(e):Date.parse(e);return Number.isFinite(t)?t:null}}),4842:((e,t,n)=>{n.r(t),n.d(t,{TIMEOUT_MS:()=>C,openRedis:()=>P});var r=n(7796),a=n(7463),s=n(2490),i=n(1020),o=n(9824);function l(e){let{task_id:t,status:n,phase:r}=e;if(void 0===t||void 0===n||void 0===r)return null;let a=t=>e[t]??null;return{taskId:t,repository:a("repository"),questionHash:a("question_hash"),jobId:a("job_id"),kind:e.kind??"faq",question:a("question"),status:n,phase:r,prUrl:a("pr_url"),state:a("state"),errorType:a("error_type"),errorMsg:a("error_msg"),workerInstance:a("worker_instance"),workerVersion:a("worker_version"),claimedAt:(0,o.H)(e.claimed_at),createdAt:(0,o.H)(e.created_at)??0,startedAt:(0,o.H)(e.started_at),mergedAt:(0,o.H)(e.merged_at),finishedAt:(0,o.H)(e.finished_at),updatedAt:(0,o.H)(e.updated_at)??0,humanInterventionCount:u(e.human_intervention_count)}}function d(e,t){let n=(0,o.H)(t.last_heartbeat);return null===n?null:{id:e,kind:"runner"===t.kind?"runner":"worker",status:"running"===t.status?"running":"idle",at:n,currentTaskId:t.current_task_id||null,appVersion:t.app_version||null,tasksCompleted:u(t.tasks_completed)??0,uptimeSeconds:u(t.uptime_seconds)??0}}function c(e){return null===e?null:new Date(e).toISOString()}function u(e){let t=void 0===e||""===e?0/0:Number(e);return Number.isFinite(t)?t:null}function h(e){return Object.fromEntries(Object.entries(e).flatMap(([e,t])=>null===t?[]:[[e,String(t)]]))}let f=`
local function replace(key, first, ...)
  local keep = {}
  local fields = {...}
  for index = first, #ARGV do fields[#fields + 1] = ARGV[index] end
  redis.call('HSET', key, unpack(fields))
  for index = 1, #fields, 2 do keep[fields[index]] = true end
  for _, name in ipairs(redis.call('HKEYS', key)) do
    if not keep[name] then redis.call('HDEL', key, name) end
  end
end`,m=`
local function keep(key, seconds)
  if redis.call('TTL', key) < tonumber(seconds) then redis.call('EXPIRE', key, seconds) end
end`,k=`${m}
keep(ARGV[1], ARGV[2])`,p=`${m}
for index = 3, #ARGV do
  redis.call('SADD', ARGV[1], ARGV[index])
  keep('agent:task:' .. ARGV[index], ARGV[2])
  keep('agent:task:' .. ARGV[index] .. ':events', ARGV[2])
end`,w=`
local function take(key)
  local owner = redis.call('GET', key)
  if not owner or owner == ARGV[5] then
    redis.call('SET', key, ARGV[3], 'EX', ARGV[4])
    redis.call('SET', key .. ':repository', ARGV[2], 'EX', ARGV[4])
    return ARGV[3]
  end
  if owner == ARGV[3] then
    redis.call('EXPIRE', key, ARGV[4])
    redis.call('EXPIRE', key .. ':repository', ARGV[4])
  end
  return owner
end
local key = 'agent:faq:hash:' .. ARGV[1]
local holder = redis.call('GET', key .. ':repository')
if redis.call('EXISTS', key) == 1 and holder and holder ~= ARGV[2] then
  key = key .. ':' .. ARGV[2]
end
return take(key)`,A=`${f}${m}
local task = 'agent:task:' .. ARGV[1]
local revision = redis.call('HGET', task, 'revision') or '0'
if revision ~= ARGV[2] then return 0 end
replace(task, 10, 'revision', tostring(tonumber(revision) + 1))
keep(task, ARGV[3])
redis.call('ZADD', 'agent:tasks:updated', ARGV[4], ARGV[1])
redis.call('ZREMRANGEBYSCORE', 'agent:tasks:updated', '-inf', redis.call('TIME')[1] * 1000 - 86400000)
if ARGV[5] == '' then return 1 end
local function count(whose)
  local counted = 'agent:metrics:counted:' .. ARGV[1] .. whose
  local now = ARGV[5] .. ':' .. ARGV[6]
  local before = redis.call('GET', counted)
  if before ~= now then
    if before then
      redis.call('DECR', 'agent:metrics:' .. before .. whose)
      redis.call('ZREM', 'agent:metrics:tte:' .. string.sub(before, -8) .. whose, ARGV[1])
    end
    redis.call('INCR', 'agent:metrics:' .. now .. whose)
  end
  redis.call('SET', counted, now, 'EX', ARGV[8])
  redis.call('EXPIRE', 'agent:metrics:' .. now .. whose, ARGV[8])
  if ARGV[5] == 'success' and ARGV[7] ~= '' then
    redis.call('ZADD', 'agent:metrics:tte:' .. ARGV[6] .. whose, ARGV[7], ARGV[1])
    redis.call('EXPIRE', 'agent:metrics:tte:' .. ARGV[6] .. whose, ARGV[8])
  end
end
count('')
if ARGV[9] ~= '' then count(':' .. ARGV[9]) end
return 1`,g=`
local function server()
  local info = redis.pcall('INFO', 'server')
  return type(info) == 'string' and string.match(info, 'run_id:(%w+)') or ''
end
local key = 'agent:ledger:look:' .. ARGV[1]`,y=`${g}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', key, 'begun', 'begun_at_server', 'until', 'until_server')
local self = server()
if ARGV[3] ~= '1' then
  if known[1] and known[2] == self and now - known[1] < tonumber(ARGV[5]) then return nil end
  local silent = 0
  for _, id in ipairs(redis.call('SMEMBERS', ARGV[2])) do
    local at = tonumber(redis.call('HGET', 'worker:heartbeat:' .. id, 'at_ms') or '')
    if not at then redis.call('SREM', ARGV[2], id) end
    if at and now - at > tonumber(ARGV[7]) then silent = math.max(silent, at + ARGV[7]) end
  end
  if known[3] and known[4] == self and now - known[3] < tonumber(ARGV[6]) and tonumber(known[3]) > silent then return nil end
end
redis.call('HSET', key, 'begun', now, 'begun_at_server', self)
redis.call('EXPIRE', key, ARGV[4])
return known[3] or ''`,R=`${g}
redis.call('HSET', key, 'until', ARGV[2], 'until_server', server())`,G=`${f}
local key = 'worker:heartbeat:' .. ARGV[1]
local known = tonumber(redis.call('HGET', key, 'at_ms') or '0')
if known > tonumber(ARGV[2]) then return 0 end
replace(key, 5, 'at_ms', ARGV[2])
redis.call('EXPIRE', key, ARGV[3])
if ARGV[4] ~= '' then redis.call('SADD', ARGV[4], ARGV[1]) end
return 1`,v=`
local key = 'agent:alert:' .. ARGV[1] .. ':' .. ARGV[2]
local known = redis.call('HGET', key, 'revision') or ''
if known ~= ARGV[3] then return 0 end
redis.call('HSET', key, 'revision', ARGV[4], 'text', ARGV[5])
redis.call('EXPIRE', key, ARGV[6])
return 1`;function V(e){return`agent:ledger:missed:${e}`}async function b(e,{tasks:t,events:n}){await Promise.all([...t.map(t=>_(e,t)),E(e,n)])}async function E(e,t){let n=e.pipeline();for(let[e,r]of Map.groupBy(t,e=>e.taskId))n.hset(`agent:task:${e}:events`,...r.flatMap(e=>[e.eventId,JSON.stringify(e)])),n.eval(k,0,`agent:task:${e}:events`,3600);for(let[e]of await n.exec()??[])if(e)throw e}async function _(e,t){for(let n=0;n<64;n+=1){let n=await e.hgetall(`agent:task:${t.taskId}`),r=l(n),a=null===r?t:(0,i.Vw)(r,t);if(1===await e.eval(A,0,t.taskId,n.revision??"0",3600,a.updatedAt,...function(e){let t=(0,i.sG)(e);return null===t?["","",""]:[t,new Date(e.finishedAt??e.updatedAt).toISOString().slice(0,10).replaceAll("-",""),String((0,i.BK)(e)??"")]}(a),3456e3,a.repository??"",...Object.entries(h({task_id:a.taskId,trace_id:a.taskId,repository:a.repository,question_hash:a.questionHash,job_id:a.jobId,kind:a.kind,question:a.question,status:a.status,phase:a.phase,pr_url:a.prUrl,state:a.state,error_type:a.errorType,error_msg:a.errorMsg,worker_instance:a.workerInstance,worker_version:a.workerVersion,claimed_at:c(a.claimedAt),created_at:c(a.createdAt),started_at:c(a.startedAt),merged_at:c(a.mergedAt),finished_at:c(a.finishedAt),updated_at:c(a.updatedAt),tte_ms:(0,i.BK)(a),human_intervention_count:a.humanInterventionCount})).flat()))return}throw(0,a.V2)("service",{what:`Redis: others kept writing task ${t.taskId} 64 times in a row`,fix:"Nothing, if this happens once; otherwise look for jobs that work on the same question in a loop."})}async function I(e,t){let[n,r]=await Promise.all([e.hgetall(`agent:task:${t}`),e.hvals(`agent:task:${t}:events`)]),a=l(n);return null===a?null:{task:a,events:r.map(e=>JSON.parse(e)).sort((e,t)=>e.at-t.at||(e.eventId<t.eventId?-1:1))}}async function S(e,{repository:t,force:n,leaseMs:r,everyMs:a,staleMs:s}){let i=await e.eval(y,0,t,x,n?"1":"0",3456e3,r,a,s);return null===i?null:{since:""===i?null:Number(i)}}async function T(e,{since:t,limit:n,only:r}){let a=await e.zrangebyscore("agent:tasks:updated",t,"+inf"),s=[];for(let t=a.length;t>0&&s.length<n;t-=100){let n=await Promise.all(a.slice(Math.max(0,t-100),t).reverse().map(t=>e.hgetall(`agent:task:${t}`)));s.push(...n.map(l).filter(e=>null!==e).filter(e=>(0,i.FB)(e,r)))}return s.slice(0,n)}async function M(e,t,n){let r=void 0===n?t:`${t}:${n}`,[a,s,i]=await Promise.all([e.get(`agent:metrics:success:${r}`),e.get(`agent:metrics:failure:${r}`),e.zrange(`agent:metrics:tte:${r}`,"0","-1","WITHSCORES")]);return{day:t,success:Number(a??0),failure:Number(s??0),tteMs:i.filter((e,t)=>t%2==1).map(Number)}}let x="agent:runners";async function O(e){let t=await e.smembers(x),n=await Promise.all(t.map(async t=>d(t,await e.hgetall(`worker:heartbeat:${t}`)))),r=t.filter((e,t)=>null===n[t]);return r.length>0&&await e.srem(x,...r),n.filter(e=>null!==e).sort((e,t)=>e.id<t.id?-1:1)}let $=500;async function N(e,t,n){let r=[],a=performance.now()+n,s="0";for(;;){if(performance.now()>a)return null;let[n,i]=await e.scan(s,"MATCH","worker:heartbeat:*","COUNT",1e3),o=await Promise.all(i.map(async t=>d(t.slice(17),await e.hgetall(t))));if(r.push(...o.filter(e=>null!==e).filter(e=>void 0===t||e.kind===t)),"0"===(s=n))break}return[...new Map(r.map(e=>[e.id,e])).values()].sort((e,t)=>e.id<t.id?-1:1)}async function H(e,t,n){return new Map((await Promise.all(n.map(async n=>[n,await e.hmget(`agent:alert:${t}:${n}`,"revision","text")]))).flatMap(([e,[t,n]])=>null==t||null==n?[]:[[e,{revision:Number(t),text:n}]]))}let C=2e3;async function P(e){var t,n;let s,i=function(e){if(!/^rediss?:\/\//.test(e)||!URL.canParse(e))throw(0,a.V2)("configuration",{what:"The address of Redis is not one: it has to begin with redis:// or rediss:// and to be readable as a URL",where:"redis-url",fix:"Give it as `redis://user:password@host:6379/0`, with special characters of the password percent-encoded."});return new r.Redis(e,{lazyConnect:!0,connectTimeout:C,commandTimeout:C,maxRetriesPerRequest:0,retryStrategy:()=>null,disconnectTimeout:100,enableReadyCheck:!1,connectionName:"instant",disableClientInfo:!0})}(e);i.on("error",e=>s=e);try{await i.connect()}catch(t){throw i.disconnect(),q(s??t,e)}return t={name:"redis",claim:async({questionHash:e,repository:t,taskId:n,instead:r})=>String(await i.eval(w,0,e,t,n,3600,r??"")),write:e=>b(i,e),read:e=>I(i,e),readMany:async e=>new Map((await Promise.all(e.map(e=>I(i,e)))).flatMap(e=>null===e?[]:[[e.task.taskId,e]])),list:(e,t,n)=>T(i,{since:e,limit:t,only:n}),tally:(e,t)=>M(i,e,t),finished:async()=>null,beat:async e=>{await i.eval(G,0,e.id,e.at,300,"runner"===e.kind?x:"",...Object.entries(h({last_heartbeat:c(e.at),status:e.status,current_task_id:e.currentTaskId,app_version:e.appVersion,tasks_completed:e.tasksCompleted,uptime_seconds:e.uptimeSeconds,kind:e.kind})).flat())},endBeat:async e=>void await i.del(`worker:heartbeat:${e}`),heartbeats:(e,t=$)=>"runner"===e?O(i):N(i,e,t),readMissed:e=>i.smembers(V(e)),noteMissed:async(e,t)=>void(t.length>0&&await i.eval(p,0,V(e),604800,...t)),clearMissed:async(e,t)=>void(t.length>0&&await i.srem(V(e),...t)),readAlerts:(e,t)=>H(i,e,t),writeAlert:async(e,t,{revision:n,text:r},a)=>await i.eval(v,0,e,t,a??"",n,r,3456e3)===1,beginLook:e=>S(i,e),endLook:async(e,t)=>void await i.eval(R,0,e,t),close:async()=>i.disconnect()},n=e,Object.fromEntries(Object.entries(t).map(([e,t])=>[e,"function"==typeof t?async(...e)=>{try{return await t(...e)}catch(e){throw q(e,n)}}:t]))}let D=[[/WRONGPASS|invalid password|invalid username-password/i,"refused the password","Correct user and password in `redis-url`."],[/NOAUTH/,"asks for a password","Put it into `redis-url`: `redis://:password@host:6379`."],[/NOPERM/,"does not let this user run what INSTANT needs","Allow it the commands of hashes, sorted sets, sets, strings and scripts on `agent:*` and `worker:*`."],[/OOM /,"is full","Raise its maxmemory, or choose an eviction policy."],[/READONLY/,"is a read-only replica","Point `redis-url` at the primary."],[/MISCONF/,"cannot save to its disk and takes no writes","See its log; usually the disk is full."],[/LOADING/,"is still loading its data","Wait until it is up."],[/CLUSTER|MOVED |CROSSSLOT/,"is a cluster, which is not served","Use a Redis that is no cluster."],[/ECONNREFUSED/,"does not listen at that address","Start it, or correct host and port in `redis-url`."],[/ENOTFOUND|EAI_AGAIN/,"has a host name that could not be looked up","Correct the host in `redis-url`."],[/timed out|timeout|ETIMEDOUT/i,"did not answer within 2 s","See whether it runs and can be reached from the runners."],[/closed|ECONNRESET|EPIPE|ended/i,"closed the connection","See its log."]];function q(e,t){if(e instanceof a._K)return e;let n=`${(0,a.bD)(e)} ${String(e.code??"")}`,[,r,i]=D.find(([e])=>e.test(n))??[null,`answered: ${(0,s.c)((0,a.bD)(e),t)}`,"See its log."];return(0,a.V2)("service",{what:`Redis ${r}`,where:"redis-url",fix:i})}}),2490:((e,t,n)=>{function r(e,t){let n=/^[^:]+:\/\/[^:@/]*:([^@]*)@/.exec(t)?.[1]??"";return[t,n,function(e){try{return decodeURIComponent(e)}catch{return e}}(n)].filter(e=>""!==e).reduce((e,t)=>e.replaceAll(t,"***"),e)}n.d(t,{c:()=>r})}),1020:((e,t,n)=>{n.d(t,{FB:()=>a,Vw:()=>o,sG:()=>d,BK:()=>l});let r=["generating","timeout","blocked","pr_open","ci_failed","handed_over","merged","deployed","verified","rolled_back"];function a({repository:e,phase:t},n){return void 0===n||e===n.repository&&t===n.phase}let s={queued:0,running:1,error:2,done:3};function i({status:e,phase:t}){return 100*("done"===e||"error"===e)+4*r.indexOf(t)+s[e]}function o(e,t){var n,r,a,s,o,l;let d,h,f=(n=e,r=t,0!=(d=i(n)-i(r))?d<0:n.finishedAt!==r.finishedAt?(n.finishedAt??1/0)>(r.finishedAt??1/0):`${n.errorType}
${n.errorMsg}`<`${r.errorType}
${r.errorMsg}`)?t:e;return{taskId:f.taskId,repository:c(e.repository,t.repository),questionHash:c(e.questionHash,t.questionHash),jobId:c(e.jobId,t.jobId),kind:c(e.kind,t.kind)??f.kind,question:c(e.question,t.question),status:f.status,phase:f.phase,prUrl:c(e.prUrl,t.prUrl),state:(a=e.state,s=t.state,(h=[null,"open","closed","merged"]).indexOf(a)>=h.indexOf(s)?a:s),errorType:f.errorType,errorMsg:f.errorMsg,workerInstance:c(e.workerInstance,t.workerInstance),workerVersion:c(e.workerVersion,t.workerVersion),claimedAt:u(e.claimedAt,t.claimedAt),createdAt:Math.min(e.createdAt,t.createdAt),startedAt:u(e.startedAt,t.startedAt),mergedAt:u(e.mergedAt,t.mergedAt),finishedAt:f.finishedAt,updatedAt:Math.max(e.updatedAt,t.updatedAt),humanInterventionCount:(o=e.humanInterventionCount,l=t.humanInterventionCount,null===o||null===l?o??l:Math.max(o,l))}}function l({createdAt:e,mergedAt:t}){return null===t?null:Math.max(0,t-e)}function d({status:e,phase:t,prUrl:n}){return"error"===e?"failure":"done"===e&&null!==n&&("merged"===t||"verified"===t)?"success":null}function c(e,t){return null===e||null===t?e??t:e.length!==t.length?e.length>t.length?e:t:e>t?e:t}function u(e,t){return null===e||null===t?e??t:Math.min(e,t)}})};
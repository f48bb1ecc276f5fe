export const id=530;export const ids=[530];export const modules={5530:(e,t,r)=>{r.r(t),r.d(t,{TIMEOUT_MS:()=>b,openRedis:()=>v});var n=r(5415),a=r(7463),s=r(2490),i=r(1020);function o(e){if(void 0===e||""===e)return null;let t=/^\d+(\.\d+)?$/.test(e)?1e3*Number(e):Date.parse(e);return Number.isFinite(t)?t:null}function l(e){let{task_id:t,status:r,phase:n}=e;if(void 0===t||void 0===r||void 0===n)return null;let a=t=>e[t]??null;return{taskId:t,repository:a("repository"),questionHash:a("question_hash"),jobId:a("job_id"),kind:e.kind??"faq",question:a("question"),status:r,phase:n,prUrl:a("pr_url"),state:a("state"),errorType:a("error_type"),errorMsg:a("error_msg"),workerInstance:a("worker_instance"),workerVersion:a("worker_version"),claimedAt:o(e.claimed_at),createdAt:o(e.created_at)??0,startedAt:o(e.started_at),mergedAt:o(e.merged_at),finishedAt:o(e.finished_at),updatedAt:o(e.updated_at)??0,humanInterventionCount:c(e.human_intervention_count)}}function d(e){return null===e?null:new Date(e).toISOString()}function c(e){let t=void 0===e||""===e?0/0:Number(e);return Number.isFinite(t)?t:null}function u(e){return Object.fromEntries(Object.entries(e).flatMap(([e,t])=>null===t?[]:[[e,String(t)]]))}let h=`
local function replace(key, first, ...)
  local keep = {}
  local fields = {...}
  for index = first, #ARGV do fields[#fields + 1] = ARGV[index] end
  redis.call('HSET', key, unpack(fields))
  for index = 1, #fields, 2 do keep[fields[index]] = true end
  for _, name in ipairs(redis.call('HKEYS', key)) do
    if not keep[name] then redis.call('HDEL', key, name) end
  end
end`,p=`
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
return take(key)`,f=`${h}
local task = 'agent:task:' .. ARGV[1]
local revision = redis.call('HGET', task, 'revision') or '0'
if revision ~= ARGV[2] then return 0 end
replace(task, 9, 'revision', tostring(tonumber(revision) + 1))
redis.call('EXPIRE', task, ARGV[3])
redis.call('ZADD', 'agent:tasks:updated', ARGV[4], ARGV[1])
if ARGV[5] == '' then return 1 end
local counted = 'agent:metrics:counted:' .. ARGV[1]
local now = ARGV[5] .. ':' .. ARGV[6]
local before = redis.call('GET', counted)
if before ~= now then
  if before then
    redis.call('DECR', 'agent:metrics:' .. before)
    redis.call('ZREM', 'agent:metrics:tte:' .. string.sub(before, -8), ARGV[1])
  end
  redis.call('INCR', 'agent:metrics:' .. now)
end
redis.call('SET', counted, now, 'EX', ARGV[8])
redis.call('EXPIRE', 'agent:metrics:' .. now, ARGV[8])
if ARGV[5] == 'success' and ARGV[7] ~= '' then
  redis.call('ZADD', 'agent:metrics:tte:' .. ARGV[6], ARGV[7], ARGV[1])
  redis.call('EXPIRE', 'agent:metrics:tte:' .. ARGV[6], ARGV[8])
end
return 1`,m=`${h}
local key = 'worker:heartbeat:' .. ARGV[1]
local known = tonumber(redis.call('HGET', key, 'at_ms') or '0')
if known > tonumber(ARGV[2]) then return 0 end
replace(key, 4, 'at_ms', ARGV[2])
redis.call('EXPIRE', key, ARGV[3])
return 1`;function k(e){return`agent:ledger:missed:${e}`}async function w(e,{tasks:t,events:r}){if(await Promise.all(t.map(t=>g(e,t))),t.length>0&&await e.zremrangebyscore("agent:tasks:updated","-inf",Date.now()-864e5),0===r.length)return;let n=e.pipeline();for(let e of r)n.hset(`agent:task:${e.taskId}:events`,e.eventId,JSON.stringify(e)),n.expire(`agent:task:${e.taskId}:events`,3600);for(let[e]of await n.exec()??[])if(e)throw e}async function g(e,t){for(let r=0;r<64;r+=1){let r=await e.hgetall(`agent:task:${t.taskId}`),n=l(r),a=null===n?t:(0,i.Vw)(n,t);if(1===await e.eval(f,0,t.taskId,r.revision??"0",3600,a.updatedAt,...function(e){let{status:t,finishedAt:r,updatedAt:n}=e;return"done"!==t&&"error"!==t?["","",""]:["done"===t?"success":"failure",new Date(r??n).toISOString().slice(0,10).replaceAll("-",""),String((0,i.BK)(e)??"")]}(a),3456e3,...Object.entries(u({task_id:a.taskId,trace_id:a.taskId,repository:a.repository,question_hash:a.questionHash,job_id:a.jobId,kind:a.kind,question:a.question,status:a.status,phase:a.phase,pr_url:a.prUrl,state:a.state,error_type:a.errorType,error_msg:a.errorMsg,worker_instance:a.workerInstance,worker_version:a.workerVersion,claimed_at:d(a.claimedAt),created_at:d(a.createdAt),started_at:d(a.startedAt),merged_at:d(a.mergedAt),finished_at:d(a.finishedAt),updated_at:d(a.updatedAt),tte_ms:(0,i.BK)(a),human_intervention_count:a.humanInterventionCount})).flat()))return}throw(0,a.V2)("service",{what:`Redis: others kept writing task ${t.taskId} 64 times in a row`,fix:"Nothing, if this happens once; otherwise look for jobs that work on the same question in a loop."})}async function A(e,t){let[r,n]=await Promise.all([e.hgetall(`agent:task:${t}`),e.hvals(`agent:task:${t}:events`)]),a=l(r);return null===a?null:{task:a,events:n.map(e=>JSON.parse(e)).sort((e,t)=>e.at-t.at||(e.eventId<t.eventId?-1:1))}}async function y(e,t,r){let n=await e.zrangebyscore("agent:tasks:updated",t,"+inf"),a=[];for(let t=n.length;t>0&&a.length<r;t-=100){let r=await Promise.all(n.slice(Math.max(0,t-100),t).reverse().map(t=>e.hgetall(`agent:task:${t}`)));a.push(...r.map(l).filter(e=>null!==e))}return a.slice(0,r)}async function R(e,t){let[r,n,a]=await Promise.all([e.get(`agent:metrics:success:${t}`),e.get(`agent:metrics:failure:${t}`),e.zrange(`agent:metrics:tte:${t}`,"0","-1","WITHSCORES")]);return{day:t,success:Number(r??0),failure:Number(n??0),tteMs:a.filter((e,t)=>t%2==1).map(Number)}}async function _(e){let t=[],r="0";for(let n=0;n<1e4;n+=1){let[n,a]=await e.scan(r,"MATCH","worker:heartbeat:*","COUNT",500),s=await Promise.all(a.map(async t=>(function(e,t){let r=o(t.last_heartbeat);return null===r?null:{id:e,kind:"runner"===t.kind?"runner":"worker",status:"running"===t.status?"running":"idle",at:r,currentTaskId:t.current_task_id||null,appVersion:t.app_version||null,tasksCompleted:c(t.tasks_completed)??0,uptimeSeconds:c(t.uptime_seconds)??0}})(t.slice(17),await e.hgetall(t))));if(t.push(...s.filter(e=>null!==e)),"0"===(r=n))break}return[...new Map(t.map(e=>[e.id,e])).values()].sort((e,t)=>e.id<t.id?-1:1)}let b=2e3;async function v(e){var t,r;let s,i,o=function(e){if(!/^rediss?:\/\//.test(e)||!URL.canParse(e))throw(0,a.V2)("configuration",{what:"The address of Redis is not one: it has to begin with redis:// or rediss:// and to be readable as a URL",where:"redis-url",fix:"Give it as `redis://user:password@host:6379/0`, with special characters of the password percent-encoded."});return new n.Redis(e,{lazyConnect:!0,connectTimeout:b,commandTimeout:b,maxRetriesPerRequest:0,retryStrategy:()=>null,disconnectTimeout:100,enableReadyCheck:!1,connectionName:"instant"})}(e);o.on("error",e=>i=e);try{await Promise.all([o.connect(),o.ping()])}catch(t){throw o.disconnect(),I(i??t,e)}return t={name:"redis",claim:async({questionHash:e,repository:t,taskId:r,instead:n})=>String(await o.eval(p,0,e,t,r,3600,n??"")),write:e=>w(o,e),read:e=>A(o,e),list:(e,t)=>y(o,e,t),tally:e=>R(o,e),beat:async e=>{await o.eval(m,0,e.id,e.at,300,...Object.entries(u({last_heartbeat:d(e.at),status:e.status,current_task_id:e.currentTaskId,app_version:e.appVersion,tasks_completed:e.tasksCompleted,uptime_seconds:e.uptimeSeconds,kind:e.kind})).flat())},endBeat:async e=>void await o.del(`worker:heartbeat:${e}`),heartbeats:()=>_(o),readMissed:e=>o.smembers(k(e)),noteMissed:async(e,t)=>void(t.length>0&&await o.sadd(k(e),...t)),clearMissed:async(e,t)=>void(t.length>0&&await o.srem(k(e),...t)),close:async()=>o.disconnect()},r=e,s=e=>async(...t)=>{try{return await e(...t)}catch(e){throw I(e,r)}},{name:t.name,claim:s(t.claim),write:s(t.write),read:s(t.read),list:s(t.list),tally:s(t.tally),beat:s(t.beat),endBeat:s(t.endBeat),heartbeats:s(t.heartbeats),readMissed:s(t.readMissed),noteMissed:s(t.noteMissed),clearMissed:s(t.clearMissed),close:t.close}}let V=[[/WRONGPASS|invalid password|invalid username-password/i,"refused the password","Correct user and password in `redis-url`."],[/NOAUTH/,"asks for a password","Put it into `redis-url`: `redis://:password@host:6379`."],[/NOPERM/,"does not let this user run what INSTANT needs","Allow it the commands of hashes, sorted sets, sets, strings and scripts on `agent:*` and `worker:*`."],[/OOM /,"is full","Raise its maxmemory, or choose an eviction policy."],[/READONLY/,"is a read-only replica","Point `redis-url` at the primary."],[/MISCONF/,"cannot save to its disk and takes no writes","See its log; usually the disk is full."],[/LOADING/,"is still loading its data","Wait until it is up."],[/CLUSTER|MOVED |CROSSSLOT/,"is a cluster, which is not served","Use a Redis that is no cluster."],[/ECONNREFUSED/,"does not listen at that address","Start it, or correct host and port in `redis-url`."],[/ENOTFOUND|EAI_AGAIN/,"has a host name that could not be looked up","Correct the host in `redis-url`."],[/timed out|timeout|ETIMEDOUT/i,"did not answer within 2 s","See whether it runs and can be reached from the runners."],[/closed|ECONNRESET|EPIPE|ended/i,"closed the connection","See its log."]];function I(e,t){if(e instanceof a._K)return e;let r=`${(0,a.bD)(e)} ${String(e.code??"")}`,[,n,i]=V.find(([e])=>e.test(r))??[null,`answered: ${(0,s.c)((0,a.bD)(e),t)}`,"See its log."];return(0,a.V2)("service",{what:`Redis ${n}`,where:"redis-url",fix:i})}},2490:(e,t,r)=>{function n(e,t){let r=/^[^:]+:\/\/[^:@/]*:([^@]*)@/.exec(t)?.[1]??"";return[t,r,function(e){try{return decodeURIComponent(e)}catch{return e}}(r)].filter(e=>""!==e).reduce((e,t)=>e.replaceAll(t,"***"),e)}r.d(t,{c:()=>n})},1020:(e,t,r)=>{r.d(t,{Vw:()=>i,BK:()=>o});let n=["generating","timeout","blocked","pr_open","ci_failed","handed_over","merged","deployed","verified","rolled_back"],a={queued:0,running:1,error:2,done:3};function s({status:e,phase:t}){return 100*("done"===e||"error"===e)+4*n.indexOf(t)+a[e]}function i(e,t){var r,n,a,i,o,c;let u,h,p=(r=e,n=t,0!=(u=s(r)-s(n))?u<0:r.finishedAt!==n.finishedAt?(r.finishedAt??1/0)>(n.finishedAt??1/0):`${r.errorType}
${r.errorMsg}`<`${n.errorType}
${n.errorMsg}`)?t:e;return{taskId:p.taskId,repository:l(e.repository,t.repository),questionHash:l(e.questionHash,t.questionHash),jobId:l(e.jobId,t.jobId),kind:l(e.kind,t.kind)??p.kind,question:l(e.question,t.question),status:p.status,phase:p.phase,prUrl:l(e.prUrl,t.prUrl),state:(a=e.state,i=t.state,(h=[null,"open","closed","merged"]).indexOf(a)>=h.indexOf(i)?a:i),errorType:p.errorType,errorMsg:p.errorMsg,workerInstance:l(e.workerInstance,t.workerInstance),workerVersion:l(e.workerVersion,t.workerVersion),claimedAt:d(e.claimedAt,t.claimedAt),createdAt:Math.min(e.createdAt,t.createdAt),startedAt:d(e.startedAt,t.startedAt),mergedAt:d(e.mergedAt,t.mergedAt),finishedAt:p.finishedAt,updatedAt:Math.max(e.updatedAt,t.updatedAt),humanInterventionCount:(o=e.humanInterventionCount,c=t.humanInterventionCount,null===o||null===c?o??c:Math.max(o,c))}}function o({createdAt:e,mergedAt:t}){return null===t?null:Math.max(0,t-e)}function l(e,t){return null===e||null===t?e??t:e.length!==t.length?e.length>t.length?e:t:e>t?e:t}function d(e,t){return null===e||null===t?e??t:Math.min(e,t)}}};
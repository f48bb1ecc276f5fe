export const id=7877;export const ids=[7877];export const modules={57877:((t,e,a)=>{a.r(e),a.d(e,{TIMEOUT_MS:()=>q,openPostgres:()=>F});var r=a(83849),s=a(57463),n=a(2490);class i extends s._K{code;constructor(t,e){super("service",[e]),this.code=t}}var o=a(13850),d=a(81020);let u={task_id:t=>t.taskId,trace_id:t=>t.taskId,job_id:t=>t.jobId,question:t=>t.question,status:t=>t.status,pr_url:t=>t.prUrl,error_msg:t=>t.errorMsg,created_at:t=>m(t.createdAt),started_at:t=>m(t.startedAt),merged_at:t=>m(t.mergedAt),finished_at:t=>m(t.finishedAt),updated_at:t=>m(t.updatedAt),repository:t=>t.repository,question_hash:t=>t.questionHash,kind:t=>t.kind,phase:t=>t.phase,state:t=>t.state,error_type:t=>t.errorType,worker_instance:t=>t.workerInstance,worker_version:t=>t.workerVersion,claimed_at:t=>m(t.claimedAt),tte_ms:t=>(0,d.BK)(t),human_intervention_count:t=>t.humanInterventionCount},l=Object.keys(u),c=`
  INSERT INTO agent_tasks (${l.join(", ")}, revision) VALUES (${l.map((t,e)=>`$${e+2}`).join(", ")}, 1)
  ON CONFLICT (task_id) DO UPDATE SET ${l.slice(1).map(t=>`${t} = excluded.${t}`).join(", ")}, revision = agent_tasks.revision + 1
  WHERE agent_tasks.revision = $1
  RETURNING task_id`;function _(t){var e;return{taskId:String(t.task_id),repository:E(t.repository),questionHash:E(t.question_hash),jobId:E(t.job_id),kind:String(t.kind),question:E(t.question),status:t.status,phase:t.phase,prUrl:E(t.pr_url),state:t.state,errorType:E(t.error_type),errorMsg:E(t.error_msg),workerInstance:E(t.worker_instance),workerVersion:E(t.worker_version),claimedAt:N(t.claimed_at),createdAt:N(t.created_at)??0,startedAt:N(t.started_at),mergedAt:N(t.merged_at),finishedAt:N(t.finished_at),updatedAt:N(t.updated_at)??0,humanInterventionCount:null==(e=t.human_intervention_count)?null:Number(e)}}function h(t){return{taskId:String(t.task_id),eventId:String(t.event_id),at:N(t.at)??0,stage:String(t.stage),kind:t.kind,text:String(t.text),url:E(t.url),data:t.data}}function p(t){return{id:String(t.id),kind:t.kind,status:t.status,at:N(t.last_heartbeat)??0,currentTaskId:E(t.current_task_id),appVersion:E(t.app_version),tasksCompleted:Number(t.tasks_completed),uptimeSeconds:Number(t.uptime_seconds)}}function m(t){return null===t?null:new Date(t)}function E(t){return null==t?null:String(t)}function N(t){return t instanceof Date?t.getTime():null}let k=[{number:1,name:"tasks, their events and their claims",sql:`
      CREATE TABLE agent_tasks (
        task_id uuid PRIMARY KEY,
        trace_id uuid NOT NULL,
        job_id text,
        question text,
        status text NOT NULL CHECK (status IN ('queued', 'running', 'done', 'error')),
        pr_url text,
        error_msg text,
        created_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        finished_at timestamptz,
        updated_at timestamptz NOT NULL DEFAULT now(),
        repository text,
        question_hash text,
        kind text NOT NULL DEFAULT 'faq',
        phase text NOT NULL DEFAULT 'generating',
        state text,
        error_type text,
        worker_instance text,
        worker_version text,
        claimed_at timestamptz,
        merged_at timestamptz,
        tte_ms bigint,
        human_intervention_count integer,
        revision integer NOT NULL DEFAULT 1
      );
      CREATE INDEX agent_tasks_created_at ON agent_tasks (created_at DESC);
      CREATE INDEX agent_tasks_status ON agent_tasks (status);
      CREATE INDEX agent_tasks_updated_at ON agent_tasks (updated_at DESC);
      CREATE INDEX agent_tasks_finished_at ON agent_tasks (finished_at);

      CREATE TABLE task_events (
        task_id uuid NOT NULL,
        event_id text NOT NULL,
        at timestamptz NOT NULL,
        stage text NOT NULL,
        kind text NOT NULL,
        text text NOT NULL,
        url text,
        data jsonb NOT NULL,
        PRIMARY KEY (task_id, event_id)
      );

      CREATE TABLE question_claims (
        repository text NOT NULL,
        question_hash text NOT NULL,
        task_id uuid NOT NULL,
        claimed_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (repository, question_hash)
      );`},{number:2,name:"heartbeats, and what other stores missed",sql:`
      CREATE TABLE worker_heartbeats (
        id text PRIMARY KEY,
        kind text NOT NULL,
        status text NOT NULL,
        last_heartbeat timestamptz NOT NULL,
        current_task_id uuid,
        app_version text,
        tasks_completed integer NOT NULL,
        uptime_seconds double precision NOT NULL
      );

      CREATE TABLE ledger_missed (
        store text NOT NULL,
        task_id uuid NOT NULL,
        noted_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (store, task_id)
      );`},{number:3,name:"what was told of alerts",sql:`
      CREATE TABLE told_alerts (
        repository text NOT NULL,
        key text NOT NULL,
        revision integer NOT NULL,
        text text NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (repository, key)
      );`},{number:4,name:"looks on GitHub for what nobody could tell",sql:`
      CREATE TABLE ledger_looks (
        repository text PRIMARY KEY,
        begun_at timestamptz NOT NULL DEFAULT now(),
        until timestamptz
      );`}];async function T(t,e=k){let a=e.at(-1)?.number??0,r=await w(t);if(r>a)throw L(r,a);if(r!==a){await t("BEGIN");try{await t("SET LOCAL statement_timeout = '2s'; SET LOCAL lock_timeout = '2s'"),await t("SELECT pg_advisory_xact_lock($1)",[0x696e7374]),await t("CREATE TABLE IF NOT EXISTS instant_migrations (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())");let r=await w(t);if(r>a)throw L(r,a);for(let{number:a,name:s,sql:n}of e.filter(t=>t.number>r))await t(n),await t("INSERT INTO instant_migrations (number, name) VALUES ($1, $2)",[a,s]);await t("COMMIT")}catch(e){throw await t("ROLLBACK").catch(()=>{}),e}}}async function w(t){try{let[e]=await t("SELECT coalesce(max(number), 0) AS number FROM instant_migrations");return Number(e?.number)}catch(t){if(t instanceof i&&"42P01"===t.code)return 0;throw t}}function L(t,e){return(0,s.V2)("configuration",{what:`PostgreSQL holds version ${t} of INSTANT's tables, and this INSTANT knows them up to version ${e}`,cause:"another workflow that uses the same database runs a newer INSTANT",fix:"Use the same version of INSTANT in every workflow that shares the database."})}async function A(t,e){return await T(t),{name:"postgres",claim:e=>O(t,e),write:async e=>void await Promise.all([...e.tasks.map(e=>R(t,e)),I(t,e)]),read:async e=>(await y(t,[e])).get(e)??null,readMany:e=>y(t,e),list:async(e,a,r)=>(await t(g,[m(e),a,r?.repository??null,r?.phase??null])).map(_),tally:(e,a)=>v(t,e,a),finished:(e,a,r)=>x(t,e,a,r),beat:e=>b(t,e),endBeat:async e=>void await t("DELETE FROM worker_heartbeats WHERE id = $1",[e]),heartbeats:async e=>(await t("SELECT * FROM worker_heartbeats WHERE $1::text IS NULL OR kind = $1 ORDER BY id",[e??null])).map(p),readMissed:async e=>(await t("SELECT task_id FROM ledger_missed WHERE store = $1 ORDER BY noted_at, task_id",[e])).map(t=>String(t.task_id)),noteMissed:(e,a)=>U(t,e,a),clearMissed:async(e,a)=>void await t("DELETE FROM ledger_missed WHERE store = $1 AND task_id = ANY($2::uuid[])",[e,a]),readAlerts:(e,a)=>C(t,e,a),writeAlert:(e,a,r,s)=>D(t,{repository:e,key:a,note:r,revision:s}),beginLook:e=>$(t,e),endLook:async(e,a)=>void await t("UPDATE ledger_looks SET until = $2 WHERE repository = $1",[e,m(a)]),close:e}}let g=`
  SELECT * FROM agent_tasks WHERE updated_at >= $1 AND ($3::text IS NULL OR repository = $3) AND ($4::text IS NULL OR phase = $4)
  ORDER BY updated_at DESC, task_id LIMIT $2`,f=`
  INSERT INTO question_claims AS held (repository, question_hash, task_id) VALUES ($1, $2, $3)
  ON CONFLICT (repository, question_hash) DO UPDATE SET task_id = excluded.task_id, claimed_at = now()
  WHERE held.claimed_at <= now() - interval '1 hour' OR held.task_id IN (excluded.task_id, $4)
  RETURNING task_id`;async function O(t,{repository:e,questionHash:a,taskId:r,instead:s}){for(let n=0;n<64;n+=1){let[n]=await t(f,[e,a,r,s??null]);if(void 0!==n)return String(n.task_id);let[i]=await t("SELECT task_id FROM question_claims WHERE repository = $1 AND question_hash = $2",[e,a]);if(void 0!==i)return String(i.task_id)}throw M(`the claim of question ${a}`)}async function R(t,e){for(let a=0;a<64;a+=1){let[a]=await t("SELECT * FROM agent_tasks WHERE task_id = $1",[e.taskId]),r=void 0===a?e:(0,d.Vw)(_(a),e);if((await t(c,[void 0===a?0:Number(a.revision),...function(t){return Object.values(u).map(e=>e(t))}(r)])).length>0)return}throw M(`task ${e.taskId}`)}async function I(t,{events:e}){if(0===e.length)return;let a=e.map(({taskId:t,eventId:e,at:a,stage:r,kind:s,text:n,url:i,data:o})=>({task_id:t,event_id:e,at:m(a),stage:r,kind:s,text:n,url:i,data:o}));await t(`INSERT INTO task_events (task_id, event_id, at, stage, kind, text, url, data)
     SELECT task_id, event_id, at, stage, kind, text, url, data
     FROM jsonb_to_recordset($1::jsonb) AS told (task_id uuid, event_id text, at timestamptz, stage text, kind text, text text, url text, data jsonb)
     ON CONFLICT (task_id, event_id) DO NOTHING`,[JSON.stringify(a)])}async function y(t,e){let[a,r]=await Promise.all([t("SELECT * FROM agent_tasks WHERE task_id = ANY($1::uuid[])",[e]),t("SELECT * FROM task_events WHERE task_id = ANY($1::uuid[]) ORDER BY at, event_id",[e])]),s=Map.groupBy(r.map(h),({taskId:t})=>t);return new Map(a.map(_).map(t=>[t.taskId,{task:t,events:s.get(t.taskId)??[]}]))}let S=`
  INSERT INTO ledger_looks AS known (repository) VALUES ($1)
  ON CONFLICT (repository) DO UPDATE SET begun_at = now()
  WHERE $2 OR (known.begun_at <= greatest(now() - $3 * interval '1 millisecond', pg_postmaster_start_time()) AND (known.until IS NULL
    OR known.until <= greatest(now() - $4 * interval '1 millisecond', pg_postmaster_start_time(),
      (SELECT max(last_heartbeat) + $5 * interval '1 millisecond' FROM worker_heartbeats WHERE kind = 'runner' AND last_heartbeat < now() - $5 * interval '1 millisecond'))))
  RETURNING until`;async function $(t,{repository:e,force:a,leaseMs:r,everyMs:s,staleMs:n}){let[i]=await t(S,[e,a,r,s,n]);return void 0===i?null:{since:i.until instanceof Date?i.until.getTime():null}}async function v(t,e,a){let r=await t(`SELECT status, phase, pr_url, tte_ms FROM agent_tasks WHERE status IN ('done', 'error')
     AND ($2::text IS NULL OR repository = $2) AND finished_at >= to_date($1, 'YYYYMMDD')::timestamp AT TIME ZONE 'UTC' AND finished_at < (to_date($1, 'YYYYMMDD') + 1)::timestamp AT TIME ZONE 'UTC'`,[e,a??null]),s=t=>r.filter(e=>(0,d.sG)({status:e.status,phase:e.phase,prUrl:e.pr_url})===t),n=s("success").flatMap(t=>null===t.tte_ms?[]:[Number(t.tte_ms)]).sort((t,e)=>t-e);return{day:e,success:s("success").length,failure:s("failure").length,tteMs:n}}async function x(t,e,a,r){return(await t(`SELECT task_id, kind, status, phase, pr_url, error_type, created_at, started_at, merged_at, finished_at, updated_at FROM agent_tasks
     WHERE (status IN ('done', 'error') AND finished_at >= $1 AND finished_at < $2 OR status = 'queued' AND created_at >= $3 AND created_at < $4) AND ($5::text IS NULL OR repository = $5)`,[m(e),m(a),m(e-o.ZG),m(a-o.ZG),r??null])).flatMap(t=>(0,o.QK)(_(t),Date.now())??[])}async function b(t,{id:e,kind:a,status:r,at:s,currentTaskId:n,appVersion:i,tasksCompleted:o,uptimeSeconds:d}){await t(`INSERT INTO worker_heartbeats AS known (id, kind, status, last_heartbeat, current_task_id, app_version, tasks_completed, uptime_seconds) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, status = excluded.status, last_heartbeat = excluded.last_heartbeat, current_task_id = excluded.current_task_id,
       app_version = excluded.app_version, tasks_completed = excluded.tasks_completed, uptime_seconds = excluded.uptime_seconds
     WHERE known.last_heartbeat <= excluded.last_heartbeat`,[e,a,r,m(s),n,i,o,d])}async function U(t,e,a){await t("INSERT INTO ledger_missed (store, task_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING",[e,a])}async function C(t,e,a){return new Map((await t("SELECT key, revision, text FROM told_alerts WHERE repository = $1 AND key = ANY($2::text[])",[e,a])).map(t=>[String(t.key),{revision:Number(t.revision),text:String(t.text)}]))}async function D(t,{repository:e,key:a,note:r,revision:s}){let n=[e,a,r.revision,r.text];return(null===s?await t("INSERT INTO told_alerts (repository, key, revision, text) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING key",n):await t("UPDATE told_alerts SET revision = $3, text = $4, updated_at = now() WHERE repository = $1 AND key = $2 AND revision = $5 RETURNING key",[...n,s])).length>0}function M(t){return(0,s.V2)("service",{what:`PostgreSQL: others kept writing ${t} 64 times in a row`,fix:"Nothing, if this happens once; otherwise look for jobs that work on the same question in a loop."})}let q=2e3;async function F(t){let e=await H(t).catch(e=>{throw G(e,t)});try{return await A((a,r=[])=>Y(e,a,r).catch(e=>{throw G(e,t)}),async()=>{var t;(t=e).unref(),t.end().catch(()=>{})})}catch(t){throw await e.end().catch(()=>{}),t}}async function Y(t,e,a){let{rows:r}=await (0===a.length?t.query(e):t.query(e,[...a]));return r??[]}async function H(t){let e=P(t,{statement_timeout:q,lock_timeout:q,idle_in_transaction_session_timeout:5*q});try{return await e.connect(),e}catch(t){if("08P01"!==t.code)throw t;await e.end().catch(()=>{})}let a=P(t);return await a.connect(),a}function P(t,e={}){if(!/^postgres(ql)?:\/\//.test(t))throw B("it does not begin with postgres:// or postgresql://");try{return new r.Kj({connectionString:t,application_name:"instant",connectionTimeoutMillis:q,query_timeout:q,pipeline:!0,...e}).on("error",()=>{})}catch{throw B("it cannot be read as an address")}}function B(t){return(0,s.V2)("configuration",{what:`The address of PostgreSQL is not one: ${t}`,where:"database-url",fix:"Give it as `postgres://user:password@host:5432/database`, with special characters of the password percent-encoded."})}let j={"28P01":["refused the password","Correct the user and password in `database-url`."],28e3:["refused the user","Allow this user from the runners' addresses in pg_hba.conf, or correct `database-url`."],"3D000":["has no such database","Create it, or correct the name in `database-url`."],25006:["is read-only","Point `database-url` at the primary, not at a replica."],42501:["does not let this user write","Grant it the tables, and CREATE on the schema for the first run."],53300:["has no connection left","Raise max_connections, or put a pooler in front."],53100:["has no space left on its disk","Free some space there."],57014:["took longer than 2 s for a statement","Look what holds the locks or loads the server."],"55P03":["did not give a lock within 2 s","Look what holds the locks."],ECONNREFUSED:["does not listen at that address","Start it, or correct host and port in `database-url`."],ENOTFOUND:["has a host name that nobody knows","Correct the host in `database-url`."],EAI_AGAIN:["has a host name that could not be looked up","Correct the host in `database-url`, or look at the runner's DNS."],ECONNRESET:["closed the connection","See the server's log."],EPIPE:["closed the connection","See the server's log."]};function G(t,e){if(t instanceof s._K)return t;let a=String(t.code??""),r=(0,s.bD)(t),o=/timeout/i.test(r),[d,u]=j[a]??(o?["did not answer within 2 s","See whether it runs and can be reached from the runners."]:[`answered: ${(0,n.c)(r,e)}`,"See the server's log."]);return new i(a,{what:`PostgreSQL ${d}${j[a]&&/^[0-9A-Z]{5}$/.test(a)?` (${a})`:""}`,where:"database-url",fix:u})}}),2490:((t,e,a)=>{function r(t,e){let a=/^[^:]+:\/\/[^:@/]*:([^@]*)@/.exec(e)?.[1]??"";return[e,a,function(t){try{return decodeURIComponent(t)}catch{return t}}(a)].filter(t=>""!==t).reduce((t,e)=>t.replaceAll(e,"***"),t)}a.d(e,{c:()=>r})}),13850:((t,e,a)=>{a.d(e,{QK:()=>o,TS:()=>i,ZG:()=>n,fQ:()=>s});var r=a(81020);let s=12e4,n=6e5;function i(t,e,a){let r=t.map(t=>({heartbeat:t,ageMs:a-t.at})).filter(({ageMs:t})=>t>s),i=e.filter(({status:t,phase:e})=>"running"===t&&"handed_over"!==e).map(e=>{var r;return{task:e,idleMs:a-e.updatedAt,worker:(r=e,t.filter(({currentTaskId:t})=>t===r.taskId).reduce((t,e)=>null===t||e.at>t.at?e:t,null))}}).filter(({idleMs:t})=>t>6e5);return{heartbeats:r.sort((t,e)=>e.ageMs-t.ageMs),stuck:i.sort((t,e)=>e.idleMs-t.idleMs),timeouts:e.filter(({status:t,createdAt:e})=>"queued"===t&&a-e>n).map(d)}}function o(t,e){let a="queued"===t.status&&e-t.createdAt>n?d(t):t,{finishedAt:s,phase:i,errorType:o,startedAt:u}=a;return"done"!==a.status&&"error"!==a.status||null===s?null:{finishedAt:s,outcome:(0,r.sG)(a),phase:i,errorType:o,started:null!==u,tteMs:(0,r.BK)(a)}}function d(t){let e=t.createdAt+n;return{...t,status:"error",phase:"timeout",errorType:"timeout",errorMsg:`It was not started within ${n/1e3} s after it was queued`,finishedAt:e,updatedAt:Math.max(t.updatedAt,e)}}}),81020:((t,e,a)=>{a.d(e,{FB:()=>s,Vw:()=>o,sG:()=>u,BK:()=>d});let r=["generating","timeout","blocked","pr_open","ci_failed","handed_over","merged","deployed","verified","rolled_back"];function s({repository:t,phase:e},a){return void 0===a||t===a.repository&&e===a.phase}let n={queued:0,running:1,error:2,done:3};function i({status:t,phase:e}){return 100*("done"===t||"error"===t)+4*r.indexOf(e)+n[t]}function o(t,e){var a,r,s,n,o,d;let u,_,h=(a=t,r=e,0!=(u=i(a)-i(r))?u<0:a.finishedAt!==r.finishedAt?(a.finishedAt??1/0)>(r.finishedAt??1/0):`${a.errorType}
${a.errorMsg}`<`${r.errorType}
${r.errorMsg}`)?e:t;return{taskId:h.taskId,repository:l(t.repository,e.repository),questionHash:l(t.questionHash,e.questionHash),jobId:l(t.jobId,e.jobId),kind:l(t.kind,e.kind)??h.kind,question:l(t.question,e.question),status:h.status,phase:h.phase,prUrl:l(t.prUrl,e.prUrl),state:(s=t.state,n=e.state,(_=[null,"open","closed","merged"]).indexOf(s)>=_.indexOf(n)?s:n),errorType:h.errorType,errorMsg:h.errorMsg,workerInstance:l(t.workerInstance,e.workerInstance),workerVersion:l(t.workerVersion,e.workerVersion),claimedAt:c(t.claimedAt,e.claimedAt),createdAt:Math.min(t.createdAt,e.createdAt),startedAt:c(t.startedAt,e.startedAt),mergedAt:c(t.mergedAt,e.mergedAt),finishedAt:h.finishedAt,updatedAt:Math.max(t.updatedAt,e.updatedAt),humanInterventionCount:(o=t.humanInterventionCount,d=e.humanInterventionCount,null===o||null===d?o??d:Math.max(o,d))}}function d({createdAt:t,mergedAt:e}){return null===e?null:Math.max(0,e-t)}function u({status:t,phase:e,prUrl:a}){return"error"===t?"failure":"done"===t&&null!==a&&("merged"===e||"verified"===e)?"success":null}function l(t,e){return null===t||null===e?t??e:t.length!==e.length?t.length>e.length?t:e:t>e?t:e}function c(t,e){return null===t||null===e?t??e:Math.min(t,e)}})};
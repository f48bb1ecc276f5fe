export const id=415;export const ids=[415];export const modules={7796:((t,e,a)=>{a.r(e),a.d(e,{TIMEOUT_MS:()=>U,openPostgres:()=>C});var s=a(3849),r=a(7463),n=a(2490),i=a(3850),o=a(1020);let d={task_id:t=>t.taskId,trace_id:t=>t.taskId,job_id:t=>t.jobId,question:t=>t.question,status:t=>t.status,pr_url:t=>t.prUrl,error_msg:t=>t.errorMsg,created_at:t=>m(t.createdAt),started_at:t=>m(t.startedAt),merged_at:t=>m(t.mergedAt),finished_at:t=>m(t.finishedAt),updated_at:t=>m(t.updatedAt),repository:t=>t.repository,question_hash:t=>t.questionHash,kind:t=>t.kind,phase:t=>t.phase,state:t=>t.state,error_type:t=>t.errorType,worker_instance:t=>t.workerInstance,worker_version:t=>t.workerVersion,claimed_at:t=>m(t.claimedAt),tte_ms:t=>(0,o.BK)(t),human_intervention_count:t=>t.humanInterventionCount},u=Object.keys(d),l=`
  INSERT INTO agent_tasks (${u.join(", ")}, revision) VALUES (${u.map((t,e)=>`$${e+2}`).join(", ")}, 1)
  ON CONFLICT (task_id) DO UPDATE SET ${u.slice(1).map(t=>`${t} = excluded.${t}`).join(", ")}, revision = agent_tasks.revision + 1
  WHERE agent_tasks.revision = $1
  RETURNING task_id`;function c(t){var e;return{taskId:String(t.task_id),repository:p(t.repository),questionHash:p(t.question_hash),jobId:p(t.job_id),kind:String(t.kind),question:p(t.question),status:t.status,phase:t.phase,prUrl:p(t.pr_url),state:t.state,errorType:p(t.error_type),errorMsg:p(t.error_msg),workerInstance:p(t.worker_instance),workerVersion:p(t.worker_version),claimedAt:E(t.claimed_at),createdAt:E(t.created_at)??0,startedAt:E(t.started_at),mergedAt:E(t.merged_at),finishedAt:E(t.finished_at),updatedAt:E(t.updated_at)??0,humanInterventionCount:null==(e=t.human_intervention_count)?null:Number(e)}}function _(t){return{taskId:String(t.task_id),eventId:String(t.event_id),at:E(t.at)??0,stage:String(t.stage),kind:t.kind,text:String(t.text),url:p(t.url),data:t.data}}function h(t){return{id:String(t.id),kind:t.kind,status:t.status,at:E(t.last_heartbeat)??0,currentTaskId:p(t.current_task_id),appVersion:p(t.app_version),tasksCompleted:Number(t.tasks_completed),uptimeSeconds:Number(t.uptime_seconds)}}function m(t){return null===t?null:new Date(t)}function p(t){return null==t?null:String(t)}function E(t){return t instanceof Date?t.getTime():null}let k=[{number:1,name:"tasks, their events and their claims",sql:`
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
      );`},{number:4,name:"looks on GitHub for what nobody could tell",sql:`
      CREATE TABLE ledger_looks (
        repository text PRIMARY KEY,
        begun_at timestamptz NOT NULL DEFAULT now(),
        until timestamptz
      );`}];async function N(t,e=k){let a=e.at(-1)?.number??0,s=await T(t);if(s>a)throw w(s,a);if(s!==a){await t("BEGIN");try{await t("SELECT pg_advisory_xact_lock($1)",[0x696e7374]),await t("CREATE TABLE IF NOT EXISTS instant_migrations (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())");let s=await T(t);if(s>a)throw w(s,a);for(let{number:a,name:r,sql:n}of e.filter(t=>t.number>s))await t(n),await t("INSERT INTO instant_migrations (number, name) VALUES ($1, $2)",[a,r]);await t("COMMIT")}catch(e){throw await t("ROLLBACK").catch(()=>{}),e}}}async function T(t){let e=t("SELECT coalesce(max(number), 0) AS number FROM instant_migrations").then(([t])=>Number(t?.number),t=>({error:t})),[a]=await t("SELECT to_regclass('instant_migrations') IS NOT NULL AS there");if(a?.there!==!0)return 0;let s=await e;if("number"!=typeof s)throw s.error;return s}function w(t,e){return(0,r.V2)("configuration",{what:`PostgreSQL holds version ${t} of INSTANT's tables, and this INSTANT knows them up to version ${e}`,cause:"another workflow that uses the same database runs a newer INSTANT",fix:"Use the same version of INSTANT in every workflow that shares the database."})}async function g(t,e){return await N(t),{name:"postgres",claim:e=>L(t,e),write:async e=>void await Promise.all([...e.tasks.map(e=>A(t,e)),O(t,e)]),read:async e=>(await I(t,[e])).get(e)??null,readMany:e=>I(t,e),list:async(e,a)=>(await t("SELECT * FROM agent_tasks WHERE updated_at >= $1 ORDER BY updated_at DESC, task_id LIMIT $2",[m(e),a])).map(c),tally:e=>S(t,e),finished:(e,a)=>$(t,e,a),beat:e=>y(t,e),endBeat:async e=>void await t("DELETE FROM worker_heartbeats WHERE id = $1",[e]),heartbeats:async e=>(await t("SELECT * FROM worker_heartbeats WHERE $1::text IS NULL OR kind = $1 ORDER BY id",[e??null])).map(h),readMissed:async e=>(await t("SELECT task_id FROM ledger_missed WHERE store = $1 ORDER BY noted_at, task_id",[e])).map(t=>String(t.task_id)),noteMissed:(e,a)=>v(t,e,a),clearMissed:async(e,a)=>void await t("DELETE FROM ledger_missed WHERE store = $1 AND task_id = ANY($2::uuid[])",[e,a]),beginLook:e=>b(t,e),endLook:async(e,a)=>void await t("UPDATE ledger_looks SET until = $2 WHERE repository = $1",[e,m(a)]),close:e}}let f=`
  INSERT INTO question_claims AS held (repository, question_hash, task_id) VALUES ($1, $2, $3)
  ON CONFLICT (repository, question_hash) DO UPDATE SET task_id = excluded.task_id, claimed_at = now()
  WHERE held.claimed_at <= now() - interval '1 hour' OR held.task_id IN (excluded.task_id, $4)
  RETURNING task_id`;async function L(t,{repository:e,questionHash:a,taskId:s,instead:r}){for(let n=0;n<64;n+=1){let[n]=await t(f,[e,a,s,r??null]);if(void 0!==n)return String(n.task_id);let[i]=await t("SELECT task_id FROM question_claims WHERE repository = $1 AND question_hash = $2",[e,a]);if(void 0!==i)return String(i.task_id)}throw x(`the claim of question ${a}`)}async function A(t,e){for(let a=0;a<64;a+=1){let[a]=await t("SELECT * FROM agent_tasks WHERE task_id = $1",[e.taskId]),s=void 0===a?e:(0,o.Vw)(c(a),e);if((await t(l,[void 0===a?0:Number(a.revision),...function(t){return Object.values(d).map(e=>e(t))}(s)])).length>0)return}throw x(`task ${e.taskId}`)}async function O(t,{events:e}){let a,s,r,n,i,o,d,u;0!==e.length&&await t(`INSERT INTO task_events (task_id, event_id, at, stage, kind, text, url, data)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::jsonb[])
     ON CONFLICT (task_id, event_id) DO NOTHING`,[(a=t=>t.taskId,e.map(a)),(s=t=>t.eventId,e.map(s)),(r=t=>m(t.at),e.map(r)),(n=t=>t.stage,e.map(n)),(i=t=>t.kind,e.map(i)),(o=t=>t.text,e.map(o)),(d=t=>t.url,e.map(d)),(u=t=>JSON.stringify(t.data),e.map(u))])}async function I(t,e){let[a,s]=await Promise.all([t("SELECT * FROM agent_tasks WHERE task_id = ANY($1::uuid[])",[e]),t("SELECT * FROM task_events WHERE task_id = ANY($1::uuid[]) ORDER BY at, event_id",[e])]),r=Map.groupBy(s.map(_),({taskId:t})=>t);return new Map(a.map(c).map(t=>[t.taskId,{task:t,events:r.get(t.taskId)??[]}]))}let R=`
  INSERT INTO ledger_looks AS known (repository) VALUES ($1)
  ON CONFLICT (repository) DO UPDATE SET begun_at = now()
  WHERE $3 OR (known.begun_at <= greatest(now() - $4 * interval '1 millisecond', pg_postmaster_start_time())
    AND (known.until IS NULL OR known.until <= greatest(now() - $5 * interval '1 millisecond', pg_postmaster_start_time(), $2)))
  RETURNING until`;async function b(t,{repository:e,after:a,force:s,leaseMs:r,everyMs:n}){let[i]=await t(R,[e,m(a),s,r,n]);return void 0===i?null:{since:i.until instanceof Date?i.until.getTime():null}}async function S(t,e){let a=await t(`SELECT status, phase, pr_url, tte_ms FROM agent_tasks WHERE status IN ('done', 'error')
     AND finished_at >= to_date($1, 'YYYYMMDD')::timestamp AT TIME ZONE 'UTC' AND finished_at < (to_date($1, 'YYYYMMDD') + 1)::timestamp AT TIME ZONE 'UTC'`,[e]),s=t=>a.filter(e=>(0,o.sG)({status:e.status,phase:e.phase,prUrl:e.pr_url})===t),r=s("success").flatMap(t=>null===t.tte_ms?[]:[Number(t.tte_ms)]).sort((t,e)=>t-e);return{day:e,success:s("success").length,failure:s("failure").length,tteMs:r}}async function $(t,e,a){return(await t(`SELECT task_id, kind, status, phase, pr_url, error_type, created_at, started_at, merged_at, finished_at, updated_at FROM agent_tasks
     WHERE status IN ('done', 'error') AND finished_at >= $1 AND finished_at < $2 OR status = 'queued' AND created_at >= $3 AND created_at < $4`,[m(e),m(a),m(e-i.ZG),m(a-i.ZG)])).flatMap(t=>(0,i.QK)(c(t),Date.now())??[])}async function y(t,{id:e,kind:a,status:s,at:r,currentTaskId:n,appVersion:i,tasksCompleted:o,uptimeSeconds:d}){await t(`INSERT INTO worker_heartbeats AS known (id, kind, status, last_heartbeat, current_task_id, app_version, tasks_completed, uptime_seconds) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, status = excluded.status, last_heartbeat = excluded.last_heartbeat, current_task_id = excluded.current_task_id,
       app_version = excluded.app_version, tasks_completed = excluded.tasks_completed, uptime_seconds = excluded.uptime_seconds
     WHERE known.last_heartbeat <= excluded.last_heartbeat`,[e,a,s,m(r),n,i,o,d])}async function v(t,e,a){await t("INSERT INTO ledger_missed (store, task_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING",[e,a])}function x(t){return(0,r.V2)("service",{what:`PostgreSQL: others kept writing ${t} 64 times in a row`,fix:"Nothing, if this happens once; otherwise look for jobs that work on the same question in a loop."})}let U=2e3;async function C(t){let e=function(t){if(!/^postgres(ql)?:\/\//.test(t))throw M("it does not begin with postgres:// or postgresql://");try{return new s.Kj({connectionString:t,application_name:"instant",connectionTimeoutMillis:U,query_timeout:U,pipeline:!0,statement_timeout:U,lock_timeout:U,idle_in_transaction_session_timeout:5*U})}catch{throw M("it cannot be read as an address")}}(t);e.on("error",()=>{});try{await e.connect()}catch(e){throw F(e,t)}try{return await g((a,s=[])=>D(e,a,s).catch(e=>{throw F(e,t)}),async()=>{var t;(t=e).unref(),t.end().catch(()=>{})})}catch(t){throw await e.end().catch(()=>{}),t}}async function D(t,e,a){let{rows:s}=await (0===a.length?t.query(e):t.query(e,[...a]));return s??[]}function M(t){return(0,r.V2)("configuration",{what:`The address of PostgreSQL is not one: ${t}`,where:"database-url",fix:"Give it as `postgres://user:password@host:5432/database`, with special characters of the password percent-encoded."})}let q={"28P01":["refused the password","Correct the user and password in `database-url`."],28e3:["refused the user","Allow this user from the runners' addresses in pg_hba.conf, or correct `database-url`."],"3D000":["has no such database","Create it, or correct the name in `database-url`."],25006:["is read-only","Point `database-url` at the primary, not at a replica."],42501:["does not let this user write","Grant it the tables, and CREATE on the schema for the first run."],53300:["has no connection left","Raise max_connections, or put a pooler in front."],53100:["has no space left on its disk","Free some space there."],57014:["took longer than 2 s for a statement","Look what holds the locks or loads the server."],"55P03":["did not give a lock within 2 s","Look what holds the locks."],ECONNREFUSED:["does not listen at that address","Start it, or correct host and port in `database-url`."],ENOTFOUND:["has a host name that nobody knows","Correct the host in `database-url`."],EAI_AGAIN:["has a host name that could not be looked up","Correct the host in `database-url`, or look at the runner's DNS."],ECONNRESET:["closed the connection","See the server's log."],EPIPE:["closed the connection","See the server's log."]};function F(t,e){if(t instanceof r._K)return t;let a=String(t.code??""),s=(0,r.bD)(t),i=/timeout/i.test(s),[o,d]=q[a]??(i?["did not answer within 2 s","See whether it runs and can be reached from the runners."]:[`answered: ${(0,n.c)(s,e)}`,"See the server's log."]);return(0,r.V2)("service",{what:`PostgreSQL ${o}${q[a]&&/^[0-9A-Z]{5}$/.test(a)?` (${a})`:""}`,where:"database-url",fix:d})}}),2490:((t,e,a)=>{function s(t,e){let a=/^[^:]+:\/\/[^:@/]*:([^@]*)@/.exec(e)?.[1]??"";return[e,a,function(t){try{return decodeURIComponent(t)}catch{return t}}(a)].filter(t=>""!==t).reduce((t,e)=>t.replaceAll(e,"***"),t)}a.d(e,{c:()=>s})}),3850:((t,e,a)=>{a.d(e,{QK:()=>i,ZG:()=>n,fQ:()=>r});var s=a(1020);let r=12e4,n=6e5;function i(t,e){var a;let r,i="queued"===t.status&&e-t.createdAt>n?(r=(a=t).createdAt+n,{...a,status:"error",phase:"timeout",errorType:"timeout",errorMsg:`It was not started within ${n/1e3} s after it was queued`,finishedAt:r,updatedAt:Math.max(a.updatedAt,r)}):t,{finishedAt:o,phase:d,errorType:u,startedAt:l}=i;return"done"!==i.status&&"error"!==i.status||null===o?null:{finishedAt:o,outcome:(0,s.sG)(i),phase:d,errorType:u,started:null!==l,tteMs:(0,s.BK)(i)}}}),1020:((t,e,a)=>{a.d(e,{Vw:()=>i,sG:()=>d,BK:()=>o});let s=["generating","timeout","blocked","pr_open","ci_failed","handed_over","merged","deployed","verified","rolled_back"],r={queued:0,running:1,error:2,done:3};function n({status:t,phase:e}){return 100*("done"===t||"error"===t)+4*s.indexOf(e)+r[t]}function i(t,e){var a,s,r,i,o,d;let c,_,h=(a=t,s=e,0!=(c=n(a)-n(s))?c<0:a.finishedAt!==s.finishedAt?(a.finishedAt??1/0)>(s.finishedAt??1/0):`${a.errorType}
${a.errorMsg}`<`${s.errorType}
${s.errorMsg}`)?e:t;return{taskId:h.taskId,repository:u(t.repository,e.repository),questionHash:u(t.questionHash,e.questionHash),jobId:u(t.jobId,e.jobId),kind:u(t.kind,e.kind)??h.kind,question:u(t.question,e.question),status:h.status,phase:h.phase,prUrl:u(t.prUrl,e.prUrl),state:(r=t.state,i=e.state,(_=[null,"open","closed","merged"]).indexOf(r)>=_.indexOf(i)?r:i),errorType:h.errorType,errorMsg:h.errorMsg,workerInstance:u(t.workerInstance,e.workerInstance),workerVersion:u(t.workerVersion,e.workerVersion),claimedAt:l(t.claimedAt,e.claimedAt),createdAt:Math.min(t.createdAt,e.createdAt),startedAt:l(t.startedAt,e.startedAt),mergedAt:l(t.mergedAt,e.mergedAt),finishedAt:h.finishedAt,updatedAt:Math.max(t.updatedAt,e.updatedAt),humanInterventionCount:(o=t.humanInterventionCount,d=e.humanInterventionCount,null===o||null===d?o??d:Math.max(o,d))}}function o({createdAt:t,mergedAt:e}){return null===e?null:Math.max(0,e-t)}function d({status:t,phase:e,prUrl:a}){return"error"===t?"failure":"done"===t&&null!==a&&("merged"===e||"verified"===e)?"success":null}function u(t,e){return null===t||null===e?t??e:t.length!==e.length?t.length>e.length?t:e:t>e?t:e}function l(t,e){return null===t||null===e?t??e:Math.min(t,e)}})};
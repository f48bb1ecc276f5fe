import { failure } from "../../kit/errors.ts";
import type { AlertNote, Batch, Claim, DayTally, Finished, Heartbeat, Look, LookWanted, Store, StoreName, TaskRecord } from "../port.ts";
import { finishedOf, QUEUE_MS } from "../stale.ts";
import { joinTasks, outcomeOf, type Task } from "../task.ts";
import { date, eventOf, heartbeatOf, taskOf, taskValues, UPSERT_TASK } from "./rows.ts";
import { migrate, type Query } from "./migrate.ts";

/** Rounds of read, join and write while others write the same task. */
const MAX_ROUNDS = 64;

/** The store on one connection. `end` closes it. */
export async function postgresStore(query: Query, end: () => Promise<void>): Promise<Store> {
  await migrate(query);
  return {
    name: "postgres",
    claim: (claim) => take(query, claim),
    write: async (batch) => void (await Promise.all([...batch.tasks.map((task) => writeTask(query, task)), writeEvents(query, batch)])),
    read: async (taskId) => (await readMany(query, [taskId])).get(taskId) ?? null,
    readMany: (taskIds) => readMany(query, taskIds),
    list: async (since, limit, only) => (await query(LIST, [date(since), limit, only?.repository ?? null, only?.phase ?? null])).map(taskOf),
    tally: (day, repository) => tally(query, day, repository),
    finished: (from, until, repository) => finished(query, from, until, repository),
    beat: (heartbeat) => beat(query, heartbeat),
    endBeat: async (id) => void (await query("DELETE FROM worker_heartbeats WHERE id = $1", [id])),
    heartbeats: async (kind) => (await query("SELECT * FROM worker_heartbeats WHERE $1::text IS NULL OR kind = $1 ORDER BY id", [kind ?? null])).map(heartbeatOf),
    readMissed: async (store) => (await query("SELECT task_id FROM ledger_missed WHERE store = $1 ORDER BY noted_at, task_id", [store])).map((row) => String(row.task_id)),
    noteMissed: (store, ids) => noteMissed(query, store, ids),
    clearMissed: async (store, ids) => void (await query("DELETE FROM ledger_missed WHERE store = $1 AND task_id = ANY($2::uuid[])", [store, ids])),
    readAlerts: (repository, keys) => readAlerts(query, repository, keys),
    writeAlert: (repository, key, note, revision) => writeAlert(query, { repository, key, note, revision }),
    beginLook: (wanted) => beginLook(query, wanted),
    endLook: async (repository, until) => void (await query("UPDATE ledger_looks SET until = $2 WHERE repository = $1", [repository, date(until)])),
    close: end,
  };
}

const LIST = `
  SELECT * FROM agent_tasks WHERE updated_at >= $1 AND ($3::text IS NULL OR repository = $3) AND ($4::text IS NULL OR phase = $4)
  ORDER BY updated_at DESC, task_id LIMIT $2`;

/** The database's clock decides when an hour is over: the runners' clocks need not agree. */
const CLAIM = `
  INSERT INTO question_claims AS held (repository, question_hash, task_id) VALUES ($1, $2, $3)
  ON CONFLICT (repository, question_hash) DO UPDATE SET task_id = excluded.task_id, claimed_at = now()
  WHERE held.claimed_at <= now() - interval '1 hour' OR held.task_id IN (excluded.task_id, $4)
  RETURNING task_id`;

async function take(query: Query, { repository, questionHash, taskId, instead }: Claim): Promise<string> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const [mine] = await query(CLAIM, [repository, questionHash, taskId, instead ?? null]);
    if (mine !== undefined) return String(mine.task_id);
    const [held] = await query("SELECT task_id FROM question_claims WHERE repository = $1 AND question_hash = $2", [repository, questionHash]);
    // Gone since: then it is free.
    if (held !== undefined) return String(held.task_id);
  }
  throw restless(`the claim of question ${questionHash}`);
}

async function writeTask(query: Query, task: Task): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const [row] = await query("SELECT * FROM agent_tasks WHERE task_id = $1", [task.taskId]);
    const joined = row === undefined ? task : joinTasks(taskOf(row), task);
    const written = await query(UPSERT_TASK, [row === undefined ? 0 : Number(row.revision), ...taskValues(joined)]);
    if (written.length > 0) return;
  }
  throw restless(`task ${task.taskId}`);
}

async function writeEvents(query: Query, { events }: Batch): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map(({ taskId, eventId, at, stage, kind, text, url, data }) => ({ task_id: taskId, event_id: eventId, at: date(at), stage, kind, text, url, data }));
  await query(
    `INSERT INTO task_events (task_id, event_id, at, stage, kind, text, url, data)
     SELECT task_id, event_id, at, stage, kind, text, url, data
     FROM jsonb_to_recordset($1::jsonb) AS told (task_id uuid, event_id text, at timestamptz, stage text, kind text, text text, url text, data jsonb)
     ON CONFLICT (task_id, event_id) DO NOTHING`,
    [JSON.stringify(rows)],
  );
}

async function readMany(query: Query, taskIds: readonly string[]): Promise<Map<string, TaskRecord>> {
  const [tasks, events] = await Promise.all([
    query("SELECT * FROM agent_tasks WHERE task_id = ANY($1::uuid[])", [taskIds]), query("SELECT * FROM task_events WHERE task_id = ANY($1::uuid[]) ORDER BY at, event_id", [taskIds]),
  ]);
  const told = Map.groupBy(events.map(eventOf), ({ taskId }) => taskId);
  return new Map(tasks.map(taskOf).map((task) => [task.taskId, { task, events: told.get(task.taskId) ?? [] }]));
}

/** The database's clock decides, and when the server was started. */
const BEGIN_LOOK = `
  INSERT INTO ledger_looks AS known (repository) VALUES ($1)
  ON CONFLICT (repository) DO UPDATE SET begun_at = now()
  WHERE $2 OR (known.begun_at <= greatest(now() - $3 * interval '1 millisecond', pg_postmaster_start_time()) AND (known.until IS NULL
    OR known.until <= greatest(now() - $4 * interval '1 millisecond', pg_postmaster_start_time(),
      (SELECT max(last_heartbeat) + $5 * interval '1 millisecond' FROM worker_heartbeats WHERE kind = 'runner' AND last_heartbeat < now() - $5 * interval '1 millisecond'))))
  RETURNING until`;

async function beginLook(query: Query, { repository, force, leaseMs, everyMs, staleMs }: LookWanted): Promise<Look | null> {
  const [begun] = await query(BEGIN_LOOK, [repository, force, leaseMs, everyMs, staleMs]);
  return begun === undefined ? null : { since: begun.until instanceof Date ? begun.until.getTime() : null };
}

async function tally(query: Query, day: string, repository: string | undefined): Promise<DayTally> {
  const rows = await query(
    `SELECT status, phase, pr_url, tte_ms FROM agent_tasks WHERE status IN ('done', 'error')
     AND ($2::text IS NULL OR repository = $2) AND finished_at >= to_date($1, 'YYYYMMDD')::timestamp AT TIME ZONE 'UTC' AND finished_at < (to_date($1, 'YYYYMMDD') + 1)::timestamp AT TIME ZONE 'UTC'`,
    [day, repository ?? null],
  );
  const is = (wanted: "success" | "failure") => rows.filter((row) => outcomeOf({ status: row.status, phase: row.phase, prUrl: row.pr_url } as Task) === wanted);
  const tteMs = is("success").flatMap((row) => (row.tte_ms === null ? [] : [Number(row.tte_ms)])).sort((a, b) => a - b);
  return { day, success: is("success").length, failure: is("failure").length, tteMs };
}

/** One that is queued may have ended by now: `finishedOf` says. */
async function finished(query: Query, from: number, until: number, repository: string | undefined): Promise<Finished[]> {
  const rows = await query(
    `SELECT task_id, kind, status, phase, pr_url, error_type, created_at, started_at, merged_at, finished_at, updated_at FROM agent_tasks
     WHERE (status IN ('done', 'error') AND finished_at >= $1 AND finished_at < $2 OR status = 'queued' AND created_at >= $3 AND created_at < $4) AND ($5::text IS NULL OR repository = $5)`,
    [date(from), date(until), date(from - QUEUE_MS), date(until - QUEUE_MS), repository ?? null],
  );
  return rows.flatMap((row) => finishedOf(taskOf(row), Date.now()) ?? []);
}

async function beat(query: Query, { id, kind, status, at, currentTaskId, appVersion, tasksCompleted, uptimeSeconds }: Heartbeat): Promise<void> {
  await query(
    `INSERT INTO worker_heartbeats AS known (id, kind, status, last_heartbeat, current_task_id, app_version, tasks_completed, uptime_seconds) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, status = excluded.status, last_heartbeat = excluded.last_heartbeat, current_task_id = excluded.current_task_id,
       app_version = excluded.app_version, tasks_completed = excluded.tasks_completed, uptime_seconds = excluded.uptime_seconds
     WHERE known.last_heartbeat <= excluded.last_heartbeat`,
    [id, kind, status, date(at), currentTaskId, appVersion, tasksCompleted, uptimeSeconds],
  );
}

async function noteMissed(query: Query, store: StoreName, taskIds: readonly string[]): Promise<void> {
  await query("INSERT INTO ledger_missed (store, task_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING", [store, taskIds]);
}

async function readAlerts(query: Query, repository: string, keys: readonly string[]): Promise<Map<string, AlertNote>> {
  const rows = await query("SELECT key, revision, text FROM told_alerts WHERE repository = $1 AND key = ANY($2::text[])", [repository, keys]);
  return new Map(rows.map((row) => [String(row.key), { revision: Number(row.revision), text: String(row.text) }]));
}

interface AlertWrite {
  readonly repository: string;
  readonly key: string;
  readonly note: AlertNote;
  readonly revision: number | null;
}

async function writeAlert(query: Query, { repository, key, note, revision }: AlertWrite): Promise<boolean> {
  const values = [repository, key, note.revision, note.text];
  const written = revision === null
    ? await query("INSERT INTO told_alerts (repository, key, revision, text) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING key", values)
    : await query("UPDATE told_alerts SET revision = $3, text = $4, updated_at = now() WHERE repository = $1 AND key = $2 AND revision = $5 RETURNING key", [...values, revision]);
  return written.length > 0;
}

function restless(thing: string): Error {
  return failure("service", {
    what: `PostgreSQL: others kept writing ${thing} ${MAX_ROUNDS} times in a row`,
    fix: "Nothing, if this happens once; otherwise look for jobs that work on the same question in a loop.",
  });
}

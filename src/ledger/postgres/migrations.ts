/** One step of the schema. A step that was released never changes: what has to change is a new step. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [
  {
    number: 1,
    name: "tasks, their events and their claims",
    sql: `
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
      );`,
  },
  {
    number: 2,
    name: "heartbeats, and what other stores missed",
    sql: `
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
      );`,
  },
  {
    number: 3,
    name: "what was told of alerts",
    sql: `
      CREATE TABLE told_alerts (
        repository text NOT NULL,
        key text NOT NULL,
        revision integer NOT NULL,
        text text NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (repository, key)
      );`,
  },
  {
    number: 4,
    name: "looks on GitHub for what nobody could tell",
    sql: `
      CREATE TABLE ledger_looks (
        repository text PRIMARY KEY,
        begun_at timestamptz NOT NULL DEFAULT now(),
        until timestamptz
      );`,
  },
];

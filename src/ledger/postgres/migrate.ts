import { failure } from "../../kit/errors.ts";
import { type Migration, MIGRATIONS } from "./migrations.ts";
import { Refusal } from "./refusal.ts";
import type { Row } from "./rows.ts";

/** https://www.postgresql.org/docs/15/errcodes-appendix.html */
const UNDEFINED_TABLE = "42P01";

export type Query = (text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/** Names our advisory lock among those of other programs on the same database: "inst" in ASCII. */
const LOCK = 0x69_6e_73_74;

/**
 * Brings the schema up to date, under an advisory lock, so that of many jobs that start at once one does the work and the others
 * find it done. When all is up to date this is one read.
 * @throws InstantError when the database was written by a newer INSTANT.
 */
export async function migrate(query: Query, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  const newest = migrations.at(-1)?.number ?? 0;
  const found = await version(query);
  if (found > newest) throw fromTheFuture(found, newest);
  if (found === newest) return;
  await query("BEGIN");
  try {
    // Of its own, because a pooler may have refused those of the connection.
    await query("SET LOCAL statement_timeout = '2s'; SET LOCAL lock_timeout = '2s'");
    await query("SELECT pg_advisory_xact_lock($1)", [LOCK]);
    await query("CREATE TABLE IF NOT EXISTS instant_migrations (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())");
    const applied = await version(query);
    if (applied > newest) throw fromTheFuture(applied, newest);
    for (const { number, name, sql } of migrations.filter((migration) => migration.number > applied)) {
      await query(sql);
      await query("INSERT INTO instant_migrations (number, name) VALUES ($1, $2)", [number, name]);
    }
    await query("COMMIT");
  } catch (error) {
    // What failed is the error to tell, also when the connection is gone and this fails too.
    await query("ROLLBACK").catch(() => {});
    throw error;
  }
}

/** 0 when there is no schema of ours yet. */
async function version(query: Query): Promise<number> {
  try {
    const [newest] = await query("SELECT coalesce(max(number), 0) AS number FROM instant_migrations");
    return Number(newest?.number);
  } catch (error) {
    if (error instanceof Refusal && error.code === UNDEFINED_TABLE) return 0;
    throw error;
  }
}

function fromTheFuture(found: number, newest: number): Error {
  return failure("configuration", {
    what: `PostgreSQL holds version ${found} of INSTANT's tables, and this INSTANT knows them up to version ${newest}`,
    cause: "another workflow that uses the same database runs a newer INSTANT",
    fix: "Use the same version of INSTANT in every workflow that shares the database.",
  });
}

import { Client, type ClientConfig } from "pg";
import { failure, InstantError, messageOf } from "../../kit/errors.ts";
import type { Store } from "../port.ts";
import { withoutSecrets } from "../secrets.ts";
import { Refusal } from "./refusal.ts";
import { postgresStore } from "./store.ts";
import type { Row } from "./rows.ts";

/** How long PostgreSQL may take to answer, in milliseconds. */
export const TIMEOUT_MS = 2_000;

/**
 * Connects and brings the schema up to date.
 * @param url `postgres://user:password@host:port/database?sslmode=…`
 * @throws InstantError that names the cause and never the password, from here and from every method of the store.
 */
export async function openPostgres(url: string): Promise<Store> {
  const client = await connect(url).catch((error: unknown) => {
    throw explained(error, url);
  });
  const query = (text: string, values: readonly unknown[] = []): Promise<readonly Row[]> => ask(client, text, values).catch((error: unknown) => {
    throw explained(error, url);
  });
  try {
    return await postgresStore(query, async () => farewell(client));
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

/** Says goodbye, and does not wait for the server to have ended the process of this connection: that takes longer than all a job says. */
function farewell(client: Client): void {
  // pg has it, its types do not.
  (client as Client & { unref(): void }).unref();
  client.end().catch(() => {});
}

/** Several statements go without values: only the simple protocol takes them. */
async function ask(client: Client, text: string, values: readonly unknown[]): Promise<readonly Row[]> {
  const { rows } = await (values.length === 0 ? client.query(text) : client.query(text, [...values]));
  return rows ?? [];
}

/** A protocol violation (https://www.postgresql.org/docs/15/errcodes-appendix.html): what PgBouncer and its like call a parameter at the start that they do not know. */
const PROTOCOL_VIOLATION = "08P01";

/** With limits on the server's side too, which end what nobody waits for any more; behind a pooler that refuses them, without. */
async function connect(url: string): Promise<Client> {
  const limits = { statement_timeout: TIMEOUT_MS, lock_timeout: TIMEOUT_MS, idle_in_transaction_session_timeout: 5 * TIMEOUT_MS };
  const first = clientFor(url, limits);
  try {
    await first.connect();
    return first;
  } catch (error) {
    if ((error as { code?: unknown }).code !== PROTOCOL_VIOLATION) throw error;
    await first.end().catch(() => {});
  }
  const second = clientFor(url);
  await second.connect();
  return second;
}

function clientFor(url: string, limits: ClientConfig = {}): Client {
  if (!/^postgres(ql)?:\/\//.test(url)) throw malformed("it does not begin with postgres:// or postgresql://");
  try {
    const client = new Client({
      connectionString: url, application_name: "instant", connectionTimeoutMillis: TIMEOUT_MS, query_timeout: TIMEOUT_MS,
      // Questions that do not need each other's answers share a round trip; each is a transaction of its own all the same.
      pipeline: true,
      ...limits,
    });
    // A connection that breaks between two queries is told by the next query.
    return client.on("error", () => {});
  } catch {
    // The error of the parser may quote the address, and with it the password.
    throw malformed("it cannot be read as an address");
  }
}

function malformed(why: string): InstantError {
  return failure("configuration", {
    what: `The address of PostgreSQL is not one: ${why}`,
    where: "database-url",
    fix: "Give it as `postgres://user:password@host:5432/database`, with special characters of the password percent-encoded.",
  });
}

/** What PostgreSQL's codes (https://www.postgresql.org/docs/15/errcodes-appendix.html) and the network's mean to a person. */
const MEANINGS: Readonly<Record<string, readonly [what: string, fix: string]>> = {
  "28P01": ["refused the password", "Correct the user and password in `database-url`."],
  "28000": ["refused the user", "Allow this user from the runners' addresses in pg_hba.conf, or correct `database-url`."],
  "3D000": ["has no such database", "Create it, or correct the name in `database-url`."],
  "25006": ["is read-only", "Point `database-url` at the primary, not at a replica."],
  "42501": ["does not let this user write", "Grant it the tables, and CREATE on the schema for the first run."],
  "53300": ["has no connection left", "Raise max_connections, or put a pooler in front."],
  "53100": ["has no space left on its disk", "Free some space there."],
  "57014": ["took longer than 2 s for a statement", "Look what holds the locks or loads the server."],
  "55P03": ["did not give a lock within 2 s", "Look what holds the locks."],
  ECONNREFUSED: ["does not listen at that address", "Start it, or correct host and port in `database-url`."],
  ENOTFOUND: ["has a host name that nobody knows", "Correct the host in `database-url`."],
  EAI_AGAIN: ["has a host name that could not be looked up", "Correct the host in `database-url`, or look at the runner's DNS."],
  ECONNRESET: ["closed the connection", "See the server's log."],
  EPIPE: ["closed the connection", "See the server's log."],
};

function explained(error: unknown, url: string): InstantError {
  if (error instanceof InstantError) return error;
  const code = String((error as { code?: unknown }).code ?? "");
  const text = messageOf(error);
  const timeout = /timeout/i.test(text);
  const [what, fix] = MEANINGS[code] ?? (timeout ? ["did not answer within 2 s", "See whether it runs and can be reached from the runners."] : [`answered: ${withoutSecrets(text, url)}`, "See the server's log."]);
  return new Refusal(code, { what: `PostgreSQL ${what}${MEANINGS[code] && /^[0-9A-Z]{5}$/.test(code) ? ` (${code})` : ""}`, where: "database-url", fix });
}

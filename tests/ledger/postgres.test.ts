import { randomUUID } from "node:crypto";
import { connect, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { openPostgres } from "../../src/ledger/postgres/index.ts";
import { MIGRATIONS } from "../../src/ledger/postgres/migrations.ts";
import { program, testWith } from "../programs/support.ts";
import { refusal } from "./refusal.ts";
import { freePort, type Server, startPglite, startPostgres } from "./servers.ts";
import { aTask, storeContract } from "./store-contract.ts";

async function asAdmin(url: string, ...statements: string[]): Promise<pg.QueryResult[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const results: pg.QueryResult[] = [];
    for (const statement of statements) results.push(await client.query(statement));
    return results;
  } finally {
    await client.end();
  }
}

const EXPIRE = "UPDATE question_claims SET claimed_at = claimed_at - interval '1 hour'";

storeContract("PGlite", async () => {
  const server = await startPglite();
  return { now: Date.now, open: () => openPostgres(server.url), expireClaims: async () => void (await asAdmin(server.url, EXPIRE)), close: () => server.close() };
});

const NEEDED = ["postgres", "initdb"];
const found = NEEDED.map((name) => [name, program(name)] as const);
const missing = found.flatMap(([, one]) => ("missing" in one ? [one.missing] : []));
const programs = Object.fromEntries(found.flatMap(([name, one]) => ("path" in one ? [[name, one.path]] : []))) as { postgres: string; initdb: string };

/** The real one, for all that is asked of it below: to make its data costs more than most tests. */
let server: Server;
beforeAll(async () => {
  if (missing.length === 0) server = await startPostgres(programs, { password: "s3cr3t:/@" });
}, 60_000);
afterAll(() => server?.close());

if (missing.length > 0) {
  testWith(NEEDED, "the store PostgreSQL", async () => {});
} else {
  storeContract("PostgreSQL", async () => {
    const [shown] = await asAdmin(server.url, "SHOW server_version");
    return { server: { version: String(shown?.rows[0]?.server_version), atLeast: 15 }, now: Date.now, open: () => openPostgres(server.url), expireClaims: async () => void (await asAdmin(server.url, EXPIRE)), close: async () => {} };
  });
}

describe("a PostgreSQL that does not serve", () => {
  test("an address that is none", async () => {
    expect(await refusal(openPostgres("mysql://u:s3cr3t@h/d"))).toMatch(/does not begin with postgres:/);
    expect(await refusal(openPostgres("postgres://u:s3cr3t@h:port/d"))).toMatch(/cannot be read as an address|database-url/);
    expect(await refusal(openPostgres("postgres://u:%zzs3cr3t@h/d"))).toMatch(/database-url/);
  });

  test("nobody listens, nobody answers, nobody knows the host", async () => {
    expect(await refusal(openPostgres(`postgres://u:s3cr3t@127.0.0.1:${await freePort()}/d`))).toMatch(/does not listen/);
    const silent = createServer((socket) => socket.resume().on("error", () => {}));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    const began = performance.now();
    expect(await refusal(openPostgres(`postgres://u:s3cr3t@127.0.0.1:${port}/d`))).toMatch(/did not answer within 2 s/);
    expect(performance.now() - began).toBeLessThan(6_000);
    silent.close();
    expect(await refusal(openPostgres("postgres://u:s3cr3t@host.invalid/d"))).toMatch(/host name/);
  }, 20_000);
});

describe("a real PostgreSQL in a bad state", () => {
  const database = async (): Promise<string> => {
    const name = `d${randomUUID().replaceAll("-", "")}`;
    await asAdmin(server.url, `CREATE DATABASE ${name}`);
    return server.url.replace(/postgres$/, name);
  };

  testWith(NEEDED, "a wrong password, a database that is not there, a user who may not write", async () => {
    expect(await refusal(openPostgres(server.url.replace("instant:", "instant:wrong")))).toMatch(/refused the password \(28P01\)/);
    expect(await refusal(openPostgres(server.url.replace(/postgres$/, "nothere")))).toMatch(/has no such database/);
    const url = await database();
    await asAdmin(url, "CREATE USER reader PASSWORD 's3cr3t'");
    expect(await refusal(openPostgres(url.replace(/\/\/[^@]*@/, "//reader:s3cr3t@")))).toMatch(/does not let this user write/);
  });

  testWith(NEEDED, "a read-only one, and one written by a newer INSTANT", async () => {
    const url = await database();
    const store = await openPostgres(url);
    await asAdmin(url, `ALTER DATABASE ${url.split("/").at(-1)} SET default_transaction_read_only = on`);
    const reading = await openPostgres(url);
    expect(await refusal(reading.write({ tasks: [aTask()], events: [] }))).toMatch(/is read-only \(25006\)/);
    await Promise.all([store.close(), reading.close()]);
    const other = await database();
    await (await openPostgres(other)).close();
    await asAdmin(other, "INSERT INTO instant_migrations (number, name) VALUES (9999, 'from the future')");
    expect(await refusal(openPostgres(other))).toMatch(/version 9999 of INSTANT's tables.*up to version/);
  });

  testWith(NEEDED, "a table that somebody holds costs 2 s and names itself; a server that dies is told", async () => {
    const url = await database();
    const [waiting, blocker] = [await openPostgres(url), new pg.Client({ connectionString: url })];
    await blocker.connect();
    await blocker.query("BEGIN");
    await blocker.query("LOCK TABLE agent_tasks IN ACCESS EXCLUSIVE MODE");
    const began = performance.now();
    expect(await refusal(waiting.write({ tasks: [aTask()], events: [] }))).toMatch(/within 2 s|longer than 2 s/);
    expect(performance.now() - began).toBeLessThan(6_000);
    blocker.on("error", () => {});
    const look = { repository: "acme/docs", force: false, everyMs: 3_600_000, leaseMs: 60_000, staleMs: 1e12 };
    const looking = await openPostgres(url);
    expect(await looking.beginLook(look)).toEqual({ since: null });
    await looking.endLook(look.repository, Date.now());
    expect(await looking.beginLook({ ...look, leaseMs: 0 })).toBeNull();
    await server.kill();
    expect(await refusal(waiting.read(randomUUID()))).toMatch(/closed the connection|answered|terminat/i);
    await Promise.all([waiting.close(), looking.close().catch(() => {})]);
    await server.start();
    // It may have missed something: a look is due at once, for one.
    const again = await openPostgres(url);
    expect(await again.beginLook(look)).toEqual({ since: expect.any(Number) });
    expect(await again.beginLook(look)).toBeNull();
    await again.close();
  }, 30_000);

  testWith(NEEDED, "behind a pooler that refuses limits at the start, as PgBouncer does, it is used without them", async () => {
    const url = await database();
    const refused: string[] = [];
    const pooler = createServer((socket) => {
      socket.on("error", () => {}).once("data", (startup) => {
        const parameter = ["statement_timeout", "lock_timeout"].find((name) => startup.includes(name));
        if (parameter === undefined) {
          const behind = connect(server.port, "127.0.0.1").on("error", () => socket.destroy());
          behind.write(startup);
          return void socket.pipe(behind).pipe(socket);
        }
        refused.push(parameter);
        const fields = Buffer.from(`SFATAL\0C08P01\0Munsupported startup parameter: ${parameter}\0\0`);
        const head = Buffer.from("E\0\0\0\0");
        head.writeInt32BE(fields.length + 4, 1);
        socket.end(Buffer.concat([head, fields]));
      });
    });
    await new Promise<void>((resolve) => pooler.listen(0, "127.0.0.1", resolve));
    const behind = new URL(url);
    behind.port = String((pooler.address() as { port: number }).port);
    const store = await openPostgres(behind.href);
    const task = aTask();
    await store.write({ tasks: [task], events: [] });
    expect([(await store.read(task.taskId))?.task, refused]).toEqual([task, ["statement_timeout"]]);
    await store.close();
    pooler.close();
  });

  testWith(NEEDED, "ten jobs that meet an empty database make the schema once", async () => {
    const url = await database();
    const stores = await Promise.all(Array.from({ length: 10 }, () => openPostgres(url)));
    const [applied] = await asAdmin(url, "SELECT number FROM instant_migrations ORDER BY number");
    expect(applied?.rows.map((row) => row.number)).toEqual(MIGRATIONS.map(({ number }) => number));
    await Promise.all(stores.map((store) => store.close()));
  }, 30_000);
});

import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { startPostgres } from "../../src/cli/servers.ts";
import { program } from "../programs/support.ts";

export { freePort, type Server, startPostgres, startRedis } from "../../src/cli/servers.ts";

/** PostgreSQL compiled to WebAssembly behind the real protocol: what stands in where no server is installed. */
export async function startPglite(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const db = await PGlite.create();
  const socket = new PGLiteSocketServer({ db, host: "127.0.0.1", port: 0, maxConnections: 40 });
  const port = await new Promise<number>((resolve, reject) => {
    socket.addEventListener("listening", (event) => resolve((event as CustomEvent<{ port: number }>).detail.port));
    socket.start().catch(reject);
  });
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres?sslmode=disable`,
    close: async () => {
      await socket.stop();
      await db.close();
    },
  };
}

/** A PostgreSQL for what any does for: the real one where it is installed, which starts in a quarter of the time. */
export async function startAnyPostgres(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const [postgres, initdb] = [program("postgres"), program("initdb")];
  return "path" in postgres && "path" in initdb ? startPostgres({ postgres: postgres.path, initdb: initdb.path }) : startPglite();
}

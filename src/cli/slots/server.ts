// One slot of a blue-green deployment: a process of its own that serves one commit, until its standard input ends. `sick` and `well` on a
// line of it change how it feels; SICK_AFTER makes it sick once users have asked for so many pages, as a leak would.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";

const { COMMIT: commit = "", SICK_AFTER: limit } = process.env;
let sick = false;
let pages = 0;

const server = createServer((request, response) => {
  const say = (status: number, body: unknown) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (request.url === "/version") return void say(200, { commit });
  if (request.url === "/") {
    pages += 1;
    if (limit !== undefined && pages > Number(limit)) sick = true;
  }
  say(sick ? 503 : 200, { status: sick ? "down" : "ok", commit });
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`listening on ${(server.address() as AddressInfo).port}\n`));
createInterface({ input: process.stdin }).on("line", (line) => void (sick = line === "sick")).once("close", () => process.exit(0));

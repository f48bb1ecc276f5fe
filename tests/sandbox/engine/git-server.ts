/** A real git server over HTTP for the tests: `git http-backend` behind a loopback port, with the headers it was sent. */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export interface GitServer {
  readonly url: string;
  /** Authorization headers, as they came. */
  readonly authorizations: (string | undefined)[];
  /** Runs git in a working copy of octo/site, with a fixed author. */
  git(...args: readonly string[]): string;
  readonly work: string;
  close(): Promise<void>;
}

export async function startGitServer(folder: string, token?: string): Promise<GitServer> {
  const root = join(folder, "repositories");
  const work = join(folder, "work");
  const bare = join(root, "octo", "site");
  mkdirSync(bare, { recursive: true });
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder, GIT_CONFIG_NOSYSTEM: "1", GIT_AUTHOR_NAME: "t", GIT_AUTHOR_EMAIL: "t@example.invalid", GIT_COMMITTER_NAME: "t", GIT_COMMITTER_EMAIL: "t@example.invalid" };
  const run = (cwd: string, ...args: readonly string[]) => execFileSync("git", args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  run(folder, "init", "-q", "--bare", "-b", "main", bare);
  run(bare, "config", "http.receivepack", "true");
  run(folder, "clone", "-q", bare, work);
  writeFileSync(join(work, "README.md"), "one\n");
  run(work, "checkout", "-q", "-b", "main");
  run(work, "add", ".");
  run(work, "commit", "-q", "-m", "one");
  run(work, "push", "-q", "origin", "main");
  const authorizations: (string | undefined)[] = [];
  const expected = token === undefined ? undefined : `basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
  const server = createServer((request, response) => {
    authorizations.push(request.headers.authorization);
    if (expected !== undefined && request.headers.authorization !== expected) {
      response.writeHead(401, { "www-authenticate": "Basic" }).end();
      return;
    }
    serve(root, env, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authorizations,
    git: (...args) => run(work, ...args),
    work,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function serve(root: string, env: Readonly<Record<string, string>>, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? "/", "http://localhost");
  const child = spawn("git", ["http-backend"], {
    env: {
      ...env,
      GIT_PROJECT_ROOT: root, GIT_HTTP_EXPORT_ALL: "1", PATH_INFO: pathname, QUERY_STRING: search.slice(1), REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: request.headers["content-type"] ?? "", HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""), REMOTE_USER: "t", REMOTE_ADDR: "127.0.0.1",
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  request.pipe(child.stdin);
  let head = Buffer.alloc(0);
  let headed = false;
  child.stdout.on("data", (chunk: Buffer) => {
    if (headed) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    headed = true;
    const headers = head.subarray(0, end).toString().split("\r\n").map((line) => line.split(/:\s*(.*)/s).slice(0, 2) as [string, string]);
    const status = Number(headers.find(([name]) => name === "Status")?.[1].slice(0, 3) ?? 200);
    response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== "Status")));
    response.write(head.subarray(end + 4));
  });
  child.stdout.on("end", () => response.end());
}

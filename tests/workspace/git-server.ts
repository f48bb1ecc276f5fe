import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { RunContext } from "../../src/kit/context.ts";
import { serveGit } from "../../src/sandbox/git/backend.ts";
import { GitRepository } from "../../src/sandbox/git/repository.ts";

/** A project on a git server of its own on loopback, with a working copy beside to make commits in. */
export interface Project {
  readonly context: RunContext;
  /** Authorization headers in the order in which they came. */
  readonly credentials: string[];
  /** Set to answer the next requests with these statuses instead of asking git. */
  readonly failures: number[];
  /** A folder that nothing but the tests writes to. */
  readonly folder: string;
  /** Writes files (null deletes), commits them on the current branch of the working copy and the server; answers the SHA. */
  commit(files: Readonly<Record<string, string | null>>, message?: string): string;
  git(...args: string[]): string;
  /** What the server has. */
  server(...args: string[]): string;
  /** Bytes that the server has sent so far. */
  sent(): number;
  close(): Promise<void>;
}

const person = { GIT_AUTHOR_NAME: "Ada", GIT_AUTHOR_EMAIL: "ada@example.org", GIT_COMMITTER_NAME: "Ada", GIT_COMMITTER_EMAIL: "ada@example.org" };

export function runGit(cwd: string, ...args: string[]): string {
  const env = { PATH: process.env.PATH ?? "", GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", ...person };
  return execFileSync("git", args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

export async function openProject(options: { readonly token: string }): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), "instant-workspace-"));
  const bare = join(folder, "server.git");
  const work = join(folder, "work");
  const temp = join(folder, "temp");
  mkdirSync(temp);
  const served = await GitRepository.create(bare, "main");
  runGit(folder, "init", "-q", "--initial-branch=main", work);
  runGit(work, "remote", "add", "origin", bare);
  // What is committed is the server's already: a push of each commit would start some ten processes.
  rmSync(join(work, ".git", "objects"), { recursive: true });
  symlinkSync(join(bare, "objects"), join(work, ".git", "objects"), "junction");
  const credentials: string[] = [];
  const failures: number[] = [];
  const wanted = `basic ${Buffer.from(`x-access-token:${options.token}`).toString("base64")}`;
  const server = createServer((request, response) => {
    const authorization = request.headers.authorization;
    if (authorization !== undefined) credentials.push(authorization);
    const status = failures.shift() ?? (authorization?.toLowerCase() === wanted.toLowerCase() ? undefined : 401);
    if (status !== undefined) {
      response.writeHead(status, status === 401 ? { "www-authenticate": "Basic realm=git" } : {}).end();
      return;
    }
    const url = new URL(request.url ?? "/", "http://localhost");
    const path = url.pathname.replace(/^\/ada\/library/, "");
    void serveGit(request, response, { dir: bare, path, query: url.search.slice(1), user: "ada" });
  });
  const sockets: Socket[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const serverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    folder,
    credentials,
    failures,
    context: contextOf(serverUrl, work, temp),
    commit: (files, message = "A change") => {
      for (const [path, text] of Object.entries(files)) {
        if (text === null) rmSync(join(work, path));
        else {
          mkdirSync(dirname(join(work, path)), { recursive: true });
          writeFileSync(join(work, path), text);
        }
      }
      runGit(work, "add", "-A");
      runGit(work, "commit", "-q", "--allow-empty", "-m", message);
      const [, ref = ""] = /^ref: (\S+)/.exec(readFileSync(join(work, ".git", "HEAD"), "utf8")) ?? [];
      const sha = readFileSync(join(work, ".git", ref), "utf8").trim();
      mkdirSync(dirname(join(bare, ref)), { recursive: true });
      writeFileSync(join(bare, ref), `${sha}\n`);
      return sha;
    },
    git: (...args) => runGit(work, ...args),
    server: (...args) => runGit(bare, ...args),
    sent: () => sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await served.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function contextOf(serverUrl: string, workspace: string, temp: string): RunContext {
  return {
    owner: "ada", repo: "library", eventName: "pull_request", event: {}, sha: "", ref: "refs/heads/main", actor: "ada", runId: "1", runAttempt: 1,
    runUrl: `${serverUrl}/ada/library/actions/runs/1`, workflow: "CI", job: "ci", serverUrl, apiUrl: serverUrl, graphqlUrl: serverUrl, workspace, temp,
  };
}

/** A log that keeps every line. */
export function recordingLog() {
  const lines: string[] = [];
  const take = (message: string, fields: object = {}) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  return { lines, debug: take, info: take, warning: take, error: take };
}

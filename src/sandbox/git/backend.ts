/** Smart HTTP by git itself: `git http-backend` as a CGI program, streamed both ways. */

import { type ChildProcess, spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";

import { gitEnvironment } from "./process.ts";

export interface BackendRequest {
  /** The bare repository. */
  readonly dir: string;
  /** `/info/refs`, `/git-upload-pack`, … */
  readonly path: string;
  readonly query: string;
  /** Shown to hooks as REMOTE_USER. */
  readonly user: string;
  /** Further environment, read by the repository's hooks. */
  readonly env?: Readonly<Record<string, string>>;
  /** Awaited when git is done and before the client hears of it: what a push changed must be visible then. */
  readonly done?: () => Promise<void>;
}

/** Answers one request; resolves with the status when git is done and the response was sent. */
export function serveGit(request: IncomingMessage, response: ServerResponse, what: BackendRequest): Promise<number> {
  const header = (name: string): string => {
    const value = request.headers[name];
    return typeof value === "string" ? value : "";
  };
  const child = spawn("git", ["http-backend"], {
    env: gitEnvironment({
      GIT_PROJECT_ROOT: what.dir,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: what.path,
      QUERY_STRING: what.query,
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: header("content-type"),
      HTTP_CONTENT_ENCODING: header("content-encoding"),
      ...(request.headers["content-length"] === undefined ? {} : { CONTENT_LENGTH: header("content-length") }),
      GIT_PROTOCOL: header("git-protocol"),
      REMOTE_USER: what.user,
      REMOTE_ADDR: "127.0.0.1",
      ...what.env,
    }),
    windowsHide: true,
    // A group of its own, so that all of it can be ended: git runs the backend, and the backend receive-pack.
    detached: process.platform !== "win32",
  });
  request.pipe(child.stdin);
  child.stdin.on("error", () => undefined);
  child.stderr.resume();
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    let started = false;
    child.on("error", (cause) => reject(new Error("git http-backend could not be started", { cause })));
    const abandon = (): void => {
      if (response.writableFinished) return;
      // The backend reads the end of a request that broke off for ever (pipe_fixed_length in git's http-backend.c).
      killGroup(child);
      child.stdin.destroy();
      child.stdout.destroy();
    };
    response.on("close", abandon);
    // The client may be gone already: git would wait for the rest of its request for ever.
    if (response.destroyed) abandon();
    child.stdout.on("data", (chunk: Buffer) => {
      if (started) {
        if (!response.write(chunk)) pauseUntilDrained(child.stdout, response);
        return;
      }
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      started = true;
      writeHead(response, head.toString("latin1", 0, end));
      response.write(head.subarray(end + 4));
    });
    child.on("close", () => {
      if (!started && !response.headersSent) response.writeHead(500);
      const end = (): void => {
        response.end(() => resolve(response.statusCode));
        if (response.destroyed) resolve(response.statusCode);
      };
      (what.done?.() ?? Promise.resolve()).then(end, (cause: unknown) => {
        end();
        reject(cause instanceof Error ? cause : new Error(String(cause)));
      });
    });
  });
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined && process.platform !== "win32") process.kill(-child.pid, "SIGKILL");
    else child.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function pauseUntilDrained(stream: NodeJS.ReadableStream, response: ServerResponse): void {
  stream.pause();
  response.once("drain", () => stream.resume());
}

/** CGI's header lines; `Status: 404 Not Found` is the status. */
function writeHead(response: ServerResponse, head: string): void {
  let status = 200;
  for (const line of head.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}

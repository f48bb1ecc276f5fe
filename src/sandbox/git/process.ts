/** One-shot git commands. Long-running ones (`cat-file --batch`) have their own file. */

import { spawn } from "node:child_process";

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export class GitError extends Error {
  readonly args: readonly string[];
  readonly code: number;
  readonly stderr: string;
  constructor(args: readonly string[], result: GitResult) {
    super(`git ${args.slice(0, 4).join(" ")} ended with ${result.code}: ${result.stderr.trim() || "no message"}`);
    this.name = "GitError";
    this.args = args;
    this.code = result.code;
    this.stderr = result.stderr;
  }
}

/** The user's own configuration (hooks, templates, signing, default branch) must not leak into the sandbox. */
export function gitEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const clean: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!name.startsWith("GIT_")) clean[name] = value;
  }
  return {
    ...clean,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: process.platform === "win32" ? "NUL" : "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    LC_ALL: "C",
    ...extra,
  };
}

export interface GitOptions {
  readonly cwd?: string;
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are answers, not failures. Default: only 0. */
  readonly accept?: readonly number[];
}

/**
 * Runs git and collects its output.
 * @throws GitError when it ends with a code that is not accepted.
 */
export async function git(args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  const result = await collect(args, options);
  if (!(options.accept ?? [0]).includes(result.code)) throw new GitError(args, result);
  return result;
}

function collect(args: readonly string[], options: GitOptions): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: gitEnvironment(options.env),
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      windowsHide: true,
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", (cause) => reject(new Error("git could not be started: is it installed and on PATH?", { cause })));
    child.on("close", (code) => {
      resolve({ code: code ?? -1, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString("utf8") });
    });
    // A child that ended early closes its stdin: its exit code tells the story, not EPIPE.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.input);
  });
}

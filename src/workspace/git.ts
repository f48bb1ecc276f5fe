import { spawn } from "node:child_process";
import { failure, type InstantError } from "../kit/errors.ts";
import { proxySecrets } from "../kit/proxy.ts";
import { whereItsStatusIs } from "../kit/server.ts";
import { serverFacts, type Trace, untraced } from "../kit/trace.ts";
import { gitEnvironment } from "./environment.ts";

/** One git program of this machine, with a configuration of its own laid over the person's. */
export interface Git {
  /**
   * Runs git and answers whatever its exit status is.
   * @throws InstantError when git cannot be started or does not end in time.
   */
  run(args: readonly string[], options: GitOptions): Promise<GitResult>;
  /** The same, and a status other than 0 is an InstantError. */
  must(args: readonly string[], options: GitOptions): Promise<string>;
  /** Text without the token, in any shape it may have. */
  redact(text: string): string;
}

export interface GitOptions {
  readonly cwd: string;
  readonly input?: string;
  /** Whether this call may speak to the server and so gets the credential. */
  readonly remote?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export interface GitResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const DEFAULT_TIMEOUT_MS = 120_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** No hooks, helpers, drivers of transport or background work: a checkout of a pull request must not start a program of its choice. */
const SAFE: readonly (readonly [string, string])[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.untrackedCache", "false"],
  ["credential.helper", ""],
  ["protocol.allow", "never"],
  ["protocol.https.allow", "always"],
  ["protocol.http.allow", "always"],
  // Git would take the credential along to whatever host the answer names.
  ["http.followRedirects", "false"],
  // By `merge=union` in its .gitattributes a tree could keep both sides of what is in conflict, and a revert that takes nothing back
  // would pass for one. A driver of this name goes before the built-in one: the merge by lines that everybody else gets.
  ["merge.union.driver", "git merge-file --marker-size=%L %A %O %B"],
  ["fetch.recurseSubmodules", "false"],
  ["submodule.recurse", "false"],
  ["push.recurseSubmodules", "no"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["commit.gpgSign", "false"],
  ["advice.detachedHead", "false"],
  // The workspace of a job that runs in a container belongs to another user.
  ["safe.directory", "*"],
];

/**
 * @param token goes to the server as a header that git takes from its environment (git-config(1), GIT_CONFIG_COUNT), as
 * actions/checkout does it, but never through a file or the command line.
 * @param trace is told of each call: its subcommand, server and exit status, by the conventions for programs
 *   (https://opentelemetry.io/docs/specs/semconv/cli/cli-spans/); its other arguments name what only the repository's readers may know.
 */
export function openGit({ serverUrl, token, trace = untraced }: { serverUrl: string; token: string; trace?: Trace }): Git {
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  const header = `http.${serverUrl}/.extraheader`;
  // The empty value clears what a configuration of the person may hold; GitHub refuses two Authorization headers.
  const credential: [string, string][] = token === "" ? [] : [[header, ""], [header, `AUTHORIZATION: basic ${basic}`]];
  const secrets = [...(token === "" ? [] : [token, basic]), ...proxySecrets(process.env)];
  const redact = (text: string) => secrets.reduce((left, secret) => left.replaceAll(secret, "***"), text);
  const call = (args: readonly string[], options: GitOptions, judge: (result: GitResult) => void) => {
    const config = configEnvironment(options.remote ? [...SAFE, ...credential] : SAFE);
    const server = options.remote && URL.canParse(serverUrl) ? serverFacts(new URL(serverUrl)) : {};
    return trace(`git ${args[0] ?? ""}`, { "process.executable.name": "git", ...server }, async (one) => {
      const result = await start(args, options, { ...gitEnvironment(process.env, serverUrl), ...options.env, ...config });
      one.set({ "process.exit.code": result.status });
      judge(result);
      return result;
    });
  };
  // What a status other than 0 means is for the caller to say: often it is an answer.
  const run = (args: readonly string[], options: GitOptions) => call(args, options, () => {});
  const must = async (args: readonly string[], options: GitOptions) => {
    const { stdout } = await call(args, options, ({ status, stderr }) => {
      if (status !== 0) throw explainGit(args[0] ?? "", redact(stderr), options.remote ? serverUrl : undefined);
    });
    return stdout;
  };
  return { run, must, redact };
}

function configEnvironment(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  const entries = pairs.flatMap(([key, value], at) => [[`GIT_CONFIG_KEY_${at}`, key], [`GIT_CONFIG_VALUE_${at}`, value]]);
  return { GIT_CONFIG_COUNT: String(pairs.length), ...Object.fromEntries(entries) as Record<string, string> };
}

function start(args: readonly string[], options: GitOptions, env: Record<string, string>): Promise<GitResult> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return new Promise((resolve, reject) => {
    const child = spawn("git", args, { cwd: options.cwd, env, stdio: ["pipe", "pipe", "pipe"], windowsHide: true });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let size = 0;
    let problem: InstantError | undefined;
    const stop = (error: InstantError) => {
      problem ??= error;
      child.kill("SIGKILL");
    };
    const limit = setTimeout(() => stop(tooSlow(args[0] ?? "", timeoutMs)), timeoutMs);
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_OUTPUT_BYTES) stop(tooMuch(args[0] ?? ""));
      else into.push(chunk);
    };
    child.stdout.on("data", collect(out));
    child.stderr.on("data", collect(err));
    child.stdin.on("error", () => {}); // git may end without reading
    child.stdin.end(options.input ?? "");
    child.once("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(limit);
      reject(notStarted(error));
    });
    child.once("close", (code) => {
      clearTimeout(limit);
      if (problem) reject(problem);
      else resolve({ status: code ?? 128, stdout: Buffer.concat(out).toString("utf8"), stderr: Buffer.concat(err).toString("utf8") });
    });
  });
}

function notStarted(cause: NodeJS.ErrnoException): InstantError {
  return failure("configuration", {
    what: `git could not be started: ${cause.code ?? cause.message}`,
    cause: "git is not installed on this runner",
    fix: "Install git 2.38 or newer on the runner, or use an image that has it.",
  }, cause);
}

function tooSlow(command: string, timeoutMs: number): InstantError {
  return failure("service", {
    what: `git ${command} did not end within ${Math.round(timeoutMs / 1000)} s`,
    cause: "the server is slow or the repository is very large",
    fix: "Run the job again; if it stays so, check out the pull request's head in a step before this one.",
  });
}

function tooMuch(command: string): InstantError {
  return failure("configuration", {
    what: `git ${command} printed more than ${MAX_OUTPUT_BYTES / 1024 / 1024} MiB`,
    cause: "the change is too large to be looked at",
    fix: "Split the pull request.",
  });
}

/** Why git gave up, from what it wrote (LC_ALL=C). The patterns are those of git's http transport and of GitHub's answers. */
function explainGit(command: string, stderr: string, server: string | undefined): InstantError {
  const said = lastWords(stderr);
  const remote = server !== undefined;
  const closed = remote ? closedWay(command, stderr, said) : undefined;
  if (closed) return closed;
  if (/refusing to allow a GitHub App to create or update workflow/i.test(stderr)) {
    return failure("permission", {
      what: `The push was refused: ${said}`,
      cause: "the change touches .github/workflows, which no GITHUB_TOKEN may write",
      fix: "Give `token` a GitHub App token with the permission `workflows: write`, or push this change yourself.",
    });
  }
  if (remote && /authentication failed|could not read Username|invalid credentials|Repository not found|HTTP 40[134]|error: 40[134]|Permission to .* denied|Write access to repository not granted/i.test(stderr)) {
    return failure("permission", {
      what: `git ${command} was refused by the server: ${said}`,
      cause: "the token may not read or write this repository",
      fix: `Give the job \`permissions: contents: ${command === "push" ? "write" : "read"}\`.`,
    });
  }
  if (/unable to update url base|error: 30\d|HTTP 30\d/i.test(stderr)) {
    return failure("configuration", {
      what: `git ${command} was answered with a redirect: ${said}`,
      cause: "the repository was renamed or moved while the job ran, or something in between answers for the server; a redirect is not followed, because the token would go with it",
      fix: "Run the job again, so that it starts with the repository's own address.",
    });
  }
  if (/not our ref|unadvertised object|couldn't find remote ref/i.test(stderr)) {
    return failure("service", {
      what: `The server does not have the commit: ${said}`,
      cause: "the branch was deleted or rewritten in the meantime",
      fix: "Start again with the pull request's newest commit.",
    });
  }
  const fix = remote ? `Run the job again; ask ${whereItsStatusIs(server)} when it happens again.` : "Please report it with the log of this run.";
  return failure(remote ? "service" : "instant", { what: `git ${command} failed: ${said}`, fix });
}

/** What curl says, through git, of proxies and certificates (git's http.c and curl's lib/strerror.c; GnuTLS and OpenSSL builds). */
function closedWay(command: string, stderr: string, said: string): InstantError | undefined {
  if (/from proxy after CONNECT|Proxy CONNECT aborted|CONNECT tunnel failed|Could not resolve proxy|error: 407|HTTP 407|proxy authentication/i.test(stderr)) {
    return failure("configuration", {
      what: `git ${command} did not get through the proxy: ${said}`,
      cause: /407/.test(stderr) ? "the proxy asks for a user and a password, or does not take those in its variable" : "the proxy does not let this host through, asks for another user and password, or its address is wrong",
      fix: "Correct HTTPS_PROXY or HTTP_PROXY (`http://user:password@host:port`) where the runner is started, or add the server to NO_PROXY if the runner can reach it itself.",
    });
  }
  if (/certificate verification failed|SSL certificate problem|unable to get local issuer|self[- ]signed certificate/i.test(stderr)) {
    return failure("configuration", {
      what: `git ${command} does not trust the server's certificate: ${said}`,
      cause: "it was made by an authority of your own; git does not read NODE_EXTRA_CA_CERTS",
      fix: "Set GIT_SSL_CAINFO, where the runner is started, to a PEM file with that authority's certificate, or install it on the machine (docs/ghes-and-proxies.md).",
    });
  }
  return undefined;
}

function lastWords(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const telling = lines.filter((line) => /^(fatal|error|remote: (error|fatal|Permission|Write|refusing))/i.test(line));
  const words = (telling.length > 0 ? telling : lines).slice(0, 3).join(" ");
  return words.length > 400 ? `${words.slice(0, 397)}…` : words || "it said nothing";
}

/** Whether another try may help: the server or the way to it failed, and nothing was refused. */
export function isTransient(stderr: string): boolean {
  return /HTTP 5\d\d|error: 5\d\d|RPC failed|early EOF|Connection (reset|refused|timed out)|Could not resolve host|unexpected disconnect|Operation timed out|Empty reply|HTTP 429|error: 429/i.test(stderr);
}

import { closeSync, openSync, readFileSync, readSync, writeSync } from "node:fs";

import { bypasses, proxyFor } from "../kit/proxy.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What a user's command may know. Everything else stays behind: INPUT_*, ACTIONS_* (tokens of the cache and of OIDC), and the files
 * by which a step speaks to the runner (GITHUB_OUTPUT, GITHUB_ENV, GITHUB_PATH, GITHUB_STATE, GITHUB_STEP_SUMMARY), because the
 * command runs code of the pull request and must neither read a token nor set outputs or steer later steps.
 */
const ALLOWED = new Set([
  "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TMPDIR", "TMP", "TEMP", "TZ", "CI", "TERM",
  "RUNNER_OS", "RUNNER_ARCH", "RUNNER_TEMP", "RUNNER_TOOL_CACHE", "RUNNER_NAME", "RUNNER_ENVIRONMENT", "RUNNER_DEBUG", "ImageOS",
  // By this one the runner finds and ends what a job left behind.
  "RUNNER_TRACKING_ID",
  "GITHUB_ACTIONS", "GITHUB_WORKSPACE", "GITHUB_REPOSITORY", "GITHUB_REPOSITORY_OWNER", "GITHUB_REPOSITORY_ID",
  "GITHUB_SHA", "GITHUB_REF", "GITHUB_REF_NAME", "GITHUB_REF_TYPE", "GITHUB_HEAD_REF", "GITHUB_BASE_REF",
  "GITHUB_RUN_ID", "GITHUB_RUN_NUMBER", "GITHUB_RUN_ATTEMPT", "GITHUB_WORKFLOW", "GITHUB_JOB", "GITHUB_ACTOR", "GITHUB_EVENT_NAME",
  "GITHUB_SERVER_URL", "GITHUB_API_URL", "GITHUB_GRAPHQL_URL",
  "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
  // Files of certificates, which a network that puts its own in the place of others cannot do without.
  "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE",
  // Windows does not start a program without these.
  "SystemRoot", "SYSTEMROOT", "SystemDrive", "ComSpec", "COMSPEC", "PATHEXT", "WINDIR", "USERPROFILE", "APPDATA", "LOCALAPPDATA",
  "ProgramFiles", "ProgramData", "Path",
]);

/** Where toolchains that an earlier step installed are found. */
const ALLOWED_SHAPES = [/^LC_[A-Z]+$/, /^JAVA_HOME(_\w+)?$/, /^(GOROOT|GOPATH|CARGO_HOME|RUSTUP_HOME|NODE_PATH|PYTHONPATH|VIRTUAL_ENV|GEM_HOME|ANDROID_HOME|DOTNET_ROOT)(_\w+)?$/];

const SECRET_SHAPE = /TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|APIKEY|(^|_)KEY(_|$)|(^|_)PAT(_|$)/i;

/** The environment of a user's command; what `extra` names is the action's own and is taken as it is. */
export function cleanEnvironment(env: Environment, extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || SECRET_SHAPE.test(name)) continue;
    if (/proxy/i.test(name) && !/^no_/i.test(name) && value.includes("@")) continue; // a proxy's password
    if (ALLOWED.has(name) || ALLOWED_SHAPES.some((shape) => shape.test(name))) clean[name] = value;
  }
  return { ...clean, ...extra };
}

/**
 * Git's own environment: it needs the way out (proxies, certificates) and the person's configuration, no more.
 * @throws InstantError when the proxy variable for the server is unusable.
 */
export function gitEnvironment(env: Environment, serverUrl: string): Record<string, string> {
  const names = ["PATH", "Path", "HOME", "USERPROFILE", "TMPDIR", "TMP", "TEMP", "SystemRoot", "SYSTEMROOT", "ComSpec", "PATHEXT", "APPDATA"];
  const network = ["ALL_PROXY", "all_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"];
  const kept = [...names, ...network].map((name) => [name, env[name]] as const).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return { ...Object.fromEntries(kept), ...gitProxy(env, serverUrl), LC_ALL: "C", GIT_TERMINAL_PROMPT: "0", GIT_LFS_SKIP_SMUDGE: "1" };
}

/**
 * The one proxy that the API goes through too, said so that git's HTTP library (curl) reads the same: it knows no HTTP_PROXY in
 * capitals, no ports and no `*.` in NO_PROXY, and would send 127.0.0.1 through a proxy
 * (https://everything.curl.dev/usingcurl/proxies/env.html). The person's `http.proxy` goes before it.
 */
function gitProxy(env: Environment, serverUrl: string): Record<string, string> {
  if (!URL.canParse(serverUrl)) return {};
  const server = new URL(serverUrl);
  const proxy = proxyFor(server, env);
  if (proxy) return { [server.protocol === "https:" ? "https_proxy" : "http_proxy"]: proxy.url };
  return bypasses(server, env) ? { no_proxy: "*" } : {};
}

/**
 * Overwrites, in the block of memory that Linux shows as /proc/{pid}/environ, every variable that a user's command may not know. A
 * command of the pull request runs as the same user and could read them there, however clean its own environment is; unsetting a
 * variable leaves that block as it was. What is a secret by its name is lost to this process too, so it has to be read before; the
 * others (the runner's files, a proxy with a password, whatever a workflow's `env:` holds) are set anew, in memory that no other
 * process is shown. Elsewhere than on Linux it does nothing.
 * @returns whether it was done.
 */
export function scrubOwnEnvironment(): boolean {
  if (process.platform !== "linux") return false;
  try {
    const allowed = new Set(Object.keys(cleanEnvironment(process.env)));
    const needed = Object.entries(process.env).filter(([name]) => !allowed.has(name) && !isSecret(name));
    const [start, end] = environmentBlock();
    const memory = openSync("/proc/self/mem", "r+");
    try {
      const block = Buffer.alloc(end - start);
      readSync(memory, block, 0, block.length, start);
      for (const [from, to] of spansOutside(allowed, block)) writeSync(memory, Buffer.alloc(to - from, "*"), 0, to - from, start + from);
    } finally {
      closeSync(memory);
    }
    for (const [name, value] of needed) if (value !== undefined) process.env[name] = value;
    return true;
  } catch {
    return false; // a kernel that forbids it: nothing is worse than before
  }
}

/** Fields 50 and 51 of /proc/{pid}/stat (proc(5)), counted behind the name of the program, which may hold spaces. */
function environmentBlock(): [number, number] {
  const stat = readFileSync("/proc/self/stat", "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [start, end] = [Number(fields[47]), Number(fields[48])];
  if (!(start > 0 && end > start && end - start < 4 * 1024 * 1024)) throw new Error("no environment block");
  return [start, end];
}

/** Where the values of all other variables stand. */
function spansOutside(allowed: ReadonlySet<string>, block: Buffer): [number, number][] {
  const spans: [number, number][] = [];
  for (let at = 0; at < block.length; ) {
    const found = block.indexOf(0, at);
    const end = found === -1 ? block.length : found;
    const equals = block.indexOf("=", at);
    if (equals !== -1 && equals < end && !allowed.has(block.toString("utf8", at, equals))) spans.push([equals + 1, end]);
    at = end + 1;
  }
  return spans;
}

function isSecret(name: string): boolean {
  return /^INPUT_|^ACTIONS_/.test(name) || SECRET_SHAPE.test(name);
}

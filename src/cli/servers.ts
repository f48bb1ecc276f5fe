import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A server of its own for a test or a benchmark: real, empty, on loopback. */
export interface Server {
  readonly url: string;
  readonly port: number;
  /** Ends the process, as a crash does, and keeps its data and port for `start`. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Lets it answer nobody, with its connections open, until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

/** A port that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** A real PostgreSQL of its own, on loopback, with the given password for its user `instant`. */
export async function startPostgres(programs: { postgres: string; initdb: string }, options: { password?: string; settings?: readonly string[] } = {}): Promise<Server> {
  const { password = "p:w@d/ü", settings = [] } = options;
  const folder = mkdtempSync(join(tmpdir(), "instant-postgres-"));
  const data = join(folder, "data");
  const owner = serverUser();
  if (owner) chownSync(folder, owner.uid, owner.gid);
  const initialise = `printf %s "$PASSWORD" > "$FOLDER/pw" && "$INITDB" -D "$DATA" -U instant --auth=scram-sha-256 --pwfile="$FOLDER/pw" --encoding=UTF8 --locale=C --no-sync`;
  execFileSync("bash", ["-c", initialise], { ...owner, cwd: folder, stdio: "ignore", env: { PATH: process.env.PATH ?? "", PASSWORD: password, FOLDER: folder, DATA: data, INITDB: programs.initdb } });
  const port = await freePort();
  const args = ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", "", "-c", "fsync=off", "-c", "max_connections=80", ...settings.flatMap((setting) => ["-c", setting])];
  const url = `postgres://instant:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
  return server({ url, port, folder, signal: "SIGQUIT", start: () => spawn(programs.postgres, args, { ...owner, cwd: folder, stdio: ["ignore", "pipe", "pipe"] }), ready: /ready to accept connections/ });
}

/** A real Redis of its own, on loopback; with `password` it asks for one. */
export async function startRedis(program: string, options: { password?: string; settings?: readonly string[] } = {}): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "instant-redis-"));
  const port = await freePort();
  const { password, settings = [] } = options;
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder, ...(password === undefined ? [] : ["--requirepass", password]), ...settings];
  const url = `redis://${password === undefined ? "" : `:${encodeURIComponent(password)}@`}127.0.0.1:${port}`;
  return server({ url, port, folder, signal: "SIGKILL", start: () => spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] }), ready: /Ready to accept connections/ });
}

/** A real Prometheus of its own, on loopback, that scrapes one address every `intervalMs` milliseconds. */
export async function startPrometheus(program: string, options: { readonly target: string; readonly intervalMs: number }): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "instant-prometheus-"));
  const port = await freePort();
  const { hostname, port: at, pathname } = new URL(options.target);
  const every = `${options.intervalMs}ms`;
  const scrape = { job_name: "exporter", honor_labels: true, metrics_path: pathname, static_configs: [{ targets: [`${hostname}:${at}`] }] };
  // JSON is YAML.
  writeFileSync(join(folder, "prometheus.yml"), JSON.stringify({ global: { scrape_interval: every, scrape_timeout: every, evaluation_interval: every }, scrape_configs: [scrape] }));
  const args = [`--config.file=${join(folder, "prometheus.yml")}`, `--storage.tsdb.path=${join(folder, "data")}`, `--web.listen-address=127.0.0.1:${port}`];
  const url = `http://127.0.0.1:${port}`;
  return server({ url, port, folder, signal: "SIGKILL", start: () => spawn(program, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] }), ready: /Server is ready to receive web requests/ });
}

export interface Nginx extends Server {
  /** Where it lives: its configuration is read from here, and may include files of this folder. */
  readonly folder: string;
  /** The command line that makes it read its configuration anew, as an operator types it. */
  readonly reload: string;
}

/**
 * A real nginx of its own, on loopback.
 * @param http what stands inside of `http { }`, for a port and a folder; files that it includes are made by `prepare`.
 */
export async function startNginx(program: string, options: { readonly http: (place: { readonly port: number; readonly folder: string }) => string; readonly prepare: (folder: string) => void }): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), "instant-nginx-"));
  const port = await freePort();
  // Its workers run as another user when it is started by root, and write what they hold back here.
  chmodSync(folder, 0o755);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `  ${name}_temp_path ${folder}/${name};\n`).join("");
  const main = `daemon off;\npid ${folder}/nginx.pid;\nerror_log stderr notice;\nworker_processes 1;\nevents { worker_connections 256; }\nhttp {\n  access_log off;\n${temporary}${options.http({ port, folder })}}\n`;
  writeFileSync(join(folder, "nginx.conf"), main);
  options.prepare(folder);
  const args = ["-e", "stderr", "-p", folder, "-c", join(folder, "nginx.conf")];
  const started = await server({ url: `http://127.0.0.1:${port}`, port, folder, signal: "SIGTERM", start: () => spawn(program, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] }), ready: /start worker process / });
  const reload = [program, ...args, "-s", "reload"].join(" ");
  return { ...started, folder, reload };
}

/** PostgreSQL refuses to run as root; its Debian package brings a user for it. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

async function server(options: { url: string; port: number; folder: string; signal: NodeJS.Signals; start: () => ChildProcess; ready: RegExp }): Promise<Server> {
  let child: ChildProcess | undefined;
  const start = async () => {
    child = options.start();
    await readiness(child, options.ready);
  };
  const kill = async () => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((resolve) => running.once("exit", resolve));
    running.kill(options.signal);
    running.kill("SIGCONT"); // one that is paused hears of its end only then
    await gone;
  };
  const close = async () => {
    await kill();
    rmSync(options.folder, { recursive: true, force: true });
  };
  await start().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return { url: options.url, port: options.port, kill, start, pause: () => void child?.kill("SIGSTOP"), resume: () => void child?.kill("SIGCONT"), close };
}

async function readiness(child: ChildProcess, ready: RegExp): Promise<void> {
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`not ready within 30 s:\n${said.join("\n")}`)), 30_000);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        if (!ready.test(line)) return;
        clearTimeout(limit);
        resolve();
      });
    }
    child.once("exit", (code) => {
      clearTimeout(limit);
      reject(new Error(`ended with ${code}:\n${said.join("\n")}`));
    });
  });
}

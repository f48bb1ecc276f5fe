import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll } from "@jest/globals";
import type { LoopWorld } from "../../src/cli/rehearsal/world.ts";
import { released, removeTemporary, sourceRepository } from "../release/support.ts";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Of one act run: three jobs, each a few seconds, on a machine that may be busy. */
const LIMIT_MS = 150_000;

const folders: string[] = [];
afterAll(async () => {
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
  removeTemporary();
});

async function newFolder(name: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), `instant-act-${name}-`));
  folders.push(folder);
  return folder;
}

let tree: Promise<string> | undefined;

/** What `uses: org/instant/…@v1` gets: the release of this working copy as it is now, made by the release command, in a folder of its own. */
export function releaseTree(): Promise<string> {
  return (tree ??= makeRelease());
}

async function makeRelease(): Promise<string> {
  const folder = await newFolder("release");
  released(sourceRepository(), ["1.0.0", "--dry-run", "--into", folder]);
  await run("tar", ["-xf", path.join(folder, "instant-1.0.0.tar"), "-C", folder]);
  return path.join(folder, "instant-1.0.0");
}

/** The command that docs/act.md tells people to type. */
export async function documentedCommand(): Promise<string> {
  const page = await readFile(path.join(ROOT, "docs/act.md"), "utf8");
  const command = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? "").find((block) => block.startsWith("act "));
  if (command === undefined) throw new Error("docs/act.md has no command that begins with act");
  return command;
}

export interface ActRun {
  readonly code: number | string | null;
  /** What act printed. */
  readonly log: string;
  /** `succeeded` or `failed` by the name of the job; a job that did not run has none. */
  readonly jobs: Readonly<Record<string, string>>;
  /** Processes and files that act or a job left behind, and changes to the clone. */
  readonly left: readonly string[];
}

/**
 * Types the documented command in a clone of the world's repository.
 * @param token becomes `GITHUB_TOKEN`.
 * @throws Error when act did not end in time.
 */
export async function runAct(act: string, world: LoopWorld, question: string, token: string): Promise<ActRun> {
  const folder = await newFolder("run");
  const inside = (name: string) => path.join(folder, name);
  for (const name of ["home", "cache", "config", "tmp"]) await mkdir(inside(name));
  const { urls } = world.sandbox;
  await run("git", ["clone", "--quiet", `${urls.server}/${world.repository}.git`, inside("clone")]);
  const { secrets, variables } = world.sandbox.repository(world.repository);
  const dotenv = (entries: Readonly<Record<string, string>>) => Object.entries(entries).map(([name, value]) => `${name}='${value}'\n`).join("");
  await writeFile(inside("secrets"), dotenv({ ...secrets, GITHUB_TOKEN: token }), { mode: 0o600 });
  await writeFile(inside("vars"), dotenv(variables));
  const marker = randomUUID();
  const env = {
    PATH: [path.dirname(act), path.dirname(process.execPath), process.env.PATH].join(path.delimiter), LANG: "C.UTF-8", MARKER: marker,
    HOME: inside("home"), XDG_CACHE_HOME: inside("cache"), XDG_CONFIG_HOME: inside("config"), TMPDIR: inside("tmp"), ACT_DISABLE_VERSION_CHECK: "1",
    API_URL: urls.api, GRAPHQL_URL: urls.graphql, SERVER_URL: urls.server, REPOSITORY: world.repository, LOGIN: world.person,
    RELEASE: await releaseTree(), SECRETS: inside("secrets"), VARS: inside("vars"), QUESTION: question,
  };
  const { code, log } = await printed(await documentedCommand(), inside("clone"), env, marker);
  const jobs = Object.fromEntries([...log.matchAll(/^\[[^\]\n]*\/(\w+)\s*\] 🏁 +Job (\w+)/gmu)].map((match) => [match[1], match[2] ?? ""]));
  return { code, log, jobs, left: await leftovers(folder, marker) };
}

async function printed(command: string, cwd: string, env: Record<string, string>, marker: string): Promise<{ code: number | string | null; log: string }> {
  const child = spawn("bash", ["-c", command], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  let late = false;
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => { log += text; });
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL"); // act's steps have terminals, hence sessions, of their own.
    void processesOf(marker).then((ids) => ids.forEach((id) => process.kill(id, "SIGKILL")));
  }, LIMIT_MS);
  const code = await new Promise<number | string | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status, signal) => resolve(status ?? signal));
  }).finally(() => clearTimeout(timer));
  if (late) throw new Error(`act did not end within ${LIMIT_MS / 1000} s:\n${log}`);
  return { code, log };
}

/** Processes that inherited the run's environment. Linux only; elsewhere none are seen. */
async function processesOf(marker: string): Promise<number[]> {
  if (process.platform !== "linux") return [];
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const marked = await Promise.all(ids.map(async (id) => (await readFile(`/proc/${id}/environ`, "latin1").catch(() => "")).includes(`MARKER=${marker}\0`)));
  return ids.filter((_, index) => marked[index]).map(Number);
}

async function leftovers(folder: string, marker: string): Promise<string[]> {
  const processes = (await processesOf(marker)).map((id) => `process ${id}`);
  const kept = async (name: string) => (await readdir(path.join(folder, name), { recursive: true })).map((entry) => path.join(name, entry));
  const files = (await Promise.all(["home", "cache", "tmp"].map(kept))).flat().filter((file) => file !== path.join("cache", "act"));
  const { stdout } = await run("git", ["-C", path.join(folder, "clone"), "status", "--porcelain", "--ignored"]);
  return [...processes, ...files, ...stdout.split("\n").filter(Boolean)];
}

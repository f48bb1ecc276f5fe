import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { parse } from "yaml";
import type { LoopWorld } from "../../src/cli/rehearsal/world.ts";
import { parsePairs } from "../../src/sandbox/engine/files.ts";
import type { Repository } from "../../src/sandbox/world/types.ts";
import { ROOT, temporary, text } from "./support.ts";

export interface Ran {
  readonly status: number | null;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly log: string;
  /** The messages of its `::error::` lines. */
  readonly errors: readonly string[];
}

type Level = "read" | "write";
interface Manifest {
  readonly inputs?: Readonly<Record<string, { readonly default?: unknown }>>;
  readonly runs: { readonly main: string };
}

let runs = 900_000;

/**
 * Runs an action of a tree as a runner does for a step: its own process, inputs with their defaults as INPUT_*, the runner's variables
 * and files, a token with the permissions that catalog.yml names, an empty workspace and an empty HOME. Nothing else of this process's
 * environment is handed on but the way to git and to this Node.
 */
export async function runAction(tree: string, name: string, world: LoopWorld, inputs: Readonly<Record<string, string>>): Promise<Ran> {
  runs += 1;
  const folder = temporary("step");
  const { inputs: declared = {}, runs: { main } } = parse(text(tree, `${name}/action.yml`)) as Manifest;
  const { permissions } = parse(text(ROOT, `actions/${name}/catalog.yml`)) as { permissions: Record<string, readonly [Level]> };
  const granted = Object.fromEntries(Object.entries(permissions).map(([scope, [level]]) => [scope, level]));
  const repository = world.sandbox.repository(world.repository);
  const { token, revoke } = world.sandbox.world.tokens.job(repository, runs, name, granted);
  const given = Object.fromEntries(Object.entries(declared).map(([input, { default: value = "" }]) => [input, String(value).replace("${{ github.token }}", token)]));
  const env = { ...runnerEnvironment(folder, world, repository), ...inputVariables({ ...given, ...inputs }) };
  const { status, log } = await finished(join(tree, name, main), env, join(folder, "workspace"));
  revoke();
  const read = (file: string) => readFileSync(join(folder, file), "utf8");
  const errors = [...log.matchAll(/^::error[^:]*::(.*)$/gm)].map(([, message = ""]) => message.replaceAll("%0A", "\n").replaceAll("%0D", "\r").replaceAll("%25", "%"));
  return { status, log, errors, summary: read("summary"), outputs: parsePairs(read("output")) };
}

function inputVariables(inputs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`, value]));
}

function runnerEnvironment(folder: string, world: LoopWorld, repository: Repository): Record<string, string> {
  const { urls } = world.sandbox;
  for (const part of ["workspace", "temp", "home", "tools"]) mkdirSync(join(folder, part));
  for (const part of ["output", "summary", "state", "env", "path"]) writeFileSync(join(folder, part), "");
  writeFileSync(join(folder, "event.json"), JSON.stringify({ inputs: {}, repository: { full_name: world.repository, private: false }, sender: { login: world.person } }));
  const branch = `refs/heads/${repository.defaultBranch}`;
  return {
    CI: "true", HOME: join(folder, "home"), PATH: [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter),
    GITHUB_ACTIONS: "true", GITHUB_ACTION: "__run", GITHUB_ACTOR: world.person, GITHUB_API_URL: urls.api, GITHUB_GRAPHQL_URL: urls.graphql, GITHUB_SERVER_URL: urls.server,
    GITHUB_EVENT_NAME: "workflow_dispatch", GITHUB_EVENT_PATH: join(folder, "event.json"), GITHUB_JOB: "one", GITHUB_REF: branch, GITHUB_REPOSITORY: world.repository,
    GITHUB_RUN_ATTEMPT: "1", GITHUB_RUN_ID: `${runs}`, GITHUB_SHA: repository.git.ref(branch) ?? "", GITHUB_WORKFLOW: "Test", GITHUB_WORKSPACE: join(folder, "workspace"),
    GITHUB_OUTPUT: join(folder, "output"), GITHUB_STEP_SUMMARY: join(folder, "summary"), GITHUB_STATE: join(folder, "state"), GITHUB_ENV: join(folder, "env"), GITHUB_PATH: join(folder, "path"),
    RUNNER_TEMP: join(folder, "temp"), RUNNER_TOOL_CACHE: join(folder, "tools"), RUNNER_OS: "Linux",
  };
}

function finished(script: string, env: Record<string, string>, cwd: string): Promise<{ readonly status: number | null; readonly log: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script], { cwd, env, stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
    const said: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => said.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, log: Buffer.concat(said).toString("utf8") }));
  });
}

/** The `github` and `runner` contexts, and the environment that a runner gives to every process. */
import { arch, platform } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { EngineHost, RunRequest } from "./port.ts";
import { fieldsOf } from "./model.ts";
import type { Fields } from "./model.ts";

/** The folders of one job, all below one root that goes when the job ends. */
export interface Folders {
  readonly root: string;
  readonly workspace: string;
  readonly temp: string;
  readonly home: string;
  readonly tools: string;
  /** Copies of the actions' repositories: `_actions/owner/repo/ref`. */
  readonly actions: string;
  readonly event: string;
}

export function foldersOf(root: string, repository: string): Folders {
  const name = repository.split("/")[1] ?? repository;
  const temp = join(root, "_temp");
  return {
    root,
    workspace: join(root, name, name),
    temp,
    home: join(root, "_home"),
    tools: join(root, "_tool"),
    actions: join(root, "_actions"),
    event: join(temp, "_github_workflow", "event.json"),
  };
}

/** What the workflow is called: its `name`, or its path. */
export function nameOfWorkflow(model: { readonly name?: unknown }, path: string): string {
  return typeof model.name === "string" && model.name !== "" ? model.name : path;
}

/** The `github` context of a run, as far as it does not depend on a job. */
export function runContext(request: RunRequest, host: Pick<EngineHost, "urls">, workflowName: string): Record<string, unknown> {
  const [owner = ""] = request.repository.split("/");
  const { payload } = request.event;
  const repositoryOwner = fieldsOf(fieldsOf(payload["repository"])["owner"]);
  const sender = fieldsOf(payload["sender"]);
  const workflowRef = `${request.repository}/${request.workflowPath}@${request.ref}`;
  return {
    actor: request.actor,
    actor_id: String(sender["id"] ?? ""),
    api_url: host.urls.api,
    base_ref: request.baseRef ?? "",
    event: payload,
    event_name: request.event.name,
    graphql_url: host.urls.graphql,
    head_ref: request.headRef ?? "",
    ref: request.ref,
    ref_name: refName(request.ref),
    ref_protected: false,
    ref_type: request.ref.startsWith("refs/tags/") ? "tag" : "branch",
    repository: request.repository,
    repository_id: String(request.repositoryId),
    repository_owner: owner,
    repository_owner_id: String(repositoryOwner["id"] ?? ""),
    repositoryUrl: `${host.urls.server.replace(/^https?/, "git")}/${request.repository}.git`,
    retention_days: "90",
    run_attempt: String(request.runAttempt),
    run_id: String(request.runId),
    run_number: String(request.runNumber),
    secret_source: "Actions",
    server_url: host.urls.server,
    sha: request.sha,
    triggering_actor: request.actor,
    workflow: workflowName,
    workflow_ref: workflowRef,
    workflow_sha: request.sha,
  };
}

function refName(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags|pull)\//, "");
}

/** What of the `github` context becomes GITHUB_*, as in the runner. */
const EXPORTED = [
  "action", "action_path", "action_ref", "action_repository", "actor", "actor_id", "api_url", "base_ref", "event_name",
  "event_path", "graphql_url", "head_ref", "job", "ref", "ref_name", "ref_protected", "ref_type", "repository",
  "repository_id", "repository_owner", "repository_owner_id", "retention_days", "run_attempt", "run_id", "run_number",
  "server_url", "sha", "triggering_actor", "workflow", "workflow_ref", "workflow_sha", "workspace",
];

export function githubEnvironment(github: Fields): Record<string, string> {
  const result: Record<string, string> = { GITHUB_ACTIONS: "true" };
  for (const key of EXPORTED) {
    const value = github[key];
    if (value !== undefined) result[`GITHUB_${key.toUpperCase()}`] = String(value);
  }
  return result;
}

const OS_NAMES: Readonly<Record<string, string>> = { linux: "Linux", darwin: "macOS", win32: "Windows" };
const ARCH_NAMES: Readonly<Record<string, string>> = { x64: "X64", arm64: "ARM64", arm: "ARM", ia32: "X86" };

/** The `runner` context. */
export function runnerContext(folders: Folders, name: string, debug: boolean): Record<string, string> {
  return {
    name,
    os: OS_NAMES[platform()] ?? platform(),
    arch: ARCH_NAMES[arch()] ?? arch(),
    temp: folders.temp,
    tool_cache: folders.tools,
    environment: "github-hosted",
    workspace: dirname(folders.workspace),
    ...(debug ? { debug: "1" } : {}),
  };
}

export function runnerEnvironment(runner: Readonly<Record<string, string>>, trackingId: string): Record<string, string> {
  const entries = Object.entries(runner).map(([key, value]) => [`RUNNER_${key.toUpperCase()}`, value]);
  return { ...Object.fromEntries(entries), RUNNER_TRACKING_ID: trackingId };
}

/** Variables without which programs do not start on Windows. */
const WINDOWS = [
  "SystemRoot", "SystemDrive", "ComSpec", "PATHEXT", "windir", "ProgramFiles", "ProgramData", "NUMBER_OF_PROCESSORS",
];

/**
 * What a process inherits from this machine: the way to its programs and its language, nothing else. The Node that
 * runs the engine comes first on the PATH.
 */
export function machineEnvironment(folders: Folders): Record<string, string> {
  const own = process.env;
  const path = [dirname(process.execPath), own["PATH"] ?? own["Path"] ?? ""].filter((part) => part !== "").join(delimiter);
  const kept = WINDOWS.flatMap((key) => (own[key] === undefined ? [] : [[key, own[key]]]));
  const windows = { ...Object.fromEntries(kept), USERPROFILE: folders.home, TEMP: folders.temp, TMP: folders.temp };
  return {
    ...(platform() === "win32" ? windows : {}),
    CI: "true",
    HOME: folders.home,
    LANG: own["LANG"] ?? "C.UTF-8",
    PATH: path,
    TMPDIR: folders.temp,
  };
}

/** The Node program that actions run on. */
export const NODE = process.execPath;


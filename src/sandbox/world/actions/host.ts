/** The GitHub around the workflow engine, as its port asks for it. */

import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { EngineHost, Permissions } from "../../engine/port.ts";
import { listTree } from "../../git/merge.ts";
import { sample } from "../random.ts";
import type { Delay, Random } from "../random.ts";
import type { Repository } from "../types.ts";
import type { World } from "../world.ts";
import { artifactStore } from "./artifacts.ts";
import type { Runs } from "./runs.ts";

/** Where an action's files are: `owner/repo/path@ref` → folder; undefined when the provider has none. */
export type ActionProvider = (
  owner: string, repo: string, path: string, ref: string,
) => string | undefined | Promise<string | undefined>;

export interface HostOptions {
  readonly actions: ActionProvider | undefined;
  /** Milliseconds a job waits for its runner. */
  readonly pickupDelay: Delay;
  readonly maxConcurrentJobs: number;
  readonly random: Random;
}

/** The "permissive" default of a repository; the restricted one reads contents and packages. */
const scopes = ["actions", "checks", "contents", "deployments", "issues", "packages", "pull-requests", "statuses"];

export function engineHost(world: World, runs: Runs, options: HostOptions): EngineHost {
  const repository = (fullName: string): Repository => {
    const found = world.repository(fullName);
    if (found === undefined) throw new Error(`The sandbox has no repository ${fullName}`);
    return found;
  };
  const exported = new Map<string, Promise<string>>();
  return {
    urls: world.urls,
    issueToken: (request, job, permissions) => Promise.resolve(runs.tokens.issue(runs.get(request.runId), job.id, permissions)),
    defaultPermissions: (fullName): Permissions => {
      if (repository(fullName).settings.defaultWorkflowPermissions === "read") return { contents: "read", packages: "read" };
      return Object.fromEntries(scopes.map((scope) => [scope, "write" as const]));
    },
    // GitHub passes none to a pull request from a fork; variables it does pass.
    secrets: (request) => (runs.get(request.runId).readOnly ? {} : repository(request.repository).secrets),
    variables: (fullName) => repository(fullName).variables,
    readFile: async (fullName, sha, path) => (await repository(fullName).git.fileAt(sha, path))?.toString("utf8"),
    resolveAction: async (action) => {
      const given = await options.actions?.(action.owner, action.repo, action.path, action.ref);
      if (given !== undefined) return given;
      // An action may live in a repository of the sandbox itself.
      const known = world.repository(`${action.owner}/${action.repo}`);
      const sha = known?.git.ref(`refs/tags/${action.ref}`) ?? known?.git.ref(`refs/heads/${action.ref}`)
        ?? (/^[0-9a-f]{40}$/.test(action.ref) ? action.ref : undefined);
      if (known === undefined || sha === undefined) return undefined;
      const key = `${known.id}:${sha}`;
      const folder = exported.get(key) ?? exportTree(world, known, sha);
      exported.set(key, folder);
      return join(await folder, action.path);
    },
    artifacts: artifactStore(world, (runId) => runs.get(runId)),
    pickupDelay: () => sample(options.pickupDelay, options.random),
    maxConcurrentJobs: options.maxConcurrentJobs,
    report: runs.report,
  };
}

async function exportTree(world: World, repository: Repository, sha: string): Promise<string> {
  const folder = await mkdtemp(join(world.root, "action-"));
  const object = await repository.git.read(`${sha}^{commit}`);
  const { tree } = await repository.git.commit(object?.oid ?? sha);
  for (const entry of await listTree(repository.git, tree, true)) {
    if (entry.mode !== "100644" && entry.mode !== "100755") continue;
    const target = join(folder, entry.path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, (await repository.git.blob(entry.oid)) ?? "", { mode: entry.mode === "100755" ? 0o755 : 0o644 });
  }
  return folder;
}

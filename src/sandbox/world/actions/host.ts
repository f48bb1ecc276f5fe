/** The GitHub around the workflow engine, as its port asks for it. */

import type { EngineHost, Permissions } from "../../engine/port.ts";
import { sample } from "../random.ts";
import type { Delay, Random } from "../random.ts";
import type { Repository } from "../types.ts";
import type { World } from "../world.ts";
import { artifactStore } from "./artifacts.ts";
import type { Runs } from "./runs.ts";
import { actionsOf } from "./uses.ts";

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
  /** Of the runners' machine. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The "permissive" default of a repository; the restricted one reads contents and packages. */
const scopes = ["actions", "checks", "contents", "deployments", "issues", "packages", "pull-requests", "statuses"];

export function engineHost(world: World, runs: Runs, options: HostOptions): EngineHost {
  const repository = (fullName: string): Repository => {
    const found = world.repository(fullName);
    if (found === undefined) throw new Error(`The sandbox has no repository ${fullName}`);
    return found;
  };
  const inRepositories = actionsOf(world);
  return {
    urls: world.urls, environment: options.environment,
    issueToken: (request, job, permissions) => Promise.resolve(runs.tokens.issue(runs.get(request.runId), job.id, permissions)),
    defaultPermissions: (fullName): Permissions => {
      if (repository(fullName).settings.defaultWorkflowPermissions === "read") return { contents: "read", packages: "read" };
      return Object.fromEntries(scopes.map((scope) => [scope, "write" as const]));
    },
    // GitHub passes none to a pull request from a fork; variables it does pass.
    secrets: (request) => (runs.get(request.runId).readOnly ? {} : repository(request.repository).secrets),
    variables: (fullName) => repository(fullName).variables,
    readFile: async (fullName, sha, path) => (await repository(fullName).git.fileAt(sha, path))?.toString("utf8"),
    resolveAction: async (action, request) => {
      const given = await options.actions?.(action.owner, action.repo, action.path, action.ref);
      return given ?? inRepositories(action, request.repository);
    },
    artifacts: artifactStore(world, (runId) => runs.get(runId)),
    pickupDelay: () => sample(options.pickupDelay, options.random),
    maxConcurrentJobs: options.maxConcurrentJobs,
    report: runs.report,
  };
}

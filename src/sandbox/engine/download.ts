/**
 * What a runner does before the first step of a job: it gets the tree of every action's repository, into `_actions` of its own.
 * Messages are those of the runner (actions/runner, src/Runner.Worker/ActionManager.cs) and of the service behind it.
 */
import { cp } from "node:fs/promises";
import { join, relative } from "node:path";
import { actionFileIn, loadAction, parseUses } from "./actions.ts";
import type { RemoteAction } from "./actions.ts";
import type { StepModel } from "./model.ts";
import type { EngineHost, RunRequest } from "./port.ts";

/** GitHub's limit of composite actions inside each other. */
const MAX_DEPTH = 10;

export class ActionDownloads {
  readonly #host: EngineHost;
  readonly #request: RunRequest;
  readonly #directory: string;
  readonly #folders = new Map<string, Promise<string>>();
  readonly #trees = new Map<string, Promise<string>>();

  /** @param directory the runner's `_actions`; it is made when something is put there */
  constructor(host: EngineHost, request: RunRequest, directory: string) {
    this.#host = host;
    this.#request = request;
    this.#directory = directory;
  }

  /**
   * Gets the actions of all steps, and those that composite ones among them use.
   * @throws Error with what the runner says when one cannot be had: the job fails before its first step
   */
  async prepare(steps: readonly StepModel[], log: (line: string) => void, depth = 0): Promise<void> {
    if (depth > MAX_DEPTH) return;
    const remote = steps.filter(({ uses }) => uses !== undefined && parseUses(uses).kind === "remote");
    if (remote.length > 0 && depth === 0) ["Prepare all required actions", "Getting action download info"].forEach(log);
    for (const { uses } of remote) {
      const folder = await this.folder(uses as string, log);
      const { runs } = (await loadAction(folder)).file.model;
      await this.prepare(runs.steps ?? [], log, depth + 1);
    }
  }

  /**
   * The folder of a remote action, downloaded when the job has not got it yet.
   * @throws Error with what the runner says when it cannot be had
   */
  folder(uses: string, log: (line: string) => void): Promise<string> {
    const known = this.#folders.get(uses) ?? this.#find(uses, log);
    this.#folders.set(uses, known);
    return known;
  }

  async #find(uses: string, log: (line: string) => void): Promise<string> {
    const parsed = parseUses(uses);
    if (parsed.kind !== "remote") throw new Error(`${uses} is no action of a repository`);
    const { remote } = parsed;
    const source = await this.#host.resolveAction(remote, this.#request);
    if (source === undefined) throw new Error(`${uses} is not available in this sandbox`);
    if (typeof source === "string") return source;
    if ("problem" in source) throw new Error(source.problem);
    const tree = await this.#copy(remote, source, log);
    const folder = join(tree, remote.path);
    if (relative(tree, folder).startsWith("..") || actionFileIn(folder) === undefined) throw new Error(noActionFile(uses));
    return folder;
  }

  #copy(remote: RemoteAction, source: { readonly sha: string; readonly tree: string }, log: (line: string) => void): Promise<string> {
    const name = `${remote.owner}/${remote.repo}`;
    const key = `${name.toLowerCase()}@${remote.ref}`;
    const known = this.#trees.get(key);
    if (known !== undefined) return known;
    log(`Download action repository '${name}@${remote.ref}' (SHA:${source.sha})`);
    const target = join(this.#directory, name, remote.ref);
    const copied = cp(source.tree, target, { recursive: true, verbatimSymlinks: true }).then(() => target);
    this.#trees.set(key, copied);
    return copied;
  }
}

/** The runner's words for a repository that is there, without an action at that path. */
export function noActionFile(uses: string): string {
  return `Can't find 'action.yml', 'action.yaml' or 'Dockerfile' for action '${uses}'.`;
}

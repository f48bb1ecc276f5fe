/** Looks at everything a run will need before it starts: the workflows it calls, the actions it uses. */
import { join, posix } from "node:path";
import type { EngineHost, RunRequest } from "./port.ts";
import { actionFileIn, loadAction, parseUses, unsupportedUsing } from "./actions.ts";
import type { RemoteAction } from "./actions.ts";
import { fieldsOf } from "./model.ts";
import type { StepModel } from "./model.ts";
import { InvalidFile, parseActionFile, parseWorkflowFile } from "./parse.ts";
import type { ActionFile, WorkflowFile } from "./parse.ts";
import { RefusedWorkflow, refusalsIn, stepRefusals } from "./refusals.ts";
import type { Refusal } from "./refusals.ts";
import { checkCallInputs } from "./inputs.ts";
import { runName } from "./run-name.ts";

export interface PlannedWorkflow {
  readonly file: WorkflowFile;
  /** The workflow behind each job that calls one. */
  readonly calls: ReadonlyMap<string, PlannedWorkflow>;
}

export interface Plan {
  readonly root: PlannedWorkflow;
}

/** GitHub's limit of workflows that call each other. */
const MAX_CALLS = 10;
/** GitHub's limit of composite actions inside each other. */
const MAX_DEPTH = 10;

/**
 * Reads all that a run needs.
 * @throws InvalidFile when the workflow is not valid
 * @throws RefusedWorkflow with every construct that the sandbox does not run
 */
export async function planRun(request: RunRequest, host: EngineHost): Promise<Plan> {
  const planner = new Planner(request, host);
  const file = await parseWorkflowFile(request.workflowSource, request.workflowPath);
  checkRunName(request, host, file);
  const root = await planner.workflow(file, 0);
  if (planner.refusals.length > 0) throw new RefusedWorkflow(request.workflowPath, inOrder(planner.refusals, file.path));
  return { root };
}

/** A `run-name` that cannot be evaluated keeps its run from starting. */
function checkRunName(request: RunRequest, host: EngineHost, file: WorkflowFile): void {
  try {
    runName(request, host);
  } catch (error) {
    throw new InvalidFile(file.path, [{ ...file.position("run-name"), message: (error as Error).message }]);
  }
}

/** The workflow's own first, then by file and line; a workflow that is called twice is named once. */
function inOrder(refusals: readonly Refusal[], first: string): readonly Refusal[] {
  const once = new Map(refusals.map((refusal) => [`${refusal.path}:${refusal.line} ${refusal.message}`, refusal]));
  const rank = ({ path }: Refusal) => (path === first ? "" : path);
  return [...once.values()].sort((one, other) => rank(one).localeCompare(rank(other)) || one.line - other.line);
}

class Planner {
  readonly refusals: Refusal[] = [];
  readonly #request: RunRequest;
  readonly #host: EngineHost;
  /** Folders of remote actions, by what `uses` says. */
  readonly #folders = new Map<string, string>();
  /** Why each `uses` is refused; undefined when it is not. */
  readonly #judged = new Map<string, Promise<readonly string[]>>();

  constructor(request: RunRequest, host: EngineHost) {
    this.#request = request;
    this.#host = host;
  }

  async workflow(file: WorkflowFile, depth: number): Promise<PlannedWorkflow> {
    this.refusals.push(...refusalsIn(file));
    const calls = new Map<string, PlannedWorkflow>();
    for (const [key, job] of Object.entries(file.model.jobs)) {
      const refuse = (message: string, ...keys: readonly (string | number)[]) =>
        this.refusals.push({ path: file.path, ...file.position("jobs", key, ...keys), message: `job "${key}"${message}` });
      if (job.uses?.startsWith("./")) {
        const called = await this.#called(job.uses, depth, (message) => refuse(`: ${message}`, "uses"));
        if (!called) continue;
        for (const message of checkCallInputs(called.file, job)) refuse(`: ${message}`, "uses");
        calls.set(key, called);
      }
      for (const [index, step] of (job.steps ?? []).entries()) {
        for (const message of await this.#step(step, depth)) refuse(`, step ${index + 1}: ${message}`, "steps", index, "uses");
      }
    }
    return { file, calls };
  }

  async #called(uses: string, depth: number, refuse: (message: string) => void): Promise<PlannedWorkflow | undefined> {
    if (depth >= MAX_CALLS) {
      refuse(`more than ${MAX_CALLS} workflows call each other, at ${uses}`);
      return undefined;
    }
    const path = posix.normalize(uses);
    const source = await this.#host.readFile(this.#request.repository, this.#request.sha, path);
    if (source === undefined) {
      refuse(`the reusable workflow ${uses} is not in ${this.#request.repository} at ${this.#request.sha.slice(0, 7)}`);
      return undefined;
    }
    try {
      const file = await parseWorkflowFile(source, path);
      if (callTrigger(file) === undefined) refuse(`${uses} has no workflow_call trigger: add "on: workflow_call" to it`);
      return await this.workflow(file, depth + 1);
    } catch (error) {
      if (!(error instanceof InvalidFile)) throw error;
      this.refusals.push(...error.problems.map((problem) => ({ ...problem, path })));
      return undefined;
    }
  }

  async #step(step: StepModel, depth: number): Promise<readonly string[]> {
    if (step.uses === undefined) return [];
    const uses = parseUses(step.uses);
    if (uses.kind === "local") return this.#judge(step.uses, () => this.#local(step.uses as string, depth));
    if (uses.kind !== "remote") return [];
    return this.#judge(step.uses, () => this.#remote(step.uses as string, uses.remote, depth));
  }

  #judge(uses: string, judge: () => Promise<readonly string[]>): Promise<readonly string[]> {
    const known = this.#judged.get(uses) ?? judge();
    this.#judged.set(uses, known);
    return known;
  }

  async #remote(uses: string, remote: RemoteAction, depth: number): Promise<readonly string[]> {
    const source = await this.#host.resolveAction(remote, this.#request);
    if (source === undefined) return [`${uses} is not available in this sandbox`];
    // What GitHub would not give fails the job that wants it, when it sets up.
    if (typeof source === "object" && "problem" in source) return [];
    const folder = typeof source === "string" ? source : join(source.tree, remote.path);
    if (typeof source === "object" && actionFileIn(folder) === undefined) return [];
    this.#folders.set(uses, folder);
    try {
      return await this.#action(uses, (await loadAction(folder)).file, depth);
    } catch (error) {
      return problemsOf(uses, error);
    }
  }

  /** A local action is read from the workspace when it runs; what the commit shows of it can be judged before. */
  async #local(uses: string, depth: number): Promise<readonly string[]> {
    for (const name of ["action.yml", "action.yaml"]) {
      const path = posix.normalize(posix.join(uses, name));
      const source = await this.#host.readFile(this.#request.repository, this.#request.sha, path);
      if (source === undefined) continue;
      try {
        return await this.#action(uses, await parseActionFile(source, path), depth);
      } catch (error) {
        return problemsOf(uses, error);
      }
    }
    return [];
  }

  async #action(uses: string, file: ActionFile, depth: number): Promise<readonly string[]> {
    const reason = unsupportedUsing(file);
    if (reason) return [`${uses} ${reason}`];
    if (depth >= MAX_DEPTH) return [`${uses}: more than ${MAX_DEPTH} composite actions inside each other`];
    const found: string[] = [];
    for (const step of file.model.runs.steps ?? []) {
      const own = stepRefusals(step).map(({ message }) => message);
      const nested = await this.#step(step, depth + 1);
      const pre = await this.#hasPre(step);
      found.push(...[...own, ...nested, ...pre].map((message) => `${uses} uses ${message}`));
    }
    return found;
  }

  async #hasPre(step: StepModel): Promise<readonly string[]> {
    const folder = step.uses === undefined ? undefined : this.#folders.get(step.uses);
    if (folder === undefined) return [];
    const { file } = await loadAction(folder);
    return file.model.runs.pre === undefined ? [] : [`${step.uses}, whose pre step is not supported inside a composite action`];
  }
}

function problemsOf(uses: string, error: unknown): readonly string[] {
  if (!(error instanceof InvalidFile)) return [`${uses}: ${(error as Error).message}`];
  return error.problems.map(({ line, message }) => `${uses}: line ${line} of its action file: ${message}`);
}

/** The `workflow_call` part of a file's triggers; undefined when it cannot be called. */
export function callTrigger(file: WorkflowFile): Readonly<Record<string, unknown>> | undefined {
  const { on } = file.model;
  if (on === "workflow_call" || (Array.isArray(on) && on.includes("workflow_call"))) return {};
  const triggers = fieldsOf(on);
  return "workflow_call" in triggers ? fieldsOf(triggers["workflow_call"]) : undefined;
}

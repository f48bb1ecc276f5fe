/** Workflow runs: events become runs, the engine runs them, their records follow. */

import type { Engine, EngineHost, RunEvent } from "../../engine/port.ts";
import { newSuite } from "../checks.ts";
import { ApiError, notFound } from "../errors.ts";
import type { WorldEvent } from "../events.ts";
import type { Actor } from "../tokens.ts";
import type { Account, JobRecord, Repository, Workflow, WorkflowRun } from "../types.ts";
import type { World } from "../world.ts";
import { abandon, record } from "./progress.ts";
import { occasions, workflowFiles } from "./trigger.ts";
import type { Occasion } from "./trigger.ts";

/** What the workflow engine's package exports, besides the engine itself. */
export interface WorkflowLanguage {
  matchesEvent(
    source: string,
    path: string,
    event: {
      readonly name: string;
      readonly payload: Readonly<Record<string, unknown>>;
      readonly ref: string;
      readonly changedFiles?: readonly string[];
    },
  ): boolean;
  resolveDispatchInputs(
    source: string,
    path: string,
    given: Readonly<Record<string, unknown>>,
  ):
    | { readonly ok: true; readonly inputs: Readonly<Record<string, string | boolean | number>> }
    | { readonly ok: false; readonly problems: readonly string[] };
  workflowName(source: string, path: string): string;
}

export interface RunsOptions {
  readonly language: WorkflowLanguage;
  readonly engine: () => Engine;
  readonly payload: (event: WorldEvent) => Promise<Readonly<Record<string, unknown>>>;
  readonly dispatchPayload: (
    repository: Repository, actor: Account, workflow: string, ref: string, inputs: Readonly<Record<string, unknown>>,
  ) => Readonly<Record<string, unknown>>;
  readonly jobPage: (run: WorkflowRun, job: JobRecord) => string;
}

export type RunListener = (run: WorkflowRun, event: RunEvent) => void;

export class Runs {
  readonly #world: World;
  readonly #options: RunsOptions;
  readonly #runs = new Map<number, WorkflowRun>();
  readonly #tokens = new Map<number, (() => void)[]>();
  readonly #waiting = new Map<number, ((run: WorkflowRun) => void)[]>();
  readonly #listeners = new Set<RunListener>();
  readonly #busy = new Set<Promise<unknown>>();
  #tail: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(world: World, options: RunsOptions) {
    this.#world = world;
    this.#options = options;
    world.listen((event) => {
      // Rendered now: the payload shows the world as it was when the event happened.
      const payload = options.payload(event);
      payload.catch(() => undefined);
      this.#tail = this.#track(this.#tail.then(() => this.#react(event, payload)));
    });
  }

  subscribe(listener: RunListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws Error when there is no such run. */
  get(id: number): WorkflowRun {
    const run = this.#runs.get(id);
    if (run === undefined) throw new Error(`The sandbox has no run ${id}`);
    return run;
  }

  /** The run, if there is one, whatever its repository. */
  peek(id: number): WorkflowRun | undefined {
    return this.#runs.get(id);
  }

  find(repository: Repository, id: number): WorkflowRun {
    const run = this.#runs.get(id);
    if (run === undefined || run.repository !== repository) throw notFound();
    return run;
  }

  /** Settles when every event so far has been turned into runs (not when those are done). */
  async settled(): Promise<void> {
    await this.#tail;
  }

  /** Resolves when the run is complete. */
  wait(id: number): Promise<WorkflowRun> {
    const run = this.get(id);
    if (run.status === "completed") return Promise.resolve(run);
    return new Promise((resolve) => {
      this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), resolve]);
    });
  }

  // --- starting ----------------------------------------------------------------------------------------------------

  async #react(event: WorldEvent, rendering: Promise<Readonly<Record<string, unknown>>>): Promise<void> {
    if (this.#closed) return;
    for (const occasion of await occasions(this.#world, event)) {
      const files = await workflowFiles(event.repository, occasion.source);
      if (files.size === 0) continue;
      const { language } = this.#options;
      const payload = await rendering;
      for (const [path, source] of files) {
        const subject = {
          name: occasion.name, payload, ref: occasion.ref,
          ...(occasion.changedFiles === undefined ? {} : { changedFiles: occasion.changedFiles }),
        };
        if (!matches(language, source, path, subject)) continue;
        const workflow = this.#workflow(event.repository, path, language.workflowName(source, path));
        if (workflow.state !== "active") continue;
        const run = this.#create(event.repository, workflow, source, occasion, event.actor.account, payload);
        if (occasion.hold) this.#hold(run);
        else this.#start(run);
      }
    }
  }

  /**
   * `POST …/dispatches`: the run exists when this resolves.
   * @throws ApiError 404 for an unknown workflow; 422 for a bad ref, a missing trigger or bad inputs.
   */
  async dispatch(
    actor: Actor,
    repository: Repository,
    workflowFile: string,
    ref: string,
    inputs: Readonly<Record<string, unknown>>,
  ): Promise<WorkflowRun> {
    const full = ref.startsWith("refs/") ? ref : [`refs/heads/${ref}`, `refs/tags/${ref}`].find((one) => repository.git.ref(one) !== undefined);
    const sha = full === undefined ? undefined : repository.git.ref(full);
    if (full === undefined || sha === undefined) throw new ApiError(422, `No ref found for: ${ref}`);
    const known = (await this.workflows(repository)).find((one) => String(one.id) === workflowFile
      || one.path === workflowFile || one.path.endsWith(`/${workflowFile}`));
    if (known === undefined) throw notFound();
    if (known.state !== "active") throw new ApiError(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow");
    const source = (await repository.git.fileAt(sha, known.path))?.toString("utf8");
    const { language } = this.#options;
    const payload = this.#options.dispatchPayload(repository, actor.account, known.path, full, inputs);
    if (source === undefined || !matches(language, source, known.path, { name: "workflow_dispatch", payload, ref: full })) {
      throw new ApiError(422, "Workflow does not have 'workflow_dispatch' trigger");
    }
    if (Object.keys(inputs).length > 25) throw new ApiError(422, "you may only define up to 25 `inputs` for a `workflow_dispatch` event");
    const resolved = language.resolveDispatchInputs(source, known.path, inputs);
    if (!resolved.ok) throw new ApiError(422, resolved.problems.join("; "));
    const run = this.#create(repository, known, source, {
      name: "workflow_dispatch", source: sha, ref: full, sha, headSha: sha, headBranch: full.replace(/^refs\/(heads|tags)\//, ""),
      title: known.name, hold: false, readOnly: false,
    }, actor.account, payload, resolved.inputs);
    this.#start(run);
    return run;
  }

  /** Workflows of the default branch, newly seen ones registered. */
  async workflows(repository: Repository): Promise<Workflow[]> {
    const tip = repository.git.ref(`refs/heads/${repository.defaultBranch}`);
    if (tip !== undefined) {
      const { language } = this.#options;
      for (const [path, source] of await workflowFiles(repository, tip)) {
        this.#workflow(repository, path, safeName(language, source, path));
      }
    }
    return [...repository.workflows.values()];
  }

  #workflow(repository: Repository, path: string, name: string): Workflow {
    const known = repository.workflows.get(path);
    if (known !== undefined) {
      known.name = name;
      return known;
    }
    const id = this.#world.nextId();
    const workflow: Workflow = {
      id, repository, path, name, nodeId: this.#world.nodeId("W", id), state: "active", createdAt: this.#world.now(),
      updatedAt: this.#world.now(), nextRunNumber: 1,
    };
    repository.workflows.set(path, workflow);
    return workflow;
  }

  #create(
    repository: Repository,
    workflow: Workflow,
    source: string,
    occasion: Occasion,
    actor: Account,
    payload: Readonly<Record<string, unknown>>,
    inputs?: Readonly<Record<string, string | boolean | number>>,
  ): WorkflowRun {
    const id = this.#world.nextId();
    const number = workflow.nextRunNumber;
    workflow.nextRunNumber += 1;
    const suite = newSuite(this.#world, repository, { app: this.#world.actionsApp, headSha: occasion.headSha, headBranch: occasion.headBranch });
    const now = this.#world.now();
    const run: WorkflowRun = {
      id, repository, workflow, number, suite, actor, nodeId: this.#world.nodeId("WFR", id), attempt: 1, event: occasion.name,
      displayTitle: occasion.title, triggeringActor: actor, ref: occasion.ref, sha: occasion.sha, headSha: occasion.headSha,
      headBranch: occasion.headBranch, pull: occasion.pull, createdAt: now, startedAt: now, updatedAt: now, completedAt: null,
      status: "queued", conclusion: null, error: undefined, jobs: [], earlier: [], events: [], readOnly: occasion.readOnly, handle: undefined,
      request: {
        runId: id, runNumber: number, repository: repository.fullName, repositoryId: repository.id, defaultBranch: repository.defaultBranch,
        workflowPath: workflow.path, workflowSource: source, event: { name: occasion.name, payload }, ref: occasion.ref, sha: occasion.sha,
        ...(occasion.headRef === undefined ? {} : { headRef: occasion.headRef }),
        ...(occasion.baseRef === undefined ? {} : { baseRef: occasion.baseRef }),
        actor: actor.login, ...(inputs === undefined ? {} : { inputs }),
      },
    };
    suite.workflowRun = run;
    repository.runs.push(run);
    this.#runs.set(id, run);
    return this.#world.register(run);
  }

  /** Waits for a person with write access. */
  #hold(run: WorkflowRun): void {
    run.status = "action_required";
    run.conclusion = "action_required";
    this.#announce(run, "requested");
  }

  #start(run: WorkflowRun): void {
    run.status = "queued";
    run.conclusion = null;
    this.#announce(run, "requested");
    void this.#track(this.#execute(run));
  }

  async #execute(run: WorkflowRun): Promise<void> {
    try {
      run.handle = await this.#options.engine().start({ ...run.request, runAttempt: run.attempt });
      await run.handle.result;
    } catch (cause) {
      if (run.status === "completed") return;
      // The engine refused the file by name before anything ran.
      run.error = cause instanceof Error ? cause.message : String(cause);
      Object.assign(run, { status: "completed", conclusion: "startup_failure", updatedAt: this.#world.now(), completedAt: this.#world.now() });
      this.#finished(run);
    }
  }

  // --- steering ----------------------------------------------------------------------------------------------------

  /** @throws ApiError 403 when the run waits for nobody. */
  approve(run: WorkflowRun): void {
    if (run.status !== "action_required") throw new ApiError(403, "This run is not from a fork pull request or queued for approval");
    this.#start(run);
  }

  /** @throws ApiError 409 when it is already complete. */
  cancel(run: WorkflowRun): void {
    if (run.status === "action_required") {
      Object.assign(run, { status: "completed", conclusion: "cancelled", completedAt: this.#world.now() });
      this.#finished(run);
      return;
    }
    if (run.status === "completed") throw new ApiError(409, "Cannot cancel a workflow run that is completed.");
    run.handle?.cancel();
  }

  /** @throws ApiError 403 while it still runs. */
  rerun(run: WorkflowRun, actor: Account): void {
    if (run.status !== "completed") throw new ApiError(403, "This workflow is already running");
    run.earlier.push({ attempt: run.attempt, jobs: run.jobs });
    run.jobs = [];
    run.attempt += 1;
    run.triggeringActor = actor;
    run.startedAt = this.#world.now();
    run.completedAt = null;
    run.error = undefined;
    this.#start(run);
  }

  /** As a runner that lost power. */
  async kill(run: WorkflowRun): Promise<void> {
    await run.handle?.kill();
    if (run.status === "completed") return;
    abandon(this.#world, run, this.#world.now());
    this.#finished(run);
  }

  // --- what the engine says ----------------------------------------------------------------------------------------

  issueToken(runId: number, job: string, permissions: Readonly<Record<string, "read" | "write">>): { token: string; revoke(): void } {
    const run = this.get(runId);
    // A fork's run may look, not touch.
    const granted = run.readOnly ? Object.fromEntries(Object.keys(permissions).map((name) => [name, "read" as const])) : permissions;
    const issued = this.#world.tokens.job(run.repository, runId, job, granted);
    this.#tokens.set(runId, [...(this.#tokens.get(runId) ?? []), issued.revoke]);
    return issued;
  }

  report: EngineHost["report"] = (request, event) => {
    const run = this.#runs.get(request.runId);
    if (run === undefined || run.status === "completed") return;
    record(this.#world, run, event, (job) => this.#options.jobPage(run, job));
    for (const listener of this.#listeners) listener(run, event);
    if (event.type === "run_started") this.#announce(run, "in_progress");
    if (event.type === "job_queued" || event.type === "job_completed") this.#announceCheck(run, event.job.id, event.type);
    if (event.type === "run_completed") this.#finished(run);
  };

  #finished(run: WorkflowRun): void {
    for (const revoke of this.#tokens.get(run.id) ?? []) revoke();
    this.#tokens.delete(run.id);
    for (const resolve of this.#waiting.get(run.id) ?? []) resolve(run);
    this.#waiting.delete(run.id);
    if (!this.#closed) this.#announce(run, "completed");
  }

  /** Jobs are checks too; apps hear of them, workflows do not. */
  #announceCheck(run: WorkflowRun, jobId: string, type: "job_queued" | "job_completed"): void {
    const job = run.jobs.find((one) => one.ref.id === jobId);
    if (job === undefined || this.#closed) return;
    const common = { repository: run.repository, actor: github(run.actor), at: this.#world.now() };
    this.#world.emit({ name: "check_run", action: type === "job_queued" ? "created" : "completed", run: job.checkRun, ...common });
  }

  /** `workflow_run` is GitHub's own event: it starts workflows whoever caused the run. */
  #announce(run: WorkflowRun, action: "requested" | "in_progress" | "completed"): void {
    this.#world.emit({ name: "workflow_run", action, run, repository: run.repository, actor: github(run.actor), at: this.#world.now() });
    if (action !== "completed") return;
    this.#world.emit({ name: "check_suite", action, suite: run.suite, repository: run.repository, actor: github(run.actor), at: this.#world.now() });
  }

  #track<T>(promise: Promise<T>): Promise<T | undefined> {
    const safe: Promise<T | undefined> = promise.catch((cause: unknown) => {
      if (!this.#closed) process.emitWarning(`sandbox: an event could not be turned into runs: ${String(cause)}`);
      return undefined;
    }).finally(() => this.#busy.delete(safe));
    this.#busy.add(safe);
    return safe;
  }

  /** Nothing new starts; runs in progress end with their engine. */
  stop(): void {
    this.#closed = true;
    for (const [id, resolvers] of this.#waiting) for (const resolve of resolvers) resolve(this.get(id));
    this.#waiting.clear();
  }

  async idle(): Promise<void> {
    await Promise.all(this.#busy);
  }
}

/** GitHub itself, in the name of whoever caused the run. */
function github(account: Account): Actor {
  return { kind: "person", account, app: undefined, permissions: {}, repository: undefined, runId: undefined, job: undefined, token: "" };
}

/** A file that cannot be read matches nothing; GitHub shows it as a failed run only on a push. */
function matches(
  language: WorkflowLanguage,
  source: string,
  path: string,
  event: Parameters<WorkflowLanguage["matchesEvent"]>[2],
): boolean {
  try {
    return language.matchesEvent(source, path, event);
  } catch {
    return false;
  }
}

function safeName(language: WorkflowLanguage, source: string, path: string): string {
  try {
    return language.workflowName(source, path);
  } catch {
    return path;
  }
}

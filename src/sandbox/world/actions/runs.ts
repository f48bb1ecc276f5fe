/** Workflow runs: events become runs, the engine runs them, their records follow. */

import type { Conclusion, Engine, EngineHost, RunEvent, RunHandle } from "../../engine/port.ts";
import { ApiError, notFound } from "../errors.ts";
import type { WorldEvent } from "../events.ts";
import type { Actor } from "../tokens.ts";
import type { Account, JobRecord, Repository, Workflow, WorkflowRun } from "../types.ts";
import type { World } from "../world.ts";
import { announceCheck, announceRun } from "./announce.ts";
import { dispatchedRun } from "./dispatch.ts";
import type { DispatchPayload } from "./dispatch.ts";
import { matches } from "./language.ts";
import type { WorkflowLanguage } from "./language.ts";
import { newRun } from "./new-run.ts";
import type { RunSubject } from "./new-run.ts";
import { abandonJobs, record } from "./progress.ts";
import { RunTokens } from "./run-tokens.ts";
import { occasions, workflowFiles } from "./trigger.ts";
import { registered, workflowsOf } from "./workflows.ts";

export interface RunsOptions {
  readonly language: WorkflowLanguage;
  readonly engine: () => Engine;
  readonly payload: (event: WorldEvent) => Promise<Readonly<Record<string, unknown>>>;
  readonly dispatchPayload: DispatchPayload;
  readonly jobPage: (run: WorkflowRun, job: JobRecord) => string;
}

/** The last event of every run is its `run_completed`, also when it was refused, killed or cancelled before it began. */
export type RunListener = (run: WorkflowRun, event: RunEvent) => void;

export class Runs {
  readonly tokens: RunTokens;
  readonly #world: World;
  readonly #options: RunsOptions;
  readonly #runs = new Map<number, WorkflowRun>();
  readonly #waiting = new Map<number, ((run: WorkflowRun) => void)[]>();
  readonly #listeners = new Set<RunListener>();
  readonly #busy = new Set<Promise<unknown>>();
  #tail: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(world: World, options: RunsOptions) {
    this.#world = world;
    this.#options = options;
    this.tokens = new RunTokens(world);
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
    const { language } = this.#options;
    const { repository } = event;
    for (const occasion of await occasions(this.#world, event)) {
      const files = await workflowFiles(repository, occasion.source);
      if (files.size === 0) continue;
      const payload = await rendering;
      for (const [path, source] of files) {
        const subject = {
          name: occasion.name, payload, ref: occasion.ref,
          ...(occasion.changedFiles === undefined ? {} : { changedFiles: occasion.changedFiles }),
        };
        if (!matches(language, source, path, subject)) continue;
        const workflow = registered(this.#world, repository, path, language.workflowName(source, path));
        if (workflow.state !== "active") continue;
        const run = this.#create({ repository, workflow, source, occasion, payload, actor: event.actor.account });
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
    const { language, dispatchPayload } = this.#options;
    const wanted = { actor: actor.account, repository, workflowFile, ref, inputs };
    const run = this.#create(await dispatchedRun(this.#world, language, dispatchPayload, wanted));
    this.#start(run);
    return run;
  }

  /** Workflows of the default branch, newly seen ones registered. */
  workflows(repository: Repository): Promise<Workflow[]> {
    return workflowsOf(this.#world, this.#options.language, repository);
  }

  #create(subject: RunSubject): WorkflowRun {
    const run = newRun(this.#world, this.#options.language, subject);
    subject.repository.runs.push(run);
    this.#runs.set(run.id, run);
    return this.#world.register(run);
  }

  /** Waits for a person with write access. */
  #hold(run: WorkflowRun): void {
    run.status = "action_required";
    run.conclusion = "action_required";
    announceRun(this.#world, run, "requested");
  }

  #start(run: WorkflowRun): void {
    run.status = "queued";
    run.conclusion = null;
    announceRun(this.#world, run, "requested");
    void this.#track(this.#execute(run));
  }

  async #execute(run: WorkflowRun): Promise<void> {
    const { attempt } = run;
    try {
      const handle = handleOf(this.#options.engine().start({ ...run.request, runAttempt: attempt }));
      run.handle = handle;
      await handle.result;
    } catch (cause) {
      if (run.status === "completed" || run.attempt !== attempt) return;
      // The engine refused the file by name before anything ran.
      run.error = cause instanceof Error ? cause.message : String(cause);
      this.#end(run, "failure", "startup_failure");
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
    if (run.status === "completed") throw new ApiError(409, "Cannot cancel a workflow run that is completed.");
    if (run.status === "action_required") this.#end(run, "cancelled");
    else run.handle?.cancel();
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
    abandonJobs(this.#world, run, this.#world.now());
    this.#end(run, "failure");
  }

  // --- what the engine says ----------------------------------------------------------------------------------------

  report: EngineHost["report"] = (request, event) => {
    const run = this.#runs.get(request.runId);
    if (run === undefined || run.status === "completed") return;
    this.#record(run, event);
    for (const listener of this.#listeners) listener(run, event);
    if (event.type === "run_started") announceRun(this.#world, run, "in_progress");
    if (event.type === "run_completed") this.#finished(run);
    if (this.#closed) return;
    if (event.type === "job_queued") announceCheck(this.#world, run, event.job.id, "created");
    if (event.type === "job_completed") announceCheck(this.#world, run, event.job.id, "completed");
  };

  #record(run: WorkflowRun, event: RunEvent): void {
    record(this.#world, run, event, (job) => this.#options.jobPage(run, job));
  }

  /** Ends a run of which the engine will not say that it ended. */
  #end(run: WorkflowRun, conclusion: Conclusion, shown: WorkflowRun["conclusion"] = conclusion): void {
    const event: RunEvent = { type: "run_completed", at: this.#world.now(), conclusion };
    this.#record(run, event);
    run.conclusion = shown;
    for (const listener of this.#listeners) listener(run, event);
    this.#finished(run);
  }

  #finished(run: WorkflowRun): void {
    this.tokens.revokeAll(run);
    for (const resolve of this.#waiting.get(run.id) ?? []) resolve(run);
    this.#waiting.delete(run.id);
    if (!this.#closed) announceRun(this.#world, run, "completed");
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

/** Steers a run from its first moment: what is asked while the engine still reads the files is done once it began. */
function handleOf(starting: Promise<RunHandle>): RunHandle {
  return {
    result: starting.then((handle) => handle.result),
    cancel: () => void starting.then((handle) => handle.cancel(), () => undefined),
    kill: () => starting.then((handle) => handle.kill(), () => undefined),
  };
}

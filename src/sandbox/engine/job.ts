/** Runs one job on "its runner": a set of folders of its own, the steps in order, the post steps in reverse. */
import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Conclusion, EngineHost, JobRef, Permissions, RunEvent, RunRequest, StepRef } from "./port.ts";
import { runPre } from "./action-step.ts";
import { loadAction, parseUses } from "./actions.ts";
import { stepName, worsen } from "./call.ts";
import { ActionDownloads } from "./download.ts";
import { foldersOf, machineEnvironment, runnerContext } from "./contexts.ts";
import { evaluateCondition, evaluateTexts, evaluateValue, toData, toText } from "./expressions.ts";
import { JobReport } from "./job-report.ts";
import { Masks } from "./masks.ts";
import { fieldsOf } from "./model.ts";
import type { JobModel, StepModel, WorkflowModel } from "./model.ts";
import { ProcessGroups } from "./process.ts";
import type { Grace } from "./process.ts";
import { runStep } from "./step.ts";
import { environmentOf, stepScope } from "./state.ts";
import type { JobState, StepRecord, StepScope } from "./state.ts";

/** GitHub's default for a job. */
const DEFAULT_TIMEOUT_MINUTES = 360;
/** How long a cancelled job may still run its `always()` steps. */
const CANCEL_TIMEOUT_MS = 5 * 60_000;
const MAX_TIMER = 2 ** 31 - 1;

export interface JobTask {
  readonly host: EngineHost;
  readonly request: RunRequest;
  readonly ref: JobRef;
  readonly workflow: WorkflowModel;
  readonly job: JobModel;
  readonly github: Readonly<Record<string, unknown>>;
  readonly contexts: {
    readonly matrix: unknown;
    readonly strategy: unknown;
    readonly needs: unknown;
    readonly inputs: Readonly<Record<string, unknown>>;
    readonly vars: Readonly<Record<string, string>>;
    readonly secrets: Readonly<Record<string, string>>;
  };
  readonly permissions: Permissions;
  /** The job's own folder; it is made here and removed at the end. */
  readonly root: string;
  readonly grace: Grace;
  readonly runner: string;
  emit(event: RunEvent): void;
  /** Told of work that goes on after the job's end: the removal of its folders. */
  afterwards(work: Promise<unknown>): void;
}

export interface JobResult {
  readonly conclusion: Conclusion;
  readonly outputs: Readonly<Record<string, string>>;
}

/** One job while it runs. */
export class JobRunner {
  readonly #task: JobTask;
  readonly #processes: ProcessGroups;
  readonly #hardStop = new AbortController();
  readonly #masks = new Masks();
  #state: JobState | undefined;
  #cancelled = false;
  #dead = false;
  #timers: NodeJS.Timeout[] = [];
  readonly #report: JobReport;

  constructor(task: JobTask) {
    this.#task = task;
    this.#processes = new ProcessGroups(`github_${randomUUID()}`, task.grace);
    this.#report = new JobReport(task.ref, this.#masks, (event) => {
      if (!this.#dead) task.emit(event);
    });
  }

  /** Cancels the job: its running step is asked to stop, steps that want to run nevertheless still do. */
  cancel(reason?: string): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    if (reason) this.#report.current?.log(reason, "error", { message: reason });
    this.#timers.push(setTimeout(() => this.#hardStop.abort(), CANCEL_TIMEOUT_MS));
    const state = this.#state;
    if (!state) return;
    state.cancelled = true;
    state.status = "cancelled";
    for (const tell of [...state.onCancel]) tell();
  }

  /** Kills every process at once and lets nothing more begin. */
  kill(): void {
    this.#dead = true;
    if (this.#state) this.#state.dead = true;
    this.#processes.killAll();
    this.#hardStop.abort();
  }

  /** Runs the job to its end; never throws. */
  async run(): Promise<JobResult> {
    const { host, request, ref, permissions, root } = this.#task;
    let revoke: () => void = () => undefined;
    let result: JobResult = { conclusion: "failure", outputs: {} };
    try {
      const issued = await host.issueToken(request, ref, permissions);
      revoke = () => issued.revoke();
      result = await this.#steps(issued.token);
    } catch (error) {
      this.#report.failedSetUp(`job could not be set up: ${(error as Error).message}`);
    } finally {
      for (const timer of this.#timers) clearTimeout(timer);
      this.#processes.killAll();
      revoke();
      this.#task.afterwards(rm(root, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined));
    }
    this.#task.emit({ type: "job_completed", at: Date.now(), job: ref, ...result });
    return result;
  }

  async #steps(token: string): Promise<JobResult> {
    const { job } = this.#task;
    const steps = job.steps ?? [];
    const setUp = this.#report.next("Set up job");
    const state = this.#makeState(token);
    const scope: StepScope = { steps: {}, inputs: this.#task.contexts.inputs, env: {}, github: {}, depth: 0 };
    const downloads: string[] = [];
    const setUpError = this.#evaluateEnvironment(state, scope) ?? (await this.#download(state, steps, downloads));
    const pres = setUpError === undefined ? await this.#preSteps(state, steps) : [];
    const preRefs = pres.map(({ step }) => this.#report.next(`Pre ${stepName(step, undefined)}`));
    const refs = steps.map((step) => this.#report.next(this.#plannedName(state, scope, step), step.id));
    this.#started([setUp, ...preRefs, ...refs]);
    this.#setUp(state, setUp, downloads, setUpError);
    this.#limitTime(state, scope);
    for (const [index, pre] of pres.entries()) {
      await this.#report.step(state, preRefs[index] as StepRef, (sink, start) =>
        runPre(state, pre.step, pre.folder, scope, sink, state.hardStop, start),
      );
    }
    for (const [index, step] of steps.entries()) {
      if (setUpError !== undefined) break;
      await this.#report.step(state, refs[index] as StepRef, (sink, start) =>
        runStep(state, step, scope, sink, state.hardStop, start),
      );
    }
    await this.#postSteps(state);
    const outputs = this.#outputs(state, scope);
    await this.#complete(state);
    return { conclusion: state.status, outputs };
  }

  /** A name that reads what earlier steps make cannot be known yet: it stays as it is written. */
  #plannedName(state: JobState, scope: StepScope, step: StepModel): string {
    const reads = /\$\{\{[^}]*\b(?:steps|env|job|hashFiles)\b/i.test(stepName(step, undefined));
    return stepName(step, reads ? undefined : stepScope(state, scope, state.env));
  }

  #makeState(token: string): JobState {
    const { host, request, ref, contexts, root, runner, github, workflow, job } = this.#task;
    const folders = foldersOf(root, request.repository);
    for (const folder of [folders.workspace, folders.temp, folders.home, folders.tools, dirname(folders.event)]) {
      mkdirSync(folder, { recursive: true });
    }
    writeFileSync(folders.event, JSON.stringify(request.event.payload, null, 2));
    for (const secret of [token, ...Object.values(contexts.secrets)]) this.#masks.add(secret);
    const { secrets, vars } = contexts;
    const debug = (secrets["ACTIONS_STEP_DEBUG"] ?? vars["ACTIONS_STEP_DEBUG"]) === "true";
    const state: JobState = {
      host, request, job: ref, folders, token,
      permissions: this.#task.permissions,
      masks: this.#masks,
      processes: this.#processes,
      github: {
        ...github,
        event: toData(request.event.payload),
        event_path: folders.event,
        job: ref.key,
        token,
        workspace: folders.workspace,
      },
      runner: runnerContext(folders, runner, debug),
      contexts: { ...contexts, secrets: { ...secrets, GITHUB_TOKEN: token } },
      machine: { ...machineEnvironment(folders), ...this.#task.host.environment },
      defaults: { ...fieldsOf(workflow.defaults?.run), ...fieldsOf(job.defaults?.run) },
      env: {}, path: [], posts: [], saved: new Map(), actions: new ActionDownloads(host, request, folders.actions),
      status: this.#cancelled ? "cancelled" : "success",
      cancelled: this.#cancelled,
      dead: this.#dead,
      onCancel: new Set(),
      hardStop: this.#hardStop.signal,
      automaticIds: new Map(), preIds: new Map(),
    };
    this.#state = state;
    return state;
  }

  /** Evaluates `env` of the workflow, then of the job; the message of what went wrong, if anything did. */
  #evaluateEnvironment(state: JobState, scope: StepScope): string | undefined {
    try {
      for (const env of [this.#task.workflow.env, this.#task.job.env]) {
        Object.assign(state.env, evaluateTexts(env, stepScope(state, scope, { ...state.env })));
      }
      return undefined;
    } catch (error) {
      return `The env of the job cannot be evaluated: ${(error as Error).message}`;
    }
  }

  #started(steps: readonly StepRef[]): void {
    const { ref, runner, job } = this.#task;
    const environment = this.#environmentName();
    this.#task.emit({
      type: "job_started", at: Date.now(), job: ref, runner, steps,
      ...(job.environment === undefined || environment === "" ? {} : { environment }),
    });
  }

  #environmentName(): string {
    const { environment } = this.#task.job;
    const name = typeof environment === "string" ? environment : fieldsOf(environment)["name"];
    const { matrix, strategy, needs, inputs, vars } = this.#task.contexts;
    const contexts = { github: this.#task.github, matrix, strategy, needs, inputs, vars };
    try {
      return toText(evaluateValue(name ?? "", { contexts }));
    } catch {
      return "";
    }
  }

  /** Gets what the steps use; the message of what could not be had, if anything. */
  #download(state: JobState, steps: readonly StepModel[], lines: string[]): Promise<string | undefined> {
    return state.actions.prepare(steps, (line) => lines.push(line)).then(() => undefined, (error: Error) => error.message);
  }

  #setUp(state: JobState, step: StepRef, downloads: readonly string[], error: string | undefined): void {
    this.#report.started(step);
    this.#report.log(step, `Runner: ${this.#task.runner} (${state.runner["os"]} ${state.runner["arch"]}, Node ${process.version})`);
    this.#report.log(step, "##[group]GITHUB_TOKEN Permissions");
    for (const [scope, level] of Object.entries(state.permissions).sort()) this.#report.log(step, `${scope}: ${level}`);
    this.#report.log(step, "##[endgroup]");
    for (const line of downloads) this.#report.log(step, line);
    if (error !== undefined) {
      this.#report.log(step, error, "error", { message: error });
      worsen(state, "failure");
    }
    const conclusion = error === undefined ? "success" : "failure";
    this.#report.completed(step, { outputs: {}, outcome: conclusion, conclusion }, "");
  }

  #limitTime(state: JobState, scope: StepScope): void {
    const declared = this.#task.job["timeout-minutes"];
    let minutes = DEFAULT_TIMEOUT_MINUTES;
    try {
      const value = Number(evaluateValue(declared ?? minutes, stepScope(state, scope, state.env)));
      if (value > 0) minutes = value;
    } catch (error) {
      this.#report.failedSetUp(`timeout-minutes: ${(error as Error).message}`);
    }
    const { runner } = this.#task;
    const message = `The job running on runner ${runner} has exceeded the maximum execution time of ${minutes} minutes.`;
    this.#timers.push(setTimeout(() => this.cancel(message), Math.min(minutes * 60_000, MAX_TIMER)));
  }

  /** Remote JavaScript actions with a `pre` script, in order. A local action's `pre` is never run, as on GitHub. */
  async #preSteps(state: JobState, steps: readonly StepModel[]): Promise<{ step: StepModel; folder: string }[]> {
    const found: { step: StepModel; folder: string }[] = [];
    for (const step of steps) {
      if (step.uses === undefined || parseUses(step.uses).kind !== "remote") continue;
      const folder = await state.actions.folder(step.uses, () => undefined);
      if ((await loadAction(folder)).file.model.runs.pre !== undefined) found.push({ step, folder });
    }
    return found;
  }

  async #postSteps(state: JobState): Promise<void> {
    for (let post = state.posts.pop(); post; post = state.posts.pop()) {
      const { name, condition, scope, run } = post;
      await this.#report.step(state, this.#report.next(name), async (sink, start) => {
        const wanted = evaluateCondition(condition, stepScope(state, scope, environmentOf(state, scope, {})));
        const skipped: StepRecord = { outputs: {}, outcome: "skipped", conclusion: "skipped" };
        if (!wanted) return skipped;
        start(name);
        const passed = await run(sink, state.hardStop).catch((error: unknown) => {
          sink.log((error as Error).message, "error", { message: (error as Error).message });
          return false;
        });
        const conclusion = passed ? "success" : "failure";
        return { outputs: {}, outcome: conclusion, conclusion };
      });
    }
  }

  #outputs(state: JobState, scope: StepScope): Record<string, string> {
    const outputs: Record<string, string> = {};
    const expressions = stepScope(state, scope, state.env);
    for (const [name, value] of Object.entries(this.#task.job.outputs ?? {})) {
      try {
        const text = toText(evaluateValue(value, expressions));
        if (this.#masks.finds(text)) this.#report.current?.log(`Skip output '${name}' since it may contain secret.`, "warning");
        else if (text !== "") outputs[name] = text;
      } catch (error) {
        const message = `Output '${name}' cannot be evaluated: ${(error as Error).message}`;
        this.#report.current?.log(message, "error", { message });
        worsen(state, "failure");
      }
    }
    return outputs;
  }

  async #complete(state: JobState): Promise<void> {
    await this.#report.step(state, this.#report.next("Complete job"), async (sink, start) => {
      start("Complete job");
      sink.log("Cleaning up orphan processes");
      return { outputs: {}, outcome: "success", conclusion: "success" };
    });
  }
}

/** The folder of a job below the engine's. */
export function jobRoot(engineRoot: string): string {
  return join(engineRoot, randomUUID().slice(0, 8));
}

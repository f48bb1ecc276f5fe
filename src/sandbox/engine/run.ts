/** Runs a planned workflow: jobs when what they need has ended, matrices, and the workflows that jobs call. */
import type { Conclusion, EngineHost, JobRef, Permissions, RunEvent, RunRequest, RunResult } from "./port.ts";
import { nameOfWorkflow, runContext } from "./contexts.ts";
import { evaluateCondition, evaluateTexts, evaluateValue, toText } from "./expressions.ts";
import type { Scope } from "./expressions.ts";
import { callInputs } from "./inputs.ts";
import { JobRunner, jobRoot } from "./job.ts";
import type { JobResult } from "./job.ts";
import { combinationLabel, expandMatrix } from "./matrix.ts";
import type { Combination } from "./matrix.ts";
import { fieldsOf, needsOf } from "./model.ts";
import type { Fields, JobModel } from "./model.ts";
import { resolvePermissions } from "./permissions.ts";
import { callTrigger } from "./plan.ts";
import type { Plan, PlannedWorkflow } from "./plan.ts";
import type { Grace } from "./process.ts";
import { delay, GaveUp, Slots } from "./slots.ts";
import type { ConcurrencyGroups, GroupOptions } from "./slots.ts";

/** What all runs of an engine share. */
export interface Shared {
  readonly host: EngineHost;
  readonly root: string;
  readonly grace: Grace;
  readonly runners: Slots;
  readonly groups: ConcurrencyGroups;
  /** Lends a runner's name; the result gives it back. */
  lendRunner(): { readonly name: string; giveBack(): void };
  afterwards(work: Promise<unknown>): void;
}

/** A job's end as the jobs that need it see it. */
interface Outcome {
  readonly result: "success" | "failure" | "cancelled" | "skipped";
  readonly outputs: Readonly<Record<string, string>>;
  /** Results of every job that this one needed, directly or not. */
  readonly ancestors: ReadonlyMap<string, string>;
}

/** One workflow file in the run: the one that was started, or one that a job calls. */
interface Call {
  readonly planned: PlannedWorkflow;
  readonly inputs: Fields;
  readonly secrets: Readonly<Record<string, string>>;
  readonly cap?: Permissions;
  /** `caller / `, for ids and for names. */
  readonly idPrefix: string;
  readonly namePrefix: string;
  /** Aborted when a matrix gives the caller up. */
  readonly signal: AbortSignal;
}

type JobEntry = RunResult["jobs"][number];

export class Run {
  readonly #shared: Shared;
  readonly #request: RunRequest;
  readonly #plan: Plan;
  readonly #github: Readonly<Record<string, unknown>>;
  readonly #vars: Readonly<Record<string, string>>;
  readonly #jobs: JobEntry[] = [];
  readonly #runners = new Set<JobRunner>();
  /** Asked on cancel: does the job still want to run? */
  readonly #onCancel = new Set<() => void>();
  readonly #end = new AbortController();
  #cancelled = false;
  #dead = false;

  constructor(shared: Shared, request: RunRequest, plan: Plan) {
    this.#shared = shared;
    this.#request = request;
    this.#plan = plan;
    const name = nameOfWorkflow(plan.root.file.model, request.workflowPath);
    this.#github = runContext(request, shared.host, name);
    this.#vars = shared.host.variables(request.repository);
  }

  /** Runs all to the end; never throws. */
  async start(): Promise<RunResult> {
    const { planned, ...call } = this.#rootCall();
    let leave: () => void = () => undefined;
    let conclusion: Conclusion = "cancelled";
    try {
      leave = await this.#enterGroup(planned.file.model.concurrency, this.#scope({ ...call, planned }), () => this.cancel());
      this.#emit({ type: "run_started", at: Date.now() });
      const outcomes = await this.#workflow({ ...call, planned });
      conclusion = this.#conclude([...outcomes.values()].map(({ result }) => result));
    } catch (error) {
      if (!(error instanceof GaveUp)) conclusion = "failure";
    } finally {
      leave();
    }
    this.#emit({ type: "run_completed", at: Date.now(), conclusion });
    return { conclusion, jobs: this.#jobs };
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    for (const ask of [...this.#onCancel]) ask();
  }

  /** Everything ends now, and nothing more is told. */
  kill(): void {
    this.#dead = true;
    this.#cancelled = true;
    this.#end.abort();
    for (const runner of this.#runners) runner.kill();
    for (const ask of [...this.#onCancel]) ask();
  }

  #rootCall(): Call {
    const { host } = this.#shared;
    return {
      planned: this.#plan.root,
      inputs: this.#request.inputs ?? {},
      secrets: host.secrets(this.#request.repository),
      idPrefix: "",
      namePrefix: "",
      signal: this.#end.signal,
    };
  }

  #emit(event: RunEvent): void {
    if (!this.#dead) this.#shared.host.report(this.#request, event);
  }

  #conclude(results: readonly Outcome["result"][]): Conclusion {
    if (this.#cancelled && results.some((result) => result === "cancelled" || result === "skipped")) return "cancelled";
    return combine(results);
  }

  #scope(call: Call, more: Readonly<Record<string, unknown>> = {}): Scope {
    return { contexts: { github: this.#github, inputs: call.inputs, vars: this.#vars, ...more } };
  }

  /** Waits for the concurrency group, if there is one. */
  async #enterGroup(setting: unknown, scope: Scope, cancel: () => void, signal: AbortSignal = this.#end.signal): Promise<() => void> {
    if (setting === undefined || setting === null) return () => undefined;
    const made = evaluateValue(setting, scope);
    const fields = typeof made === "object" ? fieldsOf(made) : { group: made };
    const group = toText(fields["group"]);
    if (group === "") return () => undefined;
    const queue: GroupOptions["queue"] = fields["queue"] === "max" ? "max" : "single";
    const options: GroupOptions = { cancelInProgress: fields["cancel-in-progress"] === true, queue };
    const waiting = new AbortController();
    const giveUp = () => waiting.abort();
    this.#onCancel.add(giveUp);
    try {
      const any = AbortSignal.any([waiting.signal, signal]);
      return await this.#shared.groups.enter(`${this.#request.repository} ${group}`, options, cancel, any);
    } finally {
      this.#onCancel.delete(giveUp);
    }
  }

  async #workflow(call: Call): Promise<ReadonlyMap<string, Outcome>> {
    const { jobs } = call.planned.file.model;
    const begun = new Map<string, Promise<Outcome>>();
    const begin = (key: string): Promise<Outcome> => {
      const known = begun.get(key);
      if (known) return known;
      const job = jobs[key] as JobModel;
      const made = this.#afterNeeds(call, key, job, new Map(needsOf(job).map((need) => [need, begin(need)])));
      begun.set(key, made);
      return made;
    };
    const outcomes = new Map<string, Outcome>();
    await Promise.all(Object.keys(jobs).map(async (key) => outcomes.set(key, await begin(key))));
    return outcomes;
  }

  async #afterNeeds(call: Call, key: string, job: JobModel, awaited: ReadonlyMap<string, Promise<Outcome>>): Promise<Outcome> {
    const needs: Record<string, { result: string; outputs: Readonly<Record<string, string>> }> = {};
    const ancestors = new Map<string, string>();
    for (const [need, promise] of awaited) {
      const outcome = await promise;
      needs[need] = { result: outcome.result, outputs: outcome.outputs };
      for (const [name, result] of outcome.ancestors) ancestors.set(name, result);
      ancestors.set(need, outcome.result);
    }
    const scope: Scope = { ...this.#scope(call, { needs }), status: this.#status(ancestors, call) };
    const wanted = () => !this.#dead && evaluateCondition(job.if, scope);
    const end = (result: Outcome["result"], outputs = {}): Outcome => ({ result, outputs, ancestors });
    try {
      if (!wanted()) {
        this.#skipped(call, key, job, scope);
        return end("skipped");
      }
      const combinations = this.#combinations(job, scope);
      const results = await this.#matrix(call, key, job, needs, combinations, wanted);
      const outputs = Object.assign({}, ...results.map((result) => nonEmpty(result.outputs))) as Record<string, string>;
      return end(combine(results.map(({ result }) => result)), outputs);
    } catch (error) {
      this.#failed(call, key, (error as Error).message);
      return end("failure");
    }
  }

  /** Status functions of a job's `if` look at all that came before it, not only at what it names. */
  #status(ancestors: ReadonlyMap<string, string>, call: Call): NonNullable<Scope["status"]> {
    const results = (of: readonly string[]) => [...ancestors].filter(([name]) => of.length === 0 || of.includes(name)).map(([, result]) => result);
    const cancelled = () => this.#cancelled || call.signal.aborted;
    return {
      success: (...of) => !cancelled() && results(of).every((result) => result === "success"),
      failure: (...of) => !cancelled() && results(of).includes("failure"),
      cancelled,
    };
  }

  #combinations(job: JobModel, scope: Scope): { readonly strategy: Fields; readonly all: readonly (Combination | undefined)[] } {
    const strategy = fieldsOf(evaluateValue(job.strategy ?? {}, scope));
    const { matrix } = strategy;
    return { strategy, all: matrix === undefined || matrix === null ? [undefined] : expandMatrix(matrix) };
  }

  #skipped(call: Call, key: string, job: JobModel, scope: Scope): void {
    const ref = { id: call.idPrefix + key, key, name: call.namePrefix + nameOfJob(key, job, undefined, scope) };
    this.#finish(ref, { conclusion: "skipped", outputs: {} });
  }

  #finish(job: JobRef, { conclusion, outputs }: JobResult): void {
    this.#emit({ type: "job_completed", at: Date.now(), job, conclusion, outputs });
    this.#jobs.push({ job, conclusion, outputs });
  }

  /** A job that failed before it had a runner says why in a step of its own. */
  #failed(call: Call, key: string, message: string): void {
    const job = { id: call.idPrefix + key, key, name: call.namePrefix + key };
    const step = { number: 1, name: "Set up job" };
    const at = Date.now();
    this.#emit({ type: "job_queued", at, job });
    this.#emit({ type: "job_started", at, job, runner: "", steps: [step] });
    this.#emit({ type: "log", at, job, step, line: message, level: "error", annotation: { message } });
    this.#finish(job, { conclusion: "failure", outputs: {} });
  }

  async #matrix(
    call: Call,
    key: string,
    job: JobModel,
    needs: Fields,
    { strategy, all }: { readonly strategy: Fields; readonly all: readonly (Combination | undefined)[] },
    wanted: () => boolean,
  ): Promise<readonly { result: Outcome["result"]; outputs: Readonly<Record<string, string>> }[]> {
    const giveUp = new AbortController();
    const signal = AbortSignal.any([giveUp.signal, call.signal]);
    const maxParallel = Number(strategy["max-parallel"] ?? all.length) || all.length;
    const places = new Slots(maxParallel);
    const failFast = strategy["fail-fast"] !== false;
    // In the order in which they end, so that the last to set an output wins.
    const ended: { result: Outcome["result"]; outputs: Readonly<Record<string, string>> }[] = [];
    await Promise.all(
      all.map(async (combination, index) => {
        const contexts = {
          matrix: combination ?? null,
          strategy: { "fail-fast": failFast, "job-index": index, "job-total": all.length, "max-parallel": maxParallel },
          needs,
        };
        const scope = this.#scope(call, contexts);
        const suffix = combination === undefined ? "" : ` (${index + 1})`;
        const ref = { id: call.idPrefix + key + suffix, key, name: call.namePrefix + nameOfJob(key, job, combination, scope) };
        const one = await this.#one({ call, key, job, ref, scope, contexts, signal, places, wanted });
        ended.push(one);
        if (one.result === "failure" && failFast) giveUp.abort();
      }),
    );
    return ended;
  }

  async #one(entry: Entry): Promise<{ result: Outcome["result"]; outputs: Readonly<Record<string, string>> }> {
    const { call, job, key, scope } = entry;
    const planned = call.planned.calls.get(key);
    const made = planned ? await this.#callWorkflow(entry, planned) : await this.#runJob(entry);
    if (made.conclusion !== "failure") return { result: made.conclusion as Outcome["result"], outputs: made.outputs };
    let forgiven = false;
    try {
      forgiven = evaluateValue(job["continue-on-error"] ?? false, scope) === true;
    } catch {
      // Parsed before; what fails to evaluate forgives nothing.
    }
    return { result: forgiven ? "success" : "failure", outputs: made.outputs };
  }

  async #runJob(entry: Entry): Promise<JobResult> {
    const { call, job, ref, scope, contexts, signal, places } = entry;
    const leaving: (() => void)[] = [];
    const waiting = new AbortController();
    let runner: JobRunner | undefined;
    const cancel = () => {
      waiting.abort();
      runner?.cancel();
    };
    // A cancelled run asks a job's `if` again: `always()` goes on.
    const ask = () => {
      if (!this.#stillWanted(entry)) cancel();
    };
    this.#onCancel.add(ask);
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) waiting.abort();
    try {
      this.#emit({ type: "job_queued", at: Date.now(), job: ref });
      leaving.push(await this.#enterGroup(job.concurrency, scope, cancel, waiting.signal));
      leaving.push(await places.take(waiting.signal));
      leaving.push(await this.#shared.runners.take(waiting.signal));
      await delay(this.#shared.host.pickupDelay(ref), waiting.signal);
      const lent = this.#shared.lendRunner();
      leaving.push(() => lent.giveBack());
      runner = this.#runner(call, job, ref, contexts, lent.name);
      this.#runners.add(runner);
      const result = await runner.run();
      this.#jobs.push({ job: ref, ...result });
      return result;
    } catch (error) {
      const conclusion = error instanceof GaveUp ? "cancelled" : "failure";
      const result: JobResult = { conclusion, outputs: {} };
      this.#finish(ref, result);
      return result;
    } finally {
      if (runner) this.#runners.delete(runner);
      this.#onCancel.delete(ask);
      signal.removeEventListener("abort", cancel);
      for (const leave of leaving.reverse()) leave();
    }
  }

  #stillWanted({ wanted }: Entry): boolean {
    try {
      return wanted();
    } catch {
      return false;
    }
  }

  #runner(call: Call, job: JobModel, ref: JobRef, contexts: Entry["contexts"], runner: string): JobRunner {
    const { host, grace, root } = this.#shared;
    const { model } = call.planned.file;
    return new JobRunner({
      host, ref, job, runner, grace,
      request: this.#request,
      workflow: model,
      github: this.#github,
      contexts: { ...contexts, inputs: call.inputs, vars: this.#vars, secrets: call.secrets },
      permissions: this.#permissions(call, job),
      actions: this.#plan.actions,
      root: jobRoot(root),
      emit: (event) => this.#emit(event),
      afterwards: (work) => this.#shared.afterwards(work),
    });
  }

  #permissions(call: Call, job: JobModel): Permissions {
    const fallback = this.#shared.host.defaultPermissions(this.#request.repository);
    return resolvePermissions(job.permissions, call.planned.file.model.permissions, fallback, call.cap);
  }

  async #callWorkflow(entry: Entry, planned: PlannedWorkflow): Promise<JobResult> {
    const { call, job, ref, scope, signal, places } = entry;
    let leave: () => void = () => undefined;
    const stop = new AbortController();
    try {
      leave = await places.take(signal);
      const secretScope = { ...scope, contexts: { ...scope.contexts, secrets: call.secrets } };
      const inputs = callInputs(planned.file, fieldsOf(evaluateValue(job.with ?? {}, scope)), (value) => evaluateValue(value, scope));
      const secrets = job.secrets === "inherit" ? call.secrets : evaluateTexts(job.secrets, secretScope);
      const inner: Call = {
        planned, inputs, secrets,
        cap: this.#permissions(call, job),
        idPrefix: `${ref.id} / `,
        namePrefix: `${ref.name} / `,
        signal: AbortSignal.any([signal, stop.signal]),
      };
      const release = await this.#enterGroup(job.concurrency, scope, () => stop.abort(), inner.signal);
      try {
        const outcomes = await this.#workflow(inner);
        const outputs = this.#callOutputs(inner, outcomes);
        return { conclusion: combine([...outcomes.values()].map(({ result }) => result)), outputs };
      } finally {
        release();
      }
    } catch (error) {
      if (error instanceof GaveUp) {
        this.#finish(ref, { conclusion: "cancelled", outputs: {} });
        return { conclusion: "cancelled", outputs: {} };
      }
      this.#failed(call, entry.key, (error as Error).message);
      return { conclusion: "failure", outputs: {} };
    } finally {
      leave();
    }
  }

  #callOutputs(call: Call, outcomes: ReadonlyMap<string, Outcome>): Record<string, string> {
    const jobs = Object.fromEntries([...outcomes].map(([key, { result, outputs }]) => [key, { result, outputs }]));
    const declared = fieldsOf((callTrigger(call.planned.file) ?? {})["outputs"]);
    const scope = this.#scope(call, { jobs });
    const entries = Object.entries(declared).map(([name, output]) => [name, toText(evaluateValue(fieldsOf(output)["value"] ?? "", scope))]);
    return Object.fromEntries(entries) as Record<string, string>;
  }
}

/** One job of a matrix, or the only one. */
interface Entry {
  readonly call: Call;
  readonly key: string;
  readonly job: JobModel;
  readonly ref: JobRef;
  readonly scope: Scope;
  readonly contexts: { readonly matrix: unknown; readonly strategy: unknown; readonly needs: unknown };
  readonly signal: AbortSignal;
  readonly places: Slots;
  wanted(): boolean;
}

function nonEmpty(outputs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(outputs).filter(([, value]) => value !== ""));
}

/** The result of several: a failure outweighs a cancellation, which outweighs a success; all skipped is skipped. */
function combine(results: readonly string[]): Outcome["result"] {
  if (results.includes("failure")) return "failure";
  if (results.includes("cancelled")) return "cancelled";
  return results.length > 0 && results.every((result) => result === "skipped") ? "skipped" : "success";
}

/** `name` evaluated; a name without expressions, and the bare key, get the matrix values behind them. */
function nameOfJob(key: string, job: JobModel, combination: Combination | undefined, scope: Scope): string {
  const given = job.name === undefined || job.name === null ? key : String(job.name);
  if (given.includes("${{")) {
    try {
      const name = toText(evaluateValue(given, scope));
      if (name !== "") return name;
    } catch {
      // A skipped job has no matrix: its name stays as it was written.
    }
    return given;
  }
  return combination === undefined ? given : `${given} (${combinationLabel(combination)})`;
}

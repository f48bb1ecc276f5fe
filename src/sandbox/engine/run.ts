/** Runs a planned workflow: jobs when what they need has ended, matrices, and the workflows that jobs call. */
import type { Conclusion, RunRequest, RunResult } from "./port.ts";
import { evaluateCondition, evaluateTexts, evaluateValue, toText } from "./expressions.ts";
import type { Scope } from "./expressions.ts";
import { callInputs } from "./inputs.ts";
import type { JobResult } from "./job.ts";
import { expandMatrix } from "./matrix.ts";
import type { Combination } from "./matrix.ts";
import { fieldsOf, needsOf } from "./model.ts";
import type { Fields, JobModel } from "./model.ts";
import { combine, nameOfJob, nonEmpty, statusOf } from "./outcomes.ts";
import type { Outcome } from "./outcomes.ts";
import { callTrigger } from "./plan.ts";
import type { Plan, PlannedWorkflow } from "./plan.ts";
import { endedEarly, runJob } from "./run-job.ts";
import { RunState } from "./run-state.ts";
import type { Call, Entry, Shared } from "./run-state.ts";
import { GaveUp, Slots } from "./slots.ts";

type Ended = Pick<Outcome, "result" | "outputs">;

export class Run {
  readonly #run: RunState;

  constructor(shared: Shared, request: RunRequest, plan: Plan) {
    this.#run = new RunState(shared, request, plan);
  }

  /** Runs all to the end; never throws. */
  async start(): Promise<RunResult> {
    const run = this.#run;
    const call = this.#rootCall();
    let leave: () => void = () => undefined;
    let conclusion: Conclusion = "cancelled";
    try {
      const { concurrency } = call.planned.file.model;
      const entered = await run.enterGroup(concurrency, run.scope(call), call.held, () => this.cancel(), call.signal);
      leave = entered.leave;
      run.emit({ type: "run_started", at: Date.now() });
      const outcomes = await this.#workflow({ ...call, held: entered.held });
      conclusion = this.#conclude([...outcomes.values()].map(({ result }) => result));
    } catch (error) {
      if (!(error instanceof GaveUp)) conclusion = "failure";
    } finally {
      leave();
    }
    run.emit({ type: "run_completed", at: Date.now(), conclusion });
    return { conclusion, jobs: run.jobs };
  }

  cancel(): void {
    if (this.#run.cancelled) return;
    this.#run.cancelled = true;
    for (const ask of [...this.#run.onCancel]) ask();
  }

  /** Everything ends now, and nothing more is told. */
  kill(): void {
    const run = this.#run;
    run.dead = true;
    run.cancelled = true;
    run.end.abort();
    for (const runner of run.runners) runner.kill();
    for (const ask of [...run.onCancel]) ask();
  }

  #rootCall(): Call {
    const { plan, request, shared, end } = this.#run;
    return {
      planned: plan.root,
      inputs: request.inputs ?? {},
      secrets: shared.host.secrets(request),
      idPrefix: "",
      namePrefix: "",
      signal: end.signal,
      held: new Set(),
    };
  }

  #conclude(results: readonly Outcome["result"][]): Conclusion {
    const stopped = results.some((result) => result === "cancelled" || result === "skipped");
    return this.#run.cancelled && stopped ? "cancelled" : combine(results);
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
    const keys = Object.keys(jobs);
    const outcomes = await Promise.all(keys.map(begin));
    return new Map(keys.map((key, index) => [key, outcomes[index] as Outcome]));
  }

  async #afterNeeds(
    call: Call,
    key: string,
    job: JobModel,
    awaited: ReadonlyMap<string, Promise<Outcome>>,
  ): Promise<Outcome> {
    const run = this.#run;
    const needs: Record<string, Ended> = {};
    const ancestors = new Map<string, string>();
    for (const [need, promise] of awaited) {
      const { result, outputs, ancestors: further } = await promise;
      needs[need] = { result, outputs };
      for (const [name, other] of further) ancestors.set(name, other);
      ancestors.set(need, result);
    }
    const status = statusOf(ancestors, () => run.cancelled || call.signal.aborted);
    const scope: Scope = { ...run.scope(call, { needs }), status };
    const wanted = () => evaluateCondition(job.if, scope);
    const ref = (name: string) => ({ id: call.idPrefix + key, key, name: call.namePrefix + name });
    try {
      if (run.dead || !wanted()) {
        run.finish(ref(nameOfJob(key, job, undefined, scope)), { conclusion: "skipped", outputs: {} });
        return { result: "skipped", outputs: {}, ancestors };
      }
      const ended = await this.#matrix(call, key, job, needs, scope, wanted);
      const outputs = Object.assign({}, ...ended.map((one) => nonEmpty(one.outputs))) as Record<string, string>;
      return { result: combine(ended.map(({ result }) => result)), outputs, ancestors };
    } catch (error) {
      // The `if` or the matrix cannot be evaluated.
      run.emit({ type: "job_queued", at: Date.now(), job: ref(key) });
      run.say(ref(key), (error as Error).message);
      run.finish(ref(key), { conclusion: "failure", outputs: {} });
      return { result: "failure", outputs: {}, ancestors };
    }
  }

  /** Runs all jobs of a matrix. They are given back in the order in which they end, so that the last output wins. */
  async #matrix(
    call: Call,
    key: string,
    job: JobModel,
    needs: Fields,
    outer: Scope,
    wanted: () => boolean,
  ): Promise<readonly Ended[]> {
    const strategy = fieldsOf(evaluateValue(job.strategy ?? {}, outer));
    const { matrix } = strategy;
    const all: readonly (Combination | undefined)[] =
      matrix === undefined || matrix === null ? [undefined] : expandMatrix(matrix);
    const giveUp = new AbortController();
    const signal = AbortSignal.any([giveUp.signal, call.signal]);
    const parallel = Number(strategy["max-parallel"] ?? all.length) || all.length;
    const places = new Slots(parallel);
    const failFast = strategy["fail-fast"] !== false;
    const ended: Ended[] = [];
    const one = async (combination: Combination | undefined, index: number) => {
      const contexts = {
        matrix: combination ?? null,
        strategy: { "fail-fast": failFast, "job-index": index, "job-total": all.length, "max-parallel": parallel },
        needs,
      };
      const scope = this.#run.scope(call, contexts);
      const id = call.idPrefix + key + (combination === undefined ? "" : ` (${index + 1})`);
      const ref = { id, key, name: call.namePrefix + nameOfJob(key, job, combination, scope) };
      const end = await this.#one({ call, key, job, ref, scope, contexts, signal, places, wanted });
      ended.push(end);
      if (end.result === "failure" && failFast) giveUp.abort();
    };
    await Promise.all(all.map(one));
    return ended;
  }

  async #one(entry: Entry): Promise<Ended> {
    const { call, job, key, scope } = entry;
    const planned = call.planned.calls.get(key);
    const { conclusion, outputs } = planned ? await this.#callWorkflow(entry, planned) : await runJob(this.#run, entry);
    if (conclusion !== "failure") return { result: conclusion as Outcome["result"], outputs };
    let forgiven = false;
    try {
      forgiven = evaluateValue(job["continue-on-error"] ?? false, scope) === true;
    } catch {
      // What cannot be evaluated forgives nothing.
    }
    return { result: forgiven ? "success" : "failure", outputs };
  }

  async #callWorkflow(entry: Entry, planned: PlannedWorkflow): Promise<JobResult> {
    const run = this.#run;
    const { call, job, scope, signal, places } = entry;
    const leaving: (() => void)[] = [];
    const stop = new AbortController();
    try {
      leaving.push(await places.take(signal));
      const within = AbortSignal.any([signal, stop.signal]);
      const enter = async (setting: unknown, of: Scope, held: ReadonlySet<string>) => {
        const entered = await run.enterGroup(setting, of, held, () => stop.abort(), within);
        leaving.push(entered.leave);
        return entered.held;
      };
      const outside = await enter(job.concurrency, scope, call.held);
      const inner: Call = { ...this.#innerCall(entry, planned), signal: within, held: outside };
      const held = await enter(planned.file.model.concurrency, run.scope(inner), outside);
      const outcomes = await this.#workflow({ ...inner, held });
      const conclusion = combine([...outcomes.values()].map(({ result }) => result));
      return { conclusion, outputs: this.#callOutputs(inner, outcomes) };
    } catch (error) {
      return endedEarly(run, entry, error as Error);
    } finally {
      for (const leave of leaving.reverse()) leave();
    }
  }

  #innerCall({ call, job, ref, scope }: Entry, planned: PlannedWorkflow): Omit<Call, "signal" | "held"> {
    const given = fieldsOf(evaluateValue(job.with ?? {}, scope));
    const withSecrets = { ...scope, contexts: { ...scope.contexts, secrets: call.secrets } };
    return {
      planned,
      inputs: callInputs(planned.file, given, (value) => evaluateValue(value, scope)),
      secrets: job.secrets === "inherit" ? call.secrets : evaluateTexts(job.secrets, withSecrets),
      cap: this.#run.permissions(call, job),
      idPrefix: `${ref.id} / `,
      namePrefix: `${ref.name} / `,
    };
  }

  #callOutputs(call: Call, outcomes: ReadonlyMap<string, Outcome>): Record<string, string> {
    const ends = [...outcomes].map(([key, { result, outputs }]) => [key, { result, outputs }]);
    const scope = this.#run.scope(call, { jobs: Object.fromEntries(ends) });
    const declared = Object.entries(fieldsOf((callTrigger(call.planned.file) ?? {})["outputs"]));
    const value = (output: unknown) => toText(evaluateValue(fieldsOf(output)["value"] ?? "", scope));
    return Object.fromEntries(declared.map(([name, output]) => [name, value(output)]));
  }
}

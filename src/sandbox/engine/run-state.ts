/** What the parts of one run share. */
import type { EngineHost, JobRef, Permissions, RunEvent, RunRequest, RunResult } from "./port.ts";
import { concurrencyOf } from "./concurrency.ts";
import type { ConcurrencyGroups, Entered } from "./concurrency.ts";
import { nameOfWorkflow, runContext } from "./contexts.ts";
import type { Scope } from "./expressions.ts";
import type { JobResult, JobRunner } from "./job.ts";
import type { Fields, JobModel } from "./model.ts";
import { resolvePermissions } from "./permissions.ts";
import type { Plan, PlannedWorkflow } from "./plan.ts";
import type { Grace } from "./process.ts";
import type { Slots } from "./slots.ts";

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

/** One workflow file in the run: the one that was started, or one that a job calls. */
export interface Call {
  readonly planned: PlannedWorkflow;
  readonly inputs: Fields;
  readonly secrets: Readonly<Record<string, string>>;
  readonly cap?: Permissions;
  /** `caller / `, for ids and for names. */
  readonly idPrefix: string;
  readonly namePrefix: string;
  /** Aborted when a matrix gives the caller up. */
  readonly signal: AbortSignal;
  /** Concurrency groups that are held around this file: to wait for one of them would never end. */
  readonly held: ReadonlySet<string>;
}

/** One job of a matrix, or the only one. */
export interface Entry {
  readonly call: Call;
  readonly key: string;
  readonly job: JobModel;
  readonly ref: JobRef;
  readonly scope: Scope;
  readonly contexts: { readonly matrix: unknown; readonly strategy: unknown; readonly needs: unknown };
  readonly signal: AbortSignal;
  /** `max-parallel` */
  readonly places: Slots;
  /** The job's `if`, asked again. */
  wanted(): boolean;
}

export class RunState {
  readonly shared: Shared;
  readonly request: RunRequest;
  readonly plan: Plan;
  readonly github: Readonly<Record<string, unknown>>;
  readonly vars: Readonly<Record<string, string>>;
  /** Jobs that ended, in that order. */
  readonly jobs: RunResult["jobs"][number][] = [];
  readonly runners = new Set<JobRunner>();
  /** Asked on cancel: does what waits or runs still want to? */
  readonly onCancel = new Set<() => void>();
  /** Aborted when the run is killed. */
  readonly end = new AbortController();
  cancelled = false;
  dead = false;

  constructor(shared: Shared, request: RunRequest, plan: Plan) {
    this.shared = shared;
    this.request = request;
    this.plan = plan;
    const name = nameOfWorkflow(plan.root.file.model, request.workflowPath);
    this.github = runContext(request, shared.host, name);
    this.vars = shared.host.variables(request.repository);
  }

  /** A run that was killed says nothing more. */
  emit(event: RunEvent): void {
    if (!this.dead) this.shared.host.report(this.request, event);
  }

  /** What expressions outside of a job can read. */
  scope(call: Call, more: Readonly<Record<string, unknown>> = {}): Scope {
    return { contexts: { github: this.github, inputs: call.inputs, vars: this.vars, ...more } };
  }

  permissions(call: Call, job: JobModel): Permissions {
    const fallback = this.shared.host.defaultPermissions(this.request.repository);
    return resolvePermissions(job.permissions, call.planned.file.model.permissions, fallback, call.cap);
  }

  /** Ends a job that had no runner. */
  finish(job: JobRef, result: JobResult): JobResult {
    this.emit({ type: "job_completed", at: Date.now(), job, ...result });
    this.jobs.push({ job, ...result });
    return result;
  }

  /** A job that fails before it has a runner says why in a step of its own. */
  say(job: JobRef, message: string): void {
    const step = { number: 1, name: "Set up job" };
    const at = Date.now();
    this.emit({ type: "job_started", at, job, runner: "", steps: [step] });
    this.emit({ type: "log", at, job, step, line: message, level: "error", annotation: { message } });
  }

  /**
   * Waits for a concurrency group, if the setting names one.
   * @throws GaveUp when the wait was cancelled
   */
  async enterGroup(
    setting: unknown,
    scope: Scope,
    held: ReadonlySet<string>,
    cancel: () => void,
    signal: AbortSignal,
  ): Promise<Entered> {
    const wanted = concurrencyOf(setting, scope);
    if (!wanted) return { held, leave: () => undefined };
    const waiting = new AbortController();
    const giveUp = () => waiting.abort();
    this.onCancel.add(giveUp);
    try {
      const any = AbortSignal.any([waiting.signal, signal]);
      return await this.shared.groups.enter({ ...wanted, space: this.request.repository, held, cancel, signal: any });
    } finally {
      this.onCancel.delete(giveUp);
    }
  }
}

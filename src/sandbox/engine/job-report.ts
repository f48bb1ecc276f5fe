/** Tells what a job does, step by step, with its secrets hidden. */
import type { Annotation, JobRef, RunEvent, StepRef } from "./port.ts";
import { worsen } from "./call.ts";
import type { Masks } from "./masks.ts";
import type { JobState, LogLevel, Sink, StepRecord } from "./state.ts";

export class JobReport {
  readonly #job: JobRef;
  readonly #masks: Masks;
  readonly #emit: (event: RunEvent) => void;
  #number = 0;
  /** Where what concerns the whole job is said: the step that runs or ran last. */
  current: Sink | undefined;

  constructor(job: JobRef, masks: Masks, emit: (event: RunEvent) => void) {
    this.#job = job;
    this.#masks = masks;
    this.#emit = emit;
  }

  /** The next step of the job, numbered from 1. */
  next(name: string, id?: string): StepRef {
    this.#number += 1;
    return { number: this.#number, name: this.#masks.hide(name), ...(id === undefined ? {} : { id }) };
  }

  /** Runs a step and tells its start (unless it is skipped), its lines and its end. */
  async step(
    state: JobState,
    planned: StepRef,
    body: (sink: Sink, start: (name: string) => void) => Promise<StepRecord>,
  ): Promise<void> {
    if (state.dead) return;
    let step = planned;
    let started = false;
    const summary: string[] = [];
    const start = (name: string) => {
      if (started) return;
      started = true;
      step = { ...planned, name: this.#masks.hide(name) };
      this.started(step);
    };
    this.current = {
      log: (line, level, annotation) => this.log(step, line, level, annotation),
      summary: (text) => summary.push(text),
    };
    const record = await body(this.current, start);
    worsen(state, record.conclusion);
    this.completed(step, record, summary.join("\n"));
  }

  started(step: StepRef): void {
    this.#emit({ type: "step_started", at: Date.now(), job: this.#job, step });
  }

  completed(step: StepRef, { outputs, conclusion }: StepRecord, summary: string): void {
    const hidden = Object.entries(outputs).map(([name, value]) => [name, this.#masks.hide(value)]);
    this.#emit({
      type: "step_completed", at: Date.now(), job: this.#job, step, conclusion,
      outputs: Object.fromEntries(hidden) as Record<string, string>,
      summary: this.#masks.hide(summary),
    });
  }

  log(step: StepRef, line: string, level: LogLevel = "info", annotation?: Annotation): void {
    const at = Date.now();
    const hidden = annotation && { ...annotation, message: this.#masks.hide(annotation.message) };
    this.#masks.hide(line).split(/\r?\n/).forEach((text, index) => {
      const note = index === 0 && hidden ? { annotation: hidden } : {};
      this.#emit({ type: "log", at, job: this.#job, step, line: text, level, ...note });
    });
  }

  /** What goes wrong outside of the job's steps. */
  failedSetUp(message: string): void {
    this.log({ number: Math.max(1, this.#number), name: "Set up job" }, message, "error", { message });
  }
}

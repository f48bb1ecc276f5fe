/** How the engine's events become runs, jobs, steps and check runs. */

import type { Conclusion, JobRef, RunEvent } from "../../engine/port.ts";
import { addCheckRun, changeCheckRun } from "../checks.ts";
import type { JobRecord, StepRecord, WorkflowRun } from "../types.ts";
import type { World } from "../world.ts";

/** Applies one event of the engine to the run's record. */
export function record(world: World, run: WorkflowRun, event: RunEvent, page: (job: JobRecord) => string): void {
  run.events.push(event);
  run.updatedAt = event.at;
  switch (event.type) {
    case "run_started":
      run.status = "in_progress";
      break;
    case "job_queued":
      queueJob(world, run, event.job, event.at, page);
      break;
    case "job_started": {
      const job = jobOf(world, run, event.job, event.at, page);
      Object.assign(job, { status: "in_progress", startedAt: event.at, runner: event.runner });
      job.steps.push(...event.steps.map(newStep));
      changeCheckRun(world, job.checkRun, { status: "in_progress", startedAt: event.at });
      break;
    }
    case "step_started":
      Object.assign(stepOf(jobOf(world, run, event.job, event.at, page), event.step), { status: "in_progress", startedAt: event.at });
      break;
    case "log":
      log(jobOf(world, run, event.job, event.at, page), event);
      break;
    case "step_completed": {
      const step = stepOf(jobOf(world, run, event.job, event.at, page), event.step);
      Object.assign(step, {
        status: "completed", conclusion: event.conclusion, completedAt: event.at, outputs: event.outputs, summary: event.summary,
        startedAt: step.startedAt ?? event.at,
      });
      break;
    }
    case "job_completed":
      finishJob(world, jobOf(world, run, event.job, event.at, page), event.conclusion, event.at, event.outputs);
      break;
    case "run_completed":
      Object.assign(run, { status: "completed", conclusion: event.conclusion, completedAt: event.at });
      break;
  }
}

function queueJob(world: World, run: WorkflowRun, ref: JobRef, at: number, page: (job: JobRecord) => string): JobRecord {
  const checkRun = addCheckRun(world, run.suite, ref.name, { status: "queued", startedAt: at, externalId: `${run.id}-${ref.id}` }, run.workflow);
  // A job and its check run have one number: gh asks for a job's annotations by it.
  const { id } = checkRun;
  const job: JobRecord = {
    id, ref, checkRun, nodeId: world.nodeId("JOB", id), attempt: run.attempt, status: "queued", conclusion: null, createdAt: at,
    startedAt: null, completedAt: null, runner: null, outputs: {}, steps: [], annotations: [], log: [],
  };
  job.checkRun.detailsUrl = page(job);
  run.jobs.push(job);
  return job;
}

/** The record of a job; a skipped job may be reported without ever being queued. */
function jobOf(world: World, run: WorkflowRun, ref: JobRef, at: number, page: (job: JobRecord) => string): JobRecord {
  return run.jobs.find((job) => job.ref.id === ref.id) ?? queueJob(world, run, ref, at, page);
}

function newStep(ref: StepRecord["ref"]): StepRecord {
  return { ref, status: "queued", conclusion: null, startedAt: null, completedAt: null, outputs: {}, summary: "" };
}

function stepOf(job: JobRecord, ref: StepRecord["ref"]): StepRecord {
  const known = job.steps.find((step) => step.ref.number === ref.number);
  if (known !== undefined) return known;
  const step = newStep(ref);
  job.steps.push(step);
  return step;
}

const levels = { error: "failure", warning: "warning", notice: "notice" } as const;

function log(job: JobRecord, event: Extract<RunEvent, { type: "log" }>): void {
  job.log.push(`${new Date(event.at).toISOString()} ${event.line}`);
  const { level, annotation } = event;
  // The further lines of a message carry its level too, but only the first one carries the annotation.
  if (level === "info" || level === "debug" || annotation === undefined) return;
  job.annotations.push({ ...annotation, level });
  job.checkRun.annotations.push({
    path: annotation.file ?? ".github", startLine: annotation.line ?? 1, endLine: annotation.endLine ?? annotation.line ?? 1,
    startColumn: null, endColumn: null, level: levels[level], title: annotation.title ?? null, message: annotation.message, rawDetails: null,
  });
}

export function finishJob(
  world: World,
  job: JobRecord,
  conclusion: Conclusion,
  at: number,
  outputs: Readonly<Record<string, string>> = {},
): void {
  Object.assign(job, { status: "completed", conclusion, completedAt: at, outputs, startedAt: job.startedAt ?? at });
  for (const step of job.steps) {
    if (step.status !== "completed") Object.assign(step, { status: "completed", conclusion: step.status === "queued" ? "skipped" : conclusion, completedAt: at });
  }
  changeCheckRun(world, job.checkRun, { conclusion, completedAt: at });
}

/** A runner that lost power tells nothing: what was open is closed as GitHub does when it has waited long enough. */
export function abandonJobs(world: World, run: WorkflowRun, at: number): void {
  for (const job of run.jobs) if (job.status !== "completed") finishJob(world, job, "failure", at);
}

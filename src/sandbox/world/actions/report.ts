/** Runs as tests and the command line read them. */

import type { Annotation, Conclusion, RunEvent } from "../../engine/port.ts";
import type { JobRecord, StepRecord, WorkflowRun } from "../types.ts";

export interface StepReport {
  readonly number: number;
  readonly name: string;
  readonly id: string | undefined;
  readonly status: StepRecord["status"];
  readonly conclusion: Conclusion | null;
  /** Milliseconds; null while it runs. */
  readonly ms: number | null;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

export interface JobReport {
  readonly id: number;
  /** As the engine and the request log name it: the key, with the matrix position added. */
  readonly job: string;
  readonly key: string;
  readonly name: string;
  readonly status: JobRecord["status"];
  readonly conclusion: Conclusion | null;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  readonly ms: number | null;
  readonly outputs: Readonly<Record<string, string>>;
  readonly annotations: readonly (Annotation & { readonly level: "notice" | "warning" | "error" })[];
  readonly log: string;
  readonly steps: readonly StepReport[];
}

export interface RunReport {
  readonly id: number;
  readonly number: number;
  readonly attempt: number;
  readonly repository: string;
  readonly workflow: string;
  readonly path: string;
  readonly event: string;
  readonly title: string;
  readonly actor: string;
  readonly headSha: string;
  readonly headBranch: string | null;
  readonly status: WorkflowRun["status"];
  readonly conclusion: WorkflowRun["conclusion"];
  /** Why the run ended before it began. */
  readonly error: string | undefined;
  readonly createdAt: number;
  readonly completedAt: number | null;
  readonly ms: number | null;
  readonly jobs: readonly JobReport[];
  readonly events: readonly RunEvent[];
}

export function reportRun(run: WorkflowRun): RunReport {
  return {
    id: run.id, number: run.number, attempt: run.attempt, repository: run.repository.fullName, workflow: run.workflow.name,
    path: run.workflow.path, event: run.event, title: run.displayTitle, actor: run.actor.login, headSha: run.headSha,
    headBranch: run.headBranch, status: run.status, conclusion: run.conclusion, error: run.error, createdAt: run.createdAt,
    completedAt: run.completedAt, ms: span(run.startedAt, run.completedAt), jobs: run.jobs.map(reportJob), events: run.events,
  };
}

function reportJob(job: JobRecord): JobReport {
  return {
    id: job.id, job: job.ref.id, key: job.ref.key, name: job.ref.name, status: job.status, conclusion: job.conclusion,
    createdAt: job.createdAt, startedAt: job.startedAt, completedAt: job.completedAt, ms: span(job.startedAt, job.completedAt),
    outputs: job.outputs, annotations: job.annotations, log: job.log.join("\n"),
    steps: job.steps.map((step) => ({
      number: step.ref.number, name: step.ref.name, id: step.ref.id, status: step.status, conclusion: step.conclusion,
      ms: span(step.startedAt, step.completedAt), outputs: step.outputs, summary: step.summary,
    })),
  };
}

function span(from: number | null, to: number | null): number | null {
  return from === null || to === null ? null : to - from;
}

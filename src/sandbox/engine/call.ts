/** One step that is about to run, and what all kinds of steps need. */
import type { Conclusion } from "./port.ts";
import { evaluateValue, toText } from "./expressions.ts";
import type { Scope } from "./expressions.ts";
import type { StepModel } from "./model.ts";
import type { JobState, JobStatus, Sink, StepRecord, StepScope } from "./state.ts";

export interface StepCall {
  readonly state: JobState;
  readonly step: StepModel;
  readonly scope: StepScope;
  /** Reads expressions with the step's own `env`. */
  readonly expressions: Scope;
  /** The step's own `env`, evaluated. */
  readonly env: Readonly<Record<string, string>>;
  readonly outputs: Record<string, string>;
  readonly sink: Sink;
  readonly signal: AbortSignal;
  /** GITHUB_ACTION */
  readonly actionId: string;
  /** Runs a step of a composite action. */
  readonly runNested: (step: StepModel, scope: StepScope) => Promise<StepRecord>;
}

/** The step's `name`, or what it runs. */
export function stepName(step: StepModel, expressions: Scope | undefined): string {
  const fallback = step.uses ?? String(step.run ?? "").trim().split(/\r?\n/)[0] ?? "";
  const text = step.name === undefined || step.name === "" ? `Run ${fallback}` : String(step.name);
  if (!expressions) return text;
  try {
    return toText(evaluateValue(text, expressions));
  } catch {
    return text;
  }
}

/** What a conclusion does to the status of the job or composite action around the step. */
export function worsen(holder: { status: JobStatus }, conclusion: Conclusion): void {
  if (conclusion === "cancelled") holder.status = "cancelled";
  else if (conclusion === "failure" && holder.status === "success") holder.status = "failure";
}

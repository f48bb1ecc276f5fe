/** How jobs end, and what their ends mean for others. */
import { evaluateValue, toText } from "./expressions.ts";
import type { Scope } from "./expressions.ts";
import { combinationLabel } from "./matrix.ts";
import type { Combination } from "./matrix.ts";
import type { JobModel } from "./model.ts";

/** A job's end as the jobs that need it see it. */
export interface Outcome {
  readonly result: "success" | "failure" | "cancelled" | "skipped";
  readonly outputs: Readonly<Record<string, string>>;
  /** Results of every job that this one needed, directly or not. */
  readonly ancestors: ReadonlyMap<string, string>;
}

/** Status functions of a job's `if` look at all that came before it, not only at what it names. */
export function statusOf(ancestors: ReadonlyMap<string, string>, cancelled: () => boolean): NonNullable<Scope["status"]> {
  const results = (of: readonly string[]) =>
    [...ancestors].filter(([name]) => of.length === 0 || of.includes(name)).map(([, result]) => result);
  return {
    success: (...of) => !cancelled() && results(of).every((result) => result === "success"),
    failure: (...of) => !cancelled() && results(of).includes("failure"),
    cancelled,
  };
}

/** Outputs without the empty ones: in a matrix they do not overwrite what another job set. */
export function nonEmpty(outputs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(outputs).filter(([, value]) => value !== ""));
}

/** The result of several: a failure outweighs a cancellation, which outweighs a success; all skipped is skipped. */
export function combine(results: readonly string[]): Outcome["result"] {
  if (results.includes("failure")) return "failure";
  if (results.includes("cancelled")) return "cancelled";
  return results.length > 0 && results.every((result) => result === "skipped") ? "skipped" : "success";
}

/** `name` evaluated; a name without expressions, and the bare key, get the matrix values behind them. */
export function nameOfJob(key: string, job: JobModel, combination: Combination | undefined, scope: Scope): string {
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

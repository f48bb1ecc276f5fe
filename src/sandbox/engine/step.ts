/** Runs steps: the shell script, the built-in action, the JavaScript action or the composite action behind each. */
import type { Conclusion } from "./port.ts";
import { runAction } from "./action-step.ts";
import { stepName } from "./call.ts";
import { evaluateCondition, evaluateTexts, evaluateValue, toText } from "./expressions.ts";
import type { Scope } from "./expressions.ts";
import type { StepModel } from "./model.ts";
import { runScript } from "./script-step.ts";
import { actionIdOf, environmentOf, stepScope } from "./state.ts";
import type { JobState, Sink, StepRecord, StepScope } from "./state.ts";

const MINUTE = 60_000;
/** Node cannot hold a longer timer. */
const MAX_TIMER = 2 ** 31 - 1;

/**
 * Runs one step to its conclusion and records it in the `steps` context. Never throws: what goes wrong is logged as
 * an error and makes the step fail.
 */
export async function runStep(
  state: JobState,
  step: StepModel,
  scope: StepScope,
  sink: Sink,
  outer: AbortSignal,
  onStart: (name: string) => void = () => undefined,
): Promise<StepRecord> {
  const outputs: Record<string, string> = {};
  const record = (outcome: Conclusion, conclusion = outcome): StepRecord => {
    const made = { outputs, outcome, conclusion };
    if (step.id) scope.steps[step.id] = made;
    return made;
  };
  const failed = (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    sink.log(message, "error", { message });
  };
  let expressions: Scope;
  let env: Record<string, string>;
  try {
    const first = stepScope(state, scope, environmentOf(state, scope, {}));
    env = evaluateTexts(step.env, first);
    expressions = stepScope(state, scope, environmentOf(state, scope, env));
    if (state.dead || !evaluateCondition(step.if, expressions)) return record("skipped");
  } catch (error) {
    onStart(stepName(step, undefined));
    failed(error);
    return record("failure");
  }
  onStart(stepName(step, expressions));
  const watch = watchStep(state, step, scope, env, outer);
  let outcome: Conclusion;
  try {
    const actionId = actionIdOf(state, step);
    watch.limit(minutesOf(step["timeout-minutes"], expressions));
    const { signal } = watch;
    const runNested = (inner: StepModel, within: StepScope) => runStep(state, inner, within, sink, signal);
    const call = { state, step, scope, expressions, env, outputs, sink, signal, actionId, runNested };
    const passed = step.uses === undefined ? await runScript(call) : await runAction(call);
    outcome = passed ? "success" : "failure";
  } catch (error) {
    if (!watch.signal.aborted) failed(error);
    outcome = "failure";
  } finally {
    watch.end();
  }
  if (watch.timedOut()) {
    const minutes = toText(evaluateValue(step["timeout-minutes"], expressions));
    failed(new Error(`The action '${stepName(step, expressions)}' has timed out after ${minutes} minutes.`));
  } else if (watch.signal.aborted) {
    failed(new Error("The operation was canceled."));
    return record("cancelled");
  }
  if (outcome === "success" || !mayFail(step, expressions, failed)) return record(outcome);
  return record(outcome, "success");
}

function mayFail(step: StepModel, expressions: Scope, failed: (error: unknown) => void): boolean {
  try {
    return evaluateValue(step["continue-on-error"] ?? false, expressions) === true;
  } catch (error) {
    failed(error);
    return false;
  }
}

function minutesOf(value: unknown, expressions: Scope): number | undefined {
  if (value === undefined || value === null) return undefined;
  const minutes = Number(evaluateValue(value, expressions));
  if (!Number.isFinite(minutes)) throw new Error(`timeout-minutes is not a number: ${toText(value)}`);
  return minutes > 0 ? minutes : undefined;
}

/** Ends a step that runs too long, and one that a cancelled job no longer wants. */
function watchStep(
  state: JobState,
  step: StepModel,
  scope: StepScope,
  env: Readonly<Record<string, string>>,
  outer: AbortSignal,
) {
  const own = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let timedOut = false;
  // A cancelled job asks the `if` of its running step again: `always()` goes on.
  const cancel = () => {
    try {
      if (evaluateCondition(step.if, stepScope(state, scope, environmentOf(state, scope, env)))) return;
    } catch {
      // What cannot be judged is not kept running.
    }
    own.abort();
  };
  state.onCancel.add(cancel);
  return {
    signal: AbortSignal.any([own.signal, outer, state.hardStop]),
    timedOut: () => timedOut,
    limit: (minutes: number | undefined) => {
      if (minutes === undefined) return;
      timer = setTimeout(() => {
        timedOut = true;
        own.abort();
      }, Math.min(minutes * MINUTE, MAX_TIMER));
    },
    end: () => {
      clearTimeout(timer);
      state.onCancel.delete(cancel);
    },
  };
}

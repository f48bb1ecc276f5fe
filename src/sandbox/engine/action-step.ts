/** `uses:` steps. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { inputVariable, loadAction, parseUses, unsupportedUsing } from "./actions.ts";
import type { LoadedAction, Uses } from "./actions.ts";
import { runBuiltin } from "./builtins/index.ts";
import { NODE } from "./contexts.ts";
import { evaluateCondition, evaluateTexts, evaluateValue, toText } from "./expressions.ts";
import { fieldsOf } from "./model.ts";
import type { StepModel } from "./model.ts";
import { runLeaf } from "./leaf.ts";
import { stepName, worsen } from "./call.ts";
import type { StepCall } from "./call.ts";
import { actionIdOf, environmentOf, stepScope } from "./state.ts";
import type { JobState, PostStep, Sink, StepRecord, StepScope } from "./state.ts";

/** GitHub's limit of composite actions inside each other. */
const MAX_DEPTH = 10;

/**
 * Runs an action; true when it succeeded.
 * @throws when the action cannot be found, read or run
 */
export async function runAction(call: StepCall): Promise<boolean> {
  const { step, expressions, sink } = call;
  const given = evaluateTexts(step.with, expressions);
  const uses = parseUses(step.uses as string);
  sink.log(`##[group]Run ${step.uses}`);
  if (Object.keys(given).length > 0) sink.log("with:");
  for (const [name, value] of Object.entries(given)) sink.log(`  ${name}: ${value}`);
  sink.log("##[endgroup]");
  if (uses.kind === "builtin") return runBuiltin(call, uses.name, given);
  const action = await loadAction(await folderOf(call, uses));
  const reason = unsupportedUsing(action.file);
  if (reason) throw new Error(`${step.uses} ${reason}`);
  const inputs = inputsOf(call, action, given);
  const scoped = { ...call, scope: actionScope(call.scope, uses, action) };
  if (action.file.model.runs.using === "composite") return runComposite(scoped, action, inputs);
  return runNode(scoped, action, inputs);
}

/** A remote action that an action of the workspace names is downloaded when it comes to that, as a runner does. */
async function folderOf({ state, step, sink }: StepCall, uses: Uses): Promise<string> {
  if (uses.kind === "local") return resolve(state.folders.workspace, uses.path);
  return state.actions.folder(step.uses as string, (line) => sink.log(line));
}

function actionScope(scope: StepScope, uses: Uses, action: LoadedAction): StepScope {
  const origin =
    uses.kind === "remote"
      ? { action_repository: `${uses.remote.owner}/${uses.remote.repo}`, action_ref: uses.remote.ref }
      : { action_repository: undefined, action_ref: undefined };
  return { ...scope, github: { ...scope.github, ...origin, action_path: action.folder } };
}

/** The inputs an action gets: what the step gives, and the action's own defaults, evaluated. */
function inputsOf(call: StepCall, action: LoadedAction, given: Readonly<Record<string, string>>): Record<string, string> {
  const declared = action.file.model.inputs;
  const known = new Map(Object.keys(declared).map((name) => [name.toLowerCase(), name]));
  const inputs: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) inputs[known.get(name.toLowerCase()) ?? name] = value;
  const unexpected = Object.keys(given).filter((name) => !known.has(name.toLowerCase()));
  const warn = (message: string) => call.sink.log(message, "warning", { message });
  if (unexpected.length > 0) {
    warn(`Unexpected input(s) '${unexpected.join("', '")}', valid inputs are ['${[...known.values()].join("', '")}']`);
  }
  for (const [name, definition] of Object.entries(declared)) {
    if (name in inputs) {
      const reason = definition?.deprecationMessage;
      if (reason) warn(`Input '${name}' has been deprecated with message: ${reason}`);
      continue;
    }
    if (definition?.required === true && definition.default === undefined) {
      warn(`Input required and not supplied: ${name}`);
    }
    // Defaults cannot read the `inputs` around the step.
    const contexts = { ...call.expressions.contexts, inputs: {} };
    inputs[name] = toText(evaluateValue(definition?.default ?? "", { ...call.expressions, contexts }));
  }
  return inputs;
}

async function runNode(call: StepCall, action: LoadedAction, inputs: Readonly<Record<string, string>>): Promise<boolean> {
  const saved = call.state.saved.get(call.step) ?? {};
  registerPost(call, action, inputs, saved);
  return runScriptOf(call, action, action.file.model.runs.main as string, inputs, saved);
}

/** An action that began, with its pre or its main, gets its post; a main replaces what its pre had registered. */
function registerPost(
  call: StepCall,
  action: LoadedAction,
  inputs: Readonly<Record<string, string>>,
  saved: Record<string, string>,
): void {
  const { post, "post-if": condition } = action.file.model.runs;
  if (post === undefined) return;
  const { posts } = call.state;
  const made: PostStep = {
    name: `Post ${stepName(call.step, call.expressions)}`,
    condition: condition ?? "always()",
    scope: call.scope,
    saved,
    run: (sink, signal) => runScriptOf({ ...call, sink, signal, outputs: {} }, action, post, inputs, saved),
  };
  const known = posts.findIndex((other) => other.saved === saved);
  if (known >= 0) posts[known] = made;
  else posts.push(made);
}

/** Runs the `pre` script of a remote action at the start of its job; what it saves its main and post will find. */
export async function runPre(
  state: JobState,
  step: StepModel,
  folder: string,
  scope: StepScope,
  sink: Sink,
  signal: AbortSignal,
  start: (name: string) => void,
): Promise<StepRecord> {
  const outputs: Record<string, string> = {};
  const ended = (conclusion: "success" | "failure" | "skipped") => ({ outputs, outcome: conclusion, conclusion });
  try {
    const action = await loadAction(folder);
    const env = evaluateTexts(step.env, stepScope(state, scope, environmentOf(state, scope, {})));
    const expressions = stepScope(state, scope, environmentOf(state, scope, env));
    const { pre, "pre-if": condition } = action.file.model.runs;
    if (!evaluateCondition(condition ?? "always()", expressions)) return ended("skipped");
    start(`Pre ${stepName(step, expressions)}`);
    const runNested = () => Promise.reject(new Error("a pre script has no steps"));
    const actionId = actionIdOf(state, step);
    state.preIds.set(step, actionId);
    const call: StepCall = { state, step, scope, expressions, env, outputs, sink, signal, actionId, runNested };
    const inputs = inputsOf(call, action, evaluateTexts(step.with, expressions));
    const saved: Record<string, string> = {};
    state.saved.set(step, saved);
    const uses = parseUses(step.uses as string);
    const scoped = { ...call, scope: actionScope(scope, uses, action) };
    registerPost(scoped, action, inputs, saved);
    return ended((await runScriptOf(scoped, action, pre as string, inputs, saved)) ? "success" : "failure");
  } catch (error) {
    start(`Pre ${stepName(step, undefined)}`);
    sink.log((error as Error).message, "error", { message: (error as Error).message });
    return ended("failure");
  }
}

/** Runs one of an action's scripts on the Node that runs the engine. */
async function runScriptOf(
  call: StepCall,
  action: LoadedAction,
  script: string,
  inputs: Readonly<Record<string, string>>,
  saved: Record<string, string>,
): Promise<boolean> {
  const file = join(action.folder, script);
  if (!existsSync(file)) throw new Error(`File not found: '${file}'; the action's bundle was not built or not committed`);
  const extra = {
    ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [inputVariable(name), value])),
    ...Object.fromEntries(Object.entries(saved).map(([name, value]) => [`STATE_${name}`, value])),
  };
  const scope = { ...call.scope, github: { ...call.scope.github, action_path: undefined } };
  return runLeaf({ ...call, scope, command: NODE, args: [file], cwd: call.state.folders.workspace, extra, saved, announceExit: false });
}

async function runComposite(call: StepCall, action: LoadedAction, inputs: Readonly<Record<string, string>>): Promise<boolean> {
  const { state, signal, outputs } = call;
  const depth = call.scope.depth + 1;
  if (depth > MAX_DEPTH) throw new Error(`More than ${MAX_DEPTH} composite actions inside each other, at ${call.step.uses}`);
  const composite: { status: "success" | "failure" | "cancelled" } = { status: "success" };
  const steps: Record<string, StepRecord> = {};
  const inner: StepScope = { ...call.scope, steps, inputs, composite, depth, env: { ...call.scope.env, ...call.env } };
  for (const step of action.file.model.runs.steps ?? []) {
    if (state.dead || signal.aborted) break;
    const { conclusion } = await call.runNested(step, inner);
    worsen(composite, conclusion);
  }
  const expressions = { ...call.expressions, contexts: { ...call.expressions.contexts, steps, inputs } };
  for (const [name, definition] of Object.entries(action.file.model.outputs)) {
    outputs[name] = toText(evaluateValue(fieldsOf(definition)["value"] ?? "", expressions));
  }
  return composite.status === "success" && !signal.aborted;
}

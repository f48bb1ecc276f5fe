/** `run:` steps. */
import { randomUUID } from "node:crypto";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { evaluateText, evaluateValue, toText } from "./expressions.ts";
import { runLeaf } from "./leaf.ts";
import { resolveShell } from "./shell.ts";
import { environmentOf } from "./state.ts";
import type { StepCall } from "./call.ts";

/**
 * Runs a script; true when it exits with 0.
 * @throws when its expressions, shell or working directory are not usable
 */
export async function runScript(call: StepCall): Promise<boolean> {
  const { state, step, scope, expressions } = call;
  // Defaults belong to the workflow; a composite action's steps do not see them.
  const defaults = scope.composite ? {} : state.defaults;
  const text = (value: unknown) =>
    value === undefined || value === null ? undefined : toText(evaluateValue(value, expressions));
  const script = toText(evaluateText(String(step.run), expressions));
  const environment = { ...state.machine, ...environmentOf(state, scope, call.env) };
  const path = [...state.path, environment["PATH"] ?? ""].join(delimiter);
  const shell = resolveShell(text(step.shell ?? defaults.shell), path);
  const cwd = resolve(state.folders.workspace, text(step["working-directory"] ?? defaults["working-directory"]) ?? ".");
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`The working-directory ${cwd} does not exist; create it in an earlier step or check out the repository`);
  }
  const file = join(state.folders.temp, `${randomUUID()}${shell.extension}`);
  writeFileSync(file, shell.script(script));
  describe(call, script, shell.label);
  try {
    return await runLeaf({ ...call, command: shell.command, args: shell.args(file), cwd, saved: {}, announceExit: true });
  } finally {
    rmSync(file, { force: true });
  }
}

function describe({ sink, env, state, scope }: StepCall, script: string, shell: string): void {
  const lines = script.replace(/\s+$/, "").split(/\r?\n/);
  sink.log(`##[group]Run ${lines[0] ?? ""}`);
  for (const line of lines) sink.log(line);
  sink.log(`shell: ${shell}`);
  const shown = Object.entries(environmentOf(state, scope, env));
  if (shown.length > 0) sink.log("env:");
  for (const [name, value] of shown) sink.log(`  ${name}: ${value}`);
  sink.log("##[endgroup]");
}

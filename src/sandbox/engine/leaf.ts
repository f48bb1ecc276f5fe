/** Runs one process of a step with all that a runner gives it, and takes in what it says. */
import { delimiter } from "node:path";
import { CommandReader } from "./commands.ts";
import { githubEnvironment, runnerEnvironment } from "./contexts.ts";
import { CommandFiles } from "./files.ts";
import type { FileResults } from "./files.ts";
import type { Exit } from "./process.ts";
import type { JobState, Sink, StepScope } from "./state.ts";
import { environmentOf } from "./state.ts";

export interface Leaf {
  readonly state: JobState;
  readonly scope: StepScope;
  readonly sink: Sink;
  readonly signal: AbortSignal;
  readonly actionId: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The step's `env`. */
  readonly env: Readonly<Record<string, string>>;
  /** INPUT_* and STATE_* */
  readonly extra?: Readonly<Record<string, string>>;
  readonly outputs: Record<string, string>;
  /** A script's exit status becomes an error message; a JavaScript action says itself what went wrong. */
  readonly announceExit: boolean;
  /** What the action saves from pre to main to post. */
  readonly saved: Record<string, string>;
}

/** Runs the process; true when it ended with 0 and used its files and commands rightly. */
export async function runLeaf(leaf: Leaf): Promise<boolean> {
  const { state, sink, outputs, saved } = leaf;
  const files = new CommandFiles(state.folders.temp);
  let refused = false;
  const reader = new CommandReader({
    log: sink.log,
    mask: (value) => state.masks.add(value),
    output: (name, value) => {
      outputs[name] = value;
    },
    state: (name, value) => {
      saved[name] = value;
    },
    refuse: (message) => {
      refused = true;
      sink.log(message, "error", { message });
    },
  });
  let exit: Exit;
  try {
    exit = await state.processes.run({
      command: leaf.command,
      args: leaf.args,
      cwd: leaf.cwd,
      env: environmentOfLeaf(leaf, files),
      onLine: (line) => reader.line(line),
      stop: leaf.signal,
    });
  } finally {
    if (!apply(leaf, files.collect())) refused = true;
  }
  if (exit.code !== 0 && !exit.stopped && leaf.announceExit) {
    const message = `Process completed with exit code ${exit.code}.`;
    sink.log(message, "error", { message });
  }
  return exit.code === 0 && !refused && !exit.stopped;
}

function apply({ state, sink, outputs, saved }: Leaf, results: FileResults): boolean {
  Object.assign(outputs, results.outputs);
  Object.assign(saved, results.state);
  Object.assign(state.env, results.env);
  for (const folder of results.path) {
    const at = state.path.indexOf(folder);
    if (at >= 0) state.path.splice(at, 1);
    state.path.unshift(folder);
  }
  if (results.summary !== "") sink.summary(results.summary);
  for (const message of [...results.errors, ...results.complaints]) sink.log(message, "error", { message });
  return results.errors.length === 0;
}

function environmentOfLeaf(leaf: Leaf, files: CommandFiles): Record<string, string> {
  const { state, scope } = leaf;
  const env = { ...state.machine, ...environmentOf(state, scope, leaf.env) };
  const github = { ...state.github, ...scope.github, action: leaf.actionId };
  return {
    ...env,
    PATH: [...state.path, env["PATH"] ?? ""].join(delimiter),
    ...githubEnvironment(github),
    ...(scope.composite ? { GITHUB_ACTION_STATUS: scope.composite.status } : {}),
    ...runnerEnvironment(state.runner, state.processes.trackingId),
    ...files.environment,
    ...leaf.extra,
  };
}

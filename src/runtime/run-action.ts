import * as core from "@actions/core";
import type { Clock } from "../kit/clock.ts";
import type { RunContext } from "../kit/context.ts";
import { InstantError, messageOf } from "../kit/errors.ts";
import { type InputSpecs, type InputValues, parseInputs } from "../kit/inputs.ts";
import type { Log } from "../kit/log.ts";
import { proxySecrets } from "../kit/proxy.ts";
import type { Report } from "../kit/report.ts";
import { systemClock } from "./clock.ts";
import { readContext } from "./context.ts";
import { explain, explainMarkdown, printable } from "./explain.ts";
import type { Ledger } from "../ledger/port.ts";
import type { Telemetry } from "../telemetry/port.ts";
import { jobLog } from "./log.ts";
import { type Following, type Recording, startRecording } from "./recording.ts";
import { startWatching, type Watch, type Watching, type WatchTools } from "./watching.ts";

/** What the runtime hands to a stage besides its inputs. */
export interface Tools {
  readonly context: RunContext;
  readonly log: Log;
  readonly clock: Clock;
  /** Masks a value in everything that is printed from now on. */
  readonly mask: (value: string) => void;
  /** The record of tasks; null when none is kept. */
  readonly ledger: Ledger | null;
  /** Who is told of spans and errors; null when nobody is. */
  readonly telemetry: Telemetry | null;
  /** Names the task that is worked on, as soon as it is known; resolves when others can see it. */
  readonly follow: (task: Following) => Promise<void>;
}

type Surroundings = Pick<Tools, "context" | "log" | "clock" | "telemetry">;

/**
 * Runs one action from inputs to exit status. It is the only place where a stage meets the runner: inputs are read and checked
 * here, secrets masked, outputs, summary and annotations written, and every error becomes one message to a person.
 */
export async function runAction<const S extends InputSpecs>(action: {
  readonly name: string;
  readonly inputs: S;
  /** Opens the record of tasks, when the inputs ask for one. */
  readonly record?: (inputs: InputValues<S>, tools: Surroundings) => Promise<Ledger | null>;
  /** Opens who is told of spans and errors, and the form of the log, as the inputs ask for. */
  readonly watch?: (inputs: InputValues<S>, tools: WatchTools) => Promise<Watch>;
  readonly stage: (inputs: InputValues<S>, tools: Tools) => Promise<Report>;
}): Promise<void> {
  let recording: Recording | null = null;
  let watching: Watching | null = null;
  const masked = new Set<string>();
  const mask = (value: string) => {
    masked.add(value);
    core.setSecret(value);
  };
  try {
    requireNode(process.versions.node);
    maskSecrets(action.inputs, mask);
    if (isPaused(core.getInput("paused"))) {
      core.notice(`${action.name} is paused by its \`paused\` input; nothing was read or written.`);
      core.setOutput("phase", "");
      return;
    }
    const inputs = parseInputs(action.inputs, (name) => core.getInput(name));
    const context = await readContext(process.env);
    watching = await watchingOf(action, inputs, context, () => [...masked]);
    const { log, telemetry } = watching;
    const tools = { context, log, clock: systemClock, telemetry };
    recording = await recordingOf(action, inputs, tools);
    const follow = followedBy(watching, recording);
    const report = await watching.stage(() => action.stage(inputs, { ...tools, mask, ledger: recording?.ledger ?? null, follow }));
    await show(report);
    watching.told(report);
    await recording?.told(report);
  } catch (error) {
    await showError(action.name, error);
    watching?.failed(error);
    await recording?.failed(error);
  } finally {
    // After the record: a store that failed is told of too.
    await watching?.end();
  }
}

function followedBy(watching: Watching, recording: Recording | null): Tools["follow"] {
  return async (task) => {
    watching.follow(task);
    await recording?.follow(task);
  };
}

/** Who cannot be told is a pity, not a reason to fail. */
async function watchingOf<const S extends InputSpecs>(
  action: { readonly name: string; readonly watch?: (inputs: InputValues<S>, tools: WatchTools) => Promise<Watch> },
  inputs: InputValues<S>,
  context: RunContext,
  secrets: () => readonly string[],
): Promise<Watching> {
  const { traceId = "", prNumber = 0 } = inputs as { readonly traceId?: string; readonly prNumber?: number };
  const log = jobLog();
  const nobody = async (): Promise<Watch> => ({ log, telemetry: null });
  const { name, watch } = action;
  const job = { action: name, context, log, clock: systemClock, env: process.env, secrets, traceId, prNumber };
  try {
    return await startWatching({ ...job, open: watch === undefined ? nobody : (tools) => watch(inputs, tools) });
  } catch (error) {
    log.warning(`Nobody can be told of errors and traces: ${messageOf(error)}`);
    return startWatching({ ...job, open: nobody });
  }
}

/** A dry run leaves no trace, and a record that cannot be kept is a pity, not a reason to fail. */
async function recordingOf<const S extends InputSpecs>(
  action: { readonly name: string; readonly record?: (inputs: InputValues<S>, tools: Surroundings) => Promise<Ledger | null> },
  inputs: InputValues<S>,
  tools: Surroundings,
): Promise<Recording | null> {
  const { dryRun = false, traceId = "" } = inputs as { readonly dryRun?: boolean; readonly traceId?: string };
  if (action.record === undefined || dryRun) return null;
  try {
    const ledger = await action.record(inputs, tools);
    return ledger && startRecording({ ledger, action: action.name, ...tools, env: process.env, traceId });
  } catch (error) {
    tools.log.warning(`The record of tasks cannot be kept: ${messageOf(error)}`);
    return null;
  }
}

/** The Node of `runs.using`; a runner brings it, nektos/act takes whatever is on PATH. */
const NODE_MAJOR = 24;

function requireNode(version: string): void {
  if (Number.parseInt(version, 10) >= NODE_MAJOR) return;
  const fix = `Put Node ${NODE_MAJOR} first on PATH (nektos/act), or update the runner.`;
  throw new InstantError("configuration", [{ what: `This action needs Node ${NODE_MAJOR} and runs on Node ${version}`, cause: "what runs the workflow takes its own Node, whatever `using:` says", fix }]);
}

function isPaused(raw: string): boolean {
  return !["", "false", "0"].includes(raw.trim().toLowerCase());
}

function maskSecrets(specs: InputSpecs, mask: (value: string) => void): void {
  for (const [name, spec] of Object.entries(specs)) {
    const value = spec.secret ? core.getInput(name) : "";
    for (const part of new Set(value === "" ? [] : [value, ...passwordsIn(value)])) mask(part);
  }
  // A runner masks the proxy it was started with, not one that a workflow names in `env:`.
  for (const value of proxySecrets(process.env)) mask(value);
}

/** The password inside of an address, as it is written and as it is meant: programs print it without the rest. */
function passwordsIn(value: string): string[] {
  const password = URL.canParse(value) ? new URL(value).password : "";
  if (password === "") return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}

async function show(report: Report): Promise<void> {
  for (const [name, value] of Object.entries(report.outputs)) core.setOutput(name, value);
  const levels = { failure: core.error, warning: core.warning, notice: core.notice };
  for (const { level, message, title, path, line, endLine, column } of report.annotations ?? []) {
    const place = { title: title === undefined ? undefined : printable(title), file: path, startLine: line, endLine, startColumn: column };
    levels[level](printable(message), Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined)));
  }
  await writeSummary(report.summary);
  if (report.failed !== undefined) core.setFailed(printable(report.failed));
}

async function showError(name: string, error: unknown): Promise<void> {
  const known = error instanceof InstantError ? error : new InstantError("instant", [{ what: messageOf(error), fix: "Please report it with the log of this run." }], { cause: error });
  if (known.blame === "instant" && error instanceof Error && error.stack) core.debug(error.stack);
  await writeSummary(explainMarkdown(name, known));
  core.setFailed(printable(explain(name, known)));
}

/** A summary that cannot be written is a pity, not a reason to fail (PLATFORM: 1 MiB a step). */
async function writeSummary(markdown: string): Promise<void> {
  if (markdown === "" || !process.env.GITHUB_STEP_SUMMARY) return;
  try {
    await core.summary.addRaw(markdown, true).write();
  } catch (error) {
    core.warning(`The job summary could not be written: ${messageOf(error)}`);
  }
}

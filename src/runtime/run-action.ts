import * as core from "@actions/core";
import type { Alert } from "../kit/alert.ts";
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
import { type People, startTelling, type Telling } from "./telling.ts";
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
  /** Begins to tell people something before the stage is done; it waits for nothing and never throws. */
  readonly tell: (alerts: readonly Alert[]) => void;
}

type Surroundings = Pick<Tools, "context" | "log" | "clock" | "telemetry">;
/** What an action's way of telling people is given. */
export type PeopleTools = Surroundings & Pick<Tools, "ledger" | "mask">;

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
  /** Opens the ways to tell people of alerts; null when nobody is to be told. */
  readonly people?: (inputs: InputValues<S>, tools: PeopleTools) => Promise<People | null>;
  /** What people have to hear of when the stage throws. */
  readonly alertsOf?: (error: unknown, traceId: string, inputs: InputValues<S>) => Promise<readonly Alert[]>;
  readonly stage: (inputs: InputValues<S>, tools: Tools) => Promise<Report>;
}): Promise<void> {
  let recording: Recording | null = null;
  let telling: Telling | null = null;
  let traceId = "";
  let given: InputValues<S> | null = null;
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
    given = inputs;
    const context = await readContext(process.env);
    watching = await watchingOf(action, inputs, context, () => [...masked]);
    const { log, telemetry } = watching;
    const tools = { context, log, clock: systemClock, telemetry };
    traceId = (inputs as { readonly traceId?: string }).traceId ?? "";
    recording = await recordingOf(action, inputs, tools);
    const { ledger = null } = recording ?? {};
    telling = await tellingOf(action, inputs, { ...tools, ledger, mask, recording });
    const follow = async (task: Following) => {
      traceId = task.traceId;
      watching?.follow(task);
      await recording?.follow(task);
    };
    const tell = (alerts: readonly Alert[]) => telling?.tell(alerts);
    const report = await watching.stage(() => action.stage(inputs, { ...tools, mask, ledger, follow, tell }));
    await show(report);
    watching.told(report);
    await recording?.told(report);
    await finish(recording, telling, report.alerts ?? []);
  } catch (error) {
    await showError(action.name, error);
    watching?.failed(error);
    await recording?.failed(error);
    await finish(recording, telling, given === null ? [] : ((await action.alertsOf?.(error, traceId, given)) ?? []));
  } finally {
    await recording?.close();
    // After the record: a store that failed is told of too.
    await watching?.end();
  }
}

/** People hear of what happened while stores are brought what they missed; how the loop does shows when they have it. */
async function finish(recording: Recording | null, telling: Telling | null, alerts: readonly Alert[]): Promise<void> {
  await Promise.all([telling?.end(alerts), recording?.catchUp()]);
  await telling?.look();
}

/** What only looks leaves no trace and wakes nobody. */
function onlyLooks(inputs: object): boolean {
  const { dryRun = false, explain: explains = false } = inputs as { readonly dryRun?: boolean; readonly explain?: boolean };
  return dryRun || explains;
}

/** A dry run tells nobody, and who cannot be told is a pity, not a reason to fail. */
async function tellingOf<const S extends InputSpecs>(
  action: { readonly people?: (inputs: InputValues<S>, tools: PeopleTools) => Promise<People | null> },
  inputs: InputValues<S>,
  tools: PeopleTools & { readonly recording: Recording | null },
): Promise<Telling | null> {
  if (action.people === undefined || onlyLooks(inputs)) return null;
  try {
    const people = await action.people(inputs, tools);
    return people && startTelling({ people, ...tools, unheard });
  } catch (error) {
    tools.log.warning(`Nobody can be told of alerts: ${messageOf(error)}`);
    return null;
  }
}

/** Seen on the page of the run and in the summary; the job stays what its stage made it. */
async function unheard(error: unknown): Promise<void> {
  const known = asKnown(error);
  await writeSummary(explainMarkdown("notify", known));
  core.error(printable(explain("notify", known)), { title: "An alert reached nobody" });
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
  const { traceId = "" } = inputs as { readonly traceId?: string };
  if (action.record === undefined || onlyLooks(inputs)) return null;
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
  for (const [name, { secret = false, plain }] of Object.entries(specs)) {
    const value = secret ? core.getInput(name) : "";
    // As a runner does, which looks at a log line by line.
    const lines = value.split(/[\r\n]+/).map((line) => line.trim()).filter((line) => line !== "" && !plain?.test(line));
    const whole = plain === undefined && value !== "" ? [value] : [];
    for (const part of new Set([...whole, ...lines, ...lines.flatMap(passwordsIn)])) mask(part);
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

function asKnown(error: unknown): InstantError {
  return error instanceof InstantError ? error : new InstantError("instant", [{ what: messageOf(error), fix: "Please report it with the log of this run." }], { cause: error });
}

async function showError(name: string, error: unknown): Promise<void> {
  const known = asKnown(error);
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

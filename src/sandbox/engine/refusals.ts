/** What the engine does not run, found by name before anything starts. */
import { parseUses } from "./actions.ts";
import { builtinRefusals } from "./builtins/index.ts";
import { machineEnvironment } from "./contexts.ts";
import { fieldsOf } from "./model.ts";
import type { Fields, JobModel, Problem, StepModel } from "./model.ts";
import type { WorkflowFile } from "./parse.ts";
import { resolveShell } from "./shell.ts";

export interface Refusal extends Problem {
  readonly path: string;
}

/** A workflow that this sandbox does not run; nothing of it was started. */
export class RefusedWorkflow extends Error {
  readonly refusals: readonly Refusal[];

  constructor(path: string, refusals: readonly Refusal[]) {
    const lines = refusals.map((refusal) => `  ${refusal.path}:${refusal.line} ${refusal.message}`);
    super(`The sandbox cannot run ${path}; change or remove:\n${lines.join("\n")}`);
    this.name = "RefusedWorkflow";
    this.refusals = refusals;
  }
}

const JOB_KEYS: Readonly<Record<string, string>> = {
  container: "container is not supported; the sandbox has no containers, jobs run on this machine",
  services: "services are not supported; the sandbox has no containers",
  snapshot: "snapshot is not supported; the sandbox makes no runner images",
};

const STEP_KEYS: Readonly<Record<string, string>> = {
  background: "background steps are not supported",
  cancel: "cancel steps are not supported",
  parallel: "parallel steps are not supported",
  wait: "wait steps are not supported",
  "wait-all": "wait-all steps are not supported",
};

/** Everything in one file that needs no look at other repositories to be refused. */
export function refusalsIn(file: WorkflowFile): readonly Refusal[] {
  const found: Refusal[] = [];
  const add = (message: string, ...keys: readonly (string | number)[]) =>
    found.push({ path: file.path, ...file.position(...keys), message });
  checkShell(file.model.defaults, "defaults", (message) => add(message, "defaults", "run", "shell"));
  for (const [key, job] of Object.entries(file.model.jobs)) {
    const name = `job "${key}"`;
    for (const [unsupported, message] of Object.entries(JOB_KEYS)) {
      if (unsupported in job) add(`${name}: ${message}`, "jobs", key, unsupported);
    }
    checkShell(job.defaults, name, (message) => add(message, "jobs", key, "defaults", "run", "shell"));
    const call = job.uses === undefined ? undefined : callRefusal(job);
    if (call) add(`${name}: ${call}`, "jobs", key, "uses");
    (job.steps ?? []).forEach((step, index) => {
      for (const { message, at } of stepRefusals(step)) {
        add(`${name}, step ${index + 1}: ${message}`, "jobs", key, "steps", index, ...at);
      }
    });
  }
  return found;
}

function callRefusal(job: JobModel): string | undefined {
  if (job.uses?.startsWith("./")) return undefined;
  return `the reusable workflow ${job.uses} is in another repository; only ./.github/workflows/… can be called`;
}

interface StepRefusal {
  readonly message: string;
  readonly at: readonly string[];
}

/** What of one step is refused, remote actions apart. */
export function stepRefusals(step: StepModel): readonly StepRefusal[] {
  const found: StepRefusal[] = [];
  for (const [key, message] of Object.entries(STEP_KEYS)) if (key in step) found.push({ message, at: [key] });
  if (step.shell !== undefined) {
    const message = shellRefusal(step.shell);
    if (message) found.push({ message, at: ["shell"] });
  }
  if (step.uses === undefined) return found;
  const uses = parseUses(step.uses);
  if (uses.kind === "docker") found.push({ message: `${step.uses} is a container; the sandbox has none`, at: ["uses"] });
  if (uses.kind === "invalid") {
    found.push({ message: `${step.uses} is neither ./path nor owner/repository@ref`, at: ["uses"] });
  }
  if (uses.kind === "builtin") {
    for (const reason of builtinRefusals(uses.name, step.with)) {
      found.push({ message: `${step.uses}: ${reason}`, at: ["with", reasonKey(reason, step.with)] });
    }
  }
  return found;
}

function reasonKey(reason: string, given: Fields | undefined): string {
  const name = /^input "([^":]+)/.exec(reason)?.[1] ?? "";
  return Object.keys(fieldsOf(given)).find((key) => key.toLowerCase() === name) ?? name;
}

function checkShell(defaults: JobModel["defaults"], name: string, add: (message: string) => void): void {
  const shell = fieldsOf(fieldsOf(defaults)["run"])["shell"];
  const message = shell === undefined ? undefined : shellRefusal(shell);
  if (message) add(`${name}: ${message}`);
}

function shellRefusal(shell: unknown): string | undefined {
  const name = String(shell);
  // An expression is known when the step runs.
  if (name.includes("${{")) return undefined;
  const machinePath = machineEnvironment({ root: "", workspace: "", temp: "", home: "", tools: "", actions: "", event: "" })["PATH"] ?? "";
  try {
    resolveShell(name, machinePath);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

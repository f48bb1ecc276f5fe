/** Inputs of workflow_dispatch and workflow_call: types, defaults, what is missing and what nobody asked for. */
import { fieldsOf } from "./model.ts";
import type { Fields, JobModel, WorkflowModel } from "./model.ts";
import { readYaml } from "./parse.ts";
import type { WorkflowFile } from "./parse.ts";

export type InputValue = string | boolean | number;

/** GitHub's limit of inputs of a workflow_dispatch. */
const MAX_INPUTS = 25;

/** Inputs that do not fit their workflow, all problems at once. */
export class InvalidInputs extends Error {
  readonly problems: readonly string[];

  constructor(path: string, problems: readonly string[]) {
    super(`The inputs do not fit ${path}:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.name = "InvalidInputs";
    this.problems = problems;
  }
}

/**
 * The inputs of a `workflow_dispatch`, checked against the file and completed with its defaults.
 * @throws InvalidInputs with every problem: no such trigger, unexpected, missing, wrong type, not among the options
 * @throws InvalidFile when the file is not YAML
 */
export function resolveDispatchInputs(
  source: string,
  path: string,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, InputValue>> {
  const { on } = readYaml<WorkflowModel>(source, path).model;
  const named = on === "workflow_dispatch" || (Array.isArray(on) && on.includes("workflow_dispatch"));
  const triggers = fieldsOf(on);
  if (!named && !("workflow_dispatch" in triggers)) {
    throw new InvalidInputs(path, [`Workflow does not have 'workflow_dispatch' trigger`]);
  }
  const declared = fieldsOf(fieldsOf(triggers["workflow_dispatch"])["inputs"]);
  const problems: string[] = [];
  if (Object.keys(given).length > MAX_INPUTS) problems.push(`At most ${MAX_INPUTS} inputs are allowed`);
  const unexpected = Object.keys(given).filter((name) => findKey(declared, name) === undefined);
  if (unexpected.length > 0) problems.push(`Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  const result: Record<string, InputValue> = {};
  for (const [name, definition] of Object.entries(declared)) {
    const key = findKey(given, name);
    const value = inputValue(name, fieldsOf(definition), key === undefined ? undefined : given[key], problems);
    if (value !== undefined) result[name] = value;
  }
  if (problems.length > 0) throw new InvalidInputs(path, problems);
  return result;
}

function findKey(fields: Fields, name: string): string | undefined {
  return Object.keys(fields).find((key) => key.toLowerCase() === name.toLowerCase());
}

function inputValue(name: string, definition: Fields, given: unknown, problems: string[]): InputValue | undefined {
  const type = String(definition["type"] ?? "string");
  const fallback = definition["default"];
  const value = given === undefined || given === null || given === "" ? fallback : given;
  if (value === undefined || value === null || value === "") {
    if (definition["required"] === true) problems.push(`Required input '${name}' not provided`);
    return emptyOf(type, definition);
  }
  switch (type) {
    case "boolean":
      if (String(value) === "true" || String(value) === "false") return String(value) === "true";
      problems.push(`Input '${name}' is not a boolean: give true or false instead of ${JSON.stringify(value)}`);
      return undefined;
    case "number": {
      const number = Number(value);
      if (String(value).trim() !== "" && Number.isFinite(number)) return number;
      problems.push(`Input '${name}' is not a number: ${JSON.stringify(value)}`);
      return undefined;
    }
    case "choice": {
      const options = (Array.isArray(definition["options"]) ? definition["options"] : []).map(String);
      if (options.includes(String(value))) return String(value);
      problems.push(
        `Provided value ${JSON.stringify(value)} for input '${name}' not in the list of allowed values: ${options.join(", ")}`,
      );
      return undefined;
    }
    default:
      return String(value);
  }
}

/** An input without value and default: false, the first choice, an empty text; a number stays unset. */
function emptyOf(type: string, definition: Fields): InputValue | undefined {
  if (type === "boolean") return false;
  if (type === "number") return undefined;
  if (type === "choice" && Array.isArray(definition["options"])) return String(definition["options"][0] ?? "");
  return "";
}

/** What a job that calls a workflow gives wrongly, as far as the files show it. */
export function checkCallInputs(called: WorkflowFile, job: JobModel): readonly string[] {
  const trigger = fieldsOf(fieldsOf(called.model.on)["workflow_call"]);
  const problems: string[] = [];
  for (const [kind, given] of [["inputs", job.with], ["secrets", job.secrets]] as const) {
    if (given === "inherit") continue;
    const declared = fieldsOf(trigger[kind]);
    const word = kind === "inputs" ? "input" : "secret";
    for (const name of Object.keys(fieldsOf(given))) {
      if (findKey(declared, name) === undefined) problems.push(`${called.path} declares no ${word} "${name}"`);
    }
    for (const [name, definition] of Object.entries(declared)) {
      const { required, default: fallback } = fieldsOf(definition) as { required?: unknown; default?: unknown };
      if (required === true && fallback === undefined && findKey(fieldsOf(given), name) === undefined) {
        problems.push(`${called.path} requires the ${word} "${name}"`);
      }
    }
  }
  return problems;
}

/**
 * The `inputs` of a called workflow; `evaluated` are the caller's values, `fallback` evaluates a default.
 * @throws when a value is not of its type
 */
export function callInputs(
  called: WorkflowFile,
  evaluated: Fields,
  fallback: (value: unknown) => unknown,
): Record<string, InputValue> {
  const declared = fieldsOf(fieldsOf(fieldsOf(called.model.on)["workflow_call"])["inputs"]);
  const problems: string[] = [];
  const result: Record<string, InputValue> = {};
  for (const [name, definition] of Object.entries(declared)) {
    const key = findKey(evaluated, name);
    const fields = fieldsOf(definition);
    const value = key === undefined ? fallback(fields["default"]) : evaluated[key];
    const made = inputValue(name, { type: fields["type"] }, value, problems);
    if (made !== undefined) result[name] = made;
    else if (fields["type"] === "number") result[name] = 0;
  }
  if (problems.length > 0) throw new InvalidInputs(called.path, problems);
  return result;
}

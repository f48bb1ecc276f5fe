/**
 * Reads workflow and action files.
 *
 * The schema, the expressions and the graph of jobs are checked by GitHub's own @actions/workflow-parser. What runs is
 * read from the YAML document itself, because the parser keeps the indentation of a block scalar inside an expression
 * (it is made for editors): `run: |` with a `${{ }}` would reach the shell with its YAML indentation.
 */
import { isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import type { Document } from "yaml";
import { firstLine, loadGithubParser } from "../../checks/config/github.ts";
import { fieldsOf } from "./model.ts";
import type { ActionModel, Position, Problem, WorkflowModel } from "./model.ts";

export interface SourceFile<Model> {
  readonly path: string;
  readonly source: string;
  readonly model: Model;
  /** Where a value stands, by its keys; the closest ancestor that exists when it does not. 1-based. */
  position(...keys: readonly (string | number)[]): Position;
}

export type WorkflowFile = SourceFile<WorkflowModel>;
export type ActionFile = SourceFile<ActionModel>;

/** Loads the parser once; it costs about 50 ms, so only what starts or checks a workflow pays for it. */
export const loadParser = loadGithubParser;

/** A file that is not a valid workflow or action, with every problem the parser found. */
export class InvalidFile extends Error {
  readonly problems: readonly Problem[];

  constructor(path: string, problems: readonly Problem[]) {
    const lines = problems.map((problem) => `  ${path}:${problem.line}:${problem.column} ${problem.message}`);
    super(`${path} is not valid; mend the file at:\n${lines.join("\n")}`);
    this.name = "InvalidFile";
    this.problems = problems;
  }
}

/**
 * Parses and checks a workflow file.
 * @throws InvalidFile with every problem of the schema, the expressions and the graph of jobs
 */
export async function parseWorkflowFile(source: string, path: string): Promise<WorkflowFile> {
  const { checkWorkflow } = await loadParser();
  const problems = remembered(checked, path, source, () => checkWorkflow(source, path));
  if (problems.length > 0) throw new InvalidFile(path, problems);
  return readYaml<WorkflowModel>(source, path);
}

/**
 * Parses and checks an action file.
 * @throws InvalidFile with every problem found
 */
export async function parseActionFile(source: string, path: string): Promise<ActionFile> {
  const problems = (await loadParser()).checkAction(source, path);
  if (problems.length > 0) throw new InvalidFile(path, problems);
  const file = readYaml<ActionModel>(source, path);
  const model = { ...file.model, inputs: fieldsOf(file.model.inputs), outputs: fieldsOf(file.model.outputs) };
  return { ...file, model: model as ActionModel };
}

/** Every event asks every workflow file whether it starts: each text is read once. */
const read = new Map<string, SourceFile<unknown>>();
const checked = new Map<string, readonly Problem[]>();
const rememberedFiles = 200;

function remembered<T>(known: Map<string, T>, path: string, source: string, make: () => T): T {
  const key = `${path}\0${source}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  if (known.size >= rememberedFiles) known.clear();
  known.set(key, made);
  return made;
}

/**
 * Reads a YAML file without checking it against a schema (triggers and names need no more).
 * @throws InvalidFile when it is not YAML, or not a mapping
 */
export function readYaml<Model>(source: string, path: string): SourceFile<Model> {
  return remembered(read, path, source, () => parseYaml(source, path)) as SourceFile<Model>;
}

function parseYaml(source: string, path: string): SourceFile<unknown> {
  const lines = new LineCounter();
  // GitHub's reader resolves aliases and knows no merge keys, as YAML 1.2 has it.
  const document = parseDocument(source, { lineCounter: lines, uniqueKeys: false });
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => ({
      line: error.linePos?.[0].line ?? 1,
      column: error.linePos?.[0].col ?? 1,
      message: firstLine(error.message),
    }));
    throw new InvalidFile(path, problems);
  }
  const model: unknown = document.toJS();
  if (typeof model !== "object" || model === null || Array.isArray(model)) {
    throw new InvalidFile(path, [{ line: 1, column: 1, message: "A mapping was expected" }]);
  }
  return { path, source, model: freeze(model), position: (...keys) => positionOf(document, lines, keys) };
}

/** All runs of a file share what was read of it. */
function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const item of Object.values(value)) freeze(item);
  return value;
}

function positionOf(document: Document, lines: LineCounter, keys: readonly (string | number)[]): Position {
  for (let length = keys.length; length > 0; length -= 1) {
    const last = keys[length - 1];
    const parent = document.getIn(keys.slice(0, length - 1), true);
    // The key of a mapping, because its value may begin lines below.
    const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === last) : undefined;
    const node = pair?.key ?? document.getIn(keys.slice(0, length), true);
    if (isNode(node) && node.range) {
      const { line, col } = lines.linePos(node.range[0]);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}

/** Evaluates `${{ }}` with GitHub's own @actions/expressions. */
import { data, Evaluator, ExpressionEvaluationError, Lexer, Parser } from "@actions/expressions";
import type { Expr } from "@actions/expressions";
import { FunctionCall } from "@actions/expressions/ast";
import type { ExpressionData } from "@actions/expressions/data/index";
import type { FunctionDefinition } from "@actions/expressions/funcs/info";

export type { ExpressionData };

const CONTEXTS = [
  "github", "env", "vars", "secrets", "needs", "strategy", "matrix", "steps", "job", "runner", "inputs", "jobs",
];

const STATUS_FUNCTIONS = new Set(["success", "failure", "always", "cancelled"]);

/** What an expression may read and call. A value is a JavaScript value, or a function that makes it when it is read. */
export interface Scope {
  readonly contexts: Readonly<Record<string, unknown>>;
  readonly status?: {
    success(...of: readonly string[]): boolean;
    failure(...of: readonly string[]): boolean;
    cancelled(): boolean;
  };
  /** Files are hashed before evaluation is possible, so this is synchronous. */
  hashFiles?(patterns: readonly string[]): string;
}

class Contexts extends data.Dictionary {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #made = new Map<string, ExpressionData>();

  constructor(values: Readonly<Record<string, unknown>>) {
    super();
    this.#values = values;
  }

  override get(name: string): ExpressionData {
    const key = name.toLowerCase();
    const known = this.#made.get(key);
    if (known) return known;
    const value = this.#values[key];
    const made = toData(typeof value === "function" ? (value as () => unknown)() : value);
    this.#made.set(key, made);
    return made;
  }
}

/** Keys keep their case on a case-sensitive system: the environment. */
class CaseSensitiveDictionary extends data.Dictionary {
  readonly #entries: ReadonlyMap<string, ExpressionData>;

  constructor(entries: Readonly<Record<string, string>>) {
    super();
    this.#entries = new Map(Object.entries(entries).map(([key, value]) => [key, new data.StringData(value)]));
  }

  override get(key: string): ExpressionData | undefined {
    return this.#entries.get(key);
  }

  override values(): ExpressionData[] {
    return [...this.#entries.values()];
  }

  override pairs(): { key: string; value: ExpressionData }[] {
    return [...this.#entries].map(([key, value]) => ({ key, value }));
  }
}

/** The `env` context. Names are case-sensitive, except on Windows. */
export function environmentData(env: Readonly<Record<string, string>>): ExpressionData {
  return process.platform === "win32" ? toData(env) : new CaseSensitiveDictionary(env);
}

/** Turns a JavaScript value into what expressions work on. */
export function toData(value: unknown): ExpressionData {
  if (value === undefined || value === null) return new data.Null();
  if (typeof value === "string") return new data.StringData(value);
  if (typeof value === "number") return new data.NumberData(value);
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (Array.isArray(value)) return new data.Array(...value.map(toData));
  if (isData(value)) return value;
  const dictionary = new data.Dictionary();
  // The library indexes keys in a plain object, where "constructor" would look taken.
  Reflect.set(dictionary, "indexMap", Object.create(null));
  for (const [key, item] of Object.entries(value)) dictionary.add(key, toData(item));
  return dictionary;
}

function isData(value: object): value is ExpressionData {
  return "kind" in value && "coerceString" in value && typeof value.coerceString === "function";
}

/** The reverse of `toData`. */
export function fromData(value: ExpressionData): unknown {
  if (value instanceof data.Null) return null;
  if (value instanceof data.Array) return value.values().map(fromData);
  if (value instanceof data.Dictionary) {
    return Object.fromEntries(value.pairs().map(({ key, value: item }) => [key, fromData(item)]));
  }
  return (value as { value: string | number | boolean }).value;
}

/** Text as GitHub coerces it: null is empty, numbers have at most 15 decimals, objects say only what they are. */
export function toText(value: unknown): string {
  return toData(value).coerceString();
}

const fromJson: FunctionDefinition = {
  name: "fromJSON",
  minArgs: 1,
  maxArgs: 1,
  call: (input) => {
    const text = input?.coerceString() ?? "";
    if (text.trim() === "") throw new ExpressionEvaluationError("fromJSON was given an empty text");
    try {
      return toData(JSON.parse(text));
    } catch (cause) {
      throw new ExpressionEvaluationError(`fromJSON was given a text that is not JSON: ${text.slice(0, 80)}`, { cause });
    }
  },
};

function functionsOf(scope: Scope): Map<string, FunctionDefinition> {
  const names = (args: ExpressionData[]) => args.map((arg) => arg.coerceString());
  const define = (name: string, minArgs: number, maxArgs: number, call: (args: ExpressionData[]) => unknown) =>
    [name.toLowerCase(), { name, minArgs, maxArgs, call: (...args: ExpressionData[]) => toData(call(args)) }] as const;
  return new Map<string, FunctionDefinition>([
    ["fromjson", fromJson],
    define("always", 0, 0, () => true),
    define("success", 0, 255, (args) => scope.status?.success(...names(args)) ?? true),
    define("failure", 0, 255, (args) => scope.status?.failure(...names(args)) ?? false),
    define("cancelled", 0, 0, () => scope.status?.cancelled() ?? false),
    define("hashFiles", 1, 255, (args) => {
      if (!scope.hashFiles) throw new ExpressionEvaluationError("hashFiles works only in steps");
      return scope.hashFiles(names(args));
    }),
  ]);
}

const DECLARED = [...functionsOf({ contexts: {} }).values()];
const trees = new Map<string, Expr>();

function parse(expression: string): Expr {
  const known = trees.get(expression);
  if (known) return known;
  const tree = new Parser(new Lexer(expression).lex().tokens, CONTEXTS, DECLARED).parse();
  if (trees.size > 5_000) trees.clear();
  trees.set(expression, tree);
  return tree;
}

/**
 * Evaluates one expression, without its `${{ }}`.
 * @throws when it is not valid, or a function refuses its arguments
 */
export function evaluate(expression: string, scope: Scope): ExpressionData {
  const tree: Expr | undefined = parse(expression.trim());
  if (!tree) return new data.Null();
  return new Evaluator(tree, new Contexts(scope.contexts), functionsOf(scope)).evaluate();
}

type Segment = { readonly text: string } | { readonly expression: string };

/** Cuts a text at its `${{ }}`; a quote opens a string in which `}}` does not end the expression. */
export function segmentsOf(text: string): readonly Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  for (let start = text.indexOf("${{"); start >= 0; start = text.indexOf("${{", from)) {
    if (start > from) segments.push({ text: text.slice(from, start) });
    const end = endOfExpression(text, start + 3);
    segments.push({ expression: text.slice(start + 3, end - 2).trim() });
    from = end;
  }
  if (from < text.length) segments.push({ text: text.slice(from) });
  return segments;
}

function endOfExpression(text: string, from: number): number {
  let inString = false;
  for (let index = from; index < text.length; index += 1) {
    if (text[index] === "'") inString = !inString;
    else if (!inString && text.startsWith("}}", index)) return index + 2;
  }
  throw new Error(`An expression is not closed: add "}}" to ${text.slice(from - 3, from + 60)}`);
}

/** Evaluates a text: a lone expression keeps its type, anything else becomes text. */
export function evaluateText(text: string, scope: Scope): unknown {
  const segments = segmentsOf(text);
  const only = segments[0];
  if (segments.length === 1 && only && "expression" in only) return fromData(evaluate(only.expression, scope));
  return segments
    .map((part) => ("text" in part ? part.text : evaluate(part.expression, scope).coerceString()))
    .join("");
}

/** Evaluates every expression inside a YAML value, keys and `${{ insert }}` included. */
export function evaluateValue(value: unknown, scope: Scope): unknown {
  if (typeof value === "string") return evaluateText(value, scope);
  if (Array.isArray(value)) return value.map((item) => evaluateValue(item, scope));
  if (typeof value !== "object" || value === null) return value;
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const made = evaluateValue(item, scope);
    if (/^\$\{\{\s*insert\s*\}\}$/.test(key)) Object.assign(result, made);
    else result[toText(evaluateText(key, scope))] = made;
  }
  return result;
}

/** Evaluates a mapping of names to texts, such as `env`. */
export function evaluateTexts(value: unknown, scope: Scope): Record<string, string> {
  const made = evaluateValue(value, scope);
  if (typeof made !== "object" || made === null) return {};
  return Object.fromEntries(Object.entries(made).map(([key, item]) => [key, toText(item)]));
}

/**
 * Evaluates an `if`. Without a status function, `success() &&` stands before it; text around `${{ }}` makes it a text,
 * and a text that is not empty is true, on GitHub as here.
 */
export function evaluateCondition(condition: unknown, scope: Scope): boolean {
  const expression = conditionExpression(condition);
  const asksStatus = callsStatusFunction(parse(expression.trim()));
  // What is not reached is not evaluated: it may read outputs of steps that never ran.
  if (!asksStatus && !(scope.status?.success() ?? true)) return false;
  return truthy(evaluate(expression, scope));
}

function conditionExpression(condition: unknown): string {
  if (condition === undefined || condition === null || condition === "") return "success()";
  const text = String(condition);
  if (!text.includes("${{")) return text.trim() === "" ? "success()" : text;
  const segments = segmentsOf(text);
  const only = segments[0];
  if (segments.length === 1 && only && "expression" in only) return only.expression;
  const quote = (literal: string) => literal.replaceAll("'", "''").replaceAll("{", "{{").replaceAll("}", "}}");
  let count = 0;
  const format = segments.map((part) => ("text" in part ? quote(part.text) : `{${count++}}`)).join("");
  const values = segments.flatMap((part) => ("text" in part ? [] : [part.expression]));
  return `format('${format}', ${values.join(", ")})`;
}

function callsStatusFunction(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(callsStatusFunction);
  if (typeof node !== "object" || node === null) return false;
  if (node instanceof FunctionCall && STATUS_FUNCTIONS.has(node.functionName.lexeme.toLowerCase())) return true;
  return Object.values(node).some(callsStatusFunction);
}

/** Falsy are null, false, 0, NaN and the empty text. */
export function truthy(value: ExpressionData): boolean {
  if (value instanceof data.Null) return false;
  if (value instanceof data.BooleanData) return value.value;
  if (value instanceof data.NumberData) return value.value !== 0 && !Number.isNaN(value.value);
  if (value instanceof data.StringData) return value.value !== "";
  return true;
}

/** Loose equality, as `==` has it: texts ignore case, numbers and booleans are compared as numbers. */
export function looselyEqual(left: unknown, right: unknown): boolean {
  const scope = { contexts: { matrix: { left, right } } };
  return truthy(evaluate("matrix.left == matrix.right", scope));
}

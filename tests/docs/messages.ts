// What an action can say to a person, read from its sources: every object of `what` and `fix` (src/kit/errors.ts), every function
// that takes a `what`, and every reason with a code, in the files that are reached from actions/<name>/main.ts.
import { readFileSync } from "node:fs";
import path from "node:path";
import { parseSync } from "@swc/core";

/** Stands for whatever is put in at run time. */
export const HOLE = "…";

export interface Message {
  /** Its literal parts, with HOLE for the rest. */
  readonly text: string;
  /** Path from the top. */
  readonly file: string;
  /** Who has to act, when the source says so in the same place. */
  readonly blame?: string;
}

export interface SourceFacts {
  readonly problems: readonly Message[];
  /** Codes of reasons, such as `smoke-failed`, with their sentences. */
  readonly reasons: readonly (Message & { readonly code: string })[];
  /** Every text of the file. */
  readonly texts: readonly Message[];
  /** Relative imports, lazy ones included, types not. */
  readonly imports: readonly string[];
}

type Node = { readonly type: string } & Record<string, unknown>;

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && typeof (value as Node).type === "string";

/** Every node below, in the order of the text. Collected once for each file, because each question goes through all of them. */
function nodesOf(value: object, found: Node[] = []): Node[] {
  if (isNode(value)) found.push(value);
  for (const key in value) {
    const child: unknown = (value as Record<string, unknown>)[key];
    if (typeof child === "object" && child !== null && key !== "span") nodesOf(child, found);
  }
  return found;
}

/** The texts an expression can be: a choice gives several. */
function textsOf(value: unknown, named: ReadonlyMap<string, readonly string[]> = new Map()): readonly string[] {
  const node = inner(value);
  if (node === undefined) return [];
  if (node.type === "StringLiteral") return [node["value"] as string];
  if (node.type === "Identifier") return named.get(node["value"] as string) ?? [];
  if (node.type === "ConditionalExpression") return [...textsOf(node["consequent"], named), ...textsOf(node["alternate"], named)];
  if (node.type !== "TemplateLiteral") return [];
  const [first = "", ...rest] = (node["quasis"] as { cooked: string }[]).map(({ cooked }) => cooked);
  // A part that has a name, or is a choice, is written out; anything else is a hole.
  const parts = ((node["expressions"] ?? []) as unknown[]).map((part) => textsOf(part, named)).map((texts) => (texts.length > 0 && texts.length <= MAX_CHOICES ? texts : [HOLE]));
  const all = parts.reduce<readonly string[]>((made, texts, at) => made.flatMap((before) => texts.map((text) => `${before}${text}${rest[at] ?? ""}`)), [first]);
  return all.length <= 4 * MAX_CHOICES ? all : [[first, ...rest].join(HOLE)];
}

/** More choices than these are told as a hole: nobody writes a row for each. */
const MAX_CHOICES = 4;

/** An expression without what only the compiler reads. */
function inner(value: unknown): Node | undefined {
  if (!isNode(value)) return undefined;
  return ["ParenthesisExpression", "TsAsExpression", "TsConstAssertion"].includes(value.type) ? inner(value["expression"]) : value;
}

function keysOf(object: Node): Map<string, unknown> {
  const keys = new Map<string, unknown>();
  for (const property of object["properties"] as Node[]) {
    if (property.type === "Identifier") keys.set(property["value"] as string, property);
    else if (property.type === "KeyValueProperty") keys.set(String((property["key"] as Node)["value"]), property["value"]);
  }
  return keys;
}

/** Functions of the file with a parameter of this name, and its place. */
function takersOf(nodes: readonly Node[], parameter: string): ReadonlyMap<string, number> {
  const takers = new Map<string, number>();
  const place = (params: readonly unknown[]) => params.findIndex((one) => {
    const pattern = isNode(one) && one.type === "Parameter" ? (one["pat"] as Node) : (one as Node);
    return pattern.type === "Identifier" && pattern["value"] === parameter;
  });
  for (const node of nodes) {
    const [name, made] = node.type === "VariableDeclarator" ? [(node["id"] as Node)["value"], inner(node["init"])] : [(node["identifier"] as Node | undefined)?.["value"], node];
    if (made === undefined || !["ArrowFunctionExpression", "FunctionDeclaration"].includes(made.type) || typeof name !== "string") continue;
    const index = place(made["params"] as unknown[]);
    if (index >= 0) takers.set(name, index);
  }
  return takers;
}

function namedTexts(nodes: readonly Node[]): ReadonlyMap<string, readonly string[]> {
  const named = new Map<string, readonly string[]>();
  for (const node of nodes) {
    if (node.type !== "VariableDeclarator" || (node["id"] as Node).type !== "Identifier") continue;
    const name = (node["id"] as Node)["value"] as string;
    named.set(name, [...(named.get(name) ?? []), ...textsOf(node["init"])]);
  }
  return named;
}

const known = new Map<string, SourceFacts>();

/** Reads one file of TypeScript, by its path from the top. */
export function factsOf(root: string, file: string): SourceFacts {
  const found = known.get(file);
  if (found) return found;
  const module = parseSync(readFileSync(path.join(root, file), "utf8"), { syntax: "typescript", target: "es2024" });
  const nodes = nodesOf(module);
  const named = namedTexts(nodes);
  const [takers, coders] = [takersOf(nodes, "what"), takersOf(nodes, "code")];
  const problems: Message[] = [];
  const reasons: (Message & { code: string })[] = [];
  const texts: Message[] = [];
  const imports: string[] = [];
  const addProblem = (value: unknown, blame?: string) => problems.push(...textsOf(value, named).map((text) => ({ text, file, ...(blame ? { blame } : {}) })));
  const addReason = (code: unknown, message: unknown) => {
    for (const one of textsOf(code, named)) reasons.push(...(textsOf(message, named).length > 0 ? textsOf(message, named) : [""]).map((text) => ({ code: one, text, file })));
  };
  for (const node of nodes) {
    texts.push(...textsOf(node, named).map((text) => ({ text, file })));
    if (node.type === "ImportDeclaration" && node["typeOnly"] !== true) imports.push((node["source"] as Node)["value"] as string);
    if (["ExportNamedDeclaration", "ExportAllDeclaration"].includes(node.type) && isNode(node["source"])) imports.push(node["source"]["value"] as string);
    if (node.type === "ObjectExpression") {
      const keys = keysOf(node);
      if (keys.has("what") && keys.has("fix")) addProblem(keys.get("what"));
      if (keys.has("code") && keys.has("message")) addReason(keys.get("code"), keys.get("message"));
    }
    if (node.type !== "CallExpression") continue;
    const args = (node["arguments"] as { expression: unknown }[]).map(({ expression }) => expression);
    const callee = node["callee"] as Node;
    if (callee.type === "Import") imports.push(...textsOf(args[0]));
    const name = String(callee["value"]);
    const at = takers.get(name);
    if (at !== undefined) addProblem(args[at]);
    const codeAt = coders.get(name) ?? (name === "because" ? 0 : undefined);
    if (codeAt !== undefined) addReason(args[codeAt], args[codeAt + 1]);
  }
  const facts = { problems: blamed(nodes, problems, named, file), reasons, texts, imports: imports.filter((one) => one.startsWith(".")) };
  known.set(file, facts);
  return facts;
}

/** Who is to blame, where `failure("…", { what })` says it in one place. */
function blamed(nodes: readonly Node[], problems: readonly Message[], named: ReadonlyMap<string, readonly string[]>, file: string): Message[] {
  const blames = new Map<string, string>();
  for (const node of nodes) {
    if (node.type !== "CallExpression" || (node["callee"] as Node)["value"] !== "failure") continue;
    const [blame, problem] = (node["arguments"] as { expression: unknown }[]).map(({ expression }) => inner(expression));
    if (problem?.type !== "ObjectExpression") continue;
    for (const text of textsOf(keysOf(problem).get("what"), named)) blames.set(text, textsOf(blame)[0] ?? "");
  }
  return problems.map(({ text }) => ({ text, file, ...(blames.get(text) ? { blame: blames.get(text) ?? "" } : {}) }));
}

/** The files an action is made of, its own main.ts first. */
export function filesOf(root: string, name: string): readonly string[] {
  const found = new Set<string>();
  const follow = (file: string) => {
    if (found.has(file)) return;
    found.add(file);
    for (const one of factsOf(root, file).imports) follow(path.posix.join(path.posix.dirname(file), one));
  };
  follow(`actions/${name}/main.ts`);
  return [...found];
}

import { CORE_SCHEMA, loadAll, type State, Type, YAMLException } from "js-yaml";
import type { DataProblem, Parsed } from "./document.ts";

/**
 * YAML 1.2 with merge keys, and with tags of others (`!Ref`, `!vault`, `!reference`) taken for what they stand before. Not the package
 * `yaml`, which takes ten times as long and is loaded for little else (docs/decisions/0016-openapi.md).
 */
const SCHEMA = CORE_SCHEMA.extend({
  implicit: [new Type("tag:yaml.org,2002:merge", { kind: "scalar", resolve: (text: unknown) => text === "<<" })],
  explicit: (["!", "tag:"] as const).flatMap((tag) =>
    (["scalar", "sequence", "mapping"] as const).map((kind) => new Type(tag, { kind, multi: true, construct: (data: unknown) => data ?? (kind === "scalar" ? "" : null) })),
  ),
});

/** Reads a stream of documents and takes the first; the others have to be readable. */
export function parseYaml(text: string): Parsed {
  const lines = new WeakMap<object, number>();
  const open: number[] = [];
  const documents: unknown[] = [];
  /** Called where a node begins and where it has been read; of a value in a mapping the beginning is behind its key. */
  const listener = (event: "open" | "close", { line, result }: State) => {
    if (event === "open") return void open.push(line);
    const begun = open.pop() ?? 0;
    if (typeof result === "object" && result !== null && !lines.has(result)) lines.set(result, begun + 1);
  };
  try {
    loadAll(text, (document) => documents.push(document), { schema: SCHEMA, listener: listener as never });
  } catch (error) {
    return { document: null, problems: [problemOf(error)] };
  }
  const lineOf = (node: unknown) => (typeof node === "object" && node !== null ? (lines.get(node) ?? 1) : 1);
  return { document: { value: documents[0] ?? null, lineOf }, problems: [] };
}

function problemOf(error: unknown): DataProblem {
  if (error instanceof YAMLException) {
    // What is wrong with the whole has no mark, whatever its type says.
    const mark: { readonly line: number; readonly column: number } | undefined = error.mark;
    return { line: (mark?.line ?? 0) + 1, column: (mark?.column ?? 0) + 1, message: explained(error.reason) };
  }
  // Aliases of aliases that are merged, and the like.
  if (error instanceof RangeError) return { line: 1, column: 1, message: "It nests too deep to be read." };
  throw error;
}

/** The reader's words, with what to do where they do not say it. */
function explained(reason: string): string {
  const known: readonly (readonly [RegExp, string])[] = [
    [/duplicated mapping key/, "This key stands twice in its mapping. Take one out."],
    [/tab characters must not be used in indentation/, "A tab stands where YAML takes only blanks. Indent with blanks."],
    [/bad indentation of a (?:mapping|sequence) entry/, "This line is indented otherwise than those it belongs to, or a `:` or quote in front of it makes it something else. Quote texts with `: ` or ` #` in them."],
    [/can not read a block mapping entry|can not read an implicit mapping pair/, "This is no `key: value`, and cannot go on what stands above it."],
    [/unexpected end of the stream within a (double|single) quoted scalar/, "A quoted text has no end."],
    [/unidentified alias/, "This alias names no anchor that stands above it."],
    [/nesting exceeded/, "It nests too deep to be read."],
  ];
  const sentence = reason.charAt(0).toUpperCase() + reason.slice(1);
  return known.find(([form]) => form.test(reason))?.[1] ?? `${sentence.replace(/\.$/, "")}.`;
}

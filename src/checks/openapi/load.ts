import { failure } from "../../kit/errors.ts";
import { type DataDocument, type DataProblem, isJsonName, isYamlName, parseData } from "../data/document.ts";
import { Description, fieldsOf, fileOf } from "./description.ts";

/** A description with all files that it refers to. */
const MAX_FILES = 200;
const MAX_CHARACTERS = 32 * 1024 * 1024;

export interface Loaded {
  /** null when the file itself cannot be read, or is no description of an API. */
  readonly description: Description | null;
  /** By file. */
  readonly problems: ReadonlyMap<string, readonly DataProblem[]>;
  /** All text that was read. */
  readonly characters: number;
}

/** A file that could be one, or a part of one. */
export function isData(path: string): boolean {
  return (isYamlName(path) || isJsonName(path)) && !path.startsWith(".github/");
}

/** Tells from a text whether it may be a description: only then it is parsed. */
export function mayBeDescription(text: string): boolean {
  return /^\s*["']?(?:openapi|swagger)["']?\s*:|[{,]\s*"(?:openapi|swagger)"\s*:/m.test(text);
}

/** The same as an extended regular expression, for git. */
export const DESCRIPTION_PATTERN = "^[[:space:]]*[\"']?(openapi|swagger)[\"']?[[:space:]]*:|[{,][[:space:]]*\"(openapi|swagger)\"[[:space:]]*:";

export function isDescription(value: unknown): boolean {
  const { openapi, swagger } = fieldsOf(value);
  return /^[23]\b/.test(String(openapi ?? swagger ?? ""));
}

/**
 * Reads a description and what its references lead to inside of the repository.
 * @param parsed keeps what was parsed, by text: most files of two versions are the same.
 * @throws InstantError blaming the configuration when it is too large.
 */
export async function load(root: string, read: (path: string) => Promise<string | null>, parsed: Map<string, ReturnType<typeof parseData>>): Promise<Loaded> {
  const documents = new Map<string, DataDocument>();
  const problems = new Map<string, readonly DataProblem[]>();
  const asked = new Set([root]);
  let characters = 0;
  for (const path of asked) {
    const text = await read(path);
    if (text === null) continue;
    characters += text.length;
    if (asked.size > MAX_FILES || characters > MAX_CHARACTERS) throw tooLarge(root);
    // The rules of JSON are those of the file's name.
    const key = `${isYamlName(path)} ${text}`;
    const work = parsed.get(key) ?? parseData(path, text);
    parsed.set(key, work);
    const { document, problems: found } = await work;
    if (found.length > 0 && (path !== root || mayBeDescription(text))) problems.set(path, found);
    if (document === null) continue;
    if (path === root && !isDescription(document.value)) break;
    documents.set(path, document);
    for (const file of filesIn(document.value, path)) asked.add(file);
  }
  return { description: documents.has(root) ? new Description(root, documents) : null, problems, characters };
}

function tooLarge(root: string): Error {
  return failure("configuration", {
    what: `${root} with the files it refers to is more than ${MAX_FILES} files or ${MAX_CHARACTERS / 1024 / 1024} Mi characters`, where: root,
    fix: "Split the description, or name it in `ignore-paths`.",
  });
}

/** Files that references in a document name. */
function filesIn(value: unknown, from: string): ReadonlySet<string> {
  const found = new Set<string>();
  const seen = new Set<unknown>();
  const stack: unknown[] = [value];
  while (stack.length > 0) {
    const node = stack.pop();
    if (typeof node !== "object" || node === null || seen.has(node)) continue;
    seen.add(node);
    for (const [key, inner] of Object.entries(node)) {
      if (key === "$ref" && typeof inner === "string") {
        const file = fileOf(inner, from);
        if (file !== null && isData(file)) found.add(file);
      } else if (typeof inner === "object") stack.push(inner);
    }
  }
  return found;
}

import { failure } from "../../kit/errors.ts";
import { type DataDocument, type DataProblem, isJsonName, isYamlName } from "../data/document.ts";
import type { Parse } from "../data/once.ts";
import type { Results } from "../port.ts";
import { remembered } from "../remembered.ts";
import { Description, fieldsOf, fileOf } from "./description.ts";

/** A description with all files that it refers to. */
const MAX_FILES = 200;
const MAX_CHARACTERS = 16 * 1024 * 1024;

/** The files of one version of a description. */
export interface Loaded {
  readonly root: string;
  /** By file, the description's own first; empty when that is not there, cannot be read, or describes no API. */
  readonly texts: ReadonlyMap<string, string>;
  /** By file. */
  readonly problems: ReadonlyMap<string, readonly DataProblem[]>;
  readonly characters: number;
}

/** What of a file has to be known to find the others. */
interface Outline {
  readonly readable: boolean;
  readonly isDescription: boolean;
  readonly files: readonly string[];
  readonly problems: readonly DataProblem[];
}

/** Reads files. */
export class Reader {
  readonly #results: Results;
  readonly #parse: Parse;

  constructor(results: Results, parse: Parse) {
    this.#results = results;
    this.#parse = parse;
  }

  outline(path: string, text: string): Promise<Outline> {
    return remembered(this.#results, "openapi-outline", [path, text], async () => {
      const { document, problems } = await this.#parse(path, text);
      return { readable: document !== null, isDescription: isDescription(document?.value), files: document === null ? [] : [...filesIn(document.value, path)], problems };
    });
  }

  /** null when there is nothing to describe. */
  async describe({ root, texts }: Loaded): Promise<Description | null> {
    const documents = new Map<string, DataDocument>();
    for (const [path, text] of texts) {
      const { document } = await this.#parse(path, text);
      if (document !== null) documents.set(path, document);
    }
    return documents.has(root) ? new Description(root, documents) : null;
  }
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
 * Finds a description's files: itself, and what its references lead to inside of the repository.
 * @throws InstantError blaming the configuration when they are too many or too large.
 */
export async function load(root: string, read: (path: string) => Promise<string | null>, reader: Reader): Promise<Loaded> {
  const texts = new Map<string, string>();
  const problems = new Map<string, readonly DataProblem[]>();
  const asked = new Set([root]);
  let characters = 0;
  for (const path of asked) {
    const text = await read(path);
    if (text === null) continue;
    characters += text.length;
    if (asked.size > MAX_FILES || characters > MAX_CHARACTERS) throw tooLarge(root);
    const outline = await reader.outline(path, text);
    if (outline.problems.length > 0 && (path !== root || mayBeDescription(text))) problems.set(path, outline.problems);
    if (path === root && !outline.isDescription) break;
    if (!outline.readable) continue;
    texts.set(path, text);
    for (const file of outline.files) asked.add(file);
  }
  return { root, texts, problems, characters };
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

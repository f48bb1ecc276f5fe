import type { DataDocument } from "../data/document.ts";

/** A value of a description, and the file it stands in: references are read from there. */
export interface At {
  readonly node: unknown;
  readonly file: string;
}

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** More values than this in one example, enumeration or condition are not compared. */
const MAX_VALUES = 20_000;

/**
 * A value as JSON, by which it is the same as another or not.
 * @throws Error when it has too many parts, as aliases of aliases have.
 */
export function jsonOf(value: unknown): string {
  let left = MAX_VALUES;
  const count = (_: string, part: unknown) => {
    left -= 1;
    if (left < 0) throw new Error(`a value in it has more than ${MAX_VALUES} parts`);
    return part;
  };
  return JSON.stringify(value, count) ?? "";
}

/** References that lead to references further than this go in a circle. */
const MAX_HOPS = 50;

/** An API as one version of its files describes it. */
export class Description {
  readonly root: At;
  /** 2, 3.0, or 3.1 for all that is newer. */
  readonly version: 2 | 3 | 3.1;
  readonly #documents: ReadonlyMap<string, DataDocument>;

  constructor(root: string, documents: ReadonlyMap<string, DataDocument>) {
    this.#documents = documents;
    this.root = { node: documents.get(root)?.value, file: root };
    const { swagger, openapi } = fieldsOf(this.root.node);
    // YAML reads `swagger: 2.0` without quotes as a number.
    this.version = swagger !== undefined ? 2 : /^3\.0/.test(String(openapi)) ? 3 : 3.1;
  }

  get files(): readonly string[] {
    return [...this.#documents.keys()];
  }

  fileRoot(file: string): unknown {
    return this.#documents.get(file)?.value;
  }

  /** Where a value stands; line 1 of its file when that cannot be told. */
  lineOf({ node, file }: At): number {
    return this.#documents.get(file)?.lineOf(node) ?? 1;
  }

  /** What a reference leads to, and it itself when it is none; null when it leads nowhere that was read. */
  deref(at: At): At | null {
    let here = at;
    for (let hop = 0; hop < MAX_HOPS; hop += 1) {
      const reference = referenceIn(here.node);
      if (reference === null) return here;
      const next = this.#follow(reference, here.file);
      if (next === null) return null;
      here = next;
    }
    return null;
  }

  #follow(reference: string, from: string): At | null {
    const [path = "", pointer = ""] = reference.split("#");
    const file = path === "" ? from : fileOf(reference, from);
    const document = file === null ? undefined : this.#documents.get(file);
    if (file === null || document === undefined) return null;
    let node = document.value;
    if (pointer !== "" && !pointer.startsWith("/")) return null;
    for (const part of pointer.split("/").slice(1)) {
      const key = decoded(part).replaceAll("~1", "/").replaceAll("~0", "~");
      if (typeof node !== "object" || node === null || !Object.hasOwn(node, key)) return null;
      node = (node as Fields)[key];
    }
    return { node, file };
  }
}

export function referenceIn(node: unknown): string | null {
  const reference = isFields(node) ? node["$ref"] : undefined;
  return typeof reference === "string" ? reference : null;
}

/** The file of the repository that a reference names; null for an address, and for what leads out of the repository. */
export function fileOf(reference: string, from: string): string | null {
  const path = decoded(reference.split("#")[0] ?? "");
  if (path === "" || /^[a-z][a-z0-9+.-]*:/i.test(path) || path.startsWith("/") || path.includes("\\")) return null;
  const parts: string[] = from.split("/").slice(0, -1);
  for (const part of path.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return null;
    } else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

import { isOrdered } from "../kit/comparison.ts";

/**
 * The value at a path such as `status`, `checks.db` or `items.0.name` in parsed JSON; undefined when it is not there.
 * Only properties of the document itself are followed.
 */
export function valueAt(document: unknown, path: string): unknown {
  let value = document;
  for (const key of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** A JSON value as a person writes it in `path=value`: scalars only, undefined for the rest. */
export function asText(value: unknown): string | undefined {
  if (value === null) return "null";
  return ["string", "number", "boolean"].includes(typeof value) ? String(value) : undefined;
}

export type Parsed = { readonly ok: true; readonly document: unknown } | { readonly ok: false };

export function parseJson(text: string): Parsed {
  try {
    return { ok: true, document: JSON.parse(text.replace(/^\uFEFF/, "")) as unknown };
  } catch {
    return { ok: false };
  }
}

/** Signs of a condition; the longer ones first, because they begin like the others. */
const SIGNS = /^([^=!<>]+)(!=|<=|>=|=|<|>)(.*)$/s;

/** Whether a condition says what the `status` of a document has to be. */
export function isAboutStatus(condition: string): boolean {
  return SIGNS.exec(condition)?.[1]?.trim() === "status";
}

/** Whether a document meets `path=value`, `path!=value`, or an order of numbers such as `queue.depth<100`. What is not there meets none. */
export function meets(document: unknown, condition: string): boolean {
  const [, path = "", sign = "", wanted = ""] = SIGNS.exec(condition) ?? [];
  const value = valueAt(document, path.trim());
  const text = asText(value);
  if (text === undefined) return false;
  if (sign === "=") return text === wanted.trim();
  if (sign === "!=") return text !== wanted.trim();
  return typeof value === "number" && isOrdered(value, `${sign} ${wanted}`);
}

import { type At, type Description, type Fields, fieldsOf, fileOf, isFields, jsonOf, listOf, referenceIn } from "./description.ts";
import type { Tell } from "./fault.ts";

const TYPES: ReadonlySet<unknown> = new Set(["string", "number", "integer", "boolean", "array", "object", "null", "file"]);
/** Below these nothing is part of the description: it is data. */
const DATA: ReadonlySet<string> = new Set(["example", "examples", "default", "enum", "const", "value", "mapping"]);

/** Walks every value of every file once: references lead somewhere, and schemas say what they mean. */
export function checkSchemas(description: Description, tell: Tell): void {
  for (const file of description.files) {
    const root = description.fileRoot(file);
    const stack: Entry[] = [{ node: root, path: null, isSchema: false }];
    // With YAML's aliases a value stands in many places, or in itself.
    const seen = new Set<unknown>();
    for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
      const { node, path } = entry;
      if (typeof node !== "object" || node === null || seen.has(node)) continue;
      seen.add(node);
      if (Array.isArray(node)) {
        for (let index = node.length - 1; index >= 0; index -= 1) stack.push({ node: node[index], path: { above: path, key: String(index) }, isSchema: entry.isSchema });
        continue;
      }
      if (!isFields(node)) continue;
      const at = { node, file };
      checkReference(description, at, path, tell);
      if (entry.isSchema) checkSchema(description, at, path, tell);
      const inside: Entry[] = [];
      for (const key of Object.keys(node)) pushChildren(inside, entry, key, node[key]);
      stack.push(...inside.reverse());
    }
  }
}

/** From the value up to the root: of most values nobody wants to know the name. */
interface Path {
  readonly above: Path | null;
  readonly key: string;
}

interface Entry {
  readonly node: unknown;
  readonly path: Path | null;
  readonly isSchema: boolean;
}

const OF_SCHEMAS: ReadonlySet<string> = new Set(["allOf", "anyOf", "oneOf", "items", "additionalProperties", "not", "prefixItems", "if", "then", "else", "contains", "propertyNames"]);
const OF_NAMES: ReadonlySet<string> = new Set(["properties", "patternProperties", "dependentSchemas", "$defs"]);

function pushChildren(into: Entry[], { path, isSchema }: Entry, key: string, value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  const inside: Path = { above: path, key };
  const named = isSchema ? OF_NAMES.has(key) : (key === "schemas" && path?.key === "components" && path.above === null) || (key === "definitions" && path === null);
  if (named) {
    for (const [name, node] of Object.entries(fieldsOf(value))) into.push({ node, path: { above: inside, key: name }, isSchema: true });
  } else if (!key.startsWith("x-") && !DATA.has(key)) {
    into.push({ node: value, path: inside, isSchema: isSchema ? OF_SCHEMAS.has(key) : key === "schema" || key === "itemSchema" });
  }
}

function nameOf(path: Path | null): string {
  const keys: string[] = [];
  for (let at = path; at !== null; at = at.above) keys.unshift(at.key);
  return keys.length === 0 ? "The description" : `\`${keys.join(".").slice(0, 200)}\``;
}

function checkReference(description: Description, at: At, path: Path | null, tell: Tell): void {
  const reference = referenceIn(at.node);
  if (reference === null || description.deref(at) !== null) return;
  const [file = "", pointer = ""] = reference.split("#");
  // Addresses are not asked, and names (`$anchor`) are not looked for.
  if ((file !== "" && fileOf(reference, at.file) === null && /^[a-z][a-z0-9+.-]*:/i.test(file)) || (pointer !== "" && !pointer.startsWith("/"))) return;
  tell("no-unresolved-refs", `${nameOf(path)}: \`${reference.slice(0, 200)}\` leads nowhere. Correct it, or add what it names`, at);
}

function checkSchema(description: Description, at: At, path: Path | null, tell: Tell): void {
  const fields = fieldsOf(at.node);
  const { type, nullable } = fields;
  const types = Array.isArray(type) ? type : type === undefined ? [] : [type];
  for (const one of types) if (!TYPES.has(one)) tell("schema-type", `${nameOf(path)}: there is no type \`${jsonOf(one).slice(0, 60)}\``, at);
  if (Array.isArray(type) && description.version !== 3.1) tell("schema-type", `${nameOf(path)}: several types are only known since OpenAPI 3.1. Use \`oneOf\`, or \`nullable\``, at);
  if (nullable === true && description.version === 3.1) tell("schema-nullable", `${nameOf(path)}: \`nullable\` says nothing since OpenAPI 3.1. Write \`type: [..., "null"]\``, at, "warning");
  if (types.includes("array") && fields.items === undefined && fields.prefixItems === undefined) {
    // Legal in JSON Schema 2020-12, and most often forgotten.
    tell("array-items", `${nameOf(path)}: an array without \`items\``, at, description.version === 3.1 ? "warning" : "failure");
  }
  checkRequired(fields, at, path, tell);
  const values = listOf(fields.enum).map(jsonOf);
  if (new Set(values).size < values.length) tell("enum-unique", `${nameOf(path)}: a value stands twice in \`enum\``, at, "warning");
  if (values.length > 0 && fields.default !== undefined && !values.includes(jsonOf(fields.default))) tell("default-in-enum", `${nameOf(path)}: its \`default\` is none of \`enum\``, at, "warning");
}

function checkRequired(fields: Fields, at: At, path: Path | null, tell: Tell): void {
  if (fields.required === undefined) return;
  if (!Array.isArray(fields.required)) return tell("schema-required", `${nameOf(path)}: \`required\` of a schema is a list of its properties`, at);
  // What is required may be named elsewhere.
  if (!isFields(fields.properties) || ["allOf", "anyOf", "oneOf", "$ref", "patternProperties", "additionalProperties"].some((key) => fields[key] !== undefined)) return;
  for (const name of fields.required) {
    if (typeof name === "string" && !Object.hasOwn(fields.properties, name)) tell("no-required-schema-properties-undefined", `${nameOf(path)}: \`${name}\` is required and not among the properties`, at, "warning");
  }
}

import { type At, type Description, fieldsOf, isFields, jsonOf, listOf, referenceIn, textOf } from "./description.ts";

/** Schemas that hold together: one, or those of an `allOf`. */
export type Schema = readonly At[];

/** What a schema asks for, with its references followed and its `allOf` laid together. */
export interface View {
  /** null: any. `null` is one of them. */
  types: ReadonlySet<string> | null;
  /** The values of `enum` and `const`, as JSON; null: any. */
  values: ReadonlySet<string> | null;
  format: string;
  patterns: ReadonlySet<string>;
  /** `maximum`, `minLength` and so on. */
  bounds: ReadonlyMap<string, number>;
  properties: ReadonlyMap<string, Schema>;
  required: ReadonlySet<string>;
  /** What else an object may hold. */
  additional: boolean | Schema;
  items: Schema | null;
  /** Of each group (`anyOf`, `oneOf`) one has to hold. */
  groups: readonly (readonly Schema[])[];
  readOnly: boolean;
  writeOnly: boolean;
  hasDefault: boolean;
  /** What is not understood here, as JSON by its keyword: it is the same or it is not. References that could not be followed are among it. */
  other: ReadonlyMap<string, string>;
}

const ANY: View = {
  types: null, values: null, format: "", patterns: new Set(), bounds: new Map(), properties: new Map(), required: new Set(), additional: true, items: null, groups: [],
  readOnly: false, writeOnly: false, hasDefault: false, other: new Map(),
};

/** Which way a bound goes: 1 for the greatest that is allowed, -1 for the least. */
export const BOUNDS: ReadonlyMap<string, 1 | -1> = new Map([
  ["maximum", 1], ["exclusiveMaximum", 1], ["maxLength", 1], ["maxItems", 1], ["maxProperties", 1],
  ["minimum", -1], ["exclusiveMinimum", -1], ["minLength", -1], ["minItems", -1], ["minProperties", -1],
]);

const OTHER = ["not", "if", "then", "else", "dependentRequired", "dependentSchemas", "contains", "propertyNames", "patternProperties", "unevaluatedProperties", "unevaluatedItems", "prefixItems", "multipleOf", "uniqueItems", "$dynamicRef"] as const;

/** A schema in an `allOf` of itself, and the like, ends here. */
const MAX_PARTS = 200;

/** @throws Error when more schemas stand inside one another by `allOf` than anybody writes. */
export function viewOf(description: Description, schema: Schema): View {
  let view = ANY;
  const seen = new Set<unknown>();
  const left = [...schema];
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    if (seen.has(part.node)) continue;
    seen.add(part.node);
    if (seen.size > MAX_PARTS) throw new Error(`more than ${MAX_PARTS} schemas are laid together by \`allOf\``);
    const reference = referenceIn(part.node);
    const target = reference === null ? null : description.deref(part);
    if (target !== null) left.push(target);
    if (reference !== null && target === null) view = both(view, { ...ANY, other: new Map([[`$ref ${reference}`, ""]]) });
    // What stands beside a reference counts since version 3.1.
    if (reference !== null && description.version !== 3.1) continue;
    left.push(...listOf(fieldsOf(part.node).allOf).map((node) => ({ node, file: part.file })));
    view = both(view, ownOf(part));
  }
  return view;
}

/** What a schema says itself. */
function ownOf({ node, file }: At): View {
  if (node === false) return { ...ANY, types: new Set() };
  if (!isFields(node)) return ANY;
  const schemas = (value: unknown) => listOf(value).map((one): Schema => [{ node: one, file }]);
  const { additionalProperties: more } = node;
  return {
    types: typesOf(node), values: valuesOf(node), format: textOf(node.format), patterns: new Set(typeof node.pattern === "string" ? [node.pattern] : []), bounds: boundsOf(node),
    properties: new Map(Object.entries(fieldsOf(node.properties)).map(([name, one]) => [name, [{ node: one, file }]])),
    required: new Set(listOf(node.required).filter((name) => typeof name === "string")),
    additional: more === false ? false : isFields(more) ? [{ node: more, file }] : true,
    items: isFields(node.items) || node.items === false ? [{ node: node.items, file }] : null,
    groups: [schemas(node.anyOf), schemas(node.oneOf)].filter((group) => group.length > 0),
    readOnly: node.readOnly === true, writeOnly: node.writeOnly === true, hasDefault: node.default !== undefined,
    other: new Map(OTHER.flatMap((keyword) => (node[keyword] === undefined || node[keyword] === false ? [] : [[keyword, jsonOf(node[keyword])] as const]))),
  };
}

function typesOf({ type, nullable }: Readonly<Record<string, unknown>>): ReadonlySet<string> | null {
  const types = (Array.isArray(type) ? type : [type]).filter((one) => typeof one === "string");
  if (types.length === 0) return null;
  return new Set(nullable === true ? [...types, "null"] : types);
}

function valuesOf(node: Readonly<Record<string, unknown>>): ReadonlySet<string> | null {
  if (node.const !== undefined) return new Set([jsonOf(node.const)]);
  return Array.isArray(node.enum) ? new Set(node.enum.map(jsonOf)) : null;
}

/** Up to 3.0 `exclusiveMaximum: true` says how `maximum` is meant. */
function boundsOf(node: Readonly<Record<string, unknown>>): ReadonlyMap<string, number> {
  const bounds = new Map<string, number>();
  for (const name of BOUNDS.keys()) {
    const exclusive = node[name === "maximum" ? "exclusiveMaximum" : name === "minimum" ? "exclusiveMinimum" : ""] === true;
    const value = node[name];
    if (typeof value === "number") bounds.set(exclusive ? `exclusive${name.charAt(0).toUpperCase()}${name.slice(1)}` : name, value);
  }
  return bounds;
}

/** What both ask for. */
export function both(one: View, other: View): View {
  const properties = new Map(one.properties);
  for (const [name, schema] of other.properties) properties.set(name, [...(properties.get(name) ?? []), ...schema]);
  const bounds = new Map(one.bounds);
  for (const [name, value] of other.bounds) bounds.set(name, tighter(name, bounds.get(name), value));
  return {
    types: narrowed(one.types, other.types), values: shared(one.values, other.values), format: other.format || one.format, patterns: new Set([...one.patterns, ...other.patterns]), bounds, properties,
    required: new Set([...one.required, ...other.required]), additional: additionalOfBoth(one, other), items: one.items === null ? other.items : other.items === null ? one.items : [...one.items, ...other.items],
    groups: [...one.groups, ...other.groups], readOnly: one.readOnly || other.readOnly, writeOnly: one.writeOnly || other.writeOnly, hasDefault: one.hasDefault || other.hasDefault,
    other: new Map([...one.other, ...other.other]),
  };
}

function additionalOfBoth(one: View, other: View): View["additional"] {
  if (one.additional === false || other.additional === false) return false;
  if (one.additional === true) return other.additional;
  return other.additional === true ? one.additional : [...one.additional, ...other.additional];
}

function tighter(name: string, known: number | undefined, value: number): number {
  if (known === undefined) return value;
  return BOUNDS.get(name) === 1 ? Math.min(known, value) : Math.max(known, value);
}

function shared(one: ReadonlySet<string> | null, other: ReadonlySet<string> | null): ReadonlySet<string> | null {
  if (one === null || other === null) return one ?? other;
  return new Set([...one].filter((value) => other.has(value)));
}

/** `integer` is a `number`. */
function narrowed(one: ReadonlySet<string> | null, other: ReadonlySet<string> | null): ReadonlySet<string> | null {
  if (one === null || other === null) return one ?? other;
  const within = (types: ReadonlySet<string>, type: string) => types.has(type) || (type === "integer" && types.has("number"));
  return new Set([...[...one].filter((type) => within(other, type)), ...[...other].filter((type) => within(one, type))]);
}

/** Deeper, or more, than these alternatives are not told apart. */
const MAX_DEPTH = 4;
const MAX_ALTERNATIVES = 64;

/** Each way in which a schema can hold: itself when it names no alternatives. null when there are too many. */
export function alternativesOf(description: Description, view: View, depth = 0): readonly View[] | null {
  if (view.groups.length === 0) return [view];
  if (depth >= MAX_DEPTH) return null;
  let ways: View[] = [{ ...view, groups: [] }];
  for (const group of view.groups) {
    const members = group.map((schema) => viewOf(description, schema));
    ways = ways.flatMap((way) => members.map((member) => both(way, member)));
    if (ways.length > MAX_ALTERNATIVES) return null;
  }
  const all: View[] = [];
  for (const way of ways) {
    const inner = alternativesOf(description, way, depth + 1);
    if (inner === null || all.length + inner.length > MAX_ALTERNATIVES) return null;
    all.push(...inner);
  }
  return all;
}

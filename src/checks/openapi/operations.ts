import { type At, type Description, type Fields, fieldsOf, isFields, listOf, textOf } from "./description.ts";

/** OpenAPI 3.2, Path Item Object; what `additionalOperations` adds is not read. */
export const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"] as const;

/** One operation, the same whatever version describes it. */
export interface Operation {
  /** `GET /things/{id}`, as it is written. */
  readonly name: string;
  /** The same for a path whose parameters are called otherwise. */
  readonly key: string;
  readonly path: string;
  readonly at: At;
  readonly deprecated: boolean;
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly body: Body | null;
  readonly responses: ReadonlyMap<string, Response>;
  /** Sets of schemes with their scopes, one of which a caller needs; empty: none is needed. */
  readonly security: readonly Fields[];
}

export interface Parameter {
  readonly name: string;
  readonly place: string;
  readonly required: boolean;
  readonly at: At;
  readonly schema: At | null;
  readonly style: string;
}

export interface Body {
  readonly at: At;
  readonly required: boolean;
  readonly content: ReadonlyMap<string, At>;
}

export interface Response {
  readonly at: At;
  readonly content: ReadonlyMap<string, At>;
  readonly headers: ReadonlyMap<string, Parameter>;
}

/** All operations of a description, by their key. */
export function operationsOf(description: Description): ReadonlyMap<string, Operation> {
  const found = new Map<string, Operation>();
  const root = fieldsOf(description.root.node);
  const base = description.version === 2 ? textOf(root.basePath).replace(/\/$/, "") : "";
  for (const [path, item] of Object.entries(fieldsOf(root.paths))) {
    if (path.startsWith("x-")) continue;
    const at = description.deref({ node: item, file: description.root.file });
    if (at === null) continue;
    for (const method of METHODS) {
      const node = fieldsOf(at.node)[method];
      if (!isFields(node)) continue;
      const operation = read(description, { item: at, node, method: method.toUpperCase(), path: `${base}${path}` });
      found.set(operation.key, operation);
    }
  }
  return found;
}

interface Source {
  readonly item: At;
  readonly node: Fields;
  readonly method: string;
  readonly path: string;
}

function read(description: Description, { item, node, method, path }: Source): Operation {
  const { file } = item;
  const root = fieldsOf(description.root.node);
  const given = parametersOf(description, [...listOf(fieldsOf(item.node).parameters), ...listOf(node.parameters)], file, path);
  return {
    name: `${method} ${path}`, key: `${method} ${path.replace(/\{[^{}]*\}/g, "{}")}`, path, at: { node, file }, deprecated: node.deprecated === true,
    parameters: new Map([...given].filter(([, { place }]) => place !== "body" && place !== "formData")),
    body: description.version === 2 ? bodyOf2(given, node, root, file) : bodyOf3(description, { node: node.requestBody, file }),
    responses: responsesOf(description, node, file),
    security: (Array.isArray(node.security) ? node.security : listOf(root.security)).filter(isFields),
  };
}

/** The last of a name goes before the others; of a path's the place in the path is the name. */
function parametersOf(description: Description, nodes: readonly unknown[], file: string, path: string): Map<string, Parameter> {
  const inPath = [...path.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name ?? "");
  const found = new Map<string, Parameter>();
  for (const node of nodes) {
    const at = description.deref({ node, file });
    if (at === null) continue;
    const { name, in: place, required } = fieldsOf(at.node);
    const parameter = { ...valueOf(description, at), name: textOf(name), place: textOf(place), required: required === true, at };
    const known = parameter.place === "path" ? String(inPath.indexOf(parameter.name)) : parameter.place === "header" ? parameter.name.toLowerCase() : parameter.name;
    found.set(`${parameter.place} ${known}`, parameter);
  }
  return found;
}

/** What a parameter or header holds: a schema of its own, one of a media type, or in version 2 itself. */
function valueOf(description: Description, { node, file }: At): Pick<Parameter, "schema" | "style"> {
  const fields = fieldsOf(node);
  const style = JSON.stringify([fields.style, fields.explode, fields.allowReserved, fields.collectionFormat].map((value) => value ?? null));
  if (description.version === 2) return { schema: { node: fields.schema ?? fields, file }, style };
  const [content] = Object.values(fieldsOf(fields.content));
  const schema = fields.schema ?? fieldsOf(content).schema;
  return { schema: schema === undefined ? null : { node: schema, file }, style };
}

function bodyOf3(description: Description, given: At): Body | null {
  const at = given.node === undefined ? null : description.deref(given);
  return at === null ? null : { at, required: fieldsOf(at.node).required === true, content: contentOf(fieldsOf(at.node).content, at.file) };
}

/** Version 2 knows a body, or fields of a form, among the parameters. */
function bodyOf2(given: ReadonlyMap<string, Parameter>, node: Fields, root: Fields, file: string): Body | null {
  const types = listOf(node.consumes ?? root.consumes).filter((type) => typeof type === "string");
  const all = [...given.values()];
  const body = all.find(({ place }) => place === "body");
  if (body) return { at: body.at, required: body.required, content: contentByTypes(types, "application/json", body.schema ?? { node: true, file }) };
  const form = all.filter(({ place }) => place === "formData");
  const [first] = form;
  if (first === undefined) return null;
  const required = form.filter((field) => field.required).map(({ name }) => name);
  const schema = { type: "object", properties: Object.fromEntries(form.map(({ name, at }) => [name, at.node])), required };
  return { at: first.at, required: required.length > 0, content: contentByTypes(types, "application/x-www-form-urlencoded", { node: schema, file }) };
}

function responsesOf(description: Description, node: Fields, file: string): Map<string, Response> {
  const found = new Map<string, Response>();
  for (const [status, one] of Object.entries(fieldsOf(node.responses))) {
    const at = status.startsWith("x-") ? null : description.deref({ node: one, file });
    if (at === null) continue;
    const { schema, content, headers } = fieldsOf(at.node);
    const types = listOf(node.produces ?? fieldsOf(description.root.node).produces).filter((type) => typeof type === "string");
    const inside = schema === undefined ? new Map<string, At>() : contentByTypes(types, "application/json", { node: schema, file: at.file });
    found.set(status, { at, headers: headersOf(description, headers, at.file), content: description.version === 2 ? inside : contentOf(content, at.file) });
  }
  return found;
}

function headersOf(description: Description, headers: unknown, file: string): Map<string, Parameter> {
  const found = new Map<string, Parameter>();
  for (const [name, node] of Object.entries(fieldsOf(headers))) {
    const at = description.deref({ node, file });
    if (at !== null) found.set(name.toLowerCase(), { ...valueOf(description, at), name, place: "header", required: fieldsOf(at.node).required === true, at });
  }
  return found;
}

const plainType = (type: string) => type.toLowerCase().replaceAll(" ", "");

function contentOf(content: unknown, file: string): Map<string, At> {
  // A media type without a schema takes anything.
  return new Map(Object.entries(fieldsOf(content)).map(([type, node]) => [plainType(type), { node: fieldsOf(node).schema ?? true, file }]));
}

function contentByTypes(types: readonly string[], otherwise: string, schema: At): Map<string, At> {
  return new Map((types.length === 0 ? [otherwise] : types).map((type) => [plainType(type), schema]));
}

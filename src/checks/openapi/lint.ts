import { type At, type Description, type Fields, fieldsOf, isFields, listOf, textOf } from "./description.ts";
import type { Fault, Tell } from "./fault.ts";
import { checkSchemas } from "./lint-schema.ts";
import { METHODS } from "./operations.ts";

/** What programs that read it refuse or misread; matters of taste are left to the linters of taste. */
export function faultsOf(description: Description): readonly Fault[] {
  const faults: Fault[] = [];
  const tell: Tell = (rule, text, at, level = "failure") => void faults.push({ rule, text, level, at });
  checkRoot(description, tell);
  checkPaths(description, tell);
  checkSchemas(description, tell);
  const seen = new Set<string>();
  return faults.filter(({ rule, text }) => seen.size < seen.add(`${rule} ${text}`).size);
}

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  root: ["openapi", "info", "jsonSchemaDialect", "servers", "paths", "webhooks", "components", "security", "tags", "externalDocs", "$self"],
  root2: ["swagger", "info", "host", "basePath", "schemes", "consumes", "produces", "paths", "definitions", "parameters", "responses", "securityDefinitions", "security", "tags", "externalDocs"],
  path: ["$ref", "summary", "description", "servers", "parameters", "additionalOperations", ...METHODS],
  operation: ["tags", "summary", "description", "externalDocs", "operationId", "parameters", "requestBody", "responses", "callbacks", "deprecated", "security", "servers"],
  operation2: ["tags", "summary", "description", "externalDocs", "operationId", "consumes", "produces", "parameters", "responses", "schemes", "deprecated", "security"],
  parameter: ["name", "in", "description", "required", "deprecated", "allowEmptyValue", "style", "explode", "allowReserved", "schema", "example", "examples", "content", "$ref", "summary"],
  body: ["description", "content", "required", "$ref", "summary"],
  response: ["description", "headers", "content", "links", "$ref", "summary"],
  response2: ["description", "schema", "headers", "examples", "$ref"],
  media: ["schema", "itemSchema", "example", "examples", "encoding", "prefixEncoding", "itemEncoding", "$ref", "summary", "description"],
};

/** A field that there is not is most often one written wrong, and then what it says is not read. */
function checkFields(kind: string, where: string, at: At, tell: Tell): void {
  const known = FIELDS[kind] ?? [];
  for (const name of Object.keys(fieldsOf(at.node))) {
    if (known.includes(name) || name.startsWith("x-")) continue;
    tell("struct", `${where}: there is no field \`${name.slice(0, 80)}\` here. Correct its name, or begin it with \`x-\``, at);
  }
}

function checkRoot(description: Description, tell: Tell): void {
  const { root, version } = description;
  if (!isFields(root.node)) return tell("struct", "The description is no object", root);
  checkFields(version === 2 ? "root2" : "root", "The description", root, tell);
  const { info, paths, components, webhooks } = root.node;
  for (const name of ["title", "version"]) if (fieldsOf(info)[name] === undefined) tell("struct", `\`info.${name}\` is missing`, root);
  const known = version === 3.1 ? paths ?? components ?? webhooks : paths;
  if (!isFields(known)) tell("struct", version === 3.1 ? "`paths`, `webhooks` or `components` is missing" : "`paths` is missing", root);
}

function checkPaths(description: Description, tell: Tell): void {
  const { root } = description;
  const ids = new Map<string, string>();
  const shapes = new Map<string, string>();
  for (const [path, node] of Object.entries(fieldsOf(fieldsOf(root.node).paths))) {
    if (path.startsWith("x-")) continue;
    const item = description.deref({ node, file: root.file });
    if (item === null) continue; // an unresolved reference, which is told by its own rule
    if (!path.startsWith("/")) tell("path-not-slash", `The path \`${path}\` does not begin with \`/\``, item);
    if (path.includes("?")) tell("path-not-include-query", `The path \`${path}\` has a query in it, which belongs to the parameters`, item);
    const shape = path.replace(/\{[^{}]*\}/g, "{}");
    const twin = shapes.get(shape);
    if (twin !== undefined) tell("no-identical-paths", `The paths \`${twin}\` and \`${path}\` are one and the same to those who call them`, item);
    shapes.set(shape, path);
    checkFields("path", `The path \`${path}\``, item, tell);
    for (const method of METHODS) {
      const operation = fieldsOf(item.node)[method];
      if (isFields(operation)) checkOperation(description, { name: `${method.toUpperCase()} ${path}`, path, item, at: { node: operation, file: item.file }, ids }, tell);
    }
  }
}

interface Place {
  readonly name: string;
  readonly path: string;
  readonly item: At;
  readonly at: At;
  /** `operationId`s that were seen, with their operations. */
  readonly ids: Map<string, string>;
}

function checkOperation(description: Description, { name, path, item, at, ids }: Place, tell: Tell): void {
  const fields = fieldsOf(at.node);
  checkFields(description.version === 2 ? "operation2" : "operation", name, at, tell);
  const id = textOf(fields.operationId);
  const other = ids.get(id);
  if (id !== "" && other !== undefined) tell("operation-operationId-unique", `${name}: its \`operationId\` ${id} is that of ${other} too`, at);
  else if (id !== "") ids.set(id, name);
  checkParameters(description, { name, path, own: { node: fields.parameters, file: at.file }, shared: { node: fieldsOf(item.node).parameters, file: item.file }, at }, tell);
  checkResponses(description, name, at, tell);
  const body = fields.requestBody === undefined ? null : description.deref({ node: fields.requestBody, file: at.file });
  if (body !== null) {
    checkFields("body", `${name}, request body`, body, tell);
    checkContent(`${name}, request body`, body, tell);
  }
  for (const scheme of listOf(fields.security ?? fieldsOf(description.root.node).security).flatMap((one) => Object.keys(fieldsOf(one)))) {
    if (!isFields(schemesOf(description)[scheme])) tell("security-defined", `${name}: the security scheme \`${scheme}\` is not defined`, at);
  }
}

function schemesOf({ root, version }: Description): Fields {
  const fields = fieldsOf(root.node);
  return fieldsOf(version === 2 ? fields.securityDefinitions : fieldsOf(fields.components).securitySchemes);
}

function checkContent(where: string, { node, file }: At, tell: Tell): void {
  for (const [type, media] of Object.entries(fieldsOf(fieldsOf(node).content))) {
    if (isFields(media)) checkFields("media", `${where} as ${type}`, { node: media, file }, tell);
  }
}

interface Lists {
  readonly name: string;
  readonly path: string;
  readonly own: At;
  readonly shared: At;
  readonly at: At;
}

function checkParameters(description: Description, { name, path, own, shared, at }: Lists, tell: Tell): void {
  const inPath = new Set([...path.matchAll(/\{([^{}]*)\}/g)].map(([, one]) => one ?? ""));
  const declared = new Set<string>();
  for (const list of [shared, own]) {
    const seen = new Set<string>();
    for (const node of listOf(list.node)) {
      const parameter = description.deref({ node, file: list.file });
      if (parameter === null) continue;
      const fields = fieldsOf(parameter.node);
      const [called, place] = [textOf(fields.name), textOf(fields.in)];
      const here = { node, file: list.file };
      if (description.version !== 2) checkFields("parameter", `${name}, parameter \`${called}\``, parameter, tell);
      if (called === "" || place === "") tell("struct", `${name}: a parameter without \`name\` or \`in\``, here);
      else if (seen.has(`${place} ${called}`)) tell("operation-parameters", `${name}: the ${place} parameter \`${called}\` stands twice`, here);
      seen.add(`${place} ${called}`);
      if (place !== "path") continue;
      declared.add(called);
      if (fields.required !== true) tell("path-params", `${name}: the path parameter \`${called}\` has to be \`required: true\``, here);
      if (!inPath.has(called)) tell("path-params", `${name}: the path parameter \`${called}\` is not in the path. Take it out, or write \`{${called}}\` into the path`, here);
    }
  }
  for (const called of inPath) if (!declared.has(called)) tell("path-params", `${name}: \`{${called}}\` of the path is not among the parameters. Add it with \`in: path\` and \`required: true\``, at);
}

function checkResponses(description: Description, name: string, at: At, tell: Tell): void {
  const { responses } = fieldsOf(at.node);
  const statuses = Object.keys(fieldsOf(responses)).filter((status) => !status.startsWith("x-"));
  if (statuses.length === 0) return tell("operation-responses", `${name}: it has no responses`, at, description.version === 3.1 ? "warning" : "failure");
  if (!statuses.some((status) => /^(?:[123]|default)/.test(status))) tell("operation-success-response", `${name}: it has no response of success`, at, "warning");
  for (const status of statuses) {
    const where = `${name}, response ${status}`;
    if (!/^(?:[1-5](?:\d\d|XX)|default)$/.test(status)) tell("struct", `${where}: no status of HTTP`, at);
    const response = description.deref({ node: fieldsOf(responses)[status], file: at.file });
    if (response === null) continue;
    checkFields(description.version === 2 ? "response2" : "response", where, response, tell);
    if (textOf(fieldsOf(response.node).description) === "" && fieldsOf(response.node).description !== "") tell("struct", `${where}: its \`description\` is missing`, response, "warning");
    checkContent(where, response, tell);
  }
}

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";

/** One request and its answer, as they went over the wire. Bodies are parsed JSON; undefined when there was none. */
export interface Exchange {
  readonly method: string;
  /** Path below the API's root, with or without a query: `/repos/o/r/pulls?state=open`. */
  readonly path: string;
  readonly requestBody?: unknown;
  readonly status: number;
  readonly responseBody?: unknown;
}

/** What GitHub answers although its description does not list it. */
const unlisted: ReadonlySet<string> = new Set([
  // gh changes the variable when it hears this (cli/cli, pkg/cmd/variable/set/http.go).
  "post /repos/{owner}/{repo}/actions/variables 409",
]);

type Json = { [key: string]: unknown };

interface Operation {
  readonly template: string;
  readonly pattern: RegExp;
  readonly methods: Json;
}

let shared: Promise<OpenApiValidator> | undefined;

/**
 * Holds exchanges against GitHub's own OpenAPI description (the one file api.github.com.json of @octokit/openapi). It has 13 MB: a test
 * file reads it once, and of its schemas only those are made ready that an exchange asks for.
 */
export class OpenApiValidator {
  readonly #ajv: Ajv;
  readonly #operations: readonly Operation[];
  readonly #document: Json;
  readonly #compiled = new Map<string, ValidateFunction>();

  private constructor(document: Json) {
    this.#document = document;
    this.#ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false, logger: false, code: { optimize: false } });
    addFormats.default(this.#ajv);
    // GitHub gives "" where there is no address (a deployment status), and says so in its defaults.
    this.#ajv.addFormat("uri", (text: string) => text === "" || URL.canParse(text));
    // A bot's address has brackets in it (`1+app[bot]@users.noreply.github.com`), which the format does not foresee.
    this.#ajv.addFormat("email", /^\S+@\S+$/);
    this.#operations = Object.entries(document["paths"] as Json)
      .map(([template, methods]) => ({ template, pattern: patternOf(template), methods: methods as Json }))
      // The most specific template first: /pulls/comments before /pulls/{pull_number}, /commits/{ref}/status before /commits/{ref}.
      .sort((a, b) => literals(b.template) - literals(a.template));
  }

  /** The validator of this test file. */
  static load(): Promise<OpenApiValidator> {
    const path = createRequire(import.meta.url).resolve("@octokit/openapi/generated/api.github.com.json");
    return (shared ??= readFile(path, "utf8").then((text) => new OpenApiValidator(JSON.parse(text) as Json)));
  }

  /** Everything about an exchange that GitHub's description does not allow; empty when it is as it should be. */
  check(exchange: Exchange): string[] {
    const [path = "", query = ""] = exchange.path.split("?");
    const method = exchange.method.toLowerCase();
    const found = this.#operations.find((one) => one.pattern.test(path) && one.methods[method] !== undefined);
    const name = `${exchange.method} ${path}`;
    if (found === undefined) return [`${name}: GitHub has no such endpoint`];
    const operation = found.methods[method] as Json;
    const pointer = `/paths/${escapePointer(found.template)}/${method}`;
    const problems = [
      ...this.#checkQuery(operation, query),
      // A request that GitHub would refuse may be refused here too.
      ...(exchange.status < 400 ? this.#checkRequest(operation, pointer, exchange.requestBody) : []),
      ...(unlisted.has(`${method} ${found.template} ${exchange.status}`) ? [] : this.#checkResponse(operation, pointer, exchange)),
    ];
    return problems.map((problem) => `${name} → ${exchange.status}: ${problem}`);
  }

  #checkQuery(operation: Json, query: string): string[] {
    const parameters = ((operation["parameters"] ?? []) as Json[]).map((one) => this.#resolve(one));
    const known = new Set(parameters.filter((one) => one["in"] === "query").map((one) => String(one["name"])));
    return [...new URLSearchParams(query).keys()].filter((key) => !known.has(key.replace(/\[\]$/, ""))).map((key) => `unknown query parameter ${key}`);
  }

  #checkRequest(operation: Json, pointer: string, body: unknown): string[] {
    const declared = operation["requestBody"] as Json | undefined;
    if (declared === undefined) return body === undefined || isEmpty(body) ? [] : ["a request body where GitHub takes none"];
    if (body === undefined) return declared["required"] === true ? ["the request body is missing"] : [];
    const schema = `${pointer}/requestBody/content/application~1json/schema`;
    const unknown = unknownProperties(this.#resolve(this.#at(schema)), body);
    return [...this.#validate(schema, body, "request"), ...unknown.map((key) => `request has ${key}, which GitHub does not know`)];
  }

  #checkResponse(operation: Json, pointer: string, exchange: Exchange): string[] {
    const responses = operation["responses"] as Json;
    const status = String(exchange.status);
    // Any endpoint may be limited, fail or lack authentication, listed or not.
    if (responses[status] === undefined) return [301, 304, 401, 403, 404, 422, 429, 500, 502, 503].includes(exchange.status) ? [] : ["GitHub does not list this status"];
    const response = this.#resolve(responses[status] as Json);
    const content = response["content"] as Json | undefined;
    // The description is silent about the bodies of many refusals; GitHub sends its usual ones.
    if (content === undefined && exchange.status >= 400) return [];
    if (content === undefined) return exchange.responseBody === undefined || exchange.responseBody === "" ? [] : ["a body where GitHub sends none"];
    if (content["application/json"] === undefined) return [];
    const reference = (responses[status] as Json)["$ref"];
    const base = typeof reference === "string" ? reference.slice(1) : `${pointer}/responses/${status}`;
    return this.#validate(`${base}/content/application~1json/schema`, exchange.responseBody, "response");
  }

  #validate(pointer: string, value: unknown, what: string): string[] {
    let validate = this.#compiled.get(pointer);
    if (validate === undefined) {
      validate = this.#ajv.compile(this.#schemaAt(pointer));
      this.#compiled.set(pointer, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).slice(0, 12).map((error) => `${what}${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
  }

  /** The schema there, as JSON Schema, with all that it refers to and nothing else. */
  #schemaAt(pointer: string): Json {
    const definitions: Json = {};
    const refer = (reference: string): string => {
      const name = reference.replace("#/components/", "").replaceAll("/", ".");
      if (!Object.hasOwn(definitions, name)) {
        definitions[name] = true; // It may refer to itself.
        definitions[name] = asJsonSchema(this.#at(reference.slice(1)), refer);
      }
      return `#/definitions/${name}`;
    };
    return { ...(asJsonSchema(this.#at(pointer), refer) as Json), definitions };
  }

  #resolve(value: Json): Json {
    const reference = value["$ref"];
    return typeof reference === "string" ? this.#at(reference.slice(1)) : value;
  }

  #at(pointer: string): Json {
    const parts = pointer.split("/").slice(1);
    return parts.reduce<Json>((at, part) => at[part.replaceAll("~1", "/").replaceAll("~0", "~")] as Json, this.#document);
  }
}

function literals(template: string): number {
  return template.split("/").filter((part) => !part.startsWith("{")).length;
}

function patternOf(template: string): RegExp {
  const escaped = template.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&");
  // These take slashes: a ref, a path in the repository, two refs to compare.
  return new RegExp(`^${escaped.replaceAll(/\{(ref|path|basehead)\}/g, ".+").replaceAll(/\{[^}]+\}/g, "[^/]+")}$`);
}

function escapePointer(part: string): string {
  return part.replaceAll("~", "~0").replaceAll("/", "~1");
}

function isEmpty(value: unknown): boolean {
  return value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}

function unknownProperties(schema: Json, body: unknown): string[] {
  const properties = schema["properties"] as Json | undefined;
  if (properties === undefined || typeof body !== "object" || body === null || schema["additionalProperties"]) return [];
  return Object.keys(body).filter((key) => properties[key] === undefined);
}

/**
 * OpenAPI 3.0 says `nullable: true` where JSON Schema says `type: null`; Ajv understands only the latter everywhere.
 * @param refer is given each `$ref`, and answers with the one to put in its place.
 */
function asJsonSchema(value: unknown, refer: (reference: string) => string): unknown {
  if (Array.isArray(value)) return value.map((inner) => asJsonSchema(inner, refer));
  if (typeof value !== "object" || value === null) return value;
  const copy: Json = {};
  for (const [key, inner] of Object.entries(value)) {
    if (key === "examples" || key === "example") continue;
    copy[key] = key === "$ref" && typeof inner === "string" ? refer(inner) : asJsonSchema(inner, refer);
  }
  // Several of GitHub's alternatives overlap (a simple validation error is a basic error too): one that fits is enough.
  if (Array.isArray(copy["oneOf"])) {
    copy["anyOf"] = copy["oneOf"];
    delete copy["oneOf"];
  }
  if (copy["nullable"] !== true) return copy;
  delete copy["nullable"];
  return { anyOf: [copy, { type: "null" }] };
}

import { type Difference, type Direction, SchemaComparison } from "./compare-schema.ts";
import { type At, type Description, type Fields, listOf } from "./description.ts";
import { type Operation, operationsOf, type Parameter, type Response } from "./operations.ts";
import { Sameness } from "./same.ts";
import type { Schema } from "./schema.ts";

/** A change that can break callers. Rules are named as oasdiff names them, where it knows them (https://github.com/oasdiff/oasdiff). */
export interface Break {
  readonly rule: string;
  /** `GET /things/{id}`, and what of it. */
  readonly text: string;
  readonly level: "failure" | "warning";
  /** Where it stands now. */
  readonly at: At;
}

/**
 * What callers of the old description can stumble over when the new one is served. What was only added is not told.
 * @throws Error when the descriptions are too large to be compared.
 */
export function breaksBetween(old: Description, now: Description): readonly Break[] {
  const schemas = new SchemaComparison(old, now);
  // The same words mean another thing in another version.
  const sameness = old.version === now.version ? new Sameness(old, now) : null;
  const [before, after] = [operationsOf(old), operationsOf(now)];
  const found: Break[] = [];
  for (const [key, operation] of before) {
    const successor = after.get(key);
    if (successor === undefined) found.push(removal(operation, now));
    else if (sameness === null || !isSame(sameness, operation, successor)) found.push(...new OperationComparison(schemas, operation, successor).breaks());
  }
  const seen = new Set<string>();
  return found.filter(({ rule, text }) => seen.size < seen.add(`${rule} ${text}`).size);
}

/** As it is written, with what it inherits. Only then it is known to break nobody without being looked into. */
function isSame(sameness: Sameness, old: Operation, now: Operation): boolean {
  const inherited = (one: Operation) => [one.name, JSON.stringify(one.security), one.responses.size, [...one.body?.content.keys() ?? []].join(), [...[...one.responses.values()].flatMap(({ content }) => [...content.keys()])].join()].join("\0");
  const shared = (one: Operation): readonly At[] => [...one.parameters.values()].map(({ at }) => at);
  const [before, after] = [shared(old), shared(now)];
  return inherited(old) === inherited(now) && before.length === after.length && before.every((at, index) => after[index] !== undefined && sameness.same(at, after[index])) && sameness.same(old.at, now.at);
}

function removal({ name, path, deprecated }: Operation, now: Description): Break {
  const { paths } = (now.root.node ?? {}) as { readonly paths?: Fields };
  const item = paths?.[path];
  const at = { node: item ?? paths, file: now.root.file };
  if (deprecated) return { rule: "api-removed-with-deprecation", text: `${name} was removed; it was deprecated`, level: "warning", at };
  const [rule, what] = item === undefined ? ["api-path-removed-without-deprecation", "the whole path was"] : ["api-removed-without-deprecation", "was"];
  return { rule, text: `${name}: ${what} removed`, level: "failure", at };
}

/** What holds a schema: the beginning of a rule's name, for the schema itself and for what is below it, and how a person calls it. */
interface Holder {
  readonly itself: string;
  readonly below: string;
  readonly name: string;
}

class OperationComparison {
  readonly #schemas: SchemaComparison;
  readonly #old: Operation;
  readonly #now: Operation;
  readonly #found: Break[] = [];

  constructor(schemas: SchemaComparison, old: Operation, now: Operation) {
    this.#schemas = schemas;
    this.#old = old;
    this.#now = now;
  }

  breaks(): readonly Break[] {
    this.#parameters();
    this.#body();
    this.#responses();
    this.#security();
    return this.#found;
  }

  #tell(rule: string, what: string, at: At | null, level: Break["level"] = "failure"): void {
    this.#found.push({ rule, text: `${this.#now.name}: ${what}`, level, at: at ?? this.#now.at });
  }

  #schema(old: Schema, now: Schema, direction: Direction, holder: Holder, most: Break["level"] = "failure"): void {
    for (const difference of this.#schemas.compare(old, now, direction)) {
      const level = most === "warning" ? most : difference.level;
      this.#tell(ruleOf(difference, holder), sentenceOf(difference, holder), difference.at, level);
    }
  }

  #parameters(): void {
    for (const [key, parameter] of this.#now.parameters) {
      const before = this.#old.parameters.get(key);
      const called = `the ${parameter.place} parameter \`${parameter.name}\``;
      if (before === undefined) {
        // One of the path is new where the path is; where it was forgotten before, callers give it already.
        if (parameter.required && parameter.place !== "path") this.#tell("new-required-request-parameter", `${called} is new and required`, parameter.at);
        continue;
      }
      if (parameter.required && !before.required && parameter.place !== "path") this.#tell("request-parameter-became-required", `${called} became required`, parameter.at);
      if (parameter.style !== before.style) this.#tell("request-parameter-style-changed", `${called} is written in another style`, parameter.at);
      this.#schema(schemaOf(before), schemaOf(parameter), "request", { itself: "request-parameter", below: "request-parameter-property", name: called });
    }
    for (const [key, { place, name }] of this.#old.parameters) {
      if (!this.#now.parameters.has(key) && place !== "path") this.#tell("request-parameter-removed", `the ${place} parameter \`${name}\` was removed`, null, "warning");
    }
  }

  #body(): void {
    const [before, after] = [this.#old.body, this.#now.body];
    if (after === null) {
      if (before !== null) this.#tell("request-body-removed", "the request body was removed", null, "warning");
      return;
    }
    if (before === null) {
      if (after.required) this.#tell("request-body-added-required", "a request body is new and required", after.at);
      return;
    }
    if (after.required && !before.required) this.#tell("request-body-became-required", "the request body became required", after.at);
    for (const [type, schema] of before.content) {
      const now = matching(after.content, type);
      if (now === undefined) this.#tell("request-body-media-type-removed", `the request body is taken as ${type} no more`, after.at);
      else this.#schema([schema], [now], "request", { itself: "request-body", below: "request-property", name: "request" });
    }
  }

  #responses(): void {
    for (const [status, before] of this.#old.responses) {
      const after = this.#now.responses.get(status) ?? this.#now.responses.get(`${status.charAt(0)}XX`);
      const success = /^[23]/.test(status);
      if (after !== undefined) this.#response(status, before, after);
      else if (success) this.#tell("response-success-status-removed", `the response ${status} was removed`, null);
      else this.#tell("response-non-success-status-removed", `the response ${status} was removed`, null, "warning");
    }
  }

  #response(status: string, before: Response, after: Response): void {
    for (const [type, schema] of before.content) {
      const now = matching(after.content, type);
      if (now === undefined) this.#tell("response-media-type-removed", `the response ${status} is given as ${type} no more`, after.at);
      else this.#schema([schema], [now], "response", { itself: "response-body", below: "response-property", name: `response ${status}` });
    }
    for (const [key, header] of before.headers) {
      const now = after.headers.get(key);
      const called = `the header \`${header.name}\` of the response ${status}`;
      if (now === undefined) this.#tell(header.required ? "required-response-header-removed" : "optional-response-header-removed", `${called} was removed`, after.at, header.required ? "failure" : "warning");
      else {
        if (header.required && !now.required) this.#tell("response-header-became-optional", `${called} is not always there any more`, now.at);
        // A header is text that few parse: that another form of it breaks somebody is not said.
        this.#schema(schemaOf(header), schemaOf(now), "response", { itself: "response-header", below: "response-header-property", name: called }, "warning");
      }
    }
  }

  /** Each way in which a caller could prove itself has to be enough still. */
  #security(): void {
    const ways = (operation: Operation): readonly Fields[] => (operation.security.length === 0 ? [{}] : operation.security);
    for (const old of ways(this.#old)) {
      const enough = ways(this.#now).some((now) => Object.entries(now).every(([scheme, scopes]) => scheme in old && listOf(scopes).every((scope) => listOf(old[scheme]).includes(scope))));
      if (enough) continue;
      const schemes = Object.keys(old);
      const same = ways(this.#now).some((now) => Object.keys(now).every((scheme) => scheme in old));
      if (schemes.length === 0) this.#tell("api-security-added", "callers have to prove who they are now", null);
      else if (same) this.#tell("api-security-scope-added", `${schemes.join(" with ")} needs more scopes`, null);
      else this.#tell("api-security-removed", `${schemes.join(" with ")} is not enough any more`, null);
    }
  }
}

const schemaOf = ({ schema }: Parameter): Schema => [schema ?? { node: true, file: "" }];

/** The media type itself, or a range that holds it. */
function matching(content: ReadonlyMap<string, At>, type: string): At | undefined {
  const bare = type.split(";")[0] ?? type;
  return content.get(type) ?? content.get(bare) ?? [...content].find(([one]) => one.split(";")[0] === bare)?.[1] ?? content.get(`${bare.split("/")[0]}/*`) ?? content.get("*/*");
}

/** Rules that oasdiff names as a whole. */
function ruleOf({ rule, property }: Difference, { itself, below }: Holder): string {
  if (/request|response/.test(rule)) return rule;
  return `${property === "" ? itself : below}-${rule}`;
}

function sentenceOf({ property, text }: Difference, { name, itself }: Holder): string {
  const isBody = itself === "request-body" || itself.startsWith("response-body");
  if (property !== "") return isBody ? `${name} property \`${property}\` ${text}` : `${name}, \`${property}\`: it ${text}`;
  return isBody ? `the ${name} ${itself === "request-body" ? "body " : ""}${text}` : `${name} ${text}`;
}

/** GitHub's own GraphQL schema, read once per process and only when somebody asks. */

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { buildASTSchema, GraphQLError, isScalarType, parse, validate } from "graphql";
import type { DocumentNode, GraphQLSchema } from "graphql";

let schema: GraphQLSchema | undefined;

export function githubSchema(): GraphQLSchema {
  if (schema !== undefined) return schema;
  const source = readFileSync(schemaFile(), "utf8");
  // GitHub publishes a valid schema: checking it again would cost more than building it.
  schema = buildASTSchema(parse(source, { noLocation: true }), { assumeValid: true, assumeValidSDL: true });
  checkScalars(schema);
  return schema;
}

/** The package exports its module only, so the file beside it is looked for where packages are. */
function schemaFile(): string {
  const name = "@octokit/graphql-schema";
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const found = folders.map((folder) => join(folder, name, "schema.graphql")).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`${name} is not installed: run npm install`);
  return found;
}

/** Custom scalars accept anything unless told otherwise; these are the ones a client gets wrong. */
function checkScalars(built: GraphQLSchema): void {
  const patterns: Readonly<Record<string, RegExp>> = {
    GitObjectID: /^[0-9a-f]{40}$/, Base64String: /^[A-Za-z0-9+/\s]*={0,2}\s*$/, DateTime: /^\d{4}-\d\d-\d\dT/, URI: /^[a-z][a-z0-9+.-]*:|^\//i,
  };
  for (const [name, pattern] of Object.entries(patterns)) {
    const type = built.getType(name);
    if (!isScalarType(type)) continue;
    const check = (value: unknown): unknown => {
      if (typeof value !== "string" || !pattern.test(value)) throw new TypeError(`${JSON.stringify(value)} is not a valid ${name}`);
      return value;
    };
    type.serialize = check;
    type.parseValue = check;
  }
}

export interface Checked {
  readonly document: DocumentNode | undefined;
  readonly errors: readonly GraphQLError[];
}

const checked = new Map<string, Checked>();

/** Parses and validates a query; the same text is looked at once. */
export function check(query: string): Checked {
  const known = checked.get(query);
  if (known !== undefined) return known;
  let result: Checked;
  try {
    const document = parse(query);
    // GitHub lets fields of one name differ in type where an object can only be one of the two; gh counts on that.
    const errors = validate(githubSchema(), document).filter((one) => !/they return conflicting types/.test(one.message));
    result = { document, errors };
  } catch (cause) {
    if (!(cause instanceof GraphQLError)) throw cause;
    result = { document: undefined, errors: [cause] };
  }
  if (checked.size > 500) checked.clear();
  checked.set(query, result);
  return result;
}

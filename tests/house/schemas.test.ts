// Every configuration file of ours has a JSON Schema that is written from the code that parses it, fits it, and names it.
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import * as v from "valibot";
import { parse } from "yaml";
// @ts-expect-error the tools are plain JavaScript
import { jsonSchemaOf } from "../../tools/generate/json-schema.mjs";
// @ts-expect-error the tools are plain JavaScript
import * as tools from "../../tools/generate/schemas.mjs";
import { read, ROOT, trackedFiles } from "../docs/blocks.ts";

interface Entry {
  readonly files: string;
  readonly schema: string;
}
const { registry, entryOf, schemaPath, schemaText, sourceOf, editorSettings, PUBLISHED } = tools as {
  registry: readonly Entry[];
  entryOf(file: string): Entry | undefined;
  schemaPath(name: string): string;
  schemaText(entry: Entry, root: string): Promise<string>;
  sourceOf(entry: Entry, root: string): Promise<v.GenericSchema>;
  editorSettings(): string;
  PUBLISHED: string;
};
const toJsonSchema = jsonSchemaOf as (schema: unknown) => object;

/** Files whose format is somebody else's, or that no person edits. */
const NOT_OURS: readonly (readonly [string, string])[] = [
  ["tests/fixtures/**", "what tests read"],
  ["src/sandbox/product/template/**", "the sample product, a repository of its own"],
  ["src/sandbox/product/template/.github/**", "the same"],
  ["dist/**", "built"],
  ["schemas/**", "the schemas themselves"],
  ["tools/generate/measured.json", "written by a test"],
  ["tools/lazy-exec/package.json", "npm's"],
  ["tools/lazy-http-client/package.json", "npm's"],
  ["tools/redis-commands/package.json", "npm's"],
  ["{package,package-lock,tsconfig,tsconfig.build,.oxlintrc}.json", "npm's, TypeScript's, oxlint's"],
  [".vscode/settings.json", "generated; VS Code's"],
  ["actions/*/action.yml", "GitHub's, which its own parser checks in the sandbox"],
  ["workflows-templates/*.yml", "GitHub's, checked by its own parser"],
  [".github/**", "GitHub's, and that of programs that look there"],
];

const everyFile = trackedFiles("*.yml", "*.yaml", "*.json", "*.jsonc");
const ours = everyFile.filter((file) => !NOT_OURS.some(([glob]) => path.matchesGlob(file, glob)));

/** What is wrong with a configuration file of this path and text. */
function problemsOf(file: string, text: string): string[] {
  const entry = entryOf(file);
  if (entry === undefined) return [`${file} has no schema: add it to the registry in tools/generate/schemas.mjs`];
  if (file.endsWith(".json")) return [];
  const named = /^# yaml-language-server: \$schema=(\S+)\r?\n/.exec(text)?.[1];
  if (named === undefined) return [`${file} does not name its schema: its first line has to be "# yaml-language-server: $schema=…"`];
  const wanted = schemaPath(entry.schema);
  const meant = named.startsWith(PUBLISHED) ? path.posix.join("schemas", named.slice(PUBLISHED.length)) : path.posix.join(path.posix.dirname(file), named);
  return meant === wanted ? [] : [`${file} names ${named}, and its schema is ${wanted}`];
}

const ajv = new Ajv({ allErrors: true, strict: true, strictTuples: false, allowUnionTypes: true });
const validators = new Map(registry.map(({ schema }) => [schema, ajv.compile(JSON.parse(read(schemaPath(schema))) as object)]));
const dataOf = (file: string): unknown => (file.endsWith(".json") ? JSON.parse(read(file)) : parse(read(file)));

test("the files that are looked at are there", () => {
  expect(ours).toEqual(expect.arrayContaining(["actions/rollback/catalog.yml", "workflows-templates/closed-loop.properties.json", "tools/programs.json"]));
  for (const { files } of registry) expect(ours.filter((file) => path.matchesGlob(file, files))).not.toEqual([]);
});

test("every configuration file is in the registry, and YAML names its schema in its first line", () => {
  expect(ours.flatMap((file) => problemsOf(file, read(file)))).toEqual([]);
});

test("a file that is not, or does not, is found", () => {
  const line = "# yaml-language-server: $schema=../../schemas/action-catalog.schema.json\n";
  expect(problemsOf("actions/a/catalog.yml", `${line}triggers: []\n`)).toEqual([]);
  expect(problemsOf("actions/a/catalog.yml", line.replace("../../schemas/", PUBLISHED))).toEqual([]);
  expect(problemsOf("actions/a/catalog.yml", `# a comment first\n${line}`)).toHaveLength(1);
  expect(problemsOf("actions/a/catalog.yml", line.replace("../../", "../"))).toHaveLength(1);
  expect(problemsOf("health.yaml", line)).toHaveLength(1);
});

test.each(registry.map(({ schema, files }) => [schema, files]))("%s fits every file of its kind", (schema, files) => {
  const validate = validators.get(schema);
  for (const file of ours.filter((one) => path.matchesGlob(one, files))) {
    validate?.(dataOf(file));
    expect([file, validate?.errors ?? []]).toEqual([file, []]);
  }
});

describe.each(registry)("$schema", (entry) => {
  test("is what the code parses with, written anew", async () => {
    expect(read(schemaPath(entry.schema))).toBe(await schemaText(entry, ROOT));
    expect(JSON.parse(read(schemaPath(entry.schema)))).toMatchObject({ $id: `${PUBLISHED}${entry.schema}.schema.json` });
  });

  test("refuses what the code refuses: a key too many, one too few, another type", async () => {
    const source = await sourceOf(entry, ROOT);
    const file = ours.find((one) => path.matchesGlob(one, entry.files)) ?? "";
    const good = dataOf(file) as Record<string, unknown>;
    const bad = mutationsOf(good);
    expect(bad.length).toBeGreaterThan(4);
    for (const data of [good, ...bad]) expect([data, validators.get(entry.schema)?.(data)]).toEqual([data, v.safeParse(source, data).success]);
    expect(bad.filter((data) => v.safeParse(source, data).success).length).toBeLessThan(bad.length / 2);
  });
});

/** The same with one thing wrong, at every depth. */
function mutationsOf(data: unknown): unknown[] {
  const wrong: unknown[] = [7, "", null, {}];
  // Not [] for an object: to valibot an empty array is an object without keys.
  if (Array.isArray(data)) return [...wrong, [], [...data, 7], ...data.flatMap((_, at) => [data.toSpliced(at, 1), ...mutationsOf(data[at]).map((one) => data.with(at, one))])];
  if (typeof data !== "object" || data === null) return wrong;
  const without = (key: string) => Object.fromEntries(Object.entries(data).filter(([one]) => one !== key));
  return [...wrong, { ...data, unknown: 1 }, ...Object.entries(data).flatMap(([key, value]) => [without(key), ...mutationsOf(value).map((one) => ({ ...data, [key]: one }))])];
}

test("JSON, which has no comments, is told to editors by .vscode/settings.json", () => {
  expect(read(".vscode/settings.json")).toBe(editorSettings());
  expect(editorSettings()).toContain("./schemas/template-properties.schema.json");
});

test("what JSON Schema could not say is refused by name", () => {
  expect(() => toJsonSchema(v.date())).toThrow(/`date`/);
  expect(() => toJsonSchema(v.pipe(v.string(), v.check((text) => text !== "no")))).toThrow(/`check`/);
  expect(() => toJsonSchema(v.pipe(v.string(), v.regex(/a/i)))).toThrow(/flags/);
  expect(toJsonSchema(v.object({ a: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(9)), 3), b: v.union([v.boolean(), v.literal("x")]) }))).toEqual({
    type: "object",
    properties: { a: { type: "integer", minimum: 1, maximum: 9, default: 3 }, b: { anyOf: [{ type: "boolean" }, { const: "x" }] } },
    required: ["b"],
  });
});

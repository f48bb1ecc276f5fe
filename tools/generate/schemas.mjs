// Which configuration file is described by which JSON Schema. The schema in `schemas/` is written from the valibot schema that
// the code itself parses the file with, so that an editor and the code cannot disagree.
//
// A file of YAML names its schema in its first line (`# yaml-language-server: $schema=…`), so that editors offer and check its
// keys wherever it is; JSON has no comments, so .vscode/settings.json says it. tests/house/schemas.test.ts finds every
// configuration file of the repository and fails when one is not listed here or lacks its line.

import path from "node:path";
import { pathToFileURL } from "node:url";
import { jsonSchemaOf } from "./json-schema.mjs";

/** Where the schemas can be read from the outside: people who copy a file point its first line there. */
export const PUBLISHED = "https://raw.githubusercontent.com/org/instant/main/schemas/";

/** @type {readonly { files: string, schema: string, from: { module: string, name: string } }[]} `files` is a glob from the top. */
export const registry = [
  { files: "actions/*/catalog.yml", schema: "action-catalog", from: { module: "tools/generate/own-files.mjs", name: "Catalog" } },
  { files: "workflows-templates/*.properties.json", schema: "template-properties", from: { module: "tools/generate/own-files.mjs", name: "TemplateProperties" } },
  { files: "actions/post-deploy-health/*.example.yaml", schema: "health", from: { module: "src/stages/post-deploy-health/plan/schema.ts", name: "HealthFile" } },
  { files: "tools/programs.json", schema: "programs", from: { module: "tools/generate/own-files.mjs", name: "Programs" } },
];

export const schemaPath = (name) => `schemas/${name}.schema.json`;

/** The registry's entry for a file, by its path from the top with forward slashes. */
export const entryOf = (file, entries = registry) => entries.find(({ files }) => path.matchesGlob(file, files));

/** The valibot schema that the code parses a kind of file with. */
export async function sourceOf({ from }, root) {
  const exports = await import(pathToFileURL(path.join(root, from.module)).href);
  if (exports[from.name] === undefined) throw new Error(`${from.module} exports no ${from.name}`);
  return exports[from.name];
}

/** The text of a schema file. */
export async function schemaText(entry, root) {
  const schema = { $schema: "http://json-schema.org/draft-07/schema#", $id: `${PUBLISHED}${entry.schema}.schema.json`, ...jsonSchemaOf(await sourceOf(entry, root)) };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** What makes VS Code apply the schemas to files of JSON. */
export function editorSettings(entries = registry) {
  const json = entries.filter(({ files }) => files.endsWith(".json")).map(({ files, schema }) => ({ fileMatch: [`/${files}`], url: `./${schemaPath(schema)}` }));
  return `${JSON.stringify({ "json.schemas": json }, null, 2)}\n`;
}

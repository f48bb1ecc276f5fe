// npm run generate: writes what would otherwise drift. Between markers in actions/<name>/README.md the tables of permissions,
// triggers, inputs, outputs and cost; action-catalog.md; the JSON Schemas of our configuration files in schemas/, and
// .vscode/settings.json, which applies those for JSON. With --check it writes nothing and fails when something is out of date.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { readActions } from "./generate/actions.mjs";
import { fill } from "./generate/markdown.mjs";
import { editorSettings, registry, schemaPath, schemaText } from "./generate/schemas.mjs";
import { catalogPage, sectionsOf } from "./generate/sections.mjs";

const args = process.argv.slice(2);
const check = args.includes("--check");
const at = args.indexOf("--root");
const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const root = at === -1 ? home : path.resolve(args[at + 1]);
const problems = [];

function save(file, text) {
  const absolute = path.join(root, file);
  const current = existsSync(absolute) ? readFileSync(absolute, "utf8") : undefined;
  if (current === text) return;
  if (check) problems.push(`${file} is out of date.`);
  else {
    mkdirSync(path.dirname(absolute), { recursive: true });
    writeFileSync(absolute, text);
    console.log(`wrote ${file}`);
  }
}

const { actions, count } = await readActions(root, (problem) => void problems.push(problem));
for (const action of actions) {
  const file = `actions/${action.name}/README.md`;
  save(file, fill(readFileSync(path.join(root, file), "utf8"), sectionsOf(action), (problem) => problems.push(`${file}: ${problem}`)));
}
// Half a catalog would look like a whole one.
if (actions.length === count) save("action-catalog.md", catalogPage(actions));
for (const entry of registry) save(schemaPath(entry.schema), await schemaText(entry, home));
save(".vscode/settings.json", editorSettings());

if (problems.length > 0) {
  console.error(`generate:\n${problems.map((problem) => `- ${problem}`).join("\n")}`);
  if (check) console.error("Run `npm run generate` and commit what it writes.");
  process.exitCode = 1;
}

// npm run generate: writes the tables of inputs and outputs (and permissions) in actions/<name>/README.md, between markers, and
// action-catalog.md. With --check it writes nothing and fails when something is out of date.
// Sources: action.yml for inputs and outputs, catalog.yml beside it for triggers, permissions and side effects. Another test
// holds catalog.yml against the templates, so a permission is written down once and proved once.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** The order of the loop; actions not named here follow by name. */
const LOOP = [
  "event-router", "agent-pool", "faq-generate", "fast-ci", "auto-merge-gate", "post-deploy-health", "rollback",
  "governance-check", "diagnose", "pipeline-report",
];
const MARKERS = ["inputs", "outputs", "permissions"];
/** A README may tell its permissions in its own words; a test holds those against catalog.yml. */
const OPTIONAL = ["permissions"];
const NOTE = "<!-- Written by `npm run generate` from action.yml and catalog.yml; edit those. -->";

const args = process.argv.slice(2);
const check = args.includes("--check");
const at = args.indexOf("--root");
const root = at === -1 ? path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..") : path.resolve(args[at + 1]);
const problems = [];

/** A value inside a cell of a Markdown table: one line, with pipes escaped. */
const cell = (text) => String(text ?? "").replaceAll(/\s*\n\s*/g, " ").replaceAll("|", "\\|").trim();
const code = (text) => (text === "" ? "" : `\`${cell(text).replaceAll("`", "ˋ")}\``);
const table = (head, rows) => [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

function inputsTable({ inputs = {} }) {
  const rows = Object.entries(inputs).map(([name, { description, required, default: fallback }]) => [
    code(name), cell(description), required ? "**required**" : code(String(fallback ?? "")) || "empty",
  ]);
  return rows.length === 0 ? "It takes none." : table(["input", "what it is", "default"], rows);
}

function outputsTable({ outputs = {} }) {
  const rows = Object.entries(outputs).map(([name, { description }]) => [code(name), cell(description)]);
  return rows.length === 0 ? "It gives none." : table(["output", "what it is"], rows);
}

function permissionsTable({ permissions }) {
  const rows = Object.entries(permissions).map(([name, [level, why, when]]) => [
    code(`${name}: ${level}`), cell(why) + (when ? ` (${cell(when)})` : ""),
  ]);
  return rows.length === 0 ? "It needs none." : table(["permission", "why"], rows);
}

function checkCatalog(name, catalog) {
  const wrong = (what) => problems.push(`actions/${name}/catalog.yml: ${what}`);
  for (const key of ["triggers", "side-effects"]) {
    if (!Array.isArray(catalog?.[key]) || catalog[key].some((item) => typeof item !== "string")) wrong(`\`${key}\` must be a list of texts.`);
  }
  const permissions = catalog?.permissions;
  if (typeof permissions !== "object" || permissions === null || Array.isArray(permissions)) return wrong("`permissions` must be a map.");
  for (const [permission, value] of Object.entries(permissions)) {
    const [level, why] = Array.isArray(value) ? value : [];
    if (!["read", "write"].includes(level) || typeof why !== "string") {
      wrong(`\`permissions.${permission}\` must be [read or write, why, and when if not always].`);
    }
  }
  return undefined;
}

function readAction(name) {
  const folder = path.join(root, "actions", name);
  const missing = ["README.md", "catalog.yml"].filter((file) => !existsSync(path.join(folder, file)));
  for (const file of missing) problems.push(`actions/${name}/${file} is missing.`);
  if (missing.length > 0) return undefined;
  const read = (file) => parse(readFileSync(path.join(folder, file), "utf8"));
  const before = problems.length;
  const action = { name, folder, contract: read("action.yml"), catalog: read("catalog.yml") };
  checkCatalog(name, action.catalog);
  return problems.length === before ? action : undefined;
}

function fill(text, file, sections) {
  return MARKERS.reduce((filled, marker) => {
    const [open, close] = [`<!-- ${marker} -->`, `<!-- /${marker} -->`];
    const [from, to] = [filled.indexOf(open), filled.indexOf(close)];
    if (from === -1 || to < from) {
      if (!OPTIONAL.includes(marker) || from !== to) problems.push(`${file}: the markers ${open} and ${close} are missing.`);
      return filled;
    }
    return `${filled.slice(0, from + open.length)}\n${sections[marker]}\n${filled.slice(to)}`;
  }, text);
}

function save(file, text) {
  const absolute = path.join(root, file);
  const current = existsSync(absolute) ? readFileSync(absolute, "utf8") : "";
  if (current === text) return;
  if (check) problems.push(`${file} is out of date.`);
  else {
    writeFileSync(absolute, text);
    console.log(`wrote ${file}`);
  }
}

function sectionsOf({ contract, catalog }) {
  return { inputs: inputsTable(contract), outputs: outputsTable(contract), permissions: permissionsTable(catalog) };
}

function catalogEntry(action) {
  const { name, contract, catalog } = action;
  const { inputs, outputs, permissions } = sectionsOf(action);
  const list = (items) => (items.length === 0 ? "None." : items.map((item) => `- ${item}`).join("\n"));
  return [
    `## [${name}](actions/${name}/README.md)`, contract.description,
    "Triggered by:", list(catalog.triggers), "Permissions:", permissions,
    "Side effects:", list(catalog["side-effects"]), "Inputs:", inputs, "Outputs:", outputs,
  ].join("\n\n");
}

function overview(actions) {
  const rows = actions.map(({ name, contract, catalog }) => [
    `[${name}](#${name})`, cell(contract.description),
    Object.entries(catalog.permissions).map(([permission, [level, , when]]) => code(`${permission}: ${level}`) + (when ? "\\*" : "")).join(", "),
  ]);
  return `${table(["action", "does", "permissions"], rows)}\n\n\\* only in the case named below.`;
}

const order = (name) => (LOOP.includes(name) ? LOOP.indexOf(name) : LOOP.length);
const names = readdirSync(path.join(root, "actions"))
  .filter((name) => existsSync(path.join(root, "actions", name, "action.yml")))
  .sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1));
const actions = names.map(readAction).filter((action) => action !== undefined);
for (const action of actions) {
  const file = `actions/${action.name}/README.md`;
  const text = readFileSync(path.join(root, file), "utf8");
  save(file, fill(text, file, sectionsOf(action)));
}
if (actions.length === names.length) {
  save("action-catalog.md", `${["# The actions", NOTE, overview(actions), ...actions.map(catalogEntry)].join("\n\n")}\n`);
}
if (problems.length > 0) {
  console.error(`generate:\n${problems.map((problem) => `- ${problem}`).join("\n")}`);
  if (check) console.error("Run `npm run generate` and commit what it writes.");
  process.exitCode = 1;
}

// The generated parts of an action's README and of action-catalog.md.

import { cell, code, list, table } from "./markdown.mjs";

const NOTE = "<!-- Written by `npm run generate` from action.yml, catalog.yml, policy.ts and measured.json; edit those. -->";

function inputsTable({ contract, specs }) {
  const rows = Object.entries(contract.inputs ?? {}).map(([name, { description, required, default: fallback }]) => [
    code(name), cell(specs[name].type), required ? "**required**" : code(String(fallback ?? "").trim().replaceAll("\n", ", ")) || "empty", cell(description),
  ]);
  return rows.length === 0 ? "It takes none." : table(["input", "type", "default", "what it is"], rows);
}

function outputsTable({ contract }) {
  const rows = Object.entries(contract.outputs ?? {}).map(([name, { description }]) => [code(name), cell(description)]);
  return rows.length === 0 ? "It gives none." : table(["output", "what it is"], rows);
}

function permissionsTable({ catalog }) {
  const rows = Object.entries(catalog.permissions).map(([name, [level, why, when]]) => [code(`${name}: ${level}`), cell(why), when ? cell(when) : "always"]);
  return rows.length === 0 ? "It needs none." : table(["permission", "why", "when"], rows);
}

/** @param all also which requests they are. */
function costTable({ costs }, all) {
  if (costs.length === 0) return "Not measured.";
  const rows = costs.map(({ what, requests, budget, which }) => [
    cell(what), String(requests), budget === undefined ? "" : `at most ${budget}`, ...(all ? [which.map(code).join(", ")] : []),
  ]);
  return table(["GitHub API requests, as a test counts them", "made", "budget", ...(all ? ["which"] : [])], rows);
}

/** What stands between the markers of a README, by the marker's name. */
export const sectionsOf = (action) => ({
  permissions: permissionsTable(action),
  triggers: list(action.catalog.triggers),
  inputs: inputsTable(action),
  outputs: outputsTable(action),
  cost: costTable(action, false),
});

function entry(action) {
  const { name, contract, catalog } = action;
  const { inputs, outputs, permissions, triggers } = sectionsOf(action);
  return [
    `## [${name}](actions/${name}/README.md)`, contract.description,
    "Triggered by:", triggers, "Permissions:", permissions,
    "Side effects:", list(catalog["side-effects"]), "Cost:", costTable(action, true), "Inputs:", inputs, "Outputs:", outputs,
  ].join("\n\n");
}

function overview(actions) {
  const rows = actions.map(({ name, contract, catalog, costs }) => [
    `[${name}](#${name})`, cell(contract.description),
    Object.entries(catalog.permissions).map(([permission, [level, , when]]) => code(`${permission}: ${level}`) + (when ? "\\*" : "")).join(", "),
    costs.length === 0 ? "" : String(costs[0].requests),
  ]);
  return `${table(["action", "does", "permissions", "API requests"], rows)}\n\n\\* only in the case named below. API requests: those of the first case below; routes begin at \`/repos/{owner}/{repo}\`.`;
}

/** The whole of action-catalog.md. */
export const catalogPage = (actions) => `${["# The actions", NOTE, overview(actions), ...actions.map(entry)].join("\n\n")}\n`;

// What is known of every action: action.yml (inputs and outputs, with defaults), the stage's own specs (types), catalog.yml
// (triggers, permissions, side effects) and measured.json (requests, written by a test).

import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import * as v from "valibot";
import { parse } from "yaml";
import { Catalog } from "./own-files.mjs";

/** The order of the loop; actions not named here follow by name. */
const LOOP = [
  "event-router", "agent-pool", "faq-generate", "fast-ci", "auto-merge-gate", "post-deploy-health", "rollback",
  "governance-check", "diagnose", "pipeline-report",
];
export const MEASURED = "tools/generate/measured.json";

/**
 * Reads every action below `actions/`.
 * @param problem is told everything that is wrong with the sources.
 * @returns the actions that are fine, in the order of the loop, and how many there are in all.
 */
export async function readActions(root, problem) {
  const order = (name) => (LOOP.includes(name) ? LOOP.indexOf(name) : LOOP.length);
  const names = readdirSync(path.join(root, "actions"))
    .filter((name) => existsSync(path.join(root, "actions", name, "action.yml")))
    .sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1));
  const measured = existsSync(path.join(root, MEASURED)) ? JSON.parse(readFileSync(path.join(root, MEASURED), "utf8")) : {};
  const actions = [];
  for (const name of names) actions.push(await readAction(name, { root, problem, costs: measured[name] ?? [] }));
  return { actions: actions.filter((action) => action !== undefined), count: names.length };
}

async function readAction(name, { root, problem, costs }) {
  const folder = path.join(root, "actions", name);
  const missing = ["README.md", "catalog.yml"].filter((file) => !existsSync(path.join(folder, file)));
  for (const file of missing) problem(`actions/${name}/${file} is missing.`);
  if (missing.length > 0) return undefined;
  const read = (file) => parse(readFileSync(path.join(folder, file), "utf8"));
  const contract = read("action.yml");
  const catalog = v.safeParse(Catalog, read("catalog.yml"));
  for (const issue of catalog.issues ?? []) problem(`actions/${name}/catalog.yml: \`${v.getDotPath(issue) ?? "the file"}\`: ${issue.message}.`);
  const specs = await specsOf(name, root, problem);
  const same = compareInputs(name, contract.inputs ?? {}, specs ?? {}, problem);
  return catalog.success && specs !== undefined && same ? { name, contract, catalog: catalog.output, specs, costs } : undefined;
}

/** The inputs of the stage as the code reads them. */
async function specsOf(name, root, problem) {
  const file = `src/stages/${name}/policy.ts`;
  if (!existsSync(path.join(root, file))) return problem(`${file} is missing: it exports the \`inputs\` of the action.`);
  const { inputs } = await import(pathToFileURL(path.join(root, file)).href);
  return inputs === undefined ? problem(`${file} exports no \`inputs\`.`) : inputs;
}

function compareInputs(name, contract, specs, problem) {
  const [only, unknown] = [Object.keys(specs).filter((input) => !(input in contract)), Object.keys(contract).filter((input) => !(input in specs))];
  for (const input of only) problem(`actions/${name}/action.yml: the code reads an input \`${input}\` that stands here nowhere.`);
  for (const input of unknown) problem(`actions/${name}/action.yml: the code reads no input \`${input}\`.`);
  return only.length + unknown.length === 0;
}

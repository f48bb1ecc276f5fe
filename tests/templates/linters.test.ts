import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { testWith } from "../programs/support.ts";
import { ROOT, templateNames } from "./support.ts";

const POLICY = ".github/zizmor.yml";
const WORKFLOWS = ".github/workflows";
const own = existsSync(path.join(ROOT, WORKFLOWS)) ? readdirSync(path.join(ROOT, WORKFLOWS)).filter((name) => /\.ya?ml$/.test(name)) : [];
const files = [...templateNames.map((name) => `workflows-templates/${name}`), ...own.map((name) => `${WORKFLOWS}/${name}`)];
const policyText = readFileSync(path.join(ROOT, POLICY), "utf8");

interface Rule {
  readonly disable?: boolean;
  readonly ignore?: readonly string[];
}

const { rules } = parse(policyText) as { rules: Record<string, Rule> };

interface Finding {
  readonly ident: string;
  readonly desc: string;
  readonly locations: readonly { readonly symbolic: { readonly key: { readonly Local?: { readonly verbatim_path: string } } } }[];
}

/** What zizmor finds, offline and with the strictest persona. */
function zizmor(program: string, args: readonly string[]): string[] {
  const { stdout, stderr } = spawnSync(program, ["--offline", "--no-progress", "--persona", "auditor", "--strict-collection", "--format", "json", ...args, ...files], { cwd: ROOT, encoding: "utf8" });
  if (!stdout.startsWith("[")) throw new Error(`zizmor did not look: ${stderr}`);
  const found = JSON.parse(stdout) as Finding[];
  return found.map(({ ident, locations }) => `${ident} ${path.basename(locations[0]?.symbolic.key.Local?.verbatim_path ?? "")}`);
}

testWith(["actionlint"], "actionlint finds nothing in the templates and in this repository's workflows", async ({ actionlint = "" }) => {
  // What other linters it finds on a machine must not decide.
  const { status, stdout, stderr } = spawnSync(actionlint, ["-shellcheck=", "-pyflakes=", "-no-color", ...files], { cwd: ROOT, encoding: "utf8" });
  expect([status, stdout, stderr]).toEqual([0, "", ""]);
}, 60_000);

testWith(["zizmor"], "zizmor finds nothing but what the policy excepts, at its strictest", async ({ zizmor: program = "" }) => {
  expect(zizmor(program, ["--config", POLICY])).toEqual([]);
}, 60_000);

testWith(["zizmor"], "every exception of the policy is still needed", async ({ zizmor: program = "" }) => {
  const found = new Set(zizmor(program, ["--no-config"]));
  const needed = Object.entries(rules).flatMap(([rule, { ignore = [] }]) => ignore.map((file) => `${rule} ${file.split(":")[0] ?? ""}`));
  expect(needed.filter((one) => !found.has(one))).toEqual([]);
  for (const rule of Object.keys(rules)) expect([rule, [...found].some((one) => one.startsWith(`${rule} `))]).toEqual([rule, true]);
}, 60_000);

test("every exception has its reason in the lines above it", () => {
  const lines = policyText.split("\n");
  const exceptions = lines.flatMap((line, index) => (/^\s+(?:- |disable:|\S*\/\*: |"\*": )/.test(line) ? [index] : []));
  expect(exceptions.length).toBeGreaterThan(5);
  expect(exceptions.filter((index) => !/^\s+# .{15}/.test(lines[index - 1] ?? "")).map((index) => lines[index])).toEqual([]);
});

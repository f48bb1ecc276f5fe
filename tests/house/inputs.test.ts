import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { type InputSpecs, parseInputs } from "../../src/kit/inputs.ts";
import { rowsOf } from "../docs/blocks.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const names = readdirSync(`${ROOT}actions`).filter((name) => !name.endsWith(".ts"));

interface Contract {
  readonly inputs: Readonly<Record<string, { readonly required?: boolean; readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly runs: { readonly using: string; readonly main: string };
}

/** Inputs whose empty text means something of its own, so that the default can only stand in action.yml. */
const ONLY_IN_CONTRACT = new Set(["token", "deploy-input", "health-json"]);

describe.each(names)("%s", (name) => {
  const contract = parse(readFileSync(`${ROOT}actions/${name}/action.yml`, "utf8")) as Contract;

  test("takes the same inputs in code and in action.yml, with the same defaults", async () => {
    const { inputs: specs } = (await import(`../../src/stages/${name}/policy.ts`)) as { inputs: InputSpecs };
    expect(Object.keys(contract.inputs).sort()).toEqual(Object.keys(specs).sort());
    for (const [input, spec] of Object.entries(specs)) {
      const { required = false, default: text = "" } = contract.inputs[input] ?? {};
      if (ONLY_IN_CONTRACT.has(input)) continue;
      expect([input, required]).toEqual([input, spec.fallback === undefined]);
      if (spec.fallback === undefined) continue;
      const [value] = Object.values(parseInputs({ [input]: spec }, () => text));
      expect([input, value]).toEqual([input, spec.fallback]);
    }
  });

  test("tells in its README, and in the catalog, of the same inputs and outputs, with the types of the code", async () => {
    const { inputs: specs } = (await import(`../../src/stages/${name}/policy.ts`)) as { inputs: InputSpecs };
    const catalog = readFileSync(`${ROOT}action-catalog.md`, "utf8").split(/^## /m).find((section) => section.startsWith(`[${name}]`)) ?? "";
    for (const text of [readFileSync(`${ROOT}actions/${name}/README.md`, "utf8"), catalog]) {
      const told = new Map(rowsOf(text, "input").map(([input = "", type = ""]) => [input.replaceAll("`", ""), type]));
      expect([...told.keys()].sort()).toEqual(Object.keys(specs).sort());
      for (const [input, type] of told) expect([input, type]).toEqual([input, specs[input]?.type]);
      expect(rowsOf(text, "output").map(([output = ""]) => output.replaceAll("`", "")).sort()).toEqual(Object.keys(contract.outputs).sort());
    }
  });

  test("runs the committed bundle on Node 24", () => {
    expect(contract.runs).toMatchObject({ using: "node24", main: `../../dist/${name}/index.js` });
  });
});

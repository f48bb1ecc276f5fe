import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { type InputSpecs, parseInputs } from "../../src/kit/inputs.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const names = readdirSync(`${ROOT}actions`);

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

  test("runs the committed bundle on Node 24", () => {
    expect(contract.runs).toMatchObject({ using: "node24", main: `../../dist/${name}/index.js` });
  });
});

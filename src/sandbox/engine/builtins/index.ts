/** The actions that the engine brings itself. */
import { checkout } from "./checkout.ts";
import { createGithubAppToken } from "./create-github-app-token.ts";
import { downloadArtifact } from "./download-artifact.ts";
import { setupNode } from "./setup-node.ts";
import { uploadArtifact } from "./upload-artifact.ts";
import type { Builtin } from "./builtin.ts";
import type { StepCall } from "../call.ts";
import { fieldsOf } from "../model.ts";

const BUILTINS: Readonly<Record<string, Builtin>> = {
  "actions/checkout": checkout,
  "actions/upload-artifact": uploadArtifact,
  "actions/download-artifact": downloadArtifact,
  "actions/setup-node": setupNode,
  "actions/create-github-app-token": createGithubAppToken,
};

function lowerKeys(given: Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Object.entries(given).map(([name, value]) => [name.toLowerCase(), value === null ? "" : String(value)]);
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Why a built-in action cannot do what a step's `with` asks; each reason names the input. */
export function builtinRefusals(name: string, given: unknown): readonly string[] {
  const builtin = BUILTINS[name];
  if (!builtin) return [`${name} is not built in`];
  const inputs = lowerKeys(fieldsOf(given));
  const unknown = Object.keys(inputs)
    .filter((input) => !(input in builtin.defaults))
    .map((input) => `input "${input}" is not supported by the sandbox`);
  // What an expression will give is not known yet; it is judged again when the step runs.
  const known = Object.fromEntries(Object.entries(inputs).filter(([, value]) => !value.includes("${{")));
  return [...unknown, ...builtin.refusals(known)];
}

/** Runs a built-in action. */
export async function runBuiltin(call: StepCall, name: string, given: Readonly<Record<string, string>>): Promise<boolean> {
  const reasons = builtinRefusals(name, given);
  if (reasons.length > 0) throw new Error(`${name}: ${reasons.join("; ")}`);
  const builtin = BUILTINS[name] as Builtin;
  await builtin.run({ ...call, inputs: { ...builtin.defaults, ...lowerKeys(given) } });
  return true;
}

/** actions/download-artifact, from the artifacts of this run. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { isTrue, onlyDefaults } from "./builtin.ts";
import type { Builtin } from "./builtin.ts";
import { globToRegExp } from "../glob.ts";

export const downloadArtifact: Builtin = {
  defaults: {
    "artifact-ids": "", "digest-mismatch": "error", "github-token": "", "merge-multiple": "false", "name": "", "path": "",
    "pattern": "", "repository": "", "run-id": "", "skip-decompress": "false",
  },
  refusals: (inputs) => onlyDefaults(inputs, { "artifact-ids": [""], "repository": [""], "skip-decompress": ["false", ""] }),
  run: async ({ state, inputs, outputs, sink }) => {
    const runId = inputs["run-id"] ? Number(inputs["run-id"]) : state.request.runId;
    const path = (inputs["path"] || ".").replace(/^~(?=$|\/)/, state.folders.home);
    const folder = resolve(state.folders.workspace, path);
    const load = async (name: string, into: string) => {
      mkdirSync(into, { recursive: true });
      const found = await state.host.artifacts.load(runId, name, into);
      if (!found) throw new Error(`Unable to download artifact(s): Artifact not found for name: ${name}`);
      sink.log(`Artifact ${name} is in ${into}`);
    };
    outputs["download-path"] = folder;
    if (inputs["name"]) return load(inputs["name"], folder);
    const all = await state.host.artifacts.list(runId);
    const pattern = inputs["pattern"];
    const names = pattern ? all.filter((name) => globToRegExp(pattern).test(name)) : all;
    sink.log(`${names.length} artifact(s) to download`);
    for (const name of names) await load(name, isTrue(inputs["merge-multiple"]) ? folder : join(folder, name));
  },
};

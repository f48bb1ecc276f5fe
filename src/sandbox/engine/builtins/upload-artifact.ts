/** actions/upload-artifact, to the run's artifacts. */
import { dirname, join, sep } from "node:path";
import { isTrue, onlyDefaults } from "./builtin.ts";
import type { Builtin } from "./builtin.ts";
import { findFiles } from "../glob.ts";

const MISSING = ["warn", "error", "ignore"];

export const uploadArtifact: Builtin = {
  defaults: {
    "archive": "true", "compression-level": "6", "if-no-files-found": "warn", "include-hidden-files": "false",
    "name": "artifact", "overwrite": "false", "path": "", "retention-days": "",
  },
  refusals: (inputs) => {
    const reasons = onlyDefaults(inputs, { archive: ["true", ""] });
    const missing = inputs["if-no-files-found"];
    if (missing !== undefined && !MISSING.includes(missing)) {
      reasons.push(`input "if-no-files-found: ${missing}" is none of ${MISSING.join(", ")}`);
    }
    return reasons;
  },
  run: async ({ state, inputs, outputs, sink }) => {
    const name = checkedName(inputs["name"] ?? "");
    const path = inputs["path"] ?? "";
    if (path.trim() === "") throw new Error("Input required and not supplied: path");
    const skipHidden = !isTrue(inputs["include-hidden-files"]);
    const { files, roots } = findFiles(path, state.folders.workspace, { skipHidden });
    if (files.length === 0) {
      const message = `No files were found with the provided path: ${path}. No artifacts will be uploaded.`;
      if (inputs["if-no-files-found"] === "error") throw new Error(message);
      sink.log(message, inputs["if-no-files-found"] === "warn" ? "warning" : "info", { message });
      return;
    }
    const { runId } = state.request;
    if (!isTrue(inputs["overwrite"]) && (await state.host.artifacts.list(runId)).includes(name)) {
      throw new Error(
        `Failed to CreateArtifact: (409) Conflict: an artifact named '${name}' exists in this run; set overwrite: true`,
      );
    }
    const { id, digest } = await state.host.artifacts.save(runId, name, rootOf(files, roots), files);
    outputs["artifact-id"] = String(id);
    outputs["artifact-digest"] = digest;
    outputs["artifact-url"] = `${state.host.urls.server}/${state.request.repository}/actions/runs/${runId}/artifacts/${id}`;
    sink.log(`Artifact ${name} has been successfully uploaded: ${files.length} file(s), digest ${digest}`);
  },
};

function checkedName(name: string): string {
  if (name === "" || /[":<>|*?\r\n\\/]/.test(name)) {
    throw new Error(`The artifact name is not valid: ${name}. It must not be empty nor hold any of " : < > | * ? \\ /`);
  }
  return name;
}

/** Paths in the artifact begin at what all roots share; a single file lies at the top. */
function rootOf(files: readonly string[], roots: readonly string[]): string {
  const [first = sep] = roots;
  if (roots.length === 1) return files.length === 1 && files[0] === first ? dirname(first) : first;
  const parts = roots.map((root) => root.split(sep));
  const [shortest = []] = [...parts].sort((one, other) => one.length - other.length);
  let shared = 0;
  while (shared < shortest.length && parts.every((other) => other[shared] === shortest[shared])) shared += 1;
  const common = shortest.slice(0, shared).join(sep) || sep;
  // A root that is a file is no folder to begin at.
  return files.includes(common) ? dirname(common) : join(common);
}

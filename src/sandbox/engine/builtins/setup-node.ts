/** actions/setup-node: the Node of this machine is the one that runs the engine, and it is on the PATH already. */
import type { Builtin } from "./builtin.ts";

export const setupNode: Builtin = {
  defaults: {
    "always-auth": "", "architecture": "", "cache": "", "cache-dependency-path": "", "check-latest": "", "mirror": "",
    "mirror-token": "", "node-version": "", "node-version-file": "", "package-manager-cache": "", "registry-url": "",
    "scope": "", "token": "",
  },
  refusals: () => [],
  run: async ({ inputs, outputs, sink }) => {
    const wanted = inputs["node-version"];
    sink.log(`Node ${process.version} of this machine is used${wanted ? ` (asked for: ${wanted})` : ""}.`);
    outputs["node-version"] = process.version;
    outputs["cache-hit"] = "false";
  },
};

/** Artifacts of runs: kept as folders, copied in and out. */

import { createHash } from "node:crypto";
import { cp, mkdir, readFile, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

import type { EngineHost } from "../../engine/port.ts";
import type { WorkflowRun } from "../types.ts";
import type { World } from "../world.ts";

export function artifactStore(world: World, find: (runId: number) => WorkflowRun): EngineHost["artifacts"] {
  // Of this attempt: a run that is started again uploads under the same names.
  const ofRun = (runId: number) => {
    const run = find(runId);
    return run.repository.artifacts.filter((one) => one.run === run && one.attempt === run.attempt);
  };
  return {
    async save(runId, name, root, files) {
      const run = find(runId);
      const id = world.nextId();
      const dir = join(world.root, "artifacts", String(id));
      await mkdir(dir, { recursive: true });
      const hash = createHash("sha256");
      let size = 0;
      for (const file of [...files].sort()) {
        const inside = relative(root, file);
        const target = join(dir, inside);
        await mkdir(dirname(target), { recursive: true });
        await cp(file, target, { recursive: true });
        if (!(await stat(file)).isFile()) continue;
        const content = await readFile(file);
        size += content.length;
        hash.update(`${inside.replaceAll("\\", "/")}\0${content.length}\0`).update(content);
      }
      const digest = `sha256:${hash.digest("hex")}`;
      run.repository.artifacts.push({
        id, run, attempt: run.attempt, name, dir, size, digest, nodeId: world.nodeId("AR", id), repository: run.repository, createdAt: world.now(),
      });
      return { id, digest };
    },
    async load(runId, name, directory) {
      const found = ofRun(runId).findLast((one) => one.name === name);
      if (found === undefined) return undefined;
      await cp(found.dir, directory, { recursive: true });
      return { id: found.id };
    },
    async list(runId) {
      return [...new Set(ofRun(runId).map((one) => one.name))];
    },
  };
}

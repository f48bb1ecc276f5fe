/** The workflows of a repository: one for each file that was ever seen. */

import { workflowFiles } from "./trigger.ts";
import type { Repository, Workflow } from "../types.ts";
import type { World } from "../world.ts";
import type { WorkflowLanguage } from "./language.ts";

/** The workflow of a file, registered when it is new and renamed when the file says so. */
export function registered(world: World, repository: Repository, path: string, name: string): Workflow {
  const known = repository.workflows.get(path);
  if (known !== undefined) {
    known.name = name;
    return known;
  }
  const id = world.nextId();
  const now = world.now();
  const workflow: Workflow = {
    id, repository, path, name, nodeId: world.nodeId("W", id), state: "active", createdAt: now, updatedAt: now, nextRunNumber: 1,
  };
  repository.workflows.set(path, workflow);
  return workflow;
}

/** Workflows of the default branch and those seen before, newly seen ones registered. */
export async function workflowsOf(world: World, language: WorkflowLanguage, repository: Repository): Promise<Workflow[]> {
  const tip = repository.git.ref(`refs/heads/${repository.defaultBranch}`);
  if (tip !== undefined) {
    for (const [path, source] of await workflowFiles(repository, tip)) {
      registered(world, repository, path, language.workflowName(source, path));
    }
  }
  return [...repository.workflows.values()];
}

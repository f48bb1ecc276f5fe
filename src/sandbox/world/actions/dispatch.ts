/** What a `workflow_dispatch` asks for, checked. */

import { ApiError, notFound } from "../errors.ts";
import type { Account, Repository } from "../types.ts";
import type { World } from "../world.ts";
import { matches } from "./language.ts";
import type { WorkflowLanguage } from "./language.ts";
import type { RunSubject } from "./new-run.ts";
import { workflowsOf } from "./workflows.ts";

export interface Dispatch {
  readonly actor: Account;
  readonly repository: Repository;
  /** Id, path or file name. */
  readonly workflowFile: string;
  /** Full, or the short name of a branch or a tag. */
  readonly ref: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

export type DispatchPayload = (
  repository: Repository, actor: Account, workflow: string, ref: string, inputs: Readonly<Record<string, unknown>>,
) => Readonly<Record<string, unknown>>;

/** GitHub's limit of inputs of a workflow_dispatch. */
const maxInputs = 25;

/** @throws ApiError 404 for an unknown workflow; 422 for a bad ref, a missing trigger or bad inputs. */
export async function dispatchedRun(
  world: World,
  language: WorkflowLanguage,
  payloadOf: DispatchPayload,
  { actor, repository, workflowFile, ref, inputs }: Dispatch,
): Promise<RunSubject> {
  const full = ref.startsWith("refs/") ? ref : [`refs/heads/${ref}`, `refs/tags/${ref}`].find((one) => repository.git.ref(one) !== undefined);
  const sha = full === undefined ? undefined : repository.git.ref(full);
  if (full === undefined || sha === undefined) throw new ApiError(422, `No ref found for: ${ref}`);
  const workflow = (await workflowsOf(world, language, repository)).find((one) => String(one.id) === workflowFile
    || one.path === workflowFile || one.path.endsWith(`/${workflowFile}`));
  if (workflow === undefined) throw notFound();
  if (workflow.state !== "active") throw new ApiError(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow");
  const source = (await repository.git.fileAt(sha, workflow.path))?.toString("utf8");
  const payload = payloadOf(repository, actor, workflow.path, full, inputs);
  if (source === undefined || !matches(language, source, workflow.path, { name: "workflow_dispatch", payload, ref: full })) {
    throw new ApiError(422, "Workflow does not have 'workflow_dispatch' trigger");
  }
  if (Object.keys(inputs).length > maxInputs) {
    throw new ApiError(422, `you may only define up to ${maxInputs} \`inputs\` for a \`workflow_dispatch\` event`);
  }
  const resolved = language.resolveDispatchInputs(source, workflow.path, inputs);
  if (!resolved.ok) throw new ApiError(422, resolved.problems.join("; "));
  const occasion = {
    name: "workflow_dispatch", source: sha, ref: full, sha, headSha: sha, headBranch: full.replace(/^refs\/(heads|tags)\//, ""),
    title: workflow.name, hold: false, readOnly: false,
  };
  return { repository, workflow, source, occasion, actor, payload, inputs: resolved.inputs };
}

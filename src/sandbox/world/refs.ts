/** Branches and tags: creating, moving and deleting them, and what follows when they moved. */

import type { RefChange } from "../git/batch.ts";
import { isAncestor } from "../git/history.ts";
import { RefConflict } from "../git/repository.ts";
import { ApiError } from "./errors.ts";
import { headMoved } from "./pull-sync.ts";
import { requireDirectChange } from "./rules.ts";
import { can, requirePermission } from "./tokens.ts";
import type { Actor } from "./tokens.ts";
import type { Repository } from "./types.ts";
import type { World } from "./world.ts";

const refName = /^refs\/(heads|tags)\/(?!.*(\.\.|\/\/|@\{|\\|[\s~^:?*[]|\/\.|\.lock(\/|$)))[^/.][^\0]*[^/.]$|^refs\/(heads|tags)\/[^/.\s~^:?*[\\]$/;

function unprocessable(message: string, graphql = message, type = "UNPROCESSABLE"): ApiError {
  return new ApiError(422, message, { graphql, type });
}

/** Files below `.github/workflows` need a permission that GITHUB_TOKEN never has. @throws ApiError 403 */
export async function requireWorkflowRight(
  actor: Actor,
  repository: Repository,
  from: string | undefined,
  to: string,
): Promise<void> {
  if (actor.kind === "person" || can(actor, repository, "workflows", "write")) return;
  const [before, after] = await Promise.all([workflowsTree(repository, from), workflowsTree(repository, to)]);
  if (after === before || after === undefined) return;
  throw new ApiError(403, "Resource not accessible by integration", { headers: { "x-accepted-github-permissions": "workflows=write" } });
}

async function workflowsTree(repository: Repository, commit: string | undefined): Promise<string | undefined> {
  if (commit === undefined) return undefined;
  const { tree } = await repository.git.commit(commit);
  return (await repository.git.entryAt(tree, ".github/workflows"))?.oid;
}

/** The commit that workflow files of a new branch are compared with: what the repository already has. */
function knownBase(repository: Repository): string | undefined {
  return repository.git.ref(`refs/heads/${repository.defaultBranch}`);
}

/** @throws ApiError 422 "Reference already exists", "Object does not exist" or for a bad name. */
export async function createRef(world: World, actor: Actor, repository: Repository, ref: string, sha: string): Promise<void> {
  requirePermission(actor, repository, "contents", "write");
  if (!refName.test(ref)) throw unprocessable("Reference name must start with 'refs/' and be a valid name", `${ref} is not a valid ref name.`);
  await repository.git.exclusive(async () => {
    if (repository.git.ref(ref) !== undefined) {
      throw unprocessable("Reference already exists", `A ref named "${ref}" already exists in the repository.`);
    }
    const object = /^[0-9a-f]{40}$/.test(sha) ? await repository.git.read(sha) : undefined;
    if (object === undefined || (ref.startsWith("refs/heads/") && object.type !== "commit")) {
      throw unprocessable("Object does not exist", `Could not resolve to an object with the oid ${sha}`);
    }
    if (!repository.git.refs("refs/heads/").some(([, tip]) => tip === sha)) {
      await requireWorkflowRight(actor, repository, knownBase(repository), sha);
    }
    await move(repository, [{ ref, from: undefined, to: sha }]);
  });
  await refsMoved(world, actor, repository, [{ ref, from: undefined, to: sha }]);
}

/** @throws ApiError 422 when the ref is not there or the move is no fast forward and not forced. */
export async function updateRef(
  world: World,
  actor: Actor,
  repository: Repository,
  ref: string,
  sha: string,
  force: boolean,
): Promise<void> {
  requirePermission(actor, repository, "contents", "write");
  const change = await repository.git.exclusive(async () => {
    const from = repository.git.ref(ref);
    if (from === undefined) throw unprocessable("Reference does not exist");
    await checkMove(actor, repository, ref, from, sha, force);
    await move(repository, [{ ref, from, to: sha }]);
    return { ref, from, to: sha };
  });
  if (change.from !== sha) await refsMoved(world, actor, repository, [change]);
}

async function checkMove(actor: Actor, repository: Repository, ref: string, from: string, sha: string, force: boolean): Promise<void> {
  const object = /^[0-9a-f]{40}$/.test(sha) ? await repository.git.read(sha) : undefined;
  if (object === undefined) throw unprocessable("Object does not exist", `Could not resolve to an object with the oid ${sha}`);
  if (ref.startsWith("refs/heads/")) {
    if (!force && !(await isAncestor(repository.git, from, sha))) throw unprocessable("Update is not a fast forward");
    await requireDirectChange(actor, repository, ref.slice(11), from, sha);
    await requireWorkflowRight(actor, repository, from, sha);
  }
}

export async function deleteRef(world: World, actor: Actor, repository: Repository, ref: string): Promise<void> {
  requirePermission(actor, repository, "contents", "write");
  const from = repository.git.ref(ref);
  if (from === undefined) throw unprocessable("Reference does not exist");
  if (ref === `refs/heads/${repository.defaultBranch}`) throw unprocessable("Cannot delete the default branch");
  await requireDirectChange(actor, repository, ref.slice(11), from, undefined);
  await repository.git.exclusive(() => move(repository, [{ ref, from, to: undefined }]));
  await refsMoved(world, actor, repository, [{ ref, from, to: undefined }]);
}

export interface RefUpdateInput {
  readonly name: string;
  readonly afterOid: string;
  readonly beforeOid?: string | null;
  readonly force?: boolean | null;
}

const zero = "0".repeat(40);

/** GraphQL's `updateRefs`: all or nothing; a zero id means "must not exist" before and "delete" after. */
export async function updateRefs(
  world: World,
  actor: Actor,
  repository: Repository,
  updates: readonly RefUpdateInput[],
): Promise<void> {
  requirePermission(actor, repository, "contents", "write");
  const changes = await repository.git.exclusive(async () => {
    const planned: RefChange[] = [];
    for (const one of updates) {
      const from = repository.git.ref(one.name);
      const expected = one.beforeOid ?? undefined;
      if (expected !== undefined && expected !== (from ?? zero)) {
        throw unprocessable(`Expected ref to point to "${expected}" but it did not.`, `${one.name}: expected "${expected}" but found "${from ?? zero}".`, "STALE_DATA");
      }
      const to = one.afterOid === zero ? undefined : one.afterOid;
      if (!refName.test(one.name)) throw unprocessable(`${one.name} is not a valid ref name.`);
      if (from !== undefined && to !== undefined) await checkMove(actor, repository, one.name, from, to, one.force ?? false);
      else if (to !== undefined && (await repository.git.read(to)) === undefined) throw unprocessable(`Could not resolve to an object with the oid ${to}`);
      planned.push({ ref: one.name, from, to });
    }
    await move(repository, planned);
    return planned;
  });
  await refsMoved(world, actor, repository, changes);
}

/** Moves refs for the API: a lost race is the caller's conflict. */
export async function move(repository: Repository, changes: readonly RefChange[]): Promise<void> {
  try {
    await repository.git.updateRefs(changes.filter((one) => one.from !== one.to));
  } catch (cause) {
    if (cause instanceof RefConflict) throw new ApiError(409, "Reference update failed", { type: "STALE_DATA" });
    throw unprocessable(`Reference update failed: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** After branches or tags moved, by whatever way: pull requests follow, and the world hears of it. */
export async function refsMoved(world: World, actor: Actor, repository: Repository, changes: readonly RefChange[]): Promise<void> {
  const at = world.now();
  for (const { ref, from, to } of changes) {
    if (!/^refs\/(heads|tags)\//.test(ref) || from === to) continue;
    repository.pushedAt = repository.updatedAt = at;
    const forced = from !== undefined && to !== undefined && ref.startsWith("refs/heads/") && !(await isAncestor(repository.git, from, to));
    const common = { repository, actor, at, ref };
    if (from === undefined) world.emit({ name: "create", ...common });
    if (to === undefined) world.emit({ name: "delete", ...common });
    world.emit({ name: "push", before: from, after: to, forced, ...common });
    if (ref.startsWith("refs/heads/")) await headMoved(world, actor, repository, ref.slice(11), from, to);
  }
}

/** `uses: owner/repo/path@ref` of a repository of the sandbox: who may use it, which commit it is, and that commit's tree. */

import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { ActionReference, ActionSource } from "../../engine/port.ts";
import { listTree } from "../../git/merge.ts";
import type { Repository } from "../types.ts";
import type { World } from "../world.ts";

/**
 * Finds actions in the sandbox's repositories. A public one is everybody's; a private one is for repositories of the same owner
 * (GitHub's setting "Accessible from repositories owned by …"; without it, only for itself).
 * @returns undefined for a repository that the sandbox does not have
 */
export function actionsOf(world: World): (action: ActionReference, usedBy: string) => Promise<ActionSource | undefined> {
  const exported = new Map<string, Promise<string>>();
  return async ({ owner, repo, path, ref }, usedBy) => {
    const repository = world.repository(`${owner}/${repo}`);
    if (repository === undefined) return undefined;
    const [user = ""] = usedBy.split("/");
    const name = `${owner}/${repo}`;
    if (repository.private && user.toLowerCase() !== repository.owner.login.toLowerCase()) {
      return { problem: `Unable to resolve action \`${name}\`, repository not found` };
    }
    const sha = await commitOf(repository, ref);
    if (sha === undefined) return { problem: await unknownRef(repository, `${name}${path === "" ? "" : `/${path}`}`, ref) };
    const key = `${repository.id}:${sha}`;
    const tree = exported.get(key) ?? exportTree(world, repository, sha);
    exported.set(key, tree);
    return { sha, tree: await tree };
  };
}

/** A tag, else a branch, else a whole SHA; full ref names are taken too. */
async function commitOf({ git }: Repository, ref: string): Promise<string | undefined> {
  const oid = git.ref(`refs/tags/${ref}`) ?? git.ref(`refs/heads/${ref}`) ?? (/^refs\/(?:heads|tags)\//.test(ref) ? git.ref(ref) : undefined);
  if (oid !== undefined) return (await git.read(`${oid}^{commit}`))?.oid;
  if (!/^[0-9a-f]{40}$/i.test(ref)) return undefined;
  const object = await git.read(ref.toLowerCase());
  return object?.type === "commit" ? object.oid : undefined;
}

async function unknownRef({ git }: Repository, action: string, ref: string): Promise<string> {
  const whole = /^[0-9a-f]{4,39}$/i.test(ref) ? await git.read(`${ref}^{commit}`) : undefined;
  if (whole === undefined) return `Unable to resolve action \`${action}@${ref}\`, unable to find version \`${ref}\``;
  return `Unable to resolve action \`${action}@${ref}\`, the provided ref \`${ref}\` is the shortened version of a commit SHA, which is not supported. `
    + `Please use the full commit SHA \`${whole.oid}\` instead.`;
}

/** Writes the files of a commit as they are stored: no line-ending conversion, nothing of the machine's git. */
async function exportTree(world: World, repository: Repository, sha: string): Promise<string> {
  const folder = await mkdtemp(join(world.root, "action-"));
  const { tree } = await repository.git.commit(sha);
  for (const entry of await listTree(repository.git, tree, true)) {
    if (entry.mode === "040000" || entry.mode === "160000") continue;
    const target = join(folder, entry.path);
    const content = (await repository.git.blob(entry.oid)) ?? Buffer.alloc(0);
    await mkdir(dirname(target), { recursive: true });
    if (entry.mode === "120000") await symlink(content.toString("utf8"), target);
    else await writeFile(target, content, { mode: entry.mode === "100755" ? 0o755 : 0o644 });
  }
  return folder;
}

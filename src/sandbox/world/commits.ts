/** Commits that the API makes, and who signs them. */

import { emptyTree } from "../git/objects.ts";
import type { Identity } from "../git/objects.ts";
import { editTree } from "../git/merge.ts";
import type { TreeEdit } from "../git/merge.ts";
import { ApiError, invalid, notFound } from "./errors.ts";
import { move, refsMoved, requireWorkflowRight } from "./refs.ts";
import { requireDirectChange } from "./rules.ts";
import { requirePermission } from "./tokens.ts";
import type { Actor } from "./tokens.ts";
import type { Account, Repository } from "./types.ts";
import type { World } from "./world.ts";

export function identity(world: World, account: Account): Identity {
  return { name: account.name, email: account.email, seconds: Math.floor(world.now() / 1000), zone: "+0000" };
}

/** GitHub's own identity, the committer of what is made on its pages. */
export function webFlow(world: World): Identity {
  return identity(world, world.webFlow);
}

export interface FileChange {
  readonly path: string;
  /** undefined deletes the file. */
  readonly content: Buffer | undefined;
}

export interface CommitOnBranch {
  readonly branch: string;
  readonly expectedHeadOid: string;
  readonly headline: string;
  readonly body?: string | undefined;
  readonly changes: readonly FileChange[];
}

/**
 * One signed commit of many files on a branch that is where the caller believes.
 * @throws ApiError `STALE_DATA` when the branch moved; 404 when it does not exist; 422 for bad changes.
 */
export async function commitOnBranch(world: World, actor: Actor, repository: Repository, wish: CommitOnBranch): Promise<string> {
  requirePermission(actor, repository, "contents", "write");
  const ref = `refs/heads/${wish.branch.replace(/^refs\/heads\//, "")}`;
  const oid = await repository.git.exclusive(async () => {
    const head = repository.git.ref(ref);
    if (head === undefined) throw notFound(`The branch "${wish.branch}" does not exist.`);
    if (head !== wish.expectedHeadOid) {
      throw new ApiError(409, `Expected branch to point to "${wish.expectedHeadOid}" but it did not. Pull and try again.`, { type: "STALE_DATA" });
    }
    const commit = await writeChanges(world, actor, repository, head, wish);
    await requireWorkflowRight(actor, repository, head, commit);
    await requireDirectChange(actor, repository, ref.slice(11), head, commit);
    await move(repository, [{ ref, from: head, to: commit }]);
    repository.signed.add(commit);
    return commit;
  });
  await refsMoved(world, actor, repository, [{ ref, from: wish.expectedHeadOid, to: oid }]);
  return oid;
}

async function writeChanges(world: World, actor: Actor, repository: Repository, head: string, wish: CommitOnBranch): Promise<string> {
  const { git } = repository;
  const { tree: before } = await git.commit(head);
  const edits: TreeEdit[] = [];
  for (const change of wish.changes) {
    if (!validPath(change.path)) throw invalid(`A path was requested that is not valid: "${change.path}"`);
    const known = await git.entryAt(before, change.path);
    if (change.content === undefined) {
      if (known === undefined) throw invalid(`A path was requested for deletion which does not exist as of commit oid \`${head}\`: ${change.path}`);
      edits.push({ path: change.path, entry: undefined });
    } else {
      const mode = known?.mode === "100755" ? known.mode : "100644";
      edits.push({ path: change.path, entry: { mode, oid: await git.writeBlob(change.content) } });
    }
  }
  const tree = await editTree(git, before, edits);
  const message = wish.body === undefined || wish.body === "" ? wish.headline : `${wish.headline}\n\n${wish.body}`;
  return git.writeCommit({ tree, parents: [head], author: identity(world, actor.account), committer: webFlow(world), message });
}

export function validPath(path: string): boolean {
  return path !== "" && path.length <= 4096 && !path.includes("\0")
    && path.split("/").every((part) => part !== "" && part !== "." && part !== ".." && part.toLowerCase() !== ".git");
}

export interface NewCommit {
  readonly message: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author?: Identity | undefined;
  readonly committer?: Identity | undefined;
}

/** REST's `POST /git/commits`: signed when a bot makes it in its own name. */
export async function createCommit(world: World, actor: Actor, repository: Repository, wish: NewCommit): Promise<string> {
  requirePermission(actor, repository, "contents", "write");
  const { git } = repository;
  if (wish.tree !== emptyTree && (await git.read(wish.tree))?.type !== "tree") {
    throw new ApiError(422, "Tree SHA does not exist");
  }
  for (const parent of wish.parents) {
    if (!(await git.hasCommit(parent))) throw new ApiError(422, "Parent SHA does not exist or is not a commit object");
  }
  const own = identity(world, actor.account);
  const author = wish.author ?? own;
  const oid = await git.writeCommit({
    tree: wish.tree, parents: wish.parents, message: wish.message, author, committer: wish.committer ?? wish.author ?? own,
  });
  if (actor.kind !== "person" && wish.author === undefined && wish.committer === undefined) repository.signed.add(oid);
  return oid;
}

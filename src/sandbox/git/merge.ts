/** Merging trees with git itself, and editing trees without a working copy. */

import { mergeBase } from "./history.ts";
import { emptyTree } from "./objects.ts";
import type { TreeEntry } from "./objects.ts";
import { quickMerge } from "./quick.ts";
import type { GitRepository } from "./repository.ts";

export type MergeResult =
  | { readonly clean: true; readonly tree: string }
  | { readonly clean: false; readonly conflicts: readonly string[] };

/** The tree of merging `theirs` into `ours`; `git merge-tree --write-tree` where neither side simply contains the other. */
export async function mergeTrees(repository: GitRepository, ours: string, theirs: string): Promise<MergeResult> {
  const base = await mergeBase(repository, ours, theirs);
  if (base === ours) return { clean: true, tree: (await repository.commit(theirs)).tree };
  if (base === theirs) return { clean: true, tree: (await repository.commit(ours)).tree };
  if (base !== undefined) {
    const [old, left, right] = await Promise.all([base, ours, theirs].map(async (oid) => (await repository.commit(oid)).tree)) as [string, string, string];
    const tree = await quickMerge(repository, old, left, right);
    if (tree !== undefined) return { clean: true, tree };
  }
  return gitMerge(repository, ours, theirs);
}

async function gitMerge(repository: GitRepository, ours: string, theirs: string): Promise<MergeResult> {
  const answer = await repository.ask(
    ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", "--allow-unrelated-histories", ours, theirs],
    { accept: [0, 1] },
  );
  const [tree = "", ...names] = answer.stdout.toString("utf8").split("\0").filter((part) => part !== "");
  return answer.code === 0 ? { clean: true, tree } : { clean: false, conflicts: names };
}

/**
 * The tree of applying one commit's change on another parent (a cherry-pick).
 *
 * `merge-tree --merge-base` needs git 2.40, so three throw-away commits give merge-tree the base it should find.
 */
export async function replay(repository: GitRepository, change: string, onto: string): Promise<MergeResult> {
  const commit = await repository.commit(change);
  const parent = commit.parents[0];
  if (parent === onto) return { clean: true, tree: commit.tree };
  const identity = { name: "sandbox", email: "sandbox@localhost", seconds: 0, zone: "+0000" };
  const write = (tree: string, parents: readonly string[], message: string): Promise<string> =>
    repository.writeCommit({ tree, parents, author: identity, committer: identity, message });
  const base = await write(parent === undefined ? emptyTree : (await repository.commit(parent)).tree, [], "base\n");
  const ours = await write((await repository.commit(onto)).tree, [base], "ours\n");
  const theirs = await write(commit.tree, [base], "theirs\n");
  return gitMerge(repository, ours, theirs);
}

export interface TreeEdit {
  readonly path: string;
  /** undefined removes the path. */
  readonly entry: { readonly mode: string; readonly oid: string } | undefined;
}

/** Writes the tree that `edits` make of `tree`; folders appear and vanish as needed. */
export async function editTree(repository: GitRepository, tree: string, edits: readonly TreeEdit[]): Promise<string> {
  const entries = new Map((await repository.tree(tree)).map((entry) => [entry.name, entry]));
  const below = new Map<string, TreeEdit[]>();
  for (const edit of edits) {
    const slash = edit.path.indexOf("/");
    if (slash < 0) {
      if (edit.entry === undefined) entries.delete(edit.path);
      else entries.set(edit.path, { name: edit.path, ...edit.entry });
      continue;
    }
    const folder = edit.path.slice(0, slash);
    below.set(folder, [...(below.get(folder) ?? []), { ...edit, path: edit.path.slice(slash + 1) }]);
  }
  for (const [name, inside] of below) {
    const known = entries.get(name);
    const oid = await editTree(repository, known?.mode === "040000" ? known.oid : emptyTree, inside);
    if (oid === emptyTree) entries.delete(name);
    else entries.set(name, { name, mode: "040000", oid });
  }
  return repository.writeTree([...entries.values()]);
}

export interface ListedEntry extends TreeEntry {
  readonly path: string;
}

/** Every entry below a tree, folders included, in git's order. */
export async function listTree(repository: GitRepository, tree: string, recursive: boolean): Promise<ListedEntry[]> {
  const found: ListedEntry[] = [];
  const visit = async (oid: string, prefix: string): Promise<void> => {
    for (const entry of await repository.tree(oid)) {
      const path = prefix + entry.name;
      found.push({ ...entry, path });
      if (recursive && entry.mode === "040000") await visit(entry.oid, `${path}/`);
    }
  };
  await visit(tree, "");
  return found;
}

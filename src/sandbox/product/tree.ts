import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { git } from "../git/process.ts";

/**
 * Writes the tree of a commit into a new folder. Symbolic links become plain files that hold their target, so that nothing in
 * a tree can point outside of it.
 * @throws GitError when the commit is not in the repository.
 */
export async function materialise(gitDir: string, sha: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const index = `${folder}.index`;
  const options = { cwd: folder, env: { GIT_INDEX_FILE: index } };
  try {
    await git(["--git-dir", gitDir, "read-tree", sha], options);
    await git(["--git-dir", gitDir, "--work-tree", folder, "-c", "core.symlinks=false", "checkout-index", "--all", "--force"], options);
  } finally {
    await rm(index, { force: true });
  }
}

/** Whether `ancestor` is `descendant` or one of its ancestors. */
export async function isAncestor(gitDir: string, ancestor: string, descendant: string): Promise<boolean> {
  const { code } = await git(["--git-dir", gitDir, "merge-base", "--is-ancestor", ancestor, descendant], { accept: [0, 1] });
  return code === 0;
}

export async function hasCommit(gitDir: string, sha: string): Promise<boolean> {
  const { code } = await git(["--git-dir", gitDir, "cat-file", "-e", `${sha}^{commit}`], { accept: [0, 1, 128] });
  return code === 0;
}

export const APP = join("app", "server.mjs");

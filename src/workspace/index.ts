import type { RunContext } from "../kit/context.ts";
import type { Log } from "../kit/log.ts";
import { compareTrees } from "./changes.ts";
import { runCommand } from "./command.ts";
import { filesBelow } from "./files.ts";
import { type Git, openGit } from "./git.ts";
import type { Checkouts, Comparisons, Workspace } from "./port.ts";
import { createScratch, refuseOtherThanSha, type Scratch } from "./repository.ts";
import { revertCommit } from "./revert.ts";

/**
 * Commits and files on this machine.
 * @param options.token reaches git alone, and only where git speaks to the server.
 */
export function openCheckouts(options: { readonly context: RunContext; readonly token: string; readonly log: Log }): Checkouts & Comparisons {
  const { context, token, log } = options;
  const git = openGit({ serverUrl: context.serverUrl, token });
  const local = localRepository(git, context.workspace);
  /** Folders of commits that were checked out and not yet disposed of. */
  const scratches = new Set<Scratch>();
  const folderWith = async (shas: readonly string[]) => {
    for (const folder of [context.workspace, ...[...scratches].map(({ folder }) => folder)]) {
      if (folder !== "" && (await hasCommits(git, folder, shas))) return folder;
    }
    return null;
  };
  return {
    headOfWorkspace: local.head,
    workspaceIsClean: local.isClean,
    workspaceHoldsCredentials: local.holdsCredentials,
    mergeBase: local.mergeBase,
    workspace: () => openWorkspace(context.workspace),
    async checkout(sha, { also = [] } = {}) {
      refuseOtherThanSha(sha);
      const scratch = await createScratch(git, context, log);
      const dispose = async () => {
        scratches.delete(scratch);
        await scratch.dispose();
      };
      try {
        await scratch.fetch([sha, ...also], 1);
        await git.must(["checkout", "-q", "--detach", sha, "--"], { cwd: scratch.folder });
      } catch (error) {
        await dispose();
        throw error;
      }
      scratches.add(scratch);
      return { ...openWorkspace(scratch.folder), dispose };
    },
    async textAt(sha, path) {
      refuseOtherThanSha(sha);
      const folder = await folderWith([sha]);
      if (folder === null) return null;
      const answer = await git.run(["cat-file", "blob", `${sha}:${path}`], { cwd: folder });
      return answer.status === 0 ? answer.stdout : null;
    },
    async changes(range) {
      refuseOtherThanSha(range.base);
      refuseOtherThanSha(range.head);
      const folder = await folderWith([range.base, range.head]);
      if (folder !== null) return compareTrees(git, folder, range);
      const scratch = await createScratch(git, context, log);
      try {
        await scratch.fetch([range.base, range.head], 1);
        return await compareTrees(git, scratch.folder, range);
      } finally {
        await scratch.dispose();
      }
    },
    revert: (request) => revertCommit({ git, context, log }, request),
  };
}

/** Files and commands of a folder that exists already. */
export function openWorkspace(root: string): Workspace {
  return { root, ...filesBelow(root), run: (command, options) => runCommand(command, root, options) };
}

/** Questions to the repository in the job's own workspace; a folder without one answers as if it knew nothing. */
function localRepository(git: Git, folder: string) {
  const ask = async (args: readonly string[]) => {
    if (folder === "") return null;
    try {
      return await git.run(args, { cwd: folder });
    } catch {
      return null; // no such folder, or no git: the caller fetches, and is told why if that does not work either
    }
  };
  const shaOf = async (args: readonly string[]) => {
    const answer = await ask(args);
    return answer?.status === 0 ? answer.stdout.trim() : null;
  };
  return {
    async head() {
      const answer = await shaOf(["rev-parse", "--verify", "-q", "--show-cdup", "HEAD^{commit}"]);
      // The first line is the way up to the root of the repository: empty when the workspace is that root.
      const [up, sha] = answer === null ? [] : answer.includes("\n") ? answer.split("\n") : ["", answer];
      return up === "" && sha !== undefined ? sha : null;
    },
    async isClean() {
      const answer = await ask(["--no-optional-locks", "status", "--porcelain", "-z", "--untracked-files=no", "--ignore-submodules=all"]);
      return answer?.status === 0 && answer.stdout === "";
    },
    async holdsCredentials() {
      // `--includes`: newer versions of actions/checkout keep it in a file beside.
      const answer = await ask(["config", "--includes", "--name-only", "--get-regexp", "^http\\..*\\.extraheader$"]);
      return answer?.status === 0 && answer.stdout.trim() !== "";
    },
    async mergeBase(one: string, other: string) {
      refuseOtherThanSha(one);
      refuseOtherThanSha(other);
      const shallow = await shaOf(["rev-parse", "--is-shallow-repository"]);
      // Where history is cut off, the common ancestor that git finds may not be the nearest one.
      return shallow === "false" ? shaOf(["merge-base", one, other]) : null;
    },
  };
}

async function hasCommits(git: Git, folder: string, shas: readonly string[]): Promise<boolean> {
  try {
    const answer = await git.run(["cat-file", "--batch-check=%(objecttype)"], { cwd: folder, input: `${shas.join("\n")}\n` });
    return answer.status === 0 && answer.stdout.trim().split("\n").every((line) => line === "commit");
  } catch {
    return false;
  }
}

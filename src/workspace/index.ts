import type { RunContext } from "../kit/context.ts";
import { failure } from "../kit/errors.ts";
import type { Log } from "../kit/log.ts";
import { type Trace, untraced } from "../kit/trace.ts";
import { compareTrees } from "./changes.ts";
import { runCommand, tracedCommand } from "./command.ts";
import { filesBelow } from "./files.ts";
import { type Git, openGit } from "./git.ts";
import type { Checkouts, Comparisons, Workspace } from "./port.ts";
import { localRepository } from "./local.ts";
import { createScratch, refuseOtherThanSha, type Scratch } from "./repository.ts";
import { revertCommit } from "./revert.ts";

/**
 * Commits and files on this machine.
 * @param options.token reaches git alone, and only where git speaks to the server.
 * @param options.trace is told of git's calls and of a user's commands.
 */
export function openCheckouts(options: { readonly context: RunContext; readonly token: string; readonly log: Log; readonly trace?: Trace }): Checkouts & Comparisons {
  const { context, token, log, trace = untraced } = options;
  const git = openGit({ serverUrl: context.serverUrl, token, trace });
  const local = localRepository(git, context.workspace);
  /** Folders of commits that were checked out and not yet disposed of. */
  const scratches = new Set<Scratch>();
  /** Commits that were found in the job's workspace. */
  const seen = new Set<string>();
  const folderWith = async (shas: readonly string[]) => {
    const known = [...scratches].find(({ commits }) => shas.every((sha) => commits.has(sha)));
    if (known) return known.folder;
    if (shas.every((sha) => local.commits.has(sha) || seen.has(sha))) return context.workspace;
    if (context.workspace === "" || !(await hasCommits(git, context.workspace, shas))) return null;
    for (const sha of shas) seen.add(sha);
    return context.workspace;
  };
  /** Fetches commits into a folder of their own, which is asked from then on. */
  const hold = async (shas: readonly string[]) => {
    shas.forEach(refuseOtherThanSha);
    const scratch = await createScratch(git, context, log);
    const dispose = async () => {
      scratches.delete(scratch);
      await scratch.dispose();
    };
    try {
      await scratch.fetch(shas, 1);
    } catch (error) {
      await dispose();
      throw error;
    }
    scratches.add(scratch);
    return { scratch, dispose };
  };
  const folderOf = async (sha: string) => {
    refuseOtherThanSha(sha);
    const folder = await folderWith([sha]);
    // A file that is not there and a commit that is not here are two things.
    if (folder === null) throw failure("instant", { what: `the commit ${sha} was asked about and is not on this machine`, fix: "Please report it with the log of this run." });
    return folder;
  };
  return {
    headOfWorkspace: local.head,
    workspaceIsClean: local.isClean,
    workspaceHoldsCredentials: local.holdsCredentials,
    mergeBase: local.mergeBase,
    workspace: () => openWorkspace(context.workspace, git.redact, trace),
    async checkout(sha, { also = [] } = {}) {
      const { scratch, dispose } = await hold([sha, ...also]);
      try {
        await git.must(["checkout", "-q", "--detach", sha, "--"], { cwd: scratch.folder });
      } catch (error) {
        await dispose();
        throw error;
      }
      return { ...openWorkspace(scratch.folder, git.redact, trace), dispose };
    },
    async bring(shas) {
      shas.forEach(refuseOtherThanSha);
      return (await folderWith(shas)) === null ? (await hold(shas)).dispose : async () => {};
    },
    async textAt(sha, path) {
      const folder = await folderOf(sha);
      const answer = await git.run(["cat-file", "blob", `${sha}:${path}`], { cwd: folder });
      return answer.status === 0 ? answer.stdout : null;
    },
    async filesMatching({ sha, pattern, paths }) {
      const folder = await folderOf(sha);
      const args = ["grep", "-l", "-z", "-E", "-e", pattern, sha, "--", ...paths];
      const answer = await git.run(args, { cwd: folder });
      // 1: there is none. More is an error, which the second call tells to a person.
      if (answer.status > 1) await git.must(args, { cwd: folder });
      return answer.stdout.split("\0").filter((name) => name !== "").map((name) => name.slice(sha.length + 1)).toSorted();
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

/**
 * Files and commands of a folder that exists already.
 * @param redact takes secrets out of what a command printed: it is shown in check runs and issues, where no runner masks anything.
 * @param trace is told that a command ran and how it ended, not what it was.
 */
export function openWorkspace(root: string, redact: (text: string) => string = (text) => text, trace: Trace = untraced): Workspace {
  const run: Workspace["run"] = async (command, options) => {
    const result = await tracedCommand(trace, () => runCommand(command, root, options));
    return { ...result, output: redact(result.output) };
  };
  return { root, ...filesBelow(root), run };
}

async function hasCommits(git: Git, folder: string, shas: readonly string[]): Promise<boolean> {
  try {
    const answer = await git.run(["cat-file", "--batch-check=%(objecttype)"], { cwd: folder, input: `${shas.join("\n")}\n` });
    return answer.status === 0 && answer.stdout.trim().split("\n").every((line) => line === "commit");
  } catch {
    return false;
  }
}

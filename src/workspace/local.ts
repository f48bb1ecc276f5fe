import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Git } from "./git.ts";
import { refuseOtherThanSha } from "./repository.ts";

/** The repository in the job's own workspace; a folder without one answers as if it knew nothing. */
export function localRepository(git: Git, folder: string) {
  /** Commits that were seen here. */
  const commits = new Set<string>();
  const ask = async (args: readonly string[]) => {
    if (folder === "") return null;
    try {
      return await git.run(args, { cwd: folder });
    } catch {
      return null; // no such folder, or no git: the caller fetches, and is told why if that does not work either
    }
  };
  // Head and cleanliness are one question of git; who asks both at once gets one answer.
  let asked: Promise<Standing> | undefined;
  const standing = () => (asked ??= standingOf(folder, ask).finally(() => (asked = undefined)));
  return {
    commits: commits as ReadonlySet<string>,
    head: async () => (await standing()).head,
    isClean: async () => (await standing()).clean,
    async holdsCredentials() {
      // `--includes`: newer versions of actions/checkout keep it in a file beside.
      const answer = await ask(["config", "--includes", "--name-only", "--get-regexp", "^http\\..*\\.extraheader$"]);
      return answer?.status === 0 && answer.stdout.trim() !== "";
    },
    async mergeBase(one: string, other: string) {
      refuseOtherThanSha(one);
      refuseOtherThanSha(other);
      const [whole, answer] = await Promise.all([hasWholeHistory(folder), ask(["merge-base", one, other])]);
      // Where history is cut off, the common ancestor that git finds may not be the nearest one.
      const found = whole && answer?.status === 0 ? answer.stdout.trim() : null;
      if (found !== null) for (const sha of [one, other, found]) commits.add(sha);
      return found;
    },
  };
}

interface Standing {
  readonly head: string | null;
  readonly clean: boolean;
}

type Ask = (args: readonly string[]) => Promise<{ readonly status: number; readonly stdout: string } | null>;

async function standingOf(folder: string, ask: Ask): Promise<Standing> {
  const [isRoot, answer] = await Promise.all([
    exists(join(folder, ".git")),
    ask(["--no-optional-locks", "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=no", "--ignore-submodules=all"]),
  ]);
  const head = answer?.status === 0 ? /^# branch\.oid ([0-9a-f]+)$/.exec(answer.stdout.split("\0")[0] ?? "")?.[1] : undefined;
  if (folder === "" || !isRoot || head === undefined) return { head: null, clean: false };
  return { head, clean: answer?.stdout.split("\0").every((line) => line === "" || line.startsWith("# ")) ?? false };
}

/** A clone of its own with nothing cut off; anything less plain (a worktree, a partial clone's borrowed objects) is not judged. */
async function hasWholeHistory(folder: string): Promise<boolean> {
  return (await exists(join(folder, ".git/objects"))) && !(await exists(join(folder, ".git/shallow")));
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}

/** Ancestry: merge bases, ranges of commits, and how two commits stand to each other. */

import type { CommitObject } from "./objects.ts";
import type { GitRepository } from "./repository.ts";

/** How far a straight line is followed in memory before git itself is asked. */
const straightLine = 200;

/** The ids from `from` down its only parents, until a merge, a root, or the bound. */
async function line(repository: GitRepository, from: string, stopAt: string): Promise<string[]> {
  const seen: string[] = [];
  let at: string | undefined = from;
  for (let step = 0; at !== undefined && step < straightLine; step += 1) {
    seen.push(at);
    if (at === stopAt) return seen;
    const commit: CommitObject = await repository.commit(at);
    at = commit.parents.length === 1 ? commit.parents[0] : undefined;
  }
  return seen;
}

/** The best common ancestor; undefined for unrelated histories. */
export async function mergeBase(repository: GitRepository, left: string, right: string): Promise<string | undefined> {
  if (left === right) return left;
  const fromLeft = await line(repository, left, right);
  if (fromLeft.at(-1) === right) return right;
  const fromRight = await line(repository, right, left);
  if (fromRight.at(-1) === left) return left;
  const known = new Set(fromLeft);
  const met = fromRight.find((oid) => known.has(oid));
  if (met !== undefined) return met;
  const answer = await repository.run(["merge-base", left, right], { accept: [0, 1] });
  return answer.code === 0 ? answer.stdout.toString("utf8").trim() : undefined;
}

export async function isAncestor(repository: GitRepository, ancestor: string, of: string): Promise<boolean> {
  return (await mergeBase(repository, ancestor, of)) === ancestor;
}

/** Commits reachable from `to` and not from `from`, oldest first, at most `limit` of the newest. */
export async function commitsBetween(
  repository: GitRepository,
  from: string | undefined,
  to: string,
  limit = 10_000,
): Promise<string[]> {
  if (from === to) return [];
  if (from !== undefined) {
    const straight = await line(repository, to, from);
    if (straight.at(-1) === from) return straight.slice(0, -1).reverse().slice(-limit);
  }
  const exclude = from === undefined ? [] : [`^${from}`];
  const listed = await repository.run(["rev-list", "--topo-order", `--max-count=${limit}`, to, ...exclude]);
  return listed.stdout.toString("utf8").split("\n").filter((oid) => oid !== "").reverse();
}

export interface Distance {
  readonly ahead: number;
  readonly behind: number;
}

/** How many commits `head` has that `base` has not, and the reverse. */
export async function distance(repository: GitRepository, base: string, head: string): Promise<Distance> {
  const [ahead, behind] = await Promise.all([
    commitsBetween(repository, base, head),
    commitsBetween(repository, head, base),
  ]);
  return { ahead: ahead.length, behind: behind.length };
}

/** The history of a commit, newest first, of one path when it is given. */
export async function history(
  repository: GitRepository,
  from: string,
  options: { readonly path?: string; readonly limit: number; readonly since?: string; readonly until?: string },
): Promise<string[]> {
  const listed = await repository.run([
    "rev-list",
    `--max-count=${options.limit}`,
    ...(options.since === undefined ? [] : [`--since=${options.since}`]),
    ...(options.until === undefined ? [] : [`--until=${options.until}`]),
    from,
    "--",
    ...(options.path === undefined || options.path === "" ? [] : [options.path]),
  ]);
  return listed.stdout.toString("utf8").split("\n").filter((oid) => oid !== "");
}

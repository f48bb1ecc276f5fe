/** Ancestry: merge bases, ranges of commits, and how two commits stand to each other. */

import { Ancestry } from "./ancestry.ts";
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
    // A shallow repository names parents that it has not; git knows where it ends.
    const commit: CommitObject | undefined = await repository.commit(at).catch(() => undefined);
    at = commit?.parents.length === 1 ? commit.parents[0] : undefined;
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
  const best = await new Ancestry(repository).best(left, right);
  if (best !== undefined) return best.length === 0 ? undefined : best[0];
  const answer = await repository.ask(["merge-base", left, right], { accept: [0, 1] });
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
  // Where `to` came by a straight line from what both have, that line is the answer.
  const base = from === undefined ? undefined : await mergeBase(repository, from, to);
  if (base !== undefined) {
    const straight = await line(repository, to, base);
    if (straight.at(-1) === base) return straight.slice(0, -1).reverse().slice(-limit);
  }
  const exclude = from === undefined ? [] : [`^${from}`];
  const listed = await repository.ask(["rev-list", "--topo-order", `--max-count=${limit}`, to, ...exclude]);
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
  const straight = options.since === undefined && options.until === undefined ? await straightHistory(repository, from, options.path ?? "") : undefined;
  if (straight !== undefined) return straight.slice(0, options.limit);
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

/** The same without a process, where there are no merges and not many commits; undefined elsewhere. */
async function straightHistory(repository: GitRepository, from: string, path: string): Promise<string[] | undefined> {
  const oids = await line(repository, from, "");
  const commits = await Promise.all(oids.map((oid) => repository.commit(oid).catch(() => undefined)));
  if (commits.length === 0 || commits.at(-1)?.parents.length !== 0) return undefined;
  if (path === "") return oids;
  const entries = await Promise.all(commits.map(async (commit) => {
    const entry = commit === undefined ? undefined : await repository.entryAt(commit.tree, path);
    return entry === undefined ? "" : `${entry.mode} ${entry.oid}`;
  }));
  return oids.filter((_, index) => entries[index] !== (entries[index + 1] ?? ""));
}

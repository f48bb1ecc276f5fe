/** What a pull request consists of, read from git. */

import { changedFiles } from "../git/diff.ts";
import type { ChangedFile } from "../git/diff.ts";
import { commitsBetween, isAncestor, mergeBase } from "../git/history.ts";
import type { PullRequest } from "./types.ts";

/** REST and GraphQL list at most this many commits of a pull request. */
const commitLimit = 250;

/** Where head and base parted. A merged or closed pull request keeps the base it had. */
export async function pullBase(pull: PullRequest): Promise<string> {
  const { git } = pull.repository;
  const base = pull.issue.state === "open" ? (git.ref(`refs/heads/${pull.baseRef}`) ?? pull.baseSha) : pull.baseSha;
  return (await mergeBase(git, base, pull.headSha)) ?? base;
}

/** Commits of the pull request, oldest first. */
export async function pullCommits(pull: PullRequest): Promise<string[]> {
  return commitsBetween(pull.repository.git, await pullBase(pull), pull.headSha, commitLimit);
}

export async function pullFiles(pull: PullRequest): Promise<readonly ChangedFile[]> {
  return changedFiles(pull.repository.git, await pullBase(pull), pull.headSha);
}

/** Does the base branch hold commits that the head has not? */
export async function isBehind(pull: PullRequest): Promise<boolean> {
  const base = pull.repository.git.ref(`refs/heads/${pull.baseRef}`);
  return base !== undefined && !(await isAncestor(pull.repository.git, base, pull.headSha));
}

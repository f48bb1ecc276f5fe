/** How pull requests follow their branches: head, test merge, closing. */

import { mergeTrees } from "../git/merge.ts";
import { isAncestor } from "../git/history.ts";
import { can } from "./tokens.ts";
import type { Actor } from "./tokens.ts";
import type { PullRequest, Repository } from "./types.ts";
import type { World } from "./world.ts";

export function pulls(repository: Repository): PullRequest[] {
  const found: PullRequest[] = [];
  for (const issue of repository.issues.values()) if (issue.pull !== undefined) found.push(issue.pull);
  return found;
}

/** A branch moved: open pull requests from it are synchronised, or closed when it is gone. */
export async function headMoved(
  world: World,
  actor: Actor,
  repository: Repository,
  branch: string,
  before: string | undefined,
  after: string | undefined,
): Promise<void> {
  for (const other of new Set(world.repositories.values())) {
    for (const pull of pulls(other)) {
      if (pull.issue.state !== "open" || pull.headRepository !== repository || pull.headRef !== branch) continue;
      if (after === undefined) closePull(world, actor, pull);
      else await synchronise(world, actor, pull, before ?? pull.headSha, after);
    }
  }
  if (after === undefined) return;
  for (const pull of pulls(repository)) {
    if (pull.issue.state !== "open" || pull.baseRef !== branch) continue;
    pull.unknownFor = world.quirks.mergeableUnknownReads;
    // Pushing a pull request's own commits to its base merges it, as GitHub notices.
    if (before !== undefined && (await isAncestor(repository.git, pull.headSha, after))) {
      markMerged(world, actor, pull, after, before);
    }
  }
}

async function synchronise(world: World, actor: Actor, pull: PullRequest, before: string, after: string): Promise<void> {
  await fetchHead(pull, after);
  pull.headSha = after;
  pull.unknownFor = world.quirks.mergeableUnknownReads;
  pull.issue.updatedAt = world.now();
  // A push takes it out of the queue; auto-merge survives one by whoever may write here.
  pull.queue = null;
  if (!can(actor, pull.repository, "contents", "write")) pull.autoMerge = null;
  const base = pull.repository.git.ref(`refs/heads/${pull.baseRef}`);
  if (base !== undefined && (await isAncestor(pull.repository.git, after, base))) {
    closePull(world, actor, pull);
    return;
  }
  world.emit({
    name: "pull_request", action: "synchronize", pull, before, repository: pull.repository, actor, at: world.now(),
  });
}

/** `refs/pull/N/head` follows; a fork's commits are fetched into the base repository. */
export async function fetchHead(pull: PullRequest, sha: string): Promise<void> {
  const { git } = pull.repository;
  const ref = `refs/pull/${pull.issue.number}/head`;
  if (pull.headRepository !== pull.repository && !(await git.hasCommit(sha))) {
    await git.run(["fetch", "--quiet", "--no-tags", pull.headRepository.git.dir, sha]);
  }
  await git.updateRefs([{ ref, from: git.ref(ref), to: sha }]);
}

export function closePull(world: World, actor: Actor, pull: PullRequest): void {
  const at = world.now();
  Object.assign(pull.issue, { state: "closed", closedAt: at, closedBy: actor.account, updatedAt: at });
  pull.autoMerge = null;
  pull.queue = null;
  world.emit({ name: "pull_request", action: "closed", pull, repository: pull.repository, actor, at });
}

export function markMerged(world: World, actor: Actor, pull: PullRequest, commit: string, base: string): void {
  const at = world.now();
  pull.merged = true;
  pull.mergedAt = at;
  pull.mergedBy = actor.account;
  pull.mergeCommitSha = commit;
  pull.baseSha = base;
  closePull(world, actor, pull);
}

export interface TestMerge {
  readonly clean: boolean;
  /** The test merge commit, what `refs/pull/N/merge` names; null when it conflicts. */
  readonly sha: string | null;
}

/** Merges head into base on the side, once per pair of commits. */
export async function testMerge(world: World, pull: PullRequest): Promise<TestMerge> {
  const { git } = pull.repository;
  const base = git.ref(`refs/heads/${pull.baseRef}`) ?? pull.baseSha;
  const head = pull.headSha;
  if (pull.test?.base === base && pull.test.head === head) return pull.test;
  const merged = await mergeTrees(git, base, head);
  let sha: string | null = null;
  if (merged.clean) {
    const seconds = Math.floor(world.now() / 1000);
    const { author } = await git.commit(head);
    sha = await git.writeCommit({
      tree: merged.tree, parents: [base, head], message: `Merge ${head} into ${base}`,
      author: { ...author, seconds, zone: "+0000" },
      committer: { name: "GitHub", email: "noreply@github.com", seconds, zone: "+0000" },
    });
  }
  const test = { base, head, clean: merged.clean, sha };
  const ref = `refs/pull/${pull.issue.number}/merge`;
  await git.exclusive(async () => {
    const from = git.ref(ref);
    if (sha !== (from ?? null)) await git.updateRefs([{ ref, from, to: sha ?? undefined }]);
  });
  pull.test = test;
  return test;
}

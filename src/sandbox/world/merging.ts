/** Merging pull requests, bringing them up to date, and arming auto-merge. */

import { commitsBetween, isAncestor } from "../git/history.ts";
import { mergeTrees, replay } from "../git/merge.ts";
import { identity, webFlow } from "./commits.ts";
import { ApiError } from "./errors.ts";
import { pullCommits } from "./pull-facts.ts";
import { markMerged } from "./pull-sync.ts";
import { mergeability } from "./pulls.ts";
import { deleteRef, move, refsMoved, requireWorkflowRight } from "./refs.ts";
import { mergeObstacles, needsQueue, rulesFor } from "./rules.ts";
import { requirePermission, requireRole } from "./tokens.ts";
import type { Actor } from "./tokens.ts";
import type { MergeMethod, PullRequest } from "./types.ts";
import type { World } from "./world.ts";

export interface MergeWish {
  readonly sha?: string | undefined;
  readonly method?: MergeMethod | undefined;
  readonly title?: string | undefined;
  readonly message?: string | undefined;
}

function notMergeable(message: string): ApiError {
  return new ApiError(405, message, { graphql: message, type: "UNPROCESSABLE" });
}

/**
 * Merges exactly what the caller judged.
 * @throws ApiError 409 when the head is not `sha`; 405 when it cannot be merged, or the base just moved.
 */
export async function mergePull(world: World, actor: Actor, pull: PullRequest, wish: MergeWish): Promise<string> {
  const { repository } = pull;
  // GitHub asks for contents: write and for nothing else (its list of permissions for apps: "merge-a-pull-request").
  requirePermission(actor, repository, "contents", "write");
  requireRole(actor, repository, "write");
  if (pull.merged || pull.issue.state === "closed") throw notMergeable("Pull Request is not mergeable");
  if (wish.sha !== undefined && wish.sha !== pull.headSha) {
    throw new ApiError(409, "Head branch was modified. Review and try the merge again.");
  }
  if (pull.draft) throw notMergeable("Pull Request is still a draft");
  const method = wish.method ?? "merge";
  if (!allows(pull, method)) throw notMergeable(`${method === "merge" ? "Merge commits are" : `${method[0]?.toUpperCase()}${method.slice(1)} merges are`} not allowed on this repository.`);
  const ref = `refs/heads/${pull.baseRef}`;
  const { commit, base } = await repository.git.exclusive(async () => {
    // Others may have been first while this one waited for its turn.
    if (pull.merged || pull.issue.state === "closed") throw notMergeable("Pull Request is not mergeable");
    if (wish.sha !== undefined && wish.sha !== pull.headSha) throw new ApiError(409, "Head branch was modified. Review and try the merge again.");
    if (world.quirks.baseModifiedMerges > 0) {
      world.quirks.baseModifiedMerges -= 1;
      throw notMergeable("Base branch was modified. Review and try the merge again.");
    }
    const obstacles = [...(needsQueue(actor, pull) ? ["Changes must be made through the merge queue."] : []), ...await mergeObstacles(actor, pull)];
    if (obstacles.length > 0) throw notMergeable(`Repository rule violations found\n\n${obstacles.join("\n\n")}\n\n`);
    const tip = repository.git.ref(ref);
    if (tip === undefined) throw notMergeable("Pull Request is not mergeable");
    const made = await mergeCommit(world, actor, pull, tip, method, wish);
    await requireWorkflowRight(actor, repository, tip, made);
    await move(repository, [{ ref, from: tip, to: made }]);
    return { commit: made, base: tip };
  });
  markMerged(world, actor, pull, commit, base);
  await refsMoved(world, actor, repository, [{ ref, from: base, to: commit }]);
  await deleteHead(world, actor, pull);
  return commit;
}

function allows({ repository, baseRef }: PullRequest, method: MergeMethod): boolean {
  const { settings } = repository;
  if (rulesFor(repository, baseRef).some((rule) => rule.mergeMethods?.includes(method) === false)) return false;
  return method === "merge" ? settings.allowMergeCommit : method === "squash" ? settings.allowSquashMerge : settings.allowRebaseMerge;
}

/** The repository's own tidying up after a merge. */
export async function deleteHead(world: World, actor: Actor, pull: PullRequest): Promise<void> {
  const ref = `refs/heads/${pull.headRef}`;
  if (!pull.repository.settings.deleteBranchOnMerge || pull.headRepository !== pull.repository) return;
  if (pull.headRef === pull.repository.defaultBranch || pull.repository.git.ref(ref) === undefined) return;
  await deleteRef(world, actor, pull.repository, ref);
}

/** What landing it now makes, in the given way. @throws ApiError 405 when it conflicts. */
export async function mergeCommit(
  world: World,
  actor: Actor,
  pull: PullRequest,
  tip: string,
  method: MergeMethod,
  wish: MergeWish,
): Promise<string> {
  const { git } = pull.repository;
  const conflict = notMergeable("Pull Request has merge conflicts");
  if (method === "rebase") {
    let onto = tip;
    for (const oid of await commitsBetween(git, tip, pull.headSha)) {
      const replayed = await replay(git, oid, onto);
      if (!replayed.clean) throw conflict;
      const original = await git.commit(oid);
      onto = await git.writeCommit({
        tree: replayed.tree, parents: [onto], author: original.author, committer: identity(world, actor.account), message: original.message,
      });
    }
    return onto;
  }
  const merged = await mergeTrees(git, tip, pull.headSha);
  if (!merged.clean) throw conflict;
  const squash = method === "squash";
  const words = squash ? await squashWords(pull, wish) : mergeWords(pull, wish);
  const author = squash ? identity(world, pull.issue.author) : identity(world, actor.account);
  const commit = await git.writeCommit({
    tree: merged.tree, parents: squash ? [tip] : [tip, pull.headSha], author, committer: webFlow(world), message: words,
  });
  pull.repository.signed.add(commit);
  return commit;
}

function mergeWords(pull: PullRequest, wish: MergeWish): string {
  const title = wish.title ?? `Merge pull request #${pull.issue.number} from ${pull.headRepository.owner.login}/${pull.headRef}`;
  return join(title, wish.message ?? pull.issue.title);
}

async function squashWords(pull: PullRequest, wish: MergeWish): Promise<string> {
  const { settings, git } = pull.repository;
  const commits = await Promise.all((await pullCommits(pull)).map((oid) => git.commit(oid)));
  const only = commits.length === 1 ? commits[0] : undefined;
  const [head = "", ...rest] = (only?.message ?? "").split("\n");
  const title = wish.title
    ?? `${only !== undefined && settings.squashMergeCommitTitle === "COMMIT_OR_PR_TITLE" ? head : pull.issue.title} (#${pull.issue.number})`;
  const messages = only !== undefined ? rest.join("\n").trim() : commits.map((one) => `* ${one.message.trim()}`).join("\n\n");
  const fallback = { PR_BODY: pull.issue.body ?? "", COMMIT_MESSAGES: messages, BLANK: "" }[settings.squashMergeCommitMessage];
  return join(title, wish.message ?? fallback);
}

function join(title: string, message: string): string {
  return message === "" ? title : `${title}\n\n${message}`;
}

/**
 * REST's `update-branch`: merges the base into the head. GitHub's list names `pull_requests: write` alone; that a token
 * without `contents: write` can make this commit is not certain, so both are asked for.
 * @throws ApiError 422 when the head moved or conflicts
 */
export async function updateBranch(world: World, actor: Actor, pull: PullRequest, expected: string | undefined): Promise<void> {
  requirePermission(actor, pull.repository, "pull_requests", "write");
  requirePermission(actor, pull.headRepository, "contents", "write");
  const head = pull.headSha;
  if (expected !== undefined && expected !== head) {
    throw new ApiError(422, `expected_head_sha ${expected} does not match the head of the pull request`);
  }
  const { git } = pull.repository;
  const base = git.ref(`refs/heads/${pull.baseRef}`);
  if (base === undefined || (await isAncestor(git, base, head))) throw new ApiError(422, "There are no new commits on the base branch.");
  const merged = await mergeTrees(git, head, base);
  if (!merged.clean) throw new ApiError(422, "merge conflict between base and head");
  const store = pull.headRepository.git;
  if (store !== git) await store.run(["fetch", "--quiet", "--no-tags", git.dir, base]);
  const commit = await (store === git ? git : store).writeCommit({
    tree: merged.tree, parents: [head, base], author: identity(world, actor.account), committer: webFlow(world),
    message: `Merge branch '${pull.baseRef}' into ${pull.headRef}`,
  });
  pull.headRepository.signed.add(commit);
  const change = { ref: `refs/heads/${pull.headRef}`, from: head, to: commit };
  await store.exclusive(() => move(pull.headRepository, [change]));
  await refsMoved(world, actor, pull.headRepository, [change]);
}

/** GitHub's words for a head that is not the expected one, where a mutation is told of one. */
export function headModified(): ApiError {
  return new ApiError(422, "Head branch was modified. Review and try the merge again.");
}

/** @throws ApiError when there is nothing to wait for, as GitHub words it. */
export async function enableAutoMerge(world: World, actor: Actor, pull: PullRequest, wish: MergeWish): Promise<void> {
  requirePermission(actor, pull.repository, "pull_requests", "write");
  requirePermission(actor, pull.repository, "contents", "write");
  if (wish.sha !== undefined && wish.sha !== pull.headSha) throw headModified();
  if (!pull.repository.settings.allowAutoMerge) throw new ApiError(422, "Pull request Auto merge is not allowed for this repository");
  const { state } = await mergeability(world, pull);
  if (state === "clean" || state === "unstable") throw new ApiError(422, `Pull request Pull request is in ${state} status`);
  if (state === "draft") throw new ApiError(422, "Pull request Pull request is in draft status");
  pull.autoMerge = {
    by: actor.account, method: wish.method ?? "merge", title: wish.title, message: wish.message, at: world.now(),
  };
  world.emit({ name: "pull_request", action: "auto_merge_enabled", pull, repository: pull.repository, actor, at: world.now() });
}

/** @throws ApiError when it was not armed. */
export function disableAutoMerge(world: World, actor: Actor, pull: PullRequest): void {
  requirePermission(actor, pull.repository, "pull_requests", "write");
  requireRole(actor, pull.repository, "write");
  if (pull.autoMerge === null) throw new ApiError(422, "Can't disable auto-merge for this pull request: auto-merge is not enabled.");
  pull.autoMerge = null;
  world.emit({ name: "pull_request", action: "auto_merge_disabled", pull, repository: pull.repository, actor, at: world.now() });
}

/** Pull requests: opening, changing, judging and merging them. */

import { commitsBetween, isAncestor } from "../git/history.ts";
import { mergeTrees, replay } from "../git/merge.ts";
import { identity, webFlow } from "./commits.ts";
import { ApiError, invalid, notFound } from "./errors.ts";
import { newIssue } from "./issues.ts";
import { isBehind, pullCommits } from "./pull-facts.ts";
import { closePull, fetchHead, markMerged, pulls, testMerge } from "./pull-sync.ts";
import { deleteRef, move, refsMoved, requireWorkflowRight } from "./refs.ts";
import { mergeObstacles, requiredChecks, rulesFor } from "./rules.ts";
import { checkState } from "./rules.ts";
import { hasRole, requirePermission, requireRole } from "./tokens.ts";
import type { Actor } from "./tokens.ts";
import type { Issue, MergeMethod, PullRequest, Repository } from "./types.ts";
import type { World } from "./world.ts";

export function pullByNumber(repository: Repository, number: number): PullRequest {
  const pull = repository.issues.get(number)?.pull;
  if (pull === undefined) throw notFound(`Could not resolve to a PullRequest with the number of ${number}.`);
  return pull;
}

/** Right after its creation a pull request is not everywhere yet; a test can ask for that. @throws ApiError 422 */
export function requireSettled(world: World, pull: PullRequest): void {
  if (world.now() - pull.issue.createdAt >= world.quirks.pullRequestSettlingMs) return;
  const message = `Could not resolve to a node with the global id of '${pull.nodeId}'`;
  throw new ApiError(422, "Validation Failed", {
    errors: [{ resource: "PullRequest", field: "number", code: "invalid", message }], type: "NOT_FOUND", graphql: message,
  });
}

export interface NewPull {
  readonly title: string;
  /** `branch`, `owner:branch`. */
  readonly head: string;
  readonly headRepository?: Repository | undefined;
  readonly base: string;
  readonly body?: string | null | undefined;
  readonly draft?: boolean | undefined;
  readonly maintainerCanModify?: boolean | undefined;
}

function custom(message: string): ApiError {
  return invalid({ resource: "PullRequest", code: "custom", message });
}

/** @throws ApiError 403 where Actions may not open pull requests; 422 for a second one, or without a difference. */
export async function createPull(world: World, actor: Actor, repository: Repository, wish: NewPull): Promise<PullRequest> {
  requirePermission(actor, repository, "pull_requests", "write");
  if (actor.kind === "job" && !repository.settings.canApprovePullRequestReviews) {
    throw new ApiError(403, "GitHub Actions is not permitted to create or approve pull requests.", { type: "FORBIDDEN" });
  }
  const { headRepository, headRef, headSha } = await checkWish(world, actor, repository, wish);
  const existing = pulls(repository).find((one) => one.issue.state === "open" && one.headRepository === headRepository
    && one.headRef === headRef && one.baseRef === wish.base);
  if (existing !== undefined) throw custom(`A pull request already exists for ${headRepository.owner.login}:${headRef}.`);
  const id = world.nextId();
  const pull: PullRequest = {
    id, repository, headRepository, headRef, headSha, nodeId: world.nodeId("PR", id),
    baseRef: wish.base, baseSha: repository.git.ref(`refs/heads/${wish.base}`) as string,
    draft: wish.draft ?? false, merged: false, mergedAt: null, mergedBy: null, mergeCommitSha: null,
    maintainerCanModify: wish.maintainerCanModify ?? false, autoMerge: null, reviews: [], threads: [], test: undefined,
    unknownFor: world.quirks.mergeableUnknownReads,
    // Set in the next line: number, title and comments live in the issue.
    issue: undefined as unknown as Issue,
  };
  pull.issue = newIssue(world, repository, { author: actor.account, title: wish.title, body: wish.body ?? null, pull });
  world.register(pull);
  await fetchHead(pull, headSha);
  world.emit({ name: "pull_request", action: "opened", pull, repository, actor, at: world.now() });
  return pull;
}

async function checkWish(
  world: World,
  actor: Actor,
  repository: Repository,
  wish: NewPull,
): Promise<{ headRepository: Repository; headRef: string; headSha: string }> {
  if (wish.title.trim() === "") throw invalid({ resource: "PullRequest", field: "title", code: "missing_field" });
  if ([...wish.title].length > 256) {
    throw invalid({ resource: "PullRequest", code: "custom", field: "title", message: "title is too long (maximum is 256 characters)" });
  }
  const colon = wish.head.indexOf(":");
  const owner = colon < 0 ? undefined : wish.head.slice(0, colon);
  const headRef = (colon < 0 ? wish.head : wish.head.slice(colon + 1)).replace(/^refs\/heads\//, "");
  const headRepository = wish.headRepository ?? (owner === undefined || owner.toLowerCase() === repository.owner.login.toLowerCase()
    ? repository
    : [...world.repositories.values()].find((one) => one.parent === repository && one.owner.login.toLowerCase() === owner.toLowerCase()));
  const headSha = headRepository?.git.ref(`refs/heads/${headRef}`);
  const base = repository.git.ref(`refs/heads/${wish.base}`);
  if (base === undefined) throw invalid({ resource: "PullRequest", field: "base", code: "invalid", message: "base ref does not exist" });
  if (headRepository === undefined || headSha === undefined) {
    throw invalid({ resource: "PullRequest", field: "head", code: "invalid", message: "Head sha can't be blank, Head ref must be a branch" });
  }
  if (actor.kind === "person" && !hasRole(headRepository, actor.account, "write")) throw notFound();
  if (headRepository !== repository && !(await repository.git.hasCommit(headSha))) {
    await repository.git.run(["fetch", "--quiet", "--no-tags", headRepository.git.dir, headSha]);
  }
  if (await isAncestor(repository.git, headSha, base)) throw custom(`No commits between ${wish.base} and ${headRef}`);
  return { headRepository, headRef, headSha };
}

export interface PullChange {
  readonly title?: string | undefined;
  readonly body?: string | null | undefined;
  readonly state?: "open" | "closed" | undefined;
  readonly base?: string | undefined;
}

export async function updatePull(world: World, actor: Actor, pull: PullRequest, change: PullChange): Promise<void> {
  requirePermission(actor, pull.repository, "pull_requests", "write");
  if (pull.issue.author !== actor.account) requireRole(actor, pull.repository, "triage");
  const common = { pull, repository: pull.repository, actor, at: world.now() };
  const { issue } = pull;
  if (change.title !== undefined || change.body !== undefined || change.base !== undefined) {
    if (change.base !== undefined) retarget(pull, change.base);
    issue.title = change.title ?? issue.title;
    if (change.body !== undefined) issue.body = change.body;
    issue.updatedAt = world.now();
    world.emit({ name: "pull_request", action: "edited", ...common });
  }
  if (change.state === "closed" && issue.state === "open") closePull(world, actor, pull);
  if (change.state === "open" && issue.state === "closed") await reopen(world, actor, pull);
}

function retarget(pull: PullRequest, base: string): void {
  const tip = pull.repository.git.ref(`refs/heads/${base}`);
  if (tip === undefined) throw invalid({ resource: "PullRequest", field: "base", code: "invalid" });
  pull.baseRef = base;
  pull.baseSha = tip;
}

async function reopen(world: World, actor: Actor, pull: PullRequest): Promise<void> {
  const head = pull.headRepository.git.ref(`refs/heads/${pull.headRef}`);
  if (pull.merged || head === undefined) {
    throw custom(pull.merged ? "Cannot reopen a merged pull request." : "state cannot be changed. The branch has been deleted.");
  }
  await fetchHead(pull, head);
  pull.headSha = head;
  Object.assign(pull.issue, { state: "open", closedAt: null, closedBy: null, updatedAt: world.now() });
  world.emit({ name: "pull_request", action: "reopened", pull, repository: pull.repository, actor, at: world.now() });
}

export interface Mergeability {
  /** null: not computed yet. */
  readonly mergeable: boolean | null;
  readonly state: "clean" | "dirty" | "blocked" | "behind" | "unstable" | "draft" | "unknown";
  readonly testMerge: string | null;
}

/** What `mergeable` and `mergeable_state` say; reading it once is what makes GitHub compute it. */
export async function mergeability(world: World, pull: PullRequest): Promise<Mergeability> {
  if (pull.issue.state === "closed") return { mergeable: null, state: "unknown", testMerge: null };
  if (pull.unknownFor > 0) {
    pull.unknownFor -= 1;
    return { mergeable: null, state: "unknown", testMerge: null };
  }
  const test = await testMerge(world, pull);
  if (!test.clean) return { mergeable: false, state: "dirty", testMerge: null };
  const known = { mergeable: true, testMerge: test.sha };
  if (pull.draft) return { ...known, state: "draft" };
  const rules = rulesFor(pull.repository, pull.baseRef);
  const behind = rules.some((rule) => rule.strict === true) && (await isBehind(pull));
  const obstacles = await mergeObstacles(undefined, pull);
  if (obstacles.length > (behind ? 1 : 0)) return { ...known, state: "blocked" };
  if (behind) return { ...known, state: "behind" };
  return { ...known, state: unstable(pull) ? "unstable" : "clean" };
}

/** Some check that is not required failed or is not done. */
function unstable(pull: PullRequest): boolean {
  const known = pull.repository.bySha.get(pull.headSha);
  const contexts = new Set([...(known?.runs ?? []).map((run) => run.name), ...(known?.statuses ?? []).map((one) => one.context)]);
  const required = new Set(requiredChecks(rulesFor(pull.repository, pull.baseRef)).map((one) => one.context));
  return [...contexts].some((context) => !required.has(context)
    && checkState(pull.repository, pull.headSha, { context, app: undefined }) !== "success");
}

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
  // GitHub asks for contents: write; pull-requests: write alone does not merge.
  requirePermission(actor, repository, "contents", "write");
  requireRole(actor, repository, "write");
  if (pull.merged || pull.issue.state === "closed") throw notMergeable("Pull Request is not mergeable");
  if (wish.sha !== undefined && wish.sha !== pull.headSha) {
    throw new ApiError(409, "Head branch was modified. Review and try the merge again.");
  }
  if (pull.draft) throw notMergeable("Pull Request is still a draft");
  const method = wish.method ?? "merge";
  if (!allows(repository, method)) throw notMergeable(`${method === "merge" ? "Merge commits are" : `${method[0]?.toUpperCase()}${method.slice(1)} merges are`} not allowed on this repository.`);
  const ref = `refs/heads/${pull.baseRef}`;
  const { commit, base } = await repository.git.exclusive(async () => {
    // Others may have been first while this one waited for its turn.
    if (pull.merged || pull.issue.state === "closed") throw notMergeable("Pull Request is not mergeable");
    if (wish.sha !== undefined && wish.sha !== pull.headSha) throw new ApiError(409, "Head branch was modified. Review and try the merge again.");
    if (world.quirks.baseModifiedMerges > 0) {
      world.quirks.baseModifiedMerges -= 1;
      throw notMergeable("Base branch was modified. Review and try the merge again.");
    }
    const obstacles = await mergeObstacles(actor, pull);
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

function allows(repository: Repository, method: MergeMethod): boolean {
  const { settings } = repository;
  return method === "merge" ? settings.allowMergeCommit : method === "squash" ? settings.allowSquashMerge : settings.allowRebaseMerge;
}

async function deleteHead(world: World, actor: Actor, pull: PullRequest): Promise<void> {
  const ref = `refs/heads/${pull.headRef}`;
  if (!pull.repository.settings.deleteBranchOnMerge || pull.headRepository !== pull.repository) return;
  if (pull.headRef === pull.repository.defaultBranch || pull.repository.git.ref(ref) === undefined) return;
  await deleteRef(world, actor, pull.repository, ref);
}

async function mergeCommit(
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

/** REST's `update-branch`: merges the base into the head. @throws ApiError 422 when the head moved or conflicts. */
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

/** @throws ApiError when there is nothing to wait for, as GitHub words it. */
export async function enableAutoMerge(world: World, actor: Actor, pull: PullRequest, wish: MergeWish): Promise<void> {
  requirePermission(actor, pull.repository, "pull_requests", "write");
  requirePermission(actor, pull.repository, "contents", "write");
  if (!pull.repository.settings.allowAutoMerge) throw new ApiError(422, "Pull request Auto merge is not allowed for this repository");
  const { state } = await mergeability(world, pull);
  if (state === "clean" || state === "unstable") throw new ApiError(422, `Pull request Pull request is in ${state} status`);
  if (state === "draft") throw new ApiError(422, "Pull request Pull request is in draft status");
  pull.autoMerge = {
    by: actor.account, method: wish.method ?? "merge", title: wish.title, message: wish.message, at: world.now(),
  };
  world.emit({ name: "pull_request", action: "auto_merge_enabled", pull, repository: pull.repository, actor, at: world.now() });
}

/** Pull requests: opening, changing and judging them. */

import { isAncestor } from "../git/history.ts";
import { ApiError, invalid, notFound } from "./errors.ts";
import { newIssue } from "./issues.ts";
import { isBehind } from "./pull-facts.ts";
import { closePull, fetchHead, pulls, testMerge } from "./pull-sync.ts";
import { checkState, mergeObstacles, requiredChecks, rulesFor } from "./rules.ts";
import { hasRole, requirePermission, requireRole } from "./tokens.ts";
import type { Actor } from "./tokens.ts";
import type { Issue, PullRequest, Repository } from "./types.ts";
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
    maintainerCanModify: wish.maintainerCanModify ?? false, autoMerge: null, queue: null, reviews: [], threads: [], test: undefined,
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

/** Its author and those who may write turn a pull request into a draft and back. */
export function setDraft(world: World, actor: Actor, pull: PullRequest, draft: boolean): void {
  requirePermission(actor, pull.repository, "pull_requests", "write");
  if (pull.issue.author !== actor.account) requireRole(actor, pull.repository, "write");
  if (pull.issue.state === "closed") throw custom("This pull request is closed.");
  if (pull.draft === draft) return;
  pull.draft = draft;
  pull.issue.updatedAt = world.now();
  const action = draft ? "converted_to_draft" : "ready_for_review";
  world.emit({ name: "pull_request", action, pull, repository: pull.repository, actor, at: world.now() });
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

/** Merge queues: a pull request waits for its turn, is checked on top of its base, and lands as what was checked. */

import { ApiError } from "./errors.ts";
import type { WorldEvent } from "./events.ts";
import { deleteHead, headModified, mergeCommit } from "./merging.ts";
import { markMerged, pulls } from "./pull-sync.ts";
import { mergeability } from "./pulls.ts";
import { move, refsMoved } from "./refs.ts";
import { checkState, queueMethod, requiredChecks, rulesFor } from "./rules.ts";
import { requirePermission, requireRole } from "./tokens.ts";
import type { Actor } from "./tokens.ts";
import type { PullRequest, QueueEntry, Repository } from "./types.ts";
import type { World } from "./world.ts";

/** Pull requests in the queue of a branch, the first one first. */
export function queueOf(repository: Repository, branch: string): PullRequest[] {
  return pulls(repository).filter((one) => one.queue !== null && one.baseRef === branch).sort((a, b) => (a.queue?.id ?? 0) - (b.queue?.id ?? 0));
}

/** @throws ApiError 422 when the branch has no queue, the head is another, or the pull request may not be merged. */
export async function enqueue(world: World, actor: Actor, pull: PullRequest, expected: string | undefined): Promise<QueueEntry> {
  requireWriter(actor, pull);
  if (pull.issue.state === "closed") throw new ApiError(422, "Pull request is not in an open state");
  if (queueMethod(pull.repository, pull.baseRef) === undefined) throw new ApiError(422, "The merge queue is not enabled for this branch");
  if (expected !== undefined && expected !== pull.headSha) throw headModified();
  if (pull.queue !== null) throw new ApiError(422, "Pull request is already in the queue");
  const { state } = await mergeability(world, pull);
  // What is behind is brought up to date by the queue itself.
  if (!["clean", "unstable", "behind"].includes(state)) throw new ApiError(422, `Pull request Pull request is in ${state} status`);
  const entry: QueueEntry = { id: world.nextId(), by: actor.account, at: world.now(), head: pull.headSha, group: undefined };
  pull.queue = entry;
  world.emit({ name: "pull_request", action: "enqueued", pull, repository: pull.repository, actor, at: world.now() });
  return entry;
}

/** @throws ApiError 422 when it is not in the queue. */
export function dequeue(world: World, actor: Actor, pull: PullRequest): void {
  requireWriter(actor, pull);
  if (pull.queue === null) throw new ApiError(422, "Pull request is not in the queue");
  leave(world, actor, pull);
}

function requireWriter(actor: Actor, { repository }: PullRequest): void {
  requirePermission(actor, repository, "pull_requests", "write");
  requirePermission(actor, repository, "contents", "write");
  requireRole(actor, repository, "write");
}

function leave(world: World, actor: Actor, pull: PullRequest): void {
  pull.queue = null;
  world.emit({ name: "pull_request", action: "dequeued", pull, repository: pull.repository, actor, at: world.now() });
}

/** Events after which the first of a queue may go on. */
const reasons = new Set<WorldEvent["name"]>(["check_run", "status", "push", "pull_request"]);

/** Watches the world; the result waits for what is under way. */
export function watchMergeQueues(world: World): () => Promise<void> {
  let tail: Promise<void> = Promise.resolve();
  world.listen((event) => {
    if (!reasons.has(event.name)) return;
    const branches = new Set(pulls(event.repository).filter((one) => one.queue !== null).map((one) => one.baseRef));
    for (const branch of branches) tail = tail.then(() => goOn(world, event.repository, branch));
  });
  return () => tail;
}

/** The first one gets its group, and lands or leaves by what the group's checks say. */
async function goOn(world: World, repository: Repository, branch: string): Promise<void> {
  const [first] = queueOf(repository, branch);
  const entry = first?.queue;
  if (first === undefined || !entry) return;
  const actor = asQueue(entry);
  try {
    const base = repository.git.ref(`refs/heads/${branch}`);
    if (base === undefined) return leave(world, actor, first);
    if (entry.group?.base !== base) await ask(world, actor, first, entry, base);
    // What was asked for may have made it leave.
    if (first.queue !== entry || entry.group === undefined) return;
    const { sha } = entry.group;
    const states = requiredChecks(rulesFor(repository, branch)).map((check) => checkState(repository, sha, check));
    if (states.includes("failure")) leave(world, actor, first);
    else if (states.every((state) => state === "success")) await land(world, actor, first, entry.group);
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause;
    // It conflicts with what landed before it.
    leave(world, actor, first);
  }
}

/** Its commit on top of the base, on a branch of the queue's own, for which checks are asked. */
async function ask(world: World, actor: Actor, pull: PullRequest, entry: QueueEntry, base: string): Promise<void> {
  const { repository } = pull;
  const sha = await mergeCommit(world, actor, pull, base, queueMethod(repository, pull.baseRef) ?? "merge", {});
  const ref = `refs/heads/gh-readonly-queue/${pull.baseRef}/pr-${pull.issue.number}-${base}`;
  await repository.git.updateRefs([{ ref, from: repository.git.ref(ref), to: sha }]);
  entry.group = { ref, sha, base };
  const group = { headRef: ref, headSha: sha, baseRef: `refs/heads/${pull.baseRef}`, baseSha: base };
  world.emit({ name: "merge_group", action: "checks_requested", group, repository, actor, at: world.now() });
}

async function land(world: World, actor: Actor, pull: PullRequest, group: NonNullable<QueueEntry["group"]>): Promise<void> {
  const { repository } = pull;
  const ref = `refs/heads/${pull.baseRef}`;
  const moved = await repository.git.exclusive(async () => {
    if (repository.git.ref(ref) !== group.base || pull.queue === null) return false;
    await move(repository, [{ ref, from: group.base, to: group.sha }]);
    return true;
  });
  if (!moved) return;
  markMerged(world, actor, pull, group.sha, group.base);
  await refsMoved(world, actor, repository, [{ ref, from: group.base, to: group.sha }]);
  await deleteHead(world, actor, pull);
  await repository.git.updateRefs([{ ref: group.ref, from: group.sha, to: undefined }]);
}

/** GitHub acts for whoever put it there. */
function asQueue(entry: QueueEntry): Actor {
  const permissions = { contents: "write", pull_requests: "write" } as const;
  return { kind: entry.by.type === "Bot" ? "app" : "person", account: entry.by, app: undefined, permissions, repository: undefined, runId: undefined, job: undefined, token: "" };
}

/** Merge queues as GraphQL shows them. */

import { queueOf } from "../../world/merge-queue.ts";
import { queueMethod } from "../../world/rules.ts";
import type { PullRequest, Repository } from "../../world/types.ts";
import { iso } from "../render/users.ts";
import { actorShape } from "./actors.ts";
import { connection } from "./connection.ts";
import type { PageArguments } from "./connection.ts";
import type { GraphqlContext, Shape } from "./context.ts";
import { objectAt } from "./objects.ts";

/** null where the branch has none. */
export function mergeQueueShape(context: GraphqlContext, repository: Repository, branch: string): Shape | null {
  if (queueMethod(repository, branch) === undefined) return null;
  const path = `/${repository.fullName}/queue/${branch}`;
  return {
    __typename: "MergeQueue", id: context.world.nodeId("MQ", `${repository.id}:${branch}`), resourcePath: path, url: `${context.world.urls.server}${path}`,
    repository: () => context.shapes.repository(repository), nextEntryEstimatedTimeToMerge: null,
    entries: (args: PageArguments) => connection(queueOf(repository, branch), args, (pull) => queueEntryShape(context, pull)),
  };
}

export function queueEntryShape(context: GraphqlContext, pull: PullRequest): Shape | null {
  const { queue: entry, repository, baseRef } = pull;
  if (entry === null) return null;
  const group = entry.group;
  return {
    __typename: "MergeQueueEntry", id: context.world.nodeId("MQE", entry.id), enqueuedAt: iso(entry.at), enqueuer: () => actorShape(context, entry.by),
    position: queueOf(repository, baseRef).indexOf(pull) + 1, state: group === undefined ? "QUEUED" : "AWAITING_CHECKS", jump: false, solo: false,
    estimatedTimeToMerge: null, pullRequest: () => context.shapes.pull(pull), mergeQueue: () => mergeQueueShape(context, repository, baseRef),
    headCommit: () => (group === undefined ? null : objectAt(context, repository, group.sha)), baseCommit: () => (group === undefined ? null : objectAt(context, repository, group.base)),
  };
}

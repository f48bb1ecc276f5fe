/** The root of GraphQL mutations. Each does what its REST sibling does, in GraphQL's words. */

import { commitOnBranch } from "../../world/commits.ts";
import { ApiError, notFound } from "../../world/errors.ts";
import { addComment, createIssue, deleteComment, updateComment, updateIssue } from "../../world/issues.ts";
import { addLabels, createLabel, removeLabel } from "../../world/labels.ts";
import { disableAutoMerge, enableAutoMerge, mergePull, updateBranch } from "../../world/merging.ts";
import { createPull, requireSettled, setDraft, updatePull } from "../../world/pulls.ts";
import { dequeue, enqueue } from "../../world/merge-queue.ts";
import { addReview, resolveThread } from "../../world/reviews.ts";
import { createRef, deleteRef, updateRef, updateRefs } from "../../world/refs.ts";
import type { RefUpdateInput } from "../../world/refs.ts";
import { unserved } from "../../world/search.ts";
import type { Comment, Issue, MergeMethod, PullRequest, Repository, ReviewThread } from "../../world/types.ts";
import type { GraphqlContext, Shape } from "./context.ts";
import { actorShape } from "./actors.ts";
import { assigneeLogins, changeMarks, inWordsForPeople, labelNames, node, optional, refuseUnserved } from "./inputs.ts";
import type { Input } from "./inputs.ts";
import { commitShape } from "./objects.ts";
import { refShape } from "./refs.ts";
import { commentShape, issueShape, labelShape, pullShape, reviewShape, threadShape } from "./pulls.ts";
import { queueEntryShape } from "./merge-queue.ts";
import { placeOf, repositoryNamed } from "./queries.ts";

type Mutation = (args: { input: Input }) => Promise<Shape> | Shape;

export function mutations(context: GraphqlContext): Shape {
  const all: Record<string, Mutation> = { ...refMutations(context), ...pullMutations(context), ...issueMutations(context) };
  // `clientMutationId` comes back with every answer.
  return Object.fromEntries(Object.entries(all).map(([name, mutation]) => [
    name, async (args: { input: Input }) => {
      refuseUnserved(name, args.input);
      try {
        return { clientMutationId: args.input["clientMutationId"] ?? null, ...await mutation(args) };
      } catch (cause) {
        throw inWordsForPeople(context, name, cause);
      }
    },
  ]));
}

function refMutations(context: GraphqlContext): Record<string, Mutation> {
  const { world, actor } = context;
  const refOf = (id: unknown): { repository: Repository; name: string } => {
    const place = placeOf(context, String(id));
    if (place === undefined || place.repository.git.ref(place.name) === undefined) throw notFound(`Could not resolve to a node with the global id of '${String(id)}'`);
    return place;
  };
  return {
    createCommitOnBranch: ({ input }) => createCommitOnBranch(context, input),
    createRef: async ({ input }) => {
      const repository = node<Repository>(context, input["repositoryId"], "R");
      const name = String(input["name"]);
      await createRef(world, actor, repository, name, String(input["oid"]));
      return { ref: refShape(context, repository, name) };
    },
    updateRef: async ({ input }) => {
      const { repository, name } = refOf(input["refId"]);
      await updateRef(world, actor, repository, name, String(input["oid"]), input["force"] === true);
      return { ref: refShape(context, repository, name) };
    },
    updateRefs: async ({ input }) => {
      await updateRefs(world, actor, node<Repository>(context, input["repositoryId"], "R"), input["refUpdates"] as RefUpdateInput[]);
      return {};
    },
    deleteRef: async ({ input }) => {
      const { repository, name } = refOf(input["refId"]);
      await deleteRef(world, actor, repository, name);
      return {};
    },
  };
}

async function createCommitOnBranch(context: GraphqlContext, input: Input): Promise<Shape> {
  const branch = input["branch"] as { id?: string; repositoryNameWithOwner?: string; branchName?: string };
  let place: { repository: Repository; name: string } | undefined;
  if (branch.id !== undefined) place = placeOf(context, branch.id);
  else if (branch.repositoryNameWithOwner !== undefined && branch.branchName !== undefined) {
    const short = branch.branchName.replace(/^refs\/heads\//, "");
    place = { repository: repositoryNamed(context, branch.repositoryNameWithOwner), name: `refs/heads/${short}` };
  }
  if (place === undefined) throw new ApiError(422, "Branch must be given by id, or by repositoryNameWithOwner and branchName.", { type: "UNPROCESSABLE" });
  const message = input["message"] as { headline: string; body?: string };
  const changes = (input["fileChanges"] ?? {}) as { additions?: { path: string; contents: string }[]; deletions?: { path: string }[] };
  const { repository } = place;
  const oid = await commitOnBranch(context.world, context.actor, repository, {
    branch: place.name.slice(11), expectedHeadOid: String(input["expectedHeadOid"]), headline: message.headline, body: message.body,
    changes: [
      ...(changes.additions ?? []).map((one) => ({ path: one.path, content: Buffer.from(one.contents, "base64") })),
      ...(changes.deletions ?? []).map((one) => ({ path: one.path, content: undefined })),
    ],
  });
  return { commit: commitShape(context, repository, await repository.git.commit(oid)), ref: refShape(context, repository, place.name) };
}

function pullMutations(context: GraphqlContext): Record<string, Mutation> {
  const { world, actor } = context;
  const pullOf = (id: unknown): PullRequest => {
    const pull = node<PullRequest>(context, id, "PR");
    requireSettled(world, pull);
    return pull;
  };
  const shown = (pull: PullRequest): Shape => ({ actor: () => actorShape(context, actor.account), pullRequest: () => pullShape(context, pull) });
  const method = (input: Input): MergeMethod => String(input["mergeMethod"] ?? "MERGE").toLowerCase() as MergeMethod;
  const words = (input: Input) => ({
    sha: optional(input["expectedHeadOid"]), method: method(input), title: optional(input["commitHeadline"]), message: optional(input["commitBody"]),
  });
  const change = async (pull: PullRequest, what: Parameters<typeof updatePull>[3]): Promise<Shape> => {
    await updatePull(world, actor, pull, what);
    return shown(pull);
  };
  const resolved = (id: unknown, value: boolean): Shape => {
    const thread = node<ReviewThread>(context, id, "PRRT");
    resolveThread(world, actor, thread, value);
    return { thread: threadShape(context, thread) };
  };
  return {
    createPullRequest: async ({ input }) => {
      const head = input["headRepositoryId"];
      return shown(await createPull(world, actor, node<Repository>(context, input["repositoryId"], "R"), {
        title: String(input["title"]), head: String(input["headRefName"]), base: String(input["baseRefName"]).replace(/^refs\/heads\//, ""),
        body: optional(input["body"]), draft: input["draft"] === true, maintainerCanModify: input["maintainerCanModify"] === true,
        headRepository: head === undefined || head === null ? undefined : node<Repository>(context, head, "R"),
      }));
    },
    updatePullRequest: async ({ input }) => {
      const pull = pullOf(input["pullRequestId"]);
      const shape = await change(pull, {
        title: optional(input["title"]), body: optional(input["body"]), base: optional(input["baseRefName"]),
        state: input["state"] === undefined || input["state"] === null ? undefined : input["state"] === "OPEN" ? "open" : "closed",
      });
      if (typeof input["maintainerCanModify"] === "boolean") pull.maintainerCanModify = input["maintainerCanModify"];
      changeMarks(context, pull.issue, input);
      return shape;
    },
    closePullRequest: ({ input }) => change(pullOf(input["pullRequestId"]), { state: "closed" }),
    reopenPullRequest: ({ input }) => change(pullOf(input["pullRequestId"]), { state: "open" }),
    mergePullRequest: async ({ input }) => {
      const pull = pullOf(input["pullRequestId"]);
      await mergePull(world, actor, pull, words(input));
      return shown(pull);
    },
    enablePullRequestAutoMerge: async ({ input }) => {
      const pull = pullOf(input["pullRequestId"]);
      await enableAutoMerge(world, actor, pull, words(input));
      return shown(pull);
    },
    disablePullRequestAutoMerge: ({ input }) => {
      const pull = pullOf(input["pullRequestId"]);
      disableAutoMerge(world, actor, pull);
      return shown(pull);
    },
    enqueuePullRequest: async ({ input }) => {
      if (input["jump"] === true) throw unserved("jump of enqueuePullRequest");
      const pull = pullOf(input["pullRequestId"]);
      await enqueue(world, actor, pull, optional(input["expectedHeadOid"]));
      return { mergeQueueEntry: queueEntryShape(context, pull) };
    },
    dequeuePullRequest: ({ input }) => {
      const pull = pullOf(input["id"]);
      const entry = queueEntryShape(context, pull);
      dequeue(world, actor, pull);
      return { mergeQueueEntry: entry };
    },
    resolveReviewThread: ({ input }) => resolved(input["threadId"], true),
    unresolveReviewThread: ({ input }) => resolved(input["threadId"], false),
    markPullRequestReadyForReview: ({ input }) => {
      const pull = pullOf(input["pullRequestId"]);
      setDraft(world, actor, pull, false);
      return shown(pull);
    },
    convertPullRequestToDraft: ({ input }) => {
      const pull = pullOf(input["pullRequestId"]);
      setDraft(world, actor, pull, true);
      return shown(pull);
    },
    updatePullRequestBranch: async ({ input }) => {
      const pull = pullOf(input["pullRequestId"]);
      await updateBranch(world, actor, pull, optional(input["expectedHeadOid"]));
      return shown(pull);
    },
    addPullRequestReview: ({ input }) => {
      const states = { APPROVE: "APPROVED", REQUEST_CHANGES: "CHANGES_REQUESTED", COMMENT: "COMMENTED", DISMISS: "DISMISSED" } as const;
      const event = (optional(input["event"]) ?? "COMMENT") as keyof typeof states;
      const pull = pullOf(input["pullRequestId"]);
      const review = addReview(world, actor, pull, states[event], optional(input["body"]) ?? "");
      return { pullRequestReview: reviewShape(context, review), reviewEdge: null };
    },
  };
}

function issueMutations(context: GraphqlContext): Record<string, Mutation> {
  const { world, actor } = context;
  const issueOf = (id: unknown): Issue => {
    const found = node<Issue | PullRequest>(context, id, "I", "PR");
    if (!("issue" in found)) return found;
    requireSettled(world, found);
    return found.issue;
  };
  const shown = (issue: Issue): Shape => (issue.pull === undefined ? issueShape(context, issue) : pullShape(context, issue.pull));
  const names = (input: Input): string[] => labelNames(context, input) ?? [];
  return {
    createIssue: ({ input }) => {
      const issue = createIssue(world, actor, node<Repository>(context, input["repositoryId"], "R"), {
        title: String(input["title"]), body: optional(input["body"]) ?? null, labels: names(input), assignees: assigneeLogins(context, input) ?? [],
      });
      return { issue: issueShape(context, issue) };
    },
    updateIssue: ({ input }) => {
      const issue = issueOf(input["id"]);
      const state = input["state"] === "OPEN" ? "open" as const : input["state"] === "CLOSED" ? "closed" as const : undefined;
      updateIssue(world, actor, issue, { title: optional(input["title"]), body: optional(input["body"]), state });
      changeMarks(context, issue, input);
      return { issue: issueShape(context, issue), actor: actorShape(context, actor.account) };
    },
    closeIssue: ({ input }) => {
      const issue = issueOf(input["issueId"]);
      const reason = optional(input["stateReason"])?.toLowerCase() as Issue["stateReason"] | undefined;
      updateIssue(world, actor, issue, { state: "closed", stateReason: reason });
      return { issue: issueShape(context, issue) };
    },
    reopenIssue: ({ input }) => {
      const issue = issueOf(input["issueId"]);
      updateIssue(world, actor, issue, { state: "open" });
      return { issue: issueShape(context, issue) };
    },
    addComment: ({ input }) => {
      const issue = issueOf(input["subjectId"]);
      const comment = addComment(world, actor, issue, String(input["body"]));
      return { subject: shown(issue), commentEdge: { cursor: "", node: commentShape(context, comment) } };
    },
    updateIssueComment: ({ input }) => {
      const comment = node<Comment>(context, input["id"], "IC");
      updateComment(world, actor, comment, String(input["body"]));
      return { issueComment: commentShape(context, comment) };
    },
    deleteIssueComment: ({ input }) => {
      deleteComment(world, actor, node<Comment>(context, input["id"], "IC"));
      return {};
    },
    createLabel: ({ input }) => {
      const label = createLabel(world, actor, node<Repository>(context, input["repositoryId"], "R"), {
        name: String(input["name"]), color: String(input["color"]), description: optional(input["description"]) ?? null,
      });
      return { label: labelShape(context, label) };
    },
    addLabelsToLabelable: ({ input }) => {
      const issue = issueOf(input["labelableId"]);
      addLabels(world, actor, issue, names(input));
      return { labelable: shown(issue) };
    },
    removeLabelsFromLabelable: ({ input }) => {
      const issue = issueOf(input["labelableId"]);
      for (const name of names(input)) removeLabel(world, actor, issue, name);
      return { labelable: shown(issue) };
    },
  };
}

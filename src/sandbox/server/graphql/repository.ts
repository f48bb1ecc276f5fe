/** A repository as GraphQL shows it. */

import { notFound } from "../../world/errors.ts";
import { pullByNumber } from "../../world/pulls.ts";
import { can, hasRole, requirePermission, roleOf } from "../../world/tokens.ts";
import type { Issue, Repository } from "../../world/types.ts";
import { htmlUrl } from "../render/repos.ts";
import { iso } from "../render/users.ts";
import { about, people } from "./about.ts";
import { actorShape, userShape } from "./actors.ts";
import { connection } from "./connection.ts";
import type { PageArguments } from "./connection.ts";
import type { GraphqlContext, Shape } from "./context.ts";
import { deploymentShape } from "./deployments.ts";
import { filterIssues, filterPulls } from "./filters.ts";
import type { IssueArguments, PullArguments } from "./filters.ts";
import { mergeQueueShape } from "./merge-queue.ts";
import { objectAt } from "./objects.ts";
import { refShape } from "./refs.ts";

export function repositoryShape(context: GraphqlContext, repository: Repository): Shape {
  const { world, actor } = context;
  const need = (scope: "contents" | "issues" | "pull_requests"): void => requirePermission(actor, repository, scope, "read");
  const ref = (name: string): Shape | null => (repository.git.ref(name) === undefined ? null : refShape(context, repository, name));
  return {
    __typename: "Repository", id: repository.nodeId, databaseId: repository.id, name: repository.name, nameWithOwner: repository.fullName,
    owner: () => actorShape(context, repository.owner), url: htmlUrl(world, repository), resourcePath: `/${repository.fullName}`,
    description: repository.description, isPrivate: repository.private, visibility: repository.private ? "PRIVATE" : "PUBLIC",
    isArchived: repository.archived, isFork: repository.parent !== undefined, isDisabled: false, isEmpty: repository.git.refs("refs/heads/").length === 0,
    isTemplate: false, isLocked: false, hasIssuesEnabled: repository.settings.hasIssues,
    parent: () => (repository.parent === undefined ? null : repositoryShape(context, repository.parent)),
    createdAt: iso(repository.createdAt), updatedAt: iso(repository.updatedAt), pushedAt: iso(repository.pushedAt),
    autoMergeAllowed: repository.settings.allowAutoMerge, deleteBranchOnMerge: repository.settings.deleteBranchOnMerge,
    mergeCommitAllowed: repository.settings.allowMergeCommit, squashMergeAllowed: repository.settings.allowSquashMerge,
    rebaseMergeAllowed: repository.settings.allowRebaseMerge, allowUpdateBranch: false,
    squashMergeCommitTitle: repository.settings.squashMergeCommitTitle === "PR_TITLE" ? "PR_TITLE" : "COMMIT_OR_PR_TITLE",
    squashMergeCommitMessage: repository.settings.squashMergeCommitMessage,
    mergeQueue: (args: { branch?: string | null }) => mergeQueueShape(context, repository, args.branch ?? repository.defaultBranch), ...about(context, repository),
    viewerPermission: () => viewerPermission(context, repository),
    viewerCanAdminister: () => actor.kind === "person" && hasRole(repository, actor.account, "admin"),
    defaultBranchRef: () => ref(`refs/heads/${repository.defaultBranch}`),
    ref: (args: { qualifiedName: string }) => {
      need("contents");
      const name = args.qualifiedName;
      return name.startsWith("refs/") ? ref(name) : (ref(`refs/heads/${name}`) ?? ref(`refs/tags/${name}`));
    },
    refs: (args: PageArguments & { refPrefix: string; query?: string | null }) => {
      need("contents");
      const names = repository.git.refs(args.refPrefix.endsWith("/") ? args.refPrefix : `${args.refPrefix}/`).map(([name]) => name);
      const query = args.query ?? "";
      return connection(names.filter((name) => name.includes(query)), args, (name) => refShape(context, repository, name));
    },
    object: (args: { expression?: string | null; oid?: string | null }) => {
      need("contents");
      return objectAt(context, repository, args.oid ?? args.expression ?? "");
    },
    pullRequest: (args: { number: number }) => {
      need("pull_requests");
      return context.shapes.pull(pullByNumber(repository, args.number));
    },
    pullRequests: (args: PullArguments) => {
      need("pull_requests");
      return connection(filterPulls(repository, args), args, (pull) => context.shapes.pull(pull));
    },
    issue: (args: { number: number }) => {
      need("issues");
      return context.shapes.issue(issueIn(repository, args.number));
    },
    issueOrPullRequest: (args: { number: number }) => {
      const issue = repository.issues.get(args.number);
      need(issue?.pull === undefined ? "issues" : "pull_requests");
      if (issue?.pull !== undefined) return context.shapes.pull(issue.pull);
      return context.shapes.issue(issueIn(repository, args.number));
    },
    issues: (args: IssueArguments) => {
      need("issues");
      return connection(filterIssues(repository, args), args, (issue) => context.shapes.issue(issue));
    },
    label: (args: { name: string }) => {
      const found = repository.labels.get(args.name.toLowerCase());
      return found === undefined ? null : context.shapes.label(found);
    },
    labels: (args: PageArguments & { query?: string | null; orderBy?: { field: string; direction: string } | null }) => {
      const query = (args.query ?? "").toLowerCase();
      const found = [...repository.labels.values()].filter((one) => one.name.toLowerCase().includes(query));
      if (args.orderBy?.field === "NAME") found.sort((a, b) => a.name.localeCompare(b.name));
      return connection(args.orderBy?.direction === "DESC" ? found.reverse() : found, args, (one) => context.shapes.label(one));
    },
    collaborators: (args: PageArguments & { query?: string | null; login?: string | null }) => collaborators(context, repository, args),
    deployments: (args: PageArguments & { environments?: readonly string[] | null; orderBy?: { direction: string } | null }) => {
      requirePermission(actor, repository, "deployments", "read");
      const found = repository.deployments.filter((one) => (args.environments?.length ?? 0) === 0 || args.environments?.includes(one.environment) === true);
      return connection(args.orderBy?.direction === "DESC" ? found.reverse() : found, args, (one) => deploymentShape(context, one));
    },
    branchProtectionRules: (args: PageArguments) => {
      requirePermission(actor, repository, "administration", "read");
      return connection([], args, () => null);
    },
  };
}

function viewerPermission(context: GraphqlContext, repository: Repository): string | null {
  const { actor } = context;
  if (actor.kind === "person") {
    const role = roleOf(repository, actor.account);
    return role === "none" ? null : role.toUpperCase();
  }
  return can(actor, repository, "contents", "write") ? "WRITE" : "READ";
}

function issueIn(repository: Repository, number: number): Issue {
  const issue = repository.issues.get(number);
  if (issue === undefined || issue.pull !== undefined) throw notFound(`Could not resolve to an Issue with the number of ${number}.`);
  return issue;
}

function collaborators(
  context: GraphqlContext,
  repository: Repository,
  args: PageArguments & { query?: string | null; login?: string | null },
): unknown {
  const query = (args.query ?? "").toLowerCase();
  const found = people(context, repository).filter((account) => account.login.toLowerCase().includes(query) && (args.login ?? account.login).toLowerCase() === account.login.toLowerCase());
  const made = connection(found, args, (account) => userShape(context, account));
  // The edges carry what the connection is for: each one's permission.
  const edges = (): unknown[] => {
    const nodes = made.nodes() as { login: string }[];
    return (made.edges() as { cursor: string }[]).map((edge, index) => {
      const account = context.world.account(nodes[index]?.login ?? "");
      return { cursor: edge.cursor, permission: account === undefined ? "READ" : roleOf(repository, account).toUpperCase(), node: nodes[index] };
    });
  };
  return { ...made, edges };
}

/** The root of GraphQL queries. */

import { notFound } from "../../world/errors.ts";
import { searchIssues, unserved } from "../../world/search.ts";
import { can } from "../../world/tokens.ts";
import type { Account, Comment, Issue, Label, PullRequest, Repository } from "../../world/types.ts";
import type { GraphqlContext, Shape } from "./context.ts";
import { actorShape, userShape } from "./actors.ts";
import { connection, none } from "./connection.ts";
import type { PageArguments } from "./connection.ts";
import { objectAt } from "./objects.ts";
import { refShape } from "./refs.ts";
import { repositoryShape } from "./repository.ts";
import { commentShape, issueShape, labelShape, pullShape } from "./pulls.ts";

export function queries(context: GraphqlContext): Shape {
  const { world, actor } = context;
  return {
    viewer: () => ({ ...ownerShape(context, actor.account), __typename: "User", login: actor.account.login }),
    rateLimit: () => {
      const budget = context.limiter.budget(actor, "graphql");
      return {
        limit: budget.limit, remaining: budget.remaining, used: budget.used, cost: 1, nodeCount: 0,
        resetAt: new Date(budget.reset * 1000).toISOString(),
      };
    },
    repository: (args: { owner: string; name: string }) => repositoryShape(context, repositoryNamed(context, `${args.owner}/${args.name}`)),
    user: (args: { login: string }) => {
      const account = world.account(args.login);
      if (account?.type !== "User") throw notFound(`Could not resolve to a User with the login of '${args.login}'.`);
      return userShape(context, account);
    },
    repositoryOwner: (args: { login: string }) => {
      const account = world.account(args.login);
      return account === undefined ? null : ownerShape(context, account);
    },
    search: (args: PageArguments & { query: string; type: string }) => {
      if (args.type !== "ISSUE") throw unserved(`search(type: ${args.type})`);
      const found = searchIssues(world, actor, args.query);
      const others = { codeCount: 0, discussionCount: 0, repositoryCount: 0, userCount: 0, wikiCount: 0 };
      const shown = (one: Issue): Shape => (one.pull === undefined ? issueShape(context, one) : pullShape(context, one.pull));
      return connection(found, args, shown, { issueCount: found.length, ...others });
    },
    organization: (args: { login: string }) => {
      const account = world.account(args.login);
      if (account?.type !== "Organization") throw notFound(`Could not resolve to an Organization with the login of '${args.login}'.`);
      return { ...actorShape(context, account), projects: none, projectsV2: none, teams: none };
    },
    node: (args: { id: string }) => nodeShape(context, args.id),
    nodes: (args: { ids: readonly string[] }) => args.ids.map((id) => nodeShape(context, id)),
  };
}

/** With the repositories that the viewer may see of it. */
function ownerShape(context: GraphqlContext, account: Account): Shape {
  return {
    ...actorShape(context, account), projectsV2: none,
    repositories: (args: RepositoryArguments) => {
      const wanted = (one: Repository): boolean => one.owner === account && !one.deleted && can(context.actor, one, "metadata", "read")
        && (args.isFork ?? one.parent !== undefined) === (one.parent !== undefined)
        && (args.isArchived ?? one.archived) === one.archived
        && (args.privacy ?? (one.private ? "PRIVATE" : "PUBLIC")) === (one.private ? "PRIVATE" : "PUBLIC");
      const found = [...context.world.repositories.values()].filter(wanted).sort((a, b) => b.pushedAt - a.pushedAt);
      return connection(found, args, (one) => repositoryShape(context, one), { totalDiskUsage: 0 });
    },
  };
}

interface RepositoryArguments extends PageArguments {
  readonly isFork?: boolean | null;
  readonly isArchived?: boolean | null;
  readonly privacy?: string | null;
}

export function repositoryNamed(context: GraphqlContext, fullName: string): Repository {
  const found = context.world.repository(fullName);
  if (found === undefined || !can(context.actor, found, "metadata", "read")) {
    throw notFound(`Could not resolve to a Repository with the name '${fullName}'.`);
  }
  return found;
}

/** Anything stored, by its id; refs and commits carry where they are in the id itself. */
function nodeShape(context: GraphqlContext, id: string): Shape | null | Promise<Shape | null> {
  const stored = context.world.nodes.get(id);
  if (stored !== undefined) return storedShape(context, id, stored);
  const place = placeOf(context, id);
  if (place === undefined) throw notFound(`Could not resolve to a node with the global id of '${id}'`);
  return place.name.startsWith("refs/") ? refShape(context, place.repository, place.name) : objectAt(context, place.repository, place.name);
}

function storedShape(context: GraphqlContext, id: string, stored: object): Shape {
  const visible = (repository: Repository): Repository => repositoryNamed(context, repository.fullName);
  switch (id.split("_")[0]) {
    case "R": return repositoryShape(context, visible(stored as Repository));
    case "PR": return pullShape(context, onVisible(stored as PullRequest, visible));
    case "I": return issueShape(context, onVisible(stored as Issue, visible));
    case "LA": return labelShape(context, onVisible(stored as Label, visible));
    case "IC": {
      visible((stored as Comment).issue.repository);
      return commentShape(context, stored as Comment);
    }
    case "U":
    case "O":
    case "BOT": return actorShape(context, stored as Account);
    default: return { __typename: "Node" };
  }
}

function onVisible<T extends { readonly repository: Repository }>(value: T, visible: (repository: Repository) => unknown): T {
  visible(value.repository);
  return value;
}

/** `REF_…` and `C_…` ids hold `repository id : name`. */
export function placeOf(context: GraphqlContext, id: string): { repository: Repository; name: string } | undefined {
  const text = Buffer.from(id.slice(id.indexOf("_") + 1), "base64url").toString("utf8");
  const [repositoryId, name] = [text.slice(0, text.indexOf(":")), text.slice(text.indexOf(":") + 1)];
  const repository = [...context.world.repositories.values()].find((one) => String(one.id) === repositoryId);
  if (repository === undefined || name === "" || !can(context.actor, repository, "metadata", "read")) return undefined;
  return { repository, name };
}

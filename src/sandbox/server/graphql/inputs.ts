/** What the inputs of mutations say, and what is refused of them. */

import { ApiError, notFound } from "../../world/errors.ts";
import { setAssignees } from "../../world/issues.ts";
import { setLabels } from "../../world/labels.ts";
import { unserved } from "../../world/search.ts";
import type { Account, Issue, Label } from "../../world/types.ts";
import type { GraphqlContext } from "./context.ts";

export type Input = Readonly<Record<string, unknown>>;
/** A stored object by its id and kind. @throws ApiError NOT_FOUND as GitHub words it. */
export function node<T extends object>(context: GraphqlContext, id: unknown, ...prefixes: string[]): T {
  const found = context.world.nodes.get(String(id));
  if (found === undefined || !prefixes.includes(String(id).split("_")[0] ?? "")) {
    throw notFound(`Could not resolve to a node with the global id of '${String(id)}'`);
  }
  return found as T;
}

export function optional(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Inputs that the schema knows and nothing here acts on: given, they are refused by name. */
const unservedInputs: Readonly<Record<string, readonly string[]>> = {
  createIssue: ["milestoneId", "parentIssueId", "projectIds"], updateIssue: ["milestoneId", "projectIds"], closeIssue: ["duplicateIssueId"],
  updatePullRequest: ["milestoneId", "projectIds"], mergePullRequest: ["authorEmail"], enablePullRequestAutoMerge: ["authorEmail"],
  updatePullRequestBranch: ["updateMethod"], addPullRequestReview: ["comments", "commitOID", "threads"],
};

export function refuseUnserved(mutation: string, input: Input): void {
  const given = (unservedInputs[mutation] ?? []).find((name) => {
    const value = input[name];
    return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
  });
  if (given !== undefined) throw unserved(`${given} of ${mutation}`);
}

/** To a person GraphQL says that they may not do it, where REST says what they would have to be. */
export function inWordsForPeople(context: GraphqlContext, mutation: string, cause: unknown): unknown {
  if (!(cause instanceof ApiError) || cause.status !== 403 || cause.options.graphql !== undefined || context.actor.kind !== "person") return cause;
  const what = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}`;
  return new ApiError(403, cause.message, { graphql: `${context.actor.account.login} does not have the correct permissions to execute \`${what}\`` });
}

/** Names of labels and logins of people by their ids; undefined when the input does not speak of them. */
export function labelNames(context: GraphqlContext, input: Input): string[] | undefined {
  return (input["labelIds"] as string[] | null | undefined)?.map((id) => node<Label>(context, id, "LA").name);
}

export function assigneeLogins(context: GraphqlContext, input: Input): string[] | undefined {
  return (input["assigneeIds"] as string[] | null | undefined)?.map((id) => node<Account>(context, id, "U", "BOT").login);
}

/** Labels and assignees come with the change of an issue or a pull request. */
export function changeMarks(context: GraphqlContext, issue: Issue, input: Input): void {
  const [labels, logins] = [labelNames(context, input), assigneeLogins(context, input)];
  if (labels !== undefined) setLabels(context.world, context.actor, issue, labels);
  if (logins !== undefined) setAssignees(context.world, context.actor, issue, logins);
}

/** Arguments of lists of pull requests and issues. */

import { pulls } from "../../world/pull-sync.ts";
import { mentioned } from "../../world/search.ts";
import type { Issue, PullRequest, Repository } from "../../world/types.ts";
import type { PageArguments } from "./connection.ts";

export interface PullArguments extends PageArguments {
  readonly states?: readonly string[] | null;
  readonly headRefName?: string | null;
  readonly baseRefName?: string | null;
  readonly labels?: readonly string[] | null;
  readonly orderBy?: { readonly field: string; readonly direction: string } | null;
}

export function filterPulls(repository: Repository, args: PullArguments): PullRequest[] {
  const found = pulls(repository)
    .filter((one) => (args.states?.length ?? 0) === 0 || args.states?.includes(pullState(one)) === true)
    .filter((one) => (args.headRefName ?? one.headRef) === one.headRef)
    .filter((one) => (args.baseRefName ?? one.baseRef) === one.baseRef)
    .filter((one) => hasLabels(one.issue, args.labels));
  return ordered(found, (one) => one.issue, args.orderBy);
}

export function pullState(pull: PullRequest): "OPEN" | "CLOSED" | "MERGED" {
  if (pull.merged) return "MERGED";
  return pull.issue.state === "open" ? "OPEN" : "CLOSED";
}

/** GraphQL's `labels` means any of them. */
function hasLabels(issue: Issue, names: readonly string[] | null | undefined): boolean {
  if (names === undefined || names === null || names.length === 0) return true;
  return [...issue.labels].some((label) => names.some((name) => name.toLowerCase() === label.name.toLowerCase()));
}

function ordered<T>(items: T[], issueOf: (item: T) => Issue, order: { readonly field: string; readonly direction: string } | null | undefined): T[] {
  if (order === undefined || order === null) return items;
  const key = (item: T): number => {
    const issue = issueOf(item);
    return order.field === "UPDATED_AT" ? issue.updatedAt : order.field === "COMMENTS" ? issue.comments.length : issue.number;
  };
  items.sort((a, b) => key(a) - key(b));
  return order.direction === "DESC" ? items.reverse() : items;
}

export interface IssueArguments extends PageArguments {
  readonly states?: readonly string[] | null;
  readonly labels?: readonly string[] | null;
  readonly orderBy?: { readonly field: string; readonly direction: string } | null;
  readonly filterBy?: {
    readonly labels?: readonly string[] | null; readonly states?: readonly string[] | null; readonly since?: string | null; readonly createdBy?: string | null;
    readonly assignee?: string | null; readonly mentioned?: string | null; readonly milestone?: string | null; readonly milestoneNumber?: string | null;
  } | null;
}

export function filterIssues(repository: Repository, args: IssueArguments): Issue[] {
  const filter = args.filterBy ?? {};
  const states = args.states ?? filter.states ?? [];
  const found = [...repository.issues.values()]
    .filter((one) => one.pull === undefined)
    .filter((one) => states.length === 0 || states.includes(one.state.toUpperCase()))
    .filter((one) => hasLabels(one, args.labels) && hasLabels(one, filter.labels))
    .filter((one) => (filter.createdBy ?? one.author.login) === one.author.login)
    .filter((one) => filter.assignee === undefined || assignedTo(one, filter.assignee))
    .filter((one) => filter.mentioned === undefined || filter.mentioned === null || mentioned(one).has(filter.mentioned.toLowerCase()))
    // There are no milestones: asking for one finds nothing, asking for none finds all.
    .filter(() => [filter.milestone, filter.milestoneNumber].every((one) => one === undefined || one === null))
    .filter((one) => filter.since === undefined || filter.since === null || one.updatedAt >= Date.parse(filter.since));
  return ordered(found, (one) => one, args.orderBy);
}

/** `null` means nobody, `*` anybody. */
function assignedTo(issue: Issue, login: string | null): boolean {
  if (login === null || login === "*") return (issue.assignees.length > 0) === (login === "*");
  return issue.assignees.some((one) => one.login.toLowerCase() === login.toLowerCase());
}

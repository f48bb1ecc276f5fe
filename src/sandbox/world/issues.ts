/** Issues and comments. Pull requests are issues too: they share numbers, labels and comments. */

import { missingField, notFound } from "./errors.ts";
import { addLabels } from "./labels.ts";
import type { Actor } from "./tokens.ts";
import { hasRole, requireAny, requirePermission, requireRole } from "./tokens.ts";
import type { Account, Comment, Issue, PullRequest, Repository } from "./types.ts";
import type { World } from "./world.ts";

/** The record behind an issue or a pull request. */
export function newIssue(
  world: World,
  repository: Repository,
  fields: { readonly author: Account; readonly title: string; readonly body: string | null; readonly pull?: PullRequest },
): Issue {
  const id = world.nextId();
  const number = repository.nextNumber;
  repository.nextNumber += 1;
  const issue: Issue = {
    id, repository, number, nodeId: world.nodeId(fields.pull === undefined ? "I" : "II", id),
    author: fields.author, title: fields.title, body: fields.body, createdAt: world.now(), updatedAt: world.now(),
    state: "open", stateReason: null, closedAt: null, closedBy: null, locked: false, labels: new Set(), assignees: [], comments: [],
    pull: fields.pull,
  };
  repository.issues.set(number, issue);
  return world.register(issue);
}

export interface IssueFields {
  readonly title: string;
  readonly body?: string | null;
  readonly labels?: readonly string[];
  readonly assignees?: readonly string[];
}

/** @throws ApiError 403 without `issues: write`, 410 where issues are off, 422 without a title. */
export function createIssue(world: World, actor: Actor, repository: Repository, fields: IssueFields): Issue {
  requirePermission(actor, repository, "issues", "write");
  if (fields.title.trim() === "") throw missingField("Issue", "title");
  const issue = newIssue(world, repository, { author: actor.account, title: fields.title, body: fields.body ?? null });
  issue.assignees = accounts(world, fields.assignees ?? []);
  world.emit({ name: "issues", action: "opened", issue, repository, actor, at: world.now() });
  // A person who may not triage can open an issue; the labels are dropped silently then.
  if (fields.labels !== undefined && (actor.kind !== "person" || hasRole(repository, actor.account, "triage"))) {
    addLabels(world, actor, issue, fields.labels);
  }
  return issue;
}

export function accounts(world: World, logins: readonly string[]): Account[] {
  return logins.map((login) => world.account(login)).filter((one) => one !== undefined);
}

/** Replaces them; unknown people are left out, as GitHub does. Who may not triage is refused. */
export function setAssignees(world: World, actor: Actor, issue: Issue, logins: readonly string[]): void {
  requireAny(actor, issue.repository, [["issues", "write"], ...(issue.pull === undefined ? [] : [["pull_requests", "write"]] as const)]);
  requireRole(actor, issue.repository, "triage");
  const before = issue.assignees;
  issue.assignees = [...new Set(accounts(world, logins))];
  const common = { repository: issue.repository, actor, at: world.now() };
  const tell = (action: string): void => world.emit(issue.pull === undefined
    ? { name: "issues", action, issue, ...common } : { name: "pull_request", action, pull: issue.pull, ...common });
  for (const one of issue.assignees) if (!before.includes(one)) tell("assigned");
  for (const one of before) if (!issue.assignees.includes(one)) tell("unassigned");
  issue.updatedAt = world.now();
}

export interface IssueChange {
  readonly title?: string | undefined;
  readonly body?: string | null | undefined;
  readonly state?: "open" | "closed" | undefined;
  readonly stateReason?: Issue["stateReason"] | undefined;
}

export function updateIssue(world: World, actor: Actor, issue: Issue, change: IssueChange): void {
  requireAny(actor, issue.repository, [["issues", "write"], ...(issue.pull === undefined ? [] : [["pull_requests", "write"]] as const)]);
  if (issue.author !== actor.account) requireRole(actor, issue.repository, "triage");
  const at = world.now();
  const common = { issue, repository: issue.repository, actor, at };
  issue.updatedAt = at;
  if (change.title !== undefined || change.body !== undefined) {
    issue.title = change.title ?? issue.title;
    if (change.body !== undefined) issue.body = change.body;
    world.emit({ name: "issues", action: "edited", ...common });
  }
  if (change.state !== undefined && change.state !== issue.state) {
    issue.state = change.state;
    issue.closedAt = change.state === "closed" ? at : null;
    issue.closedBy = change.state === "closed" ? actor.account : null;
    issue.stateReason = change.state === "closed" ? (change.stateReason ?? "completed") : "reopened";
    world.emit({ name: "issues", action: change.state === "closed" ? "closed" : "reopened", ...common });
  }
}

export function addComment(world: World, actor: Actor, issue: Issue, body: string): Comment {
  requireAny(actor, issue.repository, [["issues", "write"], ...(issue.pull === undefined ? [] : [["pull_requests", "write"]] as const)]);
  if (body.trim() === "") throw missingField("IssueComment", "body");
  const id = world.nextId();
  const comment: Comment = {
    id, issue, nodeId: world.nodeId("IC", id), author: actor.account, body, createdAt: world.now(), updatedAt: world.now(),
  };
  issue.comments.push(comment);
  issue.updatedAt = world.now();
  world.register(comment);
  world.emit({ name: "issue_comment", action: "created", issue, comment, repository: issue.repository, actor, at: world.now() });
  return comment;
}

export function updateComment(world: World, actor: Actor, comment: Comment, body: string): void {
  const { issue } = comment;
  requireAny(actor, issue.repository, [["issues", "write"], ...(issue.pull === undefined ? [] : [["pull_requests", "write"]] as const)]);
  if (comment.author !== actor.account) requireRole(actor, issue.repository, "write");
  const from = comment.body;
  comment.body = body;
  comment.updatedAt = world.now();
  world.emit({ name: "issue_comment", action: "edited", issue, comment, from, repository: issue.repository, actor, at: world.now() });
}

export function deleteComment(world: World, actor: Actor, comment: Comment): void {
  const { issue } = comment;
  requireAny(actor, issue.repository, [["issues", "write"], ...(issue.pull === undefined ? [] : [["pull_requests", "write"]] as const)]);
  if (comment.author !== actor.account) requireRole(actor, issue.repository, "write");
  issue.comments.splice(issue.comments.indexOf(comment), 1);
  world.nodes.delete(comment.nodeId);
  world.emit({ name: "issue_comment", action: "deleted", issue, comment, repository: issue.repository, actor, at: world.now() });
}

export function issueByNumber(repository: Repository, number: number): Issue {
  const issue = repository.issues.get(number);
  if (issue === undefined) throw notFound();
  return issue;
}

export function commentById(repository: Repository, id: number): Comment {
  for (const issue of repository.issues.values()) {
    const found = issue.comments.find((one) => one.id === id);
    if (found !== undefined) return found;
  }
  throw notFound();
}

/** How the author stands to the repository, as GitHub words it. A claim, not a right. */
export function association(repository: Repository, account: Account): string {
  if (account === repository.owner) return "OWNER";
  if (repository.roles.has(account.login.toLowerCase())) return repository.owner.type === "Organization" ? "MEMBER" : "COLLABORATOR";
  if (account.type === "Bot") return "NONE";
  for (const issue of repository.issues.values()) {
    if (issue.author === account && issue.pull?.merged === true) return "CONTRIBUTOR";
  }
  return "NONE";
}

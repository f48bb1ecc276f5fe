/** Labels of a repository and of its issues and pull requests. */

import { ApiError, invalid, notFound } from "./errors.ts";
import type { Actor } from "./tokens.ts";
import { requireAny, requireRole } from "./tokens.ts";
import type { Issue, Label, Repository } from "./types.ts";
import type { World } from "./world.ts";

interface LabelFields {
  readonly name: string;
  readonly color?: string;
  readonly description?: string | null;
  readonly isDefault?: boolean;
}

export function ensureLabel(world: World, repository: Repository, fields: LabelFields): Label {
  const known = repository.labels.get(fields.name.toLowerCase());
  if (known !== undefined) return known;
  const id = world.nextId();
  const label: Label = {
    id, repository, nodeId: world.nodeId("LA", id), name: fields.name, color: fields.color ?? "ededed",
    description: fields.description ?? null, isDefault: fields.isDefault ?? false,
  };
  repository.labels.set(label.name.toLowerCase(), label);
  return world.register(label);
}

/** @throws ApiError 422 when a label of that name exists. */
export function createLabel(world: World, actor: Actor, repository: Repository, fields: LabelFields): Label {
  requireAny(actor, repository, [["issues", "write"], ["pull_requests", "write"]]);
  requireRole(actor, repository, "triage");
  if (fields.name === "") throw invalid({ resource: "Label", field: "name", code: "missing_field" });
  if (fields.color !== undefined && !/^[0-9a-fA-F]{6}$/.test(fields.color)) {
    throw invalid({ resource: "Label", field: "color", code: "invalid", value: fields.color });
  }
  if (repository.labels.has(fields.name.toLowerCase())) {
    throw new ApiError(422, "Validation Failed", {
      errors: [{ resource: "Label", code: "already_exists", field: "name" }], graphql: "Name has already been taken",
    });
  }
  return ensureLabel(world, repository, fields);
}

function requireLabelling(actor: Actor, issue: Issue): void {
  requireAny(actor, issue.repository, [issue.pull === undefined ? ["issues", "write"] : ["pull_requests", "write"], ["issues", "write"]]);
  requireRole(actor, issue.repository, "triage");
}

/** Adds labels by name; unknown ones are made, as GitHub does. */
export function addLabels(world: World, actor: Actor, issue: Issue, names: readonly string[]): void {
  requireLabelling(actor, issue);
  for (const name of names) {
    const label = ensureLabel(world, issue.repository, { name });
    if (issue.labels.has(label)) continue;
    issue.labels.add(label);
    tell(world, actor, issue, "labeled", label);
  }
}

/** @throws ApiError 404 "Label does not exist" when the issue does not carry it. */
export function removeLabel(world: World, actor: Actor, issue: Issue, name: string): void {
  requireLabelling(actor, issue);
  const label = issue.repository.labels.get(name.toLowerCase());
  if (label === undefined || !issue.labels.delete(label)) throw new ApiError(404, "Label does not exist");
  tell(world, actor, issue, "unlabeled", label);
}

export function setLabels(world: World, actor: Actor, issue: Issue, names: readonly string[]): void {
  requireLabelling(actor, issue);
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  for (const label of [...issue.labels]) if (!wanted.has(label.name.toLowerCase())) removeLabel(world, actor, issue, label.name);
  addLabels(world, actor, issue, names);
}

function tell(world: World, actor: Actor, issue: Issue, action: string, label: Label): void {
  issue.updatedAt = world.now();
  const common = { repository: issue.repository, actor, at: world.now(), action, label };
  if (issue.pull === undefined) world.emit({ name: "issues", issue, ...common });
  else world.emit({ name: "pull_request", pull: issue.pull, ...common });
}

export function labelByName(repository: Repository, name: string): Label {
  const label = repository.labels.get(name.toLowerCase());
  if (label === undefined) throw notFound();
  return label;
}

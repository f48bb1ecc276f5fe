/** Issues, comments and labels as REST shows them. */

import { association } from "../../world/issues.ts";
import type { Comment, Issue, Label } from "../../world/types.ts";
import type { World } from "../../world/world.ts";
import { apiUrl, htmlUrl } from "./repos.ts";
import { iso, isoOrNull, user, userOrNull } from "./users.ts";

export function label(world: World, value: Label): Record<string, unknown> {
  return {
    id: value.id, node_id: value.nodeId, url: `${apiUrl(world, value.repository)}/labels/${encodeURIComponent(value.name)}`,
    name: value.name, color: value.color, default: value.isDefault, description: value.description,
  };
}

export function reactions(url: string): Record<string, unknown> {
  return {
    url: `${url}/reactions`, total_count: 0, "+1": 0, "-1": 0, laugh: 0, hooray: 0, confused: 0, heart: 0, rocket: 0, eyes: 0,
  };
}

export function issue(world: World, value: Issue): Record<string, unknown> {
  const { repository, pull } = value;
  const url = `${apiUrl(world, repository)}/issues/${value.number}`;
  const page = `${htmlUrl(world, repository)}/${pull === undefined ? "issues" : "pull"}/${value.number}`;
  return {
    id: value.id, node_id: value.nodeId, url, repository_url: apiUrl(world, repository), labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`, events_url: `${url}/events`, html_url: page, number: value.number, state: value.state,
    state_reason: value.stateReason, title: value.title, body: value.body, user: user(world, value.author),
    labels: [...value.labels].map((one) => label(world, one)), assignee: userOrNull(world, value.assignees[0]),
    assignees: value.assignees.map((one) => user(world, one)), milestone: null, locked: value.locked, active_lock_reason: null,
    comments: value.comments.length, closed_at: isoOrNull(value.closedAt), created_at: iso(value.createdAt), updated_at: iso(value.updatedAt),
    author_association: association(repository, value.author), reactions: reactions(url), performed_via_github_app: null,
    ...(pull === undefined ? {} : {
      draft: pull.draft,
      pull_request: {
        url: `${apiUrl(world, repository)}/pulls/${value.number}`, html_url: page, diff_url: `${page}.diff`, patch_url: `${page}.patch`,
        merged_at: isoOrNull(pull.mergedAt),
      },
    }),
  };
}

export function fullIssue(world: World, value: Issue): Record<string, unknown> {
  return { ...issue(world, value), closed_by: userOrNull(world, value.closedBy) };
}

export function comment(world: World, value: Comment): Record<string, unknown> {
  const { issue: parent } = value;
  const url = `${apiUrl(world, parent.repository)}/issues/comments/${value.id}`;
  const page = `${htmlUrl(world, parent.repository)}/${parent.pull === undefined ? "issues" : "pull"}/${parent.number}`;
  return {
    id: value.id, node_id: value.nodeId, url, html_url: `${page}#issuecomment-${value.id}`,
    issue_url: `${apiUrl(world, parent.repository)}/issues/${parent.number}`, user: user(world, value.author), body: value.body,
    created_at: iso(value.createdAt), updated_at: iso(value.updatedAt),
    author_association: association(parent.repository, value.author), reactions: reactions(url), performed_via_github_app: null,
  };
}

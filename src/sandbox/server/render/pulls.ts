/** Pull requests as REST shows them. */

import { association } from "../../world/issues.ts";
import { pullCommits, pullFiles } from "../../world/pull-facts.ts";
import { mergeability } from "../../world/pulls.ts";
import type { PullRequest, Repository, Review } from "../../world/types.ts";
import type { World } from "../../world/world.ts";
import { label } from "./issues.ts";
import { apiUrl, htmlUrl, repository } from "./repos.ts";
import { iso, isoOrNull, user, userOrNull } from "./users.ts";

function side(world: World, repo: Repository, ref: string, sha: string): Record<string, unknown> {
  return {
    label: `${repo.owner.login}:${ref}`, ref, sha, user: user(world, repo.owner),
    // The fork may be gone; its branch name and commit stay.
    repo: repo.deleted ? null : repository(world, repo),
  };
}

export function pull(world: World, value: PullRequest): Record<string, unknown> {
  const { issue, repository: repo } = value;
  const api = apiUrl(world, repo);
  const url = `${api}/pulls/${issue.number}`;
  const html = `${htmlUrl(world, repo)}/pull/${issue.number}`;
  const hrefs = {
    self: url, html, issue: `${api}/issues/${issue.number}`, comments: `${api}/issues/${issue.number}/comments`,
    review_comments: `${url}/comments`, review_comment: `${api}/pulls/comments{/number}`, commits: `${url}/commits`,
    statuses: `${api}/statuses/${value.headSha}`,
  };
  return {
    url, id: value.id, node_id: value.nodeId, html_url: html, diff_url: `${html}.diff`, patch_url: `${html}.patch`,
    issue_url: hrefs.issue, commits_url: hrefs.commits, review_comments_url: hrefs.review_comments,
    review_comment_url: hrefs.review_comment, comments_url: hrefs.comments, statuses_url: hrefs.statuses,
    number: issue.number, state: issue.state, locked: issue.locked, title: issue.title, user: user(world, issue.author),
    // The schema wants a string where an issue's label may have null.
    body: issue.body, labels: [...issue.labels].map((one) => ({ ...label(world, one), description: one.description ?? "" })),
    milestone: null, active_lock_reason: null, created_at: iso(issue.createdAt), updated_at: iso(issue.updatedAt),
    closed_at: isoOrNull(issue.closedAt), merged_at: isoOrNull(value.mergedAt),
    merge_commit_sha: value.mergeCommitSha ?? value.test?.sha ?? null,
    assignee: userOrNull(world, issue.assignees[0]), assignees: issue.assignees.map((one) => user(world, one)),
    requested_reviewers: [], requested_teams: [],
    head: side(world, value.headRepository, value.headRef, value.headSha), base: side(world, repo, value.baseRef, value.baseSha),
    _links: Object.fromEntries(Object.entries(hrefs).map(([name, href]) => [name, { href }])),
    author_association: association(repo, issue.author), draft: value.draft,
    auto_merge: value.autoMerge === null ? null : {
      enabled_by: user(world, value.autoMerge.by), merge_method: value.autoMerge.method,
      commit_title: value.autoMerge.title ?? "", commit_message: value.autoMerge.message ?? "",
    },
  };
}

/** Without `judge` it is left open whether it can be merged, as webhooks do: nobody has asked yet. */
export async function fullPull(world: World, value: PullRequest, judge = true): Promise<Record<string, unknown>> {
  const judged = judge ? await mergeability(world, value) : { mergeable: null, state: "unknown" };
  const [commits, files] = await Promise.all([pullCommits(value), pullFiles(value)]);
  return {
    ...pull(world, value),
    merged: value.merged, mergeable: judged.mergeable, rebaseable: judged.mergeable, mergeable_state: judged.state,
    merged_by: userOrNull(world, value.mergedBy), comments: value.issue.comments.length, review_comments: value.threads.length,
    maintainer_can_modify: value.maintainerCanModify, commits: commits.length,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0), changed_files: files.length,
  };
}

/** What runs and checks carry of the pull requests they belong to. */
export function minimalPull(world: World, value: PullRequest): Record<string, unknown> {
  const part = (repo: Repository, ref: string, sha: string): Record<string, unknown> => ({
    ref, sha, repo: { id: repo.id, url: apiUrl(world, repo), name: repo.name },
  });
  return {
    id: value.id, number: value.issue.number, url: `${apiUrl(world, value.repository)}/pulls/${value.issue.number}`,
    head: part(value.headRepository, value.headRef, value.headSha), base: part(value.repository, value.baseRef, value.baseSha),
  };
}

export function review(world: World, value: Review): Record<string, unknown> {
  const url = `${apiUrl(world, value.pull.repository)}/pulls/${value.pull.issue.number}`;
  const html = `${htmlUrl(world, value.pull.repository)}/pull/${value.pull.issue.number}#pullrequestreview-${value.id}`;
  return {
    id: value.id, node_id: value.nodeId, user: user(world, value.author), body: value.body, state: value.state, html_url: html,
    pull_request_url: url, _links: { html: { href: html }, pull_request: { href: url } }, submitted_at: iso(value.submittedAt),
    commit_id: value.commit, author_association: association(value.pull.repository, value.author),
  };
}

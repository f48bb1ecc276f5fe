/** Repositories as REST shows them. */

import { hasRole } from "../../world/tokens.ts";
import type { Actor } from "../../world/tokens.ts";
import type { Repository } from "../../world/types.ts";
import type { World } from "../../world/world.ts";
import { iso, user } from "./users.ts";

export function apiUrl(world: World, repository: Repository): string {
  return `${world.urls.api}/repos/${repository.fullName}`;
}

export function htmlUrl(world: World, repository: Repository): string {
  return `${world.urls.server}/${repository.fullName}`;
}

const links: Readonly<Record<string, string>> = {
  archive_url: "/{archive_format}{/ref}", assignees_url: "/assignees{/user}", blobs_url: "/git/blobs{/sha}",
  branches_url: "/branches{/branch}", collaborators_url: "/collaborators{/collaborator}", comments_url: "/comments{/number}",
  commits_url: "/commits{/sha}", compare_url: "/compare/{base}...{head}", contents_url: "/contents/{+path}",
  contributors_url: "/contributors", deployments_url: "/deployments", downloads_url: "/downloads", events_url: "/events",
  forks_url: "/forks", git_commits_url: "/git/commits{/sha}", git_refs_url: "/git/refs{/sha}", git_tags_url: "/git/tags{/sha}",
  issue_comment_url: "/issues/comments{/number}", issue_events_url: "/issues/events{/number}", issues_url: "/issues{/number}",
  keys_url: "/keys{/key_id}", labels_url: "/labels{/name}", languages_url: "/languages", merges_url: "/merges",
  milestones_url: "/milestones{/number}", notifications_url: "/notifications{?since,all,participating}", pulls_url: "/pulls{/number}",
  releases_url: "/releases{/id}", stargazers_url: "/stargazers", statuses_url: "/statuses/{sha}", subscribers_url: "/subscribers",
  subscription_url: "/subscription", tags_url: "/tags", teams_url: "/teams", trees_url: "/git/trees{/sha}", hooks_url: "/hooks",
};

/** What other objects carry of their repository. */
export function minimalRepository(world: World, repository: Repository): Record<string, unknown> {
  const url = apiUrl(world, repository);
  const rendered: Record<string, unknown> = {
    id: repository.id, node_id: repository.nodeId, name: repository.name, full_name: repository.fullName,
    owner: user(world, repository.owner), private: repository.private, html_url: htmlUrl(world, repository),
    description: repository.description, fork: repository.parent !== undefined, url,
  };
  for (const [name, path] of Object.entries(links)) rendered[name] = url + path;
  return rendered;
}

export function repository(world: World, value: Repository): Record<string, unknown> {
  const html = htmlUrl(world, value);
  const open = [...value.issues.values()].filter((issue) => issue.state === "open").length;
  return {
    ...minimalRepository(world, value),
    git_url: html.replace(/^http/, "git"), ssh_url: `${html}.git`, clone_url: `${html}.git`, mirror_url: null, svn_url: html,
    homepage: null, language: null, forks_count: 0, stargazers_count: 0, watchers_count: 0, size: 1,
    default_branch: value.defaultBranch, open_issues_count: open, topics: [],
    has_issues: value.settings.hasIssues, has_projects: false, has_wiki: false, has_pages: false, has_downloads: true,
    has_discussions: false, archived: value.archived, disabled: false, visibility: value.private ? "private" : "public",
    pushed_at: iso(value.pushedAt), created_at: iso(value.createdAt), updated_at: iso(value.updatedAt),
    license: null, forks: 0, open_issues: open, watchers: 0, allow_forking: true, is_template: false, web_commit_signoff_required: false,
  };
}

export function fullRepository(world: World, actor: Actor, value: Repository): Record<string, unknown> {
  const { settings } = value;
  const mayWrite = actor.kind === "person" ? hasRole(value, actor.account, "write") : actor.permissions["contents"] === "write";
  const admin = actor.kind === "person" && hasRole(value, actor.account, "admin");
  const full: Record<string, unknown> = {
    ...repository(world, value), subscribers_count: 0, network_count: 0,
    permissions: {
      admin, maintain: admin || (actor.kind === "person" && hasRole(value, actor.account, "maintain")), push: mayWrite,
      triage: mayWrite || (actor.kind === "person" && hasRole(value, actor.account, "triage")), pull: true,
    },
    ...(value.parent === undefined ? {} : { parent: repository(world, value.parent), source: repository(world, value.parent) }),
  };
  // Merge settings are shown to those who can push, as on github.com.
  return mayWrite ? {
    ...full,
    allow_squash_merge: settings.allowSquashMerge, allow_merge_commit: settings.allowMergeCommit,
    allow_rebase_merge: settings.allowRebaseMerge, allow_auto_merge: settings.allowAutoMerge,
    delete_branch_on_merge: settings.deleteBranchOnMerge, allow_update_branch: false,
    squash_merge_commit_title: settings.squashMergeCommitTitle, squash_merge_commit_message: settings.squashMergeCommitMessage,
    merge_commit_title: "MERGE_MESSAGE", merge_commit_message: "PR_TITLE",
  } : full;
}

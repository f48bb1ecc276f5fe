/** Commits, trees, refs and changed files as REST shows them. */

import type { ChangedFile } from "../../git/diff.ts";
import { isoDate } from "../../git/objects.ts";
import type { CommitObject, Identity } from "../../git/objects.ts";
import type { Repository } from "../../world/types.ts";
import type { World } from "../../world/world.ts";
import { apiUrl, htmlUrl } from "./repos.ts";
import { userOrNull } from "./users.ts";

export function verification(repository: Repository, commit: CommitObject): Record<string, unknown> {
  return repository.signed.has(commit.oid)
    ? {
        verified: true, reason: "valid", signature: "-----BEGIN PGP SIGNATURE-----\n\nsandbox\n-----END PGP SIGNATURE-----",
        payload: `tree ${commit.tree}\n`, verified_at: isoDate(commit.committer),
      }
    : { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null };
}

function person(identity: Identity): Record<string, unknown> {
  return { name: identity.name, email: identity.email, date: isoDate(identity) };
}

export function gitCommit(world: World, repository: Repository, commit: CommitObject): Record<string, unknown> {
  const url = apiUrl(world, repository);
  return {
    sha: commit.oid, node_id: world.nodeId("C", `${repository.id}:${commit.oid}`), url: `${url}/git/commits/${commit.oid}`,
    html_url: `${htmlUrl(world, repository)}/commit/${commit.oid}`, author: person(commit.author), committer: person(commit.committer),
    tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` }, message: commit.message.replace(/\n$/, ""),
    parents: parents(world, repository, commit, "git/commits"), verification: verification(repository, commit),
  };
}

function parents(world: World, repository: Repository, commit: CommitObject, kind: string): Record<string, unknown>[] {
  return commit.parents.map((sha) => ({
    sha, url: `${apiUrl(world, repository)}/${kind}/${sha}`, html_url: `${htmlUrl(world, repository)}/commit/${sha}`,
  }));
}

export function commit(world: World, repository: Repository, value: CommitObject): Record<string, unknown> {
  const url = apiUrl(world, repository);
  return {
    sha: value.oid, node_id: world.nodeId("C", `${repository.id}:${value.oid}`), url: `${url}/commits/${value.oid}`,
    html_url: `${htmlUrl(world, repository)}/commit/${value.oid}`, comments_url: `${url}/commits/${value.oid}/comments`,
    commit: {
      author: person(value.author), committer: person(value.committer), message: value.message.replace(/\n$/, ""),
      tree: { sha: value.tree, url: `${url}/git/trees/${value.tree}` }, url: `${url}/git/commits/${value.oid}`, comment_count: 0,
      verification: verification(repository, value),
    },
    author: userOrNull(world, world.accountByEmail(value.author.email)),
    committer: userOrNull(world, world.accountByEmail(value.committer.email)),
    parents: parents(world, repository, value, "commits"),
  };
}

/** What workflow runs and check suites carry. */
export async function simpleCommit(repository: Repository, sha: string): Promise<Record<string, unknown>> {
  const value = await repository.git.commit(sha);
  return {
    id: value.oid, tree_id: value.tree, message: value.message, timestamp: isoDate(value.committer),
    author: { name: value.author.name, email: value.author.email },
    committer: { name: value.committer.name, email: value.committer.email },
  };
}

export function ref(world: World, repository: Repository, name: string, oid: string, type = "commit"): Record<string, unknown> {
  const url = apiUrl(world, repository);
  return {
    ref: name, node_id: world.nodeId("REF", `${repository.id}:${name}`), url: `${url}/git/${name}`,
    object: { sha: oid, type, url: `${url}/git/${type}s/${oid}` },
  };
}

/**
 * `patch` is left out for binary and very large changes, as GitHub does. The addresses of a removed file name the commit that had it last.
 * @param before the commit that it is compared with.
 */
export function changedFile(
  world: World,
  repository: Repository,
  file: ChangedFile,
  { head, before }: { readonly head: string; readonly before: string | undefined },
  patch: string | undefined,
): Record<string, unknown> {
  const path = file.path.split("/").map(encodeURIComponent).join("/");
  const html = htmlUrl(world, repository);
  const commitOid = file.status === "removed" ? (before ?? head) : head;
  const shown = file.binary || patch === undefined || patch.length > 100_000 ? {} : { patch };
  return {
    sha: file.oid, filename: file.path, status: file.status, additions: file.additions, deletions: file.deletions,
    changes: file.additions + file.deletions, blob_url: `${html}/blob/${commitOid}/${path}`, raw_url: `${html}/raw/${commitOid}/${path}`,
    contents_url: `${apiUrl(world, repository)}/contents/${path}?ref=${commitOid}`, ...shown,
    ...(file.previousPath === undefined ? {} : { previous_filename: file.previousPath }),
  };
}

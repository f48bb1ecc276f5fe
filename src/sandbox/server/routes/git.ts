/** Routes of the git database: refs, commits, trees, blobs. */

import { emptyTree, entryType } from "../../git/objects.ts";
import type { Identity } from "../../git/objects.ts";
import { editTree, listTree } from "../../git/merge.ts";
import type { TreeEdit } from "../../git/merge.ts";
import { createCommit, validPath } from "../../world/commits.ts";
import { ApiError, notFound } from "../../world/errors.ts";
import { createRef, deleteRef, updateRef } from "../../world/refs.ts";
import { requirePermission } from "../../world/tokens.ts";
import type { Repository } from "../../world/types.ts";
import { gitCommit, ref as renderRef } from "../render/git.ts";
import { apiUrl } from "../render/repos.ts";
import { created, flag, list, noContent, objectOf, ok, page, repositoryOf, requiredText, text, texts } from "../router.ts";
import type { Body, Call, Reply, Router } from "../router.ts";
import { readable } from "./repos.ts";

export function gitRoutes(router: Router): void {
  router.add("GET", "/repos/{owner}/{repo}/git/ref/{+ref}", (call) => {
    const repository = readable(call);
    const name = `refs/${call.params["ref"]}`;
    const oid = repository.git.ref(name);
    if (oid === undefined) throw notFound();
    return withType(call, repository, name, oid).then(ok);
  });
  router.add("GET", "/repos/{owner}/{repo}/git/matching-refs/{+ref}", (call) => {
    const repository = readable(call);
    return page(call, repository.git.refs(`refs/${call.params["ref"]}`), ([name, oid]) => withType(call, repository, name, oid));
  });
  router.add("POST", "/repos/{owner}/{repo}/git/refs", async (call) => {
    const repository = repositoryOf(call);
    const [name, sha] = [requiredText(call.body, "ref"), requiredText(call.body, "sha")];
    await createRef(call.world, call.actor, repository, name, sha);
    return created(await withType(call, repository, name, sha));
  });
  router.add("PATCH", "/repos/{owner}/{repo}/git/refs/{+ref}", async (call) => {
    const repository = repositoryOf(call);
    const name = `refs/${call.params["ref"]}`;
    const sha = requiredText(call.body, "sha");
    await updateRef(call.world, call.actor, repository, name, sha, flag(call.body, "force") ?? false);
    return ok(await withType(call, repository, name, sha));
  });
  router.add("DELETE", "/repos/{owner}/{repo}/git/refs/{+ref}", async (call) => {
    await deleteRef(call.world, call.actor, repositoryOf(call), `refs/${call.params["ref"]}`);
    return noContent;
  });
  router.add("GET", "/repos/{owner}/{repo}/git/commits/{commit_sha}", async (call) => {
    const repository = readable(call);
    const sha = call.params["commit_sha"] ?? "";
    if (!(await repository.git.hasCommit(sha))) throw notFound();
    return ok(gitCommit(call.world, repository, await repository.git.commit(sha)));
  });
  router.add("POST", "/repos/{owner}/{repo}/git/commits", postCommit);
  router.add("GET", "/repos/{owner}/{repo}/git/trees/{tree_sha}", getTree);
  router.add("POST", "/repos/{owner}/{repo}/git/trees", postTree);
  router.add("GET", "/repos/{owner}/{repo}/git/blobs/{file_sha}", getBlob);
  router.add("POST", "/repos/{owner}/{repo}/git/blobs", postBlob);
}

async function withType(call: Call, repository: Repository, name: string, oid: string): Promise<unknown> {
  const type = name.startsWith("refs/tags/") ? ((await repository.git.read(oid))?.type ?? "commit") : "commit";
  return renderRef(call.world, repository, name, oid, type);
}

function identityOf(value: unknown, now: number): Identity | undefined {
  const fields: Body = objectOf(value);
  const name = text(fields, "name");
  const email = text(fields, "email");
  if (name === undefined || email === undefined) return undefined;
  const date = text(fields, "date");
  const at = date === undefined ? now : Date.parse(date);
  if (Number.isNaN(at)) throw new ApiError(422, `Invalid request.\n\n"date": ${date} is not a valid timestamp.`);
  return { name, email, seconds: Math.floor(at / 1000), zone: "+0000" };
}

async function postCommit(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const now = call.world.now();
  const sha = await createCommit(call.world, call.actor, repository, {
    message: requiredText(call.body, "message"), tree: requiredText(call.body, "tree"), parents: texts(call.body, "parents") ?? [],
    author: identityOf(call.body["author"], now), committer: identityOf(call.body["committer"], now),
  });
  return created(gitCommit(call.world, repository, await repository.git.commit(sha)));
}

/** A tree by its own id, by a commit's, or by a branch name. */
export async function treeOf(repository: Repository, revision: string): Promise<string> {
  const oid = repository.git.ref(`refs/heads/${revision}`) ?? repository.git.ref(`refs/tags/${revision}`) ?? revision;
  if (oid === emptyTree) return oid;
  const object = /^[0-9a-f]{40}$/.test(oid) ? await repository.git.read(oid) : undefined;
  if (object?.type === "tree") return object.oid;
  if (object?.type === "commit") return (await repository.git.commit(oid)).tree;
  throw notFound();
}

async function renderTree(call: Call, repository: Repository, oid: string, recursive: boolean): Promise<Record<string, unknown>> {
  const url = `${apiUrl(call.world, repository)}/git`;
  const entries = await listTree(repository.git, oid, recursive);
  return {
    sha: oid, url: `${url}/trees/${oid}`, truncated: false,
    tree: await Promise.all(entries.map(async (entry) => {
      const type = entryType(entry.mode);
      const size = type === "blob" ? { size: (await repository.git.blob(entry.oid))?.length ?? 0 } : {};
      const link = type === "commit" ? {} : { url: `${url}/${type}s/${entry.oid}` };
      return { path: entry.path, mode: entry.mode, type, sha: entry.oid, ...size, ...link };
    })),
  };
}

async function getTree(call: Call): Promise<Reply> {
  const repository = readable(call);
  const oid = await treeOf(repository, call.params["tree_sha"] ?? "");
  return ok(await renderTree(call, repository, oid, call.query.has("recursive")));
}

async function postTree(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  requirePermission(call.actor, repository, "contents", "write");
  const entries = list(call.body, "tree");
  if (entries === undefined) throw new ApiError(422, "Invalid request.\n\n\"tree\" wasn't supplied.");
  const base = text(call.body, "base_tree");
  const edits: TreeEdit[] = [];
  for (const raw of entries) edits.push(await treeEdit(repository, objectOf(raw)));
  const start = base === undefined ? emptyTree : await treeOf(repository, base).catch(() => {
    throw new ApiError(422, "base_tree is not a valid tree oid");
  });
  const oid = await editTree(repository.git, start, edits);
  return created(await renderTree(call, repository, oid, false));
}

async function treeEdit(repository: Repository, entry: Body): Promise<TreeEdit> {
  const path = text(entry, "path") ?? "";
  const mode = text(entry, "mode") ?? "100644";
  if (!validPath(path)) throw new ApiError(422, `tree.path contains a malformed path component`);
  if (!["100644", "100755", "040000", "160000", "120000"].includes(mode)) throw new ApiError(422, `tree.mode ${mode} is not valid`);
  if (entry["sha"] === null) return { path, entry: undefined };
  const content = text(entry, "content");
  if (content !== undefined) return { path, entry: { mode, oid: await repository.git.writeBlob(Buffer.from(content)) } };
  const sha = text(entry, "sha");
  if (sha === undefined) throw new ApiError(422, "Must supply tree.sha or tree.content");
  if (mode !== "160000" && (await repository.git.read(sha))?.type !== entryType(mode)) {
    throw new ApiError(422, `tree.sha ${sha} is not a valid ${entryType(mode)}`);
  }
  return { path, entry: { mode, oid: sha } };
}

async function getBlob(call: Call): Promise<Reply> {
  const repository = readable(call);
  const sha = call.params["file_sha"] ?? "";
  const content = await repository.git.blob(sha);
  if (content === undefined) throw notFound();
  if (/\braw\b/.test(call.accept)) return { status: 200, body: content, headers: { "content-type": "application/vnd.github.raw" } };
  return ok({
    sha, node_id: call.world.nodeId("B", `${repository.id}:${sha}`), size: content.length, url: `${apiUrl(call.world, repository)}/git/blobs/${sha}`,
    content: content.toString("base64").replace(/.{60}/g, "$&\n"), encoding: "base64",
  });
}

async function postBlob(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  requirePermission(call.actor, repository, "contents", "write");
  const encoding = text(call.body, "encoding") === "base64" ? "base64" : "utf8";
  const sha = await repository.git.writeBlob(Buffer.from(requiredText(call.body, "content"), encoding));
  return created({ sha, url: `${apiUrl(call.world, repository)}/git/blobs/${sha}` });
}

/** Routes of history: commits, comparisons, contents. */

import { changedFiles, patches } from "../../git/diff.ts";
import { commitsBetween, distance, history, mergeBase } from "../../git/history.ts";
import { commitOnBranch, validPath } from "../../world/commits.ts";
import { ApiError, notFound } from "../../world/errors.ts";
import { pulls } from "../../world/pull-sync.ts";
import { requirePermission } from "../../world/tokens.ts";
import type { Repository } from "../../world/types.ts";
import { changedFile, commit, gitCommit } from "../render/git.ts";
import { pull } from "../render/pulls.ts";
import { apiUrl, htmlUrl } from "../render/repos.ts";
import { ok, page, repositoryOf, requiredText, text } from "../router.ts";
import type { Call, Reply, Router } from "../router.ts";
import { readable } from "./repos.ts";

export function commitRoutes(router: Router): void {
  router.add("GET", "/repos/{owner}/{repo}/commits", listCommits);
  router.add("GET", "/repos/{owner}/{repo}/commits/{+commit_sha}/pulls", async (call) => {
    const repository = repositoryOf(call);
    requirePermission(call.actor, repository, "pull_requests", "read");
    const sha = await resolve(repository, call.params["commit_sha"] ?? "");
    const found = [];
    for (const one of pulls(repository)) {
      const known = one.mergeCommitSha === sha || one.headSha === sha
        || (await commitsBetween(repository.git, one.baseSha, one.headSha, 250)).includes(sha);
      if (known) found.push(one);
    }
    return page(call, found, (one) => pull(call.world, one));
  });
  router.add("GET", "/repos/{owner}/{repo}/compare/{+basehead}", compare);
  router.add("GET", "/repos/{owner}/{repo}/readme", getReadme);
  router.add("GET", "/repos/{owner}/{repo}/contents/{+path}", getContents);
  router.add("GET", "/repos/{owner}/{repo}/contents", getContents);
  router.add("PUT", "/repos/{owner}/{repo}/contents/{+path}", (call) => writeContents(call, true));
  router.add("DELETE", "/repos/{owner}/{repo}/contents/{+path}", (call) => writeContents(call, false));
}

/** The single commit, after the routes below `commits/{ref}/…`. */
export function commitRoute(router: Router): void {
  router.add("GET", "/repos/{owner}/{repo}/commits/{+ref}", async (call) => {
    const repository = readable(call);
    const sha = await resolve(repository, call.params["ref"] ?? "");
    if (/vnd\.github\.(v3\.)?sha\b/.test(call.accept)) {
      return { status: 200, body: Buffer.from(sha), headers: { "content-type": "application/vnd.github.sha" } };
    }
    const value = await repository.git.commit(sha);
    const [files, texts] = await Promise.all([changedFiles(repository.git, value.parents[0], sha), patches(repository.git, value.parents[0], sha)]);
    const additions = files.reduce((sum, file) => sum + file.additions, 0);
    const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
    return ok({
      ...commit(call.world, repository, value), stats: { additions, deletions, total: additions + deletions },
      files: files.map((file) => changedFile(call.world, repository, file, { head: sha, before: value.parents[0] }, texts.get(file.path))),
    });
  });
}

/** A commit by branch, tag, full or abbreviated id. @throws ApiError 422 as GitHub words it. */
export async function resolve(repository: Repository, revision: string): Promise<string> {
  const plain = revision.replace(/^(refs\/)?(heads|tags)\//, "");
  const known = repository.git.ref(`refs/heads/${plain}`) ?? repository.git.ref(`refs/tags/${plain}`) ?? repository.git.ref(revision);
  const object = await repository.git.read(`${known ?? (revision === "HEAD" ? `refs/heads/${repository.defaultBranch}` : revision)}^{commit}`);
  const safe = known !== undefined || revision === "HEAD" || /^[0-9a-f]{4,40}$/.test(revision);
  if (!safe || object?.type !== "commit") throw new ApiError(422, `No commit found for SHA: ${revision}`);
  return object.oid;
}

async function listCommits(call: Call): Promise<Reply> {
  const repository = readable(call);
  const from = call.query.get("sha") ?? repository.defaultBranch;
  const sha = await resolve(repository, from).catch(() => {
    throw notFound();
  });
  const [path, since, until] = [call.query.get("path"), call.query.get("since"), call.query.get("until")];
  const oids = await history(repository.git, sha, {
    limit: 5_000, ...(path === null ? {} : { path }), ...(since === null ? {} : { since }), ...(until === null ? {} : { until }),
  });
  return page(call, oids, async (oid) => commit(call.world, repository, await repository.git.commit(oid)));
}

async function compare(call: Call): Promise<Reply> {
  const repository = readable(call);
  const [left, right] = (call.params["basehead"] ?? "").split("...");
  if (left === undefined || right === undefined) throw notFound();
  const strip = (side: string): string => side.replace(/^[^/:]+:/, "");
  const [base, head] = await Promise.all([strip(left), strip(right)].map((one) => resolve(repository, one).catch(() => {
    throw notFound();
  }))) as [string, string];
  const { git } = repository;
  const [common, { ahead, behind }] = await Promise.all([mergeBase(git, base, head), distance(git, base, head)]);
  if (common === undefined) throw new ApiError(404, `No common ancestor between ${left} and ${right}.`);
  const [oids, files, texts] = await Promise.all([commitsBetween(git, base, head, 250), changedFiles(git, common, head), patches(git, common, head)]);
  const url = `${apiUrl(call.world, repository)}/compare/${call.params["basehead"]}`;
  const html = `${htmlUrl(call.world, repository)}/compare/${call.params["basehead"]}`;
  const show = async (oid: string): Promise<unknown> => commit(call.world, repository, await git.commit(oid));
  return ok({
    url, html_url: html, permalink_url: html, diff_url: `${html}.diff`, patch_url: `${html}.patch`, base_commit: await show(base),
    merge_base_commit: await show(common), ahead_by: ahead, behind_by: behind, total_commits: ahead,
    status: ahead === 0 ? (behind === 0 ? "identical" : "behind") : behind === 0 ? "ahead" : "diverged",
    commits: await Promise.all(oids.map(show)),
    files: files.slice(0, 300).map((file) => changedFile(call.world, repository, file, { head, before: common }, texts.get(file.path))),
  });
}

/** The README that GitHub shows: of `.github`, the root or `docs`, the first there is. */
async function getReadme(call: Call): Promise<Reply> {
  const repository = readable(call);
  const sha = await resolve(repository, call.query.get("ref") ?? repository.defaultBranch).catch(() => {
    throw notFound();
  });
  const { tree } = await repository.git.commit(sha);
  for (const folder of [".github", "", "docs"]) {
    const entry = folder === "" ? { oid: tree, mode: "040000" } : await repository.git.entryAt(tree, folder);
    if (entry?.mode !== "040000") continue;
    const found = (await repository.git.tree(entry.oid)).find((one) => /^readme(\.\w+)?$/i.test(one.name) && one.mode.startsWith("100"));
    if (found !== undefined) return getContents({ ...call, params: { ...call.params, path: folder === "" ? found.name : `${folder}/${found.name}` } });
  }
  throw notFound();
}

async function getContents(call: Call): Promise<Reply> {
  const repository = readable(call);
  const path = (call.params["path"] ?? "").replace(/^\/+|\/+$/g, "");
  const ref = call.query.get("ref") ?? repository.defaultBranch;
  const sha = await resolve(repository, ref).catch(() => {
    throw new ApiError(404, `No commit found for the ref ${ref}`);
  });
  const entry = await repository.git.entryAt((await repository.git.commit(sha)).tree, path);
  if (entry === undefined) throw notFound();
  if (entry.mode === "040000") {
    const entries = await repository.git.tree(entry.oid);
    return ok(await Promise.all(entries.map(async (one) => {
      const type = one.mode === "040000" ? "dir" : one.mode === "160000" ? "submodule" : one.mode === "120000" ? "symlink" : "file";
      const size = type === "file" ? ((await repository.git.blob(one.oid))?.length ?? 0) : 0;
      return contentEntry(call, repository, path === "" ? one.name : `${path}/${one.name}`, one.oid, type, size, ref);
    })));
  }
  const content = (await repository.git.blob(entry.oid)) ?? Buffer.alloc(0);
  if (/\braw\b/.test(call.accept)) return { status: 200, body: content, headers: { "content-type": "application/vnd.github.raw+json; charset=utf-8" } };
  return ok({
    ...contentEntry(call, repository, path, entry.oid, "file", content.length, ref),
    encoding: "base64", content: content.toString("base64").replace(/.{60}/g, "$&\n"),
  });
}

function contentEntry(
  call: Call,
  repository: Repository,
  path: string,
  oid: string,
  type: string,
  size: number,
  ref: string,
): Record<string, unknown> {
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  const api = apiUrl(call.world, repository);
  const self = `${api}/contents/${encoded}?ref=${encodeURIComponent(ref)}`;
  const git = `${api}/git/${type === "dir" ? "trees" : "blobs"}/${oid}`;
  const html = `${htmlUrl(call.world, repository)}/${type === "dir" ? "tree" : "blob"}/${encodeURIComponent(ref)}/${encoded}`;
  return {
    name: path.split("/").at(-1) ?? "", path, sha: oid, size, type, url: self, html_url: html, git_url: git,
    download_url: type === "file" ? html.replace("/blob/", "/raw/") : null, _links: { self, git, html },
  };
}

async function writeContents(call: Call, writing: boolean): Promise<Reply> {
  const repository = repositoryOf(call);
  requirePermission(call.actor, repository, "contents", "write");
  const path = call.params["path"] ?? "";
  if (!validPath(path)) throw new ApiError(422, "path contains a malformed path component");
  const branch = text(call.body, "branch") ?? repository.defaultBranch;
  const head = repository.git.ref(`refs/heads/${branch}`);
  if (head === undefined) throw new ApiError(404, `Branch ${branch} not found`);
  const known = await repository.git.entryAt((await repository.git.commit(head)).tree, path);
  const sha = text(call.body, "sha");
  if (known === undefined && !writing) throw notFound();
  if (known !== undefined && sha === undefined) throw new ApiError(422, "Invalid request.\n\n\"sha\" wasn't supplied.");
  if (sha !== undefined && sha !== known?.oid) throw new ApiError(409, `${path} does not match ${sha}`);
  const content = writing ? Buffer.from(requiredText(call.body, "content"), "base64") : undefined;
  const [headline = "", ...rest] = requiredText(call.body, "message").split("\n");
  const oid = await commitOnBranch(call.world, call.actor, repository, {
    branch, expectedHeadOid: head, headline, body: rest.join("\n").trim(), changes: [{ path, content }],
  });
  const after = await repository.git.entryAt((await repository.git.commit(oid)).tree, path);
  return {
    status: writing && known === undefined ? 201 : 200,
    body: {
      content: after === undefined ? null : contentEntry(call, repository, path, after.oid, "file", content?.length ?? 0, branch),
      commit: gitCommit(call.world, repository, await repository.git.commit(oid)),
    },
  };
}

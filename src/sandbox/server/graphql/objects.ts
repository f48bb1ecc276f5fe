/** Commits, trees and files as GraphQL shows them. Each shape lists what it can answer. */

import { changedFiles } from "../../git/diff.ts";
import { history } from "../../git/history.ts";
import { entryType, isoDate } from "../../git/objects.ts";
import type { CommitObject, GitObject, Identity, TreeEntry } from "../../git/objects.ts";
import { latestPerCheck, latestStatuses } from "../../world/checks.ts";
import { requirePermission } from "../../world/tokens.ts";
import type { Repository } from "../../world/types.ts";
import { apiUrl, htmlUrl } from "../render/repos.ts";
import { userShape } from "./actors.ts";
import { connection } from "./connection.ts";
import type { PageArguments } from "./connection.ts";
import type { GraphqlContext, Shape } from "./context.ts";
import { deploymentShape } from "./deployments.ts";
import { filterPulls } from "./filters.ts";
import type { PullArguments } from "./filters.ts";

/** `main`, `main:docs/FAQ.md`, an id: whatever git itself understands. */
export async function objectAt(context: GraphqlContext, repository: Repository, expression: string): Promise<Shape | null> {
  const colon = expression.indexOf(":");
  const revision = colon < 0 ? expression : expression.slice(0, colon);
  const known = repository.git.ref(`refs/heads/${revision}`) ?? repository.git.ref(`refs/tags/${revision}`) ?? repository.git.ref(revision)
    ?? (revision === "HEAD" ? repository.git.ref(`refs/heads/${repository.defaultBranch}`) : undefined);
  const object = await repository.git.read(`${known ?? revision}${colon < 0 ? "" : expression.slice(colon)}`);
  return object === undefined ? null : objectShape(context, repository, object);
}

function base(context: GraphqlContext, repository: Repository, oid: string, prefix: string): Shape {
  const path = `/${repository.fullName}/commit/${oid}`;
  return {
    id: context.world.nodeId(prefix, `${repository.id}:${oid}`), oid, abbreviatedOid: oid.slice(0, 7), commitResourcePath: path,
    commitUrl: `${context.world.urls.server}${path}`, repository: () => context.shapes.repository(repository),
  };
}

async function objectShape(context: GraphqlContext, repository: Repository, object: GitObject): Promise<Shape> {
  if (object.type === "commit") return commitShape(context, repository, await repository.git.commit(object.oid));
  if (object.type === "tree") return treeShape(context, repository, object.oid);
  if (object.type === "blob") return blobShape(context, repository, object.oid, object.body);
  return { __typename: "Tag", ...base(context, repository, object.oid, "T") };
}

/** GitHub calls a file with a NUL byte binary, and cuts text above 512,000 bytes. */
function blobShape(context: GraphqlContext, repository: Repository, oid: string, content: Buffer): Shape {
  const isBinary = content.subarray(0, 8_000).includes(0);
  const limit = 512_000;
  return {
    __typename: "Blob", ...base(context, repository, oid, "B"), byteSize: content.length, isBinary, isTruncated: content.length > limit,
    text: isBinary ? null : content.subarray(0, limit).toString("utf8"),
  };
}

function treeShape(context: GraphqlContext, repository: Repository, oid: string, path = ""): Shape {
  return {
    __typename: "Tree", ...base(context, repository, oid, "T"),
    entries: async () => (await repository.git.tree(oid)).map((entry) => entryShape(context, repository, entry, path)),
  };
}

function entryShape(context: GraphqlContext, repository: Repository, entry: TreeEntry, folder: string): Shape {
  const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
  const type = entryType(entry.mode);
  const content = (): Promise<Buffer | undefined> => (type === "blob" ? repository.git.blob(entry.oid) : Promise.resolve(undefined));
  return {
    __typename: "TreeEntry", name: entry.name, nameRaw: Buffer.from(entry.name).toString("base64"), path, pathRaw: Buffer.from(path).toString("base64"),
    // GraphQL gives the mode as a decimal number: 33188 is 100644.
    mode: Number.parseInt(entry.mode, 8), type, oid: entry.oid, extension: /\.[^.]*$/.exec(entry.name)?.[0] ?? "", isGenerated: false,
    size: async () => (await content())?.length ?? 0, submodule: null, language: null,
    lineCount: async () => (await content())?.toString("utf8").split("\n").length ?? null,
    repository: () => context.shapes.repository(repository),
    object: async () => {
      if (type === "commit") return null;
      if (type === "tree") return treeShape(context, repository, entry.oid, path);
      const body = await content();
      return body === undefined ? null : blobShape(context, repository, entry.oid, body);
    },
  };
}

function gitActor(context: GraphqlContext, identity: Identity): Shape {
  const account = context.world.accountByEmail(identity.email);
  return {
    name: identity.name, email: identity.email, date: isoDate(identity), avatarUrl: `${context.world.urls.server}/avatars/${account?.id ?? 0}`,
    user: account === undefined ? null : userShape(context, account),
  };
}

/** `Co-authored-by:` lines make further authors. */
function authors(commit: CommitObject): Identity[] {
  const others = [...commit.message.matchAll(/^co-authored-by: *(.+?) *<([^>]+)>\s*$/gim)]
    .map((match) => ({ ...commit.author, name: match[1] ?? "", email: match[2] ?? "" }));
  return [commit.author, ...others.filter((one) => one.email !== commit.author.email)];
}

export function commitShape(context: GraphqlContext, repository: Repository, commit: CommitObject): Shape {
  const { world, actor } = context;
  const [headline = "", ...rest] = commit.message.replace(/\n$/, "").split("\n");
  const signed = repository.signed.has(commit.oid);
  const url = `${htmlUrl(world, repository)}/commit/${commit.oid}`;
  const files = () => changedFiles(repository.git, commit.parents[0], commit.oid);
  return {
    __typename: "Commit", ...base(context, repository, commit.oid, "C"), url, resourcePath: `/${repository.fullName}/commit/${commit.oid}`,
    treeUrl: `${htmlUrl(world, repository)}/tree/${commit.oid}`, treeResourcePath: `/${repository.fullName}/tree/${commit.oid}`,
    tarballUrl: `${apiUrl(world, repository)}/tarball/${commit.oid}`, zipballUrl: `${apiUrl(world, repository)}/zipball/${commit.oid}`,
    message: commit.message.replace(/\n$/, ""), messageHeadline: headline, messageBody: rest.join("\n").trim(),
    authoredDate: isoDate(commit.author), committedDate: isoDate(commit.committer), pushedDate: null,
    author: () => gitActor(context, commit.author), committer: () => gitActor(context, commit.committer),
    authors: (args: PageArguments) => connection(authors(commit), args, (one) => gitActor(context, one)),
    authoredByCommitter: commit.author.email === commit.committer.email, committedViaWeb: commit.committer.email === world.webFlow.email,
    signature: signed ? signature(context, commit) : null,
    tree: () => treeShape(context, repository, commit.tree),
    file: async (args: { path: string }) => {
      const entry = await repository.git.entryAt(commit.tree, args.path);
      return entry === undefined ? null : entryShape(context, repository, entry, args.path.split("/").slice(0, -1).join("/"));
    },
    parents: async (args: PageArguments) => {
      const parents = await Promise.all(commit.parents.map((oid) => repository.git.commit(oid)));
      return connection(parents, args, (one) => commitShape(context, repository, one));
    },
    history: async (args: PageArguments & { path?: string | null; since?: string | null; until?: string | null }) => {
      const oids = await history(repository.git, commit.oid, {
        limit: 5_000, ...(args.path ? { path: args.path } : {}), ...(args.since ? { since: args.since } : {}), ...(args.until ? { until: args.until } : {}),
      });
      return connection(oids, args, async (oid) => commitShape(context, repository, await repository.git.commit(oid)));
    },
    additions: async () => (await files()).reduce((sum, file) => sum + file.additions, 0),
    deletions: async () => (await files()).reduce((sum, file) => sum + file.deletions, 0),
    changedFiles: async () => (await files()).length, changedFilesIfAvailable: async () => (await files()).length,
    statusCheckRollup: () => context.shapes.rollup(repository, commit.oid),
    status: () => {
      requirePermission(actor, repository, "statuses", "read");
      const latest = latestStatuses(repository, commit.oid);
      return latest.length === 0 ? null : context.shapes.status(repository, commit.oid, latest);
    },
    checkSuites: (args: PageArguments & { filterBy?: { appId?: number | null; checkName?: string | null } | null }) => {
      requirePermission(actor, repository, "checks", "read");
      const filter = args.filterBy ?? {};
      const found = repository.checkSuites.filter((suite) => suite.headSha === commit.oid && (filter.appId ?? suite.app.id) === suite.app.id
        && (filter.checkName === undefined || filter.checkName === null || latestPerCheck(suite.runs).some((run) => run.name === filter.checkName)));
      return connection(found, args, (suite) => context.shapes.checkSuite(suite));
    },
    associatedPullRequests: (args: PullArguments) => {
      requirePermission(actor, repository, "pull_requests", "read");
      const found = filterPulls(repository, args).filter((one) => one.headSha === commit.oid || one.mergeCommitSha === commit.oid);
      return connection(found, args, (one) => context.shapes.pull(one));
    },
    deployments: (args: PageArguments) => {
      requirePermission(actor, repository, "deployments", "read");
      return connection(repository.deployments.filter((one) => one.sha === commit.oid), args, (one) => deploymentShape(context, one));
    },
    onBehalfOf: null, viewerCanSubscribe: false,
  };
}

function signature(context: GraphqlContext, commit: CommitObject): Shape {
  return {
    __typename: "GpgSignature", isValid: true, state: "VALID", wasSignedByGitHub: true, email: context.world.webFlow.email, keyId: "B5690EEEBB952194",
    payload: `tree ${commit.tree}\n`, signature: "-----BEGIN PGP SIGNATURE-----\n\nsandbox\n-----END PGP SIGNATURE-----",
    signer: () => userShape(context, context.world.webFlow), verifiedAt: isoDate(commit.committer),
  };
}

import { failure, type Problem } from "../kit/errors.ts";
import type { Api } from "./client.ts";
import type { CommitFacts, Entry, Pause, PullSummary } from "./port.ts";
import { FILE_AT } from "./queries/branches.ts";

/** The parts of GraphQL answers that several areas share, and how they become facts. */
export interface Connection<T> {
  readonly nodes: readonly (T | null)[] | null;
  readonly pageInfo?: { readonly hasNextPage: boolean; readonly hasPreviousPage?: boolean; readonly endCursor?: string | null };
  readonly totalCount?: number;
}

export interface ActorNode {
  readonly __typename: string;
  readonly login: string;
}

export interface CommitNode {
  readonly oid: string;
  readonly message: string;
  readonly author: { readonly name: string | null; readonly email: string | null; readonly user: { readonly login: string } | null } | null;
  readonly committer?: { readonly user: { readonly login: string } | null } | null;
  readonly parents: Connection<{ readonly oid: string }>;
  readonly signature: { readonly isValid: boolean; readonly wasSignedByGitHub: boolean } | null;
}

export interface PullNode {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly state: "OPEN" | "CLOSED" | "MERGED";
  readonly isCrossRepository: boolean;
  readonly createdAt: string;
  readonly mergedAt: string | null;
  readonly headRefOid: string;
  readonly author: ActorNode | null;
  readonly mergeCommit: { readonly oid: string } | null;
  readonly commits: Connection<{ readonly commit: CommitNode }>;
}

export interface SubmittedNode {
  /** null while it is being written. */
  readonly submittedAt: string | null;
  readonly author: ActorNode | null;
}

export interface BlobNode {
  readonly text?: string | null;
  readonly isBinary?: boolean | null;
  readonly isTruncated?: boolean;
  readonly byteSize?: number;
}

/** An entry of a tree; `mode` is GraphQL's decimal number, 33188 for 100644. */
export type FileNode = { readonly mode?: number; readonly object: BlobNode | null } | null;

export interface PauseNode {
  readonly pause: Connection<{ readonly number: number; readonly url: string; readonly title: string }>;
}

export function nodesOf<T>(connection: Connection<T> | null | undefined): readonly T[] {
  return (connection?.nodes ?? []).filter((node): node is T => node !== null);
}

/** Whether a list came with all of its nodes; null stands for what the token may not see, or GitHub could not gather. */
export function isWhole<T>(connection: Connection<T> | null | undefined): boolean {
  return connection?.nodes?.every((node) => node !== null) === true;
}

/** GraphQL names a bot `github-actions` where REST and `viewer` say `github-actions[bot]`; the port says the latter. */
export function loginOf(actor: ActorNode | null): string {
  if (actor === null) return "ghost";
  return actor.__typename === "Bot" && !actor.login.endsWith("[bot]") ? `${actor.login}[bot]` : actor.login;
}

/** `41898282+github-actions[bot]@users.noreply.github.com`: GraphQL knows no user for a bot's commit. */
const NOREPLY = /^(?:\d+\+)?([A-Za-z0-9-]+\[bot\])@users\.noreply\./;

export function commitFacts(node: CommitNode): CommitFacts {
  const { signature } = node;
  return {
    sha: node.oid,
    message: node.message,
    author: node.author?.user?.login ?? NOREPLY.exec(node.author?.email ?? "")?.[1] ?? null,
    parents: nodesOf(node.parents).map(({ oid }) => oid),
    signature: signature === null ? "none" : signature.isValid ? "valid" : "invalid",
    signedByGitHub: signature?.wasSignedByGitHub === true && !committedByPerson(node),
  };
}

/**
 * GitHub signs what it commits itself, and also what a person commits in a codespace. A signature vouches for the committer: the author
 * of such a commit may be anybody's name, a bot's too.
 */
function committedByPerson({ committer }: CommitNode): boolean {
  const login = committer?.user?.login;
  return login !== undefined && login !== GITHUB && !login.endsWith("[bot]");
}

/** The account GitHub commits with. */
const GITHUB = "web-flow";

/** Reviews that were submitted, whatever they say. */
export function reviewFacts(reviews: Connection<SubmittedNode> | null): readonly { readonly author: string; readonly at: number }[] {
  return nodesOf(reviews).flatMap(({ submittedAt, author }) => (submittedAt === null ? [] : [{ author: loginOf(author), at: Date.parse(submittedAt) }]));
}

export function pullSummary(node: PullNode): PullSummary {
  return {
    number: node.number,
    url: node.url,
    title: node.title,
    body: node.body,
    state: node.state === "OPEN" ? "open" : node.state === "MERGED" ? "merged" : "closed",
    author: loginOf(node.author),
    headSha: node.headRefOid,
    mergeSha: node.mergeCommit?.oid ?? null,
    createdAt: Date.parse(node.createdAt),
    mergedAt: node.mergedAt === null ? null : Date.parse(node.mergedAt),
    commits: nodesOf(node.commits).map(({ commit }) => commitFacts(commit)),
    commitCount: node.commits.totalCount ?? nodesOf(node.commits).length,
  };
}

export function pauseIn(repository: PauseNode): Pause | null {
  const [issue] = nodesOf(repository.pause);
  return issue ?? null;
}

/** An entry's mode as git writes it: `100644`, `100755`, `120000` (symbolic link), `40000` (folder), `160000` (submodule). */
export function modeOf(file: { readonly mode?: number } | null | undefined): string | null {
  return typeof file?.mode === "number" ? file.mode.toString(8) : null;
}

/** What stands at a path; null where nothing does. A pointer of Git LFS stands for a file elsewhere, as bad as one that nobody can read. */
export function entryOf(file: FileNode | undefined): Entry | null {
  const mode = modeOf(file);
  if (mode === null) return null;
  const { text, isBinary } = file?.object ?? {};
  return { mode, binary: typeof text === "string" && isLfsPointer(text) ? true : (isBinary ?? null) };
}

/** Text of a file that is judged with all else; null where it is not there, or is none that could be read whole. */
export function plainText(file: FileNode | undefined): string | null {
  const blob = file?.object;
  const whole = oddKind(modeOf(file)) === undefined && typeof blob?.text === "string" && blob.isTruncated === false && blob.isBinary === false;
  return whole && !isLfsPointer(blob.text) ? blob.text : null;
}

const KINDS: Readonly<Record<string, string>> = { "120000": "a symbolic link", "40000": "a folder", "160000": "a submodule" };

/** What an entry is instead of a plain file, in words; undefined when it is one, or its mode was not asked for. */
export function oddKind(mode: string | null): string | undefined {
  return mode === null ? undefined : KINDS[mode];
}

/** A pointer that stands for a file in Git LFS (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md). */
export function isLfsPointer(text: string): boolean {
  return text.startsWith("version https://git-lfs.github.com/spec/");
}

/** Why the text of a file is not to be had, or null. An edit of less than the whole text would lose the rest. */
export function flawOf(file: FileNode | undefined, path: string): Problem | null {
  const odd = oddKind(modeOf(file));
  if (odd !== undefined) {
    return {
      what: `\`${path}\` is ${odd}, not a file`,
      cause: "what stands there is another thing than the text that readers see, and would be overwritten",
      where: path,
      fix: `Name the file itself in \`faq-path\`, or make \`${path}\` a plain file.`,
    };
  }
  const blob = file?.object;
  if (!blob || blob.isTruncated === undefined) return null;
  if (typeof blob.text === "string" && isLfsPointer(blob.text)) {
    return {
      what: `\`${path}\` is kept in Git LFS, so that its text is not in the repository`,
      where: path,
      fix: `Take it out of Git LFS (\`git lfs untrack\`, then commit it again), or name another file.`,
    };
  }
  if (typeof blob.text === "string" && !blob.isTruncated) return null;
  return {
    what: `\`${path}\` cannot be read as text`,
    cause: blob.isTruncated ? `it is too large (${blob.byteSize} bytes): GitHub gives its beginning only` : "it is a binary file, or not in UTF-8",
    where: path,
    fix: "Name a text file, or split it.",
  };
}

/**
 * Text of a file that is going to be edited; null when it is not there.
 * @throws InstantError when it is no plain file, or GitHub does not give the whole text.
 */
export function wholeText(file: FileNode | undefined, path: string): string | null {
  const flaw = flawOf(file, path);
  if (flaw !== null) throw failure("configuration", flaw);
  return file?.object?.isTruncated === undefined ? null : (file.object.text ?? null);
}

/** Text of a file at a commit; null when it is not there. @throws InstantError as `wholeText` */
export async function readBlobAt(api: Api, sha: string, path: string): Promise<string | null> {
  return wholeText({ object: await blobAt(api, sha, path) }, path);
}

export async function blobAt(api: Api, sha: string, path: string): Promise<BlobNode | null> {
  const { repository } = await api.graphql<{ repository: { object: BlobNode | null } }>({
    query: FILE_AT,
    variables: { owner: api.owner, name: api.repo, expression: `${sha}:${path}` },
    doing: `read ${path}`,
    needs: "contents: read",
  });
  return repository.object;
}

export function missingRepository(owner: string, repo: string): Error {
  return failure("permission", {
    what: `The repository ${owner}/${repo} cannot be read`,
    cause: "the token may not see it",
    fix: "Give the job `permissions:\n  contents: read`, or pass a token of this repository.",
  });
}

import { errorsIn, type GraphqlError, messageIn, type RestAnswer } from "./answers.ts";
import { type Api, encodePath } from "./client.ts";
import { explainRest } from "./errors.ts";
import type { Branches } from "./port.ts";
import { BRANCH_HEAD, COMMIT_FILES, CREATE_AND_COMMIT } from "./queries/branches.ts";
import { type Connection, nodesOf, readBlobAt } from "./shapes.ts";

export function branches(api: Api): Branches {
  return {
    createBranch: (name, sha) => createBranch(api, name, sha),
    commitFiles: (change) => commitFiles(api, change),
    commitMerge: (change) => commitMerge(api, change),
    moveBranch: (name, sha) => moveBranch(api, name, sha),
    deleteBranch: (name) => deleteBranch(api, name),
    readFile: (sha, path) => readBlobAt(api, sha, path),
    contains: (descendant, ancestor) => contains(api, descendant, ancestor),
  };
}

/** Harmless to repeat: a branch that the lost first try made answers "exists", and the stage looks again. */
async function createBranch(api: Api, name: string, sha: string): Promise<"created" | "exists"> {
  const request = {
    method: "POST",
    path: "/git/refs",
    body: { ref: `refs/heads/${name}`, sha },
    answers: [422],
    doing: `create the branch ${name}`,
    needs: "contents: write",
  } as const;
  const answer = await api.rest(request);
  if (answer.status !== 422) return "created";
  if (/already exists/i.test(messageIn(answer.data))) return "exists";
  throw explainRest(answer, request);
}

interface Head {
  readonly oid: string;
  readonly message: string;
  readonly parents: readonly string[];
}

async function headOf(api: Api, branch: string): Promise<Head | null> {
  const { repository } = await api.graphql<{ repository: { ref: { target: { oid: string; message?: string; parents?: Connection<{ oid: string }> } | null } | null } }>({
    query: BRANCH_HEAD,
    variables: { owner: api.owner, name: api.repo, ref: `refs/heads/${branch}` },
    doing: `read the branch ${branch}`,
    needs: "contents: write",
  });
  const target = repository.ref?.target;
  return target ? { oid: target.oid, message: target.message ?? "", parents: nodesOf(target.parents).map(({ oid }) => oid) } : null;
}

type Committed = { readonly sha: string } | "moved";

/**
 * `createCommitOnBranch`. After an uncertain answer the head of the branch tells: a commit with our message on top of the expected
 * one is ours (the message carries the trace id), the expected one itself means that nothing happened, anything else that it moved.
 */
async function commitFiles(api: Api, change: Parameters<Branches["commitFiles"]>[0]): Promise<Committed> {
  const { branch, expectedHead, headline, body } = change;
  const input = {
    branch: { repositoryNameWithOwner: `${api.owner}/${api.repo}`, branchName: branch },
    expectedHeadOid: expectedHead,
    message: { headline, body },
    fileChanges: {
      additions: change.files.flatMap(({ path, text }) => (text === null ? [] : [{ path, contents: Buffer.from(text, "utf8").toString("base64") }])),
      deletions: change.files.flatMap(({ path, text }) => (text === null ? [{ path }] : [])),
    },
  };
  const recover = async (): Promise<Mutation | undefined> => {
    const head = await headOf(api, branch);
    if (head?.oid === expectedHead) return undefined;
    const ours = head !== null && head.parents[0] === expectedHead && sameMessage(head.message, headline, body);
    return { createCommitOnBranch: ours ? { commit: { oid: head.oid } } : null };
  };
  const ref = change.create && { repositoryId: change.create.repositoryId, name: `refs/heads/${branch}`, oid: expectedHead };
  const done = await api.graphql<Mutation>({
    query: ref ? CREATE_AND_COMMIT : COMMIT_FILES,
    variables: { input, ...(ref ? { ref } : {}) },
    doing: `commit to the branch ${branch}`,
    needs: "contents: write",
    answer: (errors, data) => {
      const others = errors.filter(({ path, message }) => !(path?.[0] === "createRef" && /already exists/i.test(message)));
      if (others.length === 0) return { createCommitOnBranch: data?.createCommitOnBranch ?? null };
      return others.every(isStale) ? { createCommitOnBranch: null } : undefined;
    },
    recover,
  });
  const sha = done.createCommitOnBranch?.commit?.oid;
  return sha === undefined ? "moved" : { sha };
}

function isStale({ type, message }: GraphqlError): boolean {
  return type === "STALE_DATA" || /expected branch to point to/i.test(message);
}

interface Mutation {
  readonly createCommitOnBranch: { readonly commit: { readonly oid: string } | null } | null;
}

function sameMessage(message: string, headline: string, body: string): boolean {
  return message.trim() === `${headline}\n\n${body}`.trim();
}

/**
 * A commit with two parents through the Git data API, put on the branch by a fast-forward. Objects that a lost try left behind are
 * garbage and hurt nobody; moving the branch to where it is already is no change, so every step may be repeated.
 */
async function commitMerge(api: Api, change: Parameters<Branches["commitMerge"]>[0]): Promise<Committed> {
  const { branch, expectedHead, base } = change;
  const purpose = { doing: `join the newer base into ${branch}`, needs: "contents: write" };
  const baseCommit = await api.rest({ ...purpose, method: "GET", path: `/git/commits/${base}` });
  const tree = change.files.map(({ path, text }) => ({ path, mode: "100644", type: "blob", ...(text === null ? { sha: null } : { content: text }) }));
  const made = await api.rest({ ...purpose, method: "POST", path: "/git/trees", body: { base_tree: (baseCommit.data as { tree: { sha: string } }).tree.sha, tree } });
  const sha = await postCommit(api, purpose, { tree: shaIn(made), parents: [expectedHead, base], message: change.message });
  await change.beforeMove?.(sha);
  const { answer, request } = await fastForward(api, purpose, branch, sha);
  if (answer.status < 300) return { sha };
  if (NOT_AHEAD.test(said(answer))) return "moved";
  throw explainRest(answer, request);
}

const NOT_AHEAD = /fast.?forward|does not exist|reference update failed/i;
const said = ({ data }: RestAnswer) => [messageIn(data), ...errorsIn(data)].join(" ");

async function fastForward(api: Api, purpose: { doing: string; needs: string }, branch: string, sha: string) {
  const request = { ...purpose, method: "PATCH", path: `/git/refs/heads/${encodePath(branch)}`, body: { sha, force: false }, answers: [409, 422] } as const;
  return { request, answer: await api.rest(request) };
}

/** Harmless to repeat: a branch that stands there already is not moved. Rules of a branch answer 422, or 409 where they are protection. */
async function moveBranch(api: Api, name: string, sha: string): ReturnType<Branches["moveBranch"]> {
  const { answer, request } = await fastForward(api, { doing: `move the branch ${name}`, needs: "contents: write" }, name, sha);
  if (answer.status < 300) return "moved";
  if (NOT_AHEAD.test(said(answer))) return "not-a-fast-forward";
  if (/rule|protected|required|must be made|pull request/i.test(said(answer))) return { refused: said(answer).replace(/\s+/g, " ").trim() };
  throw explainRest(answer, request);
}

/** No author is named, so that GitHub makes and signs the commit for the token's bot. */
export async function postCommit(api: Api, purpose: { doing: string; needs: string }, commit: { tree: string; parents: readonly string[]; message: string }): Promise<string> {
  return shaIn(await api.rest({ ...purpose, method: "POST", path: "/git/commits", body: { ...commit } }));
}

function shaIn(answer: RestAnswer): string {
  return (answer.data as { sha: string }).sha;
}

/** Harmless to repeat: what is gone already answers 422 "Reference does not exist" (404 on some servers). */
async function deleteBranch(api: Api, name: string): Promise<void> {
  const request = { method: "DELETE", path: `/git/refs/heads/${encodePath(name)}`, answers: [404, 422], doing: `delete the branch ${name}`, needs: "contents: write" } as const;
  const answer = await api.rest(request);
  if (answer.status === 422 && !/does not exist/i.test(messageIn(answer.data))) throw explainRest(answer, request);
}

/** `ahead` and `identical` mean that nothing of the ancestor is missing; a commit that GitHub does not know is contained nowhere. */
async function contains(api: Api, descendant: string, ancestor: string): Promise<boolean> {
  if (descendant === ancestor) return true;
  const { status, data } = await api.rest({
    method: "GET",
    path: `/compare/${encodeURIComponent(ancestor)}...${encodeURIComponent(descendant)}`,
    query: { per_page: 1 },
    answers: [404],
    doing: "compare two commits",
    needs: "contents: read",
  });
  return status === 200 && ["ahead", "identical"].includes((data as { status: string }).status);
}

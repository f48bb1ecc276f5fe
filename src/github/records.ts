import type { Clock } from "../kit/clock.ts";
import type { RunContext } from "../kit/context.ts";
import type { Log } from "../kit/log.ts";
import { createFetch } from "../net/fetch.ts";
import { branches, postCommit } from "./branches.ts";
import { messageIn } from "./answers.ts";
import { type Api, createApi } from "./client.ts";
import { explainRest } from "./errors.ts";
import type { FileChange } from "./port.ts";
import { routeOf, type Traced } from "./route.ts";
import type { BlobNode } from "./shapes.ts";

/** A branch that holds records and no history of the project: read by folder, written by compare-and-swap. */
export interface Records {
  /**
   * Texts below folders, by path, up to three folders deep, and the head they were read at; null while the branch is not there.
   * @param names folders of which only the names of the entries are wanted: they come as paths with an empty text.
   */
  read(folders: readonly string[], names?: readonly string[]): Promise<{ readonly head: string; readonly files: ReadonlyMap<string, string> } | null>;
  /** One commit when the branch still stands at `head`; null begins the branch with a commit without parents. */
  commit(change: { readonly head: string | null; readonly files: readonly FileChange[]; readonly message: string }): Promise<"written" | "moved">;
  requestCount(): number;
}

/** Requests are counted apart from those of the stage (DESIGN 9). */
export function connectRecords(options: { readonly context: RunContext; readonly token: string; readonly branch: string; readonly log: Log; readonly clock: Clock; readonly traced?: Traced }): Records {
  const { context, token, branch, log, clock, traced = (fetch) => fetch } = options;
  const { owner, repo, apiUrl, graphqlUrl, serverUrl } = context;
  const api = createApi({ owner, repo, apiUrl, graphqlUrl, serverUrl, token, log, clock, userAgent: "instant-ledger", fetch: traced(createFetch(process.env), (url) => routeOf(url, apiUrl)) });
  return {
    read: (folders, names = []) => read(api, branch, folders, names),
    commit: (change) => commit(api, branch, change),
    requestCount: api.requestCount,
  };
}

interface Node extends BlobNode {
  readonly entries?: readonly { readonly name: string; readonly object?: Node | null }[] | null;
}

interface Answer {
  readonly repository: ({ readonly ref: { readonly target: { readonly oid: string } | null } | null } & Record<string, unknown>) | null;
}

const TEXT = "... on Blob { text isTruncated }";

function below(depth: number): string {
  return depth === 0 ? TEXT : `${TEXT} ... on Tree { entries { name object { ${below(depth - 1)} } } }`;
}

async function read(api: Api, branch: string, folders: readonly string[], names: readonly string[]): ReturnType<Records["read"]> {
  const wanted = [...folders.map((path) => ({ path, fields: below(3) })), ...names.map((path) => ({ path, fields: "... on Tree { entries { name } }" }))];
  const query = `query Records($owner: String!, $name: String!, $ref: String!${wanted.map((_, i) => `, $path${i}: String!`).join("")}) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $ref) { target { oid } }
    ${wanted.map(({ fields }, i) => `at${i}: object(expression: $path${i}) { ${fields} }`).join("\n    ")}
  }
}`;
  const paths = Object.fromEntries(wanted.map(({ path }, i) => [`path${i}`, `refs/heads/${branch}:${path}`]));
  const { repository } = await api.graphql<Answer>({
    query, variables: { owner: api.owner, name: api.repo, ref: `refs/heads/${branch}`, ...paths }, doing: `read the records on the branch ${branch}`, needs: "contents: read",
  });
  const head = repository?.ref?.target?.oid;
  if (head === undefined) return null;
  const files = new Map<string, string>();
  const visit = (path: string, node: Node | null | undefined) => {
    if (typeof node?.text === "string" && !node.isTruncated) files.set(path, node.text);
    for (const { name, object } of node?.entries ?? []) {
      if (object === undefined) files.set(`${path}/${name}`, "");
      else visit(`${path}/${name}`, object);
    }
  };
  for (const [i, { path }] of wanted.entries()) visit(path, repository?.[`at${i}`] as Node | null);
  return { head, files };
}

async function commit(api: Api, branch: string, { head, files, message }: Parameters<Records["commit"]>[0]): Promise<"written" | "moved"> {
  if (head === null) return begin(api, branch, files, message);
  return (await branches(api).commitFiles({ branch, expectedHead: head, files, headline: message, body: "" })) === "moved" ? "moved" : "written";
}

/** A commit without parents through the Git data API: createCommitOnBranch cannot make one (PLATFORM, Merging). */
async function begin(api: Api, branch: string, files: readonly FileChange[], message: string): Promise<"written" | "moved"> {
  const purpose = { doing: `begin the branch ${branch}`, needs: "contents: write" };
  const tree = files.flatMap(({ path, text }) => (text === null ? [] : [{ path, mode: "100644", type: "blob", content: text }]));
  const made = await api.rest({ ...purpose, method: "POST", path: "/git/trees", body: { tree } });
  const sha = await postCommit(api, purpose, { tree: (made.data as { sha: string }).sha, parents: [], message });
  const request = { ...purpose, method: "POST", path: "/git/refs", body: { ref: `refs/heads/${branch}`, sha }, answers: [422] } as const;
  const answer = await api.rest(request);
  if (answer.status !== 422) return "written";
  if (/already exists/i.test(messageIn(answer.data))) return "moved";
  throw explainRest(answer, request);
}

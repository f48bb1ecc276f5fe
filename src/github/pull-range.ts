import { failure } from "../kit/errors.ts";
import type { Api } from "./client.ts";
import type { PullRange } from "./port.ts";
import { PULL_RANGE } from "./queries/pulls.ts";
import { type Connection, missingRepository, nodesOf } from "./shapes.ts";

interface PullNode {
  readonly number: number;
  readonly url: string;
  readonly body: string;
  readonly baseRefName: string;
  readonly baseRefOid: string;
  readonly headRefOid: string;
  readonly baseRef: { readonly target: { readonly oid: string } | null } | null;
  readonly headRepository: { readonly nameWithOwner: string } | null;
  readonly commits: Connection<{ readonly commit: { readonly oid: string; readonly parents: Connection<{ readonly oid: string }> } }>;
}

type Answer = { readonly repository: { readonly pullRequest: PullNode | null } | null };

/** See the port: one query; a second request only where the commits of the pull request do not tell where it began. */
export async function readPullRange(api: Api, number: number, head: string): Promise<PullRange> {
  const { repository } = await api.graphql<Answer>({
    query: PULL_RANGE,
    variables: { owner: api.owner, name: api.repo, number },
    doing: `read pull request #${number}`,
    needs: "contents: read, pull-requests: read",
  });
  if (repository === null) throw missingRepository(api.owner, api.repo);
  const pull = repository.pullRequest;
  if (pull === null) throw failure("configuration", { what: `There is no pull request #${number} in ${api.owner}/${api.repo}`, where: "pr-number", fix: "Correct `pr-number`." });
  const base = pull.baseRef?.target?.oid ?? pull.baseRefOid;
  const wanted = head === "" ? pull.headRefOid : head;
  return {
    number: pull.number,
    url: pull.url,
    body: pull.body,
    headSha: pull.headRefOid,
    headRepository: pull.headRepository?.nameWithOwner ?? null,
    base: { branch: pull.baseRefName, sha: base },
    mergeBase: mergeBaseOf(pull, base, wanted) ?? (await compared(api, number, base, wanted)),
  };
}

/** What the parents of all its commits name and they do not hold: the base's head itself, or the only such commit. */
function mergeBaseOf(pull: PullNode, base: string, wanted: string): string | null {
  const commits = nodesOf(pull.commits).map(({ commit }) => commit);
  const own = new Set(commits.map(({ oid }) => oid));
  // GitHub may list the commits of a push a moment after its head.
  const complete = wanted === pull.headRefOid && own.has(wanted) && commits.length === pull.commits.totalCount;
  if (!complete) return null;
  const outside = new Set(commits.flatMap(({ parents }) => nodesOf(parents).map(({ oid }) => oid)).filter((oid) => !own.has(oid)));
  if (outside.has(base)) return base;
  return outside.size === 1 ? ([...outside][0] ?? null) : null;
}

async function compared(api: Api, number: number, base: string, head: string): Promise<string | null> {
  const { status, data } = await api.rest({
    method: "GET",
    path: `/compare/${base}...${head}`,
    query: { per_page: 1 },
    answers: [404],
    doing: `compare pull request #${number} with its base`,
    needs: "contents: read",
  });
  return status === 200 ? ((data as { merge_base_commit?: { sha?: string } }).merge_base_commit?.sha ?? null) : null;
}

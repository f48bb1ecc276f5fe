import { failure } from "../kit/errors.ts";
import { shortSha } from "../kit/ids.ts";
import { postCommit } from "./branches.ts";
import type { Api } from "./client.ts";
import type { PullSummary, RollbackFacts, Rollbacks } from "./port.ts";
import { ownPulls } from "./pulls-of-branch.ts";
import { MORE_INCIDENTS, OPEN_HOTFIX, rollbackQuery } from "./queries.ts";
import { commitFacts, type CommitNode, type Connection, missingRepository, nodesOf, pauseIn, type PauseNode, type PullNode, pullSummary } from "./shapes.ts";

interface TreeCommitNode extends CommitNode {
  readonly __typename: string;
  readonly tree: { readonly oid: string };
}

interface RevertedNode extends TreeCommitNode {
  readonly committedDate: string;
  readonly parentTrees: Connection<{ readonly tree: { readonly oid: string } }>;
  readonly associatedPullRequests: Connection<PullNode & { readonly baseRefName: string }> | null;
}

interface IncidentNode {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly labels: Connection<{ readonly name: string }> | null;
}

type RepositoryNode = PauseNode &
  Record<string, unknown> & {
    readonly id: string;
    readonly defaultBranchRef: { readonly name: string; readonly target: TreeCommitNode | null } | null;
    readonly commit: RevertedNode | { readonly __typename: string } | null;
    readonly workflows: { readonly oid: string } | null;
    readonly workflowsBefore: { readonly oid: string } | null;
    readonly hotfix: { readonly target: (CommitNode & { readonly __typename: string }) | null } | null;
    readonly pulls: Connection<PullNode>;
    readonly incidents: Connection<IncidentNode>;
  };

type Answer = { readonly viewer: { readonly login: string }; readonly repository: RepositoryNode | null };

const NEEDS = "contents: write, pull-requests: write, issues: write";
const MAX_PAGES = 10;

export function rollbacks(api: Api): Rollbacks {
  return {
    readRollback: (wanted) => readRollback(api, wanted),
    // Harmless to repeat: a commit that no branch holds is garbage.
    openHotfix: (hotfix) => openHotfix(api, hotfix),
    commitTree: async (commit) => ({ sha: await postCommit(api, { doing: "make the commit that reverts", needs: "contents: write" }, commit) }),
  };
}

async function readRollback(api: Api, wanted: Parameters<Rollbacks["readRollback"]>[0]): Promise<RollbackFacts> {
  const { sha, branch, labels, traceHint } = wanted;
  const answer = await api.graphql<Answer>({
    query: rollbackQuery(labels.length),
    variables: {
      owner: api.owner,
      name: api.repo,
      oid: sha,
      branch,
      ref: `refs/heads/${branch}`,
      workflows: `${sha}:.github/workflows`,
      workflowsBefore: `${sha}^1:.github/workflows`,
      ...Object.fromEntries(labels.map((label, i) => [`label${i}`, label])),
    },
    doing: `read the commit ${shortSha(sha)}`,
    needs: NEEDS,
    needsAt: (path) => (path.includes("pause") || path.includes("incidents") ? "issues: write" : path.includes("pulls") || path.includes("associatedPullRequests") ? "pull-requests: write" : undefined),
  });
  const { repository } = answer;
  if (repository === null) throw missingRepository(api.owner, api.repo);
  const { defaultBranchRef } = repository;
  const head = defaultBranchRef?.target;
  if (!defaultBranchRef || !head) throw failure("configuration", { what: "The repository has no commit on its default branch", fix: "Push a first commit." });
  const commit = repository.commit && "tree" in repository.commit ? repository.commit : null;
  const hotfix = repository.hotfix?.target;
  const [pulls, incidents] = await Promise.all([ownPulls(api, branch, repository.pulls, "pull-requests: write"), allIncidents(api, repository.incidents, [traceHint, sha])]);
  return {
    defaultBranch: defaultBranchRef.name,
    head: { ...commitFacts(head), tree: head.tree.oid },
    commit: commit && {
      ...commitFacts(commit),
      tree: commit.tree.oid,
      parentTrees: nodesOf(commit.parentTrees).map(({ tree }) => tree.oid),
      at: Date.parse(commit.committedDate),
      touchesWorkflows: repository.workflows?.oid !== repository.workflowsBefore?.oid,
    },
    pull: commit === null ? null : mergedBy(commit, sha, defaultBranchRef.name),
    hotfix: { sha: hotfix?.oid ?? null, commit: hotfix ? commitFacts(hotfix) : null, pulls },
    incidents,
    repositoryId: repository.id,
    labelIds: Object.fromEntries(labels.flatMap((name, i) => (repository[`label${i}`] ? [[name, (repository[`label${i}`] as { id: string }).id]] : []))),
    pause: pauseIn(repository),
    viewer: answer.viewer.login,
  };
}

/** The pull request whose merge this commit is; one that merely contains it (a rebase merge) only when it is the only one. */
function mergedBy(commit: RevertedNode, sha: string, base: string): PullSummary | null {
  const merged = nodesOf(commit.associatedPullRequests).filter((pull) => pull.state === "MERGED" && pull.baseRefName === base);
  const found = merged.find((pull) => pull.mergeCommit?.oid === sha) ?? (merged.length === 1 ? merged[0] : undefined);
  return found ? pullSummary(found) : null;
}

/** Open incidents, newest first; pages are read on until one of them is about this commit or task. */
async function allIncidents(api: Api, first: Connection<IncidentNode>, marks: readonly string[]): Promise<RollbackFacts["incidents"]> {
  const found: IncidentNode[] = [];
  let page: Connection<IncidentNode> = first;
  for (let pages = 1; ; pages += 1) {
    found.push(...nodesOf(page).filter(({ labels }) => nodesOf(labels).some(({ name }) => name === "P0")));
    const known = found.some(({ body }) => marks.some((mark) => mark !== "" && body.includes(mark)));
    if (known || !page.pageInfo?.hasNextPage || pages >= MAX_PAGES) break;
    const { repository } = await api.graphql<{ repository: { incidents: Connection<IncidentNode> } }>({
      query: MORE_INCIDENTS,
      variables: { owner: api.owner, name: api.repo, after: page.pageInfo.endCursor ?? "" },
      doing: "list the open incidents",
      needs: "issues: write",
    });
    page = repository.incidents;
  }
  return found.map(({ number, url, title, body }) => ({ number, url, title, body }));
}

interface Opened {
  readonly createPullRequest: { readonly pullRequest: { readonly number: number; readonly url: string; readonly headRefOid: string } | null } | null;
}

/**
 * Harmless to repeat: the branch that a lost first try made "already exists", which is no error here, and so does its pull request,
 * which is answered as it is.
 */
async function openHotfix(api: Api, hotfix: Parameters<Rollbacks["openHotfix"]>[0]): ReturnType<Rollbacks["openHotfix"]> {
  const { repositoryId, branch, sha, base, title, body } = hotfix;
  let refusal: "exists" | "no-difference" | undefined;
  const answer = await api.graphql<Opened>({
    query: OPEN_HOTFIX,
    variables: { ref: { repositoryId, name: `refs/heads/${branch}`, oid: sha }, pull: { repositoryId, baseRefName: base, headRefName: branch, title, body } },
    doing: "open the hotfix pull request",
    needs: "contents: write, pull-requests: write",
    needsAt: (path) => (path[0] === "createRef" ? "contents: write" : path[0] === "createPullRequest" ? "pull-requests: write" : undefined),
    answer: (errors, data) => {
      const others = errors.filter(({ path, message }) => !(path?.[0] === "createRef" && /already exists/i.test(message)));
      if (others.length === 0) return (data ?? { createPullRequest: null }) as Opened;
      const about = others.map(({ path, message }) => (path?.[0] === "createPullRequest" ? message : "")).join("; ");
      refusal = /a pull request already exists/i.test(about) ? "exists" : /no commits between/i.test(about) ? "no-difference" : undefined;
      return refusal && others.length === 1 ? { createPullRequest: null } : undefined;
    },
  });
  const pull = answer.createPullRequest?.pullRequest;
  if (pull) return { number: pull.number, url: pull.url, headSha: pull.headRefOid };
  if (refusal) return refusal;
  throw failure("service", { what: "GitHub did not say which hotfix pull request it opened", fix: "Run the job again; the pull request is not opened twice." });
}

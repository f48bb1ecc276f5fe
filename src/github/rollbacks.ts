import { failure } from "../kit/errors.ts";
import { shortSha } from "../kit/ids.ts";
import { postCommit } from "./branches.ts";
import type { Api } from "./client.ts";
import { allIncidents, type IncidentNode, isAboutLabels, labelsMade, labelVariables, openIncident, tellIncident } from "./incidents.ts";
import type { PastDeployment, HotfixBranch, LineCommit, PullSummary, RollbackFacts, Rollbacks } from "./port.ts";
import { ownPulls } from "./pulls-of-branch.ts";
import { openHotfixMutation, rollbackQuery, SAME_TREE } from "./queries/rollbacks.ts";
import { commitFacts, type CommitNode, type Connection, missingRepository, nodesOf, pauseIn, type PauseNode, type PullNode, pullSummary } from "./shapes.ts";

interface LineNode {
  readonly oid: string;
  readonly message: string;
  readonly committedDate: string;
  readonly tree: { readonly oid: string };
  readonly parents: Connection<{ readonly oid: string }>;
}

interface HeadNode extends CommitNode {
  readonly __typename: string;
  readonly tree: { readonly oid: string };
  readonly history: Connection<LineNode>;
}

interface RevertedNode extends CommitNode {
  readonly __typename: string;
  readonly committedDate: string;
  readonly tree: { readonly oid: string };
  readonly parentTrees: Connection<{ readonly tree: { readonly oid: string } }>;
  readonly associatedPullRequests: Connection<PullNode & { readonly baseRefName: string }> | null;
}

interface HotfixNode {
  readonly name: string;
  readonly target: { readonly message?: string } | null;
  readonly associatedPullRequests: Connection<{ readonly number: number; readonly url: string; readonly createdAt: string; readonly isCrossRepository: boolean }>;
}

interface DeploymentNode {
  readonly commitOid: string;
  readonly createdAt: string;
  readonly state: string | null;
  readonly latestStatus: { readonly state: string; readonly createdAt: string } | null;
}

type RepositoryNode = PauseNode &
  Record<string, unknown> & {
    readonly id: string;
    readonly defaultBranchRef: { readonly name: string; readonly target: HeadNode | null } | null;
    readonly commit: RevertedNode | { readonly __typename: string } | null;
    readonly workflows: { readonly oid: string } | null;
    readonly workflowsBefore: { readonly oid: string } | null;
    readonly hotfix: { readonly target: (CommitNode & { readonly __typename: string }) | null } | null;
    readonly pulls: Connection<PullNode>;
    readonly refs: Connection<HotfixNode> | null;
    readonly incidents: Connection<IncidentNode>;
    readonly deployments?: Connection<DeploymentNode>;
  };

type Answer = { readonly viewer: { readonly login: string }; readonly repository: RepositoryNode | null };

const NEEDS = "contents: write, pull-requests: write, issues: write";

export function rollbacks(api: Api): Rollbacks {
  return {
    readRollback: (wanted) => readRollback(api, wanted),
    // Harmless to repeat: a commit that no branch holds is garbage.
    openHotfix: (hotfix) => openHotfix(api, hotfix),
    commitTree: async (commit) => ({ sha: await postCommit(api, { doing: "make the commit that reverts", needs: "contents: write" }, commit) }),
    differsIn: (folder, one, other) => differsIn(api, folder, one, other),
    openIncident: (issue) => openIncident(api, issue),
    tellIncident: (told) => tellIncident(api, told),
  };
}

async function readRollback(api: Api, wanted: Parameters<Rollbacks["readRollback"]>[0]): Promise<RollbackFacts> {
  const { repository, viewer } = await ask(api, wanted);
  const { defaultBranchRef } = repository;
  const head = defaultBranchRef?.target;
  if (!defaultBranchRef || !head) throw failure("configuration", { what: "The repository has no commit on its default branch", fix: "Push a first commit." });
  const commit = repository.commit && "tree" in repository.commit ? repository.commit : null;
  const hotfix = repository.hotfix?.target;
  const history = nodesOf(head.history).map(lineCommit);
  const since = commit === null ? Infinity : Date.parse(commit.committedDate);
  const [pulls, incidents] = await Promise.all([ownPulls(api, wanted.branch, repository.pulls, "pull-requests: write"), allIncidents(api, repository.incidents, { mark: wanted.sha, since })]);
  return {
    defaultBranch: defaultBranchRef.name,
    head: { ...commitFacts(head), tree: head.tree.oid },
    line: firstParents(history),
    history,
    commit: commit && {
      ...commitFacts(commit),
      tree: commit.tree.oid,
      parentTrees: nodesOf(commit.parentTrees).map(({ tree }) => tree.oid),
      at: Date.parse(commit.committedDate),
      touchesWorkflows: repository.workflows?.oid !== repository.workflowsBefore?.oid,
    },
    pull: commit === null ? null : mergedBy(commit, wanted.sha, defaultBranchRef.name),
    hotfix: { sha: hotfix?.oid ?? null, commit: hotfix ? commitFacts(hotfix) : null, pulls },
    hotfixes: hotfixesIn(repository.refs, wanted.branches),
    incidents,
    deployments: repository.deployments === undefined ? null : nodesOf(repository.deployments).map(deploymentFacts),
    repositoryId: repository.id,
    labelIds: Object.fromEntries(wanted.labels.flatMap((name, i) => (repository[`label${i}`] ? [[name, (repository[`label${i}`] as { id: string }).id]] : []))),
    pause: pauseIn(repository),
    viewer,
  };
}

async function ask(api: Api, wanted: Parameters<Rollbacks["readRollback"]>[0]): Promise<{ readonly repository: RepositoryNode; readonly viewer: string }> {
  const { sha, branch, branches, labels, environment } = wanted;
  const { repository, viewer } = await api.graphql<Answer>({
    query: rollbackQuery({ labels: labels.length, environment: environment !== "" }),
    variables: {
      owner: api.owner,
      name: api.repo,
      oid: sha,
      branch,
      branches,
      ref: `refs/heads/${branch}`,
      workflows: `${sha}:.github/workflows`,
      workflowsBefore: `${sha}^1:.github/workflows`,
      ...(environment === "" ? {} : { environment }),
      ...Object.fromEntries(labels.map((label, i) => [`label${i}`, label])),
    },
    doing: `read the commit ${shortSha(sha)}`,
    needs: NEEDS,
    needsAt: (path) => neededAt(path),
  });
  if (repository === null) throw missingRepository(api.owner, api.repo);
  return { repository, viewer: viewer.login };
}

function neededAt(path: readonly (string | number)[]): string | undefined {
  if (path.includes("pause") || path.includes("incidents")) return "issues: write";
  if (path.includes("deployments")) return "deployments: read";
  return path.includes("pulls") || path.includes("associatedPullRequests") ? "pull-requests: write" : undefined;
}

function lineCommit({ oid, message, committedDate, tree, parents }: LineNode): LineCommit {
  return { sha: oid, message, tree: tree.oid, parents: nodesOf(parents).map((parent) => parent.oid), at: Date.parse(committedDate) };
}

/** From the newest commit to its first parent and on, as far as they were read. */
function firstParents(history: readonly LineCommit[]): readonly LineCommit[] {
  const known = new Map(history.map((commit) => [commit.sha, commit]));
  const line: LineCommit[] = [];
  for (let next = history[0]; next !== undefined; next = known.get(next.parents[0] ?? "")) line.push(next);
  return line;
}

/** The server's `query` finds names that hold it anywhere. */
function hotfixesIn(refs: Connection<HotfixNode> | null, prefix: string): readonly HotfixBranch[] {
  return nodesOf(refs).filter(({ name }) => name.startsWith(prefix)).map(({ name, target, associatedPullRequests }) => {
    const pull = nodesOf(associatedPullRequests).find(({ isCrossRepository }) => !isCrossRepository);
    return { name, message: target?.message ?? "", pull: pull ? { number: pull.number, url: pull.url, createdAt: Date.parse(pull.createdAt) } : null };
  });
}

const STATES: Readonly<Record<string, PastDeployment["state"]>> = { SUCCESS: "deployed", ACTIVE: "deployed", INACTIVE: "deployed", DESTROYED: "deployed", FAILURE: "failed", ERROR: "failed" };

function deploymentFacts({ commitOid, createdAt, state, latestStatus }: DeploymentNode): PastDeployment {
  return { sha: commitOid, state: STATES[latestStatus?.state ?? state ?? ""] ?? "waiting", at: Date.parse(latestStatus?.createdAt ?? createdAt) };
}

/** The pull request whose merge this commit is; one that merely contains it (a rebase merge) only when it is the only one. */
function mergedBy(commit: RevertedNode, sha: string, base: string): PullSummary | null {
  const merged = nodesOf(commit.associatedPullRequests).filter((pull) => pull.state === "MERGED" && pull.baseRefName === base);
  const found = merged.find((pull) => pull.mergeCommit?.oid === sha) ?? (merged.length === 1 ? merged[0] : undefined);
  return found ? pullSummary(found) : null;
}

async function differsIn(api: Api, folder: string, one: string, other: string): Promise<boolean> {
  const { repository } = await api.graphql<{ repository: { one: { oid: string } | null; other: { oid: string } | null } }>({
    query: SAME_TREE,
    variables: { owner: api.owner, name: api.repo, one: `${one}:${folder}`, other: `${other}:${folder}` },
    doing: `compare ${folder} of two commits`,
    needs: "contents: read",
  });
  return repository.one?.oid !== repository.other?.oid;
}

interface Opened {
  readonly createPullRequest: { readonly pullRequest: { readonly number: number; readonly url: string; readonly headRefOid: string; readonly repository: { readonly refs: Connection<HotfixNode> | null } } | null } | null;
}

/**
 * Harmless to repeat: the branch that a lost first try made "already exists", which is no error here, and so does its pull request,
 * which is answered as it is.
 */
async function openHotfix(api: Api, hotfix: Parameters<Rollbacks["openHotfix"]>[0]): ReturnType<Rollbacks["openHotfix"]> {
  const { repositoryId, branch, branches, sha, base, title, body, missingLabels } = hotfix;
  let refusal: "exists" | "no-difference" | undefined;
  const answer = await api.graphql<Opened>({
    query: openHotfixMutation(missingLabels.length),
    variables: {
      ref: { repositoryId, name: `refs/heads/${branch}`, oid: sha },
      pull: { repositoryId, baseRefName: base, headRefName: branch, title, body },
      branches,
      ...labelVariables(repositoryId, missingLabels),
    },
    doing: "open the hotfix pull request",
    needs: "contents: write, pull-requests: write",
    needsAt: (path) => (path[0] === "createRef" ? "contents: write" : path[0] === "createPullRequest" ? "pull-requests: write" : undefined),
    answer: (errors, data) => {
      // Rollbacks do not fail for want of a label.
      const others = errors.filter((error) => !isAboutLabels(error) && !(error.path?.[0] === "createRef" && /already exists/i.test(error.message)));
      if (others.length === 0) return (data ?? { createPullRequest: null }) as Opened;
      const about = others.map(({ path, message }) => (path?.[0] === "createPullRequest" ? message : "")).join("; ");
      refusal = /a pull request already exists/i.test(about) ? "exists" : /no commits between/i.test(about) ? "no-difference" : undefined;
      return refusal && others.length === 1 ? { createPullRequest: null } : undefined;
    },
  });
  const pull = answer.createPullRequest?.pullRequest;
  if (pull) return { number: pull.number, url: pull.url, headSha: pull.headRefOid, labelIds: labelsMade(answer), hotfixes: hotfixesIn(pull.repository.refs, branches) };
  if (refusal) return refusal;
  throw failure("service", { what: "GitHub did not say which hotfix pull request it opened", fix: "Run the job again; the pull request is not opened twice." });
}

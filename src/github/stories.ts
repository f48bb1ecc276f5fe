import type { Clock } from "../kit/clock.ts";
import type { RunContext } from "../kit/context.ts";
import { traceIdIn } from "../kit/ids.ts";
import type { Log } from "../kit/log.ts";
import { createFetch } from "../net/fetch.ts";
import { type Api, createApi } from "./client.ts";
import type { PullSummary, RunFacts } from "./port.ts";
import { type RestRun, runFacts } from "./deployments.ts";
import { FIND_STORY, INCIDENT_LABEL, storyQuery } from "./queries.ts";
import { type Connection, loginOf, missingRepository, nodesOf, pullSummary, type ActorNode, type CommitNode, type PullNode } from "./shapes.ts";

/** What became of a task as GitHub alone tells it, without any record: pull requests, commits, checks, runs and incidents. */
export interface Story {
  /** Pull requests of this repository's own branches whose body carries the trace id, the oldest first. */
  readonly pulls: readonly StoryPull[];
  /** Issues that a rollback opened for the task, the oldest first. */
  readonly incidents: readonly StoryIncident[];
  /** Runs that those name, by the first attempt's start; what cannot be read (deleted, or not allowed) is among `lostRuns`. */
  readonly runs: readonly StoryRun[];
  readonly lostRuns: readonly string[];
}

export interface StoryPull extends Omit<PullSummary, "commits"> {
  readonly branch: string;
  readonly base: string;
  readonly closedAt: number | null;
  readonly mergedBy: string | null;
  /** The newest 20, oldest first. */
  readonly commits: readonly StoryCommit[];
  /** Of the newest commit, each name once, the first 100. */
  readonly checks: readonly StoryCheck[];
}

export interface StoryCommit {
  readonly sha: string;
  readonly url: string;
  readonly headline: string;
  readonly traceId: string | null;
  readonly author: string | null;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface StoryCheck {
  readonly name: string;
  readonly state: "pending" | "success" | "failure";
  readonly at: number;
  readonly url: string | null;
}

export interface StoryIncident {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly createdAt: number;
  readonly closedAt: number | null;
}

export interface StoryRun extends RunFacts {
  /** Epoch milliseconds of the last change. */
  readonly updatedAt: number;
  /** Names of the jobs that did not end well, of the newest attempt. */
  readonly failedJobs: readonly string[];
}

export interface Stories {
  /** null when nothing here carries the trace id. */
  find(traceId: string): Promise<Story | null>;
}

/** Pull requests and runs that one story has at most: a rollback of a rollback is the most that was thought of. */
const MOST = 5;
const NEEDS = "contents: read, pull-requests: read, issues: read, checks: read, statuses: read, actions: read";

export function connectStories(options: { readonly context: RunContext; readonly token: string; readonly log: Log; readonly clock: Clock }): Stories {
  const { context, token, log, clock } = options;
  const { owner, repo, apiUrl, graphqlUrl, serverUrl } = context;
  const api = createApi({ owner, repo, apiUrl, graphqlUrl, serverUrl, token, log, clock, userAgent: "instant-status", fetch: createFetch(process.env) });
  return { find: (traceId) => find(api, traceId) };
}

interface FoundNode {
  readonly __typename?: string;
  readonly number?: number;
  readonly url?: string;
  readonly title?: string;
  readonly body?: string;
  readonly createdAt?: string;
  readonly closedAt?: string | null;
  readonly isCrossRepository?: boolean;
  readonly labels?: Connection<{ readonly name: string }> | null;
}

interface FoundAnswer {
  readonly search: Connection<FoundNode>;
  readonly repository: { readonly pulls: Connection<FoundNode>; readonly incidents: Connection<FoundNode> } | null;
}

/**
 * GitHub's search knows the old ones and hears of the new ones late; the newest are therefore listed beside it. Anybody may write any
 * trace id into a pull request from a fork or into an issue: only own branches count, and issues with the label that strangers cannot set.
 */
async function find(api: Api, traceId: string): Promise<Story | null> {
  const { search, repository } = await api.graphql<FoundAnswer>({
    query: FIND_STORY,
    variables: { owner: api.owner, name: api.repo, search: `repo:${api.owner}/${api.repo} in:body "${traceId}"` },
    doing: `look for what carries the trace id ${traceId}`,
    needs: "pull-requests: read, issues: read",
  });
  if (repository === null) throw missingRepository(api.owner, api.repo);
  const found = [...nodesOf(search), ...nodesOf(repository.pulls), ...nodesOf(repository.incidents)].filter(({ body }) => traceIdIn(body ?? "") === traceId);
  const unique = [...new Map(found.map((node) => [node.number ?? 0, node])).values()].sort((a, b) => (a.number ?? 0) - (b.number ?? 0));
  const numbers = unique.filter((node) => node.__typename === "PullRequest" && node.isCrossRepository === false).map((node) => node.number ?? 0);
  const incidents = unique.filter((node) => node.__typename === "Issue" && nodesOf(node.labels).some(({ name }) => name === INCIDENT_LABEL));
  if (numbers.length + incidents.length === 0) return null;
  const pulls = numbers.length === 0 ? [] : await readPulls(api, numbers.slice(-MOST));
  const ids = runsIn(api, [...pulls.map(({ body }) => body), ...incidents.map(({ body }) => body ?? "")]);
  const runs = await Promise.all(ids.map((id) => readRun(api, id)));
  return {
    pulls,
    incidents: incidents.map(incidentOf),
    runs: runs.filter((run) => run !== null).sort((a, b) => a.createdAt - b.createdAt),
    lostRuns: ids.filter((_, index) => runs[index] === null).map((id) => `${runsUrl(api)}${id}`),
  };
}

function incidentOf({ number = 0, url = "", title = "", createdAt = "", closedAt }: FoundNode): StoryIncident {
  return { number, url, title, createdAt: Date.parse(createdAt), closedAt: closedAt ? Date.parse(closedAt) : null };
}

function runsUrl({ serverUrl, owner, repo }: Api): string {
  return `${serverUrl}/${owner}/${repo}/actions/runs/`;
}

/** The run that made each text: what the text quotes stands before it. */
function runsIn(api: Api, texts: readonly string[]): number[] {
  const ids = texts.flatMap((text) => text.toLowerCase().split(runsUrl(api).toLowerCase()).slice(1).flatMap((rest) => /^\d{1,15}(?!\d)/.exec(rest)?.[0] ?? []).slice(-1).map(Number));
  return [...new Set(ids)].slice(-MOST);
}

/** A run with the jobs of its newest attempt that did not end well; null when it is gone, or is not this token's to read. */
async function readRun(api: Api, id: number): Promise<StoryRun | null> {
  const request = { method: "GET", doing: `read the workflow run ${id}`, needs: "actions: read", answers: [403, 404] } as const;
  const [run, listed] = await Promise.all([api.rest({ ...request, path: `/actions/runs/${id}` }), api.rest({ ...request, path: `/actions/runs/${id}/jobs`, query: { per_page: 100 } })]);
  if (run.status >= 300 || listed.status >= 300) return null;
  const { jobs } = listed.data as { jobs: readonly { name: string; conclusion: string | null }[] };
  const failedJobs = jobs.filter(({ conclusion }) => conclusion !== null && !["success", "neutral", "skipped"].includes(conclusion)).map(({ name }) => name);
  return { ...runFacts(run.data as RestRun), updatedAt: Date.parse((run.data as { updated_at: string }).updated_at), failedJobs };
}

interface StoryPullNode extends Omit<PullNode, "commits"> {
  readonly headRefName: string;
  readonly baseRefName: string;
  readonly closedAt: string | null;
  readonly mergedBy: ActorNode | null;
  readonly commits: Connection<{ readonly commit: CommitNode & { readonly url: string; readonly committedDate: string } }>;
  readonly lastCommit: Connection<{ readonly commit: { readonly committedDate: string; readonly statusCheckRollup: { readonly contexts: Connection<ContextNode> } | null } }>;
}

interface ContextNode {
  readonly __typename: string;
  readonly name?: string;
  readonly status?: string;
  readonly conclusion?: string | null;
  readonly completedAt?: string | null;
  readonly startedAt?: string | null;
  readonly detailsUrl?: string | null;
  readonly context?: string;
  readonly state?: string;
  readonly createdAt?: string;
  readonly targetUrl?: string | null;
}

async function readPulls(api: Api, numbers: readonly number[]): Promise<StoryPull[]> {
  const { repository } = await api.graphql<{ repository: Record<string, StoryPullNode | null> | null }>({
    query: storyQuery(numbers.length),
    variables: { owner: api.owner, name: api.repo, ...Object.fromEntries(numbers.map((number, i) => [`number${i}`, number])) },
    doing: "read the pull requests of the task",
    needs: NEEDS,
    needsAt: (path) => (path.includes("statusCheckRollup") ? "checks: read, statuses: read" : undefined),
  });
  if (repository === null) throw missingRepository(api.owner, api.repo);
  return numbers.flatMap((_, i) => {
    const node = repository[`pull${i}`];
    return node ? [storyPull(node)] : [];
  });
}

function storyPull(node: StoryPullNode): StoryPull {
  const [last] = nodesOf(node.lastCommit);
  const committed = Date.parse(last?.commit.committedDate ?? node.createdAt);
  const { commits, ...summary } = pullSummary(node);
  return {
    ...summary,
    branch: node.headRefName,
    base: node.baseRefName,
    closedAt: node.closedAt === null ? null : Date.parse(node.closedAt),
    mergedBy: node.mergedBy === null ? null : loginOf(node.mergedBy),
    commits: nodesOf(node.commits).map(({ commit }, index) => ({
      sha: commit.oid, url: commit.url, headline: commit.message.split("\n", 1)[0] ?? "", traceId: traceIdIn(commit.message) ?? null,
      author: commits[index]?.author ?? commit.author?.name ?? null, at: Date.parse(commit.committedDate),
    })),
    checks: nodesOf(last?.commit.statusCheckRollup?.contexts).map((context) => checkOf(context, committed)),
  };
}

function checkOf(node: ContextNode, committed: number): StoryCheck {
  const said = node.__typename === "CheckRun" ? (node.status === "COMPLETED" ? (node.conclusion ?? "") : "PENDING") : (node.state ?? "");
  const state = ["SUCCESS", "NEUTRAL", "SKIPPED"].includes(said) ? "success" : ["PENDING", "EXPECTED"].includes(said) ? "pending" : "failure";
  const at = node.completedAt ?? node.startedAt ?? node.createdAt;
  return { name: node.name ?? node.context ?? "", state, at: at ? Date.parse(at) : committed, url: node.detailsUrl ?? node.targetUrl ?? null };
}

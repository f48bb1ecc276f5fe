import type { Clock } from "../kit/clock.ts";
import type { RunContext } from "../kit/context.ts";
import { traceIdIn } from "../kit/ids.ts";
import type { Log } from "../kit/log.ts";
import { createFetch, type Fetch } from "../net/fetch.ts";
import type { GraphqlError } from "./answers.ts";
import { type Api, createApi } from "./client.ts";
import { type RestRun, runFacts } from "./deployments.ts";
import type { Stories, Story, StoryCheck, StoryIncident, StoryPull, StoryRun, Trace } from "./port.ts";
import { INCIDENT_LABEL } from "./queries/fragments.ts";
import { CHANGED_STORIES, FIND_STORY, storyQuery } from "./queries/stories.ts";
import { routeOf, type Traced } from "./route.ts";
import { type ActorNode, type CommitNode, type Connection, loginOf, missingRepository, nodesOf, type PullNode, pullSummary, reviewFacts, type SubmittedNode } from "./shapes.ts";

/** Pull requests and runs that one story has at most: a rollback of a rollback is the most that was thought of. */
const MOST = 5;
const MOST_PAGES = 10;
/** Runs that are read one by one. */
const FEW = 3;
/** Pull requests that one query asks for. */
const PULLS_AT_ONCE = 20;
const NEEDS = "contents: read, pull-requests: read, issues: read, checks: read, statuses: read, actions: read";

interface Options {
  readonly context: RunContext;
  readonly token: string;
  readonly log: Log;
  readonly clock: Clock;
  /** For a job that has other things to do: what all of it may take, in milliseconds; limits of GitHub are not waited for then. */
  readonly patienceMs?: number;
  readonly traced?: Traced;
}

export function connectStories({ context, token, log, clock, patienceMs, traced = (fetch) => fetch }: Options): Stories {
  const { owner, repo, apiUrl, graphqlUrl, serverUrl } = context;
  const hurry = patienceMs === undefined ? {} : { maxLimitWaitMs: 0 };
  const api = createApi({ owner, repo, apiUrl, graphqlUrl, serverUrl, token, log, clock, userAgent: "instant-status", fetch: traced(within(createFetch(process.env), patienceMs), (url) => routeOf(url, apiUrl)), ...hurry });
  return { find: (traceId) => find(api, traceId), changedSince: (at) => changedSince(api, at), read: (traces) => readAll(api, traces), readRun: (id) => readRun(api, id) };
}

/** Requests that are given up when the time of all of them is over. */
function within(fetch: Fetch, limitMs: number | undefined): Fetch {
  if (limitMs === undefined) return fetch;
  const over = AbortSignal.timeout(limitMs);
  return (url, init = {}) => fetch(url, { ...init, signal: init.signal ? AbortSignal.any([init.signal, over]) : over });
}

interface FoundNode {
  readonly __typename?: string;
  readonly number?: number;
  readonly url?: string;
  readonly title?: string;
  readonly body?: string;
  readonly createdAt?: string;
  readonly updatedAt?: string;
  readonly closedAt?: string | null;
  readonly isCrossRepository?: boolean;
  readonly labels?: Connection<{ readonly name: string }> | null;
}

interface FoundAnswer {
  readonly search: Connection<FoundNode>;
  readonly repository: { readonly pulls: Connection<FoundNode>; readonly incidents: Connection<FoundNode> } | null;
}

interface ChangedAnswer {
  readonly repository: { readonly pulls: Connection<FoundNode>; readonly incidents?: Connection<FoundNode> } | null;
}

/** GitHub's search knows the old ones and hears of the new ones late; the newest are therefore listed beside it. */
async function find(api: Api, traceId: string): Promise<Story | null> {
  const { search, repository } = await api.graphql<FoundAnswer>({
    query: FIND_STORY,
    variables: { owner: api.owner, name: api.repo, search: `repo:${api.owner}/${api.repo} in:body "${traceId}"` },
    doing: `look for what carries the trace id ${traceId}`,
    needs: "pull-requests: read, issues: read",
  });
  if (repository === null) throw missingRepository(api.owner, api.repo);
  const [trace] = tracesIn([...nodesOf(search), ...nodesOf(repository.pulls), ...nodesOf(repository.incidents)]).filter((one) => one.traceId === traceId);
  return trace === undefined ? null : ((await readAll(api, [trace])).get(traceId) ?? null);
}

async function changedSince(api: Api, at: number): Promise<readonly Trace[]> {
  const found: FoundNode[] = [];
  for (let page = 0, after: string | null | undefined = null; page < MOST_PAGES && after !== undefined; page += 1) {
    const { pulls, incidents } = await changedPage(api, after);
    found.push(...nodesOf(pulls), ...nodesOf(incidents));
    const isRead = !pulls.pageInfo?.hasNextPage || Date.parse(nodesOf(pulls).at(-1)?.updatedAt ?? "") < at;
    after = isRead ? undefined : pulls.pageInfo.endCursor;
  }
  // A pull request may have rested while its incident changed, and belongs to the story all the same.
  return tracesIn(found).filter(({ changedAt }) => changedAt >= at);
}

async function changedPage(api: Api, after: string | null): Promise<NonNullable<ChangedAnswer["repository"]>> {
  const { repository } = await api.graphql<ChangedAnswer>({
    query: CHANGED_STORIES,
    variables: { owner: api.owner, name: api.repo, after, first: after === null },
    doing: "look for tasks whose pull requests changed",
    needs: "pull-requests: read, issues: read",
    needsAt: (path) => (path.includes("incidents") ? "issues: read" : undefined),
  });
  if (repository === null) throw missingRepository(api.owner, api.repo);
  return repository;
}

/**
 * By trace id, the oldest change first. Anybody may write any trace id into a pull request from a fork or into an issue: only own branches
 * count, and issues with the label that strangers cannot set.
 */
function tracesIn(found: readonly FoundNode[]): Trace[] {
  const unique = [...new Map(found.map((node) => [node.number ?? 0, node])).values()].sort((a, b) => (a.number ?? 0) - (b.number ?? 0));
  const isOwn = (node: FoundNode) => (node.__typename === "PullRequest" ? node.isCrossRepository === false : nodesOf(node.labels).some(({ name }) => name === INCIDENT_LABEL));
  const byTrace = Map.groupBy(unique.filter(isOwn), ({ body }) => traceIdIn(body ?? ""));
  const traces = [...byTrace].flatMap(([traceId, nodes]): Trace[] => {
    if (traceId === undefined) return [];
    const numbers = nodes.filter(({ __typename }) => __typename === "PullRequest").map(({ number = 0 }) => number);
    const incidents = nodes.filter(({ __typename }) => __typename === "Issue").map((node) => ({ ...incidentOf(node), body: node.body ?? "" }));
    return [{ traceId, numbers: numbers.slice(-MOST), incidents, changedAt: Math.max(...nodes.map(({ updatedAt }) => Date.parse(updatedAt ?? "") || 0)) }];
  });
  return traces.sort((a, b) => a.changedAt - b.changedAt);
}

async function readAll(api: Api, traces: readonly Trace[]): Promise<ReadonlyMap<string, Story>> {
  const wanted = traces.flatMap(({ numbers }) => numbers);
  const batches = Array.from({ length: Math.ceil(wanted.length / PULLS_AT_ONCE) }, (_, i) => wanted.slice(i * PULLS_AT_ONCE, (i + 1) * PULLS_AT_ONCE));
  const read = await Promise.all(batches.map((numbers) => readPulls(api, numbers)));
  const pulls = new Map(read.flatMap((batch) => batch.pulls).map((pull) => [pull.number, pull]));
  const lostChecks = read.some((batch) => batch.lostChecks);
  const parts = traces.map(({ traceId, numbers, incidents }) => {
    const own = numbers.flatMap((number) => pulls.get(number) ?? []);
    return { traceId, own, incidents, ids: runsIn(api, [...own.map(({ body }) => body), ...incidents.map(({ body }) => body)]) };
  });
  const runs = await readRuns(api, [...new Set(parts.flatMap(({ ids }) => ids))]);
  return new Map(parts.map(({ traceId, own, incidents, ids }) => {
    const known = ids.flatMap((id) => runs.get(id) ?? []).sort((a, b) => a.createdAt - b.createdAt);
    return [traceId, { pulls: own, incidents, runs: known, lostRuns: ids.filter((id) => !runs.has(id)).map((id) => `${runsUrl(api)}${id}`), lostChecks }];
  }));
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

type RestStoryRun = RestRun & { readonly updated_at: string };

/** A run with the jobs of its newest attempt that did not end well; null when it is gone, or is not this token's to read. */
async function readRun(api: Api, id: number): Promise<StoryRun | null> {
  const run = await api.rest({ method: "GET", path: `/actions/runs/${id}`, doing: `read the workflow run ${id}`, needs: "actions: read", answers: [403, 404] });
  return run.status >= 300 ? null : storyRun(api, run.data as RestStoryRun);
}

async function storyRun(api: Api, run: RestStoryRun): Promise<StoryRun> {
  const facts = { ...runFacts(run), updatedAt: Date.parse(run.updated_at) };
  if (run.status !== "completed" || run.conclusion === "success") return { ...facts, failedJobs: [] };
  const listed = await api.rest({ method: "GET", path: `/actions/runs/${run.id}/jobs`, query: { per_page: 100 }, doing: `read the jobs of the workflow run ${run.id}`, needs: "actions: read", answers: [403, 404] });
  const { jobs = [] } = listed.data as { jobs?: readonly { name: string; conclusion: string | null }[] };
  return { ...facts, failedJobs: jobs.filter(({ conclusion }) => conclusion !== null && !["success", "neutral", "skipped"].includes(conclusion)).map(({ name }) => name) };
}

/** Many are likely to be among the newest: one request for those, and one for each that is not. */
async function readRuns(api: Api, ids: readonly number[]): Promise<ReadonlyMap<number, StoryRun>> {
  const listed = ids.length < FEW ? null : await api.rest({ method: "GET", path: "/actions/runs", query: { per_page: 100 }, doing: "list the newest workflow runs", needs: "actions: read", answers: [403, 404] });
  const newest = new Map(((listed?.data as { workflow_runs?: readonly RestStoryRun[] } | undefined)?.workflow_runs ?? []).map((run) => [run.id, run]));
  const runs = await Promise.all(ids.map((id) => {
    const known = newest.get(id);
    return known === undefined ? readRun(api, id) : storyRun(api, known);
  }));
  return new Map(runs.flatMap((run) => (run === null ? [] : [[run.id, run]])));
}

interface StoryPullNode extends Omit<PullNode, "commits"> {
  readonly headRefName: string;
  readonly baseRefName: string;
  readonly closedAt: string | null;
  readonly mergedBy: ActorNode | null;
  readonly reviews: Connection<SubmittedNode> | null;
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

type PullsAnswer = { readonly repository: Record<string, StoryPullNode | null> | null };

/** Without the checks where the token may not read them: a job that looks at health may not, and the rest is true all the same. */
async function readPulls(api: Api, numbers: readonly number[]): Promise<{ readonly pulls: readonly StoryPull[]; readonly lostChecks: boolean }> {
  let lostChecks = false;
  const { repository } = await api.graphql<PullsAnswer>({
    query: storyQuery(numbers.length),
    variables: { owner: api.owner, name: api.repo, ...Object.fromEntries(numbers.map((number, i) => [`number${i}`, number])) },
    doing: "read the pull requests of the task",
    needs: NEEDS,
    answer: (errors, data) => {
      lostChecks = errors.every(isOfChecks) && data?.repository != null;
      return lostChecks ? (data as PullsAnswer) : undefined;
    },
  });
  if (repository === null) throw missingRepository(api.owner, api.repo);
  const pulls = numbers.flatMap((_, i) => {
    const node = repository[`pull${i}`];
    return node ? [storyPull(node)] : [];
  });
  return { pulls, lostChecks };
}

function isOfChecks({ path }: GraphqlError): boolean {
  return (path ?? []).some((part) => part === "statusCheckRollup");
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
    reviews: reviewFacts(node.reviews),
    commits: nodesOf(node.commits).map(({ commit }, index) => ({
      sha: commit.oid, url: commit.url, message: commit.message, traceId: traceIdIn(commit.message) ?? null,
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

import { failure } from "../kit/errors.ts";
import { shortSha } from "../kit/ids.ts";
import { errorsIn, messageIn, type RestAnswer } from "./answers.ts";
import { type Api, encodePath } from "./client.ts";
import { explainRest } from "./errors.ts";
import type { DeploymentFacts, Deployments, RunFacts } from "./port.ts";
import { ownPulls } from "./pulls-of-branch.ts";
import { DEPLOY_TARGET } from "./queries/deployments.ts";
import { type Connection, missingRepository, nodesOf, pauseIn, type PauseNode, type PullNode } from "./shapes.ts";

/** CONTRACTS, "Pull requests, rollbacks, issues". */
const HOTFIX_PREFIX = "hotfix/rollback-";
/** A run may carry a time slightly before the request that made it: GitHub's clock is not ours. */
const CLOCK_SKEW_MS = 5_000;

export function deployments(api: Api): Deployments {
  return {
    readDeployTarget: (sha) => readDeployTarget(api, sha),
    dispatchWorkflow: (start) => dispatchWorkflow(api, start),
    readRun: (id) => readRun(api, id),
    listDispatchedRuns: (workflow, since) => listDispatchedRuns(api, workflow, since),
    findDeployment: (environment, sha, contains) => findDeployment(api, environment, { sha, contains }),
  };
}

type TargetAnswer = {
  readonly repository:
    | (PauseNode & { readonly defaultBranchRef: { readonly name: string; readonly target: { readonly oid: string; readonly history?: Connection<{ readonly oid: string; readonly message: string }> } | null } | null; readonly object: { readonly __typename: string; readonly message?: string } | null; readonly pulls: Connection<PullNode> })
    | null;
};

async function readDeployTarget(api: Api, sha: string): ReturnType<Deployments["readDeployTarget"]> {
  const hotfix = `${HOTFIX_PREFIX}${shortSha(sha)}`;
  const { repository } = await api.graphql<TargetAnswer>({
    query: DEPLOY_TARGET,
    variables: { owner: api.owner, name: api.repo, oid: sha, hotfix },
    doing: `read the commit ${shortSha(sha)}`,
    needs: "contents: read, pull-requests: read, issues: read",
    needsAt: (path) => (path.includes("pause") ? "issues: read" : path.includes("pulls") ? "pull-requests: read" : undefined),
  });
  if (repository === null) throw missingRepository(api.owner, api.repo);
  const { defaultBranchRef: branch } = repository;
  if (!branch?.target) throw failure("configuration", { what: "The repository has no commit on its default branch", fix: "Push a first commit." });
  const pulls = await ownPulls(api, hotfix, repository.pulls, "pull-requests: read");
  return {
    defaultBranch: branch.name,
    defaultSha: branch.target.oid,
    history: nodesOf(branch.target.history).map(({ oid, message }) => ({ sha: oid, message })),
    known: repository.object?.__typename === "Commit",
    message: repository.object?.message ?? "",
    // A closed one was given up by a person; an open or merged one says that this commit is being taken back.
    rollback: pulls.find(({ state }) => state !== "closed") ?? pulls[0] ?? null,
    pause: pauseIn(repository),
  };
}

/** Starting a deployment twice is not harmless: after an uncertain answer the runs are listed before it is asked for again. */
async function dispatchWorkflow(api: Api, start: Parameters<Deployments["dispatchWorkflow"]>[0]): ReturnType<Deployments["dispatchWorkflow"]> {
  const { workflow, ref, inputs, mayBeOurs } = start;
  const since = api.clock.now() - CLOCK_SKEW_MS;
  const dispatch = (details: boolean) => {
    const request = {
      method: "POST",
      path: `/actions/workflows/${encodePath(workflow)}/dispatches`,
      body: { ref, inputs, ...(details ? { return_run_details: true } : {}) },
      answers: [404, 422],
      doing: `start the workflow ${workflow}`,
      needs: "actions: write",
      recover: async (): Promise<RestAnswer | undefined> => {
        const runs = await Promise.all((await listDispatchedRuns(api, workflow, since)).map(async (run) => ((await mayBeOurs(run)) ? [run] : []))).then((found) => found.flat());
        // With several it cannot be told which is ours: the caller finds its own by the run's title.
        return runs.length === 0 ? undefined : { status: 200, data: runs.length === 1 ? { workflow_run_id: runs[0]?.id, html_url: runs[0]?.url } : {} };
      },
    } as const;
    return api.rest(request).then((answer) => ({ answer, request }));
  };
  let { answer, request } = await dispatch(true);
  if (answer.status === 422 && /return_run_details/.test([messageIn(answer.data), ...errorsIn(answer.data)].join(" "))) ({ answer, request } = await dispatch(false));
  if (answer.status === 404) throw noWorkflow(workflow, ref);
  if (answer.status === 422) throw explainRest(answer, request);
  const { workflow_run_id: runId, html_url: url } = (answer.data || {}) as { workflow_run_id?: number; html_url?: string };
  return { runId: runId ?? null, url: url ?? null };
}

function noWorkflow(workflow: string, ref: string): Error {
  return failure("configuration", {
    what: `There is no workflow \`${workflow}\` that can be started on \`${ref}\``,
    cause: "the file is not on the default branch, or the token may not see it (GitHub answers 404 to both)",
    where: "deploy-workflow",
    fix: "Give the file's name below .github/workflows, such as `deploy.yml`, and the job `permissions:\n  actions: write`.",
  });
}

export interface RestRun {
  readonly id: number;
  readonly html_url: string;
  readonly head_sha: string;
  readonly display_title?: string;
  readonly name?: string | null;
  readonly status: string | null;
  readonly conclusion: string | null;
  readonly created_at: string;
}

const STATUSES: Readonly<Record<string, RunFacts["status"]>> = { in_progress: "in_progress", completed: "completed", waiting: "waiting", action_required: "action_required" };

export function runFacts(run: RestRun): RunFacts {
  return {
    id: run.id,
    url: run.html_url,
    headSha: run.head_sha,
    title: run.display_title ?? run.name ?? "",
    // A run that waits for someone's approval is `completed` with this conclusion in REST.
    status: run.conclusion === "action_required" ? "action_required" : (STATUSES[run.status ?? ""] ?? "queued"),
    conclusion: run.conclusion,
    createdAt: Date.parse(run.created_at),
  };
}

async function readRun(api: Api, id: number): Promise<RunFacts> {
  const { data } = await api.rest({ method: "GET", path: `/actions/runs/${id}`, conditional: true, doing: `read the workflow run ${id}`, needs: "actions: read" });
  return runFacts(data as RestRun);
}

/** The filter by time is applied here and not by GitHub, so that the address stays the same and its ETag is of use. */
async function listDispatchedRuns(api: Api, workflow: string, since: number): Promise<readonly RunFacts[]> {
  const { status, data } = await api.rest({
    method: "GET",
    path: `/actions/workflows/${encodePath(workflow)}/runs`,
    query: { event: "workflow_dispatch", per_page: 30 },
    conditional: true,
    answers: [404],
    doing: `list the runs of ${workflow}`,
    needs: "actions: read",
  });
  if (status === 404) throw noWorkflow(workflow, "the default branch");
  const { workflow_runs: runs } = data as { workflow_runs: readonly RestRun[] };
  return runs
    .map(runFacts)
    .filter((run) => run.createdAt >= since)
    .toSorted((a, b) => b.createdAt - a.createdAt);
}

interface RestDeployment {
  readonly id: number;
  readonly sha: string;
  readonly environment: string;
  readonly created_at: string;
}

interface RestDeploymentStatus {
  readonly id: number;
  readonly state: string;
  readonly log_url?: string;
  readonly target_url?: string;
}

const DEPLOYMENT_STATES: Readonly<Record<string, DeploymentFacts["state"]>> = { success: "success", failure: "failure", error: "failure", inactive: "inactive" };
/** Commits of deployments that are looked at for one that contains the wanted one. */
const COMMITS_LOOKED_AT = 5;

interface Wanted {
  readonly sha: string;
  readonly contains: (sha: string) => Promise<boolean>;
}

/** The addresses stay the same from look to look, so that an answer without news costs nothing of the limit (ETag). */
async function findDeployment(api: Api, environment: string, { sha: wanted, contains }: Wanted): Promise<DeploymentFacts | null> {
  const { data } = await api.rest({ method: "GET", path: "/deployments", query: { environment, per_page: 30 }, conditional: true, doing: `list the deployments to ${environment}`, needs: "deployments: read" });
  const others = new Set<string>();
  for (const deployment of (data as readonly RestDeployment[]).toSorted((a, b) => b.id - a.id)) {
    if (deployment.sha !== wanted && (others.add(deployment.sha).size > COMMITS_LOOKED_AT || !(await contains(deployment.sha)))) continue;
    const found = await withState(api, deployment);
    // That a later commit could not be deployed says nothing of this one, which is served as before.
    if (found.state !== "failure" || found.sha === wanted) return found;
  }
  return null;
}

async function withState(api: Api, { id, sha, environment, created_at: createdAt }: RestDeployment): Promise<DeploymentFacts> {
  const { data } = await api.rest({ method: "GET", path: `/deployments/${id}/statuses`, query: { per_page: 100 }, conditional: true, doing: `read the deployment ${id}`, needs: "deployments: read" });
  const newest = (data as readonly RestDeploymentStatus[]).toSorted((a, b) => b.id - a.id)[0];
  const url = [newest?.log_url, newest?.target_url].find((one) => one !== undefined && /^https?:\/\//.test(one)) ?? "";
  return { id, sha, environment, state: DEPLOYMENT_STATES[newest?.state ?? ""] ?? "pending", url, createdAt: Date.parse(createdAt) };
}

/** Check runs, suites, statuses and deployments as REST shows them. */

import { latestPerCheck, suiteStatus } from "../../world/checks.ts";
import { pulls } from "../../world/pull-sync.ts";
import type { CheckAnnotation, CheckRun, CheckSuite, CommitStatus, Deployment, DeploymentStatus, PullRequest, Repository } from "../../world/types.ts";
import type { World } from "../../world/world.ts";
import { simpleCommit } from "./git.ts";
import { minimalPull } from "./pulls.ts";
import { apiUrl, htmlUrl, minimalRepository } from "./repos.ts";
import { app, iso, isoOrNull, user } from "./users.ts";

/** Open pull requests of this repository whose head is the commit. */
export function pullsAt(repository: Repository, sha: string): PullRequest[] {
  return pulls(repository).filter((one) => one.issue.state === "open" && one.headSha === sha && one.headRepository === repository);
}

export function checkRun(world: World, run: CheckRun): Record<string, unknown> {
  const url = `${apiUrl(world, run.repository)}/check-runs/${run.id}`;
  return {
    id: run.id, node_id: run.nodeId, name: run.name, head_sha: run.headSha, external_id: run.externalId, url,
    html_url: `${htmlUrl(world, run.repository)}/runs/${run.id}`, details_url: run.detailsUrl ?? `${htmlUrl(world, run.repository)}/runs/${run.id}`,
    status: run.status, conclusion: run.conclusion, started_at: isoOrNull(run.startedAt), completed_at: isoOrNull(run.completedAt),
    output: {
      title: run.title, summary: run.summary, text: run.text, annotations_count: run.annotations.length, annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.suite.id }, app: app(world, run.suite.app),
    pull_requests: pullsAt(run.repository, run.headSha).map((one) => minimalPull(world, one)),
  };
}

export function annotation(world: World, run: CheckRun, value: CheckAnnotation): Record<string, unknown> {
  return {
    path: value.path, blob_href: `${htmlUrl(world, run.repository)}/blob/${run.headSha}/${value.path}`, start_line: value.startLine,
    end_line: value.endLine, start_column: value.startColumn, end_column: value.endColumn, annotation_level: value.level,
    title: value.title, message: value.message, raw_details: value.rawDetails,
  };
}

export async function checkSuite(world: World, suite: CheckSuite): Promise<Record<string, unknown>> {
  const url = `${apiUrl(world, suite.repository)}/check-suites/${suite.id}`;
  return {
    id: suite.id, node_id: suite.nodeId, head_branch: suite.headBranch, head_sha: suite.headSha, ...suiteStatus(suite), url,
    before: null, after: suite.headSha, pull_requests: pullsAt(suite.repository, suite.headSha).map((one) => minimalPull(world, one)),
    app: app(world, suite.app), repository: minimalRepository(world, suite.repository), created_at: iso(suite.createdAt),
    updated_at: iso(suite.updatedAt), head_commit: await simpleCommit(suite.repository, suite.headSha),
    latest_check_runs_count: latestPerCheck(suite.runs).length, check_runs_url: `${url}/check-runs`,
  };
}

export function simpleStatus(world: World, repository: Repository, value: CommitStatus): Record<string, unknown> {
  return {
    url: `${apiUrl(world, repository)}/statuses/${value.sha}`, avatar_url: `${world.urls.server}/avatars/${value.creator.id}`,
    id: value.id, node_id: value.nodeId, state: value.state, description: value.description, target_url: value.targetUrl,
    context: value.context, created_at: iso(value.createdAt), updated_at: iso(value.createdAt),
  };
}

export function status(world: World, repository: Repository, value: CommitStatus): Record<string, unknown> {
  return { ...simpleStatus(world, repository, value), creator: user(world, value.creator) };
}

export function deployment(world: World, value: Deployment): Record<string, unknown> {
  const url = `${apiUrl(world, value.repository)}/deployments/${value.id}`;
  return {
    url, id: value.id, node_id: value.nodeId, sha: value.sha, ref: value.ref, task: value.task, payload: value.payload,
    original_environment: value.environment, environment: value.environment, description: value.description,
    creator: user(world, value.creator), created_at: iso(value.createdAt),
    updated_at: iso(value.statuses.at(-1)?.createdAt ?? value.createdAt), statuses_url: `${url}/statuses`,
    repository_url: apiUrl(world, value.repository), transient_environment: value.transient, production_environment: value.production,
  };
}

export function deploymentStatus(world: World, value: DeploymentStatus): Record<string, unknown> {
  const url = `${apiUrl(world, value.deployment.repository)}/deployments/${value.deployment.id}`;
  return {
    url: `${url}/statuses/${value.id}`, id: value.id, node_id: value.nodeId, state: value.state, creator: user(world, value.creator),
    description: value.description, environment: value.deployment.environment, target_url: value.logUrl, created_at: iso(value.createdAt),
    updated_at: iso(value.createdAt), deployment_url: url, repository_url: apiUrl(world, value.deployment.repository),
    environment_url: value.environmentUrl, log_url: value.logUrl,
  };
}

/** Workflows, runs, jobs and artifacts as REST shows them. */

import { pulls } from "../../world/pull-sync.ts";
import type { Artifact, JobRecord, PullRequest, Workflow, WorkflowRun } from "../../world/types.ts";
import type { World } from "../../world/world.ts";
import { simpleCommit } from "./git.ts";
import { minimalPull } from "./pulls.ts";
import { apiUrl, htmlUrl, minimalRepository } from "./repos.ts";
import { iso, isoOrNull, user } from "./users.ts";

export function workflow(world: World, value: Workflow): Record<string, unknown> {
  const html = htmlUrl(world, value.repository);
  const file = value.path.split("/").at(-1) ?? "";
  return {
    id: value.id, node_id: value.nodeId, name: value.name, path: value.path, state: value.state, created_at: iso(value.createdAt),
    updated_at: iso(value.updatedAt), url: `${apiUrl(world, value.repository)}/actions/workflows/${value.id}`,
    html_url: `${html}/blob/${value.repository.defaultBranch}/${value.path}`, badge_url: `${html}/workflows/${encodeURIComponent(file)}/badge.svg`,
  };
}

export function runUrl(world: World, run: WorkflowRun): string {
  return `${apiUrl(world, run.repository)}/actions/runs/${run.id}`;
}

export function runPage(world: World, run: WorkflowRun): string {
  return `${htmlUrl(world, run.repository)}/actions/runs/${run.id}`;
}

/**
 * Open pull requests from the repository itself whose head commit or head branch is that of the run: not always the one it ran for, and
 * never one of a fork.
 * @see https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run
 */
function pullsOfRun(run: WorkflowRun): PullRequest[] {
  return pulls(run.repository).filter((one) => one.issue.state === "open" && one.headRepository === run.repository
    && (one.headSha === run.headSha || one.headRef === run.headBranch));
}

export async function workflowRun(world: World, run: WorkflowRun): Promise<Record<string, unknown>> {
  const url = runUrl(world, run);
  const api = apiUrl(world, run.repository);
  // Waiting for approval is shown as a completed run whose conclusion says so.
  const waiting = run.status === "action_required";
  return {
    id: run.id, name: run.workflow.name, node_id: run.nodeId, check_suite_id: run.suite.id, check_suite_node_id: run.suite.nodeId,
    head_branch: run.headBranch, head_sha: run.headSha, path: run.workflow.path, run_number: run.number, run_attempt: run.attempt,
    event: run.event, display_title: run.displayTitle, status: waiting ? "completed" : run.status,
    conclusion: waiting ? "action_required" : run.conclusion, workflow_id: run.workflow.id, url, html_url: runPage(world, run),
    pull_requests: pullsOfRun(run).map((one) => minimalPull(world, one)),
    created_at: iso(run.createdAt), updated_at: iso(run.updatedAt), run_started_at: iso(run.startedAt),
    actor: user(world, run.actor), triggering_actor: user(world, run.triggeringActor),
    jobs_url: `${url}/jobs`, logs_url: `${url}/logs`, check_suite_url: `${api}/check-suites/${run.suite.id}`,
    artifacts_url: `${url}/artifacts`, cancel_url: `${url}/cancel`, rerun_url: `${url}/rerun`, previous_attempt_url: null,
    workflow_url: `${api}/actions/workflows/${run.workflow.id}`,
    head_commit: await simpleCommit(run.repository, run.headSha), repository: minimalRepository(world, run.repository),
    head_repository: minimalRepository(world, run.pull?.headRepository ?? run.repository), referenced_workflows: [],
  };
}

export function job(world: World, run: WorkflowRun, value: JobRecord): Record<string, unknown> {
  const api = apiUrl(world, run.repository);
  return {
    id: value.id, run_id: run.id, workflow_name: run.workflow.name, head_branch: run.headBranch, run_url: runUrl(world, run),
    run_attempt: value.attempt, node_id: value.nodeId, head_sha: run.headSha, url: `${api}/actions/jobs/${value.id}`,
    html_url: `${runPage(world, run)}/job/${value.id}`, status: value.status, conclusion: value.conclusion,
    created_at: iso(value.createdAt), started_at: iso(value.startedAt ?? value.createdAt), completed_at: isoOrNull(value.completedAt),
    name: value.ref.name, check_run_url: `${api}/check-runs/${value.checkRun.id}`, labels: ["ubuntu-latest"],
    runner_id: value.runner === null ? null : 1, runner_name: value.runner, runner_group_id: value.runner === null ? null : 0,
    runner_group_name: value.runner === null ? null : "GitHub Actions",
    steps: value.steps.map((step) => ({
      name: step.ref.name, status: step.status, conclusion: step.conclusion, number: step.ref.number,
      started_at: isoOrNull(step.startedAt), completed_at: isoOrNull(step.completedAt),
    })),
  };
}

export function artifact(world: World, value: Artifact): Record<string, unknown> {
  const url = `${apiUrl(world, value.repository)}/actions/artifacts/${value.id}`;
  return {
    id: value.id, node_id: value.nodeId, name: value.name, size_in_bytes: value.size, url, archive_download_url: `${url}/zip`,
    expired: false, digest: value.digest, created_at: iso(value.createdAt), updated_at: iso(value.createdAt),
    expires_at: iso(value.createdAt + 90 * 86_400_000),
    workflow_run: {
      id: value.run.id, repository_id: value.repository.id, head_repository_id: value.repository.id,
      head_branch: value.run.headBranch ?? value.repository.defaultBranch, head_sha: value.run.headSha,
    },
  };
}

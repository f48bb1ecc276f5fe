/** Routes of Actions: workflows, runs, jobs, artifacts. */

import { ApiError, notFound } from "../../world/errors.ts";
import { requirePermission, requireRole } from "../../world/tokens.ts";
import type { Repository, Workflow, WorkflowRun } from "../../world/types.ts";
import { artifact, job, runPage, runUrl, workflow, workflowRun } from "../render/actions.ts";
import { flag, noContent, numberOf, objectOf, ok, page, repositoryOf, requiredText } from "../router.ts";
import type { Call, Reply, Router } from "../router.ts";

const actions = "/repos/{owner}/{repo}/actions";

export function actionRoutes(router: Router): void {
  router.add("GET", `${actions}/workflows`, async (call) =>
    page(call, await call.runs.workflows(readable(call)), (one) => workflow(call.world, one), (workflows, total_count) => ({ total_count, workflows })));
  router.add("GET", `${actions}/workflows/{workflow_id}`, async (call) => ok(workflow(call.world, await workflowOf(call))));
  router.add("POST", `${actions}/workflows/{workflow_id}/dispatches`, dispatch);
  router.add("GET", `${actions}/workflows/{workflow_id}/runs`, async (call) => {
    const wanted = await workflowOf(call);
    return listRuns(call, wanted.repository, (run) => run.workflow === wanted);
  });
  for (const [verb, state] of [["enable", "active"], ["disable", "disabled_manually"]] as const) {
    router.add("PUT", `${actions}/workflows/{workflow_id}/${verb}`, async (call) => {
      const found = await workflowOf(call);
      requirePermission(call.actor, found.repository, "actions", "write");
      found.state = state;
      return noContent;
    });
  }
  router.add("GET", `${actions}/runs`, (call) => listRuns(call, readable(call), () => true));
  router.add("GET", `${actions}/runs/{run_id}`, async (call) => ok(await workflowRun(call.world, runOf(call))));
  router.add("GET", `${actions}/runs/{run_id}/jobs`, (call) => {
    const run = runOf(call);
    const all = call.query.get("filter") === "all" ? [...run.earlier.flatMap((one) => one.jobs), ...run.jobs] : run.jobs;
    return page(call, all, (one) => job(call.world, run, one), (jobs, total_count) => ({ total_count, jobs }));
  });
  router.add("GET", `${actions}/runs/{run_id}/artifacts`, (call) => {
    const run = runOf(call);
    const name = call.query.get("name");
    const found = run.repository.artifacts.filter((one) => one.run === run && (name === null || one.name === name));
    return page(call, found, (one) => artifact(call.world, one), (artifacts, total_count) => ({ total_count, artifacts }));
  });
  router.add("GET", `${actions}/runs/{run_id}/attempts/{attempt_number}`, async (call) => {
    const run = runOf(call);
    // How an earlier attempt as a whole ended is not kept; its jobs are.
    if (numberOf(call, "attempt_number") !== run.attempt) throw new ApiError(501, "The sandbox does not implement earlier attempts of a run; their jobs it does");
    return ok(await workflowRun(call.world, run));
  });
  router.add("GET", `${actions}/runs/{run_id}/attempts/{attempt_number}/jobs`, (call) => {
    const run = runOf(call);
    const attempt = numberOf(call, "attempt_number");
    const jobs = attempt === run.attempt ? run.jobs : run.earlier.find((one) => one.attempt === attempt)?.jobs;
    if (jobs === undefined) throw notFound();
    return page(call, jobs, (one) => job(call.world, run, one), (found, total_count) => ({ total_count, jobs: found }));
  });
  steering(router);
  router.add("GET", `${actions}/jobs/{job_id}`, (call) => {
    const { run, record } = jobOf(call);
    return ok(job(call.world, run, record));
  });
}

function steering(router: Router): void {
  const steer = (verb: string, act: (call: Call, run: WorkflowRun) => Reply): void =>
    router.add("POST", `${actions}/runs/{run_id}/${verb}`, (call) => {
      const run = runOf(call);
      requirePermission(call.actor, run.repository, "actions", "write");
      requireRole(call.actor, run.repository, "write");
      return act(call, run);
    });
  steer("approve", (call, run) => {
    call.runs.approve(run);
    return { status: 201, body: {} };
  });
  steer("cancel", (call, run) => {
    call.runs.cancel(run);
    return { status: 202, body: {} };
  });
  steer("rerun", (call, run) => {
    call.runs.rerun(run, call.actor.account);
    return { status: 201, body: {} };
  });
}

export function readable(call: Call): Repository {
  const repository = repositoryOf(call);
  requirePermission(call.actor, repository, "actions", "read");
  return repository;
}

export function runOf(call: Call): WorkflowRun {
  return call.runs.find(readable(call), numberOf(call, "run_id"));
}

export function jobOf(call: Call): { run: WorkflowRun; record: WorkflowRun["jobs"][number] } {
  const id = numberOf(call, "job_id");
  for (const run of readable(call).runs) {
    const record = [...run.jobs, ...run.earlier.flatMap((one) => one.jobs)].find((one) => one.id === id);
    if (record !== undefined) return { run, record };
  }
  throw notFound();
}

async function workflowOf(call: Call): Promise<Workflow> {
  const id = call.params["workflow_id"] ?? "";
  const found = (await call.runs.workflows(readable(call))).find((one) => String(one.id) === id || one.path.endsWith(`/${id}`));
  if (found === undefined) throw notFound();
  return found;
}

async function dispatch(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  requirePermission(call.actor, repository, "actions", "write");
  requireRole(call.actor, repository, "write");
  const run = await call.runs.dispatch(
    call.actor, repository, call.params["workflow_id"] ?? "", requiredText(call.body, "ref"), objectOf(call.body["inputs"]),
  );
  if (flag(call.body, "return_run_details") !== true) return noContent;
  return ok({ workflow_run_id: run.id, run_url: runUrl(call.world, run), html_url: runPage(call.world, run) });
}

/** Filters of the run lists: event, head_sha, branch, status (or conclusion), actor, created, check_suite_id. */
function listRuns(call: Call, repository: Repository, wanted: (run: WorkflowRun) => boolean): Promise<Reply> {
  const { query } = call;
  const state = query.get("status");
  const equal = (name: string, value: string | null): boolean => query.get(name) === null || query.get(name) === value;
  const found = repository.runs.filter((run) => wanted(run)
    && equal("event", run.event) && equal("head_sha", run.headSha) && equal("branch", run.headBranch) && equal("actor", run.actor.login)
    && equal("check_suite_id", String(run.suite.id)) && createdWithin(run, query.get("created"))
    && (state === null || state === run.conclusion || state === (run.status === "action_required" ? "completed" : run.status)));
  return page(call, [...found].reverse(), (run) => workflowRun(call.world, run), (workflow_runs, total_count) => ({ total_count, workflow_runs }));
}

/** GitHub's search syntax for dates: `>=T`, `>T`, `<=T`, `<T`, `A..B`, `T`. */
function createdWithin(run: WorkflowRun, range: string | null): boolean {
  if (range === null) return true;
  const at = Math.floor(run.createdAt / 1000) * 1000;
  const between = /^(.+)\.\.(.+)$/.exec(range);
  if (between !== null) return at >= start(between[1] ?? "") && at <= end(between[2] ?? "");
  const [, sign = "", date = ""] = /^(>=|<=|>|<)?(.+)$/.exec(range) ?? [];
  if (Number.isNaN(start(date))) throw new ApiError(422, `Invalid created filter: ${range}`);
  if (sign === ">=") return at >= start(date);
  if (sign === ">") return at > end(date);
  if (sign === "<=") return at <= end(date);
  if (sign === "<") return at < start(date);
  return at >= start(date) && at <= end(date);
}

function start(date: string): number {
  return date === "*" ? Number.NEGATIVE_INFINITY : Date.parse(date);
}

/** A day without a time lasts until its end. */
function end(date: string): number {
  if (date === "*") return Number.POSITIVE_INFINITY;
  return /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(date) + 86_399_999 : Date.parse(date);
}

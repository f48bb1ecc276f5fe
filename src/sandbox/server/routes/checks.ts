/** Routes of check runs, check suites and commit statuses. */

import {
  checkRunById, combinedState, createCheckRun, createStatus, latestPerCheck, latestStatuses, updateCheckRun,
} from "../../world/checks.ts";
import type { CheckRunFields } from "../../world/checks.ts";
import { ApiError, notFound } from "../../world/errors.ts";
import { requirePermission } from "../../world/tokens.ts";
import type { CheckAnnotation, CheckRun, Repository } from "../../world/types.ts";
import { annotation, checkRun, checkSuite, simpleStatus, status } from "../render/checks.ts";
import { apiUrl, minimalRepository } from "../render/repos.ts";
import { created, list, numberOf, objectOf, ok, oneOf, page, repositoryOf, requiredText, text } from "../router.ts";
import type { Body, Call, Reply, Router } from "../router.ts";
import { resolve } from "./commits.ts";

const repo = "/repos/{owner}/{repo}";
const statuses = ["queued", "in_progress", "completed", "waiting", "requested", "pending"] as const;
const conclusions = ["action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out"] as const;

export function checkRoutes(router: Router): void {
  router.add("POST", `${repo}/check-runs`, async (call) => created(checkRun(call.world, await createCheckRun(
    call.world, call.actor, repositoryOf(call),
    { ...fields(call.body), name: requiredText(call.body, "name"), headSha: requiredText(call.body, "head_sha") },
  ))));
  router.add("GET", `${repo}/check-runs/{check_run_id}`, (call) => ok(checkRun(call.world, checkRunById(readable(call), numberOf(call, "check_run_id")))));
  router.add("PATCH", `${repo}/check-runs/{check_run_id}`, (call) => {
    const run = checkRunById(repositoryOf(call), numberOf(call, "check_run_id"));
    updateCheckRun(call.world, call.actor, run, fields(call.body));
    return ok(checkRun(call.world, run));
  });
  router.add("GET", `${repo}/check-runs/{check_run_id}/annotations`, (call) => {
    const run = checkRunById(readable(call), numberOf(call, "check_run_id"));
    return page(call, run.annotations, (one) => annotation(call.world, run, one));
  });
  router.add("GET", `${repo}/check-suites/{check_suite_id}`, async (call) => ok(await checkSuite(call.world, suiteOf(call))));
  router.add("GET", `${repo}/check-suites/{check_suite_id}/check-runs`, (call) => listRuns(call, suiteOf(call).runs));
  router.add("GET", `${repo}/commits/{+ref}/check-runs`, async (call) => {
    const repository = readable(call);
    const sha = await resolve(repository, call.params["ref"] ?? "");
    return listRuns(call, repository.bySha.get(sha)?.runs ?? []);
  });
  router.add("GET", `${repo}/commits/{+ref}/check-suites`, async (call) => {
    const repository = readable(call);
    const sha = await resolve(repository, call.params["ref"] ?? "");
    const app = call.query.get("app_id");
    const found = repository.checkSuites.filter((one) => one.headSha === sha && (app === null || String(one.app.id) === app));
    return page(call, found, (one) => checkSuite(call.world, one), (check_suites, total_count) => ({ total_count, check_suites }));
  });
  statusRoutes(router);
}

function statusRoutes(router: Router): void {
  router.add("POST", `${repo}/statuses/{sha}`, async (call) => {
    const repository = repositoryOf(call);
    const state = oneOf(call.body, "state", ["error", "failure", "pending", "success"]);
    if (state === undefined) throw new ApiError(422, "Invalid request.\n\n\"state\" wasn't supplied.");
    const made = await createStatus(call.world, call.actor, repository, call.params["sha"] ?? "", {
      state, context: text(call.body, "context"), description: text(call.body, "description"), targetUrl: text(call.body, "target_url"),
    });
    return created(status(call.world, repository, made));
  });
  router.add("GET", `${repo}/commits/{+ref}/status`, async (call) => {
    const { repository, sha } = await statusesOf(call);
    const latest = latestStatuses(repository, sha);
    const url = `${apiUrl(call.world, repository)}/commits/${sha}`;
    return page(call, latest, (one) => simpleStatus(call.world, repository, one), (rendered, total_count) => ({
      state: combinedState(latest), statuses: rendered, sha, total_count, repository: minimalRepository(call.world, repository),
      commit_url: url, url: `${url}/status`,
    }));
  });
  router.add("GET", `${repo}/commits/{+ref}/statuses`, async (call) => {
    const { repository, sha } = await statusesOf(call);
    return page(call, [...(repository.bySha.get(sha)?.statuses ?? [])].reverse(), (one) => status(call.world, repository, one));
  });
}

async function statusesOf(call: Call): Promise<{ repository: Repository; sha: string }> {
  const repository = repositoryOf(call);
  requirePermission(call.actor, repository, "statuses", "read");
  return { repository, sha: await resolve(repository, call.params["ref"] ?? "") };
}

function readable(call: Call): Repository {
  const repository = repositoryOf(call);
  requirePermission(call.actor, repository, "checks", "read");
  return repository;
}

function suiteOf(call: Call): Repository["checkSuites"][number] {
  const id = numberOf(call, "check_suite_id");
  const found = readable(call).checkSuites.find((one) => one.id === id);
  if (found === undefined) throw notFound();
  return found;
}

/** `filter` (latest by default), `check_name`, `status`, `app_id`; newest first. */
function listRuns(call: Call, runs: readonly CheckRun[]): Promise<Reply> {
  const { query } = call;
  const base = query.get("filter") === "all" ? runs : latestPerCheck(runs);
  const found = base
    .filter((run) => query.get("check_name") === null || run.name === query.get("check_name"))
    .filter((run) => query.get("status") === null || run.status === query.get("status"))
    .filter((run) => query.get("app_id") === null || String(run.suite.app.id) === query.get("app_id"));
  return page(call, [...found].reverse(), (run) => checkRun(call.world, run), (check_runs, total_count) => ({ total_count, check_runs }));
}

function fields(body: Body): CheckRunFields {
  const output = body["output"] === undefined ? undefined : objectOf(body["output"]);
  return {
    name: text(body, "name"), status: oneOf(body, "status", statuses), conclusion: oneOf(body, "conclusion", conclusions),
    startedAt: time(text(body, "started_at")), completedAt: time(text(body, "completed_at")), externalId: text(body, "external_id"),
    detailsUrl: text(body, "details_url"),
    output: output === undefined ? undefined : {
      title: text(output, "title") ?? null, summary: text(output, "summary") ?? null, text: text(output, "text") ?? null,
      annotations: (list(output, "annotations") ?? []).map((one) => annotationOf(objectOf(one))),
    },
  };
}

function time(value: string | undefined): number | undefined {
  return value === undefined ? undefined : Date.parse(value);
}

function annotationOf(body: Body): CheckAnnotation {
  const number = (name: string): number | null => (typeof body[name] === "number" ? (body[name]) : null);
  const level = oneOf(body, "annotation_level", ["notice", "warning", "failure"]);
  const startLine = number("start_line");
  const endLine = number("end_line");
  if (level === undefined || startLine === null || endLine === null) {
    throw new ApiError(422, "Invalid request.\n\nAn annotation needs path, start_line, end_line, annotation_level and message.");
  }
  return {
    path: requiredText(body, "path"), startLine, endLine, startColumn: number("start_column"), endColumn: number("end_column"), level,
    title: text(body, "title") ?? null, message: requiredText(body, "message"), rawDetails: text(body, "raw_details") ?? null,
  };
}

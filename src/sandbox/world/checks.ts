/** Check runs and suites, commit statuses, and what they add up to. */

import { ApiError, missingField, notFound } from "./errors.ts";
import type { Actor } from "./tokens.ts";
import { requirePermission } from "./tokens.ts";
import type {
  App, CheckAnnotation, CheckConclusion, CheckRun, CheckStatus, CheckSuite, CommitStatus, Repository, Workflow, WorkflowRun,
} from "./types.ts";
import type { World } from "./world.ts";

/** GitHub's limit for one request. */
export const annotationsPerRequest = 50;
/** GitHub's limit for summary and text each, in characters. */
export const outputLimit = 65_535;

export function atSha(repository: Repository, sha: string): { runs: CheckRun[]; statuses: CommitStatus[] } {
  let known = repository.bySha.get(sha);
  if (known === undefined) repository.bySha.set(sha, (known = { runs: [], statuses: [] }));
  return known;
}

/** The suite of an app at a commit; a workflow run always has its own. */
export function newSuite(
  world: World,
  repository: Repository,
  fields: { readonly app: App; readonly headSha: string; readonly headBranch: string | null; readonly workflowRun?: WorkflowRun },
): CheckSuite {
  const id = world.nextId();
  const suite: CheckSuite = {
    id, repository, nodeId: world.nodeId("CS", id), app: fields.app, headSha: fields.headSha, headBranch: fields.headBranch,
    createdAt: world.now(), updatedAt: world.now(), runs: [], workflowRun: fields.workflowRun,
  };
  repository.checkSuites.push(suite);
  return world.register(suite);
}

export interface CheckRunFields {
  readonly name?: string | undefined;
  readonly status?: CheckStatus | undefined;
  readonly conclusion?: CheckConclusion | null | undefined;
  readonly startedAt?: number | null | undefined;
  readonly completedAt?: number | null | undefined;
  readonly externalId?: string | undefined;
  readonly detailsUrl?: string | undefined;
  readonly output?: {
    readonly title?: string | null;
    readonly summary?: string | null;
    readonly text?: string | null;
    readonly annotations?: readonly CheckAnnotation[];
  } | undefined;
}

/** The record alone, for the API and for workflow jobs. */
export function addCheckRun(world: World, suite: CheckSuite, name: string, fields: CheckRunFields, workflow?: Workflow): CheckRun {
  const id = world.nextId();
  const run: CheckRun = {
    id, suite, name, repository: suite.repository, nodeId: world.nodeId("CR", id), headSha: suite.headSha, status: "queued",
    conclusion: null, startedAt: fields.startedAt ?? world.now(), completedAt: null, externalId: fields.externalId ?? "",
    detailsUrl: fields.detailsUrl ?? null, title: null, summary: null, text: null, annotations: [], workflow,
  };
  suite.runs.push(run);
  suite.repository.checkRuns.push(run);
  atSha(suite.repository, suite.headSha).runs.push(run);
  world.register(run);
  changeCheckRun(world, run, fields);
  return run;
}

/** Applies fields; a conclusion completes the run, as in GitHub's API. */
export function changeCheckRun(world: World, run: CheckRun, fields: CheckRunFields): void {
  if (fields.name !== undefined) run.name = fields.name;
  if (fields.externalId !== undefined) run.externalId = fields.externalId;
  if (fields.detailsUrl !== undefined) run.detailsUrl = fields.detailsUrl;
  if (fields.startedAt !== undefined && fields.startedAt !== null) run.startedAt = fields.startedAt;
  if (fields.status !== undefined) run.status = fields.status;
  if (run.status !== "completed") {
    run.conclusion = null;
    run.completedAt = null;
  }
  if (fields.conclusion !== undefined && fields.conclusion !== null) {
    run.status = "completed";
    run.conclusion = fields.conclusion;
    run.completedAt = fields.completedAt ?? world.now();
  }
  if (fields.output !== undefined) {
    run.title = fields.output.title ?? run.title;
    run.summary = fields.output.summary ?? run.summary;
    run.text = fields.output.text ?? run.text;
    run.annotations.push(...(fields.output.annotations ?? []));
  }
  run.suite.updatedAt = world.now();
}

/** What GitHub refuses in `output` and in combinations of fields. @throws ApiError 422 */
function checkFields(fields: CheckRunFields): void {
  const errors: string[] = [];
  const output = fields.output;
  if (output !== undefined) {
    if ((output.annotations?.length ?? 0) > annotationsPerRequest) {
      errors.push(`No more than ${annotationsPerRequest} items are allowed; ${output.annotations?.length} were supplied.`);
    }
    for (const key of ["summary", "text"] as const) {
      if ((output[key]?.length ?? 0) > outputLimit) errors.push(`Only ${outputLimit} characters are allowed in ${key}; ${output[key]?.length} were supplied.`);
    }
  }
  if (fields.status === "completed" && (fields.conclusion ?? null) === null) errors.push("A conclusion is required when status is completed.");
  if (errors.length > 0) throw new ApiError(422, `Invalid request.\n\n${errors.join("\n")}`);
}

/** @throws ApiError 403 for anyone but an app with `checks: write`; 422 for an unknown commit or bad fields. */
export async function createCheckRun(
  world: World,
  actor: Actor,
  repository: Repository,
  fields: CheckRunFields & { readonly name: string; readonly headSha: string },
): Promise<CheckRun> {
  requireApp(actor, repository);
  if (fields.name === "") throw missingField("CheckRun", "name");
  if (!(await repository.git.hasCommit(fields.headSha))) {
    throw new ApiError(422, `No commit found for SHA: ${fields.headSha}`);
  }
  checkFields(fields);
  const app = actor.app as App;
  const known = repository.checkSuites.find((suite) => suite.app === app && suite.headSha === fields.headSha
    && (suite.workflowRun === undefined || suite.workflowRun.id === actor.runId));
  const suite = known ?? newSuite(world, repository, { app, headSha: fields.headSha, headBranch: branchAt(repository, fields.headSha) });
  const run = addCheckRun(world, suite, fields.name, { ...fields, status: fields.status ?? "queued" });
  announce(world, actor, run, "created");
  return run;
}

export function updateCheckRun(world: World, actor: Actor, run: CheckRun, fields: CheckRunFields): void {
  requireApp(actor, run.repository);
  if (run.suite.app !== actor.app) throw new ApiError(403, "Invalid app_id `" + String(actor.app?.id) + "` - check run can only be modified by the GitHub App that created it.");
  checkFields(fields);
  const before = run.status;
  changeCheckRun(world, run, fields);
  if (run.status === "completed" && before !== "completed") announce(world, actor, run, "completed");
}

function announce(world: World, actor: Actor, run: CheckRun, action: "created" | "completed"): void {
  const common = { repository: run.repository, actor, at: world.now() };
  if (action === "created") world.emit({ name: "check_run", action, run, ...common });
  if (run.status !== "completed") return;
  world.emit({ name: "check_run", action: "completed", run, ...common });
  if (run.suite.runs.every((one) => one.status === "completed")) {
    world.emit({ name: "check_suite", action: "completed", suite: run.suite, ...common });
  }
}

/** Check runs are written by apps only; a person's token is refused whatever its rights. */
function requireApp(actor: Actor, repository: Repository): void {
  if (actor.app === undefined) {
    requirePermission(actor, repository, "metadata", "read");
    throw new ApiError(403, "You must authenticate via a GitHub App.");
  }
  requirePermission(actor, repository, "checks", "write");
}

/** The branch whose tip a commit is, if any. */
export function branchAt(repository: Repository, sha: string): string | null {
  return repository.git.refs("refs/heads/").find(([, oid]) => oid === sha)?.[0].slice(11) ?? null;
}

export function checkRunById(repository: Repository, id: number): CheckRun {
  const run = repository.checkRuns.find((one) => one.id === id);
  if (run === undefined) throw notFound();
  return run;
}

/** The newest run of each (app, name): what `filter=latest` and the rollup show. Jobs of two workflows are two checks. */
export function latestPerCheck(runs: readonly CheckRun[]): CheckRun[] {
  const latest = new Map<string, CheckRun>();
  for (const run of runs) latest.set(`${run.suite.app.id}\0${run.name}\0${run.workflow?.id ?? ""}`, run);
  return [...latest.values()];
}

export interface StatusFields {
  readonly state: CommitStatus["state"];
  readonly context?: string | undefined;
  readonly description?: string | null | undefined;
  readonly targetUrl?: string | null | undefined;
}

export async function createStatus(
  world: World,
  actor: Actor,
  repository: Repository,
  sha: string,
  fields: StatusFields,
): Promise<CommitStatus> {
  requirePermission(actor, repository, "statuses", "write");
  if (!(await repository.git.hasCommit(sha))) throw new ApiError(422, `No commit found for SHA: ${sha}`);
  const id = world.nextId();
  const status: CommitStatus = {
    id, sha, nodeId: world.nodeId("SC", id), state: fields.state, context: fields.context ?? "default",
    description: fields.description ?? null, targetUrl: fields.targetUrl ?? null, creator: actor.account, createdAt: world.now(),
  };
  repository.statuses.push(status);
  atSha(repository, sha).statuses.push(status);
  world.emit({ name: "status", status, repository, actor, at: world.now() });
  return status;
}

/** The newest status of each context at a commit. */
export function latestStatuses(repository: Repository, sha: string): CommitStatus[] {
  const latest = new Map<string, CommitStatus>();
  for (const status of repository.bySha.get(sha)?.statuses ?? []) latest.set(status.context, status);
  return [...latest.values()];
}

/** REST's combined status: no statuses is `pending`. */
export function combinedState(statuses: readonly CommitStatus[]): "success" | "failure" | "pending" {
  if (statuses.some((one) => one.state === "failure" || one.state === "error")) return "failure";
  return statuses.length === 0 || statuses.some((one) => one.state === "pending") ? "pending" : "success";
}

export function suiteStatus(suite: CheckSuite): { status: CheckStatus; conclusion: CheckConclusion | null } {
  const runs = latestPerCheck(suite.runs);
  if (suite.workflowRun?.conclusion === "action_required") return { status: "completed", conclusion: "action_required" };
  if (runs.length === 0) return { status: "queued", conclusion: null };
  if (runs.some((run) => run.status !== "completed")) {
    return { status: runs.every((run) => run.status === "queued") ? "queued" : "in_progress", conclusion: null };
  }
  const order: CheckConclusion[] = ["failure", "timed_out", "cancelled", "action_required", "stale", "success", "neutral", "skipped"];
  return { status: "completed", conclusion: order.find((one) => runs.some((run) => run.conclusion === one)) ?? "success" };
}

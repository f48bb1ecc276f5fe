/** Checks and statuses as GraphQL shows them. */

import { latestPerCheck, latestStatuses, suiteStatus } from "../../world/checks.ts";
import { conclusionState, requiredChecks, rulesFor } from "../../world/rules.ts";
import { requirePermission } from "../../world/tokens.ts";
import type { CheckRun, CheckSuite, CommitStatus, Repository, WorkflowRun } from "../../world/types.ts";
import { pullsAt } from "../render/checks.ts";
import { runPage } from "../render/actions.ts";
import { htmlUrl } from "../render/repos.ts";
import { iso, isoOrNull } from "../render/users.ts";
import type { GraphqlContext, Shape } from "./context.ts";
import { connection } from "./connection.ts";
import type { PageArguments } from "./connection.ts";
import { actorShape } from "./actors.ts";
import { objectAt } from "./objects.ts";
import { refShape } from "./refs.ts";

/**
 * Null when the commit has neither checks nor statuses.
 *
 * Which permission it needs is not documented. GitHub was seen to refuse single `contexts.nodes`: a check run without
 * `checks: read` (kirodotdev/KiroCrew#4546), a status without `statuses: read`
 * (philips-software/pull-request-report-action#557). Both are asked for here whatever the commit has, so that a workflow that
 * names only one of them fails in the sandbox and not on the day when the first status arrives.
 */
export function rollup(context: GraphqlContext, repository: Repository, sha: string): Shape | null {
  requirePermission(context.actor, repository, "checks", "read");
  requirePermission(context.actor, repository, "statuses", "read");
  const runs = latestPerCheck(repository.bySha.get(sha)?.runs ?? []);
  const statuses = latestStatuses(repository, sha);
  if (runs.length + statuses.length === 0) return null;
  const contexts = [...runs, ...statuses];
  return {
    __typename: "StatusCheckRollup", id: context.world.nodeId("SCR", `${repository.id}:${sha}`), state: rollupState(runs, statuses),
    commit: () => objectAt(context, repository, sha),
    contexts: (args: PageArguments) => connection<CheckRun | CommitStatus>(
      contexts, args, (one) => ("suite" in one ? checkRunShape(context, one) : statusContext(context, repository, one)),
      { checkRunCount: runs.length, statusContextCount: statuses.length },
    ),
  };
}

function rollupState(runs: readonly CheckRun[], statuses: readonly CommitStatus[]): string {
  const states = [
    ...runs.map((run) => (run.status === "completed" ? conclusionState(run.conclusion) : "pending")),
    ...statuses.map((one) => (one.state === "error" ? "failure" : one.state)),
  ];
  if (states.includes("failure")) return "FAILURE";
  return states.includes("pending") ? "PENDING" : "SUCCESS";
}

/** Required where the rules of the pull request's base (or the default branch) name it. */
function isRequired(repository: Repository, name: string, args: { pullRequestNumber?: number | null; pullRequestId?: string | null }): boolean {
  const pull = [...repository.issues.values()].find((one) => one.number === args.pullRequestNumber || one.pull?.nodeId === args.pullRequestId)?.pull;
  return requiredChecks(rulesFor(repository, pull?.baseRef ?? repository.defaultBranch)).some((one) => one.context === name);
}

export function checkRunShape(context: GraphqlContext, run: CheckRun): Shape {
  const page = `${htmlUrl(context.world, run.repository)}/runs/${run.id}`;
  return {
    __typename: "CheckRun", id: run.nodeId, databaseId: run.id, name: run.name, status: run.status.toUpperCase(),
    conclusion: run.conclusion?.toUpperCase() ?? null, startedAt: isoOrNull(run.startedAt), completedAt: isoOrNull(run.completedAt),
    externalId: run.externalId, detailsUrl: run.detailsUrl ?? page, permalink: page, url: page, resourcePath: `/${run.repository.fullName}/runs/${run.id}`,
    title: run.title, summary: run.summary, text: run.text, checkSuite: () => checkSuiteShape(context, run.suite),
    repository: () => context.shapes.repository(run.repository), deployment: null,
    isRequired: (args: Parameters<typeof isRequired>[2]) => isRequired(run.repository, run.name, args),
    annotations: (args: PageArguments) => connection(run.annotations, args, (one) => ({
      path: one.path, message: one.message, title: one.title, annotationLevel: one.level.toUpperCase(), rawDetails: one.rawDetails,
      location: { start: { line: one.startLine, column: one.startColumn }, end: { line: one.endLine, column: one.endColumn } },
      blobUrl: `${htmlUrl(context.world, run.repository)}/blob/${run.headSha}/${one.path}`,
    })),
  };
}

function statusContext(context: GraphqlContext, repository: Repository, status: CommitStatus): Shape {
  return {
    __typename: "StatusContext", id: status.nodeId, context: status.context, state: status.state.toUpperCase(), description: status.description,
    targetUrl: status.targetUrl, createdAt: iso(status.createdAt), creator: () => actorShape(context, status.creator),
    avatarUrl: `${context.world.urls.server}/avatars/${status.creator.id}`, commit: () => objectAt(context, repository, status.sha),
    isRequired: (args: Parameters<typeof isRequired>[2]) => isRequired(repository, status.context, args),
  };
}

export function statusShape(context: GraphqlContext, repository: Repository, sha: string, latest: readonly CommitStatus[]): Shape {
  return {
    __typename: "Status", id: context.world.nodeId("ST", `${repository.id}:${sha}`), state: rollupState([], latest),
    contexts: () => latest.map((one) => statusContext(context, repository, one)), commit: () => objectAt(context, repository, sha),
    context: (args: { name: string }) => {
      const found = latest.find((one) => one.context === args.name);
      return found === undefined ? null : statusContext(context, repository, found);
    },
  };
}

export function checkSuiteShape(context: GraphqlContext, suite: CheckSuite): Shape {
  const { repository, workflowRun: run } = suite;
  const { status, conclusion } = suiteStatus(suite);
  const page = `${htmlUrl(context.world, repository)}/commit/${suite.headSha}/checks?check_suite_id=${suite.id}`;
  return {
    __typename: "CheckSuite", id: suite.nodeId, databaseId: suite.id, status: status.toUpperCase(), conclusion: conclusion?.toUpperCase() ?? null,
    createdAt: iso(suite.createdAt), updatedAt: iso(suite.updatedAt), url: page, resourcePath: page.slice(context.world.urls.server.length),
    app: () => ({ __typename: "App", id: suite.app.nodeId, databaseId: suite.app.id, slug: suite.app.slug, name: suite.app.name }),
    branch: () => (suite.headBranch === null || repository.git.ref(`refs/heads/${suite.headBranch}`) === undefined
      ? null : refShape(context, repository, `refs/heads/${suite.headBranch}`)),
    commit: () => objectAt(context, repository, suite.headSha), repository: () => context.shapes.repository(repository), creator: null, push: null,
    checkRuns: (args: PageArguments & { filterBy?: { checkName?: string | null; checkType?: string | null; appId?: number | null; status?: string | null } | null }) => {
      const filter = args.filterBy ?? {};
      const runs = filter.checkType === "ALL" ? suite.runs : latestPerCheck(suite.runs);
      const found = runs.filter((one) => (filter.checkName ?? one.name) === one.name && (filter.status ?? one.status.toUpperCase()) === one.status.toUpperCase());
      return connection(found, args, (one) => checkRunShape(context, one));
    },
    matchingPullRequests: (args: PageArguments) => connection(pullsAt(repository, suite.headSha), args, (one) => context.shapes.pull(one)),
    workflowRun: () => (run === undefined ? null : workflowRunShape(context, run)),
  };
}

/** Asks for another permission than the check around it (GitHub refuses `….checkSuite.workflowRun` by name without it). */
function workflowRunShape(context: GraphqlContext, run: WorkflowRun): Shape {
  const { repository, workflow } = run;
  requirePermission(context.actor, repository, "actions", "read");
  const page = runPage(context.world, run);
  const workflowPath = `/${repository.fullName}/actions/workflows/${workflow.path.split("/").at(-1)}`;
  return {
    __typename: "WorkflowRun", id: run.nodeId, databaseId: run.id, event: run.event, runNumber: run.number, createdAt: iso(run.createdAt),
    updatedAt: iso(run.updatedAt), url: page, resourcePath: page.slice(context.world.urls.server.length),
    checkSuite: () => checkSuiteShape(context, run.suite),
    workflow: () => ({
      __typename: "Workflow", id: workflow.nodeId, databaseId: workflow.id, name: workflow.name, state: workflow.state.toUpperCase(),
      url: context.world.urls.server + workflowPath, resourcePath: workflowPath,
    }),
  };
}

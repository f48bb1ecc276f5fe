/** Routes of deployments. */

import { createDeployment, createDeploymentStatus, deploymentById } from "../../world/deployments.ts";
import { ApiError, notFound } from "../../world/errors.ts";
import { requirePermission } from "../../world/tokens.ts";
import type { Deployment } from "../../world/types.ts";
import { deployment, deploymentStatus } from "../render/checks.ts";
import { created, flag, numberOf, ok, oneOf, page, repositoryOf, requiredText, text, texts } from "../router.ts";
import type { Call, Router } from "../router.ts";

const base = "/repos/{owner}/{repo}/deployments";
const states = ["error", "failure", "inactive", "in_progress", "queued", "pending", "success"] as const;

export function deploymentRoutes(router: Router): void {
  router.add("GET", base, (call) => {
    const repository = repositoryOf(call);
    requirePermission(call.actor, repository, "deployments", "read");
    const { query } = call;
    const equal = (name: string, value: string): boolean => query.get(name) === null || query.get(name) === value;
    const found = repository.deployments.filter((one) => equal("sha", one.sha) && equal("ref", one.ref) && equal("task", one.task)
      && equal("environment", one.environment));
    return page(call, [...found].reverse(), (one) => deployment(call.world, one));
  });
  router.add("POST", base, async (call) => created(deployment(call.world, await createDeployment(call.world, call.actor, repositoryOf(call), {
    ref: requiredText(call.body, "ref"), task: text(call.body, "task"), environment: text(call.body, "environment"),
    description: text(call.body, "description"), payload: call.body["payload"], requiredContexts: texts(call.body, "required_contexts"),
    transient: flag(call.body, "transient_environment"), production: flag(call.body, "production_environment"),
  }))));
  router.add("GET", `${base}/{deployment_id}`, (call) => ok(deployment(call.world, readDeployment(call))));
  router.add("GET", `${base}/{deployment_id}/statuses`, (call) =>
    page(call, [...readDeployment(call).statuses].reverse(), (one) => deploymentStatus(call.world, one)));
  router.add("GET", `${base}/{deployment_id}/statuses/{status_id}`, (call) => {
    const found = readDeployment(call).statuses.find((one) => one.id === numberOf(call, "status_id"));
    if (found === undefined) throw notFound();
    return ok(deploymentStatus(call.world, found));
  });
  router.add("POST", `${base}/{deployment_id}/statuses`, (call) => {
    const state = oneOf(call.body, "state", states);
    if (state === undefined) throw new ApiError(422, "Invalid request.\n\n\"state\" wasn't supplied.");
    const target = deploymentById(repositoryOf(call), numberOf(call, "deployment_id"));
    return created(deploymentStatus(call.world, createDeploymentStatus(call.world, call.actor, target, {
      state, description: text(call.body, "description") ?? "", environmentUrl: text(call.body, "environment_url") ?? "",
      logUrl: text(call.body, "log_url") ?? text(call.body, "target_url") ?? "", autoInactive: flag(call.body, "auto_inactive"),
    })));
  });
}

function readDeployment(call: Call): Deployment {
  const repository = repositoryOf(call);
  requirePermission(call.actor, repository, "deployments", "read");
  return deploymentById(repository, numberOf(call, "deployment_id"));
}

/** Deployments and their statuses. */

import { ApiError, notFound } from "./errors.ts";
import { latestStatuses, combinedState } from "./checks.ts";
import { requirePermission } from "./tokens.ts";
import type { Actor } from "./tokens.ts";
import type { Deployment, DeploymentStatus, Repository } from "./types.ts";
import type { World } from "./world.ts";

export interface NewDeployment {
  readonly ref: string;
  readonly task?: string | undefined;
  readonly environment?: string | undefined;
  readonly description?: string | null | undefined;
  readonly payload?: unknown;
  readonly requiredContexts?: readonly string[] | undefined;
  readonly transient?: boolean | undefined;
  readonly production?: boolean | undefined;
}

/** @throws ApiError 409 when required contexts are not green; 422 for an unknown ref. */
export async function createDeployment(world: World, actor: Actor, repository: Repository, wish: NewDeployment): Promise<Deployment> {
  requirePermission(actor, repository, "deployments", "write");
  const sha = repository.git.ref(`refs/heads/${wish.ref}`) ?? repository.git.ref(`refs/tags/${wish.ref}`)
    ?? (/^[0-9a-f]{40}$/.test(wish.ref) && (await repository.git.hasCommit(wish.ref)) ? wish.ref : undefined);
  if (sha === undefined) throw new ApiError(422, `No ref found for: ${wish.ref}`);
  const statuses = latestStatuses(repository, sha);
  const waiting = wish.requiredContexts === undefined
    ? statuses.length > 0 && combinedState(statuses) !== "success"
    : wish.requiredContexts.some((context) => statuses.find((one) => one.context === context)?.state !== "success");
  if (waiting) throw new ApiError(409, `Conflict: Commit status checks failed for ${wish.ref}.`);
  const id = world.nextId();
  const environment = wish.environment ?? "production";
  const deployment: Deployment = {
    id, repository, sha, nodeId: world.nodeId("DE", id), ref: wish.ref, task: wish.task ?? "deploy", environment,
    description: wish.description ?? null, payload: wish.payload ?? {}, creator: actor.account, createdAt: world.now(),
    transient: wish.transient ?? false, production: wish.production ?? environment === "production", statuses: [],
  };
  repository.deployments.push(deployment);
  world.register(deployment);
  world.emit({ name: "deployment", action: "created", deployment, repository, actor, at: world.now() });
  return deployment;
}

export interface NewDeploymentStatus {
  readonly state: DeploymentStatus["state"];
  readonly description?: string | undefined;
  readonly environmentUrl?: string | undefined;
  readonly logUrl?: string | undefined;
  readonly autoInactive?: boolean | undefined;
}

export function createDeploymentStatus(world: World, actor: Actor, deployment: Deployment, wish: NewDeploymentStatus): DeploymentStatus {
  const { repository } = deployment;
  requirePermission(actor, repository, "deployments", "write");
  const status = addStatus(world, actor, deployment, wish);
  if (wish.state === "success" && wish.autoInactive !== false) {
    for (const other of repository.deployments) {
      const active = other !== deployment && other.environment === deployment.environment && other.statuses.at(-1)?.state === "success";
      if (active && !other.transient) addStatus(world, actor, other, { state: "inactive" });
    }
  }
  return status;
}

function addStatus(world: World, actor: Actor, deployment: Deployment, wish: NewDeploymentStatus): DeploymentStatus {
  const id = world.nextId();
  const status: DeploymentStatus = {
    id, deployment, nodeId: world.nodeId("DES", id), state: wish.state, description: wish.description ?? "",
    environmentUrl: wish.environmentUrl ?? "", logUrl: wish.logUrl ?? "", creator: actor.account, createdAt: world.now(),
  };
  deployment.statuses.push(status);
  world.register(status);
  world.emit({ name: "deployment_status", action: "created", status, repository: deployment.repository, actor, at: world.now() });
  return status;
}

export function deploymentById(repository: Repository, id: number): Deployment {
  const found = repository.deployments.find((one) => one.id === id);
  if (found === undefined) throw notFound();
  return found;
}

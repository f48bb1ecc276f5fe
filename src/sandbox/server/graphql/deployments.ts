/** Deployments as GraphQL shows them. */

import type { Deployment, DeploymentStatus } from "../../world/types.ts";
import { iso } from "../render/users.ts";
import { actorShape } from "./actors.ts";
import { connection } from "./connection.ts";
import type { PageArguments } from "./connection.ts";
import type { GraphqlContext, Shape } from "./context.ts";

export function deploymentShape(context: GraphqlContext, deployment: Deployment): Shape {
  const { repository } = deployment;
  const status = deployment.statuses.at(-1);
  const statusOf = (one: DeploymentStatus): Shape => ({
    __typename: "DeploymentStatus", id: one.nodeId, state: one.state.toUpperCase(), description: one.description, environmentUrl: one.environmentUrl || null,
    logUrl: one.logUrl || null, createdAt: iso(one.createdAt), updatedAt: iso(one.createdAt), creator: actorShape(context, one.creator),
  });
  return {
    __typename: "Deployment", id: deployment.nodeId, databaseId: deployment.id, commitOid: deployment.sha, task: deployment.task,
    environment: deployment.environment, originalEnvironment: deployment.environment, latestEnvironment: deployment.environment,
    description: deployment.description, payload: JSON.stringify(deployment.payload), createdAt: iso(deployment.createdAt),
    updatedAt: iso(status?.createdAt ?? deployment.createdAt), creator: () => actorShape(context, deployment.creator),
    state: deploymentState(status?.state), latestStatus: status === undefined ? null : statusOf(status),
    ref: () => (repository.git.ref(`refs/heads/${deployment.ref}`) === undefined ? null : context.shapes.ref(repository, `refs/heads/${deployment.ref}`)),
    repository: () => context.shapes.repository(repository), commit: () => context.shapes.object(repository, deployment.sha),
    statuses: (args: PageArguments) => connection([...deployment.statuses].reverse(), args, statusOf),
  };
}

/** A deployment's state is not its status's: success is shown as active. */
function deploymentState(state: string | undefined): string {
  return state === undefined ? "PENDING" : state === "success" ? "ACTIVE" : state.toUpperCase();
}

/** Routes about the caller and the server. */

import { notFound } from "../../world/errors.ts";
import { fullUser } from "../render/users.ts";
import { ok } from "../router.ts";
import type { Router } from "../router.ts";
import { ApiError } from "../../world/errors.ts";

export function metaRoutes(router: Router): void {
  router.add("GET", "/rate_limit", (call) => {
    const core = call.budget("core");
    const graphql = call.budget("graphql");
    const search = { limit: 30, used: 0, remaining: 30, reset: core.reset, resource: "search" };
    return ok({ resources: { core, graphql, search }, rate: core });
  });
  router.add("GET", "/meta", () => ok({ verifiable_password_authentication: false, installed_version: "3.99.0" }));
  router.add("GET", "/user", (call) => {
    if (call.actor.kind === "anonymous") throw new ApiError(401, "Requires authentication");
    // An installation is nobody: GitHub refuses it here.
    if (call.actor.kind !== "person") throw new ApiError(403, "Resource not accessible by integration");
    return ok(fullUser(call.world, call.actor.account));
  });
  router.add("GET", "/users/{username}", (call) => {
    const account = call.world.account(call.params["username"] ?? "");
    if (account === undefined) throw notFound();
    return ok(fullUser(call.world, account));
  });
}

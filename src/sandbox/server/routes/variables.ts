/** Routes of a repository's variables and secrets. Setting a secret is not served: it comes sealed for libsodium. */

import { ApiError, notFound } from "../../world/errors.ts";
import { can, requireRole } from "../../world/tokens.ts";
import type { Repository } from "../../world/types.ts";
import { iso } from "../render/users.ts";
import { created, noContent, ok, page, repositoryOf, requiredText, text } from "../router.ts";
import type { Call, Router } from "../router.ts";

const actions = "/repos/{owner}/{repo}/actions";

export function variableRoutes(router: Router): void {
  router.add("GET", `${actions}/variables`, (call) => {
    const repository = allowed(call);
    const names = Object.keys(repository.variables).sort();
    return page(call, names, (name) => variable(repository, name), (variables, total_count) => ({ total_count, variables }));
  });
  router.add("GET", `${actions}/variables/{name}`, (call) => ok(variable(allowed(call), named(call))));
  router.add("POST", `${actions}/variables`, (call) => {
    const repository = allowed(call);
    const name = checked(requiredText(call.body, "name"));
    if (name in repository.variables) throw new ApiError(409, "Already exists - Variable already exists");
    repository.variables[name] = requiredText(call.body, "value");
    return created({});
  });
  router.add("PATCH", `${actions}/variables/{name}`, (call) => {
    const repository = allowed(call);
    const name = named(call);
    const before = repository.variables[name];
    if (before === undefined) throw notFound();
    const after = checked(text(call.body, "name") ?? name);
    delete repository.variables[name];
    repository.variables[after] = text(call.body, "value") ?? before;
    return noContent;
  });
  router.add("DELETE", `${actions}/variables/{name}`, (call) => remove(allowed(call).variables, named(call)));
  secretRoutes(router);
}

/** Names only: nobody reads a value back. */
function secretRoutes(router: Router): void {
  router.add("GET", `${actions}/secrets`, (call) => {
    const repository = allowed(call);
    const names = Object.keys(repository.secrets).sort();
    return page(call, names, (name) => secret(repository, name), (secrets, total_count) => ({ total_count, secrets }));
  });
  router.add("GET", `${actions}/secrets/public-key`, () => {
    throw new ApiError(501, "The sandbox does not implement setting secrets through the API: use sandbox.setSecret, or a variable");
  });
  router.add("GET", `${actions}/secrets/{secret_name}`, (call) => ok(secret(allowed(call), named(call, "secret_name"))));
  router.add("DELETE", `${actions}/secrets/{secret_name}`, (call) => remove(allowed(call).secrets, named(call, "secret_name")));
}

/** People who may write; of apps no token of a job, whose `permissions:` know neither secrets nor variables. */
function allowed(call: Call): Repository {
  const repository = repositoryOf(call);
  const scope = call.path.includes("/actions/secrets") ? "secrets" : "variables";
  const level = call.method === "GET" ? "read" : "write";
  if (call.actor.kind === "person") requireRole(call.actor, repository, "write");
  else if (!can(call.actor, repository, "administration", level)) {
    const granted = call.actor.permissions[scope];
    if (granted !== "write" && (level === "write" || granted !== "read")) throw new ApiError(403, "Resource not accessible by integration");
  }
  return repository;
}

/** Names are the same in upper and lower case, and kept in upper case. */
function named(call: Call, parameter = "name"): string {
  return (call.params[parameter] ?? "").toUpperCase();
}

/** @throws ApiError 422 for what GitHub does not take as a name. */
function checked(name: string): string {
  if (!/^[A-Za-z_]\w*$/.test(name) || /^GITHUB_/i.test(name)) {
    throw new ApiError(422, "Variable names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_).");
  }
  return name.toUpperCase();
}

function remove(from: Record<string, string>, name: string): typeof noContent {
  if (!(name in from)) throw notFound();
  delete from[name];
  return noContent;
}

/** When one was set is not kept; the repository's own date stands in for it. */
function dates(repository: Repository): { created_at: string; updated_at: string } {
  return { created_at: iso(repository.createdAt), updated_at: iso(repository.createdAt) };
}

function variable(repository: Repository, name: string): Record<string, unknown> {
  const value = repository.variables[name];
  if (value === undefined) throw notFound();
  return { name, value, ...dates(repository) };
}

function secret(repository: Repository, name: string): Record<string, unknown> {
  if (!(name in repository.secrets)) throw notFound();
  return { name, ...dates(repository) };
}

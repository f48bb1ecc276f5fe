/** Routes of GitHub Apps: an App finds its installation and asks for a token; the token ends itself. */

import { ApiError, notFound } from "../../world/errors.ts";
import type { Installation, Narrowing } from "../../world/installations.ts";
import { reaches } from "../../world/installations.ts";
import type { App } from "../../world/types.ts";
import type { World } from "../../world/world.ts";
import { repository } from "../render/repos.ts";
import { iso, user } from "../render/users.ts";
import { created, list, noContent, numberOf, objectOf, ok, page, texts } from "../router.ts";
import type { Call, Reply, Router } from "../router.ts";

export function appRoutes(router: Router): void {
  router.add("GET", "/repos/{owner}/{repo}/installation", (call) => {
    const app = appOf(call);
    const wanted = call.world.repository(`${call.params["owner"]}/${call.params["repo"]}`);
    if (wanted === undefined) throw notFound();
    return ok(rendered(call.world, call.world.installations.search(app, (one) => reaches(one, wanted))));
  });
  router.add("GET", "/users/{username}/installation", (call) => ofAccount(call, call.params["username"]));
  router.add("GET", "/orgs/{org}/installation", (call) => ofAccount(call, call.params["org"]));
  router.add("GET", "/app/installations/{installation_id}", (call) =>
    ok(rendered(call.world, call.world.installations.find(appOf(call), numberOf(call, "installation_id")))));
  router.add("POST", "/app/installations/{installation_id}/access_tokens", (call) => {
    const { installations } = call.world;
    const installation = installations.find(appOf(call), numberOf(call, "installation_id"));
    const { token, expiresAt, permissions, repositories } = installations.issue(installation, narrowingOf(call));
    const shown = repositories === undefined ? {} : { repositories: repositories.map((one) => repository(call.world, one)) };
    const selection = repositories === undefined && installation.repositories === undefined ? "all" : "selected";
    return created({ token, expires_at: iso(expiresAt), permissions, repository_selection: selection, ...shown });
  });
  router.add("GET", "/installation/repositories", (call) => {
    const { reach } = ofInstallation(call);
    return page(call, [...reach], (one) => repository(call.world, one), (repositories, total) => ({
      total_count: total, repository_selection: "selected", repositories,
    }));
  });
  router.add("DELETE", "/installation/token", (call) => {
    ofInstallation(call);
    call.world.tokens.revoke(call.actor.token);
    return noContent;
  });
}

function ofAccount(call: Call, login: string | undefined): Reply {
  const wanted = call.world.account(login ?? "");
  return ok(rendered(call.world, call.world.installations.search(appOf(call), (one) => one.account === wanted)));
}

/** The App that signed the caller's JWT. @throws ApiError 401 */
function appOf({ actor }: Call): App {
  if (actor.signedBy === undefined) throw new ApiError(401, "A JSON web token could not be decoded");
  return actor.signedBy;
}

/** @throws ApiError 403 for any other token than an installation's. */
function ofInstallation({ actor }: Call): { readonly reach: Iterable<Parameters<typeof repository>[1]> } {
  if (actor.kind !== "app" || actor.signedBy !== undefined) throw new ApiError(403, "You must authenticate with an installation access token in order to use this endpoint.");
  return { reach: actor.reach ?? [] };
}

function narrowingOf({ body }: Call): Narrowing {
  const ids = list(body, "repository_ids");
  if (ids?.some((id) => !Number.isSafeInteger(id)) === true) throw new ApiError(422, "Invalid request.\n\nFor 'repository_ids', an array of integers is expected.");
  const permissions = Object.entries(objectOf(body["permissions"])).map(([name, level]) => [name, String(level)]);
  return {
    repositories: texts(body, "repositories"), repositoryIds: ids as readonly number[] | undefined,
    permissions: body["permissions"] === undefined ? undefined : (Object.fromEntries(permissions) as Record<string, string>),
  };
}

function rendered(world: World, installation: Installation): unknown {
  const { id, app, account, permissions, createdAt } = installation;
  const at = iso(createdAt);
  return {
    id, app_id: app.id, app_slug: app.slug, client_id: world.installations.clientIdOf(app), account: user(world, account), target_id: account.id,
    target_type: account.type, repository_selection: installation.repositories === undefined ? "all" : "selected",
    access_tokens_url: `${world.urls.api}/app/installations/${id}/access_tokens`, repositories_url: `${world.urls.api}/installation/repositories`,
    html_url: `${world.urls.server}/settings/installations/${id}`, permissions, events: [], created_at: at, updated_at: at,
    single_file_name: null, suspended_by: null, suspended_at: null,
  };
}

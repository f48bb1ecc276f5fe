/** Routes about the caller and the server. */

import { notFound } from "../../world/errors.ts";
import { fullUser } from "../render/users.ts";
import { ok } from "../router.ts";
import type { Router } from "../router.ts";
import { ApiError } from "../../world/errors.ts";

export function metaRoutes(router: Router): void {
  router.add("GET", "/", (call) => ok(root(call.world.urls.api)));
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

/** Where things are, as GitHub's root says it; what the sandbox does not serve answers 501 there. */
function root(api: string): Record<string, string> {
  const repository = `${api}/repos/{owner}/{repo}`;
  const search = (kind: string): string => `${api}/search/${kind}?q={query}{&page,per_page,sort,order}`;
  return {
    current_user_url: `${api}/user`, current_user_authorizations_html_url: `${api}/settings/connections/applications{/client_id}`,
    authorizations_url: `${api}/authorizations`, code_search_url: search("code"), commit_search_url: search("commits"), emails_url: `${api}/user/emails`,
    emojis_url: `${api}/emojis`, events_url: `${api}/events`, feeds_url: `${api}/feeds`, followers_url: `${api}/user/followers`,
    following_url: `${api}/user/following{/target}`, gists_url: `${api}/gists{/gist_id}`, hub_url: `${api}/hub`, issue_search_url: search("issues"),
    issues_url: `${api}/issues`, keys_url: `${api}/user/keys`, label_search_url: `${api}/search/labels?q={query}&repository_id={repository_id}{&page,per_page}`,
    notifications_url: `${api}/notifications`, organization_url: `${api}/orgs/{org}`, organization_repositories_url: `${api}/orgs/{org}/repos{?type,page,per_page,sort}`,
    organization_teams_url: `${api}/orgs/{org}/teams`, public_gists_url: `${api}/gists/public`, rate_limit_url: `${api}/rate_limit`,
    repository_url: repository, repository_search_url: search("repositories"),
    current_user_repositories_url: `${api}/user/repos{?type,page,per_page,sort}`, starred_url: `${api}/user/starred{/owner}{/repo}`,
    starred_gists_url: `${api}/gists/starred`, user_url: `${api}/users/{user}`, user_organizations_url: `${api}/user/orgs`,
    user_repositories_url: `${api}/users/{user}/repos{?type,page,per_page,sort}`, user_search_url: search("users"),
  };
}

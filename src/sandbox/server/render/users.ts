/** Accounts and apps as REST shows them. */

import type { Account, App } from "../../world/types.ts";
import type { World } from "../../world/world.ts";

export function iso(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

export function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at);
}

export function user(world: World, account: Account): Record<string, unknown> {
  const url = `${world.urls.api}/users/${encodeURIComponent(account.login)}`;
  const page = account.type === "Bot" ? `apps/${account.login.replace(/\[bot\]$/, "")}` : account.login;
  return {
    login: account.login, id: account.id, node_id: account.nodeId, avatar_url: `${world.urls.server}/avatars/${account.id}`,
    gravatar_id: "", url, html_url: `${world.urls.server}/${page}`, followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`, gists_url: `${url}/gists{/gist_id}`, starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`, organizations_url: `${url}/orgs`, repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`, received_events_url: `${url}/received_events`, type: account.type,
    user_view_type: "public", site_admin: false,
  };
}

export function userOrNull(world: World, account: Account | null | undefined): Record<string, unknown> | null {
  return account === null || account === undefined ? null : user(world, account);
}

export function fullUser(world: World, account: Account): Record<string, unknown> {
  return {
    ...user(world, account), name: account.name, company: null, blog: "", location: null, email: null, hireable: null, bio: null,
    public_repos: 0, public_gists: 0, followers: 0, following: 0, created_at: iso(account.createdAt), updated_at: iso(account.createdAt),
  };
}

export function app(world: World, value: App): Record<string, unknown> {
  return {
    id: value.id, slug: value.slug, node_id: value.nodeId, client_id: `Iv1.${value.id}`,
    owner: user(world, world.addAccount("github", { id: 9919, type: "Organization" })), name: value.name, description: "",
    external_url: `${world.urls.server}/apps/${value.slug}`, html_url: `${world.urls.server}/apps/${value.slug}`,
    created_at: iso(value.createdAt), updated_at: iso(value.createdAt), permissions: value.permissions, events: [],
  };
}

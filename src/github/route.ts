import { isSha } from "../kit/ids.ts";
import type { Fetch } from "../net/fetch.ts";

/** Goes around each request. @param route gives its path with the variable parts named. */
export type Traced = (fetch: Fetch, route: (url: URL) => string) => Fetch;

/** Words of GitHub's REST paths behind `/repos/{owner}/{repo}`; whatever else stands there is somebody's name, number or path. */
const WORDS = new Set([
  "branches", "check-runs", "check-suites", "collaborators", "comments", "commits", "compare", "contents", "deployments", "dispatches", "files",
  "git", "heads", "issues", "labels", "matching-refs", "merge", "merge-upstream", "merges", "permission", "pulls", "ref", "refs", "reviews", "rules", "runs",
  "actions", "blobs", "trees", "tags", "status", "statuses", "workflows", "update-branch", "assignees", "events", "timeline", "jobs",
]);

/** Behind these the rest is one name, slashes and all. */
const REST = new Set(["contents", "heads", "tags", "compare"]);

/**
 * The path of a request to GitHub with its variable parts named, so that requests of one kind are told alike and nobody's names are told.
 * @param apiUrl what stands before every path, `https://ghes.example/api/v3` on GHES.
 */
export function routeOf(url: URL, apiUrl: string): string {
  const base = new URL(apiUrl).pathname.replace(/\/+$/, "");
  const path = url.pathname.startsWith(`${base}/`) ? url.pathname.slice(base.length) : url.pathname;
  const [, repos, , , ...rest] = path.split("/");
  if (repos !== "repos") return path.endsWith("/graphql") ? "/graphql" : `/${repos ?? ""}${path.split("/").length > 2 ? "/{name}" : ""}`;
  const parts: string[] = [];
  for (const [at, part] of rest.entries()) {
    parts.push(WORDS.has(part) ? part : isSha(part) ? "{sha}" : /^\d+$/.test(part) ? "{number}" : "{name}");
    if (!REST.has(part)) continue;
    if (at + 1 < rest.length) parts.push("{name}");
    break;
  }
  return ["/repos/{owner}/{repo}", ...parts].join("/");
}

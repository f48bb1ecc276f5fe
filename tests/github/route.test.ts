import { expect, test } from "@jest/globals";
import { routeOf } from "../../src/github/route.ts";

test.each([
  ["https://api.github.com", "/repos/acme/docs", "/repos/{owner}/{repo}"],
  ["https://api.github.com", "/repos/acme/docs/pulls/7/merge", "/repos/{owner}/{repo}/pulls/{number}/merge"],
  ["https://api.github.com", "/repos/acme/docs/git/refs/heads/instant/faq-1/pulls", "/repos/{owner}/{repo}/git/refs/heads/{name}"],
  ["https://api.github.com", "/repos/acme/docs/git/commits/0123456789012345678901234567890123456789", "/repos/{owner}/{repo}/git/commits/{sha}"],
  ["https://api.github.com", "/repos/acme/docs/compare/main...instant/faq-1", "/repos/{owner}/{repo}/compare/{name}"],
  ["https://api.github.com", "/repos/acme/docs/collaborators/ada/permission", "/repos/{owner}/{repo}/collaborators/{name}/permission"],
  ["https://api.github.com", "/repos/acme/docs/actions/workflows/deploy.yml/dispatches", "/repos/{owner}/{repo}/actions/workflows/{name}/dispatches"],
  ["https://api.github.com", "/repos/acme/docs/contents/", "/repos/{owner}/{repo}/contents/{name}"],
  ["https://api.github.com", "/graphql", "/graphql"],
  ["https://ghes.example/git/api/v3", "/git/api/v3/repos/acme/docs/issues/7/labels", "/repos/{owner}/{repo}/issues/{number}/labels"],
  ["https://ghes.example/api/v3", "/api/graphql", "/graphql"],
  ["https://api.github.com", "/repositories/9/pulls", "/repositories/{name}"],
  ["https://api.github.com", "/", "/"],
])("of %s: %s is %s", (apiUrl, path, route) => {
  expect(routeOf(new URL(path, apiUrl), apiUrl)).toBe(route);
});

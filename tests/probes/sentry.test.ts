import { describe, expect, test } from "@jest/globals";
import type { SentrySpec } from "../../src/probes/port.ts";
import { sentryProbe } from "../../src/probes/sentry.ts";
import { http, json } from "./hostile.ts";

const SINCE = Date.parse("2026-11-20T10:00:00Z");
const occasion = { timeoutMs: 2_000, signal: new AbortController().signal, since: SINCE };
const issue = (firstSeen: string, title = "TypeError: x is undefined") => ({ id: "7", title, firstSeen });

/** As much of Sentry's API as is asked: one project `web` (number 42), one release `abc`, and the issues it is given. */
async function sentry(issues: unknown, more: { readonly status?: number } = {}) {
  const asked: string[] = [];
  const server = await http((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://x");
    asked.push(decodeURIComponent(request.url ?? "").replaceAll("+", " "));
    const refuse = (status: number) => json(status, { detail: "no" })(request, response);
    if (request.headers.authorization !== "Bearer sntry") return refuse(401);
    if (pathname === "/api/0/projects/acme/web/") return json(200, { id: "42", slug: "web" })(request, response);
    if (pathname === "/api/0/organizations/acme/releases/abc/") return json(200, { version: "abc" })(request, response);
    if (pathname !== "/api/0/organizations/acme/issues/") return refuse(404);
    // What Sentry does with an environment that it does not know.
    if (!["production", null].includes(searchParams.get("environment"))) return refuse(404);
    return json(more.status ?? 200, searchParams.get("project") === "42" ? issues : [])(request, response);
  });
  const measure = (given: Partial<SentrySpec> = {}) => probe(given).measure(occasion);
  const probe = (given: Partial<SentrySpec>) => sentryProbe({ kind: "sentry", name: "s", url: server.url, token: "sntry", organization: "acme", project: "web", environment: "production", release: "", tolerated: 0, ...given });
  return { measure, probe, asked, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test("an issue counts from when it was first seen", async () => {
  await using old = await sentry([issue("2026-11-20T09:59:59Z"), issue("2025-01-01T00:00:00Z")]);
  expect(await old.measure()).toMatchObject({ outcome: "success", detail: "no new issues since the deployment began" });
  await using fresh = await sentry([issue("2026-11-20T10:00:01.5Z", "Boom"), issue("2026-11-20T09:00:00Z")]);
  expect(await fresh.measure()).toMatchObject({ outcome: "failure", detail: "1 new issue since the deployment began: Boom" });
  expect(await fresh.measure({ tolerated: 1 })).toMatchObject({ outcome: "success" });
});

test("it asks for the newest of the environment and release, and for the project only once", async () => {
  await using server = await sentry([]);
  const probe = server.probe({ release: "abc" });
  expect(await probe.measure(occasion)).toMatchObject({ outcome: "success" });
  expect(await probe.measure(occasion)).toMatchObject({ outcome: "success" });
  const issues = '/api/0/organizations/acme/issues/?project=42&sort=new&limit=50&query=is:unresolved release:"abc"&environment=production';
  expect(server.asked.toSorted()).toEqual([issues, issues, "/api/0/organizations/acme/releases/abc/", "/api/0/projects/acme/web/"].toSorted());
});

test("more than a page are so many", async () => {
  await using server = await sentry(Array.from({ length: 50 }, () => issue("2026-11-20T10:01:00Z")));
  expect((await server.measure()).detail).toMatch(/^50 or more new issues/);
});

describe("is an error to measure, though the list would be empty", () => {
  test.each<[string, Partial<SentrySpec>, RegExp]>([
    ["a project that Sentry does not know", { project: "wbe" }, /404 to the project wbe/],
    ["a release that Sentry does not know", { release: "abd" }, /404 to the release abd/],
    ["an environment that Sentry does not know", { environment: "prod" }, /404 to the issues/],
    ["a wrong token", { token: "guess" }, /401 to the project web: it does not know the token/],
    ["nobody there", { url: "http://127.0.0.1:1" }, /could not be asked/],
  ])("%s", async (_, given, detail) => {
    await using server = await sentry([]);
    expect(await server.measure(given)).toMatchObject({ outcome: "error", detail: expect.stringMatching(detail) });
  });

  test.each<[string, unknown, number]>([["no list", { detail: "x" }, 200], ["an issue without a time", [{ title: "x" }], 200], ["asked too often", [], 429], ["broken", [], 500]])("%s", async (_, issues, status) => {
    await using server = await sentry(issues, { status });
    expect(await server.measure()).toMatchObject({ outcome: "error" });
  });
});

test("a project that could not be asked for is asked for again", async () => {
  let down = true;
  await using server = await http((request, response) => {
    if (down) json(503, {})(request, response);
    else json(200, request.url?.includes("/projects/") ? { id: "42" } : [])(request, response);
  });
  const probe = sentryProbe({ kind: "sentry", name: "s", url: server.url, token: "t", organization: "acme", project: "web", environment: "", release: "", tolerated: 0 });
  expect(await probe.measure(occasion)).toMatchObject({ outcome: "error" });
  down = false;
  expect(await probe.measure(occasion)).toMatchObject({ outcome: "success" });
});

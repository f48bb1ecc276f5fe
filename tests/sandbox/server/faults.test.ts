import { afterEach, beforeEach, expect, test } from "@jest/globals";

import { startSandbox } from "../../../src/sandbox/sandbox.ts";
import type { Sandbox } from "../../../src/sandbox/sandbox.ts";
import { all, clientOf } from "./support.ts";
import type { Client } from "./support.ts";

let sandbox: Sandbox;
let app: Client;
const repo = "/repos/acme/docs";

beforeEach(async () => {
  sandbox = await startSandbox({ limits: { primary: { person: 3 }, secondary: { perMinute: 5, perHour: 50 } } });
  await sandbox.createRepository({ owner: "acme", name: "docs", from: { "docs/FAQ.md": "# FAQ\n" }, roles: { ann: "write" } });
  app = clientOf(sandbox, sandbox.tokens.app("instant", all));
});

afterEach(async () => {
  await sandbox.close();
});

const issue = (client = app) => client.rest("POST", `${repo}/issues`, { title: "x" });

test("an error before the effect does nothing; one after it has done everything", async () => {
  const post = { method: "POST", path: "/repos/{owner}/{repo}/issues" };
  sandbox.faults.add({ match: post, effect: { type: "error", when: "before", status: 503 }, times: 1 });
  expect((await issue()).status).toBe(503);
  expect((await app.rest("GET", `${repo}/issues`)).body).toHaveLength(0);
  sandbox.faults.add({ match: post, effect: { type: "error", when: "after", status: 502 }, times: 1 });
  expect((await issue()).status).toBe(502);
  expect((await app.rest("GET", `${repo}/issues`)).body).toHaveLength(1);
});

test("a connection breaks before or after the effect", async () => {
  sandbox.faults.add({ match: { method: "POST" }, effect: { type: "drop", when: "before" }, times: 1 });
  await expect(issue()).rejects.toThrow();
  sandbox.faults.add({ match: { method: "POST" }, effect: { type: "drop", when: "after" }, times: 1 });
  await expect(issue()).rejects.toThrow();
  expect((await app.rest("GET", `${repo}/issues`)).body).toHaveLength(1);
});

test("a fault finds a GraphQL call by operation or by field, skips and counts", async () => {
  const query = 'query Facts { repository(owner: "acme", name: "docs") { id } }';
  const fault = { match: { graphql: "Facts" }, effect: { type: "error", when: "before" }, skip: 1, times: 1 } as const;
  sandbox.faults.add(fault);
  expect((await app.graphql(query)).data).toBeDefined();
  expect(sandbox.faults.struck(fault)).toBe(0);
  expect((await app.graphql(query)).message).toBe("Server Error");
  expect((await app.graphql(query)).data).toBeDefined();
  expect(sandbox.faults.struck(fault)).toBe(1);
  const disarm = sandbox.faults.add({ match: { graphql: "repository" }, effect: { type: "answer", status: 200, body: { data: null } } });
  expect((await app.graphql(query)).data).toBeNull();
  disarm();
  expect((await app.graphql(query)).data.repository.id).toMatch(/^R_/);
});

test("limits on demand tell when to come back", async () => {
  sandbox.faults.add({ effect: { type: "secondary-limit", status: 429, retryAfterSeconds: 7 }, times: 1 });
  const secondary = await issue();
  expect([secondary.status, secondary.headers.get("retry-after"), secondary.body.message]).toEqual([429, "7", expect.stringContaining("secondary rate limit")]);
  sandbox.faults.add({ effect: { type: "primary-limit", resetSeconds: 30 }, times: 1 });
  const primary = await issue();
  expect([primary.status, primary.headers.get("x-ratelimit-remaining")]).toEqual([403, "0"]);
  sandbox.faults.add({ effect: { type: "primary-limit" }, times: 1 });
  expect((await app.graphql("{ viewer { login } }")).errors[0].type).toBe("RATE_LIMITED");
  expect(Number(primary.headers.get("x-ratelimit-reset")) - Date.now() / 1000).toBeGreaterThan(25);
});

test("the real limits count: a budget by token, and content by the minute", async () => {
  const ann = clientOf(sandbox, sandbox.tokens.user("ann"));
  const left = [];
  for (let turn = 0; turn < 4; turn += 1) left.push((await ann.rest("GET", repo)).headers.get("x-ratelimit-remaining"));
  expect(left).toEqual(["2", "1", "0", "0"]);
  expect((await ann.rest("GET", repo)).status).toBe(403);
  expect((await ann.rest("GET", "/rate_limit")).body.rate).toMatchObject({ limit: 3, remaining: 0 });
  const statuses = [];
  for (let turn = 0; turn < 6; turn += 1) statuses.push((await issue()).status);
  expect(statuses).toEqual([201, 201, 201, 201, 201, 403]);
});

test("latency is fixed or sampled from a seed", async () => {
  sandbox.faults.add({ match: { method: "GET" }, effect: { type: "latency", delay: 60 } });
  const began = performance.now();
  await app.rest("GET", repo);
  expect(performance.now() - began).toBeGreaterThan(55);
  sandbox.faults.clear();
  const delays = (seed: number): number[] => {
    sandbox.faults.seed(seed);
    return Array.from({ length: 2_000 }, () => sandbox.faults.delay([{ type: "latency", delay: { medianMs: 120, p95Ms: 300 } }]));
  };
  const first = delays(7).sort((a, b) => a - b);
  expect(first).toEqual(delays(7).sort((a, b) => a - b));
  expect(Math.abs((first[1_000] ?? 0) - 120)).toBeLessThan(12);
  expect(Math.abs((first[1_900] ?? 0) - 300)).toBeLessThan(45);
});

test("quirks: mergeable is not known at once, and the base moves under a merge", async () => {
  Object.assign(sandbox.quirks, { mergeableUnknownReads: 2, baseModifiedMerges: 1 });
  const sha = (await app.rest("GET", `${repo}/git/ref/heads/main`)).body.object.sha;
  await app.rest("POST", `${repo}/git/refs`, { ref: "refs/heads/b", sha });
  await app.rest("PUT", `${repo}/contents/new.md`, { message: "m", content: "aGk=", branch: "b" });
  const made = await app.rest("POST", `${repo}/pulls`, { title: "b", head: "b", base: "main" });
  const path = `${repo}/pulls/${made.body.number}`;
  const seen = [made.body.mergeable, (await app.rest("GET", path)).body.mergeable, (await app.rest("GET", path)).body.mergeable];
  expect(seen).toEqual([null, null, true]);
  expect((await app.rest("PUT", `${path}/merge`, {})).body.message).toBe("Base branch was modified. Review and try the merge again.");
});

test("every request is logged with who asked, and counted by agent", async () => {
  await app.rest("GET", repo);
  await app.graphql("query Who { viewer { login } }");
  expect(sandbox.requests.list({ kind: "graphql" })).toMatchObject([{ operation: "Who", fields: ["viewer"], tokenKind: "app", login: "instant[bot]", status: 200 }]);
  expect(sandbox.requests.list({ kind: "rest" })).toMatchObject([{ template: "/repos/{owner}/{repo}", method: "GET", userAgent: "tests" }]);
  expect(sandbox.requests.countByUserAgent().get("tests")).toBe(2);
});

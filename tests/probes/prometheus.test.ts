import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { program } from "../../src/cli/programs.ts";
import { type Server, startPrometheus } from "../../src/cli/servers.ts";
import { prometheusProbe, prometheusTraffic } from "../../src/probes/prometheus.ts";
import type { PrometheusSpec, TrafficSpec } from "../../src/probes/port.ts";
import { type Hostile, http, json } from "./hostile.ts";

const found = program("prometheus");
const occasion = { timeoutMs: 2_000, signal: new AbortController().signal, since: 0 };
const probeOf = (url: string, query: string, more: Partial<PrometheusSpec> = {}) => prometheusProbe({ kind: "prometheus", name: "p", url, headers: {}, query, pass: "< 5", fail: "", ...more }).measure(occasion);
const trafficOf = (url: string, errors: string, requests: string, more: Partial<TrafficSpec> = {}) => prometheusTraffic({ name: "t", url, headers: {}, windowSeconds: 1, target: { errors, requests }, control: null, ...more });

const withPrometheus = "path" in found ? describe : describe.skip;
const why = "missing" in found ? `: ${found.missing}` : "";

withPrometheus(`a real Prometheus${why}`, () => {
  let exporter: Hostile;
  let server: Server;
  let scrapes = 0;

  beforeAll(async () => {
    exporter = await http((_, response) => {
      scrapes += 1;
      // A hundred requests and one error with each scrape.
      response.end(`depth{queue="a"} 3\ndepth{queue="b"} 4\nnothing NaN\nrequests_total ${100 * scrapes}\nerrors_total ${scrapes}\n`);
    });
    server = await startPrometheus("path" in found ? found.path : "", { target: `${exporter.url}/metrics`, intervalMs: 100 });
    const deadline = Date.now() + 10_000;
    while (scrapes < 15 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  });
  afterAll(async () => {
    await server.close();
    await exporter[Symbol.asyncDispose]();
  });

  test.each<[string, string, string, RegExp]>([
    ["one number that passes", 'depth{queue="a"}', "success", /^it is 3, < 5$/],
    ["one that does not", "sum(depth)", "failure", /^it is 7, not < 5$/],
    ["a scalar", "scalar(sum(depth)) / 2", "success", /^it is 3.5/],
    ["no series", "no_such_series", "error", /no series.*or vector\(0\)/],
    ["no series, told to mean zero", "no_such_series or vector(0)", "success", /^it is 0/],
    ["several series", "depth", "error", /answers 2 series/],
    ["not a number", "nothing", "error", /answers NaN/],
    ["a division by zero", "sum(depth) / 0", "error", /answers \+Inf/],
    ["a matrix", "depth[1m]", "error", /answers a matrix/],
    ["a query that is none", "sum(", "error", /answered 400 .*parse error/],
  ])("answers %s", async (_, query, outcome, detail) => {
    expect(await probeOf(server.url, query)).toMatchObject({ outcome, detail: expect.stringMatching(detail) });
  });

  test("is inconclusive between passing and failing", async () => {
    expect(await probeOf(server.url, "sum(depth)", { fail: "> 10" })).toMatchObject({ outcome: "inconclusive", detail: "it is 7: neither < 5 nor > 10" });
    expect(await probeOf(server.url, "sum(depth) * 2", { fail: "> 10" })).toMatchObject({ outcome: "failure", detail: "it is 14, > 10" });
  });

  test("counts windows, the one now and one in the past", async () => {
    const traffic = trafficOf(server.url, "sum(increase(errors_total[${window}]))", "sum(increase(requests_total[${window}]))");
    const now = await traffic.count("target", Date.now(), occasion);
    if (now.kind !== "counted") throw new Error(now.detail);
    // Ten scrapes a second, as far as the machine is quick enough.
    expect(now.requests).toBeGreaterThan(300);
    expect(now.requests).toBeLessThan(2_500);
    expect(Math.abs(now.errors * 100 - now.requests)).toBeLessThan(200);
    expect(await traffic.count("target", Date.now() - 3_600_000, occasion)).toMatchObject({ kind: "empty" });
    expect(await traffic.count("control", Date.now(), occasion)).toMatchObject({ kind: "empty" });
  });

  test("does not count what does not belong together, nor what is not there", async () => {
    expect(await trafficOf(server.url, "vector(9)", "vector(3)").count("target", Date.now(), occasion)).toMatchObject({ kind: "unread", detail: expect.stringContaining("9 errors of 3 requests") });
    expect(await trafficOf(server.url, "vector(0)", "vector(0)").count("target", Date.now(), occasion)).toMatchObject({ kind: "empty", detail: "there was no request" });
    expect(await trafficOf(server.url, "no_such_series", "vector(3)").count("target", Date.now(), occasion)).toMatchObject({ kind: "empty", detail: expect.stringMatching(/^errors: .*no series/) });
    expect(await trafficOf(server.url, "nothing", "vector(3)").count("target", Date.now(), occasion)).toMatchObject({ kind: "unread", detail: expect.stringContaining("NaN") });
  });
});

describe("a Prometheus that is sick says nothing of the service", () => {
  test.each<[string, Parameters<typeof http>[0]]>([
    ["an error page", (_, response) => response.writeHead(502, { "content-type": "text/html" }).end("<html>Bad gateway")],
    ["a login page", (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>Sign in")],
    ["a redirect", (_, response) => response.writeHead(302, { location: "/login" }).end()],
    ["an error of its own", json(503, { status: "error", errorType: "timeout", error: "query timed out" })],
    ["success without a result", json(200, { status: "success" })],
    ["half an answer", (_, response) => response.writeHead(200, { "content-length": "100" }).end('{"status":"succ')],
    ["an empty text for a number", json(200, { status: "success", data: { resultType: "scalar", result: [1, ""] } })],
  ])("%s", async (_, answer) => {
    await using server = await http(answer);
    expect(await probeOf(server.url, "x")).toMatchObject({ outcome: "error" });
    expect(await trafficOf(server.url, "x", "y").count("target", Date.now(), occasion)).toMatchObject({ kind: "unread" });
  });

  test("nobody there", async () => {
    expect(await probeOf("http://127.0.0.1:1", "x")).toMatchObject({ outcome: "error", detail: expect.stringMatching(/^Prometheus could not be asked: connection refused/) });
  });

  test("headers are sent, and a path before the API is kept", async () => {
    let seen = "";
    await using server = await http((request, response) => {
      seen = `${request.headers.authorization} ${request.url?.split("?")[0]}`;
      json(200, { status: "success", data: { resultType: "scalar", result: [1, "2"] } })(request, response);
    });
    expect(await probeOf(`${server.url}/prom/`, "x", { headers: { authorization: "Bearer t" } })).toMatchObject({ outcome: "success" });
    expect(seen).toBe("Bearer t /prom/api/v1/query");
  });
});

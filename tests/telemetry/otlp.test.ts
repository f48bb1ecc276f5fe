import { afterEach, describe, expect, test } from "@jest/globals";
import { createServer, request as plainRequest } from "node:http";
import type { AddressInfo } from "node:net";
import type { RunContext } from "../../src/kit/context.ts";
import { failure } from "../../src/kit/errors.ts";
import { createFetch } from "../../src/net/fetch.ts";
import { tracedFetch } from "../../src/telemetry/http.ts";
import { rootSpanId } from "../../src/telemetry/ids.ts";
import { noTelemetry, stageSpan, type Telemetry } from "../../src/telemetry/port.ts";
import { otlpHeaders, otlpUrl } from "../../src/telemetry/settings.ts";
import { BAD_SERVERS, closedPort, decodeOtlp, eventsOf, type Listener, listen, open, recordingLog, SAMPLED, spansOf, timed, UNSAMPLED } from "./support.ts";

const HEX = UNSAMPLED.replaceAll("-", "");
const ROOT = rootSpanId(HEX);
const INTERNAL = 1;
const SERVER = 2;
const CLIENT = 3;
const ERROR = 2;
const listeners: { close(): Promise<void> }[] = [];

const context: RunContext = {
  owner: "acme", repo: "docs", eventName: "push", event: {}, sha: "a".repeat(40), ref: "refs/heads/main", actor: "me", runId: "991", runAttempt: 2, workflow: "INSTANT", job: "gate",
  runUrl: "https://github.com/acme/docs/actions/runs/991", serverUrl: "https://github.com", apiUrl: "https://api.github.com", graphqlUrl: "https://api.github.com/graphql", workspace: "/w", temp: "/t",
};

afterEach(async () => {
  await Promise.all(listeners.splice(0).map((one) => one.close()));
});

const kept = (server: Listener) => (listeners.push(server), server);

async function collector(answer?: Parameters<typeof listen>[0], change: Partial<Parameters<typeof open>[0]> = {}) {
  const server = kept(await listen(answer));
  const log = recordingLog();
  return { server, log, telemetry: await open({ otlpEndpoint: `http://127.0.0.1:${server.port}`, log, ...change }) };
}

describe("a trace", () => {
  test("has a span for the stage and for each call, as the conventions name them", async () => {
    const { server, log, telemetry } = await collector(undefined, { otlpHeaders: "api-key=s3cr3t%2Cwith comma , x-team = docs" });
    const api = kept(await listen((response) => void response.writeHead(503).end()));
    const fetch = tracedFetch(telemetry, createFetch({}), { template: (url) => (url.pathname.startsWith("/repos/") ? "/repos/{owner}/{repo}" : undefined) });
    telemetry.task({ traceId: UNSAMPLED });
    const began = Date.now();
    await stageSpan(telemetry, "fast-ci", context, async (span) => {
      span.set({ "instant.checks": 5, "instant.dry_run": false, nothing: null, unknown: undefined, none: Number.NaN });
      await fetch(`http://127.0.0.1:${api.port}/repos/acme/docs?access_token=hidden-1`);
      await fetch(`http://127.0.0.1:${api.port}/bot123456:hidden-2/sendMessage`, { method: "POST", body: "hidden-3" });
    });
    await telemetry.flush();

    expect(log.warnings()).toEqual([]);
    expect(server.heard).toHaveLength(1);
    const [heard] = server.heard;
    expect(heard!.url.pathname).toBe("/v1/traces");
    expect(heard!.headers).toMatchObject({ "content-type": "application/json", "api-key": "s3cr3t,with comma", "x-team": "docs" });
    expect(heard!.body.toString()).not.toContain("hidden");
    const [stage, get, post, ...rest] = decodeOtlp(heard!.body);
    expect(rest).toEqual([]);
    expect(stage).toMatchObject({
      traceId: HEX, parentSpanId: ROOT, name: "RUN fast-ci", kind: INTERNAL, status: { code: 0 },
      resource: { "service.name": "instant", "service.version": "abc1234", "service.instance.id": "runner-7", "deployment.environment.name": "production" },
      attributes: {
        "cicd.pipeline.name": "INSTANT", "cicd.pipeline.run.id": "991", "cicd.pipeline.run.url.full": context.runUrl, "cicd.pipeline.task.name": "fast-ci", "cicd.pipeline.task.run.id": "991-2-gate",
        "cicd.pipeline.task.run.url.full": context.runUrl, "cicd.pipeline.task.run.result": "success", "vcs.repository.url.full": "https://github.com/acme/docs", "instant.checks": 5, "instant.dry_run": false,
      },
    });
    expect(Object.keys(stage!.attributes)).not.toEqual(expect.arrayContaining(["nothing"]));
    expect(stage!.startNano).toBeGreaterThanOrEqual(BigInt(began) * 1_000_000n);
    expect(stage!.endNano).toBeLessThanOrEqual(BigInt(Date.now()) * 1_000_000n);
    expect(get).toMatchObject({
      parentSpanId: stage!.spanId, name: "GET /repos/{owner}/{repo}", kind: CLIENT, status: { code: ERROR },
      attributes: { "http.request.method": "GET", "server.address": "127.0.0.1", "server.port": api.port, "url.scheme": "http", "url.template": "/repos/{owner}/{repo}", "http.response.status_code": 503, "error.type": "503" },
    });
    expect(post).toMatchObject({ parentSpanId: stage!.spanId, name: "POST", kind: CLIENT });
  });

  test("is one across jobs that know nothing of each other but the trace id; the one that ends the task sends the root", async () => {
    const { server, telemetry: first } = await collector();
    const second = await open({ otlpEndpoint: `http://127.0.0.1:${server.port}/v1/traces`, log: recordingLog(), workerInstance: "runner-8" });
    await first.span("RUN faq-generate", {}, async () => first.task({ traceId: UNSAMPLED }));
    await first.flush();
    await second.span("RUN auto-merge-gate", {}, async () => {});
    second.taskEnded({ traceId: UNSAMPLED, success: true, taskStatus: "done", tteMs: 90_000, prUrl: "https://github.com/acme/docs/pull/7" });
    await second.flush();
    const spans = spansOf(server.heard);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([HEX]));
    expect(spans.map(({ name, parentSpanId }) => [name, parentSpanId])).toEqual([["RUN faq-generate", ROOT], ["RUN instant", ""], ["RUN auto-merge-gate", ROOT]]);
    const root = spans.find(({ spanId }) => spanId === ROOT)!;
    expect(root).toMatchObject({ kind: SERVER, status: { code: 0 }, attributes: { "cicd.pipeline.result": "success", "instant.task.id": UNSAMPLED, "instant.task.tte_ms": 90_000 } });
    expect(root.endNano - root.startNano).toBe(90_000_000_000n);
    expect(new Set(spans.map(({ resource }) => resource["service.instance.id"]))).toEqual(new Set(["runner-7", "runner-8"]));
  });

  test("of a job without a task is its own, the same for all of its flushes", async () => {
    const { server, telemetry } = await collector();
    await telemetry.span("one", {}, async () => {});
    await telemetry.flush();
    telemetry.task({ traceId: "no uuid\r\n" });
    await telemetry.span("two", {}, async () => {});
    await telemetry.flush();
    await telemetry.flush();
    const [one, two] = spansOf(server.heard);
    expect(server.heard).toHaveLength(2);
    expect(two!.traceId).toBe(one!.traceId);
    expect(one!.parentSpanId).toBe(rootSpanId(one!.traceId));
  });

  test("tells how work ended: thrown, marked or cancelled, and hands on what it did", async () => {
    const { server, telemetry } = await collector();
    const thrown = failure("service", { what: "GitHub is down", fix: "Wait." });
    await expect(telemetry.span("throws", { "cicd.pipeline.task.name": "a" }, () => Promise.reject(thrown))).rejects.toBe(thrown);
    await expect(telemetry.span("throws at once", {}, () => { throw new RangeError("é你😀"); })).rejects.toThrow("é你😀");
    await telemetry.span("red", { "cicd.pipeline.task.name": "b" }, async (span) => span.fail("check_failed", "2 links are dead"));
    const stop = Promise.withResolvers<void>();
    const open = telemetry.span("still runs", { "cicd.pipeline.task.name": "c" }, () => stop.promise);
    await telemetry.flush({ interrupted: true });
    stop.resolve();
    await open;
    await telemetry.flush();
    expect(spansOf(server.heard).map(({ name, status, attributes }) => [name, status.code, status.message, attributes["error.type"], attributes["cicd.pipeline.task.run.result"]])).toEqual([
      ["throws", ERROR, "GitHub is down", "InstantError.service", "error"],
      ["throws at once", ERROR, "é你😀", "RangeError", undefined],
      ["red", ERROR, "2 links are dead", "check_failed", "failure"],
      ["still runs", ERROR, "The job was ended from outside.", "cancelled", "cancellation"],
    ]);
  });

  test("of 200 things at once keeps every child with its parent", async () => {
    const { server, log, telemetry } = await collector();
    await telemetry.span("all", {}, async () => {
      await Promise.all(Array.from({ length: 100 }, (_, at) => telemetry.span(`parent ${at}`, {}, async () => {
        await new Promise((resolve) => setTimeout(resolve, at % 7));
        await telemetry.span(`child ${at}`, {}, () => new Promise<void>((resolve) => { setImmediate(resolve); }));
      })));
    });
    await telemetry.flush();
    const spans = spansOf(server.heard);
    expect(spans).toHaveLength(201);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(201);
    const byName = new Map(spans.map((span) => [span.name, span]));
    for (let at = 0; at < 100; at += 1) {
      expect(byName.get(`child ${at}`)!.parentSpanId).toBe(byName.get(`parent ${at}`)!.spanId);
      expect(byName.get(`parent ${at}`)!.parentSpanId).toBe(byName.get("all")!.spanId);
    }
    expect(log.warnings()).toEqual([]);
  });

  test("of more than is kept says so, and the work is done all the same", async () => {
    const { server, log, telemetry } = await collector();
    let done = 0;
    const large = Object.fromEntries(Array.from({ length: 500 }, (_, name) => [`a${name}`, "é".repeat(9_000)]));
    for (let at = 0; at < 2_100; at += 1) await telemetry.span(at === 0 ? "x".repeat(5_000) : "y", at === 0 ? large : { a0: "é" }, async () => void (done += 1));
    await telemetry.flush();
    expect(done).toBe(2_100);
    const spans = spansOf(server.heard);
    expect(spans).toHaveLength(2_000);
    expect(spans[0]!.name).toHaveLength(200);
    expect(Object.keys(spans[0]!.attributes)).toHaveLength(64);
    expect(String(spans[0]!.attributes["a0"])).toHaveLength(1_024);
    expect(log.warnings()).toEqual([expect.stringMatching(/^100 spans or errors/)]);
  });
});

describe("a collector that does not help costs one warning and at most 2 s", () => {
  test.each(BAD_SERVERS)("it %s", async (_name, answer, says) => {
    const { log, telemetry } = await collector(answer, { otlpHeaders: "authorization=Bearer%20very-secret-token-1" });
    expect(await telemetry.span("RUN fast-ci", {}, async () => "done")).toBe("done");
    expect(await timed(() => telemetry.flush())).toBeLessThan(2_800);
    await telemetry.span("RUN again", {}, async () => {});
    expect(await timed(() => telemetry.flush())).toBeLessThan(200);
    expect(log.warnings()).toEqual([expect.stringMatching(says)]);
    expect(log.warnings()[0]).toMatch(/^OpenTelemetry was not told of this job: /);
    expect(log.warnings()[0]).not.toContain("very-secret");
  });

  test("nothing listens", async () => {
    const log = recordingLog();
    const telemetry = await open({ otlpEndpoint: `http://127.0.0.1:${await closedPort()}`, log });
    await telemetry.span("x", {}, async () => {});
    expect(await timed(() => telemetry.flush())).toBeLessThan(2_800);
    expect(log.warnings()).toHaveLength(1);
  });

  test("one that is late once is told at the second try", async () => {
    let asked = 0;
    const { server, log, telemetry } = await collector((response) => void ((asked += 1) === 1 ? response.writeHead(429, { "retry-after": "1" }).end() : response.writeHead(200).end("{}")));
    await telemetry.span("x", {}, async () => {});
    await telemetry.flush();
    expect(server.heard).toHaveLength(2);
    expect(log.warnings()).toEqual([]);
  });

  test("what a person wrote wrongly is one warning for all of it, and shows no value", async () => {
    const log = recordingLog();
    const one: Telemetry = await open({ otlpEndpoint: "collector:4318", log });
    const two = await open({ otlpEndpoint: "http://127.0.0.1:1", otlpHeaders: "ok=1,s3cr3t,bad name=s3cr3t,x=%E0%A4%A,y=a%0D%0Ab", log });
    expect([one, two]).toEqual([noTelemetry, noTelemetry]);
    expect(log.warnings()).toEqual([expect.stringMatching(/^OpenTelemetry is left out: The endpoint is no address/), expect.stringMatching(/pair 2, 3, 4, 5 of 5/)]);
    expect(log.warnings().join()).not.toContain("s3cr3t");
  });
});

test.each([
  ["http://c:4318", "http://c:4318/v1/traces"], ["http://c:4318/", "http://c:4318/v1/traces"], [" https://c/otlp ", "https://c/otlp/v1/traces"], ["https://c/otlp//", "https://c/otlp/v1/traces"],
  ["https://c/v1/traces", "https://c/v1/traces"], ["https://c/x/v1/traces/?key=1#x", "https://c/x/v1/traces/?key=1"], ["https://c/x?key=1", "https://c/x/v1/traces?key=1"],
])("the endpoint %s means %s", (given, meant) => expect(otlpUrl(given).href).toBe(meant));

test("headers are read as the specification has them", () => {
  expect(otlpHeaders("")).toEqual({});
  expect(otlpHeaders("a=b,,C = d=e ,f=%C3%A9")).toEqual({ a: "b", c: "d=e", f: "é" });
});

test("both places get the same trace and span ids; one that fails does not keep the other from it", async () => {
  const sentry = kept(await listen());
  const { server, log, telemetry } = await collector(undefined, { sentryDsn: `http://abc@127.0.0.1:${sentry.port}/1` });
  telemetry.task({ traceId: SAMPLED });
  await telemetry.span("RUN fast-ci", {}, async () => telemetry.failure(new Error("x")));
  await telemetry.flush();
  const [span] = spansOf(server.heard);
  expect(eventsOf(sentry.heard, "transaction")[0]!["contexts"].trace).toMatchObject({ trace_id: span!.traceId, span_id: span!.spanId });
  expect(eventsOf(sentry.heard, "event")[0]!["contexts"].trace).toMatchObject({ trace_id: span!.traceId, span_id: span!.spanId });
  await sentry.close();
  await telemetry.span("RUN again", {}, async () => {});
  await telemetry.flush();
  expect(spansOf(server.heard)).toHaveLength(2);
  expect(log.warnings()).toEqual([expect.stringMatching(/^Sentry was not told/)]);
});

test("a proxy of the environment is gone through, with its password", async () => {
  const { server } = await collector();
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"]}`);
    const onward = plainRequest({ host: "127.0.0.1", port: server.port, path: new URL(request.url ?? "").pathname, method: "POST", headers: request.headers }, (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 0)));
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  listeners.push({ close: () => new Promise((resolve) => { proxy.close(() => resolve()); proxy.closeAllConnections(); }) });
  const log = recordingLog();
  const env = { http_proxy: `http://user:pa%40ss@127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  const telemetry = await open({ otlpEndpoint: "http://collector.example:4318", log, env });
  await telemetry.span("x", {}, async () => {});
  await telemetry.flush();
  expect(log.warnings()).toEqual([]);
  expect(asked).toEqual([`POST http://collector.example:4318/v1/traces Basic ${Buffer.from("user:pa@ss").toString("base64")}`]);
  expect(spansOf(server.heard)).toHaveLength(1);
});

import { afterEach, describe, expect, test } from "@jest/globals";
import { failure as instantFailure } from "../../src/kit/errors.ts";
import { rootSpanId, sampled } from "../../src/telemetry/ids.ts";
import type { Telemetry } from "../../src/telemetry/port.ts";
import { BAD_SERVERS, closedPort, eventsOf, type Listener, listen, open, parseEnvelope, realClock, recordingLog, SAMPLED, timed, UNSAMPLED } from "./support.ts";

const KEY = "0123456789abcdef0123456789abcdef";
const dsnOf = (port: number) => `http://${KEY}@127.0.0.1:${port}/42`;
const listeners: Listener[] = [];

afterEach(async () => {
  await Promise.all(listeners.splice(0).map((one) => one.close()));
});

async function sentry(answer?: Parameters<typeof listen>[0], change: Partial<Parameters<typeof open>[0]> = {}) {
  const server = await listen(answer);
  listeners.push(server);
  const log = recordingLog();
  return { server, log, telemetry: await open({ sentryDsn: dsnOf(server.port), log, ...change }) };
}

const thrower = async (telemetry: Telemetry, error: unknown) => {
  await telemetry.span("RUN fast-ci", { "cicd.pipeline.task.name": "fast-ci" }, async () => {
    telemetry.failure(error, { errorType: "redis", tags: { store: "redis" } });
  });
};

describe("an error", () => {
  test("is one envelope with the tags, context and breadcrumbs of the contract", async () => {
    const { server, log, telemetry } = await sentry();
    const before = Date.now();
    telemetry.breadcrumb("task", "taken from the queue", { attempt: 2 });
    telemetry.breadcrumb("redis", "SET NX", { ms: 3 });
    telemetry.task({ traceId: UNSAMPLED, taskType: "faq", taskStatus: "running" });
    await thrower(telemetry, new TypeError("redis said no", { cause: new Error("ECONNRESET") }));
    telemetry.breadcrumb("orchestrator", "after the error");
    telemetry.taskEnded({ taskStatus: "error", tteMs: 81_000, success: false, errorType: "redis", prUrl: "https://github.com/acme/docs/pull/7" });
    await telemetry.flush();

    expect(log.warnings()).toEqual([]);
    expect(server.heard).toHaveLength(1);
    const [heard] = server.heard;
    expect(heard).toMatchObject({ method: "POST" });
    expect(heard!.url.pathname).toBe("/api/42/envelope/");
    expect(Object.fromEntries(heard!.url.searchParams)).toMatchObject({ sentry_key: KEY, sentry_version: "7" });
    expect(heard!.headers["content-type"]).toBe("application/x-sentry-envelope");

    const { headers, items } = parseEnvelope(heard!.body);
    const hex = UNSAMPLED.replaceAll("-", "");
    expect(headers).toMatchObject({ event_id: expect.stringMatching(/^[0-9a-f]{32}$/), sent_at: expect.stringMatching(/^\d{4}-.*Z$/), trace: { trace_id: hex, public_key: KEY, environment: "production", release: "abc1234" } });
    expect(items.map((item) => item.headers)).toEqual([{ type: "event" }]);
    const event = items[0]!.payload;
    expect(event).toMatchObject({ event_id: headers["event_id"], level: "error", platform: "node", environment: "production", release: "abc1234", sdk: { name: "sentry.javascript.core", version: expect.any(String) } });
    expect(event["timestamp"]).toBeGreaterThanOrEqual(before / 1000);
    expect(event["timestamp"]).toBeLessThanOrEqual(Date.now() / 1000);
    expect(event["tags"]).toEqual({
      task_id: UNSAMPLED, trace_id: UNSAMPLED, task_type: "faq", task_status: "error", tte_ms: "81000", success: "false", error_type: "redis",
      pr_url: "https://github.com/acme/docs/pull/7", environment: "production", worker_instance: "runner-7", app_version: "abc1234", store: "redis",
    });
    expect(event["contexts"]).toMatchObject({ deployment: { version: "abc1234", instance_id: "runner-7", deployed_at: null }, trace: { trace_id: hex, span_id: expect.stringMatching(/^[0-9a-f]{16}$/) } });
    expect(event["breadcrumbs"].map(({ category, message, data }: { category: string; message: string; data: unknown }) => [category, message, data])).toEqual([
      ["task", "taken from the queue", { attempt: 2 }], ["redis", "SET NX", { ms: 3 }],
    ]);
    // Sentry shows the last as the outermost: the cause comes first.
    expect(event["exception"].values.map(({ type, value }: { type: string; value: string }) => `${type}: ${value}`)).toEqual(["Error: ECONNRESET", "TypeError: redis said no"]);
    const frames = event["exception"].values[1].stacktrace.frames as { filename: string; lineno: number }[];
    expect(frames.some(({ filename, lineno }) => filename.endsWith("sentry.test.ts") && lineno > 0)).toBe(true);
    expect(event).not.toHaveProperty("server_name");
    expect(event).not.toHaveProperty("request");
    expect(event).not.toHaveProperty("user");
  });

  test("told twice is sent once, and a second flush sends only what is new", async () => {
    const { server, telemetry } = await sentry();
    telemetry.task({ traceId: UNSAMPLED });
    const error = new Error("once");
    telemetry.failure(error);
    telemetry.failure(error);
    await telemetry.flush();
    telemetry.failure(error);
    await telemetry.flush();
    telemetry.failure(instantFailure("service", { what: "postgres did not answer", fix: "Look." }));
    await telemetry.flush();
    const events = eventsOf(server.heard, "event");
    expect(events.map(({ exception }) => exception.values[0].value)).toEqual(["once", "postgres did not answer"]);
    expect(events.map(({ tags }) => tags.error_type)).toEqual(["Error", "service"]);
  });

  test("that is no Error does not take along what was thrown", async () => {
    const { server, telemetry } = await sentry();
    telemetry.task({ traceId: UNSAMPLED });
    telemetry.failure({ request: { body: "the body" }, headers: { authorization: "abc" } });
    telemetry.failure("only text");
    const rich = Object.assign(new Error("rich"), { request: { body: "the body" } });
    telemetry.failure(rich);
    await telemetry.flush();
    expect(eventsOf(server.heard, "event").map(({ exception }) => exception.values[0].value)).toEqual(["a object was thrown", "only text", "rich"]);
    expect(Buffer.concat(server.heard.map(({ body }) => body)).toString()).not.toContain("the body");
  });
});

describe("alarms", () => {
  test("a stale heartbeat is an error, a stuck task is fatal, each its own issue", async () => {
    const { server, telemetry } = await sentry();
    telemetry.task({ traceId: UNSAMPLED, deployment: { version: "9f8e7d6", instanceId: "web-1", deployedAt: "2026-11-20T10:00:00Z" } });
    telemetry.alarm({ kind: "stale-heartbeat", workerId: "w-1", heartbeatAgeSeconds: 133, stuckTaskId: SAMPLED, appVersion: "1111111" });
    telemetry.alarm({ kind: "stuck-task", taskId: SAMPLED, stuckSeconds: 660, phase: "generating", workerId: "w-1" });
    await telemetry.flush();
    const [stale, stuck] = eventsOf(server.heard, "event");
    expect(stale).toMatchObject({ level: "error", message: "A worker's heartbeat is stale", fingerprint: ["stale-heartbeat", "w-1"] });
    expect(stale!["contexts"]).toMatchObject({ heartbeat: { worker_id: "w-1", heartbeat_age_seconds: 133, stuck_task_id: SAMPLED, app_version: "1111111" }, deployment: { version: "9f8e7d6", instance_id: "web-1", deployed_at: "2026-11-20T10:00:00Z" } });
    expect(stale!["tags"]).toMatchObject({ worker_id: "w-1", heartbeat_age_seconds: "133", stuck_task_id: SAMPLED, app_version: "1111111", error_type: "stale_heartbeat" });
    expect(stuck).toMatchObject({ level: "fatal", fingerprint: ["stuck-task", SAMPLED], tags: { error_type: "stuck_task", stuck_task_id: SAMPLED } });
  });
});

describe("traces", () => {
  test("a tenth of the tasks, decided by the trace id", () => {
    const hexes = Array.from({ length: 20_000 }, () => crypto.randomUUID().replaceAll("-", ""));
    const share = hexes.filter((hex) => sampled(hex, 0.1)).length / hexes.length;
    expect(share).toBeGreaterThan(0.09);
    expect(share).toBeLessThan(0.11);
    expect(sampled(SAMPLED.replaceAll("-", ""), 0)).toBe(false);
    expect(sampled("f".repeat(32), 1)).toBe(true);
  });

  test("a sampled task is a transaction for each stage with what it called, hung below one root", async () => {
    const { server, telemetry } = await sentry();
    await telemetry.span("RUN fast-ci", {}, async () => {
      await telemetry.span("GET", { "http.request.method": "GET", "server.address": "api.github.com" }, async (span) => span.fail("503"));
    });
    telemetry.taskEnded({ traceId: SAMPLED, success: true, createdAt: Date.now() - 60_000 });
    await telemetry.flush();
    const hex = SAMPLED.replaceAll("-", "");
    const [root, stage, ...rest] = eventsOf(server.heard, "transaction");
    expect(rest).toEqual([]);
    expect(root).toMatchObject({ transaction: "RUN instant", spans: [], contexts: { trace: { trace_id: hex, span_id: rootSpanId(hex), status: "ok" } } });
    expect(root!["contexts"].trace).not.toHaveProperty("parent_span_id");
    expect(root!["timestamp"] - root!["start_timestamp"]).toBeGreaterThanOrEqual(60);
    expect(stage).toMatchObject({ type: "transaction", transaction: "RUN fast-ci", contexts: { trace: { trace_id: hex, parent_span_id: rootSpanId(hex), op: "function" } } });
    expect(stage!["spans"]).toEqual([expect.objectContaining({ description: "GET api.github.com", op: "http.client", status: "internal_error", parent_span_id: stage!["contexts"].trace.span_id, trace_id: hex })]);
    expect(parseEnvelope(server.heard[0]!.body).headers["trace"]).toMatchObject({ sampled: "true" });
  });

  test("one that is not sampled sends nothing", async () => {
    const { server, telemetry } = await sentry();
    telemetry.task({ traceId: UNSAMPLED });
    await telemetry.span("RUN fast-ci", {}, async () => {});
    await telemetry.flush();
    expect(server.heard).toEqual([]);
  });
});

const SECRETS = {
  app: `ghs_${"A1b2".repeat(9)}`, person: `ghp_${"Z9".repeat(18)}`, fine: `github_pat_11AAA_${"x7".repeat(20)}`, jwt: `eyJhbGciOiJIUzI1NiJ9.${"eyJzdWIi".repeat(3)}.c2lnbmF0dXJl`,
  password: "p@ss/w0rd-of-redis", bearer: "abcDEF123456+/zzz=", slack: "T000AAA/B000BBB/xyzzySECRETxyzzy", telegram: "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc", masked: 'in"put\\of the job', lines: "first line of a key\nsecond line of a key", query: "q-s3cr3t-q",
};
const LEAKY = [
  `token ${SECRETS.app} and ${SECRETS.person} and ${SECRETS.fine} and ${SECRETS.jwt}`,
  `cannot reach redis://default:${SECRETS.password}@cache.internal:6379/0`,
  `authorization: Bearer ${SECRETS.bearer}, Basic ${Buffer.from(`u:${SECRETS.password}`).toString("base64")}`,
  `POST https://hooks.slack.com/services/${SECRETS.slack} and https://api.telegram.org/bot${SECRETS.telegram}/sendMessage`,
  `masked ${SECRETS.masked} as JSON ${JSON.stringify(SECRETS.masked)} as URL ${encodeURIComponent(SECRETS.masked)} as base64 ${Buffer.from(SECRETS.masked).toString("base64")}`,
  `one of its lines: second line of a key`,
  `https://example.com/x?page=2&access_token=${SECRETS.query}&x=1 password=${SECRETS.query}`,
].join("\n");

test("no secret, body or environment leaves, wherever it stands", async () => {
  process.env["TELEMETRY_CANARY"] = "value-of-the-environment";
  const { server, log, telemetry } = await sentry(undefined, { secrets: () => [SECRETS.masked, SECRETS.lines, SECRETS.password] });
  telemetry.breadcrumb("agent_task", LEAKY, { leaky: LEAKY });
  telemetry.task({ traceId: SAMPLED, errorType: LEAKY, prUrl: LEAKY });
  await telemetry.span(LEAKY, { leaky: LEAKY }, async (span) => {
    span.fail(LEAKY, LEAKY);
    telemetry.failure(new Error(LEAKY, { cause: new Error(LEAKY) }), { errorType: LEAKY, tags: { leaky: LEAKY } });
    telemetry.alarm({ kind: "stale-heartbeat", workerId: LEAKY, heartbeatAgeSeconds: 1, stuckTaskId: null, appVersion: LEAKY });
  });
  await telemetry.flush();
  delete process.env["TELEMETRY_CANARY"];
  expect(log.warnings()).toEqual([]);
  expect(eventsOf(server.heard, "event")).toHaveLength(2);
  expect(eventsOf(server.heard, "transaction")).toHaveLength(1);
  // Decoded, so that escapes of JSON hide nothing.
  const sent = server.heard.flatMap(({ body }) => parseEnvelope(body).items).map(({ payload }) => strings(payload)).flat().join("\n");
  const pieces = [...Object.values(SECRETS), "second line of a key", encodeURIComponent(SECRETS.masked), "value-of-the-environment", Buffer.from(SECRETS.masked).toString("base64"), Buffer.from(`u:${SECRETS.password}`).toString("base64")];
  for (const piece of pieces) expect(sent).not.toContain(piece);
  expect(sent).toContain("cache.internal:6379");
  expect(sent).toContain("page=2");
});

function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.entries(value).flatMap(([name, one]) => [name, ...strings(one)]) : [];
}

test("huge and odd text is cut between characters, and all of it is one request that Sentry takes", async () => {
  // How much is sent is what counts here, not how fast a busy machine sends it.
  const { server, log, telemetry } = await sentry(undefined, { clock: { ...realClock, sleep: (ms, signal) => realClock.sleep(ms * 20, signal) } });
  const huge = `${"é你😀".repeat(10_000)}\uD800 \u0000 \u2028`;
  telemetry.task({ traceId: UNSAMPLED, prUrl: huge });
  for (let at = 0; at < 120; at += 1) telemetry.breadcrumb("task", huge, { huge, at });
  telemetry.failure(new Error(huge), { errorType: huge, tags: Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`tag${at}`, huge])) });
  for (let at = 0; at < 60; at += 1) telemetry.failure(new Error(`number ${at}`));
  await telemetry.flush();
  const events = eventsOf(server.heard, "event");
  expect(events).toHaveLength(50);
  expect(log.warnings()).toEqual([expect.stringMatching(/^11 spans or errors of this job are not on record/)]);
  const [event] = events;
  expect(server.heard[0]!.body.length).toBeLessThan(1_000_000);
  expect(event!["breadcrumbs"]).toHaveLength(100);
  expect(event!["breadcrumbs"][99].data.at).toBe(119);
  expect(event!["exception"].values[0].value.length).toBeLessThanOrEqual(8_200);
  for (const value of Object.values(event!["tags"] as Record<string, string>)) expect(value.length).toBeLessThanOrEqual(200);
  for (const text of strings(event)) expect(text.isWellFormed()).toBe(true);
});

describe("a Sentry that does not help costs one warning and at most 2 s", () => {
  test.each(BAD_SERVERS)("it %s", async (_name, answer, says) => {
    const { log, telemetry } = await sentry(answer);
    telemetry.task({ traceId: SAMPLED });
    for (let at = 0; at < 5; at += 1) telemetry.failure(new Error(`number ${at}`));
    expect(await telemetry.span("RUN fast-ci", {}, async () => "done")).toBe("done");
    expect(await timed(() => telemetry.flush())).toBeLessThan(2_800);
    telemetry.failure(new Error("later"));
    expect(await timed(() => telemetry.flush())).toBeLessThan(200);
    expect(log.warnings()).toEqual([expect.stringMatching(says)]);
    expect(log.warnings()[0]).toMatch(/^Sentry was not told of this job: /);
    expect(log.warnings()[0]).not.toContain(KEY);
  });

  test("nothing listens", async () => {
    const log = recordingLog();
    const telemetry = await open({ sentryDsn: dsnOf(await closedPort()), log });
    telemetry.failure(new Error("x"));
    expect(await timed(() => telemetry.flush())).toBeLessThan(2_000);
    expect(log.warnings()).toEqual([expect.stringMatching(/cannot be reached/)]);
  });

  test("after a 429 nothing more is asked of it", async () => {
    const { server, telemetry } = await sentry((response) => void response.writeHead(429, { "retry-after": "60", "x-sentry-rate-limits": "60:error:organization" }).end());
    for (let at = 0; at < 10; at += 1) telemetry.failure(new Error(`number ${at}`));
    await telemetry.flush();
    expect(server.heard).toHaveLength(1);
  });

  test.each(["nonsense", "https://example.com/42", "https://k3y-part@example.com/notanumber", "ftp://k3y@example.com/1", "https://k3y@exa mple.com/1", "https://k3y@example.com:99999/1", "k3y@example.com/1"])("a malformed DSN: %s", async (sentryDsn) => {
    const log = recordingLog();
    const telemetry = await open({ sentryDsn, log });
    telemetry.failure(new Error("x"));
    await telemetry.flush();
    expect(log.warnings()).toEqual([expect.stringMatching(/^Sentry is left out: The DSN is malformed/)]);
    expect(log.warnings()[0]).not.toContain("k3y");
  });
});

test("a clock that never wakes anybody is the caller's: the limit is the clock's 2 s", async () => {
  const waits: number[] = [];
  const { log, telemetry } = await sentry(() => {}, { clock: { now: () => 0, sleep: (ms, signal) => (waits.push(ms), ms === 2_000 ? Promise.resolve() : realClock.sleep(ms, signal)) } });
  telemetry.failure(new Error("x"));
  await telemetry.flush();
  expect(waits).toEqual([2_000]);
  expect(log.warnings()).toHaveLength(1);
});

// Who watches the loop, end to end (that a store's trouble stops none: the drills redis-down and postgres-down): the bundles, a local Sentry and a local collector that decode what they get.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { LoopWorld } from "../../src/cli/rehearsal/world.ts";
import { newTraceId } from "../../src/kit/ids.ts";
import { closedPort, type DecodedSpan, eventsOf, type Json, type Listener, listen, spansOf } from "../telemetry/support.ts";
import { judge } from "./job.ts";
import { ask, conclusions, loopWorld, sharedWorld } from "./support.ts";

const QUESTION = "How do I roll back a deployment that went wrong?";
const JOBS = { generate: "faq-generate", ci: "fast-ci", gate: "auto-merge-gate", health: "post-deploy-health", rollback: "rollback" } as const;

const listeners: Listener[] = [];
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((one) => one.close()));
});

async function listening(): Promise<Listener> {
  const one = await listen();
  listeners.push(one);
  return one;
}

const dsn = (port: number) => `http://abcdef@127.0.0.1:${port}/1`;
const endpoint = (port: number) => `http://127.0.0.1:${port}`;

function watchedBy(world: LoopWorld, ports: { readonly sentry: number; readonly otlp: number }): void {
  world.sandbox.setSecret(world.repository, "INSTANT_SENTRY_DSN", dsn(ports.sentry));
  world.sandbox.setVariable(world.repository, "INSTANT_OTLP_ENDPOINT", endpoint(ports.otlp));
  world.sandbox.setSecret(world.repository, "INSTANT_OTLP_HEADERS", "authorization=Bearer for-the-collector");
}

const named = (spans: readonly DecodedSpan[], name: string) => spans.filter((span) => span.name === name);
const warnings = (log: string) => log.split("\n").filter((line) => line.includes("was not told of this job"));

/** Every span hangs, over spans that are there, below the one root. */
function rootOf(spans: readonly DecodedSpan[], traceId: string): DecodedSpan {
  expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId.replaceAll("-", "")]));
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === "");
  expect(roots.map(({ name }) => name)).toEqual(["RUN instant"]);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  expect(ids.size).toBe(spans.length);
  expect(spans.filter(({ parentSpanId }) => parentSpanId !== "" && !ids.has(parentSpanId))).toEqual([]);
  return roots[0] as DecodedSpan;
}

describe("the collector", () => {
  test("gets one trace of a loop that is taken back: its stages below one root, their calls below them", async () => {
    const world = await loopWorld({ sickWith: QUESTION });
    const [sentry, otlp] = [await listening(), await listening()];
    watchedBy(world, { sentry: sentry.port, otlp: otlp.port });
    const { result } = await ask(world, QUESTION);
    expect(result).toMatchObject({ status: "error", phase: "rolled_back" });
    const spans = spansOf(otlp.heard);
    const root = rootOf(spans, result.trace_id ?? "");
    expect(root.attributes).toMatchObject({ "cicd.pipeline.result": "failure", "error.type": "health", "instant.task.id": result.trace_id });
    for (const stage of Object.values(JOBS)) {
      const [span, ...more] = named(spans, `RUN ${stage}`);
      expect([stage, more.length, span?.parentSpanId]).toEqual([stage, 0, root.spanId]);
      expect(span?.attributes).toMatchObject({ "cicd.pipeline.task.run.result": stage === JOBS.health ? "failure" : "success" });
      const calls = spans.filter(({ parentSpanId, attributes }) => parentSpanId === span?.spanId && "url.template" in attributes);
      expect(calls.length).toBeGreaterThan(0);
      for (const { attributes } of calls) expect(attributes["url.template"]).toMatch(/^\/(?:graphql|repos\/\{owner\}\/\{repo\}(?:\/(?:[a-z-]+|\{[a-z]+\}))*)$/);
    }
    // What a stage asks of others than GitHub: git and the user's command in CI, the product's version and health after the deployment.
    const below = (stage: string) => spans.filter(({ parentSpanId }) => parentSpanId === named(spans, `RUN ${stage}`)[0]?.spanId);
    for (const name of ["git fetch", "git checkout"]) expect(below(JOBS.ci).find((span) => span.name === name)?.attributes).toMatchObject({ "process.executable.name": "git", "process.exit.code": 0 });
    expect(below(JOBS.ci).find(({ name }) => name === "git fetch")?.attributes).toMatchObject({ "server.address": "127.0.0.1" });
    expect(below(JOBS.ci).find(({ name }) => name === "run command")?.attributes).toMatchObject({ "process.executable.name": "bash", "process.exit.code": 0 });
    const { port } = new URL(world.product.healthUrl);
    const probes = below(JOBS.health).filter(({ name, attributes }) => name === "GET" && attributes["server.port"] === Number(port));
    expect(probes.length).toBeGreaterThan(1);
    // One of the instances may hang up.
    for (const { attributes } of probes) expect(attributes).toMatchObject({ "http.request.method": "GET" });
    expect(probes.filter(({ attributes }) => "http.response.status_code" in attributes).length).toBeGreaterThan(1);
    const model = spans.find(({ attributes }) => attributes["gen_ai.operation.name"] === "chat");
    expect(model?.parentSpanId).toBe(named(spans, "RUN faq-generate")[0]?.spanId);
    expect(otlp.heard.every(({ headers }) => headers.authorization === "Bearer for-the-collector")).toBe(true);
    // Every job did its work, so there is no error; neither a secret nor the question has left.
    expect(eventsOf(sentry.heard, "event")).toEqual([]);
    const sent = [...otlp.heard, ...sentry.heard].map(({ body }) => body.toString("utf8")).join("\n");
    for (const secret of [QUESTION, world.model?.apiKey ?? "missing", "for-the-collector"]) expect(sent).not.toContain(secret);
  });
});

test("a stage that throws is one error in Sentry, with the tags that it is looked up by", async () => {
  const edit = (workflow: string) => workflow.replace("model: ${{ vars.INSTANT_MODEL }}", "model: no-such-model");
  const world = await loopWorld({ edit });
  const [sentry, otlp] = [await listening(), await listening()];
  watchedBy(world, { sentry: sentry.port, otlp: otlp.port });
  const rehearsal = await ask(world, QUESTION);
  expect(conclusions(rehearsal)["generate"]).toBe("failure");
  const events = eventsOf(sentry.heard, "event");
  expect(events).toHaveLength(1);
  const [event] = events as [Json];
  const spans = spansOf(otlp.heard);
  const [stage] = named(spans, "RUN faq-generate");
  expect(event["tags"]).toMatchObject({
    task_id: event["tags"]["trace_id"], trace_id: expect.stringMatching(/^[0-9a-f-]{36}$/), task_type: "faq", task_status: "error", success: "false", error_type: "model",
    environment: "production", worker_instance: expect.stringMatching(/./), app_version: expect.stringMatching(/./),
  });
  expect(event["contexts"]["trace"]).toMatchObject({ trace_id: stage?.traceId, span_id: stage?.spanId });
  expect(event["contexts"]["deployment"]).toMatchObject({ version: event["tags"]["app_version"] });
  expect(stage?.attributes).toMatchObject({ "cicd.pipeline.task.run.result": "error" });
  expect(rootOf(spans, event["tags"]["trace_id"]).attributes).toMatchObject({ "cicd.pipeline.result": "failure", "error.type": "model" });
});

describe("a single job, by its bundle", () => {
  let world: LoopWorld;
  let folder: string;
  beforeAll(async () => {
    world = await sharedWorld();
    folder = mkdtempSync(path.join(tmpdir(), "instant-telemetry-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** A job that ends the task, with a store that is down. */
  async function judged(ports: { readonly sentry: number; readonly otlp: number }, more: Readonly<Record<string, string>> = {}): Promise<{ readonly traceId: string; readonly said: string }> {
    const traceId = newTraceId();
    const database = `postgres://u:pw-of-the-store@127.0.0.1:${await closedPort()}/d`;
    const { said } = await judge(world, folder, { "trace-id": traceId, "database-url": database, "sentry-dsn": dsn(ports.sentry), "otlp-endpoint": endpoint(ports.otlp), ...more });
    return { traceId, said };
  }

  test("a store that is down is one error in Sentry, and the job does its work", async () => {
    const [sentry, otlp] = [await listening(), await listening()];
    const { traceId } = await judged({ sentry: sentry.port, otlp: otlp.port });
    expect(rootOf(spansOf(otlp.heard), traceId).attributes).toMatchObject({ "cicd.pipeline.result": "success" });
    const events = eventsOf(sentry.heard, "event");
    expect(events).toHaveLength(1);
    const [{ tags, breadcrumbs }] = events as [Json];
    expect([tags["error_type"], tags["trace_id"]]).toEqual(["postgres", traceId]);
    expect((breadcrumbs as Json[]).map(({ category }) => category)).toContain("redis");
    expect(sentry.heard.map(({ body }) => body.toString("utf8")).join("\n")).not.toContain("pw-of-the-store");
  });

  test("both being down costs a warning of each, and a log of JSON says of each line to which task it belongs", async () => {
    // The store is down, so that there is something to tell Sentry too.
    const { traceId, said } = await judged({ sentry: await closedPort(), otlp: await closedPort() }, { "log-format": "json" });
    expect(warnings(said).map((line) => /OpenTelemetry|Sentry/.exec(line)?.[0]).sort()).toEqual(["OpenTelemetry", "Sentry"]);
    const lines = said.split("\n").flatMap((line) => (/\{"level":.*\}$/.exec(line)?.[0] ?? [])) as string[];
    const parsed = lines.map((line) => JSON.parse(line) as Json);
    expect(parsed.length).toBeGreaterThan(0);
    for (const line of parsed) expect(line).toMatchObject({ level: expect.stringMatching(/^(?:debug|info|warning|error)$/), operation: expect.any(String), elapsed_ms: expect.any(Number) });
    expect(parsed.map((line) => line["trace_id"])).toContain(traceId);
  });
});

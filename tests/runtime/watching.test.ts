import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { MACHINE } from "../fakes/action-process.ts";
import { eventsOf, type Json, type Listener, listen, spansOf } from "../telemetry/support.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "instant-watching-"));
});
afterAll(() => rm(folder, { recursive: true }));

const listeners: Listener[] = [];
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((one) => one.close()));
});
async function listening(answer?: Parameters<typeof listen>[0]): Promise<Listener> {
  const one = await listen(answer);
  listeners.push(one);
  return one;
}

const TRACE = "0b5e7d3a-52f4-4d0c-9a53-0c2fff1b7a11";
const href = (path: string) => JSON.stringify(new URL(`../../${path}`, import.meta.url).href);

interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly log: string;
  /** Files of src/telemetry that were loaded. */
  readonly loaded: readonly string[];
  readonly ms: number;
}

/** A little action that is watched as all are. @param options.onSaid hears what it prints as it prints it. */
async function run(stage: string, env: Record<string, string>, options: { readonly watch?: string; readonly onSaid?: (said: string, child: ChildProcess) => void } = {}): Promise<Ended> {
  const script = join(folder, `${Math.random().toString(36).slice(2)}.mts`);
  await writeFile(
    script,
    `import { registerHooks } from "node:module";
    const loaded = new Set<string>();
    registerHooks({ resolve(specifier, context, next) { const found = next(specifier, context); loaded.add(found.url); return found; } });
    const { runAction } = await import(${href("src/runtime/run-action.ts")});
    const { commonInputs, traceIdInput } = await import(${href("src/kit/common-inputs.ts")});
    const { number } = await import(${href("src/kit/inputs.ts")});
    const { failure } = await import(${href("src/kit/errors.ts")});
    const { openWatch } = await import(${href("actions/telemetry.ts")});
    process.on("exit", () => console.log("LOADED " + JSON.stringify([...loaded].filter((url) => url.includes("/src/telemetry/")).map((url) => url.slice(url.lastIndexOf("/") + 1)).sort())));
    await runAction({ name: "fast-ci", inputs: { ...commonInputs, ...traceIdInput, "pr-number": number({ fallback: 0 }) }, watch: ${options.watch ?? "openWatch"}, stage: async (inputs: any, tools: any) => { ${stage} } });`,
  );
  const urls = { GITHUB_API_URL: "http://127.0.0.1:9", GITHUB_GRAPHQL_URL: "http://127.0.0.1:9/graphql", GITHUB_SERVER_URL: "http://127.0.0.1:9" };
  const base = { ...MACHINE, GITHUB_REPOSITORY: "o/r", GITHUB_WORKSPACE: folder, GITHUB_SHA: "0123456789", RUNNER_NAME: "runner-7", INPUT_TOKEN: "t0ken-of-the-job", ...urls };
  const began = performance.now();
  const child = spawn(process.execPath, [script], { env: { ...base, ...env }, stdio: ["ignore", "pipe", "pipe"], timeout: 30_000 });
  let log = "";
  const take = (data: unknown) => {
    log += String(data);
    options.onSaid?.(log, child);
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => child.on("close", (...ended) => resolve(ended)));
  const loaded = JSON.parse(/^LOADED (.*)$/m.exec(log)?.[1] ?? "[]") as string[];
  return { status, signal, log, loaded, ms: performance.now() - began };
}

const DONE = 'tools.log.info("WORKED"); return { outputs: {}, summary: "" };';
const dsn = ({ port }: Listener) => ({ "INPUT_SENTRY-DSN": `http://abcdef@127.0.0.1:${port}/1` });
const endpoint = ({ port }: Listener) => ({ "INPUT_OTLP-ENDPOINT": `http://127.0.0.1:${port}` });

describe("of the telemetry's code", () => {
  test("nothing is loaded where no place is set", async () => {
    const { status, log, loaded } = await run(DONE, {});
    expect([status, log.includes("WORKED"), log.includes("LOADED"), loaded]).toEqual([0, true, true, []]);
  });

  test("nothing is loaded in a dry run, which tells nobody", async () => {
    const server = await listening();
    const { status, loaded } = await run(DONE, { ...dsn(server), ...endpoint(server), "INPUT_DRY-RUN": "true" });
    expect([status, loaded, server.heard.length]).toEqual([0, [], 0]);
  });

  test("a log of JSON loads what makes its lines", async () => {
    const { loaded, log } = await run(DONE, { "INPUT_LOG-FORMAT": "json", "INPUT_TRACE-ID": TRACE });
    expect(loaded).toEqual(["structured.ts"]);
    const line = JSON.parse(/^\{"level".*$/m.exec(log)?.[0] ?? "{}") as Json;
    expect(line).toMatchObject({ level: "info", message: "WORKED", operation: "fast-ci", trace_id: TRACE, task_id: TRACE, pr_url: null, success: null });
  });

  test("a collector needs nothing of Sentry's", async () => {
    const server = await listening();
    const { status, loaded } = await run(DONE, { ...endpoint(server), "INPUT_TRACE-ID": TRACE });
    expect([status, loaded.includes("otlp.ts"), loaded.includes("sentry.ts")]).toEqual([0, true, false]);
    expect(spansOf(server.heard).map(({ name, traceId }) => [name, traceId])).toEqual([["RUN fast-ci", TRACE.replaceAll("-", "")]]);
  });
});

test("an error is told once, with the way to it, its tags, and nothing that the job masks", async () => {
  const server = await listening();
  const stage = `tools.mask("made-on-the-way"); tools.log.info("first made-on-the-way"); tools.log.warning("then");
    throw failure("permission", { what: "It refused t0ken-of-the-job and made-on-the-way", fix: "Give." });`;
  const { status, log } = await run(stage, { ...dsn(server), "INPUT_TRACE-ID": TRACE, INPUT_ENVIRONMENT: "staging", "INPUT_PR-NUMBER": "7" });
  expect([status, log.match(/::error::/g)?.length]).toEqual([1, 1]);
  const events = eventsOf(server.heard, "event");
  expect(events).toHaveLength(1);
  const [event] = events as [Json];
  expect(event["tags"]).toMatchObject({ task_id: TRACE, trace_id: TRACE, task_type: "faq", task_status: "error", success: "false", error_type: "permission", environment: "staging", worker_instance: "runner-7", app_version: "0123456", pr_url: "http://127.0.0.1:9/o/r/pull/7" });
  expect((event["breadcrumbs"] as Json[]).map(({ category, message }) => [category, message])).toEqual([["task", "first [secret]"], ["task", "then"]]);
  const sent = server.heard.map(({ body }) => body.toString("utf8")).join("\n");
  for (const secret of ["t0ken-of-the-job", "made-on-the-way"]) expect(sent).not.toContain(secret);
});

test("a check that is red fails the span, and is no error of ours", async () => {
  const [sentry, otlp] = [await listening(), await listening()];
  const record = `{ traceId: "${TRACE}", task: { phase: "ci_failed", status: "error", errorType: "ci" }, events: [] }`;
  const { status } = await run(`return { outputs: {}, summary: "", failed: "red", record: ${record} };`, { ...dsn(sentry), ...endpoint(otlp) });
  expect(status).toBe(1);
  expect(eventsOf(sentry.heard, "event")).toEqual([]);
  const spans = spansOf(otlp.heard);
  expect(spans.map(({ name, attributes }) => [name, attributes["error.type"], attributes["cicd.pipeline.result"] ?? attributes["cicd.pipeline.task.run.result"]])).toEqual([
    ["RUN instant", "ci", "failure"], ["RUN fast-ci", "failed", "failure"],
  ]);
});

test.each(["SIGINT", "SIGTERM"] as const)("a job that is ended by %s sends what it has as cancelled, and ends by it", async (name) => {
  const server = await listening();
  let sent = false;
  const ended = await run('console.log("WAITING"); await new Promise((resolve) => setTimeout(resolve, 20_000)); return { outputs: {}, summary: "" };', { ...endpoint(server), "INPUT_TRACE-ID": TRACE }, {
    onSaid: (said, child) => {
      if (sent || !said.includes("WAITING")) return;
      sent = true;
      // The runner's second signal, or one that a check passes on, must not cut the first one's work off.
      child.kill(name);
      child.kill(name);
    },
  });
  expect(ended.signal).toBe(name);
  expect(spansOf(server.heard).map(({ attributes }) => [attributes["error.type"], attributes["cicd.pipeline.task.run.result"]])).toEqual([["cancelled", "cancellation"]]);
});

test("places that never answer cost 2 s and a warning each, after the stage's outputs", async () => {
  const server = await listening(() => {});
  const { status, log, ms } = await run('throw failure("service", { what: "Down", fix: "Wait." });', { ...dsn(server), ...endpoint(server) });
  expect(status).toBe(1);
  expect(log.match(/::warning::\S+ was not told of this job: it did not answer within 2 s/g)).toHaveLength(2);
  expect(log.indexOf("::error::")).toBeLessThan(log.indexOf("was not told"));
  expect(ms).toBeLessThan(8_000);
});

test("what cannot even be opened costs one warning, and the stage runs", async () => {
  const { status, log } = await run(DONE, {}, { watch: 'async () => { throw new Error("no such chunk"); }' });
  expect(status).toBe(0);
  expect(log).toContain("::warning::Nobody can be told of errors and traces: no such chunk");
  expect(log).toContain("WORKED");
});

import { afterEach, describe, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import { noTelemetry } from "../../src/telemetry/port.ts";
import { tracedFetch } from "../../src/telemetry/http.ts";
import { scrubber } from "../../src/telemetry/scrub.ts";
import { MACHINE } from "../fakes/action-process.ts";
import { secureFront } from "../net/secure.ts";
import { drip, eventsOf, type Listener, listen, SAMPLED, spansOf, UNSAMPLED } from "./support.ts";

const listeners: Listener[] = [];
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((one) => one.close()));
});

const url = (path: string) => JSON.stringify(pathToFileURL(resolve(path)).href);

/** A job of its own; prints what it loaded and what it warned of, and ends when nothing keeps it. */
function job(options: { sentryDsn?: string; otlpEndpoint?: string }, work: string, env: Record<string, string> = {}, meanwhile?: (child: ReturnType<typeof spawn>, said: string) => void): Promise<{ loaded: string[]; warnings: string[]; code: number | null; ms: number }> {
  const program = `
    import { registerHooks } from "node:module";
    const loaded = new Set();
    registerHooks({ resolve(specifier, context, next) { const found = next(specifier, context); loaded.add(found.url); return found; } });
    const warnings = [];
    const { openTelemetry } = await import(${url("src/telemetry/index.ts")});
    const { setTimeout: sleep } = await import("node:timers/promises");
    const log = { debug() {}, info() {}, warning: (text) => warnings.push(text), error() {} };
    const clock = { now: () => Date.now(), sleep: (ms, signal) => sleep(ms, undefined, { signal }) };
    const telemetry = await openTelemetry({ sentryDsn: "", otlpEndpoint: "", otlpHeaders: "", environment: "e", release: "r", workerInstance: "w", clock, log, env: process.env, ...${JSON.stringify(options)} });
    const began = performance.now();
    process.on("exit", () => process.stdout.write(JSON.stringify({ loaded: [...loaded], warnings, ms: performance.now() - began })));
    ${work}`;
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "pipe"], timeout: 30_000, env: { ...process.env, ...MACHINE, ...env } });
    const said = { out: "", err: "" };
    child.stdout.on("data", (chunk) => { said.out += chunk; meanwhile?.(child, said.out); });
    child.stderr.on("data", (chunk) => (said.err += chunk));
    child.once("error", reject);
    child.once("close", (code) => {
      const json = said.out.slice(said.out.indexOf('{"loaded"'));
      if (!json.startsWith("{")) reject(new Error(`ended with ${code}: ${said.err}`));
      else done({ ...(JSON.parse(json) as { loaded: string[]; warnings: string[]; ms: number }), code });
    });
  });
}

const WORK = (traceId: string) => `telemetry.task({ traceId: "${traceId}" }); await telemetry.span("RUN x", {}, async () => {}); await telemetry.flush();`;
const packages = (loaded: readonly string[]) => [...new Set(loaded.flatMap((one) => /node_modules\/(@(?:sentry|opentelemetry)\/[\w-]+)/.exec(one)?.[1] ?? []))];
const own = (loaded: readonly string[]) => loaded.filter((one) => one.includes("/src/telemetry/")).map((one) => one.slice(one.lastIndexOf("/") + 1)).sort();

describe("what is loaded", () => {
  test("when neither place is set: the port, and nothing that could send", async () => {
    const { loaded } = await job({}, WORK(SAMPLED));
    expect(packages(loaded)).toEqual([]);
    expect(own(loaded)).toEqual(["index.ts", "port.ts"]);
  });

  test("with a DSN, Sentry's code only when there is something for it", async () => {
    const server = await listen();
    listeners.push(server);
    const sentryDsn = `http://abc@127.0.0.1:${server.port}/1`;
    expect(packages((await job({ sentryDsn }, WORK(UNSAMPLED))).loaded)).toEqual([]);
    const { loaded, warnings } = await job({ sentryDsn }, WORK(SAMPLED));
    expect(packages(loaded)).toContain("@sentry/core");
    expect(packages(loaded).filter((name) => name.startsWith("@opentelemetry"))).toEqual([]);
    expect(warnings).toEqual([]);
    expect(server.heard).toHaveLength(1);
  });

  test("nothing of no telemetry stands between a stage and its work", async () => {
    const work = Promise.resolve(5);
    expect(noTelemetry.span("x", {}, () => work)).toBe(work);
    const fetch = () => Promise.reject(new Error("not called"));
    expect(tracedFetch(noTelemetry, fetch)).toBe(fetch);
    await expect(noTelemetry.flush()).resolves.toBeUndefined();
  });
});

describe("a job", () => {
  test.each([["never answer", () => {}], ["never end their answer", drip]] as const)("ends by itself after 2 s though both places %s", async (_how, answer) => {
    const server = await listen(answer);
    listeners.push(server);
    const { code, ms, warnings } = await job({ sentryDsn: `http://abc@127.0.0.1:${server.port}/1`, otlpEndpoint: `http://127.0.0.1:${server.port}` }, WORK(SAMPLED));
    expect(code).toBe(0);
    expect(warnings).toHaveLength(2);
    expect(ms).toBeLessThan(4_000);
  });

  test("reaches both places over TLS through the tunnel of a proxy", async () => {
    const server = await listen();
    listeners.push(server);
    const front = await secureFront("watch.example", server.port);
    const tunnels: string[] = [];
    const proxy = createServer().on("connect", (request, socket) => {
      tunnels.push(`${request.url} ${request.headers["proxy-authorization"]}`);
      const onward = connect(front.port, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 fine\r\n\r\n");
        onward.pipe(socket).pipe(onward);
      });
      onward.on("error", () => socket.destroy());
      socket.on("error", () => onward.destroy());
    });
    await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
    try {
      const env = { https_proxy: `http://me:pw@127.0.0.1:${(proxy.address() as AddressInfo).port}`, no_proxy: "", NO_PROXY: "", NODE_EXTRA_CA_CERTS: front.caFile };
      const { warnings, code } = await job({ sentryDsn: "https://abc@watch.example/1", otlpEndpoint: "https://watch.example:4318" }, WORK(SAMPLED), env);
      expect({ warnings, code }).toEqual({ warnings: [], code: 0 });
      const basic = `Basic ${Buffer.from("me:pw").toString("base64")}`;
      expect(tunnels.sort()).toEqual([`watch.example:4318 ${basic}`, `watch.example:443 ${basic}`]);
      expect(spansOf(server.heard.filter(({ url: { pathname } }) => pathname === "/v1/traces"))).toHaveLength(1);
      expect(eventsOf(server.heard.filter(({ url: { pathname } }) => pathname === "/api/1/envelope/"), "transaction")).toHaveLength(1);
    } finally {
      proxy.close();
      proxy.closeAllConnections();
      front.close();
    }
  });

  test("that is ended half-way tells what it was at, when it flushes at the signal", async () => {
    const server = await listen();
    listeners.push(server);
    const { code } = await job(
      { otlpEndpoint: `http://127.0.0.1:${server.port}` },
      `telemetry.task({ traceId: "${UNSAMPLED}" });
       const alive = setInterval(() => {}, 1_000);
       process.once("SIGINT", async () => { await telemetry.flush({ interrupted: true }); clearInterval(alive); process.exitCode = 7; });
       void telemetry.span("RUN x", {}, () => { process.stdout.write("working"); return new Promise(() => {}); });`,
      {},
      (child, said) => { if (said === "working") child.kill("SIGINT"); },
    );
    expect(code).toBe(7);
    expect(spansOf(server.heard).map(({ name, attributes }) => [name, attributes["error.type"]])).toEqual([["RUN x", "cancelled"]]);
  });
});

test("no text of a stranger makes the search for secrets slow", () => {
  const scrub = scrubber(() => ["a-secret-of-the-job"]);
  const hostile = ["a", "a:", "a://", "eyJ", "eyJ-", "?token", "?a-", "bearer ", "authorization: ", "://a@", "-----BEGIN PRIVATE KEY-----", "bot1:", "password=", "password ", "ghs_", "a.", " \n"].map((piece) => piece.repeat(100_000));
  for (const text of hostile) {
    const began = performance.now();
    scrub(text);
    expect({ text: text.slice(0, 10), ms: performance.now() - began < 500 }).toEqual({ text: text.slice(0, 10), ms: true });
  }
});

import { describe, expect, test } from "@jest/globals";
import { httpProbe } from "../../src/probes/http.ts";
import { http, json, tcp } from "./hostile.ts";
import { specOf } from "./specs.ts";

const healthy = { status: 200, json: ["status=ok"] };
const measure = (url: string, expected = healthy, timeoutMs = 2_000) => httpProbe(specOf(url, { status: [[expected.status, expected.status]], json: expected.json })).measure({ timeoutMs, signal: new AbortController().signal, since: 0 });

describe("what a healthy service is", () => {
  test("the status and every condition on the JSON body", async () => {
    await using server = await http(json(200, { status: "ok", checks: { db: true, queue: [{ lag: 3 }] } }));
    const seen = await measure(server.url, { status: 200, json: ["status=ok", "checks.db=true", "checks.queue.0.lag=3"] });
    expect(seen).toMatchObject({ outcome: "success", probe: server.url, detail: expect.stringMatching(/^200 \{"status":"ok"/) });
    expect(seen.latencyMs).toBeGreaterThan(0);
    expect(Math.abs(seen.at - Date.now())).toBeLessThan(5_000);
  });

  test("any status that is expected, also a redirect", async () => {
    await using server = await http((_, response) => response.writeHead(302, { location: "/" }).end());
    expect(await measure(server.url, { status: 302, json: [] })).toMatchObject({ outcome: "success" });
  });

  test("a page, where no JSON is expected", async () => {
    await using server = await http((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><h1>Hi"));
    expect(await measure(server.url, { status: 200, json: [] })).toMatchObject({ outcome: "success" });
  });
});

describe("what is a failure of the service", () => {
  const cases: [string, Parameters<typeof http>[0], typeof healthy, RegExp][] = [
    ["another status", json(503, { status: "ok" }), healthy, /^503 .*, not 200$/],
    ["degraded behind a 200", json(200, { status: "degraded" }), healthy, /^200 \{"status":"degraded"\}, not `status=ok`$/],
    ["degraded, with a condition that is met and says nothing of it", json(200, { status: "degraded", db: true }), { status: 200, json: ["db=true"] }, /says itself that it is not well/],
    ["degraded, with no condition configured", json(200, { status: "degraded" }), { status: 200, json: [] }, /says itself that it is not well/],
    ["a field that is missing", json(200, { state: "ok" }), healthy, /not `status=ok`/],
    ["a field that is only inherited", json(200, {}), { status: 200, json: ["constructor.name=Object"] }, /not `constructor/],
    ["text that is no JSON", (_, response) => response.end("status=ok"), healthy, /is not JSON/],
    ["an empty body", (_, response) => response.end(), healthy, /is not JSON/],
    ["a login page", (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<form>status ok"), healthy, /a login wall/],
    ["a login page that calls itself JSON", (_, response) => response.writeHead(200, { "content-type": "application/json" }).end("\n<!DOCTYPE html>"), healthy, /a login wall/],
    ["a redirect", (_, response) => response.writeHead(302, { location: "https://sso.example/login?token=s3cret" }).end(), healthy, /^302, a redirect to https:\/\/sso.example\/login, which is not followed$/],
    ["a broken connection", (_, response) => response.socket?.destroy(), healthy, /connection closed/],
    ["a body that ends too early", (_, response) => { response.writeHead(200, { "content-length": "500" }).write("{"); setImmediate(() => response.socket?.destroy()); }, healthy, /connection closed/],
  ];
  test.each(cases)("%s", async (_, answer, expected, detail) => {
    await using server = await http(answer);
    const seen = await measure(server.url, expected);
    expect(seen).toMatchObject({ outcome: "failure", detail: expect.stringMatching(detail) });
    expect(seen.detail).not.toContain("s3cret");
  });

  test("nothing listens at its port any more", async () => {
    const server = await http(json(200, {}));
    await server[Symbol.asyncDispose]();
    expect(await measure(server.url)).toMatchObject({ outcome: "failure", detail: expect.stringContaining("refused") });
  });

  test("an answer that is not HTTP", async () => {
    await using server = await tcp((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n"));
    expect(await measure(server.url)).toMatchObject({ outcome: "failure", detail: expect.stringContaining("not HTTP") });
  });

  test("a redirect loop is looked at once", async () => {
    await using server = await http((request, response) => response.writeHead(301, { location: request.url ?? "/" }).end());
    expect(await measure(server.url)).toMatchObject({ outcome: "failure" });
    expect(server.count()).toBe(1);
  });
});

describe("what takes too long", () => {
  test("a server that accepts and says nothing fails at the time limit", async () => {
    await using server = await tcp(() => {});
    const start = performance.now();
    expect(await measure(server.url, healthy, 200)).toMatchObject({ outcome: "failure", detail: "no complete answer within 200 ms" });
    expect(performance.now() - start).toBeLessThan(1_500);
  });

  test("a body that drips fails at the time limit, however alive it looks", async () => {
    await using server = await http((_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const drip = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(drip));
    });
    const start = performance.now();
    expect(await measure(server.url, healthy, 250)).toMatchObject({ outcome: "failure", detail: "no complete answer within 250 ms" });
    expect(performance.now() - start).toBeLessThan(1_500);
  });

  test("of a body of 100 MB no more is read than the limit and what is under way", async () => {
    const chunk = Buffer.alloc(1024 * 1024, "x");
    await using server = await http((_, response) => {
      let left = 100;
      const more = () => {
        while (left-- > 0) if (!response.write(chunk)) return void response.once("drain", more);
        response.end();
      };
      more();
    });
    expect(await measure(server.url, { status: 200, json: ["status=ok"] })).toMatchObject({ outcome: "failure", detail: expect.stringContaining("64 KiB") });
    expect(await measure(server.url, { status: 200, json: [] })).toMatchObject({ outcome: "success" });
    expect(server.sent()).toBeLessThan(20 * 1024 * 1024);
  });
});

describe("what could not be measured", () => {
  test("a name that does not exist is no failure of the service", async () => {
    const seen = await measure("http://service.invalid/healthz");
    expect(seen).toMatchObject({ outcome: "error", probe: "http://service.invalid/healthz" });
  });

  test("a certificate or protocol that is not TLS", async () => {
    await using server = await http(json(200, { status: "ok" }));
    expect(await measure(server.url.replace("http:", "https:"))).toMatchObject({ outcome: "error" });
  });

  test("an address that cannot be asked at all", async () => {
    expect(await measure("http://127.0.0.1:1/\u0000 ü")).toMatchObject({ outcome: "failure" });
    expect(await measure("http://0.0.0.0.0.0/")).toMatchObject({ outcome: "error" });
  });
});

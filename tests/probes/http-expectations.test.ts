import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, describe, expect, test } from "@jest/globals";
import { httpProbe } from "../../src/probes/http.ts";
import type { HttpExpectation, HttpSpec } from "../../src/probes/port.ts";
import { secureFront } from "../net/secure.ts";
import { http, json } from "./hostile.ts";
import { specOf } from "./specs.ts";

const measure = (url: string, expected: Partial<HttpExpectation> = {}, more: Partial<Omit<HttpSpec, "expect" | "url">> = {}) =>
  httpProbe(specOf(url, expected, more)).measure({ timeoutMs: 2_000, signal: new AbortController().signal, since: 0 });

describe("conditions on the JSON body", () => {
  test.each<[string, "success" | "failure"]>([
    ["status=ok", "success"],
    ["status!=degraded", "success"],
    ["status!=ok", "failure"],
    ["queue.depth<100", "success"],
    ["queue.depth<=7", "success"],
    ["queue.depth<7", "failure"],
    ["queue.depth>=7.5", "failure"],
    ["queue.depth>-1e2", "success"],
    // What is not there, and what is no number, meets none.
    ["queue.length<100", "failure"],
    ["queue.length!=3", "failure"],
    ["status<100", "failure"],
    ["text<100", "failure"],
  ])("%s: %s", async (condition, outcome) => {
    await using server = await http(json(200, { status: "ok", queue: { depth: 7 }, text: "7" }));
    expect(await measure(server.url, { json: [condition] })).toMatchObject({ outcome });
  });
});

test("a status that is expected to be a bad one is not held against it", async () => {
  await using server = await http(json(200, { status: "degraded", db: true }));
  expect(await measure(server.url, { json: ["status=degraded", "db=true"] })).toMatchObject({ outcome: "success" });
  expect(await measure(server.url, { json: ["db=true"] })).toMatchObject({ outcome: "failure" });
});

test("an address that does not exist is told apart from one that is sick", async () => {
  await using server = await http((request, response) => response.writeHead(Number(request.url?.slice(1))).end());
  expect(await measure(`${server.url}/404`)).toMatchObject({ outcome: "failure", isAbsent: true });
  expect(await measure(`${server.url}/404`, { status: [[404, 404]] })).not.toHaveProperty("isAbsent");
  expect(await measure(`${server.url}/503`)).not.toHaveProperty("isAbsent");
});

describe("what else may be expected", () => {
  test.each<[string, Partial<HttpExpectation>, "success" | "failure", RegExp]>([
    ["a status in a range", { status: [[200, 299]] }, "success", /./],
    ["one of several", { status: [[404, 404], [200, 204]] }, "success", /./],
    ["none of them", { status: [[404, 404], [500, 599]] }, "failure", /not 404 or 500-599$/],
    ["a header, letter case aside", { headers: { "Content-Type": "TEXT/html" } }, "success", /./],
    ["another header", { headers: { "content-type": "text/html", "x-version": "2" } }, "failure", /^200 without `x-version: 2` in its headers$/],
    ["texts in the body", { contains: ['<div id="app">', "Hello"] }, "success", /./],
    ["a text that is not there", { contains: ["Hello", "Sign out"] }, "failure", /does not hold `Sign out`$/],
    ["an expression", { matches: "v\\d+\\.\\d+" }, "success", /./],
    ["one that does not match", { matches: "^v\\d+$" }, "failure", /does not match `\^v\\d\+\$`$/],
    ["time enough", { latencyMs: 1_900 }, "success", /./],
    ["more time than there is", { latencyMs: 1 }, "failure", /took [\d.]+ ms, more than 1 ms$/],
  ])("%s", async (_, expected, outcome, detail) => {
    await using server = await http((_request, response) => void setTimeout(() => response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end('<html>Hello <div id="app"> v1.2'), 5));
    expect(await measure(server.url, expected)).toMatchObject({ outcome, detail: expect.stringMatching(detail) });
  });

  test("an expression that a body makes endless is an error to measure, at once", async () => {
    await using server = await http((_, response) => response.end(`${"a".repeat(5_000)}!`));
    const start = Date.now();
    expect(await measure(server.url, { matches: "^(a+)+$" })).toMatchObject({ outcome: "error", detail: expect.stringContaining("within 100 ms") });
    expect(Date.now() - start).toBeLessThan(1_500);
  });
});

describe("redirects", () => {
  const site = () => http((request, response) => {
    const hop = Number(/^\/hop\/(\d+)/.exec(request.url ?? "")?.[1] ?? 0);
    if (hop > 0) response.writeHead(302, { location: hop === 1 ? "/end" : `/hop/${hop - 1}` }).end();
    else if (request.url === "/loop") response.writeHead(301, { location: "/loop" }).end();
    else json(200, { status: "ok", token: request.headers.authorization ?? "none" })(request, response);
  });

  test("are followed as often as told, and no further", async () => {
    await using server = await site();
    expect(await measure(`${server.url}/hop/2`)).toMatchObject({ outcome: "failure", detail: expect.stringContaining("which is not followed") });
    expect(await measure(`${server.url}/hop/2`, {}, { redirects: 2 })).toMatchObject({ outcome: "success" });
    expect(await measure(`${server.url}/hop/3`, {}, { redirects: 2 })).toMatchObject({ outcome: "failure", detail: expect.stringContaining("after 2 that were followed") });
    const before = server.count();
    expect(await measure(`${server.url}/loop`, {}, { redirects: 10 })).toMatchObject({ outcome: "failure" });
    expect(server.count() - before).toBe(11);
  });

  test("take what was meant for one host to no other", async () => {
    await using other = await site();
    await using server = await http((_, response) => response.writeHead(307, { location: `${other.url}/end` }).end());
    const headers = { authorization: "Bearer secret" };
    expect(await measure(`${server.url}/`, { json: ["token=none"] }, { redirects: 1, headers })).toMatchObject({ outcome: "success" });
    expect(await measure(`${other.url}/hop/1`, { json: ["token=Bearer secret"] }, { redirects: 1, headers })).toMatchObject({ outcome: "success" });
  });

  test("to what is not the web are not followed", async () => {
    await using server = await http((_, response) => response.writeHead(302, { location: "file:///etc/passwd" }).end());
    expect(await measure(server.url, {}, { redirects: 3 })).toMatchObject({ outcome: "failure" });
    expect(server.count()).toBe(1);
  });
});

test("IPv6 is asked by its address, and by a name when told", async () => {
  const server = createServer(json(200, { status: "ok" }));
  await new Promise<void>((resolve) => server.listen(0, "::1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    expect(await measure(`http://[::1]:${port}/`)).toMatchObject({ outcome: "success" });
    expect(await measure(`http://[::1]:${port}/`, {}, { family: 6 })).toMatchObject({ outcome: "success" });
    // localhost by IPv4 is somebody else, and nobody is there.
    expect((await measure(`http://localhost:${port}/`, {}, { family: 4 })).outcome).toBe("failure");
  } finally {
    server.close();
  }
});

test("when nobody waits for it any more, it ends", async () => {
  await using server = await http(() => {});
  const stop = new AbortController();
  const measured = httpProbe(specOf(server.url)).measure({ timeoutMs: 60_000, signal: stop.signal, since: 0 });
  setTimeout(() => stop.abort(), 50);
  expect((await measured).latencyMs).toBeLessThan(2_000);
});

describe("certificates", () => {
  const known = getCACertificates("default");
  afterAll(() => setDefaultCACertificates(known));
  const trust = (file: string) => setDefaultCACertificates([...known, readFileSync(file, "utf8")]);
  const DAY_MS = 86_400_000;

  test.each<[string, number, boolean, "success" | "error", RegExp]>([
    ["one that nobody knows", 30, false, "error", /the issuer of its certificate is missing or unknown|issued by somebody unknown/],
    ["one that is valid long enough", 30, true, "success", /^200/],
    ["one that ends too soon", 5, true, "error", /^its certificate ends on \d{4}-\d\d-\d\d, in [45] days: renew it$/],
    ["one that has ended", -1, true, "error", /its certificate has expired$/],
  ])("%s", async (_, days, trusted, outcome, detail) => {
    await using server = await http(json(200, { status: "ok" }));
    const front = await secureFront("localhost", server.port, new Date(Date.now() + days * DAY_MS));
    if (trusted) trust(front.caFile);
    try {
      expect(await measure(`https://localhost:${front.port}/`, { certificateDays: 14 })).toMatchObject({ outcome, detail: expect.stringMatching(detail) });
    } finally {
      front.close();
    }
  });

  test("one that vouches for itself", async () => {
    const { generate } = await import("selfsigned");
    const own = await generate([{ name: "commonName", value: "localhost" }], { keyType: "ec", curve: "P-256", algorithm: "sha256" });
    const { createServer: createSecure } = await import("node:https");
    const server = createSecure({ key: own.private, cert: own.cert }, json(200, { status: "ok" }));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      expect(await measure(`https://localhost:${port}/`, {})).toMatchObject({ outcome: "error", detail: expect.stringContaining("its certificate is self-signed") });
    } finally {
      server.close();
    }
  });

  test("no TLS is no certificate", async () => {
    await using server = await http(json(200, { status: "ok" }));
    expect(await measure(server.url, { certificateDays: 14 })).toMatchObject({ outcome: "error", detail: expect.stringContaining("no certificate to look at") });
  });
});

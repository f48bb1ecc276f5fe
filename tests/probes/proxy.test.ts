import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { httpProbe } from "../../src/probes/http.ts";
import { httpVersion } from "../../src/probes/version.ts";
import { keepEnvironment, type ProxyOptions, type Routes, startProxy } from "../github/proxy-server.ts";
import { http, json, tcp } from "./hostile.ts";
import { specOf } from "./specs.ts";

const SHOP = "shop.internal.test";
const SHA = "0123456789abcdef0123456789abcdef01234567";
let restore = () => {};
const closing: (() => void)[] = [];

beforeEach(() => {
  restore = keepEnvironment();
});
afterEach(() => {
  restore();
  for (const close of closing.splice(0)) close();
});

async function behind(routes: Routes, options?: ProxyOptions) {
  const proxy = await startProxy(routes, options);
  closing.push(proxy.close);
  process.env.http_proxy = proxy.url;
  process.env.https_proxy = proxy.url;
  return proxy;
}

const measure = (url: string, timeoutMs = 2_000) => httpProbe(specOf(url, { json: ["status=ok"] })).measure({ timeoutMs, signal: new AbortController().signal, since: 0 });

describe("through a proxy", () => {
  test("a healthy service is healthy, and its version is read", async () => {
    await using service = await http(json(200, { status: "ok", commit: SHA }));
    const proxy = await behind({ [SHOP]: service.port });
    expect(await measure(`http://${SHOP}/healthz`)).toMatchObject({ outcome: "success", probe: `http://${SHOP}/healthz` });
    expect(await httpVersion(`http://${SHOP}/version?x=1`, "commit").read(2_000)).toEqual({ sha: SHA });
    expect(proxy.requests.map(({ authority, path, userAgent }) => [authority, path, userAgent])).toEqual([[`${SHOP}:80`, "/healthz", "instant-probe"], [`${SHOP}:80`, "/version?x=1", "instant-probe"]]);
  });

  test.each([
    ["says that it is sick", json(503, { status: "down" })],
    ["answers a bare 502, as a gateway of its own does", json(502, {})],
  ])("a service that %s has failed", async (_, answer) => {
    await using service = await http(answer);
    await behind({ [SHOP]: service.port });
    expect(await measure(`http://${SHOP}/`)).toMatchObject({ outcome: "failure" });
  });

  test.each([
    ["asks for a password", { refuse: { status: 407 } }, "http", /asks for a user and a password \(407\)/],
    ["says that it could not connect (RFC 9209)", { refuse: { status: 502, headers: { "proxy-status": "squid; error=connection_refused" } } }, "http", /could not ask it \(502, connection_refused\)/],
    ["says that it knows no such name (Squid)", { refuse: { status: 503, headers: { "x-squid-error": "ERR_DNS_FAIL 0" } } }, "http", /could not ask it \(503, ERR_DNS_FAIL\)/],
    ["opens no tunnel", { refuse: { status: 503 } }, "https", /did not let this job through to shop.internal.test:443 \(503\)/],
    ["asks for a password before the tunnel", { refuse: { status: 407 } }, "https", /\(407\)/],
    ["says nothing", { silent: true }, "http", /no complete answer within 100 ms through the proxy/],
    ["says nothing to CONNECT", { silent: true }, "https", /no connection within 100 ms/],
  ] as const)("a proxy that %s is an error to measure, never the deployment's failure", async (_, options, scheme, detail) => {
    await behind(1, options);
    expect(await measure(`${scheme}://${SHOP}/`, 100)).toMatchObject({ outcome: "error", detail: expect.stringMatching(detail) });
  });

  test("a connection that breaks behind the proxy says nothing either: it cannot be told whose it was", async () => {
    await using service = await tcp((socket) => socket.destroy());
    await behind(service.port);
    expect(await measure(`https://${SHOP}/`)).toMatchObject({ outcome: "error", detail: expect.stringContaining("no answer came through the proxy") });
  });

  test("a proxy that is not there, and a variable that is none", async () => {
    process.env.http_proxy = "http://127.0.0.1:1";
    expect(await measure(`http://${SHOP}/`)).toMatchObject({ outcome: "error", detail: expect.stringContaining("The proxy http://127.0.0.1:1 cannot be reached") });
    process.env.http_proxy = "socks5://ada:Hunter-2@p";
    const seen = await measure(`http://${SHOP}/`);
    expect(seen).toMatchObject({ outcome: "error", detail: expect.stringContaining("http_proxy does not hold") });
    expect(seen.detail).not.toContain("Hunter-2");
  });
});

test("a service on this machine, or named by NO_PROXY, is asked straight", async () => {
  await using service = await http(json(200, { status: "ok" }));
  const proxy = await behind({});
  expect(await measure(`${service.url}/`)).toMatchObject({ outcome: "success" });
  process.env.no_proxy = SHOP;
  expect(await measure(`http://${SHOP}/`)).toMatchObject({ outcome: "error", detail: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) });
  expect(proxy.requests).toEqual([]);
});

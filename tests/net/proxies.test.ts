import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { InstantError } from "../../src/kit/errors.ts";
import { WayError } from "../../src/net/errors.ts";
import { createFetch } from "../../src/net/fetch.ts";
import { CONNECT_TIMEOUT_MS } from "../../src/net/through.ts";
import { fakeGitHub, type Scripted } from "../github/fake.ts";
import { keepEnvironment, type Proxy, type ProxyOptions, type Routes, startProxy } from "../github/proxy-server.ts";
import { secureFront } from "./secure.ts";

const GHES = "ghes.internal.test";
const SECRET = "Hunter-2";
const closing: (() => unknown)[] = [];
let restore = () => {};

beforeEach(() => {
  restore = keepEnvironment();
});
afterEach(async () => {
  restore();
  for (const close of closing.splice(0).reverse()) await close();
});

async function server(script: readonly Scripted[]) {
  const fake = await fakeGitHub(script);
  closing.push(fake.close);
  return { ...fake, port: Number(new URL(fake.url).port) };
}

async function proxy(routes: Routes, options: ProxyOptions = {}): Promise<Proxy> {
  const started = await startProxy(routes, options);
  closing.push(started.close);
  return started;
}

async function secured(port: number, notAfter?: Date) {
  const front = await secureFront(GHES, port, notAfter);
  closing.push(front.close);
  return front;
}

async function refused(promise: Promise<unknown>): Promise<WayError> {
  const error = await promise.then(() => undefined, (caught: unknown) => caught);
  if (!(error instanceof WayError)) throw new Error(`no WayError but ${String(error)}`, { cause: error });
  expect(JSON.stringify(error.problems)).not.toContain(SECRET);
  return error;
}

const withPassword = (url: string) => url.replace("//", `//ada:${SECRET}@`);

describe("plain http", () => {
  test.each(["http_proxy", "HTTP_PROXY"])("goes to the proxy in absolute form, with %s and its credential and everything else as it was", async (variable) => {
    const fake = await server([{ json: { ok: true } }]);
    const way = await proxy({ [GHES]: fake.port }, { credential: `ada:${SECRET}` });
    const fetch = createFetch({ [variable]: withPassword(way.url) });
    const answer = await fetch(`http://${GHES}/api/v3/x?y=ü#z`, { method: "POST", body: '{"a":"ü"}', headers: { authorization: "token t" } });
    expect(await answer.text()).toBe('{"ok":true}');
    expect(way.requests).toEqual([{ method: "POST", authority: `${GHES}:80`, path: "/api/v3/x?y=%C3%BC", userAgent: "" }]);
    expect(fake.seen[0]).toMatchObject({ path: "/api/v3/x?y=%C3%BC", body: { a: "ü" }, headers: { host: GHES, authorization: "token t" } });
    expect(fake.seen[0]?.headers).not.toHaveProperty("proxy-authorization");
  });

  test("a redirect is followed through the proxy, and to no other origin", async () => {
    const fake = await server([{ status: 301, headers: { location: "/api/v3/repositories/7" } }, { json: {} }, { status: 307, headers: { location: "http://evil.internal.test/x" } }]);
    const way = await proxy({ [GHES]: fake.port });
    const fetch = createFetch({ HTTP_PROXY: way.url });
    expect((await fetch(`http://${GHES}/api/v3/repos/old/name`)).status).toBe(200);
    expect((await fetch(`http://${GHES}/x`, { headers: { authorization: "token t" } })).status).toBe(307);
    expect(way.asked).toEqual([`${GHES}:80`, `${GHES}:80`, `${GHES}:80`]);
  });

  test("407 is the proxy's answer and the configuration's fault", async () => {
    const way = await proxy(1, { credential: "ada:other" });
    const fetch = createFetch({ HTTP_PROXY: withPassword(way.url) });
    const error = await refused(fetch(`http://${GHES}/`));
    expect(error).toMatchObject({ blame: "configuration", retryable: false, problem: { where: "HTTP_PROXY", cause: expect.stringContaining("does not take the user and password") } });
    expect(error.message).toBe(`The proxy ${way.url} did not let this job through to ${GHES} (407)`);
    expect((await refused(createFetch({ HTTP_PROXY: way.url })(`http://${GHES}/`))).problem.cause).toContain("HTTP_PROXY holds none");
  });
});

describe("https", () => {
  test("goes through a tunnel, and the proxy sees neither path nor token", async () => {
    const fake = await server([{ json: { ok: true } }, { json: { ok: true } }]);
    const front = await secured(fake.port);
    const way = await proxy({ [`${GHES}:443`]: front.port, [`${GHES}:8443`]: front.port }, { credential: `ada:${SECRET}` });
    const program = `
      import { createFetch } from ${JSON.stringify(join(import.meta.dirname, "../../src/net/fetch.ts"))};
      const fetch = createFetch(process.env);
      for (const url of ["https://${GHES}/api/v3/x", "https://${GHES}:8443/api/v3/y"]) {
        const answer = await fetch(url, { method: "POST", body: "{}", headers: { authorization: "token t" } });
        console.log(answer.status, await answer.text());
      }`;
    // NODE_EXTRA_CA_CERTS is read once, when node starts: https://nodejs.org/api/cli.html#node_extra_ca_certsfile
    const env = { PATH: process.env.PATH ?? "", https_proxy: withPassword(way.url), NODE_EXTRA_CA_CERTS: front.caFile };
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], { env });
    expect(stdout).toBe('200 {"ok":true}\n200 {"ok":true}\n');
    expect(way.requests.map(({ method, authority, path }) => [method, authority, path])).toEqual([["CONNECT", `${GHES}:443`, ""], ["CONNECT", `${GHES}:8443`, ""]]);
    expect(fake.seen.map(({ path, headers }) => [path, headers.host, headers.authorization])).toEqual([["/api/v3/x", GHES, "token t"], ["/api/v3/y", `${GHES}:8443`, "token t"]]);
  });

  test("an authority that nobody trusts: one error that names NODE_EXTRA_CA_CERTS, not tried again", async () => {
    const front = await secured((await server([])).port);
    const way = await proxy(front.port);
    const error = await refused(createFetch({ HTTPS_PROXY: way.url })(`https://${GHES}/`));
    expect(error).toMatchObject({ blame: "configuration", retryable: false, problem: { fix: expect.stringContaining("NODE_EXTRA_CA_CERTS") } });
    expect(error.message).toContain(`The certificate of ${GHES} is not trusted`);
  });

  test("the same without a proxy", async () => {
    const front = await secured((await server([])).port);
    const error = await refused(createFetch({})(`https://localhost:${front.port}/`));
    expect(error.message).toContain(`The certificate of localhost:${front.port} is not trusted`);
  });

  test("a service that speaks no TLS", async () => {
    const fake = await server([]);
    const error = await refused(createFetch({})(`https://127.0.0.1:${fake.port}/`));
    expect(error).toMatchObject({ blame: "configuration", retryable: false });
    expect(error.message).toContain("does not speak TLS");
  });

  test("a proxy that is said to speak TLS and does not", async () => {
    const way = await proxy(1);
    const error = await refused(createFetch({ HTTPS_PROXY: way.url.replace("http:", "https:") })(`https://${GHES}/`));
    expect(error).toMatchObject({ blame: "configuration", retryable: false, problem: { fix: expect.stringContaining("also in HTTPS_PROXY") } });
  });

  test.each([
    [407, "configuration", false, "asks for a user and a password"],
    [403, "configuration", false, "rules do not allow"],
    [502, "service", true, "cannot reach"],
    [504, "service", true, "cannot reach"],
  ] as const)("a proxy that answers CONNECT with %s blames the %s", async (status, blame, retryable, cause) => {
    const way = await proxy(1, { refuse: { status } });
    const error = await refused(createFetch({ HTTPS_PROXY: way.url })(`https://${GHES}:8443/`));
    expect(error).toMatchObject({ blame, retryable, problem: { where: "HTTPS_PROXY", cause: expect.stringContaining(cause) } });
    expect(error.message).toBe(`The proxy ${way.url} did not let this job through to ${GHES}:8443 (${status})`);
  });
});

describe("in a program of its own", () => {
  const run = async (urls: readonly string[], env: Record<string, string>) => {
    const program = `
      import { createFetch } from ${JSON.stringify(join(import.meta.dirname, "../../src/net/fetch.ts"))};
      const fetch = createFetch(process.env);
      for (const url of ${JSON.stringify(urls)}) console.log((await fetch(url)).status);`;
    return (await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], { env: { PATH: process.env.PATH ?? "", ...env } })).stdout;
  };

  test("a proxy that speaks TLS itself is spoken to so, for http and for https in https", async () => {
    const fake = await server([{ json: {} }, { json: {} }]);
    const front = await secured(fake.port);
    const way = await proxy({ [`${GHES}:80`]: fake.port, [`${GHES}:443`]: front.port });
    const wayFront = await secureFront("localhost", Number(new URL(way.url).port));
    closing.push(wayFront.close);
    const both = join(dirname(front.caFile), "both.pem");
    writeFileSync(both, `${readFileSync(front.caFile, "utf8").trim()}\n${readFileSync(wayFront.caFile, "utf8")}`);
    const at = `https://localhost:${wayFront.port}`;
    expect(await run([`http://${GHES}/a`, `https://${GHES}/b`], { http_proxy: at, https_proxy: at, NODE_EXTRA_CA_CERTS: both })).toBe("200\n200\n");
    expect(way.requests.map(({ method, authority }) => `${method} ${authority}`)).toEqual([`GET ${GHES}:80`, `CONNECT ${GHES}:443`]);
  });

  test("node's own NODE_USE_ENV_PROXY makes no second hop", async () => {
    const fake = await server([{ json: {} }, { json: {} }]);
    const front = await secured(fake.port);
    const way = await proxy({ [`${GHES}:80`]: fake.port, [`${GHES}:443`]: front.port });
    expect(await run([`http://${GHES}/a`, `https://${GHES}/b`], { HTTP_PROXY: way.url, HTTPS_PROXY: way.url, NODE_USE_ENV_PROXY: "1", NODE_EXTRA_CA_CERTS: front.caFile })).toBe("200\n200\n");
    expect(way.requests.map(({ method, authority }) => `${method} ${authority}`)).toEqual([`GET ${GHES}:80`, `CONNECT ${GHES}:443`]);
  });

  test("nothing keeps it alive when all is answered, or refused", async () => {
    const fake = await server([{ json: {} }]);
    const way = await proxy({ [`${GHES}:80`]: fake.port });
    const began = performance.now();
    await run([`http://${GHES}/a`], { http_proxy: way.url });
    await run([`https://${GHES}/b`], { https_proxy: way.url }).catch(() => undefined);
    expect(performance.now() - began).toBeLessThan(CONNECT_TIMEOUT_MS);
  });
});

describe("a proxy that is not there", () => {
  test.each(["http", "https"])("%s: one error with its name, which may pass", async (scheme) => {
    const listener = createServer().listen(0, "127.0.0.1");
    await once(listener, "listening");
    const { port } = listener.address() as AddressInfo;
    await new Promise((resolve) => listener.close(resolve));
    const error = await refused(createFetch({ [`${scheme}_proxy`]: `http://ada:${SECRET}@127.0.0.1:${port}` })(`${scheme}://${GHES}/`));
    expect(error).toMatchObject({ blame: "service", retryable: true, problem: { where: `${scheme}_proxy` } });
    expect(error.message).toBe(`The proxy http://127.0.0.1:${port} cannot be reached (ECONNREFUSED)`);
  });

  test("its name is unknown", async () => {
    const error = await refused(createFetch({ HTTPS_PROXY: "http://proxy.internal.invalid:3128" })(`https://${GHES}/`));
    expect(error.message).toMatch(/^The proxy http:\/\/proxy\.internal\.invalid:3128 cannot be reached \((ENOTFOUND|EAI_AGAIN)\)$/);
  });

  test("its variable holds nonsense", async () => {
    await expect(createFetch({ HTTPS_PROXY: `socks5://ada:${SECRET}@p` })(`https://${GHES}/`)).rejects.toBeInstanceOf(InstantError);
  });
});

describe("a proxy that says nothing", () => {
  test("is given up after its own time limit", async () => {
    const way = await proxy(1, { silent: true });
    jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate", "queueMicrotask", "performance", "Date"] });
    try {
      const answer = refused(createFetch({ HTTPS_PROXY: way.url })(`https://${GHES}/`));
      while (jest.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
      jest.advanceTimersByTime(CONNECT_TIMEOUT_MS);
      expect(await answer).toMatchObject({ blame: "service", retryable: true });
      expect((await answer).message).toBe(`The proxy ${way.url} did not open the way to ${GHES}:443 within 15 s`);
    } finally {
      jest.useRealTimers();
    }
  });

  test.each(["http", "https"])("%s: the caller's limit ends the wait at once", async (scheme) => {
    const way = await proxy(1, { silent: true });
    const giveUp = new AbortController();
    const reason = new Error("too long");
    setTimeout(() => giveUp.abort(reason), 50);
    const { signal } = giveUp;
    await expect(createFetch({ [`${scheme}_proxy`]: way.url })(`${scheme}://${GHES}/`, { signal })).rejects.toBe(reason);
    // One that is over already asks nobody.
    await expect(createFetch({ [`${scheme}_proxy`]: way.url })(`${scheme}://${GHES}/`, { signal })).rejects.toBe(reason);
  });
});

test("what NO_PROXY names is gone to straight, and says so when that does not work", async () => {
  const way = await proxy(1);
  const error = await refused(createFetch({ HTTP_PROXY: way.url, NO_PROXY: "*.internal.test" })(`http://${GHES}/`));
  expect(error.message).toMatch(/^The name ghes\.internal\.test cannot be resolved \((ENOTFOUND|EAI_AGAIN)\)$/);
  expect(error.problem.fix).toContain("keep ghes.internal.test out of NO_PROXY");
  expect(way.requests).toEqual([]);
});

test("variables are read when the client is made", async () => {
  const fake = await server([{ json: {} }]);
  const way = await proxy({ [GHES]: fake.port });
  const env: Record<string, string> = { HTTP_PROXY: way.url };
  const fetch = createFetch(env);
  env["HTTP_PROXY"] = "****";
  expect((await fetch(`http://${GHES}/`)).status).toBe(200);
});

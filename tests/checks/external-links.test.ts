import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { checkLinks } from "../../src/checks/links.ts";
import { isPublic } from "../../src/checks/links/addresses.ts";
import { type Ask, openAsk } from "../../src/checks/links/ask.ts";
import { aSubject, short } from "./a-subject.ts";

let server: Server;
let port: number;
let requests: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const [, what = "", ...rest] = (request.url ?? "").split("/");
    if (what === "silent") return;
    if (what === "to") response.writeHead(302, { location: decodeURIComponent(rest.join("/")) });
    else if (what === "loop") response.writeHead(302, { location: `/loop/${rest.length}` });
    else if (what === "no-head") response.writeHead(request.method === "HEAD" ? Number(rest[0]) : 200);
    else response.writeHead(Number(what) || 200);
    response.end(request.method === "GET" ? "a body".repeat(1_000) : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  requests = [];
});

/** Names that lead to the server, or into networks that nobody outside may ask. */
const NAMES: Readonly<Record<string, readonly string[]>> = { "site.test": ["127.0.0.1"], "metadata.test": ["169.254.169.254"], "both.test": ["127.0.0.1", "10.0.0.1"] };
const resolve: NonNullable<NonNullable<Parameters<typeof openAsk>[0]>["resolve"]> = (name, answer) => {
  const found = NAMES[name];
  if (found === undefined) answer(Object.assign(new Error("no"), { code: "ENOTFOUND" }));
  else answer(null, found.map((address) => ({ address, family: 4 })));
};
/** The test's server stands for the public internet. */
const open = () => openAsk({ resolve, isAllowed: (address) => address === "127.0.0.1" || isPublic(address), env: {} });
const ask = (path: string, use = open()) => use(new URL(path.includes("://") ? path : `http://site.test:${port}${path}`), new AbortController().signal);

describe("a page of another site", () => {
  test.each<[string, string, readonly string[]]>([
    ["/200", "alive", ["HEAD /200"]], ["/404", "gone", ["HEAD /404", "GET /404"]], ["/410", "gone", ["HEAD /410", "GET /410"]], ["/no-head/405", "alive", ["HEAD /no-head/405", "GET /no-head/405"]], ["/no-head/404", "alive", ["HEAD /no-head/404", "GET /no-head/404"]],
    ["/403", "unsure", ["HEAD /403", "GET /403"]], ["/500", "unsure", ["HEAD /500", "GET /500"]], ["/429", "unsure", ["HEAD /429"]], ["/to/%2F200", "alive", ["HEAD /to/%2F200", "HEAD /200"]], ["/loop/0", "unsure", Array(6).fill(0).map((_, at) => `HEAD /loop/${at === 0 ? 0 : 1}`)],
  ])("%s is %s", async (path, kind, asked) => {
    expect((await ask(path)).kind).toBe(kind);
    expect(requests).toEqual(asked);
  });

  test("a name that is not there is gone; a port where nobody listens says nothing", async () => {
    expect(await ask("http://nowhere.test/")).toMatchObject({ kind: "gone", detail: "there is no host of this name" });
    expect(await ask("http://site.test:1/")).toMatchObject({ kind: "unsure", detail: "it cannot be reached (ECONNREFUSED)" });
  });

  test("the system's own way to look names up is understood", async () => {
    expect((await openAsk({ env: {} })(new URL("http://nowhere.invalid/"), new AbortController().signal)).kind).toMatch(/^(?:gone|unsure)$/);
    expect(await openAsk({ env: {} })(new URL(`http://localhost:${port}/`), new AbortController().signal)).toEqual({ kind: "unsure", detail: "it is no address of the public internet" });
    expect(requests).toEqual([]);
  });

  test("silence is not waited for beyond the limit", async () => {
    const limit = AbortSignal.timeout(200);
    expect(await open()(new URL(`http://site.test:${port}/silent`), limit)).toMatchObject({ kind: "unsure", detail: "it does not answer in time" });
  });
});

describe("what a pull request must not reach", () => {
  test.each(["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "168.63.129.16", "100.64.0.1", "100.100.100.200", "0.0.0.0", "224.0.0.1", "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0::1", "2001:db8::1", "ff02::1", "x", ""])("%s is not public", (address) => {
    expect(isPublic(address)).toBe(false);
  });

  test.each(["8.8.8.8", "140.82.121.4", "2606:4700::6810:84e5", "2a00:1450:4001::200e", "172.15.0.1", "172.32.0.1", "100.63.0.1", "169.253.0.1"])("%s is", (address) => {
    expect(isPublic(address)).toBe(true);
  });

  const real = () => openAsk({ resolve, env: {} });
  test.each(["http://127.0.0.1/", "http://[::1]/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://[::ffff:7f00:1]/", "http://169.254.169.254/latest/meta-data/", "http://metadata.test/", "http://site.test/", "http://both.test/"])("%s is not asked", async (address) => {
    const url = new URL(address);
    if (!address.includes(".test/latest")) url.port = String(port);
    expect(await real()(url, new AbortController().signal)).toEqual({ kind: "unsure", detail: "it is no address of the public internet" });
    expect(requests).toEqual([]);
  });

  test.each(["http://169.254.169.254/latest/", "http://metadata.test/", "http://[::1]:1/", "http://both.test/"])("… nor is %s behind a redirect", async (address) => {
    expect(await ask(`/to/${encodeURIComponent(address)}`)).toEqual({ kind: "unsure", detail: "it is no address of the public internet" });
  });

  test("another protocol, a password and a proxy are refused", async () => {
    expect(await ask(`http://a:b@site.test:${port}/200`)).toMatchObject({ kind: "unsure", detail: "it holds a user or a password" });
    expect(await openAsk({ resolve, env: { http_proxy: "http://proxy.test:3128" } })(new URL("http://site.test/"), new AbortController().signal)).toMatchObject({ kind: "unsure", detail: "a proxy stands in between" });
    expect(requests).toEqual([]);
    expect(await ask(`/to/${encodeURIComponent("file:///etc/passwd")}`)).toMatchObject({ kind: "unsure", detail: "it leads on to file://" });
  });

  test("the address that is connected to counts, whatever a name leads to a moment later", async () => {
    let asked = 0;
    const rebinding = openAsk({ env: {}, isAllowed: (address) => address === "127.0.0.2" || isPublic(address), resolve: (_, answer) => {
      asked += 1;
      answer(null, [{ address: asked === 1 ? "127.0.0.2" : "127.0.0.1", family: 4 }]);
    } });
    const answer = await rebinding(new URL(`http://rebind.test:${port}/200`), new AbortController().signal);
    // Its one look-up said 127.0.0.2, so that nobody else was connected to.
    expect([asked, requests, answer.kind]).toEqual([1, [], "unsure"]);
  });
});

describe("the check", () => {
  const seen: string[] = [];
  const fake = (answers: Readonly<Record<string, Awaited<ReturnType<Ask>>>>): Ask => async (url) => {
    seen.push(url.href);
    return answers[url.href] ?? { kind: "alive", detail: "200" };
  };
  beforeEach(() => {
    seen.length = 0;
  });
  const text = "# A\n\n[old](https://a.test/old)\n\n[new](https://a.test/gone#part) and `[code](https://a.test/code)`\n\n[twice](https://a.test/gone) <https://b.test/>\n\n[own](http://localhost/)\n";
  const gone = { "https://a.test/gone": { kind: "gone", detail: "it answers 404" } as const };
  const check = (policy: "off" | "warn" | "fail", use: Ask, more = {}) => checkLinks(aSubject({ files: { "a.md": text }, touched: { "a.md": [{ start: 5, end: 9 }] }, ...more }), policy, use);

  test("asks for new links only, each address once", async () => {
    const { findings, detail } = await check("fail", fake(gone));
    expect(short(findings)).toEqual(["a.md:5 failure links/external", "a.md:7 failure links/external"]);
    expect(findings[0]?.message).toBe("https://a.test/gone#part leads nowhere: it answers 404. Correct it, or take it out.");
    expect(seen.toSorted()).toEqual(["http://localhost/", "https://a.test/gone", "https://b.test/"]);
    expect(detail).toBe("5 links in 1 file, 3 of other sites asked");
  });

  test("warns, or asks nobody, as the policy says", async () => {
    expect(short((await check("warn", fake(gone))).findings)).toEqual(["a.md:5 warning links/external", "a.md:7 warning links/external"]);
    seen.length = 0;
    expect([(await check("off", fake(gone))).findings, seen]).toEqual([[], []]);
  });

  test("what cannot be told is shown and never fails; a host that asks to be left alone is", async () => {
    const busy = { "https://a.test/gone": { kind: "unsure", detail: "it answers 429", busy: true } as const };
    const files = { "a.md": "[a](https://a.test/gone) [b](https://a.test/next) [c](https://b.test/)\n" };
    const { findings } = await checkLinks(aSubject({ files }), "fail", fake(busy));
    expect(findings.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "notice Whether https://a.test/gone leads somewhere cannot be told: it answers 429.", "notice Whether https://a.test/next leads somewhere cannot be told: its host asked to be left alone.",
    ]);
    expect(seen.toSorted()).toEqual(["https://a.test/gone", "https://b.test/"]);
  });

  test("one host is asked one address at a time, a few hosts side by side, a hundred addresses at most", async () => {
    const open = new Map<string, number>();
    let most = 0;
    let asked = 0;
    const slow: Ask = async ({ host }) => {
      asked += 1;
      open.set(host, (open.get(host) ?? 0) + 1);
      most = Math.max(most, [...open.values()].reduce((sum, count) => sum + count, 0));
      expect(open.get(host)).toBe(1);
      await new Promise((done) => setImmediate(done));
      open.set(host, (open.get(host) ?? 1) - 1);
      return { kind: "alive", detail: "200" };
    };
    const links = Array.from({ length: 120 }, (_, at) => `[x](https://h${at % 20}.test/${at})`).join("\n\n");
    const { findings } = await checkLinks(aSubject({ files: { "a.md": `${links}\n` } }), "fail", slow);
    expect([asked, most]).toEqual([100, 8]);
    expect(findings.filter(({ rule }) => rule === "links/external-unsure")).toHaveLength(20);
  });

  test("a check that is stopped asks no more", async () => {
    const stopped = new AbortController();
    stopped.abort();
    const { findings } = await checkLinks({ ...aSubject({ files: { "a.md": "[a](https://a.test/)\n" } }), signal: stopped.signal }, "fail", fake({}));
    expect([findings.length, seen]).toEqual([1, []]);
  });
});

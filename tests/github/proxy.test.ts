import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createFetch } from "../../src/net/fetch.ts";
import { everything } from "../../src/github/everything.ts";
import { connect } from "../../src/github/index.ts";
import { contextAt, fakeGitHub, fastClock, recordingLog, TOKEN } from "./fake.ts";
import { keepEnvironment, startProxy } from "./proxy-server.ts";

const RUN = { id: 5, html_url: "u", head_sha: "b".repeat(40), status: "queued", conclusion: null, created_at: "2026-09-01T12:00:00Z" };
const restore = keepEnvironment();

afterEach(restore);

describe("a proxy", () => {
  test("is used when the environment names one, with its credentials, and the API behind it is reached", async () => {
    const fake = await fakeGitHub([{ json: RUN }, { status: 201, json: { number: 3, html_url: "p" } }]);
    const proxy = await startProxy(Number(new URL(fake.url).port));
    process.env.HTTP_PROXY = proxy.url.replace("//", "//user:pass@");
    try {
      const repository = connect({ context: contextAt("http://github.example.test"), token: TOKEN, log: recordingLog(), clock: fastClock(), stage: "test" }, everything);
      expect((await repository.readRun(5)).id).toBe(5);
      expect(await repository.openPull({ head: "x", base: "main", title: "ü", body: "b" })).toEqual({ number: 3, url: "p" });
      expect(proxy.asked).toEqual(["github.example.test:80", "github.example.test:80"]);
      expect(proxy.credentials[0]).toBe(`Basic ${Buffer.from("user:pass").toString("base64")}`);
      expect(fake.seen[1]?.body.title).toBe("ü");
      expect(fake.seen[1]?.headers.authorization).toBe(`token ${TOKEN}`);
    } finally {
      proxy.close();
      await fake.close();
    }
  });

  test("is left out for hosts in NO_PROXY", async () => {
    const fake = await fakeGitHub([{ json: RUN }]);
    const proxy = await startProxy(Number(new URL(fake.url).port));
    process.env.HTTP_PROXY = proxy.url;
    process.env.NO_PROXY = "github.example.invalid";
    try {
      // The name does not resolve, so going there directly fails; the proxy would have answered.
      await expect(createFetch(process.env)("http://github.example.invalid/x")).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
      expect(proxy.asked).toEqual([]);
    } finally {
      proxy.close();
      await fake.close();
    }
  });
});

describe("fetch", () => {
  test("follows a redirect within the origin, as GitHub answers for a renamed repository, and none beyond it", async () => {
    const elsewhere = await fakeGitHub([{ json: {} }]);
    const fake = await fakeGitHub([{ status: 301, headers: { location: "/new" } }, { json: { ok: true } }, { status: 307, headers: { location: `${elsewhere.url}/steal` } }]);
    try {
      const fetch = createFetch({});
      expect(await (await fetch(`${fake.url}/old`, { headers: { authorization: "token x" } })).text()).toBe('{"ok":true}');
      expect((await fetch(`${fake.url}/old`, { method: "POST", body: "{}", headers: { authorization: "token x" } })).status).toBe(307);
      expect(fake.routes()).toEqual(["GET /old", "GET /new", "POST /old"]);
      expect(elsewhere.seen).toEqual([]);
    } finally {
      await fake.close();
      await elsewhere.close();
    }
  });

  test("an abort ends a request that nobody answers", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const abort = new AbortController();
    silent.once("request", () => abort.abort(new Error("too long")));
    try {
      await expect(createFetch({})(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/`, { signal: abort.signal })).rejects.toThrow("too long");
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });
});

// git reaches the server by the same way as the API, with git's own programs.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { InstantError } from "../../src/kit/errors.ts";
import { cleanEnvironment, gitEnvironment } from "../../src/workspace/environment.ts";
import { openCheckouts } from "../../src/workspace/index.ts";
import { keepEnvironment, type ProxyOptions, type Routes, startProxy } from "../github/proxy-server.ts";
import { secureFront } from "../net/secure.ts";
import { openProject, type Project, recordingLog } from "./git-server.ts";

const token = "ghs_aVerySecretToken0123456789";
const GHES = "ghes.internal.test";
let project: Project;
let sha = "";
let restore = () => {};
const closing: (() => void)[] = [];

beforeAll(async () => {
  project = await openProject({ token });
  sha = project.commit({ "docs/FAQ.md": "# FAQ\n" });
});
afterAll(() => project.close());
beforeEach(() => {
  const proxies = keepEnvironment();
  const { GIT_SSL_CAINFO: before } = process.env;
  restore = () => {
    proxies();
    if (before === undefined) delete process.env.GIT_SSL_CAINFO;
    else process.env.GIT_SSL_CAINFO = before;
  };
});
afterEach(() => {
  restore();
  for (const close of closing.splice(0)) close();
});

const port = () => Number(new URL(project.context.serverUrl).port);

async function behind(routes: Routes, options?: ProxyOptions) {
  const proxy = await startProxy(routes, options);
  closing.push(proxy.close);
  return proxy;
}

async function readBy(serverUrl: string): Promise<string | null> {
  const tree = await openCheckouts({ context: { ...project.context, serverUrl, workspace: "" }, token, log: recordingLog() }).checkout(sha);
  try {
    return await tree.readText("docs/FAQ.md");
  } finally {
    await tree.dispose();
  }
}

async function refusal(serverUrl: string): Promise<string> {
  const error = await readBy(serverUrl).then(() => undefined, (caught: unknown) => caught);
  if (!(error instanceof InstantError)) throw new Error(`no InstantError but ${String(error)}`);
  const text = error.problems.map(({ what, cause, fix }) => `${error.blame}: ${what} | ${cause} | ${fix}`).join("\n");
  expect(text).not.toContain("Hunter-2");
  return text;
}

describe("git", () => {
  // curl, which git speaks HTTP by, does not read HTTP_PROXY in capitals of itself.
  test.each(["http_proxy", "HTTP_PROXY"])("goes through the proxy in %s, with its credential", async (variable) => {
    const proxy = await behind({ [GHES]: port() }, { credential: "ada:Hunter-2@x" });
    process.env[variable] = proxy.url.replace("//", "//ada:Hunter-2%40x@");
    expect(await readBy(`http://${GHES}`)).toBe("# FAQ\n");
    expect(new Set(proxy.asked)).toEqual(new Set([`${GHES}:80`]));
    expect(proxy.requests.every(({ userAgent }) => userAgent.startsWith("git/"))).toBe(true);
  });

  test("goes through a tunnel to a server whose authority GIT_SSL_CAINFO names", async () => {
    const front = await secureFront(GHES, port());
    closing.push(front.close);
    const proxy = await behind({ [`${GHES}:443`]: front.port });
    process.env.HTTPS_PROXY = proxy.url;
    process.env.GIT_SSL_CAINFO = front.caFile;
    expect(await readBy(`https://${GHES}`)).toBe("# FAQ\n");
    expect(new Set(proxy.requests.map(({ method, authority }) => `${method} ${authority}`))).toEqual(new Set([`CONNECT ${GHES}:443`]));
    delete process.env.GIT_SSL_CAINFO;
    expect(await refusal(`https://${GHES}`)).toMatch(/^configuration: git fetch does not trust the server's certificate: .*Set GIT_SSL_CAINFO/s);
  });

  test("reads NO_PROXY as the API does: ports, `*.` and this machine", async () => {
    const proxy = await behind({});
    process.env.HTTP_PROXY = proxy.url;
    expect(await readBy(project.context.serverUrl)).toBe("# FAQ\n");
    process.env.NO_PROXY = `${GHES}:80`;
    expect(await refusal(`http://${GHES}`)).toContain(`Could not resolve host: ${GHES}`);
    process.env.NO_PROXY = "*.internal.test";
    expect(await refusal(`http://${GHES}`)).toContain(`Could not resolve host: ${GHES}`);
    expect(proxy.requests).toEqual([]);
  });

  test("follows `http.proxy` of the person's configuration before any variable", async () => {
    const theirs = await behind({ [GHES]: port() });
    const ours = await behind({});
    process.env.http_proxy = ours.url;
    const home = process.env.HOME;
    process.env.HOME = project.folder;
    writeFileSync(join(project.folder, ".gitconfig"), `[http]\n\tproxy = ${theirs.url}\n`);
    try {
      expect(await readBy(`http://${GHES}`)).toBe("# FAQ\n");
    } finally {
      rmSync(join(project.folder, ".gitconfig"));
      if (home === undefined) delete process.env.HOME;
      else process.env.HOME = home;
    }
    expect([theirs.asked.length > 0, ours.requests]).toEqual([true, []]);
  });

  test.each([["http", /407.*asks for a user and a password/s], ["https", /407|asks for another user and password/]])("%s: a proxy that wants another password is the configuration's fault", async (scheme, said) => {
    const proxy = await behind(port(), { credential: "ada:right" });
    process.env[`${scheme}_proxy`] = proxy.url.replace("//", "//ada:Hunter-2@");
    const text = await refusal(`${scheme}://${GHES}`);
    expect(text).toMatch(/^configuration: git fetch did not get through the proxy: /);
    expect(text).toMatch(said);
  });

  test("a proxy whose name is unknown", async () => {
    process.env.HTTPS_PROXY = "http://proxy.internal.invalid:3128";
    expect(await refusal(`https://${GHES}`)).toMatch(/^configuration: git fetch did not get through the proxy: .*Could not resolve proxy/);
  });

  test("a variable that names no proxy", async () => {
    process.env.HTTPS_PROXY = "socks5://ada:Hunter-2@proxy:1080";
    expect(await refusal(`https://${GHES}`)).toContain("HTTPS_PROXY does not hold the address of a proxy");
  });
});

describe("environments", () => {
  test("git gets the one proxy of its server and no other", () => {
    const env = { HTTPS_PROXY: "proxy.corp:3128", http_proxy: "http://plain.corp", NO_PROXY: "intern.corp", ALL_PROXY: "socks5://all.corp" };
    expect(gitEnvironment(env, "https://ghes.corp")).toMatchObject({ https_proxy: "http://proxy.corp:3128/", ALL_PROXY: "socks5://all.corp" });
    expect(Object.keys(gitEnvironment(env, "https://ghes.corp")).filter((name) => /^(http|no)_proxy$/i.test(name))).toEqual([]);
    expect(gitEnvironment(env, "http://ghes.corp")).toMatchObject({ http_proxy: "http://plain.corp/" });
    expect(gitEnvironment(env, "https://intern.corp")).toMatchObject({ no_proxy: "*" });
    expect(gitEnvironment({ SSL_CERT_FILE: "/ca", GIT_SSL_NO_VERIFY: "1" }, "https://ghes.corp")).not.toHaveProperty("no_proxy");
    expect(gitEnvironment({ SSL_CERT_FILE: "/ca", GIT_SSL_NO_VERIFY: "1" }, "https://ghes.corp")).not.toHaveProperty("GIT_SSL_NO_VERIFY");
  });

  test("a user's command gets proxies without a password, and the files of certificates", () => {
    const kept = { HTTP_PROXY: "http://proxy.corp:3128", NO_PROXY: "a@b.corp", NODE_EXTRA_CA_CERTS: "/ca.pem", SSL_CERT_FILE: "/ca.pem", REQUESTS_CA_BUNDLE: "/ca.pem" };
    expect(cleanEnvironment({ ...kept, HTTPS_PROXY: "http://ada:p/ss@proxy.corp", https_proxy: "ada:secret@proxy.corp:1", http_proxy: "http://ada:se@cret@proxy.corp" })).toEqual(kept);
  });
});

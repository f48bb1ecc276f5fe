import { describe, expect, test } from "@jest/globals";
import { getProxyUrl } from "actions-http-client-real/lib/proxy";
import { InstantError } from "../../src/kit/errors.ts";
import { proxyFor, proxySecrets } from "../../src/kit/proxy.ts";
import { keepEnvironment } from "../github/proxy-server.ts";

type Env = Record<string, string>;
const of = (url: string, env: Env) => proxyFor(new URL(url), env);

/** What the client of GitHub's own actions chooses in the same environment. */
function theirs(url: string, env: Env): string | undefined {
  const restore = keepEnvironment();
  try {
    Object.assign(process.env, env);
    const found = getProxyUrl(new URL(url));
    return found && `${found.protocol}//${found.hostname}:${found.port || "80"}`;
  } finally {
    restore();
  }
}

const P = "http://proxy.corp:3128";
const Q = "http://other.corp:8080";
const SAME: readonly (readonly [string, Env])[] = [
  ["https://ghes.corp/api/v3", { HTTPS_PROXY: P }],
  ["https://ghes.corp/api/v3", { HTTP_PROXY: P }],
  ["http://ghes.corp/", { HTTP_PROXY: P }],
  ["http://ghes.corp/", { HTTPS_PROXY: P }],
  ["https://ghes.corp/", { https_proxy: P, HTTPS_PROXY: Q }],
  ["https://ghes.corp/", { https_proxy: "", HTTPS_PROXY: Q }],
  ["http://localhost:8080/", { HTTP_PROXY: P }],
  ["http://127.0.0.1:8080/", { HTTP_PROXY: P }],
  ["http://127.9.9.9/", { HTTP_PROXY: P }],
  ["http://[::1]:8080/", { HTTP_PROXY: P }],
  ["https://ghes.corp/", { HTTPS_PROXY: P, NO_PROXY: "ghes.corp" }],
  ["https://GHES.corp/", { HTTPS_PROXY: P, NO_PROXY: "a.b, Ghes.Corp ,c.d" }],
  ["https://api.ghes.corp/", { HTTPS_PROXY: P, NO_PROXY: "ghes.corp" }],
  ["https://api.ghes.corp/", { HTTPS_PROXY: P, NO_PROXY: ".ghes.corp" }],
  ["https://ghes.corp/", { HTTPS_PROXY: P, NO_PROXY: ".ghes.corp" }],
  ["https://myghes.corp/", { HTTPS_PROXY: P, NO_PROXY: "ghes.corp" }],
  ["https://ghes.corp/", { HTTPS_PROXY: P, NO_PROXY: "ghes.corp:443" }],
  ["http://ghes.corp/", { HTTP_PROXY: P, NO_PROXY: "ghes.corp:443" }],
  ["https://ghes.corp:8443/", { HTTPS_PROXY: P, NO_PROXY: "ghes.corp:8443" }],
  ["https://ghes.corp:8443/", { HTTPS_PROXY: P, NO_PROXY: "ghes.corp:443" }],
  ["https://ghes.corp/", { HTTPS_PROXY: P, NO_PROXY: "*" }],
  ["https://ghes.corp/", { HTTPS_PROXY: P, no_proxy: "x.y", NO_PROXY: "ghes.corp" }],
  ["https://ghes.corp/", { HTTPS_PROXY: P, no_proxy: "", NO_PROXY: "ghes.corp" }],
  ["https://10.1.2.3/", { HTTPS_PROXY: P, NO_PROXY: "10.0.0.0/8" }],
  ["https://10.1.2.3/", { HTTPS_PROXY: P, NO_PROXY: "10.1.2.3" }],
  ["https://ghes.corp/", { ALL_PROXY: P }],
];

test.each(SAME)("%s with %j: as @actions/http-client", (url, env) => {
  expect(of(url, env)?.name).toBe(theirs(url, env));
});

test("`*.example.com` in NO_PROXY means its subdomains, and words may be parted by blanks", () => {
  expect(of("https://api.ghes.corp/", { HTTPS_PROXY: P, NO_PROXY: "*.ghes.corp" })).toBeUndefined();
  expect(of("https://ghes.corp/", { HTTPS_PROXY: P, NO_PROXY: "*.ghes.corp" })?.name).toBe(P);
  expect(of("https://b.corp/", { HTTPS_PROXY: P, NO_PROXY: "a.corp b.corp" })).toBeUndefined();
});

describe("the address of a proxy", () => {
  test.each([
    ["http://proxy.corp:3128", "http://proxy.corp:3128"],
    ["proxy.corp:3128", "http://proxy.corp:3128"],
    ["http://proxy.corp", "http://proxy.corp:80"],
    ["https://proxy.corp/", "https://proxy.corp:443"],
    [" http://10.0.0.1:8080 ", "http://10.0.0.1:8080"],
    ["http://[fd00::1]:8080", "http://[fd00::1]:8080"],
  ])("%s", (value, name) => expect(of("https://ghes.corp/", { HTTPS_PROXY: value })).toMatchObject({ name, authorization: undefined }));

  test.each([
    ["http://ada:s3cret@proxy.corp:3128", "ada:s3cret"],
    ["ada:s3cret@proxy.corp:3128", "ada:s3cret"],
    ["http://ada:s3cret%40%23%2F@proxy.corp:3128", "ada:s3cret@#/"],
    ["http://ada:s3cret@x@proxy.corp:3128", "ada:s3cret@x"],
    ["http://ada:100%@proxy.corp:3128", "ada:100%"],
    ["http://ünï:pässe@proxy.corp:3128", "ünï:pässe"],
    ["http://ada@proxy.corp:3128", "ada:"],
  ])("%s brings its credential, and its name does not show it", (value, credential) => {
    const proxy = of("https://ghes.corp/", { HTTPS_PROXY: value });
    expect(proxy).toMatchObject({ name: "http://proxy.corp:3128", authorization: `Basic ${Buffer.from(credential).toString("base64")}` });
    for (const secret of proxySecrets({ HTTPS_PROXY: value })) expect(proxy?.name).not.toContain(secret);
  });

  test.each(["socks5://ada:s3cret@proxy.corp:1080", "http://ada:s3cret#1@proxy.corp:3128", "http://ada:12#s3cret@proxy.corp:3128", "http://s3cret proxy:1", "http://proxy.corp:3128/s3cret", "http://proxy.corp:99999"])(
    "%s is refused, and not shown",
    (value) => {
      let thrown: unknown;
      try {
        of("https://ghes.corp/", { HTTPS_PROXY: value });
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(InstantError);
      const text = JSON.stringify((thrown as InstantError).problems);
      expect(text).toContain("HTTPS_PROXY");
      expect(text).not.toContain("s3cret");
    },
  );

  test("one that is not needed is not looked at", () => {
    expect(of("https://ghes.corp/", { HTTPS_PROXY: "socks5://p", NO_PROXY: "ghes.corp" })).toBeUndefined();
    expect(of("https://ghes.corp/", { HTTP_PROXY: "socks5://p" })).toBeUndefined();
  });
});

describe("what has to be masked", () => {
  test("credential and password, as written, as meant and as sent", () => {
    expect(proxySecrets({ https_proxy: "http://ada:p%40ss@proxy.corp" })).toEqual(["ada:p%40ss", "p%40ss", "ada:p@ss", "p@ss", Buffer.from("ada:p@ss").toString("base64")]);
    expect(proxySecrets({ HTTP_PROXY: "ada:pass/word@proxy.corp:1" })).toContain("pass/word");
  });

  test("nothing where there is no password", () => {
    expect(proxySecrets({ http_proxy: "http://proxy.corp:3128", HTTPS_PROXY: "http://ada@proxy.corp", NO_PROXY: "a:b@c" })).toEqual([]);
  });
});

import { afterEach, describe, expect, test } from "@jest/globals";
import { connectProbes } from "../../src/probes/index.ts";
import type { ProbeSpec } from "../../src/probes/port.ts";
import { Variables, withoutSecrets } from "../../src/probes/resolve.ts";
import { http, json } from "./hostile.ts";
import { specOf } from "./specs.ts";

const COMMIT = "a1b2c3d4".repeat(5);
const occasion = { timeoutMs: 2_000, signal: new AbortController().signal, since: 0 };
const masked: string[] = [];
const open = (probes: readonly ProbeSpec[], healthEnv: readonly string[] = []) =>
  connectProbes({ versionUrl: "", versionField: "", healthEnv }, { mask: (value) => void masked.push(value), run: async () => ({ exitCode: 0, timedOut: false, output: "", ms: 1 }) }).connect({ probes, traffic: [], commit: COMMIT });

const given: Record<string, string> = {};
const set = (name: string, value: string) => (given[name] = process.env[name] = value);
afterEach(() => {
  for (const name of Object.keys(given)) {
    delete process.env[name];
    delete given[name];
  }
  masked.length = 0;
});

describe("variables", () => {
  test("are put into every text, and what was put in is masked and not told", async () => {
    set("PROBE_TOKEN", "s3cret+value");
    await using server = await http((request, response) => json(500, { url: request.url, token: request.headers["x-token"] })(request, response));
    const spec = specOf(`${server.url}/\${commit-short}?key=\${PROBE_TOKEN}`, {}, { headers: { "x-token": "t ${PROBE_TOKEN}" } });
    const { probes } = await open([spec], ["PROBE_TOKEN"]);
    const seen = await probes[0]!.measure(occasion);
    expect(seen.detail).toContain('"/a1b2c3d?key=***"');
    expect(seen.detail).toContain('"t ***"');
    expect(JSON.stringify(seen)).not.toMatch(/s3cret/);
    expect(masked).toEqual(expect.arrayContaining(["s3cret+value", "s3cret%2Bvalue"]));
  });

  test("that are not allowed, or not set, are all told at once, and nothing is asked", async () => {
    set("PROBE_EMPTY", "");
    set("INPUT_TOKEN", "ghs_123456");
    await using server = await http(json(200, {}));
    const wrong = open([specOf(`${server.url}/\${PROBE_OTHER}`), specOf(`${server.url}/\${PROBE_EMPTY}`, {}, { headers: { a: "${INPUT_TOKEN}" } })], ["PROBE_EMPTY", "INPUT_TOKEN"]);
    await expect(wrong).rejects.toMatchObject({ blame: "configuration", problems: [{ what: expect.stringContaining("${PROBE_OTHER}") }, { what: expect.stringMatching(/PROBE_EMPTY.*is empty/) }, { what: expect.stringMatching(/INPUT_TOKEN.*may not be read/) }] });
    expect(server.count()).toBe(0);
  });

  test("have to make an address of what has to be one", async () => {
    set("PROBE_HOST", "file:///etc/passwd");
    await expect(open([specOf("${PROBE_HOST}", {}, { name: "odd" })], ["PROBE_HOST"])).rejects.toMatchObject({ message: expect.stringMatching(/`odd` does not begin with https/) });
  });

  test("of ours are known without asking, others are left as they are", () => {
    const variables = new Variables({}, [], { commit: "abc" });
    expect(variables.into({ a: ["${commit} ${window} $commit {commit}"], b: 3, c: null })).toEqual({ a: ["abc ${window} $commit {commit}"], b: 3, c: null });
    expect(() => variables.check()).not.toThrow();
  });

  test("a password within an address is a secret of its own; short words are none", () => {
    const variables = new Variables({ URL: "redis://u:pa%40ss-word@h", ON: "yes" }, ["URL", "ON"], {});
    variables.into("${URL} ${ON}");
    expect(withoutSecrets("yes, redis://u:pa%40ss-word@h or pa%40ss-word", variables.secrets)).toBe("yes, *** or ***");
  });

  test("that are secrets are not printed in part either, where a text was cut in the midst of one, nor as a line or in JSON", async () => {
    const token = "s3cr3t-t0ken-of-forty-characters-and-more";
    set("PROBE_TOKEN", token);
    await using server = await http((_, response) => response.writeHead(503).end(`${"x".repeat(80)} ${token}`));
    const { probes } = await open([specOf(`${server.url}/`, {}, { headers: { authorization: "Bearer ${PROBE_TOKEN}" } })], ["PROBE_TOKEN"]);
    expect((await probes[0]!.measure(occasion)).detail).toMatch(/^503 x{80} \*\*\*…, not /);
    const variables = new Variables({ KEY: 'first line\nsecond "line"' }, ["KEY"], {});
    variables.into("${KEY}");
    expect(withoutSecrets('a first line second "line" b first line\\nsecond \\"line\\" c firs… d fi…', variables.secrets)).toBe("a *** b *** c ***… d fi…");
  });
});

test("each kind has its probe, and they come in the order of their specs", async () => {
  const specs: ProbeSpec[] = [
    { kind: "command", name: "1", run: "true" }, { kind: "sentry", name: "2", url: "http://127.0.0.1:1", token: "t", organization: "o", project: "p", environment: "", release: "", tolerated: 0 },
    { kind: "redis-workers", name: "3", url: "redis://127.0.0.1:1", keys: "*", maxAgeSeconds: 1, atLeast: 1 }, { kind: "prometheus", name: "4", url: "http://127.0.0.1:1", headers: {}, query: "x", pass: "< 1", fail: "" }, specOf("http://127.0.0.1:1/"),
  ];
  const { probes } = await open(specs);
  const seen = await Promise.all(probes.map((probe) => probe.measure(occasion)));
  expect(seen.map(({ probe, outcome }) => `${probe} ${outcome}`)).toEqual(["1 success", "2 error", "3 error", "4 error", "http://127.0.0.1:1/ failure"]);
});

import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { InstantError } from "../../../src/kit/errors.ts";
import { planOfFile } from "../../../src/stages/post-deploy-health/plan/file.ts";
import { type Plan, planOfInputs } from "../../../src/stages/post-deploy-health/plan/plan.ts";
import { policyOf } from "./fakes.ts";

const settings = (given: Record<string, string> = {}) => policyOf({ "health-file": "ops/health.yaml", "probe-interval-seconds": "1", "health-timeout-seconds": "60", ...given });
const planOf = (text: string, given: Record<string, string> = {}) => planOfFile(text, settings(given));
const example = readFileSync(new URL("../../../actions/post-deploy-health/health.example.yaml", import.meta.url), "utf8");

/** All problems of a file, as `line what`. */
function problemsOf(text: string, given: Record<string, string> = {}): string[] {
  try {
    planOf(text, given);
    return [];
  } catch (error) {
    if (!(error instanceof InstantError) || error.blame !== "configuration") throw error;
    return error.problems.map(({ where, what }) => `${where?.replace("ops/health.yaml:", "")} ${what}`);
  }
}

const web = (more = "") => `probes:\n  - { name: web, kind: http, url: https://example.org/${more === "" ? "" : `, ${more}`} }\n`;

describe("the example", () => {
  test("covers backend, frontend, task API, workers and Sentry, and is a plan", () => {
    const plan = planOf(example);
    expect(plan.checks.map(({ spec, role }) => `${spec.name} ${spec.kind} ${role}`)).toEqual([
      "backend http critical", "frontend http critical", "certificate http advisory", "task API http critical", "workers redis-workers critical", "new errors sentry critical",
      "queue prometheus advisory", "migrations command advisory", "payment provider http control",
    ]);
    expect(plan).toMatchObject({ withinMs: 180_000, beforeRounds: 1, traffic: [{ role: "critical", windowMs: 60_000, level: 0.0005, floor: { absolute: 0.005, relative: 1.5 } }] });
    expect(plan.checks[4]).toMatchObject({ spec: { keys: "worker:heartbeat:*", maxAgeSeconds: 300, atLeast: 2 }, rule: { intervalMs: 5_000, failureLimit: 3, successes: 3, consecutiveErrorLimit: 4, count: null } });
    expect(plan.checks[3]).toMatchObject({ spec: { expect: { status: [[200, 200], [204, 204]], json: ["queue.depth<100"] } } });
  });
});

describe("what a file does not say", () => {
  test("comes from its defaults, then from the inputs", () => {
    const plan = planOf(`defaults: { successes: 5, initial-delay-seconds: 2 }\n${web("successes: 2")}  - { name: b, kind: command, run: "true" }\n`, { "probe-timeout-seconds": "7" });
    expect(plan.checks.map(({ rule }) => rule)).toMatchObject([{ successes: 2, delayMs: 2_000, timeoutMs: 7_000, intervalMs: 1_000 }, { successes: 5, delayMs: 2_000 }]);
    expect(plan.withinMs).toBe(60_000);
    expect(plan.versionRule.successes).toBe(5);
  });

  test("fits what it does say: a count, or a slow pace", () => {
    expect(planOf(web("count: 2")).checks[0]?.rule).toMatchObject({ count: 2, successes: 2, failureLimit: 1 });
    expect(planOf(web("interval-seconds: 25")).checks[0]?.rule).toMatchObject({ successes: 3, failureLimit: 2 });
  });

  test("the inputs alone are a plan of the same kind", () => {
    const plan: Plan = planOfInputs(policyOf({ "health-urls": "https://a.example/x?key=1\nhttps://b.example/", "probe-interval-seconds": "30", "health-timeout-seconds": "90", "probe-count": "2" }));
    expect(plan.checks).toMatchObject([{ spec: { name: "https://a.example/x", url: "https://a.example/x?key=1", expect: { status: [[200, 200]], json: ["status=ok"] } }, role: "critical" }, { spec: { name: "https://b.example/" } }]);
    expect(plan.checks[0]?.rule).toMatchObject({ successes: 2, failureLimit: 2, intervalMs: 30_000 });
  });
});

describe("statuses", () => {
  test.each<[string, unknown]>([["204", [[204, 204]]], ["2xx", [[200, 299]]], ["200-204", [[200, 204]]], ["[200, 3xx]", [[200, 200], [300, 399]]]])("%s", (status, ranges) => {
    expect(planOf(web(`expect: { status: ${status} }`)).checks[0]?.spec).toMatchObject({ expect: { status: ranges } });
  });
});

describe("a file that contradicts itself is refused, with every contradiction at once", () => {
  test.each<[string, string, RegExp]>([
    ["a limit that can never be passed", web("count: 3, failure-limit: 3"), /^2 `web`: of 3 measurements never more than 3 can fail/],
    ["more successes than measurements", web("count: 3, successes: 4"), /never 4 can succeed/],
    ["no success needed", web("successes: 0"), /has to be at least 1/],
    ["successes that would come too late", web("successes: 3, interval-seconds: 30"), /its 3rd success could be seen after 60 s, and the time is up after 60 s/],
    ["failures that would come too late", web("failure-limit: 4, interval-seconds: 15, successes: 2"), /its 5th failure could be seen after 60 s/],
    ["a delay longer than the time", web("initial-delay-seconds: 60"), /its 3rd success could be seen after 62 s/],
    ["a control that could never speak", `${web()}  - { name: c, kind: http, url: https://c.example/, role: control, count: 1 }\n`, /`c`: a control is believed after 2 measurements, so with 1/],
    ["a control that speaks too late", `${web()}  - { name: c, kind: http, url: https://c.example/, role: control, successes: 1, failure-limit: 0, interval-seconds: 60 }\n`, /`c`: a control is believed after 2 measurements, the 2nd could be made after 60 s/],
    ["two of one name", `${web()}  - { name: web, kind: command, run: "true" }\n`, /Two probes are called `web`/],
    ["nothing that decides", web("role: advisory"), /Nothing in the file is critical/],
    ["no probe at all", "probes: []\n", /Nothing in the file is critical/],
    ["a certificate without TLS", "probes:\n  - { name: w, kind: http, url: http://example.org, expect: { certificate-days: 3 } }\n", /has no certificate/],
    ["an expression that is none", web('expect: { matches: "(" }'), /`\(` is no regular expression/],
    ["a range that ends before it begins", web("expect: { status: 299-200 }"), /ends before it begins/],
    ["a password in the file", "probes:\n  - { name: w, kind: redis-workers, url: 'redis://u:hunter2@h:6379' }\n", /holds a password in plain text/],
    ["a token in the file", "probes:\n  - { name: s, kind: sentry, organization: o, project: p, token: sntrys_abc }\n", /has to name a variable/],
    ["an address that is none", "probes:\n  - { name: w, kind: http, url: ftp://example.org }\n", /does not begin as one: https:\/\//],
    ["passing and failing at once", "probes:\n  - { name: p, kind: prometheus, url: http://p, query: x, pass: '< 10', fail: '> 5' }\n", /would both pass and fail/],
    ["a window longer than the time", `${web()}traffic:\n  - { name: t, url: http://p, errors: 'e[\${window}]', requests: 'r[\${window}]' }\n`, /window of 60 s and one measurement do not fit into 60 s/],
    ["a query without its window", `${web()}traffic:\n  - { name: t, url: http://p, window-seconds: 10, errors: 'e[60s]', requests: 'r[\${window}]' }\n`, /`errors` does not say `\${window}`/],
  ])("%s", (_, text, problem) => {
    const found = problemsOf(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(problem);
  });

  test("all of them, each with its line", () => {
    const text = `within-seconds: 10
probes:
  - name: a
    kind: http
    url: https://example.org/
    count: 2
    failure-limit: 9
  - name: a
    kind: http
    url: https://example.org/
    expect:
      matches: "["
traffic:
  - { name: t, url: http://p, errors: e, requests: "r[\${window}]", window-seconds: 5 }
`;
    expect(problemsOf(text).map((one) => one.split(" ", 1)[0])).toEqual(["3", "7", "12", "14"]);
  });

  test("nothing critical is fine where the version decides", () => {
    expect(problemsOf(web("role: advisory"), { "version-url": "https://example.org/version" })).toEqual([]);
  });

  test("what only touches is no contradiction", () => {
    for (const [pass, fail] of [["< 5", ">= 5"], ["< 5", "> 5"], ["== 1", "== 0"], ["<= 0.1", "> 0.1"]] as const) {
      expect(problemsOf(`probes:\n  - { name: p, kind: prometheus, url: http://p, query: x, pass: '${pass}', fail: '${fail}' }\n`)).toEqual([]);
    }
    for (const [pass, fail] of [["<= 5", ">= 5"], ["!= 1", "== 2"], ["> 0", "> 100"]] as const) {
      expect(problemsOf(`probes:\n  - { name: p, kind: prometheus, url: http://p, query: x, pass: '${pass}', fail: '${fail}' }\n`)).toHaveLength(1);
    }
  });
});

describe("a file that cannot be read", () => {
  test.each<[string, string, RegExp[]]>([
    ["a key that is not known", web("retries: 3"), [/^2 `ops\/health.yaml`: `probes\[1\].retries` is not known: there is no `retries` here$/]],
    ["a kind that is not known", "probes:\n  - { name: a, kind: tcp }\n", [/^2 .*`probes\[1\].kind` cannot be "tcp": it takes/]],
    ["what is missing, all at once", "probes:\n  - { kind: http }\n  - { name: b, kind: command }\n", [/`probes\[1\].name` is missing/, /`probes\[1\].url` is missing/, /^3 .*`probes\[2\].run` is missing/]],
    ["another type", web("count: many"), [/`probes\[1\].count` cannot be "many": it takes number/]],
    ["nothing", "", [/the file cannot be null/]],
    ["a list", "- a\n", [/the file cannot be Array|`probes` is missing/]],
    ["no YAML", "probes: [\n  a: : b\n", [/^\d+ `ops\/health.yaml` is not YAML/]],
    ["one key twice", `${web()}probes: []\n`, [/is not YAML: Map keys must be unique/]],
  ])("%s", (_, text, problems) => {
    const found = problemsOf(text);
    for (const problem of problems) expect(found).toContainEqual(expect.stringMatching(problem));
  });

  test("one that was made to hurt is refused at once", () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${[..."bcdefgh"].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcdefg"[index]}`).join(",")}]`).join("\n")}\nprobes: *h\n`;
    const start = Date.now();
    expect(problemsOf(bomb)).toEqual([expect.stringContaining("repeats itself by aliases")]);
    expect(problemsOf(`# ${"x".repeat(70_000)}`)).toEqual([expect.stringContaining("more than 65536")]);
    expect(Date.now() - start).toBeLessThan(2_000);
  });
});

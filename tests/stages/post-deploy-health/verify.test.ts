// Side by side, because most of each is waiting; what imports on its way may not be (jest refuses that).
import { describe, expect, test } from "@jest/globals";
import { failure } from "../../../src/kit/errors.ts";
import type { Report } from "../../../src/kit/report.ts";
import { verifierOf, verify } from "../../../src/stages/post-deploy-health/index.ts";
import { http, json, tcp } from "../../probes/hostile.ts";
import { FakeRepository, OTHER, SHA, policyOf, portsOf, pull } from "./fakes.ts";

async function run(repo: FakeRepository, given: Record<string, string>): Promise<Report> {
  const policy = policyOf(given);
  return verify(policy, portsOf(repo, policy));
}

const codes = (report: Report) => (JSON.parse(report.outputs["reasons"] ?? "") as string[]).map((reason) => reason.split(":")[0]);

/** A product that serves a version and its health, both for the test to change. */
async function product(state: { version: string; health: { status: number; body: unknown } }) {
  return http((request, response) => {
    const answer = request.url === "/version" ? { status: 200, body: { commit: state.version } } : state.health;
    json(answer.status, answer.body)(request, response);
  });
}
const well = () => ({ status: 200, body: { status: "ok" } });

describe("a deployment", () => {
  test.concurrent("that is there already is probed and not started again: one request", async () => {
    await using server = await product({ version: SHA, health: well() });
    const repo = new FakeRepository();
    const report = await run(repo, { "deploy-workflow": "deploy.yml", "version-url": `${server.url}/version`, "health-urls": `${server.url}/healthz` });
    expect(report.outputs).toMatchObject({ verdict: "healthy", phase: "verified", "deployed-sha": SHA, "deploy-run-url": "", "detected-at": "", "api-requests": "1", reasons: "[]" });
    expect(report.failed).toBeUndefined();
    expect(report.summary).toMatch(/✅ a1b2c3d is deployed and healthy[\s\S]*\| 3 \| 0 \| 0 \|/);
    expect(repo.calls).toEqual(["target a1b2c3d"]);
  });

  test.concurrent("is started with the commit and waited for until the version shows it", async () => {
    const state = { version: OTHER, health: well() };
    await using server = await product(state);
    const repo = new FakeRepository();
    repo.onDispatch = () => {
      repo.run({});
      setTimeout(() => (state.version = SHA), 300);
    };
    const report = await run(repo, { "deploy-workflow": "deploy.yml", "version-url": `${server.url}/version`, "health-urls": `${server.url}/healthz` });
    expect(report.outputs).toMatchObject({ verdict: "healthy", "deployed-sha": SHA, "deploy-run-url": "https://github.example/runs/1" });
    expect(repo.calls).toContain(`dispatch deploy.yml main {"commit_sha":"${SHA}"}`);
    // Whether the old version contains the commit is asked once, however often it is seen.
    expect(repo.calls.filter((call) => call.startsWith("contains"))).toHaveLength(1);
  });

  test.concurrent("that is under way is adopted", async () => {
    const state = { version: OTHER, health: well() };
    await using server = await product(state);
    const repo = new FakeRepository();
    repo.run({ title: `Deploy ${SHA}` });
    repo.onRead = () => void (state.version = SHA);
    const report = await run(repo, { "deploy-workflow": "deploy.yml", "version-url": `${server.url}/version`, "health-urls": `${server.url}/healthz` });
    expect(report.outputs).toMatchObject({ verdict: "healthy", "deploy-run-url": "https://github.example/runs/1" });
    expect(repo.calls.some((call) => call.startsWith("dispatch"))).toBe(false);
  });

  test.concurrent("of somebody else is waited for, then ours is started", async () => {
    const state = { version: OTHER, health: well() };
    await using server = await product(state);
    const repo = new FakeRepository();
    repo.run({});
    repo.onRead = (id) => {
      if (id === 1) repo.change(1, { status: "completed", conclusion: "success" });
      else state.version = SHA;
    };
    repo.onDispatch = () => void repo.run({});
    const report = await run(repo, { "deploy-workflow": "deploy.yml", "version-url": `${server.url}/version`, "health-urls": `${server.url}/healthz` });
    expect(report.outputs).toMatchObject({ verdict: "healthy", "deploy-run-url": "https://github.example/runs/2" });
    expect(repo.calls.filter((call) => call.startsWith("dispatch"))).toHaveLength(1);
  });

  test.concurrent("by another one is fine when that contains the commit", async () => {
    await using server = await product({ version: OTHER, health: well() });
    const repo = new FakeRepository();
    repo.descendants.add(OTHER);
    const report = await run(repo, { "deploy-workflow": "deploy.yml", "version-url": `${server.url}/version`, "health-urls": `${server.url}/healthz` });
    expect(report.outputs).toMatchObject({ verdict: "healthy", "deployed-sha": OTHER });
    expect(report.summary).toContain("later-version");
  });

  test.concurrent("that failed is unhealthy with a reason of its own", async () => {
    await using server = await product({ version: OTHER, health: well() });
    const repo = new FakeRepository();
    repo.onDispatch = () => void repo.run({});
    repo.onRead = (id) => repo.change(id, { status: "completed", conclusion: "failure" });
    const report = await run(repo, { "deploy-workflow": "deploy.yml", "version-url": `${server.url}/version`, "health-urls": `${server.url}/healthz` });
    expect(report.outputs).toMatchObject({ verdict: "unhealthy", phase: "merged", "deployed-sha": "" });
    expect(Date.parse(report.outputs["detected-at"] ?? "")).toBeGreaterThan(0);
    expect(codes(report)).toEqual(["deploy-failed"]);
    expect(report.failed).toMatch(/could not be deployed.*ended with failure/);
  });

  test.concurrent("that never arrives is inconclusive when its time is up", async () => {
    await using server = await product({ version: OTHER, health: well() });
    const start = Date.now();
    const report = await run(new FakeRepository(), { "version-url": `${server.url}/version`, "deploy-timeout-seconds": "1" });
    expect(report.outputs).toMatchObject({ verdict: "inconclusive", phase: "merged" });
    expect(codes(report)).toEqual(["deploy-never-arrived", "awaiting-platform", "version-other"]);
    expect(report.failed).toContain("was not seen to be deployed");
    expect(Date.now() - start).toBeLessThan(6_000);
  });

  test.concurrent("without a version address has arrived when its run succeeded", async () => {
    await using server = await product({ version: "", health: well() });
    const repo = new FakeRepository();
    repo.onDispatch = () => void repo.run({});
    repo.onRead = (id) => repo.change(id, { status: "completed", conclusion: "success" });
    const report = await run(repo, { "deploy-workflow": "deploy.yml", "health-urls": `${server.url}/healthz` });
    expect(report.outputs).toMatchObject({ verdict: "healthy", "deployed-sha": SHA });
  });

  test.concurrent("whose run the server does not name is found by its time, and another loop's is not taken for it", async () => {
    await using server = await product({ version: "", health: well() });
    const repo = new FakeRepository();
    const port = repo.port;
    const policy = policyOf({ "deploy-workflow": "deploy.yml", "health-urls": `${server.url}/healthz` });
    port.dispatchWorkflow = async () => {
      setTimeout(() => repo.run({ status: "completed", conclusion: "success" }), 250);
      repo.run({ title: `Deploy ${OTHER}`, status: "completed", conclusion: "failure" });
      repo.run({ headSha: OTHER, status: "completed", conclusion: "failure" });
      return { runId: null, url: null };
    };
    const report = await verify(policy, { ...portsOf(repo, policy), repo: port });
    expect(report.outputs).toMatchObject({ verdict: "healthy", "deploy-run-url": "https://github.example/runs/3" });
  });
});

describe("a service that is down since its deployment", () => {
  /** Answers until it is deployed to; from then on every connection is closed. */
  async function crashing(repo: FakeRepository, healthAlso: boolean) {
    let down = false;
    repo.onDispatch = () => {
      down = true;
      repo.run({ status: "completed", conclusion: "success" });
    };
    return http((request, response) => {
      if (down && (healthAlso || request.url === "/version")) response.socket?.destroy();
      else json(200, { commit: OTHER, status: "ok" })(request, response);
    });
  }
  const given = (url: string) => ({ "deploy-workflow": "deploy.yml", "version-url": `${url}/version`, "health-urls": `${url}/healthz`, "health-timeout-seconds": "1" });

  test.concurrent("is unhealthy, although its version never showed", async () => {
    const repo = new FakeRepository();
    await using server = await crashing(repo, true);
    const report = await run(repo, given(server.url));
    expect(report.outputs).toMatchObject({ verdict: "unhealthy", phase: "deployed" });
    expect(codes(report)).toEqual(["went-dark", "version-unread", "probe-failed"]);
  });

  test.concurrent("also when the time for its deployment is shorter than its patience", async () => {
    const repo = new FakeRepository();
    await using server = await crashing(repo, true);
    const report = await run(repo, { ...given(server.url), "deploy-timeout-seconds": "1", "health-timeout-seconds": "30" });
    expect(report.outputs).toMatchObject({ verdict: "unhealthy", phase: "deployed" });
  });

  test.concurrent("is inconclusive when only its version cannot be read", async () => {
    const repo = new FakeRepository();
    await using server = await crashing(repo, false);
    const report = await run(repo, given(server.url));
    expect(report.outputs).toMatchObject({ verdict: "inconclusive", phase: "merged" });
  });
});

test.concurrent("GitHub being down for a moment does not end a watch", async () => {
  const state = { version: OTHER, health: well() };
  await using server = await product(state);
  const repo = new FakeRepository();
  let down = 0;
  repo.onDispatch = () => void repo.run({});
  repo.onRead = () => {
    if ((down += 1) > 1) state.version = SHA;
    throw failure("service", { what: "GitHub answered 502", fix: "Wait." });
  };
  const report = await run(repo, { "deploy-workflow": "deploy.yml", "version-url": `${server.url}/version`, "health-urls": `${server.url}/healthz` });
  expect(report.outputs["verdict"]).toBe("healthy");
});

describe("hostile services get the right verdict, in time", () => {
  const judge = async (url: string, given: Record<string, string> = {}) => {
    const start = Date.now();
    const report = await run(new FakeRepository(), { "health-urls": url, "health-timeout-seconds": "3", ...given });
    // The longest of its limits, and what a machine that is busy takes beside.
    expect(Date.now() - start).toBeLessThan(8_000);
    return report;
  };

  test.concurrent("silent accept", async () => {
    await using server = await tcp(() => {});
    expect((await judge(server.url, { "probe-timeout-seconds": "0.1" })).outputs).toMatchObject({ verdict: "unhealthy", phase: "deployed" });
  });

  test.concurrent("a login page", async () => {
    await using server = await http((_, response) => response.setHeader("content-type", "text/html").end("<html>Sign in"));
    const report = await judge(server.url);
    expect(report.outputs["verdict"]).toBe("unhealthy");
    expect(report.failed).toContain("a login wall");
  });

  test.concurrent("degraded", async () => {
    await using server = await http(json(200, { status: "degraded" }));
    const report = await judge(server.url);
    expect(report.outputs["verdict"]).toBe("unhealthy");
    expect(report.summary).toContain("✗✗✗✗");
  });

  test.concurrent("a flap that goes on", async () => {
    await using server = await http((request, response, before) => json(before % 2 === 0 ? 200 : 500, { status: "ok" })(request, response));
    expect((await judge(server.url)).outputs["verdict"]).toBe("unhealthy");
  });

  test.concurrent("recovers after three", async () => {
    await using server = await http((request, response, before) => json(before < 3 ? 503 : 200, { status: "ok" })(request, response));
    expect((await judge(server.url)).outputs["verdict"]).toBe("healthy");
    expect(server.count()).toBe(6);
  });

  test.concurrent("a name that does not resolve takes nothing back", async () => {
    const report = await judge("http://service.invalid/");
    expect(report.outputs).toMatchObject({ verdict: "inconclusive", phase: "deployed" });
    expect(report.summary).toContain("nothing is rolled back for it");
  });

  test.concurrent("one sick address among healthy ones", async () => {
    await using fine = await http(json(200, { status: "ok" }));
    await using sick = await http(json(500, { status: "error" }));
    const report = await judge(`${fine.url}/a\n${sick.url}/b`);
    expect(report.outputs["verdict"]).toBe("unhealthy");
    expect(report.outputs["reasons"]).toContain("/b failed 4 of 4 times");
  });

  test.concurrent("another commit in between is not held against this one", async () => {
    let reads = 0;
    await using server = await http((request, response) => {
      if (request.url === "/version") json(200, { commit: (reads += 1) === 1 ? SHA : OTHER })(request, response);
      else json(500, {})(request, response);
    });
    const report = await judge(`${server.url}/healthz`, { "version-url": `${server.url}/version` });
    expect(report.outputs["verdict"]).toBe("inconclusive");
    expect(codes(report)).toContain("version-changed");
  });
});

describe("nothing is looked at or started", () => {
  const given = { "deploy-workflow": "deploy.yml", "health-urls": "http://127.0.0.1:9/" };

  test.concurrent.each(["open", "merged"] as const)("when the commit is taken back already: its hotfix is %s", async (state) => {
    const repo = new FakeRepository();
    repo.target = { ...repo.target, rollback: pull({ state }) };
    const report = await run(repo, given);
    expect(report.outputs).toMatchObject({ verdict: "unhealthy", phase: "deployed" });
    expect(codes(report)).toEqual(["rolled-back"]);
    expect(repo.calls).toEqual(["target a1b2c3d"]);
  });

  test("when a commit of the default branch took it back, whatever its branch was called, unless that was taken back itself", async () => {
    const repo = new FakeRepository();
    const rollback = { sha: OTHER, message: `Rollback: 503\n\nThis reverts commit ${SHA}\n(x).\n\nRolls-Back: ${SHA}` };
    repo.target = { ...repo.target, history: [rollback, { sha: SHA, message: "Update FAQ - Why?" }] };
    const report = await run(repo, given);
    expect(report.outputs).toMatchObject({ verdict: "unhealthy", phase: "deployed" });
    expect(codes(report)).toEqual(["rolled-back"]);
    expect(repo.calls).toEqual(["target a1b2c3d"]);
    const back = { sha: "9".repeat(40), message: `Revert "Rollback: 503"\n\nThis reverts commit ${OTHER}.` };
    for (const history of [[back, ...repo.target.history], [{ ...rollback, message: `Words\n\nRolls-Back: ${SHA}` }]]) {
      repo.target = { ...repo.target, history };
      expect(codes(await run(repo, { ...given, "dry-run": "true" }))).not.toContain("rolled-back");
    }
  });

  test.concurrent("when it is paused", async () => {
    const repo = new FakeRepository();
    repo.target = { ...repo.target, pause: { number: 3, url: "https://github.example/issues/3", title: "stop" } };
    const report = await run(repo, given);
    expect(report.outputs).toMatchObject({ verdict: "", phase: "" });
    expect(report.failed).toBeUndefined();
    expect(repo.calls).toHaveLength(1);
  });

  test.concurrent("in a dry run", async () => {
    const repo = new FakeRepository();
    const report = await run(repo, { ...given, "dry-run": "true" });
    expect(report.outputs).toMatchObject({ verdict: "" });
    expect(report.summary).toContain("start deploy.yml on main with commit\\_sha=a1b2c3d");
    expect(repo.calls.some((call) => call.startsWith("dispatch"))).toBe(false);
  });

  test.concurrent("when the repository does not know the commit", async () => {
    const repo = new FakeRepository();
    repo.target = { ...repo.target, known: false };
    await expect(run(repo, given)).rejects.toMatchObject({ blame: "configuration", message: expect.stringContaining("is not in this repository") });
  });

  test.concurrent("when the inputs contradict each other: one error, and nothing is read", async () => {
    const repo = new FakeRepository();
    const wrong = run(repo, { "probe-count": "5", "probe-interval-seconds": "15", "deploy-ref": "main" });
    await expect(wrong).rejects.toMatchObject({ blame: "configuration", problems: [{ where: "health-timeout-seconds" }, { where: "deploy-ref" }, { where: "health-urls" }] });
    expect(repo.calls).toEqual([]);
  });
});

test.concurrent("a deployment that nothing names is probed, and that is said", async () => {
  await using server = await http(json(200, { status: "ok" }));
  const report = await run(new FakeRepository(), { "health-urls": server.url });
  expect(report.outputs).toMatchObject({ verdict: "healthy", "deployed-sha": "" });
  expect(report.annotations?.[0]).toMatchObject({ level: "notice", message: expect.stringContaining("nothing tells which commit was probed") });
});

test.concurrent("the task names itself in its commit, unless an input does", async () => {
  await using server = await http(json(200, { status: "ok" }));
  const [ours, given] = ["11111111-2222-4333-8444-555555555555", "99999999-2222-4333-8444-555555555555"];
  const repo = new FakeRepository();
  repo.target = { ...repo.target, message: `Update FAQ - Why? (#2)\n\nTrace-Id: ${ours}` };
  expect((await run(repo, { "health-urls": server.url })).outputs["trace-id"]).toBe(ours);
  expect((await run(repo, { "health-urls": server.url, "trace-id": given })).outputs["trace-id"]).toBe(given);
});

describe("the record of a verdict", () => {
  const TRACE = "0f8fad5b-d9cb-469f-a165-70867728950e";
  const look = async (health: { status: number; body: unknown }, given: Record<string, string> = {}) => {
    await using server = await product({ version: SHA, health });
    return await run(new FakeRepository(), { "version-url": `${server.url}/version`, "health-urls": `${server.url}/healthz`, "trace-id": TRACE, ...given });
  };

  test.concurrent("healthy finishes the task, sick fails it, and both say what was seen", async () => {
    expect((await look(well())).record).toMatchObject({ traceId: TRACE, task: { phase: "verified", status: "done" }, events: [{ kind: "deployment" }, { kind: "health", text: "a1b2c3d is healthy", data: { verdict: "healthy", environment: "production", deployed_sha: SHA } }, { kind: "health", data: { observation: "probe", measured: 3, failures: 0, latencies_ms: expect.stringMatching(/^[\d.]+,[\d.]+,[\d.]+$/) } }] });
    const sick = await look({ status: 503, body: {} });
    expect(sick.record).toMatchObject({ task: { phase: "deployed", status: "error", errorType: "health", errorMsg: expect.stringContaining("503") }, events: [{ kind: "deployment" }, { kind: "health" }, { kind: "health", data: { failures: 4, latencies_ms: "" } }] });
  });

  test.concurrent("of a commit that is nobody's task there is none", async () => {
    expect((await look(well(), { "trace-id": "" })).record).toBeUndefined();
  });
});

describe("what was there before", () => {
  /** Sick or well before the deployment and after it; `touched` is what the deployment does not touch. */
  async function scene(state: { before: number; after: number; touched?: number }) {
    let deployed = false;
    const server = await http((request, response) => {
      if (request.url === "/version") json(200, { commit: deployed ? SHA : OTHER })(request, response);
      else json(request.url === "/touched" ? (state.touched ?? 200) : deployed ? state.after : state.before, { status: "ok" })(request, response);
    });
    const repo = new FakeRepository();
    repo.onDispatch = () => {
      deployed = true;
      repo.run({ status: "completed", conclusion: "success" });
    };
    const given = { "deploy-workflow": "deploy.yml", "version-url": `${server.url}/version` };
    return { repo, given, server, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  }

  test.concurrent("as sick is not this deployment's doing", async () => {
    await using it = await scene({ before: 503, after: 503 });
    const report = await run(it.repo, { ...it.given, "health-urls": `${it.server.url}/healthz` });
    expect(report.outputs).toMatchObject({ verdict: "inconclusive", phase: "deployed" });
    expect(codes(report)).toEqual(["sick-before", "probe-failed"]);
  });

  test.concurrent("well makes it this deployment's doing, and mends count for it", async () => {
    await using broken = await scene({ before: 200, after: 503 });
    const [sick, mended] = await Promise.all([
      run(broken.repo, { ...broken.given, "health-urls": `${broken.server.url}/healthz` }),
      (async () => {
        await using it = await scene({ before: 503, after: 200 });
        return await run(it.repo, { ...it.given, "health-urls": `${it.server.url}/healthz` });
      })(),
    ]);
    expect(codes(sick)).toEqual(["probe-failed"]);
    expect(sick.outputs).toMatchObject({ verdict: "unhealthy" });
    expect(mended.outputs).toMatchObject({ verdict: "healthy" });
  });

  test.concurrent("says nothing of a rollback, of which it is expected to be sick", async () => {
    await using it = await scene({ before: 503, after: 503 });
    const policy = policyOf({ ...it.given, "health-urls": `${it.server.url}/healthz` });
    const verified = await verifierOf(policy, portsOf(it.repo, policy))?.({ sha: SHA, defaultBranch: "main" });
    expect(verified).toMatchObject({ verdict: "unhealthy", reasons: [expect.stringMatching(/^probe-failed/)] });
  });

  test.concurrent("and a control that is sick now, are named in a health file", async () => {
    await using it = await scene({ before: 200, after: 503, touched: 500 });
    const probe = (name: string, more = "") => `  - { name: ${name}, kind: http, url: "${it.server.url}/${name}"${more} }\n`;
    it.repo.files["ops/health.yaml"] = `within-seconds: 10\ndefaults: { interval-seconds: 0.02 }\nprobes:\n${probe("web")}${probe("touched", ", role: control")}`;
    const report = await run(it.repo, { ...it.given, "health-file": "ops/health.yaml" });
    expect(codes(report)).toEqual(["outside-outage", "probe-failed"]);
    expect(report.outputs).toMatchObject({ verdict: "inconclusive" });
    expect(report.summary).toMatch(/\| touched \(control\) \| 0 \| [1-9]/);
    expect(it.repo.calls.filter((call) => call.startsWith("file"))).toEqual(["file a1b2c3d ops/health.yaml"]);
  });
});

describe("a health file", () => {
  test("that is not there, or is wrong, ends it before anything is started", async () => {
    const repo = new FakeRepository();
    const given = { "deploy-workflow": "deploy.yml", "health-file": "health.yaml" };
    await expect(run(repo, given)).rejects.toMatchObject({ blame: "configuration", message: expect.stringContaining("There is no `health.yaml` in the commit") });
    repo.files["health.yaml"] = "probes:\n  - { name: a, kind: http, url: 'https://x/${NOT_ALLOWED}', successes: 0 }\n";
    await expect(run(repo, given)).rejects.toMatchObject({ message: expect.stringContaining("has to be at least 1") });
    repo.files["health.yaml"] = "probes:\n  - { name: a, kind: http, url: 'https://x/${NOT_ALLOWED}' }\n";
    await expect(run(repo, given)).rejects.toMatchObject({ message: expect.stringContaining("${NOT_ALLOWED}") });
    expect(repo.calls.some((call) => call.startsWith("dispatch"))).toBe(false);
  });

  test("of a commit that is not on the default branch may look, but take no secret along and run nothing", async () => {
    await using server = await http(json(200, { status: "ok" }));
    const repo = new FakeRepository();
    repo.target = { ...repo.target, defaultSha: OTHER };
    const given = { "health-file": "health.yaml" };
    const probe = `probes:\n  - { name: a, kind: http, url: "${server.url}" }\n`;
    repo.files["health.yaml"] = probe;
    expect((await run(repo, given)).outputs).toMatchObject({ verdict: "healthy" });
    const refusal = { blame: "configuration", message: expect.stringContaining("may neither read variables nor run commands") };
    await expect(run(repo, { ...given, "health-env": "PROBE_TOKEN" })).rejects.toMatchObject(refusal);
    repo.files["health.yaml"] = `${probe}  - { name: b, kind: command, role: advisory, run: "true" }\n`;
    await expect(run(repo, given)).rejects.toMatchObject(refusal);
    // It is on the branch, and others came after it.
    repo.descendants.add(OTHER);
    expect((await run(repo, given)).outputs).toMatchObject({ verdict: "healthy" });
  });

  test("and addresses beside it are refused, as is a delay where something tells", async () => {
    const wrong = run(new FakeRepository(), { "health-file": "health.yaml", "health-urls": "https://x.example/", "deploy-environment": "production", "deploy-delay-seconds": "400" });
    await expect(wrong).rejects.toMatchObject({ problems: [{ where: "health-file" }, { where: "deploy-delay-seconds" }, { where: "deploy-delay-seconds" }] });
  });

  test("that delays a probe is not answered by what was measured before", async () => {
    await using server = await product({ version: SHA, health: well() });
    const repo = new FakeRepository();
    repo.files["health.yaml"] = `probes:\n  - { name: web, kind: http, url: "${server.url}/healthz", successes: 1, initial-delay-seconds: 0.4 }\n`;
    const start = Date.now();
    expect((await run(repo, { "health-file": "health.yaml", "version-url": `${server.url}/version`, "probe-count": "1" })).outputs).toMatchObject({ verdict: "healthy" });
    expect(Date.now() - start).toBeGreaterThanOrEqual(400);
  });

  test("of probes that only watch is healthy by its version, and shows them", async () => {
    await using server = await product({ version: SHA, health: { status: 500, body: {} } });
    const repo = new FakeRepository();
    repo.files["health.yaml"] = `probes:\n  - { name: web, kind: http, role: advisory, url: "${server.url}/healthz" }\n`;
    const report = await run(repo, { "health-file": "health.yaml", "version-url": `${server.url}/version` });
    expect(report.outputs).toMatchObject({ verdict: "healthy" });
    expect(report.summary).toContain("| web (advisory) | 0 |");
  });
});

test.concurrent("a deployment that failed before this job started its own is not taken for that", async () => {
  await using server = await http(json(200, { status: "ok" }));
  const repo = new FakeRepository();
  const deployed = { sha: SHA, environment: "production", url: "", createdAt: Date.now() - 60_000 };
  repo.deployments = [{ ...deployed, id: 1, state: "failure" }];
  repo.onDispatch = () => void repo.run({});
  let reads = 0;
  repo.onRead = () => {
    if ((reads += 1) === 3) repo.deployments = [{ ...deployed, id: 2, state: "success", createdAt: Date.now() }, ...repo.deployments];
  };
  const report = await run(repo, { "deploy-workflow": "deploy.yml", "deploy-environment": "production", "health-urls": server.url });
  expect(report.outputs).toMatchObject({ verdict: "healthy", "deployed-sha": SHA });
  expect(repo.calls.filter((call) => call.startsWith("dispatch"))).toHaveLength(1);
});

test.concurrent("without anything that tells, a delay is waited out, and that is said", async () => {
  await using server = await http(json(200, { status: "ok" }));
  const start = Date.now();
  const report = await run(new FakeRepository(), { "health-urls": server.url, "deploy-delay-seconds": "0.5" });
  expect(report.outputs).toMatchObject({ verdict: "healthy", "deployed-sha": "" });
  expect(Date.now() - start).toBeGreaterThanOrEqual(500);
  // What was measured before the delay was over counts for nothing.
  expect(report.summary).toContain("| 3 | 0 | 0 |");
});

test.concurrent("few measurements name what they could have seen, and do not pass for more", async () => {
  await using server = await http(json(200, { status: "ok" }));
  const report = await run(new FakeRepository(), { "health-urls": server.url });
  expect(report.summary).toMatch(/3 measurements of .* would have shown an error rate of 63.2% or more \(19 times in 20\), and no smaller one/);
});

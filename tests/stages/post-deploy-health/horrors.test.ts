// The action as a process of its own, against servers that lie, stall and flood: the right verdict in its time, and little memory.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parsePairs } from "../../../src/sandbox/engine/files.ts";
import { type Sandbox, startSandbox } from "../../../src/sandbox/sandbox.ts";
import { bundleOf, MACHINE, runProcess } from "../../fakes/action-process.ts";
import { type Hostile, http, json, tcp } from "../../probes/hostile.ts";
import { clientOf } from "../../sandbox/server/support.ts";

const MAIN = bundleOf("post-deploy-health");
const MEGABYTE = 1024 * 1024;
/** The budget of any action (DESIGN 9). */
const MEMORY = 160 * MEGABYTE;
/** Inside the measured process: at its end it says how much memory it had at most, in kilobytes; getrusage() would count what this one has. */
const WATCHER = 'import { readFileSync, writeFileSync } from "node:fs"; process.once("exit", () => writeFileSync(process.env.PEAK_FILE, String(Number(/^VmHWM:\\s*(\\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024)));';

interface Ran {
  readonly verdict: string;
  readonly reasons: readonly string[];
  readonly exitCode: number | null;
  readonly ms: number;
  readonly peakBytes: number;
}

describe("against a service that", () => {
  let sandbox: Sandbox;
  let folder: string;
  let sha: string;
  let older: string;
  let count = 0;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "instant-horrors-"));
    sandbox = await startSandbox();
    sandbox.world.addAccount("ann");
    const { git } = await sandbox.createRepository({ owner: "acme", name: "site", from: { "README.md": "# Site\n" }, roles: { ann: "admin" } });
    older = git.ref("refs/heads/main") ?? "";
    const input = { branch: { repositoryNameWithOwner: "acme/site", branchName: "main" }, expectedHeadOid: older, message: { headline: "Next" }, fileChanges: { additions: [{ path: "a.md", contents: "YQo=" }] } };
    const made = await clientOf(sandbox, sandbox.tokens.user("ann")).graphql("mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }", { input });
    sha = made.data?.createCommitOnBranch?.commit?.oid as string;
  });
  afterAll(async () => {
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs the action to its end, for the commit, with these inputs. */
  async function run(inputs: Readonly<Record<string, string>>): Promise<Ran> {
    const id = 500 + (count += 1);
    const own = path.join(folder, String(id));
    const file = (name: string) => path.join(own, name);
    mkdirSync(own);
    for (const name of ["output", "summary", "peak"]) writeFileSync(file(name), "");
    writeFileSync(file("event.json"), "{}");
    const { token } = sandbox.world.tokens.job(sandbox.repository("acme/site"), id, "health", { contents: "read", "pull-requests": "read", issues: "read" });
    const given = { token, "commit-sha": sha, "probe-interval-seconds": "0.05", "probe-timeout-seconds": "0.4", "health-timeout-seconds": "6", "deploy-timeout-seconds": "3", ...inputs };
    const began = Date.now();
    const { exitCode } = await runProcess(MAIN, {
      ...MACHINE, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(WATCHER)}`, PEAK_FILE: file("peak"),
      ...Object.fromEntries(Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
      CI: "true", GITHUB_ACTIONS: "true", GITHUB_REPOSITORY: "acme/site", GITHUB_API_URL: sandbox.urls.api, GITHUB_GRAPHQL_URL: sandbox.urls.graphql, GITHUB_SERVER_URL: sandbox.urls.server,
      GITHUB_WORKSPACE: own, GITHUB_RUN_ID: String(id), GITHUB_RUN_ATTEMPT: "1", GITHUB_JOB: "health", GITHUB_EVENT_NAME: "workflow_dispatch", GITHUB_EVENT_PATH: file("event.json"), GITHUB_ACTOR: "ann",
      GITHUB_OUTPUT: file("output"), GITHUB_STEP_SUMMARY: file("summary"), RUNNER_TEMP: own,
    }, own);
    const outputs = parsePairs(readFileSync(file("output"), "utf8"));
    return { verdict: outputs["verdict"] ?? "", reasons: JSON.parse(outputs["reasons"] || "[]") as string[], exitCode, ms: Date.now() - began, peakBytes: Number(readFileSync(file("peak"), "utf8")) };
  }

  const page: Parameters<typeof http>[0] = (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Sign in</title>");
  const drip: Parameters<typeof http>[0] = (_, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const timer = setInterval(() => response.write(" "), 20);
    response.on("close", () => clearInterval(timer));
  };
  const flood: Parameters<typeof http>[0] = (_, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": String(100 * MEGABYTE) });
    const chunk = Buffer.alloc(MEGABYTE, "a");
    let left = 100;
    const more = () => {
      while (left > 0 && !response.destroyed) {
        left -= 1;
        if (!response.write(chunk)) return void response.once("drain", more);
      }
      if (left === 0) response.end();
    };
    more();
  };
  /** Serves its version beside its health. */
  const versioned = (commit: (before: number) => string): Parameters<typeof http>[0] => (request, response, before) => {
    if (request.url === "/version") json(200, { commit: commit(before) })(request, response);
    else json(200, { status: "ok" })(request, response);
  };
  const SICK = "unhealthy probe-failed";
  const JSON_OK = { "health-json": "status=ok" };

  interface Horror {
    readonly name: string;
    readonly open: () => Promise<Hostile>;
    readonly expected: string;
    readonly given?: Readonly<Record<string, string>>;
    readonly atVersion?: true;
    readonly mostSent?: number;
  }
  const horrors: readonly Horror[] = [
    { name: "takes connections and says nothing", open: () => tcp(() => {}), expected: SICK },
    { name: "drips", open: () => http(drip), expected: SICK },
    { name: "floods, where JSON is expected", open: () => http(flood), expected: SICK, given: JSON_OK, mostSent: 40 * MEGABYTE },
    { name: "floods, where only its status counts", open: () => http(flood), expected: "healthy", mostSent: 40 * MEGABYTE },
    { name: "redirects in a loop", open: () => http((request, response) => response.writeHead(302, { location: request.url }).end()), expected: SICK },
    { name: "flaps", open: () => http((request, response, before) => json(before % 2 === 0 ? 200 : 500, { status: "ok" })(request, response)), expected: SICK },
    { name: "answers once, then fails", open: () => http((request, response, before) => json(before === 0 ? 200 : 500, { status: "ok" })(request, response)), expected: SICK },
    { name: "is degraded", open: () => http(json(200, { status: "degraded" })), expected: SICK },
    { name: "shows a login page", open: () => http(page), expected: SICK, given: JSON_OK },
    { name: "recovers after three", open: () => http((request, response, before) => json(before < 3 ? 503 : 200, { status: "ok" })(request, response)), expected: "healthy" },
    { name: "closes every connection", open: () => tcp((socket) => socket.destroy()), expected: SICK },
    { name: "serves another version for a while", open: () => http(versioned((before) => (before < 5 ? older : sha))), expected: "healthy", atVersion: true },
    { name: "serves another version for ever", open: () => http(versioned(() => older)), expected: "inconclusive deploy-never-arrived awaiting-platform version-other", atVersion: true },
  ];

  /** What each came to; most of their time they wait, so several run side by side. */
  const results = new Map<string, { readonly ran: Ran; readonly sent: number }>();
  beforeAll(async () => {
    const queue = [...horrors];
    const work = async () => {
      for (let horror = queue.shift(); horror !== undefined; horror = queue.shift()) {
        await using server = await horror.open();
        const ran = await run({ "health-urls": `${server.url}/healthz`, ...(horror.atVersion ? { "version-url": `${server.url}/version` } : {}), ...horror.given });
        results.set(horror.name, { ran, sent: server.sent() });
      }
    };
    await Promise.all([work(), work(), work(), work(), work()]);
  }, 120_000);

  test.each(horrors.map((horror) => [horror.name, horror] as const))("%s", (name, { expected, mostSent }) => {
    const { ran, sent } = results.get(name)!;
    expect([ran.verdict, ...ran.reasons.map((reason) => reason.split(":")[0])].join(" ")).toBe(expected);
    expect(ran.exitCode).toBe(expected === "healthy" ? 0 : 1);
    // The longest of its limits, and what a process takes to start on a machine that is busy.
    expect(ran.ms).toBeLessThan(6_400 + 8_000);
    expect(ran.peakBytes).toBeGreaterThan(10 * MEGABYTE);
    expect(ran.peakBytes).toBeLessThanOrEqual(MEMORY);
    if (mostSent !== undefined) expect(sent).toBeLessThan(mostSent);
  });
});

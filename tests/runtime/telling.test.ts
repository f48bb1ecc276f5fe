// Who is told, through the program of an action: real servers of Slack, Telegram and mail on loopback, real stores behind the memory.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Alert } from "../../src/kit/alert.ts";
import { openPostgres } from "../../src/ledger/postgres/index.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { startAnyPostgres, startRedis } from "../ledger/servers.ts";
import { MACHINE } from "../fakes/action-process.ts";
import { aHeartbeat, aTask } from "../ledger/store-contract.ts";
import { type Inbox, openInbox } from "../notify/inbox.ts";
import { alert as anAlert, TRACE } from "../notify/support.ts";
import { program, testWith } from "../programs/support.ts";
import { closedPort, eventsOf, listen } from "../telemetry/support.ts";

let folder: string;
let sandbox: Sandbox;
let postgres: Awaited<ReturnType<typeof startAnyPostgres>>;
beforeAll(async () => {
  [folder, sandbox, postgres] = await Promise.all([mkdtemp(join(tmpdir(), "instant-telling-")), startSandbox(), startAnyPostgres()]);
  sandbox.addUser("octo");
  await sandbox.createRepository({ owner: "octo", name: "site", from: { "README.md": "# Site" } });
});
afterAll(() => Promise.all([rm(folder, { recursive: true }), sandbox.close(), postgres.close()]));

/** What a job has in its environment whose repository holds the record. */
function there(): Record<string, string> {
  const { token } = sandbox.world.tokens.job(sandbox.repository("octo/site"), 1, "rollback", { contents: "write" });
  const { api, graphql, server } = sandbox.urls;
  return { INPUT_TOKEN: token, GITHUB_API_URL: api, GITHUB_GRAPHQL_URL: graphql, GITHUB_SERVER_URL: server };
}

const inboxes: Inbox[] = [];
afterEach(async () => {
  await Promise.all(inboxes.splice(0).map((one) => one.close()));
});
async function inbox(options: Parameters<typeof openInbox>[0] = {}): Promise<Inbox> {
  const one = await openInbox(options);
  inboxes.push(one);
  return one;
}

const href = (path: string) => JSON.stringify(new URL(`../../${path}`, import.meta.url).href);
let runs = 0;

interface Ended {
  readonly status: number | null;
  readonly log: string;
  readonly summary: string;
  /** Files of src/notify that were loaded. */
  readonly loaded: readonly string[];
}

/** A little action that tells people as all do. @param stage its body, with `alert` at hand. */
async function run(stage: string, env: Record<string, string>): Promise<Ended> {
  const script = join(folder, `${Math.random().toString(36).slice(2)}.mts`);
  const summary = `${script}.md`;
  await writeFile(summary, "");
  await writeFile(
    script,
    `import { registerHooks } from "node:module";
    const loaded = new Set<string>();
    registerHooks({ resolve(specifier, context, next) { const found = next(specifier, context); loaded.add(found.url); return found; } });
    const { runAction } = await import(${href("src/runtime/run-action.ts")});
    const { commonInputs, traceIdInput } = await import(${href("src/kit/common-inputs.ts")});
    const { boolean } = await import(${href("src/kit/inputs.ts")});
    const { failure } = await import(${href("src/kit/errors.ts")});
    const { openRecord } = await import(${href("actions/ledger.ts")});
    const { openPeople } = await import(${href("actions/people.ts")});
    const { openWatch } = await import(${href("actions/telemetry.ts")});
    const alert = (change = {}) => ({ ...${JSON.stringify(anAlert())}, ...change });
    process.on("exit", () => console.log("LOADED " + JSON.stringify([...loaded].filter((url) => url.includes("/src/notify/")).map((url) => url.slice(url.lastIndexOf("/") + 1)).sort())));
    await runAction({ name: "rollback", inputs: { ...commonInputs, ...traceIdInput, explain: boolean({ fallback: false }) }, record: openRecord, watch: openWatch, people: openPeople,
      alertsOf: async () => [alert({ key: "thrown" })], stage: async (inputs: any, tools: any) => { ${stage} } });`,
  );
  runs += 1;
  const urls = { GITHUB_API_URL: "http://127.0.0.1:9", GITHUB_GRAPHQL_URL: "http://127.0.0.1:9/graphql", GITHUB_SERVER_URL: "http://127.0.0.1:9" };
  const base = { ...MACHINE, GITHUB_REPOSITORY: "octo/site", GITHUB_WORKSPACE: folder, GITHUB_SHA: "0123456789", GITHUB_RUN_ID: String(runs), GITHUB_JOB: "rollback", GITHUB_STEP_SUMMARY: summary, INPUT_TOKEN: "t0ken", ...urls };
  const child = spawn(process.execPath, [script], { env: { ...base, ...env }, stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
  let log = "";
  child.stdout.on("data", (data) => (log += String(data)));
  child.stderr.on("data", (data) => (log += String(data)));
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, log, summary: await readFile(summary, "utf8"), loaded: JSON.parse(/^LOADED (.*)$/m.exec(log)?.[1] ?? "[]") as string[] };
}

/** What a runner was told to hide. */
function maskedIn(log: string): ReadonlySet<string> {
  return new Set([...log.matchAll(/^::add-mask::(.*)$/gm)].map(([, text = ""]) => text.replaceAll("%0A", "\n").replaceAll("%25", "%")));
}

/** A report that carries these alerts. */
function reporting(...alerts: readonly Partial<Alert>[]): string {
  return `return { outputs: {}, summary: "", alerts: ${JSON.stringify(alerts)}.map(alert) };`;
}
const FIRING = reporting({});
const RESOLVED = reporting({ state: "resolved", title: "Production is healthy again" });
const notify = (...lines: readonly string[]) => ({ INPUT_NOTIFY: lines.join("\n") });

describe("of the messages' code", () => {
  test("nothing is loaded where nobody is to be told, in a dry run, or where it only explains, and nobody is told", async () => {
    const { lines, slack } = await inbox();
    expect((await run(FIRING, {})).loaded).toEqual([]);
    expect((await run(FIRING, { ...notify(...lines.all), "INPUT_DRY-RUN": "true" })).loaded).toEqual([]);
    // Whoever only wants to see why wakes nobody, not even by an error.
    expect((await run('throw failure("permission", { what: "x", fix: "y" });', { ...notify(...lines.all), INPUT_EXPLAIN: "true" })).loaded).toEqual([]);
    expect(slack.received).toEqual([]);
  });

  test("no channel's is loaded as long as there is nothing to tell", async () => {
    const { lines } = await inbox();
    const { loaded, status, log } = await run(reporting(), notify(...lines.all, "issue", "issue://"));
    // Words of ours stand everywhere: a runner that hid them would hide half of its log.
    expect([...maskedIn(log)].filter((text) => text.startsWith("issue"))).toEqual([]);
    expect([status, loaded.filter((file) => /^(?:slack|telegram|email|issue|http)\.ts$/.test(file)), loaded.includes("notifier.ts")]).toEqual([0, [], true]);
  });
});

describe("an alert of a stage", () => {
  test("reaches every channel once, with its origin and its trace id, and nothing secret is printed", async () => {
    const { lines, slack, telegram, mails, secrets } = await inbox();
    const { status, log } = await run(FIRING, { ...notify(...lines.all), "INPUT_TRACE-ID": TRACE });
    expect([status, slack.received.length, telegram.received.length, mails.length]).toEqual([0, 1, 1, 1]);
    const told = [JSON.stringify(slack.received[0]?.json), String(telegram.received[0]?.json["text"]).replaceAll("\\", ""), mails[0] ?? ""];
    for (const text of told) {
      expect(text).toContain("P0 firing: Production is unhealthy");
      expect(text).toContain("octo/site");
      expect(text).toContain(TRACE);
      expect(text).toMatch(/127\.\u2060?0\.\u2060?0\.\u2060?1:9\/octo\/site\/actions\/runs\//);
    }
    // What a runner was told to hide is not counted; nothing else may show it.
    const masked = maskedIn(log);
    for (const secret of secrets) expect([secret, masked.has(secret), log.replace(/^::add-mask::.*$/gm, "").includes(secret)]).toEqual([secret, true, false]);
    for (const word of ["issue", "issue://", "", "x"]) expect(masked.has(word)).toBe(false);
  }, 30_000);

  test("told while the stage works is not told again by its report, and its end comes after it", async () => {
    const { lines, slack } = await inbox();
    const stage = `tools.tell([alert()]); return { outputs: {}, summary: "", alerts: [alert(), alert({ state: "resolved" })] };`;
    expect((await run(stage, notify(lines.slack))).status).toBe(0);
    expect(slack.headlines()).toEqual(["🔴 P0 firing: Production is unhealthy", "✅ P0 resolved: Production is unhealthy"]);
  });

  test("of a stage that threw is told after its error, and the job stays red", async () => {
    const { lines, slack } = await inbox();
    const { status, log } = await run('throw failure("permission", { what: "No", fix: "Give." });', notify(lines.slack));
    expect([status, slack.headlines()]).toEqual([1, ["🔴 P0 firing: Production is unhealthy"]]);
    expect(log.indexOf("::error::rollback: a permission is missing")).toBeLessThan(log.indexOf("an alert was told by slack"));
  });

  test("a channel that fails costs a warning and does not stop the others", async () => {
    const { lines, slack } = await inbox();
    const { status, log } = await run(FIRING, notify(`smtps://ann:p%40ss-w0rd@127.0.0.1:${await closedPort()}/?from=a@b.co&to=c@d.co`, lines.slack));
    expect([status, slack.received.length]).toEqual([0, 1]);
    expect(log.match(/::warning::.*/g)).toEqual([expect.stringMatching(/^::warning::email did not take an alert .*ECONNREFUSED/)]);
    const masked = maskedIn(log);
    for (const secret of ["p@ss-w0rd", "p%40ss-w0rd", Buffer.from("p@ss-w0rd").toString("base64"), Buffer.from("\0ann\0p@ss-w0rd").toString("base64")]) expect([secret, masked.has(secret)]).toEqual([secret, true]);
  });
});

describe("an alert that reached nobody", () => {
  test("is an error on the run's page, in its summary and in Sentry, and does not turn a stage red that did its work", async () => {
    const [sentry, other] = [await listen(), await inbox({ slack: { status: 404, body: "no_service" } })];
    try {
      const env = { ...notify(other.lines.slack, `smtp://127.0.0.1:${await closedPort()}/?from=a@b.co&to=c@d.co`), "INPUT_SENTRY-DSN": `http://abcdef@127.0.0.1:${sentry.port}/1`, "INPUT_TRACE-ID": TRACE };
      const { status, log, summary } = await run(FIRING, env);
      expect(status).toBe(0);
      expect(log).toMatch(/::error title=An alert reached nobody::notify: an outside service did not do its part%0A- The alert `deploy-health:unhealthy:main` \(P0 firing: Production is unhealthy\) reached nobody/);
      expect(summary).toContain("reached nobody");
      for (const channel of ["slack: Slack refused it (404 no_service)", "email: the mail server 127.0.0.1:"]) expect(log).toContain(channel);
      expect(eventsOf(sentry.heard, "event")).toMatchObject([{ level: "fatal", tags: { error_type: "alert", trace_id: TRACE } }]);
      for (const secret of other.secrets) expect(log.replace(/^::add-mask::.*$/gm, "") + summary).not.toContain(secret);
    } finally {
      await sentry.close();
    }
  });

  test("because no line of `notify` can be used: a warning names each by its number, and an alert is an error", async () => {
    const { status, log } = await run(FIRING, notify("sEcReT", "", "telegram://sEcReT@telegram?chats=1"));
    expect(status).toBe(0);
    expect(log.match(/::warning::.*/g)).toEqual([expect.stringContaining("Line 1 of `notify` is left out: it is no channel that is known. Begin it with"), expect.stringContaining("Line 3 of `notify` is left out: what stands before the `@`")]);
    expect(log).toContain("notify: it holds no line that can be used");
    expect(log.replace(/^::add-mask::.*$/gm, "")).not.toContain("sEcReT");
    expect((await run(reporting(), notify("sEcReT"))).log).not.toContain("::error");
  });
});

describe("what was told is known to the next job", () => {
  async function story(env: Record<string, string>): Promise<void> {
    const { lines, slack, telegram } = await inbox();
    const job = async (stage: string) => {
      const { status, log } = await run(stage, { ...notify(lines.slack, lines.telegram), ...env });
      expect([status, log.match(/::(?:warning|error).*/g)]).toEqual([0, null]);
    };
    // Two at the same moment make one message.
    await Promise.all([job(FIRING), job(FIRING)]);
    expect(slack.headlines()).toEqual(["🔴 P0 firing: Production is unhealthy"]);
    await job(RESOLVED);
    expect(slack.headlines()).toEqual(["🔴 P0 firing: Production is unhealthy", "✅ P0 resolved: Production is healthy again"]);
    expect(telegram.received).toHaveLength(2);
  }

  test("by PostgreSQL, as each message is to who reads the story of its task", async () => {
    await story({ "INPUT_DATABASE-URL": postgres.url, "INPUT_TRACE-ID": TRACE });
    const store = await openPostgres(postgres.url);
    await store.write({ tasks: [aTask({ taskId: TRACE })], events: [] });
    const events = (await store.read(TRACE))?.events ?? [];
    expect(events.map(({ kind, text }) => `${kind}: ${text}`).toSorted()).toEqual([
      "alert: told by slack: P0 firing: Production is unhealthy", "alert: told by slack: P0 resolved: Production is healthy again",
      "alert: told by telegram: P0 firing: Production is unhealthy", "alert: told by telegram: P0 resolved: Production is healthy again",
    ]);
    await store.close();
  }, 60_000);

  testWith(["redis-server"], "by Redis", async () => {
    const found = program("redis-server");
    if ("missing" in found) throw new Error(found.missing);
    const server = await startRedis(found.path);
    try {
      // The branch beside Redis has to know it too, for the day on which Redis is gone.
      await story({ "INPUT_REDIS-URL": server.url, "INPUT_LEDGER-BRANCH": "beside-redis", ...there() });
      const { git } = sandbox.repository("octo/site");
      const files = (await git.run(["ls-tree", "-r", "--name-only", git.ref("refs/heads/beside-redis") ?? ""])).stdout.toString();
      expect(files).toContain("alerts/octo/site/deploy-health%3Aunhealthy%3Amain.json");
    } finally {
      await server.close();
    }
  }, 60_000);

  test("by a branch", () => story({ "INPUT_LEDGER-BRANCH": "instant-ledger", ...there() }), 60_000);

  test("not at all without a record: then each job tells for itself", async () => {
    const { lines, slack } = await inbox();
    await Promise.all([RESOLVED, FIRING, FIRING].map((stage) => run(stage, notify(lines.slack))));
    expect(slack.headlines()).toEqual(Array.from({ length: 2 }, () => "🔴 P0 firing: Production is unhealthy"));
  });

  test("not by a store that is down: it is a warning, and people are told", async () => {
    const { lines, slack } = await inbox();
    const { status, log } = await run(`tools.tell([alert()]); return { outputs: {}, summary: "", alerts: [alert({ state: "resolved" })] };`, { ...notify(lines.slack), "INPUT_DATABASE-URL": `postgres://u:p@127.0.0.1:${await closedPort()}/d` });
    expect([status, log.match(/::warning::.*/g)]).toEqual([0, [expect.stringContaining("The ledger goes on without postgres")]]);
    expect(slack.headlines()).toEqual(["🔴 P0 firing: Production is unhealthy", "✅ P0 resolved: Production is unhealthy"]);
  });
});

describe("the end of a loop", () => {
  const MINUTE = 60_000;
  const OTHER = "1c5e7d3a-52f4-4d0c-9a53-0c2f6e1b7a11";
  const over = `return { outputs: {}, summary: "", record: { traceId: "${OTHER}", task: { phase: "verified", status: "done" }, events: [] } };`;

  test("finds what goes wrong beside it: slow and failed tasks, silent workers, stuck tasks; once, until it is over", async () => {
    const [{ lines, slack, mails }, sentry] = [await inbox(), await listen()];
    const store = await openPostgres(postgres.url);
    const now = Date.now();
    const repository = "octo/site";
    const slow = Array.from({ length: 6 }, () => aTask({ repository, status: "done", phase: "merged", createdAt: now - 3 * MINUTE, mergedAt: now - MINUTE, finishedAt: now - MINUTE, updatedAt: now - MINUTE }));
    const failed = Array.from({ length: 3 }, () => aTask({ repository, status: "error", phase: "ci_failed", errorType: "ci", createdAt: now - 3 * MINUTE, finishedAt: now - MINUTE, updatedAt: now - MINUTE }));
    const stuck = aTask({ repository, status: "running", phase: "pr_open", createdAt: now - 20 * MINUTE, updatedAt: now - 11 * MINUTE });
    const silent = aHeartbeat({ id: "worker-1", kind: "worker", status: "idle", currentTaskId: null, appVersion: "abc1234", at: now - 3 * MINUTE });
    try {
      await store.write({ tasks: [...slow, ...failed, stuck], events: [] });
      await store.beat(silent);
      const env = { ...notify(lines.slack, lines.email), "INPUT_DATABASE-URL": postgres.url, "INPUT_SENTRY-DSN": `http://abcdef@127.0.0.1:${sentry.port}/1` };
      expect((await run(over, env)).log).not.toMatch(/::(?:warning|error)/);
      const loop = () => slack.headlines().filter((line) => !line.includes("objective")).toSorted();
      expect(loop()).toEqual([
        "🟠 P1 firing: 3 of 10 questions failed within an hour", "🟠 P1 firing: 6 questions took over 90 s from request to merge within 10 minutes", "🟠 P1 firing: A task has not moved for 10 minutes", "🟡 P2 firing: A worker is silent",
      ]);
      // By Slack and issue, which is not configured here; the others by mail too.
      expect(mails.filter((mail) => mail.includes("took over 90 s"))).toHaveLength(1);
      expect(mails.filter((mail) => mail.includes("failed within an hour"))).toEqual([]);
      const events = eventsOf(sentry.heard, "event");
      expect(events.map(({ level, tags }) => [level, tags["error_type"], tags["worker_id"] ?? tags["stuck_task_id"]]).toSorted()).toEqual([["error", "stale_heartbeat", "worker-1"], ["fatal", "stuck_task", stuck.taskId]]);
      expect(events.find(({ tags }) => tags["error_type"] === "stale_heartbeat")?.["contexts"]["heartbeat"]).toEqual({ worker_id: "worker-1", heartbeat_age_seconds: expect.any(Number), stuck_task_id: null, app_version: "abc1234" });
      await run(over, env);
      expect(loop()).toHaveLength(4);
      await Promise.all([store.endBeat("worker-1"), store.write({ tasks: [{ ...stuck, status: "done", phase: "merged", finishedAt: now - 11 * MINUTE }], events: [] })]);
      await run(over, env);
      expect(loop().slice(0, 2)).toEqual(["✅ P1 resolved: No stuck task is on record any more", "✅ P2 resolved: No silent worker is on record any more"]);
      expect(loop()).toHaveLength(6);
    } finally {
      await Promise.all([store.close(), sentry.close()]);
    }
  }, 60_000);
});

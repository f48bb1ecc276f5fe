import { execFile } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { channelsFrom, openNotifier, processMemory } from "../../src/notify/index.ts";
import { alert, closedPort, handClock, recordingLog, rejected, serve, shownOf } from "./support.ts";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const LINES = `https://hooks.slack.com/services/a/b/c\ntelegram://123456:${"x".repeat(35)}@telegram/?chats=1\nsmtp://mail.example.com/?from=c@d.co&to=a@b.co\nissue`;
/** None of these channels opens issues. */
const issues = () => Promise.reject(new Error("no issue is wanted here"));

test("opening loads no channel, no library and no network", async () => {
  const script = `
    import { registerHooks } from "node:module";
    const seen = [];
    registerHooks({ load: (url, context, next) => { seen.push(url); return next(url, context); } });
    const { channelsFrom, openNotifier } = await import(${JSON.stringify(path.join(root, "src/notify/index.ts"))});
    const log = { debug() {}, info() {}, warning() {}, error() {} };
    openNotifier({ channels: channelsFrom(${JSON.stringify(LINES)}).channels, issues: () => { throw new Error("too early"); }, clock: { now: Date.now, sleep: async () => {} }, log });
    console.log(JSON.stringify(seen));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { cwd: root, timeout: 30_000 });
  const seen = (JSON.parse(stdout) as string[]).map((url) => url.replace(/^.*\/(?=src\/|node_modules\/)/, ""));
  expect(seen).toContain("src/notify/notifier.ts");
  expect(seen.filter((url) => /node_modules|src\/net|node:(http|https|net|tls)|notify\/(slack|telegram|email|issue|http)\.ts/.test(url))).toEqual([]);
});

test("without a line that can be used every alert reaches nobody", async () => {
  const error = await rejected(openNotifier({ channels: channelsFrom("nothing\nof use").channels, issues, clock: handClock(), log: recordingLog() }).send(alert({ hasIssue: true, via: ["email"] })));
  expect(error).toMatchObject({ blame: "service", problems: [{ what: expect.stringContaining("reached nobody") }, { what: "notify: it holds no line that can be used" }] });
});

test("the repository is asked for when an issue is to be opened", async () => {
  const opened: string[] = [];
  const repository = { openIssue: async ({ title }: { title: string }) => ({ number: opened.push(title), url: "https://github.com/acme/docs/issues/1" }), comment: async () => undefined, closeIssue: async () => undefined, openIssuesWith: async () => [] };
  let asked = 0;
  const notifier = openNotifier({ channels: channelsFrom("issue").channels, issues: async () => { asked += 1; return repository; }, clock: handClock(), log: recordingLog() });
  expect(asked).toBe(0);
  await notifier.send(alert());
  await notifier.send(alert({ key: "another" }));
  expect([asked, opened]).toEqual([1, ["[P0] Production is unhealthy", "[P0] Production is unhealthy"]]);
});

test("a Slack that works beside a mail server that does not, from the settings to the warning", async () => {
  const slack = await serve((_, response) => void response.end("ok"));
  const log = recordingLog();
  const port = await closedPort();
  try {
    const { channels } = channelsFrom(`${slack.url}/services/sEcReT\nsmtp://127.0.0.1:${port}/?from=c@d.co&to=a@b.co`);
    const memory = processMemory();
    const open = () => openNotifier({ channels, issues, memory, clock: { now: Date.now, sleep: handClock().sleep }, log, env: {}, timeoutMs: 30_000 });
    expect(await open().send(alert())).toMatchObject({ kind: "told", answers: [{ channel: "slack", kind: "delivered" }, { channel: "email", kind: "failed", reason: expect.stringContaining(`127.0.0.1:${port}`) }] });
    expect(log.warnings()).toHaveLength(1);
    // The next job tries the mail server alone, and ends Slack's story there.
    expect((await open().send(alert())).kind).toBe("nothing-new");
    expect((await open().send(alert({ state: "resolved" }))).kind).toBe("told");
    expect(slack.received.map(({ json }) => json["text"])).toEqual(["🔴 P0 firing: Production is unhealthy", "✅ P0 resolved: Production is unhealthy"]);
  } finally {
    await slack.close();
  }
});

test("one that reaches nobody says why for each channel, with nothing secret in it", async () => {
  const port = await closedPort();
  const broken = await serve(({ path: asked }, response) => void response.writeHead(400).end(`cannot POST ${asked}`));
  try {
    const { channels } = channelsFrom(`${broken.url}/services/sEcReT\nsmtp://127.0.0.1:${port}/?from=c@d.co&to=a@b.co`);
    const error = await rejected(openNotifier({ channels, issues, clock: { now: Date.now, sleep: handClock().sleep }, log: recordingLog(), env: {}, timeoutMs: 30_000 }).send(alert()));
    expect(error).toMatchObject({ blame: "service", problems: [{}, { where: "slack", what: expect.stringContaining("cannot POST ***") }, { where: "email" }] });
    expect(await shownOf(error)).not.toContain("sEcReT");
  } finally {
    await broken.close();
  }
});

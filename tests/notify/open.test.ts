import { execFile } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { channelsFrom, openNotifier, processMemory } from "../../src/notify/index.ts";
import { alert, closedPort, handClock, recordingLog, rejected, serve, shownOf } from "./support.ts";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const SETTINGS = { "slack-webhook-url": "https://hooks.slack.com/services/a/b/c", "telegram-bot-token": `123456:${"x".repeat(35)}`, "telegram-chat-id": "1", "smtp-url": "smtp://mail.example.com", "email-to": "a@b.co", "email-from": "c@d.co" };

test("opening loads no channel, no library and no network", async () => {
  const script = `
    import { registerHooks } from "node:module";
    const seen = [];
    registerHooks({ load: (url, context, next) => { seen.push(url); return next(url, context); } });
    const { channelsFrom, openNotifier } = await import(${JSON.stringify(path.join(root, "src/notify/index.ts"))});
    const log = { debug() {}, info() {}, warning() {}, error() {} };
    openNotifier({ channels: channelsFrom(${JSON.stringify(SETTINGS)}), clock: { now: Date.now, sleep: async () => {} }, log });
    console.log(JSON.stringify(seen));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { cwd: root, timeout: 30_000 });
  const seen = (JSON.parse(stdout) as string[]).map((url) => url.replace(/^.*\/(?=src\/|node_modules\/)/, ""));
  expect(seen).toContain("src/notify/notifier.ts");
  expect(seen.filter((url) => /node_modules|src\/net|node:(http|https|net|tls)|notify\/(slack|telegram|email|issue|http)\.ts/.test(url))).toEqual([]);
});

test("alert-issue where no issue can be opened is INSTANT's own fault", () => {
  expect(() => openNotifier({ channels: channelsFrom({ "alert-issue": "true" }), clock: handClock(), log: recordingLog() })).toThrow("this stage opens no issues");
});

test("a Slack that works beside a mail server that does not, from the settings to the warning", async () => {
  const slack = await serve((_, response) => void response.end("ok"));
  const log = recordingLog();
  const port = await closedPort();
  try {
    const channels = channelsFrom({ "slack-webhook-url": `${slack.url}/services/sEcReT`, "smtp-url": `smtp://127.0.0.1:${port}`, "email-to": "a@b.co", "email-from": "c@d.co" });
    const memory = processMemory();
    const open = () => openNotifier({ channels, memory, clock: { now: Date.now, sleep: handClock().sleep }, log, env: {}, timeoutMs: 30_000 });
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
    const channels = channelsFrom({ "slack-webhook-url": `${broken.url}/services/sEcReT`, "smtp-url": `smtp://127.0.0.1:${port}`, "email-to": "a@b.co", "email-from": "c@d.co" });
    const error = await rejected(openNotifier({ channels, clock: { now: Date.now, sleep: handClock().sleep }, log: recordingLog(), env: {}, timeoutMs: 30_000 }).send(alert()));
    expect(error).toMatchObject({ blame: "service", problems: [{}, { where: "slack", what: expect.stringContaining("cannot POST ***") }, { where: "email" }] });
    expect(await shownOf(error)).not.toContain("sEcReT");
  } finally {
    await broken.close();
  }
});

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { micromark } from "micromark";
import { gfmAutolinkLiteral, gfmAutolinkLiteralHtml } from "micromark-extension-gfm-autolink-literal";
import { createApi } from "../../src/github/client.ts";
import { issues as repositoryIssues } from "../../src/github/issues.ts";
import { traceIdIn } from "../../src/kit/ids.ts";
import { createFetch } from "../../src/net/fetch.ts";
import { ALERT_LABEL, issueBody, issueChannel, issueTitle, literal } from "../../src/notify/issue.ts";
import { processMemory } from "../../src/notify/memory.ts";
import { createNotifier } from "../../src/notify/notifier.ts";
import type { Alert, AlertIssues } from "../../src/notify/port.ts";
import { clean } from "../../src/notify/text.ts";
import type { Permissions } from "../../src/sandbox/engine/port.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { attachContract, type Contract } from "../contract/attach.ts";
import { alert, handClock, HOSTILE, message, recordingLog, rejected, strings, TRACE, withoutJoiners } from "./support.ts";

let sandbox: Sandbox;
let contract: Contract;
const NAME = "acme/docs";

beforeAll(async () => {
  sandbox = await startSandbox();
  contract = await attachContract(sandbox);
  sandbox.addUser("acme");
  await sandbox.createRepository({ owner: "acme", name: "docs", from: { "README.md": "# Docs\n" }, roles: { ann: "write" } });
});
afterAll(() => sandbox.close());

function issuesAs(permissions: Permissions = { issues: "write" }): AlertIssues {
  const { token } = sandbox.world.tokens.job(sandbox.repository(NAME), 1, "test", permissions);
  const { api: apiUrl, graphql: graphqlUrl, server: serverUrl } = sandbox.urls;
  const api = createApi({ owner: "acme", repo: "docs", apiUrl, graphqlUrl, serverUrl, token, userAgent: "instant-test", fetch: createFetch({}), clock: { ...handClock(), now: Date.now }, log: recordingLog() });
  return repositoryIssues(api);
}

const job = (issues = issuesAs()) => createNotifier({ channels: [issueChannel(issues)], memory: processMemory(), clock: handClock(), log: recordingLog(), timeoutMs: 60_000 });
const issuesOf = (key: string) => [...sandbox.repository(NAME).issues.values()].filter(({ body }) => body?.includes(`<!-- instant-alert: ${key} -->`));
const tell = (change: Partial<Alert>, notifier = job()) => notifier.send(alert(change));

describe("an alert as an issue", () => {
  test("opens once, says nothing while it fires, and closes itself with a comment", async () => {
    const key = "story:1";
    const sent = await tell({ key, text: "It broke.\n\nBadly." });
    expect(sent).toMatchObject({ kind: "told", answers: [{ channel: "issue", kind: "delivered", detail: expect.stringMatching(/\/issues\/\d+$/) }] });
    const [issue] = issuesOf(key);
    expect([issue?.title, issue?.state, [...(issue?.labels ?? [])].map(({ name }) => name).toSorted()]).toEqual(["[P0] Production is unhealthy", "open", ["P0", ALERT_LABEL].toSorted()]);
    // Another job, which shares no memory, finds it by its marker.
    expect(await tell({ key, title: "Another title altogether" })).toMatchObject({ kind: "nothing-new", answers: [{ kind: "suppressed", reason: expect.stringContaining("is open already") }] });
    expect(issuesOf(key)).toHaveLength(1);
    expect(traceIdIn(issue?.body ?? "")).toBe(TRACE);
    expect(issue?.comments).toEqual([]);
    // Nor does the one that finds it over.
    expect((await tell({ key, state: "resolved", text: "All probes answer." })).kind).toBe("told");
    expect([issue?.state, issue?.stateReason, issue?.comments.map(({ body }) => body)]).toEqual(["closed", "completed", [expect.stringContaining("P0 resolved&#58; ")]]);
    expect(await tell({ key, state: "resolved" })).toMatchObject({ kind: "nothing-new", answers: [{ reason: "no issue is open for it" }] });
    // Fires anew: a new incident, a new issue.
    await tell({ key });
    expect(issuesOf(key).map(({ state }) => state)).toEqual(["closed", "open"]);
    contract.verify();
  });

  test("is known by its marker and label together, never by its title or by one of them", async () => {
    const key = "story:2";
    const title = "[P0] Production is unhealthy";
    await issuesAs().openIssue({ title, body: "by hand", labels: [ALERT_LABEL] });
    await issuesAs().openIssue({ title, body: `<!-- instant-alert: ${key} -->`, labels: [] });
    await issuesAs().openIssue({ title, body: `text <!-- instant-alert: ${key} -->`, labels: [ALERT_LABEL] });
    await issuesAs().openIssue({ title, body: `<!-- instant-alert: ${key}:longer -->`, labels: [ALERT_LABEL] });
    expect((await tell({ key })).kind).toBe("told");
  });

  test("a marker that a person's editor has given other line ends is found", async () => {
    const key = "story:3";
    await tell({ key });
    const issue = issuesOf(key)[0]!;
    issue.body = `Seen. ann\r\n${issue.body?.replaceAll("\n", "\r\n")}`;
    expect((await tell({ key })).kind).toBe("nothing-new");
  });

  test("a person who closes it is not nagged by the reminder", async () => {
    const key = "story:4";
    const clock = handClock();
    const notifier = createNotifier({ channels: [issueChannel(issuesAs())], memory: processMemory(), clock, log: recordingLog(), renotifyMs: 1_000, timeoutMs: 60_000 });
    await tell({ key }, notifier);
    await issuesAs().closeIssue(issuesOf(key)[0]!.number);
    clock.advance(1_000);
    expect(await tell({ key }, notifier)).toMatchObject({ kind: "nothing-new", answers: [{ reason: "somebody closed its issue" }] });
    expect(await tell({ key, state: "resolved" }, notifier)).toMatchObject({ kind: "nothing-new", answers: [{ reason: "no issue is open for it" }] });
    expect(issuesOf(key)).toHaveLength(1);
  });

  test("two jobs at the same moment without a shared memory leave one open", async () => {
    const key = "story:5";
    const both = await Promise.all([tell({ key }), tell({ key })]);
    expect(both.filter(({ kind }) => kind === "told")).toHaveLength(1);
    expect(issuesOf(key).filter(({ state }) => state === "open")).toHaveLength(1);
    contract.verify();
  });

  test("an outside text cannot close or keep open another alert's issue", async () => {
    const [mine, theirs] = ["story:6", "story:7"];
    await tell({ key: mine });
    await tell({ key: theirs, title: `x\n<!-- instant-alert: ${mine} -->`, text: `\n<!-- instant-alert: ${mine} -->\n`, fields: [{ name: "a", value: `\n<!-- instant-alert: ${mine} -->\n` }] });
    expect(issuesOf(mine)).toHaveLength(1);
    const marked = await issuesAs().openIssuesWith(ALERT_LABEL);
    expect(marked.filter(({ body }) => body.includes(`<!-- instant-alert: ${mine} -->`))).toHaveLength(1);
  });

  test("a token that may not is told which permission to add", async () => {
    const error = await rejected(tell({ key: "story:8" }, job(issuesAs({ contents: "read" }))));
    expect(error).toMatchObject({ blame: "service", problems: [{ cause: "the only channel failed" }, { where: "issue", fix: expect.stringContaining("issues: ") }] });
  });
});

/** As GitHub shows Markdown, before it looks for mentions. */
const html = (markdown: string) => micromark(markdown, { extensions: [gfmAutolinkLiteral()], htmlExtensions: [gfmAutolinkLiteralHtml()] });
const textOf = (shown: string) =>
  shown
    .replace(/<br \/>\n/g, "\n")
    .replace(/<\/p>\n<p>/g, "\n\n")
    .replace(/<\/?p>/g, "")
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
/** Blank lines and tabs show as one: no more is promised. */
const flat = (text: string) => withoutJoiners(text).replaceAll("\t", " ").replace(/\n{2,}/g, "\n\n").trim();

describe("text from outside in an issue", () => {
  test("is shown as it is: no markup, mention, link, reference or picture", () => {
    for (const raw of [...strings(1_500), ...HOSTILE]) {
      const text = clean(raw).trim().replace(/\n[ \t]+(?=\n)/g, "\n");
      const shown = html(literal(text));
      expect(flat(textOf(shown))).toBe(flat(text));
      expect(shown.replace(/<\/?p>|<br \/>/g, "")).not.toContain("<");
      expect(textOf(shown)).not.toMatch(/@[\p{L}\p{N}]|#\d|:\/\//u);
    }
  });

  test("and the whole body keeps its shape around it", () => {
    for (const text of [...strings(300, 9), ...HOSTILE]) {
      const shown = html(issueBody(message({ title: text, text, fields: [{ name: text, value: text }], links: [{ label: text, url: "https://example.com/a" }] })));
      expect(shown.match(/<(?!\/?(p|strong|ul|li)\b|br \/>)[^>]*>/g)).toEqual(['<a href="https://example.com/a">', "</a>"]);
    }
  });

  test("a title is one inert line that GitHub has room for", () => {
    for (const text of [...strings(500, 4), ...HOSTILE, "x ".repeat(1_000)]) {
      const title = issueTitle(message({ title: text }));
      expect(title.length).toBeLessThanOrEqual(256);
      expect(title).not.toMatch(/[\n\r`]|@[\p{L}\p{N}]|#\d/u);
    }
  });
});

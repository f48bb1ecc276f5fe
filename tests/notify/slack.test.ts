import { describe, expect, test } from "@jest/globals";
import { createFetch } from "../../src/net/fetch.ts";
import { processMemory } from "../../src/notify/memory.ts";
import { createNotifier } from "../../src/notify/notifier.ts";
import { escapeSlack, slackChannel, slackPayload } from "../../src/notify/slack.ts";
import { clean, oneLine } from "../../src/notify/text.ts";
import { keepEnvironment, startProxy } from "../github/proxy-server.ts";
import { foundByTelegram } from "./markdown-v2.ts";
import { alert, BROKEN, closedPort, handClock, HOSTILE, message, recordingLog, rejected, type Received, serve, type Server, shownOf, strings, withoutJoiners } from "./support.ts";

const PATH = "/services/T0001/B0001/sEcReTsEcReT";

/** What is wrong with a payload by Slack's own description of blocks and text objects; empty: Slack takes it. */
function faults(payload: Record<string, unknown>): string[] {
  const found: string[] = [];
  const textObject = (value: unknown, longest: number, types: readonly string[], where: string) => {
    const { type, text, emoji, verbatim, ...rest } = value as Record<string, unknown>;
    if (!types.includes(String(type))) found.push(`${where}: type ${String(type)}`);
    if (typeof text !== "string" || text.length < 1 || text.length > longest) found.push(`${where}: ${String(text).length} characters of 1..${longest}`);
    if ((emoji !== undefined && type !== "plain_text") || (verbatim !== undefined && type !== "mrkdwn") || Object.keys(rest).length > 0) found.push(`${where}: odd fields`);
  };
  const { text, blocks, mrkdwn, unfurl_links: links, unfurl_media: media, ...rest } = payload;
  if (Object.keys(rest).length > 0) found.push(`odd fields ${Object.keys(rest)}`);
  if (typeof text !== "string" || text === "" || text.length > 40_000) found.push("no_text");
  if (![mrkdwn, links, media].every((flag) => flag === false)) found.push("flags");
  if (!Array.isArray(blocks) || blocks.length < 1 || blocks.length > 50) return [...found, "invalid_blocks"];
  for (const [at, block] of (blocks as Record<string, unknown>[]).entries()) {
    const where = `blocks[${at}]`;
    if (block["type"] === "header") textObject(block["text"], 150, ["plain_text"], where);
    else if (block["type"] === "section" && block["text"] !== undefined) textObject(block["text"], 3_000, ["plain_text", "mrkdwn"], where);
    else if (block["type"] === "section") {
      const fields = block["fields"] as unknown[];
      if (fields.length < 1 || fields.length > 10) found.push(`${where}: ${fields.length} fields`);
      for (const field of fields) textObject(field, 2_000, ["plain_text", "mrkdwn"], where);
    } else if (block["type"] === "context") {
      const elements = block["elements"] as unknown[];
      if (elements.length < 1 || elements.length > 10) found.push(`${where}: ${elements.length} elements`);
      for (const element of elements) textObject(element, 3_000, ["plain_text", "mrkdwn"], where);
    } else found.push(`${where}: unsupported type ${String(block["type"])}`);
  }
  return found;
}

/** Slack's side of a webhook. */
function slackServer(): Promise<Server> {
  return serve(({ path, json, headers }, response) => {
    const answer = (status: number, text: string) => void response.writeHead(status, { "content-type": "text/html" }).end(text);
    if (path !== PATH) return answer(404, "no_service");
    if (!headers["content-type"]?.startsWith("application/json")) return answer(400, "invalid_payload");
    return faults(json).length > 0 ? answer(400, "invalid_blocks") : answer(200, "ok");
  });
}

function channelAt(url: string, clock = handClock()) {
  return slackChannel({ webhookUrl: url, clock, fetch: createFetch({}) });
}

/** Five seconds by the channel's clock are 30 of a busy machine's. */
const limits = (ms = 5_000, clock = handClock()) => ({ signal: AbortSignal.timeout(ms === 5_000 ? 30_000 : ms), deadline: clock.now() + ms });

/** How Slack shows a text object, and the links in it. */
const unescaped = (text: string) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function textsOf(payload: object): { type: string; text: string }[] {
  const all: { type: string; text: string }[] = [];
  JSON.stringify(payload, (_, value: unknown) => {
    if (typeof value === "object" && value !== null && "type" in value && "text" in value && typeof value.text === "string") all.push(value as { type: string; text: string });
    return value;
  });
  return all;
}

describe("what Slack is sent", () => {
  test("is a message of blocks that a server as strict as Slack takes", async () => {
    const server = await slackServer();
    try {
      expect(await channelAt(server.url + PATH).deliver(message(), limits())).toEqual({ kind: "delivered", detail: "posted" });
      expect(server.received[0]?.json).toEqual({
        text: "🔴 P0 firing: Production is unhealthy", mrkdwn: false, unfurl_links: false, unfurl_media: false,
        blocks: [
          { type: "header", text: { type: "plain_text", text: "🔴 P0 firing: Production is unhealthy", emoji: false } },
          { type: "section", text: { type: "plain_text", text: "3 of 5 probes failed.\nThe newest answered 500.", emoji: false } },
          { type: "section", fields: [{ type: "plain_text", text: "commit\nabc1234", emoji: false }] },
          { type: "section", text: { type: "mrkdwn", text: "<https://github.com/acme/docs/actions/runs/5?a=1&amp;b=2|run>", verbatim: true } },
          { type: "context", elements: [{ type: "plain_text", text: "trace-id: 0b5e7d3a-52f4-4d0c-9a53-0c2f6e1b7a11", emoji: false }] },
        ],
      });
    } finally {
      await server.close();
    }
  });

  test("keeps every limit, whatever it is made of, and loses nothing silently", () => {
    const long = "& <x> 👩‍👩‍👧‍👦 ".repeat(2_000);
    const fields = Array.from({ length: 30 }, () => ({ name: long, value: long }));
    const links = Array.from({ length: 30 }, (_, at) => ({ label: long, url: `https://example.com/${at}?q=${"&".repeat(900)}` }));
    const huge = slackPayload(message({ title: long, text: long, fields, links, traceId: long }));
    expect(faults({ ...huge })).toEqual([]);
    expect(textsOf(huge).filter(({ type, text }) => type === "plain_text" && text.endsWith("…")).length).toBeGreaterThan(3);
    expect(faults({ ...slackPayload(message({ title: "", text: "", fields: [{ name: "", value: " " }], links: [{ label: "", url: "https://x.example" }], traceId: "" })) })).toEqual([]);
    expect(faults({ ...slackPayload(message({ title: "\u0000", text: "\u202E\n", fields: [], links: [{ label: "x", url: "javascript:1" }] })) })).toEqual([]);
  });

  test("is the text itself, as Slack shows it, with no mention, link or markup from outside", () => {
    for (const text of [...strings(1_000), ...HOSTILE]) {
      expect(unescaped(escapeSlack(text))).toBe(text);
      const payload = slackPayload(message({ title: text, text, fields: [{ name: "said", value: text }], links: [{ label: text, url: "https://example.com/a|b>c<d" }] }));
      expect(faults({ ...payload })).toEqual([]);
      const texts = textsOf(payload);
      const body = clean(text).trim();
      if (body !== "") expect(texts.map((one) => unescaped(one.text))).toContain(body);
      expect(withoutJoiners(unescaped(payload.text))).toContain(withoutJoiners(oneLine(text)));
      expect(foundByTelegram(unescaped(payload.text))).toEqual([]);
      expect(payload.text).not.toMatch(/[<>]/);
      // mrkdwn is only for our own links, and holds exactly those.
      const marked = texts.filter(({ type }) => type === "mrkdwn");
      expect(marked).toHaveLength(1);
      expect(marked[0]?.text).toMatch(/^<https:\/\/example\.com\/a%7Cb%3Ec%3Cd\|[^<>|*_~`]*>$/);
      for (const one of texts.filter(({ type }) => type === "plain_text")) expect(one.text).not.toMatch(/[<>]/);
    }
  });
});

describe("what Slack answers", () => {
  async function against(answer: (response: Parameters<Parameters<typeof serve>[0]>[1], ordinal: number) => void, options: { readonly ms?: number } = {}) {
    const server = await serve((_: Received, response, __, ordinal) => answer(response, ordinal));
    const clock = handClock();
    try {
      const url = server.url + PATH;
      const outcome = await channelAt(url, clock).deliver(message(), limits(options.ms, clock)).then((value) => value, (error: unknown) => error);
      const shown = outcome instanceof Error ? await shownOf(outcome) : "";
      for (const secret of [PATH, "sEcReT", "T0001"]) expect(shown).not.toContain(secret);
      return { outcome: outcome as Error & { fix: string }, pauses: clock.pauses, asked: server.received.length };
    } finally {
      await server.close();
    }
  }
  const say = (status: number, body: string, headers: Record<string, string> = {}) => (response: Parameters<Parameters<typeof serve>[0]>[1]) => void response.writeHead(status, headers).end(body);

  test.each([
    [404, "no_service", /removed or switched off.*/, /Make a new webhook/],
    [403, "invalid_token", /address is wrong/, /Make a new webhook/],
    [410, "channel_is_archived", /archived/, /Unarchive/],
    [404, "channel_not_found", /does not exist any more/, /webhook/],
    [403, "action_prohibited", /administrator/, /administrator/],
    [400, "invalid_blocks", /400: invalid_blocks/, /report this/],
    [302, "", /leads elsewhere \(302\)/, /Make a new webhook/],
    [200, "<html>Please log in</html>", /not Slack/, /Make a new webhook/],
  ])("%i %s is explained, and asked once", async (status, body, what, fix) => {
    const { outcome, asked } = await against(say(status, body, status === 302 ? { location: "https://elsewhere.example/" } : {}));
    expect(outcome.message).toMatch(what);
    expect(outcome.fix).toMatch(fix);
    expect(asked).toBe(1);
  });

  test("a redirect is not followed, not even within the same server", async () => {
    const { asked } = await against((response) => void response.writeHead(307, { location: "/other" }).end());
    expect(asked).toBe(1);
  });

  test("429 is tried again after Retry-After, within the channel's time", async () => {
    const { outcome, pauses, asked } = await against((response, ordinal) => (ordinal === 1 ? say(429, "rate_limited", { "retry-after": "2" })(response) : say(200, "ok")(response)));
    expect(outcome).toEqual({ kind: "delivered", detail: "posted" });
    expect([pauses, asked]).toEqual([[2_000], 2]);
    const dated = await against((response, ordinal) => (ordinal === 1 ? say(429, "", { "retry-after": new Date(handClock().now() + 3_000).toUTCString() })(response) : say(200, "ok")(response)));
    expect(dated.pauses).toEqual([3_000]);
  });

  test("a longer wait than there is time for is not begun, and is told", async () => {
    const { outcome, pauses, asked } = await against(say(429, "rate_limited", { "retry-after": "30" }));
    expect(outcome.message).toMatch(/no more messages.*asks to wait 30 s/);
    expect([pauses, asked]).toEqual([[], 1]);
  });

  test("5xx is tried three times", async () => {
    const { outcome, asked } = await against(say(503, "rollup_error"));
    expect(outcome.message).toMatch(/disturbed \(503: rollup_error\)/);
    expect(asked).toBe(3);
    expect((await against((response, ordinal) => say(ordinal < 3 ? 500 : 200, "ok")(response))).outcome).toMatchObject({ kind: "delivered" });
  });

  test.each(Object.entries(BROKEN))("a server that %s is a failure, asked once, since the message may be out", async (_, answer) => {
    const { outcome, asked } = await against(answer);
    expect(outcome.message).toMatch(/^Slack did not answer: (the connection broke off|its answer is not HTTP)/);
    expect(asked).toBe(1);
  });

  test("one that never ends its answer, or never begins, is given up in time", async () => {
    const half = await against((response) => { response.writeHead(200); response.write("o"); }, { ms: 100 });
    expect(half.outcome.name).toBe("TimeoutError");
    expect((await against(() => undefined, { ms: 100 })).outcome.name).toBe("TimeoutError");
  });

  test("nobody there: tried again, then told with the host and no more", async () => {
    const port = await closedPort();
    const clock = handClock();
    const error = await rejected(channelAt(`http://127.0.0.1:${port}${PATH}`, clock).deliver(message(), limits(5_000, clock)));
    expect(error.message).toMatch(/127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)/);
    expect(clock.pauses.length).toBe(2);
    expect(await shownOf(error)).not.toContain("sEcReT");
  });
});

test("what a server echoes of the webhook is taken out of the warning", async () => {
  const server = await serve(({ path }, response) => void response.writeHead(400).end(`no route ${path}`));
  const log = recordingLog();
  const other = { name: "other", kind: "email" as const, secrets: [], deliver: () => Promise.resolve({ kind: "delivered", detail: "" } as const) };
  try {
    await createNotifier({ channels: [channelAt(server.url + PATH), other], memory: processMemory(), clock: handClock(), log }).send(alert());
    expect(log.warnings()).toEqual([expect.stringContaining("no route ***")]);
    expect(JSON.stringify(log.lines)).not.toContain("sEcReT");
  } finally {
    await server.close();
  }
});

test("a proxy of the environment leads there", async () => {
  const restore = keepEnvironment();
  const server = await slackServer();
  const proxy = await startProxy(Number(new URL(server.url).port));
  try {
    const channel = slackChannel({ webhookUrl: `https://hooks.example.test${PATH}`, clock: handClock(), fetch: createFetch({ HTTPS_PROXY: proxy.url }) });
    // Behind the tunnel there is a server without TLS: getting that far is what the proxy is for.
    expect((await rejected(channel.deliver(message(), limits()))).message).toContain("does not speak TLS");
    expect(proxy.asked).toEqual(["hooks.example.test:443"]);
  } finally {
    proxy.close();
    await server.close();
    restore();
  }
});

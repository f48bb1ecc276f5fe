import { describe, expect, test } from "@jest/globals";
import { createFetch } from "../../src/net/fetch.ts";
import { processMemory } from "../../src/notify/memory.ts";
import { createNotifier } from "../../src/notify/notifier.ts";
import { markdown, plain, telegramChannel, telegramText } from "../../src/notify/telegram.ts";
import { clean } from "../../src/notify/text.ts";
import { foundByTelegram, readMarkdownV2 } from "./markdown-v2.ts";
import { alert, BROKEN, closedPort, handClock, HOSTILE, message, recordingLog, rejected, serve, type Server, shownOf, strings, withoutJoiners } from "./support.ts";

const TOKEN = "123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr";
const CHAT = "-1001234567890";

/** Telegram's side of sendMessage: what it cannot read it refuses as the real one does. */
function telegramServer(options: { readonly refuseMarkup?: boolean } = {}): Promise<Server> {
  return serve(({ path, json }, response) => {
    const answer = (status: number, body: object) => void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    const refuse = (code: number, description: string) => answer(code, { ok: false, error_code: code, description });
    if (path !== `/bot${TOKEN}/sendMessage`) return refuse(404, "Not Found");
    if (json["chat_id"] !== CHAT) return refuse(400, "Bad Request: chat not found");
    if (JSON.stringify(json["link_preview_options"]) !== '{"is_disabled":true}') return refuse(400, "Bad Request: previews");
    let text = String(json["text"]);
    if (json["parse_mode"] === "MarkdownV2") {
      if (options.refuseMarkup) return refuse(400, "Bad Request: can't parse entities: Character '.' is reserved and must be escaped with the preceding '\\'");
      try {
        text = readMarkdownV2(text).text;
      } catch (error) {
        return refuse(400, (error as Error).message);
      }
    } else if (json["parse_mode"] !== undefined) return refuse(400, "Bad Request: unsupported parse_mode");
    if (text.trim() === "") return refuse(400, "Bad Request: message text is empty");
    if (text.length > 4_096) return refuse(400, "Bad Request: message is too long");
    return answer(200, { ok: true, result: { message_id: 1 } });
  });
}

const channelAt = (baseUrl: string, clock = handClock(), token = TOKEN, chatId = CHAT) => telegramChannel({ token, chatId, baseUrl, clock, fetch: createFetch({}) });
/** Five seconds by the channel's clock are 30 of a busy machine's. */
const limits = (ms = 5_000, clock = handClock()) => ({ signal: AbortSignal.timeout(ms === 5_000 ? 30_000 : ms), deadline: clock.now() + ms });

describe("the strict reader that these tests stand on", () => {
  test("reads what Telegram reads, and refuses what Telegram refuses", () => {
    expect(readMarkdownV2("*b \\*t* _i_ __u__ ~s~ ||p|| `c_*` ```p``` [l](http://x.y/\\))")).toEqual({
      text: "b *t i u s p c_* p l",
      entities: [["Bold", "b *t"], ["Italic", "i"], ["Underline", "u"], ["Strikethrough", "s"], ["Spoiler", "p"], ["Code", "c_*"], ["Pre", "p"], ["TextUrl", "l", "http://x.y/)"]].map(([type, text, url]) => ({ type, text, ...(url ? { url } : {}) })),
    });
    for (const bad of ["a.b", "a-b", "(x)", "a!", "x > y", "*open", "_a", "`a", "[a](b", "[a]", "a|b", "{", "#", "+", "=", "]"]) expect(() => readMarkdownV2(bad)).toThrow(/Bad Request: can't parse entities/);
    expect(foundByTelegram("see evil.example.com, @user, #tag, $AAPL, /start, a@b.co, https://x/y, 10.0.0.1")).toHaveLength(9);
    expect(foundByTelegram("v1.2.3 and 99.5% of docs and/or more")).toEqual([]);
  });
});

describe("what Telegram is sent", () => {
  test("is MarkdownV2 that it takes at once", async () => {
    const server = await telegramServer();
    try {
      expect(await channelAt(server.url).deliver(message(), limits())).toEqual({ kind: "delivered", detail: "sent" });
      expect(server.received).toHaveLength(1);
      const shown = readMarkdownV2(String(server.received[0]?.json["text"]));
      expect(shown.text).toBe("🔴 P0 firing: Production is unhealthy\n\n3 of 5 probes failed.\nThe newest answered 500.\n\ncommit: abc1234\n\nrun\n\ntrace-id: 0b5e7d3a-52f4-4d0c-9a53-0c2f6e1b7a11");
      expect(shown.entities).toEqual([{ type: "Bold", text: "🔴 P0 firing: Production is unhealthy" }, { type: "TextUrl", text: "run", url: "https://github.com/acme/docs/actions/runs/5?a=1&b=2" }]);
    } finally {
      await server.close();
    }
  });

  test("shows any text as it is, with nothing in it that Telegram would make clickable, marked up or not", () => {
    for (const text of [...strings(1_500), ...HOSTILE]) {
      expect(withoutJoiners(readMarkdownV2(markdown.text(text).sent).text)).toBe(withoutJoiners(text));
      expect(withoutJoiners(plain.text(text).sent)).toBe(withoutJoiners(text));
      const told = message({ title: text, text, fields: [{ name: text, value: text }], links: [{ label: text, url: "https://example.com/a)b\\c" }], traceId: "" });
      const shown = readMarkdownV2(telegramText(told, markdown));
      expect(withoutJoiners(shown.text)).toContain(withoutJoiners(clean(text).trim()));
      expect(foundByTelegram(shown.text)).toEqual([]);
      expect(shown.entities.map(({ type }) => type)).toEqual(["Bold", "TextUrl"]);
      expect(shown.entities[1]?.url).toBe("https://example.com/a%29b/c");
      expect(foundByTelegram(telegramText(told, plain).replaceAll("https://example.com/a%29b/c", ""))).toEqual([]);
    }
  });

  test("stays within 4096 units as shown, cut between graphemes, with headline, links and footer whole", () => {
    const family = "👩‍👩‍👧‍👦";
    const fields = Array.from({ length: 30 }, () => ({ name: "n".repeat(60), value: "v.v@x ".repeat(200) }));
    const links = Array.from({ length: 30 }, (_, at) => ({ label: `l${at}`, url: `https://example.com/${"x".repeat(900)}` }));
    for (const style of [markdown, plain]) {
      for (const text of [family.repeat(1_000), ".a@b#c".repeat(3_000), "1.2.3.4.".repeat(2_000), "x".repeat(4_096)]) {
        for (const change of [{ text, fields: [], links: [] }, { text }, { text, fields }, { text, fields, links }]) {
          const sent = telegramText(message({ title: "t".repeat(5_000), ...change }), style);
          const shown = style === markdown ? readMarkdownV2(sent).text : sent;
          expect(shown.length).toBeLessThanOrEqual(4_096);
          expect(shown).toMatch(/^🔴 P0 firing: t+…\n/u);
          expect(shown).toMatch(/trace-id: [0-9a-f-]{36}$/);
          expect(shown.isWellFormed()).toBe(true);
        }
      }
    }
    const families = readMarkdownV2(telegramText(message({ text: family.repeat(1_000), fields: [], links: [] }), markdown)).text;
    expect(families.length).toBeGreaterThan(4_000);
    expect(families.split("\n\n")[1]).toMatch(new RegExp(`^(${family})+…$`, "u"));
  });
});

describe("what Telegram answers", () => {
  test("400 for its markup: the same once more as plain text", async () => {
    const server = await telegramServer({ refuseMarkup: true });
    try {
      expect(await channelAt(server.url).deliver(message({ text: "a.b *c*" }), limits())).toEqual({ kind: "delivered", detail: "sent as plain text" });
      expect(server.received.map(({ json }) => json["parse_mode"])).toEqual(["MarkdownV2", undefined]);
      expect(withoutJoiners(String(server.received[1]?.json["text"]))).toContain("a.b *c*");
      expect(server.received[1]?.json["text"]).toContain("run: https://github.com/acme/docs/actions/runs/5?a=1&b=2");
    } finally {
      await server.close();
    }
  });

  async function against(script: readonly { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> }[]) {
    const server = await serve((_, response, __, ordinal) => {
      const { status, body, headers } = script[Math.min(ordinal, script.length) - 1]!;
      response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
    });
    const clock = handClock();
    try {
      const outcome = await channelAt(server.url, clock).deliver(message(), limits(5_000, clock)).then((value) => value, (error: unknown) => error);
      const shown = outcome instanceof Error ? await shownOf(outcome) : "";
      for (const secret of [TOKEN, TOKEN.slice(10), "/bot"]) expect(shown).not.toContain(secret);
      return { outcome: outcome as Error & { fix: string }, pauses: clock.pauses, asked: server.received.length };
    } finally {
      await server.close();
    }
  }
  const no = (code: number, description: string, parameters?: object) => ({ status: code, body: { ok: false, error_code: code, description, ...(parameters ? { parameters } : {}) } });
  const yes = { status: 200, body: { ok: true, result: {} } };

  test("a flood limit is obeyed within the channel's time", async () => {
    const obeyed = await against([no(429, "Too Many Requests: retry after 3", { retry_after: 3 }), yes]);
    expect([obeyed.outcome, obeyed.pauses, obeyed.asked]).toEqual([{ kind: "delivered", detail: "sent" }, [3_000], 2]);
    const beyond = await against([no(429, "Too Many Requests: retry after 300", { retry_after: 300 }), yes]);
    expect(beyond.outcome.message).toMatch(/asks to wait 300 s/);
    expect([beyond.pauses, beyond.asked]).toEqual([[], 1]);
    for (const odd of [-5, "3", null, Number.MAX_VALUE]) expect((await against([no(429, "x", { retry_after: odd })])).asked).toBeLessThanOrEqual(3);
  });

  test.each([
    [no(401, "Unauthorized"), /does not know the bot/, /@BotFather/],
    [no(404, "Not Found"), /does not know the bot/, /@BotFather/],
    [no(403, "Forbidden: bot was kicked from the group chat"), /does not let the bot write/, /`chats`/],
    [no(400, "Bad Request: chat not found"), /does not let the bot write/, /`chats`/],
    [no(400, "Bad Request: group chat was upgraded to a supergroup chat", { migrate_to_chat_id: -100777 }), /supergroup/, /to -100777\./],
    [{ status: 302, body: "", headers: { location: "https://elsewhere.example" } }, /leads elsewhere/, /proxy/],
    [{ status: 200, body: "<html>log in</html>" }, /no answer of Telegram/, /proxy/],
    [{ status: 200, body: { ok: false } }, /no answer of Telegram/, /proxy/],
    [{ status: 200, body: "null" }, /no answer of Telegram/, /proxy/],
  ])("%j is explained, and asked once", async (answer, what, fix) => {
    const { outcome, asked } = await against([answer]);
    expect(outcome.message).toMatch(what);
    expect(outcome.fix).toMatch(fix);
    expect(asked).toBe(1);
  });

  test("refused as plain text too, and disturbed for good", async () => {
    expect((await against([no(400, "Bad Request: strange")])).outcome.message).toMatch(/also as plain text \(400: Bad Request: strange\)/);
    const { outcome, asked } = await against([{ status: 502, body: "<html>bad gateway</html>" }]);
    expect(outcome.message).toMatch(/disturbed \(502\)/);
    expect(asked).toBe(3);
  });

  test.each(Object.entries(BROKEN))("a server that %s is a failure without its address", async (_, answer) => {
    const server = await serve((__, response) => answer(response));
    try {
      const error = await rejected(channelAt(server.url).deliver(message(), limits()));
      expect(error.message).toMatch(/^Telegram did not answer/);
      expect(await shownOf(error)).not.toContain(TOKEN.slice(10));
      expect(server.received).toHaveLength(1);
    } finally {
      await server.close();
    }
  });

  test("what a server echoes of the token is taken out of what is told", async () => {
    const server = await serve(({ path }, response) => void response.writeHead(400).end(JSON.stringify({ ok: false, description: `no ${path} ${path.replace(/^.*:/, "")}` })));
    try {
      const notifier = createNotifier({ channels: [channelAt(server.url)], memory: processMemory(), clock: handClock(), log: recordingLog(), timeoutMs: 30_000 });
      const error = await rejected(notifier.send(alert()));
      expect(error.message).toContain("no /bot***/sendMessage ***/sendMessage");
      expect(await shownOf(error)).not.toContain(TOKEN.slice(0, 9));
    } finally {
      await server.close();
    }
  });

  test("a server that is not there, or never answers", async () => {
    const gone = await rejected(channelAt(`http://127.0.0.1:${await closedPort()}`).deliver(message(), limits()));
    expect(gone.message).toMatch(/ECONNREFUSED/);
    expect(await shownOf(gone)).not.toContain(TOKEN.slice(10));
    const server = await serve(() => undefined);
    try {
      expect((await rejected(channelAt(server.url).deliver(message(), limits(100)))).name).toBe("TimeoutError");
    } finally {
      await server.close();
    }
  });
});

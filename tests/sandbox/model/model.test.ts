import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import OpenAI from "openai";
import { countWords } from "../../../src/faq/index.ts";
import { drawDelay, seeded } from "../../../src/sandbox/model/behaviour.ts";
import { extractAnswer, startModelServer, type Behaviour, type ModelServer } from "../../../src/sandbox/model/index.ts";

const SOURCES = [
  {
    path: "docs/billing.md",
    text: "# Billing\n\n- [Restore](restore.md): restore a backup\n\n## Invoices\n\nInvoices are sent on the **first day** of each month. You can pay by card or by [bank transfer](pay.md). Late payments are reminded twice.\n\n## Plans\n\n| plan | price |\n| - | - |\n| Team | 20 euros a month |\n",
  },
  {
    path: "docs/backup.md",
    text: "# Backups\n\nBackups are made every night.\nThey are kept for 30 days & encrypted with `age`.\n\n```sh\n# invoices are not here\n```\n\n- Restore a backup with `notes restore <day>`.\n",
  },
  { path: "docs/ja/guide.md", text: "# ガイド\n\nパスワードを忘れた場合は、設定画面の「再設定」から変更できます。\n通知はメールで届きます。\n" },
  { path: "docs/zh/guide.md", text: "# 指南\n\n如果忘记密码，请在设置页面点击重置。\n导出的数据保存为 CSV 文件。\n" },
];

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function prompt(question: string, sources = SOURCES): string {
  const blocks = sources.map(({ path, text }) => `<source path="${path}">\n${escape(text)}\n</source>`);
  return `${blocks.join("\n")}\n<question>\n${escape(question)}\n</question>`;
}

describe("extractAnswer", () => {
  test.each([
    ["When are invoices sent?", "Invoices are sent on the first day of each month.", "docs/billing.md"],
    ["Can I pay by bank transfer?", "You can pay by card or by bank transfer.", "docs/billing.md"],
    ["How long are backups kept?", "They are kept for 30 days & encrypted with `age`.", "docs/backup.md"],
    ["How do I restore a backup?", "Restore a backup with `notes restore <day>`.", "docs/backup.md"],
    ["What does the Team plan cost?", "Team: 20 euros a month", "docs/billing.md"],
    ["パスワードを忘れたらどうすればいいですか？", "パスワードを忘れた場合は、設定画面の「再設定」から変更できます。", "docs/ja/guide.md"],
    ["忘记密码怎么办？", "如果忘记密码，请在设置页面点击重置。", "docs/zh/guide.md"],
    ["导出的数据是什么格式？", "导出的数据保存为 CSV 文件。", "docs/zh/guide.md"],
  ])("%s", (question, quote, path) => {
    const { answer, sources } = extractAnswer({ question, sources: SOURCES });
    expect(answer).toContain(quote);
    expect(sources).toContain(path);
    expect(countWords(answer)).toBeLessThanOrEqual(100);
  });

  test("says so when the documentation has no answer, in the documentation's language", () => {
    const english = extractAnswer({ question: "Who won the 1998 World Cup?", sources: SOURCES.slice(0, 2) });
    expect(english.answer).toMatch(/^The documentation does not answer this directly\. The closest passage: \S/);
    expect(english.sources).toHaveLength(1);
    expect(extractAnswer({ question: "Who?", sources: SOURCES.slice(2, 3) }).answer).toMatch(/^ドキュメントには/);
    expect(extractAnswer({ question: "Who?", sources: SOURCES.slice(3) }).answer).toMatch(/^文档/);
    expect(extractAnswer({ question: "Why?", sources: [] })).toEqual({ answer: "", sources: [] });
  });

  test("an entry that only repeats the question is not quoted, and long passages stay within 100 words", () => {
    const faq = { path: "docs/FAQ.md", text: "# FAQ\n\n- When are invoices sent?\n\nWhen are invoices sent?\n" };
    expect(extractAnswer({ question: "When are invoices sent?", sources: [faq, ...SOURCES] }).sources).toEqual(["docs/billing.md"]);
    const long = { path: "x.md", text: Array.from({ length: 40 }, (_, i) => `Backups number ${i} are kept in the vault for many long days.`).join(" ") };
    expect(countWords(extractAnswer({ question: "Where are backups kept?", sources: [long] }).answer)).toBeLessThanOrEqual(100);
  });

  test("answers a real FAQ's questions from that FAQ", () => {
    const text = readFileSync(new URL("../../fixtures/faq/en-ollama-crlf.md", import.meta.url), "utf8");
    const ask = (question: string): string => extractAnswer({ question, sources: [{ path: "docs/faq.md", text }] }).answer;
    expect(ask("Where does Ollama store its models?")).toMatch(/\.ollama\/models/);
    expect(ask("What is the default context window size?")).toContain("2048");
  });
});

describe("the server", () => {
  let server: ModelServer;
  let client: OpenAI;
  const ask = (extra: Record<string, unknown> = {}, question = "When are invoices sent?") =>
    client.chat.completions.create({
      model: "sandbox-extractive",
      messages: [{ role: "system", content: "Answer." }, { role: "user", content: prompt(question) }],
      response_format: { type: "json_object" },
      ...extra,
    });

  beforeEach(async () => {
    server = await startModelServer();
    client = new OpenAI({ baseURL: server.url, apiKey: server.apiKey, maxRetries: 0, timeout: 5_000 });
  });
  afterEach(() => server.close());

  test("answers with JSON, sources and usage, the same every time", async () => {
    const [one, other] = [await ask(), await ask()];
    expect(JSON.parse(one.choices[0]?.message.content ?? "")).toEqual({
      answer: "Invoices are sent on the first day of each month. You can pay by card or by bank transfer. Late payments are reminded twice.",
      sources: ["docs/billing.md"],
    });
    expect(one.choices[0]?.finish_reason).toBe("stop");
    expect(one.usage?.total_tokens).toBe((one.usage?.prompt_tokens ?? 0) + (one.usage?.completion_tokens ?? 0));
    expect(one.usage?.completion_tokens).toBeGreaterThan(5);
    expect(other.choices).toEqual(one.choices);
    expect(server.requests).toHaveLength(2);
    expect(server.requests[0]).toMatchObject({ method: "POST", path: "/v1/chat/completions", status: 200, model: "sandbox-extractive" });
    expect(JSON.stringify(server.requests)).not.toContain(server.apiKey);
  });

  test("streams the same text, and plain text when no JSON is asked for", async () => {
    const whole = await ask({ response_format: undefined });
    let streamed = "";
    let usage = 0;
    const stream = await client.chat.completions.create({
      model: "sandbox-extractive",
      messages: [{ role: "user", content: [{ type: "text", text: prompt("When are invoices sent?") }] }],
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const chunk of stream) {
      streamed += chunk.choices[0]?.delta.content ?? "";
      usage += chunk.usage?.completion_tokens ?? 0;
    }
    expect(streamed).toBe(whole.choices[0]?.message.content);
    expect(streamed).toMatch(/^Invoices are sent/);
    expect(usage).toBeGreaterThan(5);
  });

  test("lists its models", async () => {
    const models = await client.models.list();
    expect(models.data.map(({ id }) => id)).toEqual(["sandbox-extractive"]);
  });

  test("refuses as OpenAI does", async () => {
    await expect(ask({ model: "gpt-99" })).rejects.toMatchObject({ status: 404, code: "model_not_found", type: "invalid_request_error" });
    await expect(ask({ messages: [] })).rejects.toMatchObject({ status: 400 });
    const stranger = new OpenAI({ baseURL: server.url, apiKey: "sk-wrong", maxRetries: 0 });
    await expect(stranger.models.list()).rejects.toMatchObject({ status: 401, code: "invalid_api_key" });
    const raw = await fetch(`${server.url}/chat/completions`, { method: "POST", headers: { authorization: `Bearer ${server.apiKey}` }, body: "{" });
    expect(raw.status).toBe(400);
    expect((await fetch(`${server.url}/embeddings`, { method: "POST", headers: { authorization: `Bearer ${server.apiKey}` } })).status).toBe(404);
  });

  test.each<[string, Behaviour["fault"], object]>([
    ["rate limit", { kind: "rate-limit", retryAfterSeconds: 7 }, { status: 429, code: "rate_limit_exceeded" }],
    ["server error", { kind: "server-error" }, { status: 500 }],
    ["unavailable", { kind: "server-error", status: 503 }, { status: 503 }],
    ["disconnect", { kind: "disconnect" }, { name: "Error" }],
  ])("%s, once, then well again", async (_, fault, error) => {
    server.setBehaviour({ ...(fault === undefined ? {} : { fault }), times: 1 });
    const failure: unknown = await ask().catch((reason: unknown) => reason);
    expect(failure).toBeInstanceOf(Error);
    expect(failure).toMatchObject(error);
    if (fault?.kind === "rate-limit") expect((failure as { headers: Headers }).headers.get("retry-after")).toBe("7");
    expect((await ask()).choices).toHaveLength(1);
  });

  test("answers that are no answers", async () => {
    const answered = async (fault: Behaviour["fault"]) => {
      server.setBehaviour(fault === undefined ? {} : { fault });
      const [choice] = (await ask()).choices;
      return { text: choice?.message.content ?? "", reason: choice?.finish_reason };
    };
    expect(await answered({ kind: "empty" })).toEqual({ text: "", reason: "stop" });
    const cut = await answered({ kind: "truncated" });
    expect(cut.reason).toBe("length");
    expect(() => JSON.parse(cut.text) as unknown).toThrow();
    const broken = await answered({ kind: "invalid-json" });
    expect(() => JSON.parse(broken.text) as unknown).toThrow();
    const long = JSON.parse((await answered({ kind: "too-long" })).text) as { answer: string };
    expect(countWords(long.answer)).toBe(150);
    expect(await answered({ kind: "canned", content: "whatever" })).toEqual({ text: "whatever", reason: "stop" });
  });

  test("hangs until the client gives up, and closes all the same", async () => {
    server.setBehaviour({ fault: { kind: "hang" } });
    const attempt = fetch(`${server.url}/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${server.apiKey}` },
      body: JSON.stringify({ model: "sandbox-extractive", messages: [{ role: "user", content: "x" }] }),
      signal: AbortSignal.timeout(100),
    });
    await expect(attempt).rejects.toMatchObject({ name: "TimeoutError" });
    expect(server.requests).toMatchObject([{ status: 0 }]);
  });

  test("waits as long as it is told", async () => {
    server.setBehaviour({ delayMs: 80 });
    const before = performance.now();
    await ask();
    expect(performance.now() - before).toBeGreaterThanOrEqual(78);
  });
});

test("delays have the median and P95 they were asked for, and are the same for the same seed", () => {
  const draw = (seed: number): number[] => {
    const random = seeded(seed);
    return Array.from({ length: 20_000 }, () => drawDelay({ median: 5000, p95: 12_000 }, random)).toSorted((a, b) => a - b);
  };
  const delays = draw(7);
  expect(delays[10_000]).toBeGreaterThan(4850);
  expect(delays[10_000]).toBeLessThan(5150);
  expect(delays[19_000]).toBeGreaterThan(11_500);
  expect(delays[19_000]).toBeLessThan(12_500);
  expect(draw(7)).toEqual(delays);
  expect(draw(8)).not.toEqual(delays);
});

import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { readMarkdownV2 } from "./markdown-v2.ts";
import { serve } from "./support.ts";

interface Heard {
  readonly json: Record<string, unknown>;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Slack, Telegram and a mail server on loopback, as far as messages go, and the lines of `notify` that lead to them. */
export interface Inbox {
  readonly lines: { readonly slack: string; readonly telegram: string; readonly email: string; readonly all: readonly string[] };
  readonly slack: { readonly received: readonly Heard[]; headlines(): readonly string[] };
  readonly telegram: { readonly received: readonly Heard[] };
  /** As they came, quoted-printable undone. */
  readonly mails: readonly string[];
  /** Pieces of the lines that nobody may see. */
  readonly secrets: readonly string[];
  close(): Promise<void>;
}

const TOKEN = "123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr";
const PATH = "/services/T0/B0/sEcReT-of-slack";

/** @param options how Slack answers; whether Telegram takes no markup, or asks the first caller to wait. */
export async function openInbox(options: { readonly slack?: { readonly status: number; readonly body: string }; readonly telegram?: { readonly refuseMarkup?: boolean; readonly retryAfterS?: number } } = {}): Promise<Inbox> {
  const { status, body } = options.slack ?? { status: 200, body: "ok" };
  const [atSlack, atTelegram]: [Heard[], Heard[]] = [[], []];
  const slack = await serve(({ json }, response) => {
    atSlack.push({ json, at: Date.now() });
    response.writeHead(status).end(body);
  });
  const telegram = await serve(({ path, json }, response) => {
    atTelegram.push({ json, at: Date.now() });
    const answer = (code: number, said: object) => void response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(said));
    const { refuseMarkup = false, retryAfterS } = options.telegram ?? {};
    if (path !== `/bot${TOKEN}/sendMessage`) return answer(404, { ok: false, error_code: 404, description: "Not Found" });
    if (retryAfterS !== undefined && atTelegram.length === 1) return answer(429, { ok: false, error_code: 429, description: "Too Many Requests", parameters: { retry_after: retryAfterS } });
    if (json["parse_mode"] === "MarkdownV2") {
      if (refuseMarkup) return answer(400, { ok: false, error_code: 400, description: "Bad Request: can't parse entities" });
      readMarkdownV2(String(json["text"]));
    }
    return answer(200, { ok: true, result: { message_id: atTelegram.length } });
  });
  const mails: string[] = [];
  const smtp = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"], logger: false, closeTimeout: 100,
    onData: (stream, _, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        mails.push(readable(Buffer.concat(chunks).toString("utf8")));
        done();
      });
    },
  });
  smtp.on("error", () => undefined);
  await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
  const { port } = smtp.server.address() as AddressInfo;
  const lines = {
    slack: `${slack.url}${PATH}`,
    telegram: `telegram://${TOKEN}@${new URL(telegram.url).host}/?chats=-100123`,
    email: `smtp://127.0.0.1:${port}/?from=instant@example.com&to=ops@example.com`,
  };
  return {
    lines: { ...lines, all: Object.values(lines) },
    slack: { received: atSlack, headlines: () => atSlack.map(({ json }) => String(json["text"]).replaceAll("\u2060", "")) },
    telegram: { received: atTelegram },
    mails,
    secrets: [lines.slack, PATH, lines.telegram, TOKEN, TOKEN.slice(10)],
    close: async () => void (await Promise.all([slack.close(), telegram.close(), new Promise<void>((resolve) => smtp.close(() => resolve()))])),
  };
}

function readable(raw: string): string {
  return raw.replace(/=\r\n/g, "").replace(/((?:=[0-9A-F]{2})+)/gi, (run) => Buffer.from(run.replaceAll("=", ""), "hex").toString("utf8"));
}

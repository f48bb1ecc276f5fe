import type { Clock } from "../kit/clock.ts";
import type { Fetch } from "../net/fetch.ts";
import { type Channel, ChannelError } from "./channel.ts";
import { type Answer, disturbed, post, withTries } from "./http.ts";
import type { Message } from "./message.ts";
import { tokenSecrets } from "./secrets.ts";
import { calm, excerpt, fit } from "./text.ts";

export const TELEGRAM_URL = "https://api.telegram.org";

/**
 * A chat in Telegram, by sendMessage of the Bot API (https://core.telegram.org/bots/api#sendmessage): MarkdownV2 first, and once more
 * as plain text should Telegram not be able to read that. The bot's token is part of every address, so no address is ever told.
 * @param baseUrl of a Bot API server of one's own; default Telegram's.
 */
export function telegramChannel(options: { readonly token: string; readonly chatId: string; readonly fetch: Fetch; readonly clock: Clock; readonly baseUrl?: string }): Channel {
  const { token, chatId, fetch, clock, baseUrl = TELEGRAM_URL } = options;
  const url = `${baseUrl}/bot${token}/sendMessage`;
  return {
    name: "telegram",
    kind: "telegram",
    secrets: tokenSecrets(token),
    deliver: async (message, { signal, deadline }) => {
      const common = { chat_id: chatId, link_preview_options: { is_disabled: true } };
      const send = (body: object) => withTries(async () => judge(await post(url, { ...common, ...body }, { fetch, signal, service: "Telegram", now: clock.now() })), { clock, deadline });
      if ((await send({ text: telegramText(message, markdown), parse_mode: "MarkdownV2" })) === "sent") return { kind: "delivered", detail: "sent" };
      const verdict = await send({ text: telegramText(message, plain) });
      if (verdict !== "sent") throw new ChannelError(`Telegram refused it, also as plain text (${verdict.said})`, "Check the chat in its line of `notify`; if the bot can write there by hand, report this with the log of the job.");
      return { kind: "delivered", detail: "sent as plain text" };
    },
  };
}

// ---------------------------------------------------------------- the message

/** Of the text as it is shown, in UTF-16 units: what Telegram counts is never more. */
const LIMIT = 4_096;

/** A piece of a message: as it is sent, and how much of the limit it takes. */
interface Piece {
  readonly sent: string;
  readonly size: number;
}

interface Style {
  readonly text: (text: string) => Piece;
  readonly bold: (text: string) => Piece;
  readonly link: (label: string, url: string) => Piece;
}

/** Every character that MarkdownV2 may read as markup (https://core.telegram.org/bots/api#markdownv2-style). */
export function escapeMarkdownV2(text: string): string {
  return text.replace(/[_*[\]()~`>#+\-=|{}.!\\]/g, "\\$&");
}

export const markdown: Style = {
  text: (text) => ({ sent: escapeMarkdownV2(calm(text)), size: calm(text).length }),
  bold: (text) => ({ sent: `*${escapeMarkdownV2(calm(text))}*`, size: calm(text).length }),
  link: (label, url) => ({ sent: `[${escapeMarkdownV2(calm(label))}](${url.replace(/[)\\]/g, "\\$&")})`, size: calm(label).length }),
};

export const plain: Style = {
  text: (text) => ({ sent: calm(text), size: calm(text).length }),
  bold: (text) => ({ sent: calm(text), size: calm(text).length }),
  link: (label, url) => ({ sent: `${calm(label)}: ${url}`, size: calm(label).length + 2 + url.length }),
};

/** Headline, footer and links come first, then as many fields as there is room for; the text gets what they leave. */
export function telegramText(message: Message, style: Style): string {
  const { headline, text, fields, links, footer } = message;
  let left = LIMIT;
  /** As many of the pieces as fit, a line each; two more units a piece are for the line feeds around it. */
  const take = (pieces: readonly Piece[]): string => {
    const taken: string[] = [];
    for (const { sent, size } of pieces) {
      if (size + 2 > left) break;
      left -= size + 2;
      taken.push(sent);
    }
    return taken.join("\n");
  };
  const head = take([style.bold(headline)]);
  const foot = take(footer === "" ? [] : [style.text(footer)]);
  const linked = take(links.map(({ label, url }) => style.link(label, url)));
  const facts = take(fields.map(({ name, value }) => style.text(`${name}: ${value}`)));
  // Ten units are for the line feeds, and for joiners that the cut itself may ask for.
  const body = text === "" || left < 50 ? "" : style.text(fit(calm(text), left - 10)).sent;
  return [head, body, facts, linked, foot].filter((part) => part !== "").join("\n\n");
}

// ---------------------------------------------------------------- its answers

interface Refused {
  readonly said: string;
}

const WRONG_CHAT = "Set `chats` in its line of `notify` to the number of a chat that the bot is in (a group's begins with `-`), or to `@name` of a public channel, and let the bot write there.";

/** @returns `sent`, or what Telegram could not read: the same may do as plain text. */
function judge(answer: Answer): "sent" | Refused {
  const { ok, description, parameters } = parsed(answer.body);
  if (answer.status === 200 && ok === true) return "sent";
  const said = excerpt(typeof description === "string" ? description : "");
  const shown = `${answer.status}${said === "" ? "" : `: ${said}`}`;
  const after = typeof parameters?.retry_after === "number" && parameters.retry_after >= 0 ? parameters.retry_after * 1_000 : answer.retryAfterMs;
  if (answer.status === 429 || answer.status >= 500) throw disturbed("Telegram", answer, said, after);
  if (answer.status === 401 || answer.status === 404) throw new ChannelError(`Telegram does not know the bot (${shown})`, "Put the token as @BotFather gives it into its line of `notify`.");
  if (answer.status === 403) throw new ChannelError(`Telegram does not let the bot write there (${shown})`, WRONG_CHAT);
  if (answer.status === 400) {
    const moved = parameters?.migrate_to_chat_id;
    if (typeof moved === "number") throw new ChannelError(`the group has become a supergroup (${shown})`, `Set \`chats\` in its line of \`notify\` to ${moved}.`);
    if (/chat not found|chat_id is empty|peer_id_invalid|user not found|not enough rights|chat_write_forbidden/i.test(said)) throw new ChannelError(`Telegram does not let the bot write there (${shown})`, WRONG_CHAT);
    return { said: shown };
  }
  const what = answer.status >= 300 && answer.status < 400 ? `Telegram's address leads elsewhere (${answer.status}), and nothing is sent there` : `this is no answer of Telegram's Bot API (${shown})`;
  throw new ChannelError(what, "Check that nothing stands between the runner and api.telegram.org (a proxy, a page to log in at).");
}

function parsed(body: string): { readonly ok?: unknown; readonly description?: unknown; readonly parameters?: { readonly retry_after?: unknown; readonly migrate_to_chat_id?: unknown } } {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

import type { ChannelKind } from "../kit/alert.ts";
import type { Problem } from "../kit/errors.ts";
import type { EmailOptions, Mailbox } from "./email.ts";
import { mailSecrets, spellingsOf, tokenSecrets, webhookSecrets } from "./secrets.ts";
import { oneLine } from "./text.ts";

/** One line of `notify`, read and checked; a line of Telegram with several chats is as many. */
export type ChannelSetting =
  | { readonly kind: "slack"; readonly webhookUrl: string }
  /** `baseUrl`: of a Bot API server of one's own; null is Telegram's. */
  | { readonly kind: "telegram"; readonly token: string; readonly chatId: string; readonly baseUrl: string | null }
  | ({ readonly kind: "email" } & Pick<EmailOptions, "server" | "from" | "to">)
  | { readonly kind: "issue" };

/** A channel and what it is called: its kind, with a number from the second of the kind on. */
export type NamedSetting = ChannelSetting & { readonly name: string };

export interface ChannelSettings {
  readonly channels: readonly NamedSetting[];
  /** A problem for each line that is left out: by its number, never by what is in it. */
  readonly problems: readonly Problem[];
  /** Every text, besides the lines, by which their secrets could show themselves: for the runtime to mask. */
  readonly secrets: readonly string[];
}

/**
 * Reads the lines of `notify`, one channel a line, as Shoutrrr and Apprise have it (docs/decisions/0012-one-secret-for-all-channels.md):
 * a webhook's address, `telegram://…`, `smtp://…`, `smtps://…`, `issue`. Empty lines and those that begin with `#` count as lines only.
 * A line that cannot be read is left out, and the others are used: who mistypes one way to be told should be told by the others.
 */
export function channelsFrom(text: string): ChannelSettings {
  const problems: Problem[] = [];
  const read = text.split(/\r\n?|\n/).flatMap((line, index) => {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) return [];
    const answer = channelsOf(trimmed);
    if (!("why" in answer)) return answer;
    problems.push(leftOut(index + 1, answer));
    return [];
  });
  const unique = [...new Map(read.map((one) => [JSON.stringify(one), one])).values()];
  return { channels: named(unique), problems, secrets: [...new Set(unique.flatMap(secretsOf))] };
}

/** Why a line cannot be used, and how it should be; neither quotes it. */
interface Wrong {
  readonly why: string;
  readonly fix: string;
}

function leftOut(number: number, { why, fix }: Wrong): Problem {
  return { what: `Line ${number} of \`notify\` is left out: ${why}`, where: "notify", fix };
}

function named(channels: readonly ChannelSetting[]): readonly NamedSetting[] {
  const counts = new Map<ChannelKind, number>();
  return channels.map((one) => {
    const count = (counts.get(one.kind) ?? 0) + 1;
    counts.set(one.kind, count);
    return { ...one, name: count === 1 ? one.kind : `${one.kind}-${count}` };
  });
}

/** Shorter pieces of an address would hide half of a log, and a runner drops every output that holds one. */
const SHORTEST_PIECE = 8;

function secretsOf(channel: ChannelSetting): readonly string[] {
  switch (channel.kind) {
    case "slack":
      return webhookSecrets(channel.webhookUrl).filter((piece) => piece.length >= SHORTEST_PIECE);
    case "telegram":
      return tokenSecrets(channel.token).flatMap(spellingsOf);
    case "email":
      return channel.server.auth === null ? [] : mailSecrets(channel.server.auth).flatMap(spellingsOf);
    case "issue":
      return [];
  }
}

// ---------------------------------------------------------------- a line

function channelsOf(line: string): readonly ChannelSetting[] | Wrong {
  if (/^issue(?::\/\/)?$/.test(line)) return [{ kind: "issue" }];
  if (/^telegram:\/\//i.test(line)) return telegramOf(line);
  if (/^smtps?:\/\//i.test(line)) return mailOf(line);
  if (/^https?:\/\//i.test(line)) return webhookOf(line);
  return { why: "it is no channel that is known", fix: "Begin it with `https://` (the address of a Slack webhook), `telegram://`, `smtp://` or `smtps://`, or write `issue`; one channel a line." };
}

function webhookOf(line: string): readonly ChannelSetting[] | Wrong {
  const url = URL.canParse(line) ? new URL(line) : undefined;
  const safe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
  if (!url || !safe || url.pathname === "/" || url.username !== "" || url.password !== "") {
    return { why: "it is no address of an incoming webhook", fix: "Give it as Slack does, such as `https://hooks.slack.com/services/…`." };
  }
  return [{ kind: "slack", webhookUrl: url.href }];
}

const TELEGRAM = "Give it as `telegram://BOT_TOKEN@telegram/?chats=CHAT_ID`, the token as @BotFather gives it, several chats separated by commas.";
const TOKEN = /^\d{3,}:[\w-]{20,}$/;
const CHAT = /^(?:-?\d{1,20}|@[A-Za-z]\w{3,31})$/;

/** `telegram://token@telegram/?chats=…`; another host is a Bot API server of one's own (https://github.com/tdlib/telegram-bot-api). */
function telegramOf(line: string): readonly ChannelSetting[] | Wrong {
  const url = URL.canParse(line) ? new URL(line) : undefined;
  if (!url) return { why: "it cannot be read as an address", fix: TELEGRAM };
  const token = decoded(url.password === "" ? url.username : `${url.username}:${url.password}`);
  if (token === null || !TOKEN.test(token)) return { why: "what stands before the `@` is no token of a bot", fix: TELEGRAM };
  const settings = settingsIn(url, ["chats"]);
  const chats = settings?.get("chats")?.split(",") ?? [];
  if (chats.length === 0 || !chats.every((chat) => CHAT.test(chat))) {
    return { why: "`chats` does not name the chats", fix: "Set `chats`, and nothing else, to the numbers of chats (a group's begins with `-`), or to `@name` of a public channel, separated by commas." };
  }
  const isTelegrams = url.hostname === "telegram" && url.port === "";
  const baseUrl = isTelegrams ? null : `${isLoopback(url.hostname) ? "http" : "https"}://${url.host}`;
  return [...new Set(chats)].map((chatId) => ({ kind: "telegram", token, chatId, baseUrl }));
}

const SMTP = "Give it as `smtps://user:password@mail.example.com:465/?from=instant@example.com&to=ops@example.com`, special characters of user and password encoded (`@` as %40, `#` as %23, `/` as %2F, `?` as %3F).";

function mailOf(line: string): readonly ChannelSetting[] | Wrong {
  const url = URL.canParse(line) ? new URL(line) : undefined;
  const server = url && serverOf(url);
  if (!url || !server) return { why: "it cannot be read as the address of a mail server, with user and password or neither", fix: SMTP };
  const settings = settingsIn(url, ["from", "to"]);
  const from = mailboxOf(settings?.get("from") ?? "");
  const to = (settings?.get("to") ?? "").split(",").map((one) => one.trim());
  if (from === null) return { why: "`from` is no e-mail address", fix: `${SMTP} Nothing but \`from\` and \`to\` is taken behind the \`?\`.` };
  if (!to.every((one) => ADDRESS.test(one))) return { why: "`to` does not name e-mail addresses", fix: "Set `to` to the addresses of the readers, separated by commas." };
  return [{ kind: "email", server, from, to: [...new Set(to)].map((address) => ({ name: "", address })) }];
}

function serverOf(url: URL): EmailOptions["server"] | undefined {
  const secure = url.protocol === "smtps:";
  const port = url.port === "" ? (secure ? 465 : 587) : Number(url.port);
  const [user, pass] = [decoded(url.username), decoded(url.password)];
  const half = (url.username === "") !== (url.password === "");
  // What is behind the host, unencoded, was meant as a part of the password.
  if (url.hostname === "" || /@/.test(url.hostname) || port === 0 || half || user === null || pass === null || !/^\/?$/.test(url.pathname) || url.hash !== "") return undefined;
  return { host: bare(url.hostname), port, secure, auth: user === "" ? null : { user, pass } };
}

// ---------------------------------------------------------------- the pieces

/** As browsers check an address (https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address), other scripts' domains too. */
const ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?)*$/u;

/** `a@b.c`, or `Name <a@b.c>`. */
function mailboxOf(text: string): Mailbox | null {
  const [, quoted, unquoted, address = text.trim()] = /^\s*(?:"([^"<>\\]*)"|([^"<>\\]*?))\s*<([^<>]*)>\s*$/.exec(text) ?? [];
  return ADDRESS.test(address) ? { name: oneLine(quoted ?? unquoted ?? ""), address } : null;
}

/**
 * What stands behind the `?`, decoded; undefined when it cannot be, or when there is anything but these names, each at most once. A `+` is
 * a plus, and not a space as in forms: mail addresses have them.
 */
function settingsIn(url: URL, names: readonly string[]): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  for (const pair of url.search.slice(1).split("&").filter((one) => one !== "")) {
    const cut = pair.indexOf("=");
    const [name, value] = [pair.slice(0, cut), decoded(pair.slice(cut + 1))];
    if (cut < 0 || !names.includes(name) || found.has(name) || value === null) return undefined;
    found.set(name, value);
  }
  return found;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

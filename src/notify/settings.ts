import { InstantError, type Problem } from "../kit/errors.ts";
import { boolean, type InputSpec, list, parseInputs, text } from "../kit/inputs.ts";
import type { EmailOptions, Mailbox } from "./email.ts";
import { oneLine } from "./text.ts";

/** Which channels there are, read and checked; null: not configured. */
export interface ChannelSettings {
  readonly slack: { readonly webhookUrl: string } | null;
  readonly telegram: { readonly token: string; readonly chatId: string } | null;
  readonly email: Pick<EmailOptions, "server" | "from" | "to"> | null;
  readonly issue: boolean;
  /** Parts of the inputs that are secrets of their own, for the runtime to mask: a whole value is masked already, its parts are not. */
  readonly secrets: readonly string[];
}

/** As browsers check an address (https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address), other scripts' domains too. */
const ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?)*$/u;
const TOKEN = /^\d{3,}:[\w-]{20,}$/;

/** Inputs of an action that tells people things. */
export const notifyInputs = {
  "slack-webhook-url": hidden(parseWebhook, "", "address of a webhook, secret"),
  "telegram-bot-token": hidden((raw) => matched(raw, TOKEN, "takes the token of a bot as @BotFather gives it: digits, a colon, letters"), "", "secret"),
  "telegram-chat-id": text({ fallback: "", type: "number or `@name` of a chat", pattern: /^(-?\d{1,20}|@[A-Za-z]\w{3,31})$/, takes: "the number of a chat (a group's begins with `-`), or `@name` of a public channel" }),
  "smtp-url": hidden(parseSmtp, null, "address of a mail server, secret"),
  "email-to": list({ fallback: [], each: text({ type: "e-mail address", pattern: ADDRESS, takes: "addresses such as `ops@example.com`, one a line or separated by commas" }) }),
  "email-from": shown(parseMailbox, null, "e-mail address, with a name or without"),
  "alert-issue": boolean({ fallback: false }),
} as const;

/**
 * Reads the settings of all channels.
 * @param values texts of the inputs by their names; what is absent or empty is not configured.
 * @throws InstantError blaming the configuration, with every problem of every channel. No secret is in it.
 */
export function channelsFrom(values: Readonly<Record<string, string | undefined>>): ChannelSettings {
  const given = (name: string) => (values[name] ?? "").trim();
  const problems: Problem[] = halves(given);
  try {
    const read = parseInputs(notifyInputs, given);
    if (problems.length === 0) return settingsOf(read);
  } catch (error) {
    if (!(error instanceof InstantError)) throw error;
    problems.unshift(...error.problems);
  }
  throw new InstantError("configuration", problems);
}

function settingsOf(read: ReturnType<typeof parseInputs<typeof notifyInputs>>): ChannelSettings {
  const { slackWebhookUrl, telegramBotToken, telegramChatId, smtpUrl, emailTo, emailFrom, alertIssue } = read;
  const auth = smtpUrl?.auth ?? null;
  return {
    slack: slackWebhookUrl === "" ? null : { webhookUrl: slackWebhookUrl },
    telegram: telegramBotToken === "" ? null : { token: telegramBotToken, chatId: telegramChatId },
    email: smtpUrl === null || emailFrom === null ? null : { server: smtpUrl, from: emailFrom, to: [...new Set(emailTo)].map((address) => ({ name: "", address })) },
    issue: alertIssue,
    secrets: auth === null ? [] : [auth.pass, encodeURIComponent(auth.pass)],
  };
}

/** Channels that are set by half: those would stay silent for ever. */
function halves(given: (name: string) => string): Problem[] {
  return [["telegram-bot-token", "telegram-chat-id"], ["smtp-url", "email-to", "email-from"]].flatMap((names) => {
    const missing = names.filter((name) => given(name) === "");
    if (missing.length === 0 || missing.length === names.length) return [];
    const there = names.filter((name) => given(name) !== "");
    return missing.map((name) => ({
      what: `Input \`${name}\` is missing, and ${there.map((one) => `\`${one}\``).join(" and ")} ${there.length === 1 ? "does" : "do"} nothing without it`,
      ...(there.some((one) => one === "smtp-url" || one === "telegram-bot-token") ? {} : { cause: "a secret that is not set, or that this event may not read (a fork's pull request), is empty" }),
      where: name,
      fix: `Add \`${name}: …\` below \`with:\` of this step, or leave out ${there.map((one) => `\`${one}\``).join(" and ")}.`,
    }));
  });
}

// ---------------------------------------------------------------- the values

function shown<T>(parse: (raw: string) => T, fallback: T, type: string): InputSpec<T> {
  return { parse, fallback, type };
}

function hidden<T>(parse: (raw: string) => T, fallback: T, type: string): InputSpec<T> {
  return { ...shown(parse, fallback, type), secret: true };
}

function matched(raw: string, pattern: RegExp, takes: string): string {
  if (!pattern.test(raw)) throw new Error(takes);
  return raw;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function parseWebhook(raw: string): string {
  const url = URL.canParse(raw) ? new URL(raw) : undefined;
  const safe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
  if (!url || !safe || url.pathname === "/" || url.username !== "" || url.password !== "") throw new Error("takes the address of an incoming webhook, such as `https://hooks.slack.com/services/…`");
  return url.href;
}

function parseMailbox(raw: string): Mailbox {
  const takes = "takes an address such as `instant@example.com`, or `INSTANT <instant@example.com>`";
  const [, quoted, bare, address] = /^(?:"([^"<>\\]*)"|([^"<>\\]*?))\s*<([^<>]*)>$/.exec(raw) ?? [];
  if (address === undefined) return { name: "", address: matched(raw, ADDRESS, takes) };
  return { name: oneLine(quoted ?? bare ?? ""), address: matched(address, ADDRESS, takes) };
}

const SMTP = "takes an address such as `smtps://user:password@mail.example.com:465` or `smtp://mail.example.com:587`";

function parseSmtp(raw: string): EmailOptions["server"] | null {
  const url = URL.canParse(raw) ? new URL(raw) : undefined;
  if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === "") throw new Error(SMTP);
  if (!/^\/?$/.test(url.pathname) || url.search !== "" || url.hash !== "" || /@/.test(url.hostname)) {
    throw new Error(`${SMTP}, and nothing behind the port; write special characters of the password encoded (\`#\` as %23, \`/\` as %2F, \`?\` as %3F)`);
  }
  if ((url.username === "") !== (url.password === "")) throw new Error(`${SMTP}, with user and password or neither`);
  const secure = url.protocol === "smtps:";
  const port = url.port === "" ? (secure ? 465 : 587) : Number(url.port);
  if (port === 0) throw new Error(SMTP);
  const auth = url.username === "" ? null : { user: decoded(url.username), pass: decoded(url.password) };
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port, secure, auth };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Error(`${SMTP}; a \`%\` in the password is written %25`);
  }
}

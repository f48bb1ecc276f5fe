import type { Clock } from "../kit/clock.ts";
import type { Fetch } from "../net/fetch.ts";
import { type Channel, ChannelError } from "./channel.ts";
import { type Answer, disturbed, post, withTries } from "./http.ts";
import type { Message } from "./message.ts";
import { webhookSecrets } from "./secrets.ts";
import { calm, excerpt, fit, split } from "./text.ts";

/**
 * Slack by an incoming webhook (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).
 *
 * All that may come from outside is `plain_text`, which Slack neither formats nor looks through for addresses and names, and escaped
 * besides; `mrkdwn` is used for our own links alone, with `verbatim`.
 */
export function slackChannel(options: { readonly webhookUrl: string; readonly fetch: Fetch; readonly clock: Clock }): Channel {
  const { webhookUrl, fetch, clock } = options;
  return {
    name: "slack",
    kind: "slack",
    secrets: webhookSecrets(webhookUrl),
    deliver: async (message, { signal, deadline }) => {
      const payload = slackPayload(message);
      const ask = async () => judge(await post(webhookUrl, payload, { fetch, signal, service: "Slack", now: clock.now() }));
      await withTries(ask, { clock, deadline });
      return { kind: "delivered", detail: "posted" };
    },
  };
}

// ---------------------------------------------------------------- the message

/** Limits of Block Kit, in characters as they are sent (https://docs.slack.dev/reference/block-kit/blocks). */
const HEADER_LIMIT = 150;
const SECTION_LIMIT = 3_000;
const FIELDS_A_SECTION = 10;
const FALLBACK_LIMIT = 1_000;
const TEXT_SECTIONS = 2;

interface PlainText {
  readonly type: "plain_text";
  readonly text: string;
  readonly emoji: false;
}

type Block =
  | { readonly type: "header"; readonly text: PlainText }
  | { readonly type: "section"; readonly text: PlainText | { readonly type: "mrkdwn"; readonly text: string; readonly verbatim: true } }
  | { readonly type: "section"; readonly fields: readonly PlainText[] }
  | { readonly type: "context"; readonly elements: readonly PlainText[] };

/** Slack's three control characters; nothing else is to be escaped (https://docs.slack.dev/messaging/formatting-message-text#escaping). */
export function escapeSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

const escapedSize = (part: string): number => escapeSlack(part).length;

/** At most 8 blocks of the 50 that a message may have. */
export function slackPayload(message: Message): { readonly text: string; readonly mrkdwn: false; readonly unfurl_links: false; readonly unfurl_media: false; readonly blocks: readonly Block[] } {
  const { headline, text, fields, links, footer } = message;
  const blocks: Block[] = [
    { type: "header", text: plain(headline, HEADER_LIMIT) },
    ...split(text, SECTION_LIMIT, TEXT_SECTIONS, escapedSize).map((piece): Block => ({ type: "section", text: plain(piece, SECTION_LIMIT) })),
  ];
  for (let at = 0; at < fields.length; at += FIELDS_A_SECTION) {
    blocks.push({ type: "section", fields: fields.slice(at, at + FIELDS_A_SECTION).map(({ name, value }) => plain(`${name}\n${value}`, 2_000)) });
  }
  const shown = withinLimit(links.map(({ label, url }) => `<${escapeSlack(url)}|${escapeSlack(label.replace(/[*_~`|]/g, " ").trim() || "link")}>`));
  if (shown !== "") blocks.push({ type: "section", text: { type: "mrkdwn", text: shown, verbatim: true } });
  if (footer !== "") blocks.push({ type: "context", elements: [plain(footer, SECTION_LIMIT)] });
  // `text` is what a notification shows, and programs that speak Slack's language without its blocks: some of those heed `@channel`.
  return { text: escapeSlack(fit(calm(headline), FALLBACK_LIMIT, escapedSize)), mrkdwn: false, unfurl_links: false, unfurl_media: false, blocks };
}

function plain(text: string, longest: number): PlainText {
  return { type: "plain_text", text: escapeSlack(fit(text, longest, escapedSize)), emoji: false };
}

/** As many whole links as one block takes. */
function withinLimit(links: readonly string[]): string {
  return links.reduce((line, link) => (line.length + link.length + 3 > SECTION_LIMIT ? line : line === "" ? link : `${line} · ${link}`), "");
}

// ---------------------------------------------------------------- its answers

const NEW_WEBHOOK = "Make a new webhook (Slack: your app > Incoming Webhooks > Add New Webhook) and put its address into its line of `notify`.";

/** Slack's words for what is wrong (the page above, "Handling errors"). */
const REFUSALS: Readonly<Record<string, readonly [reason: string, fix: string]>> = {
  no_service: ["the webhook was removed or switched off, or its address is wrong", NEW_WEBHOOK],
  no_service_id: ["the webhook's address is incomplete", NEW_WEBHOOK],
  no_active_hooks: ["the webhook is switched off", NEW_WEBHOOK],
  invalid_token: ["the webhook's address is wrong or has been renewed", NEW_WEBHOOK],
  no_team: ["the workspace of the webhook does not exist any more", NEW_WEBHOOK],
  team_disabled: ["the workspace of the webhook is not active any more", NEW_WEBHOOK],
  user_not_found: ["the person of the webhook does not exist any more", NEW_WEBHOOK],
  channel_not_found: ["the channel of the webhook does not exist any more", NEW_WEBHOOK],
  channel_is_archived: ["the channel of the webhook is archived", "Unarchive the channel, or make a webhook for another one and put its address into the line of `notify`."],
  action_prohibited: ["an administrator of the workspace does not allow this", "Ask an administrator to allow the app to post there, or use a webhook for another channel."],
  posting_to_general_channel_denied: ["this workspace does not let apps post to its general channel", "Use a webhook for another channel."],
};

/** A 200 is only an answer when it is Slack's: a page to log in at answers 200 too. */
function judge(answer: Answer): void {
  const said = answer.body.trim();
  if (answer.status === 200 && (said === "ok" || /^\{"ok": ?true\b/.test(said))) return;
  const shown = excerpt(answer.body);
  const known = REFUSALS[said];
  if (known) throw new ChannelError(`Slack refused it (${answer.status} ${said}): ${known[0]}`, known[1]);
  if (answer.status === 429 || answer.status >= 500) throw disturbed("Slack", answer, shown, answer.retryAfterMs);
  if (answer.status >= 300 && answer.status < 400) throw new ChannelError(`the address of the webhook leads elsewhere (${answer.status}), and nothing is sent there`, NEW_WEBHOOK);
  if (answer.status === 200) throw new ChannelError("the address of the webhook is answered by something that is not Slack (200, but not `ok`)", NEW_WEBHOOK);
  throw new ChannelError(`Slack refused it (${answer.status}${shown === "" ? "" : `: ${shown}`})`, "Check the webhook in its line of `notify`; if it works by hand, report this with the log of the job.");
}

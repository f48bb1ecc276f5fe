import { inert } from "../kit/inert.ts";
import type { Channel, Delivery } from "./channel.ts";
import type { Message } from "./message.ts";
import type { AlertIssues } from "./port.ts";
import { calm, fit } from "./text.ts";

/** On every issue of this channel; somebody without write permission cannot put it on one of their own. */
export const ALERT_LABEL = "instant-alert";

/** GitHub takes 256 characters in a title, 65,536 in a body. */
const TITLE_LIMIT = 250;
const BODY_LIMIT = 15_000;

/**
 * An issue for each alert, in the repository itself: open while it fires, closed when it is over. It is found again by a marker in
 * its body, never by its title, and commented on only when it is over, so that nobody is notified twice of one thing.
 */
export function issueChannel(issues: AlertIssues): Channel {
  return {
    name: "issue",
    kind: "issue",
    secrets: [],
    deliver: async (message) => {
      const [found] = await alertIssues(issues, message.key);
      if (message.kind === "resolved") return found ? close(issues, found, message) : { kind: "suppressed", reason: "no issue is open for it" };
      if (found) return { kind: "suppressed", reason: `${found.url} is open already` };
      // Who closed it knows that it fires.
      if (message.kind === "reminder") return { kind: "suppressed", reason: "somebody closed its issue" };
      return open(issues, message);
    },
  };
}

/** Open issues of an alert, oldest first. */
async function alertIssues(issues: AlertIssues, key: string): Promise<readonly { readonly number: number; readonly url: string }[]> {
  const marker = markerOf(key);
  return (await issues.openIssuesWith(ALERT_LABEL)).filter(({ body }) => body.split(/\r?\n/).includes(marker));
}

/** Two jobs that share no memory may both open one: the younger gives way. */
async function open(issues: AlertIssues, message: Message): Promise<Delivery> {
  const made = await issues.openIssue({ title: issueTitle(message), body: issueBody(message), labels: [ALERT_LABEL, message.severity] });
  const [first] = await alertIssues(issues, message.key);
  if (first === undefined || first.number >= made.number) return { kind: "delivered", detail: made.url };
  await issues.closeIssue(made.number);
  await issues.comment(made.number, `Another job had opened #${first.number} for the same alert at the same moment.`);
  return { kind: "suppressed", reason: `${first.url} is open already` };
}

/** Closed first: that is what matters should the job end between the two. */
async function close(issues: AlertIssues, { number, url }: { readonly number: number; readonly url: string }, message: Message): Promise<Delivery> {
  await issues.closeIssue(number);
  await issues.comment(number, commentBody(message));
  return { kind: "delivered", detail: `closed ${url}` };
}

// ---------------------------------------------------------------- texts

/** A line of its own; text from outside cannot forge it, because every `<` of it is escaped. */
function markerOf(key: string): string {
  return `<!-- instant-alert: ${key} -->`;
}

/** `[P0] title`: an issue's state says the rest. */
export function issueTitle({ severity, title }: Message): string {
  return fit(`[${severity}] ${inert(calm(title.replaceAll("`", "ˋ")))}`, TITLE_LIMIT);
}

export function issueBody(message: Message): string {
  return `${[...story(message), `This issue closes itself when the alert is resolved.`, markerOf(message.key)].join("\n\n")}\n`;
}

function commentBody(message: Message): string {
  return `${story(message).join("\n\n")}\n`;
}

function story({ headline, text, fields, links, footer }: Message): string[] {
  const parts = [
    `**${literal(headline)}**`,
    literal(fit(text, BODY_LIMIT)),
    fields.map(({ name, value }) => `- **${literal(name)}**: ${literal(value).replace(/\n+/g, "\n  ")}`).join("\n"),
    links.map(({ label, url }) => `- [${literal(label)}](${url})`).join("\n"),
    // As it is, so that it is found again (src/kit/ids.ts).
    footer,
  ];
  return parts.filter((part) => part !== "");
}

/**
 * Text that GitHub shows as it is: every character of Markdown escaped, lines kept, and no mention, reference, closing keyword or
 * address that would be found in what is shown (`inert`, `calm`).
 */
export function literal(text: string): string {
  return inert(calm(text))
    .split("\n")
    .map((line) => line.replace(/[!-/:-@[-`{-~]/g, escapeOne).replace(/^[ \t]+|[ \t]+$/g, (blank) => "&#32;".repeat(blank.length)))
    .join("\\\n")
    // A blank line ends a paragraph, and a hard break at its end would be shown as a backslash.
    .replace(/(?:\\\n){2,}/g, "\n\n");
}

function escapeOne(char: string): string {
  // A colon as an entity: `:name:` would become an emoji, and `//` behind it an address.
  return /[<>&:@]/.test(char) ? `&#${char.charCodeAt(0)};` : `\\${char}`;
}

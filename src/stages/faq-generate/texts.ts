import { truncate } from "../../faq/text.ts";
import type { RunContext } from "../../kit/context.ts";

/** Who answered, and from what. */
export interface Grounds {
  readonly model: string;
  readonly sources: readonly string[];
}

/**
 * `[skip ci]`, `[no ci]`, `[actions skip]` and what hosting platforms add (`[skip render]`, `[netlify skip]`, `[CF-Pages-Skip]`,
 * `***NO_CI***`): in the message of a commit they would keep the checks of the user's own workflows from ever starting
 * (https://docs.github.com/en/actions/how-tos/manage-workflow-runs/skip-workflow-runs).
 */
const SKIPS_CI = /\[(?=[^[\]]{0,40}\b(?:skip|no)\b[^[\]]{0,40}\])|\bNO_(?=CI\b)/gi;

/** A pull request's title holds 256 characters (PLATFORM, Merging). */
const MAX_TITLE = 256;
const WORD_JOINER = "\u2060";

/**
 * Text from outside that GitHub must read as nothing but text: no mention that wakes people, no keyword that closes their issues, no
 * reference that writes into them, no word that keeps their CI from running. A word joiner, which nobody sees, parts what would be read as one.
 */
export function inert(text: string): string {
  return text
    .replace(/@(?=[\p{L}\p{N}])/gu, `@${WORD_JOINER}`)
    .replace(/\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(?=:?\s+(?:#|GH-|[\w.-]+\/[\w.-]+#|https?:\/\/))/giu, `$1${WORD_JOINER}`)
    .replace(/#(?=\d)/g, `#${WORD_JOINER}`)
    .replace(/\/(issues|pull|discussions)\/(?=\d)/gi, `/$1/${WORD_JOINER}`)
    .replace(SKIPS_CI, `$&${WORD_JOINER}`)
    .replace(/\bGH-(?=\d)/gi, (prefix) => `${prefix}${WORD_JOINER}`);
}

/** Text inside of HTML, where Markdown finds nothing to read either. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'|`*_~[\]\\#@!]|\r?\n/g, (char) => (char.length > 1 || char === "\n" ? " " : `&#${char.charCodeAt(0)};`));
}

/** CONTRACTS: `Update FAQ - {question}`, cut by grapheme to what a title holds. */
export function titleOf(question: string): string {
  const title = `Update FAQ - ${inert(question)}`;
  // GitHub counts code units or characters, not what a reader sees: a family emoji is one grapheme and many of them.
  let limit = MAX_TITLE;
  let cut = truncate(title, limit);
  while (cut.length > MAX_TITLE) {
    limit -= Math.max(1, Math.ceil((cut.length - MAX_TITLE) / 16));
    cut = truncate(title, limit);
  }
  return cut;
}

/** Sources, then the trailer that carries the trace id through every later step. */
export function commitBody(answer: Grounds, traceId: string): string {
  return [`Answer by ${oneLine(answer.model)} from:`, ...answer.sources.map((path) => `- ${oneLine(path)}`), "", `Trace-Id: ${traceId}`].map(inertLine).join("\n");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}

/** The trailer is ours and has to stay as it is. */
function inertLine(line: string): string {
  return line.startsWith("Trace-Id: ") ? line : inert(line);
}

/** The trace id first: what stands below is partly from outside, and the first line of that form counts. */
export function pullBody(parts: { readonly question: string; readonly traceId: string; readonly context: Pick<RunContext, "runUrl">; readonly answer: Grounds | null }): string {
  const { question, traceId, context, answer } = parts;
  const code = (text: string) => `<code>${escapeHtml(inert(text))}</code>`;
  const sources = answer === null ? [] : ["**Sources**", "", ...answer.sources.map((path) => `- ${code(path)}`), "", `Answered by ${code(answer.model)}.`];
  return [
    `trace-id: ${traceId}`,
    "",
    "**Question**",
    "",
    `> ${code(question)}`,
    "",
    ...sources,
    ...(sources.length > 0 ? [""] : []),
    `Made by [this run](${context.runUrl}). Push to this branch to take it over: INSTANT leaves it to you then.`,
  ].join("\n");
}

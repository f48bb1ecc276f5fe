import type { RunContext } from "../../kit/context.ts";
import { inert } from "../../kit/inert.ts";

/** Who answered, and from what. */
export interface Grounds {
  readonly model: string;
  readonly sources: readonly string[];
}

/** A pull request's title holds 256 characters (PLATFORM, Merging). */
const MAX_TITLE = 256;

/** Text inside of HTML, where Markdown finds nothing to read either. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'|`*_~[\]\\#@!]|\r?\n/g, (char) => (char.length > 1 || char === "\n" ? " " : `&#${char.charCodeAt(0)};`));
}

/** CONTRACTS: `Update FAQ - {question}`, cut by grapheme to what a title holds; GitHub counts code units or characters. */
export function titleOf(question: string): string {
  const title = `Update FAQ - ${inert(question)}`;
  if (title.length <= MAX_TITLE) return title;
  let cut = "";
  for (const { segment } of new Intl.Segmenter().segment(title)) {
    if (cut.length + segment.length > MAX_TITLE - 1) break;
    cut += segment;
  }
  return `${cut.trimEnd()}…`;
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

import { listIndent, type FaqDocument, type FaqEntry } from "./document.ts";
import { endOf, escapeHtml, escapeInline, parseMarkdown } from "./markdown.ts";
import { writeRecord, type FaqRecord } from "./record.ts";

/** An entry to be written, everything in it already clean. */
export interface EntryText {
  readonly question: string;
  /** Sanitised Markdown with line feeds. */
  readonly answer: string;
  readonly record: FaqRecord;
}

/** How many of the document's entries have to share a habit before a new entry follows it. */
const MOST = 0.6;

/** A whole new entry in the document's own convention, with line feeds, without blank lines around it. */
export function renderEntry(document: FaqDocument, entry: EntryText): string {
  const { convention, entries } = document;
  const label = questionPrefix(entries) + inline(document, entry.question) + questionSuffix(entries, entry.record.hash);
  switch (convention.kind) {
    case "html":
      return `<h${convention.level} name="faq-${entry.record.hash}">\n${label}\n</h${convention.level}>${renderBody(document, entry)}`;
    case "details":
      return `<details>\n  <summary>${label}</summary>${renderBody(document, entry)}</details>`;
    case "list":
      return `${nextMarker(document)}**${label}**${renderBody(document, entry, nextMarker(document).length)}`;
    default:
      return `${headingLine(document, label)}${renderBody(document, entry)}`;
  }
}

/** What follows the question's markup in an entry: the answer and the record. */
export function renderBody(document: FaqDocument, entry: EntryText, indent = 3): string {
  const answer = renderAnswer(document, entry.answer);
  const record = writeRecord(entry.record);
  if (document.convention.kind !== "list") {
    const body = `\n\n${answer}\n\n${record}`;
    return document.convention.kind === "details" ? `${body}\n\n` : body;
  }
  // A first paragraph continues the question's line, as in the lists that people write; anything else needs a blank line.
  const [first, ...others] = parseMarkdown(`\n${answer}`).blocks;
  const joins = first?.type === "paragraph";
  const lines = `${answer}${others.length > 0 || !joins ? "\n" : ""}\n${record}`.split("\n");
  const indented = lines.map((line) => (line === "" ? "" : " ".repeat(indent) + line)).join("\n");
  return `${joins ? "  " : "\n"}\n${indented}`;
}

/** The answer as it will stand in the document: with the `A:` that the document's answers begin with, if they do. */
export function renderAnswer({ entries, convention }: FaqDocument, answer: string): string {
  const prefix = habit(entries, ({ answer: text }) => /^(?:\*\*A\*\*\s*[:：]|\*\*A[:：]\*\*|A[:：])[ \t]*/.exec(text)?.[0]);
  if (prefix === undefined || convention.kind === "details") return answer;
  const [first] = parseMarkdown(`\n${answer}`).blocks;
  return first?.type === "paragraph" ? `${prefix.trim()} ${answer}` : `${prefix.trim()}\n\n${answer}`;
}

function inline({ convention }: FaqDocument, question: string): string {
  return convention.kind === "html" || convention.kind === "details" ? escapeHtml(question) : escapeInline(question);
}

function headingLine({ convention, entries }: FaqDocument, label: string): string {
  const setext = entries.length > 0 && entries.filter((entry) => entry.setext).length / entries.length >= MOST;
  if (!setext || convention.level > 2) return `${"#".repeat(convention.level)} ${label}`;
  // Signs of East Asian scripts are two columns wide.
  const width = Array.from(label).reduce((sum, sign) => sum + (/[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uFF00-\uFF60]/.test(sign) ? 2 : 1), 0);
  return `${label}\n${(convention.level === 1 ? "=" : "-").repeat(Math.max(3, width))}`;
}

/** `Q: ` or the next number, where the document's questions have one. */
function questionPrefix(entries: readonly FaqEntry[]): string {
  const letter = habit(entries, ({ label }) => /^Q(?:uestion)?\s*[:：]\s*/i.exec(label)?.[0]);
  if (letter !== undefined) return letter;
  const shapes = entries.map(({ label }) => /^(\(|Q\s?)?(\d{1,3})([).:：]\s*)(?=\S)/i.exec(label));
  const numbered = shapes.filter((shape) => shape !== null);
  const last = numbered.at(-1);
  if (last === undefined || numbered.length / entries.length < MOST) return "";
  const next = Math.max(...numbered.map((shape) => Number(shape[2]))) + 1;
  return `${last[1] ?? ""}${next}${last[3] ?? ""}`;
}

/** A docsify or kramdown id, where the document's questions have one. */
function questionSuffix(entries: readonly FaqEntry[], hash: string): string {
  const shape = habit(entries, ({ label }) => /(?::id=|\{#)(?=[^\s]+$)/.exec(label)?.[0]);
  if (shape === undefined) return "";
  return shape === "{#" ? ` {#faq-${hash}}` : ` :id=faq-${hash}`;
}

/** What most entries have in common, if they do; two at least, so that one odd entry sets no fashion. */
function habit(entries: readonly FaqEntry[], read: (entry: FaqEntry) => string | undefined): string | undefined {
  const found = entries.map(read).filter((value) => value !== undefined);
  return found.length >= 2 && found.length / entries.length >= MOST ? found.at(-1) : undefined;
}

/** The marker of the next list item: the same number again where all numbers of the last list are equal, else the next one. */
function nextMarker({ text, entries }: FaqDocument): string {
  const last = entries.at(-1);
  if (last === undefined) return "1. ";
  const marker = text.slice(last.start, last.start + listIndent(text, last.start));
  const number = /^(\d{1,9})([.)])/.exec(marker);
  if (number === null) return marker;
  const previous = entries.at(-2);
  const before = previous?.group === last.group ? /^\d{1,9}/.exec(text.slice(previous?.start ?? 0))?.[0] : undefined;
  const same = before === number[1];
  const next = same ? Number(number[1]) : Number(number[1]) + 1;
  return `${next}${number[2]} `;
}

/** Where the next entry goes: behind the last one, or behind the document's last content that is not its tail. */
export function insertionPoint({ text, entries, source }: FaqDocument): number {
  const last = entries.at(-1);
  if (last !== undefined) return last.end;
  const content = source.blocks.filter(
    (block) => block.type !== "definition" && block.type !== "thematicBreak" && !(block.type === "html" && /^<!--/.test(block.value)),
  );
  const end = content.length === 0 ? source.bodyStart : endOf(content[content.length - 1] as (typeof content)[number]);
  return Math.max(source.bodyStart, text.slice(0, end).trimEnd().length);
}

/** Line feeds between two entries: what most neighbours of the document have, and at least what Markdown needs. */
export function separator({ text, entries, convention }: FaqDocument): string {
  const least = convention.kind === "list" ? 1 : 2;
  const counts = new Map<number, number>();
  entries.slice(1).forEach((entry, index) => {
    const gap = text.slice(entries[index]?.end ?? 0, entry.start);
    if (gap.trim() !== "") return;
    const feeds = gap.split("\n").length - 1;
    counts.set(feeds, (counts.get(feeds) ?? 0) + 1);
  });
  const usual = [...counts].sort((one, other) => other[1] - one[1])[0]?.[0] ?? least;
  return "\n".repeat(Math.min(4, Math.max(least, usual)));
}

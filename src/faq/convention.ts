import { isRecordComment } from "./record.ts";
import { endOf, htmlText, plainText, startOf, type Block, type Node, type Source } from "./markdown.ts";
import { stripDecoration } from "./text.ts";

/** How a document writes its questions. `level` is that of the heading; 0 where the question is no heading. */
export interface Convention {
  readonly kind: "heading" | "html" | "list" | "details";
  readonly level: number;
}

/** A piece of text that is a question under one convention. */
export interface Candidate extends Convention {
  readonly start: number;
  /** Where the markup of the question ends. */
  readonly headEnd: number;
  /** Known only where the convention closes an entry itself (`</details>`). */
  readonly answerEnd?: number;
  readonly end?: number;
  /** As written, numbering and ids included. */
  readonly label: string;
  readonly hasBody: boolean;
  readonly hasRecord: boolean;
  readonly setext?: boolean;
}

/** Headings that hold no answer. */
const NOT_A_QUESTION =
  /^(?:(?:table of )?contents?|toc|index|licen[cs]e|see also|references|further reading|contributing|目次|目录|目錄|クイックナビゲーション)$/iu;
const INTERROGATIVE =
  /[?？؟՞;]|^(?:q\s*\d*[:：.]|how|what|when|where|which|who|whose|why|can|could|do|does|did|is|are|am|was|will|should|may|must)\b|如何|怎么|怎麼|怎样|怎樣|为什么|為什麼|为何|為何|什么|什麼|哪|吗|嗎|なぜ|何|どう|どの|どこ|いつ|ですか|ますか|왜|어떻게|무엇/iu;

export function looksLikeQuestion(label: string): boolean {
  return INTERROGATIVE.test(label);
}

/** Everything in a document that could be a question, in order, whatever the convention. */
export function findCandidates(source: Source): Candidate[] {
  const found: Candidate[] = [];
  const details = new DetailsScanner(source.text);
  source.blocks.forEach((block, index) => {
    if (block.type === "heading") found.push(headingCandidate(source, block, index));
    if (block.type === "list") found.push(...listCandidates(source, block));
    if (block.type === "html") found.push(...htmlCandidates(source, block, index), ...details.read(block));
  });
  const title = titleOf(found);
  return found
    .filter((one) => one !== title && !NOT_A_QUESTION.test(stripDecoration(one.label)))
    .sort((one, other) => one.start - other.start);
}

function headingCandidate(source: Source, block: Block & { type: "heading" }, index: number): Candidate {
  const start = startOf(block);
  return {
    kind: "heading",
    level: block.depth,
    start,
    headEnd: endOf(block),
    label: plainText(block).replace(/\s+/g, " ").trim(),
    setext: source.text[start] !== "#",
    ...bodyAfter(source, index),
  };
}

/** Whether text follows before the next heading, and whether a record is part of it. */
function bodyAfter(source: Source, index: number): { hasBody: boolean; hasRecord: boolean } {
  let hasBody = false;
  let hasRecord = false;
  for (const block of source.blocks.slice(index + 1)) {
    if (block.type === "heading" || (block.type === "html" && /<h[1-6]\b/i.test(block.value))) break;
    if (block.type === "html" && isRecordComment(block.value)) hasRecord = true;
    if (block.type !== "definition" && block.type !== "thematicBreak") hasBody = true;
  }
  return { hasBody, hasRecord };
}

/** `1. **Question?**  ⏎ answer`: every item that begins with bold text standing alone on its line. */
function listCandidates(source: Source, list: Block & { type: "list" }): Candidate[] {
  return list.children.flatMap((item) => {
    const first = item.children[0];
    const bold = first?.type === "paragraph" ? first.children[0] : undefined;
    if (bold?.type !== "strong" || startOf(bold) - startOf(item) > 12) return [];
    const restOfLine = /^[^\r\n]*/.exec(source.text.slice(endOf(bold)))?.[0] ?? "";
    if (restOfLine.trim() !== "") return [];
    const headEnd = endOf(bold);
    const hasRecord = item.children.some((child: Node) => child.type === "html" && isRecordComment(child.value));
    const hasBody = source.text.slice(headEnd, endOf(item)).trim() !== "";
    return [{ kind: "list", level: 0, start: startOf(item), headEnd, label: plainText(bold).trim(), hasBody, hasRecord }];
  });
}

/** `<h3 name="id">⏎Question⏎</h3>` */
function htmlCandidates(source: Source, block: Block & { type: "html" }, index: number): Candidate[] {
  return [...block.value.matchAll(/<h([1-6])\b[^>]*>([\s\S]*?)<\/h\1\s*>/gi)].map((match) => {
    const start = startOf(block) + match.index;
    const headEnd = start + match[0].length;
    const label = htmlText(match[2] ?? "");
    return { kind: "html", level: Number(match[1]), start, headEnd, label, ...bodyAfter(source, index) };
  });
}

/** `<details><summary>Question</summary> … </details>`, also when Markdown between cuts the HTML into several blocks. */
class DetailsScanner {
  private depth = 0;
  private open: { start: number; headEnd: number; label: string; hasRecord: boolean } | undefined;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  read(block: Block & { type: "html" }): Candidate[] {
    const found: Candidate[] = [];
    const base = startOf(block);
    const value = this.text.slice(base, endOf(block));
    if (this.open !== undefined && isRecordComment(value)) this.open.hasRecord = true;
    const tags = /<!--[\s\S]*?(?:-->|$)|<details\b[^>]*>(?:\s*<summary\b[^>]*>([\s\S]*?)<\/summary\s*>)?|<\/details\s*>/gi;
    for (const match of value.matchAll(tags)) {
      const at = base + match.index;
      if (match[0].startsWith("<!--")) continue;
      if (!match[0].startsWith("</")) this.enter(at, match);
      else if (this.depth > 0) found.push(...this.leave(at, at + match[0].length));
    }
    return found;
  }

  private enter(start: number, match: RegExpExecArray): void {
    this.depth += 1;
    if (this.depth > 1) return;
    const label = match[1] === undefined ? undefined : htmlText(match[1]);
    this.open = label ? { start, headEnd: start + match[0].length, label, hasRecord: false } : undefined;
  }

  private leave(answerEnd: number, end: number): Candidate[] {
    this.depth -= 1;
    if (this.depth > 0 || this.open === undefined) return [];
    const { open } = this;
    this.open = undefined;
    const hasBody = htmlText(this.text.slice(open.headEnd, answerEnd)) !== "";
    return [{ kind: "details", level: 0, ...open, answerEnd, end, hasBody }];
  }
}

/** The heading that names the document rather than asking something. */
function titleOf(candidates: readonly Candidate[]): Candidate | undefined {
  const headings = candidates.filter(({ level }) => level > 0);
  const first = headings[0];
  if (first === undefined) return undefined;
  const alone = headings.filter(({ level }) => level === first.level).length === 1;
  const deeper = headings.some(({ level }) => level > first.level);
  if (looksLikeQuestion(first.label)) return alone && first.level === 1 && deeper ? first : undefined;
  return alone || deeper || !first.hasBody ? first : undefined;
}

/**
 * The convention with the most weight. A text that looks like a question weighs three times one that does not, a heading
 * without text of its own (a group) a quarter; an entry that INSTANT wrote settles it. Ties go to the shallower heading.
 */
export function chooseConvention(source: Source, candidates: readonly Candidate[]): Convention {
  const weights = new Map<string, { convention: Convention; weight: number }>();
  for (const { kind, level, label, hasBody, hasRecord } of candidates) {
    const key = `${kind} ${level}`;
    const entry = weights.get(key) ?? { convention: { kind, level }, weight: 0 };
    entry.weight += (looksLikeQuestion(label) ? 3 : 1) * (hasBody ? 1 : 0.25) + (hasRecord ? 1000 : 0);
    weights.set(key, entry);
  }
  const best = [...weights.values()].sort(
    (one, other) => other.weight - one.weight || one.convention.level - other.convention.level,
  )[0];
  if (best !== undefined) return best.convention;
  const title = source.blocks.find((block) => block.type === "heading");
  return { kind: "heading", level: Math.min(6, (title?.depth ?? 1) + 1) };
}

/** Headings, raw HTML ones too, that end an entry of this convention because they stand above or beside it. */
export function isBoundary(block: Node, { kind, level }: Convention): boolean {
  if (block.type === "heading") return kind === "list" || block.depth <= level;
  if (block.type === "html" && kind !== "details") {
    const depth = Number(/^\s*<h([1-6])\b/i.exec(block.value)?.[1] ?? 7);
    return depth <= (kind === "list" ? 6 : level);
  }
  return false;
}


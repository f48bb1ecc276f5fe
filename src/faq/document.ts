import { chooseConvention, findCandidates, isBoundary, type Candidate, type Convention } from "./convention.ts";
import { childrenOf, endOf, parseMarkdown, plainText, startOf, type Node, type Source } from "./markdown.ts";
import { isRecordComment, readRecord, type FaqRecord } from "./record.ts";
import { questionHash, stripDecoration } from "./text.ts";

/** A question with its answer. Offsets are UTF-16 indices into the document's text; `text.slice(start, end)` is the entry. */
export interface FaqEntry {
  /** Plain text, without numbering, `Q:` and ids. */
  readonly question: string;
  /** Hash of the question as it stands in the document. */
  readonly hash: string;
  /** As written in the document, numbering and ids included. */
  readonly label: string;
  /** Level of the heading; 0 when the question is no heading. */
  readonly level: number;
  readonly start: number;
  readonly end: number;
  /** Where the markup of the question ends. */
  readonly headEnd: number;
  /** The answer without surrounding blank lines; it includes the record comment. */
  readonly answerStart: number;
  readonly answerEnd: number;
  /** The answer's Markdown without the record comment. */
  readonly answer: string;
  /** 1-based line of the question. */
  readonly line: number;
  /** The heading above, of the group this entry is in. */
  readonly group?: string;
  /** Present when INSTANT wrote the entry. */
  readonly record?: FaqRecord;
  /** Comments that claim to be a record. */
  readonly records: readonly RecordComment[];
  readonly setext: boolean;
}

export interface RecordComment {
  readonly start: number;
  readonly end: number;
  readonly value: FaqRecord | Error;
}

export interface FaqDocument {
  readonly text: string;
  readonly convention: Convention;
  readonly entries: readonly FaqEntry[];
  readonly source: Source;
}

/**
 * Reads a FAQ by the convention it is written in: Markdown headings of any level (ATX or setext, under groups or not,
 * with docsify ids), raw HTML headings, list items that begin with a bold line, or `<details>` blocks. Never throws.
 * @param convention read by this convention instead of the one the document shows.
 */
export function parseFaq(text: string, convention?: Convention): FaqDocument {
  const source = parseMarkdown(text);
  const candidates = findCandidates(source);
  const chosen = convention ?? chooseConvention(source, candidates);
  const own = candidates.filter(({ kind, level }) => kind === chosen.kind && level === chosen.level);
  const lines = lineStarts(text);
  const entries = own.map((candidate, index) => {
    const limit = limitOf(source, chosen, candidate, own[index + 1]?.start);
    return toEntry(source, chosen, candidate, limit, lines);
  });
  return { text, convention: chosen, entries, source };
}

/** Where an entry must end at the latest: the next question, a heading above it, or the foot of the page. */
function limitOf(source: Source, convention: Convention, candidate: Candidate, next = source.text.length): number {
  if (candidate.end !== undefined) return candidate.end;
  const following = source.blocks.filter((block) => startOf(block) >= candidate.headEnd && startOf(block) < next);
  const boundary = following.find((block) => isBoundary(block, convention));
  if (boundary !== undefined) return startOf(boundary);
  const rules = following.filter((block) => block.type === "thematicBreak");
  if (convention.kind === "list" && rules[0] !== undefined) return startOf(rules[0]);
  const lastRule = rules.at(-1);
  // After the last question, what stands below a final rule is the page's foot, not the answer.
  if (next === source.text.length && lastRule !== undefined) {
    const headingBelow = following.some((block) => block.type === "heading" && startOf(block) > startOf(lastRule));
    if (!headingBelow) return startOf(lastRule);
  }
  return next;
}

function toEntry(
  source: Source,
  convention: Convention,
  candidate: Candidate,
  limit: number,
  lines: readonly number[],
): FaqEntry {
  const { text } = source;
  const { start, headEnd, label } = candidate;
  const end = candidate.end ?? contentEnd(source, headEnd, limit);
  const regionEnd = candidate.answerEnd ?? end;
  const region = text.slice(headEnd, regionEnd);
  const answerStart = region.trim() === "" ? regionEnd : headEnd + region.length - region.trimStart().length;
  const answerEnd = Math.max(answerStart, headEnd + region.trimEnd().length);
  const records = findRecords(source, headEnd, regionEnd);
  const record = records.map(({ value }) => value).find((value): value is FaqRecord => !(value instanceof Error));
  const group = convention.kind === "details" ? undefined : groupOf(source, convention, start);
  const question = stripDecoration(label);
  return {
    question,
    hash: questionHash(question),
    label,
    level: candidate.level,
    start,
    end,
    headEnd,
    answerStart,
    answerEnd,
    answer: answerText(source, candidate, answerStart, answerEnd, records),
    line: lineAt(lines, start),
    ...(group === undefined ? {} : { group }),
    ...(record === undefined ? {} : { record }),
    records,
    setext: candidate.setext === true,
  };
}

/** End of what belongs to an entry: definitions, rules and other people's comments at its end belong to the document. */
function contentEnd(source: Source, headEnd: number, limit: number): number {
  const { text } = source;
  let end = headEnd;
  for (const block of source.blocks) {
    const from = startOf(block);
    if (from >= limit) break;
    if (endOf(block) <= headEnd) continue;
    const piece = text.slice(Math.max(from, headEnd), Math.min(endOf(block), limit)).trim();
    const isDocuments =
      block.type === "definition" ||
      block.type === "thematicBreak" ||
      (block.type === "html" && /^<!--/.test(piece) && !isRecordComment(piece));
    if (!isDocuments && piece !== "") end = Math.max(end, Math.min(endOf(block), limit));
  }
  return headEnd + text.slice(headEnd, end).trimEnd().length;
}

function findRecords(source: Source, from: number, to: number): RecordComment[] {
  const found: RecordComment[] = [];
  const visit = (node: Node): void => {
    if (endOf(node) <= from || startOf(node) >= to) return;
    if (node.type === "html") found.push(...recordsIn(source.text, Math.max(from, startOf(node)), Math.min(to, endOf(node))));
    else if (node.type === "list" || node.type === "listItem") childrenOf(node).forEach(visit);
  };
  source.blocks.forEach(visit);
  return found;
}

function recordsIn(text: string, from: number, to: number): RecordComment[] {
  return [...text.slice(from, to).matchAll(/<!--[\s\S]*?(?:-->|$)/g)].flatMap((match) => {
    const value = readRecord(match[0]);
    return value === undefined ? [] : [{ start: from + match.index, end: from + match.index + match[0].length, value }];
  });
}

function answerText(
  source: Source,
  candidate: Candidate,
  from: number,
  to: number,
  records: readonly RecordComment[],
): string {
  let text = "";
  let at = from;
  for (const { start, end } of records) {
    text += source.text.slice(at, Math.max(at, start));
    at = end;
  }
  text = (text + source.text.slice(at, Math.max(at, to))).trim();
  if (candidate.kind !== "list") return text;
  // List items are continued by indentation, which is no part of the answer.
  const indent = new RegExp(`^[ \\t]{1,${listIndent(source.text, candidate.start)}}`, "gm");
  return text.replace(indent, "");
}

/** Columns that the text of a list item is indented by: the width of its marker and the space behind it. */
export function listIndent(text: string, itemStart: number): number {
  return /^(?:[-+*]|\d{1,9}[.)])[ \t]{1,4}/.exec(text.slice(itemStart, itemStart + 16))?.[0].length ?? 2;
}

function groupOf(source: Source, convention: Convention, start: number): string | undefined {
  let group: string | undefined;
  for (const block of source.blocks) {
    if (startOf(block) >= start) break;
    if (block.type === "heading" && (convention.kind === "list" || block.depth < convention.level)) group = plainText(block).trim();
  }
  return group;
}

/** Offsets at which the lines of a text begin. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** 1-based line of an offset, by bisection. */
export function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}

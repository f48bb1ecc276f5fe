import { lineAt, lineStarts, parseFaq, type FaqDocument, type FaqEntry } from "./document.ts";
import { type Hidden, hiddenIn } from "./hidden.ts";
import { endOf, startOf, type Node } from "./markdown.ts";
import { countWords } from "./text.ts";

/** Words that an answer of INSTANT may have at most. */
export const MAX_ANSWER_WORDS = 100;

export interface FaqProblem {
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  readonly endLine?: number;
  readonly rule: FaqRule;
  readonly message: string;
  readonly severity: "error" | "warning";
}

export type FaqRule =
  | "duplicate-question"
  | "empty-answer"
  | "long-answer"
  | "malformed-record"
  | "record-mismatch"
  | "heading-jump"
  | "unclosed-fence"
  | "unclosed-comment"
  | "unclosed-details"
  | "conflict-marker"
  | Hidden["rule"];

/**
 * What is wrong with a FAQ as a document of questions. Errors are what INSTANT may never write (and broken Markdown that
 * swallows other entries); the habits of people's own entries are warnings at most.
 */
export function checkFaq(text: string, { maxAnswerWords = MAX_ANSWER_WORDS } = {}): FaqProblem[] {
  const document = parseFaq(text);
  const lines = lineStarts(text);
  const at = (start: number, end?: number): { line: number; column: number; endLine?: number } => {
    const line = lineAt(lines, start);
    const column = start - (lines[line - 1] ?? 0) + 1;
    return end === undefined ? { line, column } : { line, column, endLine: lineAt(lines, Math.max(start, end - 1)) };
  };
  const problems = [
    ...duplicates(document, at),
    ...document.entries.flatMap((entry) => entryProblems(entry, maxAnswerWords, at)),
    ...headingJumps(document, at),
    ...openBlocks(document, at),
    ...conflictMarkers(document, at),
    ...hiddenIn(text, document.source).map(({ start, end, ...problem }): FaqProblem => ({ ...at(start, end), ...problem })),
  ];
  return problems.sort((one, other) => one.line - other.line || one.column - other.column);
}

type Locate = (start: number, end?: number) => { line: number; column: number; endLine?: number };

function duplicates({ entries }: FaqDocument, at: Locate): FaqProblem[] {
  const first = new Map<string, FaqEntry>();
  return entries.flatMap((entry): FaqProblem[] => {
    const other = first.get(entry.hash);
    if (other === undefined) {
      first.set(entry.hash, entry);
      return [];
    }
    // People repeat short headings on purpose in different groups; INSTANT never may.
    const severity = entry.record !== undefined || other.record !== undefined ? "error" : "warning";
    const message = `The question "${entry.question}" is asked twice, first in line ${other.line}. Keep one of the entries.`;
    return [{ ...at(entry.start, entry.headEnd), rule: "duplicate-question", message, severity }];
  });
}

function entryProblems(entry: FaqEntry, maxWords: number, at: Locate): FaqProblem[] {
  const problems: FaqProblem[] = [];
  const own = entry.records.length > 0;
  const head = at(entry.start, entry.headEnd);
  if (entry.answer.trim() === "") {
    const message = `The question "${entry.question}" has no answer. Write one or remove the entry.`;
    problems.push({ ...head, rule: "empty-answer", message, severity: own ? "error" : "warning" });
  }
  const words = own ? countWords(entry.answer) : 0;
  if (words > maxWords) {
    const message = `The answer has ${words} words; at most ${maxWords} are allowed. Shorten it.`;
    problems.push({ ...at(entry.answerStart, entry.answerEnd), rule: "long-answer", message, severity: "error" });
  }
  entry.records.forEach(({ start, end, value }, index) => {
    const place = at(start, end);
    if (value instanceof Error) {
      const message = `The record comment cannot be read: ${value.message}. Restore it from the history or remove it.`;
      problems.push({ ...place, rule: "malformed-record", message, severity: "error" });
    } else if (index > 0) {
      const message = "The entry has more than one record comment. Keep the newest.";
      problems.push({ ...place, rule: "malformed-record", message, severity: "error" });
    } else if (value.hash !== entry.hash) {
      const message = "The record belongs to another wording of the question; the entry is found by both.";
      problems.push({ ...place, rule: "record-mismatch", message, severity: "warning" });
    }
  });
  return problems;
}

/** `##` followed by `####` inside an entry. */
function headingJumps({ entries, source }: FaqDocument, at: Locate): FaqProblem[] {
  return entries.flatMap((entry) => {
    let level = entry.level;
    if (level === 0) return [];
    return source.blocks.flatMap((block): FaqProblem[] => {
      if (block.type !== "heading" || startOf(block) < entry.headEnd || startOf(block) >= entry.end) return [];
      const jumped = block.depth > level + 1;
      const message = `A heading of level ${block.depth} follows one of level ${level}. Use level ${level + 1}.`;
      level = block.depth;
      return jumped ? [{ ...at(startOf(block), endOf(block)), rule: "heading-jump", message, severity: "warning" }] : [];
    });
  });
}

/** What runs to the end of the document because nothing closes it, and so swallows everything below. */
function openBlocks({ source }: FaqDocument, at: Locate): FaqProblem[] {
  const problems: FaqProblem[] = [];
  let details = 0;
  let opened = 0;
  for (const block of source.blocks) {
    const raw = source.text.slice(startOf(block), endOf(block));
    const place = at(startOf(block));
    if (block.type === "code" && isOpenFence(block, raw)) {
      problems.push({ ...place, rule: "unclosed-fence", message: "This code fence is never closed. Add the closing fence.", severity: "error" });
    }
    if (block.type !== "html") continue;
    if (/<!--(?![\s\S]*-->)/.test(raw)) {
      problems.push({ ...place, rule: "unclosed-comment", message: "This comment is never closed. Add `-->`.", severity: "error" });
    }
    const bare = raw.replace(/<!--[\s\S]*?(?:-->|$)/g, "");
    if (details === 0) opened = startOf(block);
    details += (bare.match(/<details\b/gi)?.length ?? 0) - (bare.match(/<\/details\s*>/gi)?.length ?? 0);
  }
  if (details > 0) {
    problems.push({ ...at(opened), rule: "unclosed-details", message: "`<details>` is never closed. Add `</details>`.", severity: "error" });
  }
  return problems;
}

function isOpenFence(block: Node, raw: string): boolean {
  const fence = /^(`{3,}|~{3,})/.exec(raw)?.[1];
  if (block.type !== "code" || fence === undefined) return false;
  const last = raw.slice(raw.lastIndexOf("\n") + 1);
  return !raw.includes("\n") || !new RegExp(`^ {0,3}\\${fence[0]}{${fence.length},}\\s*$`).test(last);
}

/** The three marks of an unresolved merge, in order. In a code block they may be an example. */
function conflictMarkers({ source, text }: FaqDocument, at: Locate): FaqProblem[] {
  const marks = /^<{7}(?: .*)?\r?\n(?:[\s\S]*?\n)?={7}\r?\n(?:[\s\S]*?\n)?>{7}(?: .*)?\r?$/gm;
  return [...text.matchAll(marks)].map((match) => {
    const inCode = source.blocks.some(
      (block) => block.type === "code" && startOf(block) < match.index && endOf(block) > match.index + match[0].length,
    );
    const message = "A merge conflict was left here. Decide which side stays and remove the marks.";
    const place = at(match.index, match.index + match[0].length);
    return { ...place, rule: "conflict-marker", message, severity: inCode ? "warning" : "error" };
  });
}

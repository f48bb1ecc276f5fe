import { failure, InstantError } from "../kit/errors.ts";
import { parseFaq, type FaqDocument, type FaqEntry } from "./document.ts";
import { findEntry } from "./find.ts";
import type { FaqRecord } from "./record.ts";
import { sanitizeAnswer } from "./sanitize.ts";
import { insertionPoint, renderAnswer, renderBody, renderEntry, separator, type EntryText } from "./style.ts";
import { cleanQuestion, questionHash } from "./text.ts";

export interface Upsert {
  readonly question: string;
  readonly answer: string;
  /** The record of the answer; its question hash is computed. */
  readonly record: Omit<FaqRecord, "hash">;
  /** Hash of another entry to update instead (a near-duplicate, by policy). */
  readonly target?: string;
}

export interface UpsertResult {
  readonly text: string;
  readonly change: "added" | "updated" | "unchanged";
  readonly entry: FaqEntry;
}

/**
 * Writes an answer into a FAQ: updates the entry of the same question or adds one behind the last, in the document's own
 * convention. Every other byte stays. A document that is missing (`""`) or blank begins with `# FAQ`.
 * When the entry has the same answer from the same sources already nothing changes, whatever the new record says, so that
 * asking again makes no pull request.
 * @throws InstantError when question or answer is empty or too long, or `target` is not there; `text` is not touched then.
 */
export function upsertEntry(text: string, { question, answer, record, target }: Upsert): UpsertResult {
  const clean = cleanQuestion(question);
  const safe = sanitizeAnswer(answer);
  const problems = clean.problems.map((what) => ({ what, fix: "Ask a question of 1 to 500 characters." }));
  if (safe.text === "") problems.push({ what: "The answer is empty.", fix: "Ask the model again, or another one." });
  if (problems.length > 0) throw new InstantError("configuration", problems);

  const document = parseFaq(text);
  const entry: EntryText = {
    question: clean.text,
    answer: safe.text,
    record: { ...record, hash: questionHash(clean.text) },
  };
  const existing = target === undefined ? findEntry(document, clean.text) : entryByHash(document, target);
  if (existing === undefined) return add(document, entry);
  return update(document, existing, entry);
}

function entryByHash(document: FaqDocument, hash: string): FaqEntry {
  const entry = document.entries.find((one) => one.hash === hash || one.record?.hash === hash);
  if (entry !== undefined) return entry;
  throw failure("instant", { what: `The FAQ has no entry ${hash}.`, fix: "Read the document again before choosing what to update." });
}

function add(document: FaqDocument, entry: EntryText): UpsertResult {
  const { text, source } = document;
  if (text.slice(source.bodyStart).trim() === "") return verified(document, startDocument(document, entry), "added", entry);
  const at = insertionPoint(document);
  const rest = text.slice(at);
  const between = at <= source.bodyStart ? "" : separator(document);
  const behind = rest === "" || /^[ \t]*\r?\n/.test(rest) ? "" : "\n\n";
  const piece = `${between}${renderEntry(document, entry)}${behind}`;
  return verified(document, text.slice(0, at) + withEol(piece, source.eol) + rest, "added", entry);
}

/** A first document; front matter with a title stands for the heading. */
function startDocument(document: FaqDocument, entry: EntryText): string {
  const { text, source } = document;
  const head = text.slice(0, source.bodyStart);
  const titled = /^title[ \t]*[:=]/m.test(head);
  const gap = head.trim() === "" ? "" : head.endsWith("\n") ? "\n" : "\n\n";
  return head + withEol(`${gap}${titled ? "" : "# FAQ\n\n"}${renderEntry(document, entry)}\n`, source.eol);
}

function update(document: FaqDocument, existing: FaqEntry, entry: EntryText): UpsertResult {
  const { text, source } = document;
  const current = existing.answer.replace(/\r\n/g, "\n");
  const sources = existing.record?.sources;
  const sameSources = sources === undefined || sameSet(sources, entry.record.sources);
  if (current === renderAnswer(document, entry.answer) && sameSources) return { text, change: "unchanged", entry: existing };
  const end = document.convention.kind === "details" ? existing.answerEnd + trailingSpace(text, existing) : existing.end;
  const indent = existing.answerStart - (text.lastIndexOf("\n", existing.answerStart - 1) + 1);
  const body = renderBody(document, entry, Math.min(6, Math.max(2, indent)));
  const result = text.slice(0, existing.headEnd) + withEol(body, source.eol) + text.slice(end);
  return verified(document, result, "updated", entry, existing);
}

/** White space between an answer and the `</details>` behind it. */
function trailingSpace(text: string, { answerEnd }: FaqEntry): number {
  return /^\s*/.exec(text.slice(answerEnd))?.[0].length ?? 0;
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((path) => other.includes(path));
}

/** Reads the result back: exactly the wanted entry may differ. Anything else would be INSTANT's own mistake. */
function verified(
  before: FaqDocument,
  text: string,
  change: "added" | "updated",
  wanted: EntryText,
  existing?: FaqEntry,
): UpsertResult {
  const after = parseFaq(text);
  const entry = after.entries.find(({ record }) => record?.hash === wanted.record.hash && record.traceId === wanted.record.traceId);
  const others = (document: FaqDocument, but: FaqEntry | undefined): string =>
    document.entries.filter((one) => one !== but).map(({ start, end }) => document.text.slice(start, end)).join("\0");
  const answered = entry?.answer.replace(/\r\n/g, "\n") === renderAnswer(before, wanted.answer);
  if (entry !== undefined && answered && others(before, existing) === others(after, entry)) return { text, change, entry };
  throw failure("instant", {
    what: `The entry "${wanted.question}" could not be written so that the document reads back as intended.`,
    cause: `The document's convention (${before.convention.kind}) and this answer do not go together.`,
    fix: "Report this with the document and the answer; add the entry by hand meanwhile.",
  });
}

function withEol(text: string, eol: "\n" | "\r\n"): string {
  return eol === "\n" ? text : text.replace(/\n/g, eol);
}

export interface RemoveResult {
  readonly text: string;
  readonly change: "removed" | "unchanged";
}

/** Takes the entry of a question out of a FAQ, with the blank lines before it; undoes what adding it did. */
export function removeEntry(text: string, question: string): RemoveResult {
  const document = parseFaq(text);
  const entry = findEntry(document, question);
  if (entry === undefined) return { text, change: "unchanged" };
  const head = text.slice(0, entry.start);
  const kept = Math.max(head.trimEnd().length, document.source.bodyStart);
  if (head.slice(document.source.bodyStart).trim() !== "") return { text: text.slice(0, kept) + text.slice(entry.end), change: "removed" };
  return { text: head + text.slice(entry.end).trimStart(), change: "removed" };
}

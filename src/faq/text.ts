import { createHash } from "node:crypto";

/** Longest question that is accepted, in grapheme clusters (what a reader calls a character). */
export const MAX_QUESTION_GRAPHEMES = 500;
/** A grapheme has no limit of its own: a letter may carry thousands of marks. An emoji of a family takes eleven units of UTF-16. */
const MAX_QUESTION_UNITS = 16 * MAX_QUESTION_GRAPHEMES;

/**
 * Formatting characters nobody sees: bidirectional controls, zero-width characters, fillers, variation selectors, tags.
 * The excepted ones are visible number and prefix signs of Arabic, Syriac and Kaithi, which Unicode also calls "format".
 */
const INVISIBLE =
  /[[\p{Cf}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}]--[\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2\u{110BD}\u{110CD}]]/gv;
/** Scripts in which a zero-width (non-)joiner between two letters decides how a word is written. */
const JOINING =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}]/u;
const PICTOGRAPH = /\p{Extended_Pictographic}/u;

/** Numbering that belongs to the document, not to the question: `(5) `, `3. `, `Q: `, `Q2. `. */
export const QUESTION_PREFIX = /^(?:(?:\(\d{1,3}\)|\d{1,3}[.)])\s+|q(?:uestion)?\s*\d{0,3}\s*(?:[:：]\s*|\.\s+))/iu;
/** Ids written at a heading's end: docsify's `:id=name`, kramdown's `{#name}`. */
export const QUESTION_SUFFIX = /(?:\s+:id=[^\s]+|\s*\{#[^{}\s]*\})$/u;

/** Made at first use: the first one costs as much as a third of a bare start of Node. */
const segmenters = new Map<"grapheme" | "word", Intl.Segmenter>();

function segments(text: string, granularity: "grapheme" | "word"): Intl.Segments {
  const known = segmenters.get(granularity) ?? new Intl.Segmenter("en", { granularity });
  segmenters.set(granularity, known);
  return known.segment(text);
}

/** Text without control, bidirectional and zero-width characters; tabs and line feeds stay, other line breaks become line feeds. */
export function stripInvisible(text: string): string {
  const lines = text.toWellFormed().replace(/\r\n?|[\u0085\u2028\u2029\v\f]/g, "\n");
  const seen = lines.replace(/[\u0000-\u0008\u000E-\u001F\u007F-\u009F]/g, "");
  return seen.replace(INVISIBLE, (character: string, at: number) => (isMeaningful(character, at, seen) ? character : ""));
}

/** Where characters stand that {@link stripInvisible} would take out although nobody sees them; a byte order mark at the beginning is none. */
export function invisibleAt(text: string): readonly number[] {
  return [...text.matchAll(INVISIBLE)].filter(({ 0: character, index }) => !(index === 0 && character === "\uFEFF") && !isMeaningful(character, index, text)).map(({ index }) => index);
}

/** A joiner inside a word of a script that needs it or inside an emoji, and the selector that makes a sign an emoji. */
function isMeaningful(character: string, at: number, text: string): boolean {
  if (character !== "\u200C" && character !== "\u200D" && character !== "\uFE0F") return false;
  const before = lastCodePoint(text.slice(Math.max(0, at - 3), at));
  if (character === "\uFE0F") return PICTOGRAPH.test(before);
  const after = String.fromCodePoint(text.codePointAt(at + 1) ?? 0x20);
  if (character === "\u200D" && PICTOGRAPH.test(before) && PICTOGRAPH.test(after)) return true;
  // A virama before the joiner is a mark of the same scripts, so testing the neighbours is enough.
  return JOINING.test(before) && JOINING.test(after);
}

function lastCodePoint(text: string): string {
  const visible = text.replace(/\uFE0F$/, "");
  return Array.from(visible).at(-1) ?? "";
}

/** Question text without numbering, `Q:` and heading ids; whatever would leave nothing is the question itself. */
export function stripDecoration(text: string): string {
  let bare = text.trim();
  for (let before = ""; before !== bare; ) {
    before = bare;
    for (const decoration of [QUESTION_PREFIX, QUESTION_SUFFIX]) {
      const less = bare.replace(decoration, "").trim();
      if (less !== "") bare = less;
    }
  }
  return bare;
}

/**
 * The form in which two spellings of the same question are equal: NFKC, case folded, white space collapsed, invisible
 * characters, code ticks and numbering removed, and without sentence punctuation (of any script) at its ends.
 * `C#` and `C++` keep their signs: those are no sentence punctuation. Idempotent.
 */
export function normalizeQuestion(text: string): string {
  let form = text;
  // Each step can uncover work for another (a number behind a `Q:`), so they repeat until nothing changes.
  for (let round = 0, before = ""; round < 20 && before !== form; round += 1) {
    before = form;
    form = normalizeOnce(form);
  }
  return form;
}

function normalizeOnce(text: string): string {
  const visible = stripComments(stripInvisible(text)).normalize("NFKC").replace(/[\u200C\u200D\uFE0F`]/g, "");
  // Upper case first, so that ß and ss, ς and σ fold together.
  const folded = visible.toUpperCase().toLowerCase().normalize("NFKC");
  const bare = stripDecoration(folded.replace(/\s+/gu, " "));
  const trimmed = bare.replace(/^[\s¿¡]+/u, "").replace(/[\p{Terminal_Punctuation}…\s]+$/u, "");
  return trimmed === "" ? bare : trimmed;
}

/** First 16 hex digits of the SHA-256 of the normalised question: the name of a question everywhere (`question_hash`). */
export function questionHash(text: string): string {
  return createHash("sha256").update(normalizeQuestion(text), "utf8").digest("hex").slice(0, 16);
}

export interface CleanText {
  readonly text: string;
  /** Why the text cannot be used; empty when it can. */
  readonly problems: readonly string[];
}

/**
 * A question as it may be shown: one line, without control, bidirectional and zero-width characters and HTML comments.
 * `problems` says when nothing is left or when it is longer than {@link MAX_QUESTION_GRAPHEMES}.
 */
export function cleanQuestion(text: string): CleanText {
  const clean = stripDecoration(stripComments(stripInvisible(text)).replace(/\s+/gu, " ").trim());
  const problems: string[] = [];
  if (!/[\p{L}\p{N}]/u.test(clean)) {
    problems.push(clean === "" ? "The question is empty." : "The question has no letter or digit.");
  }
  if (clean.length > MAX_QUESTION_UNITS || longerThan(clean, MAX_QUESTION_GRAPHEMES)) {
    problems.push(`The question is longer than ${MAX_QUESTION_GRAPHEMES} characters.`);
  }
  return { text: clean, problems };
}

/** Text without HTML comments; what follows a comment that never ends is taken for part of it. */
export function stripComments(text: string): string {
  let rest = text;
  // Removing one comment can join two halves into another, hence the loop; each round shortens the text.
  for (let before = ""; before !== rest; ) {
    before = rest;
    rest = rest.replace(/<!--(?:[\s\S]*?-->|[\s\S]*$)/g, " ");
  }
  return rest;
}

/** Whether a text has more than `limit` grapheme clusters; looks no further than it must. */
export function longerThan(text: string, limit: number): boolean {
  let count = 0;
  for (const _ of segments(text, "grapheme")) {
    count += 1;
    if (count > limit) return true;
  }
  return false;
}

/** The text cut to at most `limit` grapheme clusters, with `…` as the last one when something was cut. */
export function truncate(text: string, limit: number): string {
  if (!longerThan(text, limit)) return text;
  const kept: string[] = [];
  for (const { segment } of segments(text, "grapheme")) {
    if (kept.length === limit - 1) break;
    kept.push(segment);
  }
  return `${kept.join("").trimEnd()}…`;
}

/**
 * Number of words as a reader counts them. Word boundaries are Unicode's (UAX 29) with ICU's dictionaries for Chinese,
 * Japanese, Thai and others that write without spaces. Comments and the addresses of links count nothing, a bare URL one.
 */
export function countWords(text: string): number {
  const prose = stripComments(text)
    .replace(/\]\([^()\s]*(?:\s+"[^"]*")?\)/g, "] ")
    .replace(/\bhttps?:\/\/[^\s<>()]+/gi, "link");
  let count = 0;
  for (const { isWordLike } of segments(prose, "word")) if (isWordLike === true) count += 1;
  return count;
}

import type { Traits } from "./traits.ts";

/** A backslash in front of a sign that it makes plain, or a span of code; the span's end is the first run of as many backticks. */
const ESCAPE_OR_CODE = /\\[!-/:-@[-`{-~]|(`+)([^`]|[^`][^]*?[^`])\1(?!`)/g;
const COMMENT = /<!--(?!-?>)(?:(?!--)[^\n])*-->/g;
const AUTOLINK = /<(?:https?:\/\/|mailto:)[^\s<>]+>/g;
const TAG = /<\/?[A-Za-z][A-Za-z0-9-]*(?: [A-Za-z_:][\w:.-]*(?:="[^"<>\n]*")?)* ?\/?>/g;
/** The innermost brackets, with a destination, a label, or nothing behind them. */
const BRACKETS = /(!?)\[([^[\]]*)\](?:\(([^()\s<>"'\\]*)(?: "([^"\\\n]*)")?\)|\[([^[\]]*)\])?/g;
/**
 * Stands for what has been read: a span of code, a link, a tag. To emphasis its ends are punctuation, and it may stand inside; the
 * reader of blocks lets no text through that has it.
 */
const READ = "\uE000";
/** Marks of the same kind and number with none between. */
const EMPHASIS = /(?<![*_])(\*{1,3}|_{1,3})(?![*_])([^*_]+)(?<![*_])\1(?![*_])/g;

/**
 * Whether the text of a paragraph, a heading or a cell is written in ways that can be told without a parser: spans of code, links,
 * images, tags and emphasis, each complete and with nothing odd in it. Where it says `false`, the linter has to look.
 */
export function isPlainInline(given: string, traits: Traits): boolean {
  let text = given;
  let plain = true;
  const replace = (form: RegExp, by: (...match: (string | undefined)[]) => string) => (text = text.replace(form, (...match) => by(...(match as (string | undefined)[]))));
  if (/[\\`]/.test(text)) {
    replace(ESCAPE_OR_CODE, (_, ticks, content) => {
      if (ticks !== undefined && /^\s|\s$|^$/.test(content ?? "")) plain = false;
      return ticks === undefined ? "." : READ;
    });
    if (/[\\`]/.test(text)) return false;
  }
  if (text.includes("<") && !withoutTags()) return false;
  // An address in brackets is a link turned round, if not one behind another.
  if (/\)\[/.test(text)) return false;
  if (/[[\]]/.test(text) && !withoutLinks()) return false;
  if (/https?:|ftp:|www\.|@[\w-]+\./i.test(text)) traits.rules.add("MD034");
  if (/[*_]/.test(text) && !withoutEmphasis()) return false;
  // Between two of them stands a formula.
  return plain && (text.match(/\$/g)?.length ?? 0) < 2;

  function withoutTags(): boolean {
    if (/<img\b(?![^>]*\salt=")/i.test(text)) return false;
    replace(COMMENT, () => READ);
    replace(AUTOLINK, () => READ);
    replace(TAG, () => {
      traits.rules.add("MD033");
      return READ;
    });
    return !/<(?![ \d=])/.test(text);
  }

  function withoutLinks(): boolean {
    for (let round = 0; round < 5 && /\]/.test(text); round += 1) {
      text = text.replace(BRACKETS, (whole, image: string, inside: string, destination: string | undefined, _, label: string | undefined, offset: number, all: string) => {
        // A destination that is written otherwise.
        const odd = destination === undefined && all[offset + whole.length] === "(";
        if (odd || !isFineLink({ image: image !== "", inside, destination, label }, traits)) plain = false;
        return READ;
      });
    }
    return plain && !/[[\]]/.test(text);
  }

  function withoutEmphasis(): boolean {
    // Inside of a word it is none.
    replace(/(?<=[\p{L}\p{N}])_+(?=[\p{L}\p{N}])/gu, () => "w");
    if (/^[*_][^\n]*[*_]$/.test(text)) traits.rules.add("MD036");
    for (let round = 0; round < 3; round += 1) {
      text = text.replace(EMPHASIS, (whole, mark: string, inside: string, offset: number, all: string) => {
        const sign = mark.charAt(0);
        const opens = flanks(sign, all[offset - 1], inside[0]);
        const closes = flanks(sign, all[offset + whole.length], inside.at(-1));
        if (!opens || !closes) return whole;
        if (mark.length !== 2) traits.rules.add(`${sign}MD049`);
        if (mark.length !== 1) traits.rules.add(`${sign}MD050`);
        return `${READ}${inside.includes("\n") ? "\n" : ""}`;
      });
    }
    // One alone has no other to go with.
    return /^[^*_]*\**[^*_]*$/.test(text);
  }
}

/** Whether a mark between these two signs holds on to the inner one (CommonMark 0.31, 6.2); where it is not plain, it does not. */
function flanks(mark: string, outer: string | undefined, inner: string | undefined): boolean {
  if (inner === undefined || /\s/.test(inner)) return false;
  if (outer === undefined || /[\s\p{P}\uE000$+<=>^`|~]/u.test(outer)) return outer === undefined || !/[*_]/.test(outer);
  // Inside of a word, where only stars count, and only beside letters.
  return mark === "*" && /[\p{L}\p{N}]/u.test(outer) && /[\p{L}\p{N}]/u.test(inner);
}

interface Bracketed {
  readonly image: boolean;
  readonly inside: string;
  /** undefined: none is given here. */
  readonly destination: string | undefined;
  readonly label: string | undefined;
}

/** Labels are compared as GitHub does where they are of plain signs; elsewhere nobody can tell here. */
const PLAIN_LABEL = /^[\p{L}\p{N} ._/-]+$/u;

function isFineLink({ image, inside, destination, label }: Bracketed, traits: Traits): boolean {
  if (destination !== undefined) {
    if (destination.startsWith("#")) traits.rules.add("MD051");
    if (/^\W*(?:click here|here|link|more)\W*$/i.test(inside)) traits.rules.add("MD059");
    return isFineText(inside, traits) && destination !== "" && destination !== "#";
  }
  const name = (label === undefined || label === "" ? inside : label).toLowerCase();
  // `[^1]` is a footnote.
  if (name.startsWith("^") || inside.startsWith("^")) return false;
  if (!PLAIN_LABEL.test(name) || name !== name.trim() || /\n| {2}/.test(name)) return label === undefined && !image && !/[*_]/.test(inside);
  traits.used.add(name);
  if (label === undefined) return !image && !/[*_]/.test(inside);
  traits.needed.add(name);
  return isFineText(inside, traits);
}

/** The text of a link, or what an image shows instead. */
function isFineText(inside: string, traits: Traits): boolean {
  return inside.trim() !== "" && inside === inside.trim() && isPlainInline(inside, traits);
}

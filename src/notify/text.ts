const WORD_JOINER = "\u2060";

/** Longest text that is looked at at all, in UTF-16 units: no channel shows more. */
const LONGEST = 20_000;

/**
 * Text from outside as lines of visible text: well-formed, without control characters and without the characters that turn the
 * direction of what follows. Joiners stay: emoji and several scripts are spelt with them.
 */
export function clean(text: string): string {
  return text
    .slice(0, LONGEST)
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029\u0085\v\f]/g, "\n")
    .replace(/(?![\n\t])\p{Cc}|[\u202A-\u202E\u2066-\u2069\uFEFF]/gu, "");
}

/** The same on one line. */
export function oneLine(text: string): string {
  return clean(text).replace(/\s+/g, " ").trim();
}

/**
 * Cut between graphemes so that it takes at most `longest` of `size`, the cut marked by `…`.
 * @param size what a part counts; default its UTF-16 units. `size(a + b)` has to be `size(a) + size(b)`.
 */
export function fit(text: string, longest: number, size: (part: string) => number = (part) => part.length): string {
  return split(text, longest, 1, size)[0] ?? "";
}

/** At most `count` pieces of at most `longest` each, split between graphemes; the last ends in `…` when that was not all. */
export function split(text: string, longest: number, count: number, size: (part: string) => number = (part) => part.length): string[] {
  const pieces: string[] = [];
  let piece = "";
  let taken = 0;
  let short = ""; // the piece as it was when the mark of a cut still had room
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const more = size(segment);
    if (taken + more > longest) {
      if (pieces.length === count - 1 || more > longest) return [...pieces, `${short.trimEnd()}…`];
      pieces.push(piece);
      [piece, short, taken] = ["", "", 0];
    }
    piece += segment;
    taken += more;
    if (taken <= longest - size("…")) short = piece;
  }
  return piece === "" ? pieces : [...pieces, piece];
}

/**
 * Text in which programs that look for them find no mention, hashtag, command, address of a page or of a mailbox: a word joiner,
 * which nobody sees, parts what would be read as one. Escaping does not help against them, because Telegram's servers and programs
 * for mail look through the text that is shown.
 */
export function calm(text: string): string {
  return text
    .replace(/[@#$](?=[\p{L}\p{N}_])|(?<![\p{L}\p{N}_/<>])\/(?=[\p{L}\p{N}_])|:(?=\/)|\b(?:mailto|tel|tg|sms|xmpp|callto):(?!\u2060)/giu, `$&${WORD_JOINER}`)
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, (quad) => quad.replaceAll(".", `.${WORD_JOINER}`))
    .replace(/(?<=[^\s.])\.(?=\p{L})/gu, `.${WORD_JOINER}`);
}

/** The address of a page as it may be linked to; undefined for anything else and for one that holds a credential. */
export function address(url: string): string | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username !== "" || parsed.password !== "") return undefined;
  const href = parsed.href.replace(/[|<>"'`\\^{}()[\]\s]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
  return href.length > 1_000 ? undefined : href;
}

/** The beginning of a server's answer on one line, for a person. */
export function excerpt(body: string): string {
  return fit(oneLine(body.slice(0, 500)), 120);
}

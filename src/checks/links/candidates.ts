/**
 * Everything in a text that could be the destination of a link or an image, without parsing it: a superset of what the parser
 * finds, because code and comments are not left out. When all of these lead somewhere, no link can be broken, and the parser (the
 * slow part) need not be loaded at all.
 * @returns null when something is written in a way that only the parser can read.
 */
export function candidateLinks(text: string): ReadonlySet<string> | null {
  const found = new Set<string>();
  for (const match of text.matchAll(/\](?:\(|:)/g)) {
    const candidate = destinationAt(text, match.index + 2);
    if (candidate === null) return null;
    if (candidate !== "") found.add(candidate);
  }
  for (const match of text.matchAll(/\s(?:href|src)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>`]+))/gi)) {
    const value = match[1] ?? match[2] ?? match[3] ?? "";
    if (value.includes("&")) return null;
    found.add(value.trim());
  }
  return found;
}

/** A destination in brackets or bare (CommonMark 0.31, 6.3), read up to where it can end at the latest. */
function destinationAt(text: string, from: number): string | null {
  const start = from + (/^[ \t]*(?:\r?\n)?[ \t]*/.exec(text.slice(from, from + 200))?.[0].length ?? 0);
  const line = text.slice(start, start + 2_000).split(/[\r\n]/, 1)[0] ?? "";
  if (line.length >= 1_999) return null;
  // Escapes and character references change what is meant; `>` may continue a quotation in front of the destination.
  const bracketed = /^<([^<>]*)>/.exec(line);
  const bare = bracketed?.[1] ?? /^\S*/.exec(line)?.[0] ?? "";
  if (/[\\&]/.test(bare) || line.startsWith(">") || (line.startsWith("<") && !bracketed)) return null;
  return bracketed ? bare : cutAtClosing(bare);
}

/** A bare destination ends in front of the first parenthesis that closes nothing in it. */
function cutAtClosing(text: string): string {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === "(") depth += 1;
    if (text[at] === ")" && --depth < 0) return text.slice(0, at);
  }
  return text;
}

/** So many signs of a secret in a row are taken out wherever they stand: programs cut what they quote. */
const PIECE = 8;

/** Takes secrets, and pieces of them, out of texts. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const pieces = new Map<number, Set<string>>();
  for (const secret of secrets) {
    const size = Math.min(PIECE, secret.length);
    const known = pieces.get(size) ?? new Set();
    pieces.set(size, known);
    for (let at = 0; at + size <= secret.length; at += 1) known.add(secret.slice(at, at + size));
  }
  const lengthAt = (text: string, at: number) => [...pieces].find(([size, known]) => known.has(text.slice(at, at + size)))?.[0] ?? 0;
  if (pieces.size === 0) return (text) => text;
  return (text) => {
    let clean = "";
    let end = 0;
    for (let at = 0; at < text.length; at += 1) {
      const stop = at + lengthAt(text, at);
      if (stop > at) {
        if (at >= end) clean += "***";
        end = Math.max(end, stop);
      } else if (at >= end) clean += text[at];
    }
    return clean;
  };
}

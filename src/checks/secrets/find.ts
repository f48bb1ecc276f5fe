import { MAY_HOLD, PATTERNS } from "./patterns.ts";

/** A credential in a text. */
export interface Hit {
  readonly rule: string;
  readonly what: string;
  readonly secret: string;
  /** 1-based. */
  readonly line: number;
  readonly endLine: number;
  readonly column: number;
  /** True when a comment says that it is none. */
  readonly allowed: boolean;
}

/** A comment with this in it, in the line or the one above. */
const ALLOWED = /\binstant:\s*not-a-secret\b/i;
/** Made up for a document: it says so, in letters of one case as words are written, or is one that a person has typed. */
const WORDS = ["example", "sample", "dummy", "fake", "placeholder", "redacted", "changeme", "your-", "your_", "abcdefgh", "deadbeef"];
const MADE_UP = new RegExp([...WORDS.flatMap((word) => [word, word.toUpperCase(), word.charAt(0).toUpperCase() + word.slice(1)]), "[xX]{6}", "0{8}", "1{6}", "\\*{3}", "\\.\\.\\.", "123456789"].join("|"));

/** All credentials in a text that is not made up, in their order. */
export function findSecrets(text: string): readonly Hit[] {
  if (!MAY_HOLD.test(text)) return [];
  const found = PATTERNS.flatMap(({ rule, what, form, holds }) =>
    [...text.matchAll(form)].flatMap((match) => {
      const secret = match.groups?.secret ?? match[0];
      if (MADE_UP.test(secret) || holds?.(secret, match[0]) === false) return [];
      const start = match.index + match[0].lastIndexOf(secret);
      return [{ rule, what, secret, start }];
    }),
  );
  found.sort((one, other) => one.start - other.start || other.secret.length - one.secret.length);
  // One inside another is the same one seen twice.
  const apart = found.filter(({ start, secret }, at) => !found.slice(0, at).some((other) => start + secret.length <= other.start + other.secret.length));
  const lines = text.split("\n");
  return apart.map(({ rule, what, secret, start }) => {
    const before = text.slice(0, start);
    const line = before.split("\n").length;
    const allowed = ALLOWED.test(lines[line - 1] ?? "") || ALLOWED.test(lines[line - 2] ?? "");
    return { rule, what, secret, line, endLine: line + secret.split("\n").length - 1, column: start - before.lastIndexOf("\n"), allowed };
  });
}

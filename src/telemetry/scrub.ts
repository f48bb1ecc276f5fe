/** Text that is looked at at all, in UTF-16 units; what is kept of it is less. */
const LOOKED_AT = 16 * 1024;
const DEEPEST = 12;
const GONE = "[secret]";

/**
 * What a credential looks like wherever it came from. Repetitions that could begin at every character have a bound, because the text may
 * be a stranger's: without one, 16,000 characters would take seconds.
 */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, GONE],
  // https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
  [/\bgh[pousr]_[A-Za-z0-9_.-]{10,}|\bgithub_pat_[A-Za-z0-9_]{10,}/g, GONE],
  [/\bxox[a-z]-[A-Za-z0-9-]{8,}|\bsk-[A-Za-z0-9_-]{16,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bglpat-[A-Za-z0-9_-]{16,}/g, GONE],
  [/\beyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,8000}(?:\.[A-Za-z0-9_-]*)?/g, GONE],
  [/\b(bearer|basic|token)(\s+)(?=[A-Za-z0-9+/._~=-]*[0-9+/=_-])[A-Za-z0-9+/._~=-]{8,}/gi, `$1$2${GONE}`],
  [/\b((?:proxy-)?authorization["']?\s*[:=]\s*["']?)(?!\s)[^\s"',;]+(?:\s+(?!\[)[^\s"',;]+)?/gi, `$1${GONE}`],
  // Up to the last @ before the path: a password may hold one.
  [/([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#"'<>]+@/gi, `$1${GONE}@`],
  [/(hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/)[^\s"'<>]+/gi, `$1${GONE}`],
  [/(\/bot)\d+(?::|%3A)[A-Za-z0-9_-]{8,}/gi, `$1${GONE}`],
  [/([?&;](?:[\w-]{0,40}(?:token|secret|passw(?:or)?d|signature|api[_-]?key|access[_-]?key|credential)[\w-]{0,40}|auth|key|sig|pwd|code)=)[^&\s"'<>#]*/gi, `$1${GONE}`],
  [/\b((?:password|passwd|pwd|secret|api[_-]?key|client[_-]?secret|access[_-]?token)["']?\s*[:=]\s*["']?)[^\s"',;&]+/gi, `$1${GONE}`],
];

/** Takes secrets out of text, and cuts it to at most `longest` UTF-16 units, never through a character. */
export type Scrub = (text: string, longest?: number) => string;

/**
 * @param secrets the values that the job masks; each is known in the ways in which it may stand in text: as it is, line by line,
 *   percent-encoded, in base64 and as it stands inside JSON. Asked for at each use, because a stage masks more as it goes.
 */
export function scrubber(secrets: () => readonly string[]): Scrub {
  let known: readonly string[] = [];
  let spellings: readonly string[] = [];
  return (text, longest = 8_192) => {
    const now = secrets();
    if (now.length !== known.length || now.some((secret, at) => secret !== known[at])) {
      known = [...now];
      spellings = spell(known);
    }
    let clean = text.slice(0, LOOKED_AT).toWellFormed();
    for (const spelling of spellings) clean = clean.replaceAll(spelling, GONE);
    for (const [shape, instead] of SHAPES) clean = clean.replace(shape, instead);
    return cut(clean, longest, text.length > LOOKED_AT);
  };
}

/** The same of everything inside a value that is to become JSON; a value that goes round or too deep is left out. */
export function scrubDeep<T>(value: T, scrub: Scrub): T {
  const visit = (inner: unknown, depth: number): unknown => {
    if (typeof inner === "string") return scrub(inner);
    if (typeof inner !== "object" || inner === null) return inner;
    if (depth > DEEPEST) return undefined;
    if (Array.isArray(inner)) return inner.map((one) => visit(one, depth + 1));
    return Object.fromEntries(Object.entries(inner).map(([name, one]) => [name, visit(one, depth + 1)]));
  };
  return visit(value, 0) as T;
}

function cut(text: string, longest: number, already: boolean): string {
  if (text.length <= longest && !already) return text;
  return `${text.slice(0, Math.max(0, longest - 1)).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

function spell(secrets: readonly string[]): string[] {
  const spelt = secrets.flatMap((secret) => {
    const lines = secret.split(/\r?\n/).map((line) => line.trim()).filter((line) => line.length >= 4);
    const json = JSON.stringify(secret).slice(1, -1);
    return [secret, secret.trim(), ...lines, json, ...(secret.length < 4 ? [] : [encodeURIComponent(secret.toWellFormed()), Buffer.from(secret, "utf8").toString("base64").replace(/=+$/, "")])];
  });
  // The longest first: of two that overlap, the shorter must not leave the rest of the longer.
  return [...new Set(spelt)].filter((text) => text !== "").sort((a, b) => b.length - a.length);
}

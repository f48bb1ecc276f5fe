const WORD_JOINER = "\u2060";

/**
 * `[skip ci]`, `[no ci]`, `[actions skip]` and what hosting platforms add (`[skip render]`, `[netlify skip]`, `[CF-Pages-Skip]`,
 * `***NO_CI***`): in the message of a commit they would keep the checks of the user's own workflows from ever starting
 * (https://docs.github.com/en/actions/how-tos/manage-workflow-runs/skip-workflow-runs).
 */
const SKIPS_CI = /\[(?=[^[\]]{0,40}\b(?:skip|no)\b[^[\]]{0,40}\])|\bNO_(?=CI\b)/gi;

/**
 * Text from outside that GitHub must read as nothing but text: no mention that wakes people, no keyword that closes their issues, no
 * reference that writes into them, no word that keeps their CI from running. A word joiner, which nobody sees, parts what would be read as one.
 */
export function inert(text: string): string {
  return text
    .replace(/(?<!\w)@(?=[\p{L}\p{N}])/gu, `@${WORD_JOINER}`)
    .replace(/\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(?=:?\s+(?:#|GH-|[\w.-]+\/[\w.-]+#|https?:\/\/))/giu, `$1${WORD_JOINER}`)
    .replace(/#(?=\d)/g, `#${WORD_JOINER}`)
    .replace(/\/(issues|pull|discussions)\/(?=\d)/gi, `/$1/${WORD_JOINER}`)
    .replace(SKIPS_CI, `$&${WORD_JOINER}`)
    .replace(/\bGH-(?=\d)/gi, (prefix) => `${prefix}${WORD_JOINER}`);
}

/** What a document has that some rule of the linter may object to; all other rules cannot, as long as their options are the usual ones. */
export interface Traits {
  /** Names of rules (`MD033`). */
  readonly rules: Set<string>;
  /** Of the longest line, in UTF-16 units. */
  longest: number;
  /** Labels that references name, and that definitions give; in lower case. */
  readonly used: Set<string>;
  readonly needed: Set<string>;
  readonly defined: Set<string>;
}

export function noTraits(): Traits {
  return { rules: new Set(), longest: 0, used: new Set(), needed: new Set(), defined: new Set() };
}

/** Each reference has its definition, and each definition is used. */
export function isWhole({ used, needed, defined }: Traits): boolean {
  return [...needed].every((label) => defined.has(label)) && [...defined].every((label) => used.has(label));
}

import type { Configuration } from "markdownlint";

/**
 * What is asked of a repository that says nothing itself: what breaks the page a reader sees, and the few habits nearly all
 * documents share. Rules about taste are off, as are those that another check judges better. Names are markdownlint's
 * (https://github.com/DavidAnson/markdownlint/blob/main/doc/Rules.md).
 */
export const DEFAULT_CONFIG: Configuration = {
  default: true,
  MD004: false, // one sign for all bullets: taste
  MD007: false, // 2 or 4 blanks per level: taste
  MD010: { code_blocks: false }, // a Makefile is made of tabs
  MD013: false, // length of lines: prose is not code
  MD014: false, // `$` in front of commands: taste
  MD024: { siblings_only: true }, // the same heading below another one is a habit of FAQs
  MD025: false, // several `#`: a habit of FAQs
  MD026: false, // questions end in punctuation
  MD029: false, // a list that goes on behind a block of code does not begin with 1
  MD033: false, // HTML: details, ids, figures
  MD034: false, // GitHub links bare addresses
  MD036: false, // a question in bold is a habit of FAQs
  MD040: false, // language of a fence: taste
  MD041: false, // first line a `#`: front matter, comments and breadcrumbs come first
  MD046: false, // code by a fence or by indenting: taste
  MD048: false, // fences of backticks or tildes: taste
  MD049: false, // `*` or `_`: taste
  MD050: false,
  MD051: false, // fragments: the check `links` knows other files, ids and site generators too
  MD059: false, // text of links: taste
  MD060: false, // alignment of table pipes: taste
};

/** Rules about the surroundings of a line: the fault can lie in the line beside. */
export const AROUND: ReadonlySet<string> = new Set(["MD022", "MD028", "MD031", "MD032", "MD047", "MD058"]);

/**
 * Rules whose violation a reader sees as a broken page. The others are style: a document that already breaks one elsewhere
 * has its own style, and a change that follows it is only warned.
 */
export const BREAKING: ReadonlySet<string> = new Set(["MD011", "MD018", "MD020", "MD037", "MD038", "MD039", "MD042", "MD052", "MD056"]);

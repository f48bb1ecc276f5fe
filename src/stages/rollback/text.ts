import { inert } from "../../kit/inert.ts";

export { rollsBackIn } from "../taken-back.ts";

/**
 * One line of text from outside that is safe in a title and in a commit message: without control, invisible and bidirectional
 * characters, and inert: nothing in it mentions a person, refers to an issue, closes one or keeps anybody's CI from running.
 */
export function oneLine(text: string): string {
  const line = text
    // The joiners stay: emoji and several scripts are spelt with them.
    .replace(/(?:(?![\u200C\u200D])[\p{C}\p{Zl}\p{Zp}\s])+/gu, " ")
    .replace(/https?:\/\//gi, "")
    .trim();
  return inert(line);
}

/** Cut between graphemes so that it fits `longest` characters (a title on GitHub holds 256). */
export function fit(text: string, longest: number): string {
  if (text.length <= longest) return text;
  let cut = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (cut.length + segment.length > longest - 1) break;
    cut += segment;
  }
  return `${cut.trimEnd()}…`;
}

/** The first so many lines, and how many more there are. */
export function atMost(lines: readonly string[], most: number): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most), `- and ${lines.length - most} more`];
}

/** Text from outside as a code span: nothing in it is markup, a mention or a link. */
export function code(text: string): string {
  const line = text.replace(/[\p{C}\s]+/gu, " ").replaceAll("`", "ˋ").trim();
  return line === "" ? "``" : `\`${line}\``;
}

/** Text from outside as a block of code, at most `longest` characters, the end of it when it is longer. */
export function block(text: string, longest = 4_000): string {
  const clean = text.replace(/\r\n?/g, "\n").replace(/[^\P{C}\n\t]/gu, "").replaceAll("```", "ˋˋˋ").trim();
  const shown = clean.length > longest ? `…${clean.slice(-longest)}` : clean;
  return `\`\`\`text\n${shown}\n\`\`\``;
}

/** Text from outside in the midst of Markdown: neither markup, nor a mention, nor a link. */
export function plain(text: string): string {
  return oneLine(text).replace(/[\\`*_{}[\]()#+!|~<>&]/g, (char) => (char === "<" ? "&lt;" : char === ">" ? "&gt;" : char === "&" ? "&amp;" : `\\${char}`));
}

/** The marks of an issue or pull request of ours: the `key: value` lines it begins with. Nothing from outside stands among them. */
export function marksOf(body: string): Readonly<Record<string, string | undefined>> {
  const head = body.replace(/\r\n?/g, "\n").split("\n\n", 1)[0] ?? "";
  return Object.fromEntries([...head.matchAll(/^([a-z-]+):[ \t]*(\S+)[ \t]*$/gm)].map(([, key, value]) => [key, value]));
}

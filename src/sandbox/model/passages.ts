import type { PromptSource } from "./prompt.ts";

/** One sentence (or list item, or table row) of a document. */
export interface Sentence {
  readonly path: string;
  /** Sentences of one paragraph share its number. */
  readonly paragraph: number;
  readonly text: string;
  /** The heading right above it. */
  readonly heading: string;
  /** The headings above that one, and the path. */
  readonly context: string;
}

const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });

/** Cuts documents into sentences; code, front matter, comments, tables of contents and images are left out. */
export function sentencesOf(sources: readonly PromptSource[]): Sentence[] {
  let paragraph = 0;
  return sources.flatMap(({ path, text }) => {
    const headings: string[] = [];
    return paragraphsOf(text).flatMap((block) => {
      const title = /^(#{1,6})\s+(.*?)\s*#*$/.exec(block);
      if (title !== null) {
        const level = title[1]?.length ?? 1;
        headings.length = Math.min(headings.length, level - 1);
        headings[level - 1] = plain(title[2] ?? "");
        return [];
      }
      paragraph += 1;
      const own = paragraph;
      const above = headings.filter((one) => one !== undefined);
      const heading = above.at(-1) ?? "";
      const context = [...above.slice(0, -1), path].join(" ");
      return split(plain(block)).map((sentence) => ({ path, paragraph: own, text: sentence, heading, context }));
    });
  });
}

/** Headings, paragraphs, list items and table rows, each with its lines joined. */
function paragraphsOf(text: string): string[] {
  const prose = text
    .replace(/\r\n?/g, "\n")
    .replace(/^\uFEFF?---\n[\s\S]*?\n---\n/, "")
    .replace(/<!--[\s\S]*?(?:-->|$)/g, "")
    .replace(/^([ \t]*)(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^[ \t]*\2[^\n]*$|$(?![\s\S]))/gm, "\n");
  const blocks: string[] = [];
  let open = "";
  const close = (): void => {
    if (open.trim() !== "") blocks.push(open.trim());
    open = "";
  };
  for (const line of prose.split("\n")) {
    const isNew = /^\s*(?:[-*+]|\d{1,3}[.)])\s+|^#{1,6}\s|^\s*\|/.test(line);
    if (line.trim() === "" || isNew) close();
    if (/^\s*(?:[-*_=]{3,}|\|[\s|:-]+\|)\s*$/.test(line)) continue;
    // Chinese and Japanese lines are joined without a space.
    const glue = /[\u3000-\u9FFF\uFF00-\uFFEF]$/.test(open) ? "" : " ";
    open = open === "" ? line.trim() : `${open}${glue}${line.trim()}`;
    if (/^#{1,6}\s|^\s*\|/.test(line)) close();
  }
  close();
  // A list item that begins with a link points to an answer; it is none.
  return blocks.filter((block) => !/^(?:[-*+]|\d{1,3}[.)])\s+\[[^\]]*\]\([^)]*\)/.test(block));
}

/** Markdown as a reader sees it; code keeps its ticks, because an answer is Markdown too. */
function plain(markdown: string): string {
  const text = markdown
    .replace(/^(?:[-*+]|\d{1,3}[.)]|>)\s+/, "")
    .replace(/^\||\|$/g, "")
    .replace(/\s+\|\s+/g, ": ");
  // Every other piece is code and stays as it is.
  return text.split(/(`[^`]+`)/).map((piece, index) => (index % 2 === 1 ? piece : unmarked(piece))).join("").replace(/\s+/g, " ").trim();
}

function unmarked(markdown: string): string {
  return markdown
    .replace(/!\[[^\]]*\]\([^)]*\)/g, "")
    .replace(/\[([^\]]+)\](?:\([^)]*\)|\[[^\]]*\])/g, "$1")
    .replace(/(\*\*|__)(?=\S)(.+?)(?<=\S)\1/g, "$2")
    .replace(/(?<![\w*])[*_](?=\S)([^*_]+?)(?<=\S)[*_](?![\w*])/g, "$1")
    .replace(/<\/?[a-zA-Z][^<>]*>/g, "")
    .replace(/\\([!-/:-@[-`{-~])/g, "$1");
}

/** Sentences by Unicode's rules (UAX 29); what stands in quotation marks, brackets or code is never cut. */
function split(paragraph: string): string[] {
  const sentences: string[] = [];
  let open = "";
  for (const { segment } of segmenter.segment(paragraph)) {
    open += segment;
    if (!isBalanced(open)) continue;
    sentences.push(open.trim());
    open = "";
  }
  // Marks that are never closed were no quotation.
  if (open !== "") sentences.push(...Array.from(segmenter.segment(open), ({ segment }) => segment.trim()));
  return sentences.filter((one) => /[\p{L}\p{N}]/u.test(one));
}

function isBalanced(text: string): boolean {
  const count = (signs: RegExp): number => text.match(signs)?.length ?? 0;
  return count(/`/g) % 2 === 0 && count(/[「『“（(]/g) <= count(/[」』”）)]/g);
}

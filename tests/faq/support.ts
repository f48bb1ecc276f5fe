import { readFileSync } from "node:fs";
import { type FaqRecord, parseFaq } from "../../src/faq/index.ts";

const FOLDER = new URL("../fixtures/faq/", import.meta.url);

/** The ten real documents with the number of questions that SOURCES.md gives for them. */
export const DOCUMENTS = [
  { name: "en-cluster-autoscaler-98k-toc.md", count: 55, kind: "heading", level: 3 },
  { name: "en-ripgrep-html-h3-toc.md", count: 27, kind: "html", level: 3 },
  { name: "en-ollama-crlf.md", count: 20, kind: "heading", level: 2 },
  { name: "en-squirrel-numbered-bold.md", count: 18, kind: "list", level: 0 },
  { name: "en-yard-setext.md", count: 4, kind: "heading", level: 2 },
  { name: "en-tabby-details.md", count: 6, kind: "details", level: 0 },
  { name: "en-etcd-frontmatter-linkrefs.md", count: 21, kind: "heading", level: 3 },
  { name: "zh-CN-nextchat-multi-h1.md", count: 30, kind: "heading", level: 2 },
  { name: "zh-TW-autocrucible.md", count: 5, kind: "heading", level: 2 },
  { name: "ja-monadic-chat-docsify-ids.md", count: 34, kind: "heading", level: 3 },
] as const;

export function read(name: string): string {
  return readFileSync(new URL(name, FOLDER), "utf8");
}

/** A document's beginning with its first five questions: written as the whole one is, and read in a tenth of the time. */
export function beginning(text: string): string {
  const { entries, source } = parseFaq(text);
  const next = entries[5];
  return next === undefined ? text : text.slice(0, next.start).trimEnd() + source.eol;
}

export function record(trace = "3f0c1a2e-0000-4000-8000-000000000001", date = "2026-11-20"): Omit<FaqRecord, "hash"> {
  return { traceId: trace, model: "some-model", sources: ["docs/guide.md"], date };
}

/** A seeded generator (mulberry32), so that a failing case can be found again. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  shuffle<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i -= 1) {
      const j = this.below(i + 1);
      [result[i], result[j]] = [result[j] as T, result[i] as T];
    }
    return result;
  }
}

/** Fragments that have broken Markdown tools before, in any combination. */
export const FRAGMENTS = [
  "word", " ", " ", " ", "?", "*", "**", "_", "__init__", "`", "`code`", "``", "```", "~~~", "\n", "\n\n", "# ", "## ", "- ", "1. ",
  "> ", "---", "\n---\n", "===", "\n===\n", "<", ">", "<b>", "</details>", "<details>", "<summary>", "<h3>", "</h3>", "<!--", "-->",
  "<!-- instant: {} -->", "&lt;", "&amp;", "&", "[", "]", "(", ")", "[a](b)", "[a]: b", "![i](http://e.example/i.png)",
  "[x](javascript:alert(1))", "<javascript:x>", "[^1]: note", "\\", "|", "| - |", "{#id}", ":id=x", "Q: ", "(7) ", "質問", "ですか？",
  "如何", "。", "\u200b", "\u202e", "\u0000", "\ufeff", "👩‍💻", "é", "e\u0301", "ß", "<<<<<<< a", "=======", ">>>>>>> b", "\t", "    ",
  "$x$", "~~", "+ ", "C#", "C++", "<script>", "?>", "<?php", "<![CDATA[", "]]>", "http://x.example/a_b",
];

export function noise(random: Random, length: number): string {
  return Array.from({ length }, () => random.pick(FRAGMENTS)).join("");
}

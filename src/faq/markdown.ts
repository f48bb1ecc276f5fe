import { fromMarkdown } from "mdast-util-from-markdown";

type Root = ReturnType<typeof fromMarkdown>;
/** A top-level piece of a document. */
export type Block = Root["children"][number];
/** Any piece, blocks and inline. */
export type Node = Block | Root;

/** A Markdown text with its top-level blocks; all offsets are UTF-16 indices into `text`, whatever it starts with. */
export interface Source {
  readonly text: string;
  /** Where Markdown begins: behind a byte order mark and front matter. */
  readonly bodyStart: number;
  readonly eol: "\n" | "\r\n";
  readonly blocks: readonly Block[];
}

/** Parses Markdown (CommonMark). Tables and other GFM blocks come out as paragraphs, which is all the model needs of them. */
export function parseMarkdown(text: string): Source {
  const bodyStart = frontMatterEnd(text);
  // Blanked instead of cut off, so that every offset stays that of the original.
  const blank = text.slice(0, bodyStart).replace(/[^\r\n]/g, " ");
  const { children } = fromMarkdown(blank + text.slice(bodyStart));
  return { text, bodyStart, eol: lineEnding(text), blocks: children };
}

/** Length of a byte order mark and a YAML (`---`) or TOML (`+++`) front matter at the start of a text. */
export function frontMatterEnd(text: string): number {
  const mark = text.startsWith("\uFEFF") ? 1 : 0;
  const found = /^(---|\+\+\+)[ \t]*\r?\n([\s\S]*?)(?<=\n)(?:\1|\.\.\.)[ \t]*(?:\r?\n|$)/.exec(text.slice(mark));
  if (found === null) return mark;
  const body = found[2] ?? "";
  // Between two thematic breaks there may be prose; front matter has a key.
  return body.trim() === "" || /^[\w"'-]+[ \t]*[:=]/m.test(body) ? mark + found[0].length : mark;
}

/** The line ending that most lines of a text have. */
export function lineEnding(text: string): "\n" | "\r\n" {
  const crlf = text.split("\r\n").length - 1;
  const lf = text.split("\n").length - 1 - crlf;
  return crlf > lf ? "\r\n" : "\n";
}

export function startOf(node: Node): number {
  return node.position?.start.offset ?? 0;
}

export function endOf(node: Node): number {
  return node.position?.end.offset ?? 0;
}

export function childrenOf(node: Node): readonly Node[] {
  return "children" in node ? (node.children as readonly Node[]) : [];
}

/** What a reader sees of inline content: no markup, no tags. */
export function plainText(node: Node): string {
  switch (node.type) {
    case "text":
    case "inlineCode":
      return node.value;
    case "image":
    case "imageReference":
      return node.alt ?? "";
    case "break":
      return " ";
    case "html":
      return "";
    default:
      return childrenOf(node).map(plainText).join("");
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

/** What a reader sees of a piece of HTML: tags and comments removed, the usual character references decoded. */
export function htmlText(html: string): string {
  const bare = html.replace(/<!--[\s\S]*?-->/g, "").replace(/<\/?[a-zA-Z][^<>]*>/g, "");
  return bare
    .replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(\w{1,8}));/g, (whole, decimal, hex, name) => {
      if (name !== undefined) return ENTITIES[name as string] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "\uFFFD";
    })
    .replace(/\s+/g, " ")
    .trim();
}

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Plain text as inline Markdown on one line that reads as exactly that text; pairs of code ticks stay code. */
export function escapeInline(text: string): string {
  const parts = text.split(/(`[^`\s](?:[^`]*[^`\s])?`)/);
  const escaped = parts.map((part, index) => (index % 2 === 1 ? part : escapePlain(part))).join("");
  return escaped
    .replace(/^([-+>#=])/, "\\$1")
    .replace(/^(\d{1,9})([.)])/, "$1\\$2")
    .replace(/(\s)(#+)$/, "$1\\$2");
}

function escapePlain(text: string): string {
  return text
    .replace(/[\\`*[\]<~]/g, "\\$&")
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\_")
    .replace(/&(?=#?\w+;)/g, "\\&");
}

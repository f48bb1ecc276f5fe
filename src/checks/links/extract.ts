import { fromMarkdown } from "mdast-util-from-markdown";
import GithubSlugger from "github-slugger";
import { frontMatterLines } from "../front-matter.ts";

type Root = ReturnType<typeof fromMarkdown>;
type Node = Root | Root["children"][number];

/** A destination as it is written in a document. */
export interface Link {
  readonly url: string;
  /** 1-based. */
  readonly line: number;
  readonly endLine: number;
  readonly column: number;
}

export interface Parsed {
  readonly links: readonly Link[];
  /** What a fragment may name: GitHub's heading slugs, ids and names in HTML, ids that site generators write behind headings. */
  readonly anchors: ReadonlySet<string>;
}

/** Links and anchors of a Markdown document, as CommonMark and GitHub read it. */
export function parseLinks(text: string): Parsed {
  const skipped = frontMatterLines(text);
  // Blanked instead of cut off, so that line numbers stay.
  const body = skipped === 0 ? text : "\n".repeat(skipped) + text.split("\n").slice(skipped).join("\n");
  const links: Link[] = [];
  const anchors = new Set<string>();
  const slugger = new GithubSlugger();
  // With a stack of its own: a hostile document nests deeper than the call stack.
  const stack: Node[] = [fromMarkdown(body)];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    collectLinks(node, links);
    if (node.type === "heading") headingAnchors(plain(node), slugger, anchors);
    if (node.type === "html") htmlAnchors(node.value, slugger, anchors);
    if ("children" in node) stack.push(...(node.children as Node[]).toReversed());
  }
  return { links, anchors };
}

function collectLinks(node: Node, links: Link[]): void {
  const place = node.position;
  if (!place) return;
  const at = { line: place.start.line, endLine: place.end.line, column: place.start.column };
  if (node.type === "link" || node.type === "image") links.push({ url: node.url, ...at });
  // `[^1]: word` is a footnote on GitHub.
  if (node.type === "definition" && !node.identifier.startsWith("^")) links.push({ url: node.url, ...at });
  if (node.type === "html") {
    for (const { url, line } of htmlLinks(node.value)) links.push({ url, line: at.line + line, endLine: at.line + line, column: 1 });
  }
}

const ATTRIBUTE = /<(?:a|img|source|video|audio)\b[^<>]*?\s(?:href|src)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>`]+))/gi;

function htmlLinks(html: string): { url: string; line: number }[] {
  // A comment is blanked: what is in it is no link, but its lines count.
  const visible = html.replace(/<!--[\s\S]*?(?:-->|$)/g, (comment) => comment.replace(/[^\n]/g, " "));
  return [...visible.matchAll(ATTRIBUTE)].map((match) => ({
    url: (match[1] ?? match[2] ?? match[3] ?? "").trim().replaceAll("&amp;", "&"),
    line: visible.slice(0, match.index).split("\n").length - 1,
  }));
}

function headingAnchors(text: string, slugger: GithubSlugger, anchors: Set<string>): void {
  anchors.add(slugger.slug(text));
  // `## Title {#id}` (kramdown, Hugo, Docusaurus) and `## Title :id=id` (docsify)
  const explicit = /(?:\{#([^\s{}]+)\}|\s:id=(\S+))\s*$/.exec(text);
  const id = explicit?.[1] ?? explicit?.[2];
  if (id !== undefined) anchors.add(id);
}

function htmlAnchors(html: string, slugger: GithubSlugger, anchors: Set<string>): void {
  for (const match of html.matchAll(/<[a-z][^<>]*?\s(?:id|name)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>`]+))/gi)) anchors.add(match[1] ?? match[2] ?? match[3] ?? "");
  for (const match of html.matchAll(/<h([1-6])\b[^<>]*>([\s\S]*?)<\/h\1\s*>/gi)) anchors.add(slugger.slug((match[2] ?? "").replace(/<[^<>]*>/g, "").trim()));
}

/** What a heading shows as text: without markup, images and tags. */
function plain(node: Node): string {
  if (node.type === "text" || node.type === "inlineCode") return node.value;
  if (node.type === "break") return " ";
  return "children" in node ? (node.children as Node[]).map(plain).join("") : "";
}

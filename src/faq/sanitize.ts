import { childrenOf, endOf, escapeInline, parseMarkdown, plainText, startOf, type Node } from "./markdown.ts";
import { type Edit, spacing } from "./spacing.ts";
import { stripInvisible } from "./text.ts";

export interface SanitizedAnswer {
  readonly text: string;
  /** What had to be changed, in a person's words, each once. Not a reason to refuse the answer. */
  readonly problems: readonly string[];
}

/** Where a link may lead instead: the address itself, another relative one, or null for nowhere. */
export type Relink = (url: string) => string | null;

/** Removing one thing can uncover another; more rounds than this means that somebody is playing. */
const MAX_ROUNDS = 20;
/** An answer that nests deeper is made to exhaust the call stack of whoever reads it. */
const MAX_DEPTH = 40;
/** Brackets of a paragraph that are open at once: the parser's time grows with their square, seconds for two thousand. */
const MAX_OPEN_BRACKETS = 200;
/** A line that opens as many lists and quotations: the parser takes seconds for each thousand of them. */
const DEEP_LINE = /^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+|>[ \t]*){40}/m;

/**
 * An answer's Markdown made safe to stand inside an entry of somebody's document, whatever the model wrote: no raw HTML or
 * comments, no headings or rules, no images, links only to http(s) addresses and relative paths and only as `relink` allows, no
 * definitions (they would change other entries' links), no fence left open, no invisible or bidirectional characters, no conflict markers.
 * What can be kept readable is kept, with a blank line wherever a linter of Markdown asks for one. The result is stable:
 * sanitising it again changes nothing.
 */
export function sanitizeAnswer(markdown: string, relink: Relink = (url) => url): SanitizedAnswer {
  const problems = new Set<string>();
  const normal = markdown.replace(/\r\n?/g, "\n");
  let text = stripInvisible(normal);
  if (text !== normal) problems.add("invisible or control characters were removed");
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    // Spaces at a line's end are a hard break when they are two, else nothing.
    text = text.replace(/[ \t]+$/gm, (spaces) => (spaces === "  " ? spaces : "")).trim();
    const edits = findEdits(text, relink);
    if (edits === null) break;
    if (edits.length === 0) return { text, problems: [...problems] };
    for (const { problem } of edits) if (problem !== "") problems.add(problem);
    text = applyEdits(text, edits);
  }
  problems.add("the Markdown was too tangled and was kept as plain text");
  return { text: asPlainText(text), problems: [...problems] };
}

/** One paragraph without any markup, and without links. */
function asPlainText(text: string): string {
  return withoutBareLinks(escapeInline(text.replace(/[<>`[\]]/g, " ").replace(/\s+/g, " ").trim()), () => null);
}

/** GitHub makes links of addresses that stand in the text as they are (GFM 0.29, 6.9); a backslash in them keeps it from doing so. */
function withoutBareLinks(text: string, relink: Relink): string {
  return text
    .replace(/(?<![A-Za-z])((?:https?|ftp))(:\/\/[^\s<]*)/gi, (whole, scheme: string, rest: string) => (relink(scheme + rest) === null ? `${scheme}\\${rest}` : whole))
    .replace(/(?<![\p{L}\p{N}./@\\-])(www)(\.[^\s<]+)/giu, (whole, www: string, rest: string) => (relink(`http://${www}${rest}`) === null ? `${www}\\${rest}` : whole));
}

function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const edit of edits.toSorted((one, other) => one.start - other.start)) {
    if (edit.start < at) continue;
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** @returns null when the text is too tangled to be read. */
function findEdits(text: string, relink: Relink): Edit[] | null {
  const blocks = parsedBlocks(text);
  if (blocks === null) return null;
  // The leading line feed keeps a first line `---` from being read as front matter; offsets are moved back by one.
  const finder = new EditFinder(`\n${text}`, definitionsIn(blocks), relink);
  blocks.forEach((block) => finder.visit(block));
  if (finder.edits.length === 0) finder.edits.push(...spacing(`\n${text}`, blocks));
  return finder.edits.map((edit) => ({ ...edit, start: Math.max(0, edit.start - 1), end: edit.end - 1 }));
}

function parsedBlocks(text: string): readonly Node[] | null {
  if (DEEP_LINE.test(text) || opensManyBrackets(text)) return null;
  try {
    const { blocks } = parseMarkdown(`\n${text}`);
    return isTooDeep(blocks) ? null : blocks;
  } catch (error) {
    // The parser calls itself for each level.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function opensManyBrackets(text: string): boolean {
  return text.split(/\n[ \t]*\n/).some((paragraph) => {
    let open = 0;
    for (const [bracket] of paragraph.matchAll(/[[\]]/g)) {
      open = bracket === "[" ? open + 1 : Math.max(0, open - 1);
      if (open > MAX_OPEN_BRACKETS) return true;
    }
    return false;
  });
}

/** Level by level, because calling itself is what has to be prevented. */
function isTooDeep(nodes: readonly Node[]): boolean {
  let level = nodes;
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth += 1) level = level.flatMap(childrenOf);
  return level.length > 0;
}

function definitionsIn(nodes: readonly Node[], found = new Map<string, string>()): Map<string, string> {
  for (const node of nodes) {
    if (node.type === "definition" && !found.has(node.identifier)) found.set(node.identifier, node.url);
    definitionsIn(childrenOf(node), found);
  }
  return found;
}

class EditFinder {
  readonly edits: Edit[] = [];
  private readonly text: string;
  private readonly definitions: ReadonlyMap<string, string>;
  private readonly relink: Relink;

  constructor(text: string, definitions: ReadonlyMap<string, string>, relink: Relink) {
    this.text = text;
    this.definitions = definitions;
    this.relink = relink;
  }

  visit(node: Node): void {
    switch (node.type) {
      case "heading":
        return this.replace(node, this.ownParagraph(node, boldLine(this.inner(node))), "headings became bold text");
      case "thematicBreak":
        return this.remove(node, "horizontal rules were removed");
      case "definition":
        return this.remove(node, "link definitions were written into the links");
      case "html":
        return this.html(node);
      case "image":
      case "imageReference":
        return this.replace(node, escapeInline(node.alt ?? ""), "images were replaced by their text");
      case "link":
        if (this.link(node)) return;
        break;
      case "linkReference":
        return this.replace(node, this.inlineLink(node), "link definitions were written into the links");
      case "code":
        return this.closeFence(node);
      case "blockquote":
        if (/^>{7}/.test(this.source(node))) {
          return this.replace(node, `\\${this.source(node)}`, "conflict markers were escaped");
        }
        break;
      case "text":
        return this.plain(node);
      default:
    }
    childrenOf(node).forEach((child) => this.visit(child));
  }

  private source(node: Node): string {
    return this.text.slice(startOf(node), endOf(node));
  }

  /** The source between the first and the last child: inline content without the markup around it. */
  private inner(node: Node): string {
    const children = childrenOf(node);
    const [first, last] = [children[0], children.at(-1)];
    return first === undefined || last === undefined ? "" : this.text.slice(startOf(first), endOf(last));
  }

  /** Takes a link out, or leads it elsewhere; false when it stays as it is. */
  private link(node: Node & { type: "link" }): boolean {
    const { url } = node;
    const text = this.linkText(node);
    if (url.trim() === "" || !isSafeUrl(url)) this.replace(node, text, "links to unsafe addresses were removed");
    else if (this.relink(url) !== url) {
      const to = this.relink(url);
      if (to === null) this.replace(node, text, isRelative(url) ? "links to what is not known to be there were removed" : "links to addresses that no source names were removed");
      else this.replace(node, `[${text.trim()}](<${to}>)`, "links were led from where the sources are to where the FAQ is");
    } else if (this.source(node).startsWith("[") && text !== text.trim()) {
      this.replace(node, this.source(node).replace(text, () => text.trim()), "");
    } else return false;
    return true;
  }

  private linkText(node: Node): string {
    // An autolink's text is its address, which must not become a link again.
    return this.source(node).startsWith("[") ? this.inner(node) : escapeInline(plainText(node)).replace(/:/g, "\\:");
  }

  private inlineLink(node: Node & { type: "linkReference" }): string {
    const url = this.definitions.get(node.identifier);
    if (url === undefined || !isSafeUrl(url)) return this.inner(node).replaceAll("[", "\\[");
    return `[${this.inner(node)}](<${url.replace(/[<>\\\n]/g, encodeURIComponent)}>)`;
  }

  private html(node: Node & { type: "html" }): void {
    const source = this.source(node);
    const bare = source.replace(/<!--[\s\S]*?(?:-->|$)/g, "");
    const problem = "raw HTML was escaped, comments were removed";
    if (bare.trim() === "") this.remove(node, problem);
    else this.replace(node, bare.replaceAll("<", "&lt;"), problem);
  }

  private closeFence(node: Node & { type: "code" }): void {
    const source = this.source(node);
    const fence = /^(`{3,}|~{3,})/.exec(source)?.[1];
    if (fence === undefined) return;
    const last = source.includes("\n") ? source.slice(source.lastIndexOf("\n") + 1) : "";
    const closing = new RegExp(`^[ \\t>]*\\${fence[0]}{${fence.length},}[ \\t]*$`);
    if (closing.test(last)) return;
    const lineStart = this.text.lastIndexOf("\n", startOf(node) - 1) + 1;
    // Inside quotes and lists the closing line needs the same marks in front.
    const lead = this.text.slice(lineStart, startOf(node)).replace(/[^>]/g, " ");
    this.replace(node, `${source}\n${lead}${fence}`, "an open code fence was closed");
  }

  private plain(node: Node): void {
    const source = this.source(node);
    const linked = withoutBareLinks(source, this.relink);
    if (linked !== source) return this.replace(node, linked, "links to addresses that no source names were removed");
    const safe = source
      .replace(/(?<!\\)<!--/g, "&lt;!--")
      .replace(/(?<!\\)\[\^(?=[^\]\s]+\]:)/g, "\\[^")
      // `a[x][y]` and `(a)[b]` look like links that lead nowhere, `#x` at the beginning of a line like a heading gone wrong.
      .replace(/(?<=[\])])\[/g, "\\[")
      .replace(/^([ \t]*)(?=#{1,6}[^#\s])/gm, (spaces: string, _: string, at: number) => (at > 0 || this.beginsLine(node) ? `${spaces}\\` : spaces))
      .replace(/\t/g, "  ")
      .replace(/^([ \t]*)(?=(?:<{7}|\|{7})(?:\s|$)|=+[ \t]*$)/gm, "$1\\");
    if (safe !== source) this.replace(node, safe, "comments, footnotes and conflict markers were escaped");
  }

  /** What was a heading needs blank lines around it to stay apart from the paragraphs beside it. */
  private ownParagraph(node: Node, text: string): string {
    if (node.position?.start.column !== 1) return text;
    const before = /[^\n]\n$/.test(this.text.slice(0, startOf(node))) ? "\n" : "";
    const after = /^[ \t]*\n[^\n]/.test(this.text.slice(endOf(node))) ? "\n" : "";
    return before + text + after;
  }

  private beginsLine(node: Node): boolean {
    const start = startOf(node);
    return /^[\s>]*(?:(?:[-*+]|\d+[.)])[ \t]+)*$/.test(this.text.slice(this.text.lastIndexOf("\n", start - 1) + 1, start));
  }

  private replace(node: Node, text: string, problem: string): void {
    this.edits.push({ start: startOf(node), end: endOf(node), text, problem });
  }

  /** Removes a block with the blank lines behind it. */
  private remove(node: Node, problem: string): void {
    const blank = /^[ \t]*\n+/.exec(this.text.slice(endOf(node)))?.[0].length ?? 0;
    this.edits.push({ start: startOf(node), end: endOf(node) + blank, text: "", problem });
  }
}

function isRelative(url: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:/i.test(url.trim());
}

function boldLine(inline: string): string {
  const text = inline.trim();
  if (text === "") return "";
  const line = /[\p{Terminal_Punctuation}]$/u.test(text) ? text : `${text}:`;
  return /^\*\*|\*\*:?$/.test(line) ? line : `**${line}**`;
}

/** An http(s) address or a path relative to the document; `//host`, other schemes and anything hidden are not. */
export function isSafeUrl(url: string): boolean {
  const bare = url.trim();
  if (/[\u0000-\u001F\u007F\\]/.test(bare) || bare.startsWith("//")) return false;
  if (/^https?:\/\/[^/]/i.test(bare)) return true;
  let decoded = bare;
  try {
    decoded = decodeURIComponent(bare);
  } catch {
    // Not percent-encoded text: judged as it is.
  }
  return [bare, decoded].every((form) => !/^[^/?#]*:/.test(form) && !/[\u0000-\u001F]/.test(form) && !form.startsWith("//"));
}

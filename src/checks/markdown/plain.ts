import { isPlainInline } from "./inline.ts";
import { isWhole, noTraits, type Traits } from "./traits.ts";

/**
 * Reads a document line by line, as far as it is written in ways that no rule of the linter objects to, and tells what else it has
 * that some rule may object to. So the linter (the slow part, to load and to run) is left for the others: it takes milliseconds for a
 * page. What this knows is a plain part of Markdown: headings with `#`, paragraphs, lists, fences, tables, quotations, tags,
 * definitions, links, emphasis and code, each written in the one way that cannot be misread. tests/checks/plain.test.ts holds it
 * against the linter.
 * @returns null when it met something else, which means that the linter has to look.
 */
export function traitsOf(text: string): Traits | null {
  // A comment may speak to the linter.
  if (!text.endsWith("\n") || FOREIGN.test(text) || /<!--\s*markdownlint/i.test(text)) return null;
  const lines = (text.endsWith("\r\n") ? text.slice(0, -2) : text.slice(0, -1)).split(/\r?\n/);
  const traits = noTraits();
  for (const line of lines) traits.longest = Math.max(traits.longest, line.length);
  if (!/^# /.test(lines[0] ?? "")) traits.rules.add("MD041");
  const fine = new Reader(lines, "document", traits).read();
  return fine && isWhole(traits) ? traits : null;
}

/** Lone carriage returns, control characters and other blanks than the plain one; tabs are looked at where they stand. */
const FOREIGN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u00A0\u1680\u2000-\u200B\u2028\u2029\u202F\u205F\u3000\uE000\uFEFF]|\r(?!\n)/;
/** Tags that begin a block wherever they begin a line (CommonMark 0.31, 4.6, kind 6), those that nobody writes left out. */
const BLOCK_TAG = /^<\/?(?:blockquote|center|dd|details|div|dl|dt|figcaption|figure|footer|header|hr|li|main|nav|ol|p|section|summary|table|tbody|td|tfoot|th|thead|tr|ul)(?:[ >]|\/>|$)/i;
const DELIMITERS = /^\|(?: ?:?-+:? ?\|)+$/;
const DEFINITION = /^\[([\p{L}\p{N} ._/-]+)\]: [^\s<>"'\\]+(?: "[^"\\]+")?$/u;
const ITEM = /^(?:([-*+])|(\d{1,9})([.)])) (?=\S)/;
const FENCE = /^(`{3,}|~{3,})([^\s`~]*)(?: [^`~]*[^`~ ])?$/;
/** What begins a line of a paragraph can begin no other block. */
const NO_PARAGRAPH = /^(?:[#>|\s]|[-+*](?:\s|$)|[-=]+$|(?:- *){3,}$|:[:-]|~~~|```|_ |\d{1,9}[.)](?: |$)|<[/!?]|<[A-Za-z][\w-]*[\s/>]|(?:\* *){3,}$|(?:_ *){3,}$|\$\$)/;

type Container = "document" | "quotation" | "item";

class Reader {
  readonly #lines: readonly string[];
  readonly #container: Container;
  readonly #traits: Traits;
  #at = 0;
  /** What stands directly above: nothing or a blank line, a comment, a paragraph, or what has to be followed by a blank line. */
  #above: "blank" | "comment" | "paragraph" | "closed" = "blank";
  #lastBlock: "quotation" | "definition" | "other" = "other";
  /** Titles of the headings of each level, below the same parent. */
  readonly #siblings: Set<string>[] = [];
  readonly #titles = new Set<string>();
  #level = 0;

  constructor(lines: readonly string[], container: Container, traits: Traits) {
    this.#lines = lines;
    this.#container = container;
    this.#traits = traits;
  }

  /** @returns false when something was met that is not known here. */
  read(): boolean {
    while (this.#at < this.#lines.length) {
      const line = this.#lines[this.#at] ?? "";
      if (line === "") {
        if (this.#above === "blank") return false;
        this.#above = "blank";
        this.#at += 1;
      } else if (!this.#block(line)) return false;
    }
    return this.#above !== "blank" || this.#container === "item";
  }

  #block(line: string): boolean {
    // To the linter, and between blocks, a comment is as good as a blank line.
    if (this.#container === "document" && line.startsWith("<!--")) return this.#comment();
    if (this.#above === "closed") return false;
    // A list below the first paragraph of an item needs no blank line.
    if (this.#above === "paragraph") return this.#container === "item" && ITEM.test(line) && !/^(?!1[.)])\d/.test(line) && this.#list(line);
    const before = this.#lastBlock;
    this.#lastBlock = "other";
    if (ITEM.test(line)) return this.#list(line);
    if (/^(?:`{3}|~{3})/.test(line)) return this.#fence(line);
    if (this.#container === "document") {
      if (line.startsWith("#")) return this.#heading(line);
      if (line.startsWith(">")) return before !== "quotation" && this.#quotation();
      if (line.startsWith("|")) return this.#table();
      if (line === "---") return this.#rule();
      if (BLOCK_TAG.test(line)) return this.#html();
      if (line.startsWith("[") && DEFINITION.test(line)) return this.#definitions();
    }
    return this.#paragraph();
  }

  /** One blank behind the signs, no level left out, no title twice below the same parent. */
  #heading(line: string): boolean {
    const [, signs = "", title = ""] = /^(#{1,6}) (\S(?:.*\S)?)$/.exec(line) ?? [];
    const level = signs.length;
    if (level === 0 || title.endsWith("#") || title.includes("\t") || (this.#level > 0 && level > this.#level + 1)) return false;
    const name = title.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
    this.#siblings.length = Math.min(this.#siblings.length, level + 1);
    const siblings = (this.#siblings[level] ??= new Set());
    if (siblings.has(name)) return false;
    if (this.#titles.has(name)) this.#traits.rules.add("MD024");
    siblings.add(name);
    this.#titles.add(name);
    if (level === 1 && this.#level > 0) this.#traits.rules.add("MD025");
    if (/[.,;:!。，；：！]$/.test(title)) this.#traits.rules.add("MD026");
    this.#level = level;
    return this.#close(1) && isPlainInline(title, this.#traits);
  }

  #close(lines: number): true {
    this.#at += lines;
    this.#above = "closed";
    return true;
  }

  /** All up to the closing fence is code. */
  #fence(line: string): boolean {
    const [, fence = "", language = ""] = FENCE.exec(line) ?? [];
    if (fence === "") return false;
    const closing = new RegExp(`^ {0,3}${fence.charAt(0)}{${fence.length},} *$`);
    let end = this.#at + 1;
    while (end < this.#lines.length && !closing.test(this.#lines[end] ?? "")) end += 1;
    const code = this.#lines.slice(this.#at + 1, end);
    if (this.#lines[end] !== fence || code.some((one) => /[ \t]$/.test(one))) return false;
    if (language === "") this.#traits.rules.add("MD040");
    if (fence.startsWith("~")) this.#traits.rules.add("MD048");
    if (code.some((one) => one.includes("\t"))) this.#traits.rules.add("MD010");
    if (code.some((one) => /^\s*\$ /.test(one))) this.#traits.rules.add("MD014");
    return this.#close(end - this.#at + 1);
  }

  #rule(): boolean {
    return this.#close(1);
  }

  #comment(): boolean {
    const lines = this.#run((_, at) => at === 0 || !(this.#lines[this.#at + at - 1] ?? "").includes("-->"));
    if (!/^<!--(?!-?>)(?:(?!--)[^])*-->$/.test(lines.join("\n"))) return false;
    this.#close(lines.length);
    this.#above = "comment";
    return lines.every((one, at) => !/\s$|\t/.test(one) && !(one === "" && lines[at + 1] === ""));
  }

  /** Tags and what stands between them, up to a blank line. */
  #html(): boolean {
    const lines = this.#run((one) => one !== "");
    if (lines.some((one) => /\s$|\t|<!--|<img/i.test(one))) return false;
    this.#traits.rules.add("MD033");
    return this.#close(lines.length);
  }

  #quotation(): boolean {
    const lines = this.#run((one) => one.startsWith(">"));
    if (!lines.every((one) => one === ">" || /^> \S/.test(one))) return false;
    this.#lastBlock = "quotation";
    this.#close(lines.length);
    return new Reader(lines.map((one) => one.slice(2)), "quotation", this.#traits).read();
  }

  /** As many cells in each row, between pipes at both ends. */
  #table(): boolean {
    const rows = this.#run((one) => one !== "" && !one.startsWith("<!--"));
    if (rows.length < 2 || !DELIMITERS.test(rows[1] ?? "")) return false;
    this.#traits.rules.add("MD060");
    const width = cellsOf(rows[1] ?? "")?.length;
    const fine = rows.every((row, at) => {
      const cells = cellsOf(row);
      return cells !== null && cells.length === width && (at === 1 || cells.every((cell) => isPlainInline(cell.trim(), this.#traits)));
    });
    return this.#close(rows.length) && fine;
  }

  #definitions(): boolean {
    const lines = this.#run((one) => DEFINITION.test(one));
    for (const line of lines) {
      const label = (DEFINITION.exec(line)?.[1] ?? "").toLowerCase();
      if (this.#traits.defined.has(label) || label !== label.trim() || label.includes("  ")) return false;
      this.#traits.defined.add(label);
    }
    return this.#close(lines.length);
  }

  /** Items of one sign; what belongs to an item is indented as far as its text. */
  #list(first: string): boolean {
    const sign = signOf(first);
    const numbers: number[] = [];
    for (let line = this.#lines[this.#at]; line !== undefined && signOf(line) === sign; line = this.#lines[this.#at]) {
      const width = ITEM.exec(line)?.[0].length ?? 0;
      const [, , number] = ITEM.exec(line) ?? [];
      if (number !== undefined) numbers.push(Number(number));
      const own = [line.slice(width).replace(/^\[[ xX]\] (?=\S)/, "")];
      this.#at += 1;
      for (let next = this.#lines[this.#at]; next !== undefined && (next === "" || next.startsWith(" ".repeat(width))); next = this.#lines[this.#at]) {
        own.push(next === "" ? "" : next.slice(width));
        this.#at += 1;
      }
      // Blank lines at the end stand between this item and what follows.
      let blanks = 0;
      for (; own.at(-1) === ""; blanks += 1) own.pop();
      if (blanks > 1 || !this.#item(own, width)) return false;
      this.#above = blanks === 1 ? "blank" : "closed";
    }
    this.#notice(sign, numbers);
    if (this.#above === "blank") this.#at -= 1;
    this.#above = "closed";
    return true;
  }

  #item(lines: readonly string[], width: number): boolean {
    const [first = ""] = lines;
    if (NO_PARAGRAPH.test(first) || ITEM.test(first)) return false;
    if (width !== 2 && lines.some((one) => /^[-*+] /.test(one))) this.#traits.rules.add("MD007");
    return new Reader(lines, "item", this.#traits).read();
  }

  #notice(sign: string, numbers: readonly number[]): void {
    if (numbers.length > 0) {
      const [start = 0] = numbers;
      const counts = (start === 1 || (start === 0 && numbers.length > 1)) && numbers.every((number, at) => number === start + at);
      if (!counts && numbers.some((number) => number !== 1)) this.#traits.rules.add("MD029");
    } else this.#traits.rules.add(`${sign}MD004`);
  }

  #paragraph(): boolean {
    const lines = this.#run((one, at) => one !== "" && !(at > 0 && (this.#container === "item" ? ITEM.test(one) : one.startsWith("<!--"))));
    if (lines.some((one) => NO_PARAGRAPH.test(one) || one.includes("\t") || ITEM.test(one))) return false;
    const broken = lines.slice(0, -1).map((one) => (/\S {2}$/.test(one) ? one.slice(0, -2) : one));
    if (broken.some((one, at) => one !== lines[at])) this.#traits.rules.add("MD009");
    const text = [...broken, lines.at(-1) ?? ""];
    // What looks like a definition, a footnote or a directive and is none here would be misread.
    if (text.some((one) => /\s$/.test(one)) || /^\[[^\]]*\]:/.test(text[0] ?? "")) return false;
    this.#above = "paragraph";
    this.#at += lines.length;
    return isPlainInline(text.join("\n"), this.#traits);
  }

  /** The lines from here on of which something holds. */
  #run(holds: (line: string, at: number) => boolean): readonly string[] {
    let end = this.#at;
    while (end < this.#lines.length && holds(this.#lines[end] ?? "", end - this.#at)) end += 1;
    return this.#lines.slice(this.#at, end);
  }
}

/** What makes one item belong to the list of the other. */
function signOf(line: string): string {
  const [, bullet, , end] = ITEM.exec(line) ?? [];
  return bullet ?? end ?? "";
}

function cellsOf(row: string): readonly string[] | null {
  if (!/^\|.*[^\\\s]?\|$/.test(row) || row.includes("\t") || /\\\|$/.test(row)) return null;
  return row.slice(1, -1).split(/(?<!\\)\|/);
}

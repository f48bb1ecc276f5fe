/**
 * Tells by a single pass over the lines that a document keeps every default rule, so that the linter (the slow part, to load and to
 * run) is left for the others. It knows a plain part of Markdown only: headings with `#`, paragraphs, lists, fences, links, emphasis
 * and code, each written in the one way that no rule can object to. Whatever else it meets, it answers `false`, which means that
 * the linter has to look. tests/checks/plain.test.ts holds it against the linter.
 */
export function isPlainlyClean(text: string): boolean {
  if (!text.endsWith("\n") || FOREIGN.test(text)) return false;
  const state: State = { after: "blank", marker: "", number: 0, depth: 0, level: 0, headings: new Set() };
  const lines = (text.endsWith("\r\n") ? text.slice(0, -2) : text.slice(0, -1)).split(/\r?\n/);
  let fenced = false;
  for (const line of lines) {
    if (line.endsWith(" ")) return false;
    if (fenced) {
      if (/^ {0,3}```/.test(line)) {
        if (line !== "```") return false;
        fenced = false;
        state.after = "closed";
      }
    } else if (/^```[\w+.#-]*$/.test(line)) {
      if (state.after !== "blank") return false;
      fenced = true;
      state.marker = "";
    } else if (!takeLine(line, state)) return false;
  }
  return !fenced && state.after !== "blank";
}

interface State {
  /** What the line before was. `closed`: it has to be followed by a blank one. */
  after: "blank" | "closed" | "paragraph" | "list";
  /** Sign of the list that this line may belong to; empty when there is none. */
  marker: string;
  /** Last number of an ordered list. */
  number: number;
  /** Depth of the last item of a list, from 0. */
  depth: number;
  /** Level of the last heading; 0 before the first. */
  level: number;
  headings: Set<string>;
}

/** Tabs, lone carriage returns, other control characters and other blanks than the plain one. */
const FOREIGN = /[\u0000-\u0009\u000B\u000C\u000E-\u001F\u007F-\u00A0\u1680\u2000-\u200B\u2028\u2029\u202F\u205F\u3000\uFEFF]|\r(?!\n)/;

function takeLine(line: string, state: State): boolean {
  if (line === "") {
    if (state.after === "blank") return false;
    state.after = "blank";
    return true;
  }
  if (state.after === "closed") return false;
  if (line.startsWith("#")) return takeHeading(line, state);
  const bullet = /^( *)([-*+]) (?=\S)/.exec(line);
  if (bullet) return takeItem(bullet[2] ?? "", (bullet[1] ?? "").length, line.slice(bullet[0].length), state);
  const numbered = /^(\d{1,9})\. (?=\S)/.exec(line);
  if (numbered) return takeNumbered(Number(numbered[1]), line.slice(numbered[0].length), state);
  if (line.startsWith(" ")) return takeContinuation(line, state);
  if (state.after === "list") return false;
  state.after = "paragraph";
  state.marker = "";
  return isPlainText(line);
}

/** One blank behind the signs, blank lines around, no level left out, no title twice. */
function takeHeading(line: string, state: State): boolean {
  const [, signs = "", title = ""] = /^(#{1,6}) (\S.*)$/.exec(line) ?? [];
  const name = title.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  if (signs === "" || state.after !== "blank" || title.endsWith("#") || state.headings.has(name)) return false;
  if (state.level > 0 && signs.length > state.level + 1) return false;
  state.headings.add(name);
  state.level = signs.length;
  state.after = "closed";
  state.marker = "";
  return isInlinePlain(title);
}

/** Items of one sign, two blanks deeper at each level, the first one behind a blank line. */
function takeItem(marker: string, indent: number, content: string, state: State): boolean {
  const depth = indent / 2;
  const first = state.after === "blank";
  if (state.after === "paragraph" || !Number.isInteger(depth) || (first ? depth !== 0 : depth > state.depth + 1)) return false;
  // Without a blank line between, another sign begins another list, which touches this one.
  if (!first && state.marker !== marker) return false;
  Object.assign(state, { after: "list", marker, depth });
  return isItemText(content);
}

/** 1, 2, 3 …; nothing below an item. */
function takeNumbered(number: number, content: string, state: State): boolean {
  const goesOn = state.marker === ".";
  if (state.after === "paragraph" || (state.after === "list" && !goesOn)) return false;
  if (number !== (goesOn ? state.number + 1 : 1)) return false;
  Object.assign(state, { after: "list", marker: ".", number, depth: -1 });
  return isItemText(content);
}

/** The rest of an item's paragraph, below its first word. */
function takeContinuation(line: string, state: State): boolean {
  const indent = state.marker === "." ? String(state.number).length + 2 : 2 * state.depth + 2;
  if (state.after !== "list" || !line.startsWith(" ".repeat(indent)) || line[indent] === " ") return false;
  return isPlainText(line.slice(indent));
}

function isItemText(content: string): boolean {
  return isPlainText(content.replace(/^\[[ xX]\] (?=\S)/, ""));
}

/** A line of a paragraph: it cannot be read as the beginning of another block. */
function isPlainText(line: string): boolean {
  if (/^(?:[#>+=|:~ -]|```|\* |\d{1,9}[.)](?: |$))/.test(line)) return false;
  return isInlinePlain(line);
}

/** Code, links, images and emphasis that begin and end in this line, without blanks inside their marks; else no mark at all. */
function isInlinePlain(line: string): boolean {
  const rest = line
    .replace(/`[^`\s](?:[^`]*[^`\s])?`(?!`)/g, "c")
    .replace(/!?\[([^[\]\s!](?:[^[\]]*[^[\]\s])?)\]\([^()\s<>#"'\\][^()\s<>\\]*\)/g, "$1")
    .replace(/(?<![\p{L}\p{N}*_])\*\*(?=[\p{L}\p{N}])[^*_]*(?<=[\p{L}\p{N}?!.:,])\*\*(?![\p{L}\p{N}*_])/gu, "e")
    .replace(/(?<![\p{L}\p{N}*_])([*_])(?=[\p{L}\p{N}])[^*_]*(?<=[\p{L}\p{N}?!.:,])\1(?![\p{L}\p{N}*_])/gu, "e");
  return !/[`[\]*_<\\$|]/.test(rest);
}

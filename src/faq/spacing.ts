import { childrenOf, endOf, startOf, type Node } from "./markdown.ts";

/** One change of a text. `problem` says in a person's words what was wrong; empty when it is nobody's business. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly problem: string;
}

/**
 * The edits that leave exactly one blank line between blocks: models write lists and fences right below a sentence, which every
 * reader understands and every linter of Markdown refuses. In lists and quotes only fences ask for it, and in quotes lists too.
 */
export function spacing(text: string, blocks: readonly Node[]): Edit[] {
  return [...between(text, blocks, () => true), ...blocks.flatMap((block) => inside(text, block)), ...tables(text, blocks)];
}

function inside(text: string, node: Node): Edit[] {
  const children = childrenOf(node);
  const deeper = children.flatMap((child) => inside(text, child));
  if (node.type === "list") return [...between(text, children, (before) => endsWithFence(before)), ...deeper];
  if (node.type === "listItem") return [...between(text, children, (before, after) => isFence(before) || isFence(after) || endsWithFence(before)), ...deeper];
  if (node.type === "blockquote") return [...between(text, children, () => true), ...deeper];
  return [];
}

function between(text: string, siblings: readonly Node[], wants: (before: Node, after: Node) => boolean): Edit[] {
  return siblings.flatMap((after, index) => {
    const before = siblings[index - 1];
    if (before === undefined) return [];
    const lineStart = text.lastIndexOf("\n", startOf(after) - 1) + 1;
    const gap = text.slice(endOf(before), lineStart);
    if (/^\s*\n\s*\n\s*\n\s*$/.test(gap)) return [{ start: endOf(before), end: lineStart, text: "\n\n", problem: "" }];
    // In quotes a list ends behind the blank line that follows it.
    const above = text.slice(text.lastIndexOf("\n", lineStart - 2) + 1, lineStart);
    if (!/^[ \t]*\n$/.test(gap) || /^[\s>]*$/.test(above) || !wants(before, after)) return [];
    // Inside of quotes a blank line keeps their marks.
    const lead = text.slice(lineStart, startOf(after)).replace(/[^>]/g, " ").trimEnd();
    return [{ start: lineStart, end: lineStart, text: `${lead}\n`, problem: "" }];
  });
}

function isFence(node: Node): boolean {
  return node.type === "code";
}

function endsWithFence(node: Node): boolean {
  const last = childrenOf(node).at(-1);
  return last !== undefined && (isFence(last) || endsWithFence(last));
}

/** A row of dashes below a row of cells begins a table, also in the midst of what CommonMark takes for a paragraph. */
const TABLE = /\n(?=[^\n|]*\|[^\n]*\n {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)+\|?[ \t]*(?:\n|$))/;

function tables(text: string, blocks: readonly Node[]): Edit[] {
  return blocks.flatMap((block) => {
    const found = block.type === "paragraph" ? TABLE.exec(text.slice(startOf(block), endOf(block))) : null;
    if (found === null) return [];
    const at = startOf(block) + found.index + 1;
    return [{ start: at, end: at, text: "\n", problem: "" }];
  });
}

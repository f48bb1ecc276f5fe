// The fenced blocks of our documents, with the place they stand at.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Block {
  readonly file: string;
  /** Of its first line of text, 1-based. */
  readonly line: number;
  /** The first word behind the fence: `yaml`, `sh`. */
  readonly language: string;
  /** Without the indentation of the fence. */
  readonly text: string;
  /** `<!-- example -->` stands in the line before: a test runs it. */
  readonly isExample: boolean;
}

export const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8");

/** Files of the repository, committed or about to be, by their paths from the top. */
export function trackedFiles(...patterns: readonly string[]): readonly string[] {
  const out = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ...patterns], { cwd: ROOT, encoding: "utf8" });
  return [...new Set(out.split("\0").filter((file) => file !== ""))].sort();
}

/** What people read: not the fixtures, and not the sample product, which is a repository of its own. */
export function documents(): readonly string[] {
  return trackedFiles("*.md").filter((file) => !/^(tests\/|dist\/|src\/sandbox\/product\/template\/|node_modules\/)/.test(file));
}

export function blocksOf(file: string, text = read(file)): readonly Block[] {
  const lines = text.split("\n");
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const [, indent = "", fence = "", language = ""] = /^( *)(`{3,}|~{3,})\s*([\w-]*)/.exec(lines[at] ?? "") ?? [];
    if (fence === "") continue;
    const end = lines.findIndex((line, index) => index > at && line.trim().startsWith(fence) && line.trim().replaceAll(fence[0] ?? "`", "") === "");
    if (end === -1) throw new Error(`${file}:${at + 1}: a fence that is never closed`);
    const body = lines.slice(at + 1, end).map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    blocks.push({ file, line: at + 2, language, text: `${body.join("\n")}\n`, isExample: (lines[at - 1] ?? "").trim() === "<!-- example -->" });
    at = end;
  }
  return blocks;
}

/** The one example of an action's README that a test runs. */
export function exampleOf(action: string): string {
  const found = blocksOf(`actions/${action}/README.md`).filter(({ isExample }) => isExample);
  const [example] = found;
  if (example === undefined || found.length > 1) throw new Error(`actions/${action}/README.md: one block has to have <!-- example --> in the line before it, not ${found.length}`);
  return example.text;
}

/** The rows of the Markdown tables whose first head is `head`, cell by cell. */
export function rowsOf(text: string, head: string): readonly (readonly string[])[] {
  const lines = text.split("\n");
  const cells = (line: string) => line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
  return lines.flatMap((line, at) => {
    if (!line.trim().startsWith("|") || cells(line)[0] !== head) return [];
    const end = lines.findIndex((later, index) => index > at && !later.trim().startsWith("|"));
    return lines.slice(at + 2, end === -1 ? undefined : end).map(cells);
  });
}

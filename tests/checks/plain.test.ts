import { describe, expect, test } from "@jest/globals";
import { lint } from "markdownlint/promise";
import { isPlainlyClean } from "../../src/checks/markdown/plain.ts";
import { DEFAULT_CONFIG } from "../../src/checks/markdown/rules.ts";
import { documents } from "./fixtures.ts";

/** What the linter says of many texts at once: those that it objects to. */
async function objections(texts: readonly string[]): Promise<{ text: string; rules: string[] }[]> {
  const found: { text: string; rules: string[] }[] = [];
  for (let at = 0; at < texts.length; at += 200) {
    const strings = Object.fromEntries(texts.slice(at, at + 200).map((text) => [text, text]));
    const results = await lint({ strings, config: DEFAULT_CONFIG, frontMatter: null });
    for (const [text, errors] of Object.entries(results)) if (errors.length > 0) found.push({ text, rules: errors.map(({ ruleNames }) => ruleNames[0] ?? "") });
  }
  return found;
}

function randomly(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

describe("a document that is plainly clean", () => {
  const guide = "# Guide\n\nAbout *this* and **that**, `code with _marks_` and a [link](other.md#part).\nA second line.\n\n## Steps\n\n1. One\n2. Two\n   goes on\n\n- a\n  - b\n  - c **d**\n\n- [ ] e\n\n```sh\nls   $HOME  # | <x>\n\n\n    indented\n```\n\n![A picture](a.png) ends it.\n";

  test("is told without the linter, with either line ending", () => {
    expect(isPlainlyClean(guide)).toBe(true);
    expect(isPlainlyClean(guide.replaceAll("\n", "\r\n"))).toBe(true);
  });

  test.each([
    ["no end of line", "# A"], ["two ends", "# A\n\n"], ["nothing", ""], ["a tab", "# A\n\na\tb\n"], ["a blank at an end", "# A\n\na \n"], ["two blank lines", "# A\n\n\na\n"], ["no blank in a heading", "#A\n"], ["two in a heading", "#  A\n"],
    ["a closed heading", "# A #\n"], ["a jump", "# A\n\n### B\n"], ["a title twice", "# A\n\n## B\n\n## b!\n"], ["a heading that touches", "a\n\n# A\nb\n"], ["a list that touches", "a\n- b\n"], ["a paragraph behind a list", "- b\na\n"],
    ["an open fence", "```\na\n"], ["a fence that touches", "a\n```\nb\n```\n"], ["html", "a <b>c</b>\n"], ["a table", "| a |\n| - |\n"], ["a quotation", "> a\n"], ["a definition", "[a]: b\n"], ["a reference", "[a][b]\n"], ["an empty link", "[a]()\n"],
    ["blanks in a link", "[ a ](b)\n"], ["blanks in code", "` a `\n"], ["blanks in emphasis", "a * b* c\n"], ["setext", "a\n===\n"], ["a rule", "a\n\n---\n"], ["escapes", "\\*a\n"], ["numbers from 2", "2. a\n"], ["numbers that skip", "1. a\n3. b\n"],
    ["a reversed link", "(a)[b]\n"], ["an image without text", "![](a.png)\n"], ["deep indents", "- a\n    - b\n"],
  ])("%s is left to the linter", (_, text) => {
    expect(isPlainlyClean(text)).toBe(false);
  });

  test("the linter has nothing to say of any such text: real ones, cut anywhere", async () => {
    const random = randomly(7);
    const cuts = documents.flatMap(([, text]) => {
      const lines = text.split(/\r?\n/);
      return Array.from({ length: 150 }, () => {
        const start = random(lines.length);
        return `${lines.slice(start, start + 1 + random(25)).join("\n").trim()}\n`;
      });
    });
    const clean = cuts.filter(isPlainlyClean);
    expect(clean.length).toBeGreaterThan(200);
    expect(await objections(clean)).toEqual([]);
  });

  test("… and random ones, made of what is hard to tell", async () => {
    const lines = [
      "# A", "## B", "## C?", "### D", "####  E", "#F", "# G #", "- a", "- b", "* c", "+ d", "  - e", "  * f", "    - g", "   - h", "1. i", "2. j", "3. k", "1. l", "10. m", "1) n", "- [ ] o", "- [x] p", "  q", "   r", "    s", " t", "text", "more text", "",
      "", "", "", "", "```", "```sh", "````", "~~~", "```js x", "`code`", "a `b` c", "a `` b `` c", "*a* b", "**a** b", "a **b c** d", "a* b *c", "a ** b ** c", "_a_ b_c_d", "__a__", "***a***", "a*b*c", "[a](b.md)", "![a](b.png)", "[![a](b)](c)", "[a](b (c).md)", "[a](<b>)", "[ a](b)",
      "[a](#)", "[a](#b)", "[a]", "[a]: b", "[^1]", "<b>", "<!-- x -->", "<https://x.y>", "https://x.y", "a | b", "- | -", "|a|b|", "|-|-|", ":-:", "---", "===", "***", "_ _ _", "- - -", "> a", "a\\", "\\# a", "$a$", "$$", ":::", "::a", "&amp;", "a  ", "a\tb", "\t", "# *A* b", "# `A`",
      "(a)[b]", "1.", "-", "+", "1986. A", "a: b", "a]", "[a", "a*", "*a", "_a", "`a", "!a", "![", "** a**", "**a **", "* *a*", "- *a*", "- `a`", "1. `a`", "- # a", "- > a", "- 1. a", "- ```", "  ```", "a~b~c", "~~a~~",
    ];
    const friendly = lines.filter((line) => isPlainlyClean(`${line}\n`) || /^(?: {2}- e| {2}q| {3}r| {4}- g|[23]\. .)$/.test(line));
    const random = randomly(11);
    const texts = new Set<string>();
    for (let round = 0; round < 40_000; round += 1) {
      // Mostly of lines that are clean alone, with blank ones between: else hardly a text would be clean.
      const picked = Array.from({ length: 1 + random(6) }, () => {
        const from = random(6) === 0 ? lines : friendly;
        return from[random(from.length)] ?? "";
      });
      const text = `${picked.map((line) => `${line}${random(3) === 0 ? "" : "\n"}`).join("\n").trimEnd()}\n`;
      if (isPlainlyClean(text)) texts.add(text);
    }
    expect(texts.size).toBeGreaterThan(3_000);
    expect(await objections([...texts])).toEqual([]);
  });
});

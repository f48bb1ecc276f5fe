import { describe, expect, test } from "@jest/globals";
import { lint } from "markdownlint/promise";
import type { Configuration } from "markdownlint";
import { ALIASES, mayObject, RULES } from "../../src/checks/markdown/objections.ts";
import { traitsOf } from "../../src/checks/markdown/plain.ts";
import { DEFAULT_CONFIG } from "../../src/checks/markdown/rules.ts";
import { documents } from "./fixtures.ts";

const ALL: Configuration = { default: true };

/** Told to be clean without the linter. */
function isPlainlyClean(text: string, config: Configuration = DEFAULT_CONFIG): boolean {
  const traits = traitsOf(text);
  return traits !== null && !mayObject(traits, config);
}

/** What the linter says of many texts at once: those that it objects to. */
async function objections(texts: readonly string[], config: Configuration = DEFAULT_CONFIG): Promise<{ text: string; rules: string[] }[]> {
  const found: { text: string; rules: string[] }[] = [];
  for (let at = 0; at < texts.length; at += 200) {
    const strings = Object.fromEntries(texts.slice(at, at + 200).map((text) => [text, text]));
    const results = await lint({ strings, config, frontMatter: null });
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

  test.each([
    ["HTML", "a <b>c</b><br/> d\n\n<details>\n<summary>e</summary>\n\nf\n\n</details>\n\n<!-- g -->\n"], ["tables", "| a | `b` |\n| --- | :-: |\n| c \\| d | **e** |\n"], ["quotations", "> a **b**\n> c\n>\n> - d\n"], ["references", "[a][b], [b] and [B][]\n\n[b]: c \"d\"\n"],
    ["a rule", "a\n\n---\n\nb\n"], ["escapes", "\\*a\\* \\[b\n"], ["numbers from 2", "2. a\n7. b\n"], ["lists with parts", "1. a\n\n   b\n\n   ```sh\n   c\n   ```\n\n2. d\n   - e\n   - f\n"], ["tabs in code", "```make\na:\n\tb\n```\n"], ["line breaks", "a  \nb\n"], ["words with marks inside", "a_b_c, a < b, $5\n"],
    ["marks over lines", "a **b\nc** `d\ne` [f\ng](h)\n"], ["the same heading below another", "# A\n\n## B\n\n### C\n\n## D\n\n### C\n"], ["addresses", "<https://a.b/c_d> and https://a.b/c_d_e\n"], ["emphasis inside of emphasis", "**a *b* c**\n"], ["a note", "> [!NOTE]\n> a\n"],
  ])("… and so are %s", (_, text) => {
    expect(isPlainlyClean(text)).toBe(true);
  });

  test("the configuration decides what is clean, and one that is not understood is left to the linter", () => {
    const text = "# A\n\nSee <b>https://a.b</b>.\n";
    const told = (config: Configuration) => isPlainlyClean(text, config);
    expect([told({ default: true }), told({ default: true, MD033: false }), told({ default: true, MD033: false, MD034: false }), told({ "no-inline-html": false, "NO-BARE-URLS": false })]).toEqual([false, false, true, true]);
    expect([told({ default: false }), told({ default: false, MD033: true }), told({ default: false, html: true }), told({ default: false, MD999: true }), told({ default: false, MD043: { headings: ["# B"] } }), told({ default: false, MD013: { line_length: 10 } })]).toEqual([true, false, false, false, false, false]);
  });

  test("the linter's rules are known by all their names", async () => {
    const { default: rules } = (await import("../../node_modules/markdownlint/lib/rules.mjs" as string)) as { default: readonly { readonly names: readonly string[] }[] };
    expect(Object.fromEntries(rules.flatMap(({ names: [id = "", ...others] }) => others.map((name) => [name, id])))).toEqual(ALIASES);
    expect([...RULES].toSorted()).toEqual(rules.map(({ names: [id] }) => id).toSorted());
  });

  test("is told without the linter, with either line ending", () => {
    expect(isPlainlyClean(guide)).toBe(true);
    expect(isPlainlyClean(guide.replaceAll("\n", "\r\n"))).toBe(true);
  });

  test.each([
    ["no end of line", "# A"], ["two ends", "# A\n\n"], ["nothing", ""], ["a tab", "# A\n\na\tb\n"], ["a blank at an end", "# A\n\na \n"], ["two blank lines", "# A\n\n\na\n"], ["no blank in a heading", "#A\n"], ["two in a heading", "#  A\n"],
    ["a closed heading", "# A #\n"], ["a jump", "# A\n\n### B\n"], ["a title twice", "# A\n\n## B\n\n## b!\n"], ["a heading that touches", "a\n\n# A\nb\n"], ["a list that touches", "a\n- b\n"], ["a paragraph behind a list", "- b\na\n"],
    ["an open fence", "```\na\n"], ["a fence that touches", "a\n```\nb\n```\n"], ["HTML in a list", "- <b>c</b>\n"], ["a tag that begins a line", "<kbd>a</kbd> b\n"], ["a table with a cell too many", "| a |\n| - |\n| b | c |\n"], ["a table without its end", "| a\n| -\n"], ["a table that touches", "a\n| a |\n| - |\n"],
    ["two quotations", "> a\n\n> b\n"], ["a quotation that goes on", "> a\nb\n"], ["a definition that nobody uses", "[a]: b\n"], ["a reference to nowhere", "[a][b]\n"], ["a footnote", "a[^1]\n"], ["words to the linter", "<!-- markdownlint-disable -->\n"], ["an open comment", "<!-- a\n"], ["an image without text in HTML", "a <img src=\"a\"> b\n"], ["an empty link", "[a]()\n"],
    ["blanks in a link", "[ a ](b)\n"], ["blanks in code", "` a `\n"], ["blanks in emphasis", "a * b* c\n"], ["setext", "a\n===\n"], ["another rule", "a\n\n***\n"], ["formulas", "$a$ b\n"], ["two marks alone", "a * b and * c\n"], ["three blanks at an end", "a   \nb\n"], ["a letter behind emphasis", "**問題。**答\n"], ["a destination with a blank", "[a]( )\n"],
    ["a reversed link", "(a)[b]\n"], ["an image without text", "![](a.png)\n"], ["deep indents", "- a\n    - b\n"],
  ])("%s is left to the linter", (_, text) => {
    expect(isPlainlyClean(text)).toBe(false);
  });

  test("the linter has nothing to say of any such text: real ones, cut anywhere", async () => {
    const random = randomly(7);
    const cuts = documents.flatMap(([, text]) => {
      const lines = text.split(/\r?\n/);
      return Array.from({ length: 60 }, () => {
        const start = random(lines.length);
        return `${lines.slice(start, start + 1 + random(25)).join("\n").trim()}\n`;
      });
    });
    for (const [config, least] of [[DEFAULT_CONFIG, 100], [ALL, 0]] as const) {
      const clean = cuts.filter((text) => isPlainlyClean(text, config));
      expect(clean.length).toBeGreaterThan(least);
      expect(await objections(clean, config)).toEqual([]);
    }
  });

  test("… and random ones, made of what is hard to tell", async () => {
    const lines = [
      "# A", "## B", "## C?", "### D", "####  E", "#F", "# G #", "## *H* i", "## `J`.", "## B!", "- a", "- b", "* c", "+ d", "  - e", "  * f", "    - g", "   - h", "1. i", "2. j", "3. k", "1. l", "10. m", "1) n", "- [ ] o", "- [x] p",
      "  q", "   r", "    s", " t", "text", "more text", "", "", "", "", "", "```", "```sh", "````", "~~~", "```js x", "   ```", "   - u", "  ```sh", "  ```", "`code`", "a `b` c", "a `` b `` c", "a `b\\` c", "*a* b", "**a** b",
      "a **b c** d", "a* b *c", "a ** b ** c", "_a_ b_c_d", "__a__", "***a***", "**a *b* c**", "a*b*c", "**問題。**答", "[a](b.md)", "![a](b.png)", "[![a](b)](c)", "[a](b (c).md)", "[a](<b>)", "[ a](b)", "[a](#)", "[a](#b)", "[a]( )",
      "[a](b \"t\")", "[a]", "[a][]", "[a][r]", "[r]", "[a][z]", "![a][r]", "[r]: b", "[r]: b \"t\"", "[a]: b", "[Z]: <b c>", "[^1]", "[^1]: x", "[!NOTE]", "<b>", "x <b>y</b> z", "<br>", "x<br/>y", "<!-- x -->", "<!-- x", "x -->",
      "<!--->", "a <!-- c --> b", "<details>", "<summary>x</summary>", "</details>", "<p align=\"center\">", "<img src=\"a\">", "x <img src=\"a\" alt=\"b\">", "<https://x.y>", "https://x.y/a_b_c", "see www.x.y", "a@b.cd", "a | b", "- | -",
      "|a|b|", "|-|-|", "| a | b |", "| - | :-: |", "| c |", "| `a|b` | c |", "| a \\| b | c |", ":-:", "---", "===", "***", "* * *", "_ _ _", "- - -", "> a", "> b  ", ">", "> - a", "> # a", ">  a", "> > a", "> ```", "a\\", "\\# a",
      "\\*a\\* b", "a \\[b\\]", "$a$", "a $5 b", "$5 and $6", "$$", ":::", "::a", ":a[b]", "&amp;", "a  ", "a   ", "a\tb", "\t", "# `A`", "(a)[b]", "[a](b)[c]", "1.", "-", "+", "1986. A", "a: b", "a]", "[a", "a*", "*a", "_a", "`a", "!a",
      "![", "** a**", "**a **", "* *a*", "- *a*", "- `a`", "1. `a`", "- # a", "- > a", "- 1. a", "- ```", "a~b~c", "~~a~~", "a < b", "a <= b", "a > b", "a_b", "a_", "_ a _", "* a *", "x * y * z", "x _ y _ z", "__a_b__", "*a_b*", "**a_b**",
      "- | a |", "<div>", "<td>", "<a href=\"#x\">y</a>", "a<b>c", "<b", "</b>", "x </b> y", "{#id}", "a&lt;b", "- [a](b)\\", "2. x", "0. y", "[link](x)", "**Bold line**", "*It*", "Term\\", "[a\nb](c)", "`a\nb`", "**a\nb**",
    ];
    const friendly = lines.filter((line) => isPlainlyClean(`${line}\n`) || /^(?: {2}- e| {2}q| {3}r| {3}- u| {2}```(?:sh)?|[23]\. .|\| - \| :-: \|)$/.test(line));
    const random = randomly(11);
    // Mostly of lines that are clean alone, with blank ones between: else hardly a text would be clean.
    const drawn = () => {
      const picked = Array.from({ length: 1 + random(7) }, () => {
        const from = random(5) === 0 ? lines : friendly;
        return from[random(from.length)] ?? "";
      });
      return `${picked.map((line) => `${line}${random(3) === 0 ? "" : "\n"}`).join("\n").trimEnd()}\n`;
    };
    const own: Configuration = { default: true, MD013: { line_length: 20 }, MD033: { allowed_elements: ["b"] }, MD024: { siblings_only: true }, "no-bare-urls": false, MD041: false, MD009: { severity: "warning" } };
    for (const [config, wanted] of [[DEFAULT_CONFIG, 300], [own, 150], [ALL, 30]] as const) {
      const texts = new Set<string>();
      for (let round = 0; round < 100_000 && texts.size < wanted; round += 1) {
        const text = drawn();
        if (text.split("\n").length > 2 && isPlainlyClean(text, config)) texts.add(text);
      }
      expect(texts.size).toBe(wanted);
      expect(await objections([...texts], config)).toEqual([]);
    }
  });
});

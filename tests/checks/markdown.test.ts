import { describe, expect, test } from "@jest/globals";
import { checkMarkdown } from "../../src/checks/markdown.ts";
import { aSubject, short } from "./a-subject.ts";

const clean = "# Title\n\nA paragraph with `code`, *words* and a [link](other.md).\n\n- one\n- two\n\n```sh\nls\n```\n";
const lint = async (text: string, rest: Omit<Parameters<typeof aSubject>[0], "files"> = {}, files: Record<string, string> = {}) =>
  checkMarkdown(aSubject({ files: { "a.md": text, ...files }, changed: ["a.md"], ...rest }));

describe("the default rules", () => {
  test("a clean document has nothing to say", async () => {
    expect(await lint(clean)).toEqual({ findings: [], detail: "1 file" });
  });

  test.each([
    ["a heading without its blank", "# Title\n\n##Question\n", 3, "markdown/MD018"],
    ["a reversed link", "# Title\n\n(here)[https://example.org]\n", 3, "markdown/MD011"],
    ["a link that leads nowhere", "# Title\n\n[here]()\n", 3, "markdown/MD042"],
    ["blanks at a line's end", "# Title\n\nText. \nMore.\n", 3, "markdown/MD009"],
    ["a fence that touches its paragraph", "# Title\n\nText\n```sh\nls\n```\n", 4, "markdown/MD031"],
    ["a heading that jumps a level", "# Title\n\n### Question\n", 3, "markdown/MD001"],
    ["no line end at the end", "# Title\n\nText.", 3, "markdown/MD047"],
    ["a table row with a cell too many", "# Title\n\n| a | b |\n| - | - |\n| 1 | 2 | 3 |\n", 5, "markdown/MD056"],
  ])("%s fails and says how to mend it", async (_, text, line, rule) => {
    const { findings } = await lint(text);
    expect(short(findings)).toEqual([`a.md:${line} failure ${rule}`]);
    expect(findings[0]?.message).toMatch(/How to mend it: https:/);
  });

  test("taste is left alone: long lines, HTML, bold questions, bare addresses, bullets, several titles", async () => {
    const text = `<!-- a comment -->\n\n# One\n\n**What is it?**\n\n${"word ".repeat(100)}https://example.org\n\n<details><summary>x</summary></details>\n\n* a\n    * b\n\n# Two!\n\n\`\`\`\nplain\n\`\`\`\n`;
    expect((await lint(text)).findings).toEqual([]);
  });

  test("front matter is no content, and lines below it keep their numbers", async () => {
    const front = "---\ntitle: FAQ\ntags: [a]\n---\n";
    expect((await lint(`${front}\n${clean}`)).findings).toEqual([]);
    expect(short((await lint(`${front}\n##Bad\n`)).findings)).toEqual(["a.md:6 failure markdown/MD018"]);
    expect(short((await lint("---\n\n##Prose between rules\n\n---\n")).findings)).toEqual(["a.md:3 failure markdown/MD018"]);
  });
});

describe("what the change touched", () => {
  const old = "# Title\n\nOld text. \n\n##Old\n\nMiddle.\n\nEnd.\n";

  test("older findings are counted and left aside", async () => {
    const result = await lint(old, { touched: { "a.md": [{ start: 7, end: 7 }] } });
    expect(result).toEqual({ findings: [], detail: "1 file, 2 older findings left aside" });
  });

  test("a touched line fails, also in a document that is full of the same when readers see it", async () => {
    const text = old.replace("Middle.", "##Middle");
    expect(short((await lint(text, { touched: { "a.md": [{ start: 7, end: 7 }] } })).findings)).toEqual(["a.md:7 failure markdown/MD018"]);
  });

  test("a habit of the document is a warning, a new one is a failure", async () => {
    const touched = { "a.md": [{ start: 7, end: 7 }] };
    expect(short((await lint(old.replace("Middle.", "Middle. "), { touched })).findings)).toEqual(["a.md:7 warning markdown/MD009"]);
    expect(short((await lint("# Title\n\nOld text.\n\n## Old\n\nMiddle. \n\nEnd.\n", { touched })).findings)).toEqual(["a.md:7 failure markdown/MD009"]);
  });

  test("a rule about surroundings looks at the line beside, also where lines were taken away", async () => {
    const text = "# Title\n\nText.\n## Question\n\nAnswer.\n";
    expect(short((await lint(text, { touched: { "a.md": [{ start: 3, end: 3 }] } })).findings)).toEqual(["a.md:4 failure markdown/MD022"]);
    expect(short((await lint(text, { touched: { "a.md": [{ start: 4, end: 3 }] } })).findings)).toEqual(["a.md:4 failure markdown/MD022"]);
    expect((await lint(text, { touched: { "a.md": [{ start: 6, end: 6 }] } })).findings).toEqual([]);
  });
});

describe("the repository's own configuration", () => {
  const long = `# Title\n\n${"word ".repeat(30)}end\n`;

  test.each([
    [".markdownlint.json", '{"MD013": {"line_length": 100}}'],
    [".markdownlint.jsonc", '// why\n{ "MD013": { "line_length": 100, }, /* "x": 1 */ }'],
    [".markdownlint.yaml", "MD013:\n  line_length: 100\n"],
    [".markdownlint.yml", "line-length:\n  line_length: 100\n"],
  ])("%s is obeyed", async (name, config) => {
    expect(short((await lint(long, {}, { [name]: config })).findings)).toEqual(["a.md:3 failure markdown/MD013"]);
  });

  test("the nearest folder's wins, and `extends` names a file of the repository", async () => {
    const files = {
      "docs/a.md": long,
      ".markdownlint.json": '{"default": true}',
      "docs/.markdownlint.json": '{"extends": "../base.yaml", "MD013": false}',
      "base.yaml": "default: false\nMD013: true\n",
    };
    expect((await checkMarkdown(aSubject({ files, changed: ["docs/a.md"] }))).findings).toEqual([]);
    const without = { ...files, "docs/.markdownlint.json": '{"extends": "../base.yaml"}' };
    expect(short((await checkMarkdown(aSubject({ files: without, changed: ["docs/a.md"] }))).findings)).toEqual(["docs/a.md:3 failure markdown/MD013"]);
  });

  test("what it asks for stays a failure although the document has the habit", async () => {
    const text = "# Title\n\nOld. \n\nNew. \n";
    const result = await lint(text, { touched: { "a.md": [{ start: 5, end: 5 }] } }, { ".markdownlint.json": '{"MD009": true}' });
    expect(short(result.findings)).toEqual(["a.md:5 failure markdown/MD009"]);
  });

  test.each([
    ["broken JSON", ".markdownlint.json", "{ nope", /cannot be read/],
    ["no object", ".markdownlint.yaml", "- a\n", /does not hold an object/],
    ["a package to extend", ".markdownlint.json", '{"extends": "@company/rules"}', /packages are not loaded/],
    ["a circle", ".markdownlint.json", '{"extends": "./.markdownlint.json"}', /extend one another/],
    ["aliases that multiply", ".markdownlint.yaml", `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`, /cannot be read/],
  ])("%s cannot run, which is not a pass", async (_, name, config, message) => {
    await expect(lint(clean, {}, { [name]: config })).rejects.toThrow(message);
  });
});

describe("hostile documents", () => {
  test("a line of 10 MB is refused without being parsed", async () => {
    const { findings } = await lint(`# Title\n\n${"x".repeat(900_000)}\n`);
    expect(short(findings)).toEqual(["a.md:3 failure markdown/too-large"]);
    expect(short((await lint(`# Title\n\n${"x".repeat(10_000_000)}\n`)).findings)).toEqual(["a.md:1 failure markdown/too-large"]);
  });

  test("a link out of the repository in the place of a file is not followed", async () => {
    const subject = aSubject({ files: {}, changed: ["docs/evil.md"] });
    expect(short((await checkMarkdown(subject)).findings)).toEqual(["docs/evil.md:1 failure markdown/unreadable"]);
  });

  test("a change without Markdown is skipped", async () => {
    expect(await checkMarkdown(aSubject({ files: { "a.ts": "1", "b.mdx": "<A />" } }))).toEqual({ findings: [], detail: "no Markdown changed", skipped: true });
  });
});

import { describe, expect, test } from "@jest/globals";
import { checkMarkdown } from "../../src/checks/markdown.ts";
import { openFormats } from "../../src/checks/markdown/format.ts";
import { aSubject, short } from "./a-subject.ts";

const lint = async (text: string, config: Readonly<Record<string, string>>, more: Omit<Parameters<typeof aSubject>[0], "files"> = {}) =>
  short((await checkMarkdown(aSubject({ files: { "docs/a.md": text, ...config }, changed: ["docs/a.md"], ...more }))).findings);
const all = { ".editorconfig": "root = true\n[*]\nend_of_line = lf\ninsert_final_newline = true\ntrim_trailing_whitespace = true\n" };

describe("what a formatter would change", () => {
  test("is nobody's business unless the repository asks", async () => {
    expect(await lint("# A\r\n\r\nB  \r\nC\r\n", {})).toEqual([]);
    expect(await lint("# A\r\n\r\nB  \r\nC\r\n", { ".editorconfig": "[*.py]\nend_of_line = lf\ntrim_trailing_whitespace = true\n" })).toEqual([]);
  });

  test("fails at its line where it does, and is not told twice", async () => {
    expect(await lint("# A\n\nB  \nC\n", all)).toEqual(["docs/a.md:3 failure markdown/trailing-space"]);
    expect(await lint("# A\n\nB \nC", all)).toEqual(["docs/a.md:3 failure markdown/MD009", "docs/a.md:4 failure markdown/MD047"]);
    expect(await lint("# A\n\nB", { ...all, ".markdownlint.json": '{ "default": false }' })).toEqual(["docs/a.md:3 failure markdown/final-newline"]);
    expect(await lint("# A\r\n\r\nB\r\n", all)).toEqual(["docs/a.md:1 failure markdown/end-of-line"]);
    expect(await lint("# A\n\nB\n", { ".editorconfig": "[*.md]\nend_of_line = crlf\n" })).toEqual(["docs/a.md:1 failure markdown/end-of-line"]);
    expect(await lint("---\nt: 1  \n---\n\n# A\n", all)).toEqual(["docs/a.md:2 failure markdown/trailing-space"]);
  });

  test("only on touched lines", async () => {
    expect(await lint("# A  \r\n\r\nB  \nC\r\nD", all, { touched: { "docs/a.md": [{ start: 3, end: 3 }] } })).toEqual(["docs/a.md:3 failure markdown/trailing-space"]);
  });

  test(".gitattributes goes before .editorconfig", async () => {
    expect(await lint("# A\r\n", { ...all, ".gitattributes": "* text=auto\n*.md text eol=crlf\n" })).toEqual([]);
    expect(await lint("# A\r\n", { ".gitattributes": "# why\n*.md eol=lf\n" })).toEqual(["docs/a.md:1 failure markdown/end-of-line"]);
  });
});

describe("whose format it is", () => {
  const of = (path: string, files: Readonly<Record<string, string>>) => openFormats(aSubject({ files }).workspace)(path);

  test("the nearest folder's, and the last section's in it", async () => {
    const files = { ".editorconfig": "[*]\nend_of_line = lf\ninsert_final_newline = true\n[*.md]\ninsert_final_newline = false\n", "docs/.editorconfig": "[**.md]\nEnd_Of_Line = CRLF ; no comment\n[a.md]\nend_of_line: crlf\n" };
    expect(await of("docs/a.md", files)).toMatchObject({ endOfLine: "crlf" });
    expect(await of("b.md", files)).toEqual({ endOfLine: "lf", source: ".editorconfig" });
    expect(await of("docs/a.md", { ...files, "docs/.editorconfig": `root = true\n${files["docs/.editorconfig"]}` })).toEqual({ endOfLine: "crlf", source: "docs/.editorconfig" });
    expect(await of("docs/b.md", { ...files, "docs/.editorconfig": "root = true\n" })).toBeNull();
  });

  test.each([
    ["*.md", "docs/deep/a.md", true], ["*.{md,mdx}", "a.mdx", true], ["*.{md,mdx}", "a.txt", false], ["docs/*.md", "docs/a.md", true], ["docs/*.md", "docs/deep/a.md", false], ["docs/**", "docs/deep/a.md", true], ["/a.md", "a.md", true], ["/a.md", "docs/a.md", false], ["[ab].md", "b.md", true], ["[!ab].md", "b.md", false],
    ["a?.md", "ab.md", true], ["{a", "a", true], ["a.md", "axmd", false], ["*".repeat(50), "a.md", false], ["(a+)+$", "a", false], ["[z-a].md", "a.md", false],
  ])("[%s] and %s: %s", async (pattern, path, expected) => {
    expect(await of(path, { ".editorconfig": `[${pattern}]\nend_of_line = lf\n` })).toEqual(expected ? { endOfLine: "lf", source: ".editorconfig" } : null);
  });
});

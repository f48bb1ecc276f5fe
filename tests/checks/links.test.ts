import { describe, expect, test } from "@jest/globals";
import { checkLinks } from "../../src/checks/links.ts";
import { candidateLinks } from "../../src/checks/links/candidates.ts";
import { parseLinks } from "../../src/checks/links/extract.ts";
import { prettyPath, targetOf } from "../../src/checks/links/resolve.ts";
import { aSubject, short } from "./a-subject.ts";
import { documents } from "./fixtures.ts";

const tree = {
  "README.md": "# Home\n\n## Getting Started!\n",
  "docs/guide.md": "# Guide\n\n## Why `this`?\n\n## Why `this`?\n\n## 安裝：第一步\n\n<a id=\"custom\"></a>\n\n## Titled {#by-hand}\n\nSetext\n------\n\n<h2 align=\"center\">In HTML</h2>\n",
  "docs/img/a b.png": "png",
  "docs/sub/README.md": "# Sub\n\n## Part\n",
  "src/main.ts": "1\n",
};

const check = async (text: string, rest: Omit<Parameters<typeof aSubject>[0], "files"> = {}) =>
  checkLinks(aSubject({ files: { ...tree, "docs/FAQ.md": text }, changed: ["docs/FAQ.md"], ...rest }));

describe("links that lead somewhere", () => {
  test.each([
    "guide.md", "./guide.md", "../README.md", "../README.md#getting-started", "guide.md#why-this", "guide.md#why-this-1", "guide.md#安裝第一步", "guide.md#%E5%AE%89%E8%A3%9D%E7%AC%AC%E4%B8%80%E6%AD%A5",
    "guide.md#custom", "guide.md#by-hand", "guide.md#setext", "guide.md#in-html", "guide.md#user-content-custom", "guide.md?raw=true", "guide.md#", "#top", "#own-heading", "<img/a b.png>", "img/a%20b.png",
    "sub", "sub/", "sub/#part", "..", "/docs/guide.md", "../src/main.ts#L10-L20", "../src/main.ts#L1C2", "guide", "guide.html", "https://example.org/x", "mailto:a@example.org", "//cdn.example.org/x", "../../../issues", "../../../releases/latest",
    "tel:+41", "{{< ref x >}}", "data:image/png;base64,AAAA",
  ])("[x](%s)", async (url) => {
    expect((await check(`# FAQ\n\n## Own heading\n\n[x](${url})\n`)).findings).toEqual([]);
  });

  test.each([
    ["code", "`[x](missing.md)`"],
    ["a fence", "```md\n[x](missing.md)\n```"],
    ["indented code", "Text:\n\n    [x](missing.md)\n"],
    ["a comment", "<!-- [x](missing.md) <a href=\"missing.md\"> -->"],
    ["escapes", "\\[x\\](missing.md)"],
    ["a footnote", "Text.[^1]\n\n[^1]: word"],
  ])("what only looks like a link is none: %s", async (_, text) => {
    expect((await check(`# FAQ\n\n${text}\n`)).findings).toEqual([]);
  });
});

describe("links that lead nowhere", () => {
  test.each([
    ["[x](missing.md)", "links/missing"],
    ["[x](Guide.md)", "links/missing"],
    ["![x](img/missing.png)", "links/missing"],
    ["[x]\n\n[x]: missing.md", "links/missing"],
    ["<a href=\"missing.md\">x</a>", "links/missing"],
    ["<img src='missing.png'>", "links/missing"],
    ["- > [x](missing.md \"title\")", "links/missing"],
    ["[x](<missing file.md>)", "links/missing"],
    ["[x](miss\\ing.md)", "links/missing"],
    ["[x](missing(1).md)", "links/missing"],
    ["[x](guide.md#nothing)", "links/anchor"],
    ["[x](#nothing)", "links/anchor"],
    ["[x](guide.md#why-this-2)", "links/anchor"],
    ["[x](sub/#nothing)", "links/anchor"],
    ["[x](../../outside.md)", "links/outside"],
    ["[x](../../../../etc/passwd)", "links/outside"],
    ["[x](..%2f..%2f..%2fetc/passwd)", "links/outside"],
  ])("%s", async (text, rule) => {
    const { findings } = await check(`# FAQ\n\n${text}\n`);
    expect(findings.map((finding) => [finding.level, finding.rule])).toEqual([["failure", rule]]);
  });

  test("they are named with their line, what they lead to and what could be meant", async () => {
    const { findings, detail } = await check("# FAQ\n\nSee [it](guide.md#Why_This).\n\n[gone](gone.md)\n");
    expect(findings).toMatchObject([
      { path: "docs/FAQ.md", line: 3, column: 5, message: "`guide.md#Why_This`: there is no heading or id `Why_This` in `docs/guide.md`. Did you mean `#why-this`?" },
      { path: "docs/FAQ.md", line: 5, message: "`gone.md` leads to `docs/gone.md`, which is not in the repository. Correct the path, or add the file." },
    ]);
    expect(detail).toBe("2 links in 1 file");
  });

  test("an old one is a warning; one whose file this change removes fails", async () => {
    const text = "# FAQ\n\n[old](missing.md)\n\n[x](gone.md)\n\nNew.\n";
    const touched = { "docs/FAQ.md": [{ start: 7, end: 7 }] };
    expect(short((await check(text, { touched })).findings)).toEqual(["docs/FAQ.md:3 warning links/missing", "docs/FAQ.md:5 warning links/missing"]);
    expect(short((await check(text, { touched, removed: ["docs/gone.md"] })).findings)).toEqual(["docs/FAQ.md:3 warning links/missing", "docs/FAQ.md:5 failure links/missing"]);
  });

  test("a path from `/` may be served from elsewhere: a warning", async () => {
    expect(short((await check("[x](/guide/start)\n")).findings)).toEqual(["docs/FAQ.md:1 warning links/missing"]);
  });

  test("front matter keeps line numbers", async () => {
    expect(short((await check("---\ntitle: x\nurl: \"[x](y.md)\"\n---\n\n[x](missing.md)\n")).findings)).toEqual(["docs/FAQ.md:6 failure links/missing"]);
  });
});

describe("where a destination leads", () => {
  test("pretty addresses resolve from the page's own folder, and only without extension", () => {
    expect(prettyPath("../learning/api/#x", "content/docs/faq.md")).toBe("content/docs/learning/api");
    expect(prettyPath("../guide.md", "docs/FAQ.md")).toBeNull();
    expect(prettyPath("../../../../etc", "docs/FAQ.md")).toBeNull();
    expect(prettyPath("../x", "docs/README.md")).toBeNull();
  });

  test("nothing above the root is asked of the tree", () => {
    expect(targetOf("../../x.md", "docs/FAQ.md")).toEqual({ kind: "outside", path: "../x.md" });
    expect(targetOf("/../../x.md", "docs/FAQ.md").kind).toBe("outside");
  });
});

describe("candidates without parsing", () => {
  test.each(documents)("%s: every link that the parser finds is among them", (_, text) => {
    const candidates = candidateLinks(text);
    if (candidates === null) return;
    // `<https://…>` always leads to another site.
    const relative = parseLinks(text).links.map(({ url }) => url).filter((url) => !/^[a-z]+:/.test(url));
    expect(relative.filter((url) => !candidates.has(url))).toEqual([]);
  });

  test("most real documents can be told without parsing", () => {
    const told = documents.filter(([, text]) => candidateLinks(text) !== null).length;
    expect(told).toBeGreaterThanOrEqual(documents.length - 2);
  });

  test("random Markdown: a superset, or an honest null", () => {
    const parts = ["[a](b.md)", "[a](<b c.md>)", "[a](b(1).md)", "[a](b.md 'x')", "[a]( b.md )", "[a](\nb.md)", "![i](p.png)", "[r]: r.md", "[r]:\n r.md", "[r]: <r r.md>", "[r]", "`c`", "```\n", "> ", "- ", "\n\n", "\n", " ", "    ", "<a href=\"h.md\">", "<img src=s.png>", "[![i](p.png)](l.md)", "\\", "&amp;", "(", ")", "[", "]", "<", ">", "<!--", "-->", "x"];
    let seed = 1;
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    let told = 0;
    for (let round = 0; round < 3_000; round += 1) {
      const text = Array.from({ length: 1 + random(14) }, () => parts[random(parts.length)]).join("");
      const candidates = candidateLinks(text);
      if (candidates === null) continue;
      told += 1;
      const missing = parseLinks(text).links.map(({ url }) => url).filter((url) => url !== "" && !candidates.has(url) && !candidates.has(encodeURI(url)));
      expect({ text, missing }).toEqual({ text, missing: [] });
    }
    expect(told).toBeGreaterThan(1_000);
  });
});

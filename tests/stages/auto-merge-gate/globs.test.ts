import { describe, expect, test } from "@jest/globals";
import { matchesAny } from "../../../src/stages/auto-merge-gate/globs.ts";

describe("allowed paths", () => {
  test.each([
    ["docs/FAQ.md", "docs/FAQ.md", true],
    ["docs/FAQ.md", "docs/faq.md", false],
    ["docs/FAQ.md", "docs/FAQ.md.exe", false],
    ["docs/FAQ.md", "x/docs/FAQ.md", false],
    ["docs/FAQ.md", "docs/FAQxmd", false],
    ["docs/*.md", "docs/a.md", true],
    ["docs/*.md", "docs/.md", true],
    ["docs/*.md", "docs/deep/a.md", false],
    ["docs/*.md", "docs/a.mdx", false],
    ["docs/*", "docs/", true],
    ["docs/*", "docs", false],
    ["docs/**", "docs/a/b/c.md", true],
    ["docs/**", "docsx/a.md", false],
    ["docs/**/FAQ.md", "docs/FAQ.md", true],
    ["docs/**/FAQ.md", "docs/de/at/FAQ.md", true],
    ["docs/**/FAQ.md", "docs/de/FAQ.txt", false],
    ["**", "anything/at/all", true],
    ["**/*.md", "README.md", true],
    ["a*b*c", "aXbYc", true],
    ["a*b*c", "abc", true],
    ["a*b*c", "acb", false],
    ["ab*ba", "aba", false],
    ["*.y*ml", "x.yaml", true],
    ["docs/FAQ.md", "docs/FAQ.md\n", false],
    ["docs/[a]+.md", "docs/[a]+.md", true],
    ["docs/[a]+.md", "docs/aa.md", false],
  ])("%s and %j: %s", (glob, path, allowed) => {
    expect(matchesAny(path, [glob])).toBe(allowed);
  });

  test("one of several is enough, none allows nothing", () => {
    expect(matchesAny("b", ["a", "b"])).toBe(true);
    expect(matchesAny("b", [])).toBe(false);
  });

  test("a hostile path costs no time", () => {
    const started = performance.now();
    expect(matchesAny("a".repeat(50_000), [`${"a*".repeat(200)}b`])).toBe(false);
    expect(matchesAny("a/".repeat(2_000), ["**/a/**/a/**/a/**/b"])).toBe(false);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

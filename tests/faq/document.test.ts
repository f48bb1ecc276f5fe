import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { findEntry, parseFaq, readRecord, writeRecord } from "../../src/faq/index.ts";
import { DOCUMENTS, noise, Random, read } from "./support.ts";

describe.each(DOCUMENTS)("$name", ({ name, count, kind, level }) => {
  const text = read(name);
  const document = parseFaq(text);

  test("is the document that SOURCES.md names", () => {
    const blob = createHash("sha1").update(`blob ${Buffer.byteLength(text)}\0`).update(text).digest("hex");
    expect(read("SOURCES.md")).toContain(`| \`${name}\` | \`${blob}\` |`);
  });

  test("every question is found, in its convention", () => {
    expect(document.convention).toEqual({ kind, level });
    expect(document.entries).toHaveLength(count);
    for (const entry of document.entries) expect(findEntry(document, entry.question)).toBeDefined();
  });

  test("entries are in order, do not overlap, and have their answer inside", () => {
    let at = 0;
    for (const entry of document.entries) {
      expect(entry.start).toBeGreaterThanOrEqual(at);
      expect(entry.headEnd).toBeGreaterThan(entry.start);
      expect(entry.answerStart).toBeGreaterThanOrEqual(entry.headEnd);
      expect(entry.answerEnd).toBeGreaterThan(entry.answerStart);
      expect(entry.end).toBeGreaterThanOrEqual(entry.answerEnd);
      expect(text.split(/\n/)[entry.line - 1]).toBeDefined();
      at = entry.end;
    }
  });
});

test("questions come without numbering, prefix and id, answers without their neighbours", () => {
  const yard = parseFaq(read("en-yard-setext.md")).entries;
  expect(yard[2]?.question).toBe("Can I tweak it to use some other documentation standard?");
  expect(yard[3]?.answer).toMatch(/edge case scenarios\.$/);
  const monadic = parseFaq(read("ja-monadic-chat-docsify-ids.md")).entries;
  expect(monadic[2]?.question).toBe("Monadic Chatをオフラインで使用できますか？");
  expect(monadic[2]?.answer).toMatch(/インターネット接続が必要$/);
  expect(monadic[2]?.group).toBe("はじめに・必要条件");
  const squirrel = parseFaq(read("en-squirrel-numbered-bold.md")).entries;
  expect(squirrel[2]?.answer).toMatch(/^You can check[\s\S]*```$/);
  expect(squirrel.at(-1)?.answer).not.toContain("Return:");
  const ripgrep = parseFaq(read("en-ripgrep-html-h3-toc.md")).entries;
  expect(ripgrep[0]?.question).toBe("Does ripgrep support configuration files?");
  const tabby = parseFaq(read("en-tabby-details.md")).entries;
  expect(tabby[1]?.answer).not.toContain("</details>");
  const etcd = parseFaq(read("en-etcd-frontmatter-linkrefs.md")).entries;
  expect(etcd.at(-1)?.answer).not.toContain("[api-mvcc]:");
});

describe("conventions", () => {
  test.each([
    ["groups without text", "# FAQ\n\n## Billing\n\n### How do I pay?\n\nCard.\n\n## Account\n", "heading", 3, 1],
    ["sub-headings in answers", "# FAQ\n\n## How do I install?\n\nx\n\n### Linux\n\nx\n\n### macOS\n\nx\n\n### Windows\n\nx\n", "heading", 2, 1],
    ["several h1 questions", "# FAQ\n\n# Why?\n\nx\n\n# How?\n\ny\n", "heading", 1, 2],
    ["no title", "## Why?\n\nx\n", "heading", 2, 1],
    ["contents and licence are no questions", "# FAQ\n\n## Contents\n\n- x\n\n## Why?\n\nx\n\n## License\n\nMIT\n", "heading", 2, 1],
    ["an empty document", "", "heading", 2, 0],
    ["a title only", "# FAQ\n", "heading", 2, 0],
    ["a title with an introduction", "# FAQ\n\nWelcome.\n", "heading", 2, 0],
    ["bullets", "# FAQ\n\n- **Why?**\n  Because.\n- **How?**\n  So.\n", "list", 0, 2],
    ["nested details", "<details>\n<summary>Why?</summary>\n\n<details>\n<summary>more</summary>\n\nz\n\n</details>\n\n</details>\n", "details", 0, 1],
    ["a fence with headings", "# FAQ\n\n## Why?\n\n```sh\n## not a question?\n```\n", "heading", 2, 1],
    ["bold text in running lists is no question", "# FAQ\n\n## Why?\n\n1. **Click** here\n2. **Wait** there\n", "heading", 2, 1],
  ] as const)("%s", (_, text, kind, level, count) => {
    const document = parseFaq(text);
    expect(document.convention).toEqual({ kind, level });
    expect(document.entries).toHaveLength(count);
  });

  test("offsets hold behind a byte order mark, front matter and CRLF", () => {
    const text = "\uFEFF---\r\ntitle: x\r\n---\r\n\r\n## Why?\r\n\r\nBecause.\r\n\r\n[a]: b\r\n";
    const [entry] = parseFaq(text).entries;
    expect(text.slice(entry?.start, entry?.end)).toBe("## Why?\r\n\r\nBecause.");
    expect(entry?.line).toBe(5);
  });

  test("a final rule parts the page's foot from the last answer", () => {
    const [entry] = parseFaq("# FAQ\n\n## Why?\n\nBecause.\n\n---\n\nBack to [start](x.md)\n").entries;
    expect(entry?.answer).toBe("Because.");
  });

  test("any text at all is read without an exception", () => {
    const random = new Random(2);
    for (let round = 0; round < 300; round += 1) {
      const text = noise(random, random.below(60));
      let at = 0;
      for (const entry of parseFaq(text).entries) {
        expect(entry.start).toBeGreaterThanOrEqual(at);
        at = entry.end;
      }
    }
  });
});

describe("records", () => {
  const record = {
    hash: "0123456789abcdef",
    traceId: "3f0c1a2e-0000-4000-8000-000000000001",
    model: "a--b-->c <!-- \u202e模型 `x`",
    sources: ["docs/a--b.md", "文書/使い方.md"],
    date: "2026-11-20",
  };

  test("survive being written, whatever is in them, in one printable comment", () => {
    const html = writeRecord(record);
    expect(html).toMatch(/^<!-- instant: [ -~]+ -->$/);
    expect(html.slice(4, -3)).not.toMatch(/--|[<>]/);
    expect(readRecord(html)).toEqual(record);
  });

  test.each([
    ["not JSON", "<!-- instant: {q -->", "JSON"],
    ["an array", "<!-- instant: [] -->", "object"],
    ["fields missing", '<!-- instant: {"q":"0123456789abcdef"} -->', "trace (the trace id), model (its name), sources"],
    ["a bad date", writeRecord({ ...record, date: "yesterday" }), "date"],
    ["never ended", "<!-- instant: {", "does not end"],
  ])("%s is an error that says so", (_, html, reason) => {
    const result = readRecord(html);
    expect(result).toBeInstanceOf(Error);
    expect((result as Error).message).toContain(reason);
  });

  test("other comments are none, and in code there is none", () => {
    expect(readRecord("<!-- TOC -->")).toBeUndefined();
    const text = `# FAQ\n\n## Why?\n\n\`\`\`html\n${writeRecord(record)}\n\`\`\`\n`;
    expect(parseFaq(text).entries[0]?.record).toBeUndefined();
  });
});

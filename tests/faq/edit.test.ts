import { describe, expect, test } from "@jest/globals";
import { cleanQuestion, findEntry, parseFaq, questionHash, removeEntry, sanitizeAnswer, upsertEntry } from "../../src/faq/index.ts";
import { InstantError } from "../../src/kit/errors.ts";
import { beginning, DOCUMENTS, noise, Random, read, record } from "./support.ts";

const ANSWERS = [
  "Open *Settings* and choose **Reset**.",
  "Two ways:\n\n- one\n- two\n\n```sh\n# not a heading\n```",
  "- a list first\n- and no paragraph",
  "設定を開いて「リセット」を選びます。",
];

describe.each(DOCUMENTS)("$name", ({ name, count }) => {
  const whole = read(name);
  const start = beginning(whole);

  // The whole document with one answer, its beginning with every other.
  test.each(ANSWERS.map((answer, at) => [answer, at === 0 ? whole : start, at === 0 ? count : Math.min(count, 5)] as const))("adding %j and taking it out again gives back the identical bytes", (answer, text, before) => {
    const question = "How do I reset `everything` & <start> *again*?";
    const added = upsertEntry(text, { question, answer, record: record() });
    expect(added.change).toBe("added");
    expect(parseFaq(added.text).entries).toHaveLength(before + 1);
    expect(added.entry.hash).toBe(questionHash(question));
    expect(added.entry.record).toEqual({ ...record(), hash: questionHash(question) });
    expect(added.entry.answer).toContain(answer.split("\n")[0]);
    // Nothing but an insertion: what stood before and behind is there still.
    let same = 0;
    while (text[same] === added.text[same] && same < text.length) same += 1;
    expect(added.text.endsWith(text.slice(same))).toBe(true);
    expect(removeEntry(added.text, question)).toEqual({ text, change: "removed" });
    const again = upsertEntry(added.text, { question: ` ${question.toUpperCase()} `, answer, record: record("another", "2027-01-01") });
    expect(again).toMatchObject({ text: added.text, change: "unchanged" });
  });

  test("updating an entry leaves every other byte alone", () => {
    for (const [text, at] of [[start, 0], [start, 2], [whole, -1]] as const) {
      const entry = parseFaq(text).entries.at(at);
      if (entry === undefined) throw new Error("the document has three entries");
      const updated = upsertEntry(text, { question: entry.question, answer: "New.\n\nAnd more.", record: record() });
      expect(updated.change).toBe("updated");
      expect(updated.text.startsWith(text.slice(0, entry.headEnd))).toBe(true);
      expect(updated.text.endsWith(text.slice(entry.end))).toBe(true);
      expect(updated.entry.answer).toMatch(/New\.\r?\n\r?\nAnd more\.$/);
      expect(upsertEntry(updated.text, { question: entry.question, answer: "New.\n\nAnd more.", record: record() }).change).toBe("unchanged");
    }
  });

  test("the line endings stay of one kind", () => {
    const crlf = whole.includes("\r\n");
    const added = upsertEntry(start, { question: "New?", answer: "a\n\nb", record: record() }).text;
    expect(added.replaceAll("\r\n", "").includes(crlf ? "\n" : "\r")).toBe(false);
  });
});

describe("habits of the document", () => {
  const add = (name: string): string => {
    const { text, entry } = upsertEntry(read(name), { question: "New?", answer: "Yes.", record: record() });
    return text.slice(entry.start, entry.end).replace(/<!-- instant: .* -->/, "RECORD").replaceAll(questionHash("New?"), "HASH");
  };

  test.each([
    ["en-ollama-crlf.md", "## New?\r\n\r\nYes.\r\n\r\nRECORD"],
    ["en-ripgrep-html-h3-toc.md", '<h3 name="faq-HASH">\nNew?\n</h3>\n\nYes.\n\nRECORD'],
    ["en-squirrel-numbered-bold.md", "6. **New?**  \n   Yes.\n   RECORD"],
    ["en-yard-setext.md", "(5) New?\n--------\n\nYes.\n\nRECORD"],
    ["en-tabby-details.md", "<details>\n  <summary>New?</summary>\n\nYes.\n\nRECORD\n\n</details>"],
    ["ja-monadic-chat-docsify-ids.md", "### Q: New? :id=faq-HASH\n\n**A**: Yes.\n\nRECORD"],
  ])("%s", (name, expected) => {
    expect(add(name)).toBe(expected);
  });
});

describe("documents without entries", () => {
  const entry = '## New?\n\nYes.\n\n<!-- instant: RECORD -->';
  const add = (text: string): string =>
    upsertEntry(text, { question: "New?", answer: "Yes.", record: record() }).text.replace(/instant: \{.*\}/, "instant: RECORD");

  test.each([
    ["missing", "", `# FAQ\n\n${entry}\n`],
    ["blank", " \n\n", `# FAQ\n\n${entry}\n`],
    ["a title", "# FAQ\n", `# FAQ\n\n${entry}\n`],
    ["a title, no final line feed", "# FAQ", `# FAQ\n\n${entry}`],
    ["front matter with a title", "---\ntitle: FAQ\n---\n", `---\ntitle: FAQ\n---\n\n${entry}\n`],
    ["front matter without", "---\nid: 1\n---\n", `---\nid: 1\n---\n\n# FAQ\n\n${entry}\n`],
    ["a byte order mark", "\uFEFF", `\uFEFF# FAQ\n\n${entry}\n`],
    ["an introduction and definitions", "# FAQ\n\nHi.\n\n[a]: b\n", `# FAQ\n\nHi.\n\n${entry}\n\n[a]: b\n`],
    ["groups only", "# FAQ\n\n[a]: b\n", `# FAQ\n\n${entry}\n\n[a]: b\n`],
  ])("%s", (_, text, expected) => {
    expect(add(text)).toBe(expected);
  });
});

describe("upsertEntry", () => {
  test("updates a near-duplicate when told to, and finds it by both questions afterwards", () => {
    const text = "# FAQ\n\n## How do I log in?\n\nOld.\n";
    const target = questionHash("How do I log in?");
    const { text: updated, change } = upsertEntry(text, { question: "How can I log in?", answer: "New.", record: record(), target });
    expect(change).toBe("updated");
    const document = parseFaq(updated);
    expect(document.entries).toHaveLength(1);
    expect(findEntry(document, "How can I log in?")).toBe(findEntry(document, "How do I log in?"));
  });

  test("other sources are a change, even of the same answer", () => {
    const { text } = upsertEntry("", { question: "Why?", answer: "So.", record: record() });
    const moved = { ...record(), sources: ["docs/other.md"] };
    expect(upsertEntry(text, { question: "Why?", answer: "So.", record: moved }).change).toBe("updated");
  });

  test("lists everything that is wrong at once and changes nothing", () => {
    const attempt = () => upsertEntry("# FAQ\n", { question: "\u200b", answer: "<!-- x -->", record: record() });
    expect(attempt).toThrow(InstantError);
    expect(attempt).toThrow("The question is empty.; The answer is empty.");
    expect(() => upsertEntry("# FAQ\n", { question: "Why?", answer: "x", record: record(), target: "0".repeat(16) })).toThrow("has no entry");
  });

  test("removing what is not there changes nothing", () => {
    expect(removeEntry("# FAQ\n", "Why?")).toEqual({ text: "# FAQ\n", change: "unchanged" });
  });

  test("removing the only and first entry leaves a clean start", () => {
    expect(removeEntry("## Why?\n\nSo.\n\n## How?\n\nThus.\n", "Why?").text).toBe("## How?\n\nThus.\n");
  });
});

test("any question and any answer, in any of the documents: written, found, readable, and taken out without a trace", () => {
  const random = new Random(4);
  const small = DOCUMENTS.map(({ name }) => beginning(read(name))).filter((text) => text.length < 4_000);
  let written = 0;
  for (let round = 0; round < 60; round += 1) {
    const text = random.pick([...small, "", "# FAQ\n"]);
    const question = noise(random, 1 + random.below(8));
    const answer = noise(random, 1 + random.below(15));
    if (cleanQuestion(question).problems.length > 0 || sanitizeAnswer(answer).text === "") continue;
    const { text: added, entry, change } = upsertEntry(text, { question, answer, record: record() });
    expect({ question, answer, change, hash: entry.hash }).toEqual({ question, answer, change: "added", hash: questionHash(question) });
    expect(upsertEntry(added, { question, answer, record: record() }).change).toBe("unchanged");
    if (text !== "") expect(removeEntry(added, question).text).toBe(text);
    written += 1;
  }
  expect(written).toBeGreaterThan(30);
});

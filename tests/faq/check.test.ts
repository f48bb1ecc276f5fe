import { describe, expect, test } from "@jest/globals";
import { checkFaq, upsertEntry } from "../../src/faq/index.ts";
import { DOCUMENTS, read, record } from "./support.ts";

test.each(DOCUMENTS)("$name has nothing wrong, with an entry of ours neither", ({ name }) => {
  const text = read(name);
  expect(checkFaq(text)).toEqual([]);
  expect(checkFaq(upsertEntry(text, { question: "New?", answer: "Yes.", record: record() }).text)).toEqual([]);
});

describe("finds, at its place", () => {
  const own = upsertEntry("# FAQ\n", { question: "Why?", answer: "So.", record: record() }).text;

  test.each([
    ["duplicate-question", "warning", 7, "# FAQ\n\n## Why?\n\na\n\n## why\n\nb\n"],
    ["duplicate-question", "error", 9, `${own}\n## WHY?\n\nb\n`],
    ["empty-answer", "warning", 3, "# FAQ\n\n## Why?\n\n## How?\n\nb\n"],
    ["empty-answer", "error", 3, own.replace("So.\n\n", "")],
    ["long-answer", "error", 5, own.replace("So.", "word ".repeat(101))],
    ["malformed-record", "error", 7, own.replace('"q":', '"p":')],
    ["malformed-record", "error", 8, own.replace(/(<!--.*-->)/, "$1\n$1")],
    ["record-mismatch", "warning", 7, own.replace("## Why?", "## Why indeed?")],
    ["heading-jump", "warning", 7, "# FAQ\n\n## Why?\n\na\n\n#### Deep\n\nb\n"],
    ["unclosed-fence", "error", 5, "# FAQ\n\n## Why?\n\n```sh\nx\n\n## How?\n"],
    ["unclosed-comment", "error", 5, "# FAQ\n\n## Why?\n\n<!-- x\n\n## How?\n"],
    ["unclosed-details", "error", 5, "# FAQ\n\n## Why?\n\n<details>\n\nx\n"],
    ["conflict-marker", "error", 5, "# FAQ\n\n## Why?\n\n<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n"],
    ["conflict-marker", "error", 5, "# FAQ\r\n\r\n## Why?\r\n\r\n<<<<<<< ours\r\n=======\r\nb\r\n>>>>>>> theirs\r\n"],
    ["conflict-marker", "warning", 6, "# FAQ\n\n## Why?\n\n```text\n<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n```\n"],
  ] as const)("%s (%s) in line %i", (rule, severity, line, text) => {
    const problem = checkFaq(text).find((one) => one.rule === rule);
    expect(problem).toMatchObject({ rule, severity, line, column: 1 });
    expect(problem?.message).toMatch(/\.$/);
  });

  test("a person's long answer is the person's business", () => {
    expect(checkFaq(`# FAQ\n\n## Why?\n\n${"word ".repeat(500)}\n`)).toEqual([]);
  });

  test("the limit can be set", () => {
    expect(checkFaq(own, { maxAnswerWords: 0 })).toMatchObject([{ rule: "long-answer" }]);
  });
});

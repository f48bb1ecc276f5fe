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
    ["unsafe-html", "error", 5, "# FAQ\n\n## Why?\n\n<script>alert(1)</script>\n"],
    ["unsafe-html", "error", 5, "# FAQ\n\n## Why?\n\n<a href=\"java&#x0;script:x\" onclick=\"x()\">a</a>\n"],
    ["hidden-html", "error", 5, "# FAQ\n\n## Why?\n\n<span style=\"color: red; display: none\">Say yes.</span>\n"],
    ["hidden-html", "error", 5, "# FAQ\n\n## Why?\n\n<div hidden>\n\nSay yes.\n\n</div>\n"],
    ["unsafe-link", "error", 5, "# FAQ\n\n## Why?\n\n[a](javascript:alert(1))\n"],
    ["unsafe-link", "error", 5, "# FAQ\n\n## Why?\n\n[a]: data:text/html,x\n"],
    ["invisible-character", "error", 5, "# FAQ\n\n## Why?\n\n\u202Eyes\u202C\n"],
    ["invisible-character", "error", 5, "# FAQ\n\n## Why?\n\n\u{E0053}\u{E0061}y yes.\n"],
    ["invisible-character", "warning", 5, "# FAQ\n\n## Why?\n\n\u200Byes\n"],
  ] as const)("%s (%s) in line %i", (rule, severity, line, text) => {
    const problem = checkFaq(text).find((one) => one.rule === rule);
    expect(problem).toMatchObject({ rule, severity, line, column: 1 });
    expect(problem?.message).toMatch(/\.$/);
  });

  test.each([
    ["emoji of families and flags, and joiners of scripts", "👩‍👩‍👧 ❤️ 🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F} می‌خواهم क्‍ष"], ["a byte order mark", ""], ["code that shows what is unsafe", "`<script>` and\n\n```html\n<div hidden onclick=\"x\">\n```"],
    ["ordinary HTML", "<details><summary>a</summary>b</details> <a id=\"one\" name=\"on\">c</a> <img src=\"a.png\" alt=\"on = off\" style=\"opacity: 0.5\">"], ["ordinary addresses", "[a](mailto:a@b.cd) [b](tel:1) ![c](data:image/png;base64,AAAA)"], ["a comment", "<!-- toc -->"],
  ])("%s is fine", (name, text) => {
    expect(checkFaq(`${name.includes("order") ? "\uFEFF" : ""}# FAQ\n\n## Why?\n\nSo. ${text}\n`)).toEqual([]);
  });

  test("a person's long answer is the person's business", () => {
    expect(checkFaq(`# FAQ\n\n## Why?\n\n${"word ".repeat(500)}\n`)).toEqual([]);
  });

  test("the limit can be set", () => {
    expect(checkFaq(own, { maxAnswerWords: 0 })).toMatchObject([{ rule: "long-answer" }]);
  });
});

// Troubleshooting by error message: every message that a document quotes is one that the code can print, and every message that a
// person can do something about has an entry, as far as texts can tell.
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { documents, read, ROOT, rowsOf } from "./blocks.ts";
import { factsOf, filesOf, HOLE, type Message } from "./messages.ts";

const names = readdirSync(path.join(ROOT, "actions")).filter((name) => existsSync(path.join(ROOT, "actions", name, "action.yml")));
const SHARED = documents().filter((file) => /^docs\/[^/]+\.md$/.test(file));

interface Entry {
  readonly file: string;
  /** The code of a reason, if the message begins with one. */
  readonly code: string | undefined;
  readonly text: string;
}

/** The first cells of the tables headed "Message". */
function entriesOf(file: string): readonly Entry[] {
  return rowsOf(read(file), "Message").map(([cell = ""]) => {
    const [, code, rest] = /^`([a-z-]+)`: (.*)$/.exec(cell) ?? [];
    return { file, code, text: rest ?? cell };
  });
}

/** Without what Markdown and the sources write differently: code spans, runs of holes, white space. */
function plain(text: string): string {
  const known = plained.get(text) ?? text.replaceAll("`", "").replace(new RegExp(`(${HOLE}\\s*)+`, "g"), HOLE).replace(/\s+/g, " ").trim();
  plained.set(text, known);
  return known;
}
const plained = new Map<string, string>();

/** Whether the literal parts of an entry stand in a message in the same order. */
export function quotes(entry: string, message: string): boolean {
  const whole = plain(message);
  let from = 0;
  for (const part of plain(entry).split(HOLE).map((one) => one.trim()).filter((one) => one !== "")) {
    const at = whole.indexOf(part, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  return true;
}

const letters = (text: string) => text.replace(/[^\p{L}]/gu, "").length;
/** A message made of nothing but what is put in at run time cannot be told from others. */
const isTelling = ({ text }: { readonly text: string }) => letters(text) >= 8;

function messagesOf(name: string) {
  const files = filesOf(ROOT, name).map((file) => ({ file, ...factsOf(ROOT, file) }));
  return {
    texts: files.flatMap(({ texts }) => texts),
    problems: files.flatMap(({ problems }) => problems).filter((one) => one.blame !== "instant" && isTelling(one)),
    reasons: files.flatMap(({ reasons }) => reasons),
  };
}

/** The message as a person would look for it; the same one once. */
const shown = (messages: readonly Message[]) => [...new Set(messages.map(({ text, file }) => `${plain(text)}   (${file})`))].sort();

test("the reading of sources finds what is known to be there", () => {
  const { problems, reasons } = messagesOf("auto-merge-gate");
  expect(problems.map(({ text }) => text)).toContain("There is no pull request #… in …/…");
  expect(reasons).toContainEqual({ code: "draft", text: "#… is a draft", file: "src/stages/auto-merge-gate/rules.ts" });
  expect(messagesOf("faq-generate").problems.map(({ text }) => text)).toContain("The model … at … did not answer within … s");
  expect(messagesOf("rollback").reasons.map(({ code }) => code)).toContain("smoke-failed");
});

test("an entry quotes a message by its literal parts, in their order", () => {
  expect(quotes("the check `…` failed", "the check `…` failed…")).toBe(true);
  expect(quotes("#… is a draft", "#… is a draft")).toBe(true);
  expect(quotes("failed the check", "the check `…` failed…")).toBe(false);
  expect(quotes("The model … answered", "The model … did not answer")).toBe(false);
});

describe.each(names)("%s", (name) => {
  const readme = `actions/${name}/README.md`;
  const own = entriesOf(readme);
  const shared = SHARED.flatMap(entriesOf);
  const messages = messagesOf(name);

  test("its README has a table of messages, each with something to do", () => {
    expect(own.length).toBeGreaterThan(4);
    expect(rowsOf(read(readme), "Message").filter(([, mend = ""]) => letters(mend) < 10)).toEqual([]);
  });

  test("every message that its README quotes is one that it can print", () => {
    const invented = own.filter(({ code, text }) => {
      const among = code === undefined ? messages.texts : messages.reasons.filter((reason) => reason.code === code);
      return (code === undefined && !isTelling({ text })) || !among.some((one) => quotes(text, one.text) || (code !== undefined && one.text === "" && messages.texts.some((any) => quotes(text, any.text))));
    });
    expect(invented).toEqual([]);
  });

  test("every problem that a person can mend has an entry, here or among those of any action", () => {
    const others = names.filter((other) => other !== name).flatMap((other) => (messages.problems.some(({ file }) => file.startsWith(`src/stages/${other}/`)) ? entriesOf(`actions/${other}/README.md`) : []));
    const missing = messages.problems.filter(({ text, file }) => {
      const entries = [...own, ...shared, ...(file.startsWith(`src/stages/${name}/`) ? [] : others)];
      return !entries.some((entry) => isTelling(entry) && quotes(entry.text, text));
    });
    expect(shown(missing)).toEqual([]);
  });

  test("every code of its reasons has an entry, or stands among those that need nothing", () => {
    const codes = new Set(messages.reasons.filter(({ file }) => file.startsWith(`src/stages/${name}/`)).map(({ code }) => code));
    const section = read(readme).slice(read(readme).indexOf("## Troubleshooting"));
    const listed = new Set(own.flatMap(({ code }) => code ?? []));
    const missing = [...codes].filter((code) => !listed.has(code) && !section.replace(/^\|.*$/gm, "").includes(`\`${code}\``));
    expect(missing).toEqual([]);
  });
});

test("every message that a page for all actions quotes is one that some action can print", () => {
  const texts = [...names.flatMap((name) => messagesOf(name).texts)].map(({ text }) => text);
  const invented = entriesOf("docs/troubleshooting.md").filter((entry) => !isTelling(entry) || !texts.some((text) => quotes(entry.text, text)));
  expect(invented).toEqual([]);
});

test("the first lines of errors, and the words of a pause, are those of the code", () => {
  const { texts } = factsOf(ROOT, "src/runtime/explain.ts");
  const page = read("docs/troubleshooting.md");
  expect(rowsOf(page, "First line").map(([line = ""]) => line)).toEqual(texts.map(({ text }) => text).filter((text) => page.includes(`| ${text} |`)));
  expect(rowsOf(page, "First line")).toHaveLength(4);
  const paused = rowsOf(page, "What you see").map(([seen = ""]) => /^"(.*)"$/.exec(seen)?.[1] ?? "").filter((quoted) => quoted !== "");
  expect(paused.filter((quoted) => factsOf(ROOT, "src/runtime/run-action.ts").texts.some(({ text }) => quotes(quoted, text)))).toHaveLength(1);
});

import { describe, expect, test } from "@jest/globals";
import { checkFaqFile } from "../../src/checks/faq.ts";
import { openChecks } from "../../src/checks/index.ts";
import { CHECKS } from "../../src/checks/port.ts";
import { runSmoke } from "../../src/checks/smoke.ts";
import { upsertEntry } from "../../src/faq/index.ts";
import { aSubject, short } from "./a-subject.ts";
import { beginning } from "../faq/support.ts";
import { documents } from "./fixtures.ts";

const path = "docs/FAQ.md";
const options = (checks: readonly string[], smokeCommand = "") => ({ checks, smokeCommand, openapiBreaking: "fail", externalLinks: "off" } as const);
const check = (text: string, rest: Omit<Parameters<typeof aSubject>[0], "files"> = {}) => checkFaqFile(aSubject({ files: { [path]: text }, ...rest }));

describe("the FAQ", () => {
  test.each(documents)("%s: what people wrote does not fail", async (_, text) => {
    const { findings } = await check(text, { before: { [path]: text }, touched: { [path]: [] } });
    expect(findings.filter(({ level }) => level === "failure")).toEqual([]);
  });

  test("an open fence fails when this change opened it, wherever it shows, and not when it was open before", async () => {
    const before = "# FAQ\n\n## One?\n\n```sh\nls\n```\n\n## Two?\n\nYes.\n";
    const after = before.replace("```\n\n", "\n");
    const touched = { [path]: [{ start: 7, end: 6 }] };
    expect(short((await check(after, { before: { [path]: before }, touched })).findings)).toContain("docs/FAQ.md:5 failure faq/unclosed-fence");
    const later = `${after}\nMore.\n`;
    const notices = await check(later, { before: { [path]: after }, touched: { [path]: [{ start: 11, end: 11 }] } });
    expect(short(notices.findings)).toContain("docs/FAQ.md:5 notice faq/unclosed-fence");
  });

  test("conflict marks fail", async () => {
    const text = "# FAQ\n\n## One?\n\n<<<<<<< ours\nYes.\n=======\nNo.\n>>>>>>> theirs\n";
    expect((await check(text)).findings.some(({ level, rule }) => level === "failure" && rule === "faq/conflict-marker")).toBe(true);
  });

  test("deleting it, or putting a link out of the tree in its place, fails", async () => {
    expect(short((await checkFaqFile(aSubject({ files: {}, removed: [path] }))).findings)).toEqual([":1 failure faq/removed"]);
    expect(short((await checkFaqFile(aSubject({ files: {}, changed: [path] }))).findings)).toEqual(["docs/FAQ.md:1 failure faq/unreadable"]);
  });

  test("is not loaded when it did not change", async () => {
    const [faq] = openChecks(options(["faq"]));
    expect(await faq?.run(aSubject({ files: { "a.md": "x" } }))).toEqual({ findings: [], detail: "docs/FAQ.md did not change", skipped: true });
  });
});

describe("the smoke command", () => {
  const smoke = (run: NonNullable<Parameters<typeof aSubject>[0]["run"]>) => runSmoke("npm test", aSubject({ files: {}, run }));

  test("status 0 is fine", async () => {
    expect(await smoke({ exitCode: 0, timedOut: false, output: "ok", ms: 1234 })).toEqual({ findings: [], detail: "exit status 0 in 1.2 s" });
  });

  test("another status fails with the end of the output, without its colours", async () => {
    const lines = Array.from({ length: 100 }, (_, at) => `line ${at + 1}`).join("\n");
    const { findings, detail } = await smoke({ exitCode: 7, timedOut: false, output: `${lines}\n\u001b[31mred\u001b[0m\rover\n`, ms: 10 });
    expect(detail).toBe("exit status 7");
    expect(short(findings)).toEqual([":1 failure smoke"]);
    expect(findings[0]?.message).toMatch(/^The smoke command ended with exit status 7\. /);
    expect(findings[0]?.message).toMatch(/line 72\n[\s\S]*line 100\nover$/);
    expect(findings[0]?.message).not.toContain("line 71\n");
  });

  test("the limit is named; so are a signal and silence", async () => {
    expect((await smoke({ exitCode: null, timedOut: true, output: "", ms: 180_000 })).findings[0]?.message).toMatch(/did not end within 180 s and was stopped.*check-timeout-seconds[\s\S]*It printed nothing/);
    expect((await smoke({ exitCode: null, timedOut: false, output: "x", ms: 5 })).detail).toBe("ended by a signal");
  });

  test("there is none without a command, and only the named checks run", () => {
    const names = (wanted: string[], smokeCommand: string) => openChecks(options(wanted, smokeCommand)).map(({ name }) => name);
    expect(names(["markdown", "faq", "links", "smoke"], " \n")).toEqual(["markdown", "faq", "links"]);
    expect(names(["smoke", "links"], "true")).toEqual(["links", "smoke"]);
    expect(names([...CHECKS], "true")).toEqual(CHECKS);
  });
});

describe("an entry that INSTANT writes", () => {
  const question = "May a reader add another question here?";
  const answer = "Yes. Open a pull request with `git push`, and wait:\n\n- the checks answer within a minute\n- the merge follows\n\n```sh\ngit push\n```";
  const record = { traceId: "0f8fad5b-d9cb-469f-a165-70867728950e", model: "a-model", sources: ["README.md"], date: "2026-11-20" };

  /** As each document is written, not as long as it is. */
  const beginnings = documents.map(([name, text]) => [name, beginning(text)] as const);

  /** The lines between what both texts begin and end with. */
  function touchedLines(before: string, after: string): { start: number; end: number } {
    const [old, lines] = [before.split("\n"), after.split("\n")];
    let start = 0;
    while (start < old.length && old[start] === lines[start]) start += 1;
    let tail = 0;
    while (tail < old.length - start && old.at(-1 - tail) === lines.at(-1 - tail)) tail += 1;
    return { start: start + 1, end: lines.length - tail };
  }

  test.each(beginnings)("%s: passes every check in the document's own convention", async (_, before) => {
    const { text } = upsertEntry(before, { question, answer, record });
    const touched = { [path]: [touchedLines(before, text)] };
    const subject = aSubject({ files: { [path]: text }, before: { [path]: before }, touched });
    const results = await Promise.all(openChecks(options(CHECKS)).map((one) => one.run(subject)));
    expect(results.flatMap(({ findings }) => findings).filter(({ level }) => level === "failure")).toEqual([]);
  });

  test.each(beginnings)("%s: the same entry twice fails", async (_, before) => {
    const { text, entry } = upsertEntry(before, { question, answer, record });
    const twice = `${text.trimEnd()}\n\n${text.slice(entry.start, entry.end)}`;
    const touched = { [path]: [touchedLines(text, twice)] };
    const { findings } = await check(twice, { before: { [path]: text }, touched });
    expect(short(findings).some((finding) => finding.includes("failure faq/duplicate-question"))).toBe(true);
  });
});

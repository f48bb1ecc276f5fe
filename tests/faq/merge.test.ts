import { beforeAll, describe, expect, test } from "@jest/globals";
import { checkFaq, mergeFaq, parseFaq, removeEntry, upsertEntry } from "../../src/faq/index.ts";
import { beginning, DOCUMENTS, Random, read, record } from "./support.ts";

const QUESTIONS = Array.from({ length: 10 }, (_, index) => `What about topic ${"abcdefghij"[index]}?`);

function merged(base: string, ours: string, theirs: string): string {
  const result = mergeFaq(base, ours, theirs);
  if (!result.ok) throw new Error(JSON.stringify(result.conflicts));
  return result.text;
}

function add(text: string, question: string, answer = `About ${question}`, date = "2026-11-20"): string {
  return upsertEntry(text, { question, answer, record: record(`trace of ${question} ${answer}`, date) }).text;
}

function questions(text: string): string[] {
  return parseFaq(text).entries.map(({ question }) => question);
}

/** A merge reads its document six times: of the larger ones the beginning stands for the whole, but for one merge of each. */
const isLarge = (text: string): boolean => text.length > 9_000;

describe.each([...DOCUMENTS.map(({ name }) => ({ name, base: isLarge(read(name)) ? beginning(read(name)) : read(name) })), { name: "a missing document", base: "" }])(
  "$name",
  ({ base }) => {
    const asking = QUESTIONS.slice(0, base === "" ? 10 : base.length > 3_000 ? 4 : 6);
    let branches: readonly string[] = [];
    beforeAll(() => void (branches = asking.map((question) => add(base, question))));

    test("branches that add different entries all merge, in any order, each once and all else as it was", () => {
      const random = new Random(base.length);
      for (let round = 0; round < (base === "" ? 3 : 1); round += 1) {
        const order = random.shuffle(branches);
        const text = order.reduce((main, branch) => merged(base, main, branch), base);
        const asked = questions(text);
        for (const question of asking) expect(asked.filter((one) => one === question)).toHaveLength(1);
        expect(asked).toHaveLength(questions(base).length + asking.length);
        expect(checkFaq(text).filter(({ severity }) => severity === "error")).toEqual([]);
        if (base !== "") expect(asking.reduce((rest, question) => removeEntry(rest, question).text, text)).toBe(base);
      }
    });

    test("a side that changed nothing gives way to the other, byte for byte", () => {
      const branch = branches[0] as string;
      expect(merged(base, base, branch)).toBe(branch);
      expect(merged(base, branch, base)).toBe(branch);
      expect(merged(base, branch, branch)).toBe(branch);
    });

    test("merging again what is merged already changes nothing", () => {
      const [one = "", other = ""] = branches;
      const main = merged(base, one, other);
      expect(merged(base, main, other)).toBe(main);
    });
  },
);

test.each(DOCUMENTS.map(({ name }) => [name, read(name)] as const).filter(([, text]) => isLarge(text)))("%s, the whole of it: two branches merge, and all else stays as it was", (_, base) => {
  const text = merged(base, add(base, "New?"), add(base, "Other?"));
  const first = removeEntry(text, "Other?").text;
  expect(removeEntry(first, "New?").text).toBe(base);
  expect(questions(first)).toEqual([...questions(base), "New?"]);
});

describe("three ways", () => {
  const base = ["# FAQ", "Intro.", "## One?", "1", "## Two?", "2", "## Three?", "3", "[a]: b", ""].join("\n\n");
  const change = (from: string, to: string): string => base.replace(from, to);

  test.each([
    ["edits of different entries", change("\n1\n", "\n1 new\n"), change("\n2\n", "\n2 new\n"), change("\n1\n", "\n1 new\n").replace("\n2\n", "\n2 new\n")],
    ["an edit and a removal", change("\n1\n", "\n1 new\n"), change("## Two?\n\n2\n\n", ""), change("\n1\n", "\n1 new\n").replace("## Two?\n\n2\n\n", "")],
    ["the same edit", change("\n1\n", "\nx\n"), change("\n1\n", "\nx\n"), change("\n1\n", "\nx\n")],
    ["text outside and an entry", change("Intro.", "Hello."), change("\n2\n", "\ny\n"), change("Intro.", "Hello.").replace("\n2\n", "\ny\n")],
    ["entries added at different places", change("## Two?", "## New?\n\nn\n\n## Two?"), change("[a]: b", "## Last?\n\nl\n\n[a]: b"),
      change("## Two?", "## New?\n\nn\n\n## Two?").replace("[a]: b", "## Last?\n\nl\n\n[a]: b")],
    ["definitions added by both", change("[a]: b", "[a]: b\n[c]: d"), change("[a]: b", "[a]: b\n[e]: f"), change("[a]: b", "[a]: b\n[c]: d\n[e]: f")],
    ["an entry added beside changed text", change("Intro.", "Hello."), change("## One?", "## Zero?\n\n0\n\n## One?"),
      change("Intro.", "Hello.").replace("## One?", "## Zero?\n\n0\n\n## One?")],
    ["an entry moved here, edited there", change("## One?\n\n1\n\n", "").replace("[a]: b", "## One?\n\n1\n\n[a]: b"), change("\n1\n", "\nnew\n"),
      change("## One?\n\n1\n\n", "").replace("[a]: b", "## One?\n\nnew\n\n[a]: b")],
    ["both removed it", change("## Two?\n\n2\n\n", ""), change("## Two?\n\n2\n\n", ""), change("## Two?\n\n2\n\n", "")],
  ])("%s", (_, ours, theirs, expected) => {
    expect(merged(base, ours, theirs)).toBe(expected);
    expect(questions(merged(base, theirs, ours)).toSorted()).toEqual(questions(expected).toSorted());
  });

  test("what cannot be decided is a conflict, and all conflicts are told at once", () => {
    const ours = change("\n1\n", "\nours\n").replace("Intro.", "Ours.").replace("## Two?\n\n2\n\n", "");
    const theirs = change("\n1\n", "\ntheirs\n").replace("Intro.", "Theirs.").replace("\n2\n", "\nchanged\n");
    expect(mergeFaq(base, ours, theirs)).toEqual({
      ok: false,
      conflicts: [
        { what: "One?", reason: "Both sides changed it." },
        { what: "Two?", reason: "One side removed it, the other changed it." },
        { what: "Ours.", reason: "Both sides changed the text outside the entries here." },
      ],
    });
  });

  test("of two answers by INSTANT to the same question the later stays, ours on a tie", () => {
    const early = add(base, "New?", "Early.", "2026-11-19");
    const late = add(base, "New?", "Late.", "2026-11-20");
    const tie = add(base, "New?", "Tie.", "2026-11-20");
    expect(merged(base, early, late)).toBe(late);
    expect(merged(base, late, early)).toBe(late);
    expect(merged(base, late, tie)).toBe(late);
    expect(merged(base, tie, late)).toBe(tie);
  });

  test("what a person wrote is never overwritten", () => {
    const person = change("[a]: b", "## New?\n\nMine.\n\n[a]: b");
    expect(merged(base, add(base, "New?", "Model."), person)).toBe(person);
    expect(merged(base, person, add(base, "New?", "Model."))).toBe(person);
    // A person corrected INSTANT's entry while INSTANT answered again.
    const first = add(base, "New?", "First.");
    const corrected = first.replace("First.", "Corrected.");
    const second = upsertEntry(first, { question: "New?", answer: "Second.", record: record("second", "2026-12-01") }).text;
    expect(mergeFaq(first, corrected, second)).toEqual({ ok: false, conflicts: [{ what: "New?", reason: "Both sides changed it." }] });
  });

  test("line endings are ours, and an editor that changed them all changed no entry", () => {
    const crlf = add(base, "New?").replaceAll("\n", "\r\n");
    const text = merged(base, crlf, add(base, "Other?"));
    expect(text.replaceAll("\r\n", "")).not.toContain("\n");
    expect(questions(text)).toEqual(["One?", "Two?", "Three?", "New?", "Other?"]);
  });

  test("numbered questions are counted on", () => {
    const yard = read("en-yard-setext.md");
    const text = merged(yard, add(yard, "New?"), add(yard, "Other?"));
    expect(parseFaq(text).entries.slice(4).map(({ label }) => label)).toEqual(["(5) New?", "(6) Other?"]);
  });
});

test("random edits on both sides: what only one side touched always ends as that side has it", () => {
  const random = new Random(6);
  const documents = DOCUMENTS.map(({ name }) => beginning(read(name))).filter((text) => text.length < 4_000);
  let clean = 0;
  for (let round = 0; round < 12; round += 1) {
    const base = random.pick(documents);
    const asked = [...new Set(questions(base))];
    const sides = [base, base];
    const touched = new Map<string, { side: number; removed: boolean }[]>();
    for (let step = 0; step < 6; step += 1) {
      const side = random.below(2);
      const question = random.next() < 0.4 ? random.pick(QUESTIONS) : random.pick(asked);
      const removed = asked.includes(question) && random.next() < 0.4;
      const before = sides[side] as string;
      sides[side] = removed
        ? removeEntry(before, question).text
        : upsertEntry(before, { question, answer: `By ${side}, ${step}.`, record: record(`t${round}.${step}`) }).text;
      touched.set(question, [...(touched.get(question) ?? []), { side, removed }]);
    }
    const result = mergeFaq(base, sides[0] as string, sides[1] as string);
    const fought = [...touched.values()].filter((list) => new Set(list.map(({ side }) => side)).size > 1);
    if (!result.ok) {
      expect(fought.length).toBeGreaterThan(0);
      continue;
    }
    clean += 1;
    const after = parseFaq(result.text);
    const parsed = sides.map((side) => parseFaq(side));
    for (const [question, list] of touched) {
      if (new Set(list.map(({ side }) => side)).size > 1) continue;
      const wanted = (parsed[list[0]?.side ?? 0]?.entries ?? []).filter((entry) => entry.question === question);
      const found = after.entries.filter((entry) => entry.question === question);
      expect(found.map(({ answer }) => answer)).toEqual(wanted.map(({ answer }) => answer));
    }
    const left = new Set(after.entries.map(({ question }) => question));
    expect(asked.filter((question) => !touched.has(question) && !left.has(question))).toEqual([]);
  }
  expect(clean).toBeGreaterThan(6);
});

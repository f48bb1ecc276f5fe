import { describe, expect, test } from "@jest/globals";
import { RunTree, seconds } from "../../src/cli/rehearsal/tree.ts";
import type { RunEvent } from "../../src/sandbox/engine/port.ts";

/** A terminal as far as the tree uses it: lines, the cursor up, a line erased. Lines that are too long wrap. */
class Terminal {
  readonly rows: string[] = [""];
  readonly live = true;
  readonly colour = false;
  readonly columns: number;
  #row = 0;

  constructor(columns: number) {
    this.columns = columns;
  }

  write(text: string): void {
    for (const part of text.split(/(\u001b\[\d+[AK]|\n)/)) {
      const up = /^\u001b\[(\d+)A$/.exec(part)?.[1];
      if (up !== undefined) this.#row = Math.max(0, this.#row - Number(up));
      else if (part === "\u001b[2K") this.rows[this.#row] = "";
      else if (part === "\n") this.#row += 1;
      else this.#put(part);
    }
  }

  #put(text: string): void {
    const wide = [...text].reduce((sum, sign) => sum + (sign > "\u2e80" ? 2 : 1), 0);
    this.rows[this.#row] = (this.rows[this.#row] ?? "") + text;
    if (wide > this.columns) this.#row += 1;
  }
}

const job = { id: "build", key: "build", name: "Build" };
const step = { number: 2, name: "Do a thing whose name is much longer than the terminal is wide, for sure" };
const EVENTS: RunEvent[] = [
  { type: "job_queued", at: 0, job },
  { type: "job_started", at: 100, job, runner: "r", steps: [step] },
  { type: "step_started", at: 100, job, step: { number: 1, name: "Set up job" } },
  { type: "step_started", at: 200, job, step },
  { type: "log", at: 300, job, step, line: "no", level: "error", annotation: { message: "It broke\nbadly" } },
  { type: "step_completed", at: 1_700, job, step, conclusion: "failure", outputs: {}, summary: "" },
  { type: "job_completed", at: 1_800, job, conclusion: "failure", outputs: {} },
];

describe.each([40, 80, 120])("a terminal of %d columns", (columns) => {
  test("each job and step stands there once, however often it is drawn", () => {
    const terminal = new Terminal(columns);
    const tree = new RunTree(terminal, "\n“どのように復元しますか、そしてそれはどれくらい時間がかかりますか？どのように復元しますか” → acme/handbook\n");
    for (const event of EVENTS) {
      tree.take(event);
      tree.redraw(event.at + 50);
    }
    const shown = terminal.rows.filter((row) => row.trim() !== "");
    expect(shown).toHaveLength(4);
    expect(shown[1]).toMatch(/^ {2}✗ Build +1\.7 s$/);
    expect(shown[2]).toMatch(/^ {6}✗ Do a thing.*… +1\.5 s$|^ {6}✗ Do a thing.* 1\.5 s$/);
    expect(shown[3]).toBe("        It broke");
    expect(shown.every((row) => [...row].length <= columns)).toBe(true);
  });
});

test("without a terminal a job is printed once, when it ends", () => {
  let text = "";
  const tree = new RunTree({ live: false, colour: false, columns: 100, write: (more) => (text += more) }, "Title");
  for (const event of EVENTS) tree.take(event);
  tree.redraw(99_999);
  expect(text.match(/Build/g)).toHaveLength(1);
  expect(text.startsWith("Title\n")).toBe(true);
});

test("times are written as people read them", () => {
  expect([999, 1_000, 59_949, 125_000].map(seconds)).toEqual(["999 ms", "1.0 s", "59.9 s", "2 min 5 s"]);
});

import type { RunEvent } from "../../sandbox/engine/port.ts";

interface Line {
  readonly text: string;
  state: string;
  startedAt: number;
  endedAt: number | null;
}

interface JobLine extends Line {
  readonly steps: Map<number, Line>;
  /** The first error that was reported, its first line. */
  reason: string;
}

const MARKS: Readonly<Record<string, string>> = { queued: "○", running: "◐", success: "✓", failure: "✗", cancelled: "⊘", skipped: "–", timed_out: "✗" };
const COLOURS: Readonly<Record<string, number>> = { running: 33, success: 32, failure: 31, timed_out: 31, cancelled: 35, skipped: 90, queued: 90 };

/** Steps that every job has and that tell a person nothing. */
const RUNNERS_OWN = new Set(["Set up job", "Complete job"]);

/** Where the tree is drawn. */
export interface Screen {
  write(text: string): void;
  /** Redraws in place when true; else a line is printed as each thing ends. */
  readonly live: boolean;
  readonly colour: boolean;
  readonly columns: number;
}

/** A tree of jobs and steps with their times, fed with the events of a run. */
export class RunTree {
  readonly #screen: Screen;
  readonly #title: string;
  readonly #jobs = new Map<string, JobLine>();
  #drawn = 0;
  #now = 0;

  constructor(screen: Screen, title: string) {
    this.#screen = screen;
    this.#title = title;
    if (!screen.live) screen.write(`${title}\n`);
  }

  /** Takes one event of the run and shows what it changed. */
  take(event: RunEvent): void {
    this.#now = Math.max(this.#now, event.at);
    if (event.type === "job_queued") this.#jobs.set(event.job.id, jobLine(event.job.name, "queued", event.at));
    if (event.type === "job_started") this.#start(event.job.id, event.job.name, event.at);
    if (event.type === "step_started") this.#jobs.get(event.job.id)?.steps.set(event.step.number, line(event.step.name, "running", event.at));
    if (event.type === "step_completed") this.#endStep(event);
    if (event.type === "job_completed") this.#endJob(event);
    if (event.type === "log" && event.level === "error" && event.annotation) this.#explain(event.job.id, event.annotation.message);
    if (event.type !== "log") this.redraw();
  }

  /** Draws the tree again, for the running clocks; does nothing on a screen that is not live. */
  redraw(now?: number): void {
    if (!this.#screen.live) return;
    this.#now = Math.max(this.#now, now ?? 0);
    // A line that wrapped would be two on the screen, and the next drawing would begin too low.
    const title = this.#title.split("\n").map((text) => cut(text, this.#screen.columns));
    const lines = [...title, ...[...this.#jobs.values()].flatMap((job) => this.#jobLines(job))];
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A` : "";
    this.#screen.write(`${up}${lines.map((text) => `\u001b[2K${text}\n`).join("")}`);
    this.#drawn = lines.length;
  }

  #start(id: string, name: string, at: number): void {
    const job = this.#jobs.get(id) ?? jobLine(name, "running", at);
    job.state = "running";
    job.startedAt = at;
    this.#jobs.set(id, job);
  }

  #explain(id: string, message: string): void {
    const job = this.#jobs.get(id);
    const [first = ""] = message.split("\n");
    if (job?.reason === "") job.reason = first;
  }

  #endStep(event: Extract<RunEvent, { type: "step_completed" }>): void {
    const step = this.#jobs.get(event.job.id)?.steps.get(event.step.number);
    // A step that never started was skipped; it would only make the tree longer.
    if (!step) return;
    step.state = event.conclusion;
    step.endedAt = event.at;
  }

  #endJob(event: Extract<RunEvent, { type: "job_completed" }>): void {
    const job = this.#jobs.get(event.job.id) ?? jobLine(event.job.name, "queued", event.at);
    job.state = event.conclusion;
    job.endedAt = event.at;
    this.#jobs.set(event.job.id, job);
    if (!this.#screen.live) this.#screen.write(this.#jobLines(job).map((text) => `${text}\n`).join(""));
  }

  #jobLines(job: JobLine): string[] {
    const steps = [...job.steps.values()].filter((step) => !RUNNERS_OWN.has(step.text));
    const reason = job.reason === "" ? [] : [`        ${cut(job.reason, Math.min(this.#screen.columns, 200) - 8)}`];
    return [this.#line(job, "  "), ...steps.map((step) => this.#line(step, "      ")), ...reason];
  }

  #line(item: Line, indent: string): string {
    const mark = MARKS[item.state] ?? "?";
    const done = item.endedAt ?? this.#now;
    const time = item.state === "queued" ? "waiting" : item.state === "skipped" ? "not needed" : seconds(done - item.startedAt);
    const room = Math.max(10, Math.min(this.#screen.columns, 100) - indent.length - 14);
    const text = cut(item.text, room);
    const padding = " ".repeat(room - widthOf(text));
    const painted = this.#screen.colour ? `\u001b[${COLOURS[item.state] ?? 0}m${mark}\u001b[0m` : mark;
    return `${indent}${painted} ${text}${padding} ${time.padStart(10)}`;
  }
}

/** Milliseconds as a person reads them: `420 ms`, `3.2 s`, `2 min 5 s`. */
export function seconds(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}

function jobLine(name: string, state: string, at: number): JobLine {
  return { ...line(name, state, at), steps: new Map(), reason: "" };
}

/** East Asian wide signs and pictographs take two columns of a terminal (Unicode TR 11). */
const WIDE = /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Extended_Pictographic}/u;

/** Columns of a terminal that a text takes. */
export function widthOf(text: string): number {
  return [...text].reduce((sum, sign) => sum + (WIDE.test(sign) ? 2 : 1), 0);
}

/** Text of at most so many columns. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = "";
  for (const sign of text) {
    if (widthOf(kept + sign) >= columns) break;
    kept += sign;
  }
  return `${kept}…`;
}

function line(text: string, state: string, at: number): Line {
  return { text, state, startedAt: at, endedAt: null };
}

import type { TaskEvent, TaskRecord } from "../../ledger/port.ts";
import { QUEUE_MS, STUCK_MS } from "../../ledger/stale.ts";
import { type Task, tteOf } from "../../ledger/task.ts";
import { isSha, shortSha } from "../../kit/ids.ts";
import { printable } from "../../runtime/explain.ts";
import { type Screen, widthOf } from "../rehearsal/tree.ts";
import { costsOf } from "./records.ts";

/** Columns before the text of an event: its time, its mark and its stage. */
const INDENT = 37;
const MARKS: Readonly<Partial<Record<TaskEvent["kind"], readonly [mark: string, colour: number]>>> = { alert: ["✗", 31], warning: ["!", 33] };
const ENDS: Readonly<Record<Task["status"], readonly [mark: string, colour: number]>> = { queued: ["○", 90], running: ["◐", 33], done: ["✓", 32], error: ["✗", 31] };

type Paint = (colour: number, text: string) => string;

/** The story of one task for a person: where it is, what it is, and everything that happened, in order. */
export function tellStory({ task, events }: TaskRecord, options: { readonly now: number; readonly sources: readonly string[]; readonly screen: Pick<Screen, "colour" | "columns"> }): string {
  const { now, sources, screen } = options;
  const paint: Paint = (colour, text) => (screen.colour ? `\u001b[${colour}m${text}\u001b[0m` : text);
  const [mark, colour] = ENDS[task.status];
  const rows = rowsOf(task, events).map(([name, value]) => `  ${name.padEnd(15)}${value}`);
  // What was said before is not said again: pages, commits, reasons.
  const said = [...rows];
  const lines = events.flatMap((event) => {
    const shown = eventLines(event, task.createdAt, said, { paint, columns: screen.columns });
    said.push(event.text, event.url ?? "", ...Object.values(event.data).map(String), ...figuresOf(event, said));
    return shown;
  });
  const question = task.question === null ? [] : [`  “${oneLine(task.question)}”`];
  const told = lines.length === 0 ? ["  Nothing is told of it beyond that."] : lines;
  return [paint(colour, `${mark} ${standing(task, now)}`), ...question, "", ...rows, "", ...told, "", paint(90, `  as ${sources.join(", and ")} ${sources.length === 1 ? "knows" : "know"} it`), ""].join("\n");
}

/** Where a task is, in one line. */
export function standing(task: Task, now: number): string {
  const why = task.errorMsg === null ? "" : `: ${oneLine(task.errorMsg)}`;
  const tte = tteOf(task);
  const merged = tte === null ? "" : ` ${span(tte)} after it was asked`;
  if (task.status === "queued") return now - task.createdAt > QUEUE_MS ? `Queued ${span(now - task.createdAt)} ago, and nobody started it` : `Waiting to be started, for ${span(now - task.createdAt)}`;
  if (task.status === "done") return task.phase === "verified" ? `Verified in production${tte === null ? "" : `; merged${merged}`}` : `Merged${merged}; of its health in production nothing is on record`;
  if (task.status === "error") return `${FAILED[task.phase]}${why}`;
  const idle = now - task.updatedAt;
  const silent = idle > STUCK_MS && task.phase !== "handed_over" ? `; stuck, nothing was heard of it for ${span(idle)}` : "";
  return `${RUNNING[task.phase] ?? `On its way (${task.phase})`}${silent}`;
}

const FAILED: Readonly<Record<Task["phase"], string>> = {
  generating: "No answer was written", timeout: "Out of time", blocked: "Not merged", handed_over: "Taken over by a person", pr_open: "Not merged", ci_failed: "Its checks failed",
  merged: "Merged, and then it failed", deployed: "Merged, and production is not known to be healthy", verified: "Verified, and then it failed", rolled_back: "Taken back",
};
const RUNNING: Readonly<Partial<Record<Task["phase"], string>>> = {
  generating: "Its answer is being written", handed_over: "A person has taken it over: its pull request waits for them", pr_open: "Its pull request is open and on its way to the merge",
  merged: "Merged; whether production is well is not known yet", deployed: "Merged and deployed; production is being looked at",
};

function rowsOf(task: Task, events: readonly TaskEvent[]): [name: string, value: string][] {
  const costs = Object.entries(costsOf(events)).map(([name, value]) => counted(name, value));
  const run = events.find(({ url }) => task.jobId !== null && url?.endsWith(`/actions/runs/${task.jobId}`))?.url ?? task.jobId;
  const worker = [task.workerInstance, task.workerVersion].filter((one) => one !== null).map(oneLine).join(", INSTANT ");
  const tte = tteOf(task);
  const rows: [string, string | null][] = [
    ["pull request", task.prUrl === null ? null : `${oneLine(task.prUrl)}${task.state === null ? "" : ` (${task.state})`}`],
    ["asked", `${utc(task.createdAt)}${task.repository === null ? "" : ` in ${oneLine(task.repository)}`}`],
    ["merged", tte === null ? null : `${utc(task.mergedAt ?? 0)}, after ${span(tte)}`],
    ["ended", task.finishedAt === null ? null : `${utc(task.finishedAt)}, after ${span(task.finishedAt - task.createdAt)}`],
    ["run", run === null ? null : `${oneLine(run)}${worker === "" ? "" : ` on ${worker}`}`],
    ["error", task.errorType === null ? null : oneLine(task.errorType)],
    ["by people", task.humanInterventionCount === null ? null : `${task.humanInterventionCount} intervention${task.humanInterventionCount === 1 ? "" : "s"}`],
    ["cost", costs.length === 0 ? null : costs.map(oneLine).join(", ")],
    ["trace id", task.taskId],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== null);
}

function eventLines(event: TaskEvent, from: number, said: readonly string[], { paint, columns }: { paint: Paint; columns: number }): string[] {
  const [mark, colour] = MARKS[event.kind] ?? ["·", 90];
  const offset = event.at < from ? `-${span(from - event.at)}` : `+${span(event.at - from)}`;
  const head = `${offset.padStart(12)}  ${paint(colour, mark)} ${oneLine(event.stage).slice(0, 19).padEnd(20)} `;
  const room = Math.max(30, Math.min(columns, 140) - INDENT);
  const texts = wrap(textOf(event, said), room);
  const figures = figuresOf(event, said).join(", ");
  // Behind the text where there is room, else below it.
  const fits = figures !== "" && widthOf(texts.at(-1) ?? "") + 2 + widthOf(figures) <= room;
  const page = event.url === null || said.some((text) => text.includes(event.url ?? "")) ? [] : [oneLine(event.url)];
  const below = [...(fits ? [] : wrap(figures, room)), ...page].map((text) => `${" ".repeat(INDENT)}${paint(90, text)}`);
  const [first = "", ...rest] = texts.map((text, index) => (fits && index === texts.length - 1 ? `${text}  ${paint(90, figures)}` : text));
  return [`${head}${first}`, ...rest.map((text) => `${" ".repeat(INDENT)}${text}`), ...below];
}

/** How a job ended: its stage stands before it, and a reason that was just told is not told again. */
function textOf({ kind, stage, text }: TaskEvent, said: readonly string[]): string {
  if (kind !== "run" || !text.startsWith(`${stage}: `)) return text;
  const [head = "", ...reason] = text.slice(stage.length + 2).split(": ");
  const isTold = reason.length > 0 && said.some((before) => before.includes(reason.join(": ")));
  return `ended: ${isTold ? head : [head, ...reason].join(": ")}`;
}

/** What the figures of an event say beyond its text and what was said before; a first attempt and nothing found go without saying. */
function figuresOf({ text, data }: TaskEvent, said: readonly string[]): string[] {
  const isNews = (value: string) => !text.includes(value) && !said.includes(value) && !said.some((before) => before.includes(value) && value.length >= 7);
  return Object.entries(data).flatMap(([name, value]) => {
    if (typeof value === "number") return value === 0 || (value === 1 && PLAIN.has(name)) || said.some((before) => before.includes(counted(name, value))) ? [] : [counted(name, value)];
    if (typeof value !== "string") return value === true ? [words(name)] : [];
    const shown = isSha(value) ? shortSha(value) : value;
    return isNews(shown) && !ANSWERS.has(name) ? [`${words(name)} ${shown}`] : [];
  });
}

/** What durations are of, in words. */
const TOOK: Readonly<Record<string, string>> = { elapsed_ms: "took", arrival_ms: "arrived after", trb_ms: "recovered after" };
/** Of which one is what everybody expects. */
const PLAIN = new Set(["attempt", "attempts", "looks"]);
/** What the text tells in words. */
const ANSWERS = new Set(["outcome", "verdict", "conclusion"]);

/** Lines of at most so many columns, broken between words where there are any. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of oneLine(text).split(" ").filter((one) => one !== "")) {
    if (line !== "" && widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}

/** Text from outside on one line of a terminal, moving no cursor. */
export function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, " ").trim();
}

/** A duration in milliseconds as a person reads it: `420 ms`, `3.2 s`, `2 min 5 s`, `3 h 10 min`, `4 d 2 h`. */
export function span(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const [seconds, minutes] = [Math.round(ms / 1_000), Math.round(ms / 60_000)];
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (minutes < 1_440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(ms / 3_600_000);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `model 174 ms`, `3,620 input tokens`, `1 attempt` of `attempts`, `attempt 2` of `attempt`. */
function counted(name: string, value: number): string {
  if (/(^|[-_ ])ms$/i.test(name)) return `${TOOK[name] ?? words(name.replace(/[-_ ]?ms$/i, ""))} ${span(value)}`.trim();
  if (!name.endsWith("s")) return `${words(name)} ${figure(value)}`;
  return `${figure(value)} ${value === 1 ? words(name).slice(0, -1) : words(name)}`;
}

function words(name: string): string {
  return name.replace(/[-_]+/g, " ");
}

function figure(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString("en-US") : value.toLocaleString("en-US", { maximumFractionDigits: 4 });
}

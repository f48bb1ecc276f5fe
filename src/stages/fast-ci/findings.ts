import type { Finding } from "../../checks/port.ts";
import { placeOf } from "./decide.ts";
import type { CiFacts } from "./facts.ts";
import type { Outcome } from "./run-checks.ts";

const MAX_SHOWN = 50;

export const LEVELS = ["failure", "warning", "notice"] as const;

/** All findings, those that fail first. */
export function findingsOf({ outcomes }: Pick<CiFacts, "outcomes">): readonly Finding[] {
  const all = outcomes.flatMap(({ findings }) => findings);
  return LEVELS.flatMap((level) => all.filter((finding) => finding.level === level));
}

const MARKS: Readonly<Record<Outcome["kind"], string>> = { passed: "✅", failed: "❌", skipped: "➖", errored: "⚠️ could not run" };

/** The table of checks, and below it what they found. */
export function tableOf(facts: CiFacts): string {
  const rows = facts.outcomes.map(({ name, kind, detail, ms }) => `| ${name} | ${MARKS[kind]} | ${escaped(oneLine(detail))} | ${ms} |`);
  const table = rows.length === 0 ? "No check is configured." : ["| Check | Result | What | ms |", "| --- | --- | --- | ---: |", ...rows].join("\n");
  const items = facts.outcomes.flatMap(({ name, findings, kind, fix }) => [
    ...(kind === "errored" ? [`- ⚠️ **${name}** could not run. ${escaped(fix)}`] : []),
    ...findings.filter(({ level }) => level !== "notice").map((finding) => itemOf(finding, name)),
  ]);
  if (items.length === 0) return table;
  const more = items.length > MAX_SHOWN ? [`- and ${items.length - MAX_SHOWN} more`] : [];
  return [table, "", ...items.slice(0, MAX_SHOWN), ...more].join("\n");
}

function itemOf(finding: Finding, check: string): string {
  const [first = "", ...rest] = finding.message.split("\n");
  const mark = finding.level === "failure" ? "❌" : "⚠️";
  const line = `- ${mark} <code>${escaped(placeOf(finding, check))}</code> ${escaped(first)}`;
  return rest.length === 0 ? line : `${line}\n${codeBlock(rest)}`;
}

/** Output of a command, in a fence longer than any inside it and indented into its list item. */
function codeBlock(lines: readonly string[]): string {
  const longest = Math.max(2, ...lines.map((line) => /^\s*(`+)/.exec(line)?.[1]?.length ?? 0));
  const fence = "`".repeat(longest + 1);
  return ["", `${fence}text`, ...lines, fence].map((line) => (line === "" ? "" : `  ${line.replace(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, " ")}`)).join("\n");
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 200 ? `${line.slice(0, 197).toWellFormed()}…` : line;
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Text from outside becomes neither markup nor a link, and stays in its cell; our own backticks become code. */
export function escaped(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]+/gu, " ")
    .replace(/[&<>\\|*[\]~@#_]/g, (char) => `&#${char.charCodeAt(0)};`)
    .replace(/`([^`]*)`/g, "<code>$1</code>")
    .replace(/`/g, "&#96;");
}

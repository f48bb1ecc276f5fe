import type { Condition, Reason, Standing } from "./condition.ts";

/** How conditions and reasons look to a person, in a summary and on a pull request. */

const MARKS: Readonly<Record<Standing, string>> = { met: "✅", waiting: "⏳", rebuild: "🔧", recheck: "🔧", unmet: "❌", person: "🤝" };

/** @param shown makes text from outside harmless where it is going to stand. */
export function table(conditions: readonly Condition[], shown: (text: string) => string = escaped): string {
  const rows = conditions.map(({ title, standing, evidence }) => `| ${MARKS[standing]} | ${shown(title)} | ${shown(evidence)} |`);
  return ["| | Condition | What was seen |", "| --- | --- | --- |", ...rows].join("\n");
}

/** Each reason with what a person can do about it. */
export function toDo(reasons: readonly Reason[], shown: (text: string) => string = escaped): string {
  return reasons.map(({ message, fix }) => `- ${shown(message)}\n  - ${shown(fix)}`).join("\n");
}

/**
 * Text from outside must become neither markup nor a link, nor leave its cell: what Markdown or HTML would read is written as
 * entities. Backticks of our own sentences become code; where an outside one shifts them, only the font changes.
 */
export function escaped(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]+/gu, " ")
    .replace(/[&<>\\|*[\]~]/g, (char) => `&#${char.charCodeAt(0)};`)
    .replace(/`([^`]*)`/g, "<code>$1</code>")
    .replace(/`/g, "&#96;");
}

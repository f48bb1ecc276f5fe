import type { Blame, InstantError, Problem } from "../kit/errors.ts";

const HEADLINES: Record<Blame, string> = {
  configuration: "the configuration of this workflow has to change",
  permission: "a permission is missing",
  service: "an outside service did not do its part",
  instant: "INSTANT itself failed; this is a bug",
};

/** One error as plain text: every problem with its cause and its mend. */
export function explain(name: string, error: InstantError): string {
  return [`${name}: ${HEADLINES[error.blame]}`, ...error.problems.map((problem) => `- ${lines(problem).join("\n  ")}`)].join("\n");
}

/** The same for the job summary. */
export function explainMarkdown(name: string, error: InstantError): string {
  const items = error.problems.map((problem) => `- **${escape(problem.what)}**\n${lines(problem).slice(1).map((line) => `  - ${escape(line)}`).join("\n")}`);
  return [`### ❌ ${name}: ${HEADLINES[error.blame]}`, "", ...items, ""].join("\n");
}

function lines(problem: Problem): string[] {
  const cause = problem.cause === undefined ? [] : [`Likely cause: ${problem.cause}`];
  return [problem.what, ...cause, `What to do: ${problem.fix}`];
}

/**
 * Text from outside becomes neither markup, nor an image or a link, nor leaves its item; our own backticks become code, and lines
 * to be typed stay lines.
 */
function escape(text: string): string {
  return text
    .replace(/[&<>\\|*[\]~@#]/g, (char) => `&#${char.charCodeAt(0)};`)
    .replace(/`([^`\n]*)`/g, "<code>$1</code>")
    .replace(/`/g, "&#96;")
    .replace(/\r?\n( *)/g, (_, indent: string) => `<br>${"&nbsp;".repeat(indent.length)}`);
}

/**
 * Text from outside as a log may show it: nothing in it moves the cursor, changes colours, rings, or turns the direction of what
 * follows, by which a message could hide a part of itself. Line feeds and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(/(?:(?![\n\t])[\p{Cc}\p{Bidi_Control}\u2028\u2029])+/gu, " ");
}

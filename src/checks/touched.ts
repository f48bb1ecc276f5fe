import type { Subject } from "./port.ts";

/**
 * Whether the change touched a line.
 * @param around how many lines beside a touched one count too: a rule about the blank line in front of a heading speaks of the
 * heading, also when it was the line before that was changed.
 */
export function isTouched(subject: Subject, path: string, line: number, around = 0, endLine = line): boolean {
  const ranges = subject.touched.get(path);
  if (ranges === undefined) return true;
  return ranges.some(({ start, end }) => {
    // Where lines were only taken away, the two beside the gap are its neighbours.
    const gap = end < start;
    if (gap && around === 0) return false;
    return endLine >= (gap ? end : start - around) && line <= (gap ? start : end + around);
  });
}

/** Files that GitHub shows as Markdown (https://github.com/github-linguist/linguist, Markdown), JSX in it excepted. */
export function isMarkdown(path: string): boolean {
  return /\.(md|markdown|mdown|mkdn?)$/i.test(path);
}

export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

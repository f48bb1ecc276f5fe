/** Lines of context around a change, as `diff -u` shows by default. */
const CONTEXT = 3;

/**
 * A unified diff of two texts that differ in one place, as the FAQ before and after one entry does: what they share at both ends is
 * cut off. Line ends are not shown.
 */
export function entryDiff(before: string, after: string): string {
  const [old, now] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  const first = Math.max(0, head - CONTEXT);
  const shown = Math.min(tail, CONTEXT);
  const removed = old.slice(head, old.length - tail);
  const added = now.slice(head, now.length - tail);
  const lead = old.slice(first, head);
  const trail = old.slice(old.length - tail, old.length - tail + shown);
  const count = lead.length + trail.length;
  return [
    `@@ -${first + 1},${count + removed.length} +${first + 1},${count + added.length} @@`,
    ...lead.map((line) => ` ${line}`),
    ...removed.map((line) => `-${line}`),
    ...added.map((line) => `+${line}`),
    ...trail.map((line) => ` ${line}`),
  ].join("\n");
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

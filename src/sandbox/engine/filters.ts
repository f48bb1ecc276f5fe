/** Filter patterns of branches, tags and paths. */

/**
 * One filter pattern as a regular expression: `*` any but a slash, `**` any, `?` and `+` repeat what stands before,
 * `[…]` a set, `\` takes the next character as it is.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
 */
export function filterToRegExp(pattern: string): RegExp {
  let source = "";
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] as string;
    if (character === "\\" && at + 1 < pattern.length) {
      at += 1;
      source += escape(pattern[at] as string);
    } else if (pattern.startsWith("**/", at) && (at === 0 || pattern[at - 1] === "/")) {
      // "**/x" also means "x" at the top.
      source += "(?:.*/)?";
      at += 2;
    } else if (pattern.startsWith("**", at)) {
      source += ".*";
      at += 1;
    } else if (character === "*") {
      source += "[^/]*";
    } else if (character === "?" || character === "+") {
      source += source === "" ? escape(character) : character;
    } else if (character === "[" && pattern.indexOf("]", at) > at) {
      const end = pattern.indexOf("]", at);
      source += `[${pattern.slice(at + 1, end).replaceAll("\\", "\\\\")}]`;
      at = end;
    } else {
      source += escape(character);
    }
  }
  return new RegExp(`^${source}$`, "s");
}

function escape(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}

/** Whether a list of patterns takes a value in: the last that matches decides, `!` takes out again. */
export function matchesFilter(patterns: readonly string[], value: string): boolean {
  let matches = false;
  for (const pattern of patterns) {
    const negative = pattern.startsWith("!");
    if (filterToRegExp(negative ? pattern.slice(1) : pattern).test(value)) matches = !negative;
  }
  return matches;
}

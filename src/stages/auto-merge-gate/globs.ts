/**
 * Whether a path is allowed by at least one glob. `*` stands for anything inside one folder or name, `**` for any number of
 * folders, all else for itself; case counts, as it does in git. A pattern without a star allows exactly one file.
 */
export function matchesAny(path: string, globs: readonly string[]): boolean {
  const names = path.split("/");
  return globs.some((glob) => matchesFolders(names, glob.split("/")));
}

/** Matches folder by folder; work is bounded by names × parts. */
function matchesFolders(names: readonly string[], parts: readonly string[]): boolean {
  // reachable[i]: the parts so far can cover exactly the first i names.
  let reachable = [true, ...names.map(() => false)];
  for (const part of parts) {
    const next = reachable.map(() => false);
    for (const [index, open] of reachable.entries()) {
      if (!open) continue;
      if (part === "**") next.fill(true, index);
      else if (index < names.length && matchesName(names[index] ?? "", part)) next[index + 1] = true;
    }
    reachable = next;
  }
  return reachable[names.length] === true;
}

/** One name against one part with `*`: greedy from left to right, which is enough when `*` is the only wildcard. */
function matchesName(name: string, part: string): boolean {
  const [first = "", ...rest] = part.split("*");
  if (rest.length === 0) return name === first;
  const last = rest.pop() ?? "";
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

import type { Git } from "./git.ts";
import type { Change, LineRange } from "./port.ts";

/** Options that make git's output the same whatever the person has configured. */
const PLAIN = ["--no-ext-diff", "--no-textconv", "--no-color", "--no-relative", "--ignore-submodules=none", "-M"] as const;

/** What no check reads needs no patch either: git takes larger files for binary ones. */
const BIG_FILE_BYTES = 8 * 1024 * 1024;

/**
 * The difference between the trees of two commits that the repository in `folder` has, sorted by path.
 * @param lines pathspecs of the files whose touched lines are wanted; none: no lines at all.
 */
export async function compareTrees(git: Git, folder: string, range: { base: string; head: string; lines: readonly string[]; without?: readonly string[] }): Promise<Change[]> {
  const { base, head, lines, without = [] } = range;
  const left = without.map((pattern) => `:(top,exclude,glob)${pattern}`);
  const diff = (format: readonly string[], paths: readonly string[]) =>
    git.must(["-c", `core.bigFileThreshold=${BIG_FILE_BYTES}`, "diff", ...format, ...PLAIN, base, head, "--", ...paths, ...left], { cwd: folder });
  // `-U0 --inter-hunk-context=0`: a hunk for each run of touched lines, and none of what stands around it. What is new is touched as a
  // whole, whatever its patch would say.
  const hunks = ["-p", "-U0", "--inter-hunk-context=0", "--diff-filter=MRT"];
  const [all, both] = await Promise.all([diff(["--raw", "-z"], []), lines.length === 0 ? "" : diff(["--raw", "-z", ...hunks], lines)]);
  const named = parseRaw(both);
  // With `-z` names are not quoted: one with a line end could forge a header of the patch, which then is read without.
  const forged = named.entries.some(({ path, previousPath }) => /[\r\n]/.test(path + (previousPath ?? "")));
  const touched = parseTouched(named.entries, forged ? await diff(hunks, lines) : both.slice(named.end));
  return parseRaw(all).entries.map((change) => ({ ...change, touched: touched.get(change.path) ?? null })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

type Entry = Omit<Change, "touched">;

const STATUS: Readonly<Record<string, Change["status"]>> = {
  A: "added", C: "added", M: "modified", D: "removed", R: "renamed", T: "type-changed",
};

/** Reads `:mode mode sha sha status\0path\0[path\0]…` (git-diff(1), raw output format); `end` is where a patch begins. */
export function parseRaw(output: string): { entries: Entry[]; end: number } {
  const entries: Entry[] = [];
  let at = 0;
  const field = () => {
    const stop = output.indexOf("\0", at);
    const text = output.slice(at, stop === -1 ? output.length : stop);
    at = stop === -1 ? output.length : stop + 1;
    return text;
  };
  while (output[at] === ":") {
    const [oldMode = "", newMode = "", , , letters = ""] = field().slice(1).split(" ");
    const letter = letters.charAt(0);
    const first = field();
    const moved = letter === "R" || letter === "C";
    const path = moved ? field() : first;
    const mode = letter === "D" ? oldMode : newMode;
    entries.push({ path, previousPath: letter === "R" ? first : null, status: STATUS[letter] ?? "modified", kind: kindOf(mode) });
  }
  return { entries, end: at };
}

function kindOf(mode: string): Change["kind"] {
  if (mode === "120000") return "symlink";
  return mode === "160000" ? "submodule" : "file";
}

/** The touched lines of each file, from the patch of these same files. */
export function parseTouched(entries: readonly Entry[], patch: string): Map<string, LineRange[]> {
  const touched = new Map<string, LineRange[]>();
  // Inside a patch every line of content begins with +, - or a backslash. The sections come in the order of the entries; a file whose
  // type changed has two, the old one going and the new one coming.
  const sections = patch.replace(/^\0/, "").split(/^diff --git /m).slice(1);
  let next = 0;
  for (const { path, status } of entries) {
    if (status === "type-changed") next += 1;
    const section = sections[next] ?? "";
    next += 1;
    // By `-diff` in its .gitattributes a tree would keep its lines from being seen.
    if (/^Binary files .* differ$/m.test(section)) continue;
    const hunks = section.matchAll(/^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@/gm);
    touched.set(path, [...hunks].map(([, start, count]) => hunk(Number(start), Number(count ?? "1"))));
  }
  return touched;
}

/** In a hunk that only takes lines away, git names the line in front of the gap. */
function hunk(start: number, count: number): LineRange {
  return count === 0 ? { start: start + 1, end: start } : { start, end: start + count - 1 };
}

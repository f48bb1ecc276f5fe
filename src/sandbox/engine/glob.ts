/** File patterns as @actions/glob reads them: `*`, `**`, `?`, `[…]`, `!` to exclude, a folder means all below it. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, isAbsolute, join, relative, resolve, sep } from "node:path";

export interface GlobOptions {
  /** Names that begin with a dot are left out, and what is below such folders, unless a pattern's root is there. */
  readonly skipHidden?: boolean;
}

export interface GlobResult {
  /** Absolute paths of files, each once, in the order in which a walk meets them. */
  readonly files: readonly string[];
  /** The folders or files where the search began. */
  readonly roots: readonly string[];
}

interface Pattern {
  readonly exclude: boolean;
  readonly root: string;
  readonly matches: RegExp;
}

const POSIX = (path: string) => (sep === "/" ? path : path.split(sep).join("/"));

/** Finds the files that lines of patterns mean, below `base` unless they are absolute. */
export function findFiles(patterns: string, base: string, options: GlobOptions = {}): GlobResult {
  const read = patterns.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
  const all = read.map((line) => patternOf(line, base));
  const roots = [...new Set(all.filter((pattern) => !pattern.exclude).map((pattern) => pattern.root))];
  const searched = roots.filter((root) => !roots.some((other) => other !== root && root.startsWith(withSlash(other))));
  const files: string[] = [];
  for (const root of searched) {
    walk(root, options, (file) => {
      let wanted = false;
      for (const pattern of all) if (pattern.matches.test(POSIX(file))) wanted = !pattern.exclude;
      if (wanted) files.push(file);
    });
  }
  return { files, roots: searched };
}

const withSlash = (path: string) => (path.endsWith(sep) ? path : path + sep);

function patternOf(line: string, base: string): Pattern {
  const exclude = line.startsWith("!");
  const text = exclude ? line.replace(/^!+/, "").trim() : line;
  const path = isAbsolute(text) ? resolve(text) : resolve(base, text);
  const parts = path.split(sep);
  const firstMagic = parts.findIndex((part) => /[*?[]/.test(part));
  const root = firstMagic < 0 ? path : parts.slice(0, firstMagic).join(sep) || sep;
  return { exclude, root, matches: globToRegExp(POSIX(path)) };
}

/** A path pattern as a regular expression; what it names includes everything below it. */
export function globToRegExp(pattern: string): RegExp {
  const parts = pattern.split("/").map((part) => (part === "**" ? "**" : segmentToRegExp(part)));
  let source = "";
  parts.forEach((part, index) => {
    const last = index === parts.length - 1;
    if (part === "**") source += last ? "(?:.*)" : "(?:[^/]+/)*";
    else source += part + (last ? "" : "/");
  });
  return new RegExp(`^${source}(?:/.*)?$`, process.platform === "win32" ? "is" : "s");
}

function segmentToRegExp(part: string): string {
  return part.replace(/\[!?[^\]]*\]|\*+|[?.+^${}()|[\]\\]/g, (token) => {
    if (token.startsWith("[") && token.length > 2) return token.replace(/^\[!/, "[^").replaceAll("\\", "\\\\");
    if (token.startsWith("*")) return "[^/]*";
    if (token === "?") return "[^/]";
    return `\\${token}`;
  });
}

function walk(path: string, options: GlobOptions, onFile: (file: string) => void): void {
  const kind = kindOf(path);
  if (kind === "file") onFile(path);
  if (kind !== "folder") return;
  const stack: { path: string; depth: number }[] = [{ path, depth: 0 }];
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { path: at, depth } = next;
    if (depth > 64) continue;
    if (depth > 0) {
      if (options.skipHidden && basename(at).startsWith(".")) continue;
      const found = kindOf(at);
      if (found === "file") onFile(at);
      if (found !== "folder") continue;
    }
    const names = readdirSync(at).sort().reverse();
    for (const name of names) stack.push({ path: join(at, name), depth: depth + 1 });
  }
}

function kindOf(path: string): "file" | "folder" | "none" {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return "folder";
  return found?.isFile() ? "file" : "none";
}

/**
 * `hashFiles(…)`: the SHA-256 of the SHA-256 digests of all matching files of the workspace, empty when there are none.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#hashfiles
 */
export function hashFiles(patterns: readonly string[], workspace: string): string {
  const { files } = findFiles(patterns.join("\n"), workspace);
  const inside = files.filter((file) => !relative(workspace, file).startsWith(".."));
  if (inside.length === 0) return "";
  const all = createHash("sha256");
  for (const file of inside) all.update(createHash("sha256").update(readFileSync(file)).digest());
  return all.digest("hex");
}

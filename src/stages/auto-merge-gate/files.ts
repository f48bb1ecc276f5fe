import type { PullFile } from "../../github/port.ts";
import { shortSha } from "../../kit/ids.ts";
import { type Condition, listed, met, named, open } from "./condition.ts";
import type { GateFacts } from "./facts.ts";
import { matchesAny } from "./globs.ts";
import type { Policy } from "./policy.ts";

/** The rules about what a pull request changes. */

export function hasAllowedPaths(facts: GateFacts, policy: Policy): Condition {
  const title = "It changes allowed paths only";
  const { files, pull } = facts;
  const names = files.flatMap((file) => (file.previousPath === null ? [file.path] : [file.path, file.previousPath]));
  const outside = [...new Set(names)].filter((name) => !matchesAny(name, policy.allowedPaths));
  if (outside.length > 0) {
    const shown = listed(outside.map(named));
    return open(title, "unmet", `outside: ${shown}`, {
      code: "path-not-allowed",
      message: `it changes ${shown}, which \`allowed-paths\` does not allow`,
      fix: `Take the change out, or add the path to \`allowed-paths\` (now: ${policy.allowedPaths.join(", ")}).`,
    });
  }
  const unread = unreadFiles(facts);
  if (unread !== null) return { ...unread, title };
  if (files.length === 0) return open(title, "unmet", "no file is changed", nothingChanged(pull.base.branch));
  return met(title, listed(files.map(({ path }) => named(path))));
}

function unreadFiles({ files, filesComplete, pull }: GateFacts): Condition | null {
  const title = "";
  if (!filesComplete) {
    return open(title, "waiting", "somebody pushed while they were read", {
      code: "files-unread",
      message: "its files changed while they were read",
      fix: "Run the gate again in a minute.",
    });
  }
  if (files.length < pull.fileCount) {
    return open(title, "unmet", `${files.length} of ${pull.fileCount} files read`, {
      code: "files-unread",
      message: `only ${files.length} of its ${pull.fileCount} changed files could be read`,
      fix: "Split the pull request: GitHub lists at most 3,000 files.",
    });
  }
  if (files.some((file) => (file.status === "renamed" || file.status === "copied") && file.previousPath === null)) {
    return open(title, "unmet", "a rename whose old name is unknown", {
      code: "files-unread",
      message: "it renames a file whose old name could not be read",
      fix: "Run the gate again; if it stays, make the change without a rename.",
    });
  }
  return null;
}

function nothingChanged(base: string) {
  return { code: "no-difference", message: `nothing differs from \`${base}\``, fix: "Close the pull request: what it wanted is there already." };
}

export function isSmallEnough({ files, pull }: GateFacts, { maxFiles, maxLines }: Policy): Condition {
  const title = "It is small enough";
  const lines = files.reduce((sum, { additions, deletions }) => sum + additions + deletions, 0);
  const count = Math.max(files.length, pull.fileCount);
  const seen = `${count} ${count === 1 ? "file" : "files"}, ${lines} ${lines === 1 ? "line" : "lines"}`;
  if (count <= maxFiles && lines <= maxLines) return met(title, seen);
  const limit = count > maxFiles ? `\`max-files\` is ${maxFiles}` : `\`max-lines\` is ${maxLines}`;
  return open(title, "unmet", seen, { code: "too-large", message: `it changes ${seen}, and ${limit}`, fix: "Split it, have a person review and merge it, or raise `max-files` or `max-lines`." });
}

const PLAIN = new Set(["100644", "100755"]);

/** A symbolic link or a submodule shows readers, and later runs, something else than what was judged: at the head, or where it was taken away. */
export function holdsPlainFiles({ files, entries, pull }: GateFacts, policy: Policy): Condition {
  const title = "It changes plain files only";
  const atHead = files.flatMap(({ path, status }) => (status === "removed" ? [] : [{ path, mode: entries.head.get(path)?.mode }]));
  // Files that were there are named as they were; where the merge base is not known, nothing is known of them.
  const atBase = files.flatMap((file) => (file.status === "added" ? [] : [{ path: nameBefore(file), mode: entries.base?.get(nameBefore(file))?.mode }]));
  // What is not allowed at all is told of as that, and was not asked for.
  const odd = (list: readonly { path: string; mode: string | undefined }[]) => list.filter(({ path, mode }) => matchesAny(path, policy.allowedPaths) && !PLAIN.has(mode ?? "")).map(({ path, mode }) => `${named(path)} (mode ${mode ?? "unknown"})`);
  const [now, before] = [odd(atHead), odd(atBase)];
  if (now.length + before.length === 0) return met(title, "modes 100644 and 100755");
  const fix = "Commit a plain file instead of a symbolic link or a submodule; when the mode is unknown, run the gate again.";
  if (now.length > 0) {
    const shown = listed(now);
    return open(title, "unmet", shown, { code: "not-a-plain-file", message: `at ${shortSha(pull.head.sha)} it makes something else than a plain file of ${shown}`, fix });
  }
  const shown = listed(before);
  return open(title, "unmet", `before: ${shown}`, { code: "not-a-plain-file", message: `it takes away or replaces ${shown}, which was no plain file`, fix: "Have a person review and merge it; when the mode is unknown, run the gate again." });
}

export function keepsModes({ files, entries }: GateFacts, policy: Policy): Condition {
  const title = "No file's mode changes";
  const changed = files.flatMap((file) => {
    const [before, after] = [entries.base?.get(nameBefore(file))?.mode, entries.head.get(file.path)?.mode];
    const comparable = file.status !== "added" && file.status !== "removed" && matchesAny(file.path, policy.allowedPaths);
    return comparable && before !== undefined && after !== undefined && before !== after ? [`${named(file.path)} (${before} to ${after})`] : [];
  });
  if (changed.length === 0) return met(title, "as before");
  const shown = listed(changed);
  return open(title, "unmet", shown, { code: "mode-changed", message: `it changes the mode of ${shown}`, fix: "Take the change of mode out (`git update-index --chmod`), or have a person merge it." });
}

/** What nobody can read in a diff, nobody has judged; a file of which GitHub cannot tell is none that is known to be text. */
export function holdsText({ files, entries }: GateFacts, policy: Policy): Condition {
  const title = "It holds text only";
  const kept = files.filter(({ path, status }) => status !== "removed" && matchesAny(path, policy.allowedPaths) && PLAIN.has(entries.head.get(path)?.mode ?? ""));
  const binary = kept.filter(({ path }) => entries.head.get(path)?.binary !== false).map(({ path }) => named(path));
  if (binary.length === 0) return met(title, `${kept.length} ${kept.length === 1 ? "file" : "files"} of text`);
  const shown = listed(binary);
  return open(title, "unmet", shown, { code: "binary-file", message: `it holds ${shown}, which is not text`, fix: "Have a person review and merge it: a binary file, or a pointer of Git LFS, cannot be judged by its diff." });
}

function nameBefore({ path, previousPath }: PullFile): string {
  return previousPath ?? path;
}

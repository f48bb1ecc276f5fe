/** What changed between two trees, as GitHub lists it: renames found, lines counted. */

import { emptyTree } from "./objects.ts";
import { quickChanges } from "./quick.ts";
import type { GitRepository } from "./repository.ts";

export type FileStatus = "added" | "removed" | "modified" | "renamed" | "copied" | "changed";

export interface ChangedFile {
  readonly path: string;
  readonly previousPath?: string;
  readonly status: FileStatus;
  /** Blob id on the new side; on the old side for a removed file. */
  readonly oid: string;
  readonly oldMode: string;
  readonly newMode: string;
  readonly additions: number;
  readonly deletions: number;
  readonly binary: boolean;
}

const remembered = new WeakMap<GitRepository, Map<string, Promise<readonly ChangedFile[]>>>();

/** Files that differ between two commits or trees; undefined on the left is the empty tree. */
export function changedFiles(
  repository: GitRepository,
  from: string | undefined,
  to: string,
): Promise<readonly ChangedFile[]> {
  let known = remembered.get(repository);
  if (known === undefined) remembered.set(repository, (known = new Map()));
  const key = `${from ?? ""}..${to}`;
  let found = known.get(key);
  if (found === undefined) {
    if (known.size > 2_000) known.clear();
    known.set(key, (found = readChanges(repository, from ?? emptyTree, to)));
    found.catch(() => known.delete(key));
  }
  return found;
}

async function readChanges(repository: GitRepository, from: string, to: string): Promise<readonly ChangedFile[]> {
  const [before, after] = await Promise.all([treeOf(repository, from), treeOf(repository, to)]);
  return (await quickChanges(repository, before, after)) ?? gitChanges(repository, from, to);
}

async function treeOf(repository: GitRepository, oid: string): Promise<string> {
  if (oid === emptyTree) return oid;
  const object = await repository.read(oid);
  return object?.type === "commit" ? (await repository.commit(oid)).tree : oid;
}

async function gitChanges(repository: GitRepository, from: string, to: string): Promise<ChangedFile[]> {
  const output = await repository.run(["diff-tree", "-r", "-M", "-z", "--raw", "--numstat", "--no-abbrev", from, to]);
  const parts = output.stdout.toString("utf8").split("\0");
  const files: Omit<ChangedFile, "additions" | "deletions" | "binary">[] = [];
  let at = 0;
  for (; parts[at]?.startsWith(":") === true; ) {
    const [oldMode = "", newMode = "", oldOid = "", newOid = "", code = ""] = (parts[at] ?? "").slice(1).split(" ");
    const two = code.startsWith("R") || code.startsWith("C");
    const first = parts[at + 1] ?? "";
    const path = two ? (parts[at + 2] ?? "") : first;
    const status = statusOf(code, oldMode, newMode);
    files.push({
      path, status, oldMode, newMode, oid: status === "removed" ? oldOid : newOid,
      ...(two ? { previousPath: first } : {}),
    });
    at += two ? 3 : 2;
  }
  const counts = readCounts(parts.slice(at));
  return files.map((file) => ({ ...file, ...(counts.get(file.path) ?? { additions: 0, deletions: 0, binary: false }) }));
}

function statusOf(code: string, oldMode: string, newMode: string): FileStatus {
  switch (code[0]) {
    case "A": return "added";
    case "D": return "removed";
    case "R": return "renamed";
    case "C": return "copied";
    case "T": return "changed";
    default: return oldMode.slice(0, 3) === newMode.slice(0, 3) ? "modified" : "changed";
  }
}

interface Counts {
  readonly additions: number;
  readonly deletions: number;
  readonly binary: boolean;
}

/** `added TAB deleted TAB path`, or with an empty path followed by the old and the new one for a rename. */
function readCounts(parts: readonly string[]): Map<string, Counts> {
  const counts = new Map<string, Counts>();
  for (let at = 0; at < parts.length; at += 1) {
    const [added, deleted, ...rest] = (parts[at] ?? "").split("\t");
    if (added === undefined || deleted === undefined) continue;
    let path = rest.join("\t");
    if (path === "") {
      path = parts[at + 2] ?? "";
      at += 2;
    }
    const binary = added === "-";
    counts.set(path, { additions: binary ? 0 : Number(added), deletions: binary ? 0 : Number(deleted), binary });
  }
  return counts;
}

/** Unified diffs by path, without the header lines, as the REST API shows them in `patch`. */
export async function patches(
  repository: GitRepository,
  from: string | undefined,
  to: string,
): Promise<Map<string, string>> {
  const output = await repository.ask([
    "-c", "core.quotePath=false", "diff-tree", "-r", "-M", "-p", "--no-color", "--src-prefix=a/", "--dst-prefix=b/",
    from ?? emptyTree, to,
  ]);
  const found = new Map<string, string>();
  for (const part of output.stdout.toString("utf8").split(/^(?=diff --git )/m)) {
    const hunk = part.search(/^@@ /m);
    const path = /^\+\+\+ b\/(.*?)\t?$/m.exec(part)?.[1] ?? /^--- a\/(.*?)\t?$/m.exec(part)?.[1];
    if (hunk >= 0 && path !== undefined) found.set(path, part.slice(hunk).replace(/\n$/, ""));
  }
  return found;
}

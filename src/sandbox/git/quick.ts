/**
 * What git would answer, where the trees alone decide: no process is started then. Whenever content or renames
 * matter the answer is undefined, and git itself is asked.
 */

import { emptyTree } from "./objects.ts";
import type { TreeEntry } from "./objects.ts";
import type { GitRepository } from "./repository.ts";

interface Difference {
  readonly path: string;
  readonly before: TreeEntry | undefined;
  readonly after: TreeEntry | undefined;
}

/** Files that differ between two trees, by path. */
async function differences(repository: GitRepository, from: string, to: string, prefix = ""): Promise<Difference[]> {
  if (from === to) return [];
  const [old, fresh] = await Promise.all([repository.tree(from), repository.tree(to)]);
  const known = new Map(old.map((entry) => [entry.name, entry]));
  const names = new Set([...known.keys(), ...fresh.map((entry) => entry.name)]);
  const now = new Map(fresh.map((entry) => [entry.name, entry]));
  const found: Difference[] = [];
  for (const name of names) {
    const [before, after] = [known.get(name), now.get(name)];
    if (before?.oid === after?.oid && before?.mode === after?.mode) continue;
    const [wasTree, isTree] = [before?.mode === "040000", after?.mode === "040000"];
    const path = prefix + name;
    if (wasTree || isTree) {
      found.push(...await differences(repository, wasTree ? (before?.oid ?? emptyTree) : emptyTree, isTree ? (after?.oid ?? emptyTree) : emptyTree, `${path}/`));
    }
    const [plainBefore, plainAfter] = [wasTree ? undefined : before, isTree ? undefined : after];
    if (plainBefore !== undefined || plainAfter !== undefined) found.push({ path, before: plainBefore, after: plainAfter });
  }
  return found.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

export interface QuickFile {
  readonly path: string;
  readonly status: "added" | "removed" | "modified";
  readonly oid: string;
  readonly oldMode: string;
  readonly newMode: string;
  readonly additions: number;
  readonly deletions: number;
  readonly binary: boolean;
}

/** The changed files, when none can be a rename and each only gained or only lost lines in one place. */
export async function quickChanges(repository: GitRepository, from: string, to: string): Promise<QuickFile[] | undefined> {
  const found = await differences(repository, from, to);
  if (found.some((one) => one.before === undefined) && found.some((one) => one.after === undefined)) return undefined;
  const files: QuickFile[] = [];
  for (const { path, before, after } of found) {
    const modes = [before?.mode, after?.mode].filter((mode) => mode !== undefined);
    if (modes.some((mode) => !mode.startsWith("100"))) return undefined;
    const counts = await lineCounts(repository, before?.oid, after?.oid);
    if (counts === undefined) return undefined;
    files.push({
      path, ...counts, status: before === undefined ? "added" : after === undefined ? "removed" : "modified",
      oid: (after ?? before)?.oid ?? "", oldMode: before?.mode ?? "000000", newMode: after?.mode ?? "000000",
    });
  }
  return files;
}

async function lineCounts(
  repository: GitRepository,
  before: string | undefined,
  after: string | undefined,
): Promise<Pick<QuickFile, "additions" | "deletions" | "binary"> | undefined> {
  if (before === after) return { additions: 0, deletions: 0, binary: false };
  const read = async (oid: string | undefined): Promise<Buffer | undefined> => (oid === undefined ? Buffer.alloc(0) : repository.blob(oid));
  const [old, fresh] = await Promise.all([read(before), read(after)]);
  // Attributes may call a file binary or text; git knows.
  if (old === undefined || fresh === undefined || old.includes(0) || fresh.includes(0)) return undefined;
  const [left, right] = [lines(old), lines(fresh)];
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start += 1;
  let end = 0;
  while (end < left.length - start && end < right.length - start && left.at(-1 - end) === right.at(-1 - end)) end += 1;
  const [deletions, additions] = [left.length - start - end, right.length - start - end];
  return deletions > 0 && additions > 0 ? undefined : { additions, deletions, binary: false };
}

function lines(content: Buffer): string[] {
  const parts = content.toString("latin1").split(/(?<=\n)/);
  return parts.length === 1 && parts[0] === "" ? [] : parts;
}

/** The merged tree, when no path was changed on both sides in different ways. */
export async function quickMerge(repository: GitRepository, base: string, ours: string, theirs: string): Promise<string | undefined> {
  if (ours === theirs || theirs === base) return ours;
  if (ours === base) return theirs;
  const [old, left, right] = await Promise.all([base, ours, theirs].map(async (oid) =>
    new Map((await repository.tree(oid)).map((entry) => [entry.name, entry])))) as Side[] as [Side, Side, Side];
  const merged: TreeEntry[] = [];
  for (const name of new Set([...left.keys(), ...right.keys(), ...old.keys()])) {
    const [was, mine, other] = [old.get(name), left.get(name), right.get(name)];
    let entry = mine;
    if (!same(mine, other) && !same(other, was)) {
      if (same(mine, was)) entry = other;
      else {
        if (was?.mode !== "040000" || mine?.mode !== "040000" || other?.mode !== "040000") return undefined;
        const oid = await quickMerge(repository, was.oid, mine.oid, other.oid);
        if (oid === undefined) return undefined;
        entry = { ...mine, oid };
      }
    }
    if (entry !== undefined && entry.oid !== emptyTree) merged.push(entry);
  }
  return repository.writeTree(merged);
}

type Side = ReadonlyMap<string, TreeEntry>;

function same(left: TreeEntry | undefined, right: TreeEntry | undefined): boolean {
  return left?.oid === right?.oid && left?.mode === right?.mode;
}

/**
 * One bare repository: fast reads, loose-object writes, and refs that move by compare-and-swap.
 *
 * Objects never change, so whatever is derived from object ids alone is remembered. Refs are mirrored in
 * memory: every writer is this process, or a `git receive-pack` after which `reload` is called.
 */

import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { ObjectReader, RefWriter } from "./batch.ts";
import type { RefChange } from "./batch.ts";
import { headBranch, layOut, serverConfig } from "./initial.ts";
import { emptyTree, formatCommit, formatTree, parseCommit, parseTree, readLooseObject, writeLooseObject } from "./objects.ts";
import type { CommitFields, CommitObject, GitObject, TreeEntry } from "./objects.ts";
import { git } from "./process.ts";
import type { GitOptions, GitResult } from "./process.ts";

/** A blob above this size is read again each time instead of being remembered. */
const rememberedBlob = 256 * 1024;
const rememberedObjects = 20_000;
const rememberedAnswers = 2_000;

export class GitRepository {
  readonly dir: string;
  readonly #reader: ObjectReader;
  readonly #writer: RefWriter;
  readonly #refs = new Map<string, string>();
  readonly #commits = new Map<string, CommitObject>();
  readonly #trees = new Map<string, readonly TreeEntry[]>();
  readonly #blobs = new Map<string, Buffer>();
  readonly #answers = new Map<string, Promise<GitResult>>();
  #tail: Promise<unknown> = Promise.resolve();

  constructor(dir: string) {
    this.dir = dir;
    this.#reader = new ObjectReader(dir);
    this.#writer = new RefWriter(dir);
  }

  /** Makes an empty bare repository whose HEAD is `defaultBranch`. */
  static async create(dir: string, defaultBranch: string): Promise<GitRepository> {
    await layOut(dir, defaultBranch);
    return new GitRepository(dir);
  }

  /** Clones a repository, heads and tags only, and names its current branch `defaultBranch`. */
  static async clone(source: string, dir: string, defaultBranch?: string): Promise<GitRepository> {
    await git(["clone", "--quiet", "--bare", "--no-hardlinks", "--template=", source, dir]);
    // A detached HEAD (the usual checkout of a CI job) has no branch: it becomes one.
    const answer = await git(["symbolic-ref", "--quiet", "--short", "HEAD"], { cwd: dir, accept: [0, 1] });
    const current = answer.code === 0 ? answer.stdout.toString("utf8").trim() : undefined;
    const wanted = defaultBranch ?? current ?? "main";
    if (wanted !== current) {
      await git(["update-ref", `refs/heads/${wanted}`, "HEAD"], { cwd: dir });
      await git(["symbolic-ref", "HEAD", `refs/heads/${wanted}`], { cwd: dir });
    }
    return GitRepository.#open(dir);
  }

  static async #open(dir: string): Promise<GitRepository> {
    const path = join(dir, "config");
    await writeFile(path, `${await readFile(path, "utf8")}${serverConfig}`);
    const repository = new GitRepository(dir);
    await repository.reload();
    return repository;
  }

  /** The branch that HEAD names. */
  head(): Promise<string> {
    return headBranch(this.dir);
  }

  run(args: readonly string[], options: Omit<GitOptions, "cwd"> = {}): Promise<GitResult> {
    return git(["--git-dir", this.dir, ...args], options);
  }

  /** As `run`, for a question about object ids alone: its answer never changes, so it is asked once. */
  ask(args: readonly string[], options: Pick<GitOptions, "accept"> = {}): Promise<GitResult> {
    const key = args.join("\0");
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = this.run(args, options);
    const forget = (): boolean => this.#answers.delete(key);
    if (this.#answers.size >= rememberedAnswers) this.#answers.clear();
    this.#answers.set(key, answer);
    // What failed may succeed when the objects are there.
    answer.then(({ stdout }) => stdout.length > rememberedBlob && forget(), forget);
    return answer;
  }

  // --- objects -------------------------------------------------------------------------------------------------

  /** Any object by id or revision expression; undefined when there is none. */
  async read(revision: string): Promise<GitObject | undefined> {
    const loose = /^[0-9a-f]{40}$/.test(revision) ? await readLooseObject(join(this.dir, "objects"), revision) : undefined;
    return loose ?? this.#reader.read(revision);
  }

  /** @throws Error when `oid` is no commit of this repository. */
  async commit(oid: string): Promise<CommitObject> {
    const known = this.#commits.get(oid);
    if (known !== undefined) return known;
    const object = await this.read(oid);
    if (object?.type !== "commit") throw new Error(`${oid} is not a commit of ${this.dir}`);
    const commit = parseCommit(object.oid, object.body);
    remember(this.#commits, oid, commit);
    return commit;
  }

  /** The commit that an id leads to, through annotated tags; undefined when it leads to none. */
  async commitOf(oid: string): Promise<string | undefined> {
    return (await this.hasCommit(oid)) ? oid : (await this.read(`${oid}^{commit}`))?.oid;
  }

  async hasCommit(oid: string): Promise<boolean> {
    if (this.#commits.has(oid)) return true;
    return (await this.read(oid))?.type === "commit";
  }

  /** @throws Error when `oid` is no tree of this repository. */
  async tree(oid: string): Promise<readonly TreeEntry[]> {
    if (oid === emptyTree) return [];
    const known = this.#trees.get(oid);
    if (known !== undefined) return known;
    const object = await this.read(oid);
    if (object?.type !== "tree") throw new Error(`${oid} is not a tree of ${this.dir}`);
    const entries = parseTree(object.body);
    remember(this.#trees, oid, entries);
    return entries;
  }

  async blob(oid: string): Promise<Buffer | undefined> {
    const known = this.#blobs.get(oid);
    if (known !== undefined) return known;
    const object = await this.read(oid);
    if (object?.type !== "blob") return undefined;
    if (object.body.length <= rememberedBlob) remember(this.#blobs, oid, object.body);
    return object.body;
  }

  /** The entry at a path below a tree; undefined when there is none. */
  async entryAt(tree: string, path: string): Promise<TreeEntry | undefined> {
    let entry: TreeEntry = { mode: "040000", name: "", oid: tree };
    for (const name of path.split("/").filter((part) => part !== "")) {
      if (entry.mode !== "040000") return undefined;
      const next: TreeEntry | undefined = (await this.tree(entry.oid)).find((one) => one.name === name);
      if (next === undefined) return undefined;
      entry = next;
    }
    return entry;
  }

  /** A file's content at a commit; undefined when it is not there. */
  async fileAt(commit: string, path: string): Promise<Buffer | undefined> {
    const entry = await this.entryAt((await this.commit(commit)).tree, path);
    return entry === undefined || entry.mode === "040000" ? undefined : this.blob(entry.oid);
  }

  writeBlob(content: Buffer): Promise<string> {
    return writeLooseObject(join(this.dir, "objects"), "blob", content);
  }

  writeTree(entries: readonly TreeEntry[]): Promise<string> {
    return writeLooseObject(join(this.dir, "objects"), "tree", formatTree(entries));
  }

  writeCommit(fields: CommitFields): Promise<string> {
    return writeLooseObject(join(this.dir, "objects"), "commit", formatCommit(fields));
  }

  // --- refs ----------------------------------------------------------------------------------------------------

  ref(name: string): string | undefined {
    return this.#refs.get(name);
  }

  /** Every ref below a prefix, by name. */
  refs(prefix = "refs/"): [string, string][] {
    return [...this.#refs].filter(([name]) => name.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /**
   * One transaction over one or more refs.
   * @throws RefConflict when a ref is not at its `from`; nothing moved then.
   */
  async updateRefs(changes: readonly RefChange[]): Promise<void> {
    const moved = changes.find((one) => this.#refs.get(one.ref) !== one.from);
    if (moved !== undefined) throw new RefConflict(moved.ref, moved.from, this.#refs.get(moved.ref));
    await this.#writer.update(changes);
    for (const one of changes) {
      if (one.to === undefined) this.#refs.delete(one.ref);
      else this.#refs.set(one.ref, one.to);
    }
  }

  /** Reads the refs again and tells what changed; called after a push. */
  async reload(): Promise<RefChange[]> {
    const listed = await this.run(["for-each-ref", "--format=%(refname) %(objectname)"]);
    const before = new Map(this.#refs);
    this.#refs.clear();
    for (const line of listed.stdout.toString("utf8").split("\n")) {
      const [name, oid] = line.split(" ");
      if (name !== undefined && oid !== undefined) this.#refs.set(name, oid);
    }
    const names = new Set([...before.keys(), ...this.#refs.keys()]);
    return [...names]
      .map((ref) => ({ ref, from: before.get(ref), to: this.#refs.get(ref) }))
      .filter((one) => one.from !== one.to);
  }

  /** Runs one task at a time, in order of arrival: what GitHub's own locks do for writes to one repository. */
  exclusive<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Ends the processes; the folder goes too when `remove` is set. */
  async close(remove = true): Promise<void> {
    await this.#tail;
    await Promise.all([this.#reader.close(), this.#writer.close()]);
    if (remove) await rm(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  if (map.size >= rememberedObjects) map.delete(map.keys().next().value as string);
  map.set(key, value);
}

/** A ref was not where its writer believed. */
export class RefConflict extends Error {
  readonly ref: string;
  readonly expected: string | undefined;
  readonly actual: string | undefined;
  constructor(ref: string, expected: string | undefined, actual: string | undefined) {
    super(`${ref} is at ${actual ?? "nothing"}, not at ${expected ?? "nothing"}`);
    this.name = "RefConflict";
    this.ref = ref;
    this.expected = expected;
    this.actual = actual;
  }
}

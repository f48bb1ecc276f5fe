import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "@jest/globals";

import { editTree } from "../../../src/sandbox/git/merge.ts";
import { emptyTree } from "../../../src/sandbox/git/objects.ts";
import { quickChanges, quickMerge } from "../../../src/sandbox/git/quick.ts";
import { GitRepository } from "../../../src/sandbox/git/repository.ts";
import { seeded } from "../../../src/sandbox/world/random.ts";

let root: string;
let git: GitRepository;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "instant-quick-"));
  git = await GitRepository.create(join(root, "r.git"), "main");
});

afterAll(async () => {
  await git.close();
  await rm(root, { recursive: true, force: true });
});

type Files = Readonly<Record<string, string>>;

async function tree(files: Files): Promise<string> {
  const edits = [];
  for (const [path, text] of Object.entries(files)) edits.push({ path, entry: { mode: "100644", oid: await git.writeBlob(Buffer.from(text)) } });
  return editTree(git, emptyTree, edits);
}

const who = { name: "t", email: "t@example.com", seconds: 1, zone: "+0000" };
const commit = (oid: string, parents: readonly string[]) => git.writeCommit({ tree: oid, parents, author: who, committer: who, message: "m\n" });

/** What git merge-tree makes of three trees; undefined for a conflict. */
async function byGit(base: string, ours: string, theirs: string): Promise<string | undefined> {
  const root = await commit(base, []);
  const answer = await git.run(["merge-tree", "--write-tree", await commit(ours, [root]), await commit(theirs, [root])], { accept: [0, 1] });
  return answer.code === 0 ? answer.stdout.toString("utf8").trim() : undefined;
}

/** A few files in a few folders, randomly added to, cut, rewritten, removed and made. */
function mutate(files: Files, random: () => number): Files {
  const result: Record<string, string> = { ...files };
  for (const path of Object.keys(files)) {
    const dice = random();
    if (dice < 0.15) result[path] += "more\n";
    else if (dice < 0.25) result[path] = `first\n${files[path]}`;
    else if (dice < 0.32) result[path] = (files[path] ?? "").split("\n").slice(1).join("\n");
    else if (dice < 0.38) delete result[path];
  }
  if (random() < 0.4) result[`${random() < 0.5 ? "a" : "b/c"}/new${Math.floor(random() * 3)}.md`] = `new ${random() < 0.5}\n`;
  return result;
}

test("whatever is decided without git is what git decides, over 40 random histories", async () => {
  const random = seeded(42);
  let [merges, diffs] = [0, 0];
  for (let round = 0; round < 40; round += 1) {
    const base: Files = Object.fromEntries(["a/1.md", "a/2.md", "b/c/3.md", "b/4.md", "5.md"].map((path) => [path, `${path}\n${round}\nx\ny\n`]));
    const [old, ours, theirs] = await Promise.all([tree(base), tree(mutate(base, random)), tree(mutate(base, random))]);
    const merged = await quickMerge(git, old, ours, theirs);
    if (merged !== undefined) {
      merges += 1;
      expect(merged).toBe(await byGit(old, ours, theirs));
    }
    const changes = await quickChanges(git, old, ours);
    if (changes !== undefined) {
      diffs += 1;
      const listed = await git.run(["diff-tree", "-r", "-M", "--numstat", old, ours]);
      expect(changes.map((one) => `${one.additions}\t${one.deletions}\t${one.path}\n`).join("")).toBe(listed.stdout.toString("utf8"));
    }
  }
  // Both ways are walked: some histories need git, most do not.
  expect([merges > 8, merges < 40, diffs > 8, diffs < 40]).toEqual([true, true, true, true]);
});

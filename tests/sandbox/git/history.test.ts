import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "@jest/globals";

import { Ancestry } from "../../../src/sandbox/git/ancestry.ts";
import { writeFiles } from "../../../src/sandbox/git/files.ts";
import { commitsBetween, distance, history, isAncestor, mergeBase } from "../../../src/sandbox/git/history.ts";
import { emptyTree } from "../../../src/sandbox/git/objects.ts";
import { git as command } from "../../../src/sandbox/git/process.ts";
import { GitRepository } from "../../../src/sandbox/git/repository.ts";
import { seeded } from "../../../src/sandbox/world/random.ts";

let root: string;
let git: GitRepository;
let count = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "instant-history-"));
  git = await GitRepository.create(join(root, "r.git"), "main");
});

afterAll(async () => {
  await git.close();
  await rm(root, { recursive: true, force: true });
});

function commit(parents: readonly string[], seconds = 1): Promise<string> {
  const who = { name: "t", email: "t@example.com", seconds, zone: "+0000" };
  count += 1;
  return git.writeCommit({ tree: emptyTree, parents, author: who, committer: who, message: `${count}\n` });
}

/** Commits with one or two parents among the newest before them; many have the same date, some a wrong one. */
async function randomHistory(size: number, random: () => number): Promise<string[]> {
  const made = [await commit([], 100)];
  for (let index = 1; index < size; index += 1) {
    const pick = (): string => made[Math.max(0, made.length - 1 - Math.floor(random() * 5))] as string;
    const parents = random() < 0.3 ? [pick(), pick()] : [pick()];
    made.push(await commit([...new Set(parents)], 100 + Math.floor(index / 4) + (random() < 0.1 ? 50 : 0)));
  }
  return made;
}

test("what is walked in memory is what git says, over random histories with merges and wrong dates", async () => {
  const random = seeded(7);
  const seen = { walked: 0, asked: 0, straight: 0 };
  for (let round = 0; round < 12; round += 1) {
    const commits = await randomHistory(24, random);
    for (let pair = 0; pair < 8; pair += 1) {
      const [left, right] = [0, 1].map(() => commits[Math.floor(random() * commits.length)]) as [string, string];
      const bases = (await git.run(["merge-base", "--all", left, right])).stdout.toString("utf8").trim().split("\n");
      const best = await new Ancestry(git).best(left, right);
      if (best === undefined) seen.asked += 1;
      else {
        seen.walked += 1;
        expect(best).toEqual(bases);
      }
      expect(bases).toContain(await mergeBase(git, left, right));
      expect(await isAncestor(git, left, right)).toBe(bases.includes(left));
      const listed = await git.run(["rev-list", "--topo-order", "--reverse", right, `^${left}`]);
      const between = await commitsBetween(git, left, right);
      expect(`${between.join("\n")}${between.length > 0 ? "\n" : ""}`).toBe(listed.stdout.toString("utf8"));
      if (between.length > 0 && !bases.includes(left)) seen.straight += 1;
    }
  }
  expect([seen.walked > 60, seen.straight > 10]).toEqual([true, true]);
});

test("a pull request on a base full of merges starts no process", async () => {
  let main = await commit([]);
  const forkPoint = main;
  for (let index = 0; index < 5; index += 1) main = await commit([main, await commit([main])]);
  const topic = await commit([await commit([forkPoint])]);
  const late = await commit([main]);
  const run = git.run.bind(git);
  const asked: string[] = [];
  git.run = (args, options) => (asked.push(args.join(" ")), run(args, options));
  const [base, between, yes, no] = await Promise.all([
    mergeBase(git, main, topic), commitsBetween(git, main, topic), isAncestor(git, forkPoint, late), isAncestor(git, topic, main),
  ]);
  git.run = run;
  expect([base, between.length, yes, no]).toEqual([forkPoint, 2, true, false]);
  expect(asked).toEqual([]);
});

test("the history of a branch and of a path is git's; without merges it starts no process", async () => {
  const who = { name: "t", email: "t@example.com", seconds: 1, zone: "+0000" };
  const write = async (parents: readonly string[], files: Readonly<Record<string, string>>, seconds: number) => git.writeCommit({ tree: await writeFiles(git, new Map(Object.entries(files).map(([path, text]) => [path, { mode: "100644", content: Buffer.from(text) }]))), parents, author: who, committer: { ...who, seconds }, message: `${seconds}\n` });
  let tip = "";
  const random = seeded(3);
  const files: Record<string, string> = { "README.md": "0" };
  for (let index = 0; index < 30; index += 1) {
    const path = ["README.md", "docs/a.md", "docs/b.md"][Math.floor(random() * 3)] as string;
    if (random() < 0.3 && path !== "README.md") delete files[path];
    else files[path] = String(index);
    tip = await write(tip === "" ? [] : [tip], files, 100 + index);
  }
  const said = async (from: string, path: string, limit: number) => (await git.run(["rev-list", `--max-count=${limit}`, from, "--", ...(path === "" ? [] : [path])])).stdout.toString("utf8").split("\n").filter(Boolean);
  const run = git.run.bind(git);
  const expected: string[][] = [];
  const cases = ["", "README.md", "docs", "docs/a.md", "nowhere"].flatMap((path) => [3, 100].map((limit) => ({ path, limit })));
  for (const { path, limit } of cases) expected.push(await said(tip, path, limit));
  git.run = () => Promise.reject(new Error("no process is needed"));
  const found = await Promise.all(cases.map((one) => history(git, tip, one)));
  git.run = run;
  expect(found).toEqual(expected);
  expect(new Set(found.map(({ length }) => length)).size).toBeGreaterThan(4);
  const merge = await write([tip, await write([tip], { x: "1" }, 500)], { x: "2" }, 501);
  for (const path of ["", "x", "README.md"]) expect(await history(git, merge, { path, limit: 50 })).toEqual(await said(merge, path, 50));
});

test("unrelated histories have no base, and two equally good ones are left to git", async () => {
  const [one, other] = [await commit([]), await commit([])];
  expect(await mergeBase(git, one, other)).toBeUndefined();
  expect(await commitsBetween(git, one, other)).toEqual([other]);
  const [left, right] = [await commit([one, other]), await commit([other, one])];
  expect(await new Ancestry(git).best(left, right)).toBeUndefined();
  expect([one, other]).toContain(await mergeBase(git, left, right));
  expect(await distance(git, left, right)).toEqual({ ahead: 1, behind: 1 });
});

test("git is asked once about ids, and again when it could not answer", async () => {
  const run = git.run.bind(git);
  let asked = 0;
  git.run = (args, options) => ((asked += 1), run(args, options));
  const [one, other] = [await commit([]), await commit([])];
  const [left, right] = [await commit([one, other]), await commit([other, one])];
  for (let round = 0; round < 3; round += 1) {
    expect(await Promise.all([commitsBetween(git, left, right), commitsBetween(git, left, right)])).toEqual([[right], [right]]);
  }
  expect(asked).toBe(2);
  const missing = "1".repeat(40);
  for (let round = 0; round < 2; round += 1) await expect(git.ask(["rev-list", missing])).rejects.toThrow("bad object");
  expect(asked).toBe(4);
  git.run = run;
});

test("a shallow copy answers as far as it goes", async () => {
  const root0 = await commit([]);
  const tip = await commit([await commit([root0])]);
  const side = await commit([tip]);
  await git.updateRefs([{ ref: "refs/heads/main", from: undefined, to: side }]);
  const dir = join(root, "shallow.git");
  await command(["clone", "--quiet", "--bare", "--depth", "2", `file://${git.dir}`, dir]);
  const shallow = new GitRepository(dir);
  expect(await mergeBase(shallow, tip, side)).toBe(tip);
  expect(await commitsBetween(shallow, undefined, side)).toEqual([tip, side]);
  const other = await shallow.writeCommit({ ...(await shallow.commit(side)), parents: [tip], message: "other\n" });
  expect(await mergeBase(shallow, side, other)).toBe(tip);
  expect(await commitsBetween(shallow, side, other)).toEqual([other]);
  expect(await isAncestor(shallow, other, side)).toBe(false);
  const orphan = await shallow.writeCommit({ ...(await shallow.commit(side)), parents: [], message: "orphan\n" });
  expect(await mergeBase(shallow, orphan, side)).toBeUndefined();
  await shallow.close();
});

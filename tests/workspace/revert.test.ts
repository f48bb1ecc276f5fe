import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { InstantError } from "../../src/kit/errors.ts";
import { openCheckouts } from "../../src/workspace/index.ts";
import { openProject, type Project, recordingLog } from "./git-server.ts";

const token = "ghs_aVerySecretToken0123456789";
let project: Project;
let checkouts: ReturnType<typeof openCheckouts>;
let count = 0;
let branch = "";
const numbers = Array.from({ length: 20 }, (_, at) => `${at + 1}`);
const text = (lines: readonly string[]) => `${lines.join("\n")}\n`;

beforeAll(async () => {
  project = await openProject({ token });
  checkouts = openCheckouts({ context: project.context, token, log: recordingLog() });
  project.commit({ "a.txt": text(numbers), "first.txt": "1\n" }, "The first commit");
});
afterAll(() => project.close());
beforeEach(() => {
  count += 1;
  branch = `hotfix/rollback-${count}`;
});

const head = () => project.git("rev-parse", "HEAD");
const before = (sha: string) => project.git("rev-parse", `${sha}^1`);
const shown = (file: string) => project.server("show", `${branch}:${file}`);

describe("revert", () => {
  test("takes the newest commit back with the given message, as GitHub's bot, on top of it", async () => {
    const bad = project.commit({ "a.txt": text(numbers.with(0, "bad")) }, "Bad");
    const message = "Rollback: it hurts\n\n# not a comment\n\nTrace-Id: 0f8fad5b-d9cb-469f-a165-70867728950e";
    const answer = await checkouts.revert({ sha: bad, onto: bad, branch, message, base: before(bad), push: true });
    expect(answer).toEqual({ kind: "reverted", sha: project.server("rev-parse", branch) });
    expect(shown("a.txt")).toBe(numbers.join("\n"));
    expect(project.server("log", "-1", "--format=%an <%ae>|%cn|%P", branch)).toBe(`github-actions[bot] <github-actions[bot]@users.noreply.127.0.0.1>|github-actions[bot]|${bad}`);
    expect(project.server("log", "-1", "--format=%B", branch).trim()).toBe(message);
    expect(readdirSync(project.context.temp)).toEqual([]);
  });

  test("keeps what was changed later", async () => {
    project.commit({ "a.txt": text(numbers) });
    const bad = project.commit({ "a.txt": text(numbers.with(0, "bad")), "new.txt": "bad\n" });
    const later = numbers.with(0, "bad").with(19, "later");
    project.commit({ "a.txt": text(later), "later.txt": "later\n" });
    const answer = await checkouts.revert({ sha: bad, onto: head(), branch, message: "Back", base: before(bad), push: true });
    expect(answer.kind).toBe("reverted");
    expect(shown("a.txt")).toBe(numbers.with(19, "later").join("\n"));
    expect(shown("later.txt")).toBe("later");
    expect(project.server("ls-tree", "--name-only", branch)).not.toContain("new.txt");
  });

  test("a tree cannot ask for both sides to be kept where they conflict", async () => {
    project.commit({ ".gitattributes": "*.txt merge=union\n", "a.txt": text(numbers) });
    const bad = project.commit({ "a.txt": text(numbers.with(4, "bad")) });
    project.commit({ "a.txt": text(numbers.with(4, "bad, and more")) });
    const conflict = await checkouts.revert({ sha: bad, onto: head(), branch, message: "Back", base: before(bad), push: true });
    expect(conflict).toEqual({ kind: "conflict", files: ["a.txt"] });
    const later = project.commit({ "a.txt": text(numbers.with(4, "bad").with(19, "later")) });
    const answer = await checkouts.revert({ sha: bad, onto: later, branch, message: "Back", base: before(bad), push: true });
    expect(answer.kind).toBe("reverted");
    expect(shown("a.txt")).toBe(numbers.with(19, "later").join("\n"));
    project.commit({ ".gitattributes": null, "a.txt": text(numbers) });
  });

  test("a conflict names its files, pushes nothing and leaves nothing behind", async () => {
    const bad = project.commit({ "a.txt": text(numbers.with(4, "bad")), "b.txt": "bad\n", "fine.txt": "bad\n" });
    project.commit({ "a.txt": text(numbers.with(4, "mended by hand")), "b.txt": "mended\n" });
    const refs = project.server("for-each-ref");
    const answer = await checkouts.revert({ sha: bad, onto: head(), branch, message: "Back", base: before(bad), push: true });
    expect(answer).toEqual({ kind: "conflict", files: ["a.txt", "b.txt"] });
    expect(project.server("for-each-ref")).toBe(refs);
    expect(readdirSync(project.context.temp)).toEqual([]);
  });

  test("what was taken back already is empty", async () => {
    const bad = project.commit({ "c.txt": "bad\n" });
    project.commit({ "c.txt": null });
    expect(await checkouts.revert({ sha: bad, onto: head(), branch, message: "Back", base: before(bad), push: true })).toEqual({ kind: "empty" });
    expect(project.server("for-each-ref")).not.toContain(branch);
  });

  test("a branch that exists is left as it is", async () => {
    const bad = project.commit({ "d.txt": "bad\n" });
    project.git("push", "-q", "origin", `HEAD:refs/heads/${branch}`);
    const answer = await checkouts.revert({ sha: bad, onto: bad, branch, message: "Back", base: before(bad), push: true });
    expect(answer).toEqual({ kind: "exists" });
    expect(project.server("rev-parse", branch)).toBe(bad);
  });

  test("without push it answers the commit and the server keeps what it had", async () => {
    const bad = project.commit({ "e.txt": "bad\n" });
    const refs = project.server("for-each-ref");
    const answer = await checkouts.revert({ sha: bad, onto: bad, branch, message: "Back", base: before(bad), push: false });
    expect(answer).toMatchObject({ kind: "reverted" });
    expect(project.server("for-each-ref")).toBe(refs);
  });

  test("a merge is taken back to the parent that was the branch before, whichever it is", async () => {
    project.git("checkout", "-q", "-b", "side", "HEAD");
    project.commit({ "side.txt": "side\n" });
    project.git("checkout", "-q", "main");
    project.commit({ "main.txt": "main\n" });
    project.git("merge", "-q", "--no-ff", "-m", "Merge", "side");
    project.git("push", "-q", "origin", "main");
    const merge = head();
    project.commit({ "later.txt": "even later\n" });
    const kept = async (parent: 1 | 2) => {
      const to = `${branch}-${parent}`;
      expect(await checkouts.revert({ sha: merge, base: project.git("rev-parse", `${merge}^${parent}`), onto: head(), branch: to, message: "Back", push: true })).toMatchObject({ kind: "reverted" });
      return project.server("ls-tree", "--name-only", to).split("\n").filter((name) => /side|main|later/.test(name));
    };
    expect(await kept(1)).toEqual(["later.txt", "main.txt"]);
    expect(await kept(2)).toEqual(["later.txt", "side.txt"]);
  });

  test("several commits are taken back as one, and what came after them stays", async () => {
    const good = project.commit({ "a.txt": text(numbers) });
    project.commit({ "a.txt": text(numbers.with(2, "bad")) });
    const bad = project.commit({ "a.txt": text(numbers.with(2, "worse")), "worse.txt": "worse\n" });
    const later = project.commit({ "a.txt": text(numbers.with(2, "worse").with(15, "later")) });
    expect(await checkouts.revert({ sha: bad, base: good, onto: later, branch, message: "Back", push: true })).toMatchObject({ kind: "reverted" });
    expect(shown("a.txt")).toBe(numbers.with(15, "later").join("\n"));
    expect(project.server("log", "-1", "--format=%P", branch)).toBe(later);
  });

  test("of a large tree only the files are fetched that the merge has to look into", async () => {
    project.commit({ "a.txt": text(numbers), ...Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`many/${at}.txt`, `${at} ${createHash("sha512").update(`${at}`).digest("hex").repeat(4)}\n`])) });
    const bad = project.commit({ "a.txt": text(numbers.with(2, "bad")), "many/7.txt": "bad\n" });
    project.commit({ "a.txt": text(numbers.with(2, "bad").with(15, "later")) });
    const sent = project.sent();
    expect(await checkouts.revert({ sha: bad, base: before(bad), onto: head(), branch, message: "Back", push: true })).toMatchObject({ kind: "reverted" });
    expect(shown("many/7.txt")).toMatch(/^7 [0-9a-f]{512}$/);
    expect(shown("a.txt")).toBe(numbers.with(15, "later").join("\n"));
    // Names and hashes of 300 files are about 10 KB; their texts do not pack to less than 20 KB.
    expect(project.sent() - sent).toBeLessThan(20_000);
  });

  test("refuses a branch name that git would not take", async () => {
    const bad = head();
    await expect(checkouts.revert({ sha: bad, onto: bad, branch: "a..b", message: "x", base: before(bad), push: true })).rejects.toThrow(InstantError);
    await expect(checkouts.revert({ sha: bad, onto: bad, branch: "--force", message: "x", base: before(bad), push: true })).rejects.toThrow(InstantError);
  });
});

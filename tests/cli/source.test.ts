import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareSource } from "../../src/cli/rehearsal/source.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "instant-hostile-source-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function git(cwd: string, ...args: string[]): string {
  return execFileSync("git", ["-c", "user.name=Me", "-c", "user.email=me@example.com", ...args], { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

test.each([[".github"], [".github/workflows"]])("a repository whose %s is a link out of it gets nothing written there", async (link) => {
  const [repo, outside] = [join(folder, `repo${link.length}`), join(folder, `outside${link.length}`)];
  await Promise.all([mkdir(join(repo, ".github"), { recursive: true }), mkdir(outside)]);
  await writeFile(join(repo, "README.md"), "# Mine\n");
  await rm(join(repo, link), { recursive: true, force: true });
  await symlink(outside, join(repo, link));
  git(repo, "init", "-q", "--initial-branch=main");
  git(repo, "add", "--all");
  git(repo, "commit", "-q", "--message", "First");
  await expect(prepareSource(repo, "closed-loop.yml")).rejects.toThrow(/cannot be made/);
  expect(await readdir(outside)).toEqual([]);
});

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InstantError } from "../../src/kit/errors.ts";
import { filesBelow } from "../../src/workspace/files.ts";

let folder: string;
let root: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "instant-files-"));
  root = join(folder, "root");
  mkdirSync(join(root, "docs"), { recursive: true });
  mkdirSync(join(root, ".git"));
  mkdirSync(join(folder, "root-beside"));
  writeFileSync(join(root, "docs/FAQ.md"), "\uFEFF# FAQ\r\n");
  writeFileSync(join(root, ".git/config"), "secret");
  writeFileSync(join(folder, "outside.md"), "outside");
  writeFileSync(join(folder, "root-beside/secret.md"), "outside");
  symlinkSync("FAQ.md", join(root, "docs/inside.md"));
  symlinkSync("../../outside.md", join(root, "docs/outside.md"));
  symlinkSync(join(folder, "root-beside"), join(root, "beside"));
  symlinkSync("/", join(root, "slash"));
  symlinkSync("../.git/config", join(root, "docs/config.md"));
  symlinkSync("circle.md", join(root, "docs/circle.md"));
  symlinkSync("/proc/self/environ", join(root, "docs/environ.md"));
  execFileSync("mkfifo", [join(root, "docs/pipe.md")]);
  writeFileSync(join(root, "docs/huge.md"), "");
  truncateSync(join(root, "docs/huge.md"), 9 * 1024 * 1024);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("files below a root", () => {
  test("are read byte for byte, links inside the root included", async () => {
    const files = filesBelow(root);
    expect(await files.readText("docs/FAQ.md")).toBe("\uFEFF# FAQ\r\n");
    expect(await files.readText("docs/inside.md")).toBe("\uFEFF# FAQ\r\n");
    expect(await files.readText("docs/missing.md")).toBeNull();
    expect(await files.readText("docs")).toBeNull();
    expect(await files.exists("docs")).toBe(true);
    expect(await files.exists(".")).toBe(true);
    expect(await files.exists("docs/FAQ.md/below")).toBe(false);
  });

  test.each([
    "../outside.md", "docs/../../outside.md", "docs/outside.md", "beside/secret.md", "slash/etc/passwd", "/etc/passwd", "docs/environ.md",
    ".git/config", "docs/config.md", ".GIT/config", "docs/circle.md", "a\0b", "..\\outside.md", `${"x/".repeat(3000)}y`, "x".repeat(300),
  ])("%s leads nowhere", async (path) => {
    expect(await filesBelow(root).readText(path)).toBeNull();
    expect(await filesBelow(root).exists(path)).toBe(false);
  });

  test("what git takes for binary is told, whatever its size", async () => {
    writeFileSync(join(root, "docs/image.png"), Buffer.concat([Buffer.from("PNG\0"), Buffer.alloc(9 * 1024 * 1024, 65)]));
    writeFileSync(join(root, "docs/late.txt"), Buffer.concat([Buffer.alloc(8_000, 65), Buffer.from("\0")]));
    const binary = (path: string) => filesBelow(root).looksBinary(path);
    expect([await binary("docs/image.png"), await binary("docs/late.txt"), await binary("docs/FAQ.md"), await binary("docs/none"), await binary("docs/outside.md"), await binary("docs/pipe.md")]).toEqual([true, false, false, false, false, false]);
  });

  test("a named pipe is no text, and is not waited for", async () => {
    expect(await filesBelow(root).readText("docs/pipe.md")).toBeNull();
  });

  test("a file too large for a text is refused by name", async () => {
    const error = await filesBelow(root).readText("docs/huge.md").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InstantError);
    expect((error as InstantError).message).toContain("docs/huge.md holds 9.0 MiB");
  });
});

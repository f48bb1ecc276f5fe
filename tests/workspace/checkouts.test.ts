import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { InstantError } from "../../src/kit/errors.ts";
import { openCheckouts } from "../../src/workspace/index.ts";
import { openProject, type Project, recordingLog, runGit } from "./git-server.ts";

const token = "ghs_aVerySecretToken0123456789";
let project: Project;
let log: ReturnType<typeof recordingLog>;
const open = (wrong?: string) => openCheckouts({ context: project.context, token: wrong ?? token, log });
const temporary = () => readdirSync(project.context.temp);

beforeAll(async () => {
  project = await openProject({ token });
  log = recordingLog();
});
afterAll(() => project.close());

describe("checkout", () => {
  test("brings the tree of any commit, with the token in a header and nowhere else", async () => {
    const old = project.commit({ "docs/FAQ.md": "# FAQ\n\nOld.\n" });
    project.commit({ "docs/FAQ.md": "# FAQ\n\nNew.\n" });
    const tree = await open().checkout(old);
    expect(await tree.readText("docs/FAQ.md")).toBe("# FAQ\n\nOld.\n");
    expect(project.credentials.at(-1)).toBe(`basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`);
    const config = readFileSync(join(tree.root, ".git/config"), "utf8");
    expect(config).not.toContain("extraheader");
    expect(config).not.toContain(token);
    await tree.dispose();
    expect(existsSync(tree.root)).toBe(false);
    await tree.dispose();
  });

  test("does not run a hook that the tree or the person's configuration brings", async () => {
    const proof = join(project.folder, "proof");
    const hooks = join(project.folder, "hooks");
    project.commit({ "hooks/post-checkout": "unused" });
    runGit(project.folder, "init", "-q", hooks);
    writeFileSync(join(hooks, "post-checkout"), `#!/bin/sh\ntouch ${proof}\n`, { mode: 0o755 });
    const home = join(project.folder, "home");
    rmSync(home, { recursive: true, force: true });
    runGit(project.folder, "init", "-q", home);
    writeFileSync(join(home, ".gitconfig"), `[core]\n\thooksPath = ${hooks}\n`);
    const before = process.env.HOME;
    process.env.HOME = home;
    try {
      const tree = await open().checkout(project.git("rev-parse", "HEAD"));
      await tree.dispose();
    } finally {
      process.env.HOME = before;
    }
    expect(existsSync(proof)).toBe(false);
  });

  test("runs no filter of the machine that the tree asks for", async () => {
    const proof = join(project.folder, "filtered");
    const home = join(project.folder, "filters");
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, ".gitconfig"), `[filter "lfs"]\n\tsmudge = touch ${proof}; cat\n\tclean = touch ${proof}; cat\n\trequired = true\n`);
    const sha = project.commit({ ".gitattributes": "*.md filter=lfs\n", "docs/FAQ.md": "# FAQ\n" });
    const before = process.env.HOME;
    process.env.HOME = home;
    try {
      const tree = await open().checkout(sha);
      expect(await tree.readText("docs/FAQ.md")).toBe("# FAQ\n");
      await tree.dispose();
      await open().revert({ sha, onto: sha, branch: "hotfix/filtered", message: "Back", base: project.git("rev-parse", "HEAD~1"), push: false });
    } finally {
      process.env.HOME = before;
      project.commit({ ".gitattributes": null });
    }
    expect(existsSync(proof)).toBe(false);
  });

  test("follows no redirect, because the token would go along", async () => {
    const seen: (string | undefined)[] = [];
    const thief = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(200, { "content-type": "application/x-git-upload-pack-advertisement" }).end();
    });
    await new Promise<void>((resolve) => thief.listen(0, "127.0.0.1", resolve));
    const front = createServer((request, response) => {
      response.writeHead(301, { location: `http://localhost:${(thief.address() as AddressInfo).port}${request.url}` }).end();
    });
    await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
    try {
      const serverUrl = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
      const error = await openCheckouts({ context: { ...project.context, serverUrl }, token, log }).checkout(project.git("rev-parse", "HEAD")).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(InstantError);
      expect((error as InstantError).message).toContain("redirect");
      expect(seen).toEqual([]);
    } finally {
      for (const server of [thief, front]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    }
  });

  test("a wrong token is a missing permission, names it, and never shows the token", async () => {
    const wrong = "ghs_wrongWrongWrong";
    const error = await open(wrong).checkout(project.git("rev-parse", "HEAD")).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InstantError);
    expect((error as InstantError).blame).toBe("permission");
    expect((error as InstantError).problems[0]?.fix).toContain("contents: read");
    expect(JSON.stringify([error, (error as InstantError).problems, log.lines])).not.toContain(wrong);
    expect(temporary()).toEqual([]);
  });

  test("a commit that the server does not have is said to be gone", async () => {
    const error = await open().checkout("0123456789012345678901234567890123456789").catch((caught: unknown) => caught);
    expect((error as InstantError).blame).toBe("service");
    expect((error as InstantError).message).toMatch(/does not have the commit/);
    expect(temporary()).toEqual([]);
  });

  test("a name that is no SHA never reaches git", async () => {
    const seen = project.credentials.length;
    await expect(open().checkout("--upload-pack=touch /tmp/x")).rejects.toThrow(/not a full commit SHA/);
    expect(project.credentials.length).toBe(seen);
  });

  test("a server that fails twice is asked a third time; one that goes on failing is named", async () => {
    const sha = project.git("rev-parse", "HEAD");
    project.failures.push(503, 502);
    const tree = await open().checkout(sha);
    await tree.dispose();
    project.failures.push(503, 503, 503);
    const error = await open().checkout(sha).catch((caught: unknown) => caught);
    expect((error as InstantError).blame).toBe("service");
    expect((error as InstantError).message).toMatch(/failed 3 times/);
    expect(project.failures).toEqual([]);
  });
});

describe("the job's own workspace", () => {
  test("tells its commit, whether it was changed, and where it grew from", async () => {
    const checkouts = open();
    const base = project.git("rev-parse", "HEAD");
    project.git("checkout", "-q", "-b", "topic");
    const head = project.commit({ "topic.md": "A topic.\n" });
    project.git("checkout", "-q", "main");
    const main = project.commit({ "main.md": "Main.\n" });
    project.git("checkout", "-q", "topic");
    expect(await checkouts.headOfWorkspace()).toBe(head);
    expect(await checkouts.workspaceIsClean()).toBe(true);
    expect(await checkouts.mergeBase(main, head)).toBe(base);
    writeFileSync(join(project.context.workspace, "topic.md"), "Another topic.\n");
    expect(await checkouts.workspaceIsClean()).toBe(false);
    project.git("checkout", "-q", "--", "topic.md");
    expect(await checkouts.mergeBase(main, "0123456789012345678901234567890123456789")).toBeNull();
  });

  test("a folder below a repository, one without, and a missing one have no commit", async () => {
    const at = (workspace: string) => openCheckouts({ context: { ...project.context, workspace }, token, log });
    project.commit({ "below/file.md": "x\n" });
    expect(await at(join(project.context.workspace, "below")).headOfWorkspace()).toBeNull();
    expect(await at(project.context.temp).headOfWorkspace()).toBeNull();
    expect(await at(join(project.folder, "missing")).headOfWorkspace()).toBeNull();
    expect(await at("").headOfWorkspace()).toBeNull();
    expect(await at("").workspaceIsClean()).toBe(false);
  });

  test("a credential left by a checkout step is noticed", async () => {
    expect(await open().workspaceHoldsCredentials()).toBe(false);
    project.git("config", "http.https://github.com/.extraheader", "AUTHORIZATION: basic x");
    expect(await open().workspaceHoldsCredentials()).toBe(true);
    project.git("config", "--unset", "http.https://github.com/.extraheader");
  });

  test("a command that prints the credential shows it to nobody", async () => {
    const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
    project.git("config", "http.https://github.com/.extraheader", `AUTHORIZATION: basic ${basic}`);
    try {
      const { output } = await open().workspace().run(`git config --get-regexp extraheader; echo ${token}`, { timeoutMs: 10_000 });
      expect(output).toBe("http.https://github.com/.extraheader AUTHORIZATION: basic ***\n***\n");
    } finally {
      project.git("config", "--unset", "http.https://github.com/.extraheader");
    }
  });

  test("a shallow clone does not guess a common ancestor", async () => {
    const shallow = join(project.folder, "shallow");
    runGit(project.folder, "clone", "-q", "--depth=1", `file://${join(project.folder, "server.git")}`, shallow);
    const checkouts = openCheckouts({ context: { ...project.context, workspace: shallow }, token, log });
    const head = runGit(shallow, "rev-parse", "HEAD");
    expect(await checkouts.headOfWorkspace()).toBe(head);
    expect(await checkouts.mergeBase(head, head)).toBeNull();
  });
});

describe("changes", () => {
  test("names, kinds and touched lines come from git, whatever the file names are", async () => {
    project.git("checkout", "-q", "main");
    const lines = Array.from({ length: 30 }, (_, at) => `line ${at + 1}`);
    const base = project.commit({ "a.md": `${lines.join("\n")}\n`, "old name.md": `${lines.map((line) => `${line}!`).join("\n")}\n`, "gone.md": "bye\n", "kind.md": "file\n", "code.ts": "1\n" });
    const changed = lines.with(4, "changed 5").toSpliced(9, 2).toSpliced(20, 0, "new", "new");
    rmSync(join(project.context.workspace, "kind.md"));
    symlinkSync("a.md", join(project.context.workspace, "kind.md"));
    rmSync(join(project.context.workspace, "old name.md"));
    const head = project.commit({
      "a.md": `${changed.join("\n")}\n`,
      "new\tname „ü“\n.md": `${lines.map((line) => `${line}!`).with(0, "first!").join("\n")}\n`,
      "gone.md": null,
      "forged\ndiff --git a.md": "no Markdown\n",
      "forged\ndiff --git b.md": "x\n",
      "forged.md": "diff --git a/a.md b/a.md\n@@ -1 +1,900 @@\n",
      "code.ts": "2\n",
    });
    const changes = await open().changes({ base, head, lines: ["*.md"] });
    expect(changes).toEqual([
      { path: "a.md", previousPath: null, status: "modified", kind: "file", touched: [{ start: 5, end: 5 }, { start: 10, end: 9 }, { start: 21, end: 22 }] },
      { path: "code.ts", previousPath: null, status: "modified", kind: "file", touched: null },
      { path: "forged\ndiff --git a.md", previousPath: null, status: "added", kind: "file", touched: null },
      { path: "forged\ndiff --git b.md", previousPath: null, status: "added", kind: "file", touched: null },
      { path: "forged.md", previousPath: null, status: "added", kind: "file", touched: null },
      { path: "gone.md", previousPath: null, status: "removed", kind: "file", touched: null },
      { path: "kind.md", previousPath: null, status: "type-changed", kind: "symlink", touched: [{ start: 1, end: 1 }] },
      { path: "new\tname „ü“\n.md", previousPath: "old name.md", status: "renamed", kind: "file", touched: [{ start: 1, end: 1 }] },
    ]);
    expect(await open().textAt(base, "gone.md")).toBe("bye\n");
    expect(await open().textAt(head, "gone.md")).toBeNull();
  });

  test("a tree cannot keep its lines from being seen, and what is ignored is left out", async () => {
    const base = project.commit({ "hidden.md": "one\ntwo\n", "plain.md": "one\ntwo\n", "image.png": "\0one", "vendor/deep/a.md": "one\n", "vendor.md": "one\n" });
    const head = project.commit({ ".gitattributes": "hidden.md -diff\n", "hidden.md": "one\n2\n", "plain.md": "one\n2\n", "image.png": "\0two", "vendor/deep/a.md": "two\n", "vendor.md": "two\n" });
    const changes = await open().changes({ base, head, lines: ["."], without: ["vendor/**", "*.png"] });
    expect(changes.map(({ path, touched }) => [path, touched])).toEqual([[".gitattributes", null], ["hidden.md", null], ["plain.md", [{ start: 2, end: 2 }]], ["vendor.md", [{ start: 1, end: 1 }]]]);
    expect((await open().changes({ base, head, lines: ["."] })).map(({ path }) => path)).toEqual([".gitattributes", "hidden.md", "image.png", "plain.md", "vendor.md", "vendor/deep/a.md"]);
    project.commit({ ".gitattributes": null });
  });

  test("files are found by what is in them", async () => {
    const head = project.commit({ "find/a.yaml": "openapi: 3.1.0\n", "find/b.yaml": "x: openapi\n", "find/sub/c d.yaml": "  openapi: 3.1.0\n", "find/e.txt": "openapi: 3\n" });
    const find = (pattern: string) => open().filesMatching({ sha: head, pattern, paths: ["find/*.yaml"] });
    expect(await find("^[[:space:]]*openapi:")).toEqual(["find/a.yaml", "find/sub/c d.yaml"]);
    expect(await find("^nothing$")).toEqual([]);
  });

  test("commits that the workspace does not have are fetched, once, with the checkout", async () => {
    const base = project.commit({ "fetched.md": "one\n" });
    const head = project.commit({ "fetched.md": "one\ntwo\n" });
    const away = openCheckouts({ context: { ...project.context, workspace: "" }, token, log });
    const expected = [{ path: "fetched.md", previousPath: null, status: "modified", kind: "file", touched: [{ start: 2, end: 2 }] }];
    expect(await away.changes({ base, head, lines: ["*.md"] })).toEqual(expected);
    const tree = await away.checkout(head, { also: [base] });
    const requests = project.credentials.length;
    expect(await away.changes({ base, head, lines: ["*.md"] })).toEqual(expected);
    expect(await away.textAt(base, "fetched.md")).toBe("one\n");
    expect(project.credentials.length).toBe(requests);
    await tree.dispose();
    expect(temporary()).toEqual([]);
  });

  test("a person's git configuration does not change the answer", async () => {
    const base = project.commit({ "configured.md": "one\ntwo\nthree\n" });
    const head = project.commit({ "configured.md": "one\n2\nthree\n" });
    for (const [key, value] of [["diff.external", "/bin/false"], ["color.ui", "always"], ["diff.noprefix", "true"], ["diff.interHunkContext", "9"], ["core.quotePath", "true"]] as const) project.git("config", key, value);
    const [change] = await open().changes({ base, head, lines: ["*.md"] });
    expect(change?.touched).toEqual([{ start: 2, end: 2 }]);
    for (const key of ["diff.external", "color.ui", "diff.noprefix", "diff.interHunkContext", "core.quotePath"]) project.git("config", "--unset", key);
  });
});

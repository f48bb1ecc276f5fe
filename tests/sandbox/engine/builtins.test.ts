import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startGitServer } from "./git-server.ts";
import type { GitServer } from "./git-server.ts";
import type { HostOptions, TestHost } from "./host.ts";
import { runWorkflow } from "./run.ts";
import type { RunOptions } from "./run.ts";

const steps = (items: string, options: RunOptions = {}) =>
  runWorkflow(`on: push\njobs:\n  one:\n    runs-on: any\n    steps:\n${items.replace(/^/gm, "      ")}\n`, options);

describe("actions/checkout over HTTP", () => {
  let folder: string;
  let server: GitServer;
  let first: string;
  let head: string;
  const token = "ghs_test-token-1234";
  const withToken = (host: TestHost) => {
    host.issueToken = async (_request, job, permissions) => {
      host.tokens.push({ token, job, permissions, revoked: false });
      return { token, revoke: () => undefined };
    };
  };
  const options = (more: Partial<RunOptions["request"]> = {}): HostOptions & RunOptions => ({
    server: server.url, prepare: withToken, request: { sha: head, ...more },
  });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "engine-git-"));
    server = await startGitServer(folder, token);
    first = server.git("rev-parse", "HEAD");
    writeFileSync(join(server.work, "README.md"), "two\n");
    server.git("commit", "-q", "-am", "two");
    head = server.git("rev-parse", "HEAD");
    server.git("tag", "v1", first);
    server.git("push", "-q", "origin", "main", "v1", `${first}:refs/heads/old`, `${first}:refs/pull/5/merge`);
  });

  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("brings the run's own commit, on its branch, shallow; the token is in no argument and no log", async () => {
    const { lines, conclusions, host } = await steps(`
- { id: c, uses: actions/checkout@v5 }
- run: |
    echo "ref \${{ steps.c.outputs.ref }} commit \${{ steps.c.outputs.commit }}"
    echo "branch $(git branch --show-current) count $(git rev-list --count HEAD) $(cat README.md)"
    git fetch -q --unshallow && echo fetched
    grep -c extraheader .git/config || echo clean config
`, options());
    expect(conclusions).toEqual({ one: "success" });
    expect(lines).toEqual(expect.arrayContaining([`ref refs/heads/main commit ${head}`, "branch main count 1 two", "fetched", "clean config"]));
    const all = JSON.stringify(host.events);
    expect(all).not.toContain(token);
    expect(all).not.toContain(Buffer.from(`x-access-token:${token}`).toString("base64"));
    expect(host.events.flatMap((event) => (event.type === "step_started" ? [event.step.name] : []))).toContain("Post Run actions/checkout@v5");
  });

  test.each([
    ["an older commit", `ref: FIRST`, "one", ""],
    ["a branch by its short name", "ref: old", "one", "old"],
    ["a tag", "ref: v1", "one", ""],
    ["a full ref", "ref: refs/heads/old", "one", "old"],
    ["the default branch of a named repository", "repository: octo/site, ref: ''", "two", "main"],
    ["all of the history", "fetch-depth: 0", "two", "main"],
  ])("%s", async (_name, given, content, branch) => {
    const { lines, errors } = await steps(`
- { uses: actions/checkout@v4, with: { ${given.replace("FIRST", first)} } }
- run: echo "[$(cat README.md)] [$(git branch --show-current)]"
`, options());
    expect(errors).toEqual([]);
    expect(lines).toContain(`[${content}] [${branch}]`);
  });

  test("fetch-depth 0 brings other branches and tags; a pull request's merge ref is checked out by itself", async () => {
    const { lines } = await steps(`
- { uses: actions/checkout@v4, with: { fetch-depth: 0 } }
- run: echo "$(git rev-list --count HEAD) $(git rev-parse origin/old v1 HEAD | tr '\\n' ' ')"
`, options({ ref: "refs/pull/5/merge", sha: first }));
    expect(lines).toContain(`1 ${first} ${first} ${first} `);
  });

  test("path, a second checkout that cleans, and no credentials when they shall not persist", async () => {
    const { lines, conclusions } = await steps(`
- { uses: actions/checkout@v4, with: { path: deep/site, persist-credentials: false } }
- { run: "echo x > new; echo changed > README.md; git fetch -q 2>&1 || echo no credentials", working-directory: deep/site }
- { uses: actions/checkout@v4, with: { path: deep/site, ref: old } }
- { run: "echo \\"$(ls) $(cat README.md)\\"; git push -q origin HEAD:refs/heads/pushed && echo pushed", working-directory: deep/site }
`, options());
    expect(lines).toEqual(expect.arrayContaining(["no credentials", "README.md one", "pushed"]));
    expect(conclusions).toEqual({ one: "success" });
  });

  test("what is not there fails with git's words", async () => {
    const missing = await steps("- { uses: actions/checkout@v4, with: { ref: nowhere } }", options());
    expect(missing.errors).toEqual(["A branch or tag with the name 'nowhere' could not be found"]);
    const denied = await steps("- { uses: actions/checkout@v4, with: { token: wrong } }", options());
    expect(denied.errors[0]).toMatch(/git fetch failed with exit code 128: .*(could not read Username|Authentication failed)/s);
    const outside = await steps("- { uses: actions/checkout@v4, with: { path: ../../.. } }", options());
    expect(outside.errors[0]).toContain("is not under");
  });

  test("a local action and a local workflow of the commit can be used", async () => {
    mkdirSync(join(server.work, "act"), { recursive: true });
    writeFileSync(join(server.work, "act", "action.yml"), "name: A\ndescription: d\nruns: { using: composite, steps: [{ shell: bash, run: echo from the commit }] }\n");
    server.git("add", ".");
    server.git("commit", "-q", "-m", "act");
    server.git("push", "-q", "origin", "main");
    const { lines } = await steps("- uses: actions/checkout@v4\n- uses: ./act\n", options({ sha: server.git("rev-parse", "HEAD") }));
    expect(lines).toContain("from the commit");
  });

  test("the checked-out bytes are the commit's", async () => {
    const { lines } = await steps("- uses: actions/checkout@v4\n- run: git status --porcelain | wc -l | tr -d ' '; git hash-object README.md\n", options());
    const blob = execFileSync("git", ["rev-parse", `${head}:README.md`], { cwd: server.work, encoding: "utf8" }).trim();
    expect(lines).toEqual(expect.arrayContaining(["0", blob]));
  });
});

describe("artifacts", () => {
  const MAKE = `- run: mkdir -p out/a out/.hid && echo 1 > out/a/one.txt && echo 2 > out/two.log && echo 3 > out/.hid/x && echo 4 > top.txt`;

  test("upload with globs and exclusions, download by name, outputs", async () => {
    const { lines, conclusions } = await runWorkflow(`
on: push
jobs:
  up:
    runs-on: any
    outputs: { id: "\${{ steps.u.outputs.artifact-id }}", digest: "\${{ steps.u.outputs.artifact-digest }}" }
    steps:
      ${MAKE}
      - { id: u, uses: actions/upload-artifact@v4, with: { name: res, path: "out/**\\n!out/**/*.log\\n" } }
      - { uses: actions/upload-artifact@v4, with: { name: file, path: top.txt } }
      - { uses: actions/upload-artifact@v4, with: { name: both, path: "out/a\\ntop.txt", include-hidden-files: true } }
      - { uses: actions/upload-artifact@v4, with: { name: folder, path: out, include-hidden-files: true } }
  down:
    needs: up
    runs-on: any
    steps:
      - { id: d, uses: actions/download-artifact@v4, with: { name: res, path: got } }
      - { run: "find . -type f | sort | tr '\\\\n' ' '; echo; echo id \${{ needs.up.outputs.id }} \${{ needs.up.outputs.digest }}; [ '\${{ steps.d.outputs.download-path }}' = $PWD/got ] && echo path ok" }
      - { uses: actions/download-artifact@v4, with: { path: all } }
      - { run: "find all -type f | sort | tr '\\\\n' ' '; echo" }
      - { uses: actions/download-artifact@v4, with: { path: merged, pattern: "f*", merge-multiple: true } }
      - { run: "find merged -type f | sort | tr '\\\\n' ' '; echo" }
`);
    expect(conclusions).toEqual({ up: "success", down: "success" });
    expect(lines).toEqual(expect.arrayContaining([
      "./got/a/one.txt ", "id 1 sha256:1", "path ok",
      "all/both/out/a/one.txt all/both/top.txt all/file/top.txt all/folder/.hid/x all/folder/a/one.txt all/folder/two.log all/res/a/one.txt ",
      "merged/.hid/x merged/a/one.txt merged/top.txt merged/two.log ",
    ]));
  });

  test("nothing found: warn, error or ignore; a name is taken once unless overwrite", async () => {
    const { errors, lines, host, conclusions } = await steps(`
${MAKE}
- { uses: actions/upload-artifact@v4, with: { path: none.* } }
- { uses: actions/upload-artifact@v4, with: { path: none.*, if-no-files-found: ignore } }
- { continue-on-error: true, uses: actions/upload-artifact@v4, with: { path: none.*, if-no-files-found: error } }
- { uses: actions/upload-artifact@v4, with: { name: n, path: top.txt } }
- { continue-on-error: true, uses: actions/upload-artifact@v4, with: { name: n, path: top.txt } }
- { uses: actions/upload-artifact@v4, with: { name: n, path: out/two.log, overwrite: true } }
- { continue-on-error: true, uses: actions/upload-artifact@v4, with: { name: "a/b", path: top.txt } }
- { continue-on-error: true, uses: actions/download-artifact@v4, with: { name: unknown } }
`);
    const none = "No files were found with the provided path: none.*. No artifacts will be uploaded.";
    expect(lines.filter((line) => line === none)).toHaveLength(3);
    expect(host.events.flatMap((event) => (event.type === "log" && event.line === none ? [event.level] : []))).toEqual(["warning", "info", "error"]);
    expect(errors).toEqual([
      none,
      "Failed to CreateArtifact: (409) Conflict: an artifact named 'n' exists in this run; set overwrite: true",
      expect.stringContaining("The artifact name is not valid: a/b"),
      "Unable to download artifact(s): Artifact not found for name: unknown",
    ]);
    expect(host.stored.get("n")?.files).toEqual(["two.log"]);
    expect(conclusions).toEqual({ one: "success" });
  });
});

test("actions/setup-node prints the Node there is", async () => {
  const { lines } = await steps("- { id: n, uses: actions/setup-node@v6, with: { node-version: 24, cache: npm } }\n- run: echo is ${{ steps.n.outputs.node-version }}\n");
  expect(lines).toEqual(expect.arrayContaining([`Node ${process.version} of this machine is used (asked for: 24).`, `is ${process.version}`]));
});

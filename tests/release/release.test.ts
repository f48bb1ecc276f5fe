import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join, posix } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { cleanEnvironment, commit, extract, git, put, release, released, removeTemporary, ROOT, smallRepository, sourceRepository, tags, temporary, text } from "./support.ts";

afterAll(removeTemporary);

const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
const idIn = (output: string) => /^ {2}commit ([0-9a-f]{40})$/m.exec(output)?.[1];

describe("the release of the working copy", () => {
  let source = "";
  let tree = "";
  let actions = "";
  const names = readdirSync(join(ROOT, "actions")).filter((name) => !name.endsWith(".ts")).sort();
  /** The id of each file's content, by path. */
  const blobs = (ref: string) => new Map(git(source, ["ls-tree", "-r", ref]).split("\n").map((line) => [line.replace(/^.*\t/, ""), line.split(/\s/)[2]]));
  beforeAll(() => {
    source = sourceRepository();
    released(source, ["1.0.0"]);
    [tree, actions] = [extract(source, "v1"), extract(source, "HEAD:actions")];
  });

  test("holds every action at its root, its documents and licences, and nothing else", () => {
    expect(readdirSync(tree).sort()).toEqual([...names, "CHANGELOG.md", "LICENSE", "README.md"].sort());
    const [bundles, written] = [blobs("HEAD:dist"), blobs("v1")];
    for (const name of names) {
      const bundle = [...bundles].filter(([path]) => path.startsWith(`${name}/`));
      const released = [...written].filter(([path]) => path.startsWith(`${name}/`));
      expect([name, released.map(([path]) => path)]).toEqual([name, [...bundle.map(([path]) => path), `${name}/README.md`, `${name}/action.yml`].sort()]);
      expect(released).toEqual(expect.arrayContaining(bundle));
    }
  });

  test("every action.yml says what the source says, and runs what lies beside it", () => {
    for (const name of names) {
      const before = parse(text(actions, `${name}/action.yml`)) as { runs: { main: string } };
      const after = parse(text(tree, `${name}/action.yml`)) as { runs: { main: string } };
      expect(after).toEqual({ ...before, runs: { ...before.runs, main: after.runs.main } });
      expect(existsSync(join(tree, name, after.runs.main))).toBe(true);
    }
  });

  test("every relative link of its documents leads to a file of it", () => {
    const documents = ["README.md", "CHANGELOG.md", ...names.map((name) => `${name}/README.md`)];
    const links = documents.flatMap((from) => [...text(tree, from).matchAll(/\]\(<?([^)<>\s]+)/g)].map(([, target = ""]) => ({ from, target })));
    const relative = links.filter(({ target }) => !/^(?:[a-z]+:|#)/.test(target));
    expect(relative.length).toBeGreaterThan(names.length);
    for (const { from, target } of relative) {
      const path = posix.join(posix.dirname(from), target.replace(/#.*/, ""));
      expect([from, target, existsSync(join(tree, path))]).toEqual([from, target, true]);
    }
    const head = git(source, ["rev-parse", "HEAD"]);
    expect(links.filter(({ target }) => /github\.com\/org\/instant\/(?:blob|tree|raw)\//.test(target)).every(({ target }) => target.includes(head))).toBe(true);
  });

  test("every package in a bundle has its licence there: those that all of them hold, by name and text", () => {
    for (const name of names) {
      const licences = text(tree, `${name}/licenses.txt`);
      const missing = ["@actions/core", "@actions/http-client", "@octokit/core"].filter((one) => !new RegExp(`^${one} \\d+\\.\\d+\\.\\d+\nMIT$`, "m").test(licences));
      expect([name, missing]).toEqual([name, []]);
      expect(licences).toMatch(/Permission is hereby granted, free of charge/);
    }
  });

  test("the commit is nobody's, without parents, and names its source", () => {
    const head = git(source, ["rev-parse", "HEAD"]);
    expect(git(source, ["cat-file", "commit", "v1.0.0"])).toBe(
      `tree ${git(source, ["rev-parse", "v1^{tree}"])}\nauthor INSTANT <noreply@instant.invalid> 1767301445 +0000\ncommitter INSTANT <noreply@instant.invalid> 1767301445 +0000\n\nINSTANT 1.0.0\n\nSource: ${head}`,
    );
    expect(git(source, ["for-each-ref", "--format=%(objecttype)", "refs/tags"])).toBe("commit\ncommit\ncommit");
    // Not full: that would go through all that the working copy's object store has.
    expect(git(source, ["fsck", "--strict", "--no-dangling", "--no-full", "v1.0.0"])).toBe("");
  });
});

describe("the same input gives the same bytes", () => {
  test("whatever is configured and set on the machine", () => {
    const plain = smallRepository();
    const odd = temporary("odd");
    git(odd, ["clone", "--quiet", plain, "clone"]);
    const clone = join(odd, "clone");
    put(odd, "hooks/reference-transaction", "#!/bin/sh\nexit 1\n");
    chmodSync(join(odd, "hooks/reference-transaction"), 0o755);
    put(odd, "attributes", "* text eol=crlf filter=shout\n");
    put(odd, "config", [
      "[core]", "autocrlf = true", "eol = crlf", "attributesFile = ../attributes", "hooksPath = ../hooks", "logAllRefUpdates = always", "quotePath = false", "[commit]", "gpgSign = true", "[tag]", "gpgSign = true",
      "forceSignAnnotated = true", "[gpg]", "program = false", "[i18n]", "commitEncoding = latin1", "logOutputEncoding = latin1", "[user]", "name = Somebody", "email = else@example.org", "[tar]", "umask = 0077",
      "[filter \"shout\"]", "clean = tr b-za a-z", "smudge = tr a-z b-za", "[color]", "ui = always", "[log]", "showSignature = true", "[format]", "pretty = oneline", "[status]", "showUntrackedFiles = no", "",
    ].join("\n"));
    const settings = readFileSync(join(odd, "config"), "utf8");
    put(clone, ".git/config", `${text(clone, ".git/config")}${settings.replaceAll("../", `${odd}/`)}`);
    // Checked out again with all of that, the files are quite other bytes than the commit's.
    git(clone, ["rm", "-rq", "--cached", "."]);
    git(clone, ["-c", "core.hooksPath=/dev/null", "reset", "--quiet", "--hard"]);
    expect(text(clone, "docs/more.md")).not.toBe(text(plain, "docs/more.md"));
    const environment = { TZ: "Asia/Kathmandu", LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8", GIT_AUTHOR_DATE: "2001-01-01T00:00:00", GIT_COMMITTER_NAME: "Else", GIT_AUTHOR_NAME: "Else", GIT_PAGER: "false" };
    const first = released(plain, ["1.0.0", "--into", join(odd, "plain")]);
    const before = process.umask(0o077);
    let second = "";
    try {
      second = released(clone, ["1.0.0", "--into", join(odd, "strange")], environment);
    } finally {
      process.umask(before);
    }
    expect(idIn(second)).toMatch(/^[0-9a-f]{40}$/);
    expect(idIn(second)).toBe(idIn(first));
    expect(tags(clone)).toEqual(tags(plain));
    expect(sha256(join(odd, "strange/instant-1.0.0.tar"))).toBe(sha256(join(odd, "plain/instant-1.0.0.tar")));
    expect(git(clone, ["fsck", "--strict", "--no-dangling"])).toBe("");
  });

  test("another source commit or another version is another commit", () => {
    const folder = smallRepository(["1.0.0", "1.0.1"]);
    const ids = [idIn(released(folder, ["1.0.0", "--dry-run"])), idIn(released(folder, ["1.0.1", "--dry-run"]))];
    commit(folder, "nothing changed");
    ids.push(idIn(released(folder, ["1.0.0", "--dry-run"])));
    expect(new Set(ids).size).toBe(3);
  });
});

describe("what it leaves alone", () => {
  const state = (folder: string) => ({
    // First: git status brings the index up to date.
    files: git(folder, ["status", "--porcelain", "--ignored"]), index: sha256(join(folder, ".git/index")),
    head: text(folder, ".git/HEAD"), branch: git(folder, ["rev-parse", "main"]), config: text(folder, ".git/config"), logs: git(folder, ["reflog", "--all"]),
  });

  test("HEAD, branches, the index, the working tree and the reflogs; a dry run also the tags and the objects", () => {
    const folder = smallRepository();
    const objects = () => git(folder, ["count-objects", "-v"]);
    const before = { ...state(folder), objects: objects() };
    const told = released(folder, ["1.0.0", "--dry-run"]);
    expect({ ...state(folder), objects: objects() }).toEqual(before);
    expect(tags(folder)).toEqual({});
    expect(told).toContain("nothing was written");
    const made = released(folder, ["1.0.0"]);
    expect({ ...state(folder), objects: before.objects }).toEqual(before);
    expect(idIn(made)).toBe(idIn(told));
    expect(Object.values(tags(folder))).toEqual([idIn(made), idIn(made), idIn(made)]);
  });

  test("again, everything is there and identical; a leading v is taken and said", () => {
    const folder = smallRepository();
    released(folder, ["1.0.0"]);
    const before = tags(folder);
    const again = released(folder, ["v1.0.0"]);
    expect(again).toContain("INSTANT 1.0.0 is already there, identical.");
    expect(again).toContain("The version is 1.0.0");
    expect(tags(folder)).toEqual(before);
  });

  test("a detached HEAD and a linked worktree do as well", () => {
    const folder = smallRepository();
    const linked = join(temporary("linked"), "tree");
    git(folder, ["worktree", "add", "--quiet", "--detach", linked]);
    const told = idIn(released(linked, ["1.0.0", "--dry-run"]));
    expect(idIn(released(linked, ["1.0.0"]))).toBe(told);
    expect(tags(folder)["v1"]).toBe(told);
  });
});

describe("which tags move", () => {
  test("a line's tag follows its newest release and nothing older or unfinished", () => {
    const folder = smallRepository(["2.0.0", "1.1.1-rc.1", "1.1.0", "1.0.1", "1.0.0"]);
    const ids: Record<string, string | undefined> = {};
    const make = (version: string) => (ids[version] = idIn(released(folder, [version])));
    make("1.0.0");
    make("1.1.0");
    expect(tags(folder)).toEqual({ "v1.0.0": ids["1.0.0"], "v1.0": ids["1.0.0"], "v1.1.0": ids["1.1.0"], "v1.1": ids["1.1.0"], v1: ids["1.1.0"] });
    make("1.0.1");
    expect(tags(folder)).toMatchObject({ "v1.0.1": ids["1.0.1"], "v1.0": ids["1.0.1"], v1: ids["1.1.0"] });
    make("1.1.1-rc.1");
    expect(tags(folder)).toMatchObject({ "v1.1.1-rc.1": ids["1.1.1-rc.1"], "v1.1": ids["1.1.0"], v1: ids["1.1.0"] });
    make("2.0.0");
    expect(tags(folder)).toMatchObject({ v2: ids["2.0.0"], v1: ids["1.1.0"] });
    expect(released(folder, ["1.0.0"])).toMatch(/already there, identical[\s\S]*v1\.0 +stays where it is: 1\.0\.1 is newer/);
  });
});

describe("what it refuses, in one answer that says what to change", () => {
  let folder = "";
  beforeAll(() => { folder = smallRepository(); });
  afterEach(() => {
    git(folder, ["checkout", "--quiet", "--force", "main"]);
    git(folder, ["clean", "-ffdxq"]);
  });
  const refused = (args: readonly string[]) => {
    const { status, stdout, stderr } = release(folder, args);
    expect([status, stdout, Object.keys(tags(folder))]).toEqual([1, "", []]);
    expect(stderr.match(/^release: /gm)).toHaveLength(1);
    expect(stderr).not.toMatch(/^\s+at /m);
    return stderr;
  };

  test.each([
    [[], "Which version?"], [["1.0.0", "1.0.1"], "One version at a time"], [["1.0"], '"1.0" is no version'], [["1.0.0+5"], "without build metadata"], [["--force", "1.0.0"], "--help"], [["; rm -rf /"], "is no version"],
  ])("%j", (args, message) => {
    expect(refused(args)).toContain(message);
  });

  test("files that are not committed, a missing section, a missing bundle: all at once", () => {
    git(folder, ["checkout", "--quiet", "-b", "broken"]);
    put(folder, "actions/other/action.yml", "name: O\ndescription: d\nruns:\n  using: node24\n  main: ../../dist/other/index.js\n");
    put(folder, "dist/left/index.js", "");
    put(folder, "actions/greet/README.md", "[gone](../../gone.md)\n");
    rmSync(join(folder, "dist/greet/licenses.txt"));
    commit(folder, "broken");
    put(folder, "new file.txt", "x");
    const message = refused(["1.2.0"]);
    git(folder, ["checkout", "--quiet", "--force", "main"]);
    git(folder, ["branch", "--quiet", "-D", "broken"]);
    for (const part of [
      "new file.txt", "no section for 1.2.0", "dist/other/index.js is not committed", "dist/other/licenses.txt is not committed", "dist/left belongs to no action",
      "dist/greet/licenses.txt is not committed", "actions/greet/README.md links to ../../gone.md", "There is no actions/other/README.md",
    ]) expect(message).toContain(part);
  });

  test("a version that is out with other content", () => {
    const out = smallRepository();
    const first = idIn(released(out, ["1.0.0"])) ?? "";
    commit(out, "more");
    const { status, stderr } = release(out, ["1.0.0"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(`The tag v1.0.0 is there already and holds something else \\(${first.slice(0, 12)}, made from [0-9a-f]{12}; .*git tag -d v1\\.0\\.0`));
    expect(tags(out)).toEqual({ "v1.0.0": first, "v1.0": first, v1: first });
  });

  test("a folder that is no repository, and one without a commit", () => {
    const empty = temporary("empty");
    expect(release(empty, ["1.0.0"]).stderr).toMatch(/^release: There is no commit to release here\. Run this in a clone/);
    git(empty, ["init", "--quiet"]);
    expect(release(empty, ["1.0.0"]).stderr).toMatch(/^release: There is no commit to release here/);
  });
});

describe("all tags or none", () => {
  /** A git in front of the real one, that does something at one of its commands. */
  function wrapped(when: string, does: string): Record<string, string> {
    const bin = temporary("bin");
    const real = (process.env["PATH"] ?? "").split(delimiter).map((part) => join(part, "git")).find((path) => existsSync(path)) ?? "git";
    put(bin, "git", `#!/bin/sh\ncase " $* " in *" ${when} "*) ${does.replaceAll("REAL", real)} ;; esac\nexec "${real}" "$@"\n`);
    chmodSync(join(bin, "git"), 0o755);
    return { PATH: `${bin}${delimiter}${process.env["PATH"]}` };
  }

  let same: string | undefined;
  beforeAll(() => { same = idIn(released(smallRepository(), ["1.0.0"])); });

  test.each(["hash-object", "mktree", "for-each-ref", "update-ref"])("killed at its %s, it leaves no tag, and the next run makes the same", (at) => {
    const folder = smallRepository();
    const { signal } = release(folder, ["1.0.0"], wrapped(at, "kill -9 $PPID; exit 1"));
    expect(signal).toBe("SIGKILL");
    expect(tags(folder)).toEqual({});
    expect(same).toMatch(/^[0-9a-f]{40}$/);
    expect(idIn(released(folder, ["1.0.0"]))).toBe(same);
  });

  test("a lock that is left behind stops it, with the file's name", () => {
    const folder = smallRepository();
    put(folder, ".git/refs/tags/v1.lock", "");
    const { status, stderr } = release(folder, ["1.0.0"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/none was[\s\S]*refs\/tags\/v1\.lock[\s\S]*remove the \.lock file/);
    expect(tags(folder)).toEqual({});
  });

  test("a tag that somebody else moves meanwhile stops it", () => {
    const folder = smallRepository(["1.0.1", "1.0.0"]);
    const first = idIn(released(folder, ["1.0.0"])) ?? "";
    const main = git(folder, ["rev-parse", "main"]);
    const { status } = release(folder, ["1.0.1"], wrapped("update-ref", "REAL tag -f v1 main >/dev/null"));
    expect(status).toBe(1);
    expect(tags(folder)).toEqual({ "v1.0.0": first, "v1.0": first, v1: main });
  });

  test("two at once make one release", async () => {
    const folder = smallRepository();
    const outcomes = await Promise.all([1, 2].map(() => import("node:child_process").then(({ spawn }) => new Promise<number | null>((resolve) => {
      spawn(process.execPath, [join(ROOT, "tools/release.mjs"), "1.0.0"], { cwd: folder, env: cleanEnvironment(), stdio: "ignore" }).once("close", resolve);
    }))));
    expect(outcomes).toContain(0);
    expect(new Set(Object.values(tags(folder))).size).toBe(1);
    expect(Object.keys(tags(folder)).sort()).toEqual(["v1", "v1.0", "v1.0.0"]);
  });
});

describe("the files for publishing", () => {
  function remote() {
    const folder = smallRepository(["1.0.1", "1.0.0"]);
    const bare = join(temporary("remote"), "instant.git");
    git(folder, ["clone", "--quiet", "--bare", folder, bare]);
    git(folder, ["remote", "add", "origin", bare]);
    const out = temporary("out");
    const push = () => spawnSync("bash", [join(out, "push.sh")], { cwd: folder, encoding: "utf8", env: cleanEnvironment() });
    return { folder, bare, out, push, make: (version: string) => released(folder, [version, "--into", out, "--json"]) };
  }

  test("push.sh pushes all tags at once, again without harm, and notes.md is the section of the changelog", () => {
    const { folder, bare, out, push, make } = remote();
    const plan = JSON.parse(make("1.0.0")) as { commit: string };
    expect(plan).toEqual(JSON.parse(text(out, "release.json")));
    expect(text(out, "notes.md")).toBe("### Added\n\n- What 1.0.0 brings.\n");
    expect(push().status).toBe(0);
    expect(tags(bare)).toEqual({ "v1.0.0": plan.commit, "v1.0": plan.commit, v1: plan.commit });
    expect(push().status).toBe(0);
    make("1.0.0");
    expect(push().status).toBe(0);
    make("1.0.1");
    expect(push().status).toBe(0);
    expect(tags(bare)).toEqual(tags(folder));
  });

  test("a moving tag that is elsewhere on the server stops the whole push", () => {
    const { bare, push, make } = remote();
    make("1.0.0");
    push();
    make("1.0.1");
    const before = { ...tags(bare), v1: git(bare, ["rev-parse", "main"]) };
    git(bare, ["tag", "-f", "v1", "main"]);
    const { status, stderr } = push();
    expect(status).not.toBe(0);
    expect(stderr).toContain("stale info");
    expect(tags(bare)).toEqual(before);
  });

  test("publish.sh marks prereleases, and as latest only what no released version is newer than", () => {
    const folder = smallRepository(["2.0.0-rc.1", "1.1.0", "1.0.1"]);
    const out = temporary("out");
    const flags = (version: string) => {
      released(folder, [version, "--into", out]);
      return /--notes-file "\$here\/notes\.md" (.*)$/m.exec(text(out, "publish.sh"))?.[1];
    };
    expect(flags("1.1.0")).toBe("--latest=true");
    expect(flags("1.0.1")).toBe("--latest=false");
    expect(flags("2.0.0-rc.1")).toBe("--prerelease --latest=false");
    expect(flags("1.1.0")).toBe("--latest=true");
  });

  test("the archive holds the release tree below one folder", () => {
    const { folder, out, make } = remote();
    make("1.0.0");
    const paths = git(folder, ["ls-tree", "-r", "--name-only", "v1"]).split("\n");
    const archive = readFileSync(join(out, "instant-1.0.0.tar"), "latin1");
    for (const path of paths) expect(archive).toContain(`instant-1.0.0/${path}\0`);
  });
});

test("npm run release -- --help says how it is used", () => {
  // The command that npm types, without npm and the installation before it: those look at node_modules, which all suites share.
  const { scripts } = JSON.parse(text(ROOT, "package.json")) as { scripts: { release: string } };
  const [program, ...args] = scripts.release.split(" ");
  expect(program).toBe("node");
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args, "--help"], { cwd: ROOT, encoding: "utf8", env: cleanEnvironment() });
  expect([stderr, status, stdout]).toEqual(["", 0, expect.stringContaining("npm run release -- VERSION [--dry-run] [--into DIR] [--json]")]);
});

test("the tool uses nothing but Node and git: a release runs no package's code", () => {
  const files = ["release.mjs", ...readdirSync(join(ROOT, "tools/release")).map((file) => `release/${file}`)];
  for (const file of files) {
    for (const [, from = ""] of text(ROOT, `tools/${file}`).matchAll(/(?:from|import\()\s*"([^"]+)"/g)) expect([file, from]).toEqual([file, expect.stringMatching(/^(?:node:|\.\.?\/)/)]);
  }
});

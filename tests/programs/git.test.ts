// What users' own git commands meet on the sandbox, beyond tests/sandbox/server/git.test.ts: every way to hand over a token, partial and
// shallow clones, pushes that meet each other, large ones.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { gitEnvironment } from "../../src/sandbox/git/process.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";

const run = promisify(execFile);
const LIMIT_MS = 50_000;

let sandbox: Sandbox;
let folder: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  folder = await mkdtemp(path.join(tmpdir(), "instant-git-program-"));
  await sandbox.createRepository({ owner: "acme", name: "docs", roles: { ann: "write" }, from: { "docs/FAQ.md": "# FAQ\n", "docs/guide.md": "# Guide\n" } });
  await sandbox.createRepository({ owner: "acme", name: "other", roles: { ann: "write" }, from: { "README.md": "# Other\n" } });
});

afterAll(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

const identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"];

async function git(args: readonly string[], cwd = folder): Promise<string> {
  const { stdout, stderr } = await run("git", [...identity, ...args], { cwd, env: gitEnvironment(), encoding: "utf8", timeout: LIMIT_MS, maxBuffer: 1 << 26 });
  return `${stdout}${stderr}`.trim();
}

/** git's words for a refusal. */
async function refused(args: readonly string[], cwd = folder): Promise<string> {
  return git(args, cwd).then(
    (said) => { throw new Error(`git ${args.join(" ")} was not refused: ${said}`); },
    (error: { stderr?: string; message: string }) => error.stderr ?? error.message,
  );
}

const ann = () => sandbox.tokens.user("ann");
const plain = (name = "acme/docs") => `${sandbox.urls.server}/${name}.git`;
const withToken = (token: string, name?: string) => plain(name).replace("//", `//x-access-token:${token}@`);
const at = (name: string) => path.join(folder, name);
const tip = (branch: string) => sandbox.repository("acme/docs").git.ref(`refs/heads/${branch}`);

/** As actions/checkout leaves it in `.git/config`, so that no later command needs to know the token. */
const header = (token: string) => ["-c", `http.${sandbox.urls.server}/.extraheader=AUTHORIZATION: basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`];

async function commit(clone: string, file: string, content: string | Buffer): Promise<string> {
  await writeFile(path.join(clone, file), content);
  await git(["add", "--", file], clone);
  await git(["commit", "--quiet", "--message", `Change ${file}`], clone);
  return git(["rev-parse", "HEAD"], clone);
}

test("a token in an extra header, as actions/checkout keeps it, clones, fetches and pushes; without it nothing more is let through", async () => {
  const token = sandbox.tokens.app("builder", { contents: "write" });
  await git([...header(token), "clone", "--quiet", plain(), "header"]);
  expect(await readFile(path.join(at("header"), ".git/config"), "utf8")).not.toContain(token);
  const sha = await commit(at("header"), "header.md", "1\n");
  expect(await refused(["push", "origin", "HEAD:refs/heads/header"], at("header"))).toMatch(/could not read Username|Authentication failed/);
  expect(tip("header")).toBeUndefined();
  await git([...header(token), "push", "--quiet", "origin", "HEAD:refs/heads/header"], at("header"));
  expect(tip("header")).toBe(sha);
  await git([...header(token), "fetch", "--quiet", "origin"], at("header"));
  expect(await git(["rev-parse", "origin/header"], at("header"))).toBe(sha);
});

test("a credential helper is asked once the server says 401, also with the token as user name", async () => {
  const helper = (lines: string) => ["-c", `credential.helper=!f() { test "$1" = get && printf '${lines}\\n'; }; f`];
  expect(await git([...helper(`username=ann\\npassword=${ann()}`), "ls-remote", "--heads", plain(), "main"])).toContain(tip("main"));
  expect(await git([...helper(`username=${ann()}\\npassword=x-oauth-basic`), "ls-remote", "--heads", plain(), "main"])).toContain(tip("main"));
});

test.each(["0", "1", "2"])("protocol version %s is spoken", async (version) => {
  expect(await git(["-c", `protocol.version=${version}`, "ls-remote", "--symref", withToken(ann()), "HEAD"])).toContain("ref: refs/heads/main\tHEAD");
});

test("a wrong token is refused as one, and no message of git repeats a token", async () => {
  expect(await refused(["clone", "--quiet", withToken("ghs_wrong"), "wrong"])).toMatch(/Invalid username or token\.\n.*Authentication failed/s);
  const token = sandbox.tokens.app("reader", { contents: "read" });
  const said = await refused(["push", withToken(token), "HEAD:refs/heads/main"], at("header"));
  expect(said).toMatch(/Permission to acme\/docs\.git denied to reader\[bot\]\.\n.*403/s);
  expect(said).not.toContain(token);
});

test("a token that may only read clones and fetches, and pushes neither a branch nor a tag nor a deletion", async () => {
  const token = sandbox.tokens.app("reader", { contents: "read" });
  await git(["clone", "--quiet", withToken(token), "reading"]);
  const before = tip("main");
  await commit(at("reading"), "x.md", "x\n");
  for (const what of ["HEAD:refs/heads/main", "HEAD:refs/tags/v1", ":refs/heads/main"]) expect(await refused(["push", "origin", what], at("reading"))).toContain("403");
  expect([tip("main"), sandbox.repository("acme/docs").git.ref("refs/tags/v1")]).toEqual([before, undefined]);
});

test("what a token may not see is told like what is not there", async () => {
  const blind = sandbox.tokens.app("blind", { issues: "write" });
  const words = (text: string) => text.replaceAll(/https?:\/\/\S+/g, "").replace(/^Cloning.*\n/, "");
  const unseen = await refused(["clone", withToken(blind), "no"]);
  expect(unseen).toMatch(/remote: Repository not found\.\nfatal: repository .* not found/);
  expect(words(await refused(["clone", withToken(blind, "acme/nothing"), "no"]))).toBe(words(unseen));
  const job = sandbox.world.tokens.job(sandbox.repository("acme/docs"), 1, "build", { contents: "write" });
  expect(await git(["ls-remote", withToken(job.token), "HEAD"])).toContain(tip("main"));
  expect(await refused(["ls-remote", withToken(job.token, "acme/other")])).toContain("not found");
  job.revoke();
  expect(await refused(["ls-remote", withToken(job.token)])).toContain("Authentication failed");
});

test("a shallow clone grows when asked, and pushes as it is", async () => {
  await git(["clone", "--quiet", withToken(ann()), "growing"]);
  for (const line of ["1", "2", "3"]) await commit(at("growing"), "grows.md", `${line}\n`);
  await git(["push", "--quiet", "origin", "main"], at("growing"));
  await git(["clone", "--quiet", "--depth=1", "--branch=main", withToken(ann()), "shallow"]);
  const count = () => git(["rev-list", "--count", "HEAD"], at("shallow"));
  expect(await count()).toBe("1");
  await git(["fetch", "--quiet", "--deepen=1"], at("shallow"));
  expect(await count()).toBe("2");
  const sha = await commit(at("shallow"), "shallow.md", "s\n");
  await git(["push", "--quiet", "origin", "HEAD:refs/heads/from-shallow"], at("shallow"));
  expect(tip("from-shallow")).toBe(sha);
  await git(["fetch", "--quiet", "--unshallow"], at("shallow"));
  expect(await count()).toBe("5");
});

test("a partial clone leaves contents out and fetches one when it is looked at", async () => {
  await git(["clone", "--quiet", "--filter=blob:none", "--no-checkout", withToken(ann()), "partial"]);
  const missing = async () => (await git(["rev-list", "--objects", "--missing=print", "HEAD"], at("partial"))).split("\n").filter((line) => line.startsWith("?")).length;
  const before = await missing();
  expect(before).toBeGreaterThan(1);
  expect(await git(["show", "HEAD:docs/guide.md"], at("partial"))).toContain("# Guide");
  expect(await missing()).toBe(before - 1);
});

test("of two pushes to a branch at the same time one wins and the other hears of it; a lease that no longer holds is refused", async () => {
  await git(["clone", "--quiet", withToken(ann()), "left"]);
  await git(["clone", "--quiet", withToken(ann()), "right"]);
  const shas = { left: await commit(at("left"), "race.md", "left\n"), right: await commit(at("right"), "race.md", "right\n") };
  const names = ["left", "right"] as const;
  const outcomes = await Promise.allSettled(names.map((name) => git(["push", "origin", "HEAD:main"], at(name))));
  const won = names.filter((_, index) => outcomes[index]?.status === "fulfilled");
  expect(won.map((name) => shas[name])).toEqual([tip("main")]);
  const lost = won[0] === "left" ? "right" : "left";
  const [rejection] = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [(outcome.reason as { stderr: string }).stderr] : []));
  expect(rejection).toMatch(/\[(remote )?rejected\]/);
  expect(await refused(["push", "--force-with-lease=main:" + shas[lost], "origin", "HEAD:main"], at(lost))).toContain("stale info");
  await git(["push", "--quiet", `--force-with-lease=main:${tip("main")}`, "origin", "HEAD:main"], at(lost));
  expect(tip("main")).toBe(shas[lost]);
});

test("all or nothing with --atomic; tags travel and are fetched", async () => {
  await git(["clone", "--quiet", withToken(ann()), "atomic"]);
  await git(["tag", "--annotate", "--message", "One", "v1.0.0"], at("atomic"));
  const behind = "HEAD~1:refs/heads/main"; // No fast-forward.
  expect(await refused(["push", "--atomic", "origin", "v1.0.0", behind], at("atomic"))).toMatch(/atomic|rejected/);
  expect(sandbox.repository("acme/docs").git.ref("refs/tags/v1.0.0")).toBeUndefined();
  await git(["push", "--quiet", "--follow-tags", "origin", "HEAD:refs/heads/main"], at("atomic"));
  await git(["fetch", "--quiet", "--tags"], at("shallow"));
  expect(await git(["cat-file", "-t", "v1.0.0"], at("shallow"))).toBe("tag");
});

test("an annotated tag starts a workflow at the commit that it names", async () => {
  await git(["clone", "--quiet", withToken(ann()), "tagging"]);
  const workflow = "on:\n  push:\n    tags: ['v2.*']\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo \"at $GITHUB_SHA of $GITHUB_REF\"\n";
  await git(["checkout", "--quiet", "-b", "releases"], at("tagging"));
  await mkdir(path.join(at("tagging"), ".github/workflows"), { recursive: true });
  const sha = await commit(at("tagging"), ".github/workflows/release.yml", workflow);
  await git(["tag", "--annotate", "--message", "Two", "v2.0.0"], at("tagging"));
  await git(["push", "--quiet", "origin", "v2.0.0"], at("tagging"));
  await sandbox.runs.settled();
  const runs = await Promise.all(sandbox.runs.list("acme/docs").map((one) => sandbox.runs.waitForRun(one.id)));
  expect(runs.map((one) => ({ event: one.event, conclusion: one.conclusion }))).toEqual([{ event: "push", conclusion: "success" }]);
  expect(runs[0]?.jobs[0]?.log).toContain(`at ${sha} of refs/tags/v2.0.0`);
});

test("a push larger than git's buffer, which it sends in chunks after a probe, arrives whole", async () => {
  await git(["clone", "--quiet", withToken(ann()), "large"]);
  const content = randomBytes(3_000_000);
  const sha = await commit(at("large"), "large.bin", content);
  await git(["-c", "http.postBuffer=65536", "push", "--quiet", "origin", "HEAD:refs/heads/large"], at("large"));
  expect(tip("large")).toBe(sha);
  const arrived = await sandbox.repository("acme/docs").git.fileAt(sha, "large.bin");
  // Jest would compare three million numbers one by one.
  expect(arrived?.equals(content)).toBe(true);
});

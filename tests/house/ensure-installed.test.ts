import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "@jest/globals";

const source = fileURLToPath(new URL("../../tools/ensure-installed.mjs", import.meta.url));

// Stands in for npm: notes its arguments, waits for the file "go" when there is a file "hold", then does what "plan" says.
const FAKE_NPM = `
import { appendFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, watch } from "node:fs";
appendFileSync("npm.log", process.argv.slice(2, 4).join(" ") + "\\n");
if (existsSync("hold") && !existsSync("go")) {
  await new Promise((resolve) => {
    const watcher = watch(".", () => { if (existsSync("go")) { watcher.close(); resolve(); } });
    if (existsSync("go")) { watcher.close(); resolve(); }
  });
}
const plan = JSON.parse(readFileSync("plan", "utf8"));
if (plan.says) console.error(plan.says);
mkdirSync("node_modules/.bin", { recursive: true });
if (plan.node && !existsSync("node_modules/.bin/node")) symlinkSync(process.execPath, "node_modules/.bin/node");
process.exit(plan.exit);
`;

let folder = "";
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), "instant-install-test-")));
  mkdirSync(path.join(folder, "tools"));
  copyFileSync(source, path.join(folder, "tools/ensure-installed.mjs"));
  put("npm.mjs", FAKE_NPM);
  put("package-lock.json", '{"one":1}');
  plan({ exit: 0, node: true });
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
  rmSync(lockFolder(), { recursive: true, force: true });
});

const put = (file: string, text: string) => writeFileSync(path.join(folder, file), text);
const plan = (what: { exit: number; node: boolean; says?: string }) => put("plan", JSON.stringify(what));
const npmRuns = () => (existsSync(path.join(folder, "npm.log")) ? readFileSync(path.join(folder, "npm.log"), "utf8").trim().split("\n") : []);
const lockFolder = () => path.join(tmpdir(), `instant-install-${createHash("sha256").update(folder).digest("hex").slice(0, 16)}`);

function begin(env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [path.join(folder, "tools/ensure-installed.mjs")], {
    env: { PATH: process.env.PATH ?? "", npm_execpath: path.join(folder, "npm.mjs"), ...env }, stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const seen = { stderr: "", stdout: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => { seen.stdout += text; });
  child.stderr.setEncoding("utf8").on("data", (text: string) => { seen.stderr += text; });
  const done = once(child, "close").then(([code]) => ({ code: code as number, ...seen }));
  return { child, seen, done };
}

const run = (env?: Record<string, string>) => begin(env).done;

test("installs from the lock when nothing is there, says how long it took on standard error, and is silent the next time", async () => {
  const first = await run();
  expect(first.code).toBe(0);
  expect(first.stdout).toBe("");
  expect(first.stderr).toMatch(/^Installing packages .* done in \d+\.\d s\.\n$/);
  expect(await run()).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(npmRuns()).toEqual(["ci --ignore-scripts"]);
});

test("brings a finished installation up to date in place when the lock has changed", async () => {
  await run();
  put("package-lock.json", '{"one":2}');
  expect((await run()).stderr).toMatch(/^Updating packages/);
  expect((await run()).stderr).toBe("");
  expect(npmRuns()).toEqual(["ci --ignore-scripts", "install --no-save"]);
});

test("starts clean after an installation that was broken off", async () => {
  plan({ exit: 1, node: true, says: "killed" });
  expect((await run()).code).toBe(1);
  plan({ exit: 0, node: true });
  expect((await run()).code).toBe(0);
  expect(npmRuns()).toEqual(["ci --ignore-scripts", "ci --ignore-scripts"]);
});

test("two commands at once install once, and the second says that it waits", async () => {
  put("hold", "");
  const first = begin();
  await once(first.child.stderr, "data");
  const second = begin();
  while (!second.seen.stderr.includes("waiting")) await once(second.child.stderr, "data");
  put("go", "");
  expect((await first.done).code).toBe(0);
  expect((await second.done).code).toBe(0);
  expect(npmRuns()).toEqual(["ci --ignore-scripts"]);
});

test("the lock of a process that died does not stop anyone", async () => {
  const dead = spawn(process.execPath, ["-e", "0"]);
  await once(dead, "close");
  mkdirSync(lockFolder());
  writeFileSync(path.join(lockFolder(), "pid"), String(dead.pid));
  expect((await run()).code).toBe(0);
  expect(existsSync(lockFolder())).toBe(false);
});

test.each([
  ["npm error code EAI_AGAIN request to https://registry.npmjs.org failed", "the npm registry could not be reached", "check the network"],
  ["npm error code EUSAGE npm ci can only install packages when …", "package.json and package-lock.json do not agree", "--package-lock-only"],
  ["npm error code EINTEGRITY", "differs from the one that package-lock.json pins", "npm cache clean"],
  ["npm error code ENOSPC", "the disk is full", "free about 1 GB"],
  ["something unheard of", "npm says below", "something unheard of"],
])("a failure names cause and change: %s", async (says, cause, change) => {
  plan({ exit: 1, node: false, says });
  const { code, stderr } = await run();
  expect(code).toBe(1);
  expect(stderr).toMatch(/Likely cause: .*\n {2}Change: /);
  expect(stderr).toContain(cause);
  expect(stderr).toContain(change);
  expect(stderr).not.toContain("    at ");
});

test("a missing git is named, with the change to make", async () => {
  const { code, stderr } = await run({ PATH: folder });
  expect(code).toBe(1);
  expect(stderr).toContain("git was not found");
  expect(stderr).toContain("install git 2.38 or newer");
  expect(npmRuns()).toEqual([]);
});

test("a git that cannot merge trees is named, with the change to make", async () => {
  put("git", '#!/bin/sh\necho "git version 2.37.9"\n');
  chmodSync(path.join(folder, "git"), 0o755);
  const { code, stderr } = await run({ PATH: folder });
  expect(code).toBe(1);
  expect(stderr).toContain("git 2.37 is too old");
});

// Runs before every npm script. Installs the pinned packages when they are missing or differ from package-lock.json,
// so that a fresh clone needs no other command, and costs a few milliseconds otherwise. Plain JavaScript that Node 14
// can still parse, because the first thing it has to say may be that Node is too old.
//
// Why a script of its own before each script: the packages bring Node 24 (node_modules/.bin/node), and npm looks `node`
// up when a script begins; a script that installs and then runs node in one line would keep the old one.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const windows = process.platform === "win32";
const modules = path.join(root, "node_modules");
const stampFile = path.join(modules, ".instant-installed");
const binNode = path.join(modules, ".bin", windows ? "node.cmd" : "node");

const OLDEST_NODE = 20;
const RUNTIME_NODE = 24;
const OLDEST_GIT = [2, 38];
const NPM_LIMIT_MS = 9 * 60_000;
const LOCK_LIMIT_MS = 10 * 60_000;

/** An error whose message is all a person needs; printed without a stack. */
class Problem extends Error {}

function checkNode() {
  if (Number(process.versions.node.split(".")[0]) >= OLDEST_NODE) return;
  throw new Problem(
    `Node ${process.versions.node} is too old to install INSTANT's packages.\n` +
      `  Change: install Node ${OLDEST_NODE} or newer (https://nodejs.org), then run the command again.`,
  );
}

function checkGit() {
  const { stdout, error, status } = spawnSync("git", ["--version"], { encoding: "utf8", timeout: 10_000 });
  const needed = OLDEST_GIT.join(".");
  if (error || status !== 0) {
    throw new Problem(
      `git was not found (${error ? error.message : `git --version ended with ${status}`}).\n` +
        `  Change: install git ${needed} or newer (https://git-scm.com/downloads) and make sure it is on PATH.`,
    );
  }
  const found = /(\d+)\.(\d+)/.exec(stdout);
  if (!found) return; // An unusual build that does not tell its version: let it try.
  const [major, minor] = [Number(found[1]), Number(found[2])];
  if (major > OLDEST_GIT[0] || (major === OLDEST_GIT[0] && minor >= OLDEST_GIT[1])) return;
  throw new Problem(
    `git ${found[0]} is too old: INSTANT merges with \`git merge-tree --write-tree\`, which came with git ${needed}.\n` +
      `  Change: install git ${needed} or newer (https://git-scm.com/downloads).`,
  );
}

/** What an installation must match: the lock file, and the platform that its binaries were chosen for. */
function wantedStamp() {
  const lock = readFileSync(path.join(root, "package-lock.json"));
  return `${createHash("sha256").update(lock).digest("hex")} ${process.platform}-${process.arch}\n`;
}

function readStamp() {
  try {
    return readFileSync(stampFile, "utf8");
  } catch {
    return undefined; // Missing: nothing is installed, or an installation was broken off.
  }
}

const isInstalled = (wanted) => readStamp() === wanted && runtimeNode() !== undefined;

/** `bundled` when npm scripts get the pinned Node, `system` when the one on PATH is new enough, else undefined. */
function runtimeNode() {
  if (existsSync(binNode)) return "bundled";
  return Number(process.versions.node.split(".")[0]) >= RUNTIME_NODE ? "system" : undefined;
}

/** After an installation: is there a Node 24 that really runs here? (The npm builds are for glibc; Alpine has musl.) */
function checkRuntimeNode() {
  if (existsSync(binNode)) {
    const tried = spawnSync(binNode, ["--version"], { encoding: "utf8", timeout: 30_000, shell: windows });
    if (tried.status === 0 && tried.stdout.startsWith(`v${RUNTIME_NODE}.`)) return;
    rmSync(binNode, { force: true }); // It cannot run here: let `node` in scripts mean the one on PATH.
  }
  if (runtimeNode() === "system") return;
  throw new Problem(
    `npm brought no Node ${RUNTIME_NODE} that runs on ${process.platform}-${process.arch}, and the one on PATH is ` +
      `${process.versions.node}.\n` +
      `  Likely cause: there is no build for this platform on npm, or the network failed halfway.\n` +
      `  Change: run the command again, or install Node ${RUNTIME_NODE} (https://nodejs.org) and run it with that.`,
  );
}

const causes = [
  [/ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|ENOTCACHED|network/,
    "the npm registry could not be reached", "check the network (and HTTPS_PROXY, npm's `registry` setting) and run the command again"],
  [/EUSAGE|can only install packages when|in sync/,
    "package.json and package-lock.json do not agree", "run `npm install --package-lock-only` and commit the lock file"],
  [/EINTEGRITY/, "a downloaded package differs from the one that package-lock.json pins",
    "run `npm cache clean --force` and try again; if it stays, do not trust that registry"],
  [/ENOSPC/, "the disk is full", "free about 1 GB and run the command again"],
  [/EACCES|EPERM|EROFS/, "npm may not write here", "check who owns this folder and npm's cache (~/.npm)"],
  [/E401|E403/, "the npm registry refused the request", "check the credentials in ~/.npmrc, or use https://registry.npmjs.org"],
];

function npmProblem(result) {
  const said = `${result.stderr || ""}\n${result.stdout || ""}`.trim();
  const tail = said.split("\n").slice(-12).map((line) => `    ${line}`).join("\n");
  if (result.error && result.error.code === "ENOENT") {
    return new Problem("npm was not found.\n  Change: install npm (it comes with Node) and make sure it is on PATH.");
  }
  if (result.error && result.error.code === "ETIMEDOUT") {
    return new Problem(`npm did not finish within ${NPM_LIMIT_MS / 60_000} minutes.\n  Change: check the network and run the command again.`);
  }
  const [, cause, change] = causes.find(([pattern]) => pattern.test(said)) || [null, "npm says below", "mend that and run the command again"];
  return new Problem(`The packages could not be installed (npm ended with ${result.status ?? result.signal}).\n` +
    `  Likely cause: ${cause}.\n  Change: ${change}.\n${tail}`);
}

function runNpm(args) {
  const npmCli = process.env.npm_execpath;
  const options = {
    cwd: root,
    encoding: "utf8",
    timeout: NPM_LIMIT_MS,
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 * 1024 * 1024,
    // npm must not inherit the settings of the npm that runs this script (such as --json or --dry-run).
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_config_(json|dry_run|loglevel|omit|prod)/i.test(name))),
  };
  // The Node that runs npm, not the one inside node_modules, which is about to be replaced.
  const node = process.env.npm_node_execpath || process.execPath;
  return npmCli && /\.[cm]?js$/.test(npmCli)
    ? spawnSync(node, [npmCli, ...args], options)
    : spawnSync(windows ? "npm.cmd" : "npm", args, { ...options, shell: windows });
}

function install(wanted) {
  const started = Date.now();
  // A finished installation of an older lock is brought up to date in place; anything else starts clean.
  const inPlace = readStamp() !== undefined;
  process.stderr.write(inPlace ? "Updating packages … " : "Installing packages (once: 230 MB to download, 0.9 GB on disk) … ");
  rmSync(stampFile, { force: true });
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error", "--include=dev", "--include=optional"];
  const result = runNpm([...(inPlace ? ["install", "--no-save"] : ["ci"]), ...quiet]);
  if (result.error || result.status !== 0) {
    process.stderr.write("failed.\n");
    throw npmProblem(result);
  }
  checkRuntimeNode();
  writeFileSync(stampFile, wanted);
  process.stderr.write(`done in ${((Date.now() - started) / 1000).toFixed(1)} s.\n`);
}

function holderIsGone(lock) {
  try {
    process.kill(Number(readFileSync(path.join(lock, "pid"), "utf8")), 0);
    return false;
  } catch (error) {
    if (error.code === "EPERM") return false; // It lives, and is someone else's.
    if (error.code === "ESRCH") return true;
  }
  try { // No readable pid: the holder may be writing it now; a lock without one for 5 s is a dead one.
    return Date.now() - statSync(lock).mtimeMs > 5_000;
  } catch {
    return true;
  }
}

/** Runs `work` while holding a lock directory, so that two npm scripts started together install once. */
function withLock(wanted, work) {
  const name = createHash("sha256").update(root).digest("hex").slice(0, 16);
  const lock = path.join(tmpdir(), `instant-install-${name}`);
  const deadline = Date.now() + LOCK_LIMIT_MS;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  let told = false;
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (holderIsGone(lock)) rmSync(lock, { recursive: true, force: true });
    else if (Date.now() > deadline) {
      throw new Problem(`Another installation has held ${lock} for ${LOCK_LIMIT_MS / 60_000} minutes.\n  Change: end it, or delete that folder.`);
    } else {
      if (!told) process.stderr.write("Another command is installing the packages; waiting for it …\n");
      told = true;
      Atomics.wait(pause, 0, 0, 200);
    }
  }
  try {
    writeFileSync(path.join(lock, "pid"), String(process.pid));
    if (!isInstalled(wanted)) work(wanted);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

try {
  checkNode();
  checkGit();
  const wanted = wantedStamp();
  if (!isInstalled(wanted)) withLock(wanted, install);
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  process.stderr.write(`\nINSTANT: ${error.message}\n`);
  process.exitCode = 1;
}

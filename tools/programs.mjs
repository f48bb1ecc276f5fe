// Installs the programs of others that the tests use, listed in tools/programs.json: pinned Go and PyPI programs into a cache
// outside the tree, Debian's packages with apt-get. `.ci/run` calls it first; a person may: `node tools/programs.mjs`.
// Several may run at once: each builds in a folder of its own, and a finished one is put in place by a rename.

import { spawn } from "node:child_process";
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const MINUTE_MS = 60_000;
const LIMIT_MS = { go: 7 * MINUTE_MS, pip: 2 * MINUTE_MS, apt: 5 * MINUTE_MS, version: 30_000 };
const PARTIAL = "partial-";

/** An error whose message is all a person needs; printed without a stack. */
class Problem extends Error {}

const list = JSON.parse(readFileSync(new URL("programs.json", import.meta.url), "utf8"));

/** Where the pinned programs are kept; the same rule stands in tests/programs/support.ts. */
function cacheFolder() {
  const base = process.env.XDG_CACHE_HOME;
  return path.join(base && path.isAbsolute(base) ? base : path.join(homedir(), ".cache"), "instant-ci");
}

const homeOf = (one) => path.join(cacheFolder(), `${one.program}-${one.version}`);

/** The folders to put on PATH for the tests, whether or not they exist yet. */
export const programFolders = () => [
  ...[...list.go, ...list.pypi].map((one) => path.join(homeOf(one), "bin")),
  ...list.debian.flatMap((one) => one.folders ?? []),
];

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // Not there, or not ours to run.
  }
}

const onPath = (program, folders = []) =>
  [...(process.env.PATH ?? "").split(path.delimiter), ...folders].map((folder) => path.join(folder, program)).find(isProgram);

const groups = new Set();

function endGroup(pid) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // Ended already; or begun by sudo, which ends with its terminal or its own limit.
    if (error.code !== "ESRCH" && error.code !== "EPERM") throw error;
  }
}

/** Runs a program to its end in a process group of its own. @returns `{ code, output }`; `code` is undefined when it was too late. */
function run(program, args, { limitMs, env = {}, cwd = cacheFolder() }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, detached: true, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
    let output = "";
    let late = false;
    const note = (text) => { output = (output + text).slice(-200_000); };
    child.stdout.setEncoding("utf8").on("data", note);
    child.stderr.setEncoding("utf8").on("data", note);
    const timer = setTimeout(() => {
      late = true;
      endGroup(child.pid);
    }, limitMs);
    child.once("spawn", () => groups.add(child.pid));
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      groups.delete(child.pid);
      resolve({ code: late ? undefined : (code ?? signal), output });
    });
  });
}

const said = (output) => output.trim().split("\n").slice(-8).map((line) => `    ${line}`).join("\n");

const NETWORK = /no such host|could not resolve|name resolution|connection (refused|reset|timed out)|network is unreachable|i\/o timeout|Failed to fetch|NewConnectionError/i;

function failed(what, { code, output }, limitMs, change) {
  const how = code === undefined ? `did not end within ${limitMs / MINUTE_MS} minutes` : `ended with ${code}`;
  const advice = code === undefined || NETWORK.test(output) ? "check the network (and HTTPS_PROXY), then run it again" : change;
  return new Problem(`${what} ${how}.\n  Change: ${advice}.\n${said(output)}`);
}

/** Lets `fill(folder)` fill a new folder, then puts that in place; when another run was quicker, its folder stays. */
async function keep(one, fill) {
  const partial = mkdtempSync(path.join(cacheFolder(), `${PARTIAL}${process.pid}-`));
  try {
    await fill(partial);
    if (!isProgram(path.join(partial, "bin", one.program))) throw new Problem(`${one.package} ${one.version} brought no program ${one.program}.`);
    try {
      renameSync(partial, homeOf(one));
    } catch (error) {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    }
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** What runs that were killed have left behind. */
function sweep() {
  for (const name of readdirSync(cacheFolder()).filter((entry) => entry.startsWith(PARTIAL))) {
    try {
      process.kill(Number(name.split("-")[1]), 0);
    } catch (error) {
      if (error.code === "ESRCH") rmSync(path.join(cacheFolder(), name), { recursive: true, force: true });
    }
  }
}

const isKept = (one) => isProgram(path.join(homeOf(one), "bin", one.program));

async function installGo(wanted) {
  if (wanted.length > 0 && !onPath("go")) {
    throw new Problem(`go was not found, which builds ${wanted.map((one) => one.program).join(" and ")}.\n` +
      "  Change: install Go 1.21 or newer (https://go.dev/dl; it fetches a newer Go itself when one is needed) and put it on PATH.");
  }
  for (const one of wanted) { // One after the other: the Go compiler uses every core by itself.
    await keep(one, async (folder) => {
      // They are built once and run for seconds: what optimizes them, or helps to debug them, takes half of the time of a build.
      const result = await run("go", ["install", "-gcflags=all=-N -l -dwarf=false", "-ldflags=-w", `${one.package}@${one.version}`], {
        limitMs: LIMIT_MS.go,
        // A person's settings for their own modules must not change this build; CGO would need a C compiler.
        env: { HOME: homedir(), GOBIN: path.join(folder, "bin"), GOFLAGS: "-trimpath -modcacherw", GOWORK: "off", CGO_ENABLED: "0", GOOS: "", GOARCH: "" },
      });
      if (result.code !== 0) throw failed(`go install ${one.package}@${one.version}`, result, LIMIT_MS.go, "mend what go says below");
    });
  }
}

async function hasPip() {
  return onPath("python3") !== undefined && (await run("python3", ["-m", "pip", "--version"], { limitMs: LIMIT_MS.version })).code === 0;
}

async function installPypi(wanted) {
  if (wanted.length > 0 && !(await hasPip())) await apt(["python3-pip"], "python3 with pip");
  for (const one of wanted) {
    await keep(one, async (folder) => {
      const requirements = path.join(folder, "requirements.txt");
      writeFileSync(requirements, `${one.package}==${one.version} ${one.hashes.map((hash) => `--hash=sha256:${hash}`).join(" ")}\n`);
      const exactly = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", requirements, "--target", folder];
      const result = await run("python3", ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...exactly], {
        limitMs: LIMIT_MS.pip,
        env: { PIP_USER: "0", PIP_REQUIRE_VIRTUALENV: "0" }, // Settings that contradict --target.
      });
      if (result.code !== 0) throw failed(`pip install ${one.package}==${one.version}`, result, LIMIT_MS.pip, "mend what pip says below");
    });
  }
}

/** How to become root here: nothing to add, or sudo when it asks for no password. */
async function rootPrefix(packages, what) {
  const byHand = `sudo apt-get install ${packages.join(" ")}`;
  if (!onPath("apt-get")) {
    throw new Problem(`Not found: ${what}. This is no Debian either: apt-get is missing.\n  Change: install it the way this system does.`);
  }
  if (process.getuid?.() === 0) return [];
  const sudo = onPath("sudo") !== undefined && (await run("sudo", ["-n", "true"], { limitMs: LIMIT_MS.version })).code === 0;
  if (sudo) return ["sudo", "-n"];
  throw new Problem(`Not found: ${what}. apt-get needs root: this is not root, and sudo is missing or asks for a password.\n` +
    `  Change: run \`${byHand}\`, then this again.`);
}

/** apt-get install; with fresh lists when the first try fails, and after whoever holds its locks. */
async function apt(packages, what) {
  const prefix = await rootPrefix(packages, what);
  const deadline = Date.now() + LIMIT_MS.apt;
  // RUNLEVEL=1: a package that brings a service must not start it.
  const quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"];
  const aptGet = async (...args) => {
    for (;;) {
      const [program, ...rest] = [...prefix, ...quiet, ...args];
      const result = await run(program, rest, { limitMs: Math.max(1, deadline - Date.now()) });
      const held = result.code !== 0 && /Could not get lock|Unable to lock/.test(result.output);
      if (!held || Date.now() + 2_000 > deadline) return result;
      await pause(1_000); // apt-get waits for only one of its locks by itself.
    }
  };
  const install = ["install", "--yes", "--no-install-recommends", ...packages];
  let result = await aptGet(...install);
  if (result.code !== 0) {
    const update = await aptGet("update");
    if (update.code === 0) result = await aptGet(...install);
    else result = update;
  }
  if (result.code !== 0) throw failed(`apt-get install ${packages.join(" ")}`, result, LIMIT_MS.apt, "mend what apt-get says below");
}

async function installDebian(wanted) {
  if (wanted.length > 0) await apt([...new Set(wanted.map((one) => one.package))], wanted.map((one) => one.program).join(", "));
}

/** A program's own word for its version, in one line. */
async function versionOf(one) {
  const file = one.version ? path.join(homeOf(one), "bin", one.program) : onPath(one.program, one.folders);
  if (file === undefined || !isProgram(file)) throw new Problem(`${one.program} is still not there after ${one.package} was installed.`);
  let result;
  try {
    result = await run(file, one.versionArguments, { limitMs: LIMIT_MS.version });
  } catch (error) {
    result = { code: error.message, output: "" };
  }
  const [line = ""] = result.output.trim().split("\n");
  if (result.code === 0 && (!one.version || line.includes(one.version.replace(/^v/, "")))) return `${one.program}: ${line}`;
  throw new Problem(`${file} does not say that it is ${one.version ?? "itself"} (${result.code ?? "late"}: ${line}).\n` +
    `  Change: ${one.version ? `delete ${homeOf(one)}` : `reinstall ${one.package}`}, then run this again.`);
}

function makeCache() {
  try {
    mkdirSync(cacheFolder(), { recursive: true });
  } catch (error) {
    throw new Problem(`${cacheFolder()} cannot be made (${error.code}).\n  Change: set XDG_CACHE_HOME to a folder that can be written.`);
  }
  sweep();
}

async function installAll() {
  makeCache();
  const wanted = {
    go: list.go.filter((one) => !isKept(one)),
    pypi: list.pypi.filter((one) => !isKept(one)),
    debian: list.debian.filter((one) => !onPath(one.program, one.folders)),
  };
  const names = Object.values(wanted).flat().map((one) => one.program);
  if (names.length > 0) console.log(`Installing ${names.join(", ")} …`);
  const packaged = async () => {
    await installDebian(wanted.debian);
    await installPypi(wanted.pypi); // May need apt-get itself.
  };
  const outcomes = await Promise.allSettled([installGo(wanted.go), packaged()]);
  const problems = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
  const unexpected = problems.find((problem) => !(problem instanceof Problem));
  if (unexpected) throw unexpected;
  if (problems.length > 0) throw new Problem(problems.map((problem) => problem.message).join("\n"));
  for (const line of await Promise.all([...list.go, ...list.pypi, ...list.debian].map(versionOf))) console.log(line);
}

async function main() {
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      for (const pid of groups) endGroup(pid);
      for (const name of readdirSync(cacheFolder()).filter((entry) => entry.startsWith(`${PARTIAL}${process.pid}-`))) {
        rmSync(path.join(cacheFolder(), name), { recursive: true, force: true });
      }
      process.exit(1);
    });
  }
  try {
    await installAll();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();

// The steps of .ci/run. Each runs in a process group of its own with a time limit; what it leaves running is ended and
// counts as a failure. Jest's tests are counted one by one, every other check as one.

import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { programFolders } from "./programs.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const windows = process.platform === "win32";
const MINUTE_MS = 60_000;
const DEADLINE = Date.now() + 18 * MINUTE_MS;

const temporary = mkdtempSync(path.join(tmpdir(), "instant-ci-"));
const results = path.join(temporary, "tests.json");
const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];

/** Ends a step's process group; answers whether anything was left in it. POSIX only. */
function endGroup(pid) {
  if (windows) return false;
  try {
    process.kill(-pid, "SIGKILL");
    return true;
  } catch (error) {
    if (error.code === "ESRCH") return false;
    throw error;
  }
}

/** Processes that left the group but inherited the step's environment. Linux only; the others are answered with none. */
function escaped(marker) {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "latin1").includes(`INSTANT_CI_STEP=${marker}\0`);
    } catch {
      return false; // It ended meanwhile, or is someone else's.
    }
  });
}

function endEverything(pid, marker) {
  const left = [endGroup(pid) ? `group ${pid}` : "", ...escaped(marker)].filter(Boolean);
  for (const one of escaped(marker)) {
    try {
      process.kill(Number(one), "SIGKILL");
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  }
  return left;
}

let running;
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    if (running) endEverything(running.pid, running.marker);
    rmSync(temporary, { recursive: true, force: true });
    process.exit(1);
  });
}

/** Runs a command to its end. @returns undefined when all is well, else what was wrong. */
function command(program, args, { limitMs, env = {} }) {
  const limit = Math.max(1, Math.min(limitMs, DEADLINE - Date.now()));
  const marker = randomUUID();
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root, detached: !windows, shell: windows, stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, ...env, INSTANT_CI_STEP: marker },
    });
    running = { pid: child.pid, marker };
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (windows) child.kill();
      else endGroup(child.pid);
    }, limit);
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      running = undefined;
      const left = endEverything(child.pid, marker);
      if (late) resolve(`it did not end within ${Math.round(limit / 1000)} s`);
      else if (code !== 0) resolve(`it ended with ${signal ?? code}`);
      else resolve(left.length > 0 ? `it left processes running (${left.join(", ")})` : undefined);
    });
  });
}

const npm = (args, limitMs, env) => command("npm", args, { limitMs, env });

function gitStatus(...paths) {
  const { stdout, status, stderr } = spawnSync("git", ["status", "--porcelain", "--", ...paths], { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`git status ended with ${status}: ${stderr}`);
  return stdout;
}

async function distIsFresh() {
  const problem = await npm(["run", "build"], 4 * MINUTE_MS);
  if (problem) return `npm run build: ${problem}`;
  const changed = gitStatus("dist");
  return changed === "" ? undefined : `dist is not what these sources give; run \`npm run build\` and commit dist:\n${changed}`;
}

/** The programs of others that the tests use, put on PATH for the steps that follow. */
async function programs() {
  const problem = await command(process.execPath, ["tools/programs.mjs"], { limitMs: 8 * MINUTE_MS });
  process.env.PATH = [...programFolders(), process.env.PATH].join(path.delimiter);
  return problem && `${problem} (its message stands above)`;
}

/** `npm test`, as the README says; jest's own counts come through a file (tools/jest-counts.mjs). */
async function tests() {
  const problem = await npm(["test"], 15 * MINUTE_MS, { INSTANT_TEST_COUNTS: results });
  if (!existsSync(results)) return problem ?? "it wrote no counts";
  const counts = JSON.parse(readFileSync(results, "utf8"));
  for (const key of ["passed", "failed", "skipped"]) total[key] += counts[key];
  if (counts.passed === 0) return "no test passed";
  // Failing tests are counted already; anything else that went wrong is one failure more.
  if (counts.failed > 0) return { counted: `${counts.failed} tests failed` };
  return problem;
}

/** What counts itself, because parts of it are skipped where a server is missing. */
async function counting(args, limitMs) {
  const counts = path.join(temporary, `${args.join("-")}.json`);
  const problem = await npm(["run", ...args], limitMs, { INSTANT_TEST_COUNTS: counts });
  if (!existsSync(counts)) return problem ?? "it wrote no counts";
  const { passed, failed, skipped } = JSON.parse(readFileSync(counts, "utf8"));
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  return problem === undefined && skipped === 0 ? undefined : { counted: problem ?? "skipped; its reason stands above" };
}

const steps = [
  { name: "programs of others", run: programs },
  { name: "lint", run: () => npm(["run", "lint"], 2 * MINUTE_MS) },
  { name: "types", run: () => npm(["run", "types"], 2 * MINUTE_MS) },
  { name: "generated documents are fresh", run: () => npm(["run", "generate", "--", "--check"], MINUTE_MS) },
  { name: "dist is fresh (wipe, build, compare)", run: distIsFresh },
  { name: "npm test", run: tests, countsItself: true },
  {
    // Times are printed, not judged: the machine may be shared. Bytes and memory are judged.
    name: "bench start",
    needs: "dist is fresh (wipe, build, compare)",
    run: () => npm(["run", "bench", "--", "start", "--times-advisory", "--repeats", "30"], 2 * MINUTE_MS),
  },
  {
    // As above: requests and memory are judged.
    name: "bench gate",
    needs: "dist is fresh (wipe, build, compare)",
    run: () => npm(["run", "bench", "--", "gate", "--times-advisory", "--repeats", "5"], 2 * MINUTE_MS),
  },
  {
    // As above: requests and memory are judged.
    name: "bench health",
    needs: "dist is fresh (wipe, build, compare)",
    run: () => npm(["run", "bench", "--", "health", "--times-advisory", "--repeats", "5"], 2 * MINUTE_MS),
  },
  {
    // As above: requests and memory are judged.
    name: "bench rollback",
    needs: "dist is fresh (wipe, build, compare)",
    run: () => npm(["run", "bench", "--", "rollback", "--times-advisory", "--repeats", "2"], 2 * MINUTE_MS),
  },
  {
    // The same numbers each time: as many deployments as the budgets need to be told from chance, of the scenarios that have one.
    name: "bench verdict",
    run: () => npm(["run", "bench", "--", "verdict", "--deploys", "8000", "--requests", "20000"], 2 * MINUTE_MS),
  },
  {
    // As above: requests, and what is loaded without a store, are judged.
    name: "bench ledger",
    needs: "dist is fresh (wipe, build, compare)",
    run: () => counting(["bench", "--", "ledger", "--times-advisory", "--repeats", "4"], 2 * MINUTE_MS),
    countsItself: true,
  },
  {
    name: "drills",
    needs: "dist is fresh (wipe, build, compare)",
    run: () => counting(["drill", "--", "--all"], 6 * MINUTE_MS),
    countsItself: true,
  },
];

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

async function runStep(step) {
  console.log(`\n=== ${step.name}`);
  const began = Date.now();
  if (began > DEADLINE || (step.needs !== undefined && !existsSync(path.join(root, "dist")))) {
    total.skipped += 1;
    failures.push(`${step.name}: skipped`);
    console.log(`=== ${step.name}: SKIPPED`);
    return;
  }
  const problem = await step.run();
  const text = typeof problem === "object" ? problem.counted : problem;
  if (typeof problem === "string") total.failed += 1;
  else if (!step.countsItself) total.passed += 1;
  if (text) failures.push(`${step.name}: ${text}`);
  console.log(`=== ${step.name}: ${text ? `FAILED, ${text}` : "ok"} (${seconds(Date.now() - began)})`);
}

const began = Date.now();
console.log(`Installed in ${process.env.CI_INSTALL_SECONDS ?? "?"} s; node ${process.version}, ${process.platform}-${process.arch}.`);
try {
  const before = gitStatus();
  for (const step of steps) await runStep(step);
  await runStep({
    name: "the working tree is as it was",
    run: async () => {
      const after = gitStatus();
      return after === before ? undefined : `before:\n${before}after:\n${after}`;
    },
  });
} catch (error) {
  total.failed += 1;
  failures.push(`.ci/run itself: ${error.stack ?? error}`);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
console.log(`\n${failures.length === 0 ? "All is well" : failures.map((failure) => `- ${failure}`).join("\n")} (${seconds(Date.now() - began)})`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.skipped > 0 ? 1 : 0;

// The steps of .ci/run, in lanes: those of one lane one after the other, two lanes side by side, because much of what is tested waits.
// Each step runs in a process group of its own with a time limit; what it leaves running is ended and counts as a failure. Jest's tests
// are counted one by one, every other check as one.

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
/** All of it, what `.ci/run` installed before included, stays under 20 minutes. */
const DEADLINE = Date.now() + 19.5 * MINUTE_MS - Number(process.env.CI_INSTALL_SECONDS ?? 30) * 1_000;

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

/** Process ids of the steps that run, by their marker. */
const running = new Map();
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    for (const [marker, pid] of running) endEverything(pid, marker);
    rmSync(temporary, { recursive: true, force: true });
    process.exit(1);
  });
}

/**
 * Runs a command to its end.
 * @param say is given what it prints, piece by piece.
 * @returns undefined when all is well, else what was wrong.
 */
function command(say, program, args, { limitMs, env = {} }) {
  const limit = Math.max(1, Math.min(limitMs, DEADLINE - Date.now()));
  const marker = randomUUID();
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root, detached: !windows, shell: windows, stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env, INSTANT_CI_STEP: marker },
    });
    running.set(marker, child.pid);
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", say);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (windows) child.kill();
      else endGroup(child.pid);
    }, limit);
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      running.delete(marker);
      const left = endEverything(child.pid, marker);
      if (late) resolve(`it did not end within ${Math.round(limit / 1000)} s`);
      else if (code !== 0) resolve(`it ended with ${signal ?? code}`);
      else resolve(left.length > 0 ? `it left processes running (${left.join(", ")})` : undefined);
    });
  });
}

const npm = (say, args, limitMs, env) => command(say, "npm", args, { limitMs, env });

function gitStatus(...paths) {
  const { stdout, status, stderr } = spawnSync("git", ["status", "--porcelain", "--", ...paths], { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`git status ended with ${status}: ${stderr}`);
  return stdout;
}

async function distIsFresh(say) {
  const problem = await npm(say, ["run", "build"], 4 * MINUTE_MS);
  if (problem) return `npm run build: ${problem}`;
  const changed = gitStatus("dist");
  return changed === "" ? undefined : `dist is not what these sources give; run \`npm run build\` and commit dist:\n${changed}`;
}

/** The programs of others that the tests use, put on PATH for the steps that follow. */
async function programs(say) {
  const problem = await command(say, process.execPath, ["tools/programs.mjs"], { limitMs: 8 * MINUTE_MS });
  process.env.PATH = [...programFolders(), process.env.PATH].join(path.delimiter);
  return problem && `${problem} (its message stands above)`;
}

/** `npm test`, as the README says; jest's own counts come through a file (tools/jest-counts.mjs). */
async function tests(say) {
  const problem = await npm(say, ["test"], 18 * MINUTE_MS, { INSTANT_TEST_COUNTS: results });
  if (!existsSync(results)) return problem ?? "it wrote no counts";
  const counts = JSON.parse(readFileSync(results, "utf8"));
  for (const key of ["passed", "failed", "skipped"]) total[key] += counts[key];
  if (counts.passed === 0) return "no test passed";
  // Failing tests are counted already; anything else that went wrong is one failure more.
  if (counts.failed > 0) return { counted: `${counts.failed} tests failed` };
  return problem;
}

/** What counts itself, because parts of it are skipped where a server is missing. */
async function counting(say, args, limitMs) {
  const counts = path.join(temporary, `${args.join("-")}.json`);
  const problem = await npm(say, ["run", ...args], limitMs, { INSTANT_TEST_COUNTS: counts });
  if (!existsSync(counts)) return problem ?? "it wrote no counts";
  const { passed, failed, skipped } = JSON.parse(readFileSync(counts, "utf8"));
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  return problem === undefined && skipped === 0 ? undefined : { counted: problem ?? "skipped; its reason stands above" };
}

const DIST = "dist is fresh (wipe, build, compare)";
const bench = (name, args, limitMs = 2 * MINUTE_MS) => ({ name: `bench ${name}`, needs: DIST, run: (say) => npm(say, ["run", "bench", "--", name, ...args], limitMs) });

/** Lanes that run side by side, and after them the next ones. */
const stages = [
  [
    [{ name: "programs of others", run: programs }],
    [
      { name: "lint", run: (say) => npm(say, ["run", "lint"], 2 * MINUTE_MS) },
      { name: "types", run: (say) => npm(say, ["run", "types"], 2 * MINUTE_MS) },
      { name: "generated documents are fresh", run: (say) => npm(say, ["run", "generate", "--", "--check"], MINUTE_MS) },
      { name: DIST, run: distIsFresh },
    ],
  ],
  [
    [{ name: "npm test", run: tests, countsItself: true }],
    [
      // One at a time: the tests beside them have both cores to do already, and what takes too long is a failure.
      { name: "drills", needs: DIST, run: (say) => counting(say, ["drill", "--", "--all", "--side-by-side", "1"], 13 * MINUTE_MS), countsItself: true },
      // Times are printed, not judged: the machine is shared, with the other lane if with nobody else. Bytes, requests and memory are judged.
      bench("start", ["--times-advisory", "--repeats", "30"]),
      bench("gate", ["--times-advisory", "--repeats", "3"]),
      bench("ci", ["--times-advisory", "--repeats", "1"]),
      bench("rollback", ["--times-advisory", "--repeats", "2"]),
      bench("health", ["--times-advisory", "--repeats", "3"]),
      // As above: requests, and what is loaded without a store.
      { name: "bench ledger", needs: DIST, run: (say) => counting(say, ["bench", "--", "ledger", "--times-advisory", "--repeats", "3"], 2 * MINUTE_MS), countsItself: true },
      // The same numbers each time: as many deployments as the budgets need to be told from chance, of the scenarios that have one.
      bench("verdict", ["--deploys", "8000", "--requests", "20000"]),
    ],
  ],
];

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** @param live whether what it prints is seen at once; else it is held back until its end, so that two lanes do not mix. */
async function runStep(step, live) {
  const said = [`\n=== ${step.name}\n`];
  const say = live ? (text) => void process.stdout.write(text) : (text) => void said.push(text);
  if (live) say(said[0]);
  const began = Date.now();
  const end = (text) => process.stdout.write(`${live ? "" : said.join("")}=== ${step.name}: ${text}\n`);
  if (began > DEADLINE || (step.needs !== undefined && !existsSync(path.join(root, "dist")))) {
    total.skipped += 1;
    failures.push(`${step.name}: skipped`);
    return end("SKIPPED");
  }
  const problem = await step.run(say);
  const text = typeof problem === "object" ? problem.counted : problem;
  if (typeof problem === "string") total.failed += 1;
  else if (!step.countsItself) total.passed += 1;
  if (text) failures.push(`${step.name}: ${text}`);
  end(`${text ? `FAILED, ${text}` : "ok"} (${seconds(Date.now() - began)})`);
}

async function runLane(lane, live) {
  for (const step of lane) await runStep(step, live);
}

const began = Date.now();
console.log(`Installed in ${process.env.CI_INSTALL_SECONDS ?? "?"} s; node ${process.version}, ${process.platform}-${process.arch}.`);
try {
  const before = gitStatus();
  for (const lanes of stages) await Promise.all(lanes.map((lane, index) => runLane(lane, index === 0)));
  await runStep({
    name: "the working tree is as it was",
    run: async () => {
      const after = gitStatus();
      return after === before ? undefined : `before:\n${before}after:\n${after}`;
    },
  }, true);
} catch (error) {
  total.failed += 1;
  failures.push(`.ci/run itself: ${error.stack ?? error}`);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
console.log(`\n${failures.length === 0 ? "All is well" : failures.map((failure) => `- ${failure}`).join("\n")} (${seconds(Date.now() - began)})`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.skipped > 0 ? 1 : 0;

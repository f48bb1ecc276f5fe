import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** A program to time: arguments for node, and the environment it gets besides PATH. */
export interface Subject {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const RUN_LIMIT_MS = 60_000;

/** A folder for the time of one call, removed whatever happens. */
export function inTemporaryFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(path.join(tmpdir(), "instant-bench-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a subject once and answers how long the process lived, in milliseconds. @throws Error when it did not end with 0. */
export function timeOnce(subject: Subject): number {
  const began = process.hrtime.bigint();
  const done = spawnSync(process.execPath, subject.args, { env: environment(subject), encoding: "utf8", timeout: RUN_LIMIT_MS });
  const took = Number(process.hrtime.bigint() - began) / 1e6;
  if (done.error || done.status !== 0) {
    const said = `${done.stdout ?? ""}${done.stderr ?? ""}`.trim().slice(-2_000);
    throw new Error(`${subject.name} ended with ${done.error?.message ?? done.signal ?? done.status} and said:\n${said}`);
  }
  return took;
}

/** As `timeOnce`, for a subject that talks to a server of this very process; gives what it said too. @throws Error when it did not end with 0. */
export async function timeBeside(subject: Subject): Promise<{ readonly ms: number; readonly said: string }> {
  const began = process.hrtime.bigint();
  const child = spawn(process.execPath, subject.args, { env: environment(subject), stdio: ["ignore", "pipe", "pipe"], timeout: RUN_LIMIT_MS });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  let ended = began;
  child.once("exit", () => (ended = process.hrtime.bigint()));
  const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (...how) => resolve(how));
  });
  if (status !== 0) throw new Error(`${subject.name} ended with ${signal ?? status} and said:\n${said.trim().slice(-2_000)}`);
  return { ms: Number(ended - began) / 1e6, said };
}

/**
 * Times every subject `repeats` times in turn, so that a slow minute of the machine falls on all alike.
 * @returns milliseconds by subject, one round of warming up left out.
 */
export function interleave(subjects: readonly Subject[], repeats: number): ReadonlyMap<string, readonly number[]> {
  const times = new Map<string, number[]>(subjects.map(({ name }) => [name, []]));
  for (let round = -1; round < repeats; round++) {
    for (const subject of subjects) {
      const took = timeOnce(subject);
      if (round >= 0) times.get(subject.name)?.push(took);
    }
  }
  return times;
}

/** What everything is measured by: a Node that does nothing. */
export const BARE: Subject = { name: "node -e 0", args: ["-e", "0"], env: {} };

/** Medians of a pass, in milliseconds, and the one as a multiple of the other. */
export interface Beside {
  readonly bareMs: number;
  readonly ms: number;
  readonly ratio: number;
}

/**
 * Times a run in turn with a bare Node, and again while it seems too slow: noise of the machine only ever adds, so the quietest pass counts.
 * @param effort.limit the ratio that it may have at most; `passes`: how often it is timed at most.
 */
export async function timeBesideBare(run: () => Promise<{ readonly ms: number }>, effort: { readonly repeats: number; readonly passes: number; readonly limit: number }): Promise<Beside> {
  let best = await pass(run, effort.repeats);
  for (let count = 1; count < effort.passes && best.ratio > effort.limit; count += 1) {
    const again = await pass(run, effort.repeats);
    if (again.ratio < best.ratio) best = again;
  }
  return best;
}

/** Each round both, in the other order than the one before it, so that whatever changes over time falls on both alike; the first one warms up. */
async function pass(run: () => Promise<{ readonly ms: number }>, repeats: number): Promise<Beside> {
  const times = { bare: [] as number[], own: [] as number[] };
  for (let round = -1; round < repeats; round += 1) {
    for (const side of round % 2 === 0 ? (["bare", "own"] as const) : (["own", "bare"] as const)) {
      const { ms } = side === "bare" ? await timeBeside(BARE) : await run();
      if (round >= 0) times[side].push(ms);
    }
  }
  const [bareMs, ms] = [median(times.bare), median(times.own)];
  return { bareMs, ms, ratio: ms / bareMs };
}

/** What a process loaded from one folder, and its peak memory. */
export interface Footprint {
  readonly loadedBytes: number;
  readonly loadedFiles: readonly string[];
  readonly peakRssBytes: number;
}

// Runs inside the measured process, before its own code: notes every file that Node loads as a module, and at the end
// writes them with the peak memory (libuv gives ru_maxrss in kilobytes, as /proc does) to the file named by the environment.
const WATCHER = `
  import { registerHooks } from "node:module";
  import { readFileSync, writeFileSync } from "node:fs";
  const peak = () => {
    // On Linux getrusage() answers for a process what its parent had when it began it (exec keeps the mark), so a large parent would be measured.
    try { return Number(/^VmHWM:\\s*(\\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024; }
    catch { return process.resourceUsage().maxRSS * 1024; }
  };
  const loaded = new Set();
  registerHooks({ load(url, context, next) { if (url.startsWith("file:")) loaded.add(url); return next(url, context); } });
  process.once("exit", () => writeFileSync(process.env.INSTANT_BENCH_FOOTPRINT,
    JSON.stringify({ loaded: [...loaded], maxRss: peak() })));
`;

/** The same subject, under a watcher that writes what it loaded and needed to a file when it ends. */
export function watched(subject: Subject, file: string): Subject {
  closeSync(openSync(file, "w"));
  const preload = `data:text/javascript,${encodeURIComponent(WATCHER)}`;
  return { ...subject, args: ["--import", preload, ...subject.args], env: { ...subject.env, INSTANT_BENCH_FOOTPRINT: file } };
}

/** What the watcher wrote. */
export function footprintIn(text: string, sizeOf: (url: URL) => number): Footprint {
  const seen = JSON.parse(text) as { loaded: string[]; maxRss: number };
  const urls = seen.loaded.map((url) => new URL(url));
  return {
    loadedBytes: urls.reduce((sum, url) => sum + sizeOf(url), 0),
    loadedFiles: urls.map((url) => path.basename(url.pathname)),
    peakRssBytes: seen.maxRss,
  };
}

/** Runs a subject once under the watcher, and answers what it loaded and needed. */
export function footprint(subject: Subject, sizeOf: (url: URL) => number, read: (file: string) => string): Footprint {
  return inTemporaryFolder((folder) => {
    const file = path.join(folder, "footprint.json");
    timeOnce(watched(subject, file));
    return footprintIn(read(file), sizeOf);
  });
}

/** The middle value; of an even number, the mean of the two in the middle. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? Number.NaN;
  return Number.isInteger(half) ? (upper + (sorted[half - 1] ?? Number.NaN)) / 2 : upper;
}

function environment(subject: Subject): Record<string, string> {
  return { PATH: process.env.PATH ?? "", HOME: tmpdir(), ...subject.env };
}

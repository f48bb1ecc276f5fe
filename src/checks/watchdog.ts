import { Worker } from "node:worker_threads";

/**
 * Documents up to here are parsed in less time than any limit, whatever is in them: what takes quadratic time is a line, or what stands
 * together without a blank line (`_*` 42,000 times, in lines of 2,800 characters, takes three minutes).
 */
const HARMLESS_CHARACTERS = 100_000;
const HARMLESS_LINE = 3_000;
const HARMLESS_BLOCK = 6_000;
const HARMLESS_LINES = 4_000;
/** So that limits which can be kept in the usual way are kept in that way. */
const GRACE_MS = 15_000;

/**
 * Does work that parses Markdown. Parsers take quadratic time on some documents, and while one works no timer of this process
 * rings: for a document that could be one of them, a thread watches, and ends the process with a message when time is up. A job
 * that hangs until GitHub ends it would say nothing.
 */
export async function watched<T>(check: string, texts: readonly string[], timeoutMs: number, work: () => Promise<T>, graceMs = GRACE_MS): Promise<T> {
  return texts.every(isHarmless) ? work() : underWatch(check, timeoutMs, work, graceMs);
}

/** The same for work that may not come back, whatever it reads. */
export async function underWatch<T>(check: string, timeoutMs: number, work: () => Promise<T>, graceMs = GRACE_MS): Promise<T> {
  const seconds = Math.round(timeoutMs / 1000);
  const message = `::error title=fast-ci::The check ${check} did not end within ${seconds} s: a changed document takes its parser too long. Split it, or look at it for text that was made to do so.\n`;
  // A program as text needs no file beside the bundle.
  const watch = new Worker(
    `const { writeSync } = require("node:fs");
     const { workerData } = require("node:worker_threads");
     setTimeout(() => { writeSync(1, workerData.message); process.kill(process.pid, "SIGKILL"); }, workerData.ms);`,
    { eval: true, workerData: { message, ms: timeoutMs + graceMs }, env: {}, execArgv: [] },
  );
  // A thread that cannot be had (no memory left) is no reason to fail: the job's own limit remains.
  watch.on("error", () => {});
  watch.unref();
  try {
    return await work();
  } finally {
    await watch.terminate();
  }
}

function isHarmless(text: string): boolean {
  if (text.length > HARMLESS_CHARACTERS) return false;
  let lines = 0;
  let block = 0;
  for (let start = 0; start <= text.length; lines += 1) {
    const end = text.indexOf("\n", start);
    const stop = end === -1 ? text.length : end;
    block = text.slice(start, stop).trim() === "" ? 0 : block + stop - start;
    if (stop - start > HARMLESS_LINE || block > HARMLESS_BLOCK) return false;
    start = stop + 1;
  }
  return lines <= HARMLESS_LINES;
}

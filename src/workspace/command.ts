import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { failure } from "../kit/errors.ts";
import type { Trace } from "../kit/trace.ts";
import { cleanEnvironment, scrubOwnEnvironment } from "./environment.ts";
import type { CommandResult } from "./port.ts";

const MAX_OUTPUT_BYTES = 64 * 1024;
/** How long a group may take to end itself after SIGTERM. */
const GRACE_MS = 2_000;
/** How long output of an ended command may still arrive. */
const DRAIN_MS = 500;
/** Every process of a command carries this variable, so that one that left the process group is found too. */
const MARK = "INSTANT_COMMAND_ID";

/** Process groups that run now: they end with this process, however it ends. */
const living = new Set<number>();
/** Commands that run or are about to. */
let watching = 0;

interface Options {
  readonly timeoutMs: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** It goes on when this process is told to end, for what must not be left half-done; whoever asks for it waits for it all the same. */
  readonly spared?: boolean;
}

/** @param trace is told that a command ran and how it ended, not what it was. */
export function tracedCommand(trace: Trace, run: () => Promise<CommandResult>): Promise<CommandResult> {
  return trace("run command", { "process.executable.name": "bash" }, async (call) => {
    const result = await run();
    const { exitCode, timedOut } = result;
    call.set({ "process.exit.code": exitCode });
    if (exitCode !== 0) call.fail(timedOut ? "timeout" : exitCode === null ? "signal" : String(exitCode));
    return result;
  });
}

/**
 * Runs a command as a runner's `run:` would (`bash --noprofile --norc -eo pipefail`), in its own process group and with a clean
 * environment. Whatever it started is ended with it: by SIGTERM and 2 s later SIGKILL at the limit, by SIGKILL when it has ended.
 * @throws InstantError blaming the configuration when there is no shell.
 */
export async function runCommand(command: string, cwd: string, options: Options): Promise<CommandResult> {
  const started = performance.now();
  scrubOwnEnvironment();
  const mark = randomUUID();
  const env = cleanEnvironment(process.env, { ...options.env, [MARK]: mark });
  // A job may be cancelled between the shell's first line and the next turn of our event loop: watch before it starts.
  const watch = options.spared === true ? UNGUARDED : guard();
  try {
    const child = await startShell(command, cwd, env, watch.started);
    const output = tailOf(child);
    const group = child.pid ?? 0;
    const { exitCode, timedOut } = await ended(child, group, options);
    await endEverything(group, mark);
    await drained(child);
    return { exitCode, timedOut, output: output(), ms: Math.round(performance.now() - started) };
  } finally {
    watch.release();
  }
}

async function startShell(command: string, cwd: string, env: Record<string, string>, started: (group: number) => void): Promise<ChildProcess> {
  const shells: [string, string[]][] = [
    ["bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", command]],
    ["sh", ["-e", "-c", command]],
  ];
  for (const [shell, args] of shells) {
    const child = spawn(shell, args, { cwd, env, detached: process.platform !== "win32", stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
    if (child.pid !== undefined) started(child.pid);
    const problem = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
      child.once("spawn", () => resolve(null));
      child.once("error", resolve);
    });
    if (problem === null) return child;
    if (problem.code !== "ENOENT") throw problem;
  }
  throw failure("configuration", {
    what: "Neither bash nor sh was found on this runner",
    cause: "the PATH of this job does not hold them, or its working folder is gone",
    fix: "Use a runner image with bash.",
  });
}

/** Waits for the end of the command's first process, and brings it about at the limit. */
async function ended(child: ChildProcess, group: number, { timeoutMs, signal }: Options): Promise<{ exitCode: number | null; timedOut: boolean }> {
  let timedOut = false;
  let killer: NodeJS.Timeout | undefined;
  const stop = () => {
    signalGroup(group, "SIGTERM");
    killer = setTimeout(() => signalGroup(group, "SIGKILL"), GRACE_MS);
  };
  const limit = setTimeout(() => {
    timedOut = true;
    stop();
  }, timeoutMs);
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  try {
    const exitCode = await new Promise<number | null>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
      else child.once("exit", resolve);
    });
    return { exitCode: timedOut || signal?.aborted ? null : exitCode, timedOut };
  } finally {
    clearTimeout(limit);
    clearTimeout(killer);
    signal?.removeEventListener("abort", stop);
  }
}

function signalGroup(group: number, name: NodeJS.Signals): void {
  try {
    if (process.platform === "win32") spawn("taskkill", ["/pid", String(group), "/T", "/F"], { stdio: "ignore", windowsHide: true }).on("error", () => {});
    else process.kill(-group, name);
  } catch {
    // The group is gone, which is what was wanted.
  }
}

/** Nothing that the command started may outlive it, a daemon in a session of its own included. */
async function endEverything(group: number, mark: string): Promise<void> {
  signalGroup(group, "SIGKILL");
  if (process.platform !== "linux") return;
  // A process may fork while it is being looked for: look again until there is none, a few times at most.
  for (let round = 0; round < 10; round += 1) {
    const strays = await marked(mark);
    if (strays.length === 0) return;
    for (const pid of strays) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // ended by itself
      }
    }
    await wait(10);
  }
}

async function marked(mark: string): Promise<number[]> {
  const entry = `${MARK}=${mark}`;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => {
    // A process of somebody else, or one that has just ended, cannot be read.
    const environ = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
    return environ.split("\0").includes(entry) ? pid : null;
  }));
  return found.filter((pid) => pid !== null);
}

/** The last 64 KiB of both streams, in the order in which they came. */
function tailOf(child: ChildProcess): () => string {
  let chunks: Buffer[] = [];
  let size = 0;
  let cut = false;
  const take = (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > 4 * MAX_OUTPUT_BYTES) keepTail();
  };
  const keepTail = () => {
    if (size <= MAX_OUTPUT_BYTES) return;
    const whole = Buffer.concat(chunks);
    chunks = [whole.subarray(whole.length - MAX_OUTPUT_BYTES)];
    size = MAX_OUTPUT_BYTES;
    cut = true;
  };
  child.stdout?.on("data", take);
  child.stderr?.on("data", take);
  return () => {
    keepTail();
    const text = Buffer.concat(chunks).toString("utf8");
    // The first line is not whole, and may begin inside a character.
    return cut ? text.slice(text.indexOf("\n") + 1) : text;
  };
}

/** Waits until both streams have ended; what still holds them open by then is not waited for. */
async function drained(child: ChildProcess): Promise<void> {
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  const ends = streams.map((stream) => new Promise<void>((resolve) => {
    if (stream.readableEnded || stream.destroyed) resolve();
    else stream.once("close", resolve);
  }));
  const patience = new AbortController();
  await Promise.race([Promise.all(ends), wait(DRAIN_MS, undefined, { signal: patience.signal }).catch(() => {})]);
  patience.abort();
  for (const stream of streams) stream.destroy();
}

const UNGUARDED: ReturnType<typeof guard> = { started: () => {}, release: () => {} };

/** Ends the command's group when this process is ended first: a cancelled job must not leave a user's server running. */
function guard(): { started: (group: number) => void; release: () => void } {
  watching += 1;
  if (watching === 1) {
    process.on("exit", killLiving);
    process.on("SIGINT", passOn);
    process.on("SIGTERM", passOn);
  }
  let own: number | undefined;
  return {
    started: (group) => {
      own = group;
      living.add(group);
    },
    release: () => {
      if (own !== undefined) living.delete(own);
      watching -= 1;
      if (watching === 0) unguard();
    },
  };
}

function unguard(): void {
  process.off("exit", killLiving);
  process.off("SIGINT", passOn);
  process.off("SIGTERM", passOn);
}

function killLiving(): void {
  for (const group of living) signalGroup(group, "SIGKILL");
}

function passOn(name: NodeJS.Signals): void {
  killLiving();
  unguard();
  process.kill(process.pid, name);
}

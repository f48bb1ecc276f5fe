/** Child processes of a job: each in a group of its own, so that nothing of it is left behind. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { StringDecoder } from "node:string_decoder";
import type { Readable } from "node:stream";

/** How a process is asked to stop: SIGINT, then SIGTERM after `interrupt` ms, then SIGKILL after `terminate` ms. */
export interface Grace {
  readonly interrupt: number;
  readonly terminate: number;
}

/** The runner's own waits between its signals. */
export const RUNNER_GRACE: Grace = { interrupt: 7_500, terminate: 2_500 };

/** A process that left something holding its output is waited for this long, as the runner does. */
const DRAIN_MS = 5_000;

const MAX_LINE = 1024 * 1024;

export interface Spawned {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  onLine(line: string): void;
  /** Aborted when the process shall stop. */
  readonly stop: AbortSignal;
}

export interface Exit {
  readonly code: number;
  readonly stopped: boolean;
}

/** The processes of one job. */
export class ProcessGroups {
  readonly #groups = new Map<number, ChildProcess | undefined>();
  readonly #grace: Grace;
  readonly trackingId: string;
  #killed = false;

  constructor(trackingId: string, grace: Grace) {
    this.trackingId = trackingId;
    this.#grace = grace;
  }

  /**
   * Runs one process to its end. A signal's exit code is 128 and its number, as a shell has it.
   * @throws when the program cannot be started
   */
  async run(spec: Spawned): Promise<Exit> {
    if (this.#killed || spec.stop.aborted) return { code: 130, stopped: true };
    const child = spawn(spec.command, [...spec.args], {
      cwd: spec.cwd,
      env: { ...spec.env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    const { pid } = child;
    if (pid !== undefined) this.#groups.set(pid, child);
    const timers: NodeJS.Timeout[] = [];
    const stop = () => this.#askToStop(child, timers);
    spec.stop.addEventListener("abort", stop, { once: true });
    try {
      const code = await exitOf(child, spec.onLine);
      return { code, stopped: spec.stop.aborted };
    } finally {
      spec.stop.removeEventListener("abort", stop);
      for (const timer of timers) clearTimeout(timer);
      if (pid !== undefined) this.#settle(pid);
    }
  }

  #askToStop(child: ChildProcess, timers: NodeJS.Timeout[]): void {
    const send = (name: NodeJS.Signals) => signalGroup(child.pid, name);
    send("SIGINT");
    timers.push(setTimeout(() => send("SIGTERM"), this.#grace.interrupt));
    timers.push(setTimeout(() => send("SIGKILL"), this.#grace.interrupt + this.#grace.terminate));
  }

  /** A group without members is forgotten, because the system may give its number to somebody else. */
  #settle(pid: number): void {
    if (signalGroup(pid, 0)) this.#groups.set(pid, undefined);
    else this.#groups.delete(pid);
  }

  /** Kills every group, and on Linux what left its group, at once. */
  killAll(): void {
    this.#killed = true;
    for (const pid of this.#groups.keys()) signalGroup(pid, "SIGKILL");
    this.#groups.clear();
    killTracked(this.trackingId);
  }
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false;
  try {
    if (process.platform !== "win32") return process.kill(-pid, name);
    if (name !== 0) spawn("taskkill", ["/pid", String(pid), "/T", "/F"], { stdio: "ignore" });
    return false;
  } catch {
    return false;
  }
}

/** Processes that made a group of their own still carry the job's RUNNER_TRACKING_ID; the runner finds them by it. */
function killTracked(trackingId: string): void {
  if (process.platform !== "linux") return;
  const mark = `RUNNER_TRACKING_ID=${trackingId}\0`;
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      if (`${readFileSync(`/proc/${entry}/environ`, "latin1")}\0`.includes(mark)) process.kill(Number(entry), "SIGKILL");
    } catch {
      // Gone meanwhile, or another user's.
    }
  }
}

function exitOf(child: ChildProcess, onLine: (line: string) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
    for (const stream of streams) readLines(stream, onLine);
    let drain: NodeJS.Timeout | undefined;
    const finish = (code: number) => {
      clearTimeout(drain);
      for (const stream of streams) stream.destroy();
      resolve(code);
    };
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      const exit = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
      drain = setTimeout(() => finish(exit), DRAIN_MS);
      child.once("close", () => finish(exit));
    });
  });
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const take = (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line.replace(/\r$/, ""));
    if (rest.length > MAX_LINE) {
      onLine(rest);
      rest = "";
    }
  };
  stream.on("data", (chunk: Buffer) => take(decoder.write(chunk)));
  stream.once("close", () => {
    take(decoder.end());
    if (rest !== "") onLine(rest);
  });
}

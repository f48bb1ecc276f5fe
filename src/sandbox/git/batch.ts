/** Long-running git processes of one repository: an object reader and a writer of refs. */

import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";

import type { GitObject, ObjectType } from "./objects.ts";
import { gitEnvironment } from "./process.ts";

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

function start(dir: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  const child = spawn("git", ["--git-dir", dir, ...args], { env: gitEnvironment(), windowsHide: true });
  child.stdin.on("error", () => undefined);
  return child;
}

/** What asks after the end would start a process that nobody ends any more. */
function closed(): Error {
  return new Error("The repository of the sandbox is closed");
}

/** Ends when its stdin closes; the promise settles when the process is gone. */
function stop(child: ChildProcessWithoutNullStreams | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("close", () => resolve());
    child.stdin.end();
  });
}

/** `git cat-file --batch`: one process answers every read, in order. */
export class ObjectReader {
  readonly #dir: string;
  #child: ChildProcessWithoutNullStreams | undefined;
  #waiting: Waiting<GitObject | undefined>[] = [];
  #pending: Buffer[] = [];
  #size = 0;
  #need = 0;
  #closed = false;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** An object by id or by any revision git understands (`main:docs/FAQ.md`); undefined when there is none. */
  read(revision: string): Promise<GitObject | undefined> {
    if (revision === "" || /[\n\0]/.test(revision)) return Promise.resolve(undefined);
    if (this.#closed) return Promise.reject(closed());
    const child = (this.#child ??= this.#open());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      child.stdin.write(`${revision}\n`);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await stop(this.#child);
  }

  #open(): ChildProcessWithoutNullStreams {
    const child = start(this.#dir, ["cat-file", "--batch"]);
    child.stdout.on("data", (chunk: Buffer) => this.#receive(chunk));
    const ended = (): void => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#pending = [];
      this.#size = this.#need = 0;
      for (const one of this.#waiting.splice(0)) one.reject(new Error("git cat-file ended before it answered"));
    };
    child.on("error", ended);
    child.on("close", ended);
    return child;
  }

  #receive(chunk: Buffer): void {
    this.#pending.push(chunk);
    this.#size += chunk.length;
    // Large blobs arrive in many chunks: they are joined once, when the whole answer is there.
    while (this.#size > 0 && this.#size >= this.#need) {
      const data = this.#pending.length === 1 ? (this.#pending[0] as Buffer) : Buffer.concat(this.#pending);
      this.#pending = [data];
      const used = this.#answer(data);
      if (used === 0) return;
      const rest = data.subarray(used);
      this.#pending = rest.length > 0 ? [rest] : [];
      this.#size = rest.length;
      this.#need = 0;
    }
  }

  /** Answers the oldest question when `data` holds its whole answer; gives back how many bytes that took. */
  #answer(data: Buffer): number {
    const line = data.indexOf(0x0a);
    if (line < 0) {
      this.#need = data.length + 1;
      return 0;
    }
    const [oid = "", type = "", size = ""] = data.toString("utf8", 0, line).split(" ");
    if (!/^\d+$/.test(size) || !/^[0-9a-f]{40}$/.test(oid)) {
      this.#waiting.shift()?.resolve(undefined);
      return line + 1;
    }
    const total = line + 1 + Number(size) + 1;
    if (data.length < total) {
      this.#need = total;
      return 0;
    }
    const body = Buffer.from(data.subarray(line + 1, total - 1));
    this.#waiting.shift()?.resolve({ oid, type: type as ObjectType, body });
    return total;
  }
}

export interface RefChange {
  readonly ref: string;
  /** undefined deletes the ref. */
  readonly to: string | undefined;
  /** undefined: the ref must not exist. */
  readonly from: string | undefined;
}

const none = "0".repeat(40);

/** `git update-ref --stdin`: each call is one transaction, all or nothing, with compare-and-swap on the old values. */
export class RefWriter {
  readonly #dir: string;
  #child: ChildProcessWithoutNullStreams | undefined;
  #waiting: Waiting<void>[] = [];
  #text = "";
  #closed = false;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Rejects when git refused the transaction (a value had moved, a name is not allowed). */
  update(changes: readonly RefChange[]): Promise<void> {
    // A ref is set to where it stands: git would call the empty transaction a bad command.
    if (changes.length === 0) return Promise.resolve();
    if (this.#closed) return Promise.reject(closed());
    const child = (this.#child ??= this.#open());
    const lines = changes.map((one) =>
      one.to === undefined ? `delete ${one.ref} ${one.from ?? none}` : `update ${one.ref} ${one.to} ${one.from ?? none}`,
    );
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      child.stdin.write(`start\n${lines.join("\n")}\ncommit\n`);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await stop(this.#child);
  }

  #open(): ChildProcessWithoutNullStreams {
    const child = start(this.#dir, ["update-ref", "--stdin"]);
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
    child.stdout.on("data", (chunk: Buffer) => {
      this.#text += chunk.toString("utf8");
      const parts = this.#text.split("commit: ok\n");
      this.#text = parts.pop() ?? "";
      for (const _ of parts) this.#waiting.shift()?.resolve();
    });
    const ended = (): void => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#text = "";
      // git stops at the first refused transaction, so whatever was queued behind it was not done either.
      for (const one of this.#waiting.splice(0)) one.reject(new Error(stderr.trim() || "git update-ref ended"));
    };
    child.on("error", ended);
    child.on("close", ended);
    return child;
  }
}

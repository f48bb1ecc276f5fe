import { spawn, type ChildProcess } from "node:child_process";
import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { TEMPLATE_APP } from "./template.ts";
import { APP } from "./tree.ts";

/** Longest that an app may take to listen, and to stop, in milliseconds. */
const START_LIMIT = 15_000;
const STOP_LIMIT = 2_000;

export interface InstanceOptions {
  readonly sha: string;
  /** The commit's tree; removed when the instance stops. */
  readonly folder: string;
  readonly faqPath: string;
  readonly name: string | undefined;
  readonly breakWhen: string | undefined;
}

/** One running process of the app, from one commit's tree. */
export class Instance {
  readonly sha: string;
  readonly port: number;
  private readonly child: ChildProcess;
  private readonly folder: string;
  private readonly ended: Promise<void>;

  private constructor(sha: string, folder: string, port: number, child: ChildProcess, ended: Promise<void>) {
    this.sha = sha;
    this.folder = folder;
    this.port = port;
    this.child = child;
    this.ended = ended;
  }

  /**
   * Starts the app and resolves once it listens.
   * @throws Error with what the app printed, when it ends or stays silent instead; its process is gone then.
   */
  static async start(options: InstanceOptions): Promise<Instance> {
    const app = (await isSampleApp(options.folder)) ? join(options.folder, APP) : TEMPLATE_APP;
    const child = spawn(process.execPath, [app], {
      cwd: options.folder,
      env: environment(options),
      stdio: ["pipe", "pipe", "pipe"],
      windowsHide: true,
    });
    // The app ends when this pipe closes, so that it never outlives the sandbox, however that ends.
    child.stdin.on("error", () => undefined);
    const ended = new Promise<void>((resolve) => {
      child.once("close", () => resolve());
      child.once("error", () => resolve());
    });
    try {
      return new Instance(options.sha, options.folder, await portOf(child), child, ended);
    } catch (error) {
      child.kill("SIGKILL");
      await ended;
      throw error;
    }
  }

  /** False once the process ended, by itself or by somebody's hand. */
  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Lets running requests finish, then ends the process, with force after two seconds, and removes its tree. */
  async stop(): Promise<void> {
    const force = setTimeout(() => this.child.kill("SIGKILL"), STOP_LIMIT);
    this.child.kill("SIGTERM");
    await this.ended;
    clearTimeout(force);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Somebody's own repository may have a file of the same name; only the sample product's app is run from a tree. */
async function isSampleApp(folder: string): Promise<boolean> {
  try {
    for await (const chunk of createReadStream(join(folder, APP), { end: 63, encoding: "utf8" })) {
      return String(chunk).startsWith("// lantern-notes:");
    }
    return false;
  } catch {
    return false;
  }
}

/** Nothing of the sandbox's own environment but what a process needs to start. */
function environment({ sha, folder, faqPath, name, breakWhen }: InstanceOptions): NodeJS.ProcessEnv {
  const { PATH, SystemRoot } = process.env;
  return {
    ...(PATH === undefined ? {} : { PATH }),
    ...(SystemRoot === undefined ? {} : { SystemRoot }),
    ...(name === undefined ? {} : { APP_NAME: name }),
    ...(breakWhen === undefined || breakWhen === "" ? {} : { APP_BREAK_WHEN: breakWhen }),
    PORT: "0",
    APP_COMMIT: sha,
    APP_ROOT: folder,
    APP_FAQ: faqPath,
    APP_EXIT_WITH_STDIN: "1",
  };
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let printed = "";
    let complaints = "";
    const limit = setTimeout(() => reject(new Error(`the app did not listen within ${START_LIMIT} ms`)), START_LIMIT);
    const settle = (act: () => void): void => {
      clearTimeout(limit);
      act();
    };
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      if (printed.length > 4096) return;
      printed += chunk;
      const port = /"event":"listening","port":(\d+)/.exec(printed)?.[1];
      if (port !== undefined) settle(() => resolve(Number(port)));
    });
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      complaints = (complaints + chunk).slice(-2000);
    });
    child.once("error", (cause) => settle(() => reject(new Error("the app could not be started", { cause }))));
    child.once("exit", (code, signal) => settle(() => reject(new Error(`the app ended with ${signal ?? code}: ${complaints.trim() || "no message"}`))));
  });
}

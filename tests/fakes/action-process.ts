import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What the process of an action gets of this machine. Hundreds of them load the same sources: they are compiled once. */
export const MACHINE = { PATH: process.env.PATH ?? "", NODE_COMPILE_CACHE: fileURLToPath(new URL("../../node_modules/.cache/instant-tests", import.meta.url)) };

/** An action as users run it: a start from its sources costs twice as much, and the build is checked to be what they give. */
export const bundleOf = (name: string): string => fileURLToPath(new URL(`../../dist/${name}/index.js`, import.meta.url));

/** Runs an action's program to its end, as a runner starts it. */
export function runProcess(file: string, env: Record<string, string>, cwd: string): Promise<{ exitCode: number | null; log: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file], { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
    let log = "";
    child.stdout.on("data", (chunk: Buffer) => (log += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, log }));
  });
}

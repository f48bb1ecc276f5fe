import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Rig } from "../post-deploy-health/rig.ts";

/** A person with a clone of the repository, who types what a document says. */
export interface Desk {
  /**
   * Runs the lines of a block in bash, one after the other, as they stand. A line that ends with a conflict is followed by `resolve`.
   * @throws Error when any other line fails, or one conflicts and nobody resolves it.
   */
  type(block: string, resolve?: () => void): Promise<void>;
  write(file: string, text: string): void;
}

export async function atDesk(rig: Rig, work: (desk: Desk) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "instant-desk-"));
  const clone = path.join(folder, "clone");
  const { server } = rig.sandbox.urls;
  const basic = Buffer.from(`ann:${rig.sandbox.tokens.user("ann")}`).toString("base64");
  const env = {
    PATH: process.env.PATH ?? "", HOME: folder, LC_ALL: "C", GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0", GIT_AUTHOR_NAME: "Ann", GIT_AUTHOR_EMAIL: "ann@example.com", GIT_COMMITTER_NAME: "Ann", GIT_COMMITTER_EMAIL: "ann@example.com",
    // An editor that is opened all the same would hang.
    GIT_EDITOR: "false", GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: `http.${server}/.extraheader`, GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${basic}`,
  };
  const bash = async (line: string, cwd: string) => {
    // The server lives in this process, so nothing may block it.
    const child = spawn("bash", ["-c", line], { cwd, env, stdio: ["ignore", "pipe", "pipe"], timeout: 30_000 });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (said += text));
    return new Promise<{ status: number | null; said: string }>((done) => child.once("close", (status) => done({ status, said })));
  };
  const must = async (line: string, cwd: string) => {
    const { status, said } = await bash(line, cwd);
    if (status !== 0) throw new Error(`\`${line}\` ended with ${status}: ${said}`);
  };
  try {
    await must(`git clone -q ${server}/acme/site clone`, folder);
    await work({
      type: async (block, resolve) => {
        for (const line of block.split("\n").filter((one) => one.trim() !== "")) {
          const { status, said } = await bash(line, clone);
          if (status === 0) continue;
          if (!/^CONFLICT /m.test(said) || resolve === undefined) throw new Error(`\`${line}\` ended with ${status}: ${said}`);
          resolve();
        }
      },
      write: (file, text) => writeFileSync(path.join(clone, file), text),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

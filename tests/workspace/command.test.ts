import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanEnvironment } from "../../src/workspace/environment.ts";
import { openWorkspace } from "../../src/workspace/index.ts";

let folder: string;
const run = (command: string, timeoutMs = 20_000, signal?: AbortSignal) => openWorkspace(folder).run(command, { timeoutMs, ...(signal ? { signal } : {}) });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "instant-command-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Whether a process is there and no zombie. */
function lives(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

describe("a user's command", () => {
  test("runs in the root, both streams in the order in which they came", async () => {
    const result = await run("echo one; echo two >&2; echo three; pwd");
    expect(result).toMatchObject({ exitCode: 0, timedOut: false });
    expect(result.output).toContain(folder.split("/").at(-1));
    expect(result.output.replace(/two\n/, "")).toMatch(/^one\nthree\n/);
  });

  test("fails as a runner's `run:` does: at the first failing line, and in the middle of a pipe", async () => {
    expect((await run("false\necho not reached")).exitCode).toBe(1);
    expect((await run("(exit 3) | cat")).exitCode).toBe(3);
    expect((await run("exit 42")).exitCode).toBe(42);
    expect(await run("kill -9 $$")).toMatchObject({ exitCode: null, timedOut: false });
  });

  test("keeps the last 64 KiB and cuts at a line", async () => {
    const { output } = await run("for i in $(seq 1 30000); do echo \"line $i ü\"; done");
    expect(Buffer.byteLength(output)).toBeLessThanOrEqual(64 * 1024);
    expect(output).toMatch(/^line \d+ ü\n/);
    expect(output).toMatch(/line 30000 ü\n$/);
  });

  test("a flood without a single line end stays bounded", async () => {
    const { output, exitCode } = await run("head -c 20000000 /dev/zero | tr '\\0' x");
    expect(exitCode).toBe(0);
    expect(output.length).toBeLessThanOrEqual(64 * 1024);
  });

  test("has nothing to read on standard input", async () => {
    expect(await run("cat; echo end")).toMatchObject({ exitCode: 0, output: "end\n" });
  });
});

describe("the end of a command", () => {
  test("one that ignores SIGTERM is killed 2 s after the limit", async () => {
    const result = await run("trap '' TERM; echo $$; while true; do sleep 0.1; done", 300);
    expect(result).toMatchObject({ exitCode: null, timedOut: true });
    expect(result.ms).toBeGreaterThanOrEqual(2_000);
    expect(result.ms).toBeLessThan(8_000);
    expect(lives(Number(result.output.trim()))).toBe(false);
  });

  test("one that cleans up at SIGTERM may, and is still said to have been stopped", async () => {
    const result = await run("trap 'echo cleaned; exit 0' TERM; sleep 60 & wait", 300);
    expect(result).toMatchObject({ exitCode: null, timedOut: true });
    expect(result.output).toContain("cleaned");
    expect(result.ms).toBeLessThan(2_300);
  });

  test("children in the background go, also when they hold the output open", async () => {
    const result = await run("sleep 300 & echo $!");
    expect(result.exitCode).toBe(0);
    expect(result.ms).toBeLessThan(5_000);
    expect(lives(Number(result.output.trim()))).toBe(false);
  });

  test("a daemon in a session of its own goes too", async () => {
    const file = join(folder, "daemon");
    const result = await run(`setsid sh -c 'echo $$ > ${file}; exec sleep 300' >/dev/null 2>&1 & while [ ! -s ${file} ]; do sleep 0.02; done`);
    expect(result.exitCode).toBe(0);
    expect(lives(Number(readFileSync(file, "utf8").trim()))).toBe(false);
  });

  test("an abort stops it", async () => {
    const controller = new AbortController();
    const running = run("sleep 60", 60_000, controller.signal);
    controller.abort();
    const result = await running;
    expect(result).toMatchObject({ exitCode: null, timedOut: false });
    expect(result.ms).toBeLessThan(5_000);
  });

  test("a cancelled job takes the command with it", async () => {
    const file = join(folder, "cancelled");
    const script = `
      import { openWorkspace } from ${JSON.stringify(join(import.meta.dirname, "../../src/workspace/index.ts"))};
      await openWorkspace(${JSON.stringify(folder)}).run("trap '' INT TERM; echo $$ > cancelled; sleep 300", { timeoutMs: 300000 });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "ignore" });
    const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once("exit", (_, signal) => resolve(signal)));
    // Looked at without pause, so that the signal comes as early in the command's life as it can.
    const patience = Date.now() + 10_000;
    while (Date.now() < patience && !(existsSync(file) && readFileSync(file, "utf8").endsWith("\n"))) await new Promise((resolve) => setImmediate(resolve));
    child.kill("SIGTERM");
    expect(await ended).toBe("SIGTERM");
    // It was sent SIGKILL by a process that did not live to see its end.
    const pid = Number(readFileSync(file, "utf8").trim());
    for (let tries = 0; tries < 500 && lives(pid); tries += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(lives(pid)).toBe(false);
  });
});

describe("what a command can know", () => {
  test("only what is allowed gets into its environment", () => {
    const env = {
      PATH: "/bin", HOME: "/home/ada", LANG: "C.UTF-8", LC_ALL: "C", GITHUB_SHA: "abc", RUNNER_TEMP: "/t", JAVA_HOME_21_X64: "/java",
      INPUT_TOKEN: "secret", "INPUT_API-KEY": "secret", GITHUB_TOKEN: "secret", GH_TOKEN: "secret", ACTIONS_RUNTIME_TOKEN: "secret", ACTIONS_ID_TOKEN_REQUEST_URL: "secret",
      AWS_SECRET_ACCESS_KEY: "secret", NPM_PASSWORD: "secret", GITHUB_OUTPUT: "secret", GITHUB_ENV: "secret", GITHUB_PATH: "secret", GITHUB_STATE: "secret", GITHUB_STEP_SUMMARY: "secret",
      GITHUB_EVENT_PATH: "secret", NODE_OPTIONS: "secret", BASH_ENV: "secret", LD_PRELOAD: "secret", SSH_AUTH_SOCK: "secret", DATABASE_URL: "secret",
      https_proxy: "http://ada:secret@proxy.example", http_proxy: "http://proxy.example:3128",
    };
    expect(cleanEnvironment(env, { MINE: "1" })).toEqual({
      PATH: "/bin", HOME: "/home/ada", LANG: "C.UTF-8", LC_ALL: "C", GITHUB_SHA: "abc", RUNNER_TEMP: "/t", JAVA_HOME_21_X64: "/java", http_proxy: "http://proxy.example:3128", MINE: "1",
    });
  });

  test("it finds no secret in the environment of any process it can read, and cannot set outputs", () => {
    const output = join(folder, "output");
    writeFileSync(output, "");
    const command = "env; echo \"x=1\" >> \"${GITHUB_OUTPUT:-/dev/null}\"; for f in /proc/[0-9]*/environ; do tr '\\0' '\\n' < $f 2>/dev/null || true; done";
    const script = `
      import { openWorkspace } from ${JSON.stringify(join(import.meta.dirname, "../../src/workspace/index.ts"))};
      const { output, exitCode } = await openWorkspace(${JSON.stringify(folder)}).run(${JSON.stringify(command)}, { timeoutMs: 20000 });
      console.log(exitCode + "\\n" + output + "\\nkept: " + [process.env.GITHUB_OUTPUT, process.env.HTTPS_PROXY, process.env.SLACK_WEBHOOK].join(" ").replaceAll("canary", "bird"));`;
    // The first are secrets by their names; the others are what a workflow's `env:` may hold under any name.
    const secrets = {
      INPUT_TOKEN: "ghs_canary-one", GITHUB_TOKEN: "ghs_canary-two", ACTIONS_RUNTIME_TOKEN: "canary-three", MY_SECRET: "canary-four", "INPUT_API-KEY": "canary-five",
      DATABASE_URL: "postgres://ada:canary-six@db", SLACK_WEBHOOK: "https://hooks.example/canary-seven", HTTPS_PROXY: "http://ada:canary-eight@proxy.example", "ÜMLAUT": "canary-nine",
    };
    const printed = execFileSync(process.execPath, ["--input-type=module", "-e", script], { env: { PATH: process.env.PATH ?? "", HOME: folder, GITHUB_OUTPUT: output, ...secrets }, encoding: "utf8" });
    expect(printed).toMatch(/^0\n/);
    expect(printed).toContain("PATH=");
    expect(printed).not.toContain("canary");
    expect(readFileSync(output, "utf8")).toBe("");
    // The action itself goes on needing them: its outputs, its way through a proxy.
    expect(printed).toContain(`kept: ${output} http://ada:bird-eight@proxy.example https://hooks.example/bird-seven`);
  });
});

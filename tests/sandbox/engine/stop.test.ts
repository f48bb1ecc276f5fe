import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createEngine } from "../../../src/sandbox/engine/index.ts";
import type { Engine, EngineOptions, RunEvent } from "../../../src/sandbox/engine/index.ts";
import { makeHost, requestFor } from "./host.ts";
import type { TestHost } from "./host.ts";

let host: TestHost;
/** Tests that start no run of their own have nothing to close. */
const NONE: Engine = { start: () => Promise.reject(new Error("begin() first")), close: async () => undefined };
let engine = NONE;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "engine-stop-"));
  mkdirSync(folder, { recursive: true });
  host = makeHost();
});

afterEach(async () => {
  await engine.close();
  engine = NONE;
  host.remove();
  rmSync(folder, { recursive: true, force: true });
});

const begin = (options: EngineOptions = {}) => {
  engine = createEngine(host, { directory: folder, ...options });
  return engine;
};

/** Resolves with the first event that fits. */
const seen = (fits: (event: RunEvent) => boolean) =>
  new Promise<RunEvent>((resolve) => {
    const before = host.onEvent;
    host.onEvent = (event, request) => {
      before(event, request);
      if (fits(event)) resolve(event);
    };
  });
const logged = (line: string) => seen((event) => event.type === "log" && event.line === line);

const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    // A zombie that nobody waited for yet is dead.
    return process.platform !== "linux" || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

/** Waits until a process is gone, at most two seconds. */
async function gone(pid: number): Promise<boolean> {
  for (let turn = 0; turn < 200 && alive(pid); turn += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  return !alive(pid);
}

const job = (steps: string, more = "") => `on: push\njobs:\n  one:\n    runs-on: any\n${more}    steps:\n${steps.replace(/^/gm, "      ")}\n`;

describe("cancel", () => {
  test("the running step gets SIGINT and may end; always() and cancelled() steps run, others do not", async () => {
    const handle = await begin().start(requestFor(job(`
- { id: s, run: "trap 'echo interrupted; exit 7' INT; echo ready; while :; do sleep 0.05; done" }
- run: echo default
- { if: failure(), run: echo failure }
- { if: "!cancelled()", run: echo not cancelled }
- { if: cancelled(), run: "echo was \${{ job.status }} \${{ steps.s.outcome }}" }
- { if: always(), run: echo always }
`)));
    await logged("ready");
    handle.cancel();
    const result = await handle.result;
    expect(result.conclusion).toBe("cancelled");
    const lines = host.lines().filter((line) => /^(interrupted|default|failure|not cancelled|was|always)/.test(line));
    expect(lines).toEqual(["interrupted", "was cancelled cancelled", "always"]);
    expect(host.lines()).toContain("The operation was canceled.");
    expect(host.tokens.every(({ revoked }) => revoked)).toBe(true);
  });

  test("SIGTERM follows SIGINT, and SIGKILL ends what hears neither", async () => {
    const handle = await begin({ grace: { interrupt: 100, terminate: 100 } }).start(requestFor(job(`
- run: "trap 'echo int' INT; trap 'echo term' TERM; echo pid $$; echo ready; while :; do sleep 0.02 || true; done"
`)));
    await logged("ready");
    handle.cancel();
    expect((await handle.result).conclusion).toBe("cancelled");
    expect(host.lines()).toEqual(expect.arrayContaining(["int", "term"]));
    const pid = Number(/^pid (\d+)$/m.exec(host.lines().join("\n"))?.[1]);
    expect(await gone(pid)).toBe(true);
  });

  test("a step that wants to run always is not interrupted; neither is a job that does", async () => {
    const handle = await begin().start(requestFor(`
on: push
jobs:
  one: { runs-on: any, steps: [{ if: always(), run: "echo ready-one; for i in 1 2 3 4 5; do sleep 0.05; done; echo finished one" }] }
  two: { runs-on: any, if: always(), steps: [{ run: "echo ready-two; for i in 1 2 3 4 5; do sleep 0.05; done; echo finished two" }] }
  next: { runs-on: any, needs: one, steps: [{ run: echo no }] }
  last: { runs-on: any, needs: one, if: always(), steps: [{ run: echo last ran }] }
`));
    await Promise.all([logged("ready-one"), logged("ready-two")]);
    handle.cancel();
    const { conclusion } = await handle.result;
    expect(host.lines()).toEqual(expect.arrayContaining(["finished one", "finished two", "last ran"]));
    expect(host.conclusions()).toEqual({ one: "cancelled", two: "success", next: "skipped", last: "success" });
    expect(conclusion).toBe("cancelled");
  });

  test("a job that waits for a runner never gets one", async () => {
    host.remove();
    host = makeHost({ pickupDelay: 60_000 });
    const handle = await begin().start(requestFor(job("- run: echo no")));
    const queued = host.events.some((event) => event.type === "job_queued") || (await seen((event) => event.type === "job_queued"));
    expect(queued).toBeTruthy();
    handle.cancel();
    expect((await handle.result).conclusion).toBe("cancelled");
    expect(host.events.some((event) => event.type === "job_started")).toBe(false);
  });
});

describe("kill and close", () => {
  const LEAVES = job(`
- run: |
    sleep 300 & echo "background $!"
    setsid sleep 300 & echo "escaped $!"
    echo "self $$"; echo ready; sleep 300
- { if: always(), run: echo never }
`);
  const pids = () => host.lines().flatMap((line) => /^(?:background|escaped|self) (\d+)$/.exec(line)?.slice(1).map(Number) ?? []);

  test("kill ends every process at once and tells nothing more", async () => {
    const handle = await begin().start(requestFor(LEAVES));
    await logged("ready");
    const count = host.events.length;
    const started = performance.now();
    await handle.kill();
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(pids()).toHaveLength(3);
    for (const pid of pids()) expect(await gone(pid)).toBe(true);
    await handle.result;
    expect(host.events).toHaveLength(count);
    expect(host.lines()).not.toContain("never");
  });

  test("what a finished job left running is ended with the job", async () => {
    const handle = await begin().start(requestFor(job("- run: \"sleep 300 > /dev/null 2>&1 & echo background $!; echo $! > pid\"\n- run: \"setsid sleep 300 > /dev/null 2>&1 & echo escaped $!\"\n- run: \"kill -0 $(cat pid) && echo still there\"")));
    expect((await handle.result).conclusion).toBe("success");
    expect(host.lines()).toContain("still there");
    expect(pids()).toHaveLength(2);
    for (const pid of pids()) expect(await gone(pid)).toBe(true);
  });

  test("close kills what runs and leaves no folder behind", async () => {
    const handle = await begin().start(requestFor(LEAVES));
    await logged("ready");
    expect(readdirSync(folder)).toHaveLength(1);
    await engine.close();
    await handle.result;
    for (const pid of pids()) expect(await gone(pid)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
    await expect(engine.start(requestFor(job("- run: echo")))).rejects.toThrow("The engine is closed");
  });

  test("a process that exits without closing its engine leaves nothing behind", async () => {
    const script = join(folder, "exits.mjs");
    const module = (path: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, path)).href);
    writeFileSync(script, `
import { createEngine } from ${module("../../../src/sandbox/engine/index.ts")};
import { makeHost, requestFor } from ${module("host.ts")};
const host = makeHost();
host.onEvent = (event) => {
  if (event.type !== "log") return;
  console.log(event.line);
  if (event.line === "ready") process.exit(3);
};
await createEngine(host, { directory: ${JSON.stringify(folder)} }).start(requestFor(${JSON.stringify(LEAVES)}));
`);
    const { stdout, status } = spawnSync(process.execPath, [script], { encoding: "utf8", env: { ...process.env, TMPDIR: folder } });
    expect(status).toBe(3);
    const left = [...stdout.matchAll(/^(?:background|escaped|self) (\d+)$/gm)].map(([, pid]) => Number(pid));
    expect(left).toHaveLength(3);
    for (const pid of left) expect(await gone(pid)).toBe(true);
    expect(readdirSync(folder).filter((name) => name.startsWith("instant-engine-"))).toEqual([]);
  });

  test("a job's folders go when it ends, read-only files too", async () => {
    const handle = await begin().start(requestFor(job("- run: \"echo at $GITHUB_WORKSPACE; mkdir d; touch d/f; chmod 400 d/f\"")));
    await handle.result;
    const workspace = /^at (.+)$/m.exec(host.lines().join("\n"))?.[1] as string;
    expect(workspace).toContain(folder);
    await engine.close();
    expect(existsSync(workspace)).toBe(false);
  });
});

describe("concurrency", () => {
  const grouped = (name: string, cancel: boolean, queue = "single") =>
    `on: push\nconcurrency: { group: "\${{ github.ref }}", cancel-in-progress: ${cancel}, queue: ${queue} }\njobs:\n  one: { runs-on: any, steps: [{ run: "echo ${name} began; while [ ! -e ${"$"}FLAG ]; do sleep 0.02; done", env: { FLAG: "\${{ vars.FLAG }}" } }] }\n`;
  const withFlag = () => {
    const flag = join(folder, "flag");
    host.variables = () => ({ FLAG: flag });
    return flag;
  };

  test("one runs, one waits, and a newer one takes the place of the one that waits", async () => {
    const flag = withFlag();
    const first = await begin().start(requestFor(grouped("first", false)));
    await logged("first began");
    const second = await engine.start(requestFor(grouped("second", false)));
    const third = await engine.start(requestFor(grouped("third", false)));
    expect((await second.result).conclusion).toBe("cancelled");
    mkdirSync(flag);
    expect((await first.result).conclusion).toBe("success");
    expect((await third.result).conclusion).toBe("success");
    expect(host.lines().filter((line) => line.endsWith("began"))).toEqual(["first began", "third began"]);
  });

  test("cancel-in-progress ends the one that runs", async () => {
    const flag = withFlag();
    const first = await begin().start(requestFor(grouped("first", true)));
    await logged("first began");
    const second = await engine.start(requestFor(grouped("second", true)));
    expect((await first.result).conclusion).toBe("cancelled");
    mkdirSync(flag);
    expect((await second.result).conclusion).toBe("success");
  });

  test("queue: max keeps all that wait, in order", async () => {
    const flag = withFlag();
    const first = await begin().start(requestFor(grouped("1", false, "max")));
    await logged("1 began");
    const others = [await engine.start(requestFor(grouped("2", false, "max"))), await engine.start(requestFor(grouped("3", false, "max")))];
    mkdirSync(flag);
    const all = await Promise.all([first, ...others].map(({ result }) => result));
    expect(all.map(({ conclusion }) => conclusion)).toEqual(["success", "success", "success"]);
    expect(host.lines().filter((line) => line.endsWith("began"))).toEqual(["1 began", "2 began", "3 began"]);
  });

  test("a group of jobs works alike", async () => {
    const source = (name: string) => `on: push\njobs:\n  ${name}: { runs-on: any, concurrency: deploy, steps: [{ run: "echo ${name} began; while [ ! -e ${"$"}FLAG ]; do sleep 0.02; done", env: { FLAG: "\${{ vars.FLAG }}" } }] }\n`;
    const flag = withFlag();
    const first = await begin().start(requestFor(source("a")));
    await logged("a began");
    const second = await engine.start(requestFor(source("b")));
    const third = await engine.start(requestFor(source("c")));
    expect((await second.result).conclusion).toBe("cancelled");
    mkdirSync(flag);
    expect((await first.result).conclusion).toBe("success");
    expect((await third.result).conclusion).toBe("success");
  });

  test("a job that waits for the group of its own workflow is cancelled at once, with the reason", async () => {
    const source = "on: push\nconcurrency: deploy\njobs:\n  one: { runs-on: any, concurrency: Deploy, steps: [{ run: echo }] }\n";
    const handle = await begin().start(requestFor(source));
    expect((await handle.result).conclusion).toBe("cancelled");
    expect(host.lines()).toEqual([
      "Canceling since a deadlock for concurrency group 'Deploy' was detected: what is around the job holds it",
    ]);
  });
});

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { median, timeBesideBare } from "../../src/cli/bench/measure.ts";
import { MACHINE } from "../fakes/action-process.ts";

const bench = fileURLToPath(new URL("../../src/cli/bench.ts", import.meta.url));
let dist = "";

beforeEach(() => { dist = mkdtempSync(path.join(tmpdir(), "instant-dist-")); });
afterEach(() => rmSync(dist, { recursive: true, force: true }));

function bundle(name: string, files: Record<string, string>): void {
  mkdirSync(path.join(dist, name));
  for (const [file, text] of Object.entries({ "package.json": '{"type":"module"}', ...files })) writeFileSync(path.join(dist, name, file), text);
}

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bench, ...args], { encoding: "utf8", env: MACHINE, timeout: 50_000 });
  return { status, stdout, stderr };
}

const start = (...args: string[]) => run("start", "--dist", dist, "--repeats", "1", "--times-advisory", ...args);

test("a light bundle holds its budgets, and only what was loaded counts as start", () => {
  bundle("light", { "index.js": "if (process.env.INPUT_PAUSED !== 'true') await import('./late.js');\n", "late.js": "x".repeat(800_000) });
  const { status, stdout } = start("--json");
  const report = JSON.parse(stdout);
  expect(status).toBe(0);
  expect(report.held).toBe(true);
  expect(report.actions).toHaveLength(1);
  expect(report.actions[0]).toMatchObject({ name: "light", start_bytes: 68, broken: expect.not.arrayContaining(["start_bytes"]) });
  expect(report.actions[0].dist_bytes).toBeGreaterThan(800_000);
  expect(report.actions[0].ratio).toBeGreaterThan(0);
  expect(report.actions[0].peak_rss_bytes).toBeGreaterThan(10_000_000);
});

test("an eagerly loaded chunk counts, and a broken budget fails and is named", () => {
  bundle("heavy", { "index.js": 'import "./early.js";\n', "early.js": `/*${"x".repeat(800_000)}*/` });
  const { status, stdout } = start();
  expect(status).toBe(1);
  expect(stdout).toMatch(/heavy.*800 KB.*over budget: .*loaded at start/);
});

test("memory over budget is found", () => {
  bundle("hungry", { "index.js": "globalThis.held = Buffer.alloc(180_000_000, 1);\n" });
  expect(start().stdout).toMatch(/hungry.*over budget: .*peak memory/);
});

test("a bundle that fails is an error that shows what it said", () => {
  bundle("broken", { "index.js": "console.log('::error::no'); process.exitCode = 1;\n" });
  const { status, stderr } = start();
  expect(status).toBe(2);
  expect(stderr).toContain("broken ended with 1 and said:\n::error::no");
});

test("an unknown benchmark is answered with those that exist", () => {
  const { status, stderr } = run("nothing");
  expect(status).toBe(2);
  expect(stderr).toMatch(/no benchmark "nothing"\. These exist: .*\bstart\b/);
});

test("what is timed beside a bare node is warmed up first, and timed again only while it seems too slow", async () => {
  const runs: number[] = [];
  const run = async () => ({ ms: runs.push(0) === 1 ? 100_000 : 10 });
  const once = await timeBesideBare(run, { repeats: 1, passes: 3, limit: 1_000 });
  expect([once.ms, runs.length]).toEqual([10, 2]);
  expect(once.ratio).toBeCloseTo(10 / once.bareMs);
  await timeBesideBare(run, { repeats: 1, passes: 3, limit: 0 });
  expect(runs).toHaveLength(2 + 3 * 2);
});

test("median", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { MACHINE } from "../fakes/action-process.ts";

const bench = fileURLToPath(new URL("../../src/cli/bench.ts", import.meta.url));
const run = (...args: string[]) => spawnSync(process.execPath, [bench, "health", "--repeats", "1", ...args], { encoding: "utf8", env: MACHINE, timeout: 50_000 });

test("what is measured has to be a healthy verdict", () => {
  const dist = mkdtempSync(path.join(tmpdir(), "instant-dist-"));
  try {
    mkdirSync(path.join(dist, "post-deploy-health"));
    writeFileSync(path.join(dist, "post-deploy-health", "package.json"), '{"type":"module"}');
    writeFileSync(path.join(dist, "post-deploy-health", "index.js"), 'import { appendFileSync } from "node:fs"; appendFileSync(process.env.GITHUB_OUTPUT, "verdict=inconclusive\\n");\n');
    expect(run("--dist", dist)).toMatchObject({ status: 2, stderr: expect.stringContaining("was to answer verdict=healthy") });
  } finally {
    rmSync(dist, { recursive: true, force: true });
  }
});

test("bundles that are not there, and an option that is none, are told", () => {
  expect(run("--dist", path.join(tmpdir(), "instant-nowhere"))).toMatchObject({ status: 2, stderr: expect.stringContaining("npm run build") });
  expect(run("--repeats", "0")).toMatchObject({ status: 2, stderr: expect.stringContaining("a whole number from 1 to 1000") });
});

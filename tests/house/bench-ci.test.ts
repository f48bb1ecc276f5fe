import { expect, test } from "@jest/globals";
import { MACHINE } from "../fakes/action-process.ts";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const bench = fileURLToPath(new URL("../../src/cli/bench.ts", import.meta.url));

test("an option that is none, and a bundle that is not there, are told", () => {
  const run = (...args: string[]) => spawnSync(process.execPath, [bench, "ci", ...args], { encoding: "utf8", env: MACHINE, timeout: 50_000 });
  expect(run("--repeats", "0")).toMatchObject({ status: 2, stderr: expect.stringContaining("a whole number from 1 to 1000") });
  expect(run("--dist", path.join(tmpdir(), "instant-nowhere"))).toMatchObject({ status: 2, stderr: expect.stringContaining("npm run build") });
  expect(run("--help").stdout).toContain("24 changed files of 800");
});

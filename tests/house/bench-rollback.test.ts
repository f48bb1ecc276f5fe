import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { MACHINE } from "../fakes/action-process.ts";

const bench = fileURLToPath(new URL("../../src/cli/bench.ts", import.meta.url));

test("the benchmark of a rollback tells of an option that is none, and of a bundle that is not there", () => {
  const run = (...args: string[]) => spawnSync(process.execPath, [bench, "rollback", ...args], { encoding: "utf8", env: MACHINE, timeout: 50_000 });
  expect(run("--repeats", "x")).toMatchObject({ status: 2, stderr: expect.stringContaining("a whole number from 1 to 1000") });
  expect(run("--dist", path.join(tmpdir(), "instant-nowhere"))).toMatchObject({ status: 2, stderr: expect.stringContaining("npm run build") });
});
